"""A PostgreSQL of a benchmark's own: made in a folder, durable as in production, on a free port of
loopback, gone afterwards. As root it runs as the user postgres or nobody."""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def programs():
    """The newest folder with initdb, which Debian keeps off the path."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    if shutil.which("initdb"):
        return pathlib.Path(shutil.which("initdb")).parent
    sys.exit("no PostgreSQL server programs (initdb): install postgresql-15")


def owner():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {p.pw_name: p for p in pwd.getpwall()}
    who = names.get("postgres") or names.get("nobody") or sys.exit("no user postgres or nobody")
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


class Postgres:
    """Runs until the with block ends. `settings` are added to those of a durable server."""

    def __init__(self, parent, *settings):
        self.bin, who = programs(), owner()
        self.folder = tempfile.mkdtemp(prefix="pg-", dir=parent)
        if who:
            os.chown(self.folder, who["user"], who["group"])
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        # Another user may not be let into the folders above its own: it is entered before the
        # rights are given up, and named relatively.
        run = {"cwd": self.folder, **who}
        subprocess.run([self.bin / "initdb", "-D", "data", "-U", "troupe", "-A", "trust", "-E",
                        "UTF8", "--locale=C", "--no-instructions"], check=True,
                       stdout=subprocess.DEVNULL, **run)
        chosen = ["listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={self.port}",
                  "max_connections=200", "shared_buffers=1GB", "max_wal_size=4GB", "fsync=on",
                  "synchronous_commit=on", "full_page_writes=on", *settings]
        with open(pathlib.Path(self.folder) / "log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", "data", *(x for s in chosen for x in ("-c", s))],
                stdout=log, stderr=log, **run)
        ready = [self.bin / "pg_isready", "-q", "-d", self.url("postgres")]
        end = time.time() + 60
        while subprocess.run(ready, check=False).returncode != 0:
            if self.process.poll() is not None or time.time() > end:
                sys.exit((pathlib.Path(self.folder) / "log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.05)

    def url(self, database):
        return f"postgres://troupe@127.0.0.1:{self.port}/{database}"

    def make_database(self, name):
        subprocess.run([self.bin / "psql", "-X", "-q", "-d", self.url("postgres"), "-c",
                        f"CREATE DATABASE {name}"], check=True)
        return self.url(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        shutil.rmtree(self.folder)
