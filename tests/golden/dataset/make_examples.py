#!/usr/bin/python3
"""Windows, scalers and smoothed targets of the original's recipes, by NumPy, SciPy and scikit-learn.

Three short trials (23, 31 and 27 frames) of 2 markers and 3 targets, one of them constant; written as
one text file with a header line before each block."""
import os
import numpy as np
from scipy.signal import savgol_filter
from sklearn.preprocessing import StandardScaler

LENGTHS, WINDOW = [23, 31, 27], 10
rng = np.random.default_rng(4)
x = [rng.normal(0.3, 0.7, (n, 6)) for n in LENGTHS]
y = [np.column_stack([np.cumsum(rng.normal(0, 0.1, (n, 2)), axis=0), np.full(n, 0.25)]) for n in LENGTHS]


def windows(parts):
    return np.array([[i, s] for i, p in enumerate(parts) for s in range(0, len(p) - WINDOW, WINDOW)])


def scaler(parts):
    fit = StandardScaler().fit(np.concatenate(parts))
    return np.stack([fit.mean_, fit.scale_])


def smooth(z):
    return np.column_stack([np.convolve(c, np.ones(5) / 5, mode='same') for c in z.T])


blocks = {}
for i in range(3):
    blocks[f'x{i}'], blocks[f'y{i}'] = x[i], y[i]
blocks['windows'] = windows(x)
blocks['scaler_x'], blocks['scaler_y'] = scaler(x), scaler(y)
shortest = min(LENGTHS)
cut_x, cut_y = [p[:shortest] for p in x], [p[:shortest] for p in y]
blocks['cut_windows'] = windows(cut_x)
blocks['cut_scaler_y'] = scaler(cut_y)
mean, scale = blocks['cut_scaler_y']
for i in range(3):
    blocks[f'cut_smooth_y{i}'] = smooth((cut_y[i] - mean) / scale)
golay = [savgol_filter(p, 11, 3, axis=0) for p in y]
blocks['golay_joined_y'] = np.concatenate(golay)
blocks['joined_windows'] = windows([np.concatenate(x)])
blocks['golay_scaler_y'] = scaler(golay)
with open(os.path.join(os.path.dirname(__file__), 'examples.txt'), 'w') as f:
    for name, m in blocks.items():
        f.write(f'{name} {m.shape[0]} {m.shape[1]}\n')
        for row in m:
            f.write(' '.join(f'{v:.12g}' for v in row) + '\n')
