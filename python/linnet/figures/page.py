"""Panels on a page: axes in rows, what is common to all explained once at the foot, nothing on top of anything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerLine2D
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.patheffects import Normal, withStroke

from . import labels
from .._error import Error
from .style import INK, Picture, style

# Lengths in inches.
PAD = 0.06
COLUMN = 8.5 / 2.54
BAR = Path([(-0.4, -1), (0.4, -1), (0, -1), (0, 1), (-0.4, 1), (0.4, 1)], [1, 2, 1, 2, 1, 2])  # a marker: an error bar
HALO = [withStroke(linewidth=3, foreground="white"), Normal()]


@dataclass(frozen=True)
class Entry:
    """A sample and its text in a legend: a line, a marker, or a patch of colour, hatched or not."""

    text: str
    style: Tuple[Tuple[str, Any], ...]
    patch: bool = False
    halo: bool = False

    def handle(self) -> Any:
        options: Dict[str, Any] = dict(self.style)
        if self.patch:
            return Patch(label=self.text, linewidth=0, **options)
        return Line2D([], [], label=self.text, **({"path_effects": HALO} if self.halo else {}), **options)


def line_entry(text: str, halo: bool = False, **options: Any) -> Entry:
    return Entry(text, tuple(sorted(options.items())), halo=halo)


def points_entry(text: str, **options: Any) -> Entry:
    return line_entry(text, linestyle="none", **options)


def patch_entry(text: str, colour: str, hatch: str = "") -> Entry:
    options = {"facecolor": colour, **({"hatch": hatch, "edgecolor": INK} if hatch else {})}
    return Entry(text, tuple(sorted(options.items())), patch=True)


def add_new(entries: List[Entry], more: Sequence[Entry]) -> None:
    entries += [e for i, e in enumerate(more) if e not in entries and e not in more[:i]]


@dataclass
class Panel:
    """Axes and how they are filled. The legend explains the colours of this panel; what is common to all panels of a
    page is a note at its foot."""

    title: str
    draw: Callable[[Any], None]
    legend: List[Entry] = field(default_factory=list)
    notes: List[Entry] = field(default_factory=list)
    aspect: float = 0.72  # height of the axes over their width
    sixths: int = 3  # of the page's width: 6, 3 or 2
    space: bool = False  # three dimensions
    narrow: bool = False  # may be narrower where there are many

    def head(self, ax: Any) -> str:
        """The title, unless the label of the y axis or of the colour bar says it all."""
        told = [one.get_ylabel() for one in (ax, *ax.child_axes)]
        return "" if any(set(self.title.split()) <= set(text.split()) for text in told) else self.title

    def on(self, ax: Any) -> None:
        """Drawn into axes of someone else, with its legend inside."""
        if self.space != hasattr(ax, "get_zlim"):
            raise Error("ax", "axes in three dimensions" if self.space else "axes in two dimensions", "others")
        self.draw(ax)
        ax.set_title(self.head(ax))
        entries: List[Entry] = []
        add_new(entries, self.legend + self.notes)
        if entries:
            ax.legend(handles=[e.handle() for e in entries], fontsize="small", framealpha=0.8)


def show(panels: List[Panel], ax: Any = None, title: str = "", width_cm: float = 0, notes: Sequence[str] = ()) -> Any:
    """A figure of the panels; or the given axes, as many as there are panels, filled and returned."""
    if ax is None:
        return compose(panels, title, width_cm, notes)
    axes = np.ravel(ax)
    if len(axes) != len(panels):
        raise Error("ax", f"{len(panels)} axes, one a panel", str(len(axes)))
    for panel, one in zip(panels, axes):
        panel.on(one)
    return ax


def _rows(panels: Sequence[Panel]) -> List[range]:
    """The panels of each row; those of a row are equally wide."""
    rows: List[range] = []
    free = 0
    for i, panel in enumerate(panels):
        if not rows or free < panel.sixths or panels[i - 1].sixths != panel.sixths:
            rows.append(range(i, i))
            free = 6
        free -= panel.sixths
        rows[-1] = range(rows[-1].start, i + 1)
    return rows


def _narrow(panels: List[Panel]) -> None:
    """Three in a row where there are many curves."""
    rows = _rows(panels)
    start = 0
    while start < len(panels):
        end = start + 1
        while end < len(panels) and panels[end].narrow == panels[start].narrow:
            end += 1
        count = end - start
        fills_up = any(r.start < start < r.stop for r in rows)
        if panels[start].narrow and count >= 3 and count != 4 and not (count == 3 and fills_up):
            for panel in panels[start:end]:
                panel.sixths, panel.aspect = 2, 0.9
        start = end


def _letter(i: int) -> str:
    return f"({chr(ord('a') + i % 26)})"


@dataclass
class _Key:
    """A legend across the page, of some panels or of all."""

    entries: List[Entry]
    head: str = ""


def _keys(panels: Sequence[Panel], inner: float) -> List[_Key]:
    """The panels' legends for the foot of the page: as one, or in groups that name their panels where one colour has
    two meanings, two panels have nothing in common, or there are many."""
    together: List[Entry] = []
    for panel in panels:
        add_new(together, panel.legend)
    looks = [(e.style, e.patch) for e in together]
    apart = len(set(looks)) < len(looks) or len(together) > 12
    for one, other in zip(panels, panels[1:]):
        apart = apart or bool(one.legend and other.legend and not set(one.legend) & set(other.legend))
    keys: List[_Key] = []
    grouped = apart and len(panels) > 1
    common = [] if grouped else list(together)
    i = 0 if grouped else len(panels)
    while i < len(panels):
        end = i + 1
        while end < len(panels) and panels[end].legend == panels[i].legend:
            end += 1
        head = _letter(i) if end == i + 1 else f"({_letter(i)[1]}–{_letter(end - 1)[1]})"
        keys.append(_Key(panels[i].legend, head))
        i = end
    for panel in panels:  # what is told once need not be told in another panel's colour
        add_new(common, [e for e in panel.notes if e.text not in [c.text for c in common]])
    # A long text has a line of its own: it would keep the others from standing side by side.
    keys.append(_Key([e for e in common if labels.width(e.text) <= 1.7]))
    for e in common:
        if labels.width(e.text) > 1.7:
            lines = labels.wrapped(e.text, inner - 0.45)
            keys.append(_Key([Entry("\n".join(lines), e.style, e.patch, e.halo)]))
    return [k for k in keys if k.entries]


def _legend(figure: Picture, key: _Key, inner: float, left: float) -> Tuple[Legend, float]:
    """Centred on the page, in as many columns as there is room for; and its height."""
    sample, gap = 0.35, 0.16
    widest = max(labels.width(line) for e in key.entries for line in e.text.split("\n"))
    head = labels.width(key.head) + gap if key.head else 0
    most = int((inner - head + gap) / (widest + sample + gap))
    count = len(key.entries)
    rows = -(-count // max(1, min(most, count)))
    columns = -(-count // rows)
    in_rows = [e for c in range(columns) for e in key.entries[c::columns]]  # matplotlib fills column by column
    legend = Legend(
        figure,
        [e.handle() for e in in_rows],
        [e.text for e in in_rows],
        loc="upper center",
        ncol=columns,
        handler_map={Line2D: HandlerLine2D(numpoints=1)},
        bbox_transform=figure.dpi_scale_trans,
        bbox_to_anchor=(left + head / 2 + (inner - head) / 2, 0),
    )
    figure.add_artist(legend)
    lines = max(e.text.count("\n") + 1 for e in key.entries)
    return legend, rows * 0.15 * lines + 0.05


def compose(panels: List[Panel], title: str = "", width_cm: float = 0, notes: Sequence[str] = ()) -> Picture:
    """Every place is computed from what the axes take: labels, ticks and colour bars stand beside nothing else."""
    with style():
        _narrow(panels)
        columns = 2 if len(panels) > 1 or panels[0].sixths > 3 else 1
        if width_cm and not 5 * columns <= width_cm <= 100 * columns:
            row = f"{columns} panel{'s' * (columns > 1)} in a row"
            raise Error("width_cm", f"0 or {5 * columns} to {100 * columns} for {row}", f"{width_cm:g}")
        page = width_cm / 2.54 if width_cm else COLUMN * columns
        inner = page - 2 * PAD
        figure = Picture(figsize=(page, page))
        axes = []
        for panel in panels:
            ax = figure.add_axes((0.2, 0.2, 0.5, 0.5), projection="3d" if panel.space else None, label=f"panel {len(axes)}")
            panel.draw(ax)
            axes.append(ax)
        _place(figure, panels, axes, page, inner, title, notes)
        return figure


def _place(figure: Picture, panels: List[Panel], axes: List[Any], page: float, inner: float, title: str, notes: Sequence[str]) -> None:
    line = 0.155
    heads: List[List[str]] = []
    for i, panel in enumerate(panels):
        own = page if len(panels) == 1 else page * panel.sixths / 6
        letter = _letter(i) + " " if len(panels) > 1 else ""
        head = letter + panel.head(axes[i])
        heads.append(labels.wrapped(head, own - 2 * PAD) if head else [])
    top_title = labels.balanced(title, inner, 9) if title else []
    rows = _rows(panels)
    keys = _keys(panels, inner)
    legends = [(k, *_legend(figure, k, inner, PAD)) for k in keys]
    foot_notes = [one for n in notes for one in labels.wrapped(n, inner)]

    # Ticks depend on the size of their axes, and the size on what the ticks take: twice is enough.
    height = page
    for _ in range(2):
        sizes, takes = _measure(figure, panels, axes, page)
        for ax, (_, h) in zip(axes, sizes):
            ax.set_ylabel("\n".join(labels.wrapped(ax.get_ylabel().replace("\n", " "), 1.1 * h)))
        y = PAD + 0.18 * len(top_title)
        places: List[Tuple[float, float, float, float]] = []
        title_at: List[float] = []
        for row in rows:
            above = max(line * len(heads[i]) + max(0.05, takes[i][3]) for i in row)
            tall = max(sizes[i][1] for i in row)
            below = max(takes[i][2] for i in row)
            for k, i in enumerate(row):
                own = page / len(row) if len(panels) == 1 else page * panels[i].sixths / 6
                left = own * k + PAD + takes[i][0]
                w, h = sizes[i]
                h = tall if panels[i].aspect == panels[row.start].aspect else h
                # Axes of one row stand on one line.
                places.append((left, y + above + tall - h, w, h))
                title_at.append(y + above - max(max(0.05, takes[j][3]) for j in row))
            y += above + tall + below + 0.08
        foot = y
        height = foot + sum(h for _, _, h in legends) + line * len(foot_notes) + PAD
        figure.set_size_inches(page, height)
        for ax, (x, top, w, h) in zip(axes, places):
            ax.set_position((x / page, 1 - (top + h) / height, w / page, h / height))

    for i, (x, _, _, _) in enumerate(places):
        for k, text in enumerate(heads[i]):
            up = height - title_at[i] + line * (len(heads[i]) - k - 1)
            _text(figure, x - takes[i][0], up, text, _letter(i) if k == 0 and len(panels) > 1 else "")
    for k, text in enumerate(top_title):
        figure.text(0.5, 1 - (PAD + 0.18 * k) / height, text, ha="center", va="top", fontsize=9)
    y = foot
    for key, legend, h in legends:
        legend.set_bbox_to_anchor((legend.get_bbox_to_anchor().x0 / figure.dpi, height - y), transform=figure.dpi_scale_trans)
        if key.head:
            box = legend.get_window_extent(figure.canvas.get_renderer())
            left = box.x0 / figure.dpi - labels.width(key.head) - 0.1
            figure.text(left / page, 1 - (y + 0.025) / height, key.head, va="top", fontweight="bold")
        y += h
    for text in foot_notes:
        figure.text(PAD / page, 1 - (y + 0.02) / height, text, va="top")
        y += line


def _text(figure: Picture, x: float, y: float, text: str, letter: str) -> None:
    page, height = figure.get_size_inches()
    if letter and text.startswith(letter):
        figure.text(x / page, y / height, letter, fontweight="bold")
        x += labels.width(letter) * 1.12 + 0.04
        text = text[len(letter) + 1 :]
    figure.text(x / page, y / height, text)


def _measure(
    figure: Picture, panels: List[Panel], axes: List[Any], page: float
) -> Tuple[List[Tuple[float, float]], List[Tuple[float, ...]]]:
    """Width and height of the axes, and what they take beside them: left, right, below, above."""
    renderer = figure.canvas.get_renderer()
    sizes, takes = [], []
    for panel, ax in zip(panels, axes):
        own = page if len(panels) == 1 else page * panel.sixths / 6
        box = ax.get_window_extent(renderer)
        if panel.space:
            w = own - 2 * PAD - 0.35
            sizes.append((w, w * panel.aspect))
            takes.append((0.1, 0.25, 0.05, 0.0))
            continue
        around = ax.get_tightbbox(renderer)
        left, right, below, above = (
            max(0.0, part) / figure.dpi for part in (box.x0 - around.x0, around.x1 - box.x1, box.y0 - around.y0, around.y1 - box.y1)
        )
        left, right = max(left, 0.3), max(right, 0.12)  # axes below each other begin alike
        w = max(own - 2 * PAD - left - right, 0.4)
        sizes.append((w, w * panel.aspect))
        takes.append((left, right, below, above))
    return sizes, takes
