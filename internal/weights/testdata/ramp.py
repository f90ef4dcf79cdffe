"""What make.py and make_neighbours.py share."""

import pathlib

import torch

here = pathlib.Path(__file__).parent


def ramp(*shape, dtype=torch.float32):
    n = torch.Size(shape).numel()
    return ((torch.arange(n) % 100) / 4 - 10).reshape(shape).to(dtype)


def save(name, value, **options):
    torch.save(value, here / name, **options)
