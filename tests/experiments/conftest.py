import subprocess

import pytest
import xarray
from paths import LINNET


@pytest.fixture(scope="module")
def saddle(tmp_path_factory):
    """The names below `saddle/` of experiments, each run on first use."""
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
