"""What a course says of itself, said anew in ``lectures/course.toml`` and on every page, in any folder that has one."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path


def say(course: Path, field: str, value: str) -> None:
    """Write a field of ``[course]``; the pages still say what they said.

    Raises:
        ValueError: there is no such line.
    """
    table = course / "lectures" / "course.toml"
    line = re.compile(rf"^{field} *= *(\"[^\"\n]*\"|'[^'\n]*')", re.MULTILINE)
    said = f"{field} = {json.dumps(value, ensure_ascii=False)}"
    text, found = line.subn(lambda _: said, table.read_text("utf-8"), count=1)
    if not found:
        raise ValueError(f'lectures/course.toml has no line that begins with {field} = "')
    table.write_text(text, "utf-8")


def renew_pages(course: Path) -> None:
    """What `make notebooks` does, for the course in a folder.

    Raises:
        ValueError: a page cannot be made. The reason has been printed.
    """
    environment = os.environ | {"PYTHONPATH": str(course), "PYTHONDONTWRITEBYTECODE": "1"}
    for program in (["utils.notebooks"], ["utils.grading", "release"]):
        command = [sys.executable, "-m", *program]
        if subprocess.run(command, cwd=course, env=environment, stdout=subprocess.DEVNULL).returncode:
            raise ValueError("So the pages were not renewed, and nothing has changed.")
