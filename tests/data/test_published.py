"""A data set as image files by class, in folders or an archive, against torchvision's own reader of such folders."""

import io
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from utils.compat import import_torchvision
from utils.data import cats_and_dogs, cifar, cifar10, fashion, fashion_mnist, published

pytestmark = pytest.mark.usefixtures("quick_sample")

TRAIN, TEST = 3, 2  # images of each class


def save(path: Path, image: torch.Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.permute(1, 2, 0).squeeze().numpy()).save(path)


def make(home: Path, class_names: tuple[str, ...], channels: int, size: int, ending: str = "png") -> Path:
    """Random images, ``TRAIN`` and ``TEST`` of each class."""
    generator = torch.Generator().manual_seed(0)
    for part, count in (("train", TRAIN), ("test", TEST)):
        for class_name in class_names:
            for i in range(count):
                image = torch.randint(0, 256, (channels, size, size), generator=generator, dtype=torch.uint8)
                save(home / part / class_name / f"{i:04}.{ending}", image)
    return home


def pack(archive: Path, home: Path, inner: str = "") -> Path:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, f"w:{archive.suffix[1:].removeprefix('tar')}") as tar:
        for part in ("test", "train"):
            for path in sorted((home / part).rglob("*"), reverse=True):  # not in the order of the folders
                tar.add(path, f"{inner}{path.relative_to(home)}", recursive=False)
    return archive


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Lets so few images pass for the whole of a data set."""
    copies = published.copies
    monkeypatch.setattr(
        published,
        "copies",
        lambda home, archive, names, shape, _: copies(home, archive, names, shape, (TRAIN, TEST)),
    )


@pytest.fixture
def classroom(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    (tmp_path / "class").mkdir()
    return tmp_path / "class"


def pairs(images: torch.Tensor, labels: torch.Tensor) -> set[tuple[bytes, int]]:
    return {(image.numpy().tobytes(), int(label)) for image, label in zip(images, labels, strict=True)}


@pytest.mark.parametrize("ending", ["png", "jpg", "JPEG"])
def test_folders_are_read_as_torchvision_reads_them(classroom, ending):
    make(classroom, cifar.CLASS_NAMES, 3, 32, ending)
    torchvision = import_torchvision()
    for ours, part in zip(cifar10(), ("train", "test"), strict=True):
        theirs = torchvision.datasets.ImageFolder(classroom / part)
        images = torch.stack([torchvision.transforms.functional.pil_to_tensor(image) for image, _ in theirs])
        assert pairs(ours.images, ours.labels) == pairs(images, torch.tensor(theirs.targets))
        assert list(ours.class_names) == theirs.classes
        assert ours.labels.tolist() != sorted(ours.labels.tolist()), "the classes are mixed"
        assert "classroom copy in COURSE_DATA" in ours.source


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("cifar10-jpeg.tar.xz", ""),
        ("cifar10.tar.gz", "cifar10/"),
        ("CIFAR-10.tar.bz2", "./"),
        ("cifar_10.tar", ""),
    ],
)
def test_an_archive_of_folders_gives_the_same_as_the_folders(classroom, tmp_path, monkeypatch, name, inner):
    pack(classroom / name, make(tmp_path / "folders", cifar.CLASS_NAMES, 3, 32), inner)
    packed = cifar10()
    assert name in packed[0].source
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "folders"))
    for ours, unpacked in zip(packed, cifar10(), strict=True):
        assert torch.equal(ours.images, unpacked.images)
        assert torch.equal(ours.labels, unpacked.labels)


def test_cats_and_dogs_from_folders(classroom):
    make(classroom, cifar.CLASS_NAMES, 3, 32)
    train, test = cats_and_dogs()
    assert train.labels.bincount().tolist() == [TRAIN, TRAIN]
    assert test.labels.bincount().tolist() == [TEST, TEST]


def test_fashion_mnist_folders_may_be_named_as_a_file_system_allows(classroom):
    names = tuple(name.replace("/", "_").lower() for name in fashion.CLASS_NAMES)
    make(classroom, names, 1, 28)
    train, _ = fashion_mnist()
    assert train.images.shape == (TRAIN * 10, 1, 28, 28)
    assert "classroom" in train.source


def test_every_image_tensor_is_contiguous(classroom):
    make(classroom, cifar.CLASS_NAMES, 3, 32)
    assert all(part.images.is_contiguous() for part in (*cifar10(), *cats_and_dogs(), *fashion_mnist()))


def test_one_data_set_is_not_taken_for_the_other(classroom, recwarn):
    make(classroom, cifar.CLASS_NAMES, 3, 32)
    assert fashion_mnist()[0].is_sample
    assert not recwarn.list


def test_cifar100_is_not_taken_for_cifar10(classroom, tmp_path, recwarn):
    pack(classroom / "cifar-100-images.tar.gz", make(tmp_path / "folders", cifar.CLASS_NAMES, 3, 32))
    assert cifar10()[0].is_sample
    assert not recwarn.list


def test_other_files_beside_the_images_do_not_matter(classroom, tmp_path, monkeypatch):
    make(classroom, cifar.CLASS_NAMES, 3, 32)
    (classroom / "train" / "cat" / "Thumbs.db").write_bytes(b"x")
    (classroom / "train" / "cat" / "._0000.png").write_bytes(b"x")
    (classroom / "train" / "README.txt").write_text("x")
    (classroom / "train" / "cat" / "album.png").mkdir()
    save(classroom / "train" / "unknown" / "0.png", torch.zeros(3, 32, 32, dtype=torch.uint8))
    assert len(cifar10()[0]) == 10 * TRAIN

    archive = pack(tmp_path / "packed" / "cifar10.tar.gz", classroom)
    monkeypatch.setenv("COURSE_DATA", str(archive.parent))
    assert len(cifar10()[0]) == 10 * TRAIN


# --- refused --------------------------------------------------------------------------------------------------


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def enlarge(path: Path) -> None:
    save(path, torch.zeros(3, 33, 32, dtype=torch.uint8))


def page(path: Path) -> None:
    path.write_text("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, r"train/dog/0001.png cannot be read as an image"),
        (page, r"train/dog/0001.png cannot be read as an image"),
        (enlarge, r"train/dog/0001.png is 32×33 pixels and should be 32×32"),
        (Path.unlink, r"has 2 images in train/dog and should have 3"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_an_incomplete_copy_is_named_and_passed_over(classroom, tmp_path, damage, message, packed):
    home = make(tmp_path / "folders" if packed else classroom, cifar.CLASS_NAMES, 3, 32)
    damage(home / "train" / "dog" / "0001.png")
    if packed:
        pack(classroom / "cifar10.tar.gz", home)
    with pytest.warns(UserWarning, match=message + ".*Put a good copy in its place"):
        assert cifar10()[0].is_sample


def test_a_copy_without_test_images_is_named(classroom):
    make(classroom, cifar.CLASS_NAMES, 3, 32)
    (classroom / "test").rename(classroom / "validation")
    with pytest.warns(UserWarning, match="has 0 images in test/airplane and should have 2"):
        assert cifar10()[0].is_sample


def test_a_truncated_archive_is_named(classroom, tmp_path):
    archive = pack(classroom / "cifar10.tar.xz", make(tmp_path / "folders", cifar.CLASS_NAMES, 3, 32))
    content = archive.read_bytes()
    for length in (len(content) - 1, len(content) // 2, 10, 0):
        archive.write_bytes(content[:length])
        with pytest.warns(UserWarning, match="cifar10.tar.xz is not a whole tar archive"):
            assert cifar10()[0].is_sample


def test_an_archive_cannot_write_outside_itself(classroom, tmp_path):
    make(tmp_path / "folders", cifar.CLASS_NAMES, 3, 32)
    with tarfile.open(classroom / "cifar10.tar", "w") as tar:
        tar.add(tmp_path / "folders" / "train", "train")
        tar.add(tmp_path / "folders" / "test", "test")
        member = tarfile.TarInfo("../../escaped/train/cat/0.png")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    with pytest.warns(UserWarning, match="cannot be read as an image"):
        cifar10()
    assert not list(tmp_path.rglob("escaped"))
