"""Trains small networks of every kind, and checks what aeprobe writes and reads against the programs that it is for.

    python check.py PROGRAM

PROGRAM is bin/aeprobe. The images are synthetic: nothing is downloaded.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import boards
import foreign
import networks

root = pathlib.Path(__file__).resolve().parent.parent


class Program:
    """aeprobe, in a folder of its own."""

    def __init__(self, path, folder):
        self.path, self.folder = pathlib.Path(path).resolve(), folder

    def command(self, *arguments):
        return [str(self.path), *map(str, arguments)]

    def __call__(self, *arguments, fails=False):
        """Runs a command and returns its output."""
        done = subprocess.run(self.command(*arguments), cwd=self.folder, capture_output=True, text=True)
        if (done.returncode != 0) != fails:
            sys.exit(f"aeprobe {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr


def train(aeprobe):
    """Run folders of networks with all kinds of layers, by name."""
    every = root / "cmd/aeprobe/testdata/every-kind.yaml"
    few = ["--threads", 1, "--set", "data={set: synthetic, train: 128, test: 500}", "--set", "train.epochs=2"]
    aeprobe("run", "smoke", "--out", "smoke", *few)
    aeprobe("run", every, "--out", "every", *few)
    for stage in ["autoencoders/bce", "classifiers/pretrained"]:
        aeprobe("run", "resnet20", "--out", "resnet20", *few, "--set", "data={train: 128, test: 100}", "--set", "train.epochs=1",
                "--set", "evaluate.protocols=[full]", "--only", stage)
    aeprobe("run", "smoke", "--out", "flat", *few, "--set", "model.pool=flatten", "--only", "classifiers/end_to_end")
    return ["smoke", "every", "resnet20", "flat"]


def main():
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        aeprobe = Program(sys.argv[1], folder)
        started = time.time()
        runs = train(aeprobe)
        print(f"trained in {time.time() - started:.0f} s")
        checks = [networks.fixtures, networks.exported, networks.scripts, foreign.checkpoints, foreign.starts, foreign.imports,
                  boards.logs, boards.server, boards.followed, results]
        for check in checks:
            started = time.time()
            said = check(aeprobe, folder, runs)
            print(f"passed: {check.__module__}.{check.__name__}: {said}, {time.time() - started:.0f} s", flush=True)


def results(_, folder, __):
    """The script of docs/files.md reads a run with pandas and draws a figure."""
    figure = folder / "losses.png"
    done = subprocess.run([sys.executable, str(root / "docs/results.py"), str(folder / "smoke"), str(figure)],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    assert figure.read_bytes().startswith(b"\x89PNG"), "no figure"
    assert "end_to_end" in done.stdout, done.stdout
    return f"a figure of {figure.stat().st_size} bytes"


if __name__ == "__main__":
    main()
