"""Prediction of assignment 03: the loss of a network that knows nothing."""

import math

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="loss, share",
    right=(math.log(10), 0.1),
    mistakes=(
        (
            "minus the logarithm of the probability that the right class gets, and each of ten classes gets 1/10.",
            0,
            0.1,
        ),
        ("softmax of equal numbers is not 0, but 1/10 for each class.", 0, 0.0),
        ("the natural logarithm is meant, not the one of base 10.", 0, 1.0),
        ("the natural logarithm is meant, not the one of base 2.", 0, 3.32193),
        ("the loss is minus a logarithm, and so above 0.", 0, -2.30259),
        ("of ten classes that are equally frequent a guess is right in one case of ten.", 1, 0.0),
        ("a guess among ten, not among two.", 1, 0.5),
    ),
)
