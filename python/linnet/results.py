"""Files: matrices in, labelled results in and out, pictures."""

from __future__ import annotations

import os
from typing import Any, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._convert import path as _path
from ._error import Error
from . import _files
from .datasets import dataset_of, parts_of
from .trajectory import Comparison, Trajectory

__all__ = ["open", "plot", "read_matrix", "save", "write_npy"]

PathLike = Union[str, "os.PathLike[str]"]
Result = Union[Trajectory, Comparison, Any]


def open(path: PathLike):  # noqa: A001
    """A result of linnet as an xarray.Dataset, whole in memory: coordinates, long names, units and conventions.

    `xarray.open_dataset` reads the same file too. A run has the dimensions time and mode, a sweep one for each axis.
    `ds.attrs["configuration"]` is its configuration.

    Raises:
        linnet.Error: when the file is missing, damaged, not NetCDF, or not of linnet.
    """
    name = _path(path)
    parts = _linnet.read_netcdf(name)
    if "linnet_version" not in parts["attributes"]:
        raise Error(name, "a result of linnet", "a NetCDF file of another origin", "open it by xarray.open_dataset")
    return dataset_of(parts)


def save(result: Result, path: PathLike, *, force: bool = False) -> None:
    """Write a run, a comparison or an xarray.Dataset as a NetCDF-4 file that `linnet.open` and `linnet plot` read.

    A network or a checkpoint is written as `linnet.load` reads it: .npz or NetCDF by the ending of the path.

    Attributes that are numbers stay numbers. The file is written beside its target and renamed, so that it is never
    incomplete. An existing file is replaced only with force.

    Raises:
        linnet.Error: when the file exists, or of kind "output" when it cannot be written.
    """
    if isinstance(result, _files.KEPT):
        _files.write(result, path, force=force)
        return
    _linnet.write_netcdf(parts_of(result), _path(path), force)


def plot(
    result: Union[PathLike, Result],
    target: PathLike,
    *,
    kind: str = "auto",
    variables: Union[str, Sequence[str]] = (),
    width_cm: float = 0,
    force: bool = False,
) -> None:
    """Draw a result for publication: SVG, PDF or PNG by the target's ending.

    `linnet.figures.draw` returns the same picture as a matplotlib Figure.

    Args:
        result: the path of a result file, a run, a comparison or an xarray.Dataset.
        target: the picture.
        kind: "auto", "curves", "modes", "heat_map", "lines", "matrices", "plane" or "paths".
        variables: the variables to show; by default those that fit the picture.
        width_cm: of the picture; 0 for 8.5 cm a panel.
        force: replace an existing picture.

    Raises:
        linnet.Error: for another ending, a picture that exists, or nothing to plot; of kind "output" when it cannot be
            written.
    """
    from . import figures
    from .figures.output import require_target

    require_target(target, force)
    figures.save(figures.draw(result, kind, variables, width_cm=width_cm), target, force)


def read_matrix(path: PathLike) -> np.ndarray:
    """A matrix from a .npy file or from CSV, as the command line reads it.

    A .npy file has float64, float32, integers up to 2^53 or bool (0 and 1), in C or Fortran order; one of one
    dimension is a column. CSV has numbers separated by commas, semicolons, tabs or blanks, below at most one line of
    names, each of which begins with a letter.

    Raises:
        linnet.Error: naming the file, when it is missing, empty, truncated, ragged, non-numeric or of another dtype.
    """
    return _linnet.read_matrix(_path(path), _path(path))


def write_npy(matrix: ArrayLike, path: PathLike, *, force: bool = False) -> None:
    """Write a matrix as .npy (float64), beside its target and renamed; an existing file is replaced only with force."""
    _linnet.write_npy(matrix, _path(path), force)
