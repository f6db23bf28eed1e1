"""Searches for inputs that break a promise: `./dev fuzz [target …] [--seconds=N | --runs=N]`.

Runs libFuzzer's programs one after the other (address and undefined-behaviour sanitizers in them)
and prints what each executed and covered. What is found lies in build-fuzz/findings; a run goes on
from the corpus of the one before, in build-fuzz/corpus. Exits non-zero on any finding.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build-fuzz"
SEEDS = ROOT / "tests" / "fuzz" / "seeds"

# Executions of a whole run by target: about as many minutes of each, more than 10 million in all.
RUNS = {
    "money_text": 3_500_000,
    "money_products": 1_500_000,
    "account_event": 3_500_000,
    "account_snapshot": 150_000,
    "account_journal": 150_000,
    "account_life": 40_000,
    "kline_line": 2_000_000,
    "kline_file": 100_000,
    "market_words": 300_000,
    "http_json": 300_000,
    "http_text": 400_000,
    "http_head": 400_000,
    "websocket": 400_000,
    "relayed_news": 400_000,
    "booster": 400_000,
    "money_json": 400_000,
    "webhook": 400_000,
}
LIMITS = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=128"]
SANITIZERS = {"ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=1",
              "UBSAN_OPTIONS": "print_stacktrace=1"}


def fail(text):
    sys.exit(f"fuzz: {text}")


def arguments(given):
    """Targets, and libFuzzer's bound for each of them."""
    targets, bound = [], None
    for word in given:
        amount = re.fullmatch(r"--(seconds|runs)=([1-9][0-9]*)", word)
        if amount:
            bound = {"seconds": "-max_total_time=", "runs": "-runs="}[amount[1]] + amount[2]
        elif word in RUNS:
            targets.append(word)
        else:
            fail(f"{word}: no such option or target. Targets: {' '.join(RUNS)}")
    targets = targets or list(RUNS)
    return {t: bound or f"-runs={RUNS[t]}" for t in targets}


def last_number(pattern, text, otherwise=0):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else otherwise


def search(target, bound):
    """One target's search; executions, and the path of what was found."""
    program = BUILD / "tests" / "fuzz" / f"fuzz_{target}"
    corpus, findings = BUILD / "corpus" / target, BUILD / "findings"
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(exist_ok=True)
    subprocess.run([program, "--write-seeds", SEEDS / f"{target}.txt", corpus], check=True)
    start = time.monotonic()
    ended = subprocess.run(
        [program, bound, *LIMITS, "-print_final_stats=1", f"-artifact_prefix={findings}/{target}-",
         corpus], env={**os.environ, **SANITIZERS}, check=False, stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE)
    seconds = time.monotonic() - start
    said = ended.stdout.decode("utf-8", "replace")
    runs = last_number(r"stat::number_of_executed_units: (\d+)", said)
    print(f"{target:18} {runs:>11,} {seconds:>6.0f} s {runs / max(seconds, 0.1):>9,.0f}/s "
          f"{last_number(r' cov: ([0-9]+)', said):>7} {last_number(r' ft: ([0-9]+)', said):>7} "
          f"{last_number(r' corp: ([0-9]+)', said):>6} "
          f"{'none' if ended.returncode == 0 else 'FOUND'}", flush=True)
    if ended.returncode == 0:
        return runs, None
    print(said[-6000:])
    written = re.findall(r"Test unit written to (\S+)", said)
    return runs, written[-1] if written else f"{target}: ended with {ended.returncode}"


def main():
    wanted = arguments(sys.argv[1:])
    print(f"{'target':18} {'executions':>11} {'time':>8} {'speed':>11} {'edges':>7} {'feats':>7} "
          f"{'corpus':>6} findings", flush=True)
    total, found = 0, []
    for target, bound in wanted.items():
        runs, finding = search(target, bound)
        total += runs
        found += [finding] if finding else []
    print(f"{total:,} executions, {len(found)} findings", *found, sep="\n  ")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
