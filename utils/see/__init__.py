"""What a learner's own answer does to real data: after a check, a figure. Nothing here gives points.

A module for each assignment, and in it a function for each task that has something to show. It takes the answer, as the
check does, and returns a figure.
"""
