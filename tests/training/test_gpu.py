"""What keeps a GPU busy: no question to it inside an epoch, the fused optimizer, images that are there already.

Here there may be no GPU. Then what can be tested on a processor is, and the rest is skipped.
"""

import functools
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from utils import models
from utils.data import Batches
from utils.data.transforms import random_crop, random_horizontal_flip
from utils.training import fit, loop, machine, one_cycle, recipe
from utils.training.history import History

CUDA, CPU = torch.device("cuda"), torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


def augment(images, generator):
    return random_horizontal_flip(random_crop(images, generator), generator)


def one_epoch(data, device, precision, on_last_step=lambda: None):
    """``train_epoch`` as fit calls it; ``on_last_step`` is called when the last of its 4 steps is done."""
    steps = []
    bar = SimpleNamespace(update=lambda: steps.append(1) or (len(steps) == 4 and on_last_step()))
    model = models.create("small_cnn", num_classes=2).to(device)
    batches = Batches(data, 64, shuffle=True, augment=augment, device=device)
    optimizer = machine._fused(functools.partial(torch.optim.SGD, momentum=0.9, fused=True), device)(
        model.parameters(), lr=0.01
    )
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "fp16")
    history = History("", str(device), precision, "contiguous", {"epochs": 1, "learning_rate": 0.01})
    result = loop.train_epoch(model, batches, 0, optimizer, scaler, one_cycle, history, bar)
    assert len(steps) == 4
    return result


class Questions(TorchDispatchMode):
    """Counts the operations whose result Python, or the shape of a tensor, waits for."""

    WAITING = (
        "_local_scalar_dense",
        "nonzero",
        "masked_select",
        "equal",
        "unique",
    )  # item() is the first of them

    def __init__(self):
        super().__init__()
        self.asked = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        if name.startswith(self.WAITING):
            self.asked.append(name)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_an_epoch_asks_for_its_two_sums_at_the_end_and_for_nothing_before(stripes, precision, monkeypatch):
    """The same operations run on a GPU, where each such question would stop it."""
    # A processor is asked every half second, to say how far it is. So no time passes.
    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: 0.0))
    before_the_end = []
    with Questions() as questions:
        one_epoch(stripes, CPU, precision, on_last_step=lambda: before_the_end.extend(questions.asked))
    assert before_the_end == []
    assert questions.asked == ["_local_scalar_dense"] * 2


@needs_gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_no_step_waits_for_the_gpu(stripes, precision, monkeypatch):
    """torch raises an error at the first operation between the epoch's first batch and its last that waits."""
    one_epoch(stripes, CUDA, precision)  # the first time, libraries are set up
    make_batches = Batches.epoch

    def watched(self, number):
        torch.cuda.set_sync_debug_mode("error")
        return make_batches(self, number)

    monkeypatch.setattr(Batches, "epoch", watched)
    try:
        one_epoch(stripes, CUDA, precision, on_last_step=lambda: torch.cuda.set_sync_debug_mode("default"))
    finally:
        torch.cuda.set_sync_debug_mode("default")


@needs_gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_it_learns_on_a_gpu(stripes, precision):
    model = models.create("small_cnn", num_classes=2)
    history = fit(
        model,
        stripes,
        stripes,
        epochs=5,
        batch_size=20,
        learning_rate=1e-2,
        precision=precision,
        progress=False,
    )
    assert history.device == "cuda" and history.validation_accuracy[-1] > 0.95


def test_a_gpu_gets_the_fused_optimizer_unless_it_was_decided_otherwise():
    parameters = [nn.Parameter(torch.ones(2))]
    sgd, adagrad = torch.optim.SGD, functools.partial(torch.optim.Adam, fused=False)
    fused = [
        machine._fused(optimizer, device)(parameters, lr=0.1).defaults.get("fused")
        for optimizer in (sgd, adagrad, torch.optim.RMSprop, recipe.adam)
        for device in (CUDA, CPU)
    ]
    assert fused == [True, None, False, False, None, None, True, True]


def test_validation_images_go_to_the_device_once(stripes, monkeypatch):
    """``evaluate`` is given images that are on the device: the same tensor after every epoch."""
    given = []
    monkeypatch.setattr(
        loop,
        "evaluate",
        lambda _, data, **__: given.append(data.images) or SimpleNamespace(loss=0.0, accuracy=0.0),
    )
    fit(models.create("small_cnn", num_classes=2), stripes, stripes, epochs=2, device="cpu", progress=False)
    assert given[0] is given[1]


@pytest.mark.slow
def test_a_compiled_network_trains_to_the_same_weights(stripes, monkeypatch):
    """There is a program for full batches and one for the last, each for its size only.

    torch's own compiler for what is traced here takes a minute, so the traced operations are run as they are.
    """
    sizes = []

    def run_as_traced(graph, inputs):
        sizes.append([x.shape[0] for x in inputs if isinstance(x, torch.Tensor) and x.shape[1:] == (1, 28, 28)])
        return graph.forward

    torch._dynamo.reset()
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend=run_as_traced))
    settings = {"epochs": 2, "batch_size": 64, "precision": "fp32", "device": "cpu", "progress": False}
    weights = []
    for compiled in (False, True):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(1, 2, 5, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2))
        fit(model, stripes, **settings, compile=compiled)
        weights.append(model.state_dict())
    assert str(sizes) == "[[64], [8]]", "numbers, not symbols"
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, rtol=1e-4, atol=1e-5)
