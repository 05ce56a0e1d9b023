"""One module per assignment: what a learner's answer must do, and what went wrong. Needs torch alone.

``from utils.checks import convolution_arithmetic as check`` and then ``check.correlate(correlate)``: it prints
✓, or the cell ends with a short message. Everything the checks share is in `utils.checks.base`.
"""
