"""Writes the files that the tests read, with PyTorch 2.11.0 and safetensors 0.8.0 (any recent versions do).

Element i of every array is (i % 100) / 4 - 10, exact in each floating type; ramp() in fixture_test.go has the same.
"""

import collections

import numpy
import safetensors.torch
import torch

from ramp import here, ramp, save


def network():
    """The parameters and buffers of a small network, as state_dict() has them."""
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 4), torch.nn.BatchNorm2d(4), torch.nn.ConvTranspose2d(4, 2, 4), torch.nn.Linear(8, 5)
    )
    for p in net.state_dict().values():
        p.copy_(ramp(*p.shape))
    return net


types = {
    "bool": torch.tensor([True, False, True]),
    "u8": torch.tensor([0, 1, 255], dtype=torch.uint8),
    "i8": torch.tensor([0, 1, -1], dtype=torch.int8),
    "i16": torch.tensor([0, 1, -1], dtype=torch.int16),
    "i32": torch.tensor([0, 1, -1], dtype=torch.int32),
    "i64": torch.tensor([0, 1, -1], dtype=torch.int64),
    "f16": ramp(2, 3, dtype=torch.float16),
    "bf16": ramp(2, 3, dtype=torch.bfloat16),
    "f32": ramp(2, 3),
    "f64": ramp(2, 3, dtype=torch.float64),
    "scalar": torch.tensor(-10.0),
    "empty": torch.zeros(0, 3),
}
legacy = {"_use_new_zipfile_serialization": False}

safetensors.torch.save_file(types, here / "types.safetensors", metadata={"made by": "safetensors", "note": "a < b"})
save("types.pt", types)
save("types_legacy.pt", types, **legacy)

net = network()
save("network.pt", net.state_dict())
save("network_legacy.pt", net.state_dict(), **legacy)
save("network_protocol5.pt", net.state_dict(), pickle_protocol=5)
torch.serialization.set_crc32_options(False)
save("network_no_crc.pt", net.state_dict())
torch.serialization.set_crc32_options(True)
save("parameters.pt", collections.OrderedDict(net.named_parameters()))
save("data_parallel.pt", torch.nn.DataParallel(net).state_dict())
optimizer = torch.optim.Adam(net.parameters())
save("nested.pt", {"epoch": 3, "loss": 0.5, "model": net.state_dict(), "optimizer": optimizer.state_dict()})
save("nested_state_dict.pt", {"state_dict": net.state_dict(), "mean": ramp(3)})

last = network().to(memory_format=torch.channels_last)
save("channels_last.pt", last.state_dict())
save("channels_last_legacy.pt", last.state_dict(), **legacy)

base = ramp(4, 6)
save("views.pt", {"base": base, "tied": base, "row": base[1], "column": base[:, 2], "transposed": base.T, "step": base[::2, 1::3]})

# What is refused.
save("expanded.pt", {"x": torch.zeros(1).expand(1 << 40)})
save("whole_model.pt", net)
save("tensor.pt", ramp(3))
save("list.pt", [ramp(3)])
save("sparse.pt", {"x": ramp(3).to_sparse()})

numpy.save(here / "matrix.npy", ramp(3, 2).numpy())
numpy.save(here / "vector.npy", ramp(5).numpy())
numpy.save(here / "scalar.npy", ramp(1).reshape(()).numpy())
numpy.save(here / "fortran.npy", numpy.asfortranarray(ramp(3, 2).numpy()))
numpy.save(here / "float64.npy", ramp(3).double().numpy())
numpy.save(here / "object.npy", numpy.array([None, "x"], dtype=object))
with open(here / "version2.npy", "wb") as f:
    numpy.lib.format.write_array(f, ramp(3, 2).numpy(), version=(2, 0))
