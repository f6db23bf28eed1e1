"""Users' requests over HTTP, authenticated, limited, with Redis: ours and the reference gateway's
best configurations, in turn."""

import contextlib
import json
import shutil
import statistics
import subprocess
import urllib.request

from peers import Engine, Gateway, Redis, installed_gateway
from servers import Node, build, wrk

ROUNDS = 3
SYMBOLS = ["BTCUSDT", "ETHUSDT"]
# Counted as in life, never reached: the reference's own RATE_LIMIT_FACTOR.
FACTOR = 1_000_000


def token_of(node):
    """Of a fresh user with the premium plan."""
    body = {"email": "bench@example.com", "password": "a long enough one", "firstName": "B",
            "lastName": "B"}
    made = node.ask("POST", "/auth/register", body)["data"]
    node.ask("POST", f"/admin/users/{made['user']['id']}/plan", {"plan": "premium"}, admin=True)
    login = {"email": body["email"], "password": body["password"]}
    return node.ask("POST", "/auth/login", login)["data"]["tokens"]["access_token"]


class Side:
    def __init__(self, name, url, token):
        self.name, self.url, self.token = name, url, token

    def run(self, route, connections):
        env = {"TOKEN": self.token, "SYMBOLS": ",".join(SYMBOLS)}
        return wrk(f"{self.url}/api/ml/{route}", "user_requests.lua", env, connections, 3)

    def look(self, route):
        """One answer, so that nobody measures errors."""
        request = urllib.request.Request(
            f"{self.url}/api/ml/{route}", method="POST",
            data=json.dumps({"symbol": SYMBOLS[0], "horizon": 18}).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["success"] is True


def measure(sides, route, connections):
    runs = {s.name: [] for s in sides}
    for s in sides:
        s.look(route)
    for _ in range(ROUNDS):
        for s in sides:
            runs[s.name].append(s.run(route, connections))
    out = {}
    for name, rows in runs.items():
        out[name] = {k: statistics.median(r[k] for r in rows) for k in ("rate", "p50_ms", "p99_ms")}
        failed = sum(r["failed"] for r in rows)
        print(f"POST /api/ml/{route:12}{connections:4} connections  {name:32}"
              f"{out[name]['rate']:10.0f}/s p50 {out[name]['p50_ms']:8.3f} "
              f"p99 {out[name]['p99_ms']:8.3f} ms" + (f"  {failed} FAILED" if failed else ""),
              flush=True)
    return out


def references(stack, redis):
    """The gateway with its engine: one of each, and two of each."""
    what = "the reference stack's predictions and signals"
    if not (folder := installed_gateway(what)):
        return []
    stack.callback(shutil.rmtree, folder, True)
    if not Engine.can_run(what):
        return []
    sides = []
    for count in (1, 2):
        engine = stack.enter_context(Engine(redis.url, count))
        gateway = stack.enter_context(Gateway(folder, redis.url, ML_ENGINE_URL=engine.url,
                                              GATEWAY_WORKERS=str(count)))
        sides.append(Side(f"reference, {count} gateway, {count} engine", gateway.url,
                          gateway.token))
    return sides


def user_requests():
    """Users' cached predictions and signals against the reference stack, both with Redis."""
    build("troupe")
    with contextlib.ExitStack() as stack:
        ours_redis, their_redis = stack.enter_context(Redis()), stack.enter_context(Redis())
        node = stack.enter_context(Node(
            f"--redis.url={ours_redis.url}", f"--limits.factor={FACTOR}", "--market.speed=1",
            f"--market.symbols={','.join(SYMBOLS)}", "--train.nightly-at=never"))
        node.wait_until_trained(SYMBOLS)
        ours = Side("troupe", node.url, token_of(node))
        theirs = references(stack, their_redis)
        cached = measure([ours, *theirs], "predictions", 32)
        signals = measure([ours, *theirs], "signals", 32)
        for what, got, goal in (("predictions", cached, 10), ("signals", signals, 40)):
            best = max((got[s.name]["rate"] for s in theirs), default=0)
            if best:
                print(f"{what}: ours / the better reference {got['troupe']['rate'] / best:.1f} "
                      f"(goal {goal}); p99 {got['troupe']['p99_ms']:.2f} ms (goal 3)")
        limited = subprocess.run(["redis-cli", "-p", str(ours_redis.port), "dbsize"], check=True,
                                 capture_output=True, text=True).stdout.strip()
        print(f"keys in our Redis afterwards, so that it did count: {limited}")
