"""Weights of PyTorch's networks and back, without importing torch.

`linnet.DeepLinear(net)` and `linnet.Perceptron(net)` take an `nn.Sequential` (or another module whose leaves are called
one after the other) of Linear layers without bias, or its `state_dict()`. `to_state_dict` of a network gives the names
of the Sequential back.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from ._error import Error, shown

__all__ = ["to_state_dict"]

FIELD = "network.weights"
NO_EFFECT = {"Identity", "Dropout", "Flatten"}  # of a network that is evaluated on rows


class Layers(NamedTuple):
    """Weights, W_1 first, and what is between them where that is known."""

    weights: List[Any]
    activation: Optional[str] = None
    slope: Optional[float] = None


def _is_module(value: Any) -> bool:
    return hasattr(value, "named_modules") and hasattr(value, "state_dict")


def _refuse(name: str, kind: str, hint: str = "") -> None:
    raise Error(FIELD, "Linear layers without bias, ReLU and LeakyReLU", f"{name}: {kind}", hint)


NO_BIAS = "linnet's networks have none: nn.Linear(..., bias=False)"


def _of_module(module: Any) -> Layers:
    weights: List[Any] = []
    between: List[Optional[float]] = []  # slopes after each layer but the last; None: nothing is there
    pending: Optional[float] = None
    for name, leaf in module.named_modules():
        if any(True for _ in leaf.children()):
            continue
        kind, name = type(leaf).__name__, name or "it"
        if kind == "Linear":
            if getattr(leaf, "bias", None) is not None:
                _refuse(f"{name}.bias", "a bias", NO_BIAS)
            if weights:
                between.append(pending)
            weights.append(leaf.weight)
            pending = None
        elif kind in ("ReLU", "LeakyReLU"):
            if not weights or pending is not None:
                _refuse(name, f"{kind} that does not follow a Linear layer")
            pending = 0.0 if kind == "ReLU" else float(leaf.negative_slope)
        elif kind not in NO_EFFECT:
            _refuse(name, kind)
    if not weights:
        raise Error(FIELD, "a module with Linear layers", shown(module))
    if pending is not None:
        _refuse("the last layer", "an activation after it", "linnet's networks end with a linear layer")
    if len(set(between)) > 1:
        raise Error(FIELD, "the same between all layers", " and ".join(str(slope) for slope in dict.fromkeys(between)))
    slope = between[0] if between else None
    # Without anything between them the layers are those of a perceptron of slope 1, which is linear.
    return Layers(weights, "relu" if between else None, 1.0 if between and slope is None else slope)


def _of_mapping(named: Mapping) -> Layers:
    weights = []
    for name, value in named.items():
        dimensions = getattr(value, "ndim", None)
        if str(name).endswith("bias") or dimensions == 1:
            _refuse(str(name), "a bias" if str(name).endswith("bias") else "1 dimension", NO_BIAS)
        if dimensions is not None and dimensions != 2:
            _refuse(str(name), f"{dimensions} dimensions")
        weights.append(value)
    if not weights:
        raise Error(FIELD, "named matrices, as a state_dict", shown(named))
    return Layers(weights)


def layers_of(value: Any) -> Layers:
    """The layers of a module, a state_dict or a sequence of matrices."""
    if _is_module(value):
        return _of_module(value)
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise Error(FIELD, "a sequence of matrices, W_1 first, a module of PyTorch or its state_dict", shown(value))
    return Layers(list(value))


def linear_layers_of(value: Any) -> List[Any]:
    """The same for a linear network, which has nothing between its layers."""
    layers = layers_of(value)
    if layers.slope not in (None, 1.0):
        kind = "ReLU" if layers.slope == 0 else f"LeakyReLU of slope {layers.slope}"
        raise Error(FIELD, "Linear layers alone, for a linear network", kind, "linnet.Perceptron has activations")
    return layers.weights


def to_state_dict(network: Any) -> Dict[str, Any]:
    """The weights by the names of an `nn.Sequential`: "0.weight", "1.weight", …; with a perceptron's activations between
    them "0.weight", "2.weight", ….

    Tensors (float64) where torch has been imported, else arrays. `load_state_dict` of a Sequential takes them.
    """
    apart = 1 if getattr(network, "activation", None) is None or network.slope == 1 else 2
    named: Dict[str, Any] = {f"{apart * i}.weight": np.array(w) for i, w in enumerate(network.weights)}
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "from_numpy"):
        named = {name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in named.items()}
    return named
