"""File length, formatting, and words that may not be committed."""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LINES = 400
CODE = (".cpp", ".hpp", ".py", ".mjs", ".sh")
# A path below a root or home folder is a path of somebody's machine.
BANNED = re.compile(r"(TODO|FIXME)|[\s\"'(](/home/|/root/)")


def tracked():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=False,
                         capture_output=True, text=True)
    if out.returncode == 0:
        names = out.stdout.splitlines()
    else:  # a source archive without git
        names = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*")
                 if not p.relative_to(ROOT).parts[0].startswith(("build", "."))]
    return [ROOT / n for n in names if n.endswith(CODE) and "node_modules" not in n
            and (ROOT / n).is_file()]


def main():
    complaints = []
    files = tracked()
    for path in files:
        name = path.relative_to(ROOT)
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            complaints.append(f"{name}: {len(lines)} lines (at most {MAX_LINES})")
        if path.name != pathlib.Path(__file__).name:
            complaints += [f"{name}:{n}: {line.strip()}" for n, line in enumerate(lines, 1)
                           if BANNED.search(line)]
    clang_format = shutil.which("clang-format")
    if not clang_format:
        print("clang-format is not installed", file=sys.stderr)
        sys.exit(1)
    cpp = [str(p) for p in files if p.suffix in (".cpp", ".hpp")]
    result = subprocess.run([clang_format, "--dry-run", "-Werror", *cpp], check=False,
                            capture_output=True, text=True)
    if result.returncode:
        complaints += sorted({line.split(": error")[0] + " is not formatted"
                              for line in result.stderr.splitlines() if ": error" in line})[:40]
    print("\n".join(complaints) or f"{len(files)} files are in style")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
