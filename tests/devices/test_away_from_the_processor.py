"""The course computes on a device that is not the processor: everything it is given or makes gets there.

Every cell of every lecture does, too: tests/notebooks/test_run.py.
"""

import pytest
import torch
from pretended import DEVICE, pretended
from torch import nn

from utils import models
from utils import train as command
from utils.data import Dataset
from utils.models.fast_cifar import FastCifar
from utils.speed import training_step
from utils.speed.recipe import train_fast
from utils.training import evaluate, fit, predict


@pytest.fixture
def device():
    with pretended() as there:
        yield there


@pytest.fixture
def data() -> Dataset:
    """Dark and bright images."""
    labels = torch.arange(40) % 2
    noise = torch.randint(100, (40, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    images = (noise + 150 * labels.view(-1, 1, 1, 1)).to(torch.uint8)
    return Dataset(images, labels, ("dark", "bright"), "made for a test")


def test_the_pretended_device_refuses_what_a_gpu_refuses(device):
    there, here = torch.ones(2, device=device), torch.ones(2)
    assert (there + torch.tensor(1.0)).device == device, "single numbers may be mixed"
    assert (there * 2).cpu().tolist() == [2.0, 2.0]
    there[[1]] = 3
    assert there[range(2)].cpu().tolist() == [1.0, 3.0] and there[[1, 0], None].device == device
    for mixed in (
        lambda: there + here,
        lambda: nn.Linear(2, 1)(there),
        lambda: nn.Linear(2, 1).to(device)(here),
    ):
        with pytest.raises(RuntimeError, match="to be on the same device"):
            mixed()
    with pytest.raises(TypeError, match="numpy"):
        there.numpy()


def test_training_measuring_and_going_on(device, data, tmp_path):
    """Begun on the processor, gone on there: the result is that of one device, and of a run that never stopped."""
    torch.manual_seed(0)
    whole = models.create("small_cnn", in_channels=3, image_size=32, num_classes=2)
    settings = {"batch_size": 16, "precision": "fp32", "progress": False, "device": "cpu"}
    losses = [fit(whole, data, data, epochs=2, **settings).train_loss]
    for first in ("cpu", device):
        torch.manual_seed(0)
        model = models.create("small_cnn", in_channels=3, image_size=32, num_classes=2)
        how = {
            "batch_size": 16,
            "precision": "fp32",
            "progress": False,
            "checkpoint": tmp_path / f"{first}.pt",
        }
        with pytest.raises(KeyboardInterrupt):
            fit(model, data, data, epochs=2, device=first, after_epoch=interrupt, **how)
        model = models.create("small_cnn", in_channels=3, image_size=32, num_classes=2)
        history = fit(model, data, data, epochs=2, **how)
        assert history.device == str(DEVICE) and next(model.parameters()).device == device
        losses.append(history.train_loss)
        logits = predict(model, data)
        assert logits.device == torch.device("cpu") and logits.numpy().shape == (40, 2)
        assert evaluate(model, data).samples == 40
    assert losses[1] == pytest.approx(losses[0], rel=1e-3) == losses[2]


def interrupt(*_) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("network", [["--model", "small_cnn"], ["--pretrained"]])
def test_the_command_trains_there(device, data, network, monkeypatch, capsys):
    monkeypatch.setitem(command.DATA_SETS, "made", lambda: (data, data))
    command.main([*network, "--data", "made", "--epochs", "1"])
    assert f"on {DEVICE}" in capsys.readouterr().out


def test_a_new_head_goes_where_the_network_is(device):
    model = models.create("small_cnn", in_channels=3, image_size=32, num_classes=5).to(device)
    models.replace_head(model, nn.Linear(models.replace_head(model, nn.Identity()).in_features, 2))
    assert {parameter.device for parameter in model.parameters()} == {device}


@pytest.mark.parametrize("resident", [True, False])
def test_timed_steps_and_the_fast_recipe(device, data, resident):
    model = models.create("small_cnn", in_channels=3, image_size=32, num_classes=2)
    training_step(model, data, device, batch_size=16, resident=resident)(2)
    if resident:
        assert train_fast(FastCifar(), data, epochs=1, batch_size=20) > 0
