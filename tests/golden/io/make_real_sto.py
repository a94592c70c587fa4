"""Makes real_sto.txt with NumPy from the recordings at $KINEMYO_DATA: file, rows, numbers a row without the time,
first and last time, sum of the numbers' sizes as the file has them."""
import os
import pathlib
import re

import numpy as np

data = pathlib.Path(os.environ["KINEMYO_DATA"])
here = pathlib.Path(__file__).parent
lines = []
for path in sorted(p for p in data.rglob("*") if p.suffix in (".mot", ".sto")):
    text = path.read_text(errors="replace").splitlines()
    start = next(i for i, line in enumerate(text) if line.strip(" ,") == "endheader") + 1
    while not text[start].strip(" ,\t"):
        start += 1
    rows = []
    for line in text[start + 1 :]:
        cells = [c for c in re.split(r"[\t, ]+", line.strip(" \t,")) if c]
        if cells:
            rows.append([float(c) for c in cells])
    table = np.array(rows)
    lines.append(
        f"{path.relative_to(data)} {len(rows)} {table.shape[1] - 1} {table[0, 0]!r} {table[-1, 0]!r} "
        f"{np.abs(table[:, 1:]).sum()!r}\n"
    )
(here / "real_sto.txt").write_text("".join(lines))
