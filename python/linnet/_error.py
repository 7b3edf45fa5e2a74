"""The one exception of the package, also for arguments of the wrong type."""

from __future__ import annotations

import functools
import operator
import re
import types
from typing import Any, Callable, Optional


def shown(value: object) -> str:
    """A value for a message: its repr, or its type when the repr is long."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001, of another library: an array of JAX whose memory was given away
        return f"{type(value).__name__} without a text"
    if len(text) <= 60 and "\n" not in text:
        return text
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    return f"{kind} of shape {tuple(shape)}" if isinstance(shape, tuple) else f"{kind}, {text.splitlines()[0][:40]}…"


def whole_number(value: object, field: str) -> int:
    """An integer, or a float without a fraction."""
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        raise Error(field, "a whole number", shown(value)) from None


class Error(ValueError):
    """An error of linnet, with the same text as in C++ and on the command line.

    The first line of the text is "field: expected ..., got ..."; a second line, "  hint: ...", suggests a remedy.

    Attributes:
        field: the argument, option, key or file at fault.
        expected: what would have been accepted.
        got: what was found instead.
        hint: a remedy, or "".
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


_SIGNATURE = re.compile(r"^ +\d+\. .*?\((?:self: [^,)]*(?:, )?)?(.*)\)(?: -> .*)?$", re.MULTILINE)
_UNSAID = re.compile(r"linnet\._linnet\.|arg\d+: ")  # names that a caller does not know
_WORDS = {  # of pybind11, those of its versions 2 and 3
    "handle": "object",
    "collections.abc.Sequence": "sequence",
    "typing.SupportsFloat | typing.SupportsIndex": "float",
    "typing.SupportsInt | typing.SupportsIndex": "int",
}


def _telling_seed(made: Any, seed: Optional[int]) -> Any:
    """The object with the seed that was drawn for it as its attribute, where it can have one."""
    if seed is not None and hasattr(made, "__dict__"):
        made.seed = seed
    return made


def _readable(function: Callable, name: str, is_method: bool, drawn: Callable = lambda: None) -> Callable:
    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        drawn()  # one of a call that failed tells nothing of this call
        try:
            return _telling_seed(function(*args, **options), drawn())
        except TypeError as error:
            if "incompatible" not in str(error):
                raise
            known = _UNSAID.sub("", str(error))
            for written, meant in _WORDS.items():
                known = known.replace(written, meant)
            wanted = " or ".join(f"({w})" for w in _SIGNATURE.findall(known))
            given = [shown(a) for a in args[is_method:]] + [f"{k}={shown(v)}" for k, v in options.items()]
            raise Error(name, f"arguments {wanted}", f"({', '.join(given)})") from None

    return call


def make_readable(module: types.ModuleType) -> None:
    """Let every function of the compiled module refuse arguments of another type as `Error` does."""
    drawn = module.take_drawn_seed
    for name, member in list(vars(module).items()):
        if isinstance(member, types.BuiltinFunctionType):
            setattr(module, name, _readable(member, name, False, drawn))
        elif isinstance(member, type):
            for key, method in list(vars(member).items()):
                public = key == "__init__" or not key.startswith("_")
                if public and type(method).__name__ == "instancemethod":
                    label = member.__name__ if key == "__init__" else f"{member.__name__}.{key}"
                    setattr(member, key, _readable(method.__func__, label, True))
                elif public and isinstance(method, staticmethod):
                    setattr(member, key, staticmethod(_readable(method.__func__, f"{member.__name__}.{key}", False)))
