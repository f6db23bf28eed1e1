"""Money, side by side: cells of ours and of its peers on one PostgreSQL, in turn, three rounds."""

import contextlib
import hashlib
import hmac
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

from naive import NaiveDeposits, ReferenceGateway
from servers import BUILD, DISK, Node, Postgres, Program, build, wrk

ACCOUNTS = 100_000
SECONDS = 3
ROUNDS = 3
SYMBOL = "EURUSD"  # one: what a node does beside money is not measured here


class Table:
    """Runs of named cells, and what they were."""

    def __init__(self):
        self.runs = {}

    def add(self, name, result):
        self.runs.setdefault(name, []).append(result)
        print(f"{name:58}{result['rate']:9.0f}/s  p50 {result['p50_ms']:7.2f}  "
              f"p99 {result['p99_ms']:7.2f}  p99.9 {result['p999_ms']:7.2f} ms", flush=True)

    def rate(self, name):
        return statistics.median(r["rate"] for r in self.runs[name])

    def p99(self, name):
        return statistics.median(r["p99_ms"] for r in self.runs[name])

    def best(self, prefix, p99_ms=None):
        """The fastest cell; with a bound, of those within it, where there are any."""
        names = [n for n in self.runs if n.startswith(prefix)]
        within = [n for n in names if p99_ms and self.p99(n) <= p99_ms]
        return max(within or names, key=self.rate, default=None)

    def show(self):
        print(f"\nmedians of {ROUNDS} (least to most)")
        for name, runs in self.runs.items():
            rates = [r["rate"] for r in runs]
            mid = {k: statistics.median(r[k] for r in runs) for k in ("p50_ms", "p99_ms", "p999_ms")}
            print(f"{name:58}{self.rate(name):9.0f}/s ({min(rates):.0f} to {max(rates):.0f})  "
                  f"p50 {mid['p50_ms']:.2f}  p99 {mid['p99_ms']:.2f}  "
                  f"p99.9 {mid['p999_ms']:.2f} ms")

    def ratio(self, ours, peer, goal, p99_ms=None):
        """Of the best cells whose names begin so, round by round."""
        ours, peer = self.best(ours, p99_ms), self.best(peer)
        if not ours or not peer:
            return
        each = sorted(a["rate"] / b["rate"] for a, b in zip(self.runs[ours], self.runs[peer]))
        bound = f", p99 {self.p99(ours):.1f} ms, goal {p99_ms}" if p99_ms else ""
        print(f"{ours}\n  is {statistics.median(each):.1f} times (rounds {each[0]:.1f} to "
              f"{each[-1]:.1f}) {peer}, goal {goal}{bound}")


def in_process(table, programs, server):
    for where, program in programs.items():
        for accounts, spread in ((ACCOUNTS, "uniform"), (1, "hot")):
            for window in (250, 500) if accounts > 1 else (100, 250):
                server.checkpoint()
                table.add(f"{where}, {spread}, {window} in flight",
                          program.ask("deposit", accounts, window, SECONDS))


def naive(table, pgbench, server):
    for clients in (1, 8, 32):
        for accounts, spread in ((ACCOUNTS, "uniform"), (1, "hot")):
            server.checkpoint()
            table.add(f"pgbench naive, {spread}, {clients} clients",
                      pgbench.run(accounts, clients, SECONDS))
    server.checkpoint()
    table.add("prepared pgbench naive, uniform, 8 clients",
              pgbench.run(ACCOUNTS, 8, SECONDS, prepared=True))


def signed_trades(path, secret, accounts, count):
    """Lines `signature TAB body`. The bodies are as JSON.stringify would write them: the reference
    signs what it has parsed and written again. Profits only: no breaker adds rows of its own."""
    run, signer = f"{time.time_ns():x}", hmac.new(secret.encode(), digestmod=hashlib.sha256)
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            body = json.dumps({"event_type": "trade.executed", "data": {
                "trade_id": f"t-{run}-{i}",
                "account_id": f"00000000-0000-4000-8000-{random.randrange(accounts):012d}",
                "symbol": "BTCUSDT", "side": "buy", "quantity": 0.5, "entry_price": 60000,
                "exit_price": 60010, "profit_loss": random.randrange(1, 40) * 0.25 + 0.125,
                "status": "closed", "executed_at": "2026-11-20T08:00:00.000Z"}},
                separators=(",", ":"))
            one = signer.copy()
            one.update(body.encode())
            out.write(f"{one.hexdigest()}\t{body}\n")


def balanced_rows(node):
    sheet = node.ask("GET", "/admin/ledger/trial-balance", admin=True)
    if not sheet["balanced"]:
        sys.exit(f"the books do not balance: {sheet}")
    return sheet["row_count"]


def load_http(table, name, rows, connections, run):
    """Runs wrk; what it heard acknowledged is kept, and nothing else but what it no longer heard."""
    before = rows()
    result = run()
    kept = rows() - before
    if result["failed"] or not result["acknowledged"] <= kept <= result["acknowledged"] + connections:
        sys.exit(f"{name}: {kept} rows for {result}")
    table.add(name, result)


def over_http(table, name, rows, url, deposit, connections, trades_per_s):
    """Deposits and signed trades; `deposit`: what wrk's script is told of the route."""
    for accounts, spread in ((ACCOUNTS, "uniform"), (1, "hot")):
        told = {**deposit, "ACCOUNTS": str(accounts), "RUN": f"{time.time_ns():x}"}
        load_http(table, f"{name} deposit, {spread}, {connections} connections", rows, connections,
                  lambda: wrk(url, "deposits.lua", told, connections, SECONDS))
        with tempfile.NamedTemporaryFile(suffix=".tsv") as file:
            signed_trades(file.name, "bench-secret", accounts, trades_per_s * SECONDS)
            load_http(table, f"{name} webhook, {spread}, {connections} connections", rows,
                      connections, lambda: wrk(url + "/webhooks/ml-engine", "webhooks.lua",
                                               {"FILE": file.name}, connections, SECONDS))


def nodes(table, running, gateway, server):
    for connections in (64, 256):
        for where, node in running.items():
            server.checkpoint()
            deposit = {"HEADER": f"X-API-Key: {node.key}",
                       "PATH_FORMAT": "/api/v1/trading/accounts/%s/capital",
                       "BODY": '{"operation":"deposit","amount":12.5}'}
            over_http(table, where, lambda n=node: balanced_rows(n), node.url, deposit,
                      connections, 40_000)
        if gateway:
            server.checkpoint()
            deposit = {"HEADER": f"Authorization: Bearer {gateway.token}",
                       "PATH_FORMAT": "/investment/accounts/%s/deposit",
                       "BODY": '{"amount":12.5}'}
            over_http(table, "reference", gateway.rows, gateway.url, deposit, connections, 8_000)


def open_accounts(*words):
    with Program("ledger", *words) as program:
        program.ask("open", ACCOUNTS)


def measure_in_process(table, server):
    pgbench = NaiveDeposits(server)
    with contextlib.ExitStack() as stack:
        programs = {}
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=DISK))
        for where, words in (
                ("PostgreSQL, 1 connection", ("postgres", server.database("one"), 1)),
                ("PostgreSQL, 2 connections", ("postgres", server.database("two"), 2)),
                ("SQLite", ("sqlite", f"{folder}/ledger"))):
            programs[where] = stack.enter_context(Program("ledger", *words))
            print(f"{where}: accounts opened {programs[where].ask('open', ACCOUNTS)['rate']:.0f}/s")
        for _ in range(ROUNDS):
            naive(table, pgbench, server)
            in_process(table, programs, server)


def measure_http(table, server):
    with contextlib.ExitStack() as stack:
        running = {}
        for where, database in (("troupe on PostgreSQL", True), ("troupe on SQLite", False)):
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=DISK))
            options = [f"--market.symbols={SYMBOL}", "--market.speed=1", "--train.nightly-at=never"]
            if database:
                url = server.database("served")
                open_accounts("postgres", url, 1)
                options.append(f"--store.url={url}")
            else:
                # The node's own file, before there is a node.
                data = pathlib.Path(folder) / "data"
                data.mkdir()
                open_accounts("sqlite", data / "ledger.sqlite3")
            node = stack.enter_context(Node(*options, folder=folder))
            node.wait_until_trained([SYMBOL])
            running[where] = node
        gateway = ReferenceGateway.open(server, ACCOUNTS)
        if gateway:
            stack.enter_context(gateway)
        for _ in range(ROUNDS):
            nodes(table, running, gateway, server)


def ledger():
    """Money in process and over HTTP against pgbench and the reference stack, on one PostgreSQL."""
    build("bench_ledger", "bench_commands", "troupe")
    table = Table()
    try:
        with Postgres() as server:
            measure_in_process(table, server)
        with Postgres() as server:
            measure_http(table, server)
    finally:
        table.show()
    for spread, goal in (("uniform", 10), ("hot", 40)):
        for where in ("PostgreSQL, 1 connection", "PostgreSQL, 2 connections"):
            table.ratio(f"{where}, {spread}", f"pgbench naive, {spread}", goal, p99_ms=20)
    for route in ("deposit", "webhook"):
        for where in ("PostgreSQL", "SQLite"):
            for connections in (64, 256):
                table.ratio(f"troupe on {where} {route}, uniform, {connections}",
                            f"reference {route}, uniform", 8)  # its best, of either number
    subprocess.run([BUILD / "tests" / "bench_commands"], check=True)
