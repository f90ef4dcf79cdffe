"""Reads a run of aeprobe with pandas: its losses as a figure, its accuracies as a table.

    python results.py RUN FIGURE.png

Needs pandas and matplotlib. docs/files.md says what the files hold.
"""

import json
import pathlib
import sys

import matplotlib
import pandas

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

run, figure = pathlib.Path(sys.argv[1]), sys.argv[2]
results = json.loads((run / "results.json").read_text())

# One row per auto-encoder and epoch. Seeds other than the first are under seeds/SEED.
metrics = pandas.concat(
    {
        path.parent.name: pandas.json_normalize(pandas.read_json(path, lines=True).to_dict("records")).set_index("epoch")
        for path in sorted(run.glob("autoencoders/*/metrics.jsonl"))
    },
    names=["autoencoder", "epoch"],
)
axes = plt.figure(figsize=(6, 4)).add_subplot(xlabel="epoch", ylabel="test BCE", title=results["data"]["title"])
for name, losses in metrics["test.bce"].dropna().groupby(level="autoencoder"):
    axes.plot(losses.index.get_level_values("epoch"), losses, marker="o", label=name)
axes.legend(title="trained on")
axes.figure.savefig(figure, dpi=150, bbox_inches="tight")

# The accuracies as results.json has them, and once more from the predictions.
classes = results["classes"]
rows = []
for classifier in results["classifiers"]:
    predictions = pandas.read_csv(run / "classifiers" / classifier["name"] / "predictions.csv", index_col="index")
    right = predictions.label == predictions.predicted
    by_class = 100 * right.groupby(predictions.label.map(dict(enumerate(classes)))).mean()
    rows.append(
        {
            "classifier": classifier["name"],
            "encoder": classifier["encoder"],
            "accuracy": classifier["scores"]["full"]["accuracy"],
            "from predictions": 100 * right.mean(),
            "mean over classes": by_class.mean(),
            "best class": by_class.idxmax(),
        }
    )
table = pandas.DataFrame(rows).set_index("classifier")
assert (table["accuracy"] - table["from predictions"]).abs().max() < 1e-9
print(table.round(2).to_string())
