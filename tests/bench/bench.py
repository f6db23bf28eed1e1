"""Measures the product: `./dev bench [case …]`. Every comparison is made side by side in one run.

Reads nothing outside the project but the optional folders ../shared/bench and ../shared/data, and
says so where they are absent. Talks to loopback only; ends only what it started.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time

from accounts import accounts
from cluster import cluster
from fanout import fanout
from ledger import ledger
from user_requests import user_requests
from servers import BUILD, ROOT, TROUPE, Node, Postgres, build, free_port, wrk

DATA = ROOT.parent / "shared" / "data"
SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "EURUSD"]


def http():
    """Users' cached requests against the reference stack; the engine's against a bare Beast."""
    user_requests()
    hello()


def hello():
    """Cached POST /predictions against a bare Beast hello of the same flags, alternating."""
    build("bench_hello")
    port = free_port()
    with Node("--market.speed=10") as node:
        print("waiting for the trainings to end …")
        node.wait_until_trained(SYMBOLS)
        bare_hello = subprocess.Popen([BUILD / "tests" / "bench_hello", str(port), "1"])
        ratios, tails = [], []
        try:
            time.sleep(0.3)
            env = {"KEY": node.key, "SYMBOLS": ",".join(SYMBOLS)}
            print(f"{'':22}{'req/s':>10}{'p50 ms':>9}{'p99 ms':>9}")
            for _ in range(5):
                ours = wrk(node.url + "/predictions", "predictions.lua", env)
                bare = wrk(f"http://127.0.0.1:{port}/")
                print(f"{'POST /predictions':22}{ours[0]:10.0f}{ours[1]:9.3f}{ours[2]:9.3f}")
                print(f"{'bare Beast hello':22}{bare[0]:10.0f}{bare[1]:9.3f}{bare[2]:9.3f}")
                ratios.append(ours[0] / bare[0])
                tails.append(ours[2] / bare[2])
        finally:
            bare_hello.terminate()
            bare_hello.wait()
        print(f"ratio of rates, median of {len(ratios)}: {sorted(ratios)[len(ratios) // 2]:.2f} "
              f"(goal 0.6); of p99: {sorted(tails)[len(tails) // 2]:.2f}")


def scale():
    """How a cluster grows, on paper: 100 nodes and 10 million accounts come, go and die."""
    build("bench_cluster_scale")
    subprocess.run([BUILD / "tests" / "bench_cluster_scale"], check=True)


def rows():
    """One candle inside one symbol: indicators, features, models; one thread, no actors."""
    build("bench_rows")
    subprocess.run([BUILD / "tests" / "bench_rows"], check=True)


def backtest():
    """Backtests: candles a second with models, closes a second over given scores."""
    build("bench_backtest")
    path = real_file("BTCUSDT-5m-spot-2024_2026.csv.gz")
    lines = subprocess.run(["gzip", "-dc", path], check=True, capture_output=True).stdout if path else b""
    subprocess.run([BUILD / "tests" / "bench_backtest"], check=True, input=lines)


def mesh():
    """The way between two nodes over TLS: calls, and small events in parcels against one by one."""
    build("bench_cluster_mesh")
    subprocess.run([BUILD / "tests" / "bench_cluster_mesh"], check=True)


def commands():
    """Judging and folding account commands, single thread; memory of an idle account."""
    build("bench_commands")
    subprocess.run([BUILD / "tests" / "bench_commands"], check=True)


def burst():
    """500 symbols, 100 sockets: candle received to frame at the client; idle cost."""
    build("bench_market_wide")
    subprocess.run([BUILD / "tests" / "bench_market_wide", "500", "100"], check=True)


def signals():
    """All of burst, rows, http and replay."""
    for case in (burst, rows, replay, hello):
        print(f"\n-- {case.__name__}: {case.__doc__}")
        case()


def real_file(name):
    path = DATA / name
    if not path.exists():
        print(f"SKIPPED: {name} is not beside the project")
        return None
    return path


def replay():
    """Candles per second through the live path, on real candles."""
    path = real_file("BTCUSDT-5m-spot-2024_2026.csv.gz")
    if not path:
        return
    with tempfile.TemporaryDirectory(prefix="troupe-bench-") as folder:
        options = [f"--data.dir={folder}/data"]
        subprocess.run([TROUPE, "train", *options, path], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([TROUPE, "replay", *options, path], check=True)


def coverage():
    """Bands and odds as a stream measures itself over 2025, trained on 2024 alone."""
    path = real_file("BTCUSDT-5m-spot-2024_2026.csv.gz")
    if not path:
        return
    build("bench_coverage")
    sys.exit(subprocess.run([BUILD / "tests" / "bench_coverage", "BTCUSDT", path, "2025-01-01",
                             "2026-01-01"], check=False).returncode)


def real():
    """import, walk-forward quality, training and replay of two years of BTCUSDT."""
    path = real_file("BTCUSDT-5m-spot-2024_2026.csv.gz")
    if not path:
        return
    with tempfile.TemporaryDirectory(prefix="troupe-bench-") as folder:
        options = [f"--data.dir={folder}/data"]
        for command in (["import", *options, path],
                        ["train", *options, "--walk-forward"],
                        ["train", *options],
                        ["replay", *options]):
            began = time.time()
            print(f"\n$ troupe {' '.join(str(c) for c in command)}", flush=True)
            subprocess.run([TROUPE, *command], check=True)
            print(f"({time.time() - began:.1f} s)")


def night():
    """A million simulated candles at maximum speed through the sanitized binary."""
    subprocess.run(["cmake", "--preset", "debug", "-DBUILD_TESTING=ON"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    build("bench_night", preset="debug")
    subprocess.run([ROOT / "build-debug" / "tests" / "bench_night", "1000000"], check=True)


def journal():
    """Durable appends of one full row to the SQLite journal, in process, on this disk."""
    build("bench_journal")
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        subprocess.run([BUILD / "tests" / "bench_journal", f"{folder}/ledger"], check=True)


def faults():
    """Nothing lost, nothing doubled: 100 rounds of faults on each store (SEED=… repeats a plan)."""
    build("troupe")
    program = ROOT / "tests" / "faults" / "faults.mjs"
    seed = [f"--seed={os.environ['SEED']}"] if "SEED" in os.environ else []
    failed = [store for store in ("sqlite", "postgres")
              if subprocess.run(["node", program, f"--store={store}", "--rounds=100", *seed,
                                 f"--binary={TROUPE}"], check=False).returncode]
    if failed:
        sys.exit(f"violations on {', '.join(failed)}")


def chaos():
    """Three nodes under load, 66 rounds of faults (SEED=… repeats a plan): nothing lost, doubled
    or seen out of order; time without service of an account for each kind of fault."""
    build("troupe")
    seed = [f"--seed={os.environ['SEED']}"] if "SEED" in os.environ else []
    clients = ROOT / "tests" / "e2e"
    if not (clients / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent", "--no-fund", "--no-audit"], cwd=clients, check=True)
    program = ROOT / "tests" / "chaos" / "chaos.mjs"
    if subprocess.run(["node", program, "--rounds=66", "--seconds-per-round=6", *seed,
                       f"--binary={TROUPE}"], check=False).returncode:
        sys.exit("violations")


def feed():
    """The live feed against a provider that fails: every fault three times, at 60 times real time."""
    build("troupe")
    program = ROOT / "tests" / "faults" / "feed.mjs"
    failed = [name for name in ("binance", "polygon")
              if subprocess.run(["node", program, f"--provider={name}", "--rounds=3", "--speed=60",
                                 f"--binary={TROUPE}"], check=False).returncode]
    if failed:
        sys.exit(f"candles lost, doubled or wrong with {', '.join(failed)}")


def store():
    """Rows into the market's stores and questions out of them, SQLite and PostgreSQL in turns."""
    build("bench_store")
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        with Postgres() as server:
            subprocess.run([BUILD / "tests" / "bench_store", f"{folder}/store",
                            server.database("market")], check=True)


CASES = {f.__name__: f
         for f in (signals, burst, rows, commands, journal, ledger, accounts, store, replay, hello,
                   http, fanout, real, coverage, backtest, night, faults, feed, cluster,
                   mesh, scale, chaos)}


def main():
    names = sys.argv[1:]
    if not names or any(n not in CASES for n in names):
        print("usage: ./dev bench CASE …\n")
        for name, case in CASES.items():
            print(f"  {name:10}{case.__doc__}")
        sys.exit(0 if not names else 2)
    # Asked to stop, it still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for name in names:
        CASES[name]()


if __name__ == "__main__":
    main()
