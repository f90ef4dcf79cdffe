"""Writes shapes.json: what PyTorch makes of random stacks of layers.

Run with PyTorch 2.11.0 in the folder of this file; the tests read the result.
"""

import json
import random

import torch


def convolution():
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
    return layer


def any_layer():
    kind = random.choice(["convolution", "max_pool2d", "max_pool2d", "batch_norm2d", "relu"])
    if kind == "convolution":
        return convolution()
    layer = {"type": kind}
    if kind == "max_pool2d":
        layer["kernel"] = random.randint(1, 5)
        if random.random() < 0.7:
            layer["stride"] = random.randint(1, 4)
        layer["padding"] = random.randint(0, 3)
    return layer


def module(layer, channels):
    rest = {k: v for k, v in layer.items() if k not in ("type", "out", "kernel")}
    match layer["type"]:
        case "conv2d":
            return torch.nn.Conv2d(channels, layer["out"], layer["kernel"], **rest)
        case "conv_transpose2d":
            return torch.nn.ConvTranspose2d(channels, layer["out"], layer["kernel"], **rest)
        case "max_pool2d":
            return torch.nn.MaxPool2d(layer["kernel"], **rest)
        case "batch_norm2d":
            return torch.nn.BatchNorm2d(channels)
        case "relu":
            return torch.nn.ReLU()


def stack(draw):
    channels, size = random.choice([1, 3]), [random.randint(4, 40), random.randint(4, 40)]
    x = torch.zeros(2, channels, *size)
    layers, shapes, error = [], [], False
    for _ in range(random.randint(1, 6)):
        layer = draw()
        layers.append(layer)
        try:
            x = module(layer, x.shape[1])(x)
        except RuntimeError:
            error = True
            break
        shapes.append(list(x.shape[1:]))
    return {"input": [channels, *size], "layers": layers, "shapes": shapes, "error": error}


random.seed(87)
cases = [stack(convolution) for _ in range(60)]
random.seed(88)
cases += [stack(any_layer) for _ in range(60)]

with open("shapes.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(sum(c["error"] for c in cases), "of", len(cases), "impossible")
