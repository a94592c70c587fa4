#!/usr/bin/python3
"""Times a whole command, starting included, and prints the line that bench/run.py reads: whole.py NAME COMMAND..."""
import json
import subprocess
import sys
import time

start = time.perf_counter()
done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
took = time.perf_counter() - start
if done.returncode:
    sys.exit(f'{" ".join(sys.argv[2:4])}: exit {done.returncode}: {done.stderr[-400:]}')
line = {'name': sys.argv[1], 'value': took, 'unit': 's'}
if done.stdout.startswith('{'):  # a peer says what it is
    line['peer'] = json.loads(done.stdout)['peer']
print(json.dumps(line))
