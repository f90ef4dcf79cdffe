"""Writes oracles.json, which the tests of package stats are held against.

Made with Python 3.11.7, numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0, pandas 3.1.1:

python3 make.py
"""

import json
import os

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import (
    proportion_confint,
    proportions_ztest,
)

random = np.random.default_rng(13)


def student():
    freedom = (1, 2, 3.7, 9, 30, 1e3, 1e5, 5e6, 2e7, 1e12)
    p = [{"df": df, "t": t, "p": 2 * stats.t.sf(t, df)} for df in freedom for t in (0.1, 1.5, 2.3, 4, 7)]
    quantiles = [{"df": df, "p": p, "t": stats.t.ppf(p, df)} for df in freedom for p in (0.025, 0.6, 0.8, 0.975, 0.9995)]
    return p, quantiles


def wilson():
    rows = []
    for x, n, confidence in ((0, 10, 0.95), (10, 10, 0.95), (1, 10, 0.99), (142, 500, 0.95), (2804, 10000, 0.95), (5, 7, 0.8)):
        low, high = proportion_confint(x, n, alpha=1 - confidence, method="wilson")
        rows.append({"successes": x, "n": n, "confidence": confidence, "low": low, "high": high})
    return rows


def exact(b, c):
    """McNemar's exact p in integers, rounded once."""
    n, k = b + c, min(b, c)
    term = total = 1
    for i in range(1, k + 1):
        term = term * (n - i + 1) // i
        total += term
    return min(1.0, 2 * total / 2**n)


def mcnemars():
    rows = []
    for b, c in ((0, 0), (1, 0), (5, 0), (0, 6), (121, 59), (70, 59), (80, 59), (7, 7), (8, 7), (1000, 1100), (3, 900)):
        p = mcnemar([[0, b], [c, 0]], exact=True).pvalue if b + c else 1.0
        rows.append({"b": b, "c": c, "p": p})
    # statsmodels' binomial loses digits here.
    for b, c in ((49800, 50200), (100000, 99000), (100000, 100000), (20000, 25000), (100000, 3)):
        rows.append({"b": b, "c": c, "p": exact(b, c)})
    return rows


def proportions():
    rows = []
    for xa, na, xb, nb in ((148, 500, 127.5, 500), (2804, 10000, 2847, 10000), (30, 40, 400, 700)):
        z, p = proportions_ztest([xa, xb], [na, nb])
        rows.append({"a": xa / na, "na": na, "b": xb / nb, "nb": nb, "z": z, "p": p})
    return rows


def holm():
    tables = [[0.01, 0.04, 0.03, 0.005], [0.5, 0.02, 0.9, 0.02, 1.0], [0.03], random.random(12).round(3).tolist()]
    return [{"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()} for p in tables]


def paired():
    rows = []
    for n, shift in ((2, 1.0), (3, 0.3), (5, 3.0), (8, 0.4), (13, 0.6)):
        a = (28 + random.normal(size=n)).round(2)
        b = (28 - shift + random.normal(size=n)).round(2)
        t = stats.ttest_rel(a, b)
        flip = stats.permutation_test(
            (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True, n_resamples=np.inf
        )
        mean = stats.t.interval(0.95, n - 1, loc=a.mean(), scale=stats.sem(a))
        rows.append({
            "a": a.tolist(), "b": b.tolist(), "t": t.statistic, "p": t.pvalue, "sign_flip": flip.pvalue,
            "mean": a.mean(), "deviation": a.std(ddof=1), "low": mean[0], "high": mean[1],
        })
    return rows


def crossed():
    """Differences of correctness [seeds][images]: mean squares by statsmodels' analysis of variance, then Hillis' test."""
    rows = []
    for n, m, by_seed, by_image in ((2, 9, 0.3, 0.6), (3, 12, 0.0, 0.9), (3, 14, 0.0, 0.5), (5, 20, 0.2, 0.4), (4, 15, 0.5, 0.0)):
        center = 0.25 + by_seed * random.normal(size=(n, 1)) + by_image * random.normal(size=(1, m))
        d = np.clip(np.rint(center + 0.5 * random.normal(size=(n, m))), -1, 1).astype(int)
        long = pd.DataFrame([(s, i, d[s, i]) for s in range(n) for i in range(m)], columns=["seed", "image", "d"])
        squares = anova_lm(ols("d ~ C(seed) + C(image)", long).fit())["mean_sq"]
        seed, image, rest = squares["C(seed)"], squares["C(image)"], squares["Residual"]
        # An estimate of a variance below 0 is 0: of seeds' as of images'.
        both = max(seed, rest) + max(image - rest, 0)
        t = d.mean() * np.sqrt(n * m) / np.sqrt(both)
        df = (n - 1) * (both / seed) ** 2
        rows.append({
            "d": d.tolist(), "seeds": max(seed - rest, 0) / m, "images": max(image - rest, 0) / n, "residual": rest,
            "t": t, "df": df, "p": 2 * stats.t.sf(abs(t), df), "p_over_seeds": stats.ttest_1samp(d.mean(axis=1), 0).pvalue,
        })
    return rows


def power():
    seeds = [
        {"effect": effect, "n": TTestPower().solve_power(effect, alpha=0.05, power=0.8)} for effect in (0.2, 0.5, 1.0, 1.5)
    ]
    return seeds


def rounded(x):
    """Twelve digits are more than any test asks for."""
    if isinstance(x, dict):
        return {k: rounded(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [rounded(v) for v in x]
    return float(f"{float(x):.12g}") if isinstance(x, (float, np.floating)) else x


student_p, student_quantile = student()
seeds_to_tell = power()
oracles = {
    "student_p": student_p,
    "student_quantile": student_quantile,
    "wilson": wilson(),
    "mcnemar": mcnemars(),
    "proportions": proportions(),
    "holm": holm(),
    "paired": paired(),
    "crossed": crossed(),
    "seeds_to_tell": seeds_to_tell,
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracles.json"), "w") as f:
    f.write("{\n")
    for k, (name, rows) in enumerate(oracles.items()):
        lines = ",\n".join("  " + json.dumps(rounded(row)) for row in rows)
        f.write(f'"{name}": [\n{lines}\n]' + (",\n" if k < len(oracles) - 1 else "\n"))
    f.write("}\n")
