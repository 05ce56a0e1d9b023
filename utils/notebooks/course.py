"""Where `utils.course` stood in 0.1.0: a fork's own programs may still import it from here."""

from utils.course import Assignment, Lecture, assignments, lectures

__all__ = ["Assignment", "Lecture", "assignments", "lectures"]
