"""What users take along from the explorer, against the numbers that it shows: for a random state of every kind.

`node tests/take.mjs` makes them with the compiled core, so that this needs node and explorer/build/core.wasm.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest

EXPLORER = Path(__file__).resolve().parents[1]
COMMAND = os.environ.get("LINNET_COMMAND", "linnet")

if not shutil.which("node") or not (EXPLORER / "build/core.wasm").exists() or not (EXPLORER / "node_modules").exists():
    pytest.skip("needs node and the compiled core: scripts/explorer --build", allow_module_level=True)

FOLDER = tempfile.TemporaryDirectory()
MADE = Path(FOLDER.name)
subprocess.run(["node", EXPLORER / "tests/take.mjs", MADE], check=True, cwd=EXPLORER)
NAMES = sorted(file.stem for file in MADE.glob("*.json"))


def shown(name):
    """The numbers of the page."""
    solution = json.loads((MADE / f"{name}.json").read_text("utf-8"))
    made = {key: np.array(value, float) for key, value in solution.items() if isinstance(value, list) and not any(isinstance(v, dict) for v in value)}
    made["modes"] = made["modes"].reshape(len(made["times"]), -1)
    return {**solution, **made}


def tolerance(name, page):
    """Closed forms agree to rounding, of the time too, which counts where a long wait ends abruptly; integrations to theirs."""
    if page["exact"]:
        return max(1e-12, 1e-15 * page["times"][-1] if "deep" in name else 0)
    return 1e-6 if name.startswith(("gaussian", "given")) else 1e-9


def require_close(got, expected, relative, what):
    got = np.asarray(got, float)
    assert got.shape == expected.shape, what
    apart = np.abs(got - expected).max() / (np.abs(expected).max() or 1)
    assert apart < relative, f"{what}: {apart:.2e}"


def test_every_kind_is_there():
    assert len(NAMES) >= 24


@pytest.mark.parametrize("name", NAMES)
def test_copied_python_gives_the_numbers_of_the_page(name, capsys):
    page = shown(name)
    program = (MADE / f"{name}.py").read_text("utf-8")
    made = {}
    exec(compile(program, f"{name}.py", "exec"), made)
    assert "loss" in capsys.readouterr().out
    relative = tolerance(name, page)
    require_close(made["times"], page["times"], 1e-12, "times")
    require_close(made["modes"], page["modes"], relative, "modes")
    require_close(made["loss"], page["loss"], relative, "loss")
    for ours, its in (("test_error", "testError"), ("kernel_distance", "kernelDistance")):
        assert (ours in made) == (page[its] is not None), ours
        if ours in made:
            require_close(made[ours], page[its], max(relative, 1e-12), ours)
    if page["neuron"] is not None:
        require_close(np.column_stack([made["w"], made["a"]]), page["neuron"].reshape(-1, 3), relative, "neuron")
    assert ("best" in made) == (page["best"] is not None)
    if page["best"] is not None:
        # Of the infinitely wide network of two layers it is proven; else it is searched for, each in its way.
        proven = name == "infinite-noise"
        assert made["best"].test_error == pytest.approx(page["best"]["testError"], rel=1e-10 if proven else 0.1)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "given-gram"])  # which a configuration has not
def test_copied_toml_runs_and_gives_the_numbers_of_the_page(name, tmp_path):
    import xarray

    page = shown(name)
    out = tmp_path / "run.nc"
    done = subprocess.run([COMMAND, "run", MADE / f"{name}.toml", "--out", out], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with xarray.open_dataset(out) as run:
        if name.startswith("reversal"):  # the second task, which begins where the first one ends
            half = run.sizes["time"] // 2
            assert run.sizes["time"] == 2 * half
            first, second = run.time.values[:half], run.time.values[half:] - run.time.values[half]
            require_close(first, second, 1e-9, "times")
            require_close(second[1 : len(page["times"]) + 1], page["times"], 1e-9, "times")
            modes = run.mode_strengths.values[half + 1 :][: len(page["times"])]
            require_close(np.abs(modes), np.abs(page["modes"]), 1e-6, "modes")
            return
        kept = run.sel(time=page["times"], method="nearest")
        relative = 1e-9 if page["exact"] and "deep" not in name else 1e-5
        if name == "infinite-deepest":  # which the page has to 1e-4
            relative = 5e-4
        require_close(kept.time, page["times"], 1e-12, "times")
        require_close(kept.mode_strengths, page["modes"], relative, "modes")
        require_close(kept.cost, page["loss"], relative, "loss")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("engine", ["netcdf4", "scipy"])
def test_netcdf_is_read_by_xarray(name, engine):
    import xarray

    if engine == "scipy":
        pytest.importorskip("scipy")
    page = shown(name)
    with xarray.open_dataset(MADE / f"{name}.nc", engine=engine) as data:
        assert data.sizes["time"] == len(page["times"]) + 1 and data.sizes["mode"] == page["modes"].shape[1]
        np.testing.assert_array_equal(data.time[1:], page["times"])
        np.testing.assert_array_equal(data.mode_strengths[1:], page["modes"])
        np.testing.assert_array_equal(data.cost[1:], page["loss"])
        assert data.cost[0] == page["start"]["loss"] and data.attrs["final_cost"] == page["end"]["loss"]
        assert ("kernel_distance" in data) == (page["kernelDistance"] is not None)
        assert data.cost.attrs == {"long_name": "cost C", "units": "1"}
        assert data.attrs["linnet_version"] and "‖A − Y‖²" in data.attrs["conventions_of_linnet"] or name.startswith("neuron")


@pytest.mark.parametrize("name", NAMES)
def test_csv_has_all_digits(name):
    page = shown(name)
    lines = (MADE / f"{name}.csv").read_text("utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert any("gradient flow" in line for line in comments) and any("https://example.org/#seed=1" in line for line in comments)
    table = np.genfromtxt(lines[len(comments):], delimiter=",", names=True)
    np.testing.assert_array_equal(table["time"][1:], page["times"])
    np.testing.assert_array_equal(table["loss"][1:], page["loss"])
    modes = np.column_stack([table[f"mode_{i + 1}"] for i in range(page["modes"].shape[1])])
    np.testing.assert_array_equal(modes[1:], page["modes"])
