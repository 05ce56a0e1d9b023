"""Prediction of assignment 02: a transposed convolution of ones."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="size, smallest, largest",
    right=(9, 1, 4),
    mistakes=(
        ("that is the size of a convolution's output. A transposed one enlarges: (4 − 1) · 2 + 3.", 0, 1),
        ("windows of 3 begin every 2 cells, so four of them reach over (4 − 1) · 2 + 3 cells.", 0, 8),
        ("no cell is left out; in the corner stands one window.", 1, 0),
        ("in each direction two windows overlap, so four in both.", 2, 2),
        ("windows begin every 2 cells. Nine would meet if they began next to each other.", 2, 9),
    ),
)
