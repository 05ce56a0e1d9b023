"""Where a site's links into the repository lead."""

from dataclasses import dataclass
from pathlib import Path

from utils.course import ROOT, Assignment, Lecture, colab_address


@dataclass(frozen=True)
class Repository:
    """The copy of the course that a site belongs to: its address, and the branch or tag that it was built from."""

    address: str
    ref: str

    def file(self, path: Path) -> str:
        """The address of a file or folder of the course."""
        kind = "tree" if path.is_dir() else "blob"
        return f"{self.address}/{kind}/{self.ref}/{path.relative_to(ROOT).as_posix()}"

    def colab(self, page: Lecture | Assignment) -> str:
        """The address that opens a page in Colab."""
        return colab_address(page, self.address, self.ref)
