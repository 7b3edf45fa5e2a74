"""Pictures as files: the format by the ending, written beside the target and renamed."""

from __future__ import annotations

import io
import os
from typing import Any

from .. import _linnet
from .._convert import path
from .._error import Error
from .choose import nearest_of

FORMATS = ("svg", "pdf", "png")


def format_of(target: str) -> str:
    stem, ending = os.path.splitext(target)
    if any(ord(c) < 0x20 for c in target):
        raise Error("target", "a file name without control characters", " ".join(target.split()))
    if ending[1:].lower() in FORMATS:
        return ending[1:].lower()
    better = os.path.basename(stem) + "." + (nearest_of(ending[1:].lower(), FORMATS) if ending else "svg")
    raise Error("target", "a file name ending in .svg, .pdf or .png", f'"{target}"', f'for example "{better}"')


def bytes_of(figure: Any, form: str) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format=form)
    return stream.getvalue()


def require_target(target: Any, force: bool) -> str:
    """The name of the file; raises where it could not be written, before anything is drawn."""
    name = path(target)
    format_of(name)
    _linnet.require_writable(name, force)
    return name


def save(figure: Any, target: Any, force: bool = False) -> None:
    """Write a picture by the ending of its target: .svg, .pdf or .png. An existing file is replaced only with force."""
    name = require_target(target, force)
    _linnet.write_bytes(bytes_of(figure, format_of(name)), name)
