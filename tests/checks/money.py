"""No binary floating point near a balance: not a type, not a literal, not a conversion."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUARDED = ("messages/money*", "messages/account*", "models/account*", "models/ledger*",
           "models/circuit_breaker*", "models/performance*", "models/product*",
           "actors/account*", "actors/wallet*", "http/routes/account*",
           "runtime/stores/*ledger*", "runtime/stores/*journal*")
# Comments, and texts with the escapes inside them: `double entry` may be said, not declared.
SILENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
BANNED = re.compile(r"\b(?:double|float|float_t|double_t|_Float\d+|strto(?:d|f|ld)|ato(?:f|l?f)"
                    r"|sto(?:d|f|ld)|get_double|column_double|bind_double)\b"
                    r"|(?<![\w.'])(?:\d[\d']*\.\d*|\.\d+|\d[\d']*[eE][+-]?\d+)(?![\w.])")
CODE = {".cpp", ".hpp"}


def guarded_files():
    return sorted({p for pattern in GUARDED for p in ROOT.glob(pattern)
                   if p.is_file() and p.suffix in CODE}
                  | {p for pattern in GUARDED for d in ROOT.glob(pattern) if d.is_dir()
                     for p in d.rglob("*") if p.suffix in CODE})


def complaints(text):
    """Lines of a source text that hold binary floating point, with the word found."""
    bare = SILENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    return [(n, m.group()) for n, line in enumerate(bare.splitlines(), 1)
            for m in BANNED.finditer(line)]


def self_test():
    bad = ("double a;", "static_cast<float>(x)", "auto x = 1.5;", "x * 1e8", "std::stod(t)",
           "long double y", "f(.5)", 'g("double"); double z;', "1.")
    good = ("// double entry", '"1.5"', "1'000'000", "a.b", "x.size()", "/* float */ int a;",
            "is_floating_point_v", "doubled", "0x1e8", "v1.x", 'R"(a)"')
    return [t for t in bad if not complaints(t)] + [t for t in good if complaints(t)]


def main():
    wrong = self_test()
    if wrong:
        print("the check itself is wrong about:", *wrong, sep="\n")
        sys.exit(1)
    files = guarded_files()
    found = [f"{p.relative_to(ROOT)}:{n}: {word}" for p in files
             for n, word in complaints(p.read_text(encoding="utf-8"))]
    if not files:
        found = ["no file of money was found: are the patterns still right?"]
    print("\n".join(found) or f"{len(files)} files are free of binary floating point")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
