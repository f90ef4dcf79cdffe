"""What aeprobe export writes, read by PyTorch, safetensors, NumPy and onnxruntime."""

import pathlib
import re
import runpy
import subprocess
import sys

import numpy
import onnxruntime
import safetensors.torch
import torch

root = pathlib.Path(__file__).resolve().parent.parent
tolerance = 1e-6  # of outputs, relative to the largest where that is above 1


def near(got, want, what):
    got, want = numpy.asarray(got), numpy.asarray(want)
    assert got.shape == want.shape, f"{what}: shape {got.shape}, want {want.shape}"
    furthest = numpy.abs(got.astype(numpy.float64) - want).max()
    furthest /= max(1, numpy.abs(want).max())
    assert furthest <= tolerance, f"{what}: {furthest} apart"
    return furthest


def onnx_outputs(path, images):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"images": images})))


@torch.no_grad()
def torch_outputs(script, images):
    network = runpy.run_path(str(script))["load"]()
    x = torch.from_numpy(images)
    outputs = {"maps": network.encoder(x), "reconstructions": network.reconstruct(x)}
    if hasattr(network, "classifier"):
        outputs |= {"features": network.features(x), "logits": network(x)}
    return {name: output.numpy() for name, output in outputs.items()}


def fixtures(*_):
    """The files that go test compares with to the byte: PyTorch and onnxruntime compute the same from them."""
    folder = root / "internal/export/testdata"
    images = numpy.random.default_rng(0).random((7, 3, 16, 16), dtype=numpy.float32)
    furthest, count = 0, 0
    for script in sorted(folder.glob("*.py")):
        ours, theirs = onnx_outputs(script.with_suffix(".onnx"), images), torch_outputs(script, images)
        assert ours.keys() == theirs.keys() and len(ours) in (2, 4), f"{script}: {ours.keys()}"
        for name in ours:
            furthest = max(furthest, near(ours[name], theirs[name], f"{script.name}: {name}"))
        count += 1
    assert count == 5, count
    return f"{count} networks, outputs {furthest:.1e} apart at most"


def same(got, want, what):
    """Tensors by name are the same, to the bit."""
    assert got.keys() == want.keys(), f"{what}: {sorted(got.keys() ^ want.keys())}"
    for name, w in want.items():
        g = torch.as_tensor(got[name])
        assert g.dtype == w.dtype and torch.equal(g, w), f"{what}: {name}"


def exported(aeprobe, folder, runs):
    """Weights are the checkpoint's to the bit, and all outputs aeprobe's to 1e-6."""
    furthest, count = 0, 0
    for run in runs:
        for form in ["safetensors", "pt", "npz", "onnx", "python", "outputs"]:
            aeprobe("export", run, "--to", form, "--threads", 1, "--images", 100)
        assert "is there already" in aeprobe("export", run, "--to", "onnx", fails=True)
        for checkpoint in sorted((folder / run).glob("*/*/checkpoint.safetensors")):
            stage = checkpoint.parent.relative_to(folder / run)
            base = folder / run / "export" / stage
            want = safetensors.torch.load_file(checkpoint)
            same(safetensors.torch.load_file(f"{base}.safetensors"), want, f"{base}.safetensors")
            same(torch.load(f"{base}.pt", weights_only=True), want, f"{base}.pt")
            same(torch.load(f"{base}.pt", weights_only=True, mmap=True), want, f"{base}.pt, mapped")
            same(dict(numpy.load(f"{base}.npz")), want, f"{base}.npz")
            network = runpy.run_path(f"{base}.torch.py")["Network"]()
            network.load_state_dict(torch.load(f"{base}.torch.pt", weights_only=True), strict=True)

            ours = dict(numpy.load(f"{base}.outputs.npz"))
            images = ours.pop("images").astype(numpy.float32) / 255
            assert len(images) == len(ours.pop("labels")) == 100
            for what, theirs in [("PyTorch", torch_outputs(f"{base}.torch.py", images)), ("ONNX", onnx_outputs(f"{base}.onnx", images))]:
                for name, output in theirs.items():
                    furthest = max(furthest, near(output, ours[name], f"{base}: {what}: {name}"))
            count += 1
    assert count >= 18, count
    return f"{count} networks, outputs {furthest:.1e} apart at most"


def scripts(aeprobe, folder, runs):
    """The programs print the numbers that aeprobe measured, and of other images none."""
    count = 0
    for run in runs:
        aeprobe("export", run, "--to", "python", "--out", f"{run}-scripts", "--threads", 1)
        for script in sorted((folder / f"{run}-scripts").glob("*/*.py")):
            done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            rows = re.findall(r"^(\w+) +([0-9.]+) +([0-9.]+)$", done.stdout, re.M)
            # Nobody measured what an aggregation's decoder makes of its encoder's maps.
            assert rows or script.parent.name == "aggregations", done.stdout
            for name, theirs, ours in rows:
                # An image may lie on a boundary between classes.
                assert abs(float(theirs) - float(ours)) <= (0.2 if name.startswith("accuracy") else 2e-5), done.stdout
                count += 1
        # The same images in another file, with more behind them, and others.
        [test] = (folder / f"{run}-scripts").glob("test-*.npz")
        file = dict(numpy.load(test))
        for name, known, others in [("more", True, {key: numpy.concatenate([v, v[:5]]) for key, v in file.items()}),
                                    ("other", False, {"images": 255 - file["images"], "labels": file["labels"]})]:
            numpy.savez(folder / f"{name}.npz", **others)
            done = subprocess.run([sys.executable, str(script), str(folder / f"{name}.npz")], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert (f"{name}.npz" not in done.stdout) == ("aeprobe" in done.stdout) == known, done.stdout
    assert count >= 40, count
    return f"{count} numbers"
