"""Writes expanded.safetensors: a small LSTM's weights and scalers, 33 landmarks of a video, and the angles that the original's
way gives for them, in NumPy: expansion to the 42 markers, windows range(0, T - L + 1, L) each from rest, scaled back.

Run with NumPy: python3 make_expanded.py
"""
import json
import struct
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
LENGTH, FRAMES, HIDDEN, OUTPUTS = 20, 47, 3, 2
rng = np.random.default_rng(11)

LANDMARKS = ("NOSE LEFT_EYE_INNER LEFT_EYE LEFT_EYE_OUTER RIGHT_EYE_INNER RIGHT_EYE RIGHT_EYE_OUTER LEFT_EAR "
             "RIGHT_EAR MOUTH_LEFT MOUTH_RIGHT").split()
for part in "SHOULDER ELBOW WRIST PINKY INDEX THUMB HIP KNEE ANKLE HEEL FOOT_INDEX".split():
    LANDMARKS += ["LEFT_" + part, "RIGHT_" + part]
SIDE = ("AnkleLateral AnkleMedial ToeLateral ToeMedial WristMedial WristLateral ShoulderFront ShoulderRear "
        "KneeLateral KneeMedial LowerArmLateral LowerArmMedial").split()
MARKERS = (["L.FootHeel"] + ["L." + n for n in SIDE] + ["R." + n for n in SIDE] +
           "LASIS LPSIS RASIS RPSIS C7 CLAV LACR RACR Head_Top R.UpparArm L.UpparArm R.Thigh L.Thigh R.Shank L.Shank "
           "RFAsuperior LFAsuperior".split())
FROM = {"FootHeel": "HEEL", "Toe": "FOOT_INDEX", "Ankle": "ANKLE", "Knee": "KNEE", "Wrist": "WRIST", "Thigh": "HIP",
        "ASIS": "HIP", "PSIS": "HIP", "LowerArm": "ELBOW", "Shoulder": "SHOULDER", "UpparArm": "SHOULDER", "ACR": "SHOULDER"}


def source(marker):
    if marker in ("C7", "CLAV", "Head_Top"):
        return "RIGHT_SHOULDER"
    side, rest = ("LEFT_" if marker[0] == "L" else "RIGHT_"), marker[1:].lstrip(".")
    for start, landmark in FROM.items():
        if rest.startswith(start):
            return side + landmark
    return None  # Shank and FAsuperior


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


video = rng.normal(0.2, 0.5, (FRAMES, 33, 3)).astype("<f4")
expanded = np.stack([video[:, LANDMARKS.index(source(m))] if source(m) else np.zeros((FRAMES, 3)) for m in MARKERS], 1)
x = expanded.reshape(FRAMES, 126).astype(np.float64)

shapes = {"lstm.weight_ih_l0": (4 * HIDDEN, 126), "lstm.weight_hh_l0": (4 * HIDDEN, HIDDEN), "lstm.bias_ih_l0": (4 * HIDDEN,),
          "lstm.bias_hh_l0": (4 * HIDDEN,), "fc.weight": (OUTPUTS, HIDDEN), "fc.bias": (OUTPUTS,)}
tensors = {name: rng.normal(0, 0.4, shape).astype("<f4") for name, shape in shapes.items()}
scalers = {"input_mean": rng.normal(0, 0.1, 126), "input_scale": rng.uniform(0.5, 2, 126),
           "output_mean": rng.normal(0, 0.1, OUTPUTS), "output_scale": rng.uniform(0.5, 2, OUTPUTS)}
scalers = {name: value.astype("<f4") for name, value in scalers.items()}

w = {name: value.astype(np.float64) for name, value in tensors.items()}
y = []
for start in range(0, FRAMES - LENGTH + 1, LENGTH):
    h, c = np.zeros(HIDDEN), np.zeros(HIDDEN)
    for row in x[start:start + LENGTH]:
        scaled = (row - scalers["input_mean"]) / scalers["input_scale"]
        i, f, g, o = np.split(w["lstm.weight_ih_l0"] @ scaled + w["lstm.bias_ih_l0"] + w["lstm.weight_hh_l0"] @ h +
                              w["lstm.bias_hh_l0"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        y.append((w["fc.weight"] @ h + w["fc.bias"]) * scalers["output_scale"] + scalers["output_mean"])

header, data = {}, b""
everything = tensors | scalers | {"video": video.reshape(FRAMES, 99), "y": np.array(y)}
for name in sorted(everything):
    raw = everything[name].astype("<f4").tobytes()
    header[name] = {"dtype": "F32", "shape": list(everything[name].shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
(HERE / "expanded.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
