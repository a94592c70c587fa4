#!/usr/bin/python3
"""Metrics by scikit-learn and SciPy: 40 frames of 5 channels; channel 3 constant and exact, channel 4 constant and
wrong; and the same with a third of the truth missing (channel by channel, as metrics with NaN left out)."""
import json, os
import numpy as np
from scipy.stats import pearsonr
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

rng = np.random.default_rng(7)
truth = rng.normal(20, 12, (40, 5)); truth[:, 3] = 0.5; truth[:, 4] = -2
predicted = truth + rng.normal(1, 5, (40, 5)); predicted[:, 3] = 0.5
holes = truth.copy(); holes[rng.random((40, 5)) < 0.33] = np.nan


def channel(t, p):
    t, p = t[~np.isnan(t)], p[~np.isnan(t)]
    return {'frames': len(t), 'mae': mean_absolute_error(t, p), 'rmse': mean_squared_error(t, p) ** 0.5,
            'r2': r2_score(t, p), 'r': None if np.ptp(t) == 0 or np.ptp(p) == 0 else pearsonr(t, p)[0], 'variance': np.var(t)}


out = {'truth': truth.tolist(), 'predicted': predicted.tolist(),
       'holes': [[None if np.isnan(v) else v for v in row] for row in holes],
       'each': [channel(truth[:, c], predicted[:, c]) for c in range(5)],
       'each_with_holes': [channel(holes[:, c], predicted[:, c]) for c in range(5)],
       'mae': mean_absolute_error(truth, predicted),
       'r2_uniform': r2_score(truth, predicted), 'r2_uniform_moving': r2_score(truth[:, :3], predicted[:, :3]),
       'r2_weighted_moving': r2_score(truth[:, :3], predicted[:, :3], multioutput='variance_weighted'),
       'r2_weighted': r2_score(truth, predicted, multioutput='variance_weighted')}
with open(os.path.join(os.path.dirname(__file__), 'metrics.json'), 'w') as f:
    json.dump(out, f)
