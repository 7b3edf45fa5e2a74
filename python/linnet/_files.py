"""Networks and checkpoints in files: .npz, or NetCDF.

Both hold the same: an array for each matrix, and attributes. What is read is what was written, to the last bit.
"""

from __future__ import annotations

import io
import os
import zipfile
from typing import Any, Dict, Union

import numpy as np

from . import _linnet
from ._convert import path as _path
from ._error import Error
from ._linnet import (
    Checkpoint,
    DeepBalanced,
    DeepDiagonal,
    DeepLinear,
    DeepLinearized,
    Diagonal,
    GramState,
    Perceptron,
    SelfConsistent,
)

__all__ = ["load"]

PathLike = Union[str, "os.PathLike[str]"]
NETWORKS = (DeepLinear, GramState, SelfConsistent, DeepLinearized, DeepBalanced, Diagonal, DeepDiagonal, Perceptron)
KEPT = (*NETWORKS, Checkpoint)
ATTRIBUTE = "attribute "  # before the names of attributes in an .npz


def _whole(parts: Dict[str, Any]) -> Dict[str, Any]:
    """A data set of the compiled half with its dimensions listed, as it takes it back."""
    lengths: Dict[str, int] = {}
    for _, dims, values, _ in parts["variables"]:
        lengths.update(zip(dims, np.shape(values)))
    parts["dimensions"] = list(lengths.items())
    parts["attributes"] = {
        name: value if isinstance(value, str) else np.atleast_1d(value) for name, value in parts["attributes"].items()
    }
    return parts


def write(kept: Any, path: PathLike, *, force: bool = False) -> None:
    """Write a network or a checkpoint; an existing file is replaced only with force."""
    target = _path(path)
    if not target.endswith(".npz"):
        _linnet.write_netcdf(_whole(_linnet.object_dataset(kept)), target, force)
        return
    _linnet.require_writable(target, force)
    parts = _whole(_linnet.object_dataset(kept))
    arrays = {name: values for name, _, values, _ in parts["variables"]}
    arrays.update({ATTRIBUTE + name: np.asarray(value) for name, value in parts["attributes"].items()})
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    _linnet.write_bytes(stream.getvalue(), target)


def _read_npz(path: str) -> Dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file.items())
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise Error(path, "an .npz file of linnet", str(error) or type(error).__name__) from None
    attributes: Dict[str, Any] = {}
    variables, dimensions = [], []
    for name, values in arrays.items():
        if name.startswith(ATTRIBUTE):
            attributes[name[len(ATTRIBUTE) :]] = str(values) if values.dtype.kind == "U" else np.atleast_1d(values)
        else:
            dims = [f"{name}_{i}" for i in range(values.ndim)]
            dimensions += list(zip(dims, values.shape))
            variables.append((name, dims, values, {}))
    return {"variables": variables, "dimensions": dimensions, "attributes": attributes}


def load(path: PathLike) -> Any:
    """The network or the checkpoint in a file that `save` has written, .npz or NetCDF.

    Raises:
        linnet.Error: when the file is missing, damaged or holds something else.
    """
    name = _path(path)
    parts = _read_npz(name) if name.endswith(".npz") else _whole(_linnet.read_netcdf(name))
    try:
        return _linnet.object_in(parts)
    except Error as error:
        raise Error(name if error.field == "file" else error.field, error.expected, error.got, error.hint) from None
