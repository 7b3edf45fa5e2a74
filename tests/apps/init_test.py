"""`linnet init`: configurations to begin with."""

import re
import tomllib

import pytest
import xarray
from command import linnet, refused


def kinds():
    refusal = linnet("init", "nothing-like-it", cwd="/").stderr
    return re.search(r"expected one of (.+), got", refusal)[1].split(", ")


def test_there_is_a_kind_for_each_beginning():
    assert {"run", "sweep", "deep", "perceptron", "continual"} <= set(kinds())


@pytest.mark.parametrize("kind", kinds())
def test_each_runs_as_it_is_written(tmp_path, kind):
    done = linnet("init", kind, "--out", f"{kind}.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{kind}.toml\n")
    text = (tmp_path / f"{kind}.toml").read_text()
    assert text == linnet("init", kind, cwd=tmp_path).stdout
    command = re.search(r"^# Run it:  linnet (\w+) (\S+\.toml) --plot \S+\.png$", text, re.MULTILINE)
    assert command and command[2] == f"{kind}.toml"
    done = linnet(command[1], command[2], "--out", "result.nc", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with xarray.open_dataset(tmp_path / "result.nc") as data:
        if command[1] == "sweep":
            assert data["status"].attrs["flag_meanings"].split()[0] == "completed"
            assert not data["status"].any()
        else:
            assert data.attrs["status"] == "completed"


@pytest.mark.parametrize("kind", kinds())
def test_each_key_is_below_its_meaning(tmp_path, kind):
    page = linnet("info", "--keys", cwd=tmp_path).stdout.replace("\\|", "|")
    lines = linnet("init", kind, cwd=tmp_path).stdout.splitlines()
    keys = [i for i, line in enumerate(lines) if re.match(r"#?\w+ = ", line)]
    assert len(keys) > 20
    for i in keys:
        first = i
        while lines[first - 1].startswith("# "):
            first -= 1
        meaning = " ".join(line[2:] for line in lines[first:i])
        key = re.match(r"#?(\w+)", lines[i])[1]
        assert meaning, lines[i]
        if key not in ("kind", "initialization"):  # of which the page has a table each
            assert re.sub(r" \((one of|any of|list of|a|text|whole)\b[^()]*\)$", "", meaning) in page, meaning


@pytest.mark.parametrize("kind", kinds())
def test_defaults_may_be_written_out(tmp_path, kind):
    """Each line "#key = value" is accepted without its "#"."""
    text = linnet("init", kind, cwd=tmp_path).stdout
    command = re.search(r"linnet (\w+) ", text)[1]
    defaults = re.findall(r"^#(\w+ = (?!\.\.\.).*)$", text, re.MULTILINE)
    assert len(defaults) > 5
    for default in defaults:
        (tmp_path / "given.toml").write_text(text.replace(f"\n#{default}\n", f"\n{default}\n", 1))
        # The configuration is accepted, so that the place of the result is refused.
        refused(linnet(command, "given.toml", "--out", "missing/x.nc", cwd=tmp_path), 4,
                'missing/x.nc: expected a folder that exists, got no folder "missing"', "mkdir -p missing")  # fmt: skip


def test_files_are_not_overwritten(tmp_path):
    (tmp_path / "mine.toml").write_text("seed = 3\n")
    refused(linnet("init", "run", "--out", "mine.toml", cwd=tmp_path), 2,
            "mine.toml: expected a new file, got one that exists", "give --force to replace it")  # fmt: skip
    assert (tmp_path / "mine.toml").read_text() == "seed = 3\n"
    assert linnet("init", "run", "--out", "mine.toml", "--force", cwd=tmp_path).returncode == 0
    assert tomllib.loads((tmp_path / "mine.toml").read_text())["network"]["kind"] == "gaussian"


def test_kinds_that_there_are_not(tmp_path):
    among = f"expected one of {', '.join(kinds())}"
    refused(linnet("init", "sweeep", cwd=tmp_path), 2, f'KIND: {among}, got "sweeep"', 'did you mean "sweep"?')
    refused(linnet("init", "banana", cwd=tmp_path), 2, f'KIND: {among}, got "banana"')
