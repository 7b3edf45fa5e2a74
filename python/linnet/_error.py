"""The one exception of the package."""

from __future__ import annotations


def shown(value: object) -> str:
    """A value for a message: its repr, or what it is when that is long."""
    text = repr(value)
    if len(text) <= 60 and "\n" not in text:
        return text
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    return f"{kind} of shape {tuple(shape)}" if isinstance(shape, tuple) else f"{kind}, {text.splitlines()[0][:40]}…"


class Error(ValueError):
    """What linnet refuses or cannot do, with the same text as in C++ and on the command line.

    The first line of the text is "field: expected ..., got ..."; a second line, "  hint: ...", says what to do.

    Attributes:
        field: the argument, option, key or file at fault.
        expected: what would have been accepted.
        got: what was found instead.
        hint: what to do about it, or "".
        kind: "input" (bad argument), "numerical" (a computation failed), "output" (could not write) or "interrupted".
    """

    field: str
    expected: str
    got: str
    hint: str
    kind: str

    def __init__(self, field: str, expected: str, got: str, hint: str = "", kind: str = "input") -> None:
        text = f"{field}: expected {expected}, got {got}"
        super().__init__(text + (f"\n  hint: {hint}" if hint else ""))
        self.field = field
        self.expected = expected
        self.got = got
        self.hint = hint
        self.kind = kind

    def __reduce__(self):  # an exception is pickled by its arguments, which here are not its text
        return type(self), (self.field, self.expected, self.got, self.hint, self.kind)


Error.__module__ = "linnet"
