"""Sphinx reads build/docs/source, which assemble.py makes of the pages, the notebooks and the experiments."""

import re
import sys
from pathlib import Path

import linnet

sys.path.insert(0, str(Path(__file__).parent))

from assemble import anchor  # noqa: E402

project = "linnet"
author = "The linnet authors"
copyright = author
version = release = linnet.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx-mathjax-offline",
]
highlight_language = "text"  # indented blocks are formulas

# Pages are plain Markdown, as other viewers show it.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "dollarmath"]
nb_execution_mode = "off"  # scripts/docs has executed them
nb_merge_streams = True

suppress_warnings = ["ref.python"]  # a word in backticks that two classes have stays a word
smartquotes = False  # docstrings have code in them
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the signature has the types
# Every class of matplotlib artists gets a `set` with all of their properties.
autodoc_default_options = {"members": True, "exclude-members": "set"}
napoleon_use_rtype = False
default_role = "py:obj"
python_maximum_signature_line_length = 80

html_context = {"default_mode": "auto"}
html_theme = "pydata_sphinx_theme"
html_title = "linnet"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["linnet.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "linnet"},
    "navbar_persistent": ["search-button"],
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 10,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-light",
    "pygments_dark_style": "a11y-dark",
}
html_sidebars = {"index": [], "start": [], "choosing": [], "costs": [], "notebooks": [], "gallery": [], "conventions": [], "extending": [], "faq": []}
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
copybutton_remove_prompts = True


def as_rst(app, what, name, obj, options, lines):
    """Docstrings are plain text: what reStructuredText would take for markup is text."""
    text = "\n".join(lines)
    text = re.sub(r"(?<![\\`*\w])\*(?=[\w(])|\|(?=\S)|(?<=\S)\|", lambda found: "\\" + found[0], text)
    text = re.sub(r"(?<=\w)_(?=[\s\^(),.;/])", r"\\_", text)
    text = re.sub(r"(?<=[\w)])\*(?=[\w\s,.;)])", r"\\*", text)
    cited = re.compile(r'docs/([\w-]+)\.md, ("[^"]*"(?:(?:,| and)\s+"[^"]*")*)')

    def link(found):
        page = found[1]
        return re.sub(r'"([^"]*)"', lambda title: f"`{' '.join(title[1].split())} <{page}.html#{anchor(title[1])}>`__", found[2])

    text = cited.sub(link, text)
    text = re.sub(r"docs/([\w-]+)\.md", r"`\1 <\1.html>`__", text)
    lines[:] = text.split("\n")


def setup(app):
    app.connect("autodoc-process-docstring", as_rst, priority=400)
