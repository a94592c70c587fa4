#!/usr/bin/python3
"""Golden values of tests/train: PyTorch 1.13 (Debian 12's python3-torch), NumPy. Data and weights come from a
formula that the tests repeat, so that the files hold answers alone.
Run here: ./make_golden.py"""
import json
import math

import numpy as np
import torch


def wave(count, phase, size=1.0):
    """What tests call wave(): numbers in [-size, size] that look unordered."""
    i = np.arange(1, count + 1, dtype=np.float64)
    return size * np.sin(12.9898 * i + phase + 0.5 * np.sin(0.37 * i))


def sampled(tensor):
    """A tensor by its norm and at most 16 of its numbers, evenly spread."""
    flat = tensor.detach().double().reshape(-1)
    step = max(1, flat.numel() // 16)
    return {'norm': flat.norm().item(), 'step': step, 'values': flat[::step][:16].tolist()}


def gradients():
    cases = []
    for steps, batch, inputs, hidden in [(1, 1, 1, 1), (7, 1, 5, 3), (13, 3, 17, 37), (31, 5, 33, 64),
                                         (60, 8, 126, 256)]:
        lstm = torch.nn.LSTM(inputs, hidden).double()
        scale = 1 / math.sqrt(hidden)
        with torch.no_grad():
            for k, p in enumerate(lstm.parameters()):
                p.copy_(torch.from_numpy(wave(p.numel(), k + 1.0, scale).astype(np.float32)).reshape(p.shape))
        x = torch.from_numpy(wave(steps * batch * inputs, 0.5).astype(np.float32)).double()
        x = x.reshape(steps, batch, inputs).requires_grad_()
        dy = torch.from_numpy(wave(steps * batch * hidden, 0.7).astype(np.float32)).double()
        y = lstm(x)[0]
        y.backward(dy.reshape(y.shape))
        cases.append({'steps': steps, 'batch': batch, 'inputs': inputs, 'hidden': hidden, 'y': sampled(y),
                      'x': sampled(x.grad), 'w_ih': sampled(lstm.weight_ih_l0.grad),
                      'w_hh': sampled(lstm.weight_hh_l0.grad), 'bias': sampled(lstm.bias_ih_l0.grad)})
    return cases


class Block(torch.nn.Module):
    def __init__(self, inputs, hidden, kernel, dilation, dropout):
        super().__init__()
        self.past = (kernel - 1) * dilation
        self.conv1 = torch.nn.Conv1d(inputs, hidden, kernel, dilation=dilation)
        self.conv2 = torch.nn.Conv1d(hidden, hidden, kernel, dilation=dilation)
        if inputs != hidden:
            self.downsample = torch.nn.Conv1d(inputs, hidden, 1)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, x):
        pad = torch.nn.functional.pad
        y = self.dropout(torch.relu(self.conv1(pad(x, (self.past, 0)))))
        y = self.dropout(torch.relu(self.conv2(pad(y, (self.past, 0)))))
        return torch.relu(y + (self.downsample(x) if hasattr(self, 'downsample') else x))


class Tcn(torch.nn.Module):
    def __init__(self, inputs, hidden, outputs, layers, dropout):
        super().__init__()
        self.tcn = torch.nn.Sequential(*[Block(hidden if i else inputs, hidden, 3, 2 ** i, dropout)
                                         for i in range(layers)])
        self.fc = torch.nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.fc(self.tcn(x.transpose(1, 2)).transpose(1, 2))


class Encoder(torch.nn.Module):
    """Attention biased by distance (ALiBi), within `look_back` frames."""

    def __init__(self, inputs, hidden, layers, heads, feedforward, dropout, look_back):
        super().__init__()
        self.input = torch.nn.Linear(inputs, hidden)
        self.transformer = torch.nn.Module()
        self.transformer.layers = torch.nn.ModuleList(
            [torch.nn.TransformerEncoderLayer(hidden, heads, feedforward, dropout, norm_first=True)
             for _ in range(layers)])
        self.transformer.norm = torch.nn.LayerNorm(hidden)
        self.heads, self.look_back = heads, look_back

    def forward(self, x):
        steps, batch = x.shape[:2]
        back = torch.arange(steps).unsqueeze(1) - torch.arange(steps).unsqueeze(0)
        slopes = torch.tensor([2.0 ** (-8.0 * (h + 1) / self.heads) for h in range(self.heads)])
        bias = -slopes.view(self.heads, 1, 1) * back.abs()
        if self.look_back:
            bias = bias.masked_fill((back < 0) | (back >= self.look_back), float('-inf'))
        x = self.input(x)
        for layer in self.transformer.layers:
            x = layer(x, bias.repeat(batch, 1, 1))
        return self.transformer.norm(x)


class Transformer(Encoder):
    def __init__(self, inputs, hidden, outputs, layers, dropout, look_back):
        super().__init__(inputs, hidden, layers, 4, 12, dropout, look_back)
        self.fc = torch.nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.fc(super().forward(x.transpose(0, 1))).transpose(0, 1)


class Net(torch.nn.Module):
    def __init__(self, kind, inputs, hidden, outputs, layers, dropout, bidirectional):
        super().__init__()
        cls = {'lstm': torch.nn.LSTM, 'gru': torch.nn.GRU}[kind]
        self.rnn = cls(inputs, hidden, layers, batch_first=True, dropout=dropout, bidirectional=bidirectional)
        self.fc = torch.nn.Linear(hidden * (2 if bidirectional else 1), outputs)
        self.kind = kind

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


def training(name, kind='lstm', layers=2, dropout=0.0, bidirectional=False, seed=3, epochs=4, step_every=0,
             clip=0.0, missing=False, look_back=0):
    """Eleven trials of 20 frames, 5 inputs, 3 targets; batch 4; every trial is a window."""
    inputs, outputs, hidden, frames, trials = 5, 3, 8, 20, 11
    x = 3 + 2 * wave(trials * frames * inputs, 0.1)
    y = -1 + 0.5 * wave(trials * frames * outputs, 0.2)
    x = x.astype(np.float32).astype(np.float64).reshape(-1, inputs)
    y = y.astype(np.float32).astype(np.float64).reshape(-1, outputs)
    if missing:
        y.reshape(-1)[::7] = np.nan
    mean_x, mean_y = x.mean(0), np.nanmean(y, 0)
    std_x, std_y = x.std(0), np.nanstd(y, 0)
    x = torch.from_numpy(((x - mean_x) / std_x).astype(np.float32)).reshape(trials, frames, inputs)
    y = torch.from_numpy(((y - mean_y) / std_y).astype(np.float32)).reshape(trials, frames, outputs)

    torch.manual_seed(seed)
    net = Tcn(inputs, hidden, outputs, layers, dropout) if kind == 'tcn' else \
        Transformer(inputs, hidden, outputs, layers, dropout, look_back) if kind == 'transformer' else \
        Net(kind, inputs, hidden, outputs, layers, dropout, bidirectional)
    initial = {k.replace('rnn', kind): sampled(v) for k, v in net.state_dict().items()}
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y, torch.arange(trials)), batch_size=4,
                                         shuffle=True)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.StepLR(adam, step_every, 0.5) if step_every else None
    losses, order = [], []
    for _ in range(epochs):
        for bx, by, which in loader:
            adam.zero_grad()
            known = ~torch.isnan(by)
            loss = torch.nn.functional.mse_loss(net(bx)[known], by[known]) if missing else \
                torch.nn.MSELoss()(net(bx), by)
            loss.backward()
            if clip:
                torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
            adam.step()
            losses.append(loss.item())
            order += which.tolist()
        if schedule:
            schedule.step()
    return {'name': name, 'kind': kind, 'layers': layers, 'dropout': dropout, 'bidirectional': bidirectional,
            'look_back': look_back, 'seed': seed, 'epochs': epochs, 'step_every': step_every, 'clip': clip, 'missing': missing,
            'mean_x': mean_x.tolist(), 'std_y': std_y.tolist(), 'initial': initial, 'order': order,
            'losses': losses, 'final': {k.replace('rnn', kind): sampled(v) for k, v in net.state_dict().items()}}


def adam():
    """Twelve steps of Adam and AdamW by given gradients, the rate changing on the way."""
    cases = []
    for decay in (0.0, 0.1):
        p = torch.from_numpy(wave(37, 0.3).astype(np.float32)).requires_grad_()
        optimiser = torch.optim.AdamW([p], lr=1e-2, weight_decay=decay) if decay else torch.optim.Adam([p], lr=1e-2)
        for step in range(12):
            optimiser.param_groups[0]['lr'] = 1e-2 / (1 + step)
            p.grad = torch.from_numpy(wave(37, 0.5 + step, 10.0 ** (step % 5 - 3)).astype(np.float32))
            optimiser.step()
        cases.append({'weight_decay': decay, 'parameter': p.detach().double().tolist()})
    return cases


def schedules():
    """The rate of each of 20 epochs. Losses of the plateau: the formula in schedule_test.cc."""
    out = {}
    for name, make in {'step': lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5),
                       'cosine': lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 20),
                       'plateau': lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=2)}.items():
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        schedule = make(optimiser)
        rates = []
        for epoch in range(1, 21):
            rates.append(optimiser.param_groups[0]['lr'])
            optimiser.step()
            if name == 'plateau':
                schedule.step(1 + 1 / epoch if epoch < 5 else 1.3 - 0.3 * (epoch == 12))
            else:
                schedule.step()
        out[name] = rates
    return out


torch.set_num_threads(1)
for file, content in {
    'lstm_gradients.json': gradients(), 'adam.json': adam(), 'schedules.json': schedules(),
    'training.json': [training('plain'), training('dropout', dropout=0.3, step_every=2, seed=11),
                      training('clipped, missing targets', clip=0.05, missing=True),
                      training('bidirectional', bidirectional=True, dropout=0.2),
                      training('gru', kind='gru', layers=1), training('three layers', layers=3, seed=2 ** 40 + 5),
                      training('tcn', kind='tcn', dropout=0.2), training('transformer', kind='transformer', dropout=0.2),
                      training('causal transformer', kind='transformer', look_back=5, layers=1)],
}.items():
    with open(file, 'w') as f:
        json.dump(content, f, separators=(',', ':'))
        f.write('\n')
