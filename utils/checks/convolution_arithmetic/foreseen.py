"""Prediction of assignment 01: two convolutions of ones."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="corner, middle",
    right=(25, 81),
    mistakes=(
        (
            "the window of the second layer holds numbers of the first, and they are not all 4. At the rim they "
            "are 4, 6 and 9.",
            0,
            16,
        ),
        ("zeros stand around the image, so the window in the corner finds four ones in the first layer.", 0, 81),
        ("that is after one layer.", 0, 4),
        ("that is after one layer. The second adds up nine of these.", 1, 9),
        ("the sums are added, not doubled: nine times 9.", 1, 18),
    ),
)
