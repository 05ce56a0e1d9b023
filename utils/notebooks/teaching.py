"""A learner's JupyterLab is without the teacher's tools (nbgrader's menu, sidebar and buttons), and offers no news."""

from pathlib import Path

from utils.course import ROOT

TOOLS = "@jupyter/nbgrader"
NEWS = "@jupyterlab/apputils-extension:announcements"  # a question in the way; a classroom may have no network


def leave_out_tools(app) -> None:
    """Where a Jupyter server shows the whole course, as `make lab` does, its pages load no tools of a teacher.

    A server of ``solutions/`` or of a folder of grades has them.
    """
    if Path(app.root_dir).resolve() != ROOT.resolve():
        return
    settings = app.web_app.settings
    before = settings.get("page_config_hook", lambda handler, page: page)

    def without_tools(handler, page: dict) -> dict:
        page = before(handler, page)
        page["federated_extensions"] = [each for each in page["federated_extensions"] if each["name"] != TOOLS]
        page["disabledExtensions"] = [*page.get("disabledExtensions", []), NEWS]
        return page

    settings["page_config_hook"] = without_tools
