"""What every widget of the course is: an anywidget that also has a form without a kernel, and words.

A widget is a folder: its Python, its JavaScript, its style. What they share in the page is the folder ``page``.
"""

import hashlib
import html
import json

import anywidget

from utils.widgets.page import ALONE, script, style
from utils.widgets.traits import Words

STILL = "This figure can be touched: run the cell."  # what stands in a frame's place


class CourseWidget(anywidget.AnyWidget):
    """Base of the widgets. A subclass names its JavaScript, declares its settings and says its `facts`.

    Args:
        settings: values of the widget's traits. One that cannot be does not raise: the widget shows why, and
            keeps what it had.

    Raises:
        TypeError: a setting that this widget does not have.
    """

    script: str  # the name of the widget's folder, of the file in it, and of the function there that draws the widget
    height = 420  # of the frame in a page without a kernel until the frame has measured itself, in CSS pixels

    held: tuple[str, ...] = ()  # settings so large that a notebook holds each value once, for all its widgets

    title = Words("")
    problem = Words("")  # what the widget explains: settings that could not be taken

    def __init_subclass__(cls, **kwargs):
        if "script" in cls.__dict__:  # anywidget makes subclasses of its own, which have it already
            draw = f"export default {{ render: ({{ model, el }}) => {cls.script}(model, el) }};"
            cls._esm = f"{script(cls.script)}\n{draw}\n"
            cls._css = style(cls.script)
        super().__init_subclass__(**kwargs)

    def __init__(self, **settings):
        known = self.settings()
        for name in settings:
            if name not in known:
                raise TypeError(f"{type(self).__name__} has no setting {name!r}: it has {', '.join(known)}")
        self._problems: dict[str, str] = {}
        super().__init__(**settings)
        self.observe(lambda change: change.new or self._problems.clear(), "problem")  # read and gone

    @classmethod
    def settings(cls) -> list[str]:
        """The names of the settings, which the page knows too."""
        inherited = {*anywidget.AnyWidget.class_trait_names(), "problem"}
        names = cls.class_trait_names(sync=True)
        return [name for name in names if name not in inherited and not name.startswith("_")]

    def explain(self, name: str, reason: str) -> None:
        """Show in the widget why the setting ``name`` could not be taken, or no longer do so if ``reason`` is ""."""
        if name == "problem" or self._problems.get(name, "") == reason == "":
            return
        if len(reason) > 400:  # it quotes a value somebody gave, which may be a novel
            reason = f"{reason[:250]} … {reason[-100:]}"
        self._problems[name] = reason
        self.problem = "\n".join(filter(None, self._problems.values()))[: Words.LONGEST]
        if reason:
            self.send_state(name)  # the page may hold the refused value

    def facts(self) -> dict[str, str]:
        """What the widget shows, as names and values: the rows of its table where no script runs."""
        raise NotImplementedError

    def describe(self) -> str:
        """What the widget shows, in words."""
        return " ".join([f"{self.title}.", *(f"{name}: {value}." for name, value in self._rows().items())])

    def static_html(self) -> str:
        """Caption and table, which show everywhere, and a frame that runs the widget without a kernel.

        Where there are no frames a still is seen between them: a sentence, to which `make notebooks` adds a picture.
        """
        rows = "".join(
            f'<tr><th scope="row" style="text-align: left">{html.escape(name)}</th>'
            f'<td style="text-align: left">{html.escape(value)}</td></tr>'
            for name, value in self._rows().items()
        )
        table = f"<table><caption>{html.escape(self.title)}</caption>{rows}</table>"
        settings, beside = self.shown(), ""
        for name in self.held:
            value = _json(settings[name])
            key = hashlib.sha256(value.encode()).hexdigest()[:12]
            beside += f'<script type="application/json" data-cnn-held="{key}">{value}</script>'
            settings[name] = {"held": key}
        return framed(table, html.escape(self.title), self.page_of(settings), self.height, beside=beside)

    def _rows(self) -> dict[str, str]:
        return ({"Not shown": self.problem} if self.problem else {}) | self.facts()

    def page(self) -> str:
        """A page of its own: the same module, and a model that keeps the settings in the page."""
        return self.page_of(self.shown())

    def shown(self) -> dict:
        """All that a page needs to draw it: its settings, and what could not be taken."""
        return {name: getattr(self, name) for name in [*self.settings(), "problem"]}

    @classmethod
    def module(cls, settings: dict) -> str:
        """The file that draws a widget with these settings: of a folder with several, the smallest that will do."""
        return cls.script

    @classmethod
    def page_of(cls, settings: dict) -> str:
        """The page of a widget of this kind with these settings."""
        module = cls.module(settings)
        return (
            f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(settings['title'])}</title>"
            f"<meta name='viewport' content='width=device-width'><style>body {{ margin: 0 }}\n"
            f"{style(module)}</style><body><main></main><script type='module'>{script(module, ALONE)}\n"
            f"standAlone({cls.script}, {_json(settings)});</script></body></html>"
        )

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/plain": self.describe(), "text/html": self.static_html()}, metadata


def framed(words: str, title: str, page: str, height: int, still: str = STILL, beside: str = "") -> str:
    """The form without a kernel: words to open, what is seen where there are no frames, and the frame. All is HTML.

    ``beside`` the frame stands what the notebook holds for it.
    Where a page is made safe, as in a repository, it loses its styles with its frames.
    """
    return (
        f'<div class="cnn-static" dir="ltr" lang="en"><details><summary>In words</summary>{words}</details>'
        f'<style>.cnn-still {{ display: none }}</style><p class="cnn-still">{still}</p>'
        f'{beside}<iframe title="{title}" srcdoc={quoted(page)} loading="lazy" '
        f'style="width: 100%; height: {height}px; border: 0"></iframe></div>'
    )


def _json(value) -> str:
    """As short as JSON can be, in a script: no text in it can end that."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def quoted(page: str) -> str:
    """A page as the value of an attribute, in the quotes that JavaScript and JSON need least: a tenth fewer bytes."""
    return "'" + page.replace("&", "&amp;").replace("'", "&#39;") + "'"
