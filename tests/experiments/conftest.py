import subprocess

import pytest
import xarray
from paths import LINNET


def reproduced(tmp_path_factory, group):
    """The names below a group of experiments, each run when it is asked for."""
    folder = tmp_path_factory.mktemp(group)

    def open_data(name, *options):
        done = subprocess.run([LINNET, "reproduce", f"{group}/{name}", "--quiet", "--force", "--out", folder, *options],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        result = xarray.open_dataset(folder / group / name / "data.nc")
        ended = result.attrs["status"] in ("completed", "stopped") if "status" in result.attrs else result.status.max() <= 1
        assert ended, "completed, or stopped by the event"
        return result

    return open_data


@pytest.fixture(scope="module")
def saddle(tmp_path_factory):
    return reproduced(tmp_path_factory, "saddle")


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return reproduced(tmp_path_factory, "words")


@pytest.fixture(scope="module")
def sharpness(tmp_path_factory):
    return reproduced(tmp_path_factory, "sharpness")


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    return reproduced(tmp_path_factory, "blocks")
