"""For who has a course of their own: the first lines of a lecture, a release, a copy for students, later changes."""
