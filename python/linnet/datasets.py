"""Labelled data between the compiled module and xarray."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from ._error import Error, shown


def dataset_of(parts: Dict[str, Any]):
    """The compiled module's data set as an xarray.Dataset."""
    import xarray

    variables: Dict[str, Any] = {}
    coordinates: Dict[str, Any] = {}
    for name, dims, values, attributes in parts["variables"]:
        attributes.pop("coordinates", None)  # how xarray notes in a file which variables are coordinates
        coordinate = dims == (name,) or (name == "step" and dims == ("time",))
        (coordinates if coordinate else variables)[name] = (dims, values, attributes)
    return xarray.Dataset(variables, coordinates, parts["attributes"])


def _attribute(value: Any) -> Any:
    """A text, or numbers as an array."""
    if isinstance(value, str):
        return value
    array = np.ravel(value)
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        return array.astype(np.float64)
    return array if array.dtype.kind in "iuf" else " ".join(map(str, array))


def _attributes(attributes: Dict[Any, Any]) -> Dict[str, Any]:
    return {str(name): _attribute(value) for name, value in attributes.items()}


def parts_of(result: Any) -> Dict[str, Any]:
    """A run, a comparison or an xarray.Dataset in the form of the compiled module."""
    data = result.to_xarray() if hasattr(result, "to_xarray") else result
    if not hasattr(data, "data_vars"):
        raise Error("result", "a run, an xarray.Dataset or the path of a result file", shown(result))
    variables: List[Any] = []
    for v in [data[name] for name in data.coords] + [data[name] for name in data.data_vars]:
        variables.append((str(v.name), [str(d) for d in v.dims], np.asarray(v.values), _attributes(v.attrs)))
    return {
        "dimensions": [(str(name), int(length)) for name, length in data.sizes.items()],
        "variables": variables,
        "attributes": _attributes(data.attrs),
    }
