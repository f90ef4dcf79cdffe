"""Writes expected.json: what scikit-learn and scipy make of scores with many ties and of weighted ones.

    pip install scikit-learn==1.9.1 scipy numpy==2.4.6
    python3 expected.py > expected.json

Scores are multiples of 1/16 and so exact. The EER is the root of 1 - x - TPR(x), as in facenet. Where the
curve is vertical, numpy's interp takes its top.
"""
import json

import numpy as np
from scipy.optimize import brentq
from sklearn import __version__
from sklearn.metrics import roc_auc_score, roc_curve

rng = np.random.default_rng(1)
cases = []
for n, distance in [(40, 1.0), (200, 0.3), (300, 2.5)]:
    same = rng.integers(0, 2, n)
    score = np.round(4 * (rng.normal(size=n) + distance * same)) / 16
    weight = rng.poisson(1, n)
    fpr, tpr, _ = roc_curve(same, score, drop_intermediate=False)
    cases.append({
        "same": same.tolist(), "score": score.tolist(), "weight": weight.tolist(),
        "fpr": fpr.tolist(), "tpr": tpr.tolist(),
        "auc": roc_auc_score(same, score),
        "weighted_auc": roc_auc_score(same, score, sample_weight=weight),
        "eer": brentq(lambda x: 1 - x - np.interp(x, fpr, tpr), 0, 1, xtol=1e-14),
        "tpr_at": {str(x): np.interp(x, fpr, tpr) for x in [0.1, 0.01]},
    })
print(json.dumps({"made_by": f"scikit-learn {__version__}, numpy {np.__version__}", "cases": cases},
                 separators=(",", ":")))
