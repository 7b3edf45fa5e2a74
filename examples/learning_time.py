"""How long a network waits before it learns, over the scale of its start: a script with types, as `mypy --strict` reads it.

Two layers of width 100 from Gaussian weights, and a target of rank 3. Modes grow exponentially until they are learned, so
that each start ten times as small waits the same time longer: log(10) over the largest mode, 0.77, where it is small.
"""

from __future__ import annotations

import linnet
import numpy as np
from numpy.typing import NDArray


def time_to_learn(run: linnet.Trajectory, part: float) -> float:
    """When the loss first falls below `part` of that at the start; infinite if it never does."""
    errors: NDArray[np.float64] = run["train_error"]
    below = np.flatnonzero(errors < part * errors[0])
    return float(run.time[below[0]]) if len(below) else float("inf")


def waiting_times(task: linnet.Task, scales: list[float]) -> dict[float, float]:
    waits: dict[float, float] = {}
    for scale in scales:
        start = linnet.gaussian_gram(task, width=100, variance=scale**2, seed=3)
        run = linnet.train(start, task, linnet.GradientFlow(t_end=12.0), record=["train_error"], schedule=linnet.linear(2401))
        waits[scale] = time_to_learn(run, 0.5)
    return waits


task = linnet.tasks.modes(values=[3.0, 2.0, 1.0], shape=(5, 5), seed=1)
for scale, wait in waiting_times(task, [1e-2, 1e-3, 1e-4]).items():
    print(f"scale {scale:g}: half is learned at t = {wait:.2f}")

# Output:
#   scale 0.01: half is learned at t = 0.99
#   scale 0.001: half is learned at t = 1.81
#   scale 0.0001: half is learned at t = 2.59
