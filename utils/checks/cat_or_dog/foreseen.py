"""Prediction of assignment 05: what larger images cost in weights."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="fully_connected, convolutional",
    right=(49.0, 1.0),
    mistakes=(
        ("images are 7 times as high *and* 7 times as wide.", 0, 7.0),
        ("it has weights for every pixel, so it grows with the image.", 0, 1.0),
        ("its kernel is as large as before. It is used at more places, with the same weights.", 1, 49.0),
        ("its kernel is as large as before, in both directions.", 1, 7.0),
    ),
)
