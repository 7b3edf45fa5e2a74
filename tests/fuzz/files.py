#!/usr/bin/python3
"""Files as strangers write and damage them, through the command and through Python: refused in plain words or read as
NumPy, xarray and Python's csv read them; never a crash, never another program."""

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

import numpy as np
import xarray
from harness import main, problem

import linnet

COMMAND = os.environ.get("LINNET_COMMAND") or shutil.which("linnet")
FOLDER = Path(tempfile.mkdtemp(prefix="linnet-files-"))

RUN = """
seed = 1
task = {kind = "modes", shape = [4, 3], modes = [2.0, 1.0]}
network = {kind = "gaussian", width = 5, variance = 0.1}
solver = {step = 0.05, max_steps = 6}
record = {observables = ["train_error", "singular_values", "end_to_end"]}
"""
SWEEP = RUN + """
[sweep]
axes = [{field = "network.variance", values = [0.3, 0.1, 0.2]}, {field = "solver.step", linear = [0.01, 3.0, 3]}]
"""
LONG = SWEEP.replace("max_steps = 6", "max_steps = 1_000_000")


def command(*arguments, ok=(0, 2, 4), **options):
    """The exit code of the command, which never ends by a signal, and its message if it refuses."""
    done = subprocess.run([COMMAND, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True, errors="replace",
                          timeout=120, **options)
    assert done.returncode in ok, (done.returncode, arguments, done.stderr)
    assert done.returncode == 0 or ": expected " in done.stderr, done.stderr
    assert "filesystem error" not in done.stderr and "terminate" not in done.stderr, done.stderr
    return done


def made(name, configuration):
    """A result of linnet, computed once."""
    file = FOLDER / f"{name}.nc"
    if not file.exists():
        (FOLDER / f"{name}.toml").write_text(configuration)
        command("sweep" if "[sweep]" in configuration else "run", f"{name}.toml")
    return file.read_bytes()


def damaged(rng, data):
    """Some bytes changed, moved, removed or repeated."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(len(data)))
        kind = rng.integers(5)
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            number = [0, 1, 2**15, 2**31 - 1, 2**32, 2**40, 2**63, 2**64 - 1][rng.integers(8)]
            data[at : at + 8] = number.to_bytes(8, "little")
        elif kind == 2:
            data[at : at + int(rng.integers(1, 40))] = b""
        elif kind == 3:
            data[at:at] = data[at : at + int(rng.integers(1, 40))]
        else:
            data[at] = int(rng.integers(256))
        if not data:
            break
    return bytes(data)


def in_python(code, *arguments):
    """The same in Python: it raises linnet.Error or succeeds."""
    text = f"import sys, linnet\ntry:\n    {code}\nexcept linnet.Error:\n    pass\n"
    done = subprocess.run([sys.executable, "-c", text, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])


@problem
def damaged_results(rng):
    data = made("run", RUN) if rng.random() < 0.5 else made("sweep", SWEEP)
    file = FOLDER / "damaged.nc"
    file.write_bytes(damaged(rng, data))
    command("plot", file, "--out", "damaged.svg", "--force")
    if rng.random() < 0.2:
        in_python("linnet.open(sys.argv[1])", file)


@problem
def results_of_others(rng):
    """Any shapes and names that xarray writes: read as xarray reads them, or refused."""
    names = ["time", "mode", "dynamics", "seed", "input", "input_2", "output", "task", "width", "x"]
    sizes = {str(d): int(rng.integers(1, 9)) for d in rng.choice(names, size=rng.integers(1, 4), replace=False)}
    dims = list(sizes)

    def values(shape):
        kind = rng.integers(5)
        if kind == 0:
            return rng.integers(0, 4, size=shape)
        if kind == 1:
            return rng.choice(["a", "it's", "`b`", "$x$"], size=shape).astype(object)
        numbers = rng.normal(size=shape)
        return np.where(rng.random(shape) < 0.1, rng.choice([np.nan, np.inf, 0.0]), numbers) if kind < 4 else abs(numbers) ** 9

    coords = {d: (d, values((sizes[d],))) for d in dims if rng.random() < 0.7}
    data = {}
    for name in rng.choice(["cost", "status", "step", "final_test_error", "singular_values", "y"], size=rng.integers(1, 4), replace=False):
        over = [d for d in dims if rng.random() < 0.8]
        data[str(name)] = (over, values(tuple(sizes[d] for d in over)), {"units": "m'`\n!", "number": 1.5, "whole": 3})
    attributes = {"kind": str(rng.choice(["run", "sweep", "other"])), "title": "f''(x) 'tis `id`\n! false", "linnet_version": "0",
                  "list": np.arange(3), "solver": str(rng.choice(["descent", "flow"])), "threshold": 0.5}
    ours = xarray.Dataset(data, coords, attributes)
    file = FOLDER / "other.nc"
    file.unlink(missing_ok=True)
    ours.to_netcdf(file)
    command("plot", file, "--out", "other.svg", "--force")
    command("plot", file, "--out", "other.svg", "--force", "--kind", rng.choice(["curves", "modes", "heat_map", "lines", "matrices", "plane", "paths"]))
    read = linnet.open(file)
    with xarray.open_dataset(file, decode_times=False) as theirs:
        assert set(read.variables) == set(theirs.variables) and dict(read.sizes) == dict(theirs.sizes)
        for name in theirs.variables:
            np.testing.assert_array_equal(read[name].values, theirs[name].values)
    linnet.save(read, FOLDER / "again.nc", force=True)
    with xarray.open_dataset(FOLDER / "again.nc", decode_times=False) as again:
        assert again.attrs["threshold"] == 0.5 and list(again.attrs["list"]) == [0, 1, 2]


@problem
def results_of_which_parts_are_missing(rng):
    """Variables and attributes gone or others, dimensions of length 0 or 1, extreme values: a picture and a report, or refused."""
    file = FOLDER / "whole.nc"
    file.write_bytes(made("run", RUN) if rng.random() < 0.5 else made("sweep", SWEEP))
    data = linnet.open(file)
    odd = [0, -1, 1e300, np.nan, "", "x", "nan", "1e999", "[1, 2", np.arange(3), "a=b", "logarithmic", "own", "1 2"]
    for _ in range(rng.integers(1, 4)):
        name, kind = str(rng.choice(list(data.variables))), rng.integers(7)
        if kind == 0:
            data = data.drop_vars(name)
        elif kind == 1:
            attributes = data.attrs if rng.random() < 0.5 else data[name].attrs
            attributes[str(rng.choice([*attributes, "units", "status"]))] = odd[rng.integers(len(odd))]
        elif kind == 2:
            data.attrs.pop(str(rng.choice(list(data.attrs) or ["title"])), None)
        elif kind == 3 and data.sizes:
            data = data.isel({str(rng.choice(list(data.sizes))): slice(0, int(rng.integers(3)))})
        elif kind == 4 and data[name].dtype.kind == "f" and data[name].size:
            data[name].values.flat[rng.integers(data[name].size)] = rng.choice([np.nan, np.inf, 1e308, -1e308, 0.0, 5e-324])
        elif kind == 5:
            over = [str(d) for d in rng.permutation(list(data.sizes))[: rng.integers(4)]]
            values = np.resize(np.append(data[name].values.ravel(), 0) if data[name].dtype.kind in "fi" else ["a"], [data.sizes[d] for d in over])
            data = data.drop_vars(name).assign({name: (over, values)})
        elif kind == 6:
            data = data.assign({name: (data[name].dims, data[name].values.astype(str).astype(object))}) if name not in data.sizes else data
        if not data.variables:
            return
    for draw in (lambda: linnet.plot(data, FOLDER / "part.svg", force=True), lambda: linnet.report(data, FOLDER / "part.html", force=True)):
        try:
            draw()
        except linnet.Error:
            pass


@problem
def damaged_checkpoints(rng):
    """A damaged checkpoint is continued or refused."""
    whole = FOLDER / "whole.checkpoint.nc"
    if not whole.exists():
        made("run", RUN)
        command("run", "run.toml", "--out", "first.nc", "--checkpoint", whole)
    file = FOLDER / "damaged.checkpoint.nc"
    file.write_bytes(damaged(rng, whole.read_bytes()))
    command("show", file)
    command("run", "run.toml", "--continue", file, "--out", "on.nc", "--force", "--set", "solver.max_steps=9", ok=(0, 2, 3, 4))
    if rng.random() < 0.2:
        in_python("linnet.load(sys.argv[1])", file)


@problem
def shapes_that_lie(rng):
    """A variable named like a dimension over another, or sizes beyond any file."""
    import netCDF4

    file = FOLDER / "lies.nc"
    with netCDF4.Dataset(file, "w") as d:
        d.setncatts({"kind": str(rng.choice(["run", "sweep"])), "linnet_version": "0"})
        huge = bool(rng.integers(2))
        d.createDimension("time", int(rng.integers(2, 5)))
        d.createDimension("mode", int(rng.choice([10**6, 2**32, 10**9])) if huge else int(rng.integers(40, 400)))
        d.createVariable("time", "f8", ("mode",) if not huge else ("time",), chunksizes=(2,))
        d.createVariable("cost", "f8", ("time", "mode", "mode") if huge else ("time", "mode"), chunksizes=(1, 1, 1) if huge else None)
    done = command("plot", file, "--out", "lies.svg", "--force", ok=(2,))
    assert done.stderr.startswith(f"linnet: {file}: expected a NetCDF file"), done.stderr


def npy(array, version, rng):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version)
    data = buffer.getvalue()
    changes = {b"'descr'": b"'dexcr'", b"False": rng.choice([b"True ", b"None ", b"false", b"0    "]), b"'<f8'": b"'<f9'", b"), }": b"), 'x': 1, }",
               b"{": b" {", b"}": b"} x", b", )": b")", b"(": b"[", b", }": b"}", b"\n": b" "}
    for old in changes:
        if rng.random() < 0.1:
            data = data.replace(old, bytes(changes[old]), 1)
    if rng.random() < 0.3:
        data = damaged(rng, data)
    return data


@problem
def arrays(rng):
    shape = tuple(rng.integers(1, 5, size=rng.integers(1, 3)))
    dtype = rng.choice(["<f8", "<f4", "|b1", "<i8", "<i4", "|u1", "<u2", "<i2", "|i1", "<u8", ">f8", "<f2"])
    array = np.asarray(rng.normal(scale=50, size=shape)).astype(float)
    array = abs(array).astype(dtype) if dtype[1] == "u" else array.astype(dtype)
    array = np.asfortranarray(array) if rng.random() < 0.5 else array
    file = FOLDER / "a.npy"
    file.write_bytes(npy(array, (int(rng.integers(1, 4)), 0), rng))
    try:
        got = linnet.read_matrix(file)
    except linnet.Error:
        return
    expected = np.load(file, allow_pickle=False)  # what NumPy refuses is to have been refused
    expected = expected.astype(float)
    np.testing.assert_array_equal(got, expected.reshape(-1, 1) if expected.ndim == 1 else expected)


@problem
def tables(rng):
    """CSV: what is accepted has every number of the file, as Python reads them."""
    rows, columns = rng.integers(1, 5, size=2)
    separator = str(rng.choice([",", ";", "\t"]))
    end = str(rng.choice(["\n", "\r\n", "\r"]))
    odd = ["−1.5", '"2"', "€3", "$4", "£5", "1,5", "", "nan", "NA", "٣", "１", "x", "1e3", "+7", ".5", "-", "null", "inf", "0x10", "1_0", "true"]
    cells = [[str(rng.choice(odd)) if rng.random() < 0.15 else repr(float(rng.normal())) for _ in range(columns)] for _ in range(rows)]
    if rng.random() < 0.5:
        cells.insert(0, [str(rng.choice(["a", "größe", "μ", "x_1", "y [m]", "温度", "-", "−"])) for _ in range(columns)])
    text = end.join(separator.join(row) for row in cells) + (end if rng.random() < 0.5 else "")
    file = FOLDER / "a.csv"
    file.write_bytes(text.encode())
    try:
        got = linnet.read_matrix(file)
    except linnet.Error:
        return
    table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(c.strip() for c in row)]
    if len(table) == len(got) + 1:
        assert all(unicodedata.category(c.strip()[0])[0] == "L" for c in table[0]), table[0]  # names begin with letters
        assert not any(c.strip().lower() in ("na", "null", "true", "nan", "inf") for c in table[0]), table[0]
        table = table[1:]
    np.testing.assert_array_equal(got, np.array([[float(c) for c in row] for row in table]))


@problem
def journals(rng):
    """A journal that is truncated, changed or of another program is continued to the same bytes, or refused and left unchanged."""
    whole = made("long", LONG)
    journal, result, kept = (FOLDER / name for name in ("resumed.nc.journal", "resumed.nc", "kept.journal"))
    if not kept.exists():
        process = subprocess.Popen([COMMAND, "sweep", "long.toml", "--out", "kept.nc", "--jobs", "1", "--quiet"], cwd=FOLDER)
        while process.poll() is None and not (FOLDER / "kept.nc.journal").exists():
            time.sleep(0.01)
        time.sleep(0.2)
        process.kill()
        process.wait()
        (FOLDER / "kept.nc.journal").rename(kept)
    for file in FOLDER.glob("resumed.nc*"):
        file.unlink()
    kind = rng.integers(3)
    if kind == 0:  # someone else's
        journal.write_bytes(b"SQLite format 3\0" + rng.bytes(200))
    else:
        data = kept.read_bytes()
        journal.write_bytes(damaged(rng, data) if kind == 1 else data[: int(rng.integers(len(data)))])
    before = journal.read_bytes()
    done = command("sweep", "long.toml", "--out", "resumed.nc", "--resume")
    if done.returncode == 0:
        assert kind != 0 and result.read_bytes() == whole
    elif kind == 0:
        assert done.returncode == 2 and journal.read_bytes() == before


@problem
def names_and_texts(rng):
    """Whatever a folder, a file or a title is called, it is drawn and runs nothing."""
    alphabet = ["a", "'", "''", '"', "`touch {}`", "\n! touch {}\n", "$(touch {})", "\\", "{{", "}}", "@x", " ", "é", "#", ";", "%", "&", "^", "_", "~"]
    mark = FOLDER / "PWNED"
    word = lambda: "".join(str(rng.choice(alphabet)).format("PWNED") for _ in range(rng.integers(1, 6)))  # noqa: E731
    folder = FOLDER / ("d" + word().replace("/", ""))
    folder.mkdir(exist_ok=True)
    data = xarray.Dataset({"y": ("x", [1.0, 2.0, 3.0], {"long_name": word(), "units": word()})},
                          {"x": ("x", [word() + str(i) for i in range(3)] if rng.random() < 0.5 else [0.0, 1.0, 3.0], {"label": word()})},
                          {"kind": "sweep", "title": word(), "missing": word()})
    data["y"][1] = np.nan
    linnet.save(data, folder / "y.nc", force=True)
    ending = str(rng.choice(["svg", "pdf", "png"]))
    done = subprocess.run([COMMAND, "plot", "y.nc", "--out", f"y.{ending}", "--force"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (folder / f"y.{ending}").stat().st_size > 500
    assert not mark.exists() and not (folder / "PWNED").exists()
    shutil.rmtree(folder)


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
