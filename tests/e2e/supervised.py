#!/usr/bin/env python3
"""A node under a supervisor that is not there: the test plays systemd's end of NOTIFY_SOCKET.

usage: supervised.py TROUPE_BINARY
"""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile


def heard(at, wanted, seconds=60):
    """Datagrams until one says `wanted`; those before it are returned."""
    before = []
    at.settimeout(seconds)
    while True:
        words = at.recv(4096).decode()
        if wanted in words.split('\n'):
            return before
        before.append(words)


def main(binary):
    with tempfile.TemporaryDirectory(prefix='troupe-notify-') as folder:
        path = str(pathlib.Path(folder) / 'notify')
        at = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        at.bind(path)
        node = subprocess.Popen(
            [binary, 'serve', '--http.port=0', f'--data.dir={folder}/data', '--market.symbols=BTCUSDT'],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={'PATH': os.environ['PATH'], 'NOTIFY_SOCKET': path, 'WATCHDOG_USEC': '2000000'})
        try:
            assert heard(at, 'READY=1') == [], 'nothing is said before it serves'
            for _ in range(3):
                heard(at, 'WATCHDOG=1')
            # One that hangs says nothing, and so would be ended and started anew.
            node.send_signal(signal.SIGSTOP)
            at.settimeout(0.2)
            try:
                while True:
                    at.recv(4096)  # what was on its way
            except socket.timeout:
                pass
            at.settimeout(1.5)  # more than its pace of a second
            try:
                raise AssertionError('a stopped node said ' + at.recv(4096).decode())
            except socket.timeout:
                pass
            node.send_signal(signal.SIGCONT)
            heard(at, 'WATCHDOG=1')
            node.send_signal(signal.SIGTERM)
            heard(at, 'STOPPING=1')
            assert node.wait(60) == 0, 'an orderly end'
        finally:
            node.kill()
            node.wait()
    print('ready, alive, silent when it hangs, stopping')


if __name__ == '__main__':
    main(sys.argv[1])
