"""The course as a site: pages from the committed notebooks, figures that live without a kernel, nothing from elsewhere.

``python -m utils.site`` builds it (`make site`). It works from a file, from any folder of a server, and offline.
"""

from utils.quick import import_without_grammar

import_without_grammar()
