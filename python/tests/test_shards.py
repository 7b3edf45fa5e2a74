"""Shards of a sweep and their merge from Python."""

import numpy as np
import pytest
import xarray

import linnet

GRID = {
    "seed": 5,
    "task": {"dim": 8, "rank": 2},
    "network": {"state": "gram", "width": 30},
    "solver": {"step": "mixed", "step_divisor": 50, "max_steps": 60},
    "sweep": {"axes": [{"field": "network.variance", "logarithmic": [1e-3, 0.1, 4]}, {"field": "seed", "values": [1, 2, 3]}]},
}


def test_shards_merge_to_the_sweep(tmp_path):
    out = tmp_path / "grid.nc"
    told = []
    for k in (3, 1):
        assert linnet.sweep(GRID, out=out, shard=f"{k}/3", progress=lambda *p: told.append(p)) is None
    assert told[-1] == (4, 4)
    with pytest.raises(linnet.Error, match=r"got 8; 4 missing: 1, 4, 7, 10 \(of 3 shards: 2\)"):
        linnet.merge(out)
    assert linnet.sweep(GRID, out=out, shard="1/1", resume=True) is None
    merged = linnet.merge(out, keep=True)
    xarray.testing.assert_identical(merged, linnet.sweep(GRID))
    xarray.testing.assert_identical(linnet.open(out), merged)
    assert len(list(tmp_path.glob("grid.nc.journal*"))) == 3
    xarray.testing.assert_identical(linnet.merge(out, force=True), merged)
    assert [p.name for p in tmp_path.iterdir()] == ["grid.nc"]
    xarray.testing.assert_identical(linnet.sweep(GRID, out=out, shard="2/3", resume=True), merged)  # it is complete


def test_shards_with_arrays(tmp_path):
    grid = {**GRID, "task": {"kind": "target", "file": np.diag([3.0, 2.0, 1.0])}, "network": {"width": 30, "variance": 0.01}, "solver": {"step": 0.01, "max_steps": 50}}
    out = tmp_path / "grid.nc"
    for k in (1, 2):
        linnet.sweep(grid, out=out, shard=f"{k}/2")
    xarray.testing.assert_identical(linnet.merge(out), linnet.sweep(grid))


@pytest.mark.parametrize(
    "options, field",
    [
        ({"shard": "5/3", "out": "grid.nc"}, "--shard"),
        ({"shard": "0/0", "out": "grid.nc"}, "--shard"),
        ({"shard": "1/2"}, "out"),
        ({"shard": 3, "out": "grid.nc"}, "shard"),
        ({"shard": "1/2", "out": "grid.nc", "executor": object()}, "shard"),
    ],
)
def test_shards_that_are_none_are_refused(tmp_path, monkeypatch, options, field):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(linnet.Error) as caught:
        linnet.sweep(GRID, **options)
    assert caught.value.field.endswith(field)
    assert not list(tmp_path.iterdir())


def test_a_damaged_journal_is_told(tmp_path):
    out = tmp_path / "grid.nc"
    linnet.sweep(GRID, out=out, shard="1/2")
    linnet.sweep(GRID, out=out, shard="2/2")
    journal = tmp_path / "grid.nc.journal.2-of-2"
    journal.write_bytes(journal.read_bytes() + b"half a block")
    with pytest.warns(UserWarning, match="12 bytes were cut off or are damaged"):
        merged = linnet.merge(out)
    xarray.testing.assert_identical(merged, linnet.sweep(GRID))
