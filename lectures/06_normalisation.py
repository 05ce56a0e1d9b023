# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["header"]
# # 06 · Normalisation and regularisation
#
# Batch norm and its relatives, dropout, weight decay: what each does to the numbers, and when it helps.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/06_normalisation.ipynb) &ensp; about 100 minutes &ensp; before: [05 CIFAR-10: cat or dog](05_cat_or_dog.ipynb) &ensp; next: [07 Architectures I: depth](07_architectures_depth.ipynb)
#
# <small>A course on convolutional neural networks. Text: CC BY 4.0; code: MIT.</small>

# %% tags=["header"]
# Find the course's package. On Colab: fetch it first, and install what is missing.
import importlib.util
import sys

if importlib.util.find_spec("google") and importlib.util.find_spec("google.colab"):
    import pathlib
    import subprocess

    course = pathlib.Path("cnn-course").resolve()
    if not course.exists():
        clone = "git clone --quiet --depth=1 --branch=v0.1.0 https://github.com/YOUR_ACCOUNT/cnn-course"
        git = subprocess.run([*clone.split(), course], capture_output=True, text=True)
        if git.returncode:
            raise RuntimeError(f"The course could not be fetched: {git.stderr}")
    sys.path.insert(0, str(course))
    from utils.colab import install_missing

    install_missing()

try:
    importlib.import_module("utils.course")
except ModuleNotFoundError:
    own = getattr(sys.modules.get("utils"), "__file__", None)
    hides = f"{own} hides it: rename that file, then restart the kernel."
    message = "The course's package `utils` is not found. "
    message += hides if own else "Open this with `make lab`."
    raise ModuleNotFoundError(message) from None

# %% [markdown]
# ## What you will be able to do
#
# - compute batch normalisation by hand, forwards and backwards, and say what it keeps from training for later;
# - recognise a forgotten `eval()` by its symptoms;
# - say of five normalisations which numbers share one mean and one variance, and choose one for small batches;
# - name two explanations of why batch norm helps, and say what an experiment does and does not show about them;
# - choose between dropping single pixels and dropping whole channels, and say why the likeness of neighbouring pixels
#   matters for that;
# - use weight decay and dropout against overfitting, and measure whether they helped.
#
# In lecture 05 batch norm was a box that allowed larger steps, and the fully connected network learnt its images by
# heart. This lecture opens the box, and then looks at remedies for learning by heart. They are called
# **regularisation**, which is whatever makes a network do better on images it has not seen (it *generalises* better),
# even if it does worse on those it has.
#
# You need lecture 03 (`fit`, several seeds, how first weights are drawn) and lecture 05 (overfitting, momentum).

# %%
import copy
import inspect
import statistics
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from utils import figures, layers, widgets
from utils.data import Batches, cats_and_dogs, fashion_mnist, split
from utils.settings import budget, budget_name, set_seed
from utils.training import evaluate, fit, one_cycle

# %% [markdown]
# ## 1. Batch normalisation by hand
#
# The smallest interesting batch has two images and two channels, with maps of 2×2. In ours, channel 1 is channel 0
# times ten, plus 100.

# %% tags=["nbval-check-output"]
x = torch.tensor(
    [
        [[[2.0, 4.0], [4.0, 4.0]], [[120.0, 140.0], [140.0, 140.0]]],  # image 0
        [[[5.0, 5.0], [7.0, 9.0]], [[150.0, 150.0], [170.0, 190.0]]],  # image 1
    ]
)
print("(N, C, H, W) =", tuple(x.shape))

# %% [markdown]
# Batch normalisation (Ioffe and Szegedy, 2015) gives each **channel** the mean 0 and the variance 1. The numbers of a
# channel are those of all images of the batch at all places, $m = N \cdot H \cdot W$ of them, here 2·2·2 = 8. The
# convolution used the same weights at all places, so it makes sense to treat the places alike here too. It takes four
# steps:
#
# $$\mu = \frac{1}{m}\sum_i x_i \qquad \sigma^2 = \frac{1}{m}\sum_i (x_i - \mu)^2 \qquad
# \hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}} \qquad y_i = \gamma\,\hat{x}_i + \beta$$
#
# $\epsilon$, usually 0.00001, is there so that a constant channel does not divide by zero. $\gamma$ and $\beta$ are
# learnt, one of each per channel, starting at 1 and 0. With them the network can undo the normalisation wherever that
# helps.
#
# > **Predict first.** The eight numbers of channel 0 are 2, 4, 4, 4, 5, 5, 7, 9. What are their mean and their
# > variance, and what becomes of the 9? Then: what becomes of channel 1?

# %%
widgets.PredictFirst("batch_norm", title="Channel 0 by hand")

# %% tags=["nbval-check-output"]
mean = x.mean(dim=(0, 2, 3), keepdim=True)  # (1, C, 1, 1)
variance = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)  # (1, C, 1, 1)
normalised = (x - mean) / torch.sqrt(variance)  # epsilon left out: round numbers
gamma, beta = 2.0, 3.0
y = gamma * normalised + beta
print("mean     per channel:", mean.flatten().tolist())
print("variance per channel:", variance.flatten().tolist())
for channel in (0, 1):
    print(f"channel {channel} normalised:", normalised[:, channel].flatten().tolist())
print("2 · normalised + 3:  ", y[:, 0].flatten().tolist())

# %% [markdown]
# Both channels come out the same. **Whatever scale and shift a channel had, batch norm removes them**, and then gives
# it the scale $\gamma$ and the shift $\beta$ that training chooses. Remember this, because section 3 draws two
# conclusions from it.
#
# Is that what `torch.nn.BatchNorm2d` computes?

# %% tags=["nbval-check-output"]
norm = nn.BatchNorm2d(2)
nn.init.constant_(norm.weight, gamma)  # torch calls gamma weight, and beta bias
nn.init.constant_(norm.bias, beta)
print("equal to torch:", torch.allclose(norm(x), y, atol=1e-4))  # epsilon differs

# %% [markdown]
# ## 2. Train mode, eval mode
#
# What a network makes of a photograph should not depend on which other photographs happen to be in its batch. During
# training it does, because the mean is that of the batch. For later use the layer therefore keeps **running
# statistics**: after each training batch they move a tenth of the way towards the statistics of that batch. (The
# tenth is the layer's `momentum`, which has nothing to do with the optimizer's.) In **eval mode** the layer
# normalises with the running statistics, and nothing moves. A mode is switched for a whole network at once, and an
# evaluation takes four lines:
#
# ```python
# model.eval()  # normalise with the running statistics
# with torch.no_grad():  # no step follows, so no gradients are kept
#     logits = model(images)
# model.train()  # and back, before training goes on
# ```
#
# `fit` and `evaluate` have done this for you so far. Here is the part of our own batch norm (`utils.layers`) that
# tells the modes apart. Its n is our $m$, and `a.lerp_(b, 0.1)` moves a a tenth of the way to b.

# %%
print(inspect.getsource(layers.BatchNorm2d.batch_statistics))

# %% [markdown]
# The running variance divides the sum of squares by $m - 1$ instead of $m$, because the spread of a few numbers about
# their own mean underestimates the spread of all. So in channel 0 it moves towards 4·8/7 = 4.571.
#
# > **Predict first.** The running mean starts at 0, the running variance at 1. What are they for channel 0 after one
# > batch?

# %% tags=["nbval-check-output"]
norm = layers.BatchNorm2d(2)
for batch in range(1, 101):
    norm(x)
    if batch in (1, 2, 10, 100):
        mean, variance = norm.running_mean[0].item(), norm.running_var[0].item()
        print(f"after {batch:3} batches: mean {mean:.3f}, variance {variance:.3f}")

# %% [markdown]
# Ten batches are not enough to forget where it started, whereas after a hundred it has arrived. Now the same image in
# four situations:

# %% tags=["nbval-check-output"]
alone = x[:1]  # image 0 by itself, (1, C, H, W)
for text, mode, batch in [
    ("train mode, with image 1:", True, x),
    ("train mode, alone:       ", True, alone),
    ("eval mode, with image 1: ", False, x),
    ("eval mode, alone:        ", False, alone),
]:
    result = copy.deepcopy(norm).train(mode)(batch)[0, 0].flatten()
    print(text, [round(value, 3) for value in result.tolist()])

# %% [markdown]
# In train mode company changes the result; in eval mode it does not. (`nn.BatchNorm2d` does all of this too; the
# tests of the course compare the two.)
#
# ## 3. In a network
#
# Here is a batch norm for 192 channels, as it would stand after a 5×5 convolution from 3 channels to 192:

# %% tags=["nbval-check-output"]
norm = nn.BatchNorm2d(192)  # after nn.Conv2d(3, 192, kernel_size=5, bias=False)
print("weight:", list(norm.weight.shape), "  bias:", list(norm.bias.shape))
print("learnt:", sum(p.numel() for p in norm.parameters()), "numbers")
print("kept:  ", norm.running_mean.numel() + norm.running_var.numel(), "numbers")

# %% [markdown]
# There are `[192]` weights for 192 channels, and as many biases, no matter how large the maps are. The running
# statistics are not parameters: no gradient reaches them, but they are saved with the network.
#
# **Why `bias=False`?** That is the first conclusion from section 1. A bias adds the same number to a whole channel,
# so the mean of the channel grows by that number, and the mean is subtracted. A number that cannot change the loss
# has the slope zero (lecture 01, section 9).

# %% tags=["nbval-check-output"]
set_seed(0)
images = torch.randn(8, 3, 16, 16)
with_bias = nn.Conv2d(3, 192, kernel_size=5, padding=2)
before = norm(with_bias(images))
(before * torch.randn_like(before)).sum().backward()  # some loss, any loss
bias, weight = with_bias.bias.grad.abs().max(), with_bias.weight.grad.abs().max()
print(
    "gradient of the bias is nothing beside the weight's:",
    (bias < 1e-4 * weight).item(),
)
nn.init.uniform_(with_bias.bias, -10, 10)
after = norm(with_bias(images))
print("another bias, same result:", torch.allclose(before, after, atol=1e-4))

# %% [markdown]
# A bias before batch norm takes memory, gets no gradient, and changes nothing, since $\beta$ does its work.
#
# The second conclusion is that **the size of a weight tensor no longer matters** for the result, only its direction.
# If all weights of a convolution become ten times as large, its output does too, and batch norm divides by a standard
# deviation that is ten times as large. So nothing in batch norm limits the weights. For learning, however, their size
# does matter, because a step of the same length turns a short weight further than a long one.
#
# **And backwards?** In train mode a number acts on the loss in three ways: through its own $\hat{x}$; through the
# mean, which is subtracted from every number of its channel; and through the variance, whose root divides them all.
# What comes back on several ways is added (lecture 01, section 9). Take channel 0 of section 1 once more,
#
# $$x = 2, 4, 4, 4, 5, 5, 7, 9 \qquad \mu = 5 \qquad \sigma = 2 \qquad
# \hat{x} = -1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2$$
#
# with $\gamma = 1$ and $\beta = 0$, and let the loss have the slope 1 with respect to the seventh $\hat{x}$, 3 with
# respect to the eighth, and 0 with respect to the others. What is its slope with respect to the 9?
#
# > **Predict first.** If $\mu$ and $\sigma$ stood still, it would be 3 · 1/2 = 1.5. They do not. Is the true slope
# > larger or smaller? And what do the slopes with respect to all eight numbers add up to?
#
# Make the 9 larger by 1, as if that were a small step:
#
# - **Its own way.** Its $\hat{x}$ grows by 1/σ = 1/2, and there the slope is 3.
# - **Through the mean.** The mean grows by 1/8, so all eight $\hat{x}$ fall by 1/8 of 1/2. Their slopes add up to 4.
# - **Through the variance.** The 9 lies 4 above the mean, and its square is one of eight in the variance, which
#   therefore grows by 2 · 4/8 = 1. (That the mean moves too does not matter here, since the distances from it add up
#   to 0.) The root of the variance grows by 1/(2σ) = 1/4 of that, from 2 to 2.25, and what is divided by it shrinks
#   towards 0 in proportion: each $\hat{x}$ by an eighth of itself. The slopes times $\hat{x}$ are 1·1 + 3·2 = 7.

# %% tags=["nbval-check-output"]
own = 3 * 1 / 2
by_mean = -(1 + 3) * 1 / 8 * 1 / 2
by_variance = -(1 * 1 + 3 * 2) * 1 / 8
total = own + by_mean + by_variance
print(f"by hand: {own:g} {by_mean:+g} {by_variance:+g} = {total:g}")

channel = x[:, 0].flatten().requires_grad_()
x_hat = (channel - channel.mean()) / channel.var(correction=0).sqrt()
x_hat.backward(torch.tensor([0.0, 0, 0, 0, 0, 0, 1, 3]))
slopes = channel.grad
print(f"torch:   {slopes[7]:g}")
print("all eight:", [round(slope, 3) for slope in slopes.tolist()])
print(f"their sum {slopes.sum():.3f}, and times x̂ {(slopes * x_hat).sum():.3f}")

# %% [markdown]
# A quarter of the 1.5 is left. The rest would have moved or stretched the channel as a whole, which batch norm undoes.
# That is what the two zeros say, and they are the two conclusions seen from behind: nothing comes back for making all
# eight numbers larger by the same amount, as a bias does, nor for stretching them all, as longer weights do. (In eval
# mode $\mu$ and $\sigma$ do stand still, and only the first way is left.) Task 6 of the assignment asks for the whole
# of it, for any batch, with $\gamma$, $\beta$ and $\epsilon$.
#
# Now a network on real images, the clothes of lecture 03. It has six convolutions, the first four with stride 2, so
# that the maps shrink to 2×2. After each stands `normalise(channels)`, which we will exchange later, and a ReLU.

# %%
# Channels and size of the maps that come out of each convolution, and its stride.
SHAPES = [(16, 14, 2), (32, 7, 2), (32, 4, 2), (32, 2, 2), (32, 2, 1), (32, 2, 1)]


def he_normal(layer):
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


def small_network(normalise):
    """(N, 1, 28, 28) -> logits (N, 10)."""
    parts, channels = [], 1
    for out_channels, _, stride in SHAPES:
        parts += [
            # With a bias: some of what will stand in the next line does not remove it.
            nn.Conv2d(channels, out_channels, kernel_size=3, stride=stride, padding=1),
            normalise(out_channels),
            nn.ReLU(),
        ]
        channels = out_channels
    network = nn.Sequential(*parts, nn.Flatten(), nn.Linear(32 * 2 * 2, 10))
    return network.apply(he_normal)


# %%
clothes, _ = fashion_mnist()
images = min(len(clothes), budget(quick=200, laptop=3000, full=20_000))
train, validation = split(clothes.subset(torch.arange(images)), images // 2)
print(f"budget: {budget_name()}; {train.source}")
print(f"training {len(train):,}, validation {len(validation):,}")

# %% [markdown]
# The training images are few on purpose, because in section 5 we train this network many times. The optimizer is SGD
# with momentum 0.9 (lecture 05, section 5). Its learning rate is given for batches of 64 and made smaller in
# proportion for smaller batches, a common rule (Goyal et al., 2017).

# %%
sgd = partial(torch.optim.SGD, momentum=0.9)


def train_network(normalise, seed, batch_size=64):
    """A trained small network, and its validation accuracy in %."""
    set_seed(seed)
    network = small_network(normalise)
    history = fit(
        network,
        train,
        validation,
        epochs=budget(quick=1, laptop=3, full=3),
        batch_size=batch_size,
        learning_rate=0.05 * batch_size / 64,
        optimizer=sgd,
        schedule=one_cycle,
        seed=seed,
        precision="fp32",  # tiny batches gain nothing from fewer digits
        progress=False,
    )
    return network, 100 * history.validation_accuracy[-1]


network, accuracy = train_network(nn.BatchNorm2d, seed=0)
print(f"validation accuracy {accuracy:.1f} %")

# %% [markdown]
# **Forgetting `eval()`.** `evaluate` of `utils.training` puts the network into eval mode. What do you get if you
# write your own evaluation and forget it? We show the validation images in random order, in batches of 64 and of 2,
# and then in batches of 64 sorted by class, as images often lie in their folders.
#
# > **Predict first.** Which of the three is worst? And if you then remember `eval()` and measure again, is all well?


# %%
def forgetful_accuracy(network, data, batch_size):
    """Accuracy in %, measured in train mode: the mistake."""
    network.train()
    right = 0
    with torch.no_grad():
        for images, labels in Batches(data, batch_size).epoch():
            right += (network(images).argmax(dim=1) == labels).sum().item()
    return 100 * right / len(data)


by_class = validation.subset(validation.labels.argsort())
right = 100 * evaluate(network, validation).accuracy
print(f"eval mode:                      {right:.1f} %")
for text, data, batch_size in [
    ("batches of 64, random order", validation, 64),
    ("batches of 2, random order ", validation, 2),
    ("batches of 64, by class    ", by_class, 64),
]:
    spoilt = copy.deepcopy(network).to("cpu")  # where the batches are
    forgotten = forgetful_accuracy(spoilt, data, batch_size)
    remembered = 100 * evaluate(spoilt, validation).accuracy
    print(f"{text}: train mode {forgotten:.1f} %, then eval mode {remembered:.1f} %")

# %% [markdown]
# In large batches in random order the mistake does not show, because their statistics are near the running ones. In
# batches of 2 the network loses 13 points, and sorted by class more than a third of all images, because a batch of
# nothing but shirts is normalised until it looks like a mixture. So the symptom of a forgotten `eval()` is **an
# accuracy that depends on the size of the batches and the order of the images**.
#
# (The 80.1 % were 80.2 % before, because `fit` measured with 32 bits, as we had asked it to, and `evaluate` on this
# processor with 16.)
#
# Nor is all well after `eval()`, because the forgetful measurement moved the running statistics, towards those of the
# batches that came last. Afterwards accuracy is 0.2 points higher in the first case and up to one point lower in the
# others. That is a small harm here, but it is no longer the network that you trained.
#
# ## 4. Relatives
#
# Batch norm needs a batch, whereas three of its relatives do without. They use the same formula, and differ in
# **which numbers share one mean and one variance**:

# %% tags=["thumbnail"]
figures.normalisation_axes(
    title="Which numbers share one mean and one variance",
    caption="*Four images with six channels, drawn four times. A row is an image, a "
    "column a channel, a square one map of H × W numbers. What lies in one blue frame "
    "is averaged together; the first frame is filled. Only for batch norm does a frame "
    "reach over several images.*",
)

# %% [markdown]
# - **Layer norm** (Ba, Kiros and Hinton, 2016) takes all channels of one image together.
# - **Instance norm** (Ulyanov, Vedaldi and Lempitsky, 2016) takes each map by itself. It removes the contrast of each
#   image, which is what one wants when one image is to take on the style of another.
# - **Group norm** (Wu and He, 2018) lies between the two and takes a few channels of one image.
#
# Here they are with numbers. The batch is that of section 1, with two more channels and a third image that may join.
# The cubes are the same numbers as a block, with the images one behind the other.
#
# **Find out.** In train mode, let the third image join, and watch the numbers of the first two: with which of the
# four normalisations do they change? What is different in eval mode? And with which two is hardly anything left of
# channel 0, because it shares its mean with channel 1?

# %%
widgets.NormalisationBlock()

# %% [markdown]
# One function does all four:


# %% tags=["nbval-check-output"]
def normalise(x, dim, eps=1e-5):
    """Mean 0 and variance 1 over the axes ``dim``."""
    mean = x.mean(dim, keepdim=True)
    variance = ((x - mean) ** 2).mean(dim, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps)


set_seed(0)
maps = 3 * torch.randn(4, 6, 5, 5) + 1  # (N, C, H, W)
in_groups = maps.reshape(4, 2, 3 * 5 * 5)  # two groups of three channels
four = {
    "batch": (normalise(maps, (0, 2, 3)), nn.BatchNorm2d(6)),
    "layer": (normalise(maps, (1, 2, 3)), nn.LayerNorm((6, 5, 5))),
    "instance": (normalise(maps, (2, 3)), nn.InstanceNorm2d(6)),
    "group": (normalise(in_groups, 2).reshape(maps.shape), nn.GroupNorm(2, 6)),
}
for name, (ours, layer) in four.items():
    same = torch.allclose(ours, layer(maps), atol=1e-5)
    learnt = sum(p.numel() for p in layer.parameters())
    print(f"{name:8} equal to torch: {same}, learns {learnt} numbers")

# %% [markdown]
# Read the last column: batch and group norm learn a $\gamma$ and a $\beta$ for each of the 6 channels. Torch's layer
# norm learns them for each of the 6·5·5 places, so it must know the size of the maps, whereas its instance norm
# learns none unless you ask with `affine=True`. Where kinds are to be compared, as in the next section, they had better
# differ in nothing but what is averaged: there instance norm has `affine=True`, and layer norm is the group norm with
# one group, which has a $\gamma$ and a $\beta$ per channel as well.
#
# There are three more, of other kinds.
#
# **Switchable norm** (Luo et al., 2019) does not choose but takes a mixture of the statistics of instance, layer and
# batch norm. The shares $w_k$ are a softmax of three learnt numbers, so they are positive and add up to one; the
# variance has three shares of its own.
#
# $$\mu = \sum_k w_k\,\mu_k \qquad \sigma^2 = \sum_k w'_k\,\sigma^2_k \qquad k: \text{instance, layer, batch}$$
#
# By hand, for image 0 and channel 0 of section 1, at the start, when all shares are a third:

# %% tags=["nbval-check-output"]
means = {"instance": x[0, 0].mean(), "layer": x[0].mean(), "batch": x[:, 0].mean()}
print({name: round(mean.item(), 2) for name, mean in means.items()})
print("mixed:", round(sum(means.values()).item() / 3, 2))
switchable = layers.SwitchableNorm2d(2)
first = switchable.mean_weight.softmax(0).tolist()
print("shares at first:", [round(share, 3) for share in first])

# %% [markdown]
# **Weight norm** (Salimans and Kingma, 2016) does not look at the maps at all. It splits the weights $w$ of each
# output channel into a length $g$ and a direction $v/\lVert v \rVert$, and learns $g$ and $v$:
#
# $$w = g\,\frac{v}{\lVert v \rVert}$$
#
# With $v = (3, 4)$, whose length is 5, and $g = 10$, the weight is $(6, 8)$.

# %% tags=["nbval-check-output"]
linear = layers.weight_norm(nn.Linear(2, 1, bias=False))
split_weight = linear.parametrizations.weight  # original0 is g, original1 is v
nn.init.constant_(split_weight.original0, 10.0)
for direction in ([3.0, 4.0], [300.0, 400.0]):
    split_weight.original1.data = torch.tensor([direction])
    weights = [round(w, 4) for w in linear.weight[0].tolist()]
    print(f"v = {direction}, g = 10: w = {weights}")

set_seed(0)
ours = layers.weight_norm(nn.Conv2d(6, 8, kernel_size=3))
set_seed(0)
theirs = nn.utils.parametrizations.weight_norm(nn.Conv2d(6, 8, kernel_size=3))
print("equal to torch:", torch.allclose(ours(maps), theirs(maps), atol=1e-5))
print("shape of g:", list(ours.parametrizations.weight.original0.shape))

# %% [markdown]
# **Local response normalisation** is older than all of these; it comes from AlexNet (Krizhevsky et al., 2012), which
# lecture 07 builds. It divides each number $a_c$ by a term that grows with the squares of the numbers at the same
# place in the $n$ channels around it, but it subtracts no mean and learns nothing:
#
# $$b_c = \frac{a_c}{\left(k + \frac{\alpha}{n} \sum_{\text{n channels around } c} a^2\right)^{\beta}}$$
#
# Take one pixel with three channels 1, 2, 3, and $n = 3$, $\alpha = 3$, $\beta = 1$, $k = 1$. The middle one becomes
# 2/(1 + 1 + 4 + 9) = 2/15.

# %% tags=["nbval-check-output"]
pixel = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
by_hand = [1 / (1 + 1 + 4), 2 / (1 + 1 + 4 + 9), 3 / (1 + 4 + 9)]
lrn = nn.LocalResponseNorm(size=3, alpha=3, beta=1, k=1)
print("by hand:", [round(value, 4) for value in by_hand])
print("torch:  ", [round(value, 4) for value in lrn(pixel).flatten().tolist()])

# %% [markdown]
# (This is torch's formula. The paper has $\alpha$ without the $1/n$, so its α = 0.0001 with n = 5 is `alpha=5e-4`.)
#
# ## 5. Small batches: which survives?
#
# Large images or a small GPU leave room for only a few images per batch, and then batch norm has to estimate its
# means from few numbers, $N \cdot H \cdot W$ of them. At batch size 2 these are:

# %% tags=["nbval-check-output"]
for size in sorted({size for _, size, _ in SHAPES}, reverse=True):
    count = 2 * size * size
    print(f"{size:2}×{size:<2} maps, 2 images: {count:3} numbers per channel")

# %% [markdown]
# For instance norm it is half of these, at any batch size.
#
# > **Predict first.** We train the same network six times, without normalisation and with five kinds of it, in
# > batches of 2, 8 and 64. The number of epochs is always three, so we compare how fast they learn. Which kinds are
# > worse at batch size 2 than at 8?

# %%
kinds = {
    "none": nn.Identity,
    "batch": nn.BatchNorm2d,
    "layer": partial(nn.GroupNorm, 1),
    "instance": partial(nn.InstanceNorm2d, affine=True),
    "group": partial(nn.GroupNorm, 4),
    "switchable": layers.SwitchableNorm2d,
}
seeds = budget(quick=[0], laptop=[0, 1, 2], full=[0, 1, 2, 3, 4])
batch_sizes = [2, 8, 64]
accuracies, switchables = {kind: {} for kind in kinds}, {}
for kind, make in kinds.items():
    for size in batch_sizes:
        runs = [train_network(make, seed, size) for seed in seeds]
        accuracies[kind][f"batches of {size}"] = [accuracy for _, accuracy in runs]
        if kind == "switchable":
            switchables[size] = [network for network, _ in runs]

# %%
figures.comparison_dots(
    accuracies,
    axis_label="validation accuracy (%)",
    source=train.source,
    title="Six networks at three batch sizes",
    caption="*In each row compare blue (2) with orange (8): which kind loses when batches are "
    "small, and by more than its dots scatter? A smaller batch also means more steps, so "
    "look at the first row too.*",
)

# %% [markdown]
# A smaller batch changes two things: the statistics, and the number of steps. So a fairer measure is the lead over
# the network without normalisation, from the same seed and in batches of the same size:


# %%
def mean_and_spread(values, sign=""):
    """Mean ± standard deviation over the seeds, in words."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.fmean(values):{sign}.1f} ± {spread:.1f}"


print(f"{'lead (points)':13}", *(f"{size:>13}" for size in accuracies["none"]))
for kind in list(kinds)[1:]:
    row = []
    for size, without in accuracies["none"].items():
        pairs = zip(accuracies[kind][size], without, strict=True)
        row.append(mean_and_spread([ours - theirs for ours, theirs in pairs], "+"))
    print(f"{kind:13}", *(f"{lead:>13}" for lead in row))

# %% [markdown]
# Only batch norm falls from 8 images to 2: by 3 points, and its dots of the two sizes do not even overlap. Its lead
# over no normalisation is 4.8 points at 64 images and 3.8 at 8, but 0.3 ± 1.4 at 2, which cannot be told from nothing.
#
# The leads of layer, instance and group norm are the same at 2 images as at 8, because their statistics do not depend
# on the other images. They are small, though, one to two points, and with 64 images per batch, where three epochs are
# only 72 steps, they are gone. Switchable norm keeps 3 to 4 points at all three sizes, probably because only a third
# of each statistic comes from the batch, so that bad ones count for less.
#
# On a large network it is clearer. Wu and He (2018) trained a network of 50 layers on ImageNet with 32, 16, 8, 4 and
# 2 images per GPU, over which batch norm averages. With batch norm the validation error rose from 23.6 to 34.7 %,
# whereas with group norm it stayed at about 24 %.
#
# **What did switchable norm learn?** These are the shares of its statistics, averaged over the six layers:


# %%
def shares(network, which):
    """Mean shares (%) of instance, layer and batch statistics over the network's layers."""
    kept = [m for m in network if isinstance(m, layers.SwitchableNorm2d)]
    mixed = torch.stack([getattr(m, which).softmax(0) for m in kept])
    return (100 * mixed.mean(0)).tolist()


print(f"{'':26}", *(f"{kind:>12}" for kind in ("instance", "layer", "batch")))
for which, words in (("mean_weight", "means"), ("var_weight", "variances")):
    for size in (2, 64):
        columns = zip(*(shares(net, which) for net in switchables[size]), strict=True)
        row = " ".join(f"{mean_and_spread(column):>12}" for column in columns)
        print(f"{words + f', batches of {size} (%)':26} {row}")

# %% [markdown]
# All shares began at 33.3 %, and in our few steps they have hardly left it. With 64 images per batch the batch's own
# statistics have gained a point, with 2 they have not. That is the direction which Luo et al. (2019) report for long
# training, but one point is too little to conclude anything.
#
# ## 6. Why does it help? Two explanations
#
# **Internal covariate shift.** While a layer learns, the layers before it change too, so it has to learn from inputs
# whose distribution keeps shifting. Ioffe and Szegedy (2015), who called this *internal covariate shift*, argued that
# batch norm holds the mean and the variance of these inputs still, and so lets the layer learn faster.
#
# **A smoother loss.** Santurkar et al. (2018) tested that. They added random noise *after* each batch norm, whose
# distribution changed at each step, so that the distributions shifted again, and their network still learnt about as
# fast as with plain batch norm. Their own explanation is that batch norm makes the loss *smoother*. A gradient tells
# in which direction the loss falls, but strictly only for a tiny step. On a smooth loss it still tells the truth for
# a large step, so larger steps are safe.
#
# You can measure both. At some steps of training we stop and look ahead: we go down the gradient by ½, 1, 2 and 4
# times the step that training will take, on the same batch, and note
#
# - the **loss** at these four places: how far does it range, in units of the loss here?
# - the **gradient** there: how far is it at most from the gradient here (the ℓ2 distance, the length of the
#   difference), in units of the gradient's length here? If it is near, the gradient here predicted well; at 1 it
#   might as well have vanished.
#
# The networks start from He's weights (lecture 03, section 8), which were made for networks without normalisation, so
# that the plain network has a fair start. Our shifts are simpler than theirs: one random scale and one random shift
# for each channel and step. (Does the next batch norm not remove them again? Not before the next convolution has seen
# them.)
#
# Two things in the code may be new: `torch.autograd.grad` returns gradients instead of writing them into `.grad`, and
# `-(-a // b)` is a/b, rounded up.


# %%
class Shifting(nn.Module):
    """Each training step: a new random scale and shift for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.shape = (1, channels, 1, 1)

    def forward(self, x):
        if not self.training:
            return x
        scale = torch.empty(self.shape).uniform_(1, 1.25)
        return x * scale + torch.empty(self.shape).uniform_(-0.5, 0.5)


def loss_and_gradients(network, images, labels):
    loss = F.cross_entropy(network(images), labels)
    return loss.item(), torch.autograd.grad(loss, list(network.parameters()))


def length(tensors):
    """The l2 length of all numbers of some tensors together."""
    return torch.sqrt(sum((t**2).sum() for t in tensors)).item()


@torch.no_grad()
def move(network, gradients, step):
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        parameter -= step * gradient


# %%
def look_ahead(network, images, labels, rate):
    """How far the loss ranges ahead, relative to the loss here, and how far the gradient
    moves at most, relative to its length here."""
    scout = copy.deepcopy(network)  # the network itself must not notice
    loss_here, here = loss_and_gradients(scout, images, labels)
    losses, distances, gone = [], [], 0.0
    for step in (0.5 * rate, rate, 2 * rate, 4 * rate):
        move(scout, here, step - gone)
        gone = step
        loss, there = loss_and_gradients(scout, images, labels)
        losses.append(loss)
        distances.append(length([a - b for a, b in zip(here, there, strict=True)]))
    return (max(losses) - min(losses)) / loss_here, max(distances) / length(here)


def train_and_look(make, seed, rate, steps, every):
    """Plain SGD. Returns every step's loss, and what look_ahead saw at every so many."""
    set_seed(seed)
    network = small_network(make)
    losses, seen, epoch = [], [], 0
    while len(losses) < steps:
        for images, labels in Batches(train, 64, shuffle=True, seed=seed).epoch(epoch):
            if len(losses) % every == 0:
                seen.append(look_ahead(network, images, labels, rate))
            loss, gradients = loss_and_gradients(network, images, labels)
            move(network, gradients, rate)
            losses.append(loss)
        epoch += 1
    return losses[:steps], seen[: -(-steps // every)]


# %%
steps, every, rate = budget(quick=10, laptop=200, full=400), 5, 0.1
makers = {
    "without": kinds["none"],
    "batch norm": nn.BatchNorm2d,
    "batch norm, shifted": lambda channels: nn.Sequential(
        nn.BatchNorm2d(channels), Shifting(channels)
    ),
    "without, shifted": Shifting,
}
curves, seen = {}, {}
for name, make in makers.items():
    runs = [train_and_look(make, seed, rate, steps, every) for seed in seeds]
    curves[name] = [losses for losses, _ in runs]
    seen[name] = [looks for _, looks in runs]
    last = [statistics.fmean(losses[-20:]) for losses in curves[name]]
    print(f"{name:20} loss of the last 20 steps: {statistics.fmean(last):.3f}")

# %%
tenth = steps // 10
figures.lines(
    [tenth * (k + 1) for k in range(10)],
    {
        name: [
            [statistics.fmean(run[k * tenth : (k + 1) * tenth]) for k in range(10)]
            for run in runs
        ]
        for name, runs in curves.items()
    },
    x_label=f"training step (means over the {tenth} steps before)",
    y_label="training loss",
    source=train.source,
    title="Training loss with and without shifts put in by hand",
    caption="*If batch norm helps because the inputs of a layer do not shift, then batch "
    "norm with shifts should be no better than no batch norm. Is it?*",
)

# %% [markdown]
# Batch norm lowered the loss by 0.313, from 0.439 to 0.126. With shifts put back in, 0.138 of that is left, so the
# shifts take away more than half of the gain, and steady inputs may matter here. (In Santurkar's larger networks the
# shifts cost much less.) The rest they cannot explain, because batch norm *with* shifts is better than no batch norm
# *without* shifts, and far better than no batch norm with them, 0.501. How much the inputs shift in the plain network
# we did not measure; Santurkar et al. did. Now the second explanation:

# %%
figures.bands(
    list(range(0, steps, every)),
    {
        quantity: {
            name: [[look[k] for look in run] for run in seen[name]]
            for name in ("without", "batch norm")
        }
        for k, quantity in enumerate(
            ["range of the loss ÷ loss", "change of the gradient ÷ its length"]
        )
    },
    x_label="training step",
    source=train.source,
    title="How far loss and gradient change ahead of each step",
    caption="*Bands from the smallest to the largest of the seeds; dashed: the median of all. "
    "Lower means: the gradient here tells more about the loss further down. Compare left "
    "with right.*",
    log_y=True,
)

# %% [markdown]
# The medians stand above the panels. Within the four step lengths the loss ranges over 1.93 times itself without batch
# norm, and over 0.897 of itself with it. At the worst of the four the gradient has changed by 4.38 times its own length
# without, and by 1.89 times with it. So neither predicts well that far, but with batch norm it goes wrong less. (In the
# upper row the two meet towards the end, where the loss with batch norm has become so small that any change is large
# beside it.) That agrees with the second explanation: **with batch norm the gradient changes less on the way ahead**.
# Yet it is one small network, and agreement is not proof.
#
# ## 7. Dropout, of pixels and of channels
#
# **Dropout** (Hinton et al., 2012; Srivastava et al., 2014) sets each number to zero with probability $p$ while
# training, anew for each batch, so that no unit can rely on any single other unit to be there. What stays is
# multiplied by $1/(1-p)$, which keeps the expected sum the same: $(1-p) \cdot \frac{1}{1-p} = 1$. In eval mode
# nothing happens. **Dropout2d**, also called spatial dropout (Tompson et al., 2015), drops whole channels of an
# image.

# %% tags=["nbval-check-output"]
ones = torch.ones(1000, 4, 5, 5)
for p in (0.2, 0.5):
    set_seed(0)
    y = layers.Dropout2d(p)(ones)
    set_seed(0)
    same = torch.equal(y, nn.Dropout2d(p)(ones))
    fates = y.flatten(2)  # (N, C, H·W)
    whole = bool((fates == fates[..., :1]).all())
    left = [round(value, 4) for value in y.unique().tolist()]
    print(f"p = {p}: values {left}, whole channels: {whole}, equal to torch: {same}")

# %% [markdown]
# Why would anyone drop whole channels? Because in an image **neighbours are alike**: if one number of a map is
# missing, its neighbours nearly tell it. Whether that is so in a trained network we measure on the cats and dogs of
# lecture 05 (and, as there, on a copy that was compressed once more as JPEG). The network has three 3×3 convolutions,
# each followed by ReLU, dropout in one of three versions, and 2×2 max pooling.

# %%
pets, _ = cats_and_dogs()
images = min(len(pets), budget(quick=300, laptop=3000, full=10_000))
pets_train, pets_validation = split(pets.subset(torch.arange(images)), images // 3)
print(pets_train.source)
print(f"training {len(pets_train):,}, validation {len(pets_validation):,}")


def pet_network(drop):
    """(N, 3, 32, 32) -> logits (N, 2)."""
    parts, channels = [], 3
    for out_channels in (16, 32, 32):
        parts += [
            nn.Conv2d(channels, out_channels, kernel_size=3, padding=1),
            nn.ReLU(),
            drop(),
            nn.MaxPool2d(2),
        ]
        channels = out_channels
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(32 * 4 * 4, 2))


# %%
drops = {
    "none": nn.Identity,
    "dropout": partial(nn.Dropout, 0.2),
    "Dropout2d": partial(nn.Dropout2d, 0.2),
}
pet_networks, pet_histories = {}, {}
for name, drop in drops.items():
    for seed in seeds:
        set_seed(seed)
        model = pet_network(drop)
        history = fit(
            model,
            pets_train,
            pets_validation,
            epochs=budget(quick=1, laptop=20, full=30),
            learning_rate=2e-3,
            schedule=one_cycle,
            seed=seed,
            precision="fp32",
            progress=False,
        )
        pet_networks.setdefault(name, []).append(model)
        pet_histories.setdefault(name, []).append(history)

# %% [markdown]
# We will come back to the accuracies. First we look at the maps of the network without dropout (first seed), after
# the ReLU of its first and of its second convolution, on 100 validation images. Of each number in a map we ask two
# questions, and average the answers over the channels:
#
# - How large is its **correlation** with its neighbour on the right, and with the number at the same place in another
#   channel? A correlation is 1 if the two rise and fall together, and 0 if there is no linear relation between them.
#   We take its absolute value.
# - How well can the number be **guessed** from eight others, its neighbours or those of eight other channels at the
#   same place? $R^2$ is the share of its variance that the best linear guess takes away: 1 is a perfect guess, 0 one
#   no better than the mean.
#
# Most of the code only lays numbers side by side: `roll` puts the eight channels that follow beside each channel,
# `F.unfold` collects the 3×3 window around each number, and `lstsq` finds the best linear guess.
#
# > **Predict first.** How large is each, for neighbours and for channels? Will the second layer differ from the
# > first?


# %%
def correlation(a, b):
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()


def explained(target, predictors):
    """R² of the best linear guess of target (M,) from predictors (M, K)."""
    inputs = torch.cat([predictors, torch.ones(len(predictors), 1)], dim=1)
    weights = torch.linalg.lstsq(inputs, target[:, None]).solution
    error = target - (inputs @ weights)[:, 0]
    return (1 - error.var() / target.var()).item()


def alikeness(maps):
    """Of maps (N, C, H, W), means over channels: correlation with a neighbour and with
    another channel, R² from eight neighbours and from eight other channels."""
    maps = maps[:, maps.std(dim=(0, 2, 3)) > 0.01]  # without channels that are never on
    found = []
    for c in range(maps.shape[1]):
        # Channel c and the eight that follow it, without the rim.
        near = maps.roll(-c, dims=1)[:, :9, 1:-1, 1:-1]
        target = near[:, 0].flatten()  # (M,)
        windows = F.unfold(maps[:, c : c + 1], 3).mT.flatten(0, 1)  # (M, 9)
        neighbours = windows[:, [5, 0, 1, 2, 3, 6, 7, 8]]  # right first, no middle
        channels = near[:, 1:].transpose(0, 1).flatten(1).T  # (M, 8)
        both = neighbours, channels
        alike = [abs(correlation(target, eight[:, 0])) for eight in both]
        found.append(alike + [explained(target, eight) for eight in both])
    return torch.tensor(found).mean(0).tolist()


# %%
plain = copy.deepcopy(pet_networks["none"][0]).to("cpu")
with torch.no_grad():
    images, _ = next(iter(Batches(pets_validation, 100).epoch()))
    maps = {"first layer": plain[:2](images), "second layer": plain[:6](images)}
print(f"{'':30} neighbours  channels")
for layer, values in maps.items():
    print(f"{layer}, maps {tuple(values.shape[1:])}:")
    r_one, r_other, guess_one, guess_other = alikeness(values)
    print(f"{'correlation with one':30} {r_one:10.2f} {r_other:9.2f}")
    print(f"{'R² of a guess from eight':30} {guess_one:10.2f} {guess_other:9.2f}")

# %% [markdown]
# In the first layer eight neighbours tell a number nearly for certain: they account for 95 % of its variance, so
# dropping it hides almost nothing. Eight other channels tell less, 71 %. In the second layer the shares are 78 % for
# neighbours and 35 % for channels. A network that must do without a channel therefore has to look elsewhere.
#
# Here you can see it on one photograph. What $p = 0.2$ drops is orange; black is a zero that ReLU made.

# %%
set_seed(2)
first = maps["first layer"][0]
strongest = first.flatten(1).std(1).argsort(descending=True)[:4]
ones = torch.ones_like(first[strongest])  # (4, H, W)
dropped = {
    "dropout": nn.Dropout(0.2)(ones) == 0,
    "Dropout2d": nn.Dropout2d(0.2)(ones[None])[0] == 0,
}

# %%
figures.dropped_maps(
    pets_validation.images[0],
    first[strongest],
    dropped,
    source=pets_validation.source,
    title="A photograph, four of its maps, and what two kinds of dropout take from them",
    caption="*Second row: a fifth of the pixels is gone, and you still make out what the first "
    "row shows: your eye fills in from the neighbours, and so can the next layer. Third row: "
    "a map is there or not.*",
)

# %%
figures.training_curves(
    pet_histories,
    title="Cats and dogs without dropout, with dropout, with Dropout2d",
    caption="*Watch the gap between dashed (training) and solid (validation). Training "
    "values of the networks with dropout are measured while numbers are being dropped, "
    "which makes them look worse.*",
)

# %% [markdown]
# Once more at the end, with the training images in eval mode too:

# %%
print(f"{'':10} {'training (%)':>12} {'validation (%)':>14}  validation loss")
for name, runs in pet_histories.items():
    on_training = [100 * evaluate(m, pets_train).accuracy for m in pet_networks[name]]
    on_validation = [100 * run.validation_accuracy[-1] for run in runs]
    loss = statistics.fmean(run.validation_loss[-1] for run in runs)
    words = f"{mean_and_spread(on_training):>12} {mean_and_spread(on_validation):>14}"
    print(f"{name:10} {words}  {loss:15.2f}")

# %% [markdown]
# Without dropout the network learns its 2,000 images by heart, 97 %, and its validation loss rises from epoch 6 on.
# Both kinds of dropout stop that, and the loss ends at 0.58 instead of 0.75. The *accuracies*, however, differ by less
# than two points, which is no more than the seeds scatter. So here dropout made the network less certain of its
# mistakes, but hardly more often right.
#
# And the two kinds? At the same $p$ Dropout2d keeps the network further from learning by heart (84 % against 93 %),
# as one expects if whole maps are harder to replace, but on validation images it is no better than the other. Tompson
# et al. found it better for locating body joints; whether it is for your task, you have to measure.
#
# ## 8. Weight decay, and a small regression
#
# **Weight decay** makes every weight a little smaller at each step. With learning rate $\eta$ and decay $\lambda$:
#
# $$w \leftarrow (1 - \eta\lambda)\,w - \eta\,\text{gradient}$$
#
# Why should that help? Because large weights make steep functions, and small ones only gentle slopes. (Before a batch
# norm that is not so: section 3.) Lecture 05 used it with λ = 0.001. For plain SGD it is the same as adding
# $\frac{\lambda}{2}\sum w^2$ to the loss, which has the gradient $\lambda w$ and is known as *L2 regularisation*. By
# hand, $w = 2$, gradient 0.5, $\eta = 0.1$ and $\lambda = 0.5$ give (1 − 0.05)·2 − 0.05 = 1.85.

# %% tags=["nbval-check-output"]
for text, in_loss, decay in [
    ("weight decay", 0.0, 0.5),
    ("term in the loss", 0.5, 0.0),
]:
    w = nn.Parameter(torch.tensor(2.0))
    optimizer = torch.optim.SGD([w], lr=0.1, weight_decay=decay)
    (0.5 * w + in_loss / 2 * w**2).backward()
    optimizer.step()
    print(f"{text}: {w.item():.2f}")

# %% [markdown]
# For Adam the two are not the same, because Adam would divide the extra gradient, too, by its running size. `AdamW`
# (Loshchilov and Hutter, 2019) shrinks the weights apart from the gradient, as in the formula, and is what we use.
#
# Now the smallest case of overfitting: 20 points on a sine curve, with noise, and an MLP with two hidden layers of
# 100 units, which has over ten thousand parameters. The test points come from the same curve with the same noise.

# %%
set_seed(0)


def noisy_sine(count):
    """x (count, 1) in 0..1, and y (count, 1) = sin 2πx plus noise of 0.5."""
    x = torch.rand(count, 1)
    return x, torch.sin(2 * torch.pi * x) + 0.5 * torch.randn(count, 1)


points, test_points = noisy_sine(20), noisy_sine(500)


def regression_network(p):
    return nn.Sequential(
        nn.Linear(1, 100),
        nn.ReLU(),
        nn.Dropout(p),
        nn.Linear(100, 100),
        nn.ReLU(),
        nn.Dropout(p),
        nn.Linear(100, 1),
    )


def mean_squared_error(network, x, y):
    network.eval()  # section 2: dropout, too, must be told
    with torch.no_grad():
        return F.mse_loss(network(x), y).item()


# %%
def learn_points(p, decay, seed, steps, every):
    """The network, and its errors on training and test points, at step 0 and every so many."""
    set_seed(seed)
    network = regression_network(p)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=decay)
    errors = []
    for step in range(steps + 1):
        if step % every == 0:
            both = (points, test_points)
            errors.append([mean_squared_error(network, *data) for data in both])
        network.train()
        loss = F.mse_loss(network(points[0]), points[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network, errors


steps = budget(quick=100, laptop=2000, full=2000)
remedies = {  # dropout probability and weight decay
    "neither": (0.0, 0.0),
    "weight decay": (0.0, 0.3),
    "dropout": (0.1, 0.0),
    "both": (0.1, 0.3),
}
fits = {
    name: [learn_points(*settings, seed, steps, steps // 10) for seed in seeds]
    for name, settings in remedies.items()
}

# %% [markdown]
# > **Predict first.** Two pictures follow: the error on the training points, and the error on the test points. In
# > which order do the four lines end in the first, and in which in the second? The noise, of standard deviation 0.5,
# > makes by itself an error of 0.5² = 0.25 on average.

# %%
x_steps = [k * steps // 10 for k in range(1, 11)]  # without step 0: all start alike
errors = {
    part: {
        name: [[e[k] for e in run[1][1:]] for run in runs]
        for name, runs in fits.items()
    }
    for k, part in enumerate(["training", "test"])
}
noise = {
    part: F.mse_loss(torch.sin(2 * torch.pi * x), y).item()
    for part, (x, y) in {"training": points, "test": test_points}.items()
}
made = "20 points on a sine curve with noise, made in this lecture"
figures.lines(
    x_steps,
    errors["training"],
    x_label="training step",
    y_label="mean squared error, training points",
    source=made,
    references={"the sine itself": noise["training"]},
    title="What the 20 training points say",
    caption="*All four end below the dashed line, which is the error of the curve without noise: "
    "what brings them below it is noise.*",
)

# %%
figures.lines(
    x_steps,
    errors["test"],
    x_label="training step",
    y_label="mean squared error, test points",
    source=made,
    references={"the sine itself": noise["test"]},
    title="What 500 other points say",
    caption="*Compare where each line is lowest with where it ends, and by how much two lines "
    "differ with how long their bars are.*",
)

# %%
for name, runs in fits.items():
    last = [run[1][-1] for run in runs]
    training, test = (statistics.fmean(part) for part in zip(*last, strict=True))
    print(f"{name:15} training {training:.3f}, test {test:.3f} at the end")
print(f"the sine itself training {noise['training']:.3f}, test {noise['test']:.3f}")
line = torch.linspace(0, 1, 200)
with torch.no_grad():
    networks = {name: runs[0][0].eval() for name, runs in fits.items()}
    fitted = {name: network(line[:, None])[:, 0] for name, network in networks.items()}
figures.fitted_curves(
    tuple(part[:, 0] for part in points),
    line,
    fitted,
    torch.sin(2 * torch.pi * line),
    source=made,
    title="What the four networks made of the 20 points (first seed)",
    caption="*The dashed curve is what the points scatter round. Which network runs through "
    "the points, and which near the curve?*",
)

# %% [markdown]
# The extremes change places: "neither" is first on the training points, 0.100, and last on the test points, 0.360,
# whereas "both" is last at 0.170 and first at 0.302. The three remedies change places on the way, and their bars
# overlap, so nothing is said of which of them is best; and all of it is one draw of 20 points.
#
# Is it really noise that is being learnt? The 0.25 is an average over many points, and twenty of them may have drawn
# less. You can ask, because you know the curve: the dashed lines are the errors of the sine itself, 0.220 on the 20
# points and 0.252 on the 500 others. All four training errors are below the first, and all four test errors are above
# the second.
#
# Among the steps that we looked at, "neither" was best on the test points at step 200. One could have stopped there
# (early stopping, lecture 05, section 3), but only by validation points, since choosing by test points is cheating.

# %% [markdown]
# ## What happened, and why
#
# - Batch norm removes scale and shift of each channel, measured over the batch and all places. So a bias before it is
#   wasted, and the length of the weights no longer matters. In train mode the result for one photograph depends on
#   the others in its batch; eval mode ends that.
# - Its relatives average over other axes of the same tensor. Layer, instance and group norm do not average over
#   images, so they do not care how many there are.
# - An explanation that everyone repeats can be tested: put the shifts back in by hand and see what is left.
# - Neighbouring pixels tell each other's values. Dropping single ones hides little, whereas dropping maps hides more.
# - A remedy against overfitting is worth what it gains on held-out data, over several seeds. Measure it.

# %%
widgets.PredictionScore(names=["batch_norm"])

# %% [markdown]
# ## Check yourself
#
# 1. A channel holds the four numbers 1, 3, 5, 7. What does batch norm make of them at first? What are its running
#    mean and variance after this one batch?
# 2. How many numbers does `nn.BatchNorm2d(64)` learn, and how many statistics does it keep, for maps of 32×32?
# 3. `nn.GroupNorm(1, 32)` and `nn.GroupNorm(32, 32)`: which two other normalisations have the same means and
#    variances?
# 4. A network recognises 90 % of its validation images in batches of 64, and nearly always says "bag" for single
#    photographs. What do you look for first?
# 5. Weight decay makes the weights of a convolution smaller and smaller. A batch norm follows. What happens to the
#    function that the two compute?
# 6. `nn.Dropout2d(0.5)` gets maps of shape (8, 16, 10, 10). How many maps does it drop, on average? What becomes of a
#    map that it keeps?
# 7. Your images are so large that only two fit into a batch. Which normalisations do you try?
#
# <details><summary>Answers</summary>
#
# 1. The mean is 4 and the variance (9 + 1 + 1 + 9)/4 = 5, so (x − 4)/√5: −1.34, −0.45, 0.45, 1.34. The running mean
#    moves a tenth of the way from 0 to 4, to 0.4. The running variance moves from 1 towards 20/3 = 6.667, so to
#    1.567.
# 2. It learns 64 γ and 64 β, and keeps 64 means and 64 variances. The size of the maps does not matter.
# 3. With one group it is layer norm, with as many groups as channels instance norm.
# 4. For a forgotten `eval()`, because a single photograph is then normalised by its own statistics.
# 5. Nothing, because batch norm divides by the standard deviation, which shrinks with the weights. (Until it is so
#    small that ε matters.)
# 6. 64 of the 128. A map that it keeps is multiplied by 2.
# 7. Group norm first (Wu and He's result). In our small trial switchable norm did best, so measure.
# </details>

# %% [markdown]
# <details><summary>For instructors: slips of the source lectures that are corrected here</summary>
#
# - *Deep Learning* (Fall 2020) says that normalisation does not let weights explode and keeps them in a certain
#   range. Batch norm does the opposite: it takes the length of the weights out of the result, so that nothing in the
#   loss limits it (section 3).
# - It also gives the reduction of internal covariate shift and the smoother loss side by side, as two facts. They are
#   two explanations, and the second was put forward against the first (section 6).
# - *Introducción a las CNNs, parte 2* says that batch norm's statistics are taken over N·H·W, "that is, over the
#   channel dimension". They are taken over all dimensions *but* the channel; each channel has its own.
# - Switchable normalisation in *Deep Learning* (Fall 2020) is a weighted average of three means and three variances.
#   The shares of the means and those of the variances are learnt apart, and each three add up to one.
# </details>
#
# ## Sources
#
# - Ioffe, Szegedy (2015), *Batch normalization: accelerating deep network training by reducing internal covariate
#   shift*.
# - Santurkar, Tsipras, Ilyas, Madry (2018), *How does batch normalization help optimization?*
# - Ba, Kiros, Hinton (2016), *Layer normalization*.
# - Ulyanov, Vedaldi, Lempitsky (2016), *Instance normalization: the missing ingredient for fast stylization*.
# - Wu, He (2018), *Group normalization*.
# - Luo, Ren, Peng, Zhang, Li (2019), *Differentiable learning-to-normalize via switchable normalization*.
# - Salimans, Kingma (2016), *Weight normalization: a simple reparameterization to accelerate training of deep neural
#   networks*.
# - Krizhevsky, Sutskever, Hinton (2012), *ImageNet classification with deep convolutional neural networks*.
# - Goyal and others (2017), *Accurate, large minibatch SGD: training ImageNet in 1 hour*.
# - Hinton, Srivastava, Krizhevsky, Sutskever, Salakhutdinov (2012), *Improving neural networks by preventing
#   co-adaptation of feature detectors*.
# - Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), *Dropout: a simple way to prevent neural networks
#   from overfitting*.
# - Tompson, Goroshin, Jain, LeCun, Bregler (2015), *Efficient object localization using convolutional networks*.
# - Loshchilov, Hutter (2019), *Decoupled weight decay regularization*.
# - The selection of normalisations and Dropout2d after *Deep Learning* (Fall 2020), L13 of STAT 479 *Deep Learning*
#   (2019), and *Introducción a las CNNs, parte 2*.
