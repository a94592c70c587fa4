"""Makes real_xdf.txt from the XDF files at $KINEMYO_DATA: for each stream id, channels, samples, sum of the numbers,
first and last stamp as stored, and the same on the recorder's clock. A life of a clock ends where the times of the
measured offsets go back; a line is fitted to each by SciPy's least_squares with Huber loss. Samples change lives where
their stamps go back."""
import os
import pathlib
import struct
import xml.etree.ElementTree

import numpy as np
from scipy.optimize import least_squares

data = pathlib.Path(os.environ["KINEMYO_DATA"])
here = pathlib.Path(__file__).parent
KINDS = {"float32": "f", "double64": "d", "int8": "b", "int16": "h", "int32": "i", "int64": "q"}


def length(raw, at):
    width = raw[at]
    return int.from_bytes(raw[at + 1 : at + 1 + width], "little"), at + 1 + width


def read(raw):
    assert raw[:4] == b"XDF:"
    at, streams = 4, {}
    while at < len(raw):
        size, at = length(raw, at)
        tag = struct.unpack_from("<H", raw, at)[0]
        body, at = raw[at + 2 : at + size], at + size
        if tag not in (2, 3, 4):
            continue
        number = struct.unpack_from("<I", body)[0]
        if tag == 2:
            info = xml.etree.ElementTree.fromstring(body[4:])
            streams[number] = dict(format=info.findtext("channel_format"), channels=int(info.findtext("channel_count")),
                                   step=1 / float(info.findtext("nominal_srate") or 0) if float(info.findtext("nominal_srate") or 0) else 0,
                                   stamps=[], values=[], offsets=[])
        elif tag == 4:
            streams[number]["offsets"].append(struct.unpack_from("<dd", body, 4))
        else:
            s = streams[number]
            count, p = length(body, 4)
            for _ in range(count):
                if body[p] == 8:
                    s["stamps"].append(struct.unpack_from("<d", body, p + 1)[0])
                    p += 9
                else:
                    s["stamps"].append(s["stamps"][-1] + s["step"])
                    p += 1
                for _ in range(s["channels"]):
                    if s["format"] == "string":
                        n, p = length(body, p)
                        p += n
                    else:
                        s["values"].append(struct.unpack_from("<" + KINDS[s["format"]], body, p)[0])
                        p += struct.calcsize(KINDS[s["format"]])
    return streams


def lines_of(offsets):
    lives = [[]]
    for time, value in offsets:
        if lives[-1] and time < lives[-1][-1][0]:
            lives.append([])
        lives[-1].append((time, value))
    out = []
    for life in lives:
        t, v = np.array(life).T
        base, scale = np.median(v), max(1.4826 * np.median(np.abs(v - np.median(v))), 1e-6)
        fit = least_squares(lambda p: (v - base - p[0] - p[1] * (t - t[0])) / scale, [0, 0], loss="huber", x_scale=[scale, scale])
        slope = fit.x[1] if len(t) > 2 else 0
        out.append(lambda x, t0=t[0], b=base + fit.x[0], m=slope: x + b + m * (x - t0))
    return out


rows = []
for path in sorted((data / "formats/xdf").glob("*.xdf")):
    for number, s in read(path.read_bytes()).items():
        stamps = np.array(s["stamps"])
        row = f"{path.name} {number} {s['channels']} {len(stamps)} {float(np.sum(np.array(s['values'], float)))!r}"
        if len(stamps):
            synced, life = stamps.copy(), 0
            lines = lines_of(s["offsets"]) if s["offsets"] else [lambda x: x]
            for i, t in enumerate(stamps):
                life += int(i > 0 and t < stamps[i - 1] - 1)
                synced[i] = lines[life](t)
            row += f" {float(stamps[0])!r} {float(stamps[-1])!r} {float(synced[0])!r} {float(synced[-1])!r} {life + 1}"
        rows.append(row + "\n")
(here / "real_xdf.txt").write_text("".join(rows))
