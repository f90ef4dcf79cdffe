"""Writes expected.json: what scikit-learn's Ridge makes of small features, and which penalty it chooses.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python3 expected.py > expected.json

Every fifth training row is held out to choose a penalty for each target. The features are integers over 8 and over 16,
exact in float32; feature 3 is constant in the training rows, features 0 and 4 nearly alike, and 5 to 15 of no use. Choosing
with the held rows in the fit would choose other penalties.
"""
import json

import numpy as np
from sklearn import __version__
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PENALTIES = [10.0**e for e in range(-8, 5)]
mix = lambda k: (k * 2654435761 % 2**32) >> 16


def features(n, first):
    x = np.array([[mix(17 * i + j + first) % 257 - 128 for j in range(16)] for i in range(n)]) / 8
    x[:, 1] = x[:, 1] * 100 + 5000
    x[:, 4] = x[:, 0] + x[:, 4] / 2
    return x


def targets(x, first):
    noise = np.array([[mix(13 * i + j + first) % 101 - 50 for j in range(4)] for i in range(len(x))]) / 8
    exact = x[:, 0] - 2 * x[:, 2] + 3
    return np.stack([exact, exact + noise[:, 1], x[:, 4] / 4 + 4 * noise[:, 2], noise[:, 3]], axis=1)


def fitted(x, y, penalty):
    return make_pipeline(StandardScaler(), Ridge(alpha=len(x) * penalty, solver="svd")).fit(x, y)


train, test = features(45, 1), features(30, 5003)
train[:, 3] = 2.5
y_train, y_test = targets(train, 77), targets(test, 991)
held = np.arange(45) % 5 == 4
results, squares, leaks = [], [], []
for t in range(y_train.shape[1]):
    errors = [((fitted(train[~held], y_train[~held, t], p).predict(train[held]) - y_train[held, t]) ** 2).sum() for p in PENALTIES]
    ordered = np.sort(errors)
    assert ordered[1] - ordered[0] > 1e-13, "a tie"
    squares.append(errors)
    penalty = PENALTIES[int(np.argmin(errors))]
    leaking = [((fitted(train, y_train[:, t], p).predict(train[held]) - y_train[held, t]) ** 2).sum() for p in PENALTIES]
    leaks.append(int(np.argmin(leaking)) != int(np.argmin(errors)))
    results.append({"r2": r2_score(y_test[:, t], fitted(train, y_train[:, t], penalty).predict(test)), "penalty": penalty})
assert any(leaks[1:]), "a leak would go unseen"
print(json.dumps({
    "about": f"scikit-learn {__version__}, StandardScaler and Ridge, float64; expected.py wrote it",
    "train": train.tolist(), "train_targets": y_train.tolist(), "test": test.tolist(), "test_targets": y_test.tolist(),
    "held": np.flatnonzero(held).tolist(), "squared_errors": squares, "results": results,
}))
