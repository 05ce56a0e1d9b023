"""pyproject.toml says what the package is. Its version is the course's, and `pip install -e` installs data files too.

For these setuptools asks a distribution `has_data()`, and all that a distribution of its own has is `has_data_files()`.
"""

import tomllib
from pathlib import Path

from setuptools import Distribution, setup


class WithDataFiles(Distribution):
    def has_data(self) -> bool:
        return self.has_data_files()


course = tomllib.loads((Path(__file__).parent / "lectures/course.toml").read_text(encoding="utf-8"))["course"]
setup(distclass=WithDataFiles, version=course["version"])
