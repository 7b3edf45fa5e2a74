#!/usr/bin/python3
"""What is recorded of linear networks, at any depth, rates and inputs, against plain NumPy."""

import warnings

import numpy as np
from harness import Skip, close, main, problem
from scipy.optimize import minimize

import linnet

warnings.simplefilter("ignore", UserWarning)  # of layers too narrow to learn Y


def some_layers(rng, depth):
    sizes = [*rng.integers(1, 6, size=depth), rng.integers(1, 6)]
    scale = 10 ** rng.uniform(-1, 0.5)
    return [scale * rng.normal(size=(sizes[l + 1], sizes[l])) for l in range(depth)]


def some_task(rng, outputs, inputs):
    """A task, and the covariance of its inputs, or I."""
    kind = rng.integers(4)
    samples = int(rng.integers(1, 4 * inputs + 4))
    x = rng.normal(size=(samples, inputs)) @ rng.normal(size=(inputs, inputs))
    y = rng.normal(size=(outputs, inputs))
    if kind == 0:
        return linnet.tasks.target(y), np.eye(inputs)
    if kind == 1 and samples > inputs:
        return linnet.tasks.regression(x, rng.normal(size=(samples, outputs)), whiten=True), np.eye(inputs)
    if kind == 2:
        return linnet.tasks.completion(y, fraction=0.7, seed=int(rng.integers(99))), np.eye(inputs)
    return linnet.tasks.regression(x, rng.normal(size=(samples, outputs))), x.T @ x / samples


def root_of(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.where(values > 1e-14 * values[-1], values, 0)) @ vectors.T


def chain(layers, size):
    a = np.eye(size)
    for w in layers:
        a = w @ a
    return a


def kernel(layers, rates, covariance):
    """K on inputs of this covariance from the Jacobian of vec(A S), S Sᵀ = Σ, column by column of every weight."""
    root = root_of(covariance)
    columns = []
    for l, w in enumerate(layers):
        before = chain(layers[:l], layers[0].shape[1])
        after = chain(layers[l + 1 :], w.shape[0])
        for i in range(w.shape[0]):
            for j in range(w.shape[1]):
                columns.append(np.sqrt(rates[l]) * np.outer(after[:, i], before[j] @ root).ravel())
    jacobian = np.stack(columns, axis=1)
    return jacobian @ jacobian.T


def distance(k, other):
    if not k.any() or not other.any():
        return float(k.any() != other.any())
    return 1 - (k * other).sum() / np.linalg.norm(k) / np.linalg.norm(other)


def record(layers, task, rates, names, descent, rng):
    """The run's records at its start and end, its layers at the end, and its rates in the time of the records."""
    two = len(layers) == 2 and rng.integers(2)
    net = linnet.Weights(*layers) if two else linnet.DeepLinear(layers)
    size = 1 + sum((w**2).sum() for w in layers) ** len(layers)
    ends = linnet.ends()
    if descent:
        step = np.asarray(rates) * 1e-2 / max(rates) / size
        run = linnet.train(net, task, linnet.GradientDescent(step=list(step), max_steps=3), record=names, schedule=ends)
        rates = step / np.exp(np.mean(np.log(step)))
    else:
        flow = linnet.GradientFlow(t_end=0.1 / size / max(rates), rates=list(rates), rtol=1e-8)
        run = linnet.train(net, task, flow, record=names, schedule=ends)
    final = run.final
    return run, ([final.w1, final.w2] if two else [np.array(w) for w in final.weights]), rates


@problem
def kernels(rng):
    layers = some_layers(rng, int(rng.integers(1, 5)))
    outputs, inputs = layers[-1].shape[0], layers[0].shape[1]
    task, covariance = some_task(rng, outputs, inputs)
    rates = np.exp(rng.uniform(-2, 2, size=len(layers)))
    names = ["kernel_distance", "preconditioner_largest", "preconditioner_smallest", "preconditioner_spectrum"]
    run, now, rates = record(layers, task, rates, names, bool(rng.integers(2)), rng)
    close(run["kernel_distance"][-1], distance(kernel(layers, rates, covariance), kernel(now, rates, covariance)), 1e-9)
    for k, at in ((0, layers), (-1, now)):
        m = np.linalg.eigvalsh(kernel(at, rates, np.eye(inputs)))[::-1]
        close(run["preconditioner_spectrum"][k] / m[0], m / m[0], 1e-10, "spectrum of M")
        close(run["preconditioner_largest"][k], m[0], 1e-10 * m[0], "largest of M")
        close(run["preconditioner_smallest"][k] / m[0], max(m[-1], 0) / m[0], 1e-10, "smallest of M")


@problem
def kernels_of_two_networks(rng):
    depth = int(rng.integers(1, 5))
    layers = some_layers(rng, depth)
    other = [w + 0.3 * rng.normal(size=w.shape) for w in layers]
    x = rng.normal(size=(int(rng.integers(1, 12)), layers[0].shape[1])) * np.exp(rng.normal(size=layers[0].shape[1]))
    rates = np.exp(rng.uniform(-2, 2, size=depth))
    a, b = linnet.DeepLinear(layers), linnet.DeepLinear(other)
    expected = distance(kernel(layers, rates, x.T @ x), kernel(other, rates, x.T @ x))
    close(linnet.kernel_distance(a, b, x, rates=list(rates)), expected, 1e-9)
    white = distance(kernel(layers, rates, np.eye(x.shape[1])), kernel(other, rates, np.eye(x.shape[1])))
    close(linnet.kernel_distance(a, b, rates=list(rates)), white, 1e-9)
    if depth == 2:
        q, r = (np.vstack([w1.T, w2]) for w1, w2 in (layers, other))
        shape = (layers[1].shape[0], x.shape[1])
        close(linnet.kernel_distance(linnet.GramState.from_weights(*layers), linnet.Weights(*other), x, rates=list(rates)), expected, 1e-9)
        assert q.shape[0] == r.shape[0] == sum(shape)


@problem
def two_layers(rng):
    inputs, width, outputs = (int(n) for n in rng.integers(1, 7, size=3))
    scale = np.exp(rng.uniform(-2, 1, size=2))
    w1, w2 = scale[0] * rng.normal(size=(width, inputs)), scale[1] * rng.normal(size=(outputs, width))
    task, covariance = some_task(rng, outputs, inputs)
    names = ["hidden_similarity", "output_similarity", "balance", "balance_spread", "imbalance_drift", "parameter_distance",
             "parameter_norm", "closure_residual", "active", "singular_values"]
    run, (v1, v2), rates = record([w1, w2], task, np.exp(rng.uniform(-1, 1, size=2)), names, bool(rng.integers(2)), rng)
    white = np.allclose(covariance, np.eye(inputs) * covariance[0, 0], rtol=1e-13, atol=0)
    root = np.eye(inputs) if white else root_of(covariance)
    close(run["hidden_similarity"][-1], root @ v1.T @ v1 @ root, 1e-7, "hidden similarity")  # √ of rounding, of a nearly singular Σ
    s = np.linalg.svd(v2, compute_uv=False)
    if s[-1] > 1e-2 * s[0]:
        needed = np.linalg.pinv(v2) @ task.target @ root
        close(run["output_similarity"][-1], needed.T @ needed, 1e-7 * max(1, 1 / s[-1] ** 2), "output similarity")
    delta = v2.T @ v2 / rates[1] - v1 @ v1.T / rates[0]
    start = w2.T @ w2 / rates[1] - w1 @ w1.T / rates[0]
    balance = np.trace(delta) / width
    close(run["balance"][-1], balance, 1e-12 * (1 + np.linalg.norm(delta)))
    close(run["balance_spread"][-1], np.linalg.norm(delta - balance * np.eye(width)) / np.sqrt(width), 1e-12 * (1 + np.linalg.norm(delta)))
    size = (w1**2).sum() / rates[0] + (w2**2).sum() / rates[1]
    close(run["imbalance_drift"][-1], np.linalg.norm(delta - start) / size, 1e-12)
    close(run["parameter_norm"][-1], np.sqrt((v1**2).sum() + (v2**2).sum()), 1e-13)
    close(run["parameter_distance"][-1], np.sqrt(((v1 - w1) ** 2).sum() + ((v2 - w2) ** 2).sum()), 1e-12)

    # The closure of the layers W_l/√η_l at rates of product 1, in the units of A.
    mean = np.sqrt(rates[0] * rates[1])
    (balance, scale2), residual = closest(w1 / np.sqrt(rates[0] / mean), w2 / np.sqrt(rates[1] / mean))
    kappa = np.sqrt(max(0, balance**2 / 4 + scale2))
    unit = (w1**2).sum() + (w2**2).sum()
    close(run.threshold / unit, kappa / unit, 1e-6, "threshold")
    close(run["closure_residual"][0], residual, 1e-7, "closure residual")
    s = run["singular_values"][-1]
    sure = np.abs(s - kappa) > 1e-5 * unit
    assert np.array_equal(run["active"][-1][sure], (s > kappa)[sure])


def closest(w1, w2):
    """The λ and c² of the least residual of the closure, by least squares over all entries, and that residual."""
    q = np.vstack([w1.T, w2])
    n0, n2 = w1.shape[1], w2.shape[0]
    g, j = q @ q.T, np.diag([1.0] * n0 + [-1.0] * n2)
    d = np.diag([np.sqrt(n0 / (w1**2).sum())] * n0 + [np.sqrt(n2 / (w2**2).sum())] * n2)
    basis = np.stack([(d @ g @ d).ravel(), -(d @ j @ d).ravel()], axis=1)
    whole = (d @ g @ j @ g @ d).ravel()
    size = np.abs(basis).max(axis=0)
    found, *_ = np.linalg.lstsq(basis / size, -whole, rcond=None)
    left = np.linalg.norm(whole + basis / size @ found)
    return found / size, left / np.linalg.norm(d @ g @ g @ d)


@problem
def closures(rng):
    inputs, outputs = (int(n) for n in rng.integers(1, 8, size=2))
    width = int(rng.integers(1, 20))
    w1, w2 = np.exp(rng.normal()) * rng.normal(size=(width, inputs)), np.exp(rng.normal()) * rng.normal(size=(outputs, width))
    weights = linnet.Weights(w1, w2)
    (balance, scale2), residual = closest(w1, w2)
    fit, diagnosis = linnet.fit_closure(weights), linnet.diagnose(weights)
    close([fit.residual, diagnosis.closure.residual], [residual] * 2, 1e-9, "least residual")
    if inputs == outputs == width == 1 or residual < 1e-6:
        raise Skip  # one neuron satisfies the closure with many pairs of λ and c²
    unit = (w1**2).sum() + (w2**2).sum()
    close([fit.balance / unit, diagnosis.closure.balance / unit], [balance / unit] * 2, 1e-7, "λ")
    close(np.array([fit.scale2, diagnosis.closure.scale2]) / unit**2, [scale2 / unit**2] * 2, 1e-7, "c²")

    def at(p):
        q = np.vstack([w1.T, w2])
        j = np.diag([1.0] * inputs + [-1.0] * outputs)
        d = np.diag([np.sqrt(inputs / (w1**2).sum())] * inputs + [np.sqrt(outputs / (w2**2).sum())] * outputs)
        g = q @ q.T
        return np.linalg.norm(d @ (g @ j @ g + p[0] * unit * g - p[1] * unit**2 * j) @ d) / np.linalg.norm(d @ g @ g @ d)

    search = minimize(at, [0, 0.01], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000})
    assert diagnosis.closure.residual <= search.fun + 1e-9, (diagnosis.closure, search)


@problem
def expected_balance(rng):
    inputs, outputs, width = (int(n) for n in rng.integers(1, 7, size=3))
    variance = np.exp(rng.uniform(-2, 2, size=2))
    draws = 4000
    w1 = np.sqrt(variance[0]) * rng.normal(size=(draws, width, inputs))
    w2 = np.sqrt(variance[1]) * rng.normal(size=(draws, outputs, width))
    delta = np.einsum("kij,kil->kjl", w2, w2) - np.einsum("kij,klj->kil", w1, w1)
    balance = np.einsum("kii->k", delta) / width
    square = ((delta - balance[:, None, None] * np.eye(width)) ** 2).sum(axis=(1, 2)) / width
    found = linnet.expected_balance((outputs, inputs), width=width, variance=tuple(variance))
    one = linnet.effective_balance(linnet.Weights(w1[0], w2[0]))
    close([one.balance, one.distance**2], [balance[0], square[0]], 1e-10 * (1 + np.abs(delta[0]).max() ** 2))
    for got, sample in ((found.balance, balance), (found.distance**2, square)):
        error = 6 * sample.std() / np.sqrt(draws) + 1e-12
        assert abs(sample.mean() - got) <= error, (got, sample.mean(), error)


@problem
def regimes(rng):
    """The kernel of a lazy start is constant; it moves if modes end above κ or the larger layer has to turn."""
    inputs, outputs = (int(n) for n in rng.integers(2, 8, size=2))
    if inputs == outputs:
        raise Skip
    turning = bool(rng.integers(2))
    larger = max(inputs, outputs)
    modes = min(inputs, outputs)
    # If the larger layer faces more inputs or outputs than it has neurons, it has to turn; if it
    # faces fewer, it reaches all of them.
    balance = 10 ** rng.uniform(2, 4) * (1 if (outputs > inputs) == turning else -1)
    y = rng.normal(size=(outputs, inputs))
    start = linnet.balanced(1e-3 * rng.normal(size=y.shape), balance=balance, width=modes, seed=int(rng.integers(99)))
    d = linnet.diagnose(start, linnet.tasks.target(y))
    moved = d.prediction.kernel_distance(np.inf)
    assert d.verdict == "exact" and d.error < 1e-11 and len(d.regimes) == modes
    if not turning:
        assert moved < 1e-2 and d.regimes == ["lazy"] * modes and not d.ends_active.any(), (moved, d.regimes)
        return
    # The part of each singular vector of Y outside the span of the larger layer at the start.
    u, _, vt = np.linalg.svd(y, full_matrices=False)
    basis = np.linalg.svd(start.w2 if balance > 0 else start.w1.T, full_matrices=False)[0]
    outside = 1 - ((basis.T @ (u if balance > 0 else vt.T)) ** 2).sum(axis=0)
    close(moved, outside.mean(), 2e-2, "kernel distance")
    most = (1 - np.sqrt(0.5)) ** 2  # of the kernel of a lazy mode that may be missing
    sure = np.abs(outside - most) > 1e-2
    assert np.array_equal((np.array(d.regimes) == "delayed-rich")[sure], (outside > most)[sure]), (d.regimes, outside)
    assert d.ends_active.any() or moved < 0.13, (moved, larger)


def backward(layers, x, activation, slope):
    """The inputs of every layer and, for each output, the Jacobians of all layers: samples x weights."""
    square = activation == "quadratic"
    inner, seen = [], [x.T]
    for l, w in enumerate(layers):
        inner.append(w @ seen[-1])
        if l + 1 < len(layers):
            seen.append(inner[-1] ** 2 if square else np.where(inner[-1] > 0, inner[-1], slope * inner[-1]))
    slopes = [2 * h if square else np.where(h > 0, 1.0, slope) for h in inner]
    jacobians = []
    for o in range(len(layers[-1])):
        b = np.zeros_like(inner[-1])
        b[o] = 1
        own = []
        for l in range(len(layers) - 1, -1, -1):
            own.insert(0, np.einsum("kp,jp->pkj", b, seen[l]).reshape(len(x), -1))
            if l > 0:
                b = (layers[l].T @ b) * slopes[l - 1]
        jacobians.append(own)
    return inner, slopes, jacobians


@problem
def perceptrons(rng):
    depth = int(rng.integers(1, 5))
    activation = "quadratic" if rng.random() < 0.3 else "relu"
    slope = 0.0 if activation == "quadratic" else float(rng.choice([0, 0.3, -0.5]))
    sizes = [int(n) for n in rng.integers(1, 6, size=depth + 1)]
    sizes[-1] = 1 if rng.random() < 0.5 else sizes[-1]
    layers = [0.8 * rng.normal(size=(m, n)) for n, m in zip(sizes, sizes[1:])]
    samples = int(rng.integers(2, 9))
    x, y, half = rng.normal(size=(samples, sizes[0])), rng.normal(size=(samples, sizes[-1])), bool(rng.integers(2))
    net, task = linnet.Perceptron(layers, activation=activation, slope=slope), linnet.tasks.regression(x, y, half=half)
    step = 1e-3 * np.exp(rng.uniform(-2, 2, size=depth))
    rates = step / np.exp(np.mean(np.log(step)))
    of_neurons = ["neuron_balance", "neuron_drive", "neuron_growth", "neuron_turning"] if depth == 2 and sizes[-1] == 1 else []
    names = ["kernel_distance", "parameter_gradient_norm"] + (["imbalance_drift"] if depth > 1 else []) + of_neurons
    try:
        run = linnet.train(net, task, linnet.GradientDescent(step=list(step), max_steps=4), record=names, schedule=linnet.ends())
    except linnet.Error as error:
        assert "critical point" in str(error)
        raise Skip from None
    if run.status != "completed":
        raise Skip
    now = [np.array(w) for w in run.final.weights]

    def traced(weights):
        return sum(r * j[l] @ j[l].T for j in backward(weights, x, activation, slope)[2] for l, r in enumerate(rates))

    expected = distance(traced(layers), traced(now))
    close(run["kernel_distance"][-1], expected, 1e-10, "kernel distance")
    close(linnet.kernel_distance(net, run.final, x, rates=list(rates)), expected, 1e-10, "kernel distance of two")
    inner, slopes, jacobians = backward(now, x, activation, slope)
    rest = (inner[-1] - y.T) * (1 if half else 2) / samples
    gradients = [sum(rest[o] @ j[l] for o, j in enumerate(jacobians)) for l in range(depth)]
    close(run["parameter_gradient_norm"][-1], np.sqrt(sum((g**2).sum() for g in gradients)), 1e-10, "gradient")
    degree = 2 if activation == "quadratic" else 1

    def balances(weights, sign):
        return np.concatenate([degree * rates[l] * (weights[l + 1] ** 2).sum(0) + sign * rates[l + 1] * (weights[l] ** 2).sum(1) for l in range(depth - 1)])

    if depth > 1:
        moved = np.abs(balances(now, -1) - balances(layers, -1)).max() / balances(layers, 1).max()
        close(run["imbalance_drift"][-1], moved, 1e-11, "drift")
    if of_neurons:
        w, a = now[0], now[1][0]
        drive = -(rest[0] * slopes[0]) @ x
        size = np.linalg.norm(w, axis=1)
        towards = w / size[:, None]
        dw, da = rates[0] * a[:, None] * drive, rates[1] * (w * drive).sum(1) / degree
        along = (towards * dw).sum(1)
        close(run["neuron_balance"][-1], balances(now, -1), 1e-11, "balance")
        close(run["neuron_drive"][-1], drive, 1e-10, "drive")
        close(run["neuron_growth"][-1], np.sign(a) * da * size + np.abs(a) * along, 1e-10, "growth")
        close(run["neuron_turning"][-1], np.linalg.norm(dw - along[:, None] * towards, axis=1) / size, 1e-10, "turning")


@problem
def noise_and_kernels_of_any_depth(rng):
    layers = some_layers(rng, int(rng.integers(1, 5)))
    outputs, inputs = layers[-1].shape[0], layers[0].shape[1]
    task, covariance = some_task(rng, outputs, inputs)
    masked = "M *" in task.cost_normalisation
    rates, sigma = np.exp(rng.uniform(-2, 2, size=len(layers))), 0.3
    names = ["tangent_kernel"] + ([] if masked else [("parameter_noise_error", sigma), ("input_noise_error", sigma)])
    run, now, rates = record(layers, task, rates, names, bool(rng.integers(2)), rng)
    white = np.allclose(covariance, np.eye(inputs) * covariance[0, 0], rtol=1e-13, atol=0)  # of any variance: as one-hot
    k = kernel(now, rates, np.eye(inputs) if white else covariance)
    close(run["tangent_kernel"][-1].reshape(k.shape) / np.abs(k).max(), k / np.abs(k).max(), 1e-7, "tangent kernel")  # √ of rounding, as above
    if masked:
        return
    a, moments = chain(now, inputs), covariance
    for w in now:
        moments = w @ moments @ w.T + sigma**2 * np.trace(moments) * np.eye(len(w))
    power = np.trace(moments) - np.trace(a @ covariance @ a.T)
    each = task.train_error(a) / task.cost(a)
    close(run["parameter_noise_error"][-1], each * (task.cost(a) + power / 2), 1e-9, "noise of the weights")
    close(run["input_noise_error"][-1], each * (task.cost(a) + sigma**2 * (a**2).sum() / 2), 1e-9, "noise of the inputs")


@problem
def self_consistent_at_rates(rng):
    """Layers W_l/√η_l that are balanced: weights, and A with the representations of the closure, at any rates and cost."""
    n = int(rng.integers(1, 5))
    rates, balance = np.exp(rng.uniform(-1, 1, size=2)), float(rng.normal())
    root = np.sqrt(np.prod(rates))
    a = 0.3 * rng.normal(size=(n, n))
    balanced = linnet.balanced(a / root, balance=balance, width=n, seed=1)
    weights = linnet.Weights(balanced.w1 * np.sqrt(rates[0]), balanced.w2 * np.sqrt(rates[1]))
    closed = linnet.SelfConsistent(a, (max(-balance, 0) * rates[0], max(balance, 0) * rates[1]))
    task, _ = some_task(rng, n, n)
    names = ["end_to_end", "kernel_distance", "input_representation", "output_representation", "tangent_kernel", "hidden_similarity", "new_property_all_layers"]
    flow = linnet.GradientFlow(t_end=0.3, rates=tuple(rates), rtol=1e-10, atol=1e-13)
    run, other = (linnet.train(net, task, flow, record=names, schedule=linnet.ends()) for net in (weights, closed))
    for name in names:
        close(other[name], run[name], 1e-6, name)
    close(other.final.gram, linnet.GramState.from_weights(run.final.w1, run.final.w2).gram, 1e-6, "G")


@problem
def closed_forms_on_aligned_inputs(rng):
    outputs, inputs = (int(n) for n in rng.integers(1, 5, size=2))
    samples, modes = int(rng.integers(inputs, 2 * inputs + 3)), min(outputs, inputs)
    axes = np.linalg.qr(rng.normal(size=(inputs, inputs)))[0]
    deviations = np.exp(rng.uniform(-0.8, 0.8, size=inputs))
    x = np.sqrt(samples) * np.linalg.qr(rng.normal(size=(samples, inputs)))[0] * deviations @ axes.T
    y = np.linalg.qr(rng.normal(size=(outputs, outputs)))[0][:, :modes] @ np.diag(1.3 ** -np.arange(modes)) @ axes[:, rng.permutation(inputs)[:modes]].T
    task = linnet.tasks.regression(x, x @ y.T)
    scales, t = tuple(np.exp(rng.uniform(-2, 1, size=2))), float(np.exp(rng.uniform(-2, 1)))
    rates = tuple(np.exp(rng.uniform(-1, 1, size=2))) if rng.integers(2) else (1.0, 1.0)
    start = linnet.infinite_width_weights(task, scale=scales)
    names = ["kernel_distance", "hidden_similarity", "train_error"]
    run = linnet.train(start, task, linnet.GradientFlow(t_end=t, rates=rates, rtol=1e-11, atol=1e-13), record=names, schedule=linnet.ends())
    moved = distance(kernel([start.w1, start.w2], rates, x.T @ x), kernel([run.final.w1, run.final.w2], rates, x.T @ x))
    close(run["kernel_distance"][-1], moved, 1e-9)
    try:
        flow = linnet.ModeFlow(task, scales=scales, rates=rates)
    except linnet.Error:
        raise Skip from None  # aligned to no more than rounding
    wide = linnet.infinite_width(task, scale=scales)
    trace = flow.trace(t, schedule=linnet.ends(), record=names)
    for name in names:
        close(trace[name][-1], run[name][-1], 1e-6, name)
    close(linnet.predict(wide, task, rates=rates).kernel_distance(t), moved, 1e-6)
    for ask in (lambda: flow.kernel_distance(t), lambda: linnet.ExactFlow(wide, task, rates=rates).kernel_distance(t)):
        try:
            close(ask(), moved, 1e-6)
        except linnet.Error as error:
            assert "white" in str(error)


if __name__ == "__main__":
    main()
