"""Sphinx's settings for the website. `build.py` gathers the pages beside this file and then calls Sphinx."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for docstrings.py and mathml.py

from docstrings import as_rst

from revgraph import __version__

project = "revgraph"
author = "the revgraph authors"
copyright = author
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "mathml"]
html_math_renderer = "mathml"
exclude_patterns = ["README.md"]
templates_path: list[str] = []

myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # the course's notebooks are to be run by learners
# A chapter is shown as it stands, and GitHub's anchors need not be Sphinx's.
suppress_warnings = ["mystnb.lexer"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "undoc-members": False, "show-inheritance": False}
autodoc_default_options["exclude-members"] = "set_score_request"  # scikit-learn's own, in an estimator
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "revgraph"
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["revgraph.css"]
html_theme_options = {
    "github_url": "https://github.com/revgraph/revgraph",
    "show_toc_level": 2,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "back_to_top_button": False,
}
html_sidebars = {"index": []}


def setup(app) -> None:
    app.connect("autodoc-process-docstring", as_rst)
