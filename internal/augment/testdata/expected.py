"""Writes expected.json: what torchvision makes of images, for given draws.

    pip install torch==2.11.0 torchvision==0.26.0
    python3 expected.py
"""

import json

import torch
import torchvision.transforms.v2.functional as f

COLUMNS = ["top", "left", "height", "width", "flip", "grey", "brightness", "contrast", "saturation", "hue"]
H, W = 8, 6
torch.manual_seed(3)
images = (torch.randint(0, 256, [4, 3, H, W]) / 255).float()
images[1, :, 2:5] = images[1, :1, 2:5]  # without colours
images[2, :, 0] = torch.tensor([1.0, 0.0, 1.0])[:, None]  # two channels are the largest


def changed(image, row, pad):
    d = dict(zip(COLUMNS, row))
    top, left, height, width = (int(d[name]) for name in COLUMNS[:4])
    if pad:
        image = f.crop(f.pad(image, [pad]), top + pad, left + pad, height, width)
    else:
        image = f.resized_crop(image, top, left, height, width, [H, W], antialias=False)
    if d["flip"]:
        image = f.horizontal_flip(image)
    if d["grey"]:
        image = f.rgb_to_grayscale(image, num_output_channels=3)
    image = f.adjust_brightness(image, d["brightness"])
    image = f.adjust_contrast(image, d["contrast"])
    image = f.adjust_saturation(image, d["saturation"])
    return f.adjust_hue(image, d["hue"])


same = [0, 0, H, W, 0, 0, 1, 1, 1, 0]


def rows(**columns):
    return [[columns.get(name, [same[i]] * 4)[n] for i, name in enumerate(COLUMNS)] for n in range(4)]


cases = []
for name, settings, table in [
    ("crop", {"crop": 0.2}, rows(top=[0, 3, 1, 0], left=[0, 1, 2, 0], height=[8, 5, 3, 1], width=[6, 4, 4, 1])),
    ("pad", {"pad": 2}, rows(top=[0, -2, 2, 1], left=[0, 2, -2, -1])),
    ("flip", {"flip": 0.5}, rows(flip=[0, 1, 1, 0])),
    ("padded and flipped", {"pad": 3, "flip": 0.5}, rows(top=[3, -1, 0, -3], left=[-3, 2, 0, 1], flip=[1, 1, 0, 0])),
    ("grey", {"grey": 0.2}, rows(grey=[1, 0, 1, 0])),
    ("colour", {"colour": 0.4}, rows(brightness=[0.6, 1.0, 1.4, 1.2], contrast=[1.3, 0.7, 1.0, 0.6],
                                     saturation=[0.6, 1.4, 1.1, 1.0], hue=[0.4, -0.3, 0.05, -0.4])),
    ("all", {"crop": 0.2, "flip": 0.5, "grey": 0.2, "colour": 0.4},
     rows(top=[2, 0, 1, 4], left=[0, 2, 1, 3], height=[5, 6, 7, 4], width=[5, 4, 5, 3], flip=[1, 0, 1, 0], grey=[0, 1, 0, 0],
          brightness=[0.9, 1.3, 1.1, 0.7], contrast=[0.8, 1.2, 1.4, 1.0], saturation=[1.2, 0.8, 0.6, 1.4], hue=[0.1, -0.2, 0.3, -0.4])),
]:
    out = torch.stack([changed(image, row, settings.get("pad", 0)) for image, row in zip(images, table)])
    cases.append({"name": name, "settings": settings, "draws": table, "images": [round(float(v), 6) for v in out.ravel()]})

with open("expected.json", "w") as out:
    json.dump({"columns": COLUMNS, "shape": [3, H, W], "images": [round(float(v) * 255) for v in images.ravel()], "cases": cases}, out)
