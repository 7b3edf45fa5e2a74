"""Random problems from a seed, against references that share no code with linnet.

A family is one executable file beside this one. It draws problems and checks each against SciPy, mpmath or plain loops:

    from harness import main, problem

    @problem
    def end_of_a_flow(rng):
        ...                       # draw from rng, compute both ways, assert

    if __name__ == "__main__":
        main()

Problem number n of a seed is always the same one; the time given only says how many are tried. A failure prints the
command that repeats it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
import zlib
from pathlib import Path
from typing import Callable

import numpy as np

Problem = Callable[[np.random.Generator], None]
_problems: list[Problem] = []


class Skip(Exception):
    """Raised by a problem whose draw has no answer to compare with."""


def problem(function: Problem) -> Problem:
    """Registers a kind of problem of this family; the kinds alternate."""
    _problems.append(function)
    return function


def close(got, expected, tolerance: float, what: str = "value") -> None:
    """Asserts |got - expected| <= tolerance · max(1, |expected|), elementwise; a nan or an infinity equals only itself."""
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, expected {expected.shape}"
    finite = np.isfinite(expected)
    same = np.array_equal(got[~finite], expected[~finite], equal_nan=True) and np.isfinite(got[finite]).all()
    assert same, f"{what}: {got}, expected {expected}"
    if finite.any():
        error = np.max(np.abs(got[finite] - expected[finite]) / np.maximum(1, np.abs(expected[finite])))
        assert error <= tolerance, f"{what}: off by {error:.3g} (at most {tolerance:.3g}): {got}, expected {expected}"


def _run(seed: int, number: int) -> bool:
    function = _problems[number % len(_problems)]
    try:
        function(np.random.default_rng([seed, zlib.crc32(function.__name__.encode()), number]))
    except Skip:
        return False
    return True


def main() -> None:
    here = Path(sys.argv[0])
    parser = argparse.ArgumentParser(description=f"Random problems of the family {here.stem} against independent references.")
    parser.add_argument("--seconds", type=float, default=20, help="how long to go on drawing problems (20)")
    parser.add_argument("--seed", type=int, default=0, help="of the problems (0)")
    parser.add_argument("--only", type=int, metavar="N", help="problem N alone")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure")
    o = parser.parse_args()

    numbers = iter([o.only]) if o.only is not None else iter(range(sys.maxsize))
    end = time.monotonic() + o.seconds
    tried = skipped = failed = 0
    for number in numbers:
        if o.only is None and tried >= len(_problems) and time.monotonic() > end:
            break
        tried += 1
        try:
            skipped += not _run(o.seed, number)
        except Exception:
            failed += 1
            traceback.print_exc()
            print(f"{here.stem}: problem {number} of seed {o.seed}, {_problems[number % len(_problems)].__name__}, failed; again by\n"
                  f"    PYTHONPATH={os.environ.get('PYTHONPATH', '')} {sys.executable} {here} --seed {o.seed} --only {number}",
                  flush=True)
            if not o.keep_going:
                break
    print(f"{here.stem}: {tried - failed - skipped} problems of seed {o.seed} hold, {failed} fail, {skipped} without an answer")
    assert o.only is not None or tried > skipped, "no problem had an answer to compare with"
    sys.exit(1 if failed else 0)
