"""Writes expected.json: the geometry of small features, computed from definitions.

    pip install numpy==2.4.6 scipy==1.17.1
    python3 expected.py > expected.json

RankMe comes from a singular value decomposition, CKA from the [n, n] kernels (Song et al. 2012, equation 5, and
Kornblith et al. 2019), what needs pairs from scipy's pdist, and hubness from scipy's skew of k-occurrences, which is
scikit-hubness' formula. The features are integers over 8, exact in float32.
"""
import json

import numpy as np
import scipy
from scipy.spatial.distance import pdist, squareform
from scipy.stats import skew

N, CLASSES = 14, 3


def features(columns, first):
    mix = lambda k: (k * 2654435761 % 2**32) >> 16
    return np.array([[mix(11 * i + 5 * j + first) % 97 - 30 for j in range(columns)] for i in range(N)]) / 8


def hubness(x, k=10):
    distances = squareform(pdist(x))
    np.fill_diagonal(distances, np.inf)
    ordered = np.sort(distances, axis=1)
    assert (ordered[:, k] - ordered[:, k - 1] > 1e-4).all(), "ties decide"
    nearest = np.argsort(distances, axis=1)[:, :k]
    return skew(np.bincount(nearest.ravel(), minlength=len(x)))


def panel(x, labels):
    n, d = x.shape
    s = np.linalg.svd(x, compute_uv=False)
    p = s / s.sum() + 1e-7
    values = np.linalg.eigvalsh(np.cov(x.T))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    squares = pdist(unit) ** 2
    i, j = np.triu_indices(n, 1)
    same = labels[i] == labels[j]
    between = within = 0.0
    for c in range(CLASSES):
        mine = x[labels == c]
        between += len(mine) * ((mine.mean(0) - x.mean(0)) ** 2).sum()
        within += ((mine - mine.mean(0)) ** 2).sum()
    return {
        "images": n, "features": d,
        "rankme": np.exp(-(p * np.log(p)).sum()),
        "participation_ratio": values.sum() ** 2 / (values**2).sum(),
        "dead_units": int((x == x[0]).all(0).sum()),
        "zeros": (x == 0).mean(), "zero_images": int((x == 0).all(1).sum()),
        "fisher_ratio": between / within,
        "pair_images": n, "same_pairs": int(same.sum()),
        "mean_cosine": (unit @ unit.T)[i, j].mean(),
        "alignment": squares[same].mean(),
        "uniformity": np.log(np.exp(-2 * squares).mean()),
        "hubness": hubness(x),
    }


def hsic0(k, l):
    centre = np.eye(N) - 1 / N
    return np.trace(k @ centre @ l @ centre)


def hsic1(k, l):
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    one = np.ones(N)
    return (np.trace(k @ l) + one @ k @ one * (one @ l @ one) / ((N - 1) * (N - 2)) - 2 / (N - 2) * one @ k @ l @ one) / (N * (N - 3))


def cka(hsic, layers):
    kernels = [x @ x.T for x in layers]
    return [[hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l)) for l in kernels] for k in kernels]


labels = np.array([0, 1, 2, 0, 1, 1, 0] * 2)
wide = features(20, 3)  # more columns than rows
wide[:, 4] = 1.5
wide[:, 7] = 0
layers = [features(4, 1), features(4, 1) @ np.diag([1, 5, 0.5, 2]) + [3, 0, -9, 40], wide]
print(json.dumps({
    "about": f"numpy {np.__version__}, scipy {scipy.__version__}, float64; expected.py wrote it",
    "labels": labels.tolist(), "classes": CLASSES, "layers": [x.tolist() for x in layers],
    "panels": [panel(x, labels) for x in layers],
    "cka": {"biased": cka(hsic0, layers), "debiased": cka(hsic1, layers)},
}))
