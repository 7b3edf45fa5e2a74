"""Values of other libraries as NumPy's: arrays, seeds, indices, paths. The compiled half calls these functions.

No library is imported for this: tensors of PyTorch, arrays of JAX and CuPy, frames and series of pandas and whatever
offers `__array__` or `__dlpack__` are known by their methods.
"""

from __future__ import annotations

import os
import secrets
from typing import Any, List

import numpy as np

from ._error import Error, shown

MASKED = "entries that are not seen are a task of their own, linnet.tasks.completion(y)"


def _plain(value: Any) -> np.ndarray:
    """The values as an array of some dtype; whatever the conversion raises is raised."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # a tensor of PyTorch
        value = value.detach().cpu()
        if str(getattr(value, "dtype", "")).endswith(("bfloat16", "float16")):
            value = value.float()
        return np.asarray(value.numpy())
    if hasattr(value, "__cuda_array_interface__") and hasattr(value, "get"):  # CuPy's come to the host by this alone
        return np.asarray(value.get())
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        return np.from_dlpack(value)
    try:
        array = np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value)
    except Exception:
        if not isinstance(value, (list, tuple)):
            raise
        array = np.asarray([_plain(item) for item in value])  # of arrays that NumPy itself does not take
    if array.dtype.kind == "O" and array.size:
        if any(isinstance(item, (str, bytes)) for item in array.ravel()):
            raise TypeError("text among its entries")
        missing = [item is None or type(item).__name__ == "NAType" for item in array.ravel()]
        array = np.where(np.reshape(missing, array.shape), np.nan, array).astype(float)
    return array


def reals(value: Any, field: str) -> np.ndarray:
    """An array of real numbers; `field` is what errors name."""
    if np.ma.is_masked(value):
        raise Error(field, "an array without a mask", shown(value), MASKED)
    try:
        array = _plain(value)
        if array.dtype.kind == "V":  # a type that NumPy does not know itself, as bfloat16 of JAX
            array = array.astype(float)
    except Exception as error:  # noqa: BLE001, whatever another library raises is the cause that the hint tells
        cause = (str(error).strip().splitlines() or [""])[0].split(". ")[0]
        hint = f"its conversion raised {type(error).__name__}: {cause}"
        raise Error(field, "an array of real numbers", shown(value), hint) from None
    if array.dtype.kind not in "biuf":
        raise Error(field, "an array of real numbers", f"dtype {array.dtype}")
    if array.dtype.kind in "iu" and array.dtype.itemsize > 4 and array.size:
        largest = max(int(array.max()), -int(array.min()))
        if largest > 2**53:
            raise Error(field, "whole numbers up to 2^53, which doubles hold", str(largest))
    return array


def with_gaps(value: Any) -> Any:
    """The same values with nan where they are masked."""
    if not np.ma.isMaskedArray(value):
        return value
    return np.where(np.ma.getmaskarray(value), np.nan, np.ma.getdata(value).astype(float))


def seed(value: Any) -> Any:
    """A seed as a number: of None a random one, of a Generator its next number, of a SeedSequence its first."""
    if value is None:
        return secrets.randbits(64)
    if isinstance(value, np.random.Generator):
        return int(value.integers(0, 2**64 - 1, dtype=np.uint64, endpoint=True))
    if isinstance(value, np.random.SeedSequence):
        return int(value.generate_state(1, np.uint64)[0])
    return value


def indices(value: Any, field: str) -> List[int]:
    """Rows or columns: a number, a range, a sequence of numbers; all of a boolean array that are true."""
    if isinstance(value, slice):
        if value.stop is None or value.stop < 0:
            raise Error(field, "a slice with an end", shown(value))
        return list(range(*value.indices(value.stop)))
    array = np.ravel(reals(value, field))
    if array.dtype.kind == "b":
        return [int(i) for i in np.flatnonzero(array)]
    return array.tolist()


def path(value: Any) -> str:
    """A path as text, with ~ expanded."""
    try:
        return os.path.expanduser(os.fspath(value))
    except TypeError:
        raise Error("path", "a path", shown(value)) from None
