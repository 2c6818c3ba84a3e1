#!/usr/bin/env python3
"""Draws the JSON of `organics sweep`: the histogram of the spectral abscissa with the line of zero, and the verdicts.

    organics sweep examples/figure4.toml --json > figure4.json
    python3 examples/plot_sweep.py figure4.json figure4.svg
"""
import argparse
import io
import json
import sys

COLOURS = {"stable": "#0072b2", "unstable": "#d55e00", "marginal": "#e69f00", "none": "#999999"}


def read(path):
    with open(path, encoding="utf-8") as file:
        sweep = json.load(file)
    if "verdicts" not in sweep or "verdict_intervals" not in sweep:
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


def save(figure, path):
    if not path.endswith(".svg"):
        figure.savefig(path, dpi=100)
        return
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", help="what organics sweep --json printed")
    parser.add_argument("picture", help="FILE.svg or FILE.png")
    arguments = parser.parse_args()
    sweep = read(arguments.json)
    try:
        import matplotlib
    except ImportError:
        sys.exit("matplotlib is missing, expected it beside Python: pip install matplotlib, or "
                 "apt-get install python3-matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "organics"
    import matplotlib.pyplot as plt
    save(draw(plt, sweep), arguments.picture)


if __name__ == "__main__":
    main()
