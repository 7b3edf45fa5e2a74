"""Schedules: when to record. The start and the end of a run are always recorded.

Instants that a run does not have are refused: times beyond the end, times of descent that are not steps, steps of a
flow, more instants than there are steps.
"""

from __future__ import annotations

from typing import Union

from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import Schedule

__all__ = ["Schedule", "ScheduleLike", "at", "ends", "every", "linear", "logarithmic", "or_automatic"]

ScheduleLike = Union[Schedule, int, ArrayLike, None]


def or_automatic(schedule: ScheduleLike) -> ScheduleLike:
    """The schedule; by default every step of descent, or 101 times of a flow or a closed form."""
    return _linnet.automatic() if schedule is None else schedule


def every(n: int = 1) -> Schedule:
    """Every n-th step of descent: 0, n, 2n, ... A flow has no such steps."""
    return _linnet.every(n)


def at(instants: ArrayLike) -> Schedule:
    """At these steps (descent) or times (flow), none beyond the end."""
    return _linnet.at(instants)


def linear(n: int) -> Schedule:
    """At n instants, evenly from 0 to the end; the nearest steps of descent, which has at least n - 1."""
    return _linnet.linear(n)


def logarithmic(first: float, n: int) -> Schedule:
    """At 0 and at n instants from `first` to the end, evenly in their logarithm; the nearest steps of descent.

    Neighbouring instants of descent may have the same nearest step, which is recorded once.
    """
    return _linnet.logarithmic(first, n)


def ends() -> Schedule:
    """At the start and the end only."""
    return _linnet.ends()
