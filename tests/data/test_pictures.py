"""Pictures of one's own: any size, upright, squares; what cannot be read is named and left out."""

import io
import os

import numpy as np
import pytest
import torch
from PIL import Image

from utils.course import LECTURES
from utils.data import folders
from utils.data.files import shown
from utils.data.pictures import square

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


@pytest.mark.parametrize("file", ["notes.txt", "phone.heic", "inner/1.png", ".1.png"])
def test_a_class_is_never_lost_in_silence(pictures, file):
    (pictures / "green" / "inner").mkdir(parents=True)
    (pictures / "green" / file).write_bytes(b"pixels")
    with pytest.raises(ValueError, match="green has no picture that can be read: put PNG or JPEG files right"):
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
    assert square(wide, 20).getcolors() == [(400, GREEN)]
    assert square(wide.rotate(90, expand=True), 20).getcolors() == [(400, GREEN)]


def test_a_picture_taken_with_a_turned_phone_is_turned_upright():
    picture = Image.new("RGB", (20, 20), RED)
    picture.paste(BLUE, (0, 0, 20, 10))  # blue above
    exif = picture.getexif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise
    file = io.BytesIO()
    picture.save(file, "PNG", exif=exif)
    shown = square(Image.open(file), 20)
    assert shown.getpixel((2, 10)) == RED and shown.getpixel((18, 10)) == BLUE, "blue is on the right"


@pytest.mark.parametrize(
    "mode, colour", [("L", 200), ("RGBA", (200, 200, 200, 255)), ("P", 3), ("1", 1), ("CMYK", (9, 9, 9, 9))]
)
def test_every_kind_of_picture_becomes_colour(mode, colour):
    assert square(Image.new(mode, (8, 9), colour), 4).mode == "RGB"


def test_grey_of_16_bits_keeps_its_brightness():
    steps = np.repeat(np.array([[0, 100, 200, 255]], dtype=np.uint16) * 257, 4, axis=0)
    file = io.BytesIO()
    Image.fromarray(steps).save(file, "PNG")
    picture = Image.open(file)
    assert picture.mode == "I;16"
    assert [square(picture, 4).getpixel((x, 1)) for x in range(4)] == [(value,) * 3 for value in (0, 100, 200, 255)]


def test_grey_of_16_bits_keeps_its_brightness_in_train_and_test(tmp_path):
    for folder in ("train/grey", "train/too", "test/grey", "test/too"):
        (tmp_path / folder).mkdir(parents=True)
        Image.fromarray(np.full((4, 4), 100 * 257, dtype=np.uint16)).save(tmp_path / folder / "1.png")
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


# --- one set of rules: a heap of classes, and train/ and test/ --------------------------------------------------


@pytest.fixture(params=["heap", "divided"])
def both(request, tmp_path, capsys):
    """A folder of the classes a and b with a picture each, and how it is read: images, class names, what was said."""
    roots = [tmp_path] if request.param == "heap" else [tmp_path / "train", tmp_path / "test"]

    def read():
        capsys.readouterr()
        if request.param == "heap":
            dataset, left_out = folders.load_pictures(tmp_path, 16)
        else:
            dataset, _ = folders.load(tmp_path)
            left_out = capsys.readouterr().out.splitlines()
        return dataset, left_out

    for root in roots:
        for class_name, colour in (("a", RED), ("b", BLUE)):
            (root / class_name).mkdir(parents=True)
            Image.new("RGB", (16, 16), colour).save(root / class_name / "0.png")
    return roots, read


def test_hidden_folders_and_files_are_nothing_in_both(both):
    roots, read = both
    for root in roots:
        (root / ".ipynb_checkpoints").mkdir()
        (root / "a" / ".ipynb_checkpoints").mkdir()
        for place in (".ipynb_checkpoints/0.png", "a/.ipynb_checkpoints/0.png", "a/._0.png", ".DS_Store.png"):
            Image.new("RGB", (16, 16)).save(root / place)
    dataset, left_out = read()
    assert dataset.class_names == ("a", "b") and len(dataset) == 2 and not left_out


def test_what_is_left_out_is_named_in_both(both, tmp_path):
    roots, read = both
    root = roots[0]
    picture = (root / "a" / "0.png").read_bytes()
    (root / "a" / "deep").mkdir()
    for place in ("top.png", "a/deep/1.jpg", "a/web.webp", "a/phone.HEIC", "a/half.png"):
        (root / place).write_bytes(picture[: len(picture) // 2])
    (root / "a" / "gone.png").symlink_to(tmp_path / "nowhere")
    (root / "a" / "circle").symlink_to(root)
    (root / "a" / "self.png").symlink_to(root / "a" / "self.png")
    (root / "class").symlink_to(tmp_path / "a disk that is not there")
    os.mkfifo(root / "a" / "pipe.png")
    names = [
        "top.png",
        "1.jpg",
        "web.webp",
        "phone.HEIC",
        "half.png",
        "gone.png",
        "self.png",
        "class",
        "pipe.png",
    ]
    if len(roots) > 1:  # beside train and test
        (tmp_path / "higher.png").write_bytes(picture)
        (tmp_path / "validation").mkdir()
        names += ["higher.png", "validation"]
    dataset, left_out = read()
    assert len(dataset) == 2
    for name in names:
        assert sum(f"/{name} " in line for line in left_out) == 1, left_out
    assert len(left_out) == len(names)


def test_a_file_or_folder_without_permission_is_named_in_both(both, monkeypatch):
    roots, read = both
    Image.new("RGB", (16, 16)).save(roots[0] / "a" / "closed.png")
    (roots[0] / "b" / "locked").mkdir()
    Image.new("RGB", (16, 16)).save(roots[0] / "b" / "z.png")  # read, although it comes after the locked one
    real_read, real_scan = folders.Path.read_bytes, os.scandir

    def read_bytes(path):
        if path.name == "closed.png":
            raise PermissionError(13, "Permission denied")
        return real_read(path)

    def scandir(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real_scan(path)

    monkeypatch.setattr(folders.Path, "read_bytes", read_bytes)
    monkeypatch.setattr(os, "scandir", scandir)
    dataset, left_out = read()
    assert len(dataset) == 3 and len(left_out) == 2
    assert any("closed.png cannot be opened: Permission denied" in line for line in left_out)
    assert any("locked cannot be opened: Permission denied" in line for line in left_out)


@pytest.mark.parametrize("ending", ["jfif", "jpe", "JPEG", "Png"])
def test_other_endings_of_the_same_formats_are_read_in_both(both, ending):
    roots, read = both
    Image.new("RGB", (16, 16), GREEN).save(roots[0] / "a" / f"1.{ending}", "PNG" if "ng" in ending else "JPEG")
    assert len(read()[0]) == 3


def transparent(mode: str) -> Image.Image:
    """A black square in the middle of a transparent ground, under which everything is black too."""
    picture = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (4, 4, 12, 12))
    if mode in ("P", "RGB", "L"):  # one colour is the transparent one
        clear = {"P": 1, "L": 7, "RGB": (7, 7, 7)}[mode]
        flat = Image.new(mode, (16, 16), clear)
        if mode == "P":
            flat.putpalette([0] * 768)
        flat.paste(0, (4, 4, 12, 12))
        flat.info["transparency"] = clear
        return flat
    return picture.convert(mode)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_a_transparent_picture_is_shown_over_white_and_said_so_in_both(both, mode):
    roots, read = both
    picture = transparent(mode)
    keep = {"transparency": picture.info["transparency"]} if "transparency" in picture.info else {}
    picture.save(roots[0] / "a" / "0.png", **keep)
    picture.save(roots[-1] / "a" / "0.png", **keep)
    dataset, _ = read()
    seen = dataset.images[(dataset.labels == 0).nonzero()[0, 0]]
    assert (seen[:, 4:12, 4:12] < 8).all() and (seen[:, :3] == 255).all()
    assert "transparent, shown over white" in dataset.source


def test_grey_of_16_bits_may_be_transparent_too():
    picture = Image.fromarray(np.full((4, 4), 500, dtype=np.uint16))
    picture.info["transparency"] = 500
    assert square(picture, 4).getpixel((0, 0)) == (255, 255, 255)


def test_pictures_are_turned_upright_in_both(both):
    roots, read = both
    picture = Image.new("RGB", (16, 16), RED)
    picture.paste(BLUE, (0, 0, 16, 8))
    exif = picture.getexif()
    exif[0x0112] = 6
    for root in roots:
        picture.save(root / "a" / "0.png", exif=exif)
    images, labels = read()[0].images, read()[0].labels
    assert images[labels == 0][0, :, 8, 14].tolist() == list(BLUE)


@pytest.mark.parametrize("spoil", ["one class", "an empty class", "a class for test alone"])
def test_classes_that_are_alone_empty_or_missing_are_refused(both, spoil):
    roots, read = both
    if spoil == "one class":
        for root in roots:
            (root / "b" / "0.png").unlink()
            (root / "b").rmdir()
    elif spoil == "an empty class":
        (roots[0] / "c").mkdir()
    else:
        (roots[-1] / "c").mkdir()
        if len(roots) > 1:
            Image.new("RGB", (16, 16)).save(roots[-1] / "c" / "0.png")
    with pytest.raises(ValueError, match=r"two classes or more|no picture that can be read|none to train on"):
        read()


def test_one_name_written_in_two_ways_is_one_class(tmp_path):
    """macOS writes an accent as a character of its own, others as one with its letter."""
    for part, name in (("Train", "caf\u00e9"), ("TEST", "cafe\u0301")):
        for class_name in (name, "tea"):
            (tmp_path / part / class_name).mkdir(parents=True)
            Image.new("RGB", (8, 8)).save(tmp_path / part / class_name / "0.png")
    train, test = folders.load(tmp_path)
    assert train.class_names == test.class_names == ("caf\u00e9", "tea") and folders.is_divided(tmp_path)
    assert folders.load_divided(tmp_path, 8)[1].class_names == train.class_names


def test_what_lies_in_the_course_is_named_from_there():
    """A page that is committed then says the same on every machine."""
    assert shown(LECTURES / "shapes" / "a.png") == os.path.join("lectures", "shapes", "a.png")


def test_names_that_are_not_utf8_can_be_shown(both):
    roots, read = both
    odd = os.fsdecode(b"latin\xe9")
    for root in roots:
        (root / odd).mkdir()
        Image.new("RGB", (16, 16)).save(root / odd / "0.png")
    (roots[0] / odd / (odd + ".png")).write_text("no picture")
    dataset, left_out = read()
    assert "latin\u00e9" in dataset.class_names
    "".join([*dataset.class_names, *left_out, dataset.source]).encode()


def test_names_with_letters_that_nobody_sees_stay_in_their_line(both):
    roots, read = both
    for root in roots:
        (root / "\u200b").mkdir()
        Image.new("RGB", (16, 16)).save(root / "\u200b" / "0.png")
    (roots[0] / "a" / "two\n\x1b[31mlines.png").write_text("no picture")
    dataset, left_out = read()
    assert all(name and name.isprintable() for name in (*dataset.class_names, *left_out))
    assert len(dataset.class_names) == 3 and len(left_out) == 1


@pytest.mark.parametrize("load", [folders.load, lambda folder: folders.load_divided(folder, 16)])
def test_what_is_not_one_train_and_one_test_is_refused_in_words(load, tmp_path):
    with pytest.raises(ValueError, match="no folder that can be read"):
        load(tmp_path / "nowhere")
    (tmp_path / "train").mkdir()
    with pytest.raises(ValueError, match="no images for test"):
        load(tmp_path)
    (tmp_path / "TEST").mkdir()
    (tmp_path / "Test").mkdir(exist_ok=True)
    if len(list(tmp_path.iterdir())) == 3:  # this file system tells large letters from small ones
        with pytest.raises(ValueError, match="TEST and Test: put all images for test into one"):
            load(tmp_path)


def test_very_many_files_that_are_left_out_are_counted(capsys):
    folders.say_left_out([f"file {n}" for n in range(332)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 21 and lines[-1] == "left out: 312 more"
