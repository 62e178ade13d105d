"""Settings of Sphinx for the book; `docs.book.build` lays out the pages and calls it."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _version_of

try:
    release = _version_of("clipmarket")
except PackageNotFoundError:  # the sources alone, not installed
    release = ""

project = "clipmarket"
author = "The clipmarket authors"
language = "en"
# Fences that name no language are commands and their words.
highlight_language = "none"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]

# Notebooks are shown with the outputs they were committed with.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
# What docstrings have in single backticks are names of the code.
default_role = "literal"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_class_signature = "separated"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_ivar = False
# Attributes are told in the docstring of the class; `:members:` would list them once more.
napoleon_custom_sections = [("Attributes", "returns_style")]
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"clipmarket {release}".strip()
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
# Formulas are written in plain letters; nothing is loaded from anywhere.
html_math_renderer = "mathjax"
