"""Makes the numbers that aeprobe's faithfulness tests compare with.

    python -m venv venv && venv/bin/pip install -r bench/pytorch/requirements.txt
    CIFAR10_DIR=cifar-10-batches-bin venv/bin/python bench/pytorch/expected.py experiments/testdata/pytorch

writes init.json, order.json, losses.json, bce.json, adam.json and pca.json there, each
from the original recipe (original.py) run on one CPU thread, and prints how far
PyTorch's own variants are apart. The tests read the files and need no Python.

Numbers: those that PyTorch holds as float32 are written as the shortest decimal
that parses to the same float32; those of scikit-learn are float64. sha256 is of
the values' little-endian bytes, row-major (float32, or int64 for orders).
Weights are named as in a state_dict.

Drawn images (drawn_images, drawn_labels), drawn gradients and the PCA matrix
come from integer arithmetic alone, so that a test in any language can make them
again; their sha256 is in the files.
"""

import hashlib
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn import __version__ as sklearn_version
from sklearn.decomposition import PCA
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import original
import tuned

SEED = 87
BATCH = 16
FIRST = 30
DRAWN = 512
LOSS_RUNS = {
    "bce": ("autoencoder", "bce"),
    "l1": ("autoencoder", "l1"),
    "mse": ("autoencoder", "mse"),
    "end_to_end": ("end_to_end", None),
    "random": ("random", None),
}


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def float32s(values):
    """Shortest decimals that parse to the same float32."""
    return [float(str(v)) for v in np.asarray(values, np.float32).ravel()]


def mix(k):
    """16 bits of k >= 0: the upper half of k * 2654435761 mod 2^32."""
    return ((np.asarray(k, np.uint64) * np.uint64(2654435761)) % np.uint64(1 << 32)).astype(np.int64) >> 16


def drawn_images(n):
    """uint8 [N, 3, 32, 32]. With h = mix(3*i + c + 1), pixel (i, c, y, x) is the
    triangle wave v < 256 ? v : 511 - v of
    v = ((3*(i mod 10) + c)*x + (h & 31)*y + (h >> 5)) mod 512."""
    i, c, y, x = np.ogrid[:n, :3, :32, :32]
    h = mix(3 * i + c + 1)
    v = ((3 * (i % 10) + c) * x + (h & 31) * y + (h >> 5)) % 512
    return np.where(v < 256, v, 511 - v).astype(np.uint8)


def drawn_labels(n):
    """Image i is of class i mod 10, which sets the waves' horizontal frequency."""
    return np.arange(n) % 10


# --- init.json ---------------------------------------------------------------


class OtherNetwork(nn.Module):
    """Other kernels and strides, an output padding, more layers."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=1, padding=1), nn.ReLU(), nn.Conv2d(8, 20, 5, stride=2, padding=2), nn.ReLU()
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(20, 8, 5, stride=2, padding=2, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 3, 3, stride=1, padding=1),
            nn.Sigmoid(),
        )
        self.classifier = nn.Linear(20, 10)


def init_numbers():
    def weights(seed, network, values):
        torch.manual_seed(seed)
        out = {}
        for name, weight in network().state_dict().items():
            out[name] = {"shape": list(weight.shape), "sha256": sha256(weight.numpy())}
            if values:
                out[name]["first"] = float32s(weight.flatten()[:8])
        return {"seed": seed, "weights": out}

    def classifier():
        return original.Classifier(freeze=False)

    return {
        "about": "Weights after torch.manual_seed(seed) and making encoder, decoder, linear layer, in this order. "
        "The auto-encoder alone has the same weights without classifier.*.",
        "report": [weights(s, classifier, values=s == SEED) for s in (SEED, 0, 1, 12345, 2**40 + 5)],
        "other_model": "conv2d 3->8 k3 s1 p1, relu, conv2d 8->20 k5 s2 p2, relu; conv_transpose2d 20->8 k5 s2 p2 "
        "output_padding 1, relu, conv_transpose2d 8->3 k3 s1 p1, sigmoid; linear 20->10",
        "other": [weights(5, OtherNetwork, values=True)],
    }


# --- order.json --------------------------------------------------------------


def order_numbers():
    def orders(mode, n, workers=0):
        torch.manual_seed(SEED)
        original.build(mode, weights={})
        loader = DataLoader(TensorDataset(torch.arange(n)), batch_size=1000, shuffle=True, num_workers=workers)
        epochs = []
        for _ in range(3):
            order = torch.cat([indices for (indices,) in loader]).numpy()
            epochs.append({"first": order[:50].tolist(), "sha256": sha256(order)})
        return epochs

    assert orders("autoencoder", 5000) == orders("autoencoder", 5000, workers=2)
    return {
        "about": "Image indices of DataLoader(shuffle=True), epochs 1 to 3, after torch.manual_seed(seed) and making "
        "the auto-encoder, or auto-encoder and linear layer (classifier). sha256 is of the whole epoch's int64.",
        "seed": SEED,
        "orders": [
            {"network": network, "n": n, "epochs": orders(mode, n)}
            for network, mode in (("autoencoder", "autoencoder"), ("classifier", "end_to_end"))
            for n in (50000, 1000)
        ],
    }


# --- losses.json -------------------------------------------------------------


def train_original(images, labels, mode, loss, steps):
    """Losses and network of the original recipe: DataLoader, NCHW, plain Adam."""
    torch.manual_seed(SEED)
    model = original.build(mode)
    optimizer = torch.optim.Adam(original.trained_parameters(model, mode), lr=1e-3)
    loader = DataLoader(original.Images(images, labels, original.ToTensor()), batch_size=BATCH, shuffle=True)
    losses = []
    while True:
        for batch, targets in loader:
            value = original.batch_loss(model, mode, loss, batch, targets)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
            if len(losses) == steps:
                return losses, model


def train_tuned(images, labels, mode, loss, steps, logits=False):
    """The same in tuned.py's way: channels_last, fused Adam."""
    options = tuned.tuned_arguments().parse_args(["--data", "", "--mode", mode, "--loss", loss or "bce"])
    options.logits = logits
    torch.manual_seed(SEED)
    model = original.build(mode).to(memory_format=torch.channels_last)
    step = tuned.step_function(model, options)
    data = tuned.Resident(images, labels, "cpu")
    if mode == "random":
        data = tuned.Features(model, data)
    losses = []
    while True:
        for inputs, targets in data.batches(tuned.epoch_order(len(data)), BATCH):
            losses.append(step(inputs, targets).item())
            if len(losses) == steps:
                return losses, model


def apart(a, b):
    return float(np.max(np.abs(np.subtract(a, b))))


def weights_apart(a, b):
    a, b = a.state_dict(), b.state_dict()
    return max((a[name] - b[name]).abs().max().item() for name in a)


def loss_numbers(images, labels):
    """The first losses of each run and the weights after them."""
    runs = {}
    for name, (mode, loss) in LOSS_RUNS.items():
        losses, model = train_original(images, labels, mode, loss, FIRST)
        variants = {"channels_last, fused Adam": {}}
        if name == "bce":
            variants["the same, BCE from logits"] = {"logits": True}
        for variant, arguments in variants.items():
            others, other = train_tuned(images, labels, mode, loss, FIRST, **arguments)
            print(
                f"  {name}: {variant}: losses apart by {apart(losses, others):.1e}, "
                f"weights by {weights_apart(model, other):.1e} in {FIRST} steps"
            )
            assert apart(losses, others) < 1e-5
        runs[name] = {
            "first": float32s(losses),
            "weights": {k: float32s(w.flatten()[:8]) for k, w in model.state_dict().items()},
        }
    return runs


def add_last_losses(runs, images, labels, steps):
    for name, (mode, loss) in LOSS_RUNS.items():
        losses, _ = train_original(images, labels, mode, loss, steps)
        others, _ = train_tuned(images, labels, mode, loss, steps)
        print(f"  {name}: losses apart by {apart(losses, others):.1e} in {steps} steps")
        runs[name]["last"] = float32s(losses[-4:])


def losses_numbers(folder):
    print(f"drawn images, {DRAWN}:")
    images, labels = drawn_images(DRAWN), drawn_labels(DRAWN)
    steps = 2 * DRAWN // BATCH
    drawn = loss_numbers(images, labels)
    add_last_losses(drawn, images, labels, steps)
    out = {
        "about": "Seed 87, batch 16, Adam 1e-3, one thread. first: the losses of the first 30 steps; weights: the first "
        "8 values of each weight after them.",
        "seed": SEED,
        "batch": BATCH,
        "learning_rate": 1e-3,
        "drawn": {
            "about": "Images made by integer arithmetic: drawn_images in bench/pytorch/expected.py. last: the last 4 "
            "losses of 2 epochs.",
            "n": DRAWN,
            "sha256": sha256(images),
            "steps": steps,
            "runs": drawn,
        },
    }
    if not folder:
        sys.exit("CIFAR10_DIR is not set.\nSet it to a folder that holds data_batch_1.bin and the others.")
    print("CIFAR10_DIR:")
    files = original.TRAIN_FILES
    images, labels = original.read_records(folder, files)
    out["cifar10"] = {
        "about": "Of the files with these sha256, which are made from JPEG copies of CIFAR-10's images.",
        "sha256": {f: hashlib.sha256((Path(folder) / f).read_bytes()).hexdigest() for f in files},
        "n": len(images),
        "runs": loss_numbers(images, labels),
    }
    return out


# --- bce.json ---------------------------------------------------------------


SATURATED_EPOCHS = 3
SATURATED_RUNS = [("bce", 0.1), ("bce", 1.0), ("l1", 1.0)]


def bce_elements():
    """F.binary_cross_entropy of sigmoid(logit), element by element, and its
    gradient by the logit, all in float32."""
    logits = [-200, -120, -100, -89, -88.5, -88, -87, -60, -40, -29, -28, -27.7, -27.5, -20, -17, -10, -6, -3, -1]
    logits += [0, 1, 3, 5, 6, 6.5, 8, 10, 12, 13, 14, 15, 15.5, 16, 16.25, 16.5, 16.625, 16.75, 17, 18, 30, 89, 100, 200]
    rows = []
    for target in (0, 0.25, 0.5, 0.9, 1):
        x = torch.tensor(logits, requires_grad=True)
        values = torch.nn.functional.binary_cross_entropy(
            torch.sigmoid(x), torch.full_like(x, target), reduction="none"
        )
        (gradients,) = torch.autograd.grad(values.sum(), x)
        rows.append({"target": target, "losses": float32s(values.detach()), "gradients": float32s(gradients)})
    return {"logits": logits, "rows": rows}


def saturated_run(loss, learning_rate, tune):
    """Losses of each step, and the test's scores over all images after each epoch."""
    images, labels = drawn_images(DRAWN), drawn_labels(DRAWN)
    torch.manual_seed(SEED)
    model = original.build("autoencoder")
    if tune:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=tune)
    loader = DataLoader(original.Images(images, labels, original.ToTensor()), batch_size=BATCH, shuffle=True)
    everything = torch.from_numpy(images).float() / 255
    losses, tests = [], []
    for _ in range(SATURATED_EPOCHS):
        for batch, targets in loader:
            value = original.batch_loss(model, "autoencoder", loss, batch, targets)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
        with torch.no_grad():
            decoded = model(everything)
            tests.append({name: compare(decoded, everything).item() for name, compare in original.LOSSES.items()})
    return losses, tests


def bce_numbers():
    runs = []
    for loss, learning_rate in SATURATED_RUNS:
        losses, tests = saturated_run(loss, learning_rate, tune=False)
        others, other_tests = saturated_run(loss, learning_rate, tune=True)
        far = np.max(np.abs(np.subtract(losses, others)) / np.maximum(1, losses))
        test_far = max(abs(a[k] - b[k]) / max(1, a[k]) for a, b in zip(tests, other_tests) for k in a)
        print(f"{loss}, learning rate {learning_rate}: plain and tuned apart by {far:.1e} in losses, {test_far:.1e} in tests")
        tests = [dict(zip(test, float32s(list(test.values())))) for test in tests]
        runs.append({"loss": loss, "learning_rate": learning_rate, "losses": float32s(losses), "tests": tests})
    return {
        "about": "binary_cross_entropy where its sigmoid saturates. elements: losses and gradients by the logit, of single "
        "numbers. runs: the auto-encoder on the drawn images of losses.json, seed 87, batch 16, Adam: the loss of each "
        f"step of {SATURATED_EPOCHS} epochs, and the losses over all images after each.",
        "n": DRAWN,
        "elements": bce_elements(),
        "runs": runs,
    }


# --- adam.json ---------------------------------------------------------------


def adam_gradients(step, size, offset):
    """Gradient k of step s: (mix(97*s + k + offset) - 32768) / 2^(15 + 3*(k mod 5)), and 0 where k mod 7 is 3."""
    k = np.arange(size)
    values = (mix(97 * step + k + offset) - 32768) / 2.0 ** (15 + 3 * (k % 5))
    return np.where(k % 7 == 3, 0, values).astype(np.float32)


def adam_numbers():
    shapes = {"a": (2, 5), "b": (8,)}
    start = {"a": np.arange(10) / 8 - 0.5, "b": np.arange(8) / 16}
    start = {name: value.astype(np.float32).reshape(shapes[name]) for name, value in start.items()}

    def run(lr, fused):
        parameters = {name: nn.Parameter(torch.tensor(value)) for name, value in start.items()}
        optimizer = torch.optim.Adam(parameters.values(), lr=lr, fused=fused)
        steps = []
        for s in range(5):
            step = {"gradients": {}, "values": {}}
            for offset, (name, parameter) in enumerate(parameters.items()):
                parameter.grad = torch.tensor(adam_gradients(s, parameter.numel(), 50 * offset)).reshape(shapes[name])
                step["gradients"][name] = float32s(parameter.grad)
            optimizer.step()
            for name, parameter in parameters.items():
                step["values"][name] = float32s(parameter.detach())
            steps.append(step)
        state = {
            name: {key: float32s(optimizer.state[p][key]) for key in ("exp_avg", "exp_avg_sq")}
            for name, p in parameters.items()
        }
        return {"lr": lr, "steps": steps, "state": state}

    runs = []
    for lr in (1e-3, 0.1):
        run_, fused = run(lr, fused=False), run(lr, fused=True)
        far = max(apart(a["values"][n], b["values"][n]) for a, b in zip(run_["steps"], fused["steps"]) for n in shapes)
        print(f"Adam, lr {lr}: plain and fused apart by {far:.1e} after 5 steps")
        runs.append(run_)
    return {
        "about": "torch.optim.Adam, betas 0.9 and 0.999, eps 1e-8: values after each step.",
        "shapes": {name: list(shape) for name, shape in shapes.items()},
        "start": {name: float32s(value) for name, value in start.items()},
        "runs": runs,
    }


# --- pca.json ----------------------------------------------------------------


def pca_matrix(n, columns):
    """Integers [N, C], six directions of decreasing variance and noise:
    x(i, j) = e(C*i + j) + sum over k < 6 of (6 - k) * s(6*i + k) * t(6*j + k),
    s(a) = r(a + 1) mod 17 - 8, t(a) = r(a + 10007) mod 17 - 8,
    e(a) = r(a + 20011) mod 33 - 16, r(a) = mix(a*a)."""

    def r(a):
        return mix(a * a)

    i, j = np.ogrid[:n, :columns]
    x = r(columns * i + j + 20011) % 33 - 16
    for k in range(6):
        x = x + (6 - k) * (r(6 * i + k + 1) % 17 - 8) * (r(6 * j + k + 10007) % 17 - 8)
    return x


def pca_numbers():
    components, rows = 4, 32

    def case(n, columns):
        matrix = pca_matrix(n, columns)
        pca = PCA(n_components=components, svd_solver="full")
        coordinates = pca.fit_transform(matrix.astype(np.float64))
        again = PCA(n_components=components, svd_solver="full").fit_transform(matrix.astype(np.float32))
        print(f"PCA [{n}, {columns}]: variance {pca.explained_variance_ratio_.round(4)}, float32 apart by "
              f"{apart(coordinates, again) / np.abs(coordinates).max():.1e} of the largest coordinate")
        return {
            "shape": [n, columns],
            "sha256": sha256(matrix.astype("<i8")),
            "mean": pca.mean_[:8].tolist(),
            "coordinates": coordinates[:rows].tolist(),
            "components": pca.components_.tolist(),
            "explained_variance": pca.explained_variance_.tolist(),
            "explained_variance_ratio": pca.explained_variance_ratio_.tolist(),
            "singular_values": pca.singular_values_.tolist(),
        }

    return {
        "about": f"scikit-learn {sklearn_version}, PCA(n_components={components}, svd_solver='full'), float64. Sign: in "
        "each component the entry of largest absolute value is positive (svd_flip with u_based_decision=False). "
        f"coordinates are the first {rows} rows, mean its first 8 columns; sha256 is of the int64 matrix.",
        "cases": [case(300, 40), case(20, 40)],
    }


def write(path, numbers):
    """JSON with each list of numbers on a line."""
    text = json.dumps(numbers, indent=1)
    path.write_text(re.sub(r"\[[^][{}]*\]", lambda m: "[" + " ".join(m[0][1:-1].split()) + "]", text) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: expected.py FOLDER")
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for name, numbers in {
        "init.json": init_numbers(),
        "order.json": order_numbers(),
        "bce.json": bce_numbers(),
        "adam.json": adam_numbers(),
        "pca.json": pca_numbers(),
        "losses.json": losses_numbers(os.environ.get("CIFAR10_DIR")),
    }.items():
        write(folder / name, {"torch": torch.__version__.split("+")[0], **numbers})


if __name__ == "__main__":
    main()
