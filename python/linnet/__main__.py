"""The command `linnet`, as `pip install` brings it: it draws by this Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn


def main() -> NoReturn:
    command = Path(__file__).parent / "bin" / "linnet"
    if not command.exists():
        sys.exit(f"linnet: {command}: expected the command, got none\n  hint: `pip install .` puts it there, and cmake in build/release/bin")
    os.environ.setdefault("LINNET_PYTHON", sys.executable)
    os.execv(command, [os.fspath(command), *sys.argv[1:]])


if __name__ == "__main__":
    main()
