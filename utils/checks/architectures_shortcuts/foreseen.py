"""Prediction of assignment 08: blocks that have learnt nothing."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="plain, residual, below",
    right=(0.0, 3.0, 0.0),
    mistakes=(
        ("with weights of zero F(x) is 0, whatever x is.", 0, 3.0),
        ("F(x) is 0, and x is added to it.", 1, 0.0),
        ("nothing doubles. Each block adds 0 to its input.", 1, 3072.0),
        ("nothing is added but 0, in ten blocks as in one.", 1, 30.0),
        ("a ReLU follows the sum.", 2, -2.0),
    ),
)
