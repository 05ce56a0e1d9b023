"""Device, seeds and budget."""

import random

import pytest
import torch

from utils import settings


def test_budget_follows_the_environment(monkeypatch):
    for name, value in [("quick", 1), ("laptop", 2), ("full", 3)]:
        monkeypatch.setenv("COURSE_BUDGET", name)
        assert settings.budget(quick=1, laptop=2, full=3) == value


def test_budget_follows_the_device(monkeypatch):
    monkeypatch.delenv("COURSE_BUDGET", raising=False)
    monkeypatch.setattr(settings, "device", lambda: torch.device("cuda"))
    assert settings.budget_name() == "full"
    monkeypatch.setattr(settings, "device", lambda: torch.device("cpu"))
    assert settings.budget_name() == "laptop"


def test_an_unknown_budget_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "fast")
    with pytest.raises(ValueError, match="COURSE_BUDGET='fast' is not a budget: choose one of quick, laptop, full"):
        settings.budget(quick=1, laptop=2, full=3)


def test_set_seed_repeats_every_source_of_chance():
    def draw():
        return random.random(), torch.rand(3).tolist()

    settings.set_seed(7)
    first = draw()
    assert draw() != first
    settings.set_seed(7)
    assert draw() == first


def test_device_is_one_that_is_there():
    assert torch.zeros(2, device=settings.device()).sum() == 0
