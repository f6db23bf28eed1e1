#!/usr/bin/env python3
"""The files that deploy the product, read by the programs that will read them there: systemd's unit
by systemd-analyze, the containers by docker compose. Where a program is missing that check is
skipped aloud (exit 77), which is no success.

usage: deployment.py unit|compose TROUPE_BINARY
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

top = pathlib.Path(__file__).resolve().parents[2]
skipped = 77


def run(words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, **more)


def unit(binary):
    if not shutil.which('systemd-analyze'):
        return print('SKIPPED: there is no systemd-analyze here') or skipped
    text = (top / 'config/troupe.service').read_text()
    assert '/usr/local/bin/troupe' in text
    text = text.replace('/usr/local/bin/troupe', binary)  # which is not installed here
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'troupe.service'
        path.write_text(text)
        judged = run(['systemd-analyze', 'verify', '--man=no', str(path)])
        # Of other units on this machine it may complain as well; ours is named.
        ours = [line for line in judged.stderr.splitlines() if 'troupe' in line]
        if judged.returncode != 0 or ours:
            print(judged.stderr)
            return 1
        exposed = run(['systemd-analyze', 'security', '--offline=yes', '--threshold=20', str(path)])
        if exposed.returncode != 0:
            print(exposed.stdout or exposed.stderr)
            return 1
    print('systemd-analyze finds nothing wrong with the unit')
    return 0


def compose_program():
    for words in (['docker', 'compose'], ['docker-compose']):
        if shutil.which(words[0]) and run(words + ['version']).returncode == 0:
            return words
    return None


def compose(binary):
    program = compose_program()
    if not program:
        return print('SKIPPED: there is no docker compose here (Debian: docker-compose)') or skipped
    names = ['POSTGRES_PASSWORD', 'ML_ENGINE_API_KEY', 'ML_ENGINE_WEBHOOK_SECRET', 'JWT_SECRET',
             'JWT_REFRESH_SECRET']
    path = str(top / 'config/compose.yaml')
    bare = {'PATH': os.environ['PATH'], 'HOME': os.environ.get('HOME', '/')}
    if run(program + ['-f', path, 'config'], env=bare).returncode == 0:
        return print('it starts without secrets') or 1
    judged = run(program + ['-f', path, 'config'], env={**bare, **{n: 'x' * 32 for n in names}})
    if judged.returncode != 0:
        return print(judged.stderr) or 1
    for service in ('node-a', 'node-b', 'node-c', 'certs', 'postgres', 'redis'):
        if f'  {service}:' not in judged.stdout:
            return print(f'no service {service}') or 1
    return options_are_known(binary)


def options_are_known(binary):
    """What the containers give to the binary are options of it."""
    known = run([binary, 'serve', '--help']).stdout + run([binary, 'cluster', '--help']).stdout
    text = (top / 'config/compose.yaml').read_text() + (top / 'config/Dockerfile').read_text()
    words = {w.split('=')[0].strip('"\'[],') for w in text.replace(',', ' ').split()}
    ours = {w for w in words if w.startswith(('--cluster.', '--http.', '--node', '--dir'))}
    unknown = [w for w in ours if w + ' ' not in known]
    if unknown or len(ours) < 6:
        return print('no options of the binary:', *unknown) or 1
    print('docker compose takes the file;', len(ours), 'options in it are known')
    return 0


if __name__ == '__main__':
    sys.exit({'unit': unit, 'compose': compose}[sys.argv[1]](sys.argv[2]))
