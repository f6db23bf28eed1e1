"""Fails when a file includes something its floor may not know (the table is HOUSE's, §2)."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOORS = ["messages", "models", "actors", "http", "runtime"]

# Prefixes of outside headers that each floor may include beyond the standard library.
OUTSIDE = {
    "messages": [],
    "models": [],
    "actors": ["caf/"],
    "http": ["caf/", "boost/", "openssl/", "nlohmann/"],
    "runtime": [""],
}
# The files of a lower floor that alone may know a certain library.
ALONE = {
    "messages/types.hpp": ["caf/"],
    "messages/outcome_types.hpp": ["caf/"],
    "messages/protocol.hpp": ["caf/"],
    "messages/outcome_types.hpp": ["caf/"],
    "messages/session_types.hpp": ["caf/"],
    "messages/session_protocol.hpp": ["caf/"],
    "messages/journal_types.hpp": ["caf/"],
    "messages/journal_protocol.hpp": ["caf/"],
    "messages/account_types.hpp": ["caf/"],
    "messages/account_protocol.hpp": ["caf/"],
    "messages/cluster_types.hpp": ["caf/"],
    "messages/cluster_protocol.hpp": ["caf/"],
    "models/forecast/training_xgboost.cpp": ["xgboost/"],
}
# caf/io belongs to the cluster wiring in runtime.
FORBIDDEN = {"http": ["caf/io/", "caf/openssl/"], "actors": ["caf/io/", "caf/openssl/"]}
# System headers without a slash that would let a clock, a thread or a file into a pure floor.
IMPURE = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "atomic", "fstream",
          "filesystem", "iostream", "cstdio", "ctime", "random"}
# models may print into strings and count time spans, never read a clock.
IMPURE_EXCEPTIONS = {"messages/time.cpp": {"cstdio"}}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def complaint(path: pathlib.Path, kind: str, target: str):
    rel = path.relative_to(ROOT).as_posix()
    floor = rel.split("/")[0]
    level = FLOORS.index(floor)
    if kind == '"':
        head = target.split("/")[0]
        if head not in FLOORS:
            return f"includes \"{target}\", which is not named from the root"
        if FLOORS.index(head) > level:
            return f"climbs to \"{target}\""
        if head == "runtime" and floor != "runtime":
            return f"includes the runtime (\"{target}\")"
        return None
    if any(target.startswith(p) for p in ALONE.get(rel, [])):
        return None
    if any(target.startswith(p) for p in FORBIDDEN.get(floor, [])):
        return f"may not know <{target}>"
    if "/" in target and not target.startswith("sys/"):
        if not any(target.startswith(p) for p in OUTSIDE[floor]):
            return f"may not know <{target}>"
    if floor in ("messages", "models") and target in IMPURE - IMPURE_EXCEPTIONS.get(rel, set()):
        return f"is pure and may not include <{target}>"
    return None


def main():
    complaints = []
    files = [p for f in FLOORS for p in (ROOT / f).rglob("*") if p.suffix in (".hpp", ".cpp")]
    for path in sorted(files):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            text = match and complaint(path, *match.groups())
            if text:
                complaints.append(f"{path.relative_to(ROOT)}:{number}: {text}")
    print("\n".join(complaints) or f"{len(files)} files stay on their floors")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
