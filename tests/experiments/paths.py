"""The command that the tests of experiments run, and their folders."""

import os
import pathlib

LINNET = os.environ["LINNET_COMMAND"]
EXPERIMENTS = pathlib.Path(__file__).parent.parent.parent / "experiments"
