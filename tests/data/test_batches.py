"""In-memory batches against a plain DataLoader over torchvision's transforms, and their chance."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from utils.compat import import_torchvision
from utils.data import Batches, Dataset


def some_images(n=23, channels=3, height=6, width=5) -> Dataset:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (n, channels, height, width), dtype=torch.uint8, generator=generator)
    return Dataset(
        images,
        torch.arange(n),
        tuple(map(str, range(n))),
        "made up",
        mean=(0.4, 0.5, 0.6),
        std=(0.2, 0.3, 0.1),
    )


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_same_batches_as_a_data_loader_with_torchvision(layout):
    import_torchvision()
    from torchvision.transforms.v2 import Compose, Normalize, ToDtype

    data = some_images()
    prepare = Compose([ToDtype(torch.float32, scale=True), Normalize(data.mean, data.std)])
    loader = DataLoader(TensorDataset(prepare(data.images), data.labels), batch_size=10)
    ours = list(Batches(data, 10, memory_format=layout).epoch())
    assert len(ours) == len(loader) == len(Batches(data, 10)) == 3
    for (images, labels), (expected_images, expected_labels) in zip(ours, loader, strict=True):
        torch.testing.assert_close(images, expected_images)
        assert torch.equal(labels, expected_labels)
        assert images.is_contiguous(memory_format=layout)


def test_an_epoch_shows_every_image_once_in_an_order_of_its_own():
    batches = Batches(some_images(), 10, shuffle=True, seed=3)
    orders = [torch.cat([labels for _, labels in batches.epoch(number)]).tolist() for number in (0, 1, 0)]
    assert sorted(orders[0]) == list(range(23))
    assert orders[0] != orders[1] and orders[0] == orders[2]
    other_seed = Batches(some_images(), 10, shuffle=True, seed=4)
    assert torch.cat([labels for _, labels in other_seed.epoch(0)]).tolist() != orders[0]


def test_images_stay_with_their_labels_when_shuffled():
    data = some_images()
    plain = next(Batches(data, len(data)).epoch())[0]
    images, labels = next(Batches(data, len(data), shuffle=True).epoch())
    torch.testing.assert_close(images, plain[labels])


def test_augmentation_sees_uint8_and_repeats_with_the_epoch():
    seen = []

    def augment(images, generator):
        seen.append(torch.rand(1, generator=generator).item())
        assert images.dtype == torch.uint8
        return 255 - images

    data = some_images()
    batches = Batches(data, 23, augment=augment)
    images, _ = next(batches.epoch(5))
    negative = Dataset(255 - data.images, data.labels, data.class_names, "", mean=data.mean, std=data.std)
    torch.testing.assert_close(images, next(Batches(negative, 23).epoch())[0])
    next(batches.epoch(5))
    next(batches.epoch(6))
    assert seen[0] == seen[1] != seen[2]


def test_a_batch_of_nothing_is_refused():
    with pytest.raises(ValueError, match="batch_size=0 must be at least 1"):
        Batches(some_images(), 0)
