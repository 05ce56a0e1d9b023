"""How a class did: of each task how many have no points, and which mistakes they made."""

import re
from collections import Counter

from utils.grading.rebuilding import Paper
from utils.grading.scoring import FAILED, Result

MISTAKES = 3  # of each task, the most frequent


def by_task(results: list[Result], paper: Paper) -> str:
    """A line for each task, and below it the messages that came most often. Messages differ in numbers only: one."""
    graded = [result for result in results if result.status != FAILED]
    lines = []
    for name in paper.points():
        found = [" ".join(result.failures[name].split()) for result in graded if name in result.failures]
        if found:
            lines.append(f"{name}: {len(found)} of {len(graded)} without points")
            counted = Counter(re.sub(r"\d+", "…", words)[:150] for words in found)
            lines += [f"    {count} × {words}" for words, count in counted.most_common(MISTAKES)]
    return "\n".join(lines) + "\n" if lines else ""
