"""Writes learned.json: pairs told apart by a logistic regression on |a - b| of the other folds' pairs.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python3 learned.py > learned.json

Features are multiples of 1/8, exact in float32. With two classes scikit-learn fits one row of weights instead of two, so
that its C is twice that of internal/logistic.
"""
import json

import numpy as np
from sklearn import __version__
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS, IMAGES, PAIRS, WIDTH, C = 4, 12, 20, 5, 0.25
rng = np.random.default_rng(3)
labels = np.arange(FOLDS * IMAGES) % 3
features = np.round(8 * (rng.normal(size=(FOLDS * IMAGES, WIDTH)) + labels[:, None] * [1, 0.5, 0, 0, 0])) / 8
folds = []
for f in range(FOLDS):
    own = range(f * IMAGES, (f + 1) * IMAGES)
    pairs = [(a, b, int(labels[a] == labels[b])) for a in own for b in own if a < b]
    same = [p for p in pairs if p[2]]
    different = [p for p in pairs if not p[2]]
    folds.append([p for kind in (same, different) for p in [kind[i] for i in rng.permutation(len(kind))[:PAIRS // 2]]])


def differences(pairs):
    a, b, same = np.array(pairs).T
    return np.abs(features[a] - features[b]), same


auc, accuracy = [], []
for f, own in enumerate(folds):
    x, y = differences([p for g, pairs in enumerate(folds) if g != f for p in pairs])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=2 * C, tol=1e-10, max_iter=10000)).fit(x, y)
    x, y = differences(own)
    score = model.decision_function(x)
    gaps = np.diff(np.sort(score))
    assert (gaps[gaps > 1e-9] > 1e-4).all() and (np.abs(score) > 1e-4).all(), "rounding decides"
    auc.append(roc_auc_score(y, score))
    accuracy.append(float(((score > 0) == y).mean()))
print(json.dumps({
    "made_by": f"scikit-learn {__version__}, numpy {np.__version__}", "c": C, "features": features.tolist(), "folds": folds,
    "auc": auc, "accuracy": accuracy, "auc_mean": np.mean(auc), "auc_standard_error": np.std(auc, ddof=1) / np.sqrt(FOLDS),
}, separators=(",", ":")))
