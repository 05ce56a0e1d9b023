"""Pictures of one's own: any size, upright, squares; what cannot be read is named and left out."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from utils.data import folders

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture
def pictures(tmp_path):
    """Three red and two blue pictures of several sizes and kinds, and files that are none."""
    home = tmp_path / "my pictures"
    for class_name, colour, sizes in (
        ("red", RED, [(40, 30), (9, 50), (64, 64)]),
        ("blue", BLUE, [(5, 5), (200, 100)]),
    ):
        (home / class_name).mkdir(parents=True)
        for i, size in enumerate(sizes):
            Image.new("RGB", size, colour).save(home / class_name / f"{i}.{'jpg' if i % 2 else 'PNG'}")
    (home / "blue" / "notes.txt").write_text("not a picture, and nobody says it is")
    (home / "red" / ".hidden.png").write_text("what some systems leave behind")
    return home


def test_folders_become_classes_and_pictures_become_squares(pictures):
    dataset, skipped = folders.load_pictures(pictures, 16)
    assert dataset.class_names == ("blue", "red") and dataset.labels.bincount().tolist() == [2, 3]
    assert dataset.images.shape == (5, 3, 16, 16) and not skipped
    blueness = dataset.images[:, 2].float().mean((1, 2)) > 200
    assert torch.equal(blueness, dataset.labels == 0), "labels belong to their pictures"
    assert dataset.source.startswith("5 pictures from ")


def test_what_cannot_be_read_is_named_and_left_out(pictures):
    (pictures / "red" / "page.jpg").write_text("<html>not found</html>")
    whole = (pictures / "red" / "2.PNG").read_bytes()
    (pictures / "red" / "half.png").write_bytes(whole[: len(whole) // 2])
    (pictures / "red" / "empty.jpeg").touch()
    dataset, skipped = folders.load_pictures(pictures, 16)
    assert len(dataset) == 5
    assert [line.split(" cannot be read")[0].rsplit("/", 1)[1] for line in skipped] == [
        "empty.jpeg",
        "half.png",
        "page.jpg",
    ]


def test_pictures_of_other_formats_are_named_too(pictures):
    for name in ("phone.HEIC", "web.webp", "moving.gif", "scan.tif"):
        (pictures / "red" / name).write_bytes(b"pixels")
    Image.new("RGB", (5, 5), RED).save(pictures / "red" / "really_webp.jpg", "WEBP")
    dataset, skipped = folders.load_pictures(pictures, 16)
    assert len(dataset) == 5 and len(skipped) == 5
    assert all(line.endswith("neither JPEG nor PNG") for line in skipped) and "phone.HEIC" in skipped[1]


@pytest.mark.parametrize("file", ["notes.txt", "phone.heic", "inner/1.png"])
def test_a_class_is_never_lost_in_silence(pictures, file):
    (pictures / "green" / "inner").mkdir(parents=True)
    (pictures / "green" / file).write_bytes(b"pixels")
    with pytest.raises(
        ValueError, match="green has no picture that can be read: put PNG or JPEG files right"
    ):
        folders.load_pictures(pictures, 16)


def test_hidden_folders_are_no_classes(pictures):
    (pictures / ".ipynb_checkpoints").mkdir()
    assert folders.load_pictures(pictures, 16)[0].class_names == ("blue", "red")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_left_out_too(pictures, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 64 * 64 - 1)  # a picture of twice as many is refused
    dataset, skipped = folders.load_pictures(pictures, 16)
    assert len(dataset) == 4 and "200" not in dataset.class_names and "1.jpg" in skipped[0]


def test_the_middle_is_kept_and_nothing_is_squeezed():
    wide = Image.new("RGB", (60, 20), RED)
    wide.paste(GREEN, (20, 0, 40, 20))
    assert folders.square(wide, 20).getcolors() == [(400, GREEN)]
    assert folders.square(wide.rotate(90, expand=True), 20).getcolors() == [(400, GREEN)]


def test_a_picture_taken_with_a_turned_phone_is_turned_upright():
    picture = Image.new("RGB", (20, 20), RED)
    picture.paste(BLUE, (0, 0, 20, 10))  # blue above
    exif = picture.getexif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise
    file = io.BytesIO()
    picture.save(file, "PNG", exif=exif)
    shown = folders.square(Image.open(file), 20)
    assert shown.getpixel((2, 10)) == RED and shown.getpixel((18, 10)) == BLUE, "blue is on the right"


@pytest.mark.parametrize(
    "mode, colour", [("L", 200), ("RGBA", (200, 200, 200, 255)), ("P", 3), ("1", 1), ("CMYK", (9, 9, 9, 9))]
)
def test_every_kind_of_picture_becomes_colour(mode, colour):
    assert folders.square(Image.new(mode, (8, 9), colour), 4).mode == "RGB"


def test_grey_of_16_bits_keeps_its_brightness():
    steps = np.repeat(np.array([[0, 100, 200, 255]], dtype=np.uint16) * 257, 4, axis=0)
    file = io.BytesIO()
    Image.fromarray(steps).save(file, "PNG")
    picture = Image.open(file)
    assert picture.mode == "I;16"
    assert [folders.square(picture, 4).getpixel((x, 1)) for x in range(4)] == [
        (value,) * 3 for value in (0, 100, 200, 255)
    ]


def test_grey_of_16_bits_keeps_its_brightness_in_train_and_test(tmp_path):
    for part in ("train", "test"):
        (tmp_path / part / "grey").mkdir(parents=True)
        Image.fromarray(np.full((4, 4), 100 * 257, dtype=np.uint16)).save(tmp_path / part / "grey" / "1.png")
    dataset, _ = folders.load(tmp_path)
    assert (dataset.images == 100).all()


def test_folders_that_hold_no_two_classes_say_what_to_do(tmp_path):
    for there in (0, 1):
        with pytest.raises(ValueError, match=f"of two classes or more, and has {there}: make a folder in it"):
            folders.load_pictures(tmp_path, 16)
        (tmp_path / "a").mkdir(exist_ok=True)
        Image.new("RGB", (5, 5)).save(tmp_path / "a" / "1.png")
    for class_name in ("a", "b"):
        (tmp_path / class_name).mkdir(exist_ok=True)
        (tmp_path / class_name / "1.png").write_text("no")
    with pytest.raises(ValueError, match="a has no picture that can be read"):
        folders.load_pictures(tmp_path, 16)
