"""Solvers: options for `linnet.train`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Union

from . import _convert
from ._linnet import StopRule
from .event import FlowEvent
from .networks import Layerwise

__all__ = ["GradientDescent", "GradientFlow"]


def _flat(rules: Any) -> List[Any]:
    if isinstance(rules, (list, tuple)):
        return [rule for several in rules for rule in _flat(several)]
    return [rules]


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent on the weights.

    Networks represented by A alone (`SelfConsistent`, `DeepLinearized`, `DeepBalanced`) take an Euler step of their
    flow instead. `Diagonal` steps its weights.

    Step k is time t = k (step_1 ... step_L)^(1/L) / (1 - momentum), gradient flow's time: t = k step with equal steps
    and no momentum.
    Source: docs/theory.md, "Network, cost, training".

    Args:
        step: eta, or one learning rate a layer, (eta_1, ..., eta_L).
        momentum: mu in [0, 1) of the heavy ball, V <- mu V - eta dC/dW, W <- W + V. For explicit weights only.
        batch: samples a step, of regression data; 0 takes all of them. A pass over the data takes them in a new random
            order, without replacement; a rest that does not fill a batch is left out of that pass.
        seed: of the order of the samples; also a numpy.random.Generator or SeedSequence, or None for a random one.
            The attribute is the number.
        first_batch: the batch of the first step. Batch k depends on the seed and k alone, so that a run from
            `run.final` with first_batch=run.final_step continues the order of the batches.
        max_steps: the number of steps, unless the run ends earlier; of a run that continues a checkpoint, with those
            before it. So t_end of a flow.
        order: "simultaneous", all layers from the old weights; or "sequential", for two layers: layer 1 first, then
            layer 2 with the new W_1 but the old residual, as in the Mixed authors' code.
        stop: rules of `linnet.stop`, one or a list of them.
        divergence_factor: the run has diverged when the cost is not finite, or this many times max(C at the start,
            C(0)).

    `linnet.train` refuses values out of range.
    """

    step: Layerwise = 1e-3
    momentum: float = 0.0
    batch: int = 0
    seed: int = 0
    max_steps: int = 1000
    order: str = "simultaneous"
    stop: Union[StopRule, Sequence[StopRule]] = ()
    divergence_factor: float = 1e6
    first_batch: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop", tuple(_flat(self.stop)))
        object.__setattr__(self, "seed", _convert.seed(self.seed))


@dataclass(frozen=True)
class GradientFlow:
    """Gradient flow dW_l/dt = -eta_l dC/dW_l with error control, by SUNDIALS.

    Source: docs/theory.md, "Network, cost, training".

    Args:
        t_end: until when, in gradient-flow time.
        rates: eta, or one rate a layer, (eta_1, ..., eta_L).
        rtol, atol: the error per step is at most rtol |y| + atol in each unknown y. Without atol it is 1e-12, or rtol
            times the start's root mean square if that is less.
        method: "adams" (CVODE, one or two evaluations a step); "bdf" (CVODE, implicit), for deep networks that wait
            near saddles much longer than their learned modes take to relax; "explicit_runge_kutta" (ARKODE).
        events: events of `linnet.event`, one or a list of them.
        max_steps: internal steps over the whole run.
        divergence_factor: as in GradientDescent.

    Whatever is out of range is refused by `linnet.train`.
    """

    t_end: float = 1.0
    rates: Layerwise = 1.0
    rtol: float = 1e-9
    atol: Optional[float] = None
    method: str = "adams"
    events: Union[FlowEvent, Sequence[FlowEvent]] = ()
    max_steps: int = 1_000_000
    divergence_factor: float = 1e6

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", tuple(_flat(self.events)))
