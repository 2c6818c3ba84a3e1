"""docs/sweep.schema.json against the program: the same keys, and the same files accepted. check_schema.py PROGRAM ROOT

Without the Python package jsonschema only the keys are compared, and the exit code is 77.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

program, root = sys.argv[1], pathlib.Path(sys.argv[2])
schema = json.loads((root / "docs/sweep.schema.json").read_text(encoding="utf-8"))
ensemble = schema["properties"]["ensemble"]["properties"]
failures = []

# Files that the program refuses, by what is wrong, and others that it takes.
BAD = ["[sweep]\ncircuits = 0", "[sweep]\nprecision = 'half'", "[sweep]\ncertify = 1", "[ensemble]\nn = 0",
       "[ensemble]\nb0 = [1, 2, 3]", "[ensemble]\nb0 = { uniform = [0, 1], normal = [1, 1] }",
       "[ensemble]\nb0 = { same_as = 'z' }", "[ensemble]\nW = { same_as = 'b0' }", "[ensemble]\nWr = { kind = 'round' }",
       "[ensemble]\nWr = { kind = 'sparse', density = 2 }", "[histogram]\nbins = 0", "[stop]\nwidth = 1",
       "[steady_state]\nmax_steps = 0", "[grid]\nsigma = { linear = [0, 1] }", "[grid]\nsigma = 'all'",
       "[ensemble]\nz = { norm = -1 }", "sweeps = 1", "[ensemble]\nsampling = 'even'", "[ensemble]\nsampling = {}",
       "[ensemble]\nsampling = { latin_hypercube = 1 }", "[ensemble]\nn = 1\nWr = { kind = 'given' }",
       "[ensemble]\nn = 1\nWr = { kind = 'identity', rows = [[1]] }",
       "[ensemble]\nn = 1\nW = { kind = 'given', rows = [[-1]] }",
       "[ensemble]\nn = 1\nW = { kind = 'given', rows = [[1]], file = 'W.csv' }"]
GOOD = ["", "[ensemble]\nb0 = { log_normal = [1, 0.1], per = 'circuit' }\nb1 = { same_as = 'b0', times = 2 }",
        "[ensemble]\nz = { normal = [0, 1] }\nW = { kind = 'ring', entries = 0.5, width = 2 }",
        "[ensemble]\nWr = { kind = 'low_rank', rank = 2, scale_by = 'radius', radius = 0.5 }",
        "[ensemble]\nWr = { kind = 'gaussian', dale = 0.8, scale_by = 'none', factor = 0.1 }",
        "[grid]\nWr.norm = { log = [0.1, 1, 3] }\nn = [1, 2]",
        "[ensemble]\nsigma = { uniform = [0, 1], per = 'circuit' }\nsampling = 'sobol'",
        "[ensemble]\nsigma = { uniform = [0, 1], per = 'circuit' }\nsampling = { latin_hypercube = 10 }",
        "[ensemble]\nn = 2\nWr = { kind = 'given', rows = [[0, 1], [-1, 0]] }\n"
        "W = { kind = 'given', rows = [[1, 0.5], [0.5, 1]], entries = [0, 1] }"]


def run(text):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "sweep.toml"
        file.write_text(text, encoding="utf-8")
        cell = ["--cell", "0"] if "grid" in tomllib.loads(text) else []
        return subprocess.run([program, "sweep", str(file), "--replay", "0", *cell], capture_output=True, text=True)


def expect_keys(where, text, keys):
    """The program names the keys that it knows when it meets one that it does not."""
    message = run(text).stderr
    known = re.search(r"expected one of ([\w, ]+)", message)
    if known is None or set(known.group(1).split(", ")) != set(keys):
        failures.append(f"{where}: the schema has {sorted(keys)}, the program says {message.strip()}")


def expect_all_keys():
    expect_keys("file", "unknown = 1", schema["properties"])
    for section, content in schema["properties"].items():
        if section != "grid":
            expect_keys(section, f"[{section}]\nunknown = 1", content["properties"])
    Wr = set(ensemble["Wr"]["properties"])
    of_kind = {"sparse": {"density", "dale"}, "ring": {"width", "inhibition"}, "low_rank": {"rank"}, "identity": set(),
               "given": {"rows", "file"}}
    sizes = {"norm", "radius", "factor"}
    common = Wr - sizes - set().union(*of_kind.values())
    for kind, own in of_kind.items():
        for scale, size in (("norm", "norm"), ("radius", "radius"), ("none", "factor")):
            given = "rows = [[1]], " if kind == "given" else ""
            expect_keys(f"Wr of kind {kind}",
                        f"[ensemble]\nn = 1\nWr = {{ kind = '{kind}', {given}scale_by = '{scale}', unknown = 1 }}",
                        common | own | {size})
    tables = [one["properties"] for one in schema["definitions"]["distribution"]["anyOf"] if "properties" in one]
    names = set().union(*tables) - {"min", "times"}
    expect_keys("a distribution", "[ensemble]\nb0 = { unknown = 1 }", names)


def expect_same_files(jsonschema):
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    files = [(path.name, path.read_text(encoding="utf-8"), True) for path in (root / "examples").glob("*.toml")]
    files += [(text, text, True) for text in GOOD] + [(text, text, False) for text in BAD]
    for name, text, good in files:
        taken = run(text).returncode == 0
        valid = validator.is_valid(tomllib.loads(text))
        if taken != good or valid != good:
            failures.append(f"{name!r}: expected {good}, the program says {taken}, the schema {valid}")


expect_all_keys()
try:
    import jsonschema
except ImportError:
    jsonschema = None
else:
    expect_same_files(jsonschema)
print("\n".join(failures) or "the schema and the program agree")
sys.exit(1 if failures else 77 if jsonschema is None else 0)
