"""Keypoints of the original out of its markers, and markers out of video keypoints, with pandas.

Writes markers.csv, keypoints.csv (25 x 3), landmarks.csv (33 x 3), video.csv and expanded.csv.
"""
import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
SIDES = [("LEFT_", "L"), ("RIGHT_", "R")]
HALF = ["AnkleLateral", "AnkleMedial", "ToeLateral", "ToeMedial", "WristMedial", "WristLateral",
        "ShoulderFront", "ShoulderRear", "KneeLateral", "KneeMedial", "LowerArmLateral", "LowerArmMedial"]
MARKERS = (["L.FootHeel"] + ["L." + n for n in HALF] + ["R." + n for n in HALF] +
           "LASIS LPSIS RASIS RPSIS C7 CLAV LACR RACR Head_Top R.UpparArm L.UpparArm R.Thigh L.Thigh "
           "R.Shank L.Shank RFAsuperior LFAsuperior".split())
AXES = ["_X", "_Y", "_Z"]
LANDMARKS = ("NOSE LEFT_EYE_INNER LEFT_EYE LEFT_EYE_OUTER RIGHT_EYE_INNER RIGHT_EYE RIGHT_EYE_OUTER LEFT_EAR "
             "RIGHT_EAR MOUTH_LEFT MOUTH_RIGHT").split()
for part in "SHOULDER ELBOW WRIST PINKY INDEX THUMB HIP KNEE ANKLE HEEL FOOT_INDEX".split():
    LANDMARKS += ["LEFT_" + part, "RIGHT_" + part]


def point(table, name):
    columns = [name + a for a in AXES]
    if columns[0] not in table.columns:
        return np.zeros((len(table), 3))
    return table[columns].to_numpy()


def keypoints(table):
    out = {}
    for long, s in SIDES:
        mean = lambda *names: np.mean([point(table, n) for n in names], axis=0)
        out[long + "SHOULDER"] = mean(s + ".ShoulderFront", s + ".ShoulderRear")
        out[long + "ELBOW"] = mean(s + ".LowerArmLateral", s + ".LowerArmMedial")
        out[long + "WRIST"] = mean(s + ".WristLateral", s + ".WristMedial")
        out[long + "HIP"] = mean(s + "ASIS", s + "PSIS")
        out[long + "KNEE"] = mean(s + ".KneeLateral", s + ".KneeMedial")
        out[long + "ANKLE"] = mean(s + ".AnkleLateral", s + ".AnkleMedial")
        out[long + "HEEL"] = mean(s + ".FootHeel")
        out[long + "FOOT_INDEX"] = mean(s + ".ToeLateral", s + ".ToeMedial")
        out[long + "PINKY"] = mean(s + ".WristLateral")
        out[long + "INDEX"] = mean(s + ".WristMedial")
        out[long + "THUMB"] = mean(s + "ACR")
    for name in ["C7", "CLAV", "Head_Top"]:
        out[name] = point(table, name)
    return out


def expanded(table):
    out = {m: np.zeros((len(table), 3)) for m in MARKERS}
    for long, s in SIDES:
        put = lambda landmark, names: out.update(
            {n: point(table, long + landmark) for n in names if n in out})
        put("HEEL", [s + ".FootHeel"])
        put("FOOT_INDEX", [s + ".ToeLateral", s + ".ToeMedial"])
        for joint in ["Ankle", "Knee", "Wrist"]:
            put(joint.upper(), [f"{s}.{joint}Lateral", f"{s}.{joint}Medial"])
        put("HIP", [s + ".Thigh", s + "ASIS", s + "PSIS"])
        put("ELBOW", [s + ".LowerArmLateral", s + ".LowerArmMedial"])
        put("SHOULDER", [s + ".ShoulderFront", s + ".ShoulderRear", s + ".UpparArm", s + "ACR"])
    for name in ["C7", "CLAV", "Head_Top"]:
        out[name] = point(table, "RIGHT_SHOULDER")
    return out


def write(path, points, names):
    table = pd.DataFrame(np.hstack([points[n] for n in names]), columns=[n + a for n in names for a in AXES])
    table.to_csv(path, index=False)
    return table


random = lambda names: {n: rng.normal(0, 500, (3, 3)).round(3) for n in names}
markers = write("markers.csv", random(MARKERS), MARKERS)
made = keypoints(markers)
order = [long + part for part in "SHOULDER ELBOW WRIST HIP KNEE ANKLE HEEL FOOT_INDEX PINKY INDEX THUMB".split()
         for long, _ in SIDES] + ["C7", "CLAV", "Head_Top"]
write("keypoints.csv", made, order)
write("landmarks.csv", {n: made.get(n, np.zeros((len(markers), 3))) for n in LANDMARKS}, LANDMARKS)
video = write("video.csv", random(LANDMARKS), LANDMARKS)
write("expanded.csv", expanded(video), MARKERS)
