"""Writes kmeans.json: what scikit-learn makes of rows of length 1, to four digits, from given
centroids.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python3 kmeans.py
"""

import json

import numpy as np
from sklearn.cluster import KMeans

generator = np.random.default_rng(5)


def unit(n, columns):
    x = generator.normal(size=[n, columns])
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def case(name, x, init, iterations):
    fitted = KMeans(len(init), init=init, n_init=1, algorithm="lloyd", max_iter=iterations, tol=0).fit(x)
    return {"name": name, "columns": x.shape[1], "iterations": iterations, "rows": [round(float(v), 4) for v in x.ravel()],
            "init": [round(float(v), 4) for v in init.ravel()], "assigned": fitted.labels_.tolist(), "inertia": float(fitted.inertia_)}


x = np.round(unit(90, 4), 4)
empty = x[:7].copy()
empty[2], empty[5] = 50, -50  # no row is nearest to these
cases = [
    case("to the end", x, x[:7], 300),
    case("three iterations", x, x[:7], 3),
    case("two empty clusters", x, empty, 300),
    case("one cluster", x, x[:1], 20),
]
with open("kmeans.json", "w") as file:
    json.dump(cases, file)
    file.write("\n")
