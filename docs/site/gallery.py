"""The gallery: every experiment with its picture, from the experiments' own descriptions and docs/reproductions.md.

    gallery.py [NAME…]    makes the small pictures of docs/gallery: reproduces the experiments, by default all
"""

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs/gallery"
WIDTH = 640
BYTES = 40_000
PAPERS = {
    "mixed": "Mixed dynamics",
    "lazy-to-rich": "From lazy to rich",
    "saddle": "Saddle to saddle",
    "deep-width": "Any width at any depth",
    "rich": "Get rich quick",
    "design": "Design",
    "unified": "Across the papers",
    "blocks": "Blocks of inputs",
    "words": "Words",
    "sharpness": "Sharpness",
}


def experiments():
    """(name, description) of each experiment, in the order of the papers."""
    found = []
    for path in sorted((ROOT / "experiments").rglob("*.toml")):
        about = tomllib.loads(path.read_text(encoding="utf-8"))
        found.append((about["figure"]["name"], about))
    return sorted(found, key=lambda one: (list(PAPERS).index(one[0].split("/")[0]), one[0]))


def sections(text):
    """heading → text of each section of docs/reproductions.md."""
    parts = re.split(r"^## (.*)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def section_of(name, headings):
    """The heading under which an experiment is described: its own name or that of a folder above it."""
    for heading in headings:
        if any(name == part or name.startswith(part + "/") for part in heading.split(" and ")):
            return heading
    raise SystemExit(f"docs/reproductions.md: expected a section on {name}, found none")


def picture(name):
    path = PICTURES / f"{name}.png"
    if not path.is_file():
        raise SystemExit(f"docs/gallery/{name}.png: missing; make it by scripts/docs thumbnails {name}")
    return f"pictures/{name}.png"


def what_it_shows(text):
    """The first paragraph of a section that says what the paper shows, or that no paper does."""
    for paragraph in re.split(r"\n\s*\n", text):
        if re.match(r"\*(The paper|No paper)", paragraph.strip()):
            said = " ".join(paragraph.split()).replace("*", "", 2)
            return said[0].upper() + said[1:]
    return ""


def with_pictures(text):
    """docs/reproductions.md with the pictures of each section below its heading."""
    headings = list(sections(text))
    of_section = {}
    for name, about in experiments():
        of_section.setdefault(section_of(name, headings), []).append((name, about))

    def insert(found):
        figures = "\n".join(
            f"![{about['title']}]({picture(name)})\n\n`linnet reproduce {name}`: {about['title']} (about {about['figure']['time']}).\n"
            for name, about in of_section.get(found[1], [])
        )
        return f"{found[0]}\n{figures}"

    return re.sub(r"^## (.*)\n", insert, text, flags=re.M)


def page():
    """The gallery as a page: a card for each experiment."""
    from assemble import anchor

    described = sections((ROOT / "docs/reproductions.md").read_text(encoding="utf-8"))
    lines = [
        "# Gallery",
        "",
        "Every figure that linnet reproduces, each by one command. A click on a card leads to what the paper shows, what is expected and what was",
        "measured. Small pictures of slow experiments are those of their smaller version, `linnet reproduce --quick`.",
        "",
    ]
    before = None
    for name, about in experiments():
        paper = name.split("/")[0]
        if paper != before:
            lines += ([":::::", ""] if before else []) + [f"## {PAPERS[paper]}", "", f"*{about['figure']['paper']}*", "", ":::::{grid} 1 1 2 2", ":gutter: 3", ""]
            before = paper
        heading = section_of(name, described)
        lines += [
            f"::::{{grid-item-card}} {about['title']}",
            f":img-top: {picture(name)}",
            f":img-alt: {about['figure']['shows']}",
            f":link: reproductions.html#{anchor(heading)}",
            "",
            what_it_shows(described[heading]) or about["figure"]["shows"],
            "",
            f"`linnet reproduce {name}`, about {about['figure']['time']}",
            "::::",
            "",
        ]
    return "\n".join([*lines, ":::::", ""])


def shrink(path, target):
    """A small PNG of few colours."""
    from PIL import Image

    whole = Image.open(path).convert("RGB")
    for width in range(WIDTH, 300, -40):
        small = whole.resize((width, round(whole.height * width / whole.width)), Image.LANCZOS)
        for colours in (128, 64):  # rare colours, those of thin lines, stay apart
            out = io.BytesIO()
            small.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            if out.tell() <= BYTES:
                target.parent.mkdir(parents=True, exist_ok=True)
                beside = target.with_suffix(".part")
                beside.write_bytes(out.getvalue())
                os.replace(beside, target)
                return
    raise SystemExit(f"{target}: expected at most {BYTES} bytes at a width of 320, got more")


def main():
    parser = argparse.ArgumentParser(prog="scripts/docs thumbnails", description="Makes the small pictures of docs/gallery.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="experiments or folders of them; all by default")
    asked = parser.parse_args().names
    chosen = [name for name, _ in experiments() if not asked or any(name == one or name.startswith(one.rstrip("/") + "/") for one in asked)]
    if not chosen:
        raise SystemExit(f"thumbnails: expected names of experiments (linnet reproduce list), got {', '.join(asked)}")
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["linnet", "reproduce", name, "--quick", "--quiet", "--out", folder], check=True)
            shrink(Path(folder, name, "figure.png"), PICTURES / f"{name}.png")
        print(f"docs/gallery/{name}.png", flush=True)


if __name__ == "__main__":
    main()
