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
    Source: docs/theory.md, "Network, cost, training". Whatever is out of range is refused by `linnet.train`.
    """

    step: PerLayer = 1e-3
    """eta, or (eta_1, eta_2): the learning rate of each layer."""
    max_steps: int = 1000
    order: str = "simultaneous"
    """"simultaneous": both layers from the old weights. "sequential": layer 1 first, then layer 2 with the new W_1 but
    the old residual, as in the Mixed authors' code."""
    stop: Union[StopRule, Sequence[StopRule]] = ()
    """Rules of `linnet.stop`, one or a list of them."""
    divergence_factor: float = 1e6
    """The run has diverged when the cost is not finite, or this many times max(C at the start, C(0))."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop", tuple(_flat(self.stop)))


@dataclass(frozen=True)
class GradientFlow:
    """Gradient flow dW_l/dt = -eta_l dC/dW_l with error control, by SUNDIALS.

    Source: docs/theory.md, "Network, cost, training". Whatever is out of range is refused by `linnet.train`.
    """

    t_end: float = 1.0
    """Until when, in gradient-flow time."""
    rates: PerLayer = 1.0
    """eta, or (eta_1, eta_2): the learning rate of each layer."""
    rtol: float = 1e-9
    atol: float = 1e-12
    """The error per step is at most rtol |y| + atol in each unknown y."""
    method: str = "adams"
    """"adams" (CVODE, 1-2 evaluations a step) or "explicit_runge_kutta" (ARKODE)."""
    events: Union[FlowEvent, Sequence[FlowEvent]] = ()
    """Events of `linnet.event`, one or a list of them."""
    max_steps: int = 1_000_000
    """Internal steps over the whole run."""
    divergence_factor: float = 1e6
    """As in GradientDescent."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", tuple(_flat(self.events)))
