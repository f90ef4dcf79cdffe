"""Writes files that hold more than a network's weights, with PyTorch 2.11.0 and NumPy 2 (any recent versions do).

The network is make.py's, smaller.
"""

import argparse
import collections
import datetime
import enum
import pathlib
import random

import numpy
import torch

from ramp import ramp, save


class Color(enum.Enum):
    RED = 1


net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
for p in net.state_dict().values():
    p.copy_(ramp(*p.shape))
optimizer = torch.optim.Adam(net.parameters())
net(ramp(2, 3)).sum().backward()
optimizer.step()
for p in net.state_dict().values():
    p.copy_(ramp(*p.shape))

ones = torch.ones(3)
neighbours = {
    "optimizer": optimizer.state_dict(),
    "bytes": (b"abc\xff", bytearray(b"x")),
    "sets": [{1, 2}, frozenset({3})],
    "torch": [torch.Size([1, 2]), torch.device("cuda:0"), torch.float16, torch.strided],
    "numpy": [numpy.float64(0.5), numpy.arange(5), numpy.random.get_state()],
    "random": [random.getstate()[0], torch.Generator().get_state()[:8]],
    "arguments": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("/x"), color=Color.RED),
    "numbers": [1 + 2j, 2**100, -(2**70), range(5), slice(1, 2), ..., datetime.date(2020, 1, 1)],
    "keys": {0.5: 1, (1, 2): 3, None: 4, b"x": 5, Color.RED: 6},
    "containers": [collections.deque([1, 2]), collections.Counter("aab"), collections.defaultdict(list, {1: [2]})],
    "code": [torch.nn.functional.relu, torch.nn.Conv2d, torch.nn.MSELoss()],
    "tensors": [
        ones.to_sparse(),
        torch.quantize_per_tensor(ones, 0.1, 0, torch.qint8),
        ones.to(torch.complex128),
        ones.to(torch.complex64).conj(),
        ones.to(torch.float8_e4m3fn),
        ones.to(torch.uint16),
        ones.to("meta"),
        torch.nn.Parameter(ones),
    ],
    "state_dict": net.state_dict(),
}
save("neighbours.pt", neighbours)
save("neighbours_protocol5.pt", neighbours, pickle_protocol=5)
save("neighbours_legacy.pt", neighbours, _use_new_zipfile_serialization=False)

state = net.state_dict()
save("protocol1.pt", state, _use_new_zipfile_serialization=False, pickle_protocol=1)
save("averaged.pt", torch.optim.swa_utils.AveragedModel(net).state_dict())
save("half.pt", {name: t.half() for name, t in state.items()})
save("double.pt", {name: t.double() for name, t in state.items()})
save("float8.pt", {name: t.to(torch.float8_e4m3fn) for name, t in state.items()})
save("expanded_bias.pt", dict(state, **{"0.bias": torch.full((1,), -10.0).expand(4)}))
save("two.pt", {"model": state, "ema": {name: t + 1 for name, t in state.items()}})
