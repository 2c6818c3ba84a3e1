"""Objects for one instruction set must share no code with the rest of the program.

check_simd_objects.py NM OBJECT... looks at the objects named lanes_*. The linker keeps one of several copies of an
inline function. Were it the one of lanes_avx512, the program would stop with an illegal instruction on a lesser machine.
"""
import pathlib
import re
import subprocess
import sys

EXPORTED = re.compile(r"organics::simd::LanesOf<(double|float)>::\w+$")


def errors_in(symbols):
    """Defined symbols that are neither local (a lower-case letter, but for u, v and w) nor the table."""
    for line in symbols.splitlines():
        _, kind, name = line.split(maxsplit=2)
        shared = kind.isupper() or kind in "uvw"
        if shared and not EXPORTED.search(name):
            yield f"{kind} {name}"


def main(nm, objects):
    found = [o for o in objects if pathlib.Path(o).name.startswith("lanes_")]
    assert found, "no object lanes_* among those given"
    failed = False
    for file in found:
        symbols = subprocess.run([nm, "-C", "--defined-only", file], check=True, capture_output=True, text=True).stdout
        assert "LanesOf" in symbols, f"{file}: no table"
        for error in errors_in(symbols):
            print(f"{file}: {error}")
            failed = True
    print(f"{len(found)} objects, {'some share code' if failed else 'none shares code'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
