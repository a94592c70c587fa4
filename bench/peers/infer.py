#!/usr/bin/python3
"""The original's network (126 -> 36, 2 x 256 LSTM) in PyTorch, without gradients; times it.

infer.py stream     the last 500 frames through the network for every new frame, as the original runs live; one thread
infer.py offline    64 windows of 500 frames; the better of one thread and all
Prints {"name", "value", "unit": "s", "peer"}.
"""
import argparse
import json
import os
import time

import torch

from versions import describe


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(126, 256, 2, batch_first=True)
        self.fc = torch.nn.Linear(256, 36)

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


def median_seconds(call, count):
    call()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument('what', choices=['stream', 'offline'])
    parse.add_argument('--as', dest='name', help='the name of the line that it stands beside')
    asked = parse.parse_args()
    torch.manual_seed(1)
    network = Network().eval()
    with torch.inference_mode():
        if asked.what == 'stream':
            torch.set_num_threads(1)
            x = torch.randn(1, 500, 126)
            print(json.dumps({'name': asked.name or 'streaming step', 'value': median_seconds(lambda: network(x)[0, -1], 15), 'unit': 's',
                              'threads': 1, 'peer': describe('torch')}))
            return
        x = torch.randn(64, 500, 126)
        best = None
        for threads in sorted({1, os.cpu_count() or 1}):
            torch.set_num_threads(threads)
            seconds = median_seconds(lambda: network(x), 3)
            if best is None or seconds < best[0]:
                best = (seconds, threads)
        print(json.dumps({'name': asked.name or 'offline', 'value': best[0], 'unit': 's', 'threads': best[1], 'peer': describe('torch')}))


if __name__ == '__main__':
    main()
