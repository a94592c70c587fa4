#!/usr/bin/env python3
"""Golden numbers of real C3D files for tests/io/c3d_real_test.cc, by an independent parser.

usage: make_real_c3d.py FOLDER_OF_RECORDINGS > real_c3d.txt
Lines: file <path> | shape <frames> <rate> <start s> <positions> <angles> <forces> <moments> <vectors>
<rotations> <emg> <analogs> <analog rate> <events> <missing positions> | sum <mm of all present positions> |
point <frame> <x> <y> <z> <label> (SI) | sample <sample> <value> <label> (SI) | event <s> <label> |
rotation <frame> <4 x 4, row by row> <label> (m)
Of pyomeca's trial, point_csv and sample_csv come from the CSV that the laboratory exported beside it.
"""
import struct
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def vax(raw):
    words = np.frombuffer(raw, "<u2").reshape(-1, 2).astype(np.uint32)
    bits = words[:, 0] << 16 | words[:, 1]
    exponent = (bits >> 23 & 255).astype(int)
    value = (1 + (bits & 0x7FFFFF) / 2.0**23) * 2.0 ** (exponent - 129.0)
    return np.where(exponent == 0, 0.0, np.where(bits >> 31 == 1, -value, value))


def parse(path):
    data = path.read_bytes()
    base = (data[0] - 1) * 512
    processor = data[base + 3]
    order = ">" if processor == 86 else "<"
    floats = vax if processor == 85 else lambda raw: np.frombuffer(raw, order + "f4").astype(float)
    head = {}
    head["points"], head["analogs"], head["first"], head["last"] = struct.unpack(order + "4H", data[2:10])
    head["start"], head["ratio"] = struct.unpack(order + "2H", data[16:20])
    names, found, at = {}, [], base + 4
    while data[at]:
        length, group = struct.unpack("bb", data[at : at + 2])
        link = at + 2 + abs(length)
        name = data[at + 2 : link].decode("latin1")
        (step,) = struct.unpack(order + "H", data[link : link + 2])
        if group < 0:
            names[-group] = name
        else:
            kind, rank = struct.unpack("bB", data[link + 2 : link + 4])
            dims = list(data[link + 4 : link + 4 + rank])
            count = int(np.prod(dims, dtype=int)) if dims else 1
            raw = data[link + 4 + rank : link + 4 + rank + count * abs(kind)]
            if kind == -1:
                width = dims[0] if dims else 1
                value = [raw[i * width : (i + 1) * width].decode("latin1").strip(" \0")
                         for i in range(count // width if width else 0)]
            else:
                value = floats(raw) if kind == 4 else np.frombuffer(raw, order + ("i1" if kind == 1 else "i2"))
            found.append((group, name, value))
        if step == 0:
            break
        at = link + step
    groups = {}
    for group, name, value in found:
        groups.setdefault(names[group], {})[name] = value
    return data, head, groups, processor, order, floats


SI = {"m": 1, "cm": 0.01, "mm": 0.001, "V": 1, "mV": 1e-3, "uV": 1e-6, "N": 1, "Nmm": 1e-3, "deg": np.pi / 180, "W": 1}


def describe(root, name):
    data, head, groups, processor, order, floats = parse(root / name)
    point, analog = groups["POINT"], groups.get("ANALOG", {})
    frames = head["last"] - head["first"] + 1
    scale = float(point["SCALE"][0])
    width = 4 if scale < 0 else 2
    size = (4 * head["points"] + head["analogs"]) * width
    begin = (head["start"] - 1) * 512
    if begin + frames * size > len(data):
        print("file", name, "\nrefused")
        return
    raw = data[begin : begin + frames * size]
    table = floats(raw) if width == 4 else np.frombuffer(raw, order + "i2").astype(float)
    table = table.reshape(frames, -1)
    points = table[:, : 4 * head["points"]].reshape(frames, head["points"], 4)
    xyz = points[:, :, :3] * (1 if scale < 0 else scale)
    missing = (points[:, :, 3] < 0) | np.isnan(xyz).any(axis=2)
    labels = (list(point.get("LABELS", [])) + list(point.get("LABELS2", [])))[: head["points"]]
    kinds, factors = [], []
    unit = {k: SI.get(point.get(k + "_UNITS", [""])[0], 1)
            for k in ("ANGLE", "FORCE", "MOMENT", "POWER", "SCALAR")}
    for label in labels:
        kind = "position"
        for group in ("ANGLE", "FORCE", "MOMENT", "POWER", "SCALAR"):
            if label in point.get(group + "S", []):
                kind = group
                break
        kinds.append(kind)
        factors.append(SI[point["UNITS"][0]] if kind == "position" else unit[kind])
    kinds = np.array(kinds, dtype="U8")
    rate = float(point["RATE"][0])
    volts = {"V", "mV", "uV"}
    units, channels = analog.get("UNITS", []), analog.get("LABELS", [])
    count = head["analogs"] // head["ratio"] if head["ratio"] else 0
    about = analog.get("DESCRIPTIONS", [""] * count)
    plates = groups.get("FORCE_PLATFORM", {}).get("CHANNEL", [])
    spoken = [units[c] in volts and "emg" in (channels[c] + about[c]).lower() for c in range(count)]
    others = ("pin", "fp", "pf", "tapis", "sync", "nothing", "channel", "spare")
    emg = [units[c] in volts and c + 1 not in plates and (spoken[c] or not any(spoken)) and
           not any(other in channels[c].lower() for other in others) for c in range(count)]
    times = np.array(groups.get("EVENT", {}).get("TIMES", [])).reshape(-1, 2)
    rotations = int(groups["ROTATION"]["USED"][0]) if "ROTATION" in groups else 0
    here = kinds == "position" if len(kinds) else np.zeros(0, bool)
    print("file", name)
    print("shape", frames, rate, (max(head["first"], 1) - 1) / rate, here.sum(), (kinds == "ANGLE").sum(),
          (kinds == "FORCE").sum(), (kinds == "MOMENT").sum(), ((kinds == "POWER") | (kinds == "SCALAR")).sum(),
          rotations, sum(emg), count - sum(emg), rate * head["ratio"], len(times), int(missing[:, here].sum()))
    if len(kinds):
        print("sum", repr(float(np.where(missing[:, :, None], 0, xyz)[:, here].sum() * factors[list(here).index(True)])))
    for k in range(0, head["points"], max(1, head["points"] // 8)):
        present = np.flatnonzero(~missing[:, k])
        if len(present):
            f = int(present[len(present) // 2])
            print("point", f, *(repr(float(v * factors[k])) for v in xyz[f, k]), labels[k])
    if count:
        samples = table[:, 4 * head["points"] :].reshape(-1, count)
        for c in range(0, count, max(1, count // 8)):
            s = len(samples) * 2 // 3
            value = (samples[s, c] - analog["OFFSET"][c]) * analog["SCALE"][c] * analog["GEN_SCALE"][0]
            print("sample", s, repr(float(value * SI[units[c]])), channels[c])
    if rotations:
        first = (int(groups["ROTATION"]["DATA_START"][0]) - 1) * 512
        solid = floats(data[first : first + frames * rotations * 68]).reshape(frames, rotations, 17)
        for k in (1, rotations - 1):
            f = int(np.flatnonzero(solid[:, k, 16] >= 0)[5])
            matrix = solid[f, k, :16].reshape(4, 4).T.copy()
            matrix[:3, 3] *= SI[point["UNITS"][0]]
            print("rotation", f, *(repr(float(v)) for v in matrix.ravel()), groups["ROTATION"]["LABELS"][k])
    for label, (minutes, seconds) in zip(groups.get("EVENT", {}).get("LABELS", []), times):
        print("event", repr(float(60 * minutes + seconds)), label)
    if name.startswith("formats/pyomeca"):
        markers = pd.read_csv(root / "formats/pyomeca/markers.csv", skiprows=5, header=None)
        for k in range(0, len(labels), 9):
            for f in (0, 311, 579):
                print("point_csv", f, *(repr(v / 1000) for v in markers.iloc[f, 2 + 3 * k : 5 + 3 * k]), labels[k])
        samples = pd.read_csv(root / "formats/pyomeca/analogs.csv", skiprows=5, header=None)
        heads = pd.read_csv(root / "formats/pyomeca/analogs.csv", skiprows=3, nrows=1, header=None, dtype=str).iloc[0]
        for c, channel in enumerate(channels):
            column = [i for i, h in enumerate(heads) if str(h) == channel.split(".")[1]]
            if c % 6 == 0 and column:
                for s in (0, 7001, 11599):
                    print("sample_csv", s, repr(float(samples.iloc[s, column[0]])), channel)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for file in sorted(folder.glob("formats/*/*.c3d")) + sorted(folder.glob("biomechzoo/*/*/*.c3d")):
        describe(folder, file.relative_to(folder).as_posix())
