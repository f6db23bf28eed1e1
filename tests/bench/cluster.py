"""One, two and three nodes on one database: deposits a second when every node is asked, and what it
costs that most accounts are another node's. All share this machine's processors: what more nodes
cost is measured here, not what more machines would give."""

import concurrent.futures
import contextlib
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from servers import DISK, ROOT, TROUPE, Node, Postgres, build, wrk

ACCOUNTS = 1000
CONNECTIONS = 64
ROUNDS = 3
SECONDS = 5


def certificates(folder, names):
    subprocess.run([TROUPE, "cluster", "certs", f"--dir={folder}", *[f"--node={n}" for n in names]],
                   check=True, stdout=subprocess.DEVNULL)


def node(stack, url, folder, name, clustered):
    home = stack.enter_context(tempfile.TemporaryDirectory(dir=DISK))
    options = ["--market.symbols=BTCUSDT", "--market.speed=1", "--train.nightly-at=never",
               "--train.days=30", f"--store.url={url}"]
    if clustered:
        options += [f"--cluster.name={name}", "--cluster.address=127.0.0.1:0",
                    f"--cluster.certificate={folder}/{name}.pem", f"--cluster.key={folder}/{name}.key",
                    f"--cluster.ca={folder}/ca.pem"]
    return stack.enter_context(Node(*options, folder=home))


def settled(nodes):
    while len(nodes) > 1:
        seen = [n.ask("GET", "/admin/cluster", admin=True) for n in nodes]
        if all(c["shards"]["moving"] == 0 and c["shards"]["here"] >= 256 // len(nodes)
               and sum(1 for n in c["nodes"] if n["way"]) == len(nodes) - 1 for c in seen):
            return
        time.sleep(0.05)


def open_accounts(nodes):
    def one(i):
        nodes[i % len(nodes)].ask("POST", "/api/v1/trading/accounts", {
            "account_id": f"00000000-0000-4000-8000-{i:012d}", "product_id": "nova",
            "agent_type": "nova", "initial_capital": "1000", "agent_config": {}})
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(ACCOUNTS)))


def deposits(nodes):
    """Every node at once, the connections shared out: rate in all, worst p99."""
    def one(n):
        return wrk(n.url, "deposits.lua",
                   {"HEADER": f"X-API-Key: {n.key}", "ACCOUNTS": str(ACCOUNTS),
                    "PATH_FORMAT": "/api/v1/trading/accounts/%s/capital",
                    "BODY": '{"operation":"deposit","amount":1}',
                    "RUN": f"{time.time_ns():x}-{nodes.index(n)}"},
                   CONNECTIONS // len(nodes), SECONDS)
    with concurrent.futures.ThreadPoolExecutor(len(nodes)) as pool:
        told = list(pool.map(one, nodes))
    if any(t["failed"] for t in told):
        sys.exit(f"deposits failed: {told}")
    return sum(t["rate"] for t in told), max(t["p99_ms"] for t in told)


def elsewhere(nodes):
    """The share of commands that another node answered, each of which is answered somewhere once, and
    the mean of a hop there."""
    seen = [n.ask("GET", "/admin/cluster", admin=True) for n in nodes]
    here = sum(c["commands"]["here"] for c in seen)
    there = sum(c["commands"]["elsewhere"] for c in seen)
    hops = [n["way"]["round_trip_ms"] for c in seen for n in c["nodes"] if n["way"]]
    return there / max(here, 1), statistics.mean(hops)


def cluster():
    """Deposits of one, two and three nodes on one PostgreSQL, TLS between them."""
    build("troupe")
    rates = {1: [], 2: [], 3: []}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        certificates(folder, ["a", "b", "c"])
        server = stack.enter_context(Postgres())
        running = {}
        for count in rates:
            url = server.database(f"nodes_{count}")
            running[count] = [node(stack, url, pathlib.Path(folder), name, count > 1)
                              for name in "abc"[:count]]
            settled(running[count])
            open_accounts(running[count])
            for n in running[count]:
                n.wait_until_trained([])
        print(f"{'nodes':8}{'deposits/s':>12}{'p99 ms':>9}{'elsewhere':>11}{'hop ms':>9}")
        for _ in range(ROUNDS):
            for count, nodes in running.items():
                server.checkpoint()
                rate, p99 = deposits(nodes)
                rates[count].append(rate)
                share, hop = elsewhere(nodes) if count > 1 else (0, 0)
                print(f"{count:<8}{rate:12.0f}{p99:9.1f}{share:10.0%}{hop:9.2f}", flush=True)
    alone = statistics.median(rates[1])
    for count in (2, 3):
        print(f"{count} nodes on the same processors: {statistics.median(rates[count]) / alone:.2f} "
              "times one node's rate")
    subprocess.run(["node", ROOT / "tests" / "chaos" / "fanout.mjs", TROUPE], check=True)
