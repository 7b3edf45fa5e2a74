"""The closed form against hundreds to thousands of digits."""

import functools
import itertools
import warnings

import linnet
import mpmath as mp
import numpy as np
import pytest


def diagonal(y, balance):
    """F = [[-l/2, Y^T], [Y, l/2]] diagonalized with the present number of digits."""
    n2, n0 = y.shape
    f = mp.zeros(n0 + n2, n0 + n2)
    for i in range(n0):
        f[i, i] = -mp.mpf(balance) / 2
    for i in range(n2):
        f[n0 + i, n0 + i] = mp.mpf(balance) / 2
        for j in range(n0):
            f[n0 + i, j] = f[j, n0 + i] = mp.mpf(y[i, j])
    return mp.eigsy(f)


def k_and_phi(value, c, t):
    """K and Phi along an eigenvector of F: sigma / zeta and 1 / zeta, zeta = cosh rt - sigma value."""
    r = mp.sqrt(value**2 + c**2)
    tiny = r < mp.mpf(10) ** (-mp.mp.dps // 2)  # a zero singular value, found as rounding
    sigma = t if tiny else mp.sinh(r * t) / r
    if tiny or value <= 0:
        zeta = mp.cosh(r * t) - sigma * value
    else:  # the same without cancellation: r - value = c^2 / (r + value)
        zeta = mp.exp(-r * t) + sigma * c**2 / (r + value)
    return sigma / zeta, 1 / zeta


def blocks(vectors, g, n0):
    """(C_1, A, C_2) of G given in the eigenvectors of F."""
    g = vectors * g * vectors.T
    first, second = range(n0), range(n0, g.rows)
    block = lambda rows, columns: [[g[i, j] for j in columns] for i in rows]  # noqa: E731
    return block(first, first), block(second, first), block(second, second)


def as_it_stands(y, q0, balance, c, t):
    """(C_1, A, C_2) by direct evaluation of the formula, inverting M, with more than the 0.9 |F| t digits that this needs."""
    n, w = sum(y.shape), q0.shape[1]
    size = np.sqrt(np.linalg.norm(y, 2) ** 2 + balance**2 / 4 + c**2)
    small = np.abs(q0[q0 != 0]).min()
    mp.mp.dps = int(80 + size * t + 2 * abs(np.log10(small)) + 2 * abs(np.log10(max(c, 1e-300))) * (c > 0))
    values, vectors = diagonal(y, balance)
    b = vectors.T * mp.matrix(q0.tolist())
    k, phi = zip(*(k_and_phi(value, mp.mpf(c), mp.mpf(t)) for value in values))
    moved, g = mp.diag(phi) * b, mp.diag([mp.mpf(c) ** 2 * x for x in k])
    return blocks(vectors, g + moved * (mp.eye(w) + b.T * mp.diag(k) * b) ** -1 * moved.T, y.shape[1])


class Reference:
    """G(t) with enough digits at any t, by sums over subsets S of the n + w rows e of [B; I], B = Q_0 in the eigenvectors
    of F, each with its weight k (1 for the rows of I). By Cauchy and Binet

        det M = sum over |S| = w of k_S det(e_S)^2,   b_i^T M^-1 b_j det M = sum over |S| = w - 1 of k_S d_Si d_Sj,

    M = I + B^T K B and d_Si = det(b_i; e_S). The exponentials stand in positive terms only, and mpmath's exponents know
    no bounds. Digits are lost in the determinants alone, which know nothing of t: no more of them are needed at late t.
    """

    def __init__(self, y, q0, balance, c, digits=60):
        n, w = sum(y.shape), q0.shape[1]
        small = np.abs(q0[q0 != 0]).min()
        self.digits = int(digits + 2 * w * abs(np.log10(small)) + 4 * abs(np.log10(max(c, 1e-300))) * (c > 0))
        mp.mp.dps = self.digits
        self.c, self.n0 = mp.mpf(c), y.shape[1]
        self.values, self.vectors = diagonal(y, balance)
        b = self.vectors.T * mp.matrix(q0.tolist())
        rows = [[b[i, j] for j in range(w)] for i in range(n)] + [[mp.mpf(i == j) for j in range(w)] for i in range(w)]

        @functools.cache
        def minor(subset, columns):
            if not subset:
                return mp.mpf(1)
            others = [columns[:j] + columns[j + 1 :] for j in range(len(columns))]
            terms = [rows[subset[0]][columns[j]] * minor(subset[1:], others[j]) for j in range(len(columns))]
            return mp.fsum(terms[::2]) - mp.fsum(terms[1::2])

        every = tuple(range(w))
        self.whole = list(itertools.combinations(range(n + w), w))
        self.squares = [minor(subset, every) ** 2 for subset in self.whole]
        self.most = list(itertools.combinations(range(n + w), w - 1))
        d = [[mp.mpf(0) if i in subset else minor((i, *subset), every) for subset in self.most] for i in range(n)]
        self.products = {(i, j): [x * y for x, y in zip(d[i], d[j])] for i in range(n) for j in range(i + 1)}

    def at(self, t):
        mp.mp.dps = self.digits
        k, phi = zip(*(k_and_phi(value, self.c, mp.mpf(t)) for value in self.values))
        weights = list(k) + [mp.mpf(1)] * (len(self.whole[0]))
        weight = lambda subset: mp.fprod(weights[i] for i in subset)  # noqa: E731
        det = mp.fdot(map(weight, self.whole), self.squares)
        most = list(map(weight, self.most))
        g = mp.diag([self.c**2 * x for x in k])
        for (i, j), products in self.products.items():
            g[i, j] += phi[i] * phi[j] * mp.fdot(most, products) / det
            g[j, i] = g[i, j]
        return blocks(self.vectors, g, self.n0)


def errors(state, blocks):
    """The relative error of each block, in its own norm."""
    found = []
    for mine, exact in zip((state.input_representation, state.end_to_end, state.output_representation), blocks):
        entries = [(mp.mpf(float(mine[i, j])), x) for i, row in enumerate(exact) for j, x in enumerate(row)]
        norm = mp.sqrt(mp.fsum(x**2 for _, x in entries))
        off = mp.sqrt(mp.fsum((a - x) ** 2 for a, x in entries))
        found.append(float(off / norm))
    return max(found)


H = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
FRAMES = {1: np.eye(1), 2: np.array([[3, 4], [-4, 3]]) / 4, 3: np.array([[2, -1, 2], [2, 2, -1], [-1, 2, 2]]) / 4, 4: H}


def target(kind, n2, n0, rng):
    """Of norm near 1. Equal and zero singular values are so to the last bit: all entries are binary fractions."""
    k = min(n2, n0)
    if kind == "generic":
        y = rng.normal(size=(n2, n0))
        return y / np.linalg.norm(y, 2)
    s = {"repeated": np.ones(k), "singular": np.r_[1.0, 0.5, np.zeros(k)][:k]}[kind]
    return (FRAMES[n2][:, :k] * s) @ FRAMES[n0][:k]


TIMES = [1e-6, 1e-3, 0.1, 1.0, 7.0, 40.0, 300.0, 1e4, 1e6]


def test_reference_is_the_formula_and_needs_no_more_digits_at_late_times(rng):
    """The sums over subsets agree with direct evaluation of the formula, and twice the digits change nothing, at any time."""
    close = lambda a, b: all(  # noqa: E731
        mp.almosteq(x, z, mp.mpf(10) ** -30, mp.mpf(10) ** -30 * mp.norm(mp.matrix(p)))
        for p, q in zip(a, b)
        for x, z in zip(itertools.chain(*p), itertools.chain(*q))
    )
    for (n2, n0, width), kind, balance, scale in [
        ((3, 3, 2), "generic", 0.5, 1e-3),
        ((4, 3, 3), "repeated", 0.0, 1e-30),
        ((2, 4, 2), "singular", -30.0, 1e3),
    ]:
        y = target(kind, n2, n0, rng)
        a0 = linnet.random_end_to_end((n2, n0), rank=width, scale=scale, seed=5)
        start = linnet.balanced(a0, balance=balance, width=width, seed=6)
        q0 = np.vstack([start.w1.T, start.w2])
        for c in (0.0, 1e-6, 3.0):
            few, many = Reference(y, q0, balance, c), Reference(y, q0, balance, c, digits=150)
            for t in (1e-3, 7.0, 100.0):
                assert close(few.at(t), as_it_stands(y, q0, balance, c, t)), (width, c, t)
            for t in (1e4, 1e6):
                assert close(few.at(t), many.at(t)), (width, c, t)


@pytest.mark.parametrize("kind", ["generic", "repeated", "singular"])
@pytest.mark.parametrize("shape", [(3, 3, 2), (4, 3, 2), (4, 3, 3), (3, 4, 3), (2, 4, 2), (3, 1, 1)])
def test_balanced_weights_against_many_digits(shape, kind, rng):
    n2, n0, width = shape
    y = target(kind, n2, n0, rng)
    worst = 0.0
    for balance, scale in itertools.product([0.0, 1e-3, 1.0, -30.0, -1e4, 1e4], [1e-30, 1e-2, 1e3]):
        if (balance > 0 and width > n2) or (balance < 0 and width > n0):
            continue
        a0 = linnet.random_end_to_end((n2, n0), rank=min(shape), scale=scale, seed=5)
        start = linnet.balanced(a0, balance=balance, width=width, seed=6)
        flow = linnet.ExactFlow(start, linnet.tasks.target(y))
        # The reference takes the same lambda; that it is the weights' own is tested in test_exact.py.
        exact = Reference(y, np.vstack([start.w1.T, start.w2]), flow.closure.balance, 0)
        for t in TIMES:
            error = errors(flow.state(t), exact.at(t))
            worst = max(worst, error)
            assert error < 1e-11, (balance, scale, t)
    assert worst > 0


@pytest.mark.parametrize("shape", [(3, 3), (3, 4)])
@pytest.mark.parametrize("angle", [0.3, 1e-2, 1e-3, 1e-4, 1e-6])
def test_starts_near_a_saddle_against_many_digits(shape, angle, rng):
    """Of full width, A_0 turned from Y by half a turn less an angle in one plane: of its size, the smallest part in the
    directions that grow. They take one Cholesky factorization or two; the last ones with the smallest part by itself."""
    n2, n0 = shape
    y = target("generic", n2, n0, rng)
    u, _, vt = np.linalg.svd(y, full_matrices=False)
    turn = np.eye(3)
    turn[1:, 1:] = [[-np.cos(angle), -np.sin(angle)], [np.sin(angle), -np.cos(angle)]]
    frame, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn = frame @ turn @ frame.T
    warned = 0
    for balance, scale in itertools.product([0.0, 1e-3, 0.01], [1e-6, 0.1, 1e3]):
        a0 = scale * (u * [1.0, 0.5, 0.2]) @ turn @ vt
        start = linnet.balanced(a0, balance=balance, width=3, seed=6)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            flow = linnet.ExactFlow(start, linnet.tasks.target(y))
        warned += bool(flow.warning)
        exact = Reference(y, np.vstack([start.w1.T, start.w2]), flow.closure.balance, 0)
        for t in TIMES:
            assert errors(flow.state(t), exact.at(t)) < max(1e-11, 1e-15 / angle), (balance, scale, t)
    assert (warned > 0) == (angle < 3e-5)


@pytest.mark.parametrize("seed", range(12))
def test_starts_at_a_saddle_against_many_digits(seed):
    """Square zero-balanced weights with det A_0 det Y < 0, of which one direction that grows has no part, at times when
    the rounding of the start has not grown."""
    rng = np.random.default_rng(seed)
    size = 2 + seed % 2
    y, a0 = rng.normal(size=(2, size, size))
    y *= 10 ** rng.uniform(-2, 2) / np.linalg.norm(y, 2)
    a0 *= 10 ** rng.uniform(-6, 3)
    if np.linalg.det(y) * np.linalg.det(a0) > 0:
        a0[0] *= -1
    start = linnet.balanced(a0, balance=0.0, width=size, seed=seed)
    with pytest.warns(RuntimeWarning, match="saddle"):
        flow = linnet.ExactFlow(start, linnet.tasks.target(y))
    exact = Reference(y, np.vstack([start.w1.T, start.w2]), flow.closure.balance, 0)
    for t in np.log(100) / flow.target[-1] * np.array([1e-8, 1e-4, 1e-2, 0.1, 0.5, 1.0]):
        assert errors(flow.state(t), exact.at(t)) < 1e-11, t


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3)])
def test_infinite_width_and_after_training_against_many_digits(shape, rng):
    y = target("generic", *shape, rng)
    n2, n0 = shape
    checked = 0
    for c, balance in itertools.product([1e-12, 1e-6, 1e-2, 1.0, 1e3, 1e6], [0.0, 1.0, -100.0, 1e4]):
        half = np.hypot(balance / 2, c)
        large = half + abs(balance) / 2
        scales = (c * c / large, large) if balance >= 0 else (large, c * c / large)
        balance = scales[1] - scales[0]
        for scale in [0.0, 1e-3, 1e3]:
            a0 = scale * linnet.semi_orthogonal(shape, rank=2, seed=7)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                flow = linnet.ExactFlow(linnet.SelfConsistent(a0, scales), linnet.tasks.target(y))
            if flow.warning:
                assert c <= 1e-6 and scale > 0  # det A_0 of the wrong sign: close to a saddle
                continue
            checked += 1
            assert flow.closure.balance == balance
            assert flow.closure.scale2 == pytest.approx(c * c, rel=1e-14)
            q0 = flow.factor(0.0) if scale else np.diag(np.sqrt([scales[0]] * n0 + [scales[1]] * n2))
            exact = Reference(y, q0, balance, np.sqrt(scales[0] * scales[1]))
            for t in TIMES if n2 == n0 else TIMES[::2]:
                assert errors(flow.state(t), exact.at(t)) < 1e-11, (c, balance, scale, t)
    assert checked >= 66
