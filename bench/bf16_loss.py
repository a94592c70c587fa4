#!/usr/bin/python3
"""How far the training loss in bf16 ends from that in 32 bits: the original's network on a prepared store, 30 epochs, three seeds.

bf16_loss.py KINEMYO STORE FOLDER
The learning rate goes down to 0 (a cosine): at a constant one the loss of the last epoch still swings by 6 % with the number of
threads alone, which only rounds otherwise. Prints |mean of the losses in bf16 / mean of those in 32 bits - 1|, and the same for 32
bits on one thread, which is what rounding alone does.
"""
import json
import pathlib
import statistics
import subprocess
import sys

kinemyo, store, folder = sys.argv[1:4]
folder = pathlib.Path(folder)
folder.mkdir(parents=True, exist_ok=True)
constant = (pathlib.Path(__file__).resolve().parent.parent / 'recipes/original-angles.toml').read_text()
recipe = folder / 'cosine.toml'
recipe.write_text(constant.replace('[training]\n', '[training]\nschedule = "cosine"\n'))
losses = {}
for name, how in {'fp32': [], 'bf16': ['--precision', 'bf16'], 'one thread': ['--threads', '1']}.items():
    for seed in (1, 2, 3):
        done = subprocess.run([kinemyo, 'train', store, '--recipe', recipe, '--seed', str(seed), '--json', '--out',
                               folder / 'loss.safetensors', *how], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        losses.setdefault(name, []).append(json.loads(done.stdout)['epochs'][-1]['training_loss'])
base = statistics.mean(losses['fp32'])
for name, line in {'bf16': 'bf16 loss', 'one thread': 'bf16 loss, fp32 on one thread'}.items():
    print(json.dumps({'name': line, 'value': abs(statistics.mean(losses[name]) / base - 1), 'unit': 'relative', 'losses': losses[name],
                      'fp32': losses['fp32']}))
