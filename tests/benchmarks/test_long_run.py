"""Networks of several families trained alike: what is kept of each, and that a run goes on where it was stopped."""

import json

import pytest
import torch

from benchmarks import long_run, record
from utils import models
from utils.data import Dataset


def test_its_networks_have_as_many_parameters_as_resnet20_or_are_its_plain_siblings():
    with torch.device("meta"):
        networks = {name: models.create(name, in_channels=3, image_size=32) for name in long_run.NETWORKS}
    counts = {name: models.count_parameters(network) for name, network in networks.items()}
    alike = [counts[name] for name in counts if name not in ("plain32", "plain56")]
    assert len(alike) == 6 and all(count == pytest.approx(269_722, rel=0.03) for count in alike), counts


def test_a_run_is_kept_and_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    torch.manual_seed(0)
    data = Dataset(torch.randint(256, (64, 3, 32, 32), dtype=torch.uint8), torch.arange(64) % 10, (*"abcdefghij",), "")
    monkeypatch.setattr(long_run, "cifar10", lambda: (data, data.subset(torch.arange(32))))
    monkeypatch.setattr(long_run, "EPOCHS", 2)
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    monkeypatch.setattr("sys.argv", ["long_run", "small_mobilenet", "--checkpoints", str(tmp_path)])
    kept = []
    for _ in range(2):
        long_run.main()
        [path] = tmp_path.glob("long-run-small_mobilenet-*.json")
        kept.append(json.loads(path.read_text()))
    curves = ("train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds")
    assert all(len(kept[0][curve]) == 2 for curve in curves)
    assert [kept[0][curve] for curve in curves] == [kept[1][curve] for curve in curves]
    assert kept[0]["command"] == "python -m benchmarks.long_run small_mobilenet"
    assert kept[0]["settings"]["epochs"] == 2 and kept[0]["parameters"] == 267_574
