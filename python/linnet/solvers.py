"""Solvers: what advances a network, as options for `linnet.train`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Sequence, Union

from ._linnet import StopRule
from .event import FlowEvent
from .networks import PerLayer

__all__ = ["GradientDescent", "GradientFlow"]


def _flat(rules: Any) -> List[Any]:
    if isinstance(rules, (list, tuple)):
        return [rule for several in rules for rule in _flat(several)]
    return [rules]


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent on the weights.

    Step k is time t = k sqrt(step_1 step_2), gradient flow's time: t = k step with equal steps.
    Source: docs/theory.md, "Network, cost, training".

    Args:
        step: eta, or (eta_1, eta_2), the learning rate of each layer.
        max_steps: how many steps, unless something ends the run before.
        order: "simultaneous", both layers from the old weights; or "sequential", layer 1 first, then layer 2 with the
            new W_1 but the old residual, as in the Mixed authors' code.
        stop: rules of `linnet.stop`, one or a list of them.
        divergence_factor: the run has diverged when the cost is not finite, or this many times max(C at the start,
            C(0)).

    Whatever is out of range is refused by `linnet.train`.
    """

    step: PerLayer = 1e-3
    max_steps: int = 1000
    order: str = "simultaneous"
    stop: Union[StopRule, Sequence[StopRule]] = ()
    divergence_factor: float = 1e6

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop", tuple(_flat(self.stop)))


@dataclass(frozen=True)
class GradientFlow:
    """Gradient flow dW_l/dt = -eta_l dC/dW_l with error control, by SUNDIALS.

    Source: docs/theory.md, "Network, cost, training".

    Args:
        t_end: until when, in gradient-flow time.
        rates: eta, or (eta_1, eta_2), the learning rate of each layer.
        rtol, atol: the error per step is at most rtol |y| + atol in each unknown y.
        method: "adams" (CVODE, one or two evaluations a step) or "explicit_runge_kutta" (ARKODE).
        events: events of `linnet.event`, one or a list of them.
        max_steps: internal steps over the whole run.
        divergence_factor: as in GradientDescent.

    Whatever is out of range is refused by `linnet.train`.
    """

    t_end: float = 1.0
    rates: PerLayer = 1.0
    rtol: float = 1e-9
    atol: float = 1e-12
    method: str = "adams"
    events: Union[FlowEvent, Sequence[FlowEvent]] = ()
    max_steps: int = 1_000_000
    divergence_factor: float = 1e6

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", tuple(_flat(self.events)))
