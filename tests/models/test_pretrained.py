"""Weights that torchvision trained, in our networks. Random ones stand in for them: no test uses the network."""

import socket

import pytest
import torch
from random_networks import assert_same, randomise, two_images
from torch import nn

from utils import models
from utils.compat import import_torchvision
from utils.models.weights.torchvision import copy_weights, key_map, load_torchvision

pytestmark = pytest.mark.slow  # seconds in all

torchvision = import_torchvision()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """torchvision's download cache, empty. A file in it is used as if it had been downloaded."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def nobody_answers(monkeypatch):
    """The weights of ResNet-18 are at an address on this machine where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    weights = torchvision.models.ResNet18_Weights.DEFAULT.value
    monkeypatch.setattr(weights, "url", f"http://127.0.0.1:{port}/resnet18-f37072fd.pth")
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.parametrize(
    "name, file, settings",
    [
        ("resnet18", "resnet18-f37072fd.pth", {}),
        ("densenet121", "densenet121-a639ec97.pth", {}),
        ("googlenet", "googlenet-1378be20.pth", {"init_weights": False}),  # its inputs are rescaled
    ],
)
@torch.no_grad()
def test_the_network_classifies_as_torchvisions_does(name, file, settings, cache):
    stand_in = torchvision.models.get_model(name, **settings)
    randomise(stand_in)
    torch.save(stand_in.state_dict(), cache / file)
    theirs = torchvision.models.get_model(name, weights="DEFAULT").eval()
    ours = load_torchvision(name)
    assert ours.training
    images = two_images(224)
    assert_same(ours.eval()(images), theirs(images))


def test_a_failed_download_says_what_to_do(cache, nobody_answers):
    with pytest.raises(RuntimeError) as error:
        load_torchvision("resnet18")
    message = str(error.value)
    assert "resnet18's trained weights could not be loaded" in message and "refused" in message
    assert "Connect to the internet" in message and f"copy that file to {cache / 'resnet18-f37072fd.pth'}" in message


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"PK\x03\x04 and then it stopped"])
def test_a_damaged_file_is_named(cache, content):
    (cache / "resnet18-f37072fd.pth").write_bytes(content)
    with pytest.raises(RuntimeError, match=r"resnet18-f37072fd.pth is damaged: delete it"):
        load_torchvision("resnet18")


def test_offline_stays_offline(cache, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("the network was used"))
    with pytest.raises(RuntimeError, match="COURSE_OFFLINE is set, and resnet18's trained weights are not here"):
        load_torchvision("resnet18")


def test_a_classrooms_copy_is_taken(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    (tmp_path / "class").mkdir()
    stand_in = torchvision.models.resnet18()
    torch.save(stand_in.state_dict(), tmp_path / "class" / "resnet18-f37072fd.pth")
    ours = load_torchvision("resnet18")
    assert torch.equal(ours.classifier.weight, stand_in.fc.weight)
    assert (cache / "resnet18-f37072fd.pth").exists()


def test_a_network_that_torchvision_has_not():
    with pytest.raises(ValueError, match="no weights for 'lenet': choose one of alexnet, vgg11, "):
        load_torchvision("lenet")


def test_the_key_map_is_the_documented_one():
    with torch.device("meta"):
        theirs, ours = torchvision.models.resnet18(), models.create("resnet18", 1000, 3, 224)
    keys = key_map(theirs, ours)
    assert keys["layer1.0.bn1.weight"] == "features.1.0.residual.1.weight"
    assert keys["layer2.0.downsample.0.weight"] == "features.2.0.shortcut.0.weight"
    assert keys["fc.bias"] == "classifier.bias"


def test_different_networks_are_refused():
    with torch.device("meta"):
        theirs = torchvision.models.resnet18()
        for name in ["resnet34", "vgg11"]:
            with pytest.raises(ValueError, match="one network has 122 parameters and buffers, the other"):
                copy_weights(theirs, models.create(name, 1000, 3, 224))
        with pytest.raises(ValueError, match=r"conv1.weight is .*7, 7.*, but features.0.0.weight .*3, 3"):
            copy_weights(theirs, models.create("resnet18", 1000, 3, 32))
    with pytest.raises(ValueError, match=r"0.weight is \('Conv1d.*, but 0.weight .* is \('ConvTranspose1d"):
        copy_weights(nn.Sequential(nn.Conv1d(2, 2, 1)), nn.Sequential(nn.ConvTranspose1d(2, 2, 1)))
