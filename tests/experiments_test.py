"""Runs the experiments of `linnet reproduce lazy-to-rich unified saddle rich` and checks what docs/reproductions.md says of them."""

import os
import pathlib
import subprocess

import numpy as np
import pytest
import xarray

LINNET = os.environ["LINNET_COMMAND"]
EXPERIMENTS = pathlib.Path(__file__).parent.parent / "experiments"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reproductions")
    done = subprocess.run([LINNET, "reproduce", "lazy-to-rich", "unified", "--quiet", "--out", folder],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    def open_data(name):
        assert (folder / name / "figure.png").stat().st_size > 10_000
        result = xarray.open_dataset(folder / name / "data.nc")
        assert int(result.status.max()) == 0, "all completed"
        return result

    return open_data


@pytest.fixture(scope="module")
def saddle(tmp_path_factory):
    """The names below `saddle/` of experiments, each run when it is first asked for."""
    folder = tmp_path_factory.mktemp("saddle")

    def open_data(name, *options):
        done = subprocess.run([LINNET, "reproduce", f"saddle/{name}", "--quiet", "--force", "--out", folder, *options],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        result = xarray.open_dataset(folder / "saddle" / name / "data.nc")
        ended = result.attrs["status"] in ("completed", "stopped") if "status" in result.attrs else result.status.max() <= 1
        assert ended, "completed, or stopped by the event"
        return result

    return open_data


def test_every_experiment_is_documented():
    page = (EXPERIMENTS.parent / "docs" / "reproductions.md").read_text()
    readme = (EXPERIMENTS.parent / "README.md").read_text()
    for file in EXPERIMENTS.rglob("*.toml"):
        name = str(file.relative_to(EXPERIMENTS).with_suffix(""))
        section = "/".join(name.split("/")[:2])
        assert section in page and f"`{section}`" in readme, name
        assert f'name = "{name}"' in file.read_text()


@pytest.mark.parametrize("options", [(), ("--quick",)])
def test_every_key_of_every_sweep_has_an_effect(tmp_path, options):
    """Keys without one are refused before the journal is looked at, which stops the sweeps here."""
    for file in EXPERIMENTS.rglob("*.toml"):
        if "axes = [" not in file.read_text():
            continue
        name = str(file.relative_to(EXPERIMENTS).with_suffix(""))
        journal = tmp_path / name / "data.nc.journal"
        journal.parent.mkdir(parents=True)
        journal.write_text("of another sweep")
        done = subprocess.run([LINNET, "reproduce", name, "--quiet", "--out", tmp_path, *options], capture_output=True, text=True)
        assert "data.nc.journal: expected no journal of an earlier sweep" in done.stderr, (name, done.stderr)


def test_dynamics(data):
    d = data("lazy-to-rich/dynamics")
    assert float(d.gram_distance.max()) < 1e-9 and float(d.largest_distance.max()) < 1e-9
    np.testing.assert_allclose(d.train_error.isel(dynamics=0), d.train_error.isel(dynamics=1), rtol=1e-5, atol=1e-18)


def test_semantic(data):
    d = data("lazy-to-rich/semantic/learning").singular_values
    # Square and no bottleneck: λ and −λ are the same but for exchanging input and output.
    np.testing.assert_allclose(d.sel(balance=10), d.sel(balance=-10), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(d.sel(balance=0).isel(time=-1) ** 2, [8, 8, 4, 4, 2, 2, 2, 2], rtol=1e-3)
    half = [float(d.time[np.argmax(d.sel(balance=0).isel(mode=m).values > np.sqrt(s) / 2)])
            for m, s in enumerate([8, 8, 4, 4, 2, 2, 2, 2])]
    assert max(half[:2]) < min(half[2:4]) < max(half[2:4]) < min(half[4:]), "level after level"

    d = data("lazy-to-rich/semantic/representations")
    end = d.hidden_similarity.isel(time=-1)
    np.testing.assert_allclose(end, d.output_similarity.isel(time=-1), atol=2e-3)
    item = end.sel(balance=5).values[0]
    root = lambda y2: np.sqrt(6.25 + y2) - 2.5  # C_1 = −λ/2 + (λ²/4 + YᵀY)^{1/2}, on the levels of the tree
    levels = np.array([root(8) + root(8) + 2 * root(4) + 4 * root(2),
                       root(8) + root(8) + 2 * root(4) - 4 * root(2),
                       root(8) + root(8) - 2 * root(4), root(8) - root(8)]) / 8
    np.testing.assert_allclose(item[[0, 1, 2, 4]], levels, atol=1e-6)
    np.testing.assert_allclose(end.sel(balance=-5).values, end.sel(balance=5).values + 5 * np.eye(8), atol=1e-6)


def test_regimes(data):
    d = data("lazy-to-rich/regimes/loss")
    shape = (d.learned_10 / d.learned_50).isel(mode=0)
    exponential = np.log(1 / 0.9) / np.log(2)
    square = shape.sel(shape="3 inputs, 3 outputs")
    np.testing.assert_allclose(square.sel(balance=[-1000, 1000]), exponential, rtol=1e-3)
    assert float(square.sel(balance=0)) > 0.7
    late = d.learned_50.isel(mode=0)
    assert float(late.sel(shape="3 inputs, 6 outputs", balance=1000)) > 100
    assert float(late.sel(shape="3 inputs, 6 outputs", balance=-1000)) < 1e-3
    assert float(late.sel(shape="6 inputs, 3 outputs", balance=1000)) < 1e-3

    k = data("lazy-to-rich/regimes/kernel").final_kernel_distance.isel(start_size=0)
    lazy, rich = 1e-10, 0.2
    assert (k.sel(shape="3 inputs, 3 outputs", balance=[-1000, 1000]) < lazy).all()
    assert float(k.sel(shape="3 inputs, 3 outputs", balance=0)) > rich
    for some, sign in (("3 inputs, 6 outputs", 1), ("6 inputs, 3 outputs", -1)):
        assert float(k.sel(shape=some, balance=-1000 * sign)) < lazy
        assert float(k.sel(shape=some, balance=1000 * sign)) > rich, "delayed rich"


def test_continual(data):
    d = data("lazy-to-rich/continual")
    assert float(d.gram_distance.max()) < 1e-9
    learned = d.task_error.sel(balance=10).isel(dynamics=1)
    ends = learned.isel(time=[80, 161, 242]).values
    assert (np.diag(ends) < 1e-20).all()
    # What is forgotten is the distance of the tasks, the same from either side.
    np.testing.assert_allclose(ends[1, 0], ends[0, 1], rtol=1e-9)


def test_reversal(data):
    d = data("lazy-to-rich/reversal/time").learned_90
    assert not np.isfinite(d.sel(balance=0)).any(), "the saddle is never left"
    small = d.sel(balance=[1e-4, 1e-3, 1e-2], method="nearest")
    for mode, y in enumerate((3.0, 2.5, 2.0, 1.5)):
        np.testing.assert_allclose(-small.isel(mode=mode).diff("balance"), np.log(10) / y, rtol=0.01)
    np.testing.assert_allclose(d.sel(balance=1000), np.log(20) / 1000, rtol=1e-3)
    loss = data("lazy-to-rich/reversal/loss").train_error.isel(time=-1)
    np.testing.assert_allclose(loss.sel(balance=0), (9 + 6.25 + 4 + 2.25) / 16, rtol=1e-6)
    assert float(loss.sel(balance=1)) < 1e-12


def test_transfer(data):
    times = data("lazy-to-rich/transfer/new-outputs").learned_90.isel(mode=slice(0, 3)).mean("mode").sel(balance=0)
    shared, unrelated, scratch = (float(times.isel(before=i)) for i in range(3))
    assert shared < 0.8 * unrelated < 0.8 * 0.6 * scratch
    d = data("lazy-to-rich/transfer/fine-tuning")
    start = d.train_error.isel(time=201)
    np.testing.assert_allclose(start, 1 / 64, rtol=0.01)
    # The kernel of a rich network goes on moving, that of a lazy one hardly.
    moved = d.kernel_distance.isel(time=-1)
    assert float(moved.sel(balance=0)) > 100 * float(moved.sel(balance=10))


def test_initializations(data):
    d = data("lazy-to-rich/initializations")
    expected = d.final_balance.sel(dynamics="expected").isel(seed=0)
    width = d.width.values
    np.testing.assert_allclose(expected.sel(variance="lecun").isel(outputs=2), 256 / width - 1, rtol=1e-12)
    np.testing.assert_allclose(expected.sel(variance="he").isel(outputs=0), 32 / width - 2, rtol=1e-12)
    glorot = 2 * 16 / (16 + width) - 2 * 64 / (64 + width)
    np.testing.assert_allclose(expected.sel(variance="glorot").isel(outputs=0), glorot, rtol=1e-12)
    drawn = d.final_balance_spread.sel(dynamics="drawn").mean("seed")
    np.testing.assert_allclose(drawn / d.final_balance_spread.sel(dynamics="expected").isel(seed=0), 1, atol=0.11)


def test_shallow_limit(data):
    d = data("lazy-to-rich/shallow-limit").largest_distance.sel(balance=[1e3, 1e4, 1e5], method="nearest")
    for size in d:
        np.testing.assert_allclose(size.values[:-1] / size.values[1:], 100, rtol=0.01)


def test_saddle_trajectory(saddle):
    d = saddle("trajectory")
    small = d.sel(gamma=2.5)
    for rank, cost in ((1, 5.0), (2, 0.5)):
        near = np.abs(small.cost / cost - 1) < 0.1
        assert float(np.abs(small.cost / cost - 1).min()) < 1e-3, "it comes to the saddle"
        assert near.sum() > 30 and (small["rank"].values[near.values] == rank).all()
        assert float(small.parameter_gradient_norm.values[near.values].min()) < 0.02

    def decades(gamma, cost):
        times = d.time.values[(np.abs(d.cost.sel(gamma=gamma) / cost - 1) < 0.1).values]
        return np.log10(times.max() / times.min()) if times.size else 0

    for cost in (5.0, 0.5):
        lengths = [decades(gamma, cost) for gamma in (1.0, 1.5, 2.0, 2.5)]
        assert lengths[0] < 0.05 and (np.diff(lengths) > 0).all() and lengths[-1] > 0.4


def test_saddle_completion(saddle):
    d = saddle("completion", "--set", "sweep.seeds=2")
    assert (d.final_train_error < 1e-4).all()
    error = d.final_test_error.mean("seed")
    for seed in range(2):  # one layer: the unseen entries stay as they were, of variance w^{-γ}
        one = d.final_test_error.isel(seed=seed).sel(depth=1)
        assert 0.02 < float(one.sel(gamma=0.75) - one.sel(gamma=2.5)) < 0.05
    assert (error.sel(gamma=0.75) > 0.5).all() and float(error.sel(depth=2, gamma=2.5)) < 0.02
    assert (error.sel(depth=[2, 3, 4]).diff("gamma").sel(gamma=[1.0, 1.25, 1.5]) < 0).all()
    assert float(error.sel(depth=4, gamma=1.25)) < 0.1 * float(error.sel(depth=2, gamma=1.25))
    assert (error.sel(depth=[3, 4], gamma=[2.0, 2.5]) < 0.005).all()
    assert (np.abs(d.final_effective_rank.sel(depth=[3, 4], gamma=2.5) - 2.95) < 0.1).all()


def test_saddle_escape(saddle):
    d = saddle("escape/path")
    np.testing.assert_allclose(d.escape_strength, 3, rtol=1e-12)
    np.testing.assert_allclose(d.escape_strength_found, d.escape_strength, rtol=1e-8)
    for depth in (2, 3, 4):
        run, law = d.parameter_norm.sel(depth=depth)
        learned = (run / np.sqrt(depth)) ** depth / 3
        off = np.abs(run / law - 1)
        assert float((off / learned).where(learned < 0.01).max()) < 0.55, "the correction is half of s(A)/y"
        np.testing.assert_allclose(d.escape_alignment.sel(depth=depth).isel(dynamics=0).dropna("time"), 1, rtol=1e-12)
    d = saddle("escape/random")
    for depth in (2, 3, 4):
        run, law = d.parameter_norm.sel(depth=depth)
        assert not (run > law * (1 + 1e-6)).any(), "nothing is faster"
        aligned = d.escape_alignment.sel(depth=depth).isel(dynamics=0)
        assert abs(float(aligned[0])) < 0.05 and float(aligned.max()) > 0.9998
        assert float(aligned.where(run > 5 * run[0]).dropna("time")[0]) > 0.88, "it turns before it grows"


def test_saddle_depth(saddle):
    d = saddle("depth")
    assert float(d.distance.max()) < 1e-7
    half = [float(np.interp(0.5, d.singular_values.sel(depth=depth).isel(dynamics=0, mode=0), d.time))
            for depth in range(1, 6)]
    np.testing.assert_allclose(half[:2], [np.log(0.999 / 0.5), np.log(999) / 2], rtol=1e-4)
    assert (np.diff(half) > 0).all()


def test_one_formula(data):
    d = data("unified/one-formula/starts")
    assert d.sizes["start"] == 5 and float(d.gram_distance.max()) < 1e-9
    error = data("unified/one-formula/widths").final_gram_distance.mean("seed")
    for case in error:
        slope = np.polyfit(np.log(error.width), np.log(case), 1)[0]
        np.testing.assert_allclose(slope, -0.5, atol=0.03)


@pytest.mark.parametrize("name", ["full-matrix", "regression", "completion"])
def test_saddle_greedy(saddle, name):
    d = saddle(f"greedy/{name}")
    visited = len(d.plateau)
    assert list(d.plateau_rank) == list(d.plateau_saddle) == list(range(visited)) and visited >= 3
    assert float(d.plateau_distance.max()) < 1e-6
    np.testing.assert_allclose(d.plateau_cost, d.saddle_cost[:visited], rtol=1e-6, atol=1e-12)
    found = d.saddle_escape_found.values
    above = d.saddle_cost.values - float(d.saddle_cost[-1])
    saddles = above > 1e-7 * above[0]
    np.testing.assert_array_equal(np.isnan(found), ~saddles, "nothing leaves a minimum")
    np.testing.assert_allclose(found[saddles], d.saddle_escape_strength[saddles], rtol=1e-6)
    if name == "full-matrix":
        modes = np.array([4.0, 1.6, 0.6, 0.02])
        np.testing.assert_allclose(d.saddle_cost, [np.sum(modes[k:] ** 2) / 2 for k in range(5)], rtol=1e-9, atol=1e-20)


def test_saddle_landscape(saddle):
    d = saddle("landscape")
    assert list(d.plateau_rank) == [0, 1, 2, 3]
    first, second, third = np.column_stack([d.plateau_x, d.plateau_y])
    away = (second - first) / np.linalg.norm(second - first)
    on = (third - second) / np.linalg.norm(third - second)
    assert abs(away @ on) < 0.05, "each mode has weights of its own: a right angle"
    # Balanced weights of k modes have |θ|² = L Σ y_i^(2/L).
    np.testing.assert_allclose(np.linalg.norm(second - first), np.sqrt(3 * 3 ** (2 / 3)), rtol=0.02)
    near = lambda x, y: float(d.slice_cost.sel(slice_x=x, slice_y=y, method="nearest"))  # noqa: E731
    for (x, y), cost in zip((first, second, third), (5.66, 1.16, 0.18)):
        assert abs(near(x, y) - cost) < 0.15, "the slice goes through the plateaus"


@pytest.mark.parametrize("gammas, widths", [([0.75, 0.9, 1.0], [64, 128, 256]), ([1.5, 2.0], [32, 64, 128])])
def test_saddle_phase_transition(saddle, gammas, widths):
    d = saddle("phase-transition", "--set", 'sweep.axes=[{field="network.depth", values=[3, 4]},'
               f' {{field="network.gamma", values={gammas}}}, {{field="network.width", values={widths}}}]')
    assert (d.final_saddle_distance_bound > 0).all() and (d.final_saddle_distance_bound < d.final_saddle_distance).all()
    expected = {"saddle": lambda g, depth: (1 - g) / 2, "minimum": lambda g, depth: min(0, (g - 1) * (depth - 1) / 2)}
    for variable, room in (("saddle", 0.07), ("minimum", 0.3)):
        distance = np.log(d[f"final_{variable}_distance"])
        exponent = d[f"final_{variable}_distance_exponent"]
        for depth in (3, 4):
            for gamma in gammas:
                slopes = np.polyfit(np.log(d.width), distance.sel(depth=depth, gamma=gamma).transpose("width", "seed"), 1)[0]
                here = {"depth": depth, "gamma": gamma}
                np.testing.assert_allclose(exponent.sel(**here, law="fitted"), slopes.mean(), atol=1e-12)
                error = d[f"final_{variable}_distance_exponent_error"].sel(**here, law="fitted")
                np.testing.assert_allclose(error, slopes.std(ddof=1) / 2, atol=1e-12)
                law = expected[variable](gamma, depth)
                np.testing.assert_allclose(exponent.sel(**here, law="expected"), law, atol=1e-12)
                assert abs(slopes.mean() - law) < room, (variable, depth, gamma, slopes)


def test_rich_deep(tmp_path):
    done = subprocess.run([LINNET, "reproduce", "rich/deep", "--quiet", "--out", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    open_data = lambda name: xarray.open_dataset(tmp_path / "rich" / "deep" / name / "data.nc")

    d = open_data("speed")
    time, kernel = d.final_time, d.final_kernel_distance
    first, last = (time.sel(layer=f"{which} layer").values for which in ("first", "last"))
    np.testing.assert_allclose(first, last[:, ::-1], rtol=1e-7)
    first = {"layer": "first layer"}
    depth = d.depth.values
    np.testing.assert_allclose(time.sel(first).sel(balance=10), np.log(10) / 10 ** (depth - 1), rtol=0.06)
    assert (kernel.sel(first).sel(balance=10) < 1e-3).all()
    # Downstream it is faster than balanced, and as rich as one layer less.
    assert (time.sel(first).sel(balance=-10) < 0.6 * time.sel(first).sel(balance=0)).all()
    np.testing.assert_allclose(kernel.sel(first).sel(balance=-10)[1:], kernel.sel(first).sel(balance=0)[:-1], rtol=0.1)

    d = open_data("preconditioner")
    for name in ("preconditioner_largest", "preconditioner_smallest"):
        start = d[name].sel(first).sel(balance=2.0).isel(time=0)
        np.testing.assert_allclose(start, 2.0 ** (d.depth - 1), rtol=0.02)
    assert (d.preconditioner_smallest.sel(first).sel(balance=-2.0).min("time") < 1e-6).all()

    d = open_data("spectrum")
    spectrum = d.preconditioner_spectrum
    assert spectrum.sizes["eigenvalue"] == 18 and (spectrum.diff("eigenvalue") <= 0).all()
    np.testing.assert_allclose(spectrum.sel(balance=2.0).isel(time=0), 4, rtol=0.02)  # λ^(L−1), all of them
    ends = open_data("preconditioner").sel(first).sel(depth=3, balance=[-2.0, 0.0, 2.0])
    np.testing.assert_allclose(spectrum.isel(eigenvalue=0), ends.preconditioner_largest, rtol=1e-6)
    np.testing.assert_allclose(spectrum.isel(eigenvalue=-1), ends.preconditioner_smallest, rtol=1e-6, atol=1e-12)

    d = open_data("learning").train_error
    np.testing.assert_allclose(d.sel(depth=2).isel(layer=0), d.sel(depth=2).isel(layer=1), rtol=1e-9, atol=1e-15)
    half = lambda balance: d.time.values[np.argmax(d.sel(first).sel(balance=balance).values < 0.39, axis=-1)]
    assert (half(2.0) < half(-2.0)).all() and (half(-2.0) < half(0.0)).all()


@pytest.mark.parametrize("layer, balance", [("first", -2.0), ("first", 2.0), ("last", 0.5)])
def test_unbalanced_modes_are_the_closed_form(tmp_path, layer, balance):
    config = EXPERIMENTS / "rich" / "deep" / "speed.toml"
    done = subprocess.run([LINNET, "run", config, "--quiet", "--out", tmp_path / "run.nc", "--set", "network.compare=exact",
                           "--set", f"network.unbalanced={layer}", "--set", f"network.balance={balance}",
                           "--set", "network.depth=4", "--set", "sweep.axes=[]"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(xarray.open_dataset(tmp_path / "run.nc").distance.max()) < 1e-7
@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rich")
    done = subprocess.run([LINNET, "reproduce", "rich/one-neuron", "rich/implicit-bias", "rich/potentials", "--quiet",
                           "--out", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    def open_data(name):
        assert (folder / "rich" / name / "figure.png").stat().st_size > 10_000
        result = xarray.open_dataset(folder / "rich" / name / "data.nc")
        assert int(result.status.max()) <= 1, "completed, or stopped by the event"
        return result

    return open_data


@pytest.mark.parametrize("name", ["trajectories", "scalar", "surface"])
def test_one_neuron(rich, name):
    d = rich(f"one-neuron/{name}")
    assert float(d.gram_distance.max()) < 1e-8 and float(d.largest_distance.max()) < 1e-8
    if "neuron_weights" in d:
        w, a = d.neuron_weights[..., :-1], d.neuron_weights[..., -1]
        assert float(abs(a**2 - (w**2).sum("weight") - d.delta).max()) < 1e-8
        assert float(abs(d.neuron_weights.diff("dynamics")).max()) < 1e-8
        signs = np.sign(a.isel(time=[0, -1], dynamics=0)).prod("time")
        assert (signs.where(d.delta > 0, 1) == 1).all(), "upstream a keeps its sign"
        assert float(signs.min()) == -1, "downstream it may not"


def test_implicit_bias(rich):
    for name in ("ends", "plane"):
        d = rich(f"implicit-bias/{name}")
        assert float(abs(d.final_coefficients.diff("dynamics")).max()) < 1e-6, name
    # One sample: δ → ∞ is nearest to β_0, δ → −∞ keeps its direction.
    start = np.array([0.35, -0.15])
    ends = rich("implicit-bias/plane").final_coefficients.isel(start=0, dynamics=0)
    along = ends.sel(delta=-30).values
    assert along @ start / np.linalg.norm(along) / np.linalg.norm(start) > 0.999
    distances = np.linalg.norm(ends.values - start, axis=-1)
    assert distances.argmin() == 6 and np.all(np.diff(distances) < 0)


def test_recovered_values(rich):
    d = rich("potentials/recovered")
    assert float(abs(d.final_coefficients.diff("dynamics")).max()) < 1e-4
    end = d.final_coefficients.isel(dynamics=0)
    truth = np.zeros(20)
    truth[:3] = 2.0, -1.0, 0.5
    assert float(abs(end.isel(kappa=0) - truth).max()) < 1e-4
    l1, l2 = abs(end).sum("coefficient").values, (end**2).sum("coefficient").values
    assert np.all(np.diff(l1) > -1e-4) and np.all(np.diff(l2) < 1e-4)


def test_the_potential_of_a_neuron_has_its_powers(rich):
    potential = rich("potentials/neuron").final_mirror_potential
    size = np.log(potential.start_size.values)
    slopes = np.gradient(np.log(potential.transpose("delta", "start_size").values), size, axis=1)
    np.testing.assert_allclose(slopes[:, 0], [1, 1, 1.5, 2, 2], atol=0.02)
    np.testing.assert_allclose(slopes[2], 1.5, atol=1e-6)


@pytest.fixture
def rich_data(tmp_path):
    """An experiment below `rich/`, with options of its own."""

    def open_data(name, *options):
        sets = [word for option in options for word in (("--set", option) if "=" in option else (option,))]
        done = subprocess.run([LINNET, "reproduce", f"rich/{name}", "--quiet", "--force", "--out", tmp_path, *sets],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "rich" / name / "figure.png").stat().st_size > 10_000
        return xarray.open_dataset(tmp_path / "rich" / name / "data.nc")

    return open_data


def test_relu_plane(rich_data):
    d = rich_data("relu-plane")
    assert int(d.status.max()) == 0
    path, readout = d.neuron_path, d.neuron_readout.isel(time=-1)
    # The large start hardly moves.
    large = path.sel(start="τ = 2, α = 1")
    assert float(abs(large.isel(time=-1) - large.isel(time=0)).max()) < 0.15 * float(abs(large).max())
    # From a small first layer the neurons that matter point along a neuron of the teacher, of their own sign.
    small = {"start": "τ = 0.1, α = 0.1"}
    end, a = path.sel(small).isel(time=-1).values, readout.sel(small).values
    size = np.linalg.norm(end, axis=1)
    cosines = end @ d.teacher_direction.values.T / size[:, None]
    fits = np.sign(a)[:, None] == np.sign(d.teacher_readout.values)
    best = np.where(fits, cosines, -1).max(axis=1)
    assert (size * best).sum() > 0.93 * size.sum()


def test_relu_grid(rich_data):
    axes = "sweep.axes=[{field = 'network.tau', values = [0.2, 2.0]}, {field = 'network.delta', values = [-0.5, 0.5]}]"
    d = rich_data("relu-grid/flow", "sweep.seeds=1", axes)
    error, kernel = d.final_test_error, d.final_kernel_distance
    assert float(d.final_train_error.max()) < 1e-5
    assert float(error.sel(tau=0.2, delta=0.5)) < 0.6 * float(error.sel(tau=0.2, delta=-0.5)) < 0.6 * float(error.sel(tau=2).min())
    assert float(kernel.sel(tau=0.2).min()) > 0.05 and float(kernel.sel(tau=2).max()) < 0.005


def test_relu_flow_is_the_limit_of_the_authors_descent(rich_data):
    axes = "sweep.axes=[{field = 'training', cases = [{label = 'flow', set = ['solver.kind=flow']}, " \
           "{label = 'descent', set = ['solver.kind=descent']}]}, {field = 'network.delta', values = [-0.5, 0.5]}]"
    d = rich_data("relu-grid/descent", "--quick", "network.tau=0.3", axes)
    flow, descent = (d.sel(training=which) for which in ("flow", "descent"))
    np.testing.assert_allclose(flow.final_time, descent.final_time, rtol=1e-12)
    np.testing.assert_allclose(flow.final_test_error, descent.final_test_error, rtol=0.01)
    np.testing.assert_allclose(flow.final_kernel_distance, descent.final_kernel_distance, rtol=0.05)


def test_first_layer_scale(rich_data):
    values = "sweep.axes=[{field = 'network.alpha', values = [0.1, 2.0]}]"
    d = rich_data("first-layer-scale/hierarchy", "sweep.seeds=1", "task.samples=1500", values)
    assert float(d.final_train_accuracy.min()) > 0.97
    assert float(d.final_test_accuracy.sel(alpha=0.1)) > 0.8 > 0.6 > float(d.final_test_accuracy.sel(alpha=2))
    values = "sweep.axes=[{field = 'network.alpha', values = [0.25, 2.0]}]"
    d = rich_data("first-layer-scale/modular-addition", "sweep.seeds=1", values)
    assert int(d.status.max()) == 1, "stopped by the accuracy"
    assert float(d.final_step.sel(alpha=0.25)) < 0.7 * float(d.final_step.sel(alpha=2))
