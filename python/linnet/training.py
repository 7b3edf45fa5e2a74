"""The one driver: any network, any task, any solver."""

from __future__ import annotations

import warnings
from typing import Any, Callable, Optional, Sequence, Union

from . import _linnet
from ._error import Error, shown
from ._linnet import Perceptron, SelfConsistent, Task
from .networks import Network
from .schedules import ScheduleLike, or_automatic
from .solvers import GradientDescent, GradientFlow
from .trajectory import Comparison, Trajectory, names_of, unless_raised

__all__ = ["compare", "train"]

Progress = Callable[[float, float], Any]


def _dynamics(network: Any, solver: str) -> str:
    return "self-consistent" if isinstance(network, SelfConsistent) else f"gradient {solver}"


def _require_task(task: Any) -> Task:
    if not isinstance(task, Task):
        raise Error("task", "a task, made by linnet.tasks", shown(task))
    return task


def train(
    network: Union[Network, Perceptron],
    task: Task,
    solver: Union[GradientDescent, GradientFlow],
    record: Union[str, Sequence[Any]] = ("train_error",),
    schedule: ScheduleLike = None,
    *,
    threshold: Optional[float] = None,
    at_best: Union[str, Sequence[Any]] = (),
    best: str = "steps",
    progress: Optional[Progress] = None,
) -> Trajectory:
    """Train a network on a task.

    The form of the network picks the dynamics: `Weights` and `GramState` follow the same gradient descent or flow,
    exactly (the latter at a cost that does not depend on the width); `SelfConsistent` follows the dynamics that is
    closed in A. A `Perceptron` goes with every task that has samples; its flow is best taken with method="bdf" and an
    rtol of 1e-2 to 1e-6. The interpreter's lock is released meanwhile.

    Args:
        network: where to start; it is not changed.
        task: what is learned.
        solver: `GradientDescent` or `GradientFlow`.
        record: names of observables, or ("rank", fraction); `linnet.observables.names(network, task)` lists those that
            there are. They are computed at the records only.
        schedule: when to record: `linnet.every(n)` or n for every n-th step of descent, `linnet.linear(n)`,
            `linnet.logarithmic(first, n)`, or a list of steps (descent) or times (flow). Every step of descent, or 101
            times of a flow, by default. Start and end are always recorded; an instant that the run does not have is
            refused.
        threshold: kappa, which tells lazy from active modes; that of the start's best closure by default, found when
            asked for.
        at_best: scalar observables to measure where the test error is smallest; of a linear network those of A.
        best: where the smallest test error is looked for, at all "steps" or at the "records". Of a linear network it is
            as good as free. Of a perceptron each look is a pass over the samples held out, only made when the run records
            what is of the test: beside a step on all samples two thirds of it with as many samples held out, nine steps
            with ten times as many (two layers, d = 100). Descent by batches looks at the records alone.
        progress: called as progress(done, total) at most 20 times a second, in steps or time; returning False ends
            the run with status "interrupted".

    Returns:
        A `Trajectory`; its `time` is gradient-flow time. A run that diverges is a result, with status "diverged". A run
        that goes on from `run.final` begins anew with its time, steps, stop rules, best test error, momentum (V = 0) and
        the integrator's own steps; the order of minibatches goes on by first_batch=run.final_step.

    Raises:
        linnet.Error: for arguments that do not fit; of kind "numerical" when the integrator gives up.
        KeyboardInterrupt: on Ctrl-C, within a second; its attribute `trajectory` holds the run so far, where there is
            a record; without a `final` where that came within a step.

    Source: docs/theory.md, "The width drops out" and "Self-consistent dynamics".
    """
    if isinstance(solver, GradientDescent):
        how, dynamics = "descent", _dynamics(network, "descent")
    elif isinstance(solver, GradientFlow):
        how, dynamics = "flow", _dynamics(network, "flow")
    else:
        raise Error("solver", "a GradientDescent or a GradientFlow", shown(solver))
    when = or_automatic(schedule)
    _require_task(task)
    run = getattr(_linnet, f"train_{how}")
    parts, raised = run(network, task, solver, names_of(record), when, threshold, names_of(at_best), best, progress)
    trajectory = Trajectory(parts, task, dynamics)
    if trajectory.warning:
        warnings.warn(trajectory.warning, stacklevel=2)
    return unless_raised(trajectory, raised)


def compare(
    first: Union[Network, Perceptron],
    second: Union[Network, Perceptron],
    task: Task,
    solver: GradientDescent,
    record: Union[str, Sequence[Any]] = ("train_error",),
    schedule: ScheduleLike = None,
    *,
    threshold: Optional[float] = None,
    at_best: Union[str, Sequence[Any]] = (),
    best: str = "steps",
    progress: Optional[Progress] = None,
) -> Comparison:
    """Train two networks by the same steps of gradient descent, and how far apart they get.

    The stop rules look at the first network and end both. The arguments are those of `train`; a pair to compare is a
    network and its `linnet.self_consistent` approximation.

    Returns:
        A `Comparison`: `first`, `second` (trajectories), `distance` at the records, `largest_distance` over all steps:
        |A - A'|_F, or, where one is a perceptron, the root mean square over the samples of |f(x_i) - f'(x_i)|.

    Raises:
        linnet.Error: for arguments that do not fit.
        KeyboardInterrupt: on Ctrl-C, within a step; its attribute `trajectory` holds the comparison so far.
    """
    _require_task(task)
    if not isinstance(solver, GradientDescent):
        raise Error("solver", "a GradientDescent", shown(solver), "two flows share no steps: train them one by one")
    when = or_automatic(schedule)
    one, two, distance, largest, raised = _linnet.compare(
        first, second, task, solver, names_of(record), when, threshold, names_of(at_best), best, progress
    )
    result = Comparison(
        Trajectory(one, task, _dynamics(first, "descent")),
        Trajectory(two, task, _dynamics(second, "descent")),
        distance,
        largest,
        isinstance(first, Perceptron) or isinstance(second, Perceptron),
    )
    return unless_raised(result, raised)
