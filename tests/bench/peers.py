"""The reference stack of the source documents and its load clients, where their sources lie beside
the project: built and started in folders of our own. Whatever is absent is said aloud."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from servers import ROOT, free_port, skipped

PEERS = ROOT.parent / "shared" / "bench" / "peers"
REFERENCE = PEERS / "stack"


class Redis:
    """A redis-server that keeps nothing, until the with block ends."""

    def __init__(self):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="troupe-bench-redis-")
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "",
             "--appendonly", "no", "--dir", self.folder,
             "--client-output-buffer-limit", "pubsub", "256mb", "64mb", "60"],
            stdout=subprocess.DEVNULL)
        while subprocess.run(["redis-cli", "-p", str(self.port), "ping"], check=False,
                             capture_output=True).returncode:
            if self.process.poll() is not None:
                sys.exit("redis-server ended")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def installed_gateway(what):
    """A copy of the reference gateway with its packages; None, said aloud, where it cannot be."""
    if not REFERENCE.exists():
        return skipped(what, f"no {REFERENCE}")
    missing = [p for p in ("node", "npm", "redis-server") if not shutil.which(p)]
    if missing:
        return skipped(what, f"{', '.join(missing)} not installed")
    folder = tempfile.mkdtemp(prefix="troupe-bench-peer-")
    shutil.copytree(REFERENCE / "gateway", f"{folder}/gateway")
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    got = subprocess.run(["npm", "ci", "--silent", "--no-fund", "--no-audit"],
                         cwd=f"{folder}/gateway", check=False)
    if got.returncode:
        shutil.rmtree(folder)
        return skipped(what, "npm could not install its packages")
    return folder


class Gateway:
    """The reference gateway from installed_gateway's folder, with the limits so high that they are
    counted and never reached. `settings`: its environment."""

    def __init__(self, folder, redis, **settings):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, "NODE_ENV": "production", "PORT": str(self.port),
                            "RATE_LIMIT_FACTOR": "1000000", "REDIS_URL": redis, **settings}

    def __enter__(self):
        gateway = f"{self.folder}/gateway"
        self.process = subprocess.Popen(["node", "server.js"], cwd=gateway, env=self.environment,
                                        stdout=subprocess.PIPE, text=True)
        while "gateway" not in (line := self.process.stdout.readline()):
            if not line:
                raise RuntimeError("the reference gateway ended")
        self.token = subprocess.run(["node", "token.js", "load-user", "admin"], cwd=gateway,
                                    check=True, capture_output=True, text=True).stdout.strip()
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


class Engine:
    """The reference ML engine (FastAPI, XGBoost in its event loop: its best), if it can run."""

    packages = "fastapi,uvicorn,uvloop,httptools,xgboost,redis,pandas"

    @classmethod
    def can_run(cls, what):
        if subprocess.run(["/usr/bin/python3", "-c", f"import {cls.packages}"], check=False,
                          capture_output=True).returncode:
            return skipped(what, f"python3 has not all of {cls.packages}") or False
        return True

    def __init__(self, redis, workers=1):
        self.port, self.workers = free_port(), workers
        self.url = f"http://127.0.0.1:{self.port}"
        self.redis = redis

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="troupe-bench-engine-")
        environment = {**os.environ, "REDIS_URL": self.redis, "MODEL_PATH": self.folder,
                       "ML_EXECUTOR": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                       "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port",
             str(self.port), "--workers", str(self.workers), "--loop", "uvloop", "--http",
             "httptools", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive",
             "75"], cwd=REFERENCE / "ml-engine", env=environment)
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url + "/health", timeout=2).close()
                return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError("the reference ML engine did not come up")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def compiled(folder, *sources):
    """Programs of the peers' C++ sources, by name; None, said aloud, where they are absent."""
    out = {}
    for source in sources:
        path = PEERS / source
        if not path.exists():
            return skipped(path.stem, f"no {path}")
        program = pathlib.Path(folder) / path.stem
        subprocess.run(["g++", "-std=c++17", "-O2", "-pthread", "-o", program, path], check=True)
        out[path.stem] = program
    return out


def descendants(pid):
    """A process and all that it started."""
    out = [pid]
    for parent in out:
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children")
        out += [int(p) for p in children.read_text(encoding="ascii").split()]
    return out
