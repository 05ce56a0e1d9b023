"""What Sphinx is told. It reads this file; `utils.site.__main__` calls it."""

import re
from pathlib import Path

from utils.course import course

_HERE = Path(__file__).parent

project = course().name
author = "The authors of the course"
version = release = course().version
default_role = "code"  # docstrings put names into single backquotes
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "utils.site.formulas"]
exclude_patterns = ["_static"]
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
nb_merge_streams = True
nb_number_source_lines = False
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
autodoc_default_options = {"members": True}
html_math_renderer = "mathml"
autodoc_inherit_docstrings = False  # those of torch are in torch's own reference
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
copybutton_selector = "div.cell_input div.highlight pre"

html_theme = "furo"
html_title = project
templates_path = [str(_HERE / "templates")]
html_css_files = ["figures.css", "site.css"]
html_js_files = [("figures.js", {"defer": "defer"}), ("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False  # each page ends in its licence
html_theme_options = {"navigation_with_keys": False}  # arrows belong to the figures
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

suppress_warnings = ["myst.header", "mystnb.unknown_mime_type", "misc.highlighting_failure"]


def setup(app) -> None:
    app.connect("autodoc-process-docstring", _as_it_is_written)


def _as_it_is_written(app, what, name, thing, options, lines: list[str]) -> None:
    """Docstrings are plain text with backquotes: a star or a bar in them is one."""
    for number, line in enumerate(lines):
        parts = line.split("`")
        parts[::2] = [re.sub(r"[*|]", r"\\\g<0>", part) for part in parts[::2]]
        lines[number] = "`".join(parts)
