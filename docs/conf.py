"""Settings of the documentation: ``sphinx-build -W -b html docs docs/_build/html``."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]

import negotiation  # noqa: E402

project = "negotiation"
author = copyright = "The negotiation developers"
release = version = negotiation.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "model_reference",
    "command_help",
]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
autosummary_generate = False  # numpydoc loads autosummary; the pages list their names by hand

html_theme = "alabaster"
html_theme_options = {
    "description": "From documents in which parties state demands to stable agreements",
    "page_width": "64rem",
    "fixed_sidebar": True,
}
html_show_sourcelink = False
html_copy_source = False
