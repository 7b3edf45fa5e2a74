"""Configurations: runs and sweeps from TOML, as on the command line."""

from __future__ import annotations

import json
import math
import os
import warnings
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from . import _linnet
from ._convert import path as _path
from ._convert import reals
from ._error import Error, shown
from ._executors import sweep_by
from ._progress import Progress, reporting
from .datasets import dataset_of
from .results import PathLike
from .trajectory import unless_raised

__all__ = ["merge", "resolve", "run", "sweep"]

Configuration = Union[str, "os.PathLike[str]", Mapping[str, Any]]


def _toml(value: Any, field: str) -> str:
    """The value of this field as TOML."""
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, os.PathLike):
        return json.dumps(_path(value))
    if isinstance(value, int):  # those of TOML end at 2^63; larger ones, of seeds, are texts
        return str(value) if -(2**63) <= value < 2**63 else json.dumps(str(value))
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        inside = [f"{json.dumps(str(k))} = {_toml(v, f'{field}.{k}')}" for k, v in value.items() if v is not None]
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(v, field) for v in value) + "]"
    raise Error(field, "numbers, texts, lists and tables", shown(value))


def _document(table: Mapping[str, Any]) -> str:
    try:
        return "".join(f"{json.dumps(str(k))} = {_toml(v, str(k))}\n" for k, v in table.items() if v is not None)
    except RecursionError:
        raise Error("configuration", "tables of sections and their keys", "tables in tables in tables") from None


class _Given:
    """A configuration as it was given."""

    def __init__(self, configuration: Configuration, assignments: Optional[Mapping[str, Any]]) -> None:
        self._folder = os.getcwd()  # of the files that it names
        self._arrays: Dict[str, Any] = {}
        if isinstance(configuration, Mapping):
            document = {section: self._without_matrices(section, keys) for section, keys in configuration.items()}
            self.source = _linnet.Source.from_text(_document(document), self._folder)
        elif isinstance(configuration, str) and ("\n" in configuration or "=" in configuration):
            self.source = _linnet.Source.from_text(configuration, self._folder)
        elif isinstance(configuration, (str, os.PathLike)):
            file = _path(configuration)
            self.source = _linnet.Source.from_file(file)
            self._folder = os.path.dirname(os.path.abspath(file))
        else:
            raise Error("configuration", "a path, TOML text or a dict", shown(configuration))
        for field, value in (assignments or {}).items():
            if not self._is_matrix(field, value):
                self.source.set(f"{field}={_toml(value, field)}")
        for field, array in self._arrays.items():
            self.source.attach(field, array)

    def parts(self) -> Tuple[str, str, Dict[str, Any]]:
        """Text, folder and arrays, of which any process makes the same source."""
        return self.source.to_toml(), self._folder, self._arrays

    def _without_matrices(self, section: str, keys: Any) -> Any:
        if not isinstance(keys, Mapping):
            return keys
        return {key: value for key, value in keys.items() if not self._is_matrix(f"{section}.{key}", value)}

    def _is_matrix(self, field: str, value: Any) -> bool:
        """Keeps arrays. Vectors are in the text as well, for keys that take lists."""
        dimensions = getattr(value, "ndim", 0)
        if dimensions == 2 or (dimensions == 1 and str(getattr(value, "dtype", "")).startswith(("float", "int", "bool"))):
            self._arrays[field] = reals(value, field)
        return dimensions == 2


def resolve(configuration: Configuration, *, set: Optional[Mapping[str, Any]] = None) -> str:  # noqa: A002
    """The configuration with every default filled in, as TOML; checks it without running anything.

    Args and errors as for `run`.
    """
    return _Given(configuration, set).source.to_toml()


def _finish(answer: Any):
    parts, raised = answer
    return unless_raised(None if parts is None else dataset_of(parts), raised)


def run(
    configuration: Configuration,
    *,
    out: Optional[PathLike] = None,
    set: Optional[Mapping[str, Any]] = None,  # noqa: A002
    force: bool = False,
    progress: Progress = None,
):
    """One run from a configuration, as `linnet run` does it.

    Args:
        configuration: the path of a TOML file, TOML text, or the same as a dict; docs/configuration.md lists the keys.
            Files it names are relative to its folder, or to the working directory; in a dict, arrays may stand for them.
        out: where to write the result as NetCDF; nowhere by default.
        set: fields to override, as {"network.width": 4096}.
        force: replace an existing `out`.
        progress: called as progress(done, total) at most 20 times a second; returning False ends the run. True shows
            a bar, tqdm's where it is installed.

    Returns:
        An xarray.Dataset with the dimensions time and mode; its attributes have the status, the conventions and the
        whole configuration.

    Raises:
        linnet.Error: for a configuration that does not fit: an unknown key names the nearest known one.
        KeyboardInterrupt: on Ctrl-C, within a step; its attribute `trajectory` is the data set so far, and
            `out` has it.
    """
    target = "" if out is None else _path(out)
    with reporting(progress) as report:
        return _finish(_linnet.run(_Given(configuration, set).source, target, force, report))


def sweep(
    configuration: Configuration,
    *,
    out: Optional[PathLike] = None,
    jobs: int = 0,
    set: Optional[Mapping[str, Any]] = None,  # noqa: A002
    shard: Optional[str] = None,
    resume: bool = False,
    mixed: bool = False,
    force: bool = False,
    progress: Progress = None,
    executor: Any = None,
    chunk: Optional[int] = None,
):
    """Every point of a grid, in parallel, as `linnet sweep` does it.

    Args:
        configuration: as for `run`, with axes.
        out: where to write the result as NetCDF. Until then each finished point is kept in OUT.journal, so that
            resume=True continues an interrupted sweep, with the same bits on the same machine. Without `out` an
            interrupted sweep keeps nothing.
        jobs: points computed at the same time, or fewer where the memory is too short for them; 0: one a core.
        set: fields to override, as {"task.dim": 100}.
        shard: "3/200" computes every 200th point only, from the third on, into a journal of its own, OUT.journal.3-of-200,
            which `merge` reads; "slurm" takes the place in a job array. With resume, points that any journal has are
            left out.
        resume: continue an interrupted sweep of the same configuration; a complete one is returned as it is.
        mixed: with resume, continue also where points were computed by another version of linnet, BLAS, processor or C
            library, whose last bits may differ; the attribute "machines" of the result then counts the points of each.
        force: replace an existing `out` and journal.
        progress: called as progress(points done, points) at most 20 times a second; returning False interrupts.
            True shows a bar.
        executor: who computes, instead of threads here: a concurrent.futures.Executor, as ProcessPoolExecutor,
            MPIPoolExecutor of mpi4py or client.get_executor() of Dask, or one whose submit(f, …) returns what has
            done(), result() and cancel(). Only the configuration, with its arrays, goes to its workers, which need
            linnet and the files that the configuration names; the journal is written here. docs/cluster.md has examples.
        chunk: with an executor, points that are sent together; by default as many as take a second, up to ten in
            sweeps of hours.

    Returns:
        An xarray.Dataset with a dimension for each axis; None for a shard, unless `out` is complete already.

    Raises:
        linnet.Error: for a configuration that does not fit, an existing `out`, a journal of another configuration or
            machine; of kind "interrupted" when `progress` returned False. With an executor, points whose worker died
            are sent again, twice at most, and then named; a pool that takes no more work after a death (that of
            ProcessPoolExecutor) is of kind "interrupted".
        KeyboardInterrupt: on Ctrl-C; finished points are in the journal.
    """
    target = "" if out is None else _path(out)
    if executor is not None and jobs != 0:
        raise Error("jobs", "no number beside an executor, which has workers of its own", shown(jobs))
    if executor is None and chunk is not None:
        raise Error("chunk", "an executor with it", "none")
    if mixed and not resume:
        raise Error("mixed", "resume=True beside it", "resume=False")
    if shard is not None and out is None:
        raise Error("out", "a file, beside which the journal of the shard is", "None")
    if shard is not None and executor is not None:
        raise Error("shard", "none beside an executor, which has the whole sweep", shown(shard))
    if shard is not None and not isinstance(shard, str):
        raise Error("shard", 'a text, as "3/200"', shown(shard))
    with reporting(progress) as report:
        if executor is not None:
            given = _Given(configuration, set)
            return dataset_of(sweep_by(executor, given.source, given.parts(), chunk, target, resume, mixed, force, report))
        return _finish(_linnet.sweep(_Given(configuration, set).source, jobs, target, shard, resume, mixed, force, report))


def merge(out: PathLike, *, keep: bool = False, force: bool = False):
    """The result of a sweep from the journals of its shards, as `linnet merge` makes it.

    The shards are computed by `linnet sweep --shard K/N`; their journals, OUT.journal.K-of-N, are found beside `out`.
    The result has the bits that one process would have written.

    Args:
        out: the result, as NetCDF, that the shards were told; it is written, and the journals are removed.
        keep: leave the journals.
        force: replace an existing `out`.

    Returns:
        An xarray.Dataset with a dimension for each axis. Where points come from different machines, its attribute
        "machines" lists them with their numbers of points.

    Raises:
        linnet.Error: if there are no journals, one is in use, or they are of different configurations or of another
            version of linnet; for missing points, with a list of them.

    Warns:
        UserWarning: if bytes of a journal are damaged and another journal has their points.
    """
    parts, warning = _linnet.merge(_path(out), keep, force)
    if warning:
        warnings.warn(warning, stacklevel=2)
    return dataset_of(parts)
