"""Prediction of assignment 10: a new head on ResNet-18."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="learning, all_of_them",
    right=(1_026, 11_177_538),
    mistakes=(
        ("biases belong to it, one for each class.", 0, 1024),
        ("the head leads to 2 classes, not to 1,000.", 0, 513000),
        ("the trunk is frozen.", 0, 11177500),
        ("the old head is gone: 512 · 1,000 + 1,000 fewer.", 1, 11690500),
        ("the new head belongs to it.", 1, 11176500),
        ("that is what the network had before.", 1, 11689500),
        ("the old head had biases, too.", 1, 11178500),
    ),
)
