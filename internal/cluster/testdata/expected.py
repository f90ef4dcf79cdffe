"""Writes kmeans.json and scores.json: what scikit-learn and scipy make of small examples.

    pip install scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
    python3 expected.py
"""

import json

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.cluster import KMeans

generator = np.random.default_rng(13)


def kmeans(name, x, init):
    """Lloyd's algorithm from given centroids, at scikit-learn's tolerance."""
    fitted = KMeans(len(init), init=init, n_init=1, algorithm="lloyd", max_iter=300).fit(x)
    return {
        "name": name,
        "columns": x.shape[1],
        "rows": [round(float(v), 2) for v in x.ravel()],
        "init": [round(float(v), 2) for v in init.ravel()],
        "centroids": [round(float(v), 7) for v in fitted.cluster_centers_.ravel()],
        "assigned": fitted.labels_.tolist(),
        "inertia": float(fitted.inertia_),
        "iterations": fitted.n_iter_,
    }


def points(n, columns):
    return np.round(generator.normal(3, 1, [n, columns]), 2).astype(np.float32)


x = points(120, 3)
far = x[:5].copy()
far[3] = 100  # no row is nearest to this centroid, nor to the next
far[1] = -100
cases = [
    kmeans("from rows", x, x[:6]),
    kmeans("two empty clusters", x, far),
    kmeans("one cluster", points(20, 2), np.zeros([1, 2], np.float32)),
]
with open("kmeans.json", "w") as file:
    json.dump(cases, file)
    file.write("\n")

cases = []
for classes, clusters, n, noise in [(3, 3, 40, 0.3), (10, 10, 80, 0.4), (4, 9, 60, 0.5), (10, 4, 60, 0.5), (5, 5, 50, 1), (10, 40, 80, 0.2), (1, 3, 10, 1)]:
    labels = generator.integers(0, classes, n)
    found = np.where(generator.random(n) < noise, generator.integers(0, clusters, n), labels * 7 % clusters)
    table = metrics.cluster.contingency_matrix(labels, found)
    row, column = linear_sum_assignment(table, maximize=True)
    cases.append({
        "labels": labels.tolist(),
        "clusters": found.tolist(),
        "accuracy": table[row, column].sum() / n,
        "nmi": metrics.normalized_mutual_info_score(labels, found),
        "ami": metrics.adjusted_mutual_info_score(labels, found),
        "ari": metrics.adjusted_rand_score(labels, found),
        "purity": table.max(0).sum() / n,
    })
with open("scores.json", "w") as file:
    json.dump(cases, file)
    file.write("\n")
