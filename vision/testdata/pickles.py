"""Writes the pickles that the tests read: python3 pickles.py (needs numpy).

batch_*: three images in the form of CIFAR-10's python batches.
tiny_*:  the same with an array of 1 x 4, as seeds for fuzzing.
"""

import io
import pickle
import struct

import numpy as np


class Python2(pickle._Pickler):
    """Writes strings as python 2's cPickle did, which made the official files."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        b = value if isinstance(value, bytes) else value.encode("latin1")
        if len(b) < 256:
            self.write(b"U" + bytes([len(b)]) + b)
        else:
            self.write(b"T" + struct.pack("<i", len(b)) + b)
        self.memoize(value)

    dispatch[bytes] = save_string
    dispatch[str] = save_string


def python2(batch):
    out = io.BytesIO()
    Python2(out, protocol=2).dump(batch)
    return old_numpy(out.getvalue())


def old_numpy(pickled):
    """Names numpy's functions as numpy 1 does; for protocols 2 and 3."""
    return pickled.replace(b"numpy._core.", b"numpy.core.")


def batch(n, width, key=lambda name: name, order="C"):
    i, j = np.indices((n, width))
    data = np.array((i * 31 + j * 7 + j // 256) % 256, dtype=np.uint8, order=order)
    return {
        key("batch_label"): key("testing batch 1 of 1"),
        key("labels"): [(i * 4 + 1) % 10 for i in range(n)],
        key("data"): data,
        key("filenames"): [key(f"image_{i}.png") for i in range(n)],
    }


def write(name, pickled):
    with open(name + ".pkl", "wb") as f:
        f.write(pickled)


for name, n, width in ("batch", 3, 3072), ("tiny", 1, 4):
    write(f"{name}_python2", python2(batch(n, width)))
    write(f"{name}_fortran", python2(batch(n, width, order="F")))
    write(f"{name}_protocol2", pickle.dumps(batch(n, width), protocol=2))
    write(f"{name}_protocol3", old_numpy(pickle.dumps(batch(n, width), protocol=3)))
    write(f"{name}_protocol4", pickle.dumps(batch(n, width, key=str.encode), protocol=4))
    write(f"{name}_protocol5", pickle.dumps(batch(n, width), protocol=5))
