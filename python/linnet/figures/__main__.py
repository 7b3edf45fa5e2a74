"""The picture of a result file, as the command `linnet` asks for it: python -m linnet.figures FILE --out PICTURE.

Without --out the picture goes to standard output, in the format of --format. An error is told in four lines, its parts,
on standard error, with the exit code of the command.
"""

from __future__ import annotations

import argparse
import signal
import sys
from typing import List, Optional

CODES = {"input": 2, "numerical": 3, "output": 4, "interrupted": 130}


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m linnet.figures", description="Draw the fitting picture of a result.")
    parser.add_argument("file", nargs="?", help="result file (.nc); with --check alone none")
    parser.add_argument("--out", help="picture: .svg, .pdf or .png")
    parser.add_argument("--format", default="png", choices=["svg", "pdf", "png"], help="of a picture on standard output")
    parser.add_argument("--kind", default="auto")
    parser.add_argument("--variable", action="append", default=[], help="what to show (may be repeated)")
    parser.add_argument("--width", type=float, default=0, metavar="CM")
    parser.add_argument("--force", action="store_true", help="replace an existing picture")
    parser.add_argument("--report", action="store_true", help="print a page about FILE instead: HTML")
    parser.add_argument("--check", action="store_true", help="whether FILE has such a picture; draw nothing")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ended at once, without a traceback

    from linnet import Error

    try:
        from linnet import figures
        from linnet.figures import choose, output

        if given.file and given.check:
            choose.panels(figures.Data.of(given.file), given.kind, given.variable)
        elif given.file and given.report:
            from linnet import reports

            sys.stdout.buffer.write(reports.page(given.file).encode())
            sys.stdout.buffer.flush()
        elif given.file:
            picture = figures.draw(given.file, given.kind, given.variable, width_cm=given.width)
            if given.out:
                output.save(picture, given.out, given.force)
            else:
                sys.stdout.buffer.write(output.bytes_of(picture, given.format))
                sys.stdout.buffer.flush()
    except Error as error:
        for part in (error.field, error.expected, error.got, error.hint):
            print(" ".join(part.split()), file=sys.stderr)
        return CODES.get(error.kind, 2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
