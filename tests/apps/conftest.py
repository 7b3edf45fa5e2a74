import signal
import subprocess

import pytest

# Commands respect signals that were ignored when they began, as under nohup. Of a handler they inherit the default.
for each in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(each) == signal.SIG_IGN:
        signal.signal(each, lambda *_: None)

RUN = """
seed = 4
[task]
dim = 10
rank = 2
[network]
width = 30
variance = 0.05
[solver]
step = 0.01
max_steps = 40
[record]
observables = ["train_error", "test_error", "singular_values"]
"""

GRID = """
seed = 5
[task]
dim = 24
rank = 2
[network]
state = "gram"
[solver]
step = "mixed"
step_divisor = 400
max_steps = 400
order = "sequential"
[sweep]
axes = [
  {field = "network.variance_exponent", linear = [-2.5, -1.0, 8]},
  {field = "network.width_exponent", linear = [0.5, 2.5, 8]},
]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.toml").write_text(RUN)
    (tmp_path / "grid.toml").write_text(GRID)
    return tmp_path


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("mounting a tmpfs is not permitted")
    yield disk
    subprocess.run(["umount", disk], check=True)
