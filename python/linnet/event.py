"""Events of gradient flow: what to find on the way, its time located by root finding.

A level that is only approached, within what the integrator's tolerance leaves uncertain, is not crossed.
What was found is in the run's `events`; a terminal event also ends the run, with status "stopped".
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FlowEvent", "cost_below", "gradient_below", "threshold_crossing"]


@dataclass(frozen=True)
class FlowEvent:
    """Something to find on the way of a gradient flow; made by the functions of `linnet.event`."""

    kind: str
    value: float
    terminal: bool = False


def threshold_crossing(value: float, *, terminal: bool = False) -> FlowEvent:
    """A singular value of A crosses `value`, often kappa: a mode turns from lazy to active.

    It is on the other side once it is further from `value` than 20 rtol times their sum, or half of it; where that is in a later step, a
    terminal event ends the run there.

    One SVD at each internal step of the integrator.
    """
    return FlowEvent("threshold_crossing", value, terminal)


def cost_below(value: float, *, terminal: bool = False) -> FlowEvent:
    """The cost C(A) falls to `value`."""
    return FlowEvent("cost_below", value, terminal)


def gradient_below(value: float, *, terminal: bool = False) -> FlowEvent:
    """The Frobenius norm of the gradient of C at A falls to `value`."""
    return FlowEvent("gradient_below", value, terminal)
