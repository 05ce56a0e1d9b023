"""Prediction of assignment 11: what an occlusion map costs."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="places, passes",
    right=(49, 50),
    mistakes=(
        ("a square of 8 in steps of 4 stands at (32 − 8)/4 + 1 = 7 places along an axis.", 0, 64),
        (
            "a square of 8 in steps of 4 stands at (32 − 8)/4 + 1 = 7 places along an axis: the first counts, too.",
            0,
            36,
        ),
        ("along both axes.", 0, 7),
        ("in steps of 4, so squares overlap.", 0, 16),
        ("in steps of 4, not of 1.", 0, 625),
        ("the image without a square must be asked once, too.", 1, 49),
        ("the image without a square is asked once, not once for each place.", 1, 98),
    ),
)
