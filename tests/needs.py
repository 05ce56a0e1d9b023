"""What some tests need beside Python, make and git. Without it they are skipped; continuous integration installs it.

``python3 tests/needs.py`` prints the Debian packages that are missing on this machine.
"""

import shutil
from glob import glob

# By the name of the fixture (conftest.py) that asks for it: the Debian package, and the places where it may be.
NEEDS = {
    "bwrap": ("bubblewrap", ["bwrap"]),  # holds submissions
    "setpriv": ("util-linux", ["setpriv"]),  # makes root nobody, who may own a sandbox or a database
    "chromium": ("chromium", ["chromium", "chromium-browser", "google-chrome"]),  # opens the notebooks
    "node": ("nodejs", ["node"]),  # runs the widgets' arithmetic
    "initdb": ("postgresql", ["/usr/lib/postgresql/*/bin/initdb"]),  # is tried as a gradebook
    # the real images
    "system_fashion_mnist": ("dataset-fashion-mnist", ["/usr/share/datasets/fashion-mnist/*.gz"]),
}


def find(name: str) -> str | None:
    """Where on this machine that is, or None."""
    for place in NEEDS[name][1]:
        found = max(glob(place), default=None) if place.startswith("/") else shutil.which(place)
        if found:
            return found
    return None


if __name__ == "__main__":
    print(*[package for name, (package, _) in NEEDS.items() if find(name) is None])
