#!/usr/bin/env python3
"""Draws the JSON of organics_bench: how many times as fast as the peers, and fractions of the multiply-add rate, by n.

    ./run bench --benchmark_filter='spectrum|verdict|certificate|sweep_against' --benchmark_out=FILE.json
    python3 bench/plot_spectra.py FILE.json FILE.svg
    python3 bench/plot_spectra.py --table FILE.json        (Markdown on stdout)
"""
import argparse
import io
import json
import sys

RATIOS = [  # benchmark, counter, label, colour, dashes
    ("spectrum_against_peers", "times_lapack", "spectrum / LAPACK", "#0072b2", "-"),
    ("spectrum_against_peers", "times_eigen", "spectrum / Eigen", "#56b4e9", "-"),
    ("verdict_against_eigen", "times_eigen", "verdict / Eigen", "#d55e00", "-"),
    ("verdict_identity_against_eigen", "times_eigen", "verdict, Wr = I / Eigen", "#e69f00", "-"),
    ("sweep_against_eigen", "times_eigen", "verdict with drawing / Eigen", "#8b0000", "--"),
]
FRACTIONS = [
    ("spectrum_against_peers", "of_peak", "spectrum", "#0072b2", "-"),
    ("certificate_against_eigenvalues", "of_peak", "certificate", "#009e73", "-"),
]
COLUMNS = [  # benchmark, counters
    ("spectrum_against_peers", ["us_each", "lapack_us_each", "eigen_us_each", "times_lapack", "times_eigen", "of_peak"]),
    ("certificate_against_eigenvalues", ["us_each", "eigenvalues_us_each", "over_eigenvalues", "squarings", "of_peak"]),
    ("verdict_against_eigen", ["us_each", "eigen_us_each", "times_eigen", "newton_steps"]),
    ("verdict_identity_against_eigen", ["us_each", "eigen_us_each", "times_eigen"]),
    ("verdict_by_flow", ["us_each"]),
    ("sweep_against_eigen", ["us_each", "eigen_us_each", "times_eigen"]),
]


def read(path):
    """{benchmark: {n: counters}}"""
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["benchmarks"]
    found = {}
    for row in rows:
        if row.get("error_occurred"):
            sys.exit(f"{path}: {row['name']} failed: {row['error_message']}")
        name, _, n = row["name"].partition("/")
        if n.isdigit():
            found.setdefault(name, {})[int(n)] = row
    if not any(name in found for name, _ in COLUMNS):
        sys.exit(f"{path}: none of the benchmarks that are drawn: not a file of organics_bench?")
    return found


def print_tables(found):
    for name, counters in COLUMNS:
        if name not in found:
            continue
        print(f"`{name}`\n\n| n | {' | '.join(counters)} |\n|{' --- |' * (len(counters) + 1)}")
        for n, row in sorted(found[name].items()):
            cells = [f"{row[c]:.3g}" if c in row else "" for c in counters]
            print(f"| {n} | {' | '.join(cells)} |")
        print()


def draw_panel(axis, found, lines):
    for name, counter, label, colour, dashes in lines:
        points = [(n, row[counter]) for n, row in sorted(found.get(name, {}).items()) if counter in row]
        if points:
            axis.plot(*zip(*points), dashes, color=colour, marker="o", markersize=3, linewidth=1.2, label=label)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("n (matrices are 2n x 2n)")
    axis.grid(alpha=0.25, which="both")
    axis.legend(fontsize="small")


def draw(path, found):
    try:
        import matplotlib
    except ImportError:
        sys.exit("plot_spectra.py needs matplotlib: apt install python3-matplotlib, or pip install matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "organics"  # the same file from the same numbers
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
    draw_panel(left, found, RATIOS)
    left.axhline(1, color="black", linewidth=0.8)
    left.set_ylabel("times as fast as the peer, one core")
    draw_panel(right, found, FRACTIONS)
    right.set_ylabel("fraction of the multiply-add rate")
    figure.tight_layout()
    if not path.endswith(".svg"):
        figure.savefig(path)
        return
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json")
    parser.add_argument("image", nargs="?", help="its ending says the format: .svg, .png, .pdf")
    parser.add_argument("--table", action="store_true", help="print the figures")
    arguments = parser.parse_args()
    found = read(arguments.json)
    if arguments.table:
        print_tables(found)
    if arguments.image:
        draw(arguments.image, found)


if __name__ == "__main__":
    main()
