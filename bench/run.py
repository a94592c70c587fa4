#!/usr/bin/python3
"""Runs the benchmarks of bench/suite.toml: ours and the peer's in turn, and prints one table.

bench/run.py BUILD [--only NAME,NAME...] [--rounds N] [--out DIR] [--work DIR]
Writes DIR/results.json (everything, with a description of the machine) and DIR/results.md (the table).
Every benchmark is a program that prints JSON lines {"name", "value", "unit", ...}: see docs/benchmarks.md.
Exits with 1 if a program fails or a result differs from its peer's; a missed goal is only shown.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import tomllib

BENCH = pathlib.Path(__file__).resolve().parent


class Failed(Exception):
    pass


def run(command, places, environment=None):
    """The JSON lines that a command prints."""
    words = [word.format(**places) for word in shlex.split(command)]
    try:
        child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=places['work'],
                                 env={**os.environ, **(environment or {})})
    except OSError as problem:
        raise Failed(f'{words[0]}: {problem.strerror}') from problem
    out, problem = child.communicate()
    if child.returncode:
        raise Failed(f'{" ".join(words[:3])}: exit {child.returncode}: {problem.strip()[-400:]}')
    lines = []
    for line in out.splitlines():
        if line.startswith('{'):
            lines.append(json.loads(line))
    return lines


def present(command, places):
    """Whether the program is there; Python scripts need their modules too, which only running shows."""
    words = [word.format(**places) for word in shlex.split(command)]
    paths = [w for w in words if w.startswith((places['build'], places['bench']))][:1]
    return all(pathlib.Path(path).exists() for path in paths)


def machine(build):
    def field(name):
        with open('/proc/cpuinfo', encoding='utf-8') as info:
            return next((line.split(':', 1)[1].strip() for line in info if line.startswith(name)), '')

    flags = set(field('flags').split())
    wanted = ['sse2', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile', 'amx_bf16']
    with open('/proc/meminfo', encoding='utf-8') as memory:
        kilobytes = int(next(memory).split()[1])
    facts = {'cpu': f'{field("model name")} (family {field("cpu family")}, model {field("model")}'[:200] + ')',
             'cores': os.cpu_count(), 'memory_gb': round(kilobytes / 1e6, 1),
             'instruction_sets': [f for f in wanted if f in flags], 'kernel': platform.release(),
             'kernels': os.environ.get('KINEMYO_KERNELS', 'the best that the machine has'),
             'date': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M UTC')}
    described = pathlib.Path(build) / 'bench' / 'build.json'
    if described.exists():
        facts['build'] = json.loads(described.read_text())
    return facts


def note(text):
    print(text, file=sys.stderr, flush=True)


class Measured:
    """Values of one name, and what the lines said besides."""

    def __init__(self):
        self.values, self.facts = [], {}

    def add(self, line):
        self.values.append(line['value'])
        self.facts.update({k: v for k, v in line.items() if k not in ('name', 'value')})

    def summary(self):
        return {'median': statistics.median(self.values), 'min': min(self.values), 'max': max(self.values),
                'values': self.values, **self.facts}


def gather(into, lines):
    for line in lines:
        into.setdefault(line['name'], Measured()).add(line)


def measure(benchmark, rounds, places):
    """Ours, peer, ours, peer ...; {"ours": {name: summary}, "peer": ..., "check": [lines], "problem": text}."""
    ours, peers, result = {}, {}, {'name': benchmark['name'], 'title': benchmark.get('title', ''), 'check': []}
    environment = benchmark.get('environment', {})
    peer_command = benchmark.get('peer')
    for turn in range(rounds):
        gather(ours, run(benchmark['ours'], places, environment))
        if peer_command:
            try:
                gather(peers, run(peer_command, places, benchmark.get('peer_environment', {})))
            except Failed as problem:
                result['peer_absent'] = str(problem)
                note(f'  peer: {problem}')
                peer_command = None
        if turn == 0 and benchmark.get('check') and peer_command:
            result['check'] = run(benchmark['check'], places)
    result['ours'] = {name: one.summary() for name, one in ours.items()}
    result['peer'] = {name: one.summary() for name, one in peers.items()}
    return result


def shown(value, unit):
    if unit == 's':
        for scale, name in ((1, 's'), (1e3, 'ms'), (1e6, 'us')):
            if value * scale >= 1:
                return f'{value * scale:.3g} {name}'
        return f'{value * 1e9:.3g} ns'
    return f'{value:.4g} {unit}'


def spread(one):
    if one['min'] == one['max']:
        return shown(one['median'], one['unit'])
    return f'{shown(one["median"], one["unit"])} ({shown(one["min"], one["unit"])} to {shown(one["max"], one["unit"])})'


def share_of_peak(one, peaks):
    """Work per second over the machine's measured peak of the same kind, as a text and a number."""
    peak = peaks.get(one.get('peak', ''))
    if not peak or not one.get('work'):
        return None
    seconds = one['median'] if one['unit'] == 's' else None
    return one['work'] / seconds / 1e9 / peak['median'] if seconds else None


def rows_of(result, goals, peaks):
    for name, one in result['ours'].items():
        peer = result['peer'].get(name)
        row = {'name': name, 'ours': one, 'peer': peer, 'share': share_of_peak(one, peaks)}
        smaller_is_better = one['unit'] in ('s', 'B', 'MB')
        if peer and one['median'] and peer['median']:
            row['ratio'] = one['median'] / peer['median']
            row['times'] = 1 / row['ratio'] if smaller_is_better else row['ratio']
        goal = goals.get(name)
        if goal:
            tests = {'ratio': lambda g: 'ratio' in row and row['ratio'] <= g,
                     'share': lambda g: row['share'] is not None and row['share'] >= g,
                     'at_most': lambda g: one['median'] <= g, 'at_least': lambda g: one['median'] >= g}
            row['goal'] = {key: {'value': value, 'met': bool(tests[key](value))} for key, value in goal.items()}
        yield row


def goal_text(goal):
    words = {'ratio': 'ratio <= {:g}', 'share': 'peak >= {:.0%}', 'at_most': '<= {:g}', 'at_least': '>= {:g}'}
    return '; '.join(f'{words[k].format(g["value"])}: {"yes" if g["met"] else "NO"}' for k, g in goal.items())


def table(results, peaks, facts):
    lines = [f'{facts["cpu"]}, {facts["cores"]} cores, {facts["date"]}'
             + (f', {facts["build"]["compiler"]}, {facts["build"]["flags"]}' if 'build' in facts else ''), '']
    lines += ['| peak of this machine | |', '|---|---|']
    lines += [f'| {name} | {spread(one)} |' for name, one in peaks.items()]
    lines += ['', '| benchmark | ours: median (min to max) | peer | times better | ratio | share of peak | goal |',
              '|---|---|---|---|---|---|---|']
    peers = {}
    for result in results:
        if 'problem' in result:
            lines.append(f'| {result["name"]} | {result["problem"]} | | | | | |')
            continue
        for row in result['rows']:
            if row['peer'] and row['peer'].get('peer'):
                peers[row['peer']['peer']] = None
            absent = 'absent' if result.get('peer_absent') else ''
            share = f'{row["share"]:.0%} of {row["ours"]["peak"]}' if row['share'] is not None else ''
            lines.append(f'| {row["name"]} | {spread(row["ours"])} | {spread(row["peer"]) if row["peer"] else absent} | '
                         + (f'{row["times"]:.1f} | {row["ratio"]:.3f}' if 'ratio' in row else ' | ')
                         + f' | {share} | {goal_text(row["goal"]) if "goal" in row else ""} |')
        for check in result['check']:
            good = check['value'] <= check['at_most']
            lines.append(f'| {check["name"]} | {check["value"]:.2g} {check["unit"]} | | | | | '
                         f'<= {check["at_most"]:g}: {"yes" if good else "NO"} |')
    lines += ['', 'What is measured:', ''] + [f'- {r["name"]}: {r["title"]}' for r in results]
    lines += ['', 'Peers:', ''] + [f'- {peer}' for peer in peers]
    return '\n'.join(lines) + '\n'


def goals_of(benchmark):
    """goal = 0.2 is a ratio for the benchmark's own name; [benchmark.goals."line"] has ratio, share, at_most, at_least."""
    goals = {name: dict(goal) for name, goal in benchmark.get('goals', {}).items()}
    if 'goal' in benchmark:
        goals.setdefault(benchmark['name'], {})['ratio'] = benchmark['goal']
    if 'goal_share' in benchmark:
        goals.setdefault(benchmark['name'], {})['share'] = benchmark['goal_share']
    return goals


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument('build', help='build folder with KINEMYO_BENCH=ON')
    parse.add_argument('--only', help='names, separated by commas')
    parse.add_argument('--rounds', type=int, help='turns of ours and peer; default: what the suite says, or 5')
    parse.add_argument('--out', help='folder for results.json and results.md; default: BUILD/bench')
    parse.add_argument('--work', help='folder for inputs, kept; default: a temporary one')
    asked = parse.parse_args()
    suite = tomllib.loads((BENCH / 'suite.toml').read_text())
    build = pathlib.Path(asked.build).resolve()
    names = [b['name'] for b in suite['benchmark']]
    only = asked.only.split(',') if asked.only else names
    for name in only:
        if name not in names:
            sys.exit(f'no benchmark is named {name}; there are {", ".join(names)}')
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(asked.work or temporary).resolve()
        work.mkdir(parents=True, exist_ok=True)
        places = {'build': str(build), 'bench': str(BENCH), 'work': str(work), 'python': sys.executable}
        chosen = [b for b in suite['benchmark'] if b['name'] in only]
        commands = ' '.join(b[key] for b in chosen for key in ('ours', 'peer') if key in b)
        for need in suite.get('input', []):
            if not any(one in commands for one in need['makes']) or not present(need['run'], places):
                continue
            made = [pathlib.Path(one.format(**places)) for one in need['makes']]
            if all(one.exists() for one in made):
                continue
            note(f'making {", ".join(one.name for one in made)}')
            run(need['run'], places)
        peaks, results, good = {}, [], True
        gather(peaks, run('{build}/bench_peak', places))
        for benchmark in chosen:
            note(benchmark['name'])
            if not present(benchmark['ours'], places):
                results.append({'name': benchmark['name'], 'title': benchmark.get('title', ''),
                                'problem': 'not built'})
                continue
            try:
                results.append(measure(benchmark, asked.rounds or benchmark.get('rounds', 5), places))
            except Failed as problem:
                results.append({'name': benchmark['name'], 'title': benchmark.get('title', ''),
                                'problem': str(problem).replace('|', '/').replace('\n', ' ')})
                good = False
        # The peak again: machines that are shared drift.
        gather(peaks, run('{build}/bench_peak', places))
    peaks = {name: one.summary() for name, one in peaks.items()}
    for result, benchmark in zip(results, chosen):
        if 'problem' not in result:
            result['rows'] = list(rows_of(result, goals_of(benchmark), peaks))
            good &= all(check['value'] <= check['at_most'] for check in result['check'])
    facts = machine(build)
    text = table(results, peaks, facts)
    out = pathlib.Path(asked.out or build / 'bench')
    out.mkdir(parents=True, exist_ok=True)
    (out / 'results.json').write_text(json.dumps({'machine': facts, 'peaks': peaks, 'results': results}, indent=1))
    (out / 'results.md').write_text(text)
    print(text)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
