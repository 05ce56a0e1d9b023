"""The Dataset type and split."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.data import Batches, Dataset, absent_classes, channel_statistics, split, split_each

IMAGES = torch.arange(6 * 1 * 2 * 3, dtype=torch.uint8).view(6, 1, 2, 3)
LABELS = torch.tensor([0, 1, 2, 0, 1, 2])


def dataset(images=IMAGES, labels=LABELS, class_names=("a", "b", "c")) -> Dataset:
    return Dataset(images, labels, class_names, "made for a test")


def test_a_subset_keeps_images_and_labels_together():
    part = dataset().subset([4, 1])
    assert torch.equal(part.images, IMAGES[[4, 1]])
    assert part.labels.tolist() == [1, 1]
    assert part.class_names == ("a", "b", "c")
    assert part.source == "made for a test"
    assert torch.equal(dataset().subset(LABELS == 2).images, IMAGES[[2, 5]])
    assert len(dataset().subset([])) == 0


@pytest.mark.filterwarnings("ignore:the division leaves no image")
def test_a_subset_of_a_sample_is_still_a_sample():
    sample = Dataset(IMAGES, LABELS, ("a", "b", "c"), "drawn", is_sample=True)
    assert all(part.is_sample for part in split(sample, 2))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"images": IMAGES.float()},
            TypeError,
            "images must be a torch.uint8 tensor, and this is torch.float32",
        ),
        ({"images": IMAGES.numpy()}, TypeError, "images must be a torch.uint8 tensor, and this is ndarray"),
        ({"labels": LABELS.int()}, TypeError, "labels must be a torch.int64 tensor, and this is torch.int32"),
        ({"images": IMAGES.squeeze(1)}, ValueError, r"\(N, C, H, W\), and these have \(6, 2, 3\).*unsqueeze"),
        ({"labels": LABELS[:5]}, ValueError, r"\(6,\), one for each image, and these have \(5,\)"),
        ({"class_names": ("a", "b")}, ValueError, r"lie in 0..1, .* run from 0 to 2"),
        ({"labels": LABELS - 1}, ValueError, "run from -1 to 1"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        dataset(**change)


def test_a_dataset_is_shown_in_one_short_line():
    assert repr(dataset()) == "Dataset(6×1×2×3 images, 3 classes, 'made for a test')"


@given(st.integers(2, 60), st.data())
@pytest.mark.filterwarnings("ignore:the division leaves no image")
def test_split_loses_nothing_and_repeats_nothing(size, data):
    validation = data.draw(st.integers(1, size - 1))
    images = torch.arange(size, dtype=torch.uint8).view(size, 1, 1, 1)
    whole = Dataset(images, torch.arange(size) % 2, ("even", "odd"), "numbers")
    train, held_out = split(whole, validation, seed=3)
    assert len(held_out) == validation
    assert sorted([*train.images.flatten().tolist(), *held_out.images.flatten().tolist()]) == list(range(size))
    assert torch.equal(train.labels, train.images.flatten().long() % 2)
    assert torch.equal(split(whole, validation, seed=3)[1].images, held_out.images)


def test_split_is_random_and_its_seed_chooses():
    images = torch.arange(200, dtype=torch.uint8).view(200, 1, 1, 1)
    whole = Dataset(images, torch.zeros(200).long(), ("all",), "numbers")
    first, second = (split(whole, 100, seed=seed)[1].images for seed in (0, 1))
    assert not torch.equal(first, second)
    assert not torch.equal(first.flatten().sort().values, torch.arange(100, dtype=torch.uint8))


@pytest.mark.parametrize("validation", [0, 6, -1, 7])
def test_split_leaves_no_part_empty(validation):
    with pytest.raises(ValueError, match=rf"lie in 1..5, .* it is {validation}"):
        split(dataset(), validation)


@pytest.mark.parametrize("validation", [0.1, "2", True])
def test_split_takes_a_number_of_images(validation):
    with pytest.raises(TypeError, match="must be a number of images"):
        split(dataset(), validation)


def test_a_share_of_each_class_is_set_aside():
    labels = torch.tensor([0] * 10 + [1] * 3 + [2] * 2 + [3])
    data = Dataset(torch.zeros(16, 1, 2, 2, dtype=torch.uint8), labels, ("a", "b", "c", "d"), "x")
    rest, part = split_each(data, 0.2)
    assert part.labels.bincount(minlength=4).tolist() == [2, 1, 1, 0]
    assert rest.labels.bincount().tolist() == [8, 2, 1, 1]
    assert absent_classes(part) == ["d"] and not absent_classes(rest)
    assert torch.equal(split_each(data, 0.2)[1].labels, part.labels), "the same seed, the same images"


def test_a_share_of_nothing_is_refused():
    data = Dataset(torch.zeros(2, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1]), ("a", "b"), "x")
    with pytest.raises(ValueError, match="no class has two images"):
        split_each(data, 0.5)


def test_a_division_that_forgets_a_class_says_which():
    data = Dataset(torch.zeros(4, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 0, 0, 1]), ("a", "b", "never"), "x")
    with pytest.warns(UserWarning, match="leaves no image of b on one of its sides"):
        split(data, 1)


def test_a_channel_that_is_the_same_everywhere_is_not_divided_by_nothing():
    images = torch.full((3, 2, 4, 4), 100, dtype=torch.uint8)
    images[:, 0] = torch.arange(16).view(4, 4)
    mean, std = channel_statistics(images)
    data = Dataset(images, torch.tensor([0, 1, 0]), ("a", "b"), "x", mean=mean, std=std)
    assert data.std[1] == 1 and data.std[0] == std[0]
    batch, _ = next(Batches(data, 3).epoch())
    assert batch.isfinite().all() and batch[:, 1].abs().max() < 1e-6
