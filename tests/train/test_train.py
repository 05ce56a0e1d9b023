"""The command line: what it prints, and one line for each thing that cannot be."""

import shutil
import subprocess
import sys

import pytest
from PIL import Image

from utils import models, train
from utils.data import folders

JUPYTER = [
    "IPython",
    "ipykernel",
    "jupyterlab",
    "ipywidgets",
    "jupytext",
    "matplotlib",
    "pandas",
    "anywidget",
]


def command(*arguments: object) -> list[str]:
    return ["--model", "mlp", "--epochs", "1", "--device", "cpu", *map(str, arguments)]


def test_it_trains_and_says_the_test_accuracy_once(image_folder, tmp_path, capsys):
    checkpoint = tmp_path / "run.pt"
    train.main(command("--data", image_folder, "--checkpoint", checkpoint, "--augment"))
    data, model, saved, epoch, history, test = capsys.readouterr().out.splitlines()
    assert data.startswith("150 + 30 images from ") and model.startswith("mlp, ")
    assert "run the same command again" in saved and epoch.startswith("epoch 1/1: ")
    assert history.startswith("1 epoch in ") and "validation accuracy" in history
    assert test.startswith("test: accuracy ") and test.endswith(" on 30 images")

    train.main(command("--data", image_folder, "--checkpoint", checkpoint, "--augment"))
    *_, again, _, the_same = capsys.readouterr().out.splitlines()
    assert again.startswith("going on from") and the_same == test


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--model", "resnet19"], "argument --model: invalid choice: 'resnet19' (choose from"),
        (["--model", "alexnet"], "alexnet cannot take 8×8 images"),
        (["--data", "no_such_folder"], "no_such_folder is no folder, and none of fashion_mnist"),
        (["--epochs", "0"], "--epochs 0: it must be at least 1"),
        (["--epochs", "many"], "argument --epochs: invalid int value: 'many'"),
        (["--batch-size", "0"], "--batch-size 0: it must be at least 1"),
        (["--learning-rate", "-1"], "learning_rate=-1.0 must be above zero"),
        (["--precision", "fp8"], "argument --precision: invalid choice: 'fp8'"),
        (["--size", "3"], "unrecognized arguments: --size 3"),
        (["--checkpoint", "."], "this is a folder, so add the name of a file"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(image_folder, capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        train.main([*command("--data", image_folder), *arguments])
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("utils.train: ") and message.lower() in line.lower()


def test_a_gpu_that_is_not_there_is_refused(monkeypatch, image_folder, capsys):
    monkeypatch.setattr(train.torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="2"):
        train.main([*command("--data", image_folder), "--device", "cuda"])
    assert "torch finds no CUDA GPU here" in capsys.readouterr().err


def test_a_checkpoint_of_other_settings_is_refused(image_folder, tmp_path, capsys):
    arguments = command("--data", image_folder, "--checkpoint", tmp_path / "run.pt")
    train.main(arguments)
    with pytest.raises(SystemExit, match="2"):
        train.main([*arguments, "--epochs", "2"])
    (line,) = capsys.readouterr().err.splitlines()
    assert "epochs=1, and this one has epochs=2. Use the same settings and data" in line


def test_a_run_that_diverges_says_what_to_try(image_folder, capsys):
    with pytest.raises(SystemExit, match="1"):
        train.main(command("--data", image_folder, "--learning-rate", "1e30"))
    (line,) = capsys.readouterr().err.splitlines()
    assert "training diverged" in line and "smaller learning rate" in line


def test_a_lost_process_is_said_in_one_line_and_other_errors_are_not_hidden(
    monkeypatch, image_folder, tmp_path, capsys
):
    """gloo's words when the other end is closed; here without another process."""

    def broken(*_, **__):
        raise RuntimeError("[/pytorch/third_party/gloo/transport/tcp/pair.cc:553] Connection closed by peer")

    monkeypatch.setattr(train, "fit", broken)
    with pytest.raises(RuntimeError, match="gloo"):
        train.main(command("--data", image_folder))
    monkeypatch.setattr(train.distributed, "is_lost_connection", lambda error: "gloo" in str(error))
    saved = tmp_path / "run.pt"
    for there in (False, True):
        with pytest.raises(SystemExit, match="1"):
            train.main(command("--data", image_folder, "--checkpoint", saved))
        (line,) = capsys.readouterr().err.splitlines()
        assert "has lost another process" in line
        assert ("go on from" in line) == there, "there is nothing to go on from before an epoch is over"
        saved.touch()


def test_a_folder_of_images_becomes_a_data_set(image_folder):
    train_images, test_images = folders.load(image_folder)
    assert train_images.class_names == ("cat", "собака", "犬")
    assert train_images.images.shape == (150, 1, 8, 8) and test_images.images.shape == (30, 1, 8, 8)
    means = [train_images.images[train_images.labels == label].float().mean() for label in range(3)]
    assert means[0] < means[1] - 25 < means[2] - 50, "labels belong to their images"
    assert train_images.mean == test_images.mean and 0.3 < train_images.mean[0] < 0.6
    assert train_images.labels[:12].unique().tolist() == [0, 1, 2], "the classes are mixed"


def test_folders_that_cannot_be_used_say_why(image_folder, capsys):
    def refused(message):
        with pytest.raises(ValueError, match=message):
            folders.load(image_folder)

    one = image_folder / "train/cat/000.png"
    Image.new("L", (9, 8)).save(one)
    refused("(8×8|9×8) pixels and should be (8×8|9×8)")
    one.write_bytes(b"not an image")
    assert len(folders.load(image_folder)[0]) > 0
    assert "left out: " in (said := capsys.readouterr().out) and "000.png cannot be read as an image" in said
    one.unlink()
    (image_folder / "test/cow").mkdir()
    shutil.copy(image_folder / "test/cat/000.png", image_folder / "test/cow")
    refused("has test images of 'cow' and none to train on")
    shutil.rmtree(image_folder / "test")
    refused("has no images for test: put PNG or JPEG files into test/CLASS")


def test_images_that_are_no_squares_are_refused(tmp_path, capsys):
    for part in ("train", "test"):
        for class_name in "ab":
            (tmp_path / part / class_name).mkdir(parents=True)
            Image.new("RGB", (9, 8)).save(tmp_path / part / class_name / "1.png")
            Image.new("RGB", (9, 8)).save(tmp_path / part / class_name / "2.png")
    with pytest.raises(SystemExit, match="2"):
        train.main(command("--data", tmp_path))
    assert "9×8 pixels, and the networks take squares" in capsys.readouterr().err


def test_help_names_every_model_and_data_set(capsys):
    with pytest.raises(SystemExit, match="0"):
        train.main(["--help"])
    said = capsys.readouterr().out
    assert {*models.names(), *train.DATA_SETS} <= set(said.replace(",", " ").split())
    assert "torchrun --nproc-per-node=2 -m utils.train --model resnet18 --data cifar10 --epochs 2" in said
    assert max(map(len, said.splitlines())) <= 110


@pytest.mark.slow
def test_it_runs_where_jupyter_is_not_installed():
    code = f"import sys; sys.modules.update(dict.fromkeys({JUPYTER!r})); from utils import train; train.main(['-h'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("usage: python -m utils.train"), done.stderr
