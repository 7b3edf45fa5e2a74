"""The closed form against hundreds to thousands of digits, and through the Python interface."""

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
        # The reference takes this balance as given; test_closure_is_found checks that it is that of
        # the weights.
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


def test_closure_is_found(rng):
    for balance, width in [(0.0, 3), (2.5, 4), (-1e4, 3), (1e-3, 2)]:
        a0 = linnet.random_end_to_end((4, 3), rank=min(3, width), scale=0.3, seed=2)
        flow = linnet.ExactFlow(
            linnet.balanced(a0, balance=balance, width=width), linnet.tasks.target(rng.normal(size=(4, 3)))
        )
        assert flow.closure.balance == pytest.approx(balance, rel=1e-13, abs=1e-14)
        assert flow.closure.scale2 == 0


def test_what_is_never_learned_is_not_active():
    y = np.diag([2.0, 1.0, 0.5])
    start = linnet.balanced(np.diag([0.1, 0.1, -0.1]), balance=0.0, width=3)
    with pytest.warns(RuntimeWarning, match="saddle"):
        d = linnet.diagnose(start, linnet.tasks.target(y))
    assert d.prediction.learned.tolist() == d.ends_active.tolist() == [True, True, False]
    assert d.prediction.activation_times().tolist() == [0.0, 0.0, np.inf]


@pytest.mark.parametrize("t", [10**400, [1.0, 10**400]])
def test_times_that_are_no_floating_point_numbers(t):
    flow = linnet.ExactFlow(linnet.infinite_width((2, 2), scale=1.0), linnet.tasks.target(np.eye(2)))
    with pytest.raises(linnet.Error, match="^t: expected a time or an array of times, got "):
        flow.gram(t)


def test_fractions_are_above_0_and_below_1():
    task = linnet.tasks.target(np.eye(2))
    for flow in (linnet.ExactFlow(linnet.infinite_width((2, 2), scale=1.0), task), linnet.ModeFlow(task, scales=0.3)):
        for fraction in (0, 1, -1, 2):
            with pytest.raises(linnet.Error, match=f"^fraction: expected a number above 0 and below 1, got {fraction}$"):
                flow.learning_times(fraction)


def test_shapes_follow_the_times(rng):
    y = rng.normal(size=(3, 4))
    flow = linnet.ExactFlow(linnet.SelfConsistent(np.zeros((3, 4)), (0.3, 0.5)), linnet.tasks.target(y, signal=y))
    t = np.array([[0.0, 0.5, 2.0], [3.0, np.inf, 1e-3]])
    assert flow.gram(t).shape == (2, 3, 7, 7)
    assert flow.end_to_end(t).shape == (2, 3, 3, 4)
    assert flow.modes(t).shape == flow.singular_values(t).shape == (2, 3, 3)
    for name in ("cost", "train_error", "test_error", "kernel_distance"):
        values = getattr(flow, name)(t)
        assert values.shape == (2, 3)
        assert values[0, 1] == getattr(flow, name)(0.5)
    for index, when in np.ndenumerate(t):
        state = flow.state(when)
        assert np.array_equal(flow.gram(t)[index], state.gram)
        assert np.allclose(flow.end_to_end(t)[index], state.end_to_end, rtol=1e-14, atol=1e-15)
        assert np.array_equal(flow.input_representation(when), state.gram[:4, :4])
        assert np.array_equal(flow.output_representation(when), state.gram[4:, 4:])
        q = flow.factor(when)
        assert np.allclose(q @ q.T, state.gram, rtol=0, atol=1e-13)
    assert isinstance(flow.cost(1.0), float)
    assert np.allclose(flow.end_to_end(np.inf), y, rtol=0, atol=1e-13)
    half = flow.learning_times(0.5)
    assert np.allclose([flow.modes(t)[i] for i, t in enumerate(half)], flow.target / 2, rtol=1e-9)
    active = flow.activation_times()
    assert np.allclose([flow.modes(t)[i] for i, t in enumerate(active)], flow.threshold, rtol=1e-9)
    assert flow.shape == (3, 4) and "lambda 0.2" in repr(flow)


def test_arrays_of_factors(rng):
    y = rng.normal(size=(3, 4))
    start = linnet.balanced(linnet.random_end_to_end((3, 4), rank=2, scale=0.1, seed=1), balance=0.0, width=5)
    flow = linnet.ExactFlow(start, linnet.tasks.target(y))
    t = np.array([[0.0, 1.0], [30.0, np.inf]])
    q = flow.factor(t)
    assert q.shape == (2, 2, 7, 2), "the rank of the start, not its width"
    assert np.allclose(q @ np.swapaxes(q, -1, -2), flow.gram(t), rtol=0, atol=1e-13)
    assert np.linalg.matrix_rank(flow.gram(np.inf)) == 2


def test_runs_of_the_closed_form(rng):
    y = rng.normal(size=(3, 4))
    task = linnet.tasks.target(y + 0.3 * rng.normal(size=(3, 4)), signal=y)
    start = linnet.balanced(0.01 * linnet.semi_orthogonal((3, 4), rank=3), balance=0.2, width=3)
    flow = linnet.ExactFlow(start, task, rates=(1.0, 1.0))
    assert flow.rates == (1.0, 1.0) and not flow.at_saddle
    run = flow.trace(3.0, record=["train_error", "test_error", "singular_values"], schedule=linnet.linear(31))
    assert np.allclose(run["train_error"], flow.train_error(run.time), rtol=1e-13)
    assert np.allclose(run["singular_values"], flow.singular_values(run.time), rtol=0, atol=1e-13)
    best = flow.best()
    assert run.best.time == best.time and run.best.test_error == best.test_error
    assert best.test_error <= flow.test_error(np.geomspace(1e-2, 1e3, 400)).min() * (1 + 1e-12)
    data = run.to_xarray()
    assert data.attrs["title"] == "closed form on target" and data.sizes["time"] == len(run.time)
    assert data.attrs["backend"] == linnet.tasks._linnet.backend and data.attrs["math_library"].startswith("glibc")
    run.plot()


def test_inputs_that_are_white_as_they_are(rng):
    y = rng.normal(size=(3, 8))
    items = linnet.tasks.regression(np.eye(8), y.T)
    assert items.is_white and items.white_variance == pytest.approx(1 / 8)
    assert linnet.tasks.target(y).white_variance == 1 and linnet.tasks.completion(y).white_variance is None
    start = linnet.infinite_width(items, scale=0.3)
    t = np.array([0.5, 4.0, np.inf])
    same = linnet.ExactFlow(start, linnet.tasks.target(y))
    assert np.allclose(linnet.ExactFlow(start, items).gram(8 * t), same.gram(t), rtol=0, atol=1e-12)
    modes = linnet.ModeFlow(items, scales=0.3)
    assert np.allclose(modes.end_to_end(8 * t), same.end_to_end(t), rtol=0, atol=1e-12)
    errors = [items.train_error(a) for a in same.end_to_end(t)]
    assert np.allclose(modes.train_error(8 * t), errors, rtol=1e-12, atol=1e-20)
    run = linnet.train(start, items, linnet.GradientFlow(t_end=4.0, rtol=1e-11, atol=1e-14), schedule=linnet.ends())
    assert np.allclose(run.final.end_to_end, same.end_to_end(0.5), rtol=0, atol=1e-9)
    one = linnet.OneLayerFlow(np.zeros((3, 8)), items, rate=2.0)
    assert np.allclose(one.end_to_end([8.0, np.inf]), [(1 - np.exp(-2)) * y, y], rtol=0, atol=1e-13)
    weights = linnet.Weights(0.1 * rng.normal(size=(40, 8)), 0.1 * rng.normal(size=(3, 40)))
    assert linnet.diagnose(weights, items).verdict == "approximate"
    q = np.linalg.qr(rng.normal(size=(50, 3)))[0] * np.sqrt(50)
    balanced = linnet.balanced(np.zeros((2, 3)), balance=0.5, width=2)
    assert linnet.diagnose(balanced, linnet.tasks.regression(q, q @ rng.normal(size=(3, 2)))).verdict == "exact"


def test_another_task_goes_on_from_the_network(rng):
    first, second = (linnet.tasks.target(rng.normal(size=(3, 4))) for _ in range(2))
    weights = linnet.balanced(linnet.random_end_to_end(first, rank=2, scale=0.3, seed=1), balance=0.7, width=2)
    for start, kind in [(weights, linnet.Weights), (linnet.SelfConsistent(np.zeros((3, 4)), 0.4), linnet.GramState)]:
        then = linnet.ExactFlow(start, first).network(0.8)
        assert isinstance(then, kind)
        later = linnet.ExactFlow(then, second)
        solver = linnet.GradientFlow(t_end=0.8, rtol=1e-11, atol=1e-14)
        trained = linnet.train(then, second, solver, schedule=linnet.ends()).final
        assert np.allclose(later.end_to_end(0.8), trained.end_to_end, rtol=0, atol=1e-9)
        expected = linnet.train(start, first, solver, schedule=linnet.ends()).final
        assert np.allclose(then.end_to_end, expected.end_to_end, rtol=0, atol=1e-9)


def test_saddles_are_warned_of():
    y = np.diag([1.0, 0.5])
    start = linnet.balanced(np.diag([0.1, -0.1]), balance=0.0, width=2)
    with pytest.warns(RuntimeWarning, match="saddle"):
        flow = linnet.ExactFlow(start, linnet.tasks.target(y))
    assert "saddle" in flow.warning
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        linnet.ExactFlow(linnet.balanced(np.diag([0.1, 0.1]), balance=0.0, width=2), linnet.tasks.target(y))
        linnet.diagnose(linnet.balanced(np.diag([0.1, 0.1]), balance=0.0, width=2), linnet.tasks.target(y))
    with pytest.warns(RuntimeWarning, match="saddle"):
        linnet.diagnose(start, linnet.tasks.target(y))
    with pytest.warns(RuntimeWarning, match="the start is at a saddle"):
        linnet.ModeFlow(linnet.tasks.target(y), scales=0.0).trace(1.0)


def test_what_is_refused(rng):
    task = linnet.tasks.target(rng.normal(size=(3, 4)))
    wide = linnet.gaussian_gram(task, width=50, variance=0.02)
    with pytest.raises(linnet.Error, match=r"network: expected a start that satisfies the closure .* got residual"):
        linnet.ExactFlow(wide, task)
    linnet.ExactFlow(wide, task, tolerance=1.0)
    good = linnet.infinite_width(task, scale=0.3)
    with pytest.raises(linnet.Error, match="task: expected whitened inputs and no mask"):
        linnet.ExactFlow(good, linnet.tasks.completion(rng.normal(size=(3, 4))))
    with pytest.raises(linnet.Error, match="task: expected a task"):
        linnet.ExactFlow(good, 3)
    with pytest.raises(linnet.Error, match="solver.rates: expected"):
        linnet.ExactFlow(good, task, rates=(1.0, -1.0))
    flow = linnet.ExactFlow(good, task)
    with pytest.raises(linnet.Error, match=r"t: expected a time in \[0, inf\], got -1"):
        flow.gram(-1.0)
    with pytest.raises(linnet.Error, match="t: expected a time or an array of times"):
        flow.gram("soon")


def test_balanced_starts_and_their_balance(rng):
    a = rng.normal(size=(3, 4))
    weights = linnet.balanced(a, balance=1.5, width=3)
    assert np.allclose(weights.end_to_end, a, rtol=0, atol=1e-14)
    found = linnet.effective_balance(weights)
    assert found.balance == pytest.approx(1.5) and found.distance < 1e-14
    with pytest.raises(linnet.Error, match="network.width: expected at most 3, the outputs"):
        linnet.balanced(a, balance=1.5, width=4)
    expected = linnet.expected_balance((3, 4), width=100, variance=(0.02, 0.01))
    assert expected.balance == pytest.approx(3 * 0.01 - 4 * 0.02)
    first, second = linnet.tilt(0.5, delta=-0.3)
    assert second**2 - first**2 == pytest.approx(-0.3) and first * second == pytest.approx(0.25)
    assert linnet.tilt(0.5, alpha=2.0) == (1.0, 0.25)
    with pytest.raises(linnet.Error, match="alpha, delta: expected exactly one of them, got both"):
        linnet.tilt(1.0, alpha=1.0, delta=0.0)
    with pytest.raises(linnet.Error, match="weights: expected Weights"):
        linnet.effective_balance(linnet.infinite_width((3, 4), scale=1.0))


def test_balanced_in_the_layers_of_unequal_rates(rng):
    task = linnet.tasks.target(rng.normal(size=(3, 4)))
    rates = (0.5, 3.0)
    start = linnet.balanced(0.3 * rng.normal(size=(3, 4)), balance=0.7, width=3, rates=rates)
    flow = linnet.ExactFlow(start, task, rates=rates)
    assert flow.closure.balance == pytest.approx(0.7) and flow.closure.residual < 1e-14
    solver = linnet.GradientFlow(t_end=0.6, rates=rates, rtol=1e-11, atol=1e-14)
    run = linnet.train(start, task, solver, schedule=linnet.ends())
    assert np.allclose(flow.end_to_end(0.6), run.final.end_to_end, rtol=0, atol=1e-9)


def test_kernels(rng):
    weights = linnet.Weights(rng.normal(size=(5, 3)), rng.normal(size=(2, 5)))
    inputs = np.eye(3)
    whitened = linnet.neural_tangent_kernel(weights, inputs)
    other = linnet.gaussian_weights((2, 3), width=5, seed=1)
    k = linnet.neural_tangent_kernel(other, inputs)
    cosine = np.sum(whitened * k) / np.linalg.norm(whitened) / np.linalg.norm(k)
    assert linnet.kernel_distance(weights, other) == pytest.approx(1 - cosine, rel=1e-12)
    zero = linnet.Weights(np.zeros((5, 3)), np.zeros((2, 5)))
    assert linnet.kernel_distance(weights, zero) == 1 and linnet.kernel_distance(zero, zero) == 0


def _jacobian_kernel(weights, f):
    """J J^T by central differences of f over all entries of all layers, exact for multilinear functions."""
    columns = []
    for l, w in enumerate(weights):
        for index in np.ndindex(w.shape):
            ends = []
            for step in (1e-4, -1e-4):
                moved = [v.copy() for v in weights]
                moved[l][index] += step
                ends.append(f(moved).ravel())
            columns.append((ends[0] - ends[1]) / 2e-4)
    return np.transpose(columns) @ np.array(columns)


def test_kernels_of_deep_networks_and_perceptrons(rng):
    layers = [rng.normal(size=(4, 3)), rng.normal(size=(5, 4)), rng.normal(size=(2, 5))]
    x = rng.normal(size=(6, 3))
    deep = linnet.DeepLinear(layers)
    right = _jacobian_kernel(layers, lambda w: x @ (w[2] @ w[1] @ w[0]).T)
    assert np.allclose(linnet.neural_tangent_kernel(deep, x), right, rtol=1e-7)
    assert np.allclose(linnet.neural_tangent_kernel(linnet.DeepLinearized(deep), x), right, rtol=1e-7)
    other = linnet.gaussian_deep((2, 3), widths=[4, 5], variance=1.0)
    k, l = (linnet.neural_tangent_kernel(n, np.eye(3)) for n in (deep, other))
    cosine = np.sum(k * l) / np.linalg.norm(k) / np.linalg.norm(l)
    assert linnet.kernel_distance(deep, other) == pytest.approx(1 - cosine, rel=1e-10)
    assert "depth 3" in repr(deep) and "3, 4, 5, 2" in repr(deep)
    with pytest.raises(linnet.Error, match="tangent kernel"):
        linnet.kernel_distance(linnet.DeepBalanced(np.eye(2), 3), deep)

    net = linnet.Perceptron(layers, activation="relu")
    right = _jacobian_kernel(layers, lambda w: np.maximum(np.maximum(x @ w[0].T, 0) @ w[1].T, 0) @ w[2].T)
    assert np.allclose(linnet.neural_tangent_kernel(net, x), right, rtol=1e-5, atol=1e-7)
    zero = linnet.Perceptron([np.zeros_like(w) for w in layers], activation="relu")
    assert linnet.kernel_distance(net, zero, x) == 1 and linnet.kernel_distance(zero, zero, x) == 0


def test_diagnosis(rng):
    x = rng.normal(size=(400, 8)) * np.linspace(1, 2, 8)
    t = x @ rng.normal(size=(8, 3)) + 0.1 * rng.normal(size=(400, 3))
    w1, w2 = (rng.uniform(-1, 1, size=(300, 8)) / np.sqrt(8), rng.uniform(-1, 1, size=(3, 300)) / np.sqrt(300))
    weights = linnet.Weights(w1, w2)
    alone = linnet.diagnose(weights)
    assert alone.verdict is None and alone.prediction is None
    assert alone.closure.scales == pytest.approx((300 / 24, 1 / 3), rel=0.15, abs=0.2)
    raw = linnet.diagnose(weights, linnet.tasks.regression(x, t))
    assert raw.verdict == "not applicable" and "not white" in raw.reason and raw.condition > 2
    with pytest.raises(linnet.Error, match="task: expected a task with a closed form"):
        raw.ends_active
    task = linnet.tasks.regression(x, t, whiten=True)
    d = linnet.diagnose(weights, task)
    assert d.verdict == "approximate" and 0 < d.error < 0.2
    assert d.ends_active.tolist() == (d.prediction.target > d.threshold).tolist()
    # Against training the weights themselves.
    times = np.array([0.02, 0.1, 0.3])
    run = linnet.train(weights, task, linnet.GradientFlow(t_end=0.3, rtol=1e-9), schedule=linnet.at(times))
    start = run["train_error"][0]
    assert np.abs(run["train_error"][1:] - d.prediction.train_error(times)).max() < d.error * start
    balanced = linnet.balanced(0.1 * linnet.semi_orthogonal((3, 8), rank=3), balance=0.5, width=3)
    assert linnet.diagnose(balanced, task).verdict == "exact"
    with pytest.raises(linnet.Error, match="weights: expected Weights"):
        linnet.diagnose(3)
    with pytest.raises(linnet.Error, match="task: expected a task"):
        linnet.diagnose(weights, 3)


def test_deep_mode():
    two = linnet.DeepMode(2, start=0.01, target=1.5)
    t = np.array([[0.0, 1.0], [2.0, np.inf]])
    np.testing.assert_allclose(two.at(t), linnet.Mode(target=1.5, start=0.01).at(t), rtol=1e-13)
    deep = linnet.DeepMode(4, start=1e-8, target=1.5, rate=0.5)
    s = np.array([1e-7, 0.1, 1.4, 1.5])
    np.testing.assert_allclose(deep.at(deep.time(s)), s, rtol=1e-6)
    assert deep.time(1.5) == np.inf and np.isnan(deep.time(2.0)) and deep.at(0.0) == 1e-8
    with pytest.raises(linnet.Error, match="mode.depth"):
        linnet.DeepMode(0, start=0.1, target=1.0)
