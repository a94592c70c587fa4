"""Makes npy_*.npy with NumPy: every type, both byte orders, both orders of storage, 0 to 3 dimensions, versions 1 to 3.
Every array holds, in row-major order, 0, 1, 2 ... (bool: alternating)."""
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    for order in "<>":
        np.save(here / f"npy_{code}_{'little' if order == '<' else 'big'}.npy", np.arange(6).reshape(3, 2).astype(order + code))
np.save(here / "npy_bool.npy", np.array([[False, True], [False, True]]))
np.save(here / "npy_fortran.npy", np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)))
np.save(here / "npy_scalar.npy", np.float64(0))
np.save(here / "npy_vector.npy", np.arange(5.0))
np.save(here / "npy_empty.npy", np.zeros((0, 3)))
for version in [(2, 0), (3, 0)]:
    with open(here / f"npy_version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(6.0).reshape(3, 2), version=version)
np.save(here / "npy_text.npy", np.array(["a", "b"]))
