"""The site, from its sources, by Sphinx."""

import shutil
import tempfile
from pathlib import Path

from sphinx.application import Sphinx

from utils.course import ROOT, assignments, lectures
from utils.site import excerpts, figures, sources
from utils.site.notebooks import committed
from utils.site.repository import Repository

HERE = Path(__file__).parent
MARK = "_static/excerpts.js"  # a folder that has it is a site


def build(folder: Path, repository: Repository) -> None:
    """Build the site into ``folder``; a site that is there is replaced once the new one is whole.

    Raises:
        ValueError: something else is in ``folder``, or Sphinx warns of something, such as a link that leads nowhere.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ValueError(f"{folder} holds something else than a site: name another folder, or empty it.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        written, made = Path(work, "sources"), Path(beside, "site")
        sources.write(written, repository)
        _run_sphinx(written, made, Path(work))
        figures.write(made / "figures")
        excerpts.write(made)
        for source in [*lectures(), *assignments()]:
            shutil.copy(committed(source), made / committed(source).relative_to(ROOT))
        if folder.exists():
            folder.rename(Path(beside, "before"))
        made.rename(folder)


def _run_sphinx(written: Path, made: Path, work: Path) -> None:
    told = work / "warnings"
    with told.open("w", encoding="utf-8") as warnings:
        app = Sphinx(
            srcdir=written,
            confdir=HERE,
            outdir=made,
            doctreedir=work / "trees",
            buildername="html",
            confoverrides={"html_static_path": [str(HERE / "static"), str(written / "_static")]},
            status=None,
            warning=warnings,
            parallel=2,
        )
        app.build()
    if told.stat().st_size:
        raise ValueError(f"The site was not built:\n{told.read_text(encoding='utf-8')}")
