#!/usr/bin/env python3
"""Draws the CSV of organics_work_precision: error against processor time, a panel for each problem.

    ./run work-precision OUTDIR
    python3 bench/plot_work_precision.py OUTDIR/work-precision.csv OUTDIR/work-precision.svg
    python3 bench/plot_work_precision.py --output end FILE.csv FILE.svg
"""
import argparse
import csv
import math
import sys

STYLES = {  # explicit methods solid, linearly implicit ones dashed, the choice between the two black
    "heun": ("#9e9e9e", "-"),
    "bogacki_shampine32": ("#e69f00", "-"),
    "dormand_prince54": ("#56b4e9", "-"),
    "tsitouras54": ("#0072b2", "-"),
    "verner65": ("#009e73", "-"),
    "dormand_prince853": ("#cc79a7", "-"),
    "rosenbrock23": ("#d55e00", "--"),
    "rodas43": ("#8b0000", "--"),
    "auto": ("#000000", ":"),
}
SETS = {"figure4": "Figure 4 ensemble", "spread": "tau_a 0.1 ms to 100 ms"}


def read(path, output):
    """{(set, end): {n: {method: [(seconds, error)]}}} and {(set, end, n): floor}, errors of 95 % of the circuits."""
    problems, floors = {}, {}
    with open(path, newline="") as file:
        rows = csv.DictReader(file)
        needed = {"set", "n", "end", "output", "method", "error_p95", "floor_p95", "seconds"}
        missing = needed - set(rows.fieldnames or [])
        if missing:
            sys.exit(f"{path}: no column {', '.join(sorted(missing))}: not a file of organics_work_precision")
        for row in rows:
            if row["output"] != output:
                continue
            problem, n = (row["set"], row["end"]), int(row["n"])
            point = (float(row["seconds"]), float(row["error_p95"]))
            problems.setdefault(problem, {}).setdefault(n, {}).setdefault(row["method"], []).append(point)
            floors[(*problem, n)] = float(row["floor_p95"])
    if not problems:
        sys.exit(f"{path}: no rows with output {output}")
    return problems, floors


def draw_panel(axis, methods, floor):
    for method, points in methods.items():
        colour, dashes = STYLES[method]
        shown = [(s * 1e6, e) for s, e in points if math.isfinite(e) and e > floor]
        if shown:
            axis.plot(*zip(*shown), dashes, color=colour, marker="o", markersize=2.5, linewidth=1.1, label=method)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.xaxis.set_minor_formatter("")
    axis.grid(alpha=0.25)


def draw(plt, problems, floors):
    sizes = sorted({n for panels in problems.values() for n in panels})
    figure, axes = plt.subplots(
        len(problems), len(sizes), squeeze=False, sharey=True, figsize=(3.5 * len(sizes), 2.6 * len(problems) + 0.7)
    )
    for row, ((name, end), panels) in zip(axes, problems.items()):
        for axis, n in zip(row, sizes):
            if n in panels:
                draw_panel(axis, panels[n], floors[(name, end, n)])
            axis.set_title(f"{SETS.get(name, name)}, n = {n}, to {float(end) * 1e3:g} ms", fontsize="small")
        row[0].set_ylabel("error")
    for axis in axes[-1]:
        axis.set_xlabel("microseconds per circuit, one core")
    handles = {label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels())}
    labels = [method for method in STYLES if method in handles]
    figure.legend([handles[m] for m in labels], labels, loc="lower center", ncols=5, fontsize="small")
    figure.tight_layout(rect=(0, 0.7 / (2.6 * len(problems) + 0.7), 1, 1))
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv")
    parser.add_argument("image", help="its ending says the format: .svg, .png, .pdf")
    parser.add_argument("--output", choices=["samples", "end"], default="samples", help="errors at 20 times or the end")
    arguments = parser.parse_args()
    try:
        import matplotlib
    except ImportError:
        sys.exit("plot_work_precision.py needs matplotlib: apt install python3-matplotlib, or pip install matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "organics"  # the same file from the same numbers
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot as plt

    figure = draw(plt, *read(arguments.csv, arguments.output))
    figure.savefig(arguments.image, metadata={"Date": None} if arguments.image.endswith(".svg") else None)


if __name__ == "__main__":
    main()
