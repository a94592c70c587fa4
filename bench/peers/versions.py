"""What the peers are: their versions, and the BLAS that this process has loaded."""
import importlib
import os
import platform


def loaded_blas():
    with open('/proc/self/maps', encoding='utf-8') as maps:
        paths = {line.split()[-1] for line in maps if 'blas' in line and '.so' in line}
    names = sorted({os.path.realpath(path) for path in paths})
    kept = [n for n in names if 'openblas' in n or 'mkl' in n or 'blis' in n] or names
    return ', '.join('/'.join(n.split('/')[-2:]) for n in kept) or 'none'


def describe(*modules):
    parts = [f'Python {platform.python_version()}']
    parts += [f'{name} {importlib.import_module(name).__version__}' for name in modules]
    return ', '.join(parts) + f'; BLAS {loaded_blas()}'
