"""Nbgrader's tools are where a teacher works, and not where a learner does (tests/test_lab.py looks at the page)."""

from types import SimpleNamespace

import pytest

from utils.course import ROOT
from utils.notebooks.teaching import TOOLS, leave_out_tools


def extensions(root, **settings) -> list[str]:
    """What a page of JupyterLab loads, if its server shows this folder."""
    app = SimpleNamespace(root_dir=str(root), web_app=SimpleNamespace(settings=settings))
    leave_out_tools(app)
    page = {"federated_extensions": [{"name": TOOLS}, {"name": "anywidget"}]}
    if hook := settings.get("page_config_hook"):
        page = hook(None, page)
    return [each["name"] for each in page["federated_extensions"]]


def test_the_whole_course_is_shown_without_them():
    assert extensions(ROOT) == ["anywidget"]


@pytest.mark.parametrize("root", [ROOT / "solutions", ROOT.parent, "grades"], ids=str)
def test_they_are_where_a_teacher_works(root):
    assert extensions(root) == [TOOLS, "anywidget"]


def test_what_another_extension_does_to_the_page_is_done():
    def more(handler, page):
        page["federated_extensions"].append({"name": "mine"})
        return page

    assert extensions(ROOT, page_config_hook=more) == ["anywidget", "mine"]
