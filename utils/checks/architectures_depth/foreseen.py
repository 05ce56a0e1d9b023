"""Prediction of assignment 07: how a signal fades."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="factor",
    right=(0.12,),
    mistakes=(
        ("a ReLU makes half of the numbers 0, and so takes half of the mean square: the root of n/2.", 0, 0.169706),
        ("that is n times the standard deviation. Variances add up, so their root does: √.", 0, 2.88),
        ("that is n/2 times the standard deviation. Variances add up, so their root does: √.", 0, 1.44),
        ("that is the factor of the mean square. The spread is its root.", 0, 0.0144),
        ("a window holds 9 cells of each of the 32 maps: n = 288.", 0, 0.0212132),
        ("n = 9 · 32: the window has nine cells.", 0, 0.04),
    ),
)
