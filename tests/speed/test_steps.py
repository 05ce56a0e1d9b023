"""Training steps in every way of the lecture on GPUs: each learns, from whole batches, in the layout it says."""

import pytest
import torch
from torch import nn

from utils.data import Dataset
from utils.settings import synchronize
from utils.speed import first_steps, steps, training_step, ways

CPU = torch.device("cpu")
generator = torch.Generator().manual_seed(0)
DATA = Dataset(
    torch.randint(256, (10, 3, 8, 8), generator=generator, dtype=torch.uint8),
    torch.arange(10) % 2,
    ("a", "b"),
    "made for a test",
    mean=(0.4, 0.5, 0.6),
    std=(0.2, 0.25, 0.3),
)


class Watching(nn.Module):
    """A small network that keeps what it was shown."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 2))
        self.shown = []

    def forward(self, x):
        self.shown.append(x)
        return self.layers(x)


WAYS = {name: way for name, way in ways(CPU).items() if not way.get("compiled")}


@pytest.mark.parametrize("name", WAYS)
def test_each_way_takes_steps(name):
    torch.manual_seed(0)
    model = Watching()
    before = model.layers[0].weight.clone()
    step = training_step(model, DATA, CPU, batch_size=4, **WAYS[name])
    for _ in range(5):  # two whole batches of ten images in each epoch
        step()
    assert not torch.equal(model.layers[0].weight, before)
    assert [tuple(shown.shape) for shown in model.shown] == [(4, 3, 8, 8)] * 5
    last = model.shown[0].is_contiguous(memory_format=torch.channels_last)
    assert last == (WAYS[name].get("memory_format") == "channels_last")


@pytest.mark.parametrize("resident", [False, True])
def test_both_ways_to_fetch_give_the_same_normalised_images(resident):
    batches = steps._endless(DATA, 5, CPU, torch.contiguous_format, resident)
    images = torch.cat([next(batches)[0] for _ in range(2)])
    mean, std = torch.tensor(DATA.mean).view(3, 1, 1), torch.tensor(DATA.std).view(3, 1, 1)
    expected = (DATA.images.double() / 255 - mean) / std
    order = [(expected - image).abs().flatten(1).amax(1).argmin().item() for image in images]
    assert sorted(order) == list(range(10)), "each image once"
    assert (images - expected[order]).abs().max() < 1e-5


def test_the_first_program_changes_nothing_and_the_others_one_thing_or_all():
    changed = list(ways(CPU).values())
    assert changed[0] == {} and [len(way) for way in changed[1:5]] == [1, 1, 1, 1]
    assert changed[-1] == changed[-2] | {"compiled": True}
    assert {key for way in changed[1:5] for key in way} == set(changed[-1])


def test_first_steps_are_taken_and_what_is_impossible_says_why(monkeypatch):
    """A machine without a compiler: everything else is still measured."""
    built = []

    def step_of(model, data, device, *, batch_size, compiled=False, **way):
        built.append((type(model).__name__, batch_size))

        def step():
            if compiled:
                raise RuntimeError("no C++ compiler\nand more lines")

        return step

    monkeypatch.setattr(steps, "training_step", step_of)
    taken, seconds, impossible = first_steps("small_cnn", DATA, CPU, batch_size=4)
    assert list(taken) == list(seconds) == list(WAYS)
    assert impossible == dict.fromkeys(("compiled", "all together"), "no C++ compiler")
    assert built == [("SmallCNN", 4)] * 7
    taken, _, impossible = first_steps("small_cnn", DATA, CPU, batch_size=4, compiling=False)
    assert list(taken) == list(WAYS) and set(impossible.values()) == {"left out, as compiling takes long"}
    assert len(built) == 7 + len(WAYS)


def test_synchronising_a_processor_does_nothing():
    synchronize(CPU)
