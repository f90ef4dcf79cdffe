"""Writes expected.json beside itself: what scikit-learn and openTSNE make of the
points of tsne_test.go. Made with Python 3.11, numpy 2.4, scikit-learn 1.9.1 and
openTSNE 1.0.4.

Usage: python expected.py
"""

import json
import pathlib

import numpy as np
from openTSNE import TSNEEmbedding
from openTSNE.affinity import PrecomputedAffinities
from scipy.sparse import csr_matrix
from scipy.spatial.distance import pdist, squareform
from sklearn.manifold import TSNE, trustworthiness
from sklearn.manifold._t_sne import _joint_probabilities
from sklearn.neighbors import NearestNeighbors

N, D, CLASSES, PERPLEXITY = 300, 10, 6, 30


def r(a):
    return ((a * a % 2**32) * 2654435761 % 2**32) >> 16


def in_cluster(i):
    return [
        3 * (r(1000 + 10 * (i % CLASSES) + j) % 17 - 8)
        + sum(r(20000 + 30 * i + 3 * j + k) % 17 - 8 for k in range(3))
        + r(40000 + 10 * i + j) / 65536
        for j in range(D)
    ]


def on_sheet(i):
    u, v = r(900 + 2 * i) / 65536 * 20, r(901 + 2 * i) / 65536 * 14
    return [u, v, u * v / 10, u * u / 20, v * v / 20] + [r(5000 + 10 * i + j) / 65536 for j in range(5, D)]


def points(of):
    return np.array([of(i) for i in range(N)], dtype=np.float32).astype(np.float64)


def affinities(x):
    return squareform(_joint_probabilities(squareform(pdist(x, "sqeuclidean")), PERPLEXITY, 0))


def neighbours(x, k):
    """The k nearest of each point, which no tie decides."""
    assert np.diff(np.sort(squareform(pdist(x, "sqeuclidean")), axis=1)[:, 1:], axis=1)[:, : k + 5].min() > 0
    return NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)


clusters, labels = points(in_cluster), np.arange(N) % CLASSES
columns = clusters[:, :2]
measured = {
    "trustworthiness": trustworthiness(clusters, columns, n_neighbors=5),
    "knn_recall": np.mean([len(set(a) & set(b)) / 10 for a, b in zip(neighbours(clusters, 10), neighbours(columns, 10))]),
    "nearest_accuracy": np.mean(labels[neighbours(columns, 1)[:, 0]] == labels),
    "nearest_accuracy_features": np.mean(labels[neighbours(clusters, 1)[:, 0]] == labels),
}

sheet = points(on_sheet)
start = sheet[:, :2] - sheet[:, :2].mean(axis=0)
start *= 1e-4 / start[:, 0].std()

sklearn = TSNE(method="exact", init=start.copy(), perplexity=PERPLEXITY, learning_rate="auto", max_iter=1000)
picture = sklearn.fit_transform(sheet)

# Barnes-Hut with an angle of 0 is exact.
p = affinities(sheet)
np.fill_diagonal(p, 0)
opened = TSNEEmbedding(start.copy(), PrecomputedAffinities(csr_matrix(p), normalize=False), negative_gradient_method="bh", theta=0, n_jobs=1)
opened.optimize(250, exaggeration=12, momentum=0.8, inplace=True)
early = np.array(opened)
opened.optimize(500, momentum=0.8, inplace=True)

SHOWN = 8
expected = {
    "affinities": affinities(clusters)[0, 1:25].tolist(),
    "first_columns": {name: float(v) for name, v in measured.items()},
    "scikit_learn": {"kl": float(sklearn.kl_divergence_), "trustworthiness": trustworthiness(sheet, picture, n_neighbors=5)},
    "opentsne": {
        "kl": float(opened.kl_divergence),
        "trustworthiness": trustworthiness(sheet, np.array(opened), n_neighbors=5),
        "early": early[:SHOWN].tolist(),
        "final": np.array(opened)[:SHOWN].tolist(),
    },
}
pathlib.Path(__file__).with_name("expected.json").write_text(json.dumps(expected, indent=1) + "\n")
print(json.dumps(expected, indent=1))
