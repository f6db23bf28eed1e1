"""A million accounts: making them, starting a node on them, loading one, and what one weighs."""

import os
import pathlib
import tempfile

from servers import DISK, Node, Postgres, Program, build

COUNT = int(os.environ.get("ACCOUNTS", "1000000"))
FIRST = 5_000  # spoken to for the first time, one after the other
LOADED = min(COUNT - FIRST, 200_000)


def measure(where, words, options, folder):
    with Program("accounts", *words) as program:
        made = program.ask("create", COUNT, 1)
        print(f"\n{where}: {COUNT} accounts with two rows each, made in {made['seconds']} s "
              f"({made['rows'] / made['seconds']:.0f} rows/s)")
    with Program("accounts", *words) as program:
        first = program.ask("first", 0, FIRST)
        print(f"  first message to an account: p50 {first['p50_ms']:.3f}  "
              f"p99 {first['p99_ms']:.3f}  p99.9 {first['p999_ms']:.3f} ms ({FIRST} of them)")
        loaded = program.ask("load", FIRST, LOADED)
        print(f"  loaded 256 at once: {loaded['rate']:.0f}/s; {loaded['bytes_each']:.0f} bytes of "
              f"the process each ({LOADED} asleep), {loaded['own_count']:.0f} the state by its own "
              "count; goal 2048")
        woken = program.ask("spread", FIRST, FIRST, LOADED // FIRST)
        print(f"  first message to one that sleeps: p50 {woken['p50_ms']:.3f}  "
              f"p99 {woken['p99_ms']:.3f}  p99.9 {woken['p999_ms']:.3f} ms ({FIRST} of them)")
    with Program("accounts", *words, "awake") as program:
        loaded = program.ask("load", FIRST, LOADED)
        print(f"  where none may sleep: {loaded['rate']:.0f}/s; {loaded['bytes_each']:.0f} bytes")
    for what, node_folder, more in (("with them", folder, options), ("empty, on SQLite", None, [])):
        with Node("--market.symbols=EURUSD", "--market.speed=1", *more, folder=node_folder) as node:
            print(f"  a node starts in {node.start_s:.2f} s {what}")


def accounts():
    """A million accounts on both stores: start-up, first message, memory of an idle one."""
    build("bench_accounts", "troupe")
    with Postgres() as server, tempfile.TemporaryDirectory(dir=DISK) as folder:
        url = server.database("million")
        measure("PostgreSQL", ("postgres", url, 1), [f"--store.url={url}"], folder)
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        data = pathlib.Path(folder) / "data"
        data.mkdir()
        measure("SQLite", ("sqlite", data / "ledger.sqlite3"), [], folder)
