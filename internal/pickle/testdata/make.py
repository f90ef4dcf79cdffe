"""Writes one value at every protocol, with Python 3 and with Python 2.7; value() in pickle_test.go is the same value.

python3 make.py && python2.7 make.py
"""

import collections
import os
import sys

python2 = sys.version_info[0] == 2
if python2:
    import cPickle as pickle
else:
    import pickle

shared = ["a", "b"]
ordered = collections.OrderedDict([("z", 1), ("a", 2)])
ordered.attribute = "dropped"
pairs = [
    ("none", None),
    ("bools", (True, False)),
    ("ints", [0, 255, 256, 65535, 65536, -1, -128, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63)]),
    ("big", [2**63, -(2**63) - 1, 0x1950A86A20F9469CFC6C]),
    ("float", (0.5, -1e300, float("inf"))),
    ("str", (u"", u"h\u00e9llo", u"x" * 300)),
    ("quoted", 'it\'s "\\x" and \\u0041\n\t\r'),
    ("tuples", ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4))),
    ("shared", [shared, shared]),
    ("ordered", ordered),
    (7, dict([("int", "key"), (True, None)])),
    ("many", list(range(1500))),
]
here = os.path.dirname(os.path.abspath(__file__))
for protocol in (0, 1, 2) if python2 else (0, 1, 2, 3, 4, 5):
    # Python 2's dicts have no order.
    v = collections.OrderedDict(pairs) if python2 else dict(pairs)
    if protocol >= 3:  # below, bytes are a call of _codecs.encode
        v["bytes"] = (b"", b"\x00\xff", b"y" * 300)
    name = ("python2-" if python2 else "") + "protocol%d.pickle" % protocol
    with open(os.path.join(here, name), "wb") as f:
        f.write(pickle.dumps(v, protocol))
