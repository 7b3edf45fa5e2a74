"""The descriptions of the experiments; each of their keys has an effect."""

import os
import subprocess

import pytest
from paths import EXPERIMENTS, LINNET


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
    """Keys without an effect are refused before the journal is opened; the journal then stops the sweeps."""
    draws_nothing = {**os.environ, "LINNET_PYTHON": "true"}
    for file in EXPERIMENTS.rglob("*.toml"):
        if "axes = [" not in file.read_text():
            continue
        name = str(file.relative_to(EXPERIMENTS).with_suffix(""))
        journal = tmp_path / name / "data.nc.journal"
        journal.parent.mkdir(parents=True)
        journal.write_text("of another sweep")
        done = subprocess.run([LINNET, "reproduce", name, "--quiet", "--out", tmp_path, *options],
                              env=draws_nothing, capture_output=True, text=True)
        assert "data.nc.journal: expected no journal of an earlier sweep" in done.stderr, (name, done.stderr)
