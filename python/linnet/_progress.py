"""Progress of long computations: a function of the caller's, or a bar."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Callable, Iterator, Optional, Union

from ._error import Error, shown

Progress = Union[None, bool, Callable[[float, float], Any]]


class _Bar:
    """tqdm's bar."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None

    def __call__(self, done: float, total: float) -> None:
        if self._bar is None:
            form = "{percentage:3.0f}% |{bar}| {n:.6g}/{total:.6g} [{elapsed}<{remaining}]"
            self._bar = self._tqdm(total=total, bar_format=form)
        self._bar.n = done
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Line:
    """A line of text, where there is no tqdm."""

    def __init__(self) -> None:
        self._began = False

    def __call__(self, done: float, total: float) -> None:
        self._began = True
        part = done / total if total else 1.0
        sys.stderr.write(f"\r{part:6.1%} of {total:.6g}")
        sys.stderr.flush()

    def close(self) -> None:
        if self._began:
            sys.stderr.write("\n")


def _goes_on(answer: Any) -> bool:
    """Whether the answer is other than False, NumPy's or another library's False included."""
    is_bool = isinstance(answer, bool) or str(getattr(answer, "dtype", "")).endswith("bool")
    return not is_bool or bool(answer)


@contextlib.contextmanager
def reporting(progress: Progress) -> Iterator[Optional[Callable[[float, float], Any]]]:
    """What the compiled half calls; a bar is closed at the end."""
    if progress is None or progress is False:
        yield None
    elif progress is True:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            bar: Any = _Line()
        else:
            bar = _Bar(tqdm)
        try:
            yield bar
        finally:
            bar.close()
    elif callable(progress):
        yield lambda done, total: _goes_on(progress(done, total))
    else:
        raise Error("progress", "a function of (done, total), or True for a bar", shown(progress))
