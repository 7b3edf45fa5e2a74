"""Executes everything that the documentation shows.

    docs_test.py page FILE.md      every fenced block of a page, in order, in one empty folder
    docs_test.py examples FOLDER   compiled C++ examples (from FOLDER) and Python examples against their stated output
    docs_test.py references        titles, paths and links that code and pages cite exist

Blocks of a page, by their language:

    python    run in one namespace a page; a ```text block right after it is what it prints
    console   "$ " lines are run by bash, the lines after one are what it prints; a line "…" matches any lines
    toml      written to the file that its first line names: "# name.toml"
    cpp, cmake    must be, verbatim, in the file that the comment line before it names: <!-- examples/x.cpp -->
    sh        commands for the reader's machine: their scripts must exist
    text      output of the block before it
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def fail(where, what):
    sys.exit(f"{where}: {what}")


def blocks(page):
    """(line, language, text, comment before it) of each fenced block."""
    found = []
    lines = page.read_text(encoding="utf-8").splitlines()
    comment, i = "", 0
    while i < len(lines):
        line = lines[i]
        if line.startswith("```"):
            end = next((j for j in range(i + 1, len(lines)) if lines[j].startswith("```")), None)
            if end is None:
                fail(f"{page.name}:{i + 1}", "a block that does not end")
            found.append((i + 1, line[3:].strip(), "\n".join(lines[i + 1 : end]) + "\n", comment))
            i = end
        comment = line if line.startswith("<!--") else "" if line.strip() else comment
        i += 1
    return found


def matches(expected, got):
    """Equal line by line except trailing blanks; "…" matches any lines or any end of a line."""
    pattern = []
    for line in expected.rstrip().splitlines():
        if line.strip() == "…":
            pattern.append(r"(?:.*\n)*?")
        else:
            pattern.append(".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ \t]*\n")
    return re.fullmatch("".join(pattern), got.rstrip() + "\n" if got.strip() else "") is not None


def require_output(where, expected, got):
    if not matches(expected, got):
        fail(where, f"the page shows\n{expected}\nbut what is printed is\n{got}")


def run_python(where, text, namespace):
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(text, where, "exec"), namespace)
    except Exception as error:
        import traceback

        traceback.print_exc()
        fail(where, f"{type(error).__name__}: {error}")
    return out.getvalue()


def run_console(where, text):
    parts = re.split(r"^\$ ", text, flags=re.M)
    if parts[0].strip():
        fail(where, 'a console block starts with a "$ " line')
    for part in parts[1:]:
        command, _, rest = part.partition("\n")
        while command.endswith("\\"):
            more, _, rest = rest.partition("\n")
            command = command[:-1] + more.lstrip("> ")
        done = subprocess.run(
            ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
        )
        require_output(f"{where}: {command}", rest, done.stdout)


def run_page(page):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        namespace = {"__name__": "__main__"}
        found = blocks(page)
        for k, (line, language, text, comment) in enumerate(found):
            where = f"{page.name}:{line}"
            following = found[k + 1][2] if k + 1 < len(found) and found[k + 1][1] == "text" else None
            if language == "python":
                out = run_python(where, text, namespace)
                if following is not None or out:
                    require_output(where, following or "", out)
            elif language == "console":
                run_console(where, text)
            elif language == "toml":
                name = re.match(r"# (\S+\.toml)\n", text)
                if not name:
                    fail(where, 'the first line names the file: "# name.toml"')
                Path(name[1]).write_text(text, encoding="utf-8")
            elif language in ("cpp", "cmake"):
                named = re.match(r"<!-- (\S+) -->", comment)
                if not named or text not in (ROOT / named[1]).read_text(encoding="utf-8"):
                    fail(where, f"not verbatim in the file named before it ({comment or 'none'})")
            elif language == "sh":
                for script in re.findall(r"^(scripts/\S+)", text, flags=re.M):
                    if not (ROOT / script).is_file():
                        fail(where, f"{script} does not exist")
            elif language == "text":
                if k == 0 or found[k - 1][1] != "python":
                    fail(where, "output without the block that prints it")
            else:
                fail(where, f'a block of language "{language}", which nothing runs')
        os.chdir(ROOT)
    print(f"{page.name}: {len(found)} blocks")


def stated_output(path):
    """The comment at the end of an example, from its line "Output:" on."""
    text = path.read_text(encoding="utf-8")
    mark = {".cpp": "//", ".py": "#"}[path.suffix]
    start = text.find(f"\n{mark} Output:\n")
    if start < 0:
        fail(path.name, f'no "{mark} Output:" at its end')
    lines = text[start:].strip().splitlines()[1:]
    return "\n".join(line[len(mark) :].strip() for line in lines)


def run_examples(folder):
    examples = sorted((ROOT / "examples").glob("*.cpp")) + sorted((ROOT / "examples").glob("*.py"))
    for path in examples:
        command = [str(Path(folder).resolve() / path.stem)] if path.suffix == ".cpp" else [sys.executable, str(path)]
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(command, capture_output=True, text=True, cwd=scratch, timeout=600)
        if done.returncode != 0:
            fail(path.name, f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        got = "\n".join(line.strip() for line in done.stdout.splitlines())
        require_output(path.name, stated_output(path), got)
        print(f"{path.name}: as stated")
    if not examples:
        fail("examples", "none found")


def check_references():
    theory = (ROOT / "docs/theory.md").read_text(encoding="utf-8")
    titles = set(re.findall(r"^#+ (.*)$", theory, flags=re.M))
    sources = [p for d in ("src", "python", "apps", "bench", "examples", "docs") for p in (ROOT / d).rglob("*.*")]
    cited = 0
    for path in sources:
        if path.suffix not in (".hpp", ".cpp", ".py", ".md"):
            continue
        text = re.sub(r"\s*\n[ \t]*(?://+|\*|#)?[ \t]*", " ", path.read_text(encoding="utf-8"))
        for quoted in re.findall(r'docs/theory\.md, ("[^"]*"(?:(?:,| and) "[^"]*")*)', text):
            for title in re.findall(r'"([^"]*)"', quoted):
                cited += 1
                if title not in titles:
                    fail(path, f'docs/theory.md has no section "{title}"')
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            if not (page.parent / link).exists():
                fail(page.name, f"links to {link}, which does not exist")
        for path in re.findall(r"`((?:src|tests|python|bench|examples|experiments|scripts|apps)/[^`*… ]*)`", text):
            if not (ROOT / path).exists():
                fail(page.name, f"names {path}, which does not exist")
    if not cited:
        fail("references", "no citation of docs/theory.md was found")
    print(f"{cited} citations of docs/theory.md, links and paths of {len(PAGES)} pages")


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "page":
        run_page((ROOT / sys.argv[2]).resolve())
    elif what == "examples":
        run_examples(sys.argv[2])
    else:
        check_references()
