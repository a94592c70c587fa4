"""Makes small HDF5 files that mean harm: circles of groups, a data set of 2^39 numbers that takes no place, links and data in
other files, groups forty deep. `markers` in each is sound."""
import pathlib

import h5py
import numpy as np

here = pathlib.Path(__file__).parent


def make(name):
    file = h5py.File(here / f"hostile_{name}.h5", "w", libver="latest")
    markers = file.create_dataset("markers", data=np.arange(12.0).reshape(4, 3))
    markers.attrs["units"] = "mm"
    markers.attrs["rate"] = 100.0
    return file


with make("circle") as file:
    file.create_group("a")["b"] = file["/"]
with make("huge") as file:
    file.create_dataset("emg", shape=(2**36, 8), dtype="f8", chunks=(1024, 8))
with make("links") as file:
    file["passwords"] = h5py.ExternalLink("/etc/passwd", "/x")
    file["soft"] = h5py.SoftLink("/nowhere")
    file.create_dataset("emg", shape=(8,), dtype="u1", external=[("/etc/hostname", 0, 8)])
with make("deep") as file:
    group = file
    for level in range(40):
        group = group.create_group(f"g{level}")
    group.create_dataset("emg", data=np.zeros(8))
