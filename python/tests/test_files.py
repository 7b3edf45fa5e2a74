"""Files, configurations and sweeps."""

import linnet
import numpy as np
import pytest
import xarray

CONFIG = {
    "title": "a small one",
    "seed": 5,
    "task": {"dim": 12, "rank": 2},
    "network": {"width": 400, "variance": 1e-3},
    "solver": {"step": 0.01, "max_steps": 40, "order": "sequential"},
    "record": {"observables": ["train_error", "test_error", "singular_values"], "every": 10},
}
GRID = {
    **CONFIG,
    "record": {},
    "sweep": {"axes": [{"field": "network.variance", "values": [1e-4, 1e-3]}, {"field": "seed", "values": [1, 2, 3]}]},
}


@pytest.fixture
def run():
    task = linnet.tasks.low_rank_plus_noise(dim=12, rank=2, seed=1)
    net = linnet.gaussian_gram(task, width=300, variance=1e-3, seed=2)
    descent = linnet.GradientDescent(step=0.01, max_steps=40)
    return linnet.train(net, task, descent, record=["test_error", "singular_values"], schedule=10)


def test_matrices(tmp_path, rng):
    a = rng.normal(size=(3, 4))
    for name, values in (("a.npy", a), ("f.npy", np.asfortranarray(a)), ("s.npy", a.astype("f4"))):
        np.save(tmp_path / name, values)
        np.testing.assert_array_equal(linnet.read_matrix(tmp_path / name), values.astype(float))
    np.savetxt(tmp_path / "a.csv", a, delimiter=",", header="a,b,c,d")
    np.testing.assert_array_equal(linnet.read_matrix(tmp_path / "a.csv"), a)
    linnet.write_npy(a, tmp_path / "out.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), a)
    with pytest.raises(linnet.Error):
        linnet.write_npy(a, tmp_path / "out.npy")
    missing = tmp_path / "missing.npy"
    with pytest.raises(linnet.Error) as caught:
        linnet.read_matrix(missing)
    assert caught.value.field == str(missing)


def test_integers_and_bool(tmp_path):
    for values in (np.arange(6).reshape(2, 3), np.array([[True, False]]), np.array([[250, 1]], "u1"), np.array([[-5]], "i2")):
        np.save(tmp_path / "a.npy", values)
        np.testing.assert_array_equal(linnet.read_matrix(tmp_path / "a.npy"), values.astype(float))
    np.save(tmp_path / "a.npy", np.array([2**53 + 1]))
    with pytest.raises(linnet.Error, match="whole numbers up to 2\\^53"):
        linnet.read_matrix(tmp_path / "a.npy")


def test_one_dimension_is_a_number_a_sample_here_as_in_a_configuration(tmp_path, rng):
    x, t = rng.normal(size=(20, 3)), rng.normal(size=20)
    column = linnet.tasks.regression(x, t[:, None])
    np.testing.assert_array_equal(linnet.tasks.regression(x, t).target, column.target)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "t.npy", t)
    config = {"task": {"kind": "regression", "inputs": str(tmp_path / "x.npy"), "targets": str(tmp_path / "t.npy")},
              "network": {"width": 5, "variance": 0.1}, "solver": {"step": 0.01, "max_steps": 3}}
    assert linnet.run(config).sizes["output"] == 1
    target = {**config, "task": {"kind": "target", "file": str(tmp_path / "t.npy")}}
    with pytest.raises(linnet.Error) as caught:
        linnet.run(target)
    assert caught.value.field == "task.file" and caught.value.expected == "a matrix, two dimensions"
    with pytest.raises(linnet.Error):
        linnet.tasks.target(t)


def test_numbers_in_attributes_stay_numbers(tmp_path):
    attributes = {"linnet_version": "0", "ratio": 0.1, "count": 3, "flags": np.array([1, 2, 3]), "range": [0.5, 1.5], "on": True,
                  "small": np.float32(0.5), "text": "1.5"}
    data = xarray.Dataset({"y": ("x", [1.0, 2.0], attributes)}, attrs=attributes)
    linnet.save(data, tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc") as theirs:
        for read in (theirs, linnet.open(tmp_path / "a.nc")):
            for told in (read.attrs, read.y.attrs):
                assert told["ratio"] == 0.1 and told["count"] == 3 and told["on"] == 1 and told["small"] == 0.5
                assert not isinstance(told["ratio"], str) and told["text"] == "1.5"
                np.testing.assert_array_equal(told["flags"], [1, 2, 3])
                np.testing.assert_array_equal(told["range"], [0.5, 1.5])


def test_a_saved_run_reads_back_the_same(tmp_path, run):
    file = tmp_path / "run.nc"
    linnet.save(run, file)
    data = linnet.open(file)
    xarray.testing.assert_identical(data, run.to_xarray())
    with xarray.open_dataset(file) as other:
        np.testing.assert_array_equal(other.singular_values, run["singular_values"])
        assert other.test_error.attrs["long_name"] == "test error"
    with pytest.raises(linnet.Error) as caught:
        linnet.save(run, file)
    assert caught.value.field == str(file)
    linnet.save(run, file, force=True)
    run.to_xarray().to_netcdf(tmp_path / "other.nc")
    np.testing.assert_array_equal(linnet.open(tmp_path / "other.nc").test_error, run["test_error"])


def test_files_that_are_not_results(tmp_path):
    with pytest.raises(linnet.Error) as caught:
        linnet.open(tmp_path / "missing.nc")
    assert caught.value.field == str(tmp_path / "missing.nc")
    (tmp_path / "text.nc").write_text("not this")
    with pytest.raises(linnet.Error, match="expected a NetCDF file"):
        linnet.open(tmp_path / "text.nc")
    xarray.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "foreign.nc")
    with pytest.raises(linnet.Error) as caught:
        linnet.open(tmp_path / "foreign.nc")
    assert str(caught.value) == (
        f"{tmp_path / 'foreign.nc'}: expected a result of linnet, got a NetCDF file of another origin\n"
        "  hint: open it by xarray.open_dataset"
    )


def test_pictures(tmp_path, run):
    linnet.plot(run, tmp_path / "run.svg")
    assert "<svg" in (tmp_path / "run.svg").read_text()
    linnet.save(run, tmp_path / "run.nc")
    linnet.plot(tmp_path / "run.nc", tmp_path / "run.png", variables="test_error")
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(linnet.Error):
        linnet.plot(run, tmp_path / "run.doc")
    (tmp_path / "run.svg").write_text("precious")
    with pytest.raises(linnet.Error, match="expected a new file, got one that exists"):
        linnet.plot(run, tmp_path / "run.svg")
    assert (tmp_path / "run.svg").read_text() == "precious"
    linnet.plot(run, tmp_path / "run.svg", force=True)
    assert "<svg" in (tmp_path / "run.svg").read_text()


def test_what_was_made_to_break_a_reader_is_refused(tmp_path):
    netCDF4 = pytest.importorskip("netCDF4")
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as d:
        d.linnet_version = "0"
        d.createDimension("x", 3)
        d.createDimension("y", 400)
        d.createVariable("x", "f8", ("y",))
    with pytest.raises(linnet.Error, match="over \\(x\\), got one over \\(y\\)"):
        linnet.open(tmp_path / "a.nc")
    with pytest.raises(linnet.Error, match="the device"):
        linnet.open("/dev/zero")


def test_a_configuration_is_the_run_it_describes(tmp_path):
    data = linnet.run(CONFIG, out=tmp_path / "out.nc")
    xarray.testing.assert_identical(linnet.open(tmp_path / "out.nc"), data)
    assert data.attrs["status"] == "completed"
    assert data.attrs["title"] == "a small one"
    assert list(data.step.values) == [0, 10, 20, 30, 40]
    as_text = linnet.resolve(CONFIG)
    xarray.testing.assert_identical(linnet.run(as_text), data)
    (tmp_path / "config.toml").write_text(as_text)
    xarray.testing.assert_identical(linnet.run(tmp_path / "config.toml"), data)
    xarray.testing.assert_identical(linnet.run(str(tmp_path / "config.toml")), data)
    changes = {"network.width": 500, "record.observables": ["rank"], "solver.order": "simultaneous"}
    wider = linnet.run(CONFIG, set=changes)
    assert "width = 500" in wider.attrs["configuration"] and list(wider.data_vars)[0] == "rank"


def test_unknown_keys_name_the_nearest():
    with pytest.raises(linnet.Error) as caught:
        linnet.run({**CONFIG, "network": {"widht": 3}})
    assert "network.width" in str(caught.value) or '"width"' in str(caught.value)
    with pytest.raises(linnet.Error) as caught:
        linnet.run(3)
    assert str(caught.value) == "configuration: expected a path, TOML text or a dict, got 3"


def test_a_sweep_is_its_runs(tmp_path):
    data = linnet.sweep(GRID, out=tmp_path / "grid.nc", jobs=2)
    assert dict(data.sizes) == {"variance": 2, "seed": 3}
    np.testing.assert_array_equal(data.variance, [1e-4, 1e-3])
    np.testing.assert_array_equal(data.seed, [1, 2, 3])
    assert (data.status == 0).all()
    assert not (tmp_path / "grid.nc.journal").exists()
    xarray.testing.assert_identical(linnet.open(tmp_path / "grid.nc"), data)
    xarray.testing.assert_identical(linnet.sweep(GRID, out=tmp_path / "grid.nc", resume=True), data)
    xarray.testing.assert_identical(linnet.sweep(GRID, jobs=1), data)
    point = data.sel(variance=1e-3, seed=2)
    # Each point of a sweep has its own random numbers; this one is the fifth.
    alone = linnet.run({**CONFIG, "point": 4}, set={"network.variance": 1e-3, "seed": 2})
    assert float(point.final_test_error) == float(alone.test_error[-1])


def test_an_interrupted_sweep_goes_on(tmp_path):
    out = tmp_path / "grid.nc"
    slow = {**GRID, "solver": {**GRID["solver"], "max_steps": 20_000, "step": 1e-4}}
    whole = linnet.sweep(slow, jobs=1)

    class Enough(Exception):
        pass

    def progress(done, total):
        assert total in (0, 6)
        if done >= 1:
            raise Enough

    try:
        linnet.sweep(slow, out=out, jobs=1, progress=progress)
    except Enough:
        assert (tmp_path / "grid.nc.journal").exists() and not out.exists()
        resumed = linnet.sweep(slow, out=out, resume=True)
    else:  # a machine so fast that the sweep ended before it was looked at
        resumed = linnet.open(out)
    xarray.testing.assert_identical(resumed, whole)


def test_an_existing_result_is_kept(tmp_path):
    out = tmp_path / "out.nc"
    linnet.run(CONFIG, out=out)
    before = out.read_bytes()
    for call in (lambda: linnet.run(CONFIG, out=out), lambda: linnet.sweep(GRID, out=out)):
        with pytest.raises(linnet.Error) as caught:
            call()
        assert caught.value.field == str(out)
    assert out.read_bytes() == before
    with pytest.raises(linnet.Error) as caught:
        linnet.run(CONFIG, out=tmp_path / "no" / "folder" / "out.nc")
    assert caught.value.kind == "output"


def test_what_is_read_in_parts_is_whole(tmp_path):
    """Chunks whose edges are none of the parts', a first dimension of length 1, whole numbers, a single number."""
    rng = np.random.default_rng(3)
    made = xarray.Dataset({
        "chunks": (("a", "b"), rng.normal(size=(2103, 1501))),
        "first": (("one", "a", "b"), rng.integers(-9, 9, size=(1, 2103, 1501))),
        "number": ((), 2.5),
    }, attrs={"linnet_version": "0"})  # fmt: skip
    made.to_netcdf(tmp_path / "made.nc", encoding={"chunks": {"chunksizes": (7, 1000), "zlib": True, "complevel": 1}})
    read = linnet.open(tmp_path / "made.nc")
    for name in made.variables:
        np.testing.assert_array_equal(read[name].values, made[name].values)


def test_texts_that_are_no_utf8_are_read(tmp_path):
    made = xarray.Dataset({"x": ("t", [1.0, 2.0], {"long_name": "length in mXXX"}), "word": ("t", ["aXXX", "b"])}, {}, {"linnet_version": "0", "title": "cafXXX"})
    made.to_netcdf(tmp_path / "made.nc", format="NETCDF3_CLASSIC")  # without checksums
    data = (tmp_path / "made.nc").read_bytes()
    (tmp_path / "latin.nc").write_bytes(data.replace(b"XXX", b"\xe9  "))
    read = linnet.open(tmp_path / "latin.nc")
    assert read.attrs["title"].startswith("caf\ufffd") and read.x.attrs["long_name"].startswith("length in m\ufffd")
    assert read.word.values[0].startswith("a\ufffd")
