"""fit against the same loop in plain torch; seeds, precision, schedules, and runs that go wrong."""

import functools
import inspect
from dataclasses import fields

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from utils import models
from utils.data import Batches, Dataset, split
from utils.training import DivergedError, evaluate, fit, one_cycle
from utils.training.machine import Machine
from utils.training.recipe import Recipe


def make(name="small_cnn", seed=0):
    torch.manual_seed(seed)
    return models.create(name, num_classes=2)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_the_same_as_a_loop_written_by_hand(stripes):
    """An independent loop, on batches in the same order: same losses, same weights."""
    ours = make()
    history = fit(ours, stripes, epochs=2, batch_size=64, precision="fp32", device="cpu", progress=False)

    theirs = make()
    optimizer = torch.optim.Adam(theirs.parameters(), lr=1e-3)
    losses, accuracies = [], []
    for epoch in range(2):
        order = [labels for labels in _order(stripes, 64, epoch)]
        x = (stripes.images[torch.cat(order)].float() / 255 - 0.5) / 0.3
        y = stripes.labels[torch.cat(order)]
        loss_sum = correct = 0.0
        for images, labels in DataLoader(TensorDataset(x, y), batch_size=64):
            logits = theirs(images)
            loss = F.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(labels)
            correct += (logits.argmax(1) == labels).sum().item()
        losses.append(loss_sum / 200)
        accuracies.append(correct / 200)
    torch.testing.assert_close(weights(ours), weights(theirs), rtol=1e-4, atol=1e-5)
    assert history.train_loss == pytest.approx(losses, rel=1e-4)
    assert history.train_accuracy == pytest.approx(accuracies, abs=0.011)


def _order(data: Dataset, batch_size: int, epoch: int):
    """The indices of each batch of an epoch, found by shuffling images that are their own labels."""
    numbered = Dataset(data.images, torch.arange(len(data)), tuple(map(str, range(len(data)))), "")
    return [labels for _, labels in Batches(numbered, batch_size, shuffle=True, seed=0).epoch(epoch)]


def test_it_learns_and_says_how(stripes, capsys):
    train, validation = split(stripes, 50)
    model = make()
    history = fit(model, train, validation, epochs=6, batch_size=10, learning_rate=1e-2)
    assert history.validation_accuracy[-1] == 1.0
    assert history.train_loss[-1] < history.train_loss[0] / 5
    assert history.epochs == 6 == len(history.validation_loss) == len(history.seconds)
    assert history.source == stripes.source and history.device in str(history)
    assert "epoch 6/6" in capsys.readouterr().out, "the progress bar belongs on stdout"


def test_the_same_seed_gives_the_same_bits_and_another_does_not(stripes):
    def run(seed):
        model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 2))
        torch.manual_seed(0)
        model[2].reset_parameters()
        torch.manual_seed(torch.seed())  # whatever happened before must not matter
        fit(model, stripes, epochs=2, seed=seed, progress=False)
        return weights(model)

    first = run(1)
    assert torch.equal(first, run(1))
    assert not torch.equal(first, run(2))


def test_the_callers_random_numbers_are_left_alone(stripes):
    torch.manual_seed(5)
    expected = torch.rand(3)
    model = make()
    torch.manual_seed(5)
    fit(model, stripes, epochs=1, progress=False)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize("memory_format", ["contiguous", "channels_last"])
def test_every_precision_and_memory_format_learns(stripes, precision, memory_format):
    model = make()
    settings = {"precision": precision, "memory_format": memory_format}
    history = fit(model, stripes, epochs=5, batch_size=20, learning_rate=1e-2, progress=False, **settings)
    assert history.train_accuracy[-1] > 0.95
    assert (history.precision, history.memory_format) == (precision, memory_format)
    assert all(p.dtype == torch.float32 for p in model.parameters())
    layout = torch.channels_last if memory_format == "channels_last" else torch.contiguous_format
    assert model.features[3].weight.is_contiguous(memory_format=layout)


def test_a_schedule_scales_the_learning_rate_of_every_step(stripes):
    rates = []

    class Recording(torch.optim.SGD):
        def step(self, closure=None):
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    fit(
        make(),
        stripes,
        epochs=4,
        batch_size=50,
        learning_rate=0.5,
        optimizer=Recording,
        schedule=lambda x: x,
        progress=False,
    )
    assert rates == pytest.approx([0.5 * (step + 0.5) / 16 for step in range(16)])


def test_one_cycle_rises_to_one_and_falls_to_zero():
    assert [one_cycle(x) for x in (0, 0.05, 0.1, 0.55, 1)] == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_any_optimizer_of_torch(stripes):
    model = make()
    sgd = functools.partial(torch.optim.SGD, momentum=0.9)
    history = fit(model, stripes, epochs=4, batch_size=20, learning_rate=0.05, optimizer=sgd, progress=False)
    assert history.train_loss[-1] < history.train_loss[0]
    assert history.settings["optimizer"] == "SGD(momentum=0.9)"


def test_frozen_layers_stay(stripes):
    model = make()
    model.features.requires_grad_(False)
    before = model.features[0].weight.clone()
    fit(model, stripes, epochs=1, progress=False)
    assert torch.equal(model.features[0].weight, before)


def test_augmentation_reaches_the_training_images_only(stripes):
    seen = []

    def augment(images, generator):
        seen.append(len(images))
        return images

    train, validation = split(stripes, 60)
    fit(make(), train, validation, epochs=2, batch_size=100, augment=augment, progress=False)
    assert seen == [100, 40, 100, 40]


def test_a_diverging_run_stops_and_says_what_to_try(stripes, tmp_path):
    path = tmp_path / "run.pt"
    model = make()
    with pytest.raises(DivergedError, match=r"the loss became (nan|inf).*smaller learning rate") as error:
        fit(
            model,
            stripes,
            epochs=20,
            learning_rate=1e30,
            optimizer=torch.optim.SGD,
            checkpoint=path,
            progress=False,
        )
    assert error.value.history.epochs < 20
    assert not path.exists() or torch.load(path, weights_only=True)["history"]["train_loss"]


def test_every_setting_is_of_the_recipe_of_the_machine_or_of_the_books():
    recipe, machine = ({field.name for field in fields(part)} for part in (Recipe, Machine))
    books = {"checkpoint", "progress", "after_epoch"}
    assert {*inspect.signature(fit).parameters} == {"model", "train", "validation"} | recipe | machine | books


def test_what_determines_the_result_is_remembered_by_these_names(stripes):
    """They stand in every checkpoint: one that is called otherwise could not go on from an older version's."""
    history = fit(make(), stripes, epochs=1, progress=False)
    assert history.settings == {
        "epochs": 1,
        "batch_size": 64,
        "learning_rate": 1e-3,
        "optimizer": "Adam(fused=True)",
        "schedule": "None",
        "augment": "None",
        "seed": 0,
        "images": 200,
    }


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"epochs": 0}, "epochs=0 is too small: it must be at least 1"),
        ({"epochs": 1, "learning_rate": -1}, "learning_rate=-1 must be above zero"),
        ({"epochs": 1, "learning_rate": float("nan")}, "learning_rate=nan must be above zero"),
        ({"epochs": 1, "batch_size": 0}, "batch_size=0 is too small: it must be at least 1"),
        ({"epochs": 1, "precision": "fp8"}, "precision='fp8' is not one of fp32, bf16, fp16"),
        (
            {"epochs": 1, "memory_format": "nhwc"},
            "memory_format='nhwc' is not one of contiguous, channels_last",
        ),
    ],
)
def test_impossible_settings_are_refused(stripes, settings, message):
    with pytest.raises(ValueError, match=message):
        fit(make(), stripes, progress=False, **settings)


def test_no_images_are_refused(stripes):
    with pytest.raises(ValueError, match="train has no images"):
        fit(make(), stripes.subset([]), epochs=1)
    with pytest.raises(ValueError, match="has no images"):
        evaluate(make(), stripes.subset([]))


def test_deterministic_mode_refuses_what_cannot_be_repeated_and_is_undone(stripes):
    class Unrepeatable(nn.Module):
        """Its forward pass reports which algorithms are allowed while it trains."""

        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(784, 2)
            self.allowed = []

        def forward(self, x):
            self.allowed.append(torch.are_deterministic_algorithms_enabled())
            return self.linear(x.flatten(1))

    for wanted in (True, False):
        model = Unrepeatable()
        fit(model, stripes, epochs=1, deterministic=wanted, progress=False)
        assert set(model.allowed) == {wanted}
        assert not torch.are_deterministic_algorithms_enabled()


def explodes(at: float):
    """A schedule that is well but for one step, which is far too long."""
    return lambda part: 1e33 if abs(part - at) < 0.1 else 1.0


@pytest.mark.parametrize("validated", [True, False])
def test_a_run_whose_last_step_explodes_is_no_success(stripes, validated):
    few = stripes.subset(range(20))
    with pytest.raises(DivergedError, match="training diverged") as error:
        fit(
            make(),
            few,
            few if validated else None,
            epochs=2,
            batch_size=10,
            schedule=explodes(0.875),
            progress=False,
        )
    assert error.value.history.epochs == 1 == len(error.value.history.seconds)
    assert len(error.value.history.validation_loss) == validated


@pytest.mark.parametrize("validated", [True, False])
def test_a_good_checkpoint_is_not_overwritten_by_a_diverged_one(stripes, tmp_path, validated):
    few = stripes.subset(range(20))
    settings = {"validation": few} if validated else {}
    with pytest.raises(DivergedError):
        fit(
            make(),
            few,
            **settings,
            epochs=3,
            batch_size=20,
            schedule=explodes(0.5),
            checkpoint=tmp_path / "run.pt",
            progress=False,
        )
    kept = torch.load(tmp_path / "run.pt", weights_only=True)
    assert all(tensor.isfinite().all() for tensor in kept["model"].values())
    assert len(kept["history"]["train_loss"]) == 1


def test_running_statistics_that_are_no_numbers_are_no_success_either(stripes):
    class Spoils(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(784, 2)
            self.register_buffer("mean", torch.zeros(2))

        def forward(self, x):
            if self.training:
                self.mean += float("inf")
            return self.linear(x.flatten(1))

    with pytest.raises(DivergedError, match="weights are infinite or not numbers"):
        fit(Spoils(), stripes, epochs=1, progress=False)


def test_a_network_whose_outputs_are_no_numbers_has_no_accuracy_in_words(stripes):
    model = make()
    model.classifier.bias.data.fill_(float("nan"))
    assert "not numbers" in str(evaluate(model, stripes)) and "accuracy" not in str(evaluate(model, stripes))


def test_a_run_in_fp16_whose_steps_were_all_left_out_is_no_success(stripes):
    """The loss is a number, and its gradient is not: the scaler leaves each step out, and the weights stay."""

    class Rooted(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(784, 2)

        def forward(self, x):
            return self.linear(x.flatten(1)) + (0 * self.linear.weight.sum()).abs().sqrt()

    with pytest.raises(DivergedError, match="gradients are not numbers"):
        fit(Rooted(), stripes, epochs=1, batch_size=5, precision="fp16", progress=False)
