#!/usr/bin/python3
"""Ridge weights by scikit-learn, and the join of video keypoints with a MoCap table by pandas with the metrics of a
network that gives back its own inputs (so that the windows and the 3,000 steps show)."""
import json, os
import numpy as np, pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(11)
x = rng.normal(0, 1, (120, 4)).astype(np.float32).astype(float)
y = (x @ rng.normal(0, 1, (4, 2)) + rng.normal(0, 0.3, (120, 2)) + 0.2).astype(np.float32).astype(float)
penalty = 0.05                                   # a frame: scikit-learn's alpha is the sum over frames
fit = Ridge(alpha=penalty * len(x)).fit(x, y)
known = np.arange(120) % 3 != 0                  # the second output known in two frames of three
part = Ridge(alpha=penalty * known.sum()).fit(x[known], y[known, 1])
json.dump({'x': x.tolist(), 'y': y.tolist(), 'penalty': penalty, 'coef': fit.coef_.tolist(),
           'intercept': fit.intercept_.tolist(), 'coef_known': part.coef_.tolist(), 'intercept_known': part.intercept_},
          open(os.path.join(here, 'ridge.json'), 'w'))

rows = []
for activity, trial, n in [('Squat', 1, 9), ('Squat', 2, 7), ('Lunge', 1, 8)]:
    for frame in range(n):
        rows.append((activity, trial, frame))
video = pd.DataFrame(rows, columns=['Activity', 'Trial', 'Frame'])
for name in ['LEFT_HIP', 'RIGHT_HIP']:
    for axis in 'XYZ':
        video[f'{name}_{axis}'] = rng.normal(100, 300, len(video)).round(3)
video = video.sample(frac=1, random_state=3).reset_index(drop=True)
mocap = pd.DataFrame([r for i, r in enumerate(rows) if i % 5 != 2], columns=['Activity', 'Trial', 'Frame'])
mocap = pd.concat([mocap, mocap.iloc[[4]]], ignore_index=True)          # one row twice
for axis in 'XYZ':
    mocap[f'C7_{axis}'] = rng.normal(500, 200, len(mocap)).round(3)
    mocap[f'LEFT_HIP_{axis}'] = -1.0             # the video's own column is taken
for name in ['hip', 'knee']:
    mocap[name] = rng.normal(10, 20, len(mocap)).round(4)
mocap['Frame'] = mocap['Frame'].astype(float)    # 3.0 meets 3
video.to_csv(os.path.join(here, 'video.csv'), index=False)
mocap.to_csv(os.path.join(here, 'mocap.csv'), index=False)

joined = pd.merge(video, mocap, on=['Activity', 'Trial', 'Frame'], how='inner', suffixes=('', '_mocap'))
L = 4
windows = range(0, len(joined) - L + 1, L)
take = np.concatenate([np.arange(s, s + L) for s in windows])[:3000]
truth = joined[['hip', 'knee']].to_numpy()[take]
# the test's network: one output the left hip's x, one C7's y, in metres, as radians
predicted = np.degrees(joined[['LEFT_HIP_X', 'C7_Y']].to_numpy()[take] / 1000)
json.dump({'rows': len(joined), 'windows': len(windows), 'keys': joined[['Activity', 'Trial', 'Frame']].values.tolist(),
           'c7_x': joined['C7_X'].tolist(), 'left_hip_x': joined['LEFT_HIP_X'].tolist(),
           'truth': truth.tolist(), 'predicted': predicted.tolist(),
           'mse': mean_squared_error(truth, predicted), 'mae': mean_absolute_error(truth, predicted),
           'r2': r2_score(truth, predicted)}, open(os.path.join(here, 'video.json'), 'w'))
