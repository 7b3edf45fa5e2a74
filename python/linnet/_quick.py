"""Small matplotlib pictures of runs, for notebooks; `linnet.plot` draws pictures for publication."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Union

import numpy as np

from ._error import Error

STYLES = ["-", "--", ":"]
ERRORS = ("train_error", "test_error")


def _panels(names: Sequence[str]) -> List[List[str]]:
    errors = [n for n in names if n in ERRORS]
    return ([errors] if errors else []) + [[n] for n in names if n not in ERRORS]


def plot_runs(runs: Dict[str, Any], names: Union[str, Sequence[str], None], axes: Any):
    """Draw runs in the same panels, the first solid, the next dashed; returns the figure."""
    import matplotlib.pyplot as plt

    first = next(iter(runs.values()))
    names = list(first) if names is None else [names] if isinstance(names, str) else list(names)
    panels = _panels(names)
    if not panels:
        raise Error("names", "observables to draw", "none", "record some: linnet.observables.names() lists them")
    if axes is None:
        _, axes = plt.subplots(
            1, len(panels), figsize=(4.2 * len(panels), 3.2), squeeze=False, constrained_layout=True
        )
    axes = np.ravel(axes)
    if len(axes) != len(panels):
        raise Error("axes", f"{len(panels)} axes, one a panel", str(len(axes)))
    for panel, ax in zip(panels, axes):
        for style, (label, run) in zip(STYLES, runs.items()):
            _draw(ax, panel, run, style, f" ({label})" if len(runs) > 1 else "")
        ax.set_xlabel("gradient-flow time t")
        if panel == ["singular_values"]:
            ax.axhline(first.threshold, color="black", linewidth=0.8, linestyle="-.", label="threshold κ")
        if panel[0] in ERRORS and all((run[name] > 0).all() for name in panel for run in runs.values()):
            ax.set_yscale("log")
        ax.set_ylabel("error" if panel[0] in ERRORS else first._series[panel[0]][1])
        if len(panel) > 1 or len(runs) > 1 or panel == ["singular_values"]:
            ax.legend(frameon=False, fontsize="small")
    return axes[0].figure


def _draw(ax: Any, panel: Sequence[str], run: Any, style: str, suffix: str) -> None:
    for i, name in enumerate(panel):
        values = run[name]
        if values.ndim == 1:
            ax.plot(run.time, values, style, color=f"C{i}", label=run._series[name][1] + suffix)
        else:
            # Matrices too, as of neurons and inputs: a line for each of their numbers.
            flat = np.reshape(values, (len(values), -1))
            lines = ax.plot(run.time, flat, style, color="C0", linewidth=0.8, alpha=0.7)
            lines[0].set_label(run._series[name][1] + suffix)
