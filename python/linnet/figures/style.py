"""The look of all pictures: the style sheet, colours, and figures that are saved as they are shown."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Tuple

from matplotlib import RcParams, colormaps, rc_context, rc_params_from_file, rcParamsDefault
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure

SHEET = os.path.join(os.path.dirname(__file__), "linnet.mplstyle")

# The colours of Okabe and Ito, the most distinct first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#666666"
BULK = "#C9C9C9"
MISSING = "#B5B5B5"
CONSERVED = "#B0B0B0"
INK = "#202020"

# viridis: even in lightness, readable in grey and by colour-blind readers.
SEQUENTIAL = colormaps["viridis"]
# Blue below 0, white at 0, red above.
DIVERGING = LinearSegmentedColormap.from_list(
    "linnet", ["#2166AC", "#67A9CF", "#D1E5F0", "#F7F7F7", "#FDDBC7", "#EF8A62", "#B2182B"]
)


def parameters() -> RcParams:
    """matplotlib's own defaults with the style sheet over them, whatever `matplotlibrc` says: two people who draw the
    same data have the same picture. For `matplotlib.rc_context`."""
    rc = RcParams({k: v for k, v in rcParamsDefault.items() if not k.startswith(("backend", "toolbar", "interactive"))})
    rc.update(rc_params_from_file(SHEET, use_default_template=False))
    return rc


@contextmanager
def style() -> Iterator[None]:
    """Within it, matplotlib draws as `linnet.figures` does."""
    with rc_context(parameters()):
        yield


def colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def series_colour(i: int, count: int) -> str:
    """Distinguished by hue; on a ramp from dark to light where they are many."""
    return colour(i) if count <= 6 else to_hex(SEQUENTIAL(0.78 * i / (count - 1)))


def darker(one: str) -> str:
    return to_hex([0.55 * part for part in to_rgb(one)])


def no_dates(form: str) -> Dict[str, Any]:
    return {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form, {})


class Picture(Figure):
    """A figure that no pyplot knows of: nothing has to be closed. Notebooks show it, `savefig` writes it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        FigureCanvasAgg(self)

    def savefig(self, target: Any, **options: Any) -> None:
        """As matplotlib's, in the style of the picture and without dates: the same picture is the same bytes."""
        form = options.get("format") or os.path.splitext(str(target))[1].lstrip(".").lower() or "png"
        options["metadata"] = {**no_dates(form), **(options.get("metadata") or {})}
        with style():
            super().savefig(target, **options)

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=150)
        return stream.getvalue()


# Several dynamics in one panel: the first is a broad line, which remains visible where the second, thin and darker, is
# drawn over it.
_DASHES: Tuple[Any, ...] = ((0, (5, 3)), (0, (1.5, 2)), (0, (5, 2, 1.5, 2)))


def line_style(one: str, which: int = 0, dynamics: int = 1) -> Dict[str, Any]:
    if dynamics == 1:
        return {"color": one, "linewidth": 1.4}
    if which == 0:
        return {"color": one, "linewidth": 1.9}
    return {"color": darker(one), "linewidth": 0.9, "linestyle": _DASHES[(which - 1) % len(_DASHES)]}
