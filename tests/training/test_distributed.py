"""Two real processes under torchrun against one: same results, every image once, killed and resumed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import two_processes
from torch import nn

from utils.training import distributed, fit
from utils.training.checkpoint import load_checkpoint
from utils.transfer import FrozenBatchNorm2d, freeze_batch_norm

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
PROGRAM = two_processes.__file__


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What came out of one process (this one), and of the two."""
    alone, together = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    done = subprocess.run([*TORCHRUN, PROGRAM, str(together)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    two = [torch.load(together / f"results.{rank}", weights_only=True) for rank in (0, 1)]
    return two_processes.experiments(alone), *two


@pytest.mark.slow
@pytest.mark.parametrize("run, tolerance", [("plain", 1e-5), ("augmented", 1e-5), ("fp16", 2e-3)])
def test_two_processes_train_as_one_does(results, run, tolerance):
    one, *two = (result[run] for result in results)
    for other in two:
        assert other["losses"] == pytest.approx(one["losses"], rel=tolerance)
        if run != "fp16":
            assert other["accuracies"] == one["accuracies"], "sums over 101 and 37 images, so no rounding"
        for name, tensor in one["weights"].items():
            torch.testing.assert_close(other["weights"][name], tensor, rtol=tolerance, atol=tolerance)


@pytest.mark.slow
def test_every_image_is_shown_once_in_every_epoch_and_both_processes_take_half(results):
    alone, *shares = (result["plain"]["trained on"] for result in results)
    per_epoch = [[share[i * len(share) // 3 : (i + 1) * len(share) // 3] for i in range(3)] for share in shares]
    assert [len(part) for part in per_epoch[0]] == [51] * 3  # 16 + 16 + 16 + 3
    for epoch in range(3):
        assert sorted(per_epoch[0][epoch] + per_epoch[1][epoch]) == list(range(101))
    assert len(alone) == 303 and per_epoch[0][0] != per_epoch[0][1]


@pytest.mark.slow
def test_both_processes_end_with_the_same_network_and_history(results):
    for run in ("plain", "augmented", "batch norm", "batch norm again"):
        first, second = (result[run] for result in results[1:])
        assert first["losses"] == second["losses"]
        for name, tensor in first["weights"].items():
            assert torch.equal(tensor, second["weights"][name]), (run, name)
    assert "2 × cpu" in first["text"] and "×" not in results[0]["plain"]["text"]


@pytest.mark.slow
def test_all_processes_learn_the_metrics_of_all_images(results):
    """Also of a single image, of which one process has none."""
    first, second = (result["evaluated"] for result in results[1:])
    assert first == second
    model = two_processes.Watched(batch_norm=True)
    model.load_state_dict(results[1]["batch norm again"]["weights"])
    model.eval()
    for (loss, accuracy, samples), count in zip(first, (1, 38), strict=True):
        data = two_processes.images(count)
        with torch.no_grad():
            logits = model(data.images / 255)
        assert samples == count
        assert accuracy == (logits.argmax(1) == data.labels).sum().item() / count
        assert loss == pytest.approx(nn.functional.cross_entropy(logits, data.labels).item(), rel=0.02)


@pytest.mark.slow
def test_dropout_draws_other_numbers_in_each_process(results):
    alone, first, second = (result["plain"]["seeds"] for result in results)
    assert first == alone and not set(first) & set(second)


@pytest.mark.slow
def test_what_cannot_be_ends_every_process_with_the_same_words(results):
    for result in results[1:]:
        assert "batch_size=20 makes a batch of 1 out of the last of 101" in result["one image for two"]
        assert "process 0 has images=101 and process 1 has images=100" in result["other data"]
        assert "process 0 has finished epochs=3 and process 1 has finished epochs=0" in result["other checkpoint"]
    for result in results:
        assert "DivergedError: training diverged" in result["diverged"]
    assert not {"one image for two", "other data", "other checkpoint"} & set(results[0])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="threads have names under /proc on Linux alone")
def test_no_thread_of_the_group_outlives_it(results):
    """One that is still at work when Python ends would take the process down."""
    for result in results[1:]:
        assert result["threads"] and not [name for name in result["threads"] if name.startswith("pt_gloo")]


@pytest.mark.slow
def test_process_0_alone_writes_the_checkpoint(results):
    assert [result["fp16"]["wrote"] for result in results] == [True, True, False]


@pytest.mark.slow
def test_a_killed_process_ends_the_run_which_goes_on_from_its_checkpoint(tmp_path, image_folder, capsys):
    settings = ["--model", "mlp", "--data", str(image_folder), "--epochs", "4", "--batch-size", "32"]
    settings += ["--precision", "fp32", "--augment", "--device", "cpu", "--checkpoint"]
    command = [*TORCHRUN, PROGRAM, "--die", str(tmp_path / "died"), *settings, str(tmp_path / "two.pt")]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=600)
    seconds = time.time() - (tmp_path / "died").stat().st_mtime
    assert killed.returncode != 0 and seconds < 30, "torchrun does not wait for messages that never come"
    assert "Signal 9 (SIGKILL)" in killed.stderr, killed.stderr
    assert "run the same command again" in killed.stdout
    assert len(load_checkpoint(tmp_path / "two.pt")["history"]["train_loss"]) in (1, 2)

    command = [*TORCHRUN, "-m", "utils.train", *settings, str(tmp_path / "two.pt")]
    resumed = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert resumed.returncode == 0, resumed.stderr
    assert "going on from" in resumed.stdout and "epoch 1/4" not in resumed.stdout
    assert resumed.stdout.count("test: accuracy") == resumed.stdout.count("epoch 4/4") == 1

    two_processes.command.main([*settings, str(tmp_path / "one.pt")])
    alone = capsys.readouterr().out
    assert resumed.stdout.splitlines()[-1] == alone.splitlines()[-1], "the line with the test accuracy"
    one, two = (load_checkpoint(tmp_path / name) for name in ("one.pt", "two.pt"))
    for name in ("train_accuracy", "validation_accuracy"):
        assert two["history"][name] == one["history"][name]
    for name, tensor in one["model"].items():
        torch.testing.assert_close(two["model"][name], tensor, rtol=1e-3, atol=1e-4)


@pytest.fixture
def launched(monkeypatch):
    """As if torchrun had started this process as number 1 of 2 on a machine with as many GPUs as given."""
    joined = []

    def launch(gpus: int) -> list:
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
        monkeypatch.setenv("LOCAL_RANK", "1")
        monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "set_device", joined.append)
        monkeypatch.setattr(dist, "init_process_group", joined.append)
        monkeypatch.setattr(dist, "destroy_process_group", lambda: joined.append("left"))
        return joined

    return launch


def test_each_process_takes_its_own_gpu_and_nccl(launched):
    joined = launched(gpus=2)
    with distributed.process_group() as device:
        assert device == torch.device("cuda") and joined == [1, "nccl"]
    assert joined[-1] == "left"


@pytest.mark.parametrize("gpus, wanted", [(0, None), (2, "cpu")])
def test_processors_speak_gloo(launched, gpus, wanted):
    joined = launched(gpus)
    with distributed.process_group(wanted) as device:
        assert device == torch.device("cpu") and joined == ["gloo"]


@pytest.mark.parametrize("gpus, wanted, message", [(1, None, "this machine has 1"), (0, "mps", "use device cpu")])
def test_devices_that_cannot_be_shared_are_refused(launched, gpus, wanted, message):
    joined = launched(gpus)
    with pytest.raises(ValueError, match=message), distributed.process_group(wanted):
        pass
    assert joined == []


def test_without_torchrun_nothing_is_joined():
    with distributed.process_group("cpu") as device:
        assert device == torch.device("cpu") and not dist.is_initialized()
    assert (distributed.rank(), distributed.world_size()) == (0, 1)


@pytest.mark.parametrize("device, kind", [("cuda", nn.SyncBatchNorm), ("cpu", nn.BatchNorm2d)])
def test_batch_norm_is_synchronised_where_torch_can(monkeypatch, device, kind):
    """On a GPU, which is only pretended here; the parameters stay those that the optimizer holds."""
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    wrapped = []
    monkeypatch.setattr(distributed, "DistributedDataParallel", wrapped.append)
    model = two_processes.Watched(batch_norm=True)
    before = list(model.parameters())
    distributed.replicate(model, torch.device(device))
    assert wrapped == [model] and isinstance(model.layers[1], kind)
    assert all(p is q for p, q in zip(model.parameters(), before, strict=True))


def test_a_frozen_batch_norm_stays_frozen_on_several_gpus(monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    monkeypatch.setattr(distributed, "DistributedDataParallel", lambda model: model)
    model = two_processes.Watched(batch_norm=True)
    freeze_batch_norm(model)
    replica = distributed.replicate(model, torch.device("cuda")).train()
    assert isinstance(replica.layers[1], FrozenBatchNorm2d) and not replica.layers[1].training


def test_slurm_starts_torchrun_on_every_node(tmp_path):
    """The script itself, with a Slurm that only writes down what it is asked."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name, body in (("srun", 'echo "$@"'), ("scontrol", "printf 'node7\\nnode8\\n'")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    slurm = {"SLURM_JOB_NODELIST": "node[7-8]", "SLURM_JOB_NUM_NODES": "2", "SLURM_JOB_ID": "123456"}
    environment = {
        **os.environ,
        **slurm,
        "SLURM_GPUS_ON_NODE": "4",
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    script = Path(distributed.__file__).with_name("slurm.sh")
    done = subprocess.run(
        [script, "--model", "cnn"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    said = done.stdout.split()
    assert said[:2] == ["--kill-on-bad-exit=1", ".venv/bin/torchrun"]
    assert {"--nnodes=2", "--nproc-per-node=4", "--rdzv-endpoint=node7:23456"} <= set(said)
    assert said[-4:] == ["-m", "utils.train", "--model", "cnn"]


def test_a_model_is_left_without_traces_of_a_single_process(stripes):
    """One process: no wrapper, no hooks."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 2))
    fit(model, stripes, epochs=1, progress=False)
    assert list(model.state_dict()) == ["1.weight", "1.bias"]
