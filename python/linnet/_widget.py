"""The widget behind `linnet.explore`. It needs anywidget, which nothing else does."""

from __future__ import annotations

import math
from typing import Any, Dict

import anywidget
import traitlets

from .explorer import checked


def _to_json(value: Dict[str, Any], _widget: Any) -> Dict[str, Any]:
    """JSON has neither inf nor nan, which only times are."""
    return {key: _time_to_json(of, None) if key == "time" else of for key, of in value.items()}


def _from_json(value: Dict[str, Any], _widget: Any) -> Dict[str, Any]:
    return {key: _time_from_json(of, None) if key == "time" else of for key, of in value.items()}


def _time_to_json(time: float, _widget: Any) -> Any:
    return None if math.isnan(time) else "inf" if math.isinf(time) else time


def _time_from_json(time: Any, _widget: Any) -> float:
    return math.nan if time is None else math.inf if time == "inf" else float(time)


class Explorer(anywidget.AnyWidget):
    """What `linnet.explore` returns.

    Attributes:
        state: the fields that the page shows. Before it is shown, those that were given; a field that is left out has the
            page's default. Assign a new dict to change the page: `w.state = w.state | {"scale": 1e-3}`.
        time: of the cursor; nan before the page is shown.
        python: the present state as a program, toml: as a configuration; empty before the page is shown.
    """

    state = traitlets.Dict().tag(sync=True, to_json=_to_json, from_json=_from_json)
    time = traitlets.Float(math.nan).tag(sync=True, to_json=_time_to_json, from_json=_time_from_json)
    python = traitlets.Unicode("").tag(sync=True)
    toml = traitlets.Unicode("").tag(sync=True)

    def __init__(self, module: str, state: Dict[str, Any]) -> None:
        self._esm = module
        super().__init__(state=state)

    @traitlets.validate("state")
    def _validate(self, proposal: Dict[str, Any]) -> Dict[str, Any]:
        return checked(proposal["value"])

    def __repr__(self) -> str:
        start = ", ".join(f"{key}={self.state[key]!r}" for key in ("task", "width", "depth", "scale", "balance") if key in self.state)
        return f"<linnet.explore({start})>"


Explorer.__module__ = "linnet"
