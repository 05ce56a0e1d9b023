"""Formulas as MathML, which browsers draw by themselves: no script, nothing to fetch, and screen readers read it."""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def setup(app: Sphinx) -> dict:
    """A Sphinx extension: a way to write formulas, chosen by ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: HTML5Translator, node: nodes.math) -> None:
    following = node.next_node(descend=False, siblings=True)
    joined = isinstance(following, nodes.Text) and following.startswith(tuple(".,;:?!)"))
    writer.body.append(convert(node.astext()) + ("\N{WORD JOINER}" if joined else ""))  # no full stop begins a line
    raise nodes.SkipNode


def _block(writer: HTML5Translator, node: nodes.math_block) -> None:
    # A formula wider than a phone is scrolled, by keys as well.
    formula = convert(node.astext(), display="block")
    writer.body.append(f'<div class="formula" tabindex="0" role="group" aria-label="formula">{formula}</div>')
    raise nodes.SkipNode
