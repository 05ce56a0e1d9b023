"""Checks of assignment 04: wrong answers and their words, right answers written in other ways."""

import random

import pytest
import torch
from torch.utils.data import Dataset

from utils.checks import data as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


class Photos:
    def __init__(self, paths, labels, read, transform):
        self.paths, self.labels, self.read, self.transform = paths, labels, read, transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = self.read(self.paths[index])
        return (image if self.transform is None else self.transform(image)), self.labels[index]


class Eager(Photos):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.images = [self.read(path) for path in self.paths]


class CountsByReading(Photos):
    def __len__(self):
        return len([self.read(path) for path in self.paths])


class NoTransform(Photos):
    def __getitem__(self, index):
        return self.read(self.paths[index]), self.labels[index]


class AlwaysTransforms(Photos):
    def __getitem__(self, index):
        return self.transform(self.read(self.paths[index])), self.labels[index]


class OffByOne(Photos):
    def __getitem__(self, index):
        return super().__getitem__(index - 1)


class OtherLabel(Photos):
    def __getitem__(self, index):
        return super().__getitem__(index)[0], 17


class ImageOnly(Photos):
    def __getitem__(self, index):
        return super().__getitem__(index)[0]


class ReadsTwice(Photos):
    def __getitem__(self, index):
        self.read(self.paths[index])
        return super().__getitem__(index)


class Keeps(Photos):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.kept = {}

    def __getitem__(self, index):
        if index not in self.kept:
            self.kept[index] = super().__getitem__(index)
        return self.kept[index]


class KeepsTheLast(Photos):
    def __getitem__(self, index):
        image = self.last = self.read(self.paths[index])
        return (image if self.transform is None else self.transform(image)), self.labels[index]


class Sorts(Photos):
    def __init__(self, paths, *others):
        paths.sort()
        super().__init__(paths, *others)


class ReadsAll(Photos):
    def __getitem__(self, index):
        return [self.read(path) for path in self.paths][index], self.labels[index]


class Swapped(Photos):
    def __getitem__(self, index):
        return super().__getitem__(index)[::-1]


class PathsOnly(Photos):
    def __getitem__(self, index):
        return self.paths[index], self.labels[index]


class OpensFiles(Photos):
    def __getitem__(self, index):
        return open(self.paths[index]), self.labels[index]


class NoMethods(Dataset):
    def __init__(self, paths, labels, read, transform):
        self.paths = paths


class NoItems(NoMethods):
    def __len__(self):
        return len(self.paths)


class Breaks(Photos):
    def __getitem__(self, index):
        raise KeyError(index)


class NothingWithoutTransform(Photos):
    def __getitem__(self, index):
        return super().__getitem__(index) if self.transform else (torch.zeros(1), self.labels[index])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Breaks, "your code raised KeyError: 2 in line"),
        (NothingWithoutTransform, "without a transform (None) the item is the image as it was read"),
        (ReadsAll, "one item was asked for, and"),
        (Swapped, "image and label are swapped"),
        (PathsOnly, "item 2 is not read"),
        (OpensFiles, "the paths of this check are not files"),
        (NoMethods, "no method `__len__`"),
        (NoItems, "no method `__getitem__`"),
        (Keeps, "Keep paths, not images"),
        (Eager, "read when the data set is made"),
        (CountsByReading, "asking for the length reads"),
        (NoTransform, "the transform is not applied"),
        (AlwaysTransforms, "your code raised TypeError"),
        (OffByOne, "but paths[2] is"),
        (KeepsTheLast, "its image is still kept"),
        (Sorts, "changes `paths`, which it is given"),
        (OtherLabel, "but yours has 17"),
        (ImageOnly, "an item must be a pair"),
        (ReadsTwice, "one item was asked for, and 2 images were read"),
    ],
)
def test_wrong_data_sets(answer, words, message):
    assert words in message(check.lazy_photos, answer)


def cut(image, size, top, left):
    return image[:, top : top + size, left : left + size]


def places(image, size):
    return image.shape[1] - size + 1, image.shape[2] - size + 1


def crop(image, size, less=0):
    top, left = (torch.randint(max(1, n - less), ()).item() for n in places(image, size))
    return cut(image, size, top, left)


def diagonal(image, size):
    place = torch.randint(min(places(image, size)), ()).item()
    return cut(image, size, place, place)


def biased(image, size):
    if torch.rand(()) < 0.8:
        return cut(image, size, 0, 0)
    return crop(image, size)


def drawn_by_python(image, size):
    return cut(image, size, *(random.randrange(n) for n in places(image, size)))


def rounded(image, size):
    """The first and the last place half as often as the others."""
    top, left = (round(torch.rand(()).item() * (n - 1)) for n in places(image, size))
    return cut(image, size, top, left)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (rounded, "far more often than others"),
        (lambda x, s: cut(x, s, 0, 0), "you always cut at (0, 0)"),
        (lambda x, s: x[:, :s], "the crop must be (2, 3, 3)"),
        (lambda x, s: crop(x.transpose(1, 2), s).transpose(1, 2) if len(x) > 1 else x[0], "one channel"),
        (
            lambda x, s: cut(x, s, *(torch.randint(n - s + 1, ()).item() for n in x.shape[:2])),
            "Nothing is left to draw",
        ),
        (lambda x, s: crop(x, s) + 1, "a part of the image"),
        (lambda x, s: None, "is there a `return`?"),
        (biased, "far more often than others"),
        (drawn_by_python, "not with the random numbers of Python"),
    ],
)
def test_wrong_crops(answer, words, message):
    assert words in message(check.random_crop, answer)


def at_the_edge(image, size):
    """Never in the middle."""
    top, left = (torch.randint(2, ()).item() * (n - 1) for n in places(image, size))
    return cut(image, size, top, left)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (diagonal, "Draw two random"),
        (lambda x, s: crop(x, s, 1), "is never"),
        (at_the_edge, "places, but yours come from 4 of them only"),
    ],
)
def test_crops_that_miss_places(answer, words):
    """Which message comes first depends on the size of the image; with some seed each of them does."""
    messages = []
    for seed in range(8):
        with pytest.raises(Exception) as caught:
            check.random_crop(answer, seed=seed)
        messages.append(str(caught.value))
    assert any(words in message for message in messages), messages


def joined(batches):
    return torch.cat(batches).double() / 255


def mean(batches):
    return joined(batches).mean((0, 2, 3))


def std(batches):
    return joined(batches).std((0, 2, 3), correction=0)


def where(patients, chosen):
    inside = torch.isin(patients, chosen)
    return torch.nonzero(~inside)[:, 0], torch.nonzero(inside)[:, 0]


def split_at(patients, generator, number):
    people = patients.unique()
    return where(patients, people[torch.randperm(len(people), generator=generator)][:number])


def divided(patients, share, generator):
    return split_at(patients, generator, round(share * len(patients.unique())))


def by_image(patients, share, generator):
    order = torch.randperm(len(patients), generator=generator)
    return order[round(share * len(patients)) :], order[: round(share * len(patients))]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (by_image, "have images on both sides"),
        (lambda p, s, g: divided(p, s, g)[::-1], "the parts are swapped"),
        (lambda p, s, g: divided(p, s / 10, g), "about 10 should be for validation"),
        (lambda p, s, g: split_at(p, g, round(s * len(p))), "a share of the patients, not of the images"),
        (
            lambda p, s, g: where(p, torch.randperm(len(p.unique()), generator=g)[:10]),
            "nobody is in validation",
        ),
        (lambda p, s, g: divided(p, s, None), "Use the generator"),
        (lambda p, s, g: divided(p, s, torch.Generator().manual_seed(0)), "every seed gives the same parts"),
        (lambda p, s, g: (divided(p, s, g)[0], divided(p, s, g)[0]), "in one of the two parts, once"),
        (lambda p, s, g: torch.isin(p, p[:3]), "return train, validation"),
        (lambda p, s, g: (p > 9, p <= 9), "a tensor of indices"),
    ],
)
def test_wrong_splits(answer, words, message):
    assert words in message(check.split, answer)


def running(batches):
    count, total, squares = 0, 0.0, 0.0
    for batch in batches:
        batch = batch.double() / 255
        count += batch[:, 0].numel()
        total = total + batch.sum((0, 2, 3))
        squares = squares + (batch**2).sum((0, 2, 3))
    return total / count, (squares / count - (total / count) ** 2).sqrt()


def by_chance(patients, share, generator):
    inside = (torch.rand(int(patients.max()) + 1, generator=generator) < share)[patients]
    return torch.arange(len(patients))[~inside], torch.arange(len(patients))[inside]


RIGHT = [
    (check.to_tensor, lambda x: x.permute(2, 0, 1).float() / 255),
    (check.to_tensor, lambda x: torch.stack([x[:, :, c].float().div(255) for c in range(x.shape[2])])),
    (check.lazy_photos, Photos),
    (check.random_crop, crop),
    (check.statistics, lambda b: (mean(b), std(b))),
    (check.statistics, running),
    (check.split, divided),
    (check.split, by_chance),
    (check.split, lambda p, s, g: list(divided(p, s, g))),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
