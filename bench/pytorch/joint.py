"""Makes the numbers that aeprobe's tests of joint and denoising trainings compare with.

    venv/bin/python bench/pytorch/joint.py experiments/testdata/pytorch

writes joint.json there: the losses of the first 30 steps of each arm of the built-in
definition "joint", in plain PyTorch on the drawn images of expected.py, and the
gradients of its two losses by the encoder before the first step.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

import original
from expected import BATCH, DRAWN, FIRST, SEED, drawn_images, drawn_labels, float32s

NOISE = 0.1
COMPARED = 4


class Joint(original.AutoEncoder):
    """An auto-encoder and a linear layer that reads what reads names."""

    def __init__(self, reads):
        super().__init__()
        self.reads = reads
        width = 48
        if reads.startswith("decoder."):
            width = {0: 24, 1: 24, 2: 12, 3: 12, 4: 3, 5: 3}[int(reads[-1])]
        self.classifier = nn.Linear(width, 10)

    def forward(self, images):
        maps = self.encoder(images)
        decoded = self.decoder(maps)
        read = {"encoder": lambda: maps, "detached": lambda: maps.detach(), "reconstruction": lambda: self.encoder(decoded)}
        if self.reads in read:
            read = read[self.reads]()
        else:
            read = self.decoder[: int(self.reads[-1]) + 1](maps)
        return decoded, self.classifier(read.mean(dim=(2, 3)))


ARMS = {
    "detached": ("detached", {"bce": 1, "cross_entropy": 1}),
    "joint": ("encoder", {"bce": 100, "cross_entropy": 1}),
    "through": ("reconstruction", {"bce": 1, "cross_entropy": 1}),
    "through_alone": ("reconstruction", {"cross_entropy": 1}),
    "readout": ("decoder.3", {"bce": 100, "cross_entropy": 1}),
    "decoded": ("decoder.5", {"mse": 1, "cross_entropy": 1}),
    "alternating": ("encoder", {"bce": 100, "cross_entropy": 1}),
}


def losses_of(model, losses, images, labels):
    decoded, logits = model(images)
    values = {}
    for name, weight in losses.items():
        value = F.cross_entropy(logits, labels) if name == "cross_entropy" else original.LOSSES[name](decoded, images)
        values[name] = weight * value
    return values


def start(reads):
    torch.manual_seed(SEED)
    model = Joint(reads)
    loader = DataLoader(original.Images(drawn_images(DRAWN), drawn_labels(DRAWN), original.ToTensor()), batch_size=BATCH, shuffle=True)
    return model, loader


def arm(name):
    reads, losses = ARMS[name]
    model, loader = start(reads)
    if name == "alternating":
        optimizers = [
            torch.optim.Adam([*model.encoder.parameters(), *model.decoder.parameters()], lr=1e-3),
            torch.optim.Adam([*model.encoder.parameters(), *model.classifier.parameters()], lr=1e-3),
        ]
    else:
        optimizers = [torch.optim.Adam(model.parameters(), lr=1e-3)]
    first = []
    for step, (images, labels) in zip(range(FIRST), loader):
        values = list(losses_of(model, losses, images, labels).values())
        value = values[step % 2] if name == "alternating" else sum(values)
        model.zero_grad()
        value.backward()
        optimizers[step % len(optimizers)].step()
        first.append(value.item())
    return float32s(first)


def noise_seed(seed, step):
    """experiments/noise.go has the same."""
    mask = (1 << 64) - 1
    x = ((seed << 32) + step) & mask
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & mask
    return (x ^ x >> 31) >> 32


def denoising():
    torch.manual_seed(SEED)
    model = original.AutoEncoder()
    loader = DataLoader(original.Images(drawn_images(DRAWN), drawn_labels(DRAWN), original.ToTensor()), batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    first = []
    for step, (images, _) in zip(range(FIRST), loader):
        generator = torch.Generator().manual_seed(noise_seed(SEED, step))
        noise = torch.empty(images.shape).normal_(0, NOISE, generator=generator)
        value = F.binary_cross_entropy(model((images + noise).clamp(0, 1)), images)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        first.append(value.item())
    return float32s(first)


def gradients():
    """Means over the first batches of the images in their order."""
    model, _ = start("encoder")
    images, labels = torch.from_numpy(drawn_images(DRAWN)).float() / 255, torch.from_numpy(drawn_labels(DRAWN))
    encoder = list(model.encoder.parameters())
    norms, cosines = {"bce": 0, "cross_entropy": 0}, []
    for batch in range(COMPARED):
        part = slice(batch * BATCH, (batch + 1) * BATCH)
        values = losses_of(model, ARMS["joint"][1], images[part], labels[part])
        by = {k: torch.cat([g.flatten() for g in torch.autograd.grad(v, encoder, retain_graph=True)]) for k, v in values.items()}
        for name, gradient in by.items():
            norms[name] += gradient.norm().item() / COMPARED
        cosines.append(F.cosine_similarity(by["bce"], by["cross_entropy"], dim=0).item())
    return {
        "batches": COMPARED,
        "reconstruction_gradient": norms["bce"],
        "classification_gradient": norms["cross_entropy"],
        "gradient_cosine": sum(cosines) / COMPARED,
        "gradient_conflict": 100 * sum(c < 0 for c in cosines) / COMPARED,
    }


def main():
    torch.set_num_threads(1)
    out = {
        "about": "Seed 87, batch 16, Adam 1e-3, one thread, the drawn images of losses.json. arms: the losses of the first 30 "
        "steps, weighted sums or, alternating, one loss in turn. gradients: of the arm joint before its first step, over the "
        "first batches of the images in their order.",
        "n": DRAWN,
        "arms": {name: {"reads": ARMS[name][0], "losses": ARMS[name][1], "first": arm(name)} for name in ARMS},
        "denoising": {"noise": NOISE, "first": denoising()},
        "gradients": gradients(),
    }
    Path(sys.argv[1], "joint.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
