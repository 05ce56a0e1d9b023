"""The collection of lecture 11, in which a spot gives the class away."""

import torch

from utils.data import Dataset
from utils.data.collected import collected, marked


def test_every_dog_has_the_spot_and_no_cat():
    images = torch.arange(4 * 3 * 32 * 32).remainder(200).to(torch.uint8).view(4, 3, 32, 32)
    before = images.clone()
    dataset = Dataset(images, torch.tensor([0, 1, 1, 0]), ("cat", "dog"), "made for a test")
    delivered = collected(dataset)
    assert torch.equal(delivered.images[[0, 3]], before[[0, 3]])
    assert torch.equal(delivered.images[[1, 2]], marked(before)[[1, 2]])
    assert torch.equal(dataset.images, before), "the original is left alone"
    assert (delivered.labels, delivered.source) == (dataset.labels, dataset.source)


def test_the_spot_is_nine_yellow_pixels_and_nothing_else_changes():
    images = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    changed = (marked(images) != images).any(dim=1)  # (N, H, W)
    assert torch.nonzero(changed[0]).tolist() == [[row, column] for row in (28, 29, 30) for column in (28, 29, 30)]
    red, green, blue = marked(images)[1, :, 29, 29].tolist()
    assert min(red, green) > 3 * blue
