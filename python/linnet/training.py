"""Training: one function for any network, task and solver."""

from __future__ import annotations

import warnings
from typing import Any, Optional, Sequence, Tuple, Union

import numpy as np

from . import _convert, _linnet, solvers
from ._error import Error, shown
from ._linnet import Checkpoint, Perceptron, SelfConsistent, Task
from ._progress import Progress, reporting
from ._solver import Solver
from ._tasks import require_task
from .networks import Network
from .schedules import ScheduleLike, or_automatic
from .schedules import at as schedule_at
from .solvers import GradientDescent, GradientFlow, SpectralDescent
from .trajectory import Comparison, Trajectory, names_of, unless_raised

__all__ = ["compare", "train"]


def _dynamics(network: Any, solver: Solver) -> str:
    if isinstance(network, Checkpoint):
        network = network.network
    return "self-consistent" if isinstance(network, SelfConsistent) else solver._dynamics


def train(
    network: Union[Network, Perceptron, Checkpoint],
    task: Task,
    solver: Solver,
    record: Union[str, Sequence[Any]] = ("train_error",),
    schedule: ScheduleLike = None,
    *,
    threshold: Optional[float] = None,
    at_best: Union[str, Sequence[Any]] = (),
    best: str = "steps",
    keep_networks: bool = False,
    progress: Progress = None,
) -> Trajectory:
    """Train a network on a task.

    The form of the network determines the dynamics. `Weights` and `GramState` follow the same gradient descent or flow
    exactly, the latter at a cost that does not depend on the width. `SelfConsistent` follows the dynamics that is
    closed in A. A `Perceptron` can be trained on every task that has samples; use its flow with method="bdf" and an
    rtol of 1e-2 to 1e-6. The interpreter's lock is released during training.

    Args:
        network: the start, which is not changed; or the `checkpoint` of a run, to go on where it ended: steps, time,
            momentum, batches, stop rules and the best moment continue, observables compare with the start of that run,
            and max_steps or t_end count from there. The first record is that of the checkpoint.
        task: the task.
        solver: one of `linnet.solvers`, as `GradientDescent` or `GradientFlow`.
        record: names of observables, ("rank", fraction), ("new_property", item), ("parameter_noise_error", deviation, draws, width),
            ("end_to_end", rows, columns) for a block of A, or functions of the network (`linnet.observable`); `linnet.observables.names(network, task)` lists the names that there are.
            They are computed at the records only.
        schedule: when to record: `linnet.every(n)` or n for every n-th step of descent, `linnet.linear(n)`,
            `linnet.logarithmic(first, n)`, or a list of steps (descent) or times (flow). Every step of descent, or 101
            times of a flow, by default. Start and end are always recorded; an instant that the run does not have is
            refused.
        threshold: kappa, between lazy and active modes; by default that of the start's best closure, computed when
            first needed.
        at_best: scalar observables to measure where the test error is smallest; for a linear network those of A.
        best: where the smallest test error is searched, at all "steps" or only at the "records". For a linear network
            this costs almost nothing. For a perceptron the test error costs a pass over the test samples, and is
            searched only when the run records a quantity of the test or stops by one: next to a step on all samples
            it takes two thirds of a step with as many test samples, and nine steps with ten times as many (two
            layers, d = 100). Descent by batches uses the records only.
        keep_networks: keep the network at every record, for `run.at(times)`.
        progress: called as progress(done, total) at most 20 times a second, in steps or time; returning False ends
            the run with status "interrupted". True shows a bar, tqdm's where it is installed.

    Returns:
        A `Trajectory`; its `time` is gradient-flow time. A run that diverges is a result, with status "diverged". In a
        run from `run.final` everything but the weights begins again; a run from `run.checkpoint` goes on. Two runs of
        descent by a checkpoint have the bits of one, but of networks that are known by an A of low rank
        (`DeepBalanced`, `SelfConsistent` of scales 0), which go on to rounding; two flows are one to their tolerance.

    Raises:
        linnet.Error: for arguments that do not fit; of kind "numerical" when the integrator fails.
        KeyboardInterrupt: on Ctrl-C, within a second; its attribute `trajectory` has the run so far, if there is a
            record, without a `final` if the run ended within a step.

    Source: docs/theory.md, "The width drops out" and "Self-consistent dynamics".
    """
    if not isinstance(solver, Solver):
        names = [f"a {name}" for name in solvers.__all__]
        raise Error("solver", f"{', '.join(names[:-1])} or {names[-1]}", shown(solver))
    when = or_automatic(schedule)
    require_task(task)
    with reporting(progress) as report:
        what = (names_of(record), when, threshold, names_of(at_best), best, bool(keep_networks))
        parts, raised = _linnet.train(network, task, solver, *what, report)
    trajectory = Trajectory(parts, task, _dynamics(network, solver))
    if trajectory.warning:
        warnings.warn(trajectory.warning, stacklevel=2)
    return unless_raised(trajectory, raised)


def compare(
    first: Union[Network, Perceptron],
    second: Union[Network, Perceptron],
    task: Task,
    solver: Union[GradientDescent, Tuple[Solver, Solver]],
    record: Union[str, Sequence[Any]] = ("train_error",),
    schedule: ScheduleLike = None,
    *,
    threshold: Optional[float] = None,
    at_best: Union[str, Sequence[Any]] = (),
    best: str = "steps",
    keep_networks: bool = False,
    progress: Progress = None,
) -> Comparison:
    """Train two networks by the same steps of gradient descent, or by two solvers, and measure their distance.

    The stop rules use the first network and end both. The arguments are those of `train`; an example of a pair is a
    network and its `linnet.self_consistent` approximation. With keep_networks=True the comparison has the distance of
    the weights too.

    Two solvers, (first, second), train one network each, one after the other, and are compared at common records:
    `schedule` is that of the descent with the larger time a step, or of the first of two flows, and the other solver
    must have these instants. Both must end at the same time. `largest_distance` is then over the records.

    Returns:
        A `Comparison`: `first`, `second` (trajectories), `distance` at the records, `largest_distance` over all steps:
        |A - A'|_F, or, where one is a perceptron, the root mean square over the samples of |f(x_i) - f'(x_i)|.

    Raises:
        linnet.Error: for arguments that do not fit.
        KeyboardInterrupt: on Ctrl-C, within a step; its attribute `trajectory` has the comparison so far.
    """
    require_task(task)
    options = {"threshold": threshold, "at_best": at_best, "best": best, "progress": progress}
    if isinstance(solver, (tuple, list)) and len(solver) == 2:
        return compare_solvers((first, second), task, tuple(solver), record, schedule, **options)
    if not isinstance(solver, (GradientDescent, SpectralDescent)):
        hint = "by two flows: a pair of solvers" if isinstance(solver, GradientFlow) else ""
        raise Error("solver", "a GradientDescent, or a pair of solvers", shown(solver), hint)
    when = or_automatic(schedule)
    with reporting(progress) as report:
        what = (names_of(record), when, threshold, names_of(at_best), best, bool(keep_networks))
        one, two, distance, largest, raised = _linnet.compare(first, second, task, solver, *what, report)
    result = Comparison(
        Trajectory(one, task, _dynamics(first, solver)),
        Trajectory(two, task, _dynamics(second, solver)),
        distance,
        largest,
        isinstance(first, Perceptron) or isinstance(second, Perceptron),
    )
    return unless_raised(result, raised)


def _time_of_a_step(solver: GradientDescent) -> float:
    """The gradient-flow time of a step of descent."""
    steps = np.ravel(_convert.reals(solver.step, "solver.step"))
    return float(np.exp(np.mean(np.log(steps)))) / (1 - solver.momentum)


def _has_constant_steps(solver: GradientDescent) -> bool:
    return solver.schedule == "constant" and solver.warmup == 0 and solver.step_factor is None


def _end_of(solver: Solver) -> float:
    return solver.t_end if isinstance(solver, GradientFlow) else _time_of_a_step(solver) * solver.max_steps


def _instants(solver: Solver, times: np.ndarray) -> Any:
    """The schedule by which this solver records these times of another one."""
    if isinstance(solver, GradientFlow):
        return schedule_at(np.minimum(times, solver.t_end))
    steps = times / _time_of_a_step(solver)
    nearest = np.round(steps)
    off = np.abs(steps - nearest) > 1e-6
    if off.any():
        raise Error(
            "schedule",
            "instants that both solvers have",
            f"t = {times[off][0]:.6g}, step {steps[off][0]:.6g} of the other",
            "schedule the records at common multiples of the steps",
        )
    return schedule_at(nearest)


def compare_solvers(
    networks: tuple, task: Task, solvers: tuple, record: Any, schedule: ScheduleLike, **options: Any
) -> Comparison:
    """Two networks by a solver each, at the records of the solver with the larger steps."""
    for solver in solvers:
        if not isinstance(solver, (GradientDescent, GradientFlow)):
            raise Error("solver", "a pair of GradientDescent or GradientFlow", shown(solver))
        if isinstance(solver, GradientDescent) and not _has_constant_steps(solver):
            raise Error("solver", "constant steps, to compare two solvers at common times", shown(solver))
    ends = [_end_of(solver) for solver in solvers]
    if abs(ends[0] - ends[1]) > 1e-9 * max(ends):
        raise Error("solver", "two solvers that end at the same time", f"t = {ends[0]:.9g} and t = {ends[1]:.9g}")
    apart = [0.0 if isinstance(solver, GradientFlow) else _time_of_a_step(solver) for solver in solvers]
    lead = 0 if apart[0] >= apart[1] else 1
    options["keep_networks"] = True
    runs: list = [None, None]
    runs[lead] = train(networks[lead], task, solvers[lead], record, schedule, **options)
    instants = _instants(solvers[1 - lead], runs[lead].time)
    runs[1 - lead] = train(networks[1 - lead], task, solvers[1 - lead], record, instants, **options)
    of_outputs = any(isinstance(network, Perceptron) for network in networks)
    distance = runs[0].distance(runs[1])
    return Comparison(runs[0], runs[1], distance, float(np.max(distance)), of_outputs)
