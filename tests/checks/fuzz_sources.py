"""Fails when `./dev fuzz` could not link: the usual build's linker says which of our sources each
target needs, and tests/fuzz/CMakeLists.txt must name or glob every one of them.

usage: fuzz_sources.py FOLDER_OF_THE_MAPS
"""

import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = ROOT / "tests" / "fuzz" / "CMakeLists.txt"
FLOORS = "messages|models|actors|http|runtime"
MEMBER = re.compile(rf"libtroupe_({FLOORS})\.a\((\w+)\.cpp\.o\)")


def listed():
    text = re.sub(r"#.*", "", LIST.read_text())
    patterns = [p + ".cpp" for p in re.findall(rf"(?<=\s)(?:{FLOORS})/[\w/]+", text)]
    patterns += re.findall(r"\$\{root\}/([\w/*]+\.cpp)", text)
    sources = [str(p.relative_to(ROOT)) for floor in FLOORS.split("|")
               for p in (ROOT / floor).rglob("*.cpp")]
    # A glob of CMake stays within its folder.
    return {(s.split("/")[0], pathlib.Path(s).stem) for s in sources for p in patterns
            if s.count("/") == p.count("/") and fnmatch.fnmatch(s, p)}


def main():
    maps = sorted(pathlib.Path(sys.argv[1]).glob("seeds_*.map"))
    if not maps:
        sys.exit(f"no linker maps in {sys.argv[1]}")
    known, missing = listed(), {}
    for m in maps:
        # The head of a map says which members were taken; what follows are their sections.
        used = m.read_text(errors="replace").split("Memory Configuration")[0]
        for need in set(MEMBER.findall(used)) - known:
            missing.setdefault(need, []).append(m.stem)
    for (floor, name), targets in sorted(missing.items()):
        print(f"{floor}/…/{name}.cpp, needed by {', '.join(targets)}, is not in {LIST}")
    sys.exit(1 if missing else 0)


main()
