"""A network that aeprobe trained, and a test of it, in PyTorch.

    python flat.py                 tests it on the images in test.npz
    python flat.py FILE            on others: an .npz with images and labels

The weights are in flat.pt, next to this file. Needs PyTorch and NumPy.
"""

import hashlib
import pathlib
import sys

import numpy
import torch
from torch import nn


class Network(nn.Module):
    """Takes images, float32 [N, 3, 16, 16] from 0 to 1."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 4, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(4, 6, kernel_size=3, stride=1, padding=1, bias=False),
            nn.AvgPool2d(3, stride=2, padding=1),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(6, 5, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.Upsample(scale_factor=4, mode="nearest"),
            nn.ConvTranspose2d(5, 3, kernel_size=1, stride=1, padding=0, output_padding=0),
            nn.Sigmoid(),
        )
        self.classifier = nn.Linear(24, 10)

    def features(self, images):
        """What the linear classifier reads, [N, 24]."""
        maps = self.encoder(images)
        return maps.flatten(1)

    def forward(self, images):
        """The classes' logits, [N, 10]."""
        return self.classifier(self.features(images))

    def reconstruct(self, images):
        return self.decoder(self.encoder(images))


NAME = "networks/flat"
DATA = "CIFAR-10"
# How many test images aeprobe took, the first ones (0: all), the SHA-256 of those and their labels, and what it measured on them.
TEST_IMAGES = 10000
TEST_SHA256 = "0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd"
MEASURED = {"bce": 0.5497}

here = pathlib.Path(__file__).resolve().parent


def load():
    network = Network()
    state = torch.load(here / "flat.pt", map_location="cpu", weights_only=True)
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
