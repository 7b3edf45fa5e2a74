"""Types of arguments, by the names that signatures have."""

from __future__ import annotations

from typing import Sequence, Tuple, Union

import numpy as np

from ._linnet import DeepBalanced, DeepDiagonal, DeepLinear, DeepLinearized, Diagonal, GramState, SelfConsistent, Task

Network = Union[GramState, SelfConsistent, DeepLinear, DeepLinearized, DeepBalanced, Diagonal, DeepDiagonal]
PerLayer = Union[float, Tuple[float, float]]
Layerwise = Union[float, Sequence[float]]
ShapeLike = Union[Task, Network, Tuple[int, int]]
Seed = Union[int, np.random.Generator, np.random.SeedSequence, None]
