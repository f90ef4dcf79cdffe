"""Writes shapes.json: what PyTorch makes of random stacks of layers.

Run with PyTorch 2.11.0 in the folder of this file; the tests read the result.
"""

import json
import random

import torch

random.seed(87)
cases = []
while len(cases) < 60:
    channels, size = random.choice([1, 3]), [random.randint(4, 40), random.randint(4, 40)]
    x = torch.zeros(1, channels, *size)
    layers, shapes, error = [], [], False
    for _ in range(random.randint(1, 6)):
        transpose = random.random() < 0.4
        layer = {
            "type": "conv_transpose2d" if transpose else "conv2d",
            "out": random.randint(1, 8),
            "kernel": random.randint(1, 7),
            "stride": random.randint(1, 4),
            "padding": random.randint(0, 4),
        }
        if transpose:
            layer["output_padding"] = random.randint(0, 3)
        layers.append(layer)
        module = torch.nn.ConvTranspose2d if transpose else torch.nn.Conv2d
        rest = {k: v for k, v in layer.items() if k not in ("type", "out", "kernel")}
        try:
            x = module(x.shape[1], layer["out"], layer["kernel"], **rest)(x)
        except RuntimeError:
            error = True
            break
        shapes.append(list(x.shape[1:]))
    cases.append({"input": [channels, *size], "layers": layers, "shapes": shapes, "error": error})

with open("shapes.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(sum(c["error"] for c in cases), "of", len(cases), "impossible")
