"""Texts of pictures: what stands in a file printed as it is, and numbers for a reader."""

from __future__ import annotations

import functools
import math
import re
from typing import Any, List

# One character (and a square) as the index of one character: "γ_w", "n_0", "γ_σ²", and "|A|_F"; or one in braces.
_INDEX = re.compile(r"((?<!\w)[^\W_]|(?<=.)\|)_(?:([^\W_]²?)(?![\w])|\{((?:[^\W_]|[²−+])+)\})")


def raised(base: str, exponent: str) -> str:
    return rf"$\mathregular{{{base}^{{{exponent}}}}}$"


def lowered(base: str, index: str) -> str:
    if "$" in index:  # a power of ten
        return f"{base} {index}"
    return rf"$\mathregular{{{base}_{{{index}}}}}$"


def plain(text: Any) -> str:
    """A text that prints as it stands, but for indices of symbols, which are set low: no character acts."""
    visible = "".join(c if c.isprintable() else " " if ord(c) < 0x20 or ord(c) == 0x7F else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    return _INDEX.sub(lambda m: lowered(m[1], m[2] or m[3]), visible.replace("$", r"\$"))


def in_words(name: str) -> str:
    return name.replace("_", " ")


def number(value: float, digits: int = 3) -> str:
    """0.00023 as 2.3·10^−4."""
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size == 0 or 1e-3 <= size < 1e5:
        return f"{value:.{6 if size >= 1e3 else digits}g}".replace("-", "−")
    exponent = math.floor(math.log10(size))
    factor = f"{value / 10.0**exponent:.{digits}g}".replace("-", "−")
    power = str(exponent).replace("-", "−")
    return raised("10", power) if factor == "1" else raised(f"{factor}·10", power)


@functools.lru_cache(maxsize=4096)
def width(text: str, size: float = 8) -> float:
    """How wide a text prints, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=size)
    ismath = "$" in text.replace(r"\$", "")
    w, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath)
    return w / 72


def wrapped(text: str, most: float, size: float = 8) -> List[str]:
    """Broken at blanks into lines of at most so many inches."""
    lines: List[str] = []
    for word in text.split(" "):  # mathematics has none
        if lines and width(lines[-1] + " " + word, size) <= most:
            lines[-1] += " " + word
        elif word:
            lines.append(word)
    return lines or [""]


def balanced(text: str, most: float, size: float = 8) -> List[str]:
    """In as few lines as `wrapped`, but alike in length."""
    count = len(wrapped(text, most, size))
    tried = (wrapped(text, share * most, size) for share in (0.6, 0.7, 0.8, 0.9, 1))
    return next(lines for lines in tried if len(lines) == count)


# Labels of variables and axes.

_AXES = {
    "variance_exponent": ("variance exponent γ_{σ²} = log_d σ²", "γ_{σ²}"),
    "width_exponent": ("width exponent γ_w = log_d w", "γ_w"),
    "scale_exponent": ("scale exponent log_d σ²w", None),
    "dim": ("dimension d", "d"),
    "width": ("width w", "w"),
    "variance": ("variance σ²", "σ²"),
    "scale": ("scale σ²w", "σ²w"),
    "balance": ("balance λ", "λ"),
    "then_balance": ("balance λ_{FT} of the later tasks", "λ_{FT}"),
    "delta": ("balance δ", "δ"),
    "tau": ("scale τ", "τ"),
    "alpha": ("relative scale α of the layers", "α"),
    "kappa": ("threshold κ", "κ"),
    "start_size": ("start size s(0)", "s(0)"),
    "gamma": ("exponent γ of the start, σ² = w^{−γ}", "γ"),
    "depth": ("depth L", "L"),
    "rank": ("rank k of the task", "k"),
    "time": (None, "t"),
    "step": (None, "η"),
}


def _own(text: str) -> str:
    """A text of this module, in which braces hold exponents too."""
    powers = re.sub(r"(\w)\^\{([^{}]+)\}", lambda m: raised(m[1], m[2]), text)
    logarithms = re.sub(r"log_(d|\{10\})", lambda m: lowered("log", m[1].strip("{}")), powers)
    return _INDEX.sub(lambda m: lowered(m[1], m[2] or m[3]), logarithms)


def with_unit(label: str, variable: Any) -> str:
    unit = variable.text("units") or "1"
    return label if unit == "1" else f"{label} ({plain(unit)})"


def long_label(variable: Any) -> str:
    """ "test error of the best step": `long_name`, or the name in words."""
    return plain(variable.text("label") or variable.text("long_name") or in_words(variable.name))


def short_label(variable: Any) -> str:
    """For an axis or a colour bar: "test error", "rank", with the unit if there is one."""
    if variable.text("label"):
        return plain(variable.text("label"))
    name = variable.name
    known = {
        "singular_values": "singular values s_i of A",
        "log10_largest_distance": "log_{10} of the largest distance",
        "ln_largest_squared_distance": "ln of the largest squared distance",
        "largest_distance": "largest distance",
        "slice_cost": "cost C",
    }
    if name in known:
        return _own(known[name])
    if name.startswith("learned_"):
        return "time t"
    for prefix in ("best_", "final_"):
        name = name[len(prefix) :] if name.startswith(prefix) else name
    return with_unit(plain(in_words(name)), variable)


def axis_label(variable: Any) -> str:
    if variable.text("label"):
        return plain(variable.text("label"))
    known = _AXES.get(variable.name, (None, None))[0]
    if known:
        return _own(known)
    # A sweep's axis is called by its field, "network.variance_ratio".
    name = variable.text("long_name") or variable.name
    field = "." in name and " " not in name
    return with_unit(plain(in_words(name.rsplit(".", 1)[1])) if field else long_label(variable), variable)


def symbol(axis: Any) -> str:
    """ "λ", "γ_w"; the label of an axis that has no symbol."""
    known = _AXES.get(axis.name, (None, None))[1]
    return _own(known) if known else axis.label


def value_text(axis: Any, i: int) -> str:
    """ "λ = −10", "mode 3", or the text itself."""
    if axis.texts is not None:
        return plain(axis.texts[i])
    text = number(axis.values[i], 3 if axis.name == "time" else 4)
    if axis.name == "coefficient":
        return lowered("β", text)
    if axis.name == "weight":
        return "a" if i + 1 == axis.size else "w" if axis.size == 2 else lowered("w", text)
    if axis.name in ("mode", "task", "dynamics", "neuron", "input", "eigenvalue"):
        return f"{axis.name} {text}"
    return f"{symbol(axis)} = {text}"
