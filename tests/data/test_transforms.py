"""Batch augmentations against torchvision's, one image at a time."""

import pytest
import torch

from utils.compat import import_torchvision
from utils.data import transforms


def numbered(n=200, channels=3, height=5, width=7):
    """Images in which every pixel has a value of its own within its image, and none is 0."""
    pixels = torch.arange(1, channels * height * width + 1, dtype=torch.uint8)
    return pixels.view(1, channels, height, width).repeat(n, 1, 1, 1)


@pytest.mark.parametrize("rows, columns", [(0, 0), (2, 0), (-1, 3), (4, -6), (-4, 6)])
def test_shift_against_torchvision(rows, columns):
    import_torchvision()
    from torchvision.transforms.v2.functional import affine

    images = numbered(3)
    expected = affine(images, angle=0, translate=[columns, rows], scale=1, shear=[0, 0])
    assert torch.equal(transforms.shift(images, rows, columns), expected)


def test_shift_leaves_its_input_alone_and_refuses_to_lose_everything():
    images = numbered(2)
    before = images.clone()
    transforms.shift(images, 1, 1)
    assert torch.equal(images, before)
    with pytest.raises(ValueError, match=r"shift of \(5, 0\) moves a 5×7 image out of its own frame"):
        transforms.shift(images, 5, 0)


def test_random_crop_cuts_every_image_somewhere_in_the_padded_one():
    images = numbered()
    cropped = transforms.random_crop(images, torch.Generator().manual_seed(0), padding=2)
    assert cropped.shape == images.shape and cropped.dtype == images.dtype
    possible = {
        tuple(transforms.shift(images[:1], rows, columns).flatten().tolist()): (rows, columns)
        for rows in range(-2, 3)
        for columns in range(-2, 3)
    }
    places = [possible[tuple(image.flatten().tolist())] for image in cropped]  # KeyError: not a crop at all
    assert len(set(places)) == 25, "200 crops should land in all 25 places"


def test_random_crop_keeps_images_apart():
    images = torch.arange(50, dtype=torch.uint8).view(50, 1, 1, 1).expand(50, 1, 6, 6) + 1
    cropped = transforms.random_crop(images, torch.Generator().manual_seed(0), padding=2)
    assert torch.equal(cropped.amax((1, 2, 3)), images.amax((1, 2, 3)))


def test_random_flip_mirrors_about_half():
    images = numbered()
    flipped = transforms.random_horizontal_flip(images, torch.Generator().manual_seed(0))
    mirrored = (flipped == images.flip(-1)).flatten(1).all(1)
    unchanged = (flipped == images).flatten(1).all(1)
    assert torch.equal(mirrored, ~unchanged)
    assert 60 < mirrored.sum() < 140
