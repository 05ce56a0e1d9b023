"""Exercises 05: the answers at work."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils import figures
from utils.data import fashion_mnist, neither_cats_nor_dogs
from utils.insight import inputs
from utils.models import load_bundled
from utils.models.cifar_resnet import Block
from utils.see.clothes import few_clothes, small_cnn, small_mlp, trained
from utils.see.learning import learn, means
from utils.words import number, percent


def second_look(two_looks: Callable[[Tensor, Tensor], Tensor]) -> figures.Picture:
    """The ResNet-20 that comes with the course and six pictures that it names better with a look in the mirror."""
    _, test = neither_cats_nor_dogs()
    test = test.subset(torch.arange(min(300, len(test))))
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (test.mean, test.std))
    images = (test.images / 255 - mean) / std
    with torch.no_grad(), torch.random.fork_rng():
        model = load_bundled().eval()
        first, second = model(images), model(images.flip(3))
    looks = [first.log_softmax(dim=1), second.log_softmax(dim=1), two_looks(first, second)]
    right = [look.argmax(dim=1) == test.labels for look in looks]
    loss = [number(F.nll_loss(look, test.labels).item()) for look in looks]
    gain = (looks[2] - looks[0])[range(len(test)), test.labels] + 100 * (right[2] & ~right[0])
    best = gain.argsort(descending=True)[:6]
    answers = [zip(*look[best].exp().max(dim=1), strict=True) for look in looks]
    return figures.image_grid(
        torch.cat([test.images[best], test.images[best].flip(3), test.images[best]]),
        [f"{test.class_names[k]} {percent(p.item(), 0)}" for look in answers for p, k in look],
        columns=6,
        rows=["first look", "in the mirror", "both, by yours"],
        source=test.source,
        title=f"Two looks at {len(test)} pictures: a loss of {loss[2]} where one look has {loss[0]}",
        caption=f"*The six that gained most; by both looks {right[2][best].sum()} of them are named right, by the "
        f"first {right[0][best].sum()}. What the network sees in a picture should not depend on the side from which "
        "it looks, but it does.*",
    )


def twenty_layers(block: type[nn.Module], built: type[nn.Module]) -> figures.Picture:
    """Ten blocks in a row, so twenty convolutions: as planned, as built, and without the sum (He et al., 2016)."""
    train, _ = few_clothes(2000)
    curves = {}
    for name, each in {"yours": block, "as it was built": built, "without the sum": _plain}.items():
        with torch.random.fork_rng():
            torch.manual_seed(0)
            stem = nn.Conv2d(1, 16, kernel_size=5, stride=4, padding=2)
            head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))
            model = nn.Sequential(stem, nn.ReLU(), *(each(16) for _ in range(10)), head)
        curves[name] = means(learn(model, train, steps=40, rate=0.02), 10)
    return figures.lines(
        [10, 20, 30, 40],
        curves,
        x_label="steps",
        y_label="loss",
        source=train.source,
        title="Your block, ten times in a row",
        caption="*Three networks with equally many parameters, on the same images, a mean over ten steps at each "
        "mark. A network that guesses has a loss of 2.3. With your shortcut there is a direct way from the last layer "
        "back to the first, and learning takes it.*",
    )


def _plain(channels: int) -> nn.Module:
    return Block(channels, channels, plain=True)


def scatter_of_gains(paired_gain: Callable[[Tensor, Tensor], tuple[float, float]]) -> figures.Picture:
    """How far a CNN's gain over an MLP scatters: by the answer, in truth (300 samples), and for different images."""
    train, test = few_clothes()[0], fashion_mnist()[1]
    images, right = inputs(test), []
    for make in (small_mlp, small_cnn):
        model = trained(make, train, 12_000)
        right.append(model(images).argmax(dim=1) == test.labels)
    gain = 100 * (right[1].float().mean() - right[0].float().mean()).item()
    sizes, scatters = [50, 100, 200, 500, 1000], {}
    for size in sizes:
        samples = torch.randint(len(test), (300, size), generator=torch.Generator().manual_seed(0))
        pairs = torch.tensor([paired_gain(*(each[sample] for each in right)) for sample in samples])
        apart = sum(each.float().var() / size for each in right) ** 0.5
        scatters[size] = (pairs[:, 1].mean().item(), pairs[:, 0].std().item(), apart.item())
    names = ("by your formula", "of the gains of 300 samples", "if the images differed")
    return figures.lines(
        sizes,
        {name: [100 * scatters[size][k] for size in sizes] for k, name in enumerate(names)},
        x_label="images in a sample",
        y_label="scatter (percentage points)",
        log_x=True,
        references={"the gain itself": gain},
        source=test.source,
        title=f"A gain of {number(gain, 1)} points, and how far it scatters by chance",
        caption="*A CNN and an MLP, asked about the same images. From one sample alone your formula knows how far the "
        "gains of 300 samples scatter, and that is less than if each network had been asked about images of its own. "
        "Where the curve is above the dashed line, a sample says little about which network is better.*",
    )
