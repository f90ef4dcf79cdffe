"""Writes expected.json: what scikit-learn's KNeighborsClassifier predicts with weights exp(cosine / temperature).

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python3 expected.py > expected.json

Class 3 has no training image; the test images are compared with no labels. Features are multiples of 1/64, exact in
float32. A case is kept only if no prediction rests on rounding: the k-th and the next similarity, and the two best
scores, differ by more than float32 could confuse.
"""
import json

import numpy as np
from sklearn import __version__
from sklearn.neighbors import KNeighborsClassifier

CLASSES = 6
rng = np.random.default_rng(1)
labels = rng.choice([0, 1, 2, 4, 5], 90)
drift = rng.normal(size=(CLASSES, 5))


def features(of):
    x = np.abs(3 + drift[of] + 1.5 * rng.normal(size=(len(of), 5)))  # never negative, as after a ReLU
    return np.round(64 * x) / 64


train, test = features(labels), features(rng.choice([1, 2, 5], 30))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def predict(train, test, k, temperature):
    knn = KNeighborsClassifier(n_neighbors=k, metric="cosine", algorithm="brute",
                               weights=lambda distance: np.exp((1 - distance) / temperature))
    knn.fit(train, labels)
    cosines = -np.sort(-(unit(test) @ unit(train).T), axis=1)
    if k < len(train):
        assert (cosines[:, k - 1] - cosines[:, k]).min() > 1e-6, k
    scores = np.sort(knn.predict_proba(test), axis=1)
    assert (scores[:, -1] - scores[:, -2]).min() > 1e-5, (k, temperature)
    return knn.predict(test).tolist()


cases = []
for normalize, center in [("l2", 0), ("cl2n", train.mean(axis=0))]:
    for temperature in [0.07, 0.1]:
        cases.append({"normalize": normalize, "temperature": temperature, "k": [1, 5, 20, 200],
                      "predicted": [predict(train - center, test - center, min(k, len(train)), temperature)
                                    for k in [1, 5, 20, 200]]})
print(json.dumps({"made_by": f"scikit-learn {__version__}, numpy {np.__version__}", "classes": CLASSES,
                  "columns": train.shape[1], "labels": labels.tolist(), "train": train.ravel().tolist(),
                  "test": test.ravel().tolist(), "cases": cases}, separators=(",", ":")))
