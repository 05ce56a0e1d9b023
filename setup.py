"""pyproject.toml says what the course is; this makes `pip install -e` install the data files named there as well.

For that setuptools asks a distribution `has_data()`, and all that a distribution of its own has is `has_data_files()`.
"""

from setuptools import Distribution, setup


class WithDataFiles(Distribution):
    def has_data(self) -> bool:
        return self.has_data_files()


setup(distclass=WithDataFiles)
