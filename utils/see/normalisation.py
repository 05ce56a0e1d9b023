"""Exercises 06: the answers at work."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from utils import figures
from utils.data import fashion_mnist
from utils.see.learning import learn, means
from utils.see.photograph import SOURCE, photograph
from utils.training import evaluate
from utils.words import percent


class _Norm(nn.Module):
    """A layer that keeps what ``batch_norm`` needs, and what it returns."""

    def __init__(self, batch_norm: Callable, channels: int):
        super().__init__()
        self.batch_norm = batch_norm
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.mean, self.variance = torch.zeros(channels), torch.ones(channels)

    def forward(self, x: Tensor) -> Tensor:
        y, mean, variance = self.batch_norm(x, self.weight, self.bias, self.mean, self.variance, self.training)
        self.mean, self.variance = mean.detach(), variance.detach()
        return y


def _six_layers(batch_norm: Callable | None) -> nn.Module:
    """Six 3×3 convolutions from (N, 1, 28, 28) to logits (N, 10), with the same first weights each time."""
    layers, channels = [], 1
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for stride in (2, 2, 1, 1, 1, 1):
            layers += [nn.Conv2d(channels, 16, kernel_size=3, stride=stride, padding=1)]
            layers += [nn.ReLU()] if batch_norm is None else [_Norm(batch_norm, 16), nn.ReLU()]
            channels = 16
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def training(batch_norm: Callable) -> figures.Picture:
    """A small network trained with ``batch_norm`` after each convolution, and without (Ioffe and Szegedy, 2015)."""
    train, test = fashion_mnist()
    steps, every, losses = 80, 10, {}
    for name, norm in {"without batch norm": None, "with yours": batch_norm}.items():
        network = _six_layers(norm)
        losses[name] = means(learn(network, train, steps=steps, rate=0.05), every)
    right = evaluate(network, test.subset(range(min(1000, len(test))))).accuracy
    return figures.lines(
        list(range(every, steps + 1, every)),
        losses,
        x_label="steps, 64 clothes each",
        y_label="training loss",
        source=train.source,
        title="Six layers with your batch norm, and without",
        caption="*The same first weights, the same clothes, the same learning rate. A loss of 2.3 is that of guessing "
        f"one of ten. In eval mode, by your running statistics, {percent(right, 0)} of others are named rightly.*",
    )


def lighting(group_norm: Callable[[Tensor, int], Tensor]) -> figures.Picture:
    """One photograph in four lights, and what is left of the light after ``group_norm`` (Wu and He, 2018)."""
    photo = photograph(64) / 255
    red = torch.tensor([1, 0.5, 0.35]).view(3, 1, 1)
    lights = {"as it is": photo, "in the dark": 0.3 * photo, "in fog": 0.6 + 0.35 * photo, "in red light": red * photo}
    given = torch.stack(list(lights.values()))
    normalised = [(0.5 + group_norm(given, groups) / 5).clamp(0, 1) for groups in (1, 3)]
    return figures.image_grid(
        torch.cat([given, *normalised]),
        list(lights) * 3,
        rows=["given", "one group", "three groups"],
        columns=4,
        source=SOURCE,
        title="What your group norm leaves of the light",
        caption="*With one group the three colours share a mean: dark and fog are gone, and red stays red. With three "
        "each colour has its own: the red light is gone, too.*",
        seen="In the last row all four look alike; in the row above three do, and the fourth is redder.",
    )


def colours(dropout2d: Callable[[Tensor, float, bool], Tensor]) -> figures.Picture:
    """A photograph, whose channels are colours, in ten draws of ``dropout2d``, and the mean of a thousand."""
    photo = photograph(64) / 255
    with torch.random.fork_rng():
        torch.manual_seed(5)
        draws = dropout2d(photo.repeat(1000, 1, 1, 1), 0.4, True)
    return figures.image_grid(
        torch.stack([photo, *draws[:10], draws.mean(dim=0)]).clamp(0, 1),
        ["the photograph", *(f"draw {n}" for n in range(1, 11)), "mean of 1,000"],
        columns=6,
        source=SOURCE,
        title="Your dropout of whole channels: a photograph has three",
        caption="*p = 0.4. Where only red stays, green and blue have vanished everywhere at once. What stays is "
        "brighter, and so the mean of many draws is the photograph again.*",
        seen="The draws differ in their colours; the last image looks like the first.",
    )
