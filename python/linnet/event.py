"""Events of gradient flow. Their times are located by root finding.

A level that is only approached, within the uncertainty of the integrator's tolerance, does not count as crossed.
Events are reported in the run's `events`; a terminal event also ends the run, with status "stopped".
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FlowEvent", "cost_below", "gradient_below", "slope_below", "threshold_crossing"]


@dataclass(frozen=True)
class FlowEvent:
    """An event to locate during a gradient flow; made by the functions of `linnet.event`."""

    kind: str
    value: float
    terminal: bool = False


def threshold_crossing(value: float, *, terminal: bool = False) -> FlowEvent:
    """A singular value of A crosses `value`, often kappa: a mode changes from lazy to active.

    The crossing counts once the distance from `value` exceeds 20 rtol times the sum of both, or half of `value`. If
    this happens in a later step, a terminal event ends the run there. Takes one SVD at each internal step of the
    integrator.
    """
    return FlowEvent("threshold_crossing", value, terminal)


def cost_below(value: float, *, terminal: bool = False) -> FlowEvent:
    """The cost C(A) falls to `value`."""
    return FlowEvent("cost_below", value, terminal)


def gradient_below(value: float, *, terminal: bool = False) -> FlowEvent:
    """The Frobenius norm of the gradient of C at A falls to `value`."""
    return FlowEvent("gradient_below", value, terminal)


def slope_below(value: float, *, terminal: bool = False) -> FlowEvent:
    """The norm of the gradient of the weights, that of weight decay added, falls to `value`.

    It is |d(C + weight_decay |theta|^2/2)/dtheta|, of weights, Gram states and perceptrons.
    """
    return FlowEvent("slope_below", value, terminal)
