"""How objects are shown: `repr`, and a small table with a curve in notebooks."""

from __future__ import annotations

import html
from typing import Any, Callable, List, Sequence, Tuple

import numpy as np

from . import _files, _linnet, exact, trajectory

Rows = List[Tuple[str, str]]
SHAPE = "outputs x inputs"
LARGEST = 300  # inputs or outputs up to which a spectrum is as good as free


def _shape(of: Any) -> str:
    outputs, inputs = of.shape
    return f"{outputs} x {inputs}"


def _seed(of: Any) -> Rows:
    """The seed where it was drawn."""
    seed = getattr(of, "seed", None)
    return [] if seed is None else [("seed", str(seed))]


def _of_task(task: Any) -> Rows:
    rows = [(SHAPE, _shape(task))]
    if task.samples is not None:
        rows.append(("samples", str(task.samples)))
    if task.mask is not None:
        rows.append(("seen", f"{int(task.mask.sum())} of {task.mask.size} entries"))
    if task.has_test:
        rows.append(("with", "a test"))
    rows.append(("cost", task.cost_normalisation))
    return rows + _seed(task)


def _of_network(network: Any) -> Rows:
    rows: Rows = []
    if hasattr(network, "sizes"):
        rows.append(("depth", str(network.depth)))
        rows.append(("sizes", ", ".join(map(str, network.sizes))))
        if len(network.sizes) == 3:
            rows.append(("width", str(network.sizes[1])))
    else:
        rows.append((SHAPE, _shape(network)))
    cone = getattr(network, "cone", None)
    if cone is not None:
        widths = ", ".join(f"{w:.15g}" for w in cone.widths)
        order = f"order {cone.order}" + ("" if cone.tolerance is None else f", raised by training to {cone.tolerance:g}")
        rows.append(("light cone of", f"hidden widths {widths}, {order}"))
    if isinstance(network, _linnet.Perceptron):
        slope = f", slope {network.slope:g}" if network.slope else ""
        rows.append(("activation", network.activation + slope))
    if isinstance(network, (_linnet.DeepLinearized, _linnet.DeepBalanced, _linnet.DeepDiagonal)):
        rows.append(("depth", f"{network.depth:g}"))
    if isinstance(network, _linnet.SelfConsistent):
        rows.append(("scales", f"{network.scales[0]:.6g}, {network.scales[1]:.6g}"))
    if isinstance(network, _linnet.Diagonal):
        rows.append(("threshold", f"{network.threshold:.6g}"))
    return rows + _seed(network)


def _of_flow(flow: Any) -> Rows:
    c = flow.closure
    rows = [
        (SHAPE, _shape(flow)),
        ("balance", f"{c.balance:.6g}"),
        ("c^2", f"{c.scale2:.6g}"),
        ("threshold", f"{flow.threshold:.6g}"),
        ("residual", f"{c.residual:.3g}"),
    ]
    return rows + ([("warning", flow.warning)] if flow.warning else [])


def _of_run(run: Any) -> Rows:
    how = f"{run.status} by {run.rule}" if run.rule else run.status
    rows = [
        ("task", run.task.name),
        ("status", f"{how} at step {run.final_step}, t = {run.final_time:.6g}"),
        ("records", f"{len(run.time)} of {', '.join(run) or 'nothing'}"),
    ]
    if run.best is not None:
        rows.append(("best test error", f"{run.best.test_error:.6g} at t = {run.best.time:.6g}"))
    return rows + ([("warning", run.warning)] if run.warning else [])


def _of_checkpoint(checkpoint: Any) -> Rows:
    rows = [("step", str(checkpoint.step)), ("time", f"{checkpoint.time:.6g}")]
    return rows + [("momentum", "yes" if checkpoint.momentum else "none")]


def _sparkline(x: Sequence[float], y: Sequence[float], label: str) -> str:
    """A curve as an inline SVG, logarithmic where it spans more than two decades."""
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    good = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[good], ys[good]
    if len(xs) < 2 or xs[-1] == xs[0]:
        return ""
    some = np.unique(np.linspace(0, len(xs) - 1, 120).astype(int))
    xs, ys = xs[some], ys[some]
    scale = ""
    if ys.min() > 0 and ys.max() > 100 * ys.min():
        ys, scale = np.log10(ys), ", log"
    height = np.ptp(ys) or 1.0
    points = " ".join(
        f"{2 + 156 * (a - xs[0]) / (xs[-1] - xs[0]):.1f},{38 - 34 * (b - ys.min()) / height:.1f}" for a, b in zip(xs, ys)
    )
    return (
        '<svg width="160" height="40" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{html.escape(label + scale)}</title>"
        f'<polyline points="{points}" fill="none" stroke="#0072B2" stroke-width="1.5"/></svg>'
        f"<br/><small>{html.escape(label + scale)}</small>"
    )


def _spectrum(a: np.ndarray, label: str) -> str:
    if max(a.shape) > LARGEST:
        return ""
    s = np.linalg.svd(a, compute_uv=False)
    return _sparkline(np.arange(len(s)), s, label)


def _curve_of_task(task: Any) -> str:
    return "" if task.target is None else _spectrum(task.target, "singular values of Y")


def _curve_of_network(network: Any) -> str:
    if not hasattr(network, "end_to_end") or max(network.shape) > LARGEST:
        return ""
    return _spectrum(network.end_to_end, "singular values of A")


def _curve_of_flow(flow: Any) -> str:
    if sum(flow.shape) > 100:  # each time takes factorizations of this size
        return ""
    times = flow.learning_times()
    last = np.max(times[np.isfinite(times)], initial=0.0)
    if not last > 0:
        return ""
    t = np.linspace(0, 2 * last, 40)
    return _sparkline(t, flow.train_error(t), "train error over t")


def _curve_of_run(run: Any) -> str:
    for name in run:
        if run[name].ndim == 1:
            return _sparkline(run.time, run[name], f"{name} over t")
    return ""


def _text(name: Callable[[Any], str], rows: Callable[[Any], Rows], without: Sequence[str] = ()) -> Callable:
    def shown(self: Any) -> str:
        words = [value if key == SHAPE else f"{key} {value}" for key, value in rows(self) if key not in without]
        return f"<linnet.{name(self)}, {', '.join(words)}>"

    return shown


def _table(name: Callable[[Any], str], rows: Callable[[Any], Rows], curve: Callable[[Any], str]) -> Callable:
    def shown(self: Any) -> str:
        cells = "".join(
            f'<tr><td style="text-align:left">{html.escape(key)}</td>'
            f'<td style="text-align:left">{html.escape(value)}</td></tr>'
            for key, value in rows(self)
        )
        return f"<div><b>linnet.{html.escape(name(self))}</b><table>{cells}</table>{curve(self)}</div>"

    return shown


def _class_name(of: Any) -> str:
    return type(of).__name__


def _of_schedule(schedule: Any) -> str:
    kind, count, first, instants = schedule._parts()
    if kind == 2:
        return "linnet.ends()" if not instants else f"linnet.at({instants if len(instants) < 9 else '[...]'})"
    return ("linnet.Schedule, automatic", f"linnet.every({count})", "", f"linnet.linear({count})",
            f"linnet.logarithmic({first:g}, {count})")[kind]


def give() -> None:
    """Give the classes their `__repr__` and `_repr_html_`."""
    task_name = lambda task: f"Task {task.name}"  # noqa: E731
    _linnet.Task.__repr__ = _text(task_name, _of_task, without=["cost"])
    _linnet.Task._repr_html_ = _table(task_name, _of_task, _curve_of_task)
    for cls in _files.NETWORKS:
        cls.__repr__ = _text(_class_name, _of_network)
        cls._repr_html_ = _table(_class_name, _of_network, _curve_of_network)
    _linnet.Checkpoint.__repr__ = _text(_class_name, _of_checkpoint)
    _linnet.Schedule.__repr__ = _of_schedule
    exact.ExactFlow._repr_html_ = _table(_class_name, _of_flow, _curve_of_flow)
    trajectory.Trajectory._repr_html_ = _table(_class_name, _of_run, _curve_of_run)
