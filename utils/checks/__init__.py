"""What a learner's answer must do, and what went wrong: one module per assignment, or a folder with a file per task.

Needs torch alone. ``from utils.checks import convolution_arithmetic as check`` and then ``check.correlate(correlate)``:
it prints ✓, or the cell ends with a short message. A task is declared with `utils.checks.task`, a network with a plan
with `utils.checks.plan`; `utils.checks.base` makes a check of any other function.
"""
