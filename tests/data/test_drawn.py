"""The pictures that stand in for CIFAR-10."""

import time

import pytest
import torch
from torch import nn

from utils.data import cats_and_dogs, cifar10
from utils.data.drawn import draw

pytestmark = pytest.mark.usefixtures("quick_sample")


def test_all_ten_classes_are_drawn_alike_often():
    train, test = cifar10()
    assert train.labels.bincount().tolist() == [100] * 10
    assert test.labels.bincount().tolist() == [50] * 10
    assert train.images.shape == (1000, 3, 32, 32)
    assert train.is_sample
    assert train.source == "BUNDLED SAMPLE: 1,000 + 500 images, drawn by the course in place of CIFAR-10"


def test_cats_and_dogs_have_as_many_pictures_for_themselves():
    train, test = cats_and_dogs()
    assert train.labels.bincount().tolist() == [500, 500]
    assert test.labels.bincount().tolist() == [250, 250]
    assert train.class_names == ("cat", "dog")
    assert train.is_sample


def test_the_same_pictures_are_drawn_each_time_and_quickly(drawn_once):
    start = time.monotonic()
    again = draw(range(10))
    assert time.monotonic() - start < 2
    assert all(torch.equal(a, b) for a, b in zip(drawn_once(range(10)), again, strict=True))


def test_no_picture_is_drawn_twice(drawn_once):
    drawn = drawn_once(range(10))
    pictures = torch.cat([drawn.train_images, drawn.test_images])
    assert len({picture.numpy().tobytes() for picture in pictures}) == 1500


def test_colour_does_not_tell_a_cat_from_a_dog(drawn_once):
    """Their mean colours overlap: the best threshold on any channel is hardly better than guessing."""
    drawn = drawn_once((3, 5))
    means = drawn.train_images.float().mean((2, 3))
    is_cat = drawn.train_labels == 3
    for channel in means.T:
        best = max(((channel > limit) == is_cat).float().mean().item() for limit in channel)
        assert max(best, 1 - best) < 0.62


@pytest.fixture
def one_thread():
    """Networks so small are faster on one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_a_small_network_tells_cats_from_dogs_and_a_linear_one_does_not(one_thread):
    torch.manual_seed(0)
    train, test = cats_and_dogs()

    def accuracy(network: nn.Module) -> float:
        optimizer = torch.optim.Adam(network.parameters(), 2e-3)
        for _ in range(8):
            for batch in torch.randperm(len(train)).split(32):
                optimizer.zero_grad()
                logits = network(train.images[batch] / 128 - 1)
                nn.functional.cross_entropy(logits, train.labels[batch]).backward()
                optimizer.step()
        with torch.no_grad():
            return (network(test.images / 128 - 1).argmax(1) == test.labels).float().mean().item()

    convolutional = nn.Sequential(
        *(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(512, 2)),
    )
    assert accuracy(nn.Sequential(nn.Flatten(), nn.Linear(3072, 2))) < 0.8
    assert accuracy(convolutional) > 0.85
