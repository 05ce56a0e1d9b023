"""What cannot be trained is said before the first step; and what somebody has switched before does not matter."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from utils import models
from utils.data import Dataset
from utils.training import evaluate, fit, predict


def images(count: int = 9, classes: int = 2, size: int = 8) -> Dataset:
    pixels = torch.randint(256, (count, 1, size, size), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    names = tuple(f"class {n}" for n in range(classes))
    return Dataset(pixels, torch.arange(count) % classes, names, "made up", mean=(0.5,), std=(0.3,))


def network(outputs: int = 2, norm: bool = False) -> nn.Sequential:
    hidden = [nn.BatchNorm1d(8)] if norm else []
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 8), *hidden, nn.Linear(8, outputs))


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([tensor.flatten().float() for tensor in model.state_dict().values()]).clone()


def spoilt(name: str, value: float) -> nn.Sequential:
    model = network(norm=True)
    model.state_dict()[name].view(-1)[0] = value
    return model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": math.inf}, "learning_rate=inf must be above zero and finite"),
        ({"learning_rate": math.nan}, "learning_rate=nan must be above zero"),
        ({"learning_rate": "0.1"}, "learning_rate='0.1' must be a number"),
        ({"learning_rate": True}, "learning_rate=True must be a number"),
        ({"learning_rate": 1e300}, "must be above zero and finite in 32 bits"),
        ({"learning_rate": 10**400}, "must be above zero and finite in 32 bits"),
        ({"seed": 1.5}, "seed=1.5 must be a whole number"),
        ({"seed": 2**63}, "is too large"),
        ({"schedule": 0.1}, "schedule must be a function, and this is a float"),
        ({"augment": "flip"}, "augment must be a function, and this is a str"),
        ({"train": None}, "train must be a Dataset"),
        ({"validation": images(classes=5)}, "has 2 outputs, and the labels go up to 4"),
        ({"validation": images(size=6)}, "the validation images have the shape"),
        ({"validation": images().subset([])}, "nothing to validate with"),
        ({"model": spoilt("1.weight", math.nan)}, "infinite or not numbers before any training"),
        ({"model": spoilt("2.running_var", math.inf)}, "infinite or not numbers before any training"),
        ({"model": nn.Sequential(nn.Flatten(), nn.LazyLinear(2))}, "a lazy layer"),
        ({"checkpoint": "/"}, "no checkpoint can be written to /: this is a folder"),
        ({"checkpoint": __file__ + "/run.pt"}, "no checkpoint can be written to"),
        ({"checkpoint": "~nobody-of-this-name/run.pt"}, "there is no such home folder"),
        ({"checkpoint": 3}, "3 is no path"),
        ({"epochs": 1.5}, "epochs=1.5 must be a whole number"),
        ({"epochs": True}, "epochs=True must be a whole number"),
        ({"batch_size": "4"}, "batch_size='4' must be a whole number"),
        (
            {"optimizer": "adam"},
            "optimizer must be what makes one, such as torch.optim.SGD itself, and this is a str",
        ),
        ({"optimizer": torch.optim.SGD([nn.Parameter(torch.ones(1))])}, "optimizer must be what makes one"),
        ({"train": DataLoader(images())}, "train must be a Dataset of utils.data.*and this is a DataLoader"),
        ({"validation": [1]}, "validation must be a Dataset"),
        ({"model": images(), "train": network()}, "model must be a network .*and this is a Dataset"),
        ({"model": network(outputs=1)}, "has 1 outputs, and the labels go up to 1: it needs num_classes=2"),
        (
            {"model": nn.Conv2d(1, 2, 3)},
            r"must return logits of shape \(N, num_classes\), and it returns shape",
        ),
        ({"model": nn.Flatten()}, "no parameter of this network can learn"),
        ({"model": network().requires_grad_(False)}, "all are frozen"),
        ({"model": network().double()}, "must be float32, and some are torch.float64"),
        ({"batch_size": 4, "model": network(norm=True)}, "batch of 1 image out of 9.*such as batch_size=5"),
        ({"batch_size": 1, "model": network(norm=True)}, "batch of 1 image out of 9.*such as batch_size=3"),
        ({"device": "gpu"}, "device='gpu' is no device"),
        ({"device": "meta"}, "device='meta' is no device"),
        ({"device": "mps"}, "torch finds no such device here"),
    ],
)
def test_what_cannot_be_is_said_before_the_first_step(change, message):
    settings = {"model": network(), "train": images(), "epochs": 1, "progress": False} | change
    model = settings["model"]
    before = weights(model) if isinstance(model, nn.Sequential) and len(model) > 2 else None
    with pytest.raises((TypeError, ValueError, OSError), match=message):
        fit(settings.pop("model"), settings.pop("train"), **settings)
    assert before is None or torch.equal(weights(model).nan_to_num(), before.nan_to_num()), (
        "nothing has been learnt, no statistics have moved"
    )


def test_a_batch_of_one_is_fine_where_batch_norm_sees_a_map_or_is_frozen():
    convolutional = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2))
    assert fit(convolutional, images(), epochs=1, batch_size=4, progress=False).epochs == 1

    class Frozen(nn.BatchNorm1d):
        def train(self, mode: bool = True):
            return super().train(False)

    model = network(norm=True)
    model[2] = Frozen(8)
    assert fit(model, images(), epochs=1, batch_size=4, progress=False).epochs == 1


def test_trying_a_network_out_leaves_no_trace():
    """The same run with and without the try: the same weights, statistics and random numbers."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), *network(norm=True)[1:])
    fit(model, images(12), epochs=1, batch_size=4, progress=False)
    assert model[3].num_batches_tracked == 3
    assert not any(module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("switch", ["no_grad", "inference_mode", "set_grad_enabled"])
def test_gradients_that_somebody_switched_off_do_not_matter(switch):
    results = []
    off = torch.set_grad_enabled if switch == "set_grad_enabled" else getattr(torch, switch)
    for context in (torch.enable_grad, partial(off, False) if switch == "set_grad_enabled" else off):
        torch.manual_seed(0)
        model = network()
        with context():
            history = fit(model, images(), epochs=2, progress=False)
        torch.set_grad_enabled(True)
        results.append((history.train_loss, weights(model).tolist()))
    assert results[0] == results[1]


def test_a_default_type_that_somebody_set_does_not_matter():
    model = network()
    torch.set_default_dtype(torch.float64)
    try:
        assert fit(model, images(), epochs=1, progress=False).epochs == 1
        assert evaluate(model, images()).samples == 9 and predict(model, images()).dtype == torch.float32
    finally:
        torch.set_default_dtype(torch.float32)


class Pair(nn.Linear):
    """Returns two things, as GoogLeNet with its auxiliary heads does."""

    def forward(self, x):
        return super().forward(x.flatten(1)), 1


def test_measuring_says_what_does_not_fit_too():
    with pytest.raises(ValueError, match="has 2 outputs, and the labels go up to 4: it needs num_classes=5 or more"):
        evaluate(network(), images(classes=5))
    for measure in (evaluate, predict):
        with pytest.raises(TypeError, match="in this order, and these are a Dataset and a Sequential"):
            measure(images(), network())
        with pytest.raises(TypeError, match=r"batch_size=1\.5 must be a whole number"):
            measure(network(), images(), batch_size=1.5)
        with pytest.raises(ValueError, match=r"use model.float\(\)"):
            measure(network().double(), images())
        with pytest.raises(ValueError, match="it returns a tuple"):
            measure(Pair(64, 2), images())
    with pytest.raises(ValueError, match="nothing to predict"):
        predict(network(), images().subset([]))
    assert predict(nn.Flatten(), images()).shape == (9, 64), "a network without parameters"


def test_every_layer_is_left_in_the_mode_it_was_in():
    model = models.create("small_cnn", num_classes=2, image_size=8)
    model.train()
    model.features.eval()
    before = [module.training for module in model.modules()]
    evaluate(model, images())
    predict(model, images())
    assert [module.training for module in model.modules()] == before and len(set(before)) == 2


def test_an_attention_mask_may_hold_infinities():
    class Masked(nn.Linear):
        def __init__(self):
            super().__init__(64, 2)
            self.register_buffer("mask", torch.full((2, 2), -math.inf).triu(1))

        def forward(self, x):
            return super().forward(x.flatten(1)) @ self.mask.softmax(1)

    assert fit(Masked(), images(), epochs=1, progress=False).epochs == 1


def test_a_constant_channel_is_said_and_trained_all_the_same():
    data = images()
    grey = Dataset(data.images.repeat(1, 3, 1, 1), data.labels, data.class_names, "x")
    grey.images[:, 1:] = 7
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    with pytest.warns(UserWarning, match="nothing can be learnt from channels 1, 2"):
        history = fit(model, grey, epochs=1, progress=False)
    assert math.isfinite(history.train_loss[0])


def test_a_full_memory_says_which_batch_size_to_try():
    class Full(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(64, 2)

        def forward(self, x):
            if len(x) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB and many more words.")
            return self.linear(x.flatten(1))

    with pytest.raises(torch.OutOfMemoryError, match="memory is full with batch_size=8: try batch_size=4"):
        fit(Full(), images(), epochs=1, batch_size=8, progress=False)
    with pytest.raises(torch.OutOfMemoryError, match="memory is full with batch_size=250: try batch_size=125"):
        evaluate(Full(), images())
