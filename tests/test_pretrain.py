"""Training the network that comes with the course: on a few images, what is written can be read and goes on."""

import pytest
import torch
from safetensors import safe_open

from utils import models, pretrain
from utils.data import Dataset
from utils.models import bundled
from utils.training import predict
from utils.transfer import as_expected


@pytest.fixture
def few(monkeypatch):
    """64 + 16 random images of eight classes in place of 48,000."""
    generator = torch.Generator().manual_seed(0)

    def part(count: int) -> Dataset:
        images = torch.randint(256, (count, 3, 32, 32), generator=generator).to(torch.uint8)
        names = bundled.CLASS_NAMES
        return Dataset(images, torch.arange(count) % 8, names, "noise, 64 + 16 images, from a test")

    parts = part(64), part(16)
    monkeypatch.setattr(pretrain, "neither_cats_nor_dogs", lambda: parts)
    return parts


def test_images_are_normalised_with_the_numbers_that_users_have(few, monkeypatch):
    seen = []

    def watched(_, train, **__):
        seen.append(train)
        raise KeyboardInterrupt

    monkeypatch.setattr(pretrain, "fit", watched)
    with pytest.raises(KeyboardInterrupt):
        pretrain.main([])
    assert seen[0].mean == bundled.MEAN and seen[0].std == bundled.STD


@pytest.mark.slow
def test_what_is_trained_is_what_is_loaded(few, monkeypatch, tmp_path, capsys):
    file = tmp_path / "weights" / "net.safetensors"
    arguments = ["--epochs", "2", "--checkpoint", str(tmp_path / "run.pt"), "--out", str(file)]
    pretrain.main(arguments)
    said = capsys.readouterr().out
    assert "epoch 1/2" in said and "epoch 2/2" in said and "test: accuracy" in said
    with safe_open(file, "pt") as written:
        facts = written.metadata()
    assert facts["command"] == "python -m utils.pretrain --epochs 2 --seed 0"
    assert facts["data"] == "noise, 64 + 16 images"

    monkeypatch.setattr(bundled, "FILE", file)
    logits = predict(models.load_bundled(), as_expected(models.load_pretrained("resnet20"), few[1]), precision="fp32")
    accuracy = (logits.argmax(1) == few[1].labels).float().mean().item()
    assert facts["test_accuracy"] == f"{accuracy:.4f}"

    before = models.load_bundled().state_dict()
    pretrain.main(arguments)  # both epochs are in the checkpoint already
    assert "epoch 1/2" not in capsys.readouterr().out
    assert all(torch.equal(before[name], tensor) for name, tensor in models.load_bundled().state_dict().items())
