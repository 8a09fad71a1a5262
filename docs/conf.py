"""How the site is built: `sphinx-build -W --keep-going -b html docs site`."""

from importlib.metadata import version as version_of

project = "plunk-import"
copyright = "the plunk-import developers"  # noqa: A001 - Sphinx's own name
release = version_of("plunk-import")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
html_theme = "furo"
html_title = "plunk-import"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config"}
exclude_patterns = ["images"]
