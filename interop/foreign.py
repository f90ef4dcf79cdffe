"""What PyTorch saves, under names that aeprobe does not choose: eval, import, and trainings that start from it."""

import glob
import json
import runpy

import safetensors.torch
import torch
import torchvision
from torch import nn


def checkpoints(aeprobe, folder, runs):
    """eval finds a network in each form that PyTorch saves it in, and measures what PyTorch does."""
    script = runpy.run_path(str(folder / "smoke-scripts/classifiers/end_to_end.torch.py"))
    [test] = glob.glob(str(folder / "smoke-scripts/test-*.npz"))
    images, labels = script["read_images"](folder / test)
    torch.manual_seed(5)
    network = script["Network"]().eval()
    state = network.state_dict()
    wrapped = {"epoch": 3, "state_dict": {"module." + name: t for name, t in state.items()}, "optimizer": {"lr": 0.1}}
    half = {name: t.half() for name, t in state.items()}
    forms = {
        "plain.pt": (state, {}),
        "legacy.pt": (state, {"_use_new_zipfile_serialization": False}),
        "wrapped.pt": (wrapped, {}),
        "half.pt": (half, {}),
    }
    for name, (content, how) in forms.items():
        torch.save(content, folder / name, **how)
    safetensors.torch.save_file(state, folder / "plain.safetensors")
    for name in [*forms, "plain.safetensors"]:
        exact = half if name == "half.pt" else state
        network.load_state_dict({key: t.float() for key, t in exact.items()})
        want = script["test"](network, images, labels)
        out = aeprobe("eval", name, "--definition", "smoke/definition.yaml", "--threads", 1, "--json")
        got = json.loads(out.splitlines()[0])
        for loss in ["bce", "l1", "mse"]:
            assert abs(got["autoencoder"][loss] - want[loss]) < 1e-6, (name, loss, got, want)
        assert abs(got["classifier"]["full"]["accuracy"] - want["accuracy"]) < 0.21, (name, got, want)
    return f"{len(forms) + 1} forms"


class Theirs(nn.Module):
    """A network as others write one: other names, a batch norm, a pool, and a layer that is of no use here."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 4, 2, 1), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 20, 4, 2, 1), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)
        self.projection = nn.Linear(20, 5)

    def forward(self, x):
        return self.features(x)


def imports(aeprobe, folder, runs):
    """import proposes a definition, which runs, and whose features are those that PyTorch computes."""
    torch.manual_seed(6)
    network = Theirs()
    network(torch.rand(64, 3, 32, 32))  # running statistics other than 0 and 1
    network.eval()
    torch.save(network.state_dict(), folder / "theirs.pt")
    said = aeprobe("import", "theirs.pt")
    proposal = said[said.index("# Inferred"):]
    (folder / "proposed.yaml").write_text(proposal)
    aeprobe("run", "proposed.yaml", "--out", "proposed", "--threads", 1, "--set", "data={set: synthetic, train: 128, test: 500}",
            "--set", "train.epochs=1", "--only", "classifiers/theirs_frozen")
    aeprobe("export", "proposed/classifiers/theirs_frozen", "--to", "outputs", "--images", 50, "--threads", 1)
    import numpy

    from networks import near

    outputs = numpy.load(folder / "proposed/export/classifiers/theirs_frozen.outputs.npz")
    with torch.no_grad():
        maps = network(torch.from_numpy(outputs["images"].astype(numpy.float32) / 255)).numpy()
    furthest = near(outputs["maps"], maps, "the proposed network's maps")

    resnet = torchvision.models.resnet18(num_classes=10)
    resnet.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    safetensors.torch.save_file(resnet.state_dict(), folder / "resnet18.safetensors")
    said = aeprobe("import", "resnet18.safetensors")
    assert "It is the encoder and classifier of resnet18" in said, said
    return f"maps of the proposed network {furthest:.1e} apart; torchvision's resnet18 is known"


def starts(aeprobe, folder, runs):
    """Trainings start from PyTorch's file: a frozen encoder keeps it to the bit, with batch norms in a residual block."""
    script = runpy.run_path(str(folder / "every-scripts/classifiers/joint.torch.py"))
    torch.manual_seed(7)
    network = script["Network"]()
    network(torch.rand(64, 3, 32, 32))
    state = network.state_dict()
    renamed = {name.replace("encoder.", "backbone.").replace("classifier.", "fc."): t for name, t in state.items() if "decoder" not in name}
    torch.save({"model": renamed}, folder / "backbone.pt")
    layers = [name for name, m in network.encoder.named_modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))]
    names = ", ".join(f"backbone.{name}" for name in layers)
    (folder / "start.yaml").write_text(f"""
base: every/definition.yaml
train: {{epochs: 1}}
files:
  theirs: {{path: backbone.pt, encoder: [{names}], linear: fc}}
autoencoders:
  tuned: {{loss: mse, encoder: theirs}}
classifiers:
  kept: {{encoder: theirs, linear: theirs, freeze: true}}
""")
    for stage in ["classifiers/kept", "autoencoders/tuned"]:
        aeprobe("run", "start.yaml", "--out", "start", "--threads", 1, "--only", stage)
    kept = safetensors.torch.load_file(folder / "start/classifiers/kept/checkpoint.safetensors")
    equal = [torch.equal(kept[name], state[name]) for name in state if name.startswith("encoder.")]
    assert all(equal) and len(equal) > 20, equal
    moved = (kept["classifier.weight"] - state["classifier.weight"]).abs().max()
    assert 0 < moved < 0.05, moved  # a few steps of Adam from the file's
    tuned = safetensors.torch.load_file(folder / "start/autoencoders/tuned/checkpoint.safetensors")
    moved = (tuned["encoder.0.weight"] - state["encoder.0.weight"]).abs().max()
    assert 0 < moved < 0.05, moved
    return f"{len(equal)} tensors of the frozen encoder are the file's"
