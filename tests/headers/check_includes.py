"""Who may include whom. check_includes.py ROOT checks the tree; check_includes.py --self-test checks this script.

Two tables say it all. A file may include what its row names and whatever that may include in turn.
Names are paths without their root (include/) and ending.
"""
import pathlib
import re
import sys
import tempfile

# The headers: each has a row. A new header needs a new row here, and that is a decision.
CORE = "organics/core/"
HEADERS = {
    "organics/error": [],
    "organics/batch": ["organics/error"],
    "organics/executor": ["organics/error"],
    "organics/circuits": ["organics/batch", "core model"],
    "organics/stimulus": ["organics/circuits", "core driven_circuit"],
    "organics/integrate": ["organics/stimulus", "organics/executor", "core status", "core method", "core march_options"],
    "organics/trajectory": ["organics/integrate", "core recorder"],
    "organics/march_batch": ["organics/trajectory", "core march_lanes"],
    "organics/march_models": ["organics/trajectory", "core march_lanes", "core constant_tableau"],
    "organics/parallel": [],
    "organics/own_model": ["organics/trajectory", "organics/parallel", "organics/own_model",  # .hpp, and .cuh over it
                           "organics/march_models"],
    "organics/steady_state": ["organics/circuits", "organics/executor", "core status"],
    "organics/stability": ["organics/circuits", "organics/executor", "core status"],
    "organics/sweep": ["organics/integrate", "organics/steady_state", "organics/stability", "core ensemble"],
    "organics/hunt": ["organics/sweep"],
    "organics/wilson": [],
    "organics/organics": ["organics/sweep", "organics/hunt", "organics/wilson", "organics/equilibria", "organics/noise",
                          "organics/sensitivity", "organics/spectra", "organics/theory"],
    "core scalar": [],
    "core pack": ["core scalar"],
    "core bundle": ["core pack"],
    "core narrow_pack": ["core bundle"],
    "core power": ["core scalar"],
    "core status": ["core scalar"],
    "core team": ["core scalar"],
    "core team_cuda": ["core team"],
    "core method": [],
    "core march_options": ["core scalar"],
    "core tableau": ["core method", "core scalar"],
    "core explicit_methods": ["core tableau"],
    "core constant_tableau": ["core explicit_methods"],
    "core rosenbrock_methods": ["core tableau"],
    "core order_conditions": ["core rosenbrock_methods"],
    "core controller": ["core march_options", "core power"],
    "core interpolant": ["core scalar"],
    "core row_sums": ["core team"],
    "core alone": ["core pack"],
    "core wide_sums": ["core alone", "core rk_step", "core row_sums"],
    "core weights": ["core row_sums"],
    "core model": ["core weights"],
    "core series": ["core scalar"],
    "core driven_circuit": ["core model", "core series"],
    "core lu": ["core team"],
    "core hessenberg": ["core row_sums"],
    "core eigenvalues": ["core hessenberg"],
    "core singular_value": ["core hessenberg"],
    "core rk_step": ["core team", "core tableau"],
    "core derivatives": ["core team"],
    "core rosenbrock": ["core derivatives", "core lu", "core rosenbrock_methods"],
    "core steppers": ["core explicit_methods", "core rk_step", "core rosenbrock"],
    "core march": ["core steppers", "core controller", "core interpolant", "core status"],
    "core sampler": ["core march"],
    "core coast": ["core march"],
    "core march_lanes": ["core sampler", "core coast"],
    "core recorder": ["core sampler", "core dominant_frequency"],
    "core fourier_sums": ["core team"],
    "core dominant_frequency": ["core fourier_sums"],
    "core noise_options": ["core scalar"],
    "core noise": ["core draw", "core fourier_sums", "core noise_options", "core rk_step", "core status"],
    "organics/spectra": ["organics/batch", "organics/executor", "core status"],
    "organics/sensitivity": ["organics/circuits", "organics/executor", "core status"],
    "organics/equilibria": ["organics/circuits", "organics/executor", "core planar", "core status"],
    "organics/theory": ["organics/circuits", "organics/executor", "core planar", "core status"],
    "organics/noise": ["organics/circuits", "organics/executor", "core noise_options", "core status"],
    "core fixed_point": ["core model", "core derivatives", "core lu", "core singular_value"],
    "core limit_cycle": ["core fixed_point", "core march"],
    "core steady_state": ["core uniform_verdict", "core limit_cycle", "core rk_step", "core rosenbrock",
                          "core spectrum"],
    "core spectrum": ["core model", "core eigenvalues", "core status"],
    "core rightmost": ["core hessenberg", "core status"],
    "core matrix_spectrum": ["core lu", "core rightmost", "core spectrum"],
    "core sensitivity": ["core lu", "core rightmost", "core spectrum"],
    "core rounding_bound": ["core scalar"],
    "core symmetric_part": ["core rounding_bound", "core team"],
    "core certificate": ["core hessenberg", "core lu", "core rounding_bound", "core symmetric_part"],
    "core planar": ["core model", "core eigenvalues", "core status"],
    "core oscillator": ["core model", "core lu"],
    "core histogram": ["core scalar"],
    "core digest": ["core scalar"],
    "core starts": ["core draw", "core fixed_point"],
    "core equilibria": ["core certificate", "core planar", "core starts", "core steady_state"],
    "core ensemble": ["core model"],
    "core circuit_storage": ["core ensemble", "core singular_value"],
    "core random": ["core ensemble"],
    "core sequence": ["core random"],
    "core normal_quantile": ["core scalar"],
    "core orthogonal": ["core hessenberg"],
    "core spectral_radius": ["core eigenvalues"],
    "core recurrent": ["core circuit_storage", "core orthogonal", "core random", "core spectral_radius"],
    "core draw": ["core normal_quantile", "core recurrent", "core sequence"],
    "core recurrent_set": ["core draw"],
    "core search_space": ["core recurrent_set"],
    "core uniform_verdict": ["core certificate", "core derivatives", "core fixed_point", "core spectrum"],
    "core mixed_verdict": ["core certificate", "core circuit_storage", "core fixed_point", "core spectrum"],
    "core settle_mixed": ["core mixed_verdict", "core steady_state"],
}

# What users of the public API see: its folder, and the core headers that hold its enums and parameters.
PUBLIC = ["include/organics"] + [f"include/organics/core/{name}.hpp" for name in
                                   ("status", "method", "march_options", "model", "series", "driven_circuit", "ensemble")]

# The folders: what files there may include, as folders or single files. The most specific row counts.
FOLDERS = {
    "src": ["include", "src", "src/simd/lanes.hpp"],
    "src/simd": ["include", "src/simd"],
    "src/io": [*PUBLIC, "src/io"],
    "src/cli": [*PUBLIC, "src/io", "src/cli"],
    # The seam, and headers that executors share so that options and statistics mean the same on each.
    "cuda": ["include", "src/backend.hpp", "src/core_options.hpp", "src/ensemble_in.hpp", "src/equilibria_options.hpp",
             "src/swept_circuits.hpp", "src/tally.hpp", "cuda"],
    "tests/support": ["include", "src/cli/handouts.hpp", "tests/support"],
    "tests/core": ["include/organics/core", "tests/support", "tests/core"],
    "tests/api": [*PUBLIC, "tests/support", "tests/api"],
    "tests/paper": [*PUBLIC, "tests/support", "tests/paper"],
    # What is queued when, which needs no device to be watched.
    "tests/cuda": [*PUBLIC, "cuda/pipeline.hpp", "tests/support", "tests/cuda"],
    "tests/io": [*PUBLIC, "src/io", "src/cli/handouts.hpp", "tests/support", "tests/io"],
    # The zoo that the tests judge us by is the one that peers are judged by, operations are counted where a test can hold the
    # count against the core, and the model of a sweep over many ranks is the one that the tests hold.
    "bench": [*PUBLIC, "bench", "tests/support/eigenvalue_zoo.hpp", "tests/support/operation_counts.hpp",
              "tests/support/simulated_ranks.hpp"],
    "examples": [*PUBLIC, "examples"],
}
# "include/organics" above is the public folder alone, not core/; "src" is not src/io and src/cli.
FLAT = ["include/organics", "src"]

# Beyond the standard library: which <...> the core may use, and where.
CORE_EXTERNAL = {"organics/core/random": ["Random123/philox.h"]}

INCLUDE_ROOTS = ["include", "src", "tests", "cuda", "bench"]
ENDINGS = {".hpp", ".cpp", ".cuh", ".cu"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def long_name(name):
    return name.replace("core ", CORE)


def closure(name, table):
    """Every header that `name` may include, directly or through another."""
    reached, open_rows = set(), list(table.get(name, []))
    while open_rows:
        row = open_rows.pop()
        if row not in reached:
            reached.add(row)
            open_rows += table.get(row, [])
    return reached


def resolve(root, file, included):
    """The path from `root` of what `file` includes with quotes, or None."""
    for folder in [file.parent, *(root / r for r in INCLUDE_ROOTS)]:
        candidate = (folder / included).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            return candidate.relative_to(root)
    return None


def within(path, place):
    if place in FLAT:
        return str(path.parent) == place
    return str(path) == place or pathlib.PurePath(place) in path.parents


def errors_in(root, file):
    path = file.relative_to(root)
    text = file.read_text(encoding="utf-8")
    table = {long_name(k): [long_name(v) for v in values] for k, values in HEADERS.items()}
    header = str(path.relative_to("include").with_suffix("")) if path.parts[0] == "include" else None
    if header is not None and header not in table:
        yield f"{path}: no row in HEADERS of check_includes.py"
        return
    folder = max((f for f in FOLDERS if pathlib.PurePath(f) in path.parents), key=len, default=None)
    if header is None and folder is None:
        yield f"{path}: no row in FOLDERS of check_includes.py"
        return

    for kind, included in INCLUDE.findall(text):
        if kind == "<":
            standard = "/" not in included and "." not in included
            if header and header.startswith(CORE) and not standard and included not in CORE_EXTERNAL.get(header, []):
                yield f"{path}: the core includes <{included}>, which is not the standard library"
            if included.startswith("organics/"):
                yield f"{path}: <{included}> should be written with quotes"
            continue
        target = resolve(root, file, included)
        if target is None:
            yield f'{path}: "{included}" is no file of this project'
        elif header is not None:
            name = str(target.relative_to("include").with_suffix("")) if target.parts[0] == "include" else str(target)
            if name not in closure(header, table):
                yield f'{path}: may not include "{included}"'
        elif not any(within(target, place) for place in FOLDERS[folder]):
            yield f'{path}: may not include "{included}"; see the row {folder} of FOLDERS'


def check(root):
    root = root.resolve()
    files = [f for top in ["include", *sorted({f.split("/")[0] for f in FOLDERS})] for f in (root / top).rglob("*")]
    return [error for f in sorted(files) if f.suffix in ENDINGS for error in errors_in(root, f)]


def self_test():
    """A small tree: good as it is, and each bad edge is found."""
    good = {
        "include/organics/core/scalar.hpp": "#include <cmath>\n",
        "include/organics/core/team.hpp": '#include "organics/core/scalar.hpp"\n',
        "include/organics/core/lu.hpp": '#include "organics/core/team.hpp"\n#include "organics/core/scalar.hpp"\n',
        "include/organics/core/random.hpp": "#include <Random123/philox.h>\n",
        "include/organics/error.hpp": "#include <string>\n",
        "src/backend.hpp": '#include "organics/error.hpp"\n#include "organics/core/lu.hpp"\n',
        "src/io/file.cpp": '#include "organics/error.hpp"\n',
        "cuda/lu.cu": '#include "backend.hpp"\n#include "organics/core/lu.hpp"\n',
        "tests/core/lu_test.cpp": '#include "organics/core/lu.hpp"\n',
        "tests/api/error_test.cpp": '#include "organics/error.hpp"\n',
    }
    bad = {
        "include/organics/core/scalar.hpp": '#include "organics/core/lu.hpp"\n',
        "include/organics/core/lu.hpp": "#include <Eigen/Dense>\n",
        "include/organics/core/team.hpp": '#include "organics/error.hpp"\n',
        "include/organics/core/stray.hpp": "",
        "include/organics/error.hpp": '#include "organics/core/lu.hpp"\n',
        "src/lu.cpp": '#include "../cuda/lu.cu"\n',
        "src/io/file.cpp": '#include "backend.hpp"\n',
        "cuda/lu.cu": '#include "../src/io/file.cpp"\n',
        "tests/core/lu_test.cpp": '#include "organics/error.hpp"\n',
        "tests/api/error_test.cpp": '#include "organics/core/lu.hpp"\n',
    }
    for name, text in [(None, None), *bad.items()]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, content in (good if name is None else {**good, name: text}).items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content, encoding="utf-8")
            errors = check(root)
            expected = 0 if name is None else 1
            assert len(errors) == expected and all(e.startswith(name) for e in errors), (name, errors)
    print(f"self-test: the good tree passes, {len(bad)} bad edges are found")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    else:
        found = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
        print("\n".join(found) or "include edges: as allowed")
        sys.exit(1 if found else 0)
