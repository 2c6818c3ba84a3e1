#!/usr/bin/env python3
"""Draws the JSON of `organics sweep`: the histogram of the spectral abscissa with the line of zero, and the verdicts; of
a sweep over a grid the fraction of stable circuits, as a curve over one axis or a map of two; with --distributions every
quantity whose distribution the sweep kept.

    organics sweep examples/figure4.toml --plot figure4.svg    # runs this script

    organics sweep examples/figure4.toml --json > figure4.json
    python3 examples/plot_sweep.py figure4.json figure4.svg
    python3 examples/plot_sweep.py figure4.json distributions.svg --distributions
"""
import argparse
import io
import json
import math
import sys

COLOURS = {"stable": "#0072b2", "unstable": "#d55e00", "marginal": "#e69f00", "none": "#999999"}


def read(path):
    with open(sys.stdin.fileno() if path == "-" else path, encoding="utf-8") as file:
        sweep = json.load(file)
    if "cells" not in sweep and ("verdicts" not in sweep or "verdict_intervals" not in sweep):
        sys.exit(f"{path}: expected what `organics sweep --json` prints")
    return sweep


def draw_histogram(axis, sweep):
    histogram = sweep["histogram"]
    bins = histogram["bins"]
    width = (histogram["upper"] - histogram["lower"]) / len(bins)
    left = [histogram["lower"] + i * width for i in range(len(bins))]
    axis.bar(left, bins, width=width, align="edge", log=True,
             color=[COLOURS["unstable"] if x + width / 2 > 0 else COLOURS["stable"] for x in left])
    filled = [x for x, count in zip(left, bins) if count] or [-1.0]
    margin = 0.05 * (max(filled[-1] + width, 0) - min(filled[0], 0)) or width
    axis.set_xlim(min(filled[0], 0) - margin, max(filled[-1] + width, 0) + margin)
    axis.axvline(0, color="black", linewidth=1)
    for side in ("below", "above"):
        if histogram[side]:
            axis.annotate(f"{histogram[side]} {side}", (0.02 if side == "below" else 0.98, 0.92), xycoords="axes fraction",
                          ha="left" if side == "below" else "right", fontsize="small")
    axis.set_xlabel("spectral abscissa (1/s); unstable right of the line")
    axis.set_ylabel("circuits")


def draw_verdicts(axis, sweep):
    """Each fraction with its 95 % confidence interval; the axis is logarithmic, for the rare ones are of interest."""
    total = max(sweep["circuits"], 1)
    names = [name for name, count in sweep["verdicts"].items() if count or name in ("stable", "unstable")]
    for row, name in enumerate(reversed(names)):
        lower, upper = (100 * x for x in sweep["verdict_intervals"][name])
        percent = 100 * sweep["verdicts"][name] / total
        axis.plot([max(lower, 1e-12), max(upper, 1e-12)], [row, row], color=COLOURS[name], linewidth=6, alpha=0.35)
        if percent:
            axis.plot([percent], [row], "o", color=COLOURS[name])
    axis.set_yticks(range(len(names)), [f"{name}\n{sweep['verdicts'][name]}" for name in reversed(names)])
    axis.set_ylim(-0.6, len(names) - 0.4)
    axis.set_xscale("log")
    axis.set_xlim(right=200, left=max(1e-8, 10 / total))
    axis.set_xlabel("% of the circuits, with 95 % confidence")


def draw(plt, sweep):
    verdict_only = "histogram" not in sweep
    figure, axes = plt.subplots(1 if verdict_only else 2, 1, squeeze=False, figsize=(7, 2.2 if verdict_only else 5),
                                height_ratios=[1] if verdict_only else [2, 1])
    if not verdict_only:
        draw_histogram(axes[0, 0], sweep)
    draw_verdicts(axes[-1, 0], sweep)
    ensemble = sweep["ensemble"]
    axes[0, 0].set_title(f"{sweep['circuits']} circuits, n = {ensemble['n']}, {ensemble['model']} model, "
                         f"seed {sweep['seed']}", fontsize="medium")
    figure.tight_layout()
    return figure


TITLES = {"abscissa": "spectral abscissa (1/s)", "frequency": "frequency of the rightmost pair (rad/s)",
          "damping_ratio": "its damping ratio", "state_norm": "norm of the steady state", "newton_steps": "Newton steps",
          "flow_steps": "steps of the flow"}


def draw_distribution(axis, name, distribution):
    """Bars over the bins, whose width is 1/32 of a power of two: density per unit (of the logarithm where the axis is
    logarithmic), or circuits for counts of steps."""
    steps = name.endswith("_steps")
    numbers = [value for value, _ in distribution["bins"]]
    logarithmic = numbers[0] > 0 and numbers[-1] > 30 * numbers[0]
    left, width, height = [], [], []
    for value, circuits in distribution["bins"]:
        wide = max(2.0 ** (math.frexp(abs(value))[1] - 6), 1.0 if steps else 0.0) if value else 1.0
        left.append(value - wide if value < 0 else value - 0.5 * steps)
        width.append(wide)
        unit = 1 if steps else distribution["circuits"] / (value if logarithmic else 1)
        height.append(circuits / wide / unit)
    axis.bar(left, height, width=width, align="edge", color=COLOURS["stable"])
    if logarithmic:
        axis.set_xscale("log")
    for share, style in (("0.25", ":"), ("0.5", "-"), ("0.75", ":")):
        axis.axvline(distribution["quantiles"][share], color="black", linewidth=0.8, linestyle=style)
    axis.set_xlabel(TITLES[name])
    axis.set_ylabel("circuits" if steps else "density")


def draw_distributions(plt, sweep):
    kept = {name: one for name, one in sweep["distributions"].items() if one["circuits"]}
    figure, axes = plt.subplots((len(kept) + 1) // 2, 2, squeeze=False, figsize=(9, 2.5 * ((len(kept) + 1) // 2)))
    for axis in list(axes.flat)[len(kept):]:
        axis.remove()
    for axis, (name, distribution) in zip(axes.flat, kept.items()):
        draw_distribution(axis, name, distribution)
    figure.suptitle(f"{sweep['circuits']} circuits, n = {sweep['ensemble']['n']}; median and quartiles as lines",
                    fontsize="medium")
    figure.tight_layout()
    return figure


def is_logarithmic(values):
    """Whether the steps of the values grow with them."""
    return len(values) > 2 and min(values) > 0 and values[-1] / values[-2] < 1.5 * values[1] / values[0] and \
        values[-1] - values[-2] > 1.5 * (values[1] - values[0])


def draw_curve(plt, axis, cells):
    figure, plot = plt.subplots(figsize=(7, 3.5))
    x = [cell["at"][0] for cell in cells]
    bounds = [[100 * bound for bound in cell["verdict_intervals"]["stable"]] for cell in cells]
    plot.fill_between(x, [b[0] for b in bounds], [b[1] for b in bounds], color=COLOURS["stable"], alpha=0.3, linewidth=0)
    plot.plot(x, [100 * cell["verdicts"]["stable"] / max(cell["circuits"], 1) for cell in cells], "o-", markersize=3,
              color=COLOURS["stable"])
    if is_logarithmic(axis["values"]):
        plot.set_xscale("log")
    plot.set_xlabel(axis["key"])
    plot.set_ylabel("stable circuits (%), with 95 % confidence")
    plot.grid(alpha=0.3)
    return figure


def draw_map(plt, axes, cells):
    rows, columns = ([f"{value:.3g}" for value in axis["values"]] for axis in axes)
    stable = [[float("nan")] * len(columns) for _ in rows]
    for index, cell in enumerate(cells):
        stable[index // len(columns)][index % len(columns)] = 100 * cell["verdicts"]["stable"] / max(cell["circuits"], 1)
    figure, plot = plt.subplots(figsize=(7, 4.5))
    image = plot.imshow(stable, origin="lower", aspect="auto", cmap="viridis", vmax=100)
    figure.colorbar(image, ax=plot, label="stable circuits (%)")
    for row, values in enumerate(stable):
        for column, value in enumerate(values):
            if len(cells) <= 100 and value == value:
                plot.text(column, row, f"{value:.3g}", ha="center", va="center", fontsize="small",
                          color="white" if value < 75 else "black")
    every = [max(1, len(ticks) // 12) for ticks in (columns, rows)]
    plot.set_xticks(range(0, len(columns), every[0]), columns[::every[0]])
    plot.set_yticks(range(0, len(rows), every[1]), rows[::every[1]])
    plot.set_xlabel(axes[1]["key"])
    plot.set_ylabel(axes[0]["key"])
    return figure


def draw_grid(plt, sweep):
    if len(sweep["grid"]) > 2:
        sys.exit(f"a grid with {len(sweep['grid'])} axes, expected one or two")
    if len(sweep["grid"]) == 1:
        figure = draw_curve(plt, sweep["grid"][0], sweep["cells"])
    else:
        figure = draw_map(plt, sweep["grid"], sweep["cells"])
    figure.suptitle(f"{sweep['circuits']} circuits, {sweep['ensemble']['model']} model, seed {sweep['seed']}",
                    fontsize="medium")
    figure.tight_layout()
    return figure


def save(figure, path):
    if not path.endswith(".svg"):
        figure.savefig(path, dpi=100, metadata={"CreationDate": None} if path.endswith(".pdf") else None)
        return
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", help="what organics sweep --json printed; - reads it from standard input")
    parser.add_argument("picture", help="FILE.svg, FILE.png or FILE.pdf")
    parser.add_argument("--distributions", action="store_true", help="of abscissa, frequency, damping ratio, ...")
    arguments = parser.parse_args()
    sweep = read(arguments.json)
    if arguments.distributions and "distributions" not in sweep:
        sys.exit("--distributions: not in the file, expected a single sweep, without a [grid]")
    try:
        import matplotlib
    except ImportError:
        sys.exit("matplotlib is missing, expected it beside Python: pip install matplotlib, or "
                 "apt-get install python3-matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "organics"
    import matplotlib.pyplot as plt
    draw_it = draw_distributions if arguments.distributions else draw_grid if "cells" in sweep else draw
    save(draw_it(plt, sweep), arguments.picture)


if __name__ == "__main__":
    main()
