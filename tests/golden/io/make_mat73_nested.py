"""Makes mat73_nested.mat as MATLAB 7.3 lays it: trials(1:2), each with a rate and an array of structs, two repetitions in the
first trial and three in the second; the numbers of repetition r of trial t begin with 10 t + r."""
import pathlib

import h5py
import numpy as np

path = pathlib.Path(__file__).parent / "mat73_nested.mat"


def put(group, name, values):
    data = group.create_dataset(name, data=np.atleast_2d(values).T)
    data.attrs["MATLAB_class"] = np.bytes_("double")
    return data


def struct_array(parent, name, elements):
    """A group of data sets of references, one for each element; MATLAB gives these no class of their own."""
    group = parent.create_group(name)
    group.attrs["MATLAB_class"] = np.bytes_("struct")
    for field in elements[0]:
        refs = group.create_dataset(field, (len(elements), 1), dtype=h5py.ref_dtype)
        for i, element in enumerate(elements):
            refs[i, 0] = element[field].ref
    return group


with h5py.File(path, "w", userblock_size=512) as file:
    hidden = file.create_group("#refs#")
    trials = []
    for t, count in ((1, 2), (2, 3)):
        reps = [{"emg": put(hidden, f"emg{t}{r}", 10.0 * t + r + np.zeros((20, 2)))} for r in range(1, count + 1)]
        trials.append({"fs": put(hidden, f"fs{t}", 100.0 * t), "reps": struct_array(hidden, f"reps{t}", reps)})
    struct_array(file, "trials", trials)
text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 ."
with open(path, "r+b") as file:
    file.write(text.ljust(124) + b"\x00\x02IM")
