"""Prediction of assignment 06: dropout twice in a row."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="share, factor",
    right=(0.64, 1.5625),
    mistakes=(
        ("a number must stay in the first *and* in the second: multiply.", 0, 0.6),
        ("that is what one dropout leaves.", 0, 0.8),
        ("that is what vanishes. Asked for is what stays.", 0, 0.36),
        ("0.2 is the probability to vanish, not to stay.", 0, 0.04),
        ("that is one dropout's. Each of the two multiplies by it.", 1, 1.25),
        ("what stays is made larger, by 1/0.8 each time.", 1, 0.64),
        ("the two multiply; they are not added.", 1, 2.5),
    ),
)
