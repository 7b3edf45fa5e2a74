"""Sizes beyond the memory, seeds of 64 bits, unobserved entries, and numbers in any locale."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import linnet


@pytest.mark.parametrize(
    "make, field",
    [
        (lambda: linnet.tasks.low_rank_plus_noise(dim=10**9), "task.dim"),
        (lambda: linnet.tasks.modes([1.0], shape=(10**9, 10**9)), "task.shape"),
        (lambda: linnet.tasks.low_rank_regression([1.0], shape=(3, 4), samples=10**15), "task.samples"),
        (lambda: linnet.tasks.teacher(samples=10**15), "task.samples"),
        (lambda: linnet.infinite_width((10**9, 3), scale=1.0), "network.state"),
        (lambda: linnet.gaussian_weights((3, 3), width=2 * 10**18, variance=1.0), "network.width"),
        (lambda: linnet.gaussian_deep((3, 3), depth=10**15, width=1, variance=1.0), "network.depth"),
        (lambda: linnet.random_end_to_end((10**9, 10**9), rank=1, scale=1.0), "network.end_to_end"),
        (lambda: linnet.semi_orthogonal((10**9, 10**9), rank=1, scale=1.0), "network.end_to_end"),
        (lambda: linnet.neural_tangent_kernel(linnet.Weights(np.eye(50), np.eye(50)), np.ones((10**5, 50))), "inputs"),
        (lambda: linnet.neural_tangent_kernel(linnet.gaussian_perceptron([1, 2, 50], variance=1.0), np.ones((10**5, 1))), "inputs"),
        (lambda: linnet.ExactFlow(linnet.infinite_width((50, 50), scale=1.0), linnet.tasks.target(np.eye(50))).gram(np.ones(10**7)), "t"),
        (lambda: linnet.every(1).steps(10**15), "record.schedule"),
        (lambda: linnet.linear(10**15).times(1.0), "record.schedule"),
        (lambda: linnet.tasks.custom(lambda a: (0.0, a), shape=(10**9, 10**9)), "task.shape"),
        (lambda: linnet.infinite_width((3, 3), depth=2 * 10**18, scales=0.5), "network.depth"),
        (lambda: linnet.infinite_width((3, 3), depth=10**6, scales=0.5), "network.order"),
        (lambda: linnet.deep_diagonal((1, 3), depth=2 * 10**18), "network.depth"),
        (lambda: linnet.identity_deep((3, 3), depth=10**6, width=3).end_to_end, "network.depth"),
        (lambda: linnet.WideFlow(linnet.tasks.target(np.eye(3)), depth=2 * 10**18, scales=0.5), "network.depth"),
        (lambda: linnet.limit_spectrum(dim=6, rank=1, nodes=2**63 - 1), "task.nodes"),
        (lambda: linnet.landscape.first_path(linnet.tasks.target(np.eye(3)), 2 * 10**18, 0.1), "network.depth"),
        (lambda: linnet.landscape.padded(linnet.DeepLinear([np.eye(3)] * 3), 10**7), "landscape.extra"),
        (lambda: linnet.landscape.padded(linnet.DeepLinear([np.eye(3)] * 3), 2**63 - 1), "landscape.extra"),
    ],
)
def test_what_does_not_fit_is_refused(make, field):
    with pytest.raises(linnet.Error) as caught:
        make()
    assert caught.value.field == field and caught.value.kind == "input"
    assert caught.value.expected.startswith("what fits into ") and "which takes" in caught.value.got
    assert len(str(caught.value)) < 400


def test_a_long_run_of_few_records_begins():
    task = linnet.tasks.target([[1.0]])
    solver = linnet.GradientDescent(step=0.1, max_steps=10**12, stop=[linnet.stop.train_error_below(1e-3)])
    net = linnet.Weights([[1.0]], [[0.5]])
    run = linnet.train(net, task, solver, schedule=linnet.every(10**6))
    assert run.status == "stopped" and len(run.time) == 2
    with pytest.raises(linnet.Error, match="record.schedule: expected what fits into"):
        linnet.train(net, task, solver)


def test_any_width_has_its_gram_state():
    net = linnet.gaussian_gram((3, 3), width=2 * 10**18, variance=1e-18)
    np.testing.assert_allclose(net.input_representation, 2 * np.eye(3), atol=1e-6)


def test_seeds_have_64_bits():
    draw = lambda seed: linnet.gaussian_weights((2, 3), width=4, variance=1.0, seed=seed).w1
    largest = 2**64 - 1
    assert np.array_equal(draw(largest), draw(np.uint64(largest)))
    assert not np.array_equal(draw(largest), draw(2**63)) and not np.array_equal(draw(2**63), draw(2**63 - 1))
    for wrong in (-1, 2**64):
        with pytest.raises(linnet.Error, match="network.seed: expected a whole number"):
            draw(wrong)
    small = {"task": {"dim": 3, "rank": 1}, "network": {"width": 5, "variance": 0.1}, "solver": {"max_steps": 2}}
    given = linnet.run({**small, "seed": largest})
    assert given.attrs["seed"] == str(largest)
    again = linnet.run(given.attrs["configuration"])
    np.testing.assert_array_equal(given.final_end_to_end, again.final_end_to_end)
    task = linnet.tasks.low_rank_plus_noise(dim=3, rank=1, seed=largest)
    other = linnet.run(small, set={"seed": largest, "solver.max_steps": 0})
    net = linnet.gaussian_weights(task, width=5, variance=0.1, seed=largest)
    np.testing.assert_allclose(other.final_end_to_end, net.end_to_end, rtol=1e-14)
    swept = linnet.sweep({**small, "seed": largest - 1, "sweep": {"seeds": 2}})
    assert list(swept.seed.values) == [str(largest - 1), str(largest)]
    with pytest.raises(linnet.Error, match="sweep.seeds: expected seeds up to"):
        linnet.sweep({**small, "seed": largest, "sweep": {"seeds": 2}})


@pytest.mark.parametrize("seed", range(4))
def test_where_a_target_is_unknown_it_is_not_seen(seed):
    known = np.arange(12.0).reshape(3, 4)
    gaps = np.zeros((3, 4), bool)
    gaps[1, 2] = gaps[2, 0] = True
    holes = np.where(gaps, np.nan, known)
    for target in (holes, np.ma.masked_array(known, gaps), np.ma.masked_invalid(holes), np.ma.masked_array(known.astype(int), gaps)):
        task = linnet.tasks.completion(target, seed=seed)
        np.testing.assert_array_equal(task.mask, ~gaps)
        assert not task.has_test
        assert task.cost(np.zeros((3, 4))) == (known[~gaps] ** 2).sum() / 2
    with pytest.raises(linnet.Error, match="task.fraction: expected none for a target with nan"):
        linnet.tasks.completion(holes, fraction=0.5)
    with pytest.raises(linnet.Error, match="linnet.tasks.completion"):
        linnet.tasks.target(np.ma.masked_array(known, gaps))


def test_numbers_have_points_in_any_locale(tmp_path):
    if shutil.which("localedef") is None:
        pytest.skip("no localedef to make a locale with a decimal comma")
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"], capture_output=True)
    if not (tmp_path / "de_DE.UTF-8").exists():
        pytest.skip(f"no locale with a decimal comma: {made.stderr}")
    code = """if True:
        import locale, sys
        import numpy as np
        import linnet
        if sys.argv[1] == "de":
            locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
            assert locale.localeconv()["decimal_point"] == ","
        try:
            linnet.Mode(target=1.5, threshold=-0.25)
        except linnet.Error as error:
            print(error)
        text = "[task]\\ndim = 3\\nrank = 1\\nnoise = 0.25\\n[network]\\nwidth = 5\\nvariance = 0.125\\n[solver]\\nstep = 0.015\\nmax_steps = 3"
        run = linnet.run(text + '\\n[figure]\\nscales = ["train_error=linear 0.5 1.5"]')
        print(run.attrs["configuration"], run.attrs, run.final_end_to_end.values.tolist())
        np.savetxt("m.csv", [[1.5, 2.25e-320]], delimiter=",")
        open("m.csv", "a").write("4.5e-400,-4.5e-400\\n")
        print(linnet.read_matrix("m.csv").tolist())
        linnet.save(run, sys.argv[1] + ".nc")
        print(linnet.open(sys.argv[1] + ".nc").attrs)
    """
    told = []
    for which in ("c", "de"):
        done = subprocess.run([sys.executable, "-c", code, which], capture_output=True, text=True, cwd=tmp_path,
                              env={**os.environ, "LOCPATH": str(tmp_path)})
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
    assert told[0] == told[1] and "-0.25" in told[0]
