"""For authors: makes the committed notebooks out of the ``.py`` files that are edited (`make notebooks`)."""

from utils.quick import import_without_grammar

import_without_grammar()
