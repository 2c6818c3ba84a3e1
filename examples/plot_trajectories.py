#!/usr/bin/env python3
"""Draws the CSV of `organics integrate`: lines of components, or one block of the state as an image.

    organics integrate examples/contrast_step.json --times 0:0.001:0.25 --csv --output contrast_step.csv
    python3 examples/plot_trajectories.py contrast_step.csv contrast_step.svg --component 'y[0]' --component 'a[0]'
    python3 examples/plot_trajectories.py ring36.csv ring36.svg --image y
"""
import argparse
import csv
import io
import math
import sys


def read(path):
    """{(circuit, name): {column: numbers}}, NaN where a cell is empty, and the columns of the state."""
    with open(path, newline="") as file:
        rows = csv.DictReader(file)
        columns = rows.fieldnames or []
        if columns[:3] != ["circuit", "name", "time"]:
            sys.exit(f"{path}: expected the columns circuit,name,time,... of `organics integrate --csv`")
        circuits = {}
        for row in rows:
            circuit = circuits.setdefault((row["circuit"], row["name"]), {c: [] for c in columns[2:]})
            for column in columns[2:]:
                circuit[column].append(float(row[column]) if row[column] else math.nan)
    return circuits, columns[3:]


def draw_lines(plt, circuits, components):
    figure, axes = plt.subplots(len(components), 1, sharex=True, squeeze=False, figsize=(7, 2.4 * len(components)))
    for axis, component in zip(axes[:, 0], components):
        for (index, name), columns in circuits.items():
            axis.plot(columns["time"], columns[component], linewidth=1.2, label=name or f"circuit {index}")
        axis.set_ylabel(component)
        axis.grid(alpha=0.3)
    axes[0, 0].legend(fontsize="small")
    axes[-1, 0].set_xlabel("time (s)")
    return figure


def draw_images(plt, circuits, columns, block):
    rows = [column for column in columns if column.startswith(block + "[")]
    if not rows:
        sys.exit(f"--image: {block}, expected one of {', '.join(sorted({c.split('[')[0] for c in columns}))}")
    figure, axes = plt.subplots(len(circuits), 1, sharex=True, squeeze=False, figsize=(7, 3.2 * len(circuits)))
    for axis, ((index, name), values) in zip(axes[:, 0], circuits.items()):
        image = axis.pcolormesh(values["time"], range(len(rows)), [values[row] for row in rows], shading="nearest",
                                rasterized=True)
        figure.colorbar(image, ax=axis, label=block)
        axis.set_ylabel(f"neuron\n{name or f'circuit {index}'}")
    axes[-1, 0].set_xlabel("time (s)")
    return figure


def save(figure, path):
    if not path.endswith(".svg"):
        figure.savefig(path, dpi=100)
        return
    text = io.StringIO()
    figure.savefig(text, format="svg", dpi=100, metadata={"Date": None})
    with open(path, "w", encoding="utf-8") as file:  # without trailing blanks, so that it can be kept under git
        file.writelines(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def main():
    parser = argparse.ArgumentParser(description="Draws the CSV of `organics integrate`.")
    parser.add_argument("csv", help="what `organics integrate FILE --csv` wrote")
    parser.add_argument("figure", help="the figure, .svg or .png")
    parser.add_argument("--component", action="append", help="a line for each circuit; repeatable (default y[0])")
    parser.add_argument("--image", metavar="BLOCK", help="y, a, b0 or b1 of all neurons, as an image instead of lines")
    parser.add_argument("--title", default="")
    arguments = parser.parse_args()

    circuits, columns = read(arguments.csv)
    components = arguments.component or ["y[0]"]
    for component in components:
        if component not in columns:
            sys.exit(f"--component: {component}, expected one of {', '.join(columns)}")
    if not circuits:
        sys.exit(f"{arguments.csv}: no rows, expected at least one")

    try:
        import matplotlib
    except ImportError:
        sys.exit("matplotlib is missing, expected it beside Python: pip install matplotlib, or "
                 "apt-get install python3-matplotlib")
    matplotlib.use("Agg")  # no window
    matplotlib.rcParams["svg.hashsalt"] = "organics"  # the same figure for the same numbers
    import matplotlib.pyplot as plt

    if arguments.image:
        figure = draw_images(plt, circuits, columns, arguments.image)
    else:
        figure = draw_lines(plt, circuits, components)
    figure.suptitle(arguments.title)
    figure.tight_layout()
    save(figure, arguments.figure)


if __name__ == "__main__":
    main()
