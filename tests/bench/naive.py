"""The peers of the ledger: what a plain backend does per deposit, by pgbench, and the gateway of the
source documents (Express on node-postgres) where its sources lie beside the project."""

import pathlib
import shutil
import subprocess
import tempfile

from peers import REFERENCE, Gateway, Redis, installed_gateway
from servers import Postgres

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


class ReferenceGateway(Gateway):
    """The gateway, its Redis and its schema, on the server given. `open` is None where it cannot
    run, said aloud."""

    webhook_secret = "bench-secret"

    @classmethod
    def open(cls, server: Postgres, accounts):
        folder = installed_gateway("the reference stack's deposits and webhooks")
        if not folder:
            return None
        server.database("trading")
        server.psql("trading", "-f", REFERENCE / "schema.sql")
        server.psql("trading", "-c", f"""
            INSERT INTO investment.accounts (id, user_id, product_id, initial_balance,
                                             current_balance)
              SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'user-' || i,
                     'atlas', 1000, 1000
              FROM generate_series(10000, {accounts - 1}) i; CREATE ROLE peer LOGIN SUPERUSER;
              ANALYZE""")
        redis = Redis()
        self = cls(folder, redis.url, PGPORT=str(server.port),
                   ML_ENGINE_WEBHOOK_SECRET=cls.webhook_secret)
        self.server, self.redis = server, redis
        return self

    def __enter__(self):
        self.redis.__enter__()
        return super().__enter__()

    def __exit__(self, *what):
        super().__exit__(*what)
        self.redis.__exit__(*what)
        shutil.rmtree(self.folder, ignore_errors=True)

    def rows(self):
        return int(self.server.psql("trading", "-c",
                                    "SELECT count(*) FROM investment.transactions"))
