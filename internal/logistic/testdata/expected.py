"""Writes expected.json: scikit-learn's logistic regressions of problems that a formula generates, in Go, too.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python3 expected.py > expected.json

Features are whole numbers over 1024, exact in float32: rectified sums of six factors, which depend on the class, and of noise.
"""
import json

import numpy as np
from sklearn import __version__
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

MASK = 2**64 - 1


def noise(first, i, j):  # splitmix64 of a place: -128 to 128
    z = ((first * 2**40 + i * 2**16 + j + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) >> 33) % 257 - 128


def problem(n, d, pattern, first):
    labels = np.array([pattern[(noise(first, i, 65535) + 128) % len(pattern)] for i in range(n)])
    own = np.array([[noise(first, i, 1000 + f) for f in range(6)] for i in range(n)])
    centres = np.array([[noise(0, c, 2000 + f) for f in range(6)] for c in range(256)])
    loads = np.array([[noise(0, j, 3000 + f) for f in range(6)] for j in range(d)])
    x = (own + centres[labels]) @ loads.T + 256 * np.array([[noise(first, i, j) for j in range(d)] for i in range(n)])
    x = np.maximum(x, 0) / 1024
    x[:, 2] = 2.5  # a constant feature
    return x, labels


def fit(n, d, pattern, first, c, **more):
    train, labels = problem(n, d, pattern, first)
    scaler = StandardScaler().fit(train)
    z = scaler.transform(train)
    present = sorted(set(pattern))
    assert list(np.unique(labels)) == present
    # With two classes scikit-learn fits the difference of two rows, whose penalty is half of both rows'.
    model = LogisticRegression(C=2 * c if len(present) == 2 else c, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(z, labels)
    other = LogisticRegression(C=model.C, tol=1e-10, max_iter=100000).fit(z, labels)
    weights, intercepts = model.coef_, model.intercept_
    assert np.abs(weights - other.coef_).max() < 2e-5, np.abs(weights - other.coef_).max()
    if len(present) == 2:
        weights, intercepts = np.concatenate([-weights, weights]) / 2, np.concatenate([-intercepts, intercepts]) / 2
    weights, intercepts = weights - weights.mean(axis=0), intercepts - intercepts.mean()
    logits = z @ weights.T + intercepts
    at = logits[np.arange(n), np.searchsorted(present, labels)]
    loss = (np.log(np.exp(logits).sum(axis=1)) - at).mean() + (weights**2).sum() / (2 * c * n)
    test, _ = problem(more.pop("test", n), d, pattern, first + 1)
    decisions = scaler.transform(test) @ weights.T + intercepts
    ordered = np.sort(decisions, axis=1)
    assert np.array_equal(model.predict(scaler.transform(test)), other.predict(scaler.transform(test)))
    margins = ordered[:, -1] - ordered[:, -2]
    # Of very many images some are near a tie: which way those fall is rounding.
    predicted = "".join(str(k) if m > 1e-3 else "?" for k, m in zip(model.predict(scaler.transform(test)), margins))
    result = {
        "images": n, "features": d, "pattern": pattern, "first": first, "c": c, "loss": loss,
        "predicted": predicted,
    }
    if n < 1000:
        # Where no entry of the gradient is above 1e-6, no coefficient is further from the minimum than this.
        bound = 1e-6 * np.abs(np.linalg.inv(hessian(z, weights, intercepts, c))).sum(axis=1).max()
        assert bound < 1e-4, bound
        result["weights"] = [[round(v, 7) for v in row] for row in weights.tolist()]
        result["intercepts"] = [round(v, 7) for v in intercepts.tolist()]
    return margins.min(), result


def hessian(z, weights, intercepts, c):
    """The loss's, in which a number added to all intercepts has a curvature of 1 instead of 0."""
    n, k = len(z), len(intercepts)
    x = np.hstack([z, np.ones((n, 1))])
    p = np.exp(z @ weights.T + intercepts)
    p /= p.sum(axis=1, keepdims=True)
    inner = np.einsum("ia,ab->iab", p, np.eye(k)) - np.einsum("ia,ib->iab", p, p)
    second = np.einsum("iab,ij,il->ajbl", inner, x, x) / n
    for a in range(k):
        second[a, range(z.shape[1]), a, range(z.shape[1])] += 1 / (c * n)
    second[:, -1, :, -1] += 1 / k
    return second.reshape(x.shape[1] * k, -1)


def clear(*problem):
    """The first problem of its kind whose predictions are clear of ties."""
    for first in range(1, 200, 2):
        margin, result = fit(*problem[:3], first, problem[3])
        if margin > 1e-3:
            return result
    raise SystemExit("every problem has a tie")


print(json.dumps({
    "about": f"scikit-learn {__version__}, StandardScaler and LogisticRegression, float64; expected.py wrote it",
    "overdetermined": clear(60, 5, [0, 1, 2], 0.3),
    "underdetermined": clear(20, 30, [0, 1, 2, 3], 0.3),
    "missing": clear(50, 6, [0, 1, 1, 1, 1, 1, 3, 3, 4], 0.3),
    "two": clear(40, 6, [2, 7], 0.3),
    "larger": fit(2000, 48, list(range(10)), 1, 1.0, test=10000)[1],
}, indent=None, separators=(",", ":")))
