"""Values of other libraries. PyTorch's are stand-ins that refuse what PyTorch's refuse."""

import sys
import types

import numpy as np
import pytest

import linnet

RNG = np.random.default_rng(5)
W1, W2, W3 = (RNG.normal(size=s) for s in ((4, 5), (6, 4), (3, 6)))
Y = RNG.normal(size=(3, 5))


class Tensor:
    """As torch.Tensor: no NumPy array while it has a gradient, lies on another device or is of a type NumPy lacks."""

    def __init__(self, values, requires_grad=False, device="cpu", dtype="torch.float32"):
        self.values, self.requires_grad, self.device, self.dtype = np.asarray(values), requires_grad, device, dtype

    shape = property(lambda self: self.values.shape)
    ndim = property(lambda self: self.values.ndim)

    def detach(self):
        return Tensor(self.values, False, self.device, self.dtype)

    def cpu(self):
        return Tensor(self.values, self.requires_grad, "cpu", self.dtype)

    def float(self):
        return Tensor(self.values.astype(np.float32), self.requires_grad, self.device)

    def numpy(self):
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.device != "cpu":
            raise TypeError(f"can't convert {self.device} device type tensor to numpy.")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.values

    def __array__(self, dtype=None, copy=None):
        return self.numpy()


class Module:
    def __init__(self, *leaves):
        self.leaves = leaves

    def children(self):
        return iter(self.leaves)

    def named_modules(self):
        yield "", self
        for i, leaf in enumerate(self.leaves):
            yield str(i), leaf

    def state_dict(self):
        named = {}
        for name, leaf in self.named_modules():
            for part in ("weight", "bias"):
                if getattr(leaf, part, None) is not None:
                    named[f"{name}.{part}"] = getattr(leaf, part).detach()
        return named


class Linear(Module):
    def __init__(self, weight, bias=None, **options):
        super().__init__()
        self.weight = Tensor(weight, requires_grad=True, **options)
        self.bias = None if bias is None else Tensor(bias, requires_grad=True)


class ReLU(Module):
    pass


class LeakyReLU(Module):
    negative_slope = 0.01


class Tanh(Module):
    pass


class Sequential(Module):
    def __getitem__(self, i):
        return self.leaves[i]

    def __len__(self):
        return len(self.leaves)


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor(W1, requires_grad=True),
        Tensor(W1, device="cuda:0"),
        Tensor(W1, requires_grad=True, device="cuda:0"),
        Tensor(W1, requires_grad=True, dtype="torch.float64"),
    ],
)
def test_tensors(tensor):
    assert np.array_equal(linnet.DeepLinear([tensor]).weights[0], W1)


def test_half_precision():
    short = Tensor(W1.astype(np.float16), requires_grad=True, dtype="torch.bfloat16")
    assert np.array_equal(linnet.DeepLinear([short]).weights[0], W1.astype(np.float16))
    assert np.array_equal(linnet.tasks.target(W1.astype(np.float16)).target, W1.astype(np.float16))


def test_sequential_and_state_dict():
    net = Sequential(Linear(W1), Linear(W2, device="cuda:0"), Linear(W3))
    for made in (linnet.DeepLinear(net), linnet.DeepLinear(net.state_dict()), linnet.DeepLinear(list(net.state_dict().values()))):
        assert made.sizes == (5, 4, 6, 3)
        assert all(np.array_equal(a, b) for a, b in zip(made.weights, (W1, W2, W3)))
    assert linnet.Weights(Sequential(Linear(W1), Linear(W2))).width == 4
    nested = Sequential(Sequential(Linear(W1)), Linear(W2))
    nested.named_modules = lambda: iter([("", nested), ("0", nested[0]), ("0.0", nested[0][0]), ("1", nested[1])])
    assert linnet.DeepLinear(nested).sizes == (5, 4, 6)


def test_perceptrons_take_over_the_activation():
    relu = linnet.Perceptron(Sequential(Linear(W1), ReLU(), Linear(W2), ReLU(), Linear(W3)))
    assert (relu.activation, relu.slope, relu.sizes) == ("relu", 0.0, (5, 4, 6, 3))
    leaky = linnet.Perceptron(Sequential(Linear(W1), LeakyReLU(), Linear(W2)))
    assert leaky.slope == 0.01
    x = RNG.normal(size=(7, 5))
    h = x @ W1.T
    assert np.allclose(leaky(x), np.where(h > 0, h, 0.01 * h) @ W2.T, rtol=1e-14)
    linear = linnet.Perceptron(Sequential(Linear(W1), Linear(W2)))
    assert np.allclose(linear(x), x @ W1.T @ W2.T, rtol=1e-13)
    assert linnet.Perceptron(Sequential(Linear(W1), ReLU(), Linear(W2)), slope=0.3).slope == 0.3
    assert linnet.Perceptron([W1, W2]).activation == "relu" and linnet.Perceptron([W1, W2]).slope == 0


@pytest.mark.parametrize(
    "make, told",
    [
        (lambda: linnet.DeepLinear(Sequential(Linear(W1, bias=np.zeros(4)), Linear(W2))), "0.bias"),
        (lambda: linnet.DeepLinear({"0.weight": Tensor(W1), "0.bias": Tensor(np.zeros(4))}), "0.bias"),
        (lambda: linnet.DeepLinear(Sequential(Linear(W1), ReLU(), Linear(W2))), "ReLU"),
        (lambda: linnet.Perceptron(Sequential(Linear(W1), Tanh(), Linear(W2))), "1: Tanh"),
        (lambda: linnet.Perceptron(Sequential(Linear(W1), ReLU(), Linear(W2), LeakyReLU(), Linear(W3))), "0.0 and 0.01"),
        (lambda: linnet.Perceptron(Sequential(Linear(W1), ReLU(), Linear(W2), ReLU())), "an activation after it"),
        (lambda: linnet.Perceptron(Sequential(ReLU(), Linear(W2))), "0: ReLU"),
        (lambda: linnet.DeepLinear(Sequential()), "Linear layers"),
        (lambda: linnet.DeepLinear(3.0), "a sequence of matrices"),
        (lambda: linnet.DeepLinear("weights"), "a sequence of matrices"),
    ],
)
def test_what_a_network_does_not_have_is_refused_by_name(make, told):
    with pytest.raises(linnet.Error, match="network.weights") as caught:
        make()
    assert told in str(caught.value)


def test_back_to_a_state_dict(monkeypatch):
    deep = linnet.DeepLinear([W1, W2, W3])
    named = deep.to_state_dict()
    assert list(named) == ["0.weight", "1.weight", "2.weight"]
    assert np.array_equal(named["1.weight"], W2) and named["1.weight"].flags.writeable
    assert list(linnet.Perceptron([W1, W2, W3]).to_state_dict()) == ["0.weight", "2.weight", "4.weight"]
    assert list(linnet.Perceptron([W1, W2], slope=1).to_state_dict()) == ["0.weight", "1.weight"]
    assert np.array_equal(linnet.DeepLinear(named).end_to_end, deep.end_to_end)
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(from_numpy=Tensor))
    assert isinstance(deep.to_state_dict()["0.weight"], Tensor)


class OnlyDlpack:
    """An array of a library that offers nothing but DLPack."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__()

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


class Broken:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("the device is gone\nand more")


def test_dlpack_and_array():
    assert np.array_equal(linnet.tasks.target(OnlyDlpack(Y)).target, Y)
    with pytest.raises(linnet.Error) as caught:
        linnet.tasks.target(Broken())
    assert caught.value.field == "task.target"
    assert "RuntimeError" in caught.value.hint and "the device is gone" in caught.value.hint


class Device:
    """As an array of CuPy: NumPy gets it by get() alone. An item is an array too, made when it is asked for and gone
    soon after, as with JAX."""

    __cuda_array_interface__ = {}

    def __init__(self, values):
        self.values = np.array(values)
        self.alive = True

    shape = property(lambda self: self.values.shape)
    ndim = property(lambda self: self.values.ndim)
    dtype = property(lambda self: self.values.dtype)

    def get(self):
        assert self.alive
        return self.values

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return Device(self.values[i])

    def __float__(self):
        return float(self.get())

    def __index__(self):
        return int(self.get())

    def __bool__(self):
        return bool(self.get())

    def __del__(self):
        self.alive, self.values = False, None


def test_arrays_of_a_device():
    task = linnet.tasks.target(Device(Y))
    assert np.array_equal(task.target, Y) and task.cost(Device(Y)) == 0
    for weights in (Device(W1), [Device(row) for row in W1], [[Device(x) for x in row] for row in W1], [Tensor(row, True) for row in W1]):
        assert np.array_equal(linnet.DeepLinear([weights]).weights[0], W1)
    assert np.array_equal(linnet.tasks.completion(Device(Y), mask=Device(Y > 0)).mask, Y > 0)
    assert np.array_equal(linnet.observables.singular_values(Device(Y)), linnet.observables.singular_values(Y))
    x = RNG.normal(size=(7, 5))
    relu = linnet.ReluNet(Device(W1), Device(W1[:, 0]))
    assert np.array_equal(relu(Device(x)), linnet.ReluNet(W1, W1[:, 0])(x))
    times = np.array([0.0, 0.5])
    for flow in (linnet.ModeFlow(task, scales=0.1), linnet.Mode(2.0, 0.1, 0.01)):
        at = flow.modes if hasattr(flow, "modes") else flow.at
        assert np.array_equal(at(Device(times)), at(times))
    modes = linnet.preconditioner_modes(Device(Y), depth=2)
    gradient = RNG.normal(size=(3, 5))
    assert np.array_equal(modes.apply(Device(gradient)), modes.apply(gradient))


def test_numbers_of_a_device():
    weights, task = linnet.DeepLinear([W1 / 9, W2[:3] / 9]), linnet.tasks.target(Y)

    def end(step, steps=3, **options):
        return linnet.train(weights, task, linnet.GradientDescent(step=step, max_steps=steps), **options)

    for step in ([0.01, 0.02], 0.01):
        assert np.array_equal(end(Device(step), Device(3)).final.end_to_end, end(step).final.end_to_end)
    assert linnet.gaussian_deep((3, 5), widths=Device([6, 7]), variance=0.1, seed=1).sizes == (5, 6, 7, 3)
    for pair in (np.array([3, 5]), Device([3, 5])):
        assert linnet.gaussian_weights(pair, width=4).end_to_end.shape == (3, 5)
    flow = linnet.GradientFlow(t_end=0.02)
    both = [linnet.compare(weights, weights, task, (linnet.GradientDescent(step=step, max_steps=2), flow))
            for step in ([0.01, 0.01], Device([0.01, 0.01]))]  # fmt: skip
    assert both[0].largest_distance == both[1].largest_distance
    run = end(0.5, 4, keep_networks=True)
    assert len(run.at(Device(run.time[:2]))) == 2
    flow = linnet.train(weights, task, linnet.GradientFlow(t_end=1, rates=Device([1.0, 2.0])), schedule=linnet.at(Device([0.5, 1.0])))
    assert np.array_equal(flow.time, [0.0, 0.5, 1.0])


@pytest.mark.parametrize("no", [False, np.False_, Device(False)], ids=["Python", "NumPy", "device"])
def test_an_observable_and_a_progress_of_another_library(no):
    weights, task = linnet.DeepLinear([W1 / 9, W2[:3] / 9]), linnet.tasks.target(Y)
    solver = linnet.GradientDescent(step=1e-3, max_steps=3)
    row = linnet.observable(lambda a: Device(a[0]), name="row", of="end_to_end")
    total = linnet.observable(lambda a: Tensor(a.sum(), True), name="sum", of="end_to_end")
    run = linnet.train(weights, task, solver, [row, total])
    assert run["row"].shape == (4, 5) and np.array_equal(run["row"][0], weights.end_to_end[0])
    assert run["sum"][0] == weights.end_to_end.sum()
    long = linnet.GradientDescent(step=1e-6, max_steps=10**7)
    assert linnet.train(weights, task, long, schedule=linnet.ends(), progress=lambda done, total: no).status == "interrupted"
    assert linnet.train(weights, task, solver, progress=lambda done, total: 0).status == "completed"


class Given:
    """As an array of JAX whose memory was given away."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Array has been deleted.")

    __repr__ = __array__


def test_an_array_without_values_is_refused_by_its_type():
    for make in (lambda: linnet.tasks.target(Given()), lambda: linnet.Mode(2.0, 0.1, 0.01).at(Given())):
        with pytest.raises(linnet.Error, match="got Given without a text") as caught:
            make()
        assert "Array has been deleted" in caught.value.hint


def test_a_type_of_its_own_is_taken_in_lists_too():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    short = W1.astype(ml_dtypes.bfloat16)
    for given in (short, list(short), [list(row) for row in short]):
        assert np.array_equal(linnet.tasks.target(given).target, short.astype(float))


def test_integers_booleans_and_files(tmp_path):
    whole = np.arange(6).reshape(2, 3)
    assert np.array_equal(linnet.tasks.target(whole).target, whole)
    assert np.array_equal(linnet.tasks.target(whole > 2).target, whole > 2)
    assert np.array_equal(linnet.tasks.target(whole.tolist()).target, whole)
    for name, a in (("int", whole), ("bool", whole > 2), ("small", whole.astype(np.uint8))):
        np.save(tmp_path / f"{name}.npy", a)
        assert np.array_equal(linnet.read_matrix(tmp_path / f"{name}.npy"), a)
    with pytest.raises(linnet.Error, match="complex"):
        linnet.tasks.target(whole * 1j)


def test_pandas():
    pandas = pytest.importorskip("pandas")
    x, t = RNG.normal(size=(8, 3)), RNG.normal(size=8)
    frame = pandas.DataFrame(x, columns=list("abc"))
    task = linnet.tasks.regression(frame, pandas.Series(t))
    assert np.array_equal(task.inputs, x) and np.array_equal(task.targets, t[:, None])
    assert linnet.tasks.regression(x, t).shape == (1, 3)
    y = pandas.DataFrame({"a": [1.0, 2.0, pandas.NA], "b": [pandas.NA, 3.0, 4.0]})
    seen = linnet.tasks.completion(y)
    assert np.array_equal(seen.mask, [[1, 0], [1, 1], [0, 1]])
    nullable = y.astype("Float64")
    assert np.array_equal(linnet.tasks.completion(nullable).mask, seen.mask)
    assert np.array_equal(linnet.tasks.completion(y.to_numpy()).mask, seen.mask)  # of objects
    with pytest.raises(linnet.Error, match="finite"):
        linnet.tasks.target(y)


@pytest.mark.parametrize("seed", range(5))
def test_nan_and_masks_are_what_is_not_seen(seed):
    y = np.where(RNG.random(Y.shape) < 0.4, np.nan, Y)
    y[0, 0] = np.nan
    hidden = np.isnan(y)
    for given in (y, np.ma.masked_invalid(y), np.ma.array(Y, mask=hidden), np.ma.array(Y.round(), mask=hidden, dtype=int)):
        assert np.array_equal(linnet.tasks.completion(given, seed=seed).mask, ~hidden)


@pytest.mark.parametrize("seed", [0, 2**63, 2**64 - 1, np.uint64(2**64 - 1), np.int32(7)])
def test_all_seeds_of_64_bits(seed):
    one, two = (linnet.gaussian_weights((2, 3), width=4, seed=s) for s in (seed, int(seed)))
    assert np.array_equal(one.w1, two.w1)


def test_seeds_that_are_no_seeds():
    for seed in (-1, 2**64, "seven", 0.5):
        with pytest.raises(linnet.Error, match="seed"):
            linnet.gaussian_weights((2, 3), width=4, seed=seed)


def test_generators_and_sequences():
    def made(seed):
        return linnet.tasks.low_rank_plus_noise(dim=5, rank=1, seed=seed)

    one, two = (made(np.random.default_rng(8)) for _ in range(2))
    assert one.seed == two.seed and np.array_equal(one.target, two.target)
    rng = np.random.default_rng(8)
    first, second = made(rng), made(rng)
    assert first.seed == one.seed != second.seed
    assert np.array_equal(made(first.seed).target, first.target)
    sequence = np.random.SeedSequence(5)
    assert made(sequence).seed == made(sequence).seed != made(sequence.spawn(1)[0]).seed


def test_a_seed_that_is_drawn_is_told():
    for make in (
        lambda seed: linnet.gaussian_weights((2, 3), width=4, seed=seed),
        lambda seed: linnet.gaussian_gram((2, 3), width=9, seed=seed),
        lambda seed: linnet.gaussian_perceptron([3, 4, 2], seed=seed),
        lambda seed: linnet.tasks.low_rank_plus_noise(dim=5, rank=1, seed=seed),
    ):
        drawn = make(None)
        assert f"seed {drawn.seed}" in repr(drawn) and drawn.seed != make(None).seed
        again = make(drawn.seed)
        assert not hasattr(again, "seed") and "seed" not in repr(again)
        same = (drawn.target, again.target) if hasattr(drawn, "target") else (drawn._parts()[0], again._parts()[0])
        assert all(np.array_equal(a, b) for a, b in zip(*same))
    solver = linnet.GradientDescent(seed=None, batch=3)
    assert isinstance(solver.seed, int) and f"seed={solver.seed}" in repr(solver)


def test_the_home_folder_is_meant_by_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    linnet.write_npy(Y, "~/y.npy")
    assert np.array_equal(linnet.read_matrix("~/y.npy"), Y) and (tmp_path / "y.npy").exists()
    run = linnet.train(linnet.DeepLinear([W1]), linnet.tasks.target(W1 + 1), linnet.GradientDescent(max_steps=3))
    linnet.save(run, "~/run.nc")
    assert linnet.open("~/run.nc").sizes["time"] == 4
    config = {"task": {"kind": "target", "file": "~/y.npy"}, "network": {"kind": "gaussian", "width": 5, "variance": 0.01},
              "solver": {"kind": "descent", "max_steps": 2}}
    linnet.run(config, out="~/out.nc")
    assert (tmp_path / "out.nc").exists()


def test_numbers_that_would_change_are_refused():
    for values in ([[2**53 + 1]], np.array([[2**64 - 1]], dtype=np.uint64), np.array([[-(2**63)]])):
        with pytest.raises(linnet.Error, match="task.target: expected whole numbers up to 2"):
            linnet.tasks.target(values)
    np.testing.assert_array_equal(linnet.tasks.target([[2**53]]).target, [[2.0**53]])
    with pytest.raises(linnet.Error, match="task.target: expected an array of real numbers"):
        linnet.tasks.target(np.array([["1_0", 2.0]], dtype=object))
