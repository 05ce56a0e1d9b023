"""The long run on cats and dogs: network and recipe are those of the lecture, and what is kept."""

import json

import pytest
import torch

from benchmarks import cat_or_dog, record
from utils import models
from utils.course import LECTURES
from utils.data import Dataset

pytestmark = pytest.mark.skipif(
    not list(LECTURES.glob("*_cat_or_dog.py")), reason="this course has no lecture on cats and dogs"
)


def test_a_run_by_the_lectures_recipe_is_kept(tmp_path, monkeypatch):
    torch.manual_seed(0)
    data = Dataset(torch.randint(256, (80, 3, 32, 32), dtype=torch.uint8), torch.arange(80) % 2, ("cat", "dog"), "")
    monkeypatch.setattr(cat_or_dog, "cats_and_dogs", lambda: (data, data.subset(torch.arange(20))))
    monkeypatch.setattr(cat_or_dog, "EPOCHS", 2)
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    cat_or_dog.main()
    [path] = tmp_path.glob("cat-or-dog-*.json")
    kept = json.loads(path.read_text())
    assert all(len(kept[curve]) == 2 for curve in cat_or_dog.CURVES)
    assert kept["settings"]["optimizer"] == "SGD(momentum=0.9, nesterov=True, weight_decay=0.001)"
    assert kept["settings"] | {"epochs": 2, "learning_rate": 0.1, "augment": "augment"} == kept["settings"]
    assert {kept["test_accuracy"], kept["test_accuracy_two_looks"]} <= {right / 20 for right in range(21)}


def test_the_network_is_the_one_that_the_lecture_counts():
    network = cat_or_dog.definitions(train=None, validation=None, short=1)["network"]
    assert models.count_parameters(network(batch_norm=True, residual=True)) == 463_138
