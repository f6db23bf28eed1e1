"""The peers of the ledger: what a plain backend does per deposit, by pgbench, and the gateway of the
source documents (Express on node-postgres) where its sources lie beside the project."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from servers import ROOT, Postgres, free_port, skipped

REFERENCE = ROOT.parent / "shared" / "bench" / "peers" / "stack"

# Five round trips a deposit. The shapes of a row and its index are the reference's.
NAIVE_TABLES = """
CREATE TABLE n_acct (id bigint PRIMARY KEY, balance numeric(20,8) NOT NULL DEFAULT 0
  CHECK (balance >= 0), updated_at timestamptz DEFAULT now());
CREATE TABLE n_tx (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id bigint NOT NULL REFERENCES n_acct, kind text NOT NULL, amount numeric(20,8) NOT NULL,
  status text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON n_tx (account_id, created_at);
INSERT INTO n_acct (id) SELECT generate_series(1, 100000);
"""
NAIVE_DEPOSIT = r"""\set a random(1, :accounts)
BEGIN;
SELECT balance FROM n_acct WHERE id = :a FOR UPDATE;
UPDATE n_acct SET balance = balance + 10.00000000, updated_at = now() WHERE id = :a;
INSERT INTO n_tx (account_id, kind, amount, status) VALUES (:a, 'deposit', 10.00000000, 'done');
COMMIT;
"""


class NaiveDeposits:
    """pgbench on the server's socket, against a database of its own."""

    def __init__(self, server: Postgres):
        self.server = server
        server.database("naive")
        server.psql("naive", "-c", NAIVE_TABLES)
        server.psql("naive", "-c", "VACUUM ANALYZE n_acct")
        self.script = pathlib.Path(server.folder) / "naive.sql"
        self.script.write_text(NAIVE_DEPOSIT, encoding="utf-8")

    def run(self, accounts, clients, seconds, prepared=False):
        with tempfile.TemporaryDirectory() as folder:
            out = subprocess.run(
                [self.server.bin / "pgbench", "-h", self.server.folder, "-p",
                 str(self.server.port), "-U", "postgres", "-n", "-f", self.script, "-D",
                 f"accounts={accounts}", "-c", str(clients), "-j", str(min(clients, 2)), "-T",
                 str(seconds), "-M", "prepared" if prepared else "simple", "-l", "--log-prefix",
                 f"{folder}/tx", "naive"], check=True, capture_output=True, text=True).stdout
            ms = sorted(int(line.split()[2]) / 1000 for log in pathlib.Path(folder).iterdir()
                        for line in log.read_text(encoding="utf-8").splitlines())
        rate = next(float(line.split()[2]) for line in out.splitlines()
                    if line.startswith("tps"))
        return {"rate": rate, "acknowledged": len(ms), "p50_ms": ms[len(ms) // 2],
                "p99_ms": ms[int(len(ms) * .99)], "p999_ms": ms[int(len(ms) * .999)]}


class ReferenceGateway:
    """The gateway, its Redis and its schema, on the server given. `open` is None where it cannot
    run, said aloud."""

    webhook_secret = "bench-secret"

    @classmethod
    def open(cls, server: Postgres, accounts):
        what = "the reference stack's deposits and webhooks"
        if not REFERENCE.exists():
            return skipped(what, f"no {REFERENCE}")
        missing = [p for p in ("node", "npm", "redis-server") if not shutil.which(p)]
        if missing:
            return skipped(what, f"{', '.join(missing)} not installed")
        self = cls()
        self.folder = tempfile.mkdtemp(prefix="troupe-bench-peer-")
        shutil.copytree(REFERENCE / "gateway", f"{self.folder}/gateway")
        subprocess.run(["chmod", "-R", "u+w", self.folder], check=True)
        got = subprocess.run(["npm", "ci", "--silent", "--no-fund", "--no-audit"],
                             cwd=f"{self.folder}/gateway", check=False)
        if got.returncode:
            shutil.rmtree(self.folder)
            return skipped(what, "npm could not install its packages")
        server.database("trading")
        server.psql("trading", "-f", REFERENCE / "schema.sql")
        server.psql("trading", "-c", f"""
            INSERT INTO investment.accounts (id, user_id, product_id, initial_balance,
                                             current_balance)
              SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'user-' || i,
                     'atlas', 1000, 1000
              FROM generate_series(10000, {accounts - 1}) i; CREATE ROLE peer LOGIN SUPERUSER;
              ANALYZE""")
        self.server = server
        self.redis_port, self.port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __enter__(self):
        self.redis = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self.redis_port), "--save", "",
             "--appendonly", "no", "--dir", self.folder], stdout=subprocess.DEVNULL)
        environment = {**os.environ, "NODE_ENV": "production", "PORT": str(self.port),
                       "PGPORT": str(self.server.port), "RATE_LIMIT_FACTOR": "1000000",
                       "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
                       "ML_ENGINE_WEBHOOK_SECRET": self.webhook_secret}
        gateway = f"{self.folder}/gateway"
        self.gateway = subprocess.Popen(["node", "server.js"], cwd=gateway, env=environment,
                                        stdout=subprocess.PIPE, text=True)
        while "gateway" not in (line := self.gateway.stdout.readline()):
            if not line:
                raise RuntimeError("the reference gateway ended")
        self.token = subprocess.run(["node", "token.js", "load-user", "admin"], cwd=gateway,
                                    check=True, capture_output=True, text=True).stdout.strip()
        time.sleep(1)
        return self

    def __exit__(self, *_):
        for process in (self.gateway, self.redis):
            process.terminate()
            process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def rows(self):
        return int(self.server.psql("trading", "-c",
                                    "SELECT count(*) FROM investment.transactions"))
