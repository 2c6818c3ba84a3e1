#!/usr/bin/env python3
"""Tables and bar plots of what the benchmarks wrote into a folder: `./run bench` calls it.

    python3 bench/report.py FOLDER

    operations.json   of organics_bench (Google Benchmark)     -> operations.md, operations.svg
    peers.json        of organics_integrate_peers, and
    python.json       of peers/python/integrate_peers.py, and
    growth.json       of organics_growth                       -> peers.md, peers.svg
A file that is not there is left out. Without Matplotlib there are no plots, and a line says so.
"""
import io
import json
import os
import sys


def read(folder, name):
    """What a file holds; None where it is not there or was left empty."""
    path = os.path.join(folder, name)
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        return None
    with open(path) as file:
        return json.load(file)


def number(value):
    return "" if value is None else f"{value:.3g}"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def named_machine(machine):
    parts = [f"{machine['processor']} ({machine['vectors']}, {machine['cores']} cores)", machine["compiler"]]
    if machine.get("cuda_devices"):
        parts.append(f"{machine['cuda_devices']} CUDA devices")
    return ", ".join([*parts, machine["day"], f"commit {machine['commit']}"])


# --- organics_bench ---------------------------------------------------------------------------------------------------
STANDARD = {"name", "run_name", "run_type", "repetitions", "repetition_index", "threads", "iterations", "real_time",
            "cpu_time", "time_unit", "items_per_second", "family_index", "per_family_instance_index", "aggregate_name",
            "aggregate_unit"}


def operations_table(result):
    context = result["context"]
    rows = []
    for row in result["benchmarks"]:
        if row.get("error_occurred"):
            rows.append([row["name"], "failed: " + row.get("error_message", ""), "", ""])
            continue
        others = [f"{name} {number(value)}" for name, value in row.items()
                  if name not in STANDARD and isinstance(value, (int, float))]
        rows.append([row["name"], f"{row['real_time']:.4g} {row['time_unit']}", number(row.get("items_per_second")),
                     ", ".join(others)])
    machine = [context.get("processor", context["host_name"]), f"{context['num_cpus']} cores at {context['mhz_per_cpu']} MHz",
               context.get("compiler", ""), context["date"], "commit " + context.get("commit", "unknown")]
    return "# Operations\n\n" + ", ".join(filter(None, machine)) + "\n\n" + table(
        ["benchmark", "time", "circuits/s", "counters"], rows)


def draw_operations(plt, result):
    bars = [(row["name"], row["items_per_second"]) for row in result["benchmarks"] if row.get("items_per_second")]
    if not bars:
        return None
    figure, axis = plt.subplots(figsize=(8, 1 + 0.17 * len(bars)))
    axis.barh([name for name, _ in bars], [rate for _, rate in bars], color="#0072b2")
    axis.set_xscale("log")
    axis.invert_yaxis()
    axis.tick_params(labelsize=6)
    axis.set_xlabel("circuits per second")
    axis.margins(y=0.01)
    figure.tight_layout()
    return figure


# --- peers --------------------------------------------------------------------------------------------------------------
def usual(contender):
    return next((point for point in contender["points"] if point["usual"]), {})


def rate_at_level(contender):
    return (contender["at_level"] or {}).get("circuits_per_second")


def title(contender):
    return f"{contender['library']}, {contender['method']}, {contender['use']}"


def best_of_ours(contenders):
    return max(rate_at_level(c) or 0 for c in contenders if c["library"] == "organics")


def sizes_with_python(peers, python):
    """(size, contenders): Python's rows after the others."""
    more = {size["n"]: size["contenders"] for size in (python or {"sizes": []})["sizes"]}
    return [(size, size["contenders"] + more.get(size["n"], [])) for size in peers["sizes"]]


def equal_error_table(contenders):
    best = best_of_ours(contenders)
    rows = []
    for contender in sorted(contenders, key=lambda c: -(rate_at_level(c) or 0)):
        at = contender["at_level"]
        if at is None:
            rows.append([title(contender), "never", "", "", ""])
            continue
        rate = at["circuits_per_second"]
        knob = f"{'rtol' if contender['adaptive'] else 'step'} {at['knob']:.2g}"
        rows.append([title(contender), knob, number(at["error_on_the_way"]), number(rate), f"{best / rate:.3g}"])
    return table(["contender", "with", "error", "circuits/s", "organics' best is times as fast"], rows)


def usual_table(contenders):
    rows = []
    for contender in contenders:
        point = usual(contender)
        rows.append([title(contender)] + [number(point.get(name)) for name in (
            "circuits_per_second", "steps_per_second", "rhs_per_second", "of_peak", "of_fed_peak", "error_on_the_way",
            "error_at_end")])
    return table(["contender", "circuits/s", "accepted steps/s", "right-hand sides/s", "of the peak",
                  "of the peak fed from cache", "error on the way", "error at the end"], rows)


def peers_text(peers, python):
    versions = peers["peers"] + (python or {}).get("peers", [])
    usual_rtol, usual_atol, usual_step = (peers["usual"][name] for name in ("rtol", "atol", "step"))
    text = [f"""# Trajectories against peers

{named_machine(peers['machine'])}; {', '.join(versions)}

Circuits of the Figure 4 ensemble (main model, tau 2 ms, own weights), from rest to {peers['end']:g} s, on one core, in double
precision. Processor time, contenders taking turns in one process, medians of {peers['rounds']} rounds (a third of them for
the slowest); Python's rows come
from a process of their own, right after. The error of a circuit is max |x - truth| / max |truth|; the one that 95 % of
the circuits keep to is given, at the end or the largest of {len(peers['error_times'])} times on the way. The truth is
dormand_prince853 at rtol 1e-13.
"""]
    for size, contenders in sizes_with_python(peers, python):
        text.append(f"""
## n = {size['n']}

{size['circuits']} circuits ({size['left_out']} more run away and are left out), {size['bytes_per_circuit']} bytes each with its state;
reference and {size['witness']} differ by at most {size['disagreement']:.1g}. Peak of multiply-adds {size['peak'] / 1e9:.3g} GFLOP/s,
{size['fed_peak'] / 1e9:.3g} with one operand from the first-level cache.

At equal error, {peers['level']:g} on the way (tolerance interpolated):

{equal_error_table(contenders)}
At equal tolerance, rtol {usual_rtol:g} and atol {usual_atol:g}, or steps of {usual_step:g} s:

{usual_table(contenders)}""")
    return "\n".join(text)


def short(seconds):
    for unit, factor in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def growth_text(growth):
    neurons = table(["operation", "exponent in n", "from n", "overall", "per circuit at each n"], [
        [row["operation"], f"{row['exponent']:.2f}", number(row["from"]), f"{row['exponent_overall']:.2f}",
         ", ".join(f"{p['n']:g}: {short(p['seconds_per_circuit'])}" for p in row["points"])]
        for row in growth["over_neurons"]])
    batch = table(["operation", "n", "exponent in circuits", "from", "overall", "a call of as many circuits"], [
        [row["operation"], str(row["n"]), f"{row['exponent']:.2f}", number(row["from"]),
         f"{row['exponent_overall']:.2f}", ", ".join(f"{p['circuits']:g}: {short(p['seconds'])}" for p in row["points"])]
        for row in growth["over_batch"]])
    first = table(["operation", "n", "circuits", "first result after"], [
        [row["operation"], str(row["n"]), str(row["circuits"]), short(row["seconds"])]
        for row in growth["first_results"]])
    memory = table(["operation", "n", "the caller's bytes per circuit", "bytes that a call adds", "for circuits"], [
        [row["operation"], str(row["n"]), str(row["caller_bytes_per_circuit"]), f"{row['added_bytes']:.0f}",
         str(row["circuits"])] for row in growth["memory"]])
    parallel = table(["operation", "n", "threads", "efficiency, wall time", "efficiency, processor time"], [
        [row["operation"], str(row["n"]), str(row["threads"]), f"{row['efficiency']:.2f}",
         f"{row['work_efficiency']:.2f}"]
        for row in growth["parallel"]])
    return f"""
# How cost grows

{named_machine(growth['machine'])}

On one core; exponents are slopes of lines fitted in log-log, through the larger half of the sizes and through all.

{neurons}
{batch}
Whole calls on every core, wall time, the least of many:

{first}
Every core against one. Wall time counts whatever else the machine was doing; processor time does not see a core that
waits:

{parallel}
Memory, as the kernel counts it while a call runs:

{memory}"""


def draw_peers(plt, peers, python):
    sizes = sizes_with_python(peers, python)
    most = max(len(contenders) for _, contenders in sizes)
    figure, axes = plt.subplots(1, len(sizes), squeeze=False, figsize=(5.2 * len(sizes), 1.3 + 0.24 * most))
    for axis, (size, contenders) in zip(axes[0], sizes):
        bars = sorted(((rate_at_level(c), title(c)) for c in contenders if rate_at_level(c)), reverse=True)
        colours = ["#d55e00" if name.startswith("organics") else "#0072b2" for _, name in bars]
        axis.barh([name for _, name in bars], [rate for rate, _ in bars], color=colours)
        axis.set_xscale("log")
        axis.set_xlim(left=bars[-1][0] / 3)
        axis.invert_yaxis()
        axis.tick_params(labelsize=6)
        axis.set_title(f"n = {size['n']}, error {peers['level']:g}", fontsize="small")
        axis.set_xlabel("circuits per second on one core", fontsize="small")
    figure.suptitle(named_machine(peers["machine"]), fontsize="x-small")
    figure.tight_layout()
    return figure


# --- files --------------------------------------------------------------------------------------------------------------
def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


def pyplot():
    """None where there is no Matplotlib, with a line."""
    try:
        import matplotlib
    except ImportError:
        print("no plots: Matplotlib is not installed (Debian: python3-matplotlib)", file=sys.stderr)
        return None
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "organics"  # the same file from the same numbers
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot as plt

    return plt


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit(__doc__)
    folder = sys.argv[1]
    operations, peers, python, growth = (read(folder, f"{name}.json")
                                         for name in ("operations", "peers", "python", "growth"))
    plt = pyplot()
    figures = {}
    if operations:
        write(folder, "operations.md", operations_table(operations))
        figures["operations.svg"] = plt and draw_operations(plt, operations)
    if peers or growth:
        write(folder, "peers.md", (peers_text(peers, python) if peers else "") + (growth_text(growth) if growth else ""))
    if peers:
        figures["peers.svg"] = plt and draw_peers(plt, peers, python)
    for name, figure in figures.items():
        if figure:
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None})
            write(folder, name, "".join(line.rstrip() + "\n" for line in text.getvalue().splitlines()))


if __name__ == "__main__":
    main()
