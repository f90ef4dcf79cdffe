"""Writes losses.json: what PyTorch makes of the two losses and of their gradients,
written from their definitions, with every sum over a set as a loop.

    pip install torch==2.11.0
    python3 losses.py
"""

import json
import math

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def unit(x):
    return x / x.norm(dim=1, keepdim=True)


def local(v, index, bank, clusters, k, t, z):
    loss = 0
    for row, i in zip(v, index):
        p = torch.exp(bank @ row / t) / z
        near = set(torch.topk(p, k).indices.tolist())
        close = {j for j in range(len(bank)) if any(a == b for a, b in zip(clusters[i], clusters[j]))}
        both = sum((p[j] for j in near & close), torch.zeros(()))
        loss = loss - torch.log(both / sum(p[j] for j in near) + 1e-7)
    return loss / len(index)


def instance(v, index, bank, noise, t, z):
    n, k = len(bank), len(noise[0])
    loss = 0
    for row, i, drawn in zip(v, index, noise):
        p = torch.exp(bank @ row / t) / z
        loss = loss - torch.log(p[i] / (p[i] + k / n + 1e-7))
        for j in drawn:
            loss = loss - torch.log((k / n) / (p[j] + k / n + 1e-7))
    return loss / len(index)


def case(n, d, batch, k, clusterings, clusters, t):
    bank = unit(torch.randn(n, d)).float().double()
    v = unit(torch.randn(batch, d)).float().double()
    index = torch.randperm(n)[:batch].tolist()
    assigned = torch.randint(clusters, (n, clusterings)).tolist()
    result = {"n": n, "d": d, "k": k, "clusterings": clusterings, "clusters": clusters, "temperature": t,
              "bank": bank.flatten().tolist(), "v": v.flatten().tolist(), "index": index,
              "assigned": [c for row in assigned for c in row]}
    x = v.clone().requires_grad_()
    loss = local(x, index, bank, assigned, k, t, 2.2456 * n)
    loss.backward()
    result |= {"local": loss.item(), "local_gradient": x.grad.flatten().tolist()}
    noise = torch.randint(n, (batch, k)).tolist()
    # log Z is that of random directions, here by Simpson's rule over the angle.
    steps = 4000
    angles = [math.pi * a / steps for a in range(steps + 1)]
    weight = [1 if a in (0, steps) else 4 if a % 2 else 2 for a in range(steps + 1)]
    density = [w * math.sin(a) ** (d - 2) for w, a in zip(weight, angles)]
    mean = sum(p * math.exp(math.cos(a) / t) for p, a in zip(density, angles)) / sum(density)
    x = v.clone().requires_grad_()
    loss = instance(x, index, bank, noise, t, n * mean)
    loss.backward()
    return result | {"noise": [j for row in noise for j in row], "partition": n * mean,
                     "instance": loss.item(), "instance_gradient": x.grad.flatten().tolist()}


cases = [case(12, 5, 4, 5, 2, 3, 0.5), case(40, 8, 7, 12, 3, 6, 0.07), case(9, 3, 9, 9, 1, 9, 1)]
with open("losses.json", "w") as file:
    json.dump(cases, file)
    file.write("\n")
