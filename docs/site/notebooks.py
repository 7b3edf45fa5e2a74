"""Executes the notebooks of docs/notebooks, each in a fresh kernel and an empty folder.

    notebooks.py [--update] [NAME…]    by default all; a name with or without its number and .ipynb

What was executed is written to build/docs/notebooks, from where the site takes it; with --update also into the notebook
itself. A notebook fails that raises an error, takes more than a minute, is committed larger than 400 kB, or has not exactly
one title.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "docs/notebooks"
EXECUTED = ROOT / "build/docs/notebooks"
SECONDS = 60
BYTES = 400_000


def chosen(names):
    """The notebooks of these names; all if there are none."""
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    if not names:
        return paths
    found = []
    for name in names:
        stem = Path(name).stem
        of_name = [path for path in paths if stem in (path.stem, re.sub(r"^\d+-", "", path.stem), path.stem.split("-")[0])]
        if not of_name:
            sys.exit(f"notebook: expected one of {', '.join(path.stem for path in paths) or 'none'}, got {name}")
        found += of_name
    return found


def execute(notebook):
    """Runs all cells. The minute is that of the whole notebook."""
    deadline = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "folder")
        folder.mkdir()
        NotebookClient(
            notebook,
            timeout_func=lambda cell: max(1, int(deadline - time.monotonic())),
            kernel_name="python3",
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{scratch}/kernel"}}),  # sockets, not ports
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(folder)}},
        ).execute()


def tidy(notebook):
    """What differs between machines and editors but says nothing to the reader is not kept."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        }
    )
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in ("tags",) if key in cell.metadata})


def titles(notebook):
    """The headings of the first level: a page has one."""
    words = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.findall(r"^# .*", re.sub(r"^```.*?^```", "", words, flags=re.M | re.S), flags=re.M)


def printed(notebook):
    """The text below each code cell."""
    return [
        "".join(out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    nbformat.write(notebook, beside)
    os.replace(beside, path)


def run(path, update):
    """Executes one notebook; the faults that were found, for the reader."""
    notebook = nbformat.read(path, as_version=4)
    before = printed(notebook)
    begin = time.monotonic()
    try:
        execute(notebook)
    except CellTimeoutError:
        return [f"expected at most {SECONDS} s, got more"]
    except (CellExecutionError, RuntimeError) as error:
        return [str(error)]
    tidy(notebook)
    write(notebook, EXECUTED / path.name)
    if update:
        write(notebook, path)
    faults = []
    if len(titles(notebook)) != 1:
        faults.append(f"expected one title, a line that begins with one #, got {len(titles(notebook))}")
    if path.stat().st_size > BYTES:
        faults.append(f"expected at most {BYTES // 1000} kB, got {path.stat().st_size // 1000} kB; take fewer figures, or a smaller dpi")
    now = printed(notebook)
    note = ""
    if not update and not any(before) and any(now):
        faults.append("is committed without its outputs; write them by scripts/docs notebooks --update")
    elif not update and now != before:
        cells = ", ".join(str(k + 1) for k, (old, new) in enumerate(zip(before, now)) if old != new)
        note = f" (prints something else than what is committed, in code cell {cells})"
    print(f"{path.stem}: {time.monotonic() - begin:.1f} s{note}", flush=True)
    return faults


def main():
    parser = argparse.ArgumentParser(prog="scripts/docs notebooks", description="Executes the notebooks of docs/notebooks.")
    parser.add_argument("--update", action="store_true", help="write the outputs into the notebooks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks to execute; all by default")
    asked = parser.parse_args()
    failed = 0
    for path in chosen(asked.names):
        for fault in run(path, asked.update):
            failed += 1
            print(f"{path.stem}: {fault}", file=sys.stderr, flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
