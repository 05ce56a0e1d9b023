"""Data by name, or from a folder: which images are for training, and which for the test."""

import pytest
import torch
from PIL import Image

from utils.data.named import DATA_SETS, load_named, set_aside


@pytest.fixture
def heap(tmp_path):
    """20 pictures of two sizes in each of two classes, without a division into parts."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(20):
            Image.new("RGB", (20 + i % 2, 24), (10 * i, 0, 0)).save(tmp_path / name / f"{i:02}.png")
    return tmp_path


def test_a_fifth_of_each_class_in_a_heap_is_for_the_test(heap):
    train, test = load_named(str(heap))
    assert train.images.shape == (32, 3, 32, 32) and test.images.shape == (8, 3, 32, 32)
    assert train.labels.bincount().tolist() == [16, 16] and test.labels.bincount().tolist() == [4, 4]
    assert load_named(str(heap), 16)[0].images.shape[2:] == (16, 16)


def test_a_name_of_a_data_set_comes_before_a_folder(monkeypatch):
    monkeypatch.setitem(DATA_SETS, "cifar10", lambda: ("train", "test"))
    assert load_named("cifar10") == ("train", "test")


def test_what_is_no_folder_says_what_to_do(tmp_path):
    (tmp_path / "pictures.zip").touch()
    with pytest.raises(ValueError, match=r"pictures\.zip is no folder: unpack it first"):
        load_named(str(tmp_path / "pictures.zip"))


def test_the_same_share_is_set_aside_for_a_seed_and_a_class_with_too_few_images_is_named(heap, capsys):
    for i in range(1, 20):
        (heap / "b" / f"{i:02}.png").unlink()
    train, _ = load_named(str(heap))
    assert "too few images, none for test: b" in capsys.readouterr().out
    parts = [set_aside(train, 1 / 4, "validation", seed)[1].images for seed in (1, 1, 2)]
    assert torch.equal(parts[0], parts[1]) and not torch.equal(parts[0], parts[2])
    one_each = train.subset(torch.tensor([(train.labels == label).nonzero()[0].item() for label in (0, 1)]))
    with pytest.raises(ValueError, match="no images can be set aside for validation: no class has two"):
        set_aside(one_each, 1 / 4, "validation")
