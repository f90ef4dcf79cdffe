"""Writes one value at pickle protocols 2 to 5; value() in pickle_test.go is the same value."""

import collections
import pathlib
import pickle

shared = ["a", "b"]
ordered = collections.OrderedDict([("z", 1), ("a", 2)])
ordered.attribute = "dropped"
value = {
    "none": None,
    "bools": (True, False),
    "ints": [0, 255, 256, 65535, 65536, -1, -128, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63)],
    "big": [2**63, -(2**63) - 1, 0x1950A86A20F9469CFC6C],
    "float": (0.5, -1e300, float("inf")),
    "str": ("", "h\u00e9llo", "x" * 300),
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "shared": [shared, shared],
    "ordered": ordered,
    7: {"int": "key", True: None},
    "many": list(range(1500)),
}
here = pathlib.Path(__file__).parent
for protocol in (2, 3, 4, 5):
    v = dict(value)
    if protocol >= 3:  # at protocol 2, bytes are a call of _codecs.encode
        v["bytes"] = (b"", b"\x00\xff", b"y" * 300)
    (here / f"protocol{protocol}.pickle").write_bytes(pickle.dumps(v, protocol))
