"""Compares what ptxas said of each kernel with a committed table.

check_ptxas.py --table FILE --compiler VERSION [--update] OBJECT...   (reads OBJECT.ptxas, see keep_ptxas.sh)

A spill fails always. More registers or a larger stack than the table says fails where the table was made by the same
compiler version; other compilers choose other registers. --update writes the table anew.
"""
import argparse
import pathlib
import re
import subprocess
import sys

KERNEL = re.compile(
    r"Compiling entry function '(?P<name>\w+)' for '(?P<arch>\w+)'\n"
    r".*Function properties for .*\n"
    r"\s*(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, (?P<loads>\d+) bytes spill loads\n"
    r".*Used (?P<registers>\d+) registers"
)


def short_names(mangled):
    """Demangled names without return type, parameters and our own namespaces."""
    names = subprocess.run(["c++filt"], input="\n".join(mangled), capture_output=True, text=True, check=True).stdout
    names = names.replace("(anonymous namespace)::", "")
    names = re.sub(r"\([\w:]+\)(?=\d)", "", names)  # the type of an enumerator, as in (organics::Method)5
    return [re.sub(r"\(.*\)$|^void |organics::(cuda::)?", "", n).replace("> >", ">>") for n in names.splitlines()]


def figures(objects):
    """(kernel, architecture) -> (registers, stack, spilled bytes)."""
    text = "".join(log.read_text() for log in map(lambda o: pathlib.Path(o + ".ptxas"), objects) if log.exists())
    found = [m.groupdict() for m in KERNEL.finditer(text)]
    names = short_names([f["name"] for f in found])
    return {
        (name, f["arch"]): (int(f["registers"]), int(f["stack"]), int(f["stores"]) + int(f["loads"]))
        for name, f in zip(names, found)
        if not name.startswith(("cub::", "thrust::"))  # not ours to judge
    }


def read_table(path):
    compiler, rows = "", {}
    for line in path.read_text().splitlines():
        if line.startswith("# nvcc "):
            compiler = line.removeprefix("# nvcc ")
        elif line and not line.startswith("#"):
            registers, stack, spill, arch, name = line.split(maxsplit=4)
            rows[name, arch] = (int(registers), int(stack), int(spill))
    return compiler, rows


def table_text(compiler, rows):
    lines = [f"{r:9} {s:6} {p:6} {arch:>6}  {name}" for (name, arch), (r, s, p) in sorted(rows.items())]
    head = "# Registers, stack bytes and spilled bytes of each kernel; cmake/check_ptxas.py --update writes this file."
    columns = f"#{'registers':>9} {'stack':>6} {'spill':>6} {'arch':>6}  kernel"
    return "\n".join([head, f"# nvcc {compiler}", columns.replace("# ", "#", 1), *lines]) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("objects", nargs="+")
    arguments = parser.parse_args()

    now = figures(arguments.objects)
    if not now:
        sys.exit("no figures: build with ORGANICS_CUDA=ON and ORGANICS_DEVICE_REPORT=ON")
    print(table_text(arguments.compiler, now), end="")
    if arguments.update:
        arguments.table.write_text(table_text(arguments.compiler, now))
    if not arguments.table.exists():
        sys.exit(f"{arguments.table}: missing; make it with --update")

    compiler, table = read_table(arguments.table)
    errors = []
    for kernel, (registers, stack, spill) in now.items():
        name = f"{kernel[0]} ({kernel[1]})"
        if spill:
            errors.append(f"{name}: spills {spill} bytes")
        if compiler != arguments.compiler:
            continue
        if kernel not in table:
            errors.append(f"{name}: not in {arguments.table.name}")
        elif registers > table[kernel][0] or stack > table[kernel][1]:
            errors.append(f"{name}: {registers} registers, {stack} bytes of stack; the table allows {table[kernel][:2]}")
    errors += [f"{name} ({arch}): in the table only" for name, arch in table.keys() - now.keys() if compiler == arguments.compiler]
    sys.exit("\n".join(errors) or None)


if __name__ == "__main__":
    main()
