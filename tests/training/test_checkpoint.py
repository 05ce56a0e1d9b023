"""Interrupted runs: killed for real, resumed to the same bits; damaged and foreign files are refused."""

import functools
import math
import operator
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from utils import models
from utils.training import fit, one_cycle
from utils.training.checkpoint import load_checkpoint, save_checkpoint

RUN = """
import os, signal, sys, torch
from torch import nn
from utils.data import Dataset
from utils.training import fit, one_cycle

path, die_at, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]
images = torch.randint(256, (300, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
data = Dataset(images, torch.arange(300) % 3, ("a", "b", "c"), "made up")
torch.manual_seed(1)
features = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU()
model = nn.Sequential(*features, nn.Dropout(0.3), nn.Flatten(), nn.Linear(144, 3))
steps = 0

def augment(images, generator):
    global steps
    steps += 1
    if steps == die_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return torch.where(torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5, images.flip(-1), images)

settings = dict(epochs=5, batch_size=32, schedule=one_cycle, augment=augment, device="cpu", progress=False)
history = fit(model, data, data, checkpoint=path, **settings)
torch.save({"model": model.state_dict(), "loss": history.train_loss, "steps": steps}, result)
"""


WHOLE = {"model": {"w": torch.ones(1000)}, "optimizer": {}, "scaler": {}, "history": {}, "data": {}}


def run(path: Path, die_at: int, result: Path) -> int:
    return subprocess.run([sys.executable, "-c", RUN, str(path), str(die_at), str(result)]).returncode


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_bits(tmp_path):
    assert run(tmp_path / "whole.pt", 0, tmp_path / "whole") == 0
    # 10 batches an epoch: killed in the middle of the third, so two are in the checkpoint.
    assert run(tmp_path / "killed.pt", 25, tmp_path / "killed") == -signal.SIGKILL
    assert len(load_checkpoint(tmp_path / "killed.pt")["history"]["train_loss"]) == 2
    assert run(tmp_path / "killed.pt", 0, tmp_path / "killed") == 0
    whole, resumed = (torch.load(tmp_path / name, weights_only=True) for name in ("whole", "killed"))
    assert resumed["steps"] == 30 and whole["steps"] == 50
    assert resumed["loss"] == whole["loss"]
    for name, tensor in whole["model"].items():
        assert torch.equal(tensor, resumed["model"][name]), name


def test_a_finished_run_is_not_trained_again(stripes, tmp_path):
    def train(epochs_expected_to_run):
        torch.manual_seed(0)
        model = models.create("small_cnn", num_classes=2)
        calls = []
        fit(model, stripes, epochs=2, checkpoint=tmp_path / "run.pt", progress=False, schedule=count(calls))
        assert len(calls) == epochs_expected_to_run * 4
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    def count(calls):
        def schedule(progress):
            calls.append(progress)
            return 1.0

        return schedule

    assert torch.equal(train(2), train(0))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"batch_size": 10}, "batch_size=64, and this one has batch_size=10"),
        ({"epochs": 3}, "epochs=1, and this one has epochs=3"),
        ({"schedule": one_cycle}, "schedule='None', and this one has schedule='one_cycle'"),
        ({"precision": "fp16"}, "precision='fp32', and this one has precision='fp16'"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(stripes, tmp_path, change, message):
    settings = {"epochs": 1, "precision": "fp32", "checkpoint": tmp_path / "run.pt", "progress": False}
    fit(models.create("small_cnn", num_classes=2), stripes, **settings)
    with pytest.raises(ValueError, match=message):
        fit(models.create("small_cnn", num_classes=2), stripes, **settings | change)


def test_a_checkpoint_of_another_network_is_refused_and_changes_nothing(stripes, tmp_path):
    settings = {"epochs": 1, "checkpoint": tmp_path / "run.pt", "progress": False}
    fit(models.create("small_cnn", num_classes=2), stripes, **settings)
    other = models.create("small_cnn", num_classes=3)
    before = other.classifier.weight.clone()
    with pytest.raises(ValueError, match="weights of another network"):
        fit(other, stripes, **settings)
    assert torch.equal(other.classifier.weight, before)


@pytest.mark.parametrize("damage", [b"", b"<html>not found</html>", "truncated", "pickle"])
def test_a_damaged_checkpoint_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "run.pt"
    save_checkpoint(path, WHOLE)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:2000])
    elif damage == "pickle":
        torch.save(os.system, path)  # what weights_only=True is there to refuse
    else:
        path.write_bytes(damage)
    with pytest.raises(ValueError, match=r"run\.pt is not a checkpoint that can be read: delete it"):
        load_checkpoint(path)


def test_something_else_that_torch_saved_is_refused(tmp_path):
    torch.save({"weights": torch.ones(2)}, tmp_path / "run.pt")
    with pytest.raises(ValueError, match="was not written by fit"):
        load_checkpoint(tmp_path / "run.pt")


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_checkpoint(tmp_path):
    """A real limit on file size in a real process: the write fails half way."""
    path = tmp_path / "run.pt"
    save_checkpoint(path, WHOLE | {"model": {"w": torch.zeros(10)}})
    code = (
        "import resource, signal, sys, torch, pathlib\n"
        "from utils.training.checkpoint import save_checkpoint\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "state = {'model': {'w': torch.ones(100_000)}, 'optimizer': {}, 'history': {}}\n"
        "save_checkpoint(pathlib.Path(sys.argv[1]), state)\n"
    )
    failed = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert failed.returncode != 0
    assert load_checkpoint(path)["model"]["w"].sum() == 0
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"], "a half-written file was left behind"


def test_a_checkpoint_that_is_cut_off_anywhere_or_altered_is_refused_by_name(tmp_path):
    path = tmp_path / "run.pt"
    save_checkpoint(path, WHOLE)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"run\.pt is not a checkpoint that can be read: delete it"):
            load_checkpoint(path)
    start = whole.index(torch.ones(1000).numpy().tobytes())
    for place in range(start, start + 4000, 163):  # one bit of one weight
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"run\.pt is not a checkpoint that can be read"):
            load_checkpoint(path)


@pytest.fixture
def finished(stripes, tmp_path):
    """The checkpoint of a run, and what continues it."""

    def go_on(**change):
        settings = {"epochs": 1, "precision": "fp32", "checkpoint": tmp_path / "run.pt", "progress": False}
        data = change.pop("data", stripes)
        return fit(models.create("small_cnn", num_classes=2), data, **settings | change)

    go_on()
    return tmp_path / "run.pt", go_on


@pytest.mark.parametrize("spoil", ["no scaler", "no data", "a history that lacks a field", "one that has more", "nan"])
def test_a_checkpoint_that_is_not_whole_is_refused_by_name(finished, spoil):
    path, go_on = finished
    state = torch.load(path, weights_only=True)
    if spoil == "nan":
        state["model"]["classifier.bias"].fill_(float("nan"))
    elif spoil == "a history that lacks a field":
        del state["history"]["seconds"]
    elif spoil == "one that has more":
        state["history"]["unknown"] = 1
    else:
        del state[spoil.removeprefix("no ")]
    save_checkpoint(path, state)
    with pytest.raises(ValueError, match=r"run\.pt (lacks|has a history|holds weights that are infinite).*begin anew"):
        go_on()


@pytest.mark.parametrize(
    "place, value",
    [
        ("unknown", 1),
        ("model", [1]),
        ("model classifier.bias", 3),
        ("optimizer", None),
        ("optimizer", {}),
        ("optimizer state", None),
        ("optimizer state 0 exp_avg", torch.zeros(7)),
        ("optimizer state 0 exp_avg", torch.tensor(math.nan)),
        ("optimizer param_groups 0 lr", math.nan),
        ("scaler", 3),
        ("data", None),
        ("history settings", None),
        ("history settings unknown", 1),
        ("history train_loss", ["a"]),
        ("history train_loss", [math.nan]),
        ("history seconds", [1.0, 2.0]),
    ],
)
def test_a_checkpoint_with_a_part_that_cannot_be_is_refused_and_changes_nothing(stripes, tmp_path, place, value):
    settings = {"epochs": 1, "checkpoint": tmp_path / "run.pt", "progress": False}
    fit(models.create("small_cnn", num_classes=2), stripes, **settings)
    state = torch.load(tmp_path / "run.pt", weights_only=True)
    *way, last = [int(key) if key.isdigit() else key for key in place.split()]
    functools.reduce(operator.getitem, way, state)[last] = value
    save_checkpoint(tmp_path / "run.pt", state)
    other = models.create("small_cnn", num_classes=2)
    before = other.classifier.weight.clone()
    with pytest.raises(ValueError, match=r"run\.pt (holds|has a|was written by).*(another path|begin anew)"):
        fit(other, stripes, **settings)
    assert torch.equal(other.classifier.weight, before)


@pytest.mark.parametrize("name", ["SGD", "Adafactor", "NAdam", "Rprop", "ASGD"])
def test_a_run_with_any_optimizer_goes_on(stripes, tmp_path, name):
    settings = {"epochs": 1, "checkpoint": tmp_path / "run.pt", "optimizer": getattr(torch.optim, name)}
    for _ in range(2):
        assert fit(models.create("small_cnn", num_classes=2), stripes, progress=False, **settings).epochs == 1


def test_a_checkpoint_of_other_images_labels_or_class_names_is_refused(finished, stripes):
    _, go_on = finished
    for change in (
        {"images": 255 - stripes.images},
        {"labels": 1 - stripes.labels},
        {"class_names": ("car", "bus")},
        {"mean": (0.25,)},
    ):
        with pytest.raises(ValueError, match="was written by a run on other training images"):
            go_on(data=replace(stripes, **change))
    with pytest.raises(ValueError, match="was written by a run on other validation images"):
        go_on(validation=stripes)
    assert go_on(data=replace(stripes, source="the same, lying elsewhere")).epochs == 1


def test_a_run_that_moves_keeps_its_precision_and_this_machines_optimizer(finished, stripes, monkeypatch):
    """As from a GPU, whose optimizer was fused and whose fastest precision is another, to a processor and back."""
    path, go_on = finished
    state = torch.load(path, weights_only=True)
    for group in state["optimizer"]["param_groups"]:
        group["fused"] = not group["fused"]
    save_checkpoint(path, state)
    monkeypatch.setattr("utils.training.machine.choose_precision", lambda device: "fp16")
    assert go_on(precision=None).precision == "fp32"
    model, learner = models.create("small_cnn", num_classes=2), None

    def optimizer(parameters, lr):
        nonlocal learner
        learner = torch.optim.Adam(parameters, lr=lr, fused=True)
        return learner

    optimizer.__name__ = "Adam(fused=True)"
    fit(model, stripes, epochs=1, optimizer=optimizer, checkpoint=path, progress=False)
    assert all(group["fused"] for group in learner.param_groups), "how it computes is this machine's choice"


def test_other_frozen_layers_are_named(finished):
    path, _ = finished
    state = torch.load(path, weights_only=True)
    state["optimizer"]["param_groups"][0]["params"].pop()
    save_checkpoint(path, state)
    with pytest.raises(ValueError, match="other layers frozen"):
        finished[1]()


def test_a_tilde_is_the_home_folder(stripes, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    fit(models.create("small_cnn", num_classes=2), stripes, epochs=1, progress=False, checkpoint="~/run.pt")
    assert (tmp_path / "home" / "run.pt").exists() and not (tmp_path / "~").exists()
