"""Writes resnets.json: what PyTorch makes of the definitions resnet20 and resnet18,
and of weights under the names of torchvision's and akamaster's ResNets.

Weights are drawn by seed in float32, as the tests draw them; all else is computed
in float64, so that the tests' tolerance covers one side's rounding only.

Gradients jump where rounding moves a ReLU's input across zero. For the smaller
networks images are searched for that keep all inputs away from it. ResNet-18 has
too many: there PyTorch's own gradients in float32, whose largest deviation is
printed, are some thousandths off.

Run with PyTorch 2.11.0 in the folder of this file; the tests read the result.
"""

import copy
import hashlib
import json
import struct
import zlib

import torch
import torch.nn.functional as F
from torch import nn

# oneDNN's backward pass of a strided 1x1 convolution writes past its memory's end
# for some small numbers of channels.
torch.backends.mkldnn.enabled = False


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut that changes the shape where it must: by
    zeros (He et al., option A), or by a 1x1 convolution."""

    def __init__(self, channels, out, stride=1, option="B", name="downsample"):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.stride, self.more, self.name = stride, out - channels, None
        if option == "B" and (stride > 1 or channels != out):
            self.name = name
            setattr(self, name, nn.Sequential(nn.Conv2d(channels, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out)))

    def shortcut_of(self, x):
        if self.name:
            return getattr(self, self.name)(x)
        half = self.more // 2
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, self.more - half))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut_of(x))


class UpBlock(nn.Module):
    """Its second convolution, and its shortcut, see pixels repeated."""

    def __init__(self, channels, out):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.upsample = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = F.interpolate(F.relu(self.bn1(self.conv1(x))), scale_factor=2, mode="nearest")
        return F.relu(self.bn2(self.conv2(y)) + self.upsample(x))


def stem(channels):
    return [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]


def stages(widths, blocks, option):
    channels = widths[0]
    for out in widths:
        for _ in range(blocks):
            yield Block(channels, out, 1 if out == channels else 2, option)
            channels = out


def decoder(widths, blocks):
    channels, side = widths[-1], 32 >> len(widths) - 1
    yield from [nn.AvgPool2d(side), nn.ConvTranspose2d(channels, channels, side, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
    for out in reversed([widths[0], *widths[:-1]]):
        for i in range(blocks):
            if i == 0 and side < 32:
                yield UpBlock(channels, out)
                channels, side = out, side * 2
            else:
                yield Block(out, out)
    yield from [nn.Conv2d(channels, 3, 3, padding=1), nn.Sigmoid()]


def network(widths, blocks, option):
    torch.manual_seed(87)
    return nn.ModuleDict({
        "encoder": nn.Sequential(*stem(widths[0]), *stages(widths, blocks, option)),
        "decoder": nn.Sequential(*decoder(widths, blocks)),
        "classifier": nn.Linear(widths[-1], 10),
    })


def batch(images, n):
    """Squares of 8x8 pixels under noise; the tests make the same images of shape
    [3, 32, 32]."""
    i = torch.arange(images * 3 * 32 * 32)
    square = (i // 1024 * 4 + i // 256 % 4) * 4 + i // 8 % 4
    return ((3 * mixed(square + 1000 * n) + mixed(i + 1)).double() / 1024).reshape(images, 3, 32, 32)


def mixed(i):
    """Numbers from 0 to 255 without order, from whole numbers."""
    i = (i + 1) * 2654435761 % 2**32
    return (i ^ i >> 15) * 2246822519 % 2**32 >> 24


def sha256(t):
    values = t.flatten().tolist()
    return hashlib.sha256(struct.pack(f"<{len(values)}{'q' if t.dtype == torch.int64 else 'f'}", *values)).hexdigest()


def summary(t):
    """A tensor's largest absolute value, and four of its values."""
    flat = t.detach().flatten().double()
    at = [i * (len(flat) - 1) // 3 for i in range(4)]
    return {"largest": short(flat.abs().max()), "values": [short(flat[i]) for i in at]}


def short(scalar):
    return float(f"{scalar.item():.8g}")


def outputs(net, x):
    maps = net["encoder"](x)
    return net["classifier"](maps.mean((2, 3))), net["decoder"](maps)


def trained(net, images, n=0):
    """Outputs and running statistics of a step of training, its gradients, and
    outputs in evaluation."""
    kind = next(net.parameters()).dtype
    net.train()
    logits, decoded = outputs(net, batch(images, n).to(kind))
    # As the tests: the sum of both mean squares.
    ((logits * logits).mean() + (decoded * decoded).mean()).backward()
    result = {"training": summary(logits), "decoded": summary(decoded),
              "gradients": {name: summary(p.grad) for name, p in net.named_parameters()},
              "buffers": {name: summary(b) for name, b in net.named_buffers()}}
    net.eval()
    with torch.no_grad():
        logits, decoded = outputs(net, batch(images, n + 1).to(kind))
    return result | {"evaluation": summary(logits), "evaluated": summary(decoded)}


def deviation(a, b):
    """The largest difference of two results, as a share of a tensor's largest value."""
    if "largest" in a:
        return max(abs(x - y) for x, y in zip(a["values"], b["values"])) / max(a["largest"], 1e-30)
    return max(deviation(a[k], b[k]) for k in a)


def margin(net, images, n):
    """How close to zero the input of a ReLU comes in training, in standard
    deviations."""
    closest, relu = [], F.relu

    def recorded(x, inplace=False):
        closest.append((x.abs().min() / x.std()).item())
        return relu(x)

    F.relu = recorded
    try:
        with torch.no_grad():
            outputs(net.train(), batch(images, n))
    finally:
        F.relu = relu
    return min(closest)


def expected(widths, blocks, option, images, candidates=1):
    net = network(widths, blocks, option)
    initial = {name: {"shape": list(t.shape), "sha256": sha256(t)} for name, t in net.state_dict().items()}
    margins = [margin(copy.deepcopy(net).double(), images, n) for n in range(candidates)]
    n = margins.index(max(margins))
    double = trained(copy.deepcopy(net).double(), images, n)
    single = trained(net, images, n)
    print(widths, f"margin {margins[n]:.1e}", {k: f"{deviation(double[k], single[k]):.1e}" for k in double}, flush=True)
    counted = sum(p.numel() for part in ("encoder", "classifier") for p in net[part].parameters())
    return {"images": images, "first": n, "parameters": counted, "initial": initial} | double


class ResNet(nn.Module):
    """As torchvision's (shortcut downsample, head fc) or akamaster's (shortcut,
    linear)."""

    def __init__(self, widths, blocks, option, shortcut, head):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        channels = widths[0]
        for stage, out in enumerate(widths, 1):
            layer = []
            for _ in range(blocks):
                layer.append(Block(channels, out, 1 if out == channels else 2, option, shortcut))
                channels = out
            setattr(self, f"layer{stage}", nn.Sequential(*layer))
        setattr(self, head, nn.Linear(channels, 10))
        self.stages, self.head = len(widths), head

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return getattr(self, self.head)(x.mean((2, 3)))


def set_by_name(net):
    """Gives each tensor values that follow from its name, as the tests do."""
    for name, t in net.state_dict().items():
        if t.dtype == torch.int64:
            continue
        i = torch.arange(t.numel())
        # From 0 to below 1, in steps of 1/1009.
        v = ((i * 7919 + zlib.crc32(name.encode()) % 1009) % 1009).double() / 1009
        if t.dim() > 1:
            v = (v - 0.5) * 4 / t[0].numel() ** 0.5
        t.copy_((v if t.dim() > 1 else v + 0.5).reshape(t.shape).float())


def named(images, *architecture):
    net = ResNet(*architecture)
    names = {name: list(t.shape) for name, t in net.state_dict().items()}
    set_by_name(net)
    net.double().eval()
    with torch.no_grad():
        return {"images": images, "shapes": names, "logits": summary(net(batch(images, 0)))}


tiny, small, large = ([4, 6, 8], 1, "B"), ([16, 32, 64], 3, "A"), ([64, 128, 256, 512], 2, "B")
result = {
    "networks": {
        "tiny": expected(*tiny, images=3, candidates=50),
        "resnet20": expected(*small, images=2, candidates=50),
        "resnet18": expected(*large, images=4),
    },
    "named": [
        {"definition": "resnet18", **named(2, *large, "downsample", "fc")},
        {"definition": "resnet18", **named(2, *large, "shortcut", "linear")},
        {"definition": "resnet20", **named(2, *small, "shortcut", "linear")},
    ],
}
with open("resnets.json", "w") as f:
    json.dump(result, f)
    f.write("\n")
