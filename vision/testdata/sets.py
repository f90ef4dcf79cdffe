"""Writes sets/: a few images in each format that package vision reads, as the
packages write them that users have, and expected.json, what these packages read
from the same files.

    python sets.py      (numpy, scipy, Pillow and torchvision)
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import struct
import sys
import tarfile
import zipfile

import numpy as np
import PIL
import scipy
import torchvision
from PIL import Image, ImageOps
from scipy.io import savemat
from torchvision import datasets

OUT = pathlib.Path(__file__).parent / "sets"
EXPECTED = {"made with": f"Python {sys.version.split()[0]}, numpy {np.__version__}, scipy {scipy.__version__}, Pillow {PIL.__version__}, torchvision {torchvision.__version__}"}


def pictures(n, height, width, channels, first):
    """n images [n, height, width, channels], each unlike its mirror images and the others."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    return np.stack([(x * (5 + k) + y * 9 + c * 60 + 31 * k + (x > y) * 40 + first) % 256 for k in range(n)]).astype(np.uint8)


def note(name, images, labels):
    """images is [n, channels, height, width]."""
    images = np.ascontiguousarray(images, dtype=np.uint8)
    EXPECTED[name] = {"shape": images.shape, "labels": [int(l) for l in labels], "sha256": hashlib.sha256(images.tobytes()).hexdigest()}


def write(path, content, compress=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0) if compress else content)


def idx(array):
    """An array as IDX."""
    return struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def mnist():
    raw = OUT / "MNIST" / "raw"
    for stem, n, first in (("train", 12, 0), ("t10k", 6, 100)):
        for name, array in (("images-idx3", pictures(n, 28, 28, 1, first)[..., 0]), ("labels-idx1", (np.arange(n) * 7 % 10).astype(np.uint8))):
            write(raw / f"{stem}-{name}-ubyte.gz", idx(array), compress=True)
            write(raw / f"{stem}-{name}-ubyte", idx(array))  # torchvision's
    for train in (True, False):
        of = datasets.MNIST(OUT, train=train)
        note("mnist " + ("train" if train else "test"), of.data[:, None].numpy(), of.targets)
    for path in raw.glob("*-ubyte"):
        path.unlink()


def emnist():
    raw = OUT / "EMNIST" / "raw"
    with zipfile.ZipFile(OUT / "gzip.zip", "w") as z:
        for stem, n in (("train", 6), ("test", 4)):
            for name, array in (("images-idx3", pictures(n, 28, 28, 1, n)[..., 0]), ("labels-idx1", (1 + np.arange(n) * 5).astype(np.uint8))):
                write(raw / f"emnist-letters-{stem}-{name}-ubyte", idx(array))
                z.writestr(zipfile.ZipInfo(f"gzip/emnist-letters-{stem}-{name}-ubyte.gz"), gzip.compress(idx(array), mtime=0))
                write(OUT / "gzip" / f"emnist-letters-{stem}-{name}-ubyte.gz", idx(array), compress=True)
        z.writestr(zipfile.ZipInfo("gzip/emnist-digits-mapping.txt"), "0 48")
    for train in (True, False):
        of = datasets.EMNIST(OUT, split="letters", train=train)
        # torchvision leaves images on their sides, and a class before the letter a.
        note("emnist " + ("train" if train else "test"), of.data[:, None].transpose(2, 3).numpy(), of.targets - 1)
    shutil.rmtree(OUT / "EMNIST")


def mat(path, variables, compress):
    """savemat without the time of day."""
    savemat(path, variables, do_compression=compress)
    content = path.read_bytes()
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + content[116:])


class SVHN(datasets.SVHN):
    def _check_integrity(self):
        return True


def svhn():
    folder = OUT / "svhn"
    folder.mkdir()
    for split, n, compress, labels in (("train", 12, True, np.uint8), ("test", 6, False, np.float64)):
        images = pictures(n, 32, 32, 3, n).transpose(1, 2, 3, 0)
        y = (1 + np.arange(n) * 3 % 10).astype(labels).reshape(-1, 1)
        mat(folder / f"{split}_32x32.mat", {"X": images, "y": y}, compress)
        of = SVHN(folder, split=split)
        note("svhn " + split, of.data, of.labels)
    # y first, characters and a struct between, as other people's files may be.
    mixed = {"y": np.array([[10, 9, 1]], np.int16), "note": "cropped", "info": {"a": 1.5}, "X": images[..., :3]}
    mat(OUT / "mixed.mat", mixed, True)
    note("mixed.mat", images[..., :3].transpose(3, 2, 0, 1), [0, 9, 1])


class STL10(datasets.STL10):
    def _check_integrity(self):
        return True


def stl10():
    folder = OUT / "stl10_binary"
    for stem, n, first in (("train", 2, 3), ("test", 2, 50), ("unlabeled", 3, 90)):
        # Each channel is stored column by column.
        write(folder / f"{stem}_X.bin", pictures(n, 96, 96, 3, first).transpose(0, 3, 2, 1).tobytes())
        if stem != "unlabeled":
            write(folder / f"{stem}_y.bin", np.array([1, 10], np.uint8).tobytes())
    write(folder / "class_names.txt", b"airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n")
    write(folder / "fold_indices.txt", b"0 1\n" * 10)
    for split in ("train", "test", "unlabeled"):
        of = STL10(OUT, split=split)
        note("stl10 " + split, of.data, of.labels)

    def plain(entry):
        entry.mtime = entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(folder, "stl10_binary", filter=plain)
    write(OUT / "stl10_binary.tar.gz", packed.getvalue(), compress=True)
    shutil.rmtree(folder)


def save(path, image, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


def smooth(height, width, k):
    """A colour image whose chroma changes slowly, so that JPEG loses little."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([60 + 5 * x + k, 40 + 6 * y, 200 - 3 * x - 2 * y + k], axis=-1).astype(np.uint8))


def folder():
    """Images as ImageFolder reads them, 24 by 18 pixels, in three classes."""
    root = OUT / "garden"
    sharp = lambda k: Image.fromarray(pictures(1, 18, 24, 3, k)[0])
    for split, n in (("train", 4), ("test", 2)):
        for k in range(n):
            save(root / split / "bees and wasps" / f"{k}.png", sharp(k))
            save(root / split / "fern" / f"{k}.jpg", smooth(18, 24, k), quality=95, subsampling=0)
            save(root / split / "tree" / "deeper" / f"{k}.webp", sharp(60 + k), lossless=True)
    write(root / "train" / "fern" / "notes.txt", b"no image\n")
    for k in range(3):
        save(root / "unlabelled" / f"{k}.png", sharp(100 + k))
    for split in ("train", "test"):
        of = datasets.ImageFolder(root / split)
        EXPECTED["garden " + split] = {
            "classes": of.classes,
            "images": {str(pathlib.Path(path).relative_to(root)): [target, encode(of.loader(path))] for path, target in of.samples},
        }
    # macOS leaves such files, which ImageFolder would take for images.
    write(root / "train" / "fern" / "._0.jpg", b"no image either\n")


def encode(image):
    """[shape, base64] of an image as planes."""
    a = np.asarray(image)
    a = a[None] if a.ndim == 2 else a.transpose(2, 0, 1)
    return [list(a.shape), base64.b64encode(np.ascontiguousarray(a).tobytes()).decode()]


def kinds():
    """One image of each kind that the formats have, and what Pillow's convert makes of it."""
    root = OUT / "kinds"
    sharp = Image.fromarray(pictures(1, 10, 12, 3, 7)[0])
    alpha = Image.fromarray(np.dstack([np.asarray(sharp), pictures(1, 10, 12, 1, 3)[0]]))
    save(root / "rgb.png", sharp)
    save(root / "rgba.png", alpha)
    save(root / "grey.png", sharp.convert("L"))
    save(root / "grey-alpha.png", alpha.convert("LA"))
    save(root / "bits.png", sharp.convert("1"))
    save(root / "palette.png", sharp.quantize(16))
    save(root / "lossless.webp", sharp, lossless=True)
    save(root / "lossless-alpha.webp", alpha, lossless=True, exact=True)
    save(root / "lossy.webp", smooth(10, 12, 0), quality=90)
    save(root / "444.jpg", smooth(10, 12, 0), quality=95, subsampling=0)
    save(root / "420.jpg", smooth(10, 12, 0), quality=95, subsampling=2)
    save(root / "progressive.jpg", smooth(10, 12, 5), quality=95, subsampling=0, progressive=True)
    save(root / "grey.jpg", smooth(10, 12, 0).convert("L"), quality=95)
    save(root / "cmyk.jpg", smooth(10, 12, 0).convert("CMYK"), quality=95)
    for n in range(1, 9):
        exif = Image.Exif()
        exif[274] = n
        save(root / f"exif{n}.jpg", smooth(10, 12, 0), quality=95, subsampling=0, exif=exif)
    EXPECTED["kinds"] = {}
    for path in sorted(root.iterdir()):
        with Image.open(path) as image:
            image = ImageOps.exif_transpose(image)
            # Without its transparency, as ImageFolder's convert("RGB").
            EXPECTED["kinds"][path.name] = {"rgb": encode(image.convert("RGB")), "grey": encode(image.convert("RGB").convert("L"))}


def fits():
    """What Pillow makes of images of another size."""
    EXPECTED["fits"] = []
    for height, width in ((18, 24), (40, 13), (7, 5), (64, 64)):
        image = Image.fromarray(pictures(1, height, width, 3, 11)[0])
        for size in (16, 9):
            side = min(width, height)
            left, top = (width - side) // 2, (height - side) // 2
            longer = max(width, height)
            inner = image
            if longer > size:
                inner = image.resize((max(1, (2 * width * size + longer) // (2 * longer)), max(1, (2 * height * size + longer) // (2 * longer))), Image.BILINEAR)
            padded = Image.new("RGB", (size, size))
            padded.paste(inner, ((size - inner.width) // 2, (size - inner.height) // 2))
            EXPECTED["fits"].append({
                "image": encode(image), "size": size,
                "resize": encode(image.resize((size, size), Image.BILINEAR)),
                "crop": encode(image.crop((left, top, left + side, top + side)).resize((size, size), Image.BILINEAR)),
                "pad": encode(padded),
            })


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    for make in (mnist, emnist, svhn, stl10, folder, kinds, fits):
        make()
    (OUT / "expected.json").write_text(json.dumps(EXPECTED, indent=1) + "\n")
