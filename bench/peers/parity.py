#!/usr/bin/python3
"""Trains the original's networks by kinemyo and by PyTorch on the same windows, and compares the losses.

1. From the same initial weights and batch order, without dropout: the first 50 losses, which must agree within 1e-3.
2. With dropout, own initial weights and own order, several seeds: the mean training loss of the last epoch, which must
   agree within 10 %.
Prints a line for each and exits with 1 if one fails. Needs python3-torch and python3-numpy (Debian's).

Example: bench/peers/parity.py --kinemyo build/kinemyo
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


class Net(torch.nn.Module):
    """As the original has it: an LSTM and a linear layer on every time step."""

    def __init__(self, settings, dropout):
        super().__init__()
        self.lstm = torch.nn.LSTM(settings['inputs'], settings['hidden'], settings['layers'], batch_first=True,
                                  dropout=dropout)
        self.fc = torch.nn.Linear(settings['hidden'], settings['outputs'])

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


def run(program, *arguments):
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'{program} {" ".join(map(str, arguments))}\n{done.stderr}')


def read_dump(folder):
    settings = json.loads((folder / 'settings.json').read_text())
    x, y = torch.from_numpy(np.load(folder / 'x.npy')), torch.from_numpy(np.load(folder / 'y.npy'))
    return settings, x, y


def optimisers(net, settings):
    adam = torch.optim.Adam(net.parameters(), lr=settings['learning_rate'])
    every = settings['step_every_epochs'] or 10 ** 9
    return adam, torch.optim.lr_scheduler.StepLR(adam, every, settings['step_factor'])


def train_step(net, adam, x, y):
    adam.zero_grad()
    known = ~torch.isnan(y)  # an EMG channel that a trial lacks is not learned from that trial
    loss = torch.nn.MSELoss()(net(x)[known], y[known])
    loss.backward()
    adam.step()
    return loss.item()


def dump_steps(program, store, recipe, folder, work, steps):
    """Trains with kinemyo for as many epochs as give `steps` steps."""
    arguments = ['train', store, '--recipe', recipe, '--dump-peer', folder, '--out', work / 'plain.safetensors']
    run(program, *arguments, '--epochs', 1)
    in_one = len(np.load(folder / 'losses.npy'))
    run(program, *arguments, '--epochs', -(-steps // in_one))


def same_steps(folder, steps):
    """PyTorch's first losses, from the dumped initial weights in the dumped order."""
    settings, x, y = read_dump(folder)
    order = np.load(folder / 'order.npy').astype(np.int64)
    net = Net(settings, 0.0)
    with torch.no_grad():
        for name, tensor in net.named_parameters():
            tensor.copy_(torch.from_numpy(np.load(folder / 'initial' / f'{name}.npy')))
    adam, schedule = optimisers(net, settings)
    losses = []
    for epoch in order:
        for batch in np.split(epoch, range(settings['batch'], len(epoch), settings['batch'])):
            losses.append(train_step(net, adam, x[batch], y[batch]))
        schedule.step()
    return np.array(losses[:steps])


def last_epoch(folder, seed):
    """The mean loss of PyTorch's last epoch, everything on, as the original's notebooks train."""
    settings, x, y = read_dump(folder)
    torch.manual_seed(seed)
    net = Net(settings, settings['dropout'])
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), settings['batch'], shuffle=True)
    adam, schedule = optimisers(net, settings)
    for _ in range(settings['epochs']):
        losses = [train_step(net, adam, bx, by) for bx, by in loader]
        schedule.step()
    return float(np.mean(losses))


def compare_steps(program, store, recipe, work, steps):
    text = (REPOSITORY / 'recipes' / f'{recipe}.toml').read_text()
    plain, folder = work / f'{recipe}-without-dropout.toml', work / recipe
    plain.write_text(re.sub(r'(?m)^dropout = .*$', 'dropout = 0', text))
    dump_steps(program, store, plain, folder, work, steps)
    theirs, ours = same_steps(folder, steps), np.load(folder / 'losses.npy')[:steps]
    worst = np.abs(theirs - ours).max()
    print(f'{recipe}: {np.load(folder / "order.npy").shape[1]} windows, {len(theirs)} steps without dropout, loss '
          f'{theirs[0]:.4f} -> {theirs[-1]:.4f}: largest difference {worst:.1e} (below 1e-3: '
          f'{"yes" if worst < 1e-3 else "NO"})', flush=True)
    return len(theirs) == steps and worst < 1e-3


def compare_training(program, store, recipe, work, epochs, seeds):
    folder, ours, theirs = work / recipe, [], []
    for seed in range(1, seeds + 1):
        run(program, 'train', store, '--recipe', recipe, '--epochs', epochs, '--seed', seed, '--dump-peer', folder,
            '--out', work / 'full.safetensors')
        ours.append(json.loads((work / 'full.log.json').read_text())['epochs'][-1]['training_loss'])
        theirs.append(last_epoch(folder, seed))
    ratio = np.mean(ours) / np.mean(theirs)
    good = abs(ratio - 1) < 0.1
    print(f'{recipe}: {epochs} epochs, {seeds} seeds, mean loss of the last epoch {np.mean(ours):.4f} (kinemyo), '
          f'{np.mean(theirs):.4f} (PyTorch): ratio {ratio:.4f} (within 10 %: {"yes" if good else "NO"})', flush=True)
    return good


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument('--kinemyo', default=REPOSITORY / 'build' / 'kinemyo', help='the program')
    parse.add_argument('--store', help='a prepared store; default: one of synthetic people is made')
    parse.add_argument('--recipes', nargs='+', default=['original-angles', 'original-emg'])
    parse.add_argument('--steps', type=int, default=50)
    parse.add_argument('--seeds', type=int, default=5)
    parse.add_argument('--epochs', type=int, default=30)
    parse.add_argument('--work', help='a folder for what is made; default: a temporary one')
    asked = parse.parse_args()
    torch.set_num_threads(1)  # PyTorch's best here: with more, OpenMP and OpenBLAS fight over the cores
    program = pathlib.Path(asked.kinemyo).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(asked.work or temporary)
        work.mkdir(parents=True, exist_ok=True)
        store = asked.store or work / 'people.h5'
        if not asked.store:
            run(program, 'synth', work / 'people', '--subjects', 2, '--trials', 2, '--seconds', 6, '--seed', 1,
                '--format', 'c3d')
            run(program, 'prepare', work / 'people' / 'c3d', '--emg-dead', 0.001, '--out', store)
        good = True
        for recipe in asked.recipes:
            good &= compare_steps(program, store, recipe, work, asked.steps)
            good &= compare_training(program, store, recipe, work, asked.epochs, asked.seeds)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
