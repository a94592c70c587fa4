#!/usr/bin/python3
"""The original's imputation and envelope with NumPy and SciPy, as its notebooks do them; times them, or compares.

steps.py envelope|impute IN.npy             prints {"name", "value", "unit": "s", "peer"}; shape of IN: channels x samples
steps.py envelope|impute IN.npy --compare OUT.npy    prints the largest difference from OUT, relative to the channel's largest value
"""
import argparse
import json
import time

import numpy as np
from scipy import signal

from versions import describe

RATE_HZ = 1000.0


def fill(column, reach=5):
    for row in np.where(np.isnan(column))[0]:
        near = column[max(0, row - reach):row + reach]
        known = near[~np.isnan(near)]
        column[row] = known.mean() if known.size else 0.0
    return column


def envelope(channel):
    band = signal.butter(4, [20 / (RATE_HZ / 2), 450 / (RATE_HZ / 2)], btype='band')
    low = signal.butter(4, 10 / (RATE_HZ / 2), btype='low')
    rectified = np.abs(signal.filtfilt(*band, channel))
    return np.convolve(signal.filtfilt(*low, rectified), np.full(40, 1 / 40), mode='same')


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument('step', choices=['envelope', 'impute'])
    parse.add_argument('input')
    parse.add_argument('--compare')
    asked = parse.parse_args()
    step = {'envelope': envelope, 'impute': fill}[asked.step]
    channels = np.load(asked.input)
    if asked.step == 'envelope':
        step(channels[0, :2000].copy())  # SciPy loads parts of itself at the first call
    start = time.perf_counter()
    done = np.stack([step(channel) for channel in channels])
    seconds = time.perf_counter() - start
    if asked.compare:
        ours = np.load(asked.compare)
        scale = np.abs(done).max(axis=1, keepdims=True)
        scale[scale == 0] = 1
        print(json.dumps({'name': asked.step + ' difference', 'value': float((np.abs(ours - done) / scale).max()),
                          'unit': 'relative', 'at_most': 1e-9}))
    else:
        print(json.dumps({'name': asked.step, 'value': seconds, 'unit': 's', 'peer': describe('numpy', 'scipy')}))


if __name__ == '__main__':
    main()
