"""Schedules: when to record. The start and the end of a run always are recorded."""

from __future__ import annotations

from typing import Union

from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import Schedule

__all__ = ["Schedule", "ScheduleLike", "at", "ends", "every", "linear", "logarithmic"]

ScheduleLike = Union[Schedule, int, ArrayLike, None]


def every(n: int = 1) -> Schedule:
    """Every n-th step of descent: 0, n, 2n, ..."""
    return _linnet.every(n)


def at(instants: ArrayLike) -> Schedule:
    """At these steps (descent) or times (flow)."""
    return _linnet.at(instants)


def linear(n: int) -> Schedule:
    """At n instants, evenly from 0 to the end."""
    return _linnet.linear(n)


def logarithmic(first: float, n: int) -> Schedule:
    """At 0 and at n instants from `first` to the end, evenly in their logarithm."""
    return _linnet.logarithmic(first, n)


def ends() -> Schedule:
    """At the start and the end alone."""
    return _linnet.ends()
