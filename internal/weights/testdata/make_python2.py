"""Writes files as PyTorch 1.0 did under Python 2, and as PyTorch 0.3 did; neither is needed, only Python 2.7.

python2.7 make_python2.py

The classes below pickle to the same bytes as PyTorch's. The network is make_neighbours.py's.
"""

import collections
import cPickle
import os
import struct
import sys
import types

here = os.path.dirname(os.path.abspath(__file__))


def module(name, **attributes):
    m = sys.modules[name] = types.ModuleType(name)
    for key, value in attributes.items():
        if isinstance(value, (type, types.FunctionType)):
            value.__module__ = name
        setattr(m, key, value)
    return m


def _rebuild_tensor(*args):
    pass


def _rebuild_tensor_v2(*args):
    pass


class FloatStorage(object):
    def __init__(self, values, root=None, first=0):
        self.values = values
        self.root = root or self
        self.first = first
        FloatStorage.made += 1
        # The address of a C++ object, beyond 32 bits.
        self.key = str(94249143364176 + 96 * FloatStorage.made)

    made = 0


class CudaStorage(FloatStorage):
    pass


CudaStorage.__name__ = "FloatStorage"
module("torch", FloatStorage=FloatStorage)
module("torch.cuda", FloatStorage=CudaStorage)
module("torch._utils", _rebuild_tensor=_rebuild_tensor, _rebuild_tensor_v2=_rebuild_tensor_v2)


class Tensor(object):
    def __init__(self, storage, offset, shape, version=2):
        self.storage, self.offset, self.shape, self.version = storage, offset, shape, version

    def __reduce__(self):
        stride = []
        for n in reversed(self.shape):
            stride.insert(0, stride[0] * last if stride else 1)
            last = n
        args = (self.storage, self.offset, self.shape, tuple(stride))
        if self.version == 1:
            return _rebuild_tensor, args
        return _rebuild_tensor_v2, args + (False, collections.OrderedDict())


def ramp(n):
    return [i % 100 / 4.0 - 10 for i in range(n)]


def save(name, value, location, protocol=2):
    storages = {}

    def persistent_id(obj):
        if isinstance(obj, FloatStorage):
            root = obj.root
            storages[root.key] = root
            view = None if root is obj else (obj.key, obj.first, len(obj.values))
            return "storage", type(obj), root.key, location, len(root.values), view

    with open(os.path.join(here, name), "wb") as f:
        sizes = {"short": 2, "int": 4, "long": 4}
        cPickle.dump(0x1950A86A20F9469CFC6C, f, protocol)
        cPickle.dump(1001, f, protocol)
        cPickle.dump({"protocol_version": 1001, "little_endian": True, "type_sizes": sizes}, f, protocol)
        pickler = cPickle.Pickler(f, protocol)
        pickler.persistent_id = persistent_id
        pickler.dump(value)
        keys = sorted(storages)
        cPickle.dump(keys, f, protocol)
        for key in keys:
            values = storages[key].values
            f.write(struct.pack("<q%df" % len(values), len(values), *values))


shapes = [("0.weight", (4, 3)), ("0.bias", (4,)), ("2.weight", (2, 4)), ("2.bias", (2,))]


def network(storage=FloatStorage, version=2):
    state = collections.OrderedDict()
    for name, shape in shapes:
        n = shape[0] * (shape[1] if len(shape) > 1 else 1)
        state[name] = Tensor(storage(ramp(n)), 0, shape, version)
    state._metadata = collections.OrderedDict([("", {"version": 1})])
    return state


state = network()
ids = [94249159820320 + 8 * i for i in range(4)]
moments = dict((i, {"step": 1, "exp_avg": Tensor(FloatStorage(ramp(4)), 0, (4,))}) for i in ids)
checkpoint = {
    "epoch": 1,
    "state_dict": state,
    "optimizer": {"state": moments, "param_groups": [{"lr": 0.001, "params": ids, "betas": (0.9, 0.999)}]},
    "name": u"h\u00e9",
    "long": 2**40,
    "set": {1, 2},
}
save("python2.pt", state, "cpu")
save("python2_checkpoint.pt", checkpoint, "cpu")
save("python2_protocol1.pt", checkpoint, "cpu", protocol=1)

# PyTorch 0.3: the first version of tensors, on a GPU, and parts of a storage as storages.
old = network(CudaStorage, 1)
whole = CudaStorage([5.0] * 3 + ramp(4) + [5.0])
old["0.bias"] = Tensor(CudaStorage(whole.values[2:7], whole, 2), 1, (4,), 1)
save("torch0.3.pt", {"net": old}, "cuda:0")
