"""`linnet reproduce lazy-to-rich unified`: the statements of docs/reproductions.md."""

import subprocess

import numpy as np
import pytest
import xarray
from paths import LINNET


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


def test_dynamics(data):
    d = data("lazy-to-rich/dynamics")
    assert float(d.gram_distance.max()) < 1e-9 and float(d.largest_distance.max()) < 1e-9
    np.testing.assert_allclose(d.train_error.isel(dynamics=0), d.train_error.isel(dynamics=1), rtol=1e-5, atol=1e-18)


def test_semantic(data):
    d = data("lazy-to-rich/semantic/learning").singular_values
    # Square without a bottleneck: λ and −λ differ only by the exchange of input and output.
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
    # The error on the earlier task is the distance of the tasks, which is symmetric.
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
    # The kernel of a rich network moves at every task, that of a lazy network hardly.
    moved = d.kernel_distance.isel(time=-1)
    assert float(moved.sel(balance=0)) > 100 * float(moved.sel(balance=10))


def test_rebalanced(data):
    d = data("lazy-to-rich/transfer/rebalanced")
    # Where λ is not 0 all of Y is learned before: the loss is then that of λ_FT alone, whatever λ was.
    second = d.train_error.isel(dynamics=0, time=slice(161, None))
    np.testing.assert_allclose(second.sel(balance=-10), second.sel(balance=10), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(second.sel(balance=10, then_balance=-10), second.sel(balance=10, then_balance=10), rtol=1e-6, atol=1e-12)
    assert float(d.gram_distance.where(d.then_balance != 0).max()) < 1e-7


def test_new_property(data):
    d = data("lazy-to-rich/new-property")
    frozen, trained = (d[f"final_new_property{more}"] for more in ("", "_all_layers"))
    for balance in (-10.0, -2.5, 0.0, 5.0, 10.0):
        # C_1 = −λ/2 + (λ²/4 + YᵀY)^{1/2}, whose eigenvectors are the splits of the tree.
        root = lambda y2: np.sqrt(balance**2 / 4 + y2) - balance / 2  # noqa: E731
        own = (2 * root(8) + 2 * root(4) + 4 * root(2)) / 8
        pair, four = (2 * root(8) + 2 * root(4) - 4 * root(2)) / 8, (2 * root(8) - 2 * root(4)) / 8
        answers = np.array([own, pair, four, four, 0, 0, 0, 0])
        np.testing.assert_allclose(frozen.sel(balance=balance), answers / own, atol=1e-9)
        shrunk = answers / np.sqrt(own) * np.sqrt(2 / (np.sqrt(own**2 + 4) + own))
        np.testing.assert_allclose(trained.sel(balance=balance)[1:], shrunk[1:], atol=1e-9)
    np.testing.assert_array_equal(trained[:, 0], 1)
    assert (np.diff(frozen[:, 1:4], axis=0) > 0).all(), "the larger λ, the more"


def test_noise(data):
    d = data("lazy-to-rich/noise")
    exact, drawn = (d.sel(noise=n) for n in ("closed form", "10000 draws"))
    for shape, (n0, n2, w) in zip(d["shape"].values, ((4, 4, 4), (8, 2, 2), (2, 8, 2))):
        y = np.array([3.0, 2.0, 0.0, 0.0])[:w]
        one = exact.sel(shape=shape)
        np.testing.assert_allclose(one.final_input_noise_error * n0 * n2, 0.01 * 13, rtol=1e-9)
        balance = d.balance.values[:, None]
        power = 0.01 * ((n0 + n2) / 2 * np.sqrt(balance**2 + 4 * y**2) + (n0 - n2) / 2 * balance).sum(1) + 1e-4 * n0 * w * n2
        np.testing.assert_allclose(one.final_parameter_noise_error * n0 * n2, power, rtol=1e-6)
        least = float(d.balance[int(one.final_parameter_noise_error.argmin())])
        assert least == {4: 0.0, 8: -3.5, 2: 3.5}[n0]
    for name in ("final_input_noise_error", "final_parameter_noise_error"):
        np.testing.assert_allclose(drawn[name] / exact[name], 1, atol=0.025)


def test_entries(data):
    d = data("lazy-to-rich/entries")
    for name in ("end_to_end", "input_representation", "output_representation", "tangent_kernel"):
        np.testing.assert_allclose(d[name].isel(dynamics=0), d[name].isel(dynamics=1), atol=1e-9)
    # On white inputs K is C_2 of equal inputs and C_1 of equal outputs.
    eye = np.eye(3)
    for balance in d.balance:
        one = d.sel(balance=balance).isel(dynamics=0, time=40)
        expected = np.einsum("ik,jl->ijkl", one.output_representation, eye) + np.einsum("ik,jl->ijkl", eye, one.input_representation)
        np.testing.assert_allclose(one.tangent_kernel, expected, atol=1e-12)


def test_large_start(data):
    d = data("lazy-to-rich/large-start").isel(time=-1)
    tree = 1 - np.eye(8)  # similarities of different items
    y = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, -1, -1, -1, -1], [1, 1, -1, -1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, -1, -1],
                  [1, -1, 0, 0, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0, 0, 0], [0, 0, 0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 0, 0, 1, -1]])
    of_task = (y.T @ y)[tree > 0]
    like = [np.corrcoef(d.hidden_similarity[i].values[tree > 0], of_task)[0, 1] for i in range(4)]
    assert min(like[0], like[2]) > 0.98 and like[1] < 0.6
    assert float(d.kernel_distance[0]) > 0.05 and (d.kernel_distance[1:] < 0.005).all()
    assert (d.train_error < 1e-4).all()


def test_delay(data):
    d = data("lazy-to-rich/delay/time")
    scaled = (d.learned_50.isel(mode=0) / d.balance).transpose("target", "balance").values * np.array([[1], [4], [16]])
    late = d.balance.values > 3000
    np.testing.assert_allclose(scaled[:, late], scaled[0, -1], rtol=1e-4)
    far = d.largest_distance.values
    np.testing.assert_allclose(far[:, -5] / far[:, -1], (d.balance.values[-1] / d.balance.values[-5]) ** 2, rtol=0.02)
    k = data("lazy-to-rich/delay/kernel")
    moved = k.kernel_distance.isel(dynamics=0, time=-1)
    np.testing.assert_allclose(moved.sel(balance=1e4), moved.sel(balance=1e3), rtol=0.01)
    assert float(moved.sel(balance=1e4)) > 0.1, "by as much, however large λ is"


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


def test_one_formula(data):
    d = data("unified/one-formula/starts")
    assert d.sizes["start"] == 5 and float(d.gram_distance.max()) < 1e-9
    error = data("unified/one-formula/widths").final_gram_distance.mean("seed")
    for case in error:
        slope = np.polyfit(np.log(error.width), np.log(case), 1)[0]
        np.testing.assert_allclose(slope, -0.5, atol=0.03)
