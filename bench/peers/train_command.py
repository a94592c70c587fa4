#!/usr/bin/python3
"""What `kinemyo train --recipe original-angles` does, in PyTorch: the windows of a folder that --dump-peer wrote, all epochs,
batches drawn anew in each, dropout, Adam, the weights written at the end. train_command.py FOLDER [--epochs N] [--threads N]"""
import argparse
import json
import pathlib
import sys
import tempfile

import torch

import parity
import versions

parse = argparse.ArgumentParser(description=__doc__)
parse.add_argument('folder', type=pathlib.Path)
parse.add_argument('--epochs', type=int, help='default: those of the dump')
parse.add_argument('--threads', type=int, default=1, help='1 is PyTorch\'s best here')
asked = parse.parse_args()
torch.set_num_threads(asked.threads)
torch.manual_seed(1)
settings, x, y = parity.read_dump(asked.folder)
net = parity.Net(settings, settings['dropout'])
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), settings['batch'], shuffle=True)
adam, schedule = parity.optimisers(net, settings)
for _ in range(asked.epochs or settings['epochs']):
    for inputs, targets in loader:
        parity.train_step(net, adam, inputs, targets)
    schedule.step()
with tempfile.NamedTemporaryFile(suffix='.pth') as file:
    torch.save(net.state_dict(), file)
print(json.dumps({'peer': versions.describe('torch')}))
sys.stdout.flush()
