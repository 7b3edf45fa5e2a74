#!/usr/bin/python3
"""Distances to saddles and minima of deep networks, at any size of the weights."""

import numpy as np
from harness import close, main, problem

import linnet
from linnet.landscape import nearest_minimum, nearest_saddle, saddle_bound


def product(layers, size):
    out = np.eye(size)
    for w in layers:
        out = w @ out
    return out


def gradients(layers, target):
    """dC/dW_l of |A - Y|^2/2, and the size of each if no product of layers were small."""
    r = product(layers, layers[0].shape[1]) - target
    found = []
    for l in range(len(layers)):
        before = product(layers[:l], layers[0].shape[1])
        after = product(layers[l + 1 :], layers[l].shape[0])
        others = np.prod([np.linalg.norm(w) for k, w in enumerate(layers) if k != l])
        found.append((np.linalg.norm(after.T @ r @ before.T), np.linalg.norm(r) * others))
    return found


def check(layers, target, found):
    """The point found is a saddle at the reported distance, which is not below the proven bound."""
    point = found.point.weights
    away = np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(point, layers)))
    size = np.sqrt(sum(np.sum(w**2) for w in layers))
    assert abs(found.upper - away) <= 1e-12 * size, f"{found.upper} told, {away} between the weights"
    assert found.lower <= found.upper * (1 + 1e-12), f"lower {found.lower}, upper {found.upper}"
    for own, largest in gradients(point, target):
        start = max(g[1] for g in gradients(layers, target))
        assert own <= 1e-7 * max(largest, start), f"a gradient of {own} where {largest} is nothing lost"
    assert np.sum((product(point, target.shape[1]) - target) ** 2) > 0, "a minimum"


def networks_of(rng):
    depth = int(rng.integers(2, 6))
    sizes = rng.integers(1, 4, size=depth + 1)
    target = rng.normal(size=(sizes[-1], sizes[0]))
    layers = [rng.normal(size=(sizes[l + 1], sizes[l])) / np.sqrt(sizes[l]) for l in range(depth)]
    return depth, layers, target


@problem
def small_starts(rng):
    """Near the origin the saddles are those at A = 0, whose distance is of first degree in the weights."""
    depth, layers, target = networks_of(rng)
    told = []
    for s in (1e-3, 10 ** rng.uniform(-40, -4)):
        small = [s * w for w in layers]
        found = nearest_saddle(linnet.DeepLinear(small), linnet.tasks.target(target))
        assert not found.exact, f"weights of size {s} in {depth} layers called a saddle"
        check(small, target, found)
        told.append(found.upper / s)
    # A network with two layers of zeros is a saddle. The search may find different ones at
    # different sizes.
    norms = np.sort([np.linalg.norm(w) for w in layers])
    assert max(told) <= np.hypot(norms[0], norms[1]) * (1 + 1e-9), f"{told} of the size, two layers of {norms[:2]} are nearer"
    assert max(told) <= 1.2 * min(told), f"{told} of the size at two sizes"


@problem
def beside_a_saddle(rng):
    """A network with some modes learned and the others small: at most at the distance of their size, and never itself a saddle."""
    depth, n = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    u, v = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    y = np.sort(rng.uniform(0.5, 3, size=n))[::-1]
    rank = int(rng.integers(0, n))
    s = 10 ** rng.uniform(-5, -1.5)
    small = s * rng.uniform(0.5, 2, size=(depth, n))
    frames = [v] + [np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(depth - 1)] + [u]
    values = np.where(np.arange(n) < rank, y ** (1 / depth), small)
    target = u @ np.diag(y) @ v.T
    layers = [frames[l + 1] @ np.diag(values[l]) @ frames[l].T for l in range(depth)]
    found = nearest_saddle(linnet.DeepLinear(layers), linnet.tasks.target(target))
    assert not found.exact, f"a network with neurons of size {s} called a saddle, depth {depth}, rank {rank}"
    check(layers, target, found)
    # Each mode is cut in the two layers where it is smallest.
    cut = np.sort(small[:, rank:], axis=0)[:2]
    assert found.upper <= np.sqrt(np.sum(cut**2)) * (1 + 1e-6) * (1 if n - rank == 1 else 1.5), f"{found.upper}, by hand {np.sqrt(np.sum(cut**2))}"
    assert found.upper >= 0.1 * s, f"{found.upper} beside neurons of {s}"
    values[:, rank:] = 0
    at = [frames[l + 1] @ np.diag(values[l]) @ frames[l].T for l in range(depth)]
    saddle = nearest_saddle(linnet.DeepLinear(at), linnet.tasks.target(target))
    assert saddle.exact and saddle.upper == 0, f"a saddle of rank {rank} at a distance of {saddle.upper}"


@problem
def minima(rng):
    depth, layers, target = networks_of(rng)
    s = 10 ** rng.uniform(-20, 0.3)
    layers = [s * w for w in layers]
    found = nearest_minimum(linnet.DeepLinear(layers), linnet.tasks.target(target))
    away = np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(found.point.weights, layers)))
    close(found.upper, away, 1e-9, "distance")
    assert found.lower <= found.upper * (1 + 1e-9), f"lower {found.lower}, upper {found.upper}"


if __name__ == "__main__":
    main()
