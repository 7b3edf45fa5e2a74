"""What the experiments' tests run, and on what."""

import os
import pathlib

LINNET = os.environ["LINNET_COMMAND"]
EXPERIMENTS = pathlib.Path(__file__).parent.parent.parent / "experiments"
