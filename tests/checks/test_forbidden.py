"""What a task forbids is refused by its name, however it is called; what it does not forbid passes."""

import functools
import re
import sys
import threading
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tests.checks.test_every_task import ALL
from utils import arithmetic, convolution, insight
from utils.checks import architectures_shortcuts, fashion_mnist, gpu, normalisation
from utils.checks.forbidding import READY, Rule
from utils.checks.mistake import Mistake
from utils.compat import import_torchvision
from utils.course import assignments
from utils.models.resnet import BasicBlock
from utils.notebooks.build import read

import_torchvision()
x = torch.randn(2, 4, 6, 6)
logits, labels = torch.randn(3, 4), torch.tensor([0, 1, 2])
kernel = torch.randn(3, 4, 2, 2)
up = torch.ones(2, 4, 3, 3)
relu = nn.ReLU()


def pooled():
    image = x.clone().requires_grad_()
    return image, F.max_pool2d(image, 2)


def by_name(module, *parts):
    return getattr(module, "".join(parts))


# For each word of a rule what it stands for, called in many ways.
WAYS = {
    "": [lambda: torch.ones(2), lambda: x + 1, lambda: x.sum().item(), lambda: nn.Flatten()(x)],
    "unfold": [
        lambda: F.unfold(x, 2),
        lambda: x.unfold(2, 2, 1),
        lambda: torch.Tensor.unfold(x, 2, 2, 1),
        lambda: nn.Unfold(2)(x),
        lambda: by_name(F, "un", "fold")(x, 2),
        lambda: F.__dict__["unfold"](x, 2),
        lambda: eval("F.unfold(x, 2)", globals()),
        lambda: functools.partial(F.unfold, kernel_size=2)(x),
        lambda: torch.vmap(lambda image: image.unfold(1, 2, 1))(x),
        lambda: torch.ops.aten.unfold(x, 2, 2, 1),
    ],
    "im2col": [
        lambda: torch.ops.aten.im2col(x, [2, 2], [1, 1], [0, 0], [1, 1]),
        lambda: torch.ops.aten.im2col.default(x, [2, 2], [1, 1], [0, 0], [1, 1]),
        lambda: torch._C._nn.im2col(x, [2, 2], [1, 1], [0, 0], [1, 1]),
    ],
    "as_strided": [lambda: x.as_strided((2, 2), (1, 1)), lambda: torch.as_strided(x, (2, 2), (1, 1))],
    "sliding_window": [lambda: np.lib.stride_tricks.sliding_window_view(np.ones((4, 4)), (2, 2))],
    "conv1d": [lambda: F.conv1d(x[0], kernel[:, :, 0]), lambda: nn.Conv1d(4, 2, 2)(x[0])],
    "conv2d": [
        lambda: F.conv2d(x, kernel),
        lambda: torch.conv2d(x, kernel),
        lambda: nn.Conv2d(4, 2, 3)(x),
        lambda: nn.LazyConv2d(2, 3)(x),
        lambda: torch.ops.aten.conv2d(x, kernel),
        lambda: torch.func.functional_call(nn.Conv2d(4, 2, 3), {}, x),
    ],
    "conv3d": [lambda: F.conv3d(x[None], kernel[:, None].repeat(1, 2, 1, 1, 1)[:, :, :1])],
    "conv_t": [lambda: F.conv_transpose2d(x, kernel.transpose(0, 1)), lambda: nn.ConvTranspose2d(4, 2, 3)(x)],
    "convolution": [lambda: torch.convolution(x, kernel, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)],
    "convolve": [lambda: np.convolve([1, 2, 3], [1, 1])],
    "correlate": [lambda: np.correlate([1, 2], [1, 1])],
    "pool": [lambda: F.max_pool2d(x, 2), lambda: nn.AvgPool2d(2)(x), lambda: nn.AdaptiveAvgPool2d(1)(x)],
    "backward": [
        lambda: (lambda image, y: y.backward(up))(*pooled()),
        lambda: (lambda image, y: by_name(y, "back", "ward")(up))(*pooled()),
        lambda: (lambda image, y: torch.autograd.grad(y, image, up))(*pooled()),
        lambda: (lambda image, y: torch.autograd.backward(y, up))(*pooled()),
        lambda: (lambda image, y: y.grad_fn(up))(*pooled()),
        lambda: torch.func.vjp(lambda image: F.max_pool2d(image, 2), x)[1](up),
        lambda: torch.func.grad(lambda image: F.max_pool2d(image, 2).sum())(x),
        lambda: torch.autograd.functional.vjp(lambda image: F.max_pool2d(image, 2), x, up),
        lambda: torch.ops.aten.max_pool2d_with_indices_backward(
            up, x, [2, 2], [2, 2], [0, 0], [1, 1], False, F.max_pool2d(x, 2, return_indices=True)[1]
        ),
    ],
    "make_dual": [lambda: torch.func.jvp(lambda image: F.max_pool2d(image, 2), (x,), (x,))],
    "unpool": [
        lambda: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2),
        lambda: nn.MaxUnpool2d(2)(*F.max_pool2d(x, 2, return_indices=True)),
    ],
    "softmax": [
        lambda: F.log_softmax(logits, 1),
        lambda: logits.log_softmax(1),
        lambda: logits.softmax(1).log(),
        lambda: torch.special.log_softmax(logits, 1),
        lambda: torch._log_softmax(logits, 1, False),
        lambda: nn.LogSoftmax(1)(logits),
        lambda: torch.ops.aten._log_softmax(logits, 1, False),
    ],
    "softmin": [lambda: F.softmin(logits, 1)],
    "logsumexp": [
        lambda: logits.logsumexp(1),
        lambda: torch.distributions.Categorical(logits=logits).log_prob(labels),
    ],
    "logcumsumexp": [lambda: logits.logcumsumexp(1)],
    "logaddexp": [lambda: functools.reduce(torch.logaddexp, logits.T), lambda: np.logaddexp(1.0, 2.0)],
    "softplus": [lambda: F.softplus(logits)],
    "sigmoid": [lambda: logits.sigmoid(), lambda: F.logsigmoid(logits)],
    "expit": [lambda: torch.special.expit(logits)],
    "entropy": [
        lambda: F.cross_entropy(logits, labels),
        lambda: nn.CrossEntropyLoss()(logits, labels),
        lambda: torch.ops.aten.cross_entropy_loss(logits, labels),
        lambda: torch.vmap(F.cross_entropy)(logits, labels),
    ],
    "nll_loss": [lambda: F.nll_loss(logits, labels), lambda: nn.NLLLoss()(logits, labels)],
    "dot_product_attention": [lambda: F.scaled_dot_product_attention(x, x, x)],
    "batch_norm": [
        lambda: F.batch_norm(x, None, None, training=True),
        lambda: nn.BatchNorm2d(4)(x),
        lambda: torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5),
        lambda: torch.ops.aten.batch_norm(x, None, None, None, None, True, 0.1, 1e-5, False),
    ],
    "group_norm": [lambda: F.group_norm(x, 2), lambda: nn.GroupNorm(2, 4)(x)],
    "layer_norm": [lambda: F.layer_norm(x, (6,)), lambda: nn.LayerNorm(6)(x)],
    "instance_norm": [lambda: F.instance_norm(x), lambda: nn.InstanceNorm2d(4)(x)],
    "rms_norm": [lambda: F.rms_norm(x, (6,))],
    "normalize": [lambda: F.normalize(x)],
    "dropout": [
        lambda: F.dropout2d(x),
        lambda: nn.Dropout2d()(x),
        lambda: torch.feature_dropout(x, 0.5, True),
        lambda: torch._VF.feature_dropout(x, 0.5, True),
        lambda: torch.ops.aten.feature_dropout(x, 0.5, True),
        lambda: F.alpha_dropout(x, training=True),
    ],
}
RULED = [task for task in ALL if task.forbidden]


def name(task):
    return f"{getattr(task, 'name', None) or task.__name__}-{task.forbidden.words[:20]}"


@pytest.mark.parametrize("task", RULED, ids=name)
def test_each_forbidden_thing_is_refused_in_the_words_of_the_task(task, message):
    for word in task.forbidden.names:
        for number, way in enumerate(WAYS[word]):
            said = message(task, lambda *_, way=way: way())
            assert f"the task says: “{task.forbidden.words}”" in said, (word, number, said)


def test_what_an_answer_catches_is_refused_all_the_same(message):
    def quietly(logits, labels):
        try:
            return F.cross_entropy(logits, labels)
        except BaseException:
            return -(logits.exp() / logits.exp().sum(1, keepdim=True))[range(len(labels)), labels].log().mean()

    assert "the task says" in message(fashion_mnist.cross_entropy, quietly)


with warnings.catch_warnings(action="ignore"):  # deprecated, and still there

    @torch.jit.script
    def compiled(images: torch.Tensor, k: int, stride: int) -> torch.Tensor:
        return torch.nn.functional.unfold(images, k, 1, 0, stride)


def in_a_thread(images, k, stride):
    found = []
    thread = threading.Thread(target=lambda: found.append(F.unfold(images, k, stride=stride)))
    thread.start()
    thread.join()
    return found[0]


def the_gradient_of_its_opposite(images, k, stride):
    rows, columns = ((size - k) // stride + 1 for size in images.shape[2:])
    columns = torch.zeros(len(images), images.shape[1] * k * k, rows * columns)
    return torch.func.vjp(lambda c: F.fold(c, images.shape[2:], k, stride=stride), columns)[1](images)[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *given: compiled(*given), "compiled code"),
        (lambda *given: torch.jit.script(F.unfold)(*given), "compiled code"),
        (in_a_thread, "you start a thread"),
        (the_gradient_of_its_opposite, "you use `im2col`"),
    ],
)
def test_what_hides_it_is_refused_too(answer, words, message):
    assert words in message(gpu.unroll, answer)


def test_a_text_says_what_its_task_forbids_and_each_page_what_all_do():
    house = [each for each in assignments() if each.lecture.house]
    pages = [re.sub(r"\s+", " ", "\n".join(cell.source for cell in read(each).cells)) for each in house]
    for task in RULED:
        assert any(task.forbidden.words in page for page in pages), task.forbidden.words
    for page in pages:
        assert "what `utils` or torchvision has ready is refused, unless the task names it" in page


class Course(nn.Module):
    """A network with a block of the course in it, which only runs when it is called."""

    def __init__(self, *settings):
        super().__init__()
        block = object.__new__(BasicBlock)
        nn.Module.__init__(block)
        self.conv = nn.Conv2d(settings[0], settings[0], 3)
        block.residual = block.shortcut = self.conv
        self.block = block

    def forward(self, x):
        return self.block(x)


def of_torchvision(*settings):
    return sys.modules["torchvision"].models.resnet.BasicBlock(*settings)


@pytest.mark.parametrize(
    ("task", "answer", "used"),
    [
        (gpu.unroll, lambda images, k, stride: convolution.im2col(images, k, k), "utils.convolution.im2col.im2col"),
        (gpu.combine, lambda *_: arithmetic.output_size(5, 3), "utils.arithmetic.output_size"),
        (architectures_shortcuts.residual_block, BasicBlock, "utils.models.resnet.BasicBlock"),
        (architectures_shortcuts.residual_block, Course, "utils.models.resnet.BasicBlock.forward"),
        (architectures_shortcuts.residual_block, of_torchvision, "torchvision.models.resnet.BasicBlock"),
        (
            normalisation.dropout2d,
            lambda *_: insight.feature_maps(nn.Sequential(nn.ReLU()), x, nn.ReLU()),
            "utils.insight",
        ),
    ],
)
def test_what_a_library_has_ready_is_no_answer(task, answer, used, message):
    assert f"you use `{used}" in message(task, answer)


def test_a_task_may_name_a_part_of_the_course(capsys):
    cases = {"cases": lambda random: [(random.normal(1, 2, 5, 4), 2, 1)]}
    named = gpu.unroll._replace(forbidden=None, allowed=("utils.convolution",), **cases)
    named(lambda images, k, stride: convolution.im2col(images, k, k))
    assert "✓" in capsys.readouterr().out


def test_nothing_else_is_refused(capsys):
    """A rule is about its own words: layers, gradients, numpy and what libraries call inside are as free as before."""
    task = fashion_mnist.cross_entropy._replace(forbidden=Rule("No such thing.", ("logcumsumexp",)))

    def busy(logits, labels):
        rows = [np.exp(np.asarray(row, dtype=np.float64) - row.max().item()) for row in logits]
        losses = [-np.log(row[label] / row.sum()) for row, label in zip(rows, labels.tolist(), strict=True)]
        for layer in (nn.Conv2d(4, 2, 3), nn.Unfold(2), nn.BatchNorm2d(4), nn.Dropout2d()):
            layer(x)
        pooled()[1].backward(up)
        torch.func.grad(lambda image: image.square().sum())(x)
        assert F.cross_entropy(logits, labels) >= 0
        return torch.tensor(sum(losses) / len(losses))

    task._replace(cases=lambda random: [(random.normal(4, 3), labels[[0, 1, 2, 0]])])(busy)
    assert "✓" in capsys.readouterr().out


def test_what_watched_is_gone_afterwards_and_who_measures_time_may(message):
    assert sys.getprofile() is None
    calls = []
    sys.setprofile(lambda *event: calls.append(event))
    try:
        message(fashion_mnist.cross_entropy, F.cross_entropy)
    finally:
        sys.setprofile(None)
    assert calls and F.cross_entropy(logits, labels) > 0
    with pytest.raises(Mistake):
        gpu.unroll(lambda *_: None)
    assert sys.getprofile() is None and READY
