"""Writes nearest_mean.json: what scikit-learn's NearestCentroid makes of standardised features.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python3 expected.py > nearest_mean.json

The features are integers over 8, exact in float32. Feature 1 is constant in the training rows, and class 3 has none.
"""
import json

import numpy as np
from sklearn import __version__
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler


def rows(n, first):
    mix = lambda k: (k * 2654435761 % 2**32) >> 16
    x = np.array([[mix(7 * i + j + first) % 257 - 128 for j in range(5)] for i in range(n)], dtype=np.float64) / 8
    x[:, 2] *= 1000  # a feature that would decide alone if it were not standardised
    x[:, 4] += 500
    return x


labels = np.array([[0, 0, 1, 2, 4, 4, 4][i % 7] for i in range(40)])
train, test = rows(40, 1), rows(25, 10007)
drift = np.array([2, 0, 3000, -2, 1])
train += labels[:, None] * drift
test += labels[:25, None] * drift
train[:, 1] = 2.5

scaler = StandardScaler().fit(train)
classifier = NearestCentroid().fit(scaler.transform(train), labels)
distances = ((scaler.transform(test)[:, None, :] - classifier.centroids_[None]) ** 2)
distances = np.delete(distances, 1, axis=2).sum(axis=2)  # the constant feature: scikit-learn takes its deviation as 1
predicted = classifier.predict(scaler.transform(test))
ordered = np.sort(distances, axis=1)
assert (ordered[:, 1] - ordered[:, 0]).min() > 1e-3, "a tie"
print(json.dumps({
    "about": f"scikit-learn {__version__}, StandardScaler and NearestCentroid, float64; expected.py wrote it",
    "train": train.tolist(), "labels": labels.tolist(), "test": test.tolist(), "classes": 5,
    "centroid_classes": classifier.classes_.tolist(), "squared_distances": distances.tolist(),
    "predicted": predicted.tolist(),
}))
