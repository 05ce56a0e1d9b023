"""What students may not see."""

import re

import nbformat

MARKS = re.compile(r"### (BEGIN|END) (SOLUTION|HIDDEN TESTS)")


def secrets(assignment) -> set[str]:
    """Every line that stands only between the marks, or in the model answer of a free-text question."""
    inside, outside = set(), set()
    for cell in nbformat.read(assignment.notebook, as_version=4).cells:
        details = cell.metadata.get("nbgrader", {})
        secret = details.get("solution") and details.get("grade")
        for line in cell.source.splitlines():
            mark = MARKS.search(line)
            if mark:
                secret = mark[1] == "BEGIN"
                continue
            (inside if secret else outside).add(line.strip())
    # A bracket or `relu(),` gives nothing away, a hint may name a line, and these are in every training loop.
    said = "\n".join([*outside, "optimizer.zero_grad()", "loss.backward()", "optimizer.step()"])
    return {line for line in inside if len(line) > 12 and line not in said}
