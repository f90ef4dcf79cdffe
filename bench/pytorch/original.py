"""The report's recipe as a PyTorch user would write it.

A Dataset with ToTensor, a DataLoader with two workers, eager NCHW float32,
torch.optim.Adam, loss.item() at each step; the frozen classifiers run the
encoder at each step. Nothing here is tuned: it is what aeprobe is measured
against, and what defines the numbers that aeprobe must reproduce.

    python original.py --data cifar-10-batches-bin --mode autoencoder --loss bce --epochs 1 --json out.jsonl
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

LOSSES = {"bce": F.binary_cross_entropy, "l1": F.l1_loss, "mse": F.mse_loss}
MODES = ["autoencoder", "random", "pretrained", "end_to_end"]
TRAIN_FILES = [f"data_batch_{i}.bin" for i in range(1, 6)]
TEST_FILES = ["test_batch.bin"]
TEST_BATCH = 500


class AutoEncoder(nn.Module):
    """[N, 3, 32, 32] in [0, 1] -> the same; the encoder's map is [N, 48, 4, 4]."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 12, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(12, 24, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(24, 48, 4, stride=2, padding=1),
            nn.ReLU(),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(48, 24, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(24, 12, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(12, 3, 4, stride=2, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, images):
        return self.decoder(self.encoder(images))


class Classifier(AutoEncoder):
    """[N, 3, 32, 32] -> class scores [N, 10], from the average over the encoder's map."""

    def __init__(self, freeze):
        super().__init__()
        self.classifier = nn.Linear(48, 10)
        self.freeze = freeze

    def features(self, images):
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.freeze):
            return self.encoder(images).mean(dim=(2, 3))

    def forward(self, images):
        return self.classifier(self.features(images))


def build(mode, weights=None):
    """The network of a mode, drawn from torch's default generator: encoder,
    decoder, then the linear layer. weights, a state_dict, replaces encoder and
    decoder in mode pretrained."""
    if mode == "autoencoder":
        return AutoEncoder()
    model = Classifier(freeze=mode != "end_to_end")
    if mode == "pretrained":
        model.load_state_dict({**model.state_dict(), **weights})
    return model


def trained_parameters(model, mode):
    if mode == "autoencoder":
        return list(model.parameters())
    if mode == "end_to_end":
        return [*model.encoder.parameters(), *model.classifier.parameters()]
    return list(model.classifier.parameters())


def batch_loss(model, mode, loss, images, labels):
    if mode == "autoencoder":
        return LOSSES[loss](model(images), images)
    return F.cross_entropy(model(images), labels)


def read_records(folder, files, limit=None):
    """Images [N, 3, 32, 32] uint8 and labels [N] of CIFAR-10's binary layout:
    records of a label byte, then red, green and blue planes."""
    records = np.concatenate([np.fromfile(Path(folder) / f, np.uint8).reshape(-1, 3073) for f in files])[:limit]
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


class Images(Dataset):
    """(image, label) pairs, as torchvision.datasets.CIFAR10 gives them."""

    def __init__(self, images, labels, transform):
        self.images = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
        self.labels = labels.tolist()
        self.transform = transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


@torch.no_grad()
def test(model, mode, loader, device):
    """Mean BCE, L1 and MSE, or accuracy over all and over the first 500 images."""
    sums, correct, seen = dict.fromkeys(LOSSES, 0.0), [], 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        output = model(images)
        seen += len(images)
        if mode == "autoencoder":
            for name, loss in LOSSES.items():
                sums[name] += loss(output, images).item() * len(images)
        else:
            correct.append(output.argmax(1) == labels)
    if mode == "autoencoder":
        return {name: total / seen for name, total in sums.items()}
    correct = torch.cat(correct).double()
    return {"accuracy": correct.mean().item(), "accuracy_first500": correct[:500].mean().item()}


def arguments(description):
    """The command line that original.py and tuned.py share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", required=True, help="folder of CIFAR-10's binary files")
    parser.add_argument("--mode", choices=MODES, required=True)
    parser.add_argument("--loss", choices=LOSSES, default="bce", help="of mode autoencoder")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=87)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--limit-train", type=int, help="only the first N training images")
    parser.add_argument("--limit-test", type=int, help="only the first N test images")
    parser.add_argument("--test-every", type=int, default=1, help="epochs between tests; the last is always tested")
    parser.add_argument("--threads", type=int, help="default: PyTorch's own choice")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--weights", help="state_dict of an auto-encoder, for mode pretrained")
    parser.add_argument("--save", help="write the final state_dict here")
    parser.add_argument("--json", default="-", help="JSON lines go here; - is standard output")
    return parser


def load_weights(parser, options):
    if options.mode != "pretrained":
        return None
    if not options.weights:
        parser.error("mode pretrained needs --weights, a state_dict that --save wrote for an auto-encoder")
    return torch.load(options.weights, map_location="cpu", weights_only=True)


def peak_rss():
    """Peak memory of this process in bytes, from Linux: getrusage would count
    that of the program which started it, too. None elsewhere."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


class Report:
    """Writes JSON lines: one about the run, then one an epoch."""

    def __init__(self, script, options):
        self.out = sys.stdout if options.json == "-" else open(options.json, "w")
        self.write(
            script=script,
            options={k: v for k, v in vars(options).items() if k not in ("data", "json", "save", "weights")},
            torch=torch.__version__,
            threads=torch.get_num_threads(),
        )

    def write(self, **fields):
        print(json.dumps(fields), file=self.out, flush=True)

    def epoch(self, epoch, seconds, losses, images, tested, test_seconds):
        """seconds covers training alone; peak memory is in bytes, of this
        process and of the largest data worker (which shares most pages with it)."""
        self.write(
            epoch=epoch,
            seconds=seconds,
            images_per_second=images / seconds,
            loss=sum(losses) / len(losses),
            test=tested,
            test_seconds=test_seconds,
            peak_rss=peak_rss(),
            worker_peak_rss=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        )


def main():
    parser = arguments("Train the report's networks as a PyTorch user would.")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    mode, device = options.mode, options.device
    weights = load_weights(parser, options)

    torch.manual_seed(options.seed)
    model = build(mode, weights).to(device)
    optimizer = torch.optim.Adam(trained_parameters(model, mode), lr=options.learning_rate)
    train_set = Images(*read_records(options.data, TRAIN_FILES, options.limit_train), ToTensor())
    test_set = Images(*read_records(options.data, TEST_FILES, options.limit_test), ToTensor())
    train_loader = DataLoader(train_set, batch_size=options.batch, shuffle=True, num_workers=2)
    # A generator of its own: testing must not move the training order.
    test_loader = DataLoader(test_set, batch_size=TEST_BATCH, num_workers=2, generator=torch.Generator())

    report = Report("original", options)
    for epoch in range(1, options.epochs + 1):
        start = time.perf_counter()
        losses = []
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            loss = batch_loss(model, mode, options.loss, images, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        seconds = time.perf_counter() - start
        tested = None
        start = time.perf_counter()
        if epoch % options.test_every == 0 or epoch == options.epochs:
            tested = test(model, mode, test_loader, device)
        report.epoch(epoch, seconds, losses, len(train_set), tested, time.perf_counter() - start)
    if options.save:
        torch.save(model.state_dict(), options.save)


if __name__ == "__main__":
    main()
