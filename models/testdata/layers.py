"""Writes layers.json: what PyTorch makes of a network with batch norm and max
pooling, from its first weights to its gradients.

Run with PyTorch 2.11.0 in the folder of this file; the tests read the result.
"""

import json

import torch
from torch import nn

torch.manual_seed(87)
network = nn.ModuleDict({
    "encoder": nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=1, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 5, 2, stride=1, padding=0),
        nn.MaxPool2d(3, stride=2, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(5),
        nn.Conv2d(5, 4, 1, stride=1, padding=0),
        nn.ReLU(),
    ),
    "decoder": nn.Sequential(
        nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1, bias=False),
        nn.ReLU(),
        nn.BatchNorm2d(3),
        nn.ConvTranspose2d(3, 3, 3, stride=1, padding=1),
        nn.Sigmoid(),
    ),
})


def values(t):
    """Nine digits give a float32 back to the bit."""
    return [v if isinstance(v, int) else float(f"{v:.9g}") for v in t.flatten().tolist()]


def listed(tensors):
    return {name: {"shape": list(t.shape), "values": values(t)} for name, t in tensors}


def batch(n):
    """Two images of shape [3, 6, 6]; the test makes the same ones."""
    return torch.tensor([((i * i * 7 + i * (3 + n)) % 64) / 64 for i in range(2 * 3 * 6 * 6)]).reshape(2, 3, 6, 6)


def forward(x):
    return network["decoder"](network["encoder"](x))


result = {"initial": listed(network.state_dict().items())}
for n in range(3):
    y = forward(batch(n))
result["training"] = values(y)
(y * y).mean().backward()
result["gradients"] = listed((name, p.grad) for name, p in network.named_parameters())
result["buffers"] = listed(network.named_buffers())
network.eval()
result["evaluation"] = values(forward(batch(0)))

with open("layers.json", "w") as f:
    json.dump(result, f)
    f.write("\n")
