#!/usr/bin/env python3
"""Trajectories by Python's integrators, one row each: the circuits and the true states are those of the C++ comparison.

    organics_integrate_peers --export FOLDER ...
    python3 bench/peers/python/integrate_peers.py FOLDER --out python.json

Every integrator has one core, as a user would call it: SciPy circuit after circuit; diffrax, torchdiffeq and Numba with
the whole batch. The tolerance is tightened until the error on the way reaches the level, as in the C++ comparison
(accuracy.hpp says what the errors are). Processor time is taken, on a CUDA device wall time; compiling is not counted.
What is not installed is skipped with a line. Fails where a row never reaches the level.
"""
import argparse
import importlib
import json
import math
import os
import statistics
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

END = 0.2
USUAL_RTOL = 1e-6
ATOL_OF_RTOL = 1e-3
FIRST_STEP = 1e-4
SLOW_CIRCUITS = {1: 48, 10: 16, 50: 4}  # for those that take circuits one by one in Python


class Batch:
    """Circuits of one size as arrays (circuits first), with their true states at some times."""

    def __init__(self, np, folder, n):
        with open(f"{folder}/circuits_{n}.json") as file:
            circuits = json.load(file)["circuits"]
        with open(f"{folder}/truth_{n}.json") as file:
            truth = json.load(file)
        for name in ("tau_y", "tau_a", "b0", "b1", "sigma", "z", "Wr", "W"):
            setattr(self, name, np.array([circuit[name] for circuit in circuits]))
        self.n, self.items, self.times = n, len(circuits), truth["times"]
        self.truth = np.array(truth["states"]).reshape(len(self.times), self.items, 2 * n)
        self.u = self.b1 * self.z
        self.c = (self.b0 * self.sigma) ** 2
        self.rest = np.concatenate([np.zeros_like(self.c), self.c], axis=1)


def scipy_contender(method):
    def prepare(np, batch):
        from scipy.integrate import solve_ivp

        n, count = batch.n, min(batch.items, SLOW_CIRCUITS[batch.n])

        def right_hand_side(i):
            u, c, tau_y, tau_a = batch.u[i], batch.c[i], batch.tau_y[i], batch.tau_a[i]
            Wr, W = batch.Wr[i], batch.W[i]

            def rhs(t, x):
                y, a = x[:n], np.maximum(x[n:], 0)
                dy = (u - y + (1 - np.sqrt(a)) * (Wr @ y)) / tau_y
                return np.concatenate([dy, (c - x[n:] + W @ (y * y * a)) / tau_a])

            return rhs

        def run(end, rtol, atol):
            ends = []
            for i in range(count):
                solution = solve_ivp(right_hand_side(i), (0, end), batch.rest[i], method, [end], rtol=rtol, atol=atol)
                ends.append(solution.y[:, -1] if solution.success else np.full(2 * n, np.nan))
            return np.array(ends)

        return run

    return prepare


def prepare_diffrax(np, batch):
    import jax

    jax.config.update("jax_enable_x64", True)
    import diffrax
    import jax.numpy as jnp

    n = batch.n

    def rhs(t, x, circuit):
        u, c, tau_y, tau_a, Wr, W = circuit
        y, a = x[:n], jnp.maximum(x[n:], 0)
        dy = (u - y + (1 - jnp.sqrt(a)) * (Wr @ y)) / tau_y
        return jnp.concatenate([dy, (c - x[n:] + W @ (y * y * a)) / tau_a])

    def solve(end, rtol, atol, x, circuit):
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(rhs), diffrax.Dopri5(), 0.0, end, None, x, circuit, max_steps=100000, throw=False,
            stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol), saveat=diffrax.SaveAt(t1=True))
        return solution.ys[-1]

    circuits = tuple(jnp.asarray(v) for v in (batch.u, batch.c, batch.tau_y, batch.tau_a, batch.Wr, batch.W))
    rest = jnp.asarray(batch.rest)
    all_circuits = jax.jit(jax.vmap(solve, in_axes=(None, None, None, 0, 0)))
    return lambda end, rtol, atol: np.asarray(all_circuits(end, rtol, atol, rest, circuits))


def prepare_torchdiffeq(np, batch):
    import torch
    from torchdiffeq import odeint

    torch.set_num_threads(1)
    n = batch.n
    u, c, tau_y, tau_a, Wr, W, rest = (
        torch.from_numpy(np.ascontiguousarray(v))
        for v in (batch.u, batch.c, batch.tau_y, batch.tau_a, batch.Wr, batch.W, batch.rest))

    def rhs(t, x):
        y, a = x[:, :n], x[:, n:].clamp(min=0)
        dy = (u - y + (1 - a.sqrt()) * torch.bmm(Wr, y.unsqueeze(2)).squeeze(2)) / tau_y
        da = (c - x[:, n:] + torch.bmm(W, (y * y * a).unsqueeze(2)).squeeze(2)) / tau_a
        return torch.cat([dy, da], dim=1)

    def run(end, rtol, atol):  # one step size for the whole batch
        times = torch.tensor([0.0, end], dtype=torch.float64)
        with torch.no_grad():
            return odeint(rhs, rest, times, rtol=rtol, atol=atol, method="dopri5")[-1].numpy()

    return run


# --- Dormand and Prince by hand, for Numba ---------------------------------------------------------------------------
def tableau(np):
    """Rows of a, then b - b_hat."""
    rows = [
        [1 / 5],
        [3 / 40, 9 / 40],
        [44 / 45, -56 / 15, 32 / 9],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
        [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
    ]
    table = np.zeros((7, 7))
    for s, row in enumerate(rows):
        table[s, : len(row)] = row
    return table


def make_march(compiled):
    """March of one circuit, for the CPU and for CUDA alike; `compiled` is the compiler. The last slopes are k[6]."""

    @compiled
    def rhs(x, dx, u, c, tau_y, tau_a, Wr, W):
        n = u.shape[0]
        for i in range(n):
            drive = 0.0
            pool = 0.0
            for j in range(n):
                drive += Wr[i, j] * x[j]
                pool += W[i, j] * (x[j] * x[j] * max(x[n + j], 0.0))
            dx[i] = (u[i] - x[i] + (1 - math.sqrt(max(x[n + i], 0.0))) * drive) / tau_y[i]
            dx[n + i] = (c[i] - x[n + i] + pool) / tau_a[i]

    @compiled
    def march(end, rtol, atol, h, table, x, x_new, k, u, c, tau_y, tau_a, Wr, W):
        m = x.shape[0]
        t = 0.0
        rhs(x, k[0], u, c, tau_y, tau_a, Wr, W)
        for attempt in range(1000000):
            if t + h > end:
                h = end - t
            for s in range(1, 7):
                for i in range(m):
                    slope = 0.0
                    for j in range(s):
                        slope += table[s - 1, j] * k[j, i]
                    x_new[i] = x[i] + h * slope
                rhs(x_new, k[s], u, c, tau_y, tau_a, Wr, W)
            error = 0.0
            for i in range(m):
                slope = 0.0
                for j in range(7):
                    slope += table[6, j] * k[j, i]
                scale = atol + rtol * max(abs(x[i]), abs(x_new[i]))
                error = max(error, abs(h * slope) / scale)
            if error <= 1:
                t += h
                for i in range(m):
                    x[i] = x_new[i]
                    k[0, i] = k[6, i]
                if t >= end * (1 - 1e-14):
                    return
            factor = 0.9 * max(error, 1e-10) ** -0.2
            h *= min(5.0, max(0.2, factor))

    return march


def prepare_numba(np, batch):
    import numba

    march = make_march(numba.njit)
    table, arrays = tableau(np), (batch.u, batch.c, batch.tau_y, batch.tau_a, batch.Wr, batch.W)

    @numba.njit
    def all_circuits(end, rtol, atol, table, x, u, c, tau_y, tau_a, Wr, W):
        m = x.shape[1]
        x_new, k = np.empty(m), np.empty((7, m))
        for i in range(x.shape[0]):
            march(end, rtol, atol, FIRST_STEP, table, x[i], x_new, k, u[i], c[i], tau_y[i], tau_a[i], Wr[i], W[i])

    def run(end, rtol, atol):
        x = batch.rest.copy()
        all_circuits(end, rtol, atol, table, x, *arrays)
        return x

    return run


def prepare_numba_cuda(np, batch):
    from numba import cuda

    if not cuda.is_available():
        raise ImportError("no CUDA device")
    march = make_march(cuda.jit(device=True))
    threads = 128
    blocks = (batch.items + threads - 1) // threads

    @cuda.jit
    def kernel(end, rtol, atol, table, x, x_new, k, u, c, tau_y, tau_a, Wr, W):
        i = cuda.grid(1)
        if i < x.shape[0]:
            march(end, rtol, atol, FIRST_STEP, table, x[i], x_new[i], k[i], u[i], c[i], tau_y[i], tau_a[i], Wr[i], W[i])

    fixed = [cuda.to_device(np.ascontiguousarray(v))
             for v in (batch.u, batch.c, batch.tau_y, batch.tau_a, batch.Wr, batch.W)]
    table = cuda.to_device(tableau(np))
    x_new = cuda.device_array_like(batch.rest)
    k = cuda.device_array((batch.items, 7, 2 * batch.n))

    def run(end, rtol, atol):
        x = cuda.to_device(batch.rest)
        kernel[blocks, threads](end, rtol, atol, table, x, x_new, k, *fixed)
        return x.copy_to_host()

    return run


CONTENDERS = [  # library, module, how it is used, method, prepare(np, batch) -> run(end, rtol, atol), clock
    ("SciPy", "scipy", "circuit after circuit", "RK45", scipy_contender("RK45"), time.process_time),
    ("SciPy", "scipy", "circuit after circuit", "LSODA", scipy_contender("LSODA"), time.process_time),
    ("diffrax", "diffrax", "vmap", "Dopri5", prepare_diffrax, time.process_time),
    ("torchdiffeq", "torchdiffeq", "one step size for the batch", "dopri5", prepare_torchdiffeq, time.process_time),
    ("Numba", "numba", "by hand", "dormand_prince54", prepare_numba, time.process_time),
    ("Numba CUDA", "numba.cuda", "by hand, a thread a circuit", "dormand_prince54", prepare_numba_cuda,
     time.perf_counter),
]


def errors(np, run, batch, rtol):
    """At the end and on the way, of 95 % of the circuits, and how many circuits that were."""
    worst = last = 0
    for time_index, end in enumerate(batch.times):
        states = run(end, rtol, rtol * ATOL_OF_RTOL)
        truth = batch.truth[time_index][: len(states)]
        last = np.abs(states - truth).max(axis=1) / np.abs(truth).max(axis=1)
        last = np.where(np.isnan(last), np.inf, last)
        worst = np.maximum(worst, last)
    index = math.ceil(0.95 * len(last)) - 1
    return float(np.sort(last)[index]), float(np.sort(worst)[index]), len(last)


def scan(np, run, batch, level):
    """Points from rtol 1e-3 on until the level is reached and the usual tolerance was met; the timed ones are marked."""
    points, reached = [], False
    for digits in range(3, 12):
        rtol = 10.0**-digits
        at_end, on_the_way, circuits = errors(np, run, batch, rtol)
        usual = digits == 6
        point = {"knob": rtol, "usual": usual, "error_on_the_way": on_the_way, "error_at_end": at_end,
                 "circuits": circuits, "timed": usual}
        if not reached and on_the_way <= level:
            reached = point["timed"] = True
            if points:
                points[-1]["timed"] = True
        points.append(point)
        if reached and digits >= 6:
            break
    return points


def seconds_of(run, rtol, clock):
    start = clock()
    run(END, rtol, rtol * ATOL_OF_RTOL)
    return clock() - start


def at_level(points, level):
    """What the level costs: a power law between the first point that reaches it and the one before."""
    for before, point in zip([None, *points], points):
        if point["error_on_the_way"] <= level:
            first, share = point, 1.0
            if before is not None and math.isfinite(before["error_on_the_way"]):
                first = before
                share = math.log(before["error_on_the_way"] / level) / math.log(
                    before["error_on_the_way"] / point["error_on_the_way"])
            between = {name: first[name] * (point[name] / first[name]) ** share for name in ("knob", "seconds")}
            return {**between, "error_on_the_way": point["error_on_the_way"] if first is point else level,
                    "circuits_per_second": 1 / between["seconds"]}
    return None


def prepared(np, batch, level):
    entries = []
    for library, module, use, method, prepare, clock in CONTENDERS:
        try:
            importlib.import_module(module)
            run = prepare(np, batch)
        except ImportError as reason:
            print(f"n = {batch.n}: {library} is skipped: {reason}", file=sys.stderr)
            continue
        row = {"library": library, "use": use, "method": method, "adaptive": True,
               "points": scan(np, run, batch, level)}
        entries.append((row, run, clock))
    return entries


def compared(np, batch, level, rounds):
    entries = prepared(np, batch, level)
    times = {}
    for round_index in range(rounds):
        for shift in range(len(entries)):
            which = (shift + round_index) % len(entries)
            row, run, clock = entries[which]
            for index, point in enumerate(row["points"]):
                if point["timed"]:
                    times.setdefault((which, index), []).append(seconds_of(run, point["knob"], clock))
    for (which, index), values in times.items():
        point = entries[which][0]["points"][index]
        point["seconds"] = statistics.median(values) / point["circuits"]
        point["circuits_per_second"] = 1 / point["seconds"]
    for row, _, _ in entries:
        row["at_level"] = at_level(row["points"], level)
    return {"n": batch.n, "circuits": batch.items, "contenders": [row for row, _, _ in entries]}


def versions():
    found = [f"Python {sys.version.split()[0]}"]
    for name in ("numpy", "scipy", "jax", "diffrax", "torch", "torchdiffeq", "numba"):
        try:
            found.append(f"{name} {importlib.import_module(name).__version__}")
        except ImportError:
            pass
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="what organics_integrate_peers --export wrote")
    parser.add_argument("--out", help="JSON goes here (default: to stdout)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--level", type=float, default=1e-6)
    arguments = parser.parse_args()
    try:
        import numpy as np
    except ImportError:
        print("no comparison with Python's integrators: NumPy is not installed", file=sys.stderr)
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sizes = [n for n in (1, 10, 50) if os.path.exists(f"{arguments.folder}/circuits_{n}.json")]
    result = {"peers": versions(), "level": arguments.level, "rounds": arguments.rounds, "sizes": []}
    for n in sizes:
        print(f"integrate against peers in Python: n = {n}", file=sys.stderr)
        result["sizes"].append(compared(np, Batch(np, arguments.folder, n), arguments.level, arguments.rounds))
    text = json.dumps(result, indent=1)
    if arguments.out is None:
        print(text)
    else:
        with open(arguments.out, "w") as file:
            file.write(text + "\n")
    never = [f"n = {size['n']}: {row['library']}, {row['method']}: no tolerance reaches the level"
             for size in result["sizes"] for row in size["contenders"] if row["at_level"] is None]
    if never:
        sys.exit("\n".join(never))


if __name__ == "__main__":
    main()
