"""Fan-out to WebSocket clients: ours, plain and Socket.IO, the reference gateway with one and two
workers, and a bare Beast broadcast that writes a frame made once; in turn, in one run."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from peers import Gateway, Redis, compiled, descendants, installed_gateway
from servers import BUILD, build, free_port

ROUNDS = 3
# So few per client that none is closed for being slow, while the server has far too much to do.
OVERLOAD = 400


class Ours:
    """bench_fanout: the product's server in a process of its own."""

    def __init__(self, folder):
        self.pipe = f"{tempfile.mkdtemp(dir=folder)}/publish"
        os.mkfifo(self.pipe)

    def __enter__(self):
        self.process = subprocess.Popen([BUILD / "tests" / "bench_fanout", "2", self.pipe],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)

    def publish(self, rate, count, burst):
        return f"echo {rate} {count} {burst} > {self.pipe}"

    def plain(self, channels=1):
        names = ["BTCUSDT"] + [f"SYM{100 + i}" for i in range(1, channels)]
        words = ["--url", f"ws://127.0.0.1:{self.port}/ws", "--header", "X-API-Key: bench"]
        for name in names:
            words += ["--subscribe", json.dumps({"op": "subscribe", "channel": f"signals:{name}"})]
        return words + ["--ack", f"signals:{names[-1]}", "--ts-last", "--ts-unit", "iso",
                        "--match", '"event":"signal"']

    def socketio(self, channels=1):
        names = ["BTCUSDT"] + [f"SYM{100 + i}" for i in range(1, channels)]
        words = ["--mode", "socketio", "--token", "bench", "--url",
                 f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket"]
        for name in names:
            words += ["--subscribe", json.dumps(["subscribe", name])]
        return words + ["--ts-last", "--ts-unit", "iso", "--match", '"horizon":18']


class Bare:
    """The Beast reference, fed by Redis."""

    def __init__(self, program, redis):
        self.command = [program, free_port(), "signals:BTCUSDT", redis.port, "raw"]

    def __enter__(self):
        self.process = subprocess.Popen([str(w) for w in self.command])
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def words(self):
        return ["--url", f"ws://127.0.0.1:{self.command[1]}/", "--ts-key", "ts_us", "--ts-unit",
                "us"]


def of_gateway(gateway):
    return ["--mode", "socketio", "--token", gateway.token, "--ts-key", "ts_us", "--ts-unit", "us",
            "--url", f"ws://127.0.0.1:{gateway.port}/socket.io/?EIO=4&transport=websocket"]


class Side:
    """One who delivers: `words` for wsload, and how it is made to publish."""

    def __init__(self, name, pid, words, publish):
        self.name, self.pid, self.words, self.publish = name, pid, words, publish

    def run(self, wsload, clients, rate, count, burst=1, stall=0):
        watched = [f"server.{p}={p}" for p in descendants(self.pid)]
        reading = clients - stall
        out = subprocess.run(
            [wsload, *self.words, "--clients", str(clients), "--connect-rate", "1000", "--expect",
             str(count), "--duration", str(count / rate + 15), "--idle-stop", "3", "--warmup", "1",
             "--stall", str(stall), "--on-ready", self.publish(rate, count, burst), "--watch",
             ",".join(watched), "--json"], check=False, capture_output=True, text=True)
        if not out.stdout.strip():
            raise RuntimeError(f"{self.name}: {out.stderr[-500:]}")
        r = json.loads(out.stdout)
        per_s = r["msgs_per_s"]
        cpu = sum(v for k, v in r["watch"].items() if k.startswith("server"))
        return {"per_s": per_s, "cpu_us": cpu / per_s * 1e6 if per_s else 0,
                "p50": r["lat_ms"]["p50"], "p99": r["lat_ms"]["p99"],
                "complete": r["messages"] >= count * reading}


def medians(runs):
    return {k: statistics.median(r[k] for r in runs) for k in ("per_s", "cpu_us", "p50", "p99")}


def show(what, side, m, complete=True):
    lost = "" if complete else "  NOT COMPLETE"
    print(f"{what:34}{side:26}{m['per_s']:12.0f}/s{m['cpu_us']:9.2f} us CPU"
          f"{m['p50']:9.2f}{m['p99']:9.2f} ms p50, p99{lost}", flush=True)


def alternate(wsload, what, sides, *load, rounds=ROUNDS):
    """Every side `rounds` times in turn; the medians by name, shown."""
    runs = {s.name: [] for s in sides}
    for _ in range(rounds):
        for s in sides:
            runs[s.name].append(s.run(wsload, *load))
            time.sleep(0.3)
    out = {}
    for name, rows in runs.items():
        out[name] = medians(rows)
        show(what, name, out[name], all(r["complete"] for r in rows))
    return out


def ratio(what, a, b, goal):
    print(f"{what:66}{a / b if b else 0:8.2f}  (goal {goal})", flush=True)


def resident_kb(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0])


def idle_memory(wsload, folder, clients=5000):
    """Of a process that has not grown for another reason before."""
    for name in ("plain", "socketio"):
        with Ours(folder) as ours:
            before = most = resident_kb(ours.process.pid)
            waiting = subprocess.Popen(
                [wsload, *getattr(ours, name)(), "--clients", str(clients), "--connect-rate",
                 "1000", "--warmup", "4", "--duration", "1", "--idle-stop", "1"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while waiting.poll() is None:
                most = max(most, resident_kb(ours.process.pid))
                time.sleep(0.1)
        print(f"{name}: {(most - before) / clients:.1f} kB per idle connection (goal 16)",
              flush=True)


def single_frames(wsload, sides, plain, gateways):
    steady = alternate(wsload, "steady 30/s, 1000 clients", sides, 1000, 30, 90)
    for clients, rate, goal in ((1000, 800, 1.3), (5000, 160, 1.1)):
        count = OVERLOAD if clients == 1000 else OVERLOAD // 2
        got = alternate(wsload, f"overload, {clients} clients", sides, clients, rate, count)
        for g in gateways:
            ratio(f"deliveries, ours / {g.name}, {clients} clients", got[plain.name]["per_s"],
                  got[g.name]["per_s"], goal if "2" in g.name else "-")
        if clients == 1000:  # more than ours can do, too, is offered to ours alone
            most = alternate(wsload, "our own maximum, 1000 clients", [plain], 1000, 3000,
                             OVERLOAD)[plain.name]["per_s"]
    for other in sides:
        if other.name == "Beast raw":
            ratio("CPU per delivery, ours / Beast raw", steady[plain.name]["cpu_us"],
                  steady[other.name]["cpu_us"], "<= 1")
    for g in gateways:
        ratio(f"CPU per delivery, ours / {g.name}", steady[plain.name]["cpu_us"],
              steady[g.name]["cpu_us"], "<= 0.5")
    return most


def fanout():
    """WebSocket deliveries against the reference gateway and Beast: rates, CPU, tails, memory."""
    build("bench_fanout")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="troupe-bench-"))
        tools = compiled(folder, "wsload/wsload.cpp", "wsload/redispub.cpp", "refs/beast_ws.cpp")
        if not tools:
            return
        wsload = tools["wsload"]
        idle_memory(wsload, folder)
        ours = stack.enter_context(Ours(folder))
        plain = Side("ours, plain", ours.process.pid, ours.plain(), ours.publish)
        socketio = Side("ours, Socket.IO", ours.process.pid, ours.socketio(), ours.publish)
        sides, gateways = [plain, socketio], []
        redis = stack.enter_context(Redis())

        def by_redis(rate, count, burst):
            return (f"{tools['redispub']} --port {redis.port} --rate {rate} --count {count} "
                    f"--burst {burst} >/dev/null")

        bare = stack.enter_context(Bare(tools["beast_ws"], redis))
        sides.append(Side("Beast raw", bare.process.pid, bare.words(), by_redis))
        where = installed_gateway("the reference gateway")
        for workers in (1, 2) if where else ():
            g = stack.enter_context(Gateway(where, redis.url, GATEWAY_WORKERS=str(workers)))
            gateways.append(Side(f"gateway, {workers} worker{'s' if workers > 1 else ''}",
                                 g.process.pid, of_gateway(g), by_redis))
        sides += gateways
        alternate(wsload, "1 client, 100/s", sides, 1, 100, 300)  # goal: ours p50 <= 0.15 ms
        most = single_frames(wsload, sides, plain, gateways)
        half = most / 2 / 1000
        alternate(wsload, f"half of ours: {half:.0f}/s, 1000 clients", [plain], 1000, round(half),
                  round(half * 4))
        candle_close(wsload, ours, sides, gateways)
        stalled(wsload, plain)


def candle_close(wsload, ours, sides, gateways):
    """50 frames at once to each of 1,000 clients."""
    many = [Side(plain_or_not.name, ours.process.pid, words, ours.publish)
            for plain_or_not, words in ((sides[0], ours.plain(50)), (sides[1], ours.socketio(50)))]
    got = alternate(wsload, "candle closes, 50 x 1000 clients", many + gateways, 1000, 2000, 400,
                    50)
    for g in gateways:
        ratio(f"candle closes, ours / {g.name}", got[many[0].name]["per_s"], got[g.name]["per_s"],
              8)


def stalled(wsload, plain):
    """What clients that never read do to the others."""
    runs = {n: [] for n in (0, 20)}
    for _ in range(ROUNDS):
        for n, kept in runs.items():
            kept.append(plain.run(wsload, 1000, 40, 1200, 1, n))
    p99 = {n: statistics.median(r["p99"] for r in kept) for n, kept in runs.items()}
    ratio("p99 of the others, 20 clients that never read / none", p99[20], p99[0], "<= 1.1")
