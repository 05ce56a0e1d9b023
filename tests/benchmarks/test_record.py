"""Recorded results say what made them, and the lecture on GPUs can read them."""

import json

import torch

from benchmarks import record


def test_a_result_is_kept_with_date_versions_and_command(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(record, "device_name", lambda device: "NVIDIA H200 (141 GB)")
    monkeypatch.setattr("sys.orig_argv", ["/some/python3", "-m", "benchmarks.device", "--rounds", "3"])
    path = record.save("device", torch.device("cpu"), {"seconds": {"a": [1.0, 2.0]}})
    assert path == tmp_path / "results" / "device-nvidia-h200-141-gb.json"
    kept = json.loads(path.read_text())
    assert kept["command"] == "python -m benchmarks.device --rounds 3"
    assert kept["torch"] == torch.__version__ and kept["cuda"] == torch.version.cuda
    assert kept["date"].count("-") == 2 and kept["seconds"] == {"a": [1.0, 2.0]}


def test_a_processor_has_a_name():
    assert record.device_name(torch.device("cpu")).endswith(f", {torch.get_num_threads()} threads")


def test_every_recorded_result_is_whole():
    for path in record.RESULTS.glob("*.json"):
        kept = json.loads(path.read_text())
        assert {"benchmark", "date", "device", "torch", "cuda", "python", "command"} <= kept.keys(), path.name
        assert path.name.startswith(kept["benchmark"]), path.name
        if kept["benchmark"] == "device":
            assert {"network", "batch_size", "seconds", "impossible"} <= kept.keys(), path.name
