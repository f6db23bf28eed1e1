"""What the measurements start and stop: builds, a node, a PostgreSQL, wrk. Loopback only; ends only
what it started."""

import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TROUPE = BUILD / "troupe"
HERE = ROOT / "tests" / "bench"
# On a disk by convention; what is measured is worth nothing where a sync costs nothing.
DISK = "/var/tmp"


def build(*targets, preset="release"):
    subprocess.run(["cmake", "--build", "--preset", preset, "--target", *targets], cwd=ROOT,
                   check=True, stdout=subprocess.DEVNULL)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def skipped(what, why):
    print(f"SKIPPED: {what}: {why}", flush=True)


class Node:
    """`troupe serve` in a folder of its own, until the with block ends."""

    def __init__(self, *options, folder=None):
        self.own = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="troupe-bench-")
        self.key, self.admin_key, self.webhook_secret = "bench-key", "bench-admin", "bench-secret"
        self.log = open(pathlib.Path(self.folder) / "log", "w", encoding="utf-8")
        began = time.monotonic()
        self.process = subprocess.Popen(
            [TROUPE, "serve", "--http.port=0", f"--data.dir={self.folder}/data",
             f"--http.api-key={self.key}", f"--http.admin-key={self.admin_key}",
             f"--http.webhook-secret={self.webhook_secret}", f"--auth.jwt-secret={'a' * 32}",
             f"--auth.jwt-refresh-secret={'r' * 32}", *options],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=self.log, text=True)
        said = ""
        while not re.search(r"address\s+\S+\n", said):
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"serve ended: {open(self.log.name, encoding='utf-8').read()[-500:]}")
            said += line
        self.start_s = time.monotonic() - began
        self.url = re.search(r"address\s+(\S+)", said).group(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, method, path, body=None, admin=False):
        request = urllib.request.Request(
            self.url + path, method=method, data=json.dumps(body).encode() if body else None,
            headers={"X-API-Key": self.admin_key if admin else self.key,
                     "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def wait_until_trained(self, symbols):
        """First and full trainings are over, so that nothing else uses the processor."""
        for job in [f"{kind}-{s}" for kind in ("first", "full") for s in symbols]:
            while True:
                try:
                    if self.ask("GET", f"/jobs/{job}")["status"] in ("done", "failed"):
                        break
                except urllib.error.HTTPError:
                    pass  # the full one is ordered when the first has ended
                time.sleep(0.5)


class Postgres:
    """A durable PostgreSQL 15 in a folder of its own, until the with block ends. As root it runs as
    the user postgres or nobody."""

    def __init__(self):
        self.bin = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None)
        if not self.bin:
            sys.exit("there is no PostgreSQL server in /usr/lib/postgresql: install postgresql-15")
        self.folder = tempfile.mkdtemp(prefix="troupe-bench-pg-", dir=DISK)
        self.port = free_port()
        self.owner = {}
        if os.geteuid() == 0:
            names = {p.pw_name: p for p in pwd.getpwall()}
            who = names.get("postgres") or names["nobody"]
            os.chown(self.folder, who.pw_uid, who.pw_gid)
            self.owner = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
        self.process = None

    def __enter__(self):
        data = f"{self.folder}/data"
        subprocess.run([self.bin / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E",
                        "UTF8", "--locale=C"], check=True, stdout=subprocess.DEVNULL, cwd="/",
                       **self.owner)
        with open(f"{self.folder}/log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", data, "-k", self.folder, "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100",
                 "-c", "shared_buffers=1GB", "-c", "max_wal_size=6GB", "-c", "fsync=on",
                 "-c", "checkpoint_timeout=15min", "-c", "synchronous_commit=on",
                 "-c", "full_page_writes=on"],
                cwd="/", stdout=log, stderr=log, **self.owner)
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder, "-p",
                              str(self.port)], check=False).returncode:
            if self.process.poll() is not None:
                sys.exit(f"PostgreSQL ended: see {self.folder}/log")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(120)
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql(self, database, *words):
        return subprocess.run(
            [self.bin / "psql", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-X",
             "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *words, database],
            check=True, capture_output=True, text=True).stdout.strip()

    def database(self, name):
        """Makes it; returns its address."""
        self.psql("postgres", "-c", f"CREATE DATABASE {name}")
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def checkpoint(self):
        """Every cell begins in the same phase."""
        self.psql("postgres", "-c", "CHECKPOINT")


class Program:
    """One of our measuring programs that takes commands through its stdin."""

    def __init__(self, name, *words):
        self.process = subprocess.Popen([BUILD / "tests" / f"bench_{name}", *map(str, words)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.heard()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)

    def heard(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("a measuring program gave up")
        return line

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.heard())


def wrk(url, script=None, env=None, connections=64, seconds=5):
    """Rate, p50 and p99 in ms. Scripts find report.lua in $LUA."""
    # No request is given up: one that wrk stopped waiting for may still be done.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    if script:
        command += ["-s", str(HERE / script)]
    out = subprocess.run([*command, url], check=True, capture_output=True, text=True,
                         env={**os.environ, "LUA": str(HERE), **(env or {})}).stdout
    if "Non-2xx" in out:
        sys.exit(f"wrk saw errors:\n{out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}

    def quantile(name):
        number, suffix = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(number) * unit[suffix]

    reported = re.search(r"^REPORT (.*)$", out, re.M)
    if reported:
        return json.loads(reported.group(1))
    return rate, quantile("50"), quantile("99")
