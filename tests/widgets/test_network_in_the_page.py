"""The arithmetic of a network in the page against torch: every number of every layer, and Grad-CAM."""

import base64
import json
import re
import subprocess
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks import eight_bits
from utils import models
from utils.insight import grad_cam
from utils.models import bundled
from utils.models.resnet import ResNet
from utils.widgets.live.export import export
from utils.widgets.live.packing import MOST, in_eight_bits, pack_weights, unpack_weights
from utils.widgets.live.running import run

CARD = bundled.FILE.with_name("README.md")
SCRIPT = Path(__file__).with_name("network_values.mjs")


def every_kind() -> nn.Module:
    """Each kind of layer, with settings that are not the usual ones, on images that are not square."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=2, dilation=2, groups=3),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
        nn.Conv2d(6, 4, 4, stride=3, padding=3, bias=False),
        nn.Sequential(nn.AvgPool2d(3, stride=2, padding=1), nn.Dropout()),
        nn.Conv2d(4, 5, 1),
        nn.AdaptiveMaxPool2d(2),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.Linear(45, 7),
        nn.ReLU(),
        nn.Linear(7, 4, bias=False),
    )


def of_lecture_11() -> nn.Module:
    def convolution(*settings):
        return nn.Conv2d(*settings, padding="same", bias=False), nn.BatchNorm2d(settings[1]), nn.ReLU()

    parts = {
        "stage1": nn.Sequential(*convolution(3, 16, 5)),
        "stage2": nn.Sequential(nn.MaxPool2d(2), *convolution(16, 32, 3)),
        "head": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 4)),
    }
    return nn.Sequential(OrderedDict(parts))


def trained(model: nn.Module) -> nn.Module:
    """As if it had been: batch norm has seen something, and has learnt."""
    torch.manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for numbers, least in ((layer.running_mean, -1), (layer.running_var, 0.2), (layer.weight, 0.5)):
                nn.init.uniform_(numbers, least, least + 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
    return model


torch.manual_seed(0)  # the same networks, whatever was imported before

# Each with its classes, the shape of its images, and the layer of Grad-CAM: the last that returns maps.
NETWORKS = {
    "every kind": (every_kind(), 4, (3, 23, 18), "8"),
    "lecture 11": (of_lecture_11(), 4, (3, 16, 16), "stage2"),
    "one channel": (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 6 * 5, 3)), 3, (1, 8, 7), "0"),
    "projection shortcuts": (ResNet(blocks=(1, 1), num_classes=3, image_size=32), 3, (3, 8, 8), "features"),
    "ResNet-20": (models.load_bundled(), 8, (3, 32, 32), "features"),
}
COVERED = {"top": 3, "left": 2, "side": 4}


@pytest.fixture(scope="module")
def computed(node, tmp_path_factory) -> dict:
    """For each network: as torch has it in 8 bits, its image, and what the page makes of that."""
    torch.manual_seed(0)
    cases, folder = {}, tmp_path_factory.mktemp("networks")
    for name, (model, classes, shape, _) in NETWORKS.items():
        if name != "ResNet-20":
            trained(model)
        mean, std = (bundled.MEAN, bundled.STD) if shape[0] == 3 else ([0.3], [0.2])
        names = [f"class {k}" for k in range(classes)]
        network = export(model, class_names=names, input_shape=shape, mean=mean, std=std)
        pixels = torch.randint(0, 256, shape, dtype=torch.uint8)
        image = (pixels / 255 - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
        image[:, 3:7, 2:6] = 0
        cases[name] = (in_eight_bits(model), network, pixels, image)
    written = [
        {"network": network, "pixels": as_base64(pixels), "covered": COVERED, "target": answer(model, image)}
        for model, network, pixels, image in cases.values()
    ]
    (folder / "cases.json").write_text(json.dumps(written))
    ways = [node, SCRIPT, folder / "cases.json", folder / "values.json"]  # it checks the ways from pixel to class, too
    done = subprocess.run(ways, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    values = json.loads((folder / "values.json").read_text())
    return {name: (*case, value) for (name, case), value in zip(cases.items(), values, strict=True)}


@torch.no_grad()
def answer(model: nn.Module, image: torch.Tensor) -> int:
    return model(image[None]).argmax().item()


def as_base64(pixels: torch.Tensor) -> str:
    return base64.b64encode(pixels.numpy().tobytes()).decode()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_number_of_every_layer_is_torch_s(computed, name):
    model, network, _, image, page = computed[name]
    theirs = {}
    for path, layer in model.named_modules():
        layer.register_forward_hook(lambda _, __, output, path=path: theirs.update({path: output[0].clone()}))
    with torch.no_grad():
        logits = model(image[None])[0]
    named = {step["name"]: n + 1 for n, step in enumerate(network["steps"])}  # the last one of a block is its output
    ours = [torch.tensor(output["data"]).reshape(output["shape"]) for output in page["outputs"]]
    layers = [path for path, layer in model.named_modules() if path in named]
    assert len(layers) > 2 * len(network["steps"]) // 3
    for path in layers:
        torch.testing.assert_close(ours[named[path]], theirs[path], atol=2e-5, rtol=1e-4)
    for mine, their in zip(ours, run(network, image), strict=True):  # sums and shortcuts, too
        torch.testing.assert_close(mine, their, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(torch.tensor(page["probabilities"]), logits.softmax(0), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_grad_cam_is_torch_s(computed, name):
    model, _, _, image, page = computed[name]
    for layer in model.modules():
        layer._forward_hooks.clear()
    theirs = grad_cam(model, image[None], NETWORKS[name][3])[0]
    assert theirs.max() > 0
    torch.testing.assert_close(torch.tensor(page["cam"]), theirs, atol=1e-4 * float(theirs.max()), rtol=1e-3)


@pytest.mark.parametrize("name", NETWORKS)
def test_work_is_that_of_the_network_and_each_step_has_words(computed, name):
    model, _, _, image, page = computed[name]
    channels, height, width = image.shape
    if height == width:
        assert page["multiplyAdds"] == models.count_multiply_adds(model, channels, height)
    assert page["words"][0] == "picture, normalised" and len(set(page["words"])) >= 3
    assert not any("undefined" in words for words in page["words"])


def test_a_weight_is_within_half_a_step():
    weights = torch.cat([torch.linspace(-3, 2, 1001), torch.zeros(4)]).reshape(5, -1)
    packed = pack_weights(weights)
    assert (unpack_weights(packed) - weights).abs().max() <= packed["step"] / 2 * 1.0001 and packed["step"] == 3 / MOST
    assert torch.equal(unpack_weights(pack_weights(torch.zeros(2, 3))), torch.zeros(2, 3))
    assert json.dumps(packed["letters"], ensure_ascii=False) == f'"{packed["letters"]}"'
    with pytest.raises(ValueError, match="infinite or not a number"):
        pack_weights(torch.tensor([1.0, float("nan")]))


def test_the_bundled_network_is_about_280_kilobytes():
    network = export(models.load_bundled(), class_names=bundled.CLASS_NAMES, input_shape=(3, 32, 32))
    letters = sum(len(step["weights"]["letters"].encode()) for step in network["steps"] if "weights" in step)
    assert 270_000 < letters < 290_000
    assert len(json.dumps(network, ensure_ascii=False, separators=(",", ":")).encode()) < 320_000


@pytest.mark.slow
def test_what_8_bits_cost_is_measured_by_a_command(monkeypatch, capsys, tmp_path):
    """On the drawn sample, where there is no CIFAR-10; the model card has what it prints for the real images."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    eight_bits.main()
    printed = capsys.readouterr().out
    right = [float(share) for share in re.findall(r"([\d.]+)% right", printed)]
    assert abs(right[0] - right[1]) <= 1 and "python -m benchmarks.eight_bits" in CARD.read_text()
    assert float(re.search(r"the same answer: ([\d.]+)%", printed)[1]) > 98
