"""Prediction of assignment 04: how many pictures augmentation makes of one."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="pictures",
    right=(162,),
    mistakes=(
        ("mirrored ones are other pictures: twice as many.", 0, 81),
        ("a window of 32 stands at 40 − 32 + 1 places along an axis, not at 8.", 0, 128),
        (
            "a window of 32 stands at 40 − 32 + 1 places along an axis, not at 8, and mirrored ones count as well.",
            0,
            64,
        ),
        ("the square can stand at 9 rows *and* at 9 columns.", 0, 18),
        ("zeros are added on both sides: 32 + 2 · 4 = 40.", 0, 50),
    ),
)
