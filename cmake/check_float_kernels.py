"""check_float_kernels.py OBJECT...: no kernel made for float works in double precision.

Reads the PTX in objects compiled with --compress-mode=none. A kernel is one for float when its demangled name has
`float` as a template argument and no `double`. Functions that such a kernel calls are in its text or named like it.
CUDA's own sinf and cosf reduce arguments over 1e5 with three instructions in double; those are let through.
"""
import pathlib
import re
import subprocess
import sys

# An embedded PTX file is text from its version line to a NUL; an entry or function ends at a brace in column one.
# What ends at a semicolon before its brace is a declaration: it must not take the next function's body for its own.
PTX = re.compile(rb"\.version \d+\.\d+\n\.target [^\0]*")
FUNCTION = re.compile(r"^[^\n;]*\.(?:entry|func)\b[^;{}]*\{.*?^}", re.MULTILINE | re.DOTALL)
# k pi/2 2^-64 in double, then to float: the end of that reduction.
LIBRARY_REDUCTION = re.compile(
    r"cvt\.rn\.f64\.s64 [^\n]*\n\s*mul\.f64 [^\n]*0d3BF921FB54442D19;\n\s*cvt\.rn\.f32\.f64 [^\n]*\n"
)
NAME = re.compile(r"\b(_Z\w+)")


def main(objects):
    texts = {}
    for path in objects:
        for ptx in PTX.findall(pathlib.Path(path).read_bytes()):
            for function in FUNCTION.findall(ptx.decode("ascii", "replace")):
                name = NAME.search(function)
                if name:
                    texts[name[1]] = function
    names = subprocess.run(["c++filt"], input="\n".join(texts), capture_output=True, text=True, check=True).stdout
    floats, errors = 0, []
    for name, text in zip(names.splitlines(), texts.values()):
        if re.search(r"\bfloat\b", name) and "double" not in name:
            floats += 1
            lines = (line.strip() for line in LIBRARY_REDUCTION.sub("", text).splitlines())
            doubles = [line for line in lines if ".f64" in line and not line.startswith(("//", ".reg"))]
            if doubles:
                errors.append(f"{name}\n  {len(doubles)} lines with .f64, first: {doubles[0]}")
    if not floats:
        errors.append("no PTX of a float kernel found: build with ORGANICS_CUDA=ON and ORGANICS_DEVICE_REPORT=ON")
    print(f"{floats} float functions looked at")
    sys.exit("\n".join(errors) or None)


if __name__ == "__main__":
    main(sys.argv[1:])
