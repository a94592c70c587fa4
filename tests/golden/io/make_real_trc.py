"""Makes real_trc.txt with NumPy from the recordings at $KINEMYO_DATA: file, frames, markers, missing marker-frames,
first and last time, sum of all coordinates of present markers in metres."""
import os
import pathlib
import re

import numpy as np

data = pathlib.Path(os.environ["KINEMYO_DATA"])
here = pathlib.Path(__file__).parent
lines = []
for path in sorted(data.rglob("*.trc")):
    text = path.read_text(errors="replace").splitlines()
    sep = "," if "," in text[1] and "\t" not in text[1] else "\t"
    unit = [c.strip() for c in text[2].split(sep) if c.strip()][4]
    names = [c.strip() for c in text[3].split(sep) if c.strip()][2:]
    rows = []
    for line in text[4:]:
        cells = line.split(sep)
        if not re.fullmatch(r"\d+", cells[0].strip()):
            continue
        cells = [c.strip() for c in cells[: 2 + 3 * len(names)]]
        rows.append([float(c) if c and c.lower() != "nan" else np.nan for c in cells])
    table = np.array(rows)
    points = table[:, 2:].reshape(len(rows), -1, 3) / {"mm": 1000.0, "m": 1.0}[unit]
    points[(points == 0).all(axis=2)] = np.nan
    missing = np.isnan(points).any(axis=2)
    total = points[~missing].sum()
    lines.append(f"{path.relative_to(data)} {len(rows)} {len(names)} {missing.sum()} {table[0, 1]!r} {table[-1, 1]!r} {total!r}\n")
(here / "real_trc.txt").write_text("".join(lines))
