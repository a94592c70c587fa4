#!/usr/bin/env python3
"""PyTorch's own step of the network that train_alone steps, on the same windows from the same weights: forward, MSE, backward,
Adam. With --layers 1, which has no dropout, the losses agree: both do the same.
peer.py [--device cpu|cuda] [--precision fp32|bf16] [--batch N] [--frames N] [--hidden N] [--layers N] [--steps N]
Prints train_alone's line of JSON. bf16 is autocast's."""
import argparse
import json
import statistics
import time

import torch

parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parse.add_argument('--device', default='cpu', choices=['cpu', 'cuda'])
parse.add_argument('--precision', default='fp32', choices=['fp32', 'bf16'])
for name, value in {'batch': 8, 'frames': 500, 'hidden': 256, 'layers': 2, 'steps': 12}.items():
    parse.add_argument('--' + name, type=int, default=value)
asked = parse.parse_args()


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(126, asked.hidden, asked.layers, dropout=0.3 if asked.layers > 1 else 0.0)
        self.fc = torch.nn.Linear(asked.hidden, 36)

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


torch.manual_seed(1)
x = torch.randn(asked.frames, asked.batch, 126).to(asked.device)
y = torch.tanh(torch.cumsum(x[:, :, :36], 0) / 10)
torch.manual_seed(2)
net = Net().to(asked.device)
adam = torch.optim.Adam(net.parameters(), lr=1e-3)
took, losses = [], []
for _ in range(asked.steps):
    start = time.perf_counter()
    adam.zero_grad()
    with torch.autocast(asked.device, torch.bfloat16, enabled=asked.precision == 'bf16'):
        predicted = net(x)
    loss = torch.nn.functional.mse_loss(predicted.float(), y)
    loss.backward()
    adam.step()
    losses.append(loss.item())
    if asked.device == 'cuda':
        torch.cuda.synchronize()
    took.append(time.perf_counter() - start)
print(json.dumps({'layers': 'PyTorch ' + torch.__version__, 'device': asked.device, 'precision': asked.precision, 'kind': 'lstm',
                  'batch': asked.batch, 'frames': asked.frames, 'step_s': statistics.median(took[2:] or took),
                  'first_loss': losses[0], 'last_loss': losses[-1]}))
