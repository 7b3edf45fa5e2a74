"""A result as one HTML page: pictures, numbers, configuration and where it comes from. It needs no network."""

from __future__ import annotations

import base64
import datetime
import html
import os
import platform
from typing import Any, Iterable, List, Sequence, Tuple

import numpy as np

from . import _linnet
from ._convert import path as _path
from ._error import Error

__all__ = ["report"]

STATUS = ("completed", "stopped", "diverged", "interrupted")
MOST_PANELS = 12  # a picture each; more are one picture
MOST_CURVES = 3
PIXELS = 220  # an inch

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --soft: #5a5a5a; --page: #fff; --card: #f4f5f6; --line: #d9dcdf; --curve: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --soft: #a8adb2; --page: #15181b; --card: #1f2327; --line: #3a4046; --curve: #56b4e9; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.2rem 1rem 3rem; background: var(--page); color: var(--ink);
       font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; }
p { margin: .3rem 0; max-width: 46rem; overflow-wrap: anywhere; }
.soft, caption, figcaption { color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .6rem; margin: 1.2rem 0 0; }
.facts div { background: var(--card); border-radius: .4rem; padding: .5rem .8rem; }
.facts dt { color: var(--soft); font-size: .82rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.warning { border-left: .25rem solid #d55e00; padding: .3rem .8rem; background: var(--card); }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 1rem; align-items: start; }
figure { margin: 0; background: #fff; border: 1px solid var(--line); border-radius: .4rem; padding: .5rem; }
figure.wide { grid-column: 1 / -1; }
figure img { display: block; width: 100%; height: auto; max-width: 60rem; margin: 0 auto; }
.table { overflow-x: auto; }
.table + .table { margin-top: 1.2rem; }
.variables table { min-width: 48rem; }
table { border-collapse: collapse; font-size: .88rem; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
th { font-weight: 600; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .85rem; }
td code { overflow-wrap: normal; }
pre { background: var(--card); border-radius: .4rem; padding: .8rem 1rem; overflow-x: auto; margin: .5rem 0; }
summary { cursor: pointer; }
svg.curve { display: block; width: 8rem; height: 2rem; }
svg.curve polyline { fill: none; stroke: var(--curve); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
"""


def report(result: Any, out: Any, *, force: bool = False) -> str:
    """Write one HTML page about a result: pictures, numbers, configuration, provenance. Returns the path.

    The page is one file without external resources, for a screen or a phone, light or dark. All text of the result is
    shown as it stands. It is written beside its target and renamed.

    Args:
        result: the path of a result file, a run, a comparison or an xarray.Dataset.
        out: the page, a name ending in .html. An existing file is replaced only with force.

    Raises:
        linnet.Error: for another ending, a page that exists, a file that is no result of linnet; of kind "output" when
            it cannot be written.
    """
    target = _path(out)
    if os.path.splitext(target)[1].lower() not in (".html", ".htm"):
        raise Error("out", "a file name ending in .html", f'"{target}"')
    if isinstance(result, (str, os.PathLike)) and os.path.realpath(_path(result)) == os.path.realpath(target):
        raise Error("out", "another file than the result", target)
    _linnet.require_writable(target, force)
    _linnet.write_bytes(page(result).encode(), target)
    return target


def page(result: Any) -> str:
    """The page of a result, as `report` writes it."""
    from .figures.data import Data

    source = ""
    if isinstance(result, (str, os.PathLike)):
        source = _path(result)
        data = Data(_of_linnet(source))
    else:
        data = Data.of(result)
    title = _visible(data.text("title")) or "A result of linnet"
    pictures, said = _pictures(data)
    body = [
        f"<h1>{_escaped(title)}</h1>",
        f'<p class="soft">{_escaped(_subtitle(data, source))}</p>',
        _warning(data),
        _facts(data),
        "<h2>Pictures</h2>",
        f'<div class="pictures">{"".join(pictures)}</div>' if pictures else "",
        *(f'<p class="soft">{_escaped(text)}</p>' for text in said),
        "<h2>Numbers</h2>",
        _dimensions(data),
        _variables(data),
        _conventions(data),
        _configuration(data),
        "<h2>Provenance</h2>",
        _provenance(data, source),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Whatever a file holds, the page loads nothing and runs nothing.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
        f'<meta name="generator" content="linnet {_escaped(_linnet.version)}">\n'
        f"<title>{_escaped(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _of_linnet(name: str) -> Any:
    parts = _linnet.read_netcdf(name)
    attributes = parts["attributes"]
    if "linnet_version" not in attributes:
        raise Error(name, "a result of linnet", "a NetCDF file of another origin")
    if "holds" in attributes:
        raise Error(name, "a result of linnet", f"a {attributes['holds']}", "linnet show tells what it holds")
    return parts


# Texts


def _visible(text: Any) -> str:
    """Without characters that control anything."""
    return "".join(c if c.isprintable() else " " if c in "\n\t\r" else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def _escaped(text: Any) -> str:
    return html.escape(_visible(text))


def _number(value: Any) -> str:
    return f"{float(value):.6g}"


def _rows(pairs: Iterable[Tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{_escaped(name)}</th><td>{_escaped(text)}</td></tr>" for name, text in pairs if text)
    return f'<div class="table"><table>{cells}</table></div>' if cells else ""


# What is told first


def _subtitle(data: Any, source: str) -> str:
    kind = data.text("kind") or "data set"
    return " · ".join(part for part in (kind, os.path.basename(source), f"seed {data.text('seed')}" if data.text("seed") else "") if part)


def _outcome(data: Any) -> str:
    status = data.text("status")
    if status:
        rule = data.text("rule")
        ends = [f"{word} {_last(data, name)}" for word, name in (("at step", "step"), ("t =", "time")) if _last(data, name)]
        return status + (f" by {rule}" if rule else "") + (" " + ", ".join(ends) if ends else "")
    if "status" in data and not data["status"].is_text:
        found = data["status"].values.astype(int).ravel()
        counts = [f"{(found == i).sum()} {word}" for i, word in enumerate(STATUS) if (found == i).any()]
        return f"{found.size} points: " + ", ".join(counts)
    return ""


def _best(data: Any) -> str:
    if data.text("best_test_error"):
        at = [f"{word} {_number(data.number(name))}" for word, name in (("at step", "best_step"), ("t =", "best_time")) if data.text(name)]
        return " ".join([_number(data.number("best_test_error")), ", ".join(at)]).strip()
    if "best_test_error" in data and not data["best_test_error"].is_text:
        errors = data.finite("best_test_error")
        if np.isfinite(errors).any():
            i = int(np.nanargmin(errors))
            return f"{_number(errors.flat[i])} {_place(data, data['best_test_error'], i)}"
    return ""


def _last(data: Any, name: str) -> str:
    if name not in data or data[name].is_text or data[name].dims != ("time",) or not data[name].values.size:
        return ""
    return _number(data[name].values[-1])


def _kinds(configuration: str) -> List[Tuple[str, str]]:
    """Kinds of task, network and solver, as linnet writes them."""
    found, section = [], ""
    for line in configuration.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith('kind = "') and section in ("task", "network", "solver"):
            found.append((section, line[len('kind = "') : -1]))
    return found


def _facts(data: Any) -> str:
    pairs = [("outcome", _outcome(data)), ("smallest test error", _best(data)), ("train error at the end", _last(data, "train_error"))]
    pairs += _kinds(data.text("configuration"))
    for label, name in (("threshold κ", "threshold"), ("step size", "step_size"), ("largest distance of both dynamics", "largest_distance")):
        if np.isfinite(data.number(name)):
            pairs.append((label, _number(data.number(name))))
    cards = "".join(f"<div><dt>{_escaped(name)}</dt><dd>{_escaped(text)}</dd></div>" for name, text in pairs if text)
    return f'<dl class="facts">{cards}</dl>' if cards else ""


def _warning(data: Any) -> str:
    return f'<p class="warning">{_escaped(data.text("warning"))}</p>' if data.text("warning") else ""


# Pictures


def _figure(picture: Any, alt: str, wide: bool) -> str:
    import io

    stream = io.BytesIO()
    picture.savefig(stream, format="png", dpi=PIXELS)
    coded = base64.b64encode(stream.getvalue()).decode()
    return f'<figure{" class=wide" if wide else ""}><img alt="{_escaped(alt)}" src="data:image/png;base64,{coded}"></figure>'


def _plain_title(title: str) -> str:
    import re

    return re.sub(r"\$\\mathregular\{(.*?)\}\$", lambda m: re.sub(r"[{}]", "", m[1]), title).replace("\\$", "$")


def _pictures(data: Any) -> Tuple[List[str], List[str]]:
    """An <figure> for each panel, so that a phone shows them below each other; and what is to be said of them."""
    from .figures import choose
    from .figures.page import show

    try:
        panels, said = choose.panels(data)
    except Error as error:
        return [], [f"These data have no picture: expected {error.expected}, got {error.got}."]
    if len(panels) > MOST_PANELS:
        return [_figure(show(panels), data.text("title"), True)], said
    made = []
    for panel in panels:
        wide = panel.sixths == 6
        made.append(_figure(show([panel], width_cm=17 if wide else 9.5), _plain_title(panel.title) or "curves", wide))
    return made, said


# Numbers


def _place(data: Any, variable: Any, index: int) -> str:
    """ "at width 400, variance 0.1": where a value is."""
    at = np.unravel_index(index, variable.values.shape)
    words = []
    for dimension, i in zip(variable.dims, at):
        value = str(i + 1)
        if dimension in data and data[dimension].dims == (dimension,):
            one = data[dimension].values[i]
            value = str(one) if data[dimension].is_text else _number(one)
        words.append(f"{dimension} {value}")
    return "at " + ", ".join(words) if words else ""


def _range(data: Any, name: str) -> str:
    if name not in data or data[name].dims != (name,) or not data[name].values.size:
        return ""
    values = data[name].values
    if data[name].is_text:
        return ", ".join(map(str, values[:8])) + (", …" if len(values) > 8 else "")
    return _number(values[0]) if len(values) == 1 else f"{_number(values[0])} … {_number(values[-1])}"


def _dimensions(data: Any) -> str:
    rows = ""
    for name, size in data.sizes.items():
        long_name = data[name].text("long_name") if name in data else ""
        rows += (
            f"<tr><td><code>{_escaped(name)}</code></td><td class=number>{size}</td>"
            f"<td>{_escaped(_range(data, name))}</td><td>{_escaped(long_name)}</td></tr>"
        )
    if not rows:
        return ""
    head = "<tr><th>dimension</th><th>length</th><th>values</th><th>what</th></tr>"
    return f'<div class="table"><table>{head}{rows}</table></div>'


def _curve(values: np.ndarray) -> str:
    """A curve over the records, logarithmic where it spans more than two decades."""
    y = np.asarray(values, dtype=float)
    x = np.arange(len(y), dtype=float)
    good = np.isfinite(y)
    x, y = x[good], y[good]
    if len(y) < 2:
        return ""
    some = np.unique(np.linspace(0, len(y) - 1, 120).astype(int))
    x, y = x[some], y[some]
    logarithmic = y.min() > 0 and y.max() / 100 > y.min()
    if logarithmic:
        y = np.log10(y)
    height = np.ptp(y) or 1.0
    points = " ".join(f"{2 + 156 * (a - x[0]) / (x[-1] - x[0]):.1f},{38 - 34 * (b - y.min()) / height:.1f}" for a, b in zip(x, y))
    title = "over the records" + (", logarithmic" if logarithmic else "")
    return (
        f'<svg class="curve" viewBox="0 0 160 40" preserveAspectRatio="none" role="img"><title>{title}</title>'
        f'<polyline points="{points}"/></svg>'
    )


def _curves(data: Any, variable: Any) -> str:
    if "time" not in variable.dims or variable.is_text or not variable.values.size or variable.is_matrix or variable.name == "step":
        return ""
    along = variable.dims.index("time")
    rows = np.moveaxis(variable.values, along, -1).reshape(-1, variable.values.shape[along])
    return "".join(_curve(row) for row in rows[:MOST_CURVES])


def _statistics(data: Any, variable: Any) -> Sequence[str]:
    """First, last, smallest and largest, with where these are."""
    values = np.asarray(variable.values)
    if variable.is_text:
        return [", ".join(_visible(t) for t in values.ravel()[:6]) + (", …" if values.size > 6 else ""), "", "", ""]
    if variable.text("flag_meanings"):  # whole numbers that stand for words
        words = variable.text("flag_meanings").split()
        counts = ((int((values == i).sum()), word) for i, word in enumerate(words))
        return ["", "", ", ".join(f"{count} {word}" for count, word in counts if count), ""]
    values = values.astype(float)
    if not np.isfinite(values).any():
        return ["no finite value" if values.size else "no values", "", "", ""]
    if values.size == 1:
        return [_number(values.flat[0]), "", "", ""]
    ends = [_number(values[0]), _number(values[-1])] if values.ndim == 1 else ["", ""]
    least, most = int(np.nanargmin(np.where(np.isfinite(values), values, np.nan))), int(np.nanargmax(np.where(np.isfinite(values), values, np.nan)))
    return ends + [f"{_number(values.flat[i])} {_place(data, variable, i)}" for i in (least, most)]


def _variables(data: Any) -> str:
    rows = ""
    for variable in data.variables.values():
        if variable.dims == (variable.name,):
            continue
        units = variable.text("units")
        what = variable.text("long_name") + (f" [{units}]" if units not in ("", "1") else "")
        first, last, least, most = map(_escaped, _statistics(data, variable))
        over = ", ".join(variable.dims)
        rows += (
            f"<tr><td><code>{_escaped(variable.name)}</code><br><small class=soft>{_escaped(over)}</small></td>"
            f"<td>{_escaped(what)}{_curves(data, variable)}</td><td class=number>{first}</td><td class=number>{last}</td>"
            f"<td>{least}</td><td>{most}</td></tr>"
        )
    if not rows:
        return ""
    head = "<tr><th>variable</th><th>what</th><th>first</th><th>last</th><th>smallest</th><th>largest</th></tr>"
    return f'<div class="table variables"><table>{head}{rows}</table></div>'


# Configuration and provenance


def _conventions(data: Any) -> str:
    rows = _rows([("time t", data.text("time_convention")), ("cost", data.text("cost_normalisation"))])
    return f"<h2>Conventions</h2>{rows}" if rows else ""


def _configuration(data: Any) -> str:
    text = data.text("configuration")
    if not text:
        return ""
    lines = "\n".join(_visible(line) for line in text.splitlines())
    return (
        "<h2>Configuration</h2><p class=soft>Every key that has an effect; <code>linnet run</code> or <code>linnet sweep</code> "
        f"of these lines gives this result again.</p><pre>{html.escape(lines)}</pre>"
    )


_TOLD = {
    "Conventions", "best_step", "best_test_error", "best_time", "configuration", "cost_normalisation", "kind", "linnet_version",
    "largest_distance", "rule", "seed", "status", "step_size", "threshold", "time_convention", "title", "variables", "warning",
    "backend", "vectors", "math_library", "files", "machines",
}  # fmt: skip


def _utc(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _provenance(data: Any, source: str) -> str:
    from matplotlib import __version__ as matplotlib

    drawn = f"linnet {_linnet.version}, matplotlib {matplotlib}, NumPy {np.__version__}, Python {platform.python_version()}"
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    pairs = [
        ("result", source),
        ("written", _utc(os.stat(source).st_mtime) if source else ""),
        ("computed by", f"linnet {data.text('linnet_version')}" if data.text("linnet_version") else ""),
        ("seed", data.text("seed")),
        ("matrix products", data.text("backend")),
        ("vector instructions", data.text("vectors")),
        ("math library", data.text("math_library")),
        ("input files", data.text("files")),
        ("machines of the points", data.text("machines")),
        ("page made by", drawn),
        ("page made at", _utc(now)),
    ]
    others = [(name, data.text(name)) for name in data.attributes if name not in _TOLD]
    more = f"<details><summary>Other attributes</summary>{_rows(others)}</details>" if others else ""
    return _rows(pairs) + more
