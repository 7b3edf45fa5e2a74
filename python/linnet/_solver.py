"""What the solvers of `linnet.solvers` have in common."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar, List

from . import _convert


def _flat(several: Any) -> List[Any]:
    if isinstance(several, (list, tuple)):
        return [one for part in several for one in _flat(part)]
    return [several]


class Solver:
    """Options of a solver, for `linnet.train`."""

    _kind: ClassVar[str]
    _dynamics: ClassVar[str]

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            if field.default == ():  # stop rules or events: one, or lists of them
                object.__setattr__(self, field.name, tuple(_flat(getattr(self, field.name))))
            if field.name == "seed":  # a generator or None becomes a number, so that the attribute says it
                object.__setattr__(self, "seed", _convert.seed(self.seed))
