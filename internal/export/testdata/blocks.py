"""A network that aeprobe trained, and a test of it, in PyTorch.

    python blocks.py                 tests it on the images in test.npz
    python blocks.py FILE            on others: an .npz with images and labels

The weights are in blocks.pt, next to this file. Needs PyTorch and NumPy.
"""

import hashlib
import pathlib
import sys

import numpy
import torch
from torch import nn


class Residual(nn.Module):
    """The ReLU of the layers' output plus the shortcut's; without a shortcut, plus the input."""

    def __init__(self, layers, **shortcut):
        super().__init__()
        for name, module in (layers | shortcut).items():
            self.add_module(name, module)
        self.layers, self.shortcut = list(layers), list(shortcut)

    def forward(self, x):
        y, short = x, x
        for name in self.layers:
            y = self.get_submodule(name)(y)
        for name in self.shortcut:
            short = self.get_submodule(name)(short)
        return torch.relu(y + short)


class PadShortcut(nn.Module):
    """Every stride-th pixel, and channels of zeros before and behind."""

    def __init__(self, stride, before, behind):
        super().__init__()
        self.stride, self.channels = stride, (before, behind)

    def forward(self, x):
        return nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, *self.channels))


class Network(nn.Module):
    """Takes images, float32 [N, 3, 16, 16] from 0 to 1."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 4, kernel_size=2, stride=2, padding=0, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            Residual(
                {
                    "conv1": nn.Conv2d(4, 4, kernel_size=3, stride=1, padding=1, bias=False),
                    "bn1": nn.BatchNorm2d(4),
                    "relu1": nn.ReLU(),
                    "conv2": nn.Conv2d(4, 4, kernel_size=3, stride=1, padding=1, bias=False),
                    "bn2": nn.BatchNorm2d(4),
                },
            ),
            Residual(
                {
                    "conv1": nn.Conv2d(4, 7, kernel_size=3, stride=2, padding=1, bias=False),
                    "bn1": nn.BatchNorm2d(7),
                    "relu1": nn.ReLU(),
                    "conv2": nn.Conv2d(7, 7, kernel_size=3, stride=1, padding=1, bias=False),
                    "bn2": nn.BatchNorm2d(7),
                },
                downsample=PadShortcut(2, 1, 2),
            ),
            Residual(
                {
                    "conv1": nn.Conv2d(7, 5, kernel_size=3, stride=2, padding=1, bias=False),
                    "bn1": nn.BatchNorm2d(5),
                    "relu1": nn.ReLU(),
                    "conv2": nn.Conv2d(5, 5, kernel_size=3, stride=1, padding=1, bias=False),
                    "bn2": nn.BatchNorm2d(5),
                },
                downsample=nn.Sequential(
                    nn.Conv2d(7, 5, kernel_size=1, stride=2, padding=0, bias=False),
                    nn.BatchNorm2d(5),
                ),
            ),
        )
        self.decoder = nn.Sequential(
            Residual(
                {
                    "conv1": nn.Conv2d(5, 4, kernel_size=3, stride=1, padding=1, bias=False),
                    "bn1": nn.BatchNorm2d(4),
                    "relu1": nn.ReLU(),
                    "upsample1": nn.Upsample(scale_factor=2, mode="nearest"),
                    "conv2": nn.Conv2d(4, 4, kernel_size=3, stride=1, padding=1, bias=False),
                    "bn2": nn.BatchNorm2d(4),
                },
                upsample=nn.Sequential(
                    nn.Upsample(scale_factor=2, mode="nearest"),
                    nn.Conv2d(5, 4, kernel_size=1, stride=1, padding=0, bias=False),
                    nn.BatchNorm2d(4),
                ),
            ),
            nn.Upsample(scale_factor=4, mode="nearest"),
            nn.Conv2d(4, 3, kernel_size=3, stride=1, padding=1),
            nn.Sigmoid(),
        )
        self.classifier = nn.Linear(5, 10)

    def features(self, images):
        """What the linear classifier reads, [N, 5]."""
        maps = self.encoder(images)
        return maps.amax((2, 3))

    def forward(self, images):
        """The classes' logits, [N, 10]."""
        return self.classifier(self.features(images))

    def reconstruct(self, images):
        return self.decoder(self.encoder(images))


NAME = "networks/blocks"
DATA = "CIFAR-10"
# How many test images aeprobe took, the first ones (0: all), the SHA-256 of those and their labels, and what it measured on them.
TEST_IMAGES = 10000
TEST_SHA256 = "0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd"
MEASURED = {"bce": 0.5497}

here = pathlib.Path(__file__).resolve().parent


def load():
    network = Network()
    state = torch.load(here / "blocks.pt", map_location="cpu", weights_only=True)
    network.load_state_dict(state, strict=True)
    return network.eval()


def read_images(path):
    """Images, uint8 [N, 3, 16, 16], and their labels, int64 [N]."""
    file = numpy.load(path)
    images, labels = file["images"], file["labels"]
    return torch.from_numpy(images.copy()), torch.from_numpy(labels.astype(numpy.int64))


def digest(images, labels):
    return hashlib.sha256(images.numpy().tobytes() + labels.numpy().astype("<i8").tobytes()).hexdigest()


@torch.no_grad()
def test(network, images, labels):
    """Means over the images, by name; accuracy in percent."""
    sums = {}

    def add(name, value, count):
        sums[name] = sums.get(name, 0.0) + value.item() * count / len(images)

    for x, y in zip(images.split(500), labels.split(500)):
        x = x.float() / 255
        decoded = network.reconstruct(x)
        add("bce", nn.functional.binary_cross_entropy(decoded, x), len(x))
        add("l1", nn.functional.l1_loss(decoded, x), len(x))
        add("mse", nn.functional.mse_loss(decoded, x), len(x))
        logits = network(x)
        add("cross_entropy", nn.functional.cross_entropy(logits, y), len(x))
        add("accuracy", 100 * (logits.argmax(1) == y).float().mean(), len(x))
    return sums


if __name__ == "__main__":
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "test.npz"
    images, labels = read_images(path)
    first = slice(TEST_IMAGES or None)
    known = digest(images[first], labels[first]) == TEST_SHA256
    if known:
        images, labels = images[first], labels[first]
    print(f"{NAME} on {len(images)} images, {DATA if known else path.name}")
    print(f"{'':14}{'PyTorch':>12}{'aeprobe' if known else '':>12}".rstrip())
    for name, value in test(load(), images, labels).items():
        measured = f"{MEASURED[name]:12.5f}" if name in MEASURED else f"{'-':>12}"
        print(f"{name:14}{value:12.5f}{measured if known else ''}")
