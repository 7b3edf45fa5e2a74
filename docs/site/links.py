"""Checks the built site without a network: links.py FOLDER

Every link within the site leads to a file that is there, and to an anchor that its page has; every page loads its scripts,
styles and pictures from the site alone. Links to other sites are listed in build/docs/external-links.txt, not fetched.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("object", "data")}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key == "id" or (tag == "a" and key == "name"):
                self.anchors.add(value)
            elif tag == "a" and key == "href":
                self.links.append(value)
            elif (tag, key) in LOADED or (tag == "link" and key == "href" and dict(attributes).get("rel") != "canonical"):
                self.loaded.append(value)


def main(folder):
    pages = {path: Page(path) for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts}
    faults, outside = [], {}
    for path, page in pages.items():
        where = path.relative_to(folder)
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded and parts.scheme != "data":
                    faults.append(f"{where}: loads {link} from elsewhere")
                outside.setdefault(link, where)
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                faults.append(f"{where}: leads to {link}, which is not there")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                faults.append(f"{where}: leads to {link}; that page has no such anchor")
    listed = folder.parent / "external-links.txt"
    listed.write_text("".join(f"{link}  ({where})\n" for link, where in sorted(outside.items())), encoding="utf-8")
    print(f"{len(pages)} pages, {sum(len(p.links) + len(p.loaded) for p in pages.values())} links; {len(outside)} to other sites, in {listed}")
    if faults:
        sys.exit("\n".join(sorted(set(faults))))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
