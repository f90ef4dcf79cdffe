"""Makes recipes.json: what PyTorch's optimizers and schedulers make of a linear layer.

    python internal/train/testdata/expected.py > internal/train/testdata/recipes.json

A layer of 4 inputs and 3 outputs learns 40 drawn examples for 10 epochs of 10 steps,
in the order of a DataLoader after manual_seed(5), by torch.optim without foreach and
fused. Each recipe has the settings of a definition, the epochs' learning rates, and
the parameters after the last step. Standard error gets how far the same in float64
ends from them, relative to the largest parameter.
"""

import json
import sys

import torch
from torch.optim import lr_scheduler as schedulers
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, BATCH, EXAMPLES, INPUTS, OUTPUTS = 10, 4, 40, 4, 3

RECIPES = {
    "adam": {"learning_rate": 0.02},
    "adam, decay, steps": {
        "learning_rate": 0.02,
        "weight_decay": 0.1,
        "schedule": {"type": "steps", "at": [3, 7], "factor": 0.3},
    },
    "adam, decay of weights, cosine after a warm-up": {
        "learning_rate": 0.02,
        "weight_decay": 0.1,
        "decay": "weights",
        "schedule": {"type": "cosine", "warm_up": 3},
    },
    "adamw, cosine": {
        "optimizer": "adamw",
        "learning_rate": 0.02,
        "weight_decay": 0.5,
        "schedule": {"type": "cosine"},
    },
    "adamw, decay of weights, warm-up": {
        "optimizer": "adamw",
        "learning_rate": 0.02,
        "weight_decay": 0.5,
        "decay": "weights",
        "schedule": {"type": "constant", "warm_up": 4},
    },
    "sgd": {"optimizer": "sgd", "learning_rate": 0.1},
    "sgd, decay, steps after a warm-up": {
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "weight_decay": 0.1,
        "schedule": {"type": "steps", "at": [4, 5, 9], "factor": 0.5, "warm_up": 1},
    },
    "sgd, momentum, decay of weights, cosine": {
        "optimizer": "sgd",
        "learning_rate": 0.05,
        "momentum": 0.9,
        "weight_decay": 0.1,
        "decay": "weights",
        "schedule": {"type": "cosine"},
    },
    "sgd, nesterov, decay, steps": {
        "optimizer": "sgd",
        "learning_rate": 0.05,
        "momentum": 0.8,
        "nesterov": True,
        "weight_decay": 0.1,
        "schedule": {"type": "steps", "at": [6], "factor": 0.1},
    },
}


def drawn(first, *shape):
    """Element k is the upper half of (first + k) * 2654435761 mod 2^32, from -0.5 to 0.5."""
    count = torch.Size(shape).numel()
    values = [((first + k) * 2654435761 % 2**32 >> 16) / 65536 - 0.5 for k in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def optimizer_of(settings, weight, bias):
    rate, decay = settings["learning_rate"], settings.get("weight_decay", 0)
    spared = 0 if settings.get("decay") == "weights" else decay
    groups = [{"params": [weight], "weight_decay": decay}, {"params": [bias], "weight_decay": spared}]
    how = {"lr": rate, "foreach": False}
    match settings.get("optimizer", "adam"):
        case "adam":
            return torch.optim.Adam(groups, **how)
        case "adamw":
            return torch.optim.AdamW(groups, **how)
        case "sgd":
            return torch.optim.SGD(
                groups, momentum=settings.get("momentum", 0), nesterov=settings.get("nesterov", False), **how
            )


def scheduler_of(settings, optimizer):
    schedule = settings.get("schedule", {"type": "constant"})
    warm_up = schedule.get("warm_up", 0)

    def main():
        match schedule["type"]:
            case "constant":
                return schedulers.ConstantLR(optimizer, factor=1, total_iters=1)
            case "steps":
                return schedulers.MultiStepLR(optimizer, [a - warm_up for a in schedule["at"]], schedule["factor"])
            case "cosine":
                return schedulers.CosineAnnealingLR(optimizer, T_max=EPOCHS - warm_up)

    if warm_up == 0:
        return main()
    rising = schedulers.LinearLR(optimizer, start_factor=1 / (warm_up + 1), total_iters=warm_up)
    return schedulers.SequentialLR(optimizer, [rising, main()], milestones=[warm_up])


def train(settings, dtype):
    images, targets = drawn(1, EXAMPLES, INPUTS).to(dtype), drawn(1000, EXAMPLES, OUTPUTS).to(dtype)
    weight = drawn(2000, OUTPUTS, INPUTS).to(dtype).requires_grad_()
    bias = drawn(3000, OUTPUTS).to(dtype).requires_grad_()
    optimizer = optimizer_of(settings, weight, bias)
    scheduler = scheduler_of(settings, optimizer)
    torch.manual_seed(5)
    loader = DataLoader(TensorDataset(torch.arange(EXAMPLES)), batch_size=BATCH, shuffle=True)
    rates = []
    for _ in range(EPOCHS):
        rates.append(optimizer.param_groups[0]["lr"])
        for (index,) in loader:
            optimizer.zero_grad()
            ((images[index] @ weight.T + bias - targets[index]) ** 2).mean().backward()
            optimizer.step()
        scheduler.step()
    return rates, torch.cat([weight.flatten(), bias]).detach()


recipes = {}
for name, settings in RECIPES.items():
    rates, parameters = train(settings, torch.float32)
    exact = train(settings, torch.float64)[1]
    apart = ((parameters.double() - exact).abs().max() / exact.abs().max()).item()
    print(f"{name}: float64 ends {apart:.1e} away", file=sys.stderr)
    settings = {"epochs": EPOCHS, "batch": BATCH, **settings}
    recipes[name] = {"settings": settings, "rates": rates, "parameters": [float(f"{p:.9g}") for p in parameters.tolist()]}
json.dump({"torch": torch.__version__, "recipes": recipes}, sys.stdout, indent=1)
print()
