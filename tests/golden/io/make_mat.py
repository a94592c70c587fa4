"""Makes small files of named arrays with SciPy (MATLAB 5), h5py (HDF5) and hdf5storage (MATLAB 7.3), and mat.txt: for each
file the series that it means, from the arrays that were put in, not from a reader. The structs are drawn after what
Qualisys Track Manager, biomechZoo, EMGworks and LabChart write."""
import pathlib

import h5py
import hdf5storage
import numpy as np
import scipy.io

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(11)
lines = []


def put(file, quantity, names, rate, start, values):
    """values: frames x channels x components, SI."""
    values = np.asarray(values, float)
    values = values.reshape(len(values), -1)
    cells = " ".join(repr(float(v)) for v in values.ravel())
    lines.append(f"{file}|{quantity}|{','.join(names)}|{rate!r}|{start!r}|{cells}\n")


def cell(items):
    out = np.empty((1, len(items)), object)
    for i, item in enumerate(items):
        out[0, i] = item
    return out


frames, samples = 7, 24
markers = np.round(rng.normal(500, 200, (frames, 2, 3)), 2)
emg = np.round(rng.normal(0, 0.001, (samples, 2)), 6)
angles = np.round(rng.normal(10, 20, (frames, 3)), 3)
names = ["LASI", "RASI"]
muscles = ["TA", "GM"]
joints = ["hip_flexion_r", "knee_angle_r", "pelvis_tx"]
angles_si = np.radians(angles)
angles_si[:, 2] = angles[:, 2]

# Arrays by name: each way that they lie.
named = dict(markers=markers.reshape(frames, -1), marker_names=cell(names), marker_units="mm", marker_rate=100.0,
             emg=emg.T, emg_names=cell(muscles), emg_units="mV", emg_fs=np.int16(400),
             angles=angles, angles_labels=cell(joints), angles_units="deg", time=np.arange(frames) / 100)
for file, options in (("mat_named.mat", {}), ("mat_packed.mat", {"do_compression": True})):
    scipy.io.savemat(here / file, named, **options)
    put(file, "position", names, 100.0, 0.0, markers / 1000)
    put(file, "emg", muscles, 400.0, 0.0, emg / 1000)
    put(file, "coordinate", joints, 100.0, 0.0, angles_si)

# One struct with structs; markers as fields; EMG in single precision; numbers that fit into bytes.
markers_small = rng.integers(1, 200, (frames, 2, 3))
scipy.io.savemat(here / "mat_struct.mat", {"trial": {
    "markers": {"LASI": markers_small[:, 0], "RASI": markers_small[:, 1], "units": "cm", "rate": 50.0},
    "emg": {"data": emg.astype(np.float32), "labels": cell(muscles), "fs": 400.0, "units": "V"}}})
put("mat_struct.mat", "position", names, 50.0, 0.0, markers_small / 100)
put("mat_struct.mat", "emg", muscles, 400.0, 0.0, emg.astype(np.float32))

# Three dimensions: 3 x markers x frames, with stamps of their own.
stamps = np.array([0.0, 0.01, 0.02, 0.03, 0.05, 0.06, 0.07])
scipy.io.savemat(here / "mat_three.mat", {"marker_positions": markers.transpose(2, 1, 0), "marker_positions_units": "mm", "time": stamps, "labels": cell(names)})
put("mat_three.mat", "position", names, 0.0, 0.0, markers / 1000)

# Qualisys Track Manager.
data = np.concatenate([markers.transpose(1, 2, 0), np.ones((2, 1, frames))], axis=1)
data[1, :3, 2] = np.nan
qtm = markers.copy()
qtm[2, 1] = np.nan
scipy.io.savemat(here / "mat_qtm.mat", {"walk_01": {
    "File": "walk_01.qtm", "Frames": float(frames), "FrameRate": 100.0, "StartFrame": 1.0,
    "Trajectories": {"Labeled": {"Count": 2.0, "Labels": cell(names), "Data": data}},
    "Analog": {"BoardName": "USB-2533", "NrOfChannels": 3.0, "Labels": cell(["EMG TA", "EMG GM", "Sync"]), "Frequency": 400.0,
               "NrOfSamples": float(samples), "Data": np.vstack([emg.T, np.arange(samples)])}}})
put("mat_qtm.mat", "position", names, 100.0, 0.0, qtm / 1000)
put("mat_qtm.mat", "emg", ["EMG TA", "EMG GM"], 400.0, 0.0, emg)
put("mat_qtm.mat", "analog", ["Sync"], 400.0, 0.0, np.arange(samples))

# biomechZoo.
scipy.io.savemat(here / "mat_walk.zoo", {"data": {
    "LASI": {"line": markers[:, 0], "event": {"RightFootStrike1": np.array([[3.0, 0, 0]]), "LeftFootOff1": np.array([[5.0, 0, 0]])}},
    "RASI": {"line": markers[:, 1], "event": {}},
    "LKneeAngles": {"line": angles, "event": {}},
    "L_Rect": {"line": emg[:, :1], "event": {}}, "R_Rect": {"line": emg[:, 1:], "event": {}},
    "zoosystem": {"Video": {"Channels": cell(["LASI", "RASI", "LKneeAngles"]), "Freq": 100.0},
                  "Analog": {"Channels": cell(["L_Rect", "R_Rect"]), "Freq": 400.0}, "AVR": 4.0,
                  "Units": {"Markers": "mm", "Angles": "deg"}}}}, appendmat=False)
put("mat_walk.zoo", "position", names, 100.0, 0.0, markers / 1000)
put("mat_walk.zoo", "angle3", ["LKneeAngles"], 100.0, 0.0, np.radians(angles))
put("mat_walk.zoo", "emg", ["L_Rect", "R_Rect"], 400.0, 0.0, emg)

# Delsys: a row is as long as the longest, zeros behind.
rows, times = np.zeros((3, samples)), np.zeros((3, samples))
rows[:2], times[:2] = emg.T, np.arange(samples) / 400
acc = np.round(rng.normal(0, 1, 9), 3)
rows[2, :9], times[2, :9] = acc, np.arange(9) / 150
scipy.io.savemat(here / "mat_delsys.mat", {"Data": rows, "Time": times, "Channels": np.array(["Sensor 1: EMG 1", "Sensor 2: EMG 2", "Sensor 1: ACC X"]),
                                           "Fs": np.array([[400.0], [400.0], [150.0]])})
put("mat_delsys.mat", "emg", ["Sensor 1: EMG 1", "Sensor 2: EMG 2"], 400.0, 0.0, emg)
put("mat_delsys.mat", "analog", ["Sensor 1: ACC X"], 150.0, 0.0, acc)

# LabChart.
scipy.io.savemat(here / "mat_labchart.mat", {
    "data": np.concatenate([emg[:, 0], emg[:, 1], np.arange(10.0)])[None], "datastart": np.array([[1.0], [25.0], [49.0]]), "dataend": np.array([[24.0], [48.0], [58.0]]),
    "titles": np.array(["Vastus", "Soleus", "Angle"]), "samplerate": np.array([[1000.0], [1000.0], [100.0]]),
    "unittext": np.array(["mV ", "deg"]), "unittextmap": np.array([[1.0], [1.0], [2.0]])})
put("mat_labchart.mat", "emg", ["Vastus", "Soleus"], 1000.0, 0.0, emg / 1000)
put("mat_labchart.mat", "analog", ["Angle"], 100.0, 0.0, np.radians(np.arange(10.0)))

# MATLAB 7.3: by hdf5storage, and with the references that MATLAB makes for arrays of structs.
hdf5storage.savemat(str(here / "mat73_named.mat"), named, format="7.3", store_python_metadata=False, matlab_compatible=True, action_for_matlab_incompatible="ignore")
put("mat73_named.mat", "position", names, 100.0, 0.0, markers / 1000)
put("mat73_named.mat", "emg", muscles, 400.0, 0.0, emg / 1000)
put("mat73_named.mat", "coordinate", joints, 100.0, 0.0, angles_si)

# An array of structs: several trials in one file, the same in both versions.
trials = np.empty((1, 2), dtype=[("emg", "O"), ("fs", "O"), ("emg_labels", "O")])
for t in range(2):
    trials[0, t] = (emg * (t + 1), np.array([[400.0]]), cell(muscles))
scipy.io.savemat(here / "mat_trials.mat", {"trials": trials})
hdf5storage.savemat(str(here / "mat73_trials.mat"), {"trials": trials}, format="7.3", store_python_metadata=False, matlab_compatible=True, action_for_matlab_incompatible="ignore")

# HDF5: groups, attributes, texts of both kinds, a table of records, compression.
with h5py.File(here / "hdf5_named.h5", "w") as file:
    group = file.create_group("walk")
    one = group.create_dataset("markers", data=markers, compression="gzip", shuffle=True)
    one.attrs["names"] = names
    one.attrs["units"] = "mm"
    one.attrs["rate"] = 100.0
    two = group.create_dataset("emg", data=emg.T.astype(np.float32))
    two.attrs["sampling_rate"] = 400
    two.attrs["unit"] = np.bytes_("mV")
    group.create_dataset("emg_labels", data=np.array(muscles, dtype="S8"))
    table = np.zeros(frames, dtype=[("time", "f8"), ("knee_angle", "f4")])
    table["time"], table["knee_angle"] = np.arange(frames) / 100 + 1, angles[:, 1]
    file.create_dataset("kinematics", data=table)
put("hdf5_named.h5", "position", names, 100.0, 0.0, markers / 1000)
put("hdf5_named.h5", "emg", muscles, 400.0, 0.0, emg.astype(np.float32).astype(float) / 1000)
put("hdf5_named.h5", "coordinate", ["knee_angle"], 100.0, 1.0, np.radians(angles[:, 1].astype(np.float32).astype(float)))

(here / "mat.txt").write_text("".join(lines))
