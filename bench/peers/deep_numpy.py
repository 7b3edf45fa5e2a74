"""A deep linear network as a straightforward NumPy script: the formula with its prefix and suffix products shared.

    deep_numpy.py FOLDER STEPS STEP_SIZE [backward]

FOLDER has target.npy and w1.npy ... wL.npy. Gradient descent on |A - Y|^2/2, all layers from the old weights:
dC/dW_l = (W_L ... W_{l+1})^T R (W_{l-1} ... W_1)^T. With `backward` the error is carried back layer by layer instead, as a
hand-written backpropagation does: the fewest flops. Writes numpy_end_to_end.npy and prints the wall-clock seconds of one
step.
"""

import sys
import time
from pathlib import Path

import numpy as np


def shared_products(weights, target, eta):
    prefix = [weights[0]]
    for w in weights[1:]:
        prefix.append(w @ prefix[-1])
    suffix = [weights[-1]]
    for w in weights[-2:0:-1]:
        suffix.insert(0, suffix[0] @ w)
    residual = prefix[-1] - target
    last = len(weights) - 1
    gradients = []
    for l in range(len(weights)):
        g = residual if l == last else suffix[l].T @ residual
        gradients.append(g if l == 0 else g @ prefix[l - 1].T)
    return [w - eta * g for w, g in zip(weights, gradients)]


def backward(weights, target, eta):
    prefix = [weights[0]]
    for w in weights[1:]:
        prefix.append(w @ prefix[-1])
    error = prefix[-1] - target
    moved = list(weights)
    for l in range(len(weights) - 1, -1, -1):
        gradient = error if l == 0 else error @ prefix[l - 1].T
        error = weights[l].T @ error if l > 0 else None
        moved[l] = weights[l] - eta * gradient
    return moved


def main(folder, steps, eta, step):
    folder = Path(folder)
    target = np.load(folder / "target.npy")
    weights = [np.ascontiguousarray(np.load(folder / f"w{l + 1}.npy")) for l in range(len(list(folder.glob("w[0-9]*.npy"))))]
    began = time.perf_counter()
    for _ in range(steps):
        weights = step(weights, target, eta)
    seconds = (time.perf_counter() - began) / steps
    a = weights[0]
    for w in weights[1:]:
        a = w @ a
    np.save(folder / "numpy_end_to_end.npy", a)
    print(seconds)


if __name__ == "__main__":
    way = backward if sys.argv[4:] == ["backward"] else shared_products
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), way)
