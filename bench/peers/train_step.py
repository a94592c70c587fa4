#!/usr/bin/python3
"""A PyTorch training step of the original's network on the CPU: forward, MSE, backward, Adam; batches made beforehand.
train_step.py --batch N [--repeats N]. Prints the better of one thread and one a core, as bench_train_step names it."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

parse = argparse.ArgumentParser(description=__doc__)
parse.add_argument('--batch', type=int, default=8)
parse.add_argument('--repeats', type=int, default=5)
parse.add_argument('--threads', type=int, default=0)
parse.add_argument('--as', dest='label', default='', help='what stands behind the name of the line')
asked = parse.parse_args()

if asked.threads == 0:  # each in a process of its own: OpenMP keeps what it began with
    runs = []
    for threads in sorted({1, os.cpu_count() or 1}):
        child = subprocess.run([sys.executable, __file__, '--batch', str(asked.batch), '--repeats', str(asked.repeats),
                                '--threads', str(threads), '--as', asked.label], stdout=subprocess.PIPE, text=True, check=True,
                               env={**os.environ, 'OPENBLAS_NUM_THREADS': '1'})
        runs.append(json.loads(child.stdout))
    print(json.dumps(min(runs, key=lambda run: run['value'])))
    sys.exit()

import torch

import versions

torch.set_num_threads(asked.threads)
torch.manual_seed(0)
lstm = torch.nn.LSTM(126, 256, 2, batch_first=True, dropout=0.3)
linear = torch.nn.Linear(256, 36)
adam = torch.optim.Adam([*lstm.parameters(), *linear.parameters()], lr=1e-3)
x, y = torch.randn(asked.batch, 500, 126), torch.randn(asked.batch, 500, 36)


def step():
    start = time.perf_counter()
    adam.zero_grad()
    torch.nn.functional.mse_loss(linear(lstm(x)[0]), y).backward()
    adam.step()
    return time.perf_counter() - start


step()
took = statistics.median(step() for _ in range(asked.repeats))
print(json.dumps({'name': f'train step batch {asked.batch}' + (f' {asked.label}' if asked.label else ''), 'value': took, 'unit': 's', 'threads': asked.threads,
                  'peer': versions.describe('torch')}))
