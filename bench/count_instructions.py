#!/usr/bin/env python3
"""Counts the instructions of small workloads by callgrind, which gives the same number on a busy machine as on a quiet one,
and compares them with a table.

    python3 bench/count_instructions.py build/run/bench/organics_instructions bench/instructions.txt [--update]

Exit code 1 where a workload takes over 5 % more than the table says, is missing in it, or takes over 5 % less: the table
then says too much. 77 where the table was made with another compiler, whose numbers are others.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.05
# The C library's functions by the same instructions on every processor.
PLAIN = "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL,-ERMS,-FSRM,-XSAVEC,-XSAVE"


def compiler_of(program):
    """The compiler's own words in the file, such as GCC: (Debian 12.2.0-14) 12.2.0."""
    comments = subprocess.run(["readelf", "-p", ".comment", program], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"\]\s+(GCC: .*|.*clang version.*)", comments)
    return found[0].strip() if found else "unknown"


def count(program, name):
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
             "--toggle-collect=measured_workload", program, name],
            capture_output=True, text=True, env={**os.environ, "GLIBC_TUNABLES": PLAIN})
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or found is None:
        sys.exit(f"{name}: {run.stderr[-2000:]}")
    return int(found.group(1))


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip()]
    return lines[0], {name: int(number) for number, name in (line.split() for line in lines[1:])}


def write(path, compiler, counts):
    with open(path, "w", encoding="utf-8") as file:
        file.write(compiler + "\n")
        file.writelines(f"{number:>12} {name}\n" for name, number in sorted(counts.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("table")
    parser.add_argument("--update", action="store_true", help="write the table")
    arguments = parser.parse_args()
    compiler = compiler_of(arguments.program)
    known = {}
    if not arguments.update:
        made_with, known = read(arguments.table)
        if made_with != compiler:
            print(f"{arguments.table} was made with {made_with}, this program with {compiler}: not compared")
            return 77
    names = subprocess.run([arguments.program], capture_output=True, text=True, check=True).stdout.split()
    counts, failed = {}, False
    for name in names:
        counts[name] = count(arguments.program, name)
        before = known.get(name)
        change = counts[name] / before - 1 if before else 0
        bad = not arguments.update and (before is None or abs(change) > TOLERANCE)
        failed = failed or bad
        print(f"{counts[name]:>12} {name}  {'new' if before is None else f'{100 * change:+.2f} %'}"
              f"{'  <- not as in the table' if bad else ''}", flush=True)
    if arguments.update:
        write(arguments.table, compiler, counts)
    elif set(known) - set(counts):
        failed = True
        print(f"in the table, but no workload: {', '.join(sorted(set(known) - set(counts)))}")
    return 1 if failed else 0


sys.exit(main())
