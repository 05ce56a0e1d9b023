"""How fast the course is, beside what it could be compared with, measured in one run (``make bench``)."""
