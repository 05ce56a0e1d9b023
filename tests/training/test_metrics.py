"""evaluate and predict against sums over single images."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import models
from utils.training import evaluate, predict


def test_average_over_images_not_over_batches(stripes):
    """The last batch is small and unlike the others, so that averaging batch means would show."""
    data = stripes.subset(stripes.labels.argsort()[:103])  # 100 of one class, then 3 of the other
    model = models.create("small_cnn", num_classes=2)
    x = (data.images.float() / 255 - 0.5) / 0.3
    with torch.no_grad():
        logits = model(x)
    losses = [F.cross_entropy(row, label).item() for row, label in zip(logits, data.labels, strict=True)]
    right = [int(row.argmax() == label) for row, label in zip(logits, data.labels, strict=True)]
    metrics = evaluate(model, data, batch_size=10, precision="fp32")
    assert metrics.loss == pytest.approx(sum(losses) / 103, rel=1e-5)
    assert metrics.accuracy == pytest.approx(sum(right) / 103)
    assert metrics.samples == 103
    torch.testing.assert_close(predict(model, data, batch_size=10, precision="fp32"), logits)


def test_the_model_is_asked_in_evaluation_mode_and_left_as_it_was(stripes):
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(784, 2))
    for training in (True, False):
        model.train(training)
        assert torch.equal(predict(model, stripes), predict(model, stripes))
        assert model.training is training


def test_metrics_say_what_they_are(stripes):
    text = str(evaluate(models.create("mlp", num_classes=2), stripes))
    assert text.startswith("accuracy ") and "on 200 images" in text
