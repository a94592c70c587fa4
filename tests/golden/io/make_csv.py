"""Makes typed.csv, typed_pandas.csv (read and written again by pandas) and typed_kinds.txt (its column types)."""
import pathlib

import numpy as np
import pandas as pd

here = pathlib.Path(__file__).parent
words = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
         "NA", "NULL", "NaN", "n/a", "nan", "null"]  # pandas 1.5.3; "None" joined them in pandas 2
numbers = ["0", "-0.0", "1", "12.0", "-12.50", "1e5", "1E-5", " 3.25", "4.5 ", "+7", ".5", "5.", "1e16", "1e15",
           "123456789012345.678", "0.0001", "0.00001", "inf"]
rows = len(words)
rng = np.random.default_rng(3)
columns = {
    "int": [str(int(x)) for x in rng.integers(-1000, 1000, rows)],
    "int with gap": ["" if i == 4 else str(i) for i in range(rows)],
    "float": [repr(float(x)) for x in rng.normal(size=rows)],
    "missing words": words,
    "numbers": numbers,
    "wholly empty": [""] * rows,
    "text in numbers": [" - " if i == 7 else f"{i}.50" for i in range(rows)],
    "words and text": ["NA" if i % 2 else f"t{i}" for i in range(rows)],
    "blank": [" " if i == 3 else "1" for i in range(rows)],
    "NAN is text": ["NAN" if i == 3 else "1" for i in range(rows)],
    '"quoted, name"': ['"a, ""b"""' if i == 2 else '"1"' for i in range(rows)],
    "whole": [f"{i}.0" for i in range(rows)],
    "int": [str(i) for i in range(rows)],
    "": ["1.5"] * rows,
}
text = ",".join(list(columns) + ["float"]) + "\n"
cells = list(columns.values()) + [["2"] * rows]
for i in range(rows):
    text += ",".join(column[i] for column in cells) + ("\r\n" if i % 2 else "\n") + ("\n" if i == 5 else "")
(here / "typed.csv").write_bytes(text.encode())
frame = pd.read_csv(here / "typed.csv", float_precision="round_trip")  # its default is off by an ulp
frame.to_csv(here / "typed_pandas.csv", index=False)
kinds = {"float64": "number", "int64": "integer", "object": "text"}
(here / "typed_kinds.txt").write_text("".join(f"{kinds[str(t)]}\n" for t in frame.dtypes))
