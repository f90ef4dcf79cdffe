"""Measures a run's features with scikit-learn, next to what aeprobe found.

    python bench/sklearn/probes.py runs/study --data cifar-10-batches-bin

Encodes the images with PyTorch from the run's own weights (the random encoder's
are those after torch.manual_seed), and compares what is in results.json: the
logistic probe at aeprobe's C, k nearest neighbours, nearest class means, and
clusters over ten single starts. It exits with 1 if the logistic probe is more
than 0.3 points off, neighbours or class means more than 0.05, or clusters
outside the spread of the starts. Neighbours of the mean colour are shown, but not
judged: the cosines of three positive numbers differ by less than float32 holds.
Layers, other pools than avg and flatten, and encoders from files are left out.

PyTorch 2.11.0, scikit-learn 1.9.1, numpy 2.4.6.
"""

import argparse
import json
import pathlib
import re
import sys
import warnings

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler
from scipy.optimize import linear_sum_assignment

LOGISTIC, COUNTED = 0.3, 0.05  # points


def images(folder, names):
    records = np.concatenate([np.fromfile(pathlib.Path(folder) / n, np.uint8).reshape(-1, 3073) for n in names])
    return torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255), records[:, 0]


def safetensors(path):
    data = pathlib.Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    return {
        name: torch.from_numpy(np.frombuffer(data[8 + size + t["data_offsets"][0] : 8 + size + t["data_offsets"][1]], "<f4").reshape(t["shape"]).copy())
        for name, t in header.items()
        if name != "__metadata__" and t["dtype"] == "F32"
    }


def encoder(run, name, seed):
    torch.manual_seed(seed)
    layers = []
    for channels, out in ((3, 12), (12, 24), (24, 48)):
        layers += [torch.nn.Conv2d(channels, out, 4, stride=2, padding=1), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers)
    if name != "random":
        kind = "autoencoders" if (run / "autoencoders" / name).exists() else "classifiers"
        weights = safetensors(run / kind / name / "checkpoint.safetensors")
        net.load_state_dict({k.removeprefix("encoder."): v for k, v in weights.items() if k.startswith("encoder.")})
    return net


def features(run, encoder_name, pool, seed, x):
    if encoder_name == "mean_colour":
        return x.mean((2, 3)).numpy()
    net = encoder(run, encoder_name, seed)
    with torch.no_grad():
        maps = torch.cat([net(batch) for batch in x.split(1000)])
    return (maps.mean((2, 3)) if pool == "avg" else maps.flatten(1)).numpy()


def neighbours(train, labels, test, ks, temperature, centre):
    """The classes predicted by each of ks, which pass over the cosines once. Of
    neighbours equal at the largest k's edge any may be taken."""
    if centre:
        mean = train.astype(np.float64).mean(0)
        train, test = train - mean, test - mean
    unit = lambda m: (m / np.maximum(np.linalg.norm(m.astype(np.float64), axis=1, keepdims=True), 1e-300)).astype(np.float32)
    train, test = unit(train), unit(test)
    predicted = {k: [] for k in ks}
    for block in np.array_split(test, max(1, len(test) // 500)):
        cosines = block @ train.T
        nearest = np.sort(np.argpartition(-cosines, max(ks), axis=1)[:, : max(ks)], axis=1)
        near = np.take_along_axis(cosines, nearest, 1)
        order = np.argsort(-near, axis=1, kind="stable")
        nearest, near = np.take_along_axis(nearest, order, 1), np.take_along_axis(near, order, 1).astype(np.float64)
        weights = np.exp((near - near[:, :1]) / temperature)
        for k in ks:
            scores = np.stack([(weights[:, :k] * (labels[nearest[:, :k]] == c)).sum(1) for c in range(10)], 1)
            predicted[k].append(scores.argmax(1))
    return {k: np.concatenate(p) for k, p in predicted.items()}


def cluster_accuracy(labels, clusters, k):
    table = np.zeros((10, k), int)
    np.add.at(table, (labels, clusters), 1)
    rows, columns = linear_sum_assignment(-table)
    return table[rows, columns].sum() / len(labels)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("run", type=pathlib.Path)
    arguments.add_argument("--data", required=True)
    arguments.add_argument("--threads", type=int, default=1)
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    warnings.filterwarnings("ignore", message="self.within_class_std_dev_")  # of features that are 0 for a class
    results = json.loads((a.run / "results.json").read_text())
    n, tests = results["data"]["train"], results["data"]["test"]
    x, y = (t[:n] for t in images(a.data, [f"data_batch_{i}.bin" for i in range(1, 6)]))
    tx, ty = (t[:tests] for t in images(a.data, ["test_batch.bin"]))
    known = {"random", "mean_colour"} | {m["name"] for m in results["autoencoders"] + results["classifiers"]}
    sets = {}
    for m in results["study"]:
        if m.get("seed", results["seed"]) == results["seed"] and m["encoder"] in known and "layer" not in m and m.get("pool") in (None, "avg", "flatten"):
            sets.setdefault((m["features"], m["encoder"], m.get("pool")), {})[m["measure"]] = m
    failed = False

    def row(name, what, ours, theirs, allowed):
        nonlocal failed
        difference = abs(ours - theirs)
        failed |= bool(difference > allowed)
        print(f"{name:22} {what:24} aeprobe {ours:8.3f}  scikit-learn {theirs:8.3f}  difference {difference:6.3f}, allowed {allowed}", flush=True)

    for (name, encoder_name, pool), measures in sets.items():
        train, test = (features(a.run, encoder_name, pool, results["seed"], images_) for images_ in (x, tx))
        scaler = StandardScaler().fit(train.astype(np.float64))
        scaled, scaled_test = scaler.transform(train.astype(np.float64)), scaler.transform(test.astype(np.float64))
        value = lambda m, finding: next(f["value"] for f in measures[m]["findings"] if f["name"] == finding)
        if "logistic" in measures:
            fit = LogisticRegression(C=measures["logistic"]["details"]["c"], tol=1e-6, max_iter=5000).fit(scaled, y)
            row(name, f"logistic, C = {fit.C:g}", value("logistic", "logistic"), 100 * fit.score(scaled_test, ty), LOGISTIC)
        if "nearest_mean" in measures:
            row(name, "nearest mean", value("nearest_mean", "nearest mean"), 100 * NearestCentroid().fit(scaled, y).score(scaled_test, ty), COUNTED)
        kept = {f["name"]: f["value"] for f in measures.get("knn", {"findings": []})["findings"]}
        ks = sorted({int(n.split(",")[0].split("=")[1]) for n in kept})
        for form in ("L2", "CL2N") if ks else ():
            temperature = float(re.search(r"cosine / ([0-9.]+)\)", measures["knn"]["protocol"])[1])
            for k, predicted in neighbours(train, y, test, ks, temperature, form == "CL2N").items():
                allowed = float("inf") if encoder_name == "mean_colour" else COUNTED
                row(name, f"k = {k}, {form}", kept[f"k = {k}, {form}"], 100 * (predicted == ty).mean(), allowed)
        if "clusters" in measures:
            scores = []
            for seed in range(10):
                clusters = KMeans(10, n_init=1, random_state=seed).fit(scaled.astype(np.float32)).predict(scaled_test.astype(np.float32))
                scores.append([100 * cluster_accuracy(ty, clusters, 10), 100 * normalized_mutual_info_score(ty, clusters), 100 * adjusted_rand_score(ty, clusters)])
            low, high = np.min(scores, 0), np.max(scores, 0)
            for i, score in enumerate(("ACC", "NMI", "ARI")):
                ours = value("clusters", f"{score}, K = 10")
                outside = max(low[i] - ours, ours - high[i], 0)
                failed |= bool(outside > 0.05)
                print(f"{name:22} {score + ', K = 10':24} aeprobe {ours:8.3f}  scikit-learn {low[i]:.3f} to {high[i]:.3f} over ten starts", flush=True)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
