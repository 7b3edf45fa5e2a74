"""Runs the benchmarks and prints their table: table.py BIN [steps] [peers] [exact] [deep] [light-cone] [small-starts] [relu] [figures] [million] [figure-2].

BIN has linnet, linnet_bench, linnet_bench_relu and linnet_bench_peer. Times depend on the machine. Multiples of one product of matrices of the
same size, or of the time of a NumPy script, both timed in the same run, carry over to other machines.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SECTIONS = ["steps", "peers", "exact", "deep", "light-cone", "small-starts", "relu", "figures", "million", "figure-2"]


def head(name, *columns):
    print(f"\n| {name} | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def duration(seconds):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds:.1e} s"


def about(bin):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    info = subprocess.run([bin / "linnet", "info"], capture_output=True, text=True).stdout
    algebra = next(line.split(None, 1)[1] for line in info.splitlines() if line.startswith("algebra"))
    print(f"scripts/bench {' '.join(sys.argv[2:])}".strip() + f", {datetime.now(timezone.utc):%Y-%m-%d}")
    print(f"{cpu}, {os.cpu_count()} cores; {compiler}, Release; {algebra}; NumPy {np.__version__}, Python {platform.python_version()}")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")


def steps(bin):
    for dim in (200, 500):
        done = subprocess.run([bin / "linnet_bench", str(dim)], capture_output=True, text=True, check=True)
        head(f"d = {dim}, one thread", "time", f"in products of two {dim} × {dim} matrices", "target")
        for line in done.stdout.splitlines():
            name, seconds, products, target = line.split("\t")
            row(name.strip(), duration(float(seconds)), products, "" if target == "-" else f"≤ {target}")
        print(f"\n({done.stderr.strip()})")


def blas_of_numpy():
    np.ones((2, 2)) @ np.ones((2, 2))
    found = {os.path.basename(line.split()[-1]) for line in open("/proc/self/maps") if "blas" in line}
    return ", ".join(sorted(found))


def peers(bin):
    """Both sides in turn, three times; the least time of each counts."""
    print(f"\nNumPy's BLAS: {blas_of_numpy()}, all cores; linnet: one thread, as it always takes for one run.")
    head("d = 200, per step, sequential", "NumPy", "linnet", "multiple", "target", "largest difference of A and errors")
    for exponent, count, target in ((1.75, 100, 20), (2.0, 30, 60), (2.25, 10, 250)):
        with tempfile.TemporaryDirectory() as folder:
            def call(*command):
                done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
                return float(done.stdout)

            step = call(bin / "linnet_bench_peer", "draw", folder, exponent)
            numpy_times, linnet_times = [], []
            for _ in range(3):
                numpy_times.append(call(sys.executable, HERE / "peers/mixed_numpy.py", folder, count, step))
                linnet_times.append(call(bin / "linnet_bench_peer", "train", folder, count, step))
            load = lambda name: np.load(Path(folder) / name)  # noqa: E731
            a, b = load("numpy_end_to_end.npy"), load("linnet_end_to_end.npy")
            e, f = load("numpy_errors.npy"), load("linnet_errors.npy")
            difference = max(abs(a - b).max() / abs(a).max(), (abs(e - f) / e).max())
        x, y = min(numpy_times), min(linnet_times)
        width = int(200**exponent)
        row(f"γ_w = {exponent}, w = {width}", duration(x), duration(y), f"{x / y:.0f}", f"≥ {target}", f"{difference:.0e}")


def exact(bin):
    done = subprocess.run([bin / "linnet_bench", "200", "exact"], capture_output=True, text=True, check=True)
    head("ExactFlow, d = 200, one thread", "time", "in products of two 400 × 400 matrices", "target")
    for line in done.stdout.splitlines():
        name, seconds, products, target = line.split("\t")
        row(name.strip(), duration(float(seconds)), products, "" if target == "-" else f"≤ {target}")
    print(f"\n({done.stderr.strip()})")
    sys.path[:0] = [str(bin.parent / "python"), str(HERE / "peers")]
    import exact_numpy
    import linnet

    times = (0.1, 1.0, 5.0)
    cases = [(1.0, t, False) for t in times] + [(0.01, 1.0, False)] + [(0.0, t, saddle) for saddle in (False, True) for t in times]
    head("G(t), d = w = 200", "NumPy, all cores", "linnet, one core a time", "multiple", "target", "largest difference")
    for what, naive, ours, multiple, difference in exact_numpy.compare(linnet, 200, cases):
        row(what, duration(naive), duration(ours), f"{multiple:.1f}", "≥ 5", f"{difference:.0e}")


def one_core_each(bin, kind, arguments, way, results):
    """Times of NumPy and of linnet, five of each in turn, and the results of both in pairs."""
    one_core = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        def call(*command):
            command = [str(c) for c in command]
            return subprocess.run(command, capture_output=True, text=True, check=True, env=one_core).stdout

        call(bin / "linnet_bench_peer", f"draw-{kind}", folder)
        naive, ours = [], []
        for _ in range(5):
            naive.append(float(call(sys.executable, HERE / f"peers/{kind}_numpy.py", folder, *arguments, way)))
            ours.append(float(call(bin / "linnet_bench_peer", f"train-{kind}", folder, *arguments)))
        load = lambda name: np.load(Path(folder) / name)  # noqa: E731
        return naive, ours, [(load(f"numpy_{r}.npy"), load(f"linnet_{r}.npy")) for r in results]


def deep(bin):
    done = subprocess.run([bin / "linnet_bench", "500", "deep"], capture_output=True, text=True, check=True)
    head("L = 4, w = 1000, n = 500, one thread", "time", "in products of two 1000 × 1000 matrices", "target")
    for line in done.stdout.splitlines():
        name, seconds, products, target = line.split("\t")
        row(name.strip(), duration(float(seconds)), products, "" if target == "-" else f"≤ {target}")
    print(f"\n({done.stderr.strip()})")

    head("the same step, one core each", "NumPy", "linnet", "multiple, median of 5", "target", "largest difference of A")
    for way in ("products shared", "backward"):
        naive, ours, (pair,) = one_core_each(bin, "deep", (5, 1e-6), way, ("end_to_end",))
        ratio = float(np.median(np.divide(naive, ours)))
        difference = abs(pair[0] - pair[1]).max() / abs(pair[0]).max()
        row(way, duration(min(naive)), duration(min(ours)), f"{ratio:.2f}", "≥ 1.2", f"{difference:.0e}")


def light_cone(bin):
    """One core: NumPy's BLAS is set to one thread before it is loaded."""
    code = f"""
import sys
sys.path[:0] = [{str(bin.parent / "python")!r}, {str(HERE / "peers")!r}]
import linnet, light_cone_numpy
for gamma in (0.8, 1.0):
    for row in light_cone_numpy.compare(linnet, 10, 1000, gamma):
        print(gamma, *row, sep=";")
"""
    head("L = 4, n = 10, w = 1000, a step on one core", "sizes of the cone", "NumPy, all weights", "linnet, cone", "multiple", "target", "largest error of A(t)")
    one_core = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=one_core)
    for line in done.stdout.splitlines():
        gamma, order, sizes, naive, ours, error = line.split(";")
        target = "≥ 100" if float(error) <= 1e-8 else ""
        row(f"γ = {gamma}, order {order}", sizes, duration(float(naive)), duration(float(ours)), f"{float(naive) / float(ours):.0f}", target, f"{float(error):.0e}")


SMALL_START = """\
seed = 1
task = {kind = "modes", shape = [100, 100], modes = [3.0, 2.0, 1.0]}
network = {kind = "deep", depth = 4, width = 100}
solver = {kind = "flow", method = "bdf", rtol = 1e-6, t_end = 1e17}
record = {observables = ["train_error"], schedule = "logarithmic", first = 1e12, count = 400}
"""

GAUSSIAN = ["network.variance=1e-16"]
SMALL_STARTS = {
    "Gaussian": [*GAUSSIAN, "solver.t_end=1e14"],
    "Gaussian, 30 % of the entries": [*GAUSSIAN, "task.kind=completion", "task.fraction=0.3"],
    "Gaussian, regression on 300 samples": [*GAUSSIAN, "task.kind=low_rank_regression", "task.samples=300", "task.condition=10"],
    "balanced, semi-orthogonal": ["network.initialization=balanced", "network.start=semi_orthogonal", "network.start_size=1e-32"],
    "balanced, random": ["network.initialization=balanced", "network.start=random", "network.start_size=1e-32"],
    "orthogonal": ["network.initialization=orthogonal", "network.scale=1e-8"],
    "identity": ["network.initialization=identity", "network.scale=1e-8", "network.variance=1e-18"],
}


def small_starts(bin):
    """Gradient flow from layers of size 1e-8, past three saddles."""
    import netCDF4

    head("L = 4, w = n = 100, layers of size 1e-8", "CPU time", "train error at the end, over that at the start")
    for name, settings in SMALL_STARTS.items():
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "start.toml").write_text(SMALL_START)
            command = [bin / "linnet", "run", "start.toml", "--out", "run.nc", "--quiet"]
            for setting in settings:
                command += ["--set", setting]
            seconds, status = timed(command, cwd=folder)[1:3]
            if status != 0:
                row(name, "failed", "")
                continue
            with netCDF4.Dataset(Path(folder) / "run.nc") as data:
                error = data["train_error"][:]
            row(name, duration(seconds), f"{error[-1] / error[0]:.0e}")


def timed(command, **options):
    """Wall clock, CPU time, exit status and peak memory in MB of a process."""
    began = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, status, usage.ru_maxrss / 1024


def relu(bin):
    done = subprocess.run([bin / "linnet_bench_relu"], capture_output=True, text=True, check=True)
    head("ReLU, P = 1000, d = 100, m = 50, one thread", "time", "of the peak of dgemm", "target")
    for line in done.stdout.splitlines():
        name, seconds, part, target = line.split("\t")
        row(name, duration(float(seconds)), f"{float(part):.0%}", "" if target == "-" else f"≥ {float(target):.0%}")

    head("the same step, CPU time, one core each", "NumPy", "linnet", "multiple, median of 5", "target", "largest difference of weights")
    for way in ("lean", "published"):
        naive, ours, pairs = one_core_each(bin, "relu", (500, 0.005), way, ("w1", "w2"))
        ratio = float(np.median(np.divide(naive, ours)))
        difference = max(abs(a - b).max() for a, b in pairs)
        row(f"500 steps, {way}", duration(min(naive)), duration(min(ours)), f"{ratio:.2f}", "≥ 2.5", f"{difference:.0e}")


def figures(bin):
    reproduce(
        bin,
        ("mixed/figure-2-infinite-width", [], "whole process ≤ 1 s"),
        ("mixed/figure-1", [], ""),
        ("rich/relu-grid/flow", ["--quick"], ""),
        ("mixed/figure-2-logged", ["network.compare=none"], "≤ 90 s, ≤ 500 MB"),
    )


MILLION = """
[task]
kind = "low_rank_plus_noise"
dim = 4
rank = 1
[network]
kind = "infinite_width"
[solver]
kind = "exact"
[sweep]
axes = [{field = "network.scale", logarithmic = [1e-6, 10.0, 1000]}, {field = "solver.rates", logarithmic = [0.1, 10.0, 1000]}]
"""


def million(bin):
    """A million closed-form points: one process, a thousand shards, a sweep that is nearly done."""
    sys.path.insert(0, str(bin.parent / "python"))
    from linnet import _linnet

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "million.toml").write_text(MILLION)
        sweep = [bin / "linnet", "sweep", "million.toml", "--quiet", "--out"]
        head("10⁶ closed-form points", "wall clock", "CPU", "peak memory", "measured", "target")

        def timed_row(what, command, measured, target):
            seconds, cpu, status, memory = timed(command, cwd=folder)
            row(what, duration(seconds), duration(cpu), f"{memory:.0f} MB", measured(cpu) if status == 0 else "failed", target)

        timed_row("one process", [*sweep, "one.nc"], lambda cpu: f"{cpu:.1f} µs a point, arithmetic included", "≤ 20 µs beyond the arithmetic, ≤ 500 MB")
        source = _linnet.Source.from_file(str(folder / "million.toml"))
        points = _linnet.PreparedSweep(source)
        shards = 1000
        for k in range(shards):
            (folder / f"all.nc.journal.{k + 1}-of-{shards}").write_bytes(points.compute(list(range(k, shards * 1000, shards))))
        numbers = 8 * 10 * shards * 1000
        extra = (sum(p.stat().st_size for p in folder.glob("all.nc.journal*")) - numbers) / (shards * 1000)
        timed_row("merge of 1000 shards", [bin / "linnet", "merge", "all.nc", "--keep"], lambda _: f"journals: {extra:.0f} bytes a point beyond its 10 numbers", "≤ 20 s, ≤ 200 bytes")
        same = (folder / "one.nc").read_bytes() == (folder / "all.nc").read_bytes()
        for k in range(10):
            (folder / f"all.nc.journal.{k + 1}-of-{shards}").unlink()
        (folder / "all.nc").unlink()
        timed_row("--resume from 99 %", [*sweep, "all.nc", "--resume"], lambda _: "", "≤ 5 s")
        print(f"\n(the files of one process and of 1000 shards are {'the same' if same else 'NOT the same'})")


def figure_2(bin):
    reproduce(
        bin,
        ("mixed/figure-2", ["network.compare=none"], "≤ 4 min, ≤ 500 MB"),
        ("mixed/figure-2", [], "≤ 8 min more"),
    )


def reproduce(bin, *cases):
    """Whole processes, pictures included, on all cores."""
    import netCDF4

    head("figure", "wall clock", "CPU", "peak memory", "steps", "target")
    for name, settings, target in cases:
        with tempfile.TemporaryDirectory() as folder:
            command = [bin / "linnet", "reproduce", name, "--out", folder, "--quiet"]
            for setting in settings:
                command += [setting] if setting.startswith("--") else ["--set", setting]
            seconds, cpu, status, memory = timed(command)
            if status != 0:
                row(name, "failed", "", "", "", target)
                continue
            with netCDF4.Dataset(Path(folder) / name / "data.nc") as data:
                counted = "final_step" in data.variables and not name.endswith("infinite-width")
                total = int(np.sum(data["final_step"][:])) if counted else ""
        row(
            name + "".join(f", {s}" for s in settings),
            duration(seconds),
            duration(cpu),
            f"{memory:.0f} MB",
            total,
            target,
        )


def main():
    bin = Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:] or SECTIONS
    for section in wanted:
        if section not in SECTIONS:
            sys.exit(f"scripts/bench: expected a section of {', '.join(SECTIONS)}, got {section}")
    about(bin)
    for section in wanted:
        {"steps": steps, "peers": peers, "exact": exact, "deep": deep, "light-cone": light_cone, "small-starts": small_starts, "relu": relu, "figures": figures, "million": million, "figure-2": figure_2}[section](bin)


if __name__ == "__main__":
    main()
