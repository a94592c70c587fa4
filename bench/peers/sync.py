#!/usr/bin/python3
"""The original's synchronisation of one subject with pandas; times it and prints a JSON line, or compares.

sync.py SUBJECT                    SUBJECT is <base>/<S>, files should be in the page cache
sync.py SUBJECT --compare FOLDER   compares with the <S>_<Activity>_Synchronized.csv of FOLDER, cell by cell
"""
import argparse
import json
import pathlib
import time

import numpy as np
import pandas as pd

from versions import describe


def concatenated(paths):
    return pd.concat((pd.read_csv(path, low_memory=False) for path in sorted(paths)), ignore_index=True)


def synchronised(subject, action):
    trials = concatenated((subject / 'Activity_Trials').glob(f'{subject.name}_{action}_Trial*.csv'))
    frames = concatenated((subject / f'{subject.name}_FramesData_Orig' / f'{subject.name}_{action}_FD_Orig').glob('*.csv'))
    trials.insert(trials.columns.get_loc('Time'), 'Timestamp', (trials.pop('Time') * 1000).astype(int))
    frames = frames.rename(columns={'TimeStamp': 'Timestamp'}).astype({'Timestamp': int})
    return pd.merge(trials, frames.drop_duplicates(subset='Timestamp'), on='Timestamp')


def difference(theirs, ours):
    """0 where both tables have the same names, shape, text and missing cells; else the largest relative difference."""
    if list(theirs.columns) != list(ours.columns) or theirs.shape != ours.shape:
        return float('inf')
    worst = 0.0
    for name in theirs.columns:
        a, b = theirs[name], ours[name]
        if pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b):
            x, y = a.to_numpy(float), b.to_numpy(float)
            if (np.isnan(x) != np.isnan(y)).any():
                return float('inf')
            seen = ~np.isnan(x)
            if seen.any():
                worst = max(worst, float((np.abs(x - y)[seen] / np.maximum(np.abs(x[seen]), 1e-300)).max()))
        elif not a.fillna('').astype(str).equals(b.fillna('').astype(str)):
            return float('inf')
    return worst


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument('subject', type=pathlib.Path)
    parse.add_argument('--compare', type=pathlib.Path)
    asked = parse.parse_args()
    files = list((asked.subject / 'Activity_Trials').glob('*.csv'))
    actions = sorted({path.stem.split('_')[1] for path in files})
    if asked.compare:
        worst = 0.0
        for action in actions:
            ours = pd.read_csv(asked.compare / f'{asked.subject.name}_{action}_Synchronized.csv', low_memory=False)
            worst = max(worst, difference(synchronised(asked.subject, action), ours))
        print(json.dumps({'name': 'sync difference', 'value': worst, 'unit': 'relative', 'at_most': 1e-9}))
        return
    start = time.perf_counter()
    rows = sum(len(synchronised(asked.subject, action)) for action in actions)
    seconds = time.perf_counter() - start
    print(json.dumps({'name': 'sync', 'value': seconds, 'unit': 's', 'rows': rows, 'peer': describe('numpy', 'pandas'),
                      'note': 'reads and joins, writes nothing'}))


if __name__ == '__main__':
    main()
