"""Measures a training step of ResNet-20 (He et al., option A) in tuned PyTorch on
one thread, in processor time: channels_last, fused Adam, batch 128.

    python resnet.py [--compile] [--decoder]

go test -run - -bench ResNetStep ./experiments measures aeprobe's. With --decoder it
is the auto-encoder's step, and the classifier's otherwise. The networks are those of
models/testdata/resnets.py.
"""

import argparse
import ast
import pathlib
import time

import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--compile", action="store_true")
parser.add_argument("--decoder", action="store_true")
parser.add_argument("--steps", type=int, default=10)
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)

# Its definitions without its statements, which write a file.
path = pathlib.Path(__file__).parents[2] / "models/testdata/resnets.py"
tree = ast.parse(path.read_text())
tree.body = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))]
exec(compile(tree, path, "exec"))

net = network([16, 32, 64], 3, "A").to(memory_format=torch.channels_last)
encoder, decoder, classifier = net["encoder"], net["decoder"], net["classifier"]
images = torch.randint(0, 256, (4096, 32, 32, 3), dtype=torch.uint8)
labels = torch.randint(0, 10, (4096,))
trained = [*encoder.parameters(), *(decoder if options.decoder else classifier).parameters()]
adam = torch.optim.Adam(trained, lr=1e-3, fused=True)


def loss_of(x, y):
    maps = encoder(x)
    if options.decoder:
        return F.binary_cross_entropy_with_logits(decoder[:-1](maps), x)
    return F.cross_entropy(classifier(maps.mean((2, 3))), y)


if options.compile:
    loss_of = torch.compile(loss_of)


def step():
    chosen = torch.randint(0, 4096, (128,))
    x = images.index_select(0, chosen).float().div_(255).permute(0, 3, 1, 2)
    loss = loss_of(x, labels.index_select(0, chosen))
    adam.zero_grad()
    loss.backward()
    adam.step()


for _ in range(3):
    step()
times = []
for _ in range(options.steps):
    start = time.process_time()
    step()
    times.append(time.process_time() - start)
times.sort()
print(f"{1e3 * times[len(times) // 2]:.0f} ms a step (median; {1e3 * times[0]:.0f} to {1e3 * times[-1]:.0f})")
