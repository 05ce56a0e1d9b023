"""Every picture of the course. Each function draws with matplotlib and returns a `Picture`, words included.

A figure is the function that is called like its file; the other files hold what figures share.
"""

from importlib import import_module
from pkgutil import iter_modules

from utils.figures.picture import Picture

__all__ = ["Picture"]
for _file in iter_modules(__path__):
    if _figure := getattr(import_module(f"{__name__}.{_file.name}"), _file.name, None):
        globals()[_file.name] = _figure
        __all__.append(_file.name)
