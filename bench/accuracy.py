#!/usr/bin/python3
"""Runs the parts of bench_accuracy and keeps their figures as one table, docs/accuracy.md.

bench/accuracy.py BUILD [--only PART,PART...] [--again] [--out FILE]
Resumable: the figures of a part are kept in BUILD/accuracy/<part>.json with a mark of the program that made them, and made
again only where the program has changed (or with --again). A part that fails is told, and does not keep the others from the table.
"""
import argparse
import datetime
import hashlib
import json
import pathlib
import subprocess
import sys

# A later part adds a line: name, title, command.
PARTS = [
    ('gait', 'Plug-in-Gait angles by geometry', ['{build}/bench_accuracy', 'gait']),
    ('ik', 'Inverse kinematics', ['{build}/bench_accuracy', 'ik']),
    ('scaling', 'Scaling a model to a person', ['{build}/bench_accuracy', 'scaling']),
    ('faults', 'Faults of markers', ['{build}/bench_accuracy', 'faults']),
    ('networks', 'Networks on physical markers', ['{build}/bench_learned', 'networks']),
    ('noisy_networks', 'Networks on physical markers under noise', ['{build}/bench_learned', 'noisy_networks']),
    ('joint_centres', 'Networks on 16 joint centres', ['{build}/bench_learned', 'joint_centres']),
    ('video_landmarks', "Networks on MediaPipe's landmarks", ['{build}/bench_learned', 'video_landmarks']),
    ('augmented_person', 'Keypoints to markers to angles', ['{build}/bench_learned', 'augmented_person']),
    ('live', 'Live, end to end', ['{build}/bench_learned', 'live']),
    ('emg', 'Muscles', ['{build}/bench_learned', 'emg']),
    ('another_person', 'One person teaches, another is tested', ['{build}/bench_learned', 'another_person']),
]


def number(value, digits):
    return '-' if value is None else f'{value:.{digits}f}'


def interval(figure, digits):
    low, high = figure.get('interval', (None, None))
    return '' if low is None else f'{number(low, digits)} to {number(high, digits)}'


def verdict(figure):
    value, most, least = figure['value'], figure['at_most'], figure['at_least']
    if most is None and least is None:
        return '', ''
    goal = f'at most {most:g}' if most is not None else f'at least {least:g}'
    met = value is not None and (most is None or value <= most) and (least is None or value >= least)
    return goal, 'yes' if met else '**no**'


def figures(name, command, build, keep, again):
    """The part's figures, from before where the same program made them."""
    words = [word.format(build=build) for word in command]
    mark = hashlib.sha256(pathlib.Path(words[0]).read_bytes()).hexdigest()
    kept = keep / f'{name}.json'
    if kept.exists() and not again:
        before = json.loads(kept.read_text())
        if before['mark'] == mark:
            print(f'{name}: as on {before["date"]}', file=sys.stderr)
            return before
    print(f'{name} ...', file=sys.stderr, flush=True)
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f'{name}: exit {done.returncode}')
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]
    now = {'mark': mark, 'date': datetime.date.today().isoformat(), 'figures': lines}
    fresh = kept.with_suffix('.new')
    fresh.write_text(json.dumps(now, indent=1))
    fresh.rename(kept)
    return now


def table(parts):
    out = ['# Accuracy', '',
           '`make accuracy` prints this table and writes it here; figures of a part are kept until its program changes.',
           'RMSE in degrees unless said; "sag": mean of hip flexion, knee flexion and ankle dorsiflexion. Lowest and highest: of the',
           'trials, coordinates or joints that a figure is the mean or the worst of. 95 %: interval of the mean over people, people drawn',
           'anew (bootstrap). People and trials: `$KINEMYO_DATA`.', '']
    for title, found in parts:
        out += [f'## {title}', '', f'{found["date"]}', '', '| figure | value | lowest | highest | 95 % | goal | met |', '|---|---|---|---|---|---|---|']
        overs = []
        for f in found['figures']:
            goal, met = verdict(f)
            digits = f['digits']
            mark = overs.index(f['over']) + 1 if f['over'] in overs else (overs.append(f['over']) or len(overs))
            out.append(f'| {f["what"]} ({mark}) | {number(f["value"], digits)} {f["unit"]} | {number(f.get("lowest"), digits)} | '
                       f'{number(f.get("highest"), digits)} | {interval(f, digits)} | {goal} | {met} |')
        out += [''] + [f'({i}) {over}  ' for i, over in enumerate(overs, 1)] + ['']
    return '\n'.join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--only', default='')
    parser.add_argument('--again', action='store_true')
    parser.add_argument('--out', default='docs/accuracy.md')
    options = parser.parse_args()
    keep = pathlib.Path(options.build) / 'accuracy'
    keep.mkdir(parents=True, exist_ok=True)
    wanted = [name for name in options.only.split(',') if name]
    unknown = set(wanted) - {name for name, _, _ in PARTS}
    if unknown:
        parser.error(f'no part is called {", ".join(sorted(unknown))}; there are {", ".join(name for name, _, _ in PARTS)}')
    parts, failed = [], False
    for name, title, command in PARTS:
        kept = keep / f'{name}.json'
        try:
            if not wanted or name in wanted:
                parts.append((title, figures(name, command, options.build, keep, options.again)))
            elif kept.exists():
                parts.append((title, json.loads(kept.read_text())))
        except (RuntimeError, OSError, ValueError) as problem:
            print(f'accuracy: {problem}', file=sys.stderr)
            failed = True
    text = table(parts)
    print(text)
    pathlib.Path(options.out).write_text(text)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
