"""Makes build/docs/source, from which Sphinx builds the site.

The pages of docs and the changelog are copied with their links changed to those of the site; docs/site/pages has the pages
of the site alone. Generated are the gallery (gallery.py), the reference of Python (python_api.py) and the list of headers.
"""

import re
import shutil
from pathlib import Path

import gallery
import python_api

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs/site"
SOURCE = ROOT / "build/docs/source"
EXECUTED = ROOT / "build/docs/notebooks"


def anchor(title):
    """The anchor of a heading, as MyST and GitHub make it."""
    text = re.sub(r"[`*]", "", " ".join(title.split())).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def prose(text, change):
    """Changes text outside of code blocks."""
    parts = re.split(r"(^```.*?^```[^\n]*\n|^    [^\n]*\n)", text, flags=re.M | re.S)
    return "".join(part if k % 2 else change(part) for k, part in enumerate(parts))


def for_the_site(text):
    """Links and citations of a page, as links between the pages of the site."""

    def titles(page, quoted):
        return re.sub(r'"([^"]+)"', lambda title: f"[{' '.join(title[1].split())}]({page}.md#{anchor(title[1])})", quoted)

    def change(part):
        quoted = r'("[^"]*"(?:(?:,| and)\s+"[^"]*")*)'
        part = re.sub(rf"(?<!`)docs/([\w-]+)\.md,\s{quoted}", lambda found: titles(found[1], found[2]), part)
        part = re.sub(rf"(?<!`)docs/([\w-]+)\.md\s\({quoted}\)", lambda found: f"[]({found[1]}.md) ({titles(found[1], found[2])})", part)
        part = re.sub(r"(?<![`(\[/])docs/([\w-]+)\.md", r"[](\1.md)", part)
        part = re.sub(r"\[(?:docs/)?([\w-]+)\.md\]\((?:docs/)?\1\.md\)", r"[](\1.md)", part)
        part = part.replace("[README](../README.md)", "[the start page](start.md)")
        return re.sub(r"(\]\()\.\./(examples)/", r"\1files/\2/", part)

    return prose(text, change)


def write(name, text):
    path = SOURCE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:  # Sphinx reads again what is newer
        path.write_text(text, encoding="utf-8")
    return path


def headers():
    """The list of C++ headers, each with the first sentence of what it says about its first type or function."""
    rows = {}
    for path in sorted((ROOT / "src/linnet").rglob("*.hpp")):
        text = path.read_text(encoding="utf-8")
        said = re.search(r"((?:^ *///[^\n]*\n)+)\s*(?:template[^\n]*\n)?\s*([^\n]*)", text, flags=re.M)
        words = " ".join(re.sub(r"^ *///", "", said[1], flags=re.M).split()) if said else ""
        sentence = re.split(r"(?<=[a-z)\]\d])[.:;](?:\s|$)", words)[0]
        rows.setdefault(path.parent.name, []).append((path.relative_to(ROOT / "src"), sentence))
    lines = [
        "# C++ headers",
        "",
        "`linnet/linnet.hpp` includes what most programs need; single headers compile faster. Each header's first comment is",
        "repeated here; the header has the rest: shapes, units, errors and cost. [Architecture](architecture.md) says which folder",
        "may include which.",
        "",
    ]
    for folder, files in rows.items():
        lines += [f"## {folder}", "", "| header | |", "|---|---|"]
        lines += [f"| `{path}` | {sentence.replace('|', chr(92) + '|').replace('*', chr(92) + '*')} |" for path, sentence in files] + [""]
    return "\n".join(lines)


def as_executed(path):
    """A notebook as it was executed last; as committed, if that is newer."""
    executed = EXECUTED / path.name
    return executed if executed.is_file() and executed.stat().st_mtime >= path.stat().st_mtime else path


def main():
    shutil.rmtree(SOURCE / "notebooks", ignore_errors=True)
    written = set()
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if path.stem == "reproductions":
            text = gallery.with_pictures(text)
        written.add(write(path.name, for_the_site(text)))
    written.add(write("changelog.md", for_the_site((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))))
    notebooks = [as_executed(path) for path in sorted((ROOT / "docs/notebooks").glob("*.ipynb"))]
    for path in sorted((SITE / "pages").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if path.stem == "notebooks":
            text = text.replace("NOTEBOOKS\n", "".join(f"notebooks/{n.stem}\n" for n in notebooks))
        written.add(write(path.name, text))
    for path in notebooks:
        (SOURCE / "notebooks").mkdir(exist_ok=True)
        target = SOURCE / "notebooks" / path.name
        target.write_text(re.sub(r"(\]\()(?:\.\./)+(?:docs/)?([\w-]+\.md)", r"\1../\2", path.read_text(encoding="utf-8")), encoding="utf-8")
        written.add(target)
    written.add(write("gallery.md", gallery.page()))
    for name, text in python_api.pages().items():
        written.add(write(name, text))
    written.add(write("cpp.md", headers()))
    for folder in ("examples",):
        shutil.copytree(ROOT / folder, SOURCE / "files" / folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs/gallery", SOURCE / "pictures", dirs_exist_ok=True)
    for path in [*SOURCE.glob("*.md"), *SOURCE.glob("*.rst")]:
        if path not in written:
            path.unlink()


if __name__ == "__main__":
    main()
