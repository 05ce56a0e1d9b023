"""Releasing and grading assignments: nbgrader, hardened. ``python -m utils.grading --help`` lists what it does.

From a folder of submissions to grades: `parsing` reads what was handed in and caps it, `rebuilding` puts its
answers into the notebook of the assignment, `sandbox` and `session` run that, `scoring` says what it is worth,
`chunks` does so for many and can be interrupted, and `merging` writes it all down.
"""

from utils.quick import import_without_grammar

import_without_grammar()
