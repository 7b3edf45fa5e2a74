"""How objects of linnet are pickled and copied: by what they are made of.

A pickle holds a version, the class, and either the `_parts` that `_made_of` makes the same of, to the last bit, or
the arguments of the constructor, for what is computed from them. Those of a data class are its fields.
"""

from __future__ import annotations

import functools
from dataclasses import fields
from typing import Any, Callable

import numpy as np

from ._error import Error

VERSION = 1


def restore(version: int, make: Any, arguments: tuple, options: dict) -> Any:
    """The object of these parts or arguments."""
    if version != VERSION:
        raise Error(
            "pickle",
            f"an object of version {VERSION}",
            f"version {version}",
            "it was pickled by another version of linnet: load it there, and save its arrays",
        )
    return getattr(make, "_made_of", make)(*arguments, **options)


def by_parts(cls: type) -> None:
    """Let objects with `_parts` and `_made_of` be pickled and copied by these."""

    def reduce(self: Any) -> tuple:
        attributes = getattr(self, "__dict__", None) or None
        return restore, (VERSION, type(self), self._parts(), {}), attributes

    cls.__reduce__ = reduce  # type: ignore[method-assign, assignment]


def by_fields(cls: type) -> None:
    """Let objects of this data class, and of those derived from it, be pickled and copied by their fields."""

    def reduce(self: Any) -> tuple:
        return restore, (VERSION, type(self), (), {field.name: getattr(self, field.name) for field in fields(self)})

    cls.__reduce__ = reduce  # type: ignore[method-assign, assignment]


def _kept(value: Any) -> Any:
    """An argument as it is at this moment: the caller may change an array later."""
    return value.copy() if isinstance(value, np.ndarray) else value


def remember(made: Any, make: Any, *arguments: Any, **options: Any) -> None:
    """Let this object be pickled and copied as the result of make(*arguments, **options)."""
    made._recipe = (
        make,
        tuple(_kept(a) for a in arguments),
        {name: _kept(value) for name, value in options.items()},
    )


def _reduce(self: Any) -> tuple:
    make, arguments, options = self._recipe
    return restore, (VERSION, make, arguments, options)


def by_recipe(cls: type) -> None:
    """Let objects that `remember` was called for be pickled and copied by their recipe."""
    cls.__reduce__ = _reduce  # type: ignore[method-assign, assignment]


def by_arguments(cls: type) -> None:
    """Let objects be pickled and copied by the arguments of their constructor."""
    made: Callable = cls.__init__  # type: ignore[misc]

    @functools.wraps(made)
    def initialize(self: Any, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        remember(self, type(self), *arguments, **options)

    cls.__init__ = initialize  # type: ignore[misc]
    by_recipe(cls)
