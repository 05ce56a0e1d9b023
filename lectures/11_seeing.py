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
# # 11 · Seeing what a CNN sees
#
# Filters, maps, occlusion, Grad-CAM, gradients of pixels, neighbours, mistakes, and a network that is right for the wrong reason.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/11_seeing.ipynb) &ensp; about 75 minutes &ensp; before: [10 Transfer learning](10_transfer.ipynb)
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
# - show what a layer computes, without changing the network;
# - find what a channel answers to, in photographs and in an image made to please it, and how much of the image a unit
#   can see and does see;
# - ask "which part of this image made the answer?" by covering parts, by Grad-CAM, which you write yourself, and by
#   gradients of pixels; and test whether such a picture shows the network at all;
# - find the images that are alike to a network, and look at its worst mistakes;
# - find out that a network is right for the wrong reason, and prove it with a test.
#
# You need lecture 01 for receptive fields and gradients (sections 8 and 9), lecture 03 (logits, probabilities, `fit`,
# the confusion matrix) and lecture 05 (CIFAR-10).
#
# Batch norm (lecture 06) and global average pooling (lecture 07) are used as building blocks.

# %%
import copy
from collections import OrderedDict
from dataclasses import replace

import torch
from torch import nn

from utils import arithmetic, figures, insight, models
from utils.data import cats_and_dogs, cifar10, split
from utils.data.collected import collected, marked
from utils.data.transforms import random_crop, random_horizontal_flip
from utils.settings import budget, budget_name, set_seed
from utils.training import evaluate, fit, one_cycle, predict
from utils.widgets import LiveNetwork, PredictFirst, PredictionScore
from utils.words import percent

# %% [markdown]
# ## 1. A network to look into
#
# Our network learns the ten classes of CIFAR-10. Three stages make its maps: first a 5×5 convolution to 16 channels,
# then, twice, a 2×2 max pooling followed by two 3×3 convolutions (to 32 channels, the second time to 64). Batch norm
# and ReLU follow each convolution. The head takes the mean of each of the 64 maps (global average pooling), and one
# linear layer makes ten logits out of the 64 means. The stages have names, so that you can ask for them.


# %%
def convolution(in_channels, out_channels, kernel_size):
    """Convolution that keeps the size, batch norm, ReLU."""
    return [
        nn.Conv2d(in_channels, out_channels, kernel_size, padding="same", bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    ]


def network(classes):
    """(N, 3, 32, 32) -> logits (N, classes)"""
    parts = {
        "stage1": [*convolution(3, 16, 5)],  # 16×32×32
        "stage2": [nn.MaxPool2d(2), *convolution(16, 32, 3), *convolution(32, 32, 3)],
        "stage3": [nn.MaxPool2d(2), *convolution(32, 64, 3), *convolution(64, 64, 3)],
        "head": [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes)],
    }
    return nn.Sequential(OrderedDict((n, nn.Sequential(*p)) for n, p in parts.items()))


# %% tags=["nbval-check-output"]
set_seed(0)
net = network(10)
net.eval()  # or batch norm would count these zeros in its running averages
print(f"{models.count_parameters(net):,} parameters")
x = torch.zeros(1, 3, 32, 32)
for name, stage in net.named_children():
    x = stage(x)
    print(f"{name}: {tuple(x.shape[1:])}")

# %%
train_all, _ = cifar10()
if budget_name() == "quick":
    train_all = train_all.subset(torch.arange(min(len(train_all), 1000)))
train, validation = split(train_all, len(train_all) // 10)
print(f"training {len(train):,}, validation {len(validation):,}")


def augment(images, generator):
    return random_horizontal_flip(random_crop(images, generator), generator)


untrained = copy.deepcopy(net)  # as it is now, to compare with later
recipe = {"batch_size": 128, "learning_rate": 1e-2, "schedule": one_cycle}
epochs = budget(quick=1, laptop=6, full=30)
print(fit(net, train, validation, epochs=epochs, augment=augment, **recipe))
net = net.cpu()  # if a GPU trained it: a few images need none

# %% [markdown]
# All questions are asked about *validation* images, which the network was not trained on. Of five classes we pick one
# image each: the one whose true class gets a probability closest to 90 %. The network is right about it, but could
# still be made to doubt. What the text says about single images, rows and channels describes the run that is stored
# in this page. Yours will differ in detail, so say what *you* see.

# %%
names = validation.class_names
images = insight.inputs(validation)  # (N, 3, 32, 32), normalised
chances = insight.probabilities(net, images)  # (N, 10)
chosen = [names.index(n) for n in ("automobile", "bird", "dog", "horse", "ship")]
# The distance from 90 %; a penalty of 1 keeps out the images of other classes.
far = [(chances[:, k] - 0.9).abs() + (validation.labels != k) for k in chosen]
picked = torch.stack(far).argmin(dim=1)
five, five_images = validation.subset(picked), images[picked]
certainty, answers = chances[picked].max(dim=1)
titles = [
    f"{names[k]} {percent(p, 0)}" for k, p in zip(answers, certainty, strict=True)
]
figures.image_grid(
    five.images,
    titles,
    columns=5,
    source=train.source,
    title="Five images to ask questions about",
    caption="*Above each image the network's answer and its probability.*",
)

# %% [markdown]
# ## 2. Filters: the weights themselves
#
# A filter of the first layer has as many channels as the image, red, green and blue, so it can be drawn as a small
# image itself. A weight of 0 becomes a middle grey, the largest weight the full brightness of its colour, and minus
# that none of it.
#
# > **Predict first.** Before training the weights are random. What will a filter look like afterwards?


# %%
def as_images(weights):
    """(K, 3, kH, kW) -> the same from 0 to 1; a weight of 0 becomes 0.5"""
    largest = weights.abs().amax(dim=(1, 2, 3), keepdim=True)  # of each filter
    return 0.5 + weights / (2 * largest)


before, after = (model.stage1[0].weight.detach() for model in (untrained, net))
numbers = [str(k) for k in range(16)]
figures.image_grid(
    as_images(torch.cat([before[:8], after[:8], before[8:], after[8:]])),
    numbers[:8] * 2 + numbers[8:] * 2,
    rows=["before", "after"] * 2,
    columns=8,
    source=train.source,
    title="The 16 filters of the first layer: before training, and after",
    seen="Before training all look like noise. After it many are smoother, with a "
    "light and a dark side, or of one colour.",
    caption="*Each filter before training and, below it, after. Look for neighbouring "
    "weights of one colour, for light beside dark, for one colour against another.*",
)

# %% [markdown]
# Random weights look like noise. Most of the trained filters are smoother, and several have a light and a dark side,
# such as 3 and 6. Such a filter answers to an **edge**, like those that lecture 02 made by hand. Filters 10 and 15 are
# of one colour nearly everywhere, so they answer to a colour. Larger filters on large images show all this more
# clearly (Krizhevsky et al., 2012, figure 3).
#
# In stage 2 a filter has 16 or 32 channels, which cannot be drawn as one small image. So from here on we look at what
# comes out of a layer and not at its weights.
#
# ## 3. Feature maps, and how to get at them
#
# What a layer computes (its feature maps, or *activations*) is gone as soon as the next layer has used it. To get hold
# of it you need a **hook**, a function of yours that torch calls each time the layer has computed something. It is
# handed the layer, a tuple of its inputs, and its output. What it returns replaces the output; `keep` returns nothing.
# A hook stays until you remove it, also in later training. So remove it in a `finally`, which is reached even after
# an error.

# %%
kept = {}


def keep(layer, inputs, output):
    kept["maps"] = output


hook = net.stage1.register_forward_hook(keep)
try:
    net.eval()
    with torch.no_grad():
        net(five_images)
finally:
    hook.remove()
print(tuple(kept["maps"].shape))

# %% [markdown]
# `insight.feature_maps` does the same for any network of lectures 07 to 10: it sets the hook, passes the images in
# evaluation mode, and leaves the network as it found it. A layer is named as in `net.named_modules()`.

# %% tags=["nbval-check-output"]
same = torch.equal(insight.feature_maps(net, five_images, "stage1"), kept["maps"])
print("the same maps:", same)
print("hooks left:", sum(len(layer._forward_hooks) for layer in net.modules()))

# %%
figures.feature_maps(
    insight.feature_maps(net, five_images, "stage1")[0, :5],
    image=five.images[0],
    source=train.source,
    title="The first five maps of stage 1",
    caption="*Compare each map with the image. Which ones answer to edges in one "
    "direction, which to a colour or to bright areas?*",
)

# %%
figures.feature_maps(
    insight.feature_maps(net, five_images, "stage3")[0, :5],
    image=five.images[0],
    source=train.source,
    title="The first five maps of stage 3",
    caption="*8×8 numbers each. Black is zero: there the channel has found nothing. "
    "Do the channels answer at the same places?*",
)

# %% [markdown]
# In stage 1 the image can still be recognised. Filter 3 is dark on the left and light on the right, and its map is
# brightest where the image turns from dark to light, at the left of the wheel. Channels 0 and 2 answer to edges that
# lie. In stage 3 you can still tell *where* something is, but from one image no longer *what*. So ask many images.
#
# ## 4. What excites a channel?
#
# Find the images in which some unit of the channel becomes largest, and cut out of each what that unit sees. How
# large a piece is that? The rule is in lecture 01, section 8: each layer adds (kernel − 1) steps, and a step is as
# long as the product of all strides before it.
#
# > **Predict first.** Stage 1 has one 5×5 convolution. Stages 2 and 3 each have a 2×2 pooling with stride 2 and two
# > 3×3 convolutions. How many pixels wide is the field of a unit of each stage?

# %%
PredictFirst("fields", title="How far does a unit see?")

# %% tags=["nbval-check-output"]
stages = {"stage1": [(5, 1)]}
stages["stage2"] = stages["stage1"] + [(2, 2), (3, 1), (3, 1)]
stages["stage3"] = stages["stage2"] + [(2, 2), (3, 1), (3, 1)]
example = torch.zeros(1, 3, 32, 32)
for name, layers in stages.items():
    width = arithmetic.receptive_field(layers)
    field = insight.theoretical_field(untrained, example, name)
    print(f"{name}: {width}×{width} pixels; the network itself: {field.size}")
    print(f"   unit (0, 0) begins at pixel {field.corner(0, 0)}, unit (0, 1)", end=" ")
    print(f"at {field.corner(0, 1)}")

# %% [markdown]
# Why does a field begin at −14? The field of the corner unit reaches 14 rows and columns beyond the image, where the
# convolutions have padded with zeros. In stage 3 the field moves by 4 pixels from one unit to the next, the product
# of the strides.
#
# Now the first four channels of stage 2, with patches of 14×14 pixels:

# %%
# From −0.5 to 0.5, so that the zeros which cut() puts outside an image are mid-grey.
around_grey = validation.images / 255 - 0.5
cuts = []
for channel in range(4):
    patches = insight.strongest_patches(net, images, "stage2", channel, count=8)
    cuts += [patch.cut(around_grey) + 0.5 for patch in patches]
figures.image_grid(
    torch.stack(cuts),
    rows=[f"channel {channel}" for channel in range(4)],
    columns=8,
    source=train.source,
    title="What excites the first four channels of stage 2",
    caption="*The eight patches that excite each channel most, the strongest on the "
    "left. Plain grey is outside the image. Look for an edge, a colour, a pattern "
    "that a row has in common.*",
)

# %% [markdown]
# Channel 0 likes something dark that hangs down, a leg or a post, with light beside it. Channel 1 likes a dark slope
# below something bright, and channel 2 an edge that stands, light on its left. What the patches of channel 3 have in
# common is harder to say. None of these is an object yet, but they are more than edges.
#
# A unit of stage 3 sees 32×32 pixels, as many as an image has. Which of its 64 channels shall we look at? The head is
# linear in their means, so each class has 64 weights, and the largest of them names the channel to whose mean the
# logit of the class reacts most.

# %%
cuts, true_classes = [], []
largest = net.head[2].weight[chosen].argmax(dim=1).tolist()  # channels of stage 3
for k, channel in zip(chosen, largest, strict=True):
    patches = insight.strongest_patches(net, images, "stage3", channel, count=4)
    cuts += [patch.cut(around_grey) + 0.5 for patch in patches]
    true_classes += [names[validation.labels[patch.image]] for patch in patches]
    print(f"{names[k]}: channel {channel}", [f"{p.value:.1f}" for p in patches])
figures.image_grid(
    torch.stack(cuts),
    true_classes,
    rows=[names[k] for k in chosen],
    columns=4,
    source=train.source,
    title="What excites the channel with the largest weight for a class",
    caption="*On the left a class; in its row the four images that excite its channel "
    "most, as its unit sees them, under their true class. Plain grey is outside the "
    "image. What has a row in common: a shape, a colour, a background?*",
)

# %% [markdown]
# A row is not a class. Among the four images that excite the bird's channel most are three dogs and an airplane, and
# two of these dogs lead the row of the dog, too. So the channel is no bird detector; it helps to recognise birds,
# together with the 63 others. And never name a channel after its three best patches before you have looked further
# down the list.
#
# **Made to please.** Photographs show only what somebody photographed. So turn the question round: which image would
# the channel like best? Begin with grey noise and change its pixels, step by step, along the gradient of the
# channel's mean, just as training changes weights (Erhan et al., 2009). `insight.pleasing_images` does this, once as
# it comes, and once with a price on every difference between neighbouring pixels (Mahendran and Vedaldi, 2015).
#
# > **Predict first.** What will come out for the automobile's channel: a car? Will it excite the channel more than
# > the best of 5,000 photographs does? And what does the price change?


# %%
def excitement(images):
    """The mean of the channel of each of the five classes: (N, 5)"""
    return insight.feature_maps(net, images, "stage3")[:, largest].mean(dim=(2, 3))


before_relu = "stage3.5"  # where a channel is silent, ReLU has no gradient to follow
steps = budget(quick=5, laptop=200, full=200)
as_ours = {"image_size": (32, 32), "mean": validation.mean, "std": validation.std}
best = excitement(images).amax(dim=0)
print(f"{'mean of the channel of':24}", *(f"{names[k]:>10}" for k in chosen))
print(f"{'best photograph':24}", *(f"{value:10.1f}" for value in best))
made = []
for name, smoothness in {"made, as it comes": 0.0, "made, smooth": 100.0}.items():
    made.append(
        insight.pleasing_images(
            net, before_relu, largest, smoothness=smoothness, steps=steps, **as_ours
        )
    )
    pictures = replace(five, images=(255 * made[-1]).byte())
    pleased = excitement(insight.inputs(pictures)).diagonal()
    print(f"{name:24}", *(f"{value:10.1f}" for value in pleased))

# %%
figures.image_grid(
    torch.cat(made),
    [names[k] for k in chosen] * 2,
    rows=["as it comes", "smooth"],
    columns=5,
    source=train.source,
    title="Images made to please the channels of five classes",
    seen="Above harsh stripes and dots in loud colours; below softer shapes, which "
    "repeat over the whole image.",
    caption="*Each began as grey noise. Above, pixels may differ as they like; below, "
    "differences between neighbours cost something. Compare with the photographs of "
    "the figure above: which of their parts come back?*",
)

# %% [markdown]
# No car comes out, but parts in rows: for the automobile what look like wheels under their arches, for the ship a
# curved hull above water. And every made image excites its channel several times as much as the best photograph. So
# a channel answers to parts, wherever they are, and a mean over the map does not ask for a single car. Without the
# price most of the image is stripes and dots that no camera takes, and they please even more.
#
# ## 5. What a unit can see, and what it does see
#
# By the rule a unit of stage 3 has a receptive field of 32×32, as large as the image. This is its **theoretical**
# field: no pixel outside it can matter. Does every pixel inside it matter equally? Take the smallest case, by hand: a
# row of pixels and three layers, each of which adds a cell and its two neighbours, with all weights 1. Count the ways
# from each pixel to one unit, which is what the gradient does (lecture 01, section 9).

# %% tags=["nbval-check-output"]
pixels = torch.zeros(1, 1, 9, requires_grad=True)
x = pixels
for _ in range(3):
    x = nn.functional.conv1d(x, torch.ones(1, 1, 3), padding=1)
x[0, 0, 4].backward()  # the unit in the middle
print(pixels.grad[0, 0].int().tolist())

# %% [markdown]
# The unit can see 7 pixels. From the middle one 7 ways lead to it, from each of the outermost a single one, and that
# is why the middle counted more in lecture 08, section 6. In real networks the gradient tells in the same way by how
# much the unit changes when the pixel does. Luo et al. (2016) measured it, found a spot that fades towards its edge,
# and called it the **effective** receptive field. As its size they take the root of the number of pixels that reach
# 4.55 % of the largest (a convention). For a row of pixels their number will do. What happens with more layers?

# %% tags=["nbval-check-output"]
for layers in (3, 10, 30, 100):
    # Backwards from a single 1, the unit: with padding=2 a layer adds a pixel at each end.
    paths = torch.ones(1, 1, 1, dtype=torch.double)
    for _ in range(layers):
        paths = nn.functional.conv1d(paths, torch.ones(1, 1, 3).double(), padding=2)
    reach = (paths > 0.0455 * paths.max()).sum().item()
    print(f"{layers:3} layers: can see {paths.numel():3} pixels, {reach:2} count")

# %% [markdown]
# The theoretical field grows with the number of layers, whereas the effective one grows only with its root. In a deep
# stack of such layers, before training, a unit judges a small part of what it can see.
#
# > **Predict first.** Take the middle unit of stage 3 (all channels of that place added up), with a theoretical field
# > of 32×32. How wide is the effective field before training, and will training change it? And how wide is it for 15
# > convolutions of 3×3 without any pooling, theoretically 31×31?

# %%
set_seed(0)
parts = [nn.Conv2d(3, 16, 3, padding=1), nn.ReLU()]
for _ in range(14):
    parts += [nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
plain = nn.Sequential(*parts)

some = images[: budget(quick=50, laptop=300, full=300)]
looks = [
    ("stage3 before training", untrained, "stage3"),
    ("stage3 after training", net, "stage3"),
    ("15 plain layers, untrained", plain, "29"),  # 29: the last ReLU
]
print("pixels along an axis:       theoretical, of these in the image, effective")
for title, model, name in looks:
    field = insight.theoretical_field(model, some, name)
    middle = 16 // field.rows[2]  # pixel 16 of 32, in this layer's steps
    inside = field.mask(middle, middle).sum().sqrt()
    measured = insight.effective_size(insight.effective_field(model, some, name))
    print(f"{title:27} {field.size[0]:6} {inside:13.0f} {measured:20.1f}")

# %%
field = insight.theoretical_field(net, some, "stage3")
figures.effective_fields(
    {
        "before training": insight.effective_field(untrained, some, "stage3"),
        "after training": insight.effective_field(net, some, "stage3"),
    },
    field.mask(4, 4),
    source=train.source,
    title="How much each pixel moves the middle unit",
    caption="*Stage 3. Dashed: what the unit can see, as far as the image goes. Solid: "
    "where at least 4.55 % of the largest effect is reached.*",
)

# %% [markdown]
# The middle unit of stage 3 does see most of what it can. Of the 32 rows of its field 30 lie inside the image, and
# before training its effective size is 29.1. Training made it a little smaller, 27.5. (In the deep networks of Luo et
# al. it became larger.) The 15 plain layers have nearly the same theoretical field, 31, but an effective one of only
# 19.4. Two poolings after few layers buy more sight than many layers do.
#
# ## 6. Occlusion: cover a part and ask again
#
# Which part of an image made the answer? The most direct way to find out is to cover a part and see how far the
# probability falls (Zeiler and Fergus, 2014). We cover with the mean colour of the training images, which is 0 in a
# normalised image. Once by hand:

# %%
image, answer = five_images[0], answers[0].item()
covered = image.clone()
covered[:, 12:20, 12:20] = 0  # a square of 8×8 pixels in the middle
with torch.no_grad():
    net.eval()
    p = net(torch.stack([image, covered])).softmax(dim=1)[:, answer]
print(f"probability of {names[answer]}: {p[0]:.3f} whole, {p[1]:.3f} covered")
print(f"it falls by {p[0] - p[1]:.3f}")

# %% [markdown]
# `insight.occlusion` moves the square over the image in steps of 4 pixels, so that a pixel is covered by one to four
# of the squares. Its heat is the mean of what these squares cost.
#
# > **Predict first.** In the picture of the ship, will the network miss the ship or the water?

# %%
square = {"size": 8, "stride": 4}
heat = []
for image, answer in zip(five_images, answers, strict=True):
    falls = insight.occlusion(net, image, **square)[..., answer]  # (7, 7)
    heat.append(insight.over_pixels(falls, image_size=(32, 32), **square))
figures.heat_maps(
    five.images,
    torch.stack(heat),
    titles,
    source=train.source,
    title="Occlusion: where covering costs the answer its probability",
    caption="*Orange: covering this place lowers the probability of the answer; blue: "
    "it raises it. The white line surrounds what reaches half of "
    "the largest value. Below each map its range: how far the probability falls. Each "
    "map has its own scale, so read the range before the colour.*",
)

# %% [markdown]
# For the car it is the rear above the wheel that must not be covered, for the bird its tail, for the right one of the
# two dogs its head. For the ship it is the hull and the water under it. The horse's map ends at 0.089: no square takes
# much from that answer, so its hottest places mean little.
#
# The car's map ends at 0.82, although our one square cost 0.848, because a pixel's heat is a mean over up to four
# squares.
#
# Why did we not take the images of which the network is surest? Look at one:

# %%
k = chosen[0]
surest = images[(chances[:, k] * (validation.labels == k)).argmax()]
for name, image in {
    titles[0]: five_images[0],
    f"the surest {names[k]}": surest,
}.items():
    falls = insight.occlusion(net, image, **square)[..., k]
    print(f"{name}: the costliest square takes {falls.max():.4f} of its probability")

# %% [markdown]
# A network that is very sure loses next to nothing. A logit that leads the next one by 10 may lose 3 of that, and the
# softmax still gives 0.999. The map of such an image has a hottest place as well, so read the numbers first.
#
# Three more warnings. A square is itself a strange object with four edges. Its size decides what you can find. And a
# pixel at the border is a mean over fewer squares, so values there come out more extreme.
#
# ## 7. Grad-CAM: which places speak for a class?
#
# Occlusion needs one question for each place. Grad-CAM (Selvaraju et al., 2017) asks about all places at once, with
# one gradient. Take the last maps $A_k$, here 64 of 8×8. How much does the logit of the class rise if map $k$ rises?
# To answer that, take the mean of the logit's gradient over the places of the map: this is the map's weight
# $\alpha_k$. Add up the maps with these weights, and keep what is above zero, that is, what speaks *for* the class:
#
# $$\alpha_k = \frac{1}{hw}\sum_{i,j} \frac{\partial\,\text{logit}}{\partial A_k[i,j]}, \qquad
# \text{map} = \mathrm{ReLU}\Big(\sum_k \alpha_k A_k\Big)$$
#
# The smallest case has two maps of 2×2, [[4, 0], [0, 4]] and [[0, 8], [0, 8]]. Let the logit be 3 times the mean of
# the first minus the mean of the second. A mean over 4 places changes by ¼ when one place changes by 1.
#
# > **Predict first.** What are α₁ and α₂, and which places light up?

# %% tags=["nbval-check-output"]
maps = torch.tensor([[[4.0, 0.0], [0.0, 4.0]], [[0.0, 8.0], [0.0, 8.0]]])
maps.requires_grad_()
logit = 3 * maps[0].mean() - maps[1].mean()
logit.backward()
alpha = maps.grad.mean(dim=(1, 2))
print("alpha:", alpha.tolist())
weighted_sum = (alpha[:, None, None] * maps).sum(dim=0)
print("sum:", weighted_sum.tolist())
print("map:", weighted_sum.relu().tolist())

# %% [markdown]
# The place below right has 4 in the first map and 8 in the second, so 3 speaks for the class and 2 against it, which
# leaves 1. The place above right speaks only against it, and the ReLU removes it.
#
# Now for the network. Its stages can be called one after another, so you need no hook.


# %%
def grad_cam(images, classes):
    """images (N, 3, 32, 32), classes (N,) -> (N, 8, 8)"""
    net.eval()
    maps = net.stage3(net.stage2(net.stage1(images)))  # (N, 64, 8, 8)
    logits = net.head(maps)  # (N, 10)
    wanted = logits[range(len(images)), classes].sum()
    (gradients,) = torch.autograd.grad(wanted, maps)  # (N, 64, 8, 8)
    alpha = gradients.mean(dim=(2, 3), keepdim=True)  # (N, 64, 1, 1)
    return (alpha * maps).sum(dim=1).relu().detach()


# %% [markdown]
# (Each image's logit depends on its own maps alone, so one backward pass from the sum gives the gradients of all
# images.) `insight.grad_cam` does the same for any network and layer, with a hook. (For the network that you
# fine-tuned in lecture 10 the layer is `"features"`.)
#
# For this network you even know α without a gradient. The head takes means and multiplies them by its weights $w$, so
# $\alpha_k = w_k / 64$ for 64 places, and before the ReLU the 64 numbers of a picture add up to the logit minus its
# bias: they are in units of a logit. For networks with such a head the picture is older and is called CAM, *class
# activation mapping* (Zhou et al., 2016), there without the ReLU and the 1/64.

# %% tags=["nbval-check-output"]
mine = grad_cam(five_images, answers)
packaged = insight.grad_cam(net, five_images, "stage3", answers)
maps = insight.feature_maps(net, five_images, "stage3")
weights = net.head[2].weight[answers].detach() / 64  # (5, 64)
by_weights = (weights[:, :, None, None] * maps).sum(dim=1).relu()
print("shape:", tuple(mine.shape))
print("equal to the packaged one:", torch.allclose(mine, packaged, atol=1e-4))
print("equal to weights / 64:    ", torch.allclose(mine, by_weights, atol=1e-4))

# %% tags=["thumbnail"]
figures.heat_maps(
    five.images,
    mine,
    titles,
    source=train.source,
    title="Grad-CAM for the network's answer",
    caption="*8×8 numbers, enlarged. Compare with occlusion: where do both agree? The "
    "line surrounds what reaches half of the largest value.*",
)

# %% [markdown]
# Both ways agree on the rear of the car, the hull of the ship, and the head of the right dog. Grad-CAM marks the left
# dog as well, which occlusion hardly missed: as long as one dog is left the answer stands. And on the horse Grad-CAM
# finds the head, although no covered part costs much. Two questions were asked, and where the answers differ, ask
# further.
#
# Mind what a place is. Each number is drawn over its own 4×4 pixels, but the unit behind it effectively sees about 27
# of 32 (section 5). **The place of a unit is not the place of what it saw.**
#
# Grad-CAM answers for any class that you name, also for one that the network did not choose. Section 9 lets you ask.
#
# ## 8. Gradients of pixels, and a test for pictures
#
# Grad-CAM stops at maps of 8×8. Why not follow the gradient down to the pixels? ∂ logit / ∂ pixel says how far the
# logit moves when a pixel does. Simonyan et al. (2014) draw its size (of the colour where it is largest), and call the
# picture a **saliency map**. It is as fine as the image, and noisy. Two remedies:
#
# - **SmoothGrad** (Smilkov et al., 2017) takes the mean gradient over many copies of the image, each with other noise
#   on its pixels; here over 25.
# - **Guided back-propagation** (Springenberg et al., 2015) changes the way back: every ReLU also removes what is
#   negative in the *gradient*.
#
# Which is to be believed? Adebayo et al. (2018) give a test that needs no eye. A picture of what a network has learnt
# must change when the network forgets it. So replace weights by random ones, those of the head first, then those of
# stage 3 as well, and so on down to the image. A picture that stays as it was shows the photograph and not the
# network.

# %%
set_seed(1)
fresh, forgetful, forgotten = network(10), net, {}
for part in ("head", "stage3", "stage2", "stage1"):
    forgetful = copy.deepcopy(forgetful)
    state = fresh.get_submodule(part).state_dict()
    forgetful.get_submodule(part).load_state_dict(state)
    forgotten[part] = forgetful


def size_of(gradient):
    """(N, 3, H, W) -> (N, H, W): of the colour where it is largest"""
    return gradient.abs().amax(dim=1)


ways = {
    "gradient": lambda *asked: size_of(insight.input_gradient(*asked)),
    "SmoothGrad": lambda *asked: size_of(insight.smooth_grad(*asked)),
    "guided": lambda *asked: size_of(insight.guided_gradient(*asked)),
    "Grad-CAM": lambda net, x, k: insight.grad_cam(net, x, "stage3", k),
}

# %% [markdown]
# To compare two pictures in a number, put the pixels of each in order of brightness, and ask how well the two orders
# agree. This **rank correlation** (Spearman, 1904) is 1 for the same order and 0 for no connection.
#
# > **Predict first.** Four pictures: the gradient, SmoothGrad, guided back-propagation, Grad-CAM. Which will look best
# > to you? Which changes least when the head is random, and when everything is?

# %%
some = images[: budget(quick=10, laptop=100, full=300)]
said = insight.probabilities(net, some).argmax(dim=1)
print(
    f"{'random: the head,':17}",
    *(f"{'and ' * (p != 'head') + p:>12}" for p in forgotten),
)
for name, way in ways.items():
    trained = way(net, some, said)
    alike = [
        insight.rank_correlation(trained, way(model, some, said))
        for model in forgotten.values()
    ]
    print(
        f"{name:17}",
        *(f"{values.mean():5.2f} ± {values.std():.2f}" for values in alike),
    )

# %%
shown, grids = 1, []
photograph = five.images[shown].float().mean(dim=0) / 255
for model in (net, forgotten["head"], forgotten["stage1"]):
    grids.append(photograph)
    for way in ways.values():
        heat = way(model, five_images[shown : shown + 1], answers[shown : shown + 1])
        heat = heat / heat.flatten().quantile(0.99).clamp(min=1e-12)
        grids.append(nn.functional.interpolate(heat[None], (32, 32))[0, 0].clamp(max=1))

# %%
figures.image_grid(
    torch.stack(grids)[:, None],
    [names[answers[shown]], *ways] * 3,
    rows=["trained", "random head", "all random"],
    columns=5,
    source=train.source,
    title="Four pictures of one answer, and of two networks that have forgotten it",
    seen="With a random head the guided picture is nearly what it was, and the other "
    "three have changed. With all weights random the gradients are noise.",
    caption="*Each picture has its own scale, white for what is largest. Go down each "
    "column: which picture stays what it was when the network is another one?*",
)

# %% [markdown]
# Guided back-propagation draws the sharpest picture, and it fails. With a random head it is still nearly the same
# (0.92), although nothing is left that decides between the classes. What it shows is the photograph, its edges brought
# out by the lower layers. (Nie et al., 2018, explain why: removing what is negative partly recovers the image.) The
# other three change at once, Grad-CAM most. The gradients do not fall to 0, though, when everything is random: 0.2 is
# what two gradients for the same photograph share whatever the weights are. Guided back-propagation shares 0.47.
#
# Passing this test does not make a picture true. A picture that fails it needs no further look.
#
# ## 9. Try it
#
# The next cell puts the network itself into the page, its weights in 8 bits, so that it answers for any picture.
#
# - Cover parts of the dog with the pointer (or the arrow keys), at any place. What does the network say then?
# - Lay Grad-CAM over the image, and ask it for the second class.
# - Choose a layer, and click a number in one of its maps. You see the sum that made it, with the real kernel, in the
#   Stepper of lecture 01. Follow it back to a pixel, then on to the class.
# - Drop a picture of yours, or take one. It is cut to a square of 32×32 pixels, and stays in this page. Cover the
#   object, then the background: which of the two does the network miss?

# %%
LiveNetwork.of(
    net, five, name="our net", picture=2, overlay="Grad-CAM", title="Inside our net"
)

# %% [markdown]
# (`utils/widgets/live/layers.js` is loops over numbers, short enough to be read, and tests hold every number of every
# layer to torch's. Grad-CAM is computed there without a gradient, by raising a map a little everywhere and seeing how
# far the logit rises.)

# %% [markdown]
# ## 10. Which images are alike?
#
# The head reads nothing but 64 numbers, the means of the maps of stage 3: the image's **features**. Two images with
# nearly the same 64 numbers are the same to the network. So look up, for a validation image, which of 5,000 training
# images are nearest to it: in pixels, and in features.
#
# > **Predict first.** A neighbour drawn blindly has the class of the image in 10 % of the cases. What do you expect of
# > the five nearest, in pixels? In features before training? And after?


# %%
def features_of(model, images):
    """(N, 3, 32, 32) -> (N, 64)"""
    maps = (insight.feature_maps(model, part, "stage3") for part in images.split(500))
    return torch.cat([part.mean(dim=(2, 3)) for part in maps])


others = train.subset(torch.arange(min(5000, len(train))))
other_images = insight.inputs(others)
spaces = {
    "pixels": (images.flatten(1), other_images.flatten(1)),
    "features, untrained": [features_of(untrained, x) for x in (images, other_images)],
    "features": [features_of(net, x) for x in (images, other_images)],
}
near = {}
for name, (asked, known) in spaces.items():
    near[name] = insight.nearest(asked, known, count=5)
    same = others.labels[near[name]] == validation.labels[:, None]
    print(f"{name:20} {percent(same.double().mean())} of the five nearest: same class")

# %%
rows = [(k, name) for k in (2, 4) for name in ("pixels", "features")]
found = [near[name][picked[k]] for k, name in rows]
figures.image_grid(
    torch.cat(
        [
            torch.cat([five.images[k : k + 1], others.images[five_nearest]])
            for (k, _), five_nearest in zip(rows, found, strict=True)
        ]
    ),
    [
        title
        for (k, _), five_nearest in zip(rows, found, strict=True)
        for title in ("image", *(names[label] for label in others.labels[five_nearest]))
    ],
    rows=[name for _, name in rows],
    columns=6,
    source=train.source,
    title="The five nearest training images, in pixels and in features",
    seen="Neighbours in pixels are alike in brightness and layout, those in features "
    "in what they show.",
    caption="*On the left a validation image, beside it its neighbours with their "
    "classes, the nearest first. What has the image in common with those that are "
    "near in pixels, and with those that are near in features?*",
)

# %% [markdown]
# Near in pixels means bright in the same places, a truck on a grey road beside a ship on grey water. That gives the
# same class a little more often than a blind draw, and random features do no better. In the features of the trained
# network 62 % of the neighbours have the class of the image, whatever their colour and pose: learning has moved the
# images of a class together. This is also what lets a new head learn from few labels (lecture 10).
#
# ## 11. Where it is wrong
#
# An accuracy is one number. The confusion matrix (lecture 03) tells what lies behind it, with a row for each true
# class and a column for each answer, named by its first letters. What are the cats taken for, and what is taken for a
# frog?

# %%
logits = predict(net, validation)
said, true = logits.argmax(1), validation.labels
wrong = said != true
vehicles = ("airplane", "automobile", "ship", "truck")
vehicle = torch.tensor([name in vehicles for name in names])
across = vehicle[said] != vehicle[true]
by_chance = (4 * 6 + 6 * 4) / (10 * 9)  # of all pairs (class, wrong answer)
print(f"mistakes {wrong.sum():,}, of them between vehicles and animals {across.sum()}")
print(
    f"{percent(across.sum() / wrong.sum(), 0)}; of random ones {percent(by_chance, 0)}"
)
print(f"{'true class':12}", *(f"{name[:5]:>6}" for name in names))
for name, row in zip(names, insight.confusion_counts(true, said, 10), strict=True):
    print(f"{name:12}", *(f"{count:6}" for count in row))

# %% [markdown]
# Cats and dogs are mixed up most, 109 and 78 times; next come birds that are taken for deer. Vehicles and animals are
# seldom taken for each other. That happens in 16 % of the mistakes, where random ones would do so in 53 %, and so even
# the mistakes show that the network has learnt what looks alike.
#
# **The worst mistakes** are those with the largest loss, where the network gave the true class next to no probability
# (the number in the titles). Grad-CAM says where it saw what it said.

# %%
worst = insight.worst_mistakes(logits, true, count=4)
figures.heat_maps(
    validation.images[worst],
    insight.grad_cam(net, images[worst], "stage3", said[worst]),
    [
        f"{names[true[i]]} {percent(chances[i, true[i]], 2)}\nsaid {names[said[i]]}"
        for i in worst
    ],
    source=train.source,
    title="The four worst mistakes, and where the network saw its answer",
    caption="*Which would you have got right? For each: is it the background, a wrong "
    "label, a part that looks like something else?*",
)

# %% [markdown]
# Take the last: its label is deer. You see hardly anything but water, with something light floating in it, and there
# the network saw its ship. Would you have said deer? Look at your worst mistakes before you change anything about a
# network, because wrong labels, cut-off objects and odd colours show up here first.
#
# ## 12. Right for the wrong reason
#
# A new task, cats against dogs, for the same architecture. Somebody has collected the images for us, those for
# training and those for validation. The function `collected` plays the collector; read its code only once you have a
# suspicion of your own.
#
# > **Predict first.** In lecture 05 four epochs gave 72 to 76 % of the validation images. What do you expect here
# > after five? And if it is far more, would you celebrate?

# %%
cats_dogs, clean_test = cats_and_dogs()
if budget_name() == "quick":
    cats_dogs = cats_dogs.subset(torch.arange(min(len(cats_dogs), 600)))
pet_train, pet_validation = split(collected(cats_dogs), len(cats_dogs) // 10)
set_seed(0)
pets = network(2)
epochs = budget(quick=2, laptop=5, full=20)
print(fit(pets, pet_train, pet_validation, epochs=epochs, **recipe))
for where, data in {"validation": pet_validation, "from elsewhere": clean_test}.items():
    print(f"{where:15} {percent(evaluate(pets, data).accuracy)}")

# %% [markdown]
# Perfect on validation, and no better than a coin elsewhere. Without images from elsewhere you would see only the
# first of the two numbers. So look where it looks. Here is Grad-CAM for the first four dogs of the validation images:

# %%
dogs = torch.nonzero(pet_validation.labels == 1)[:4, 0]
dog_inputs = insight.inputs(pet_validation)[dogs]
dog_chances = insight.probabilities(pets, dog_inputs)[:, 1]
figures.heat_maps(
    pet_validation.images[dogs],
    insight.grad_cam(pets, dog_inputs, "stage3", 1),
    [f"dog: {percent(p, 0)}" for p in dog_chances],
    source=pet_validation.source,
    title="Why is this a dog? Grad-CAM",
    caption="*All of it in the same quarter of every image. Look closely at that "
    "quarter of the images above.*",
)

# %%
falls = [
    insight.occlusion(pets, image, size=4, stride=4)[..., 1] for image in dog_inputs
]
mean_fall = torch.stack(falls).mean(dim=0)  # (8, 8), over four dogs
print("fall of the probability of dog, %, with a square of 4×4 at 8×8 places:")
for row in (100 * mean_fall).round().int().tolist():
    print(*(f"{fall:4}" for fall in row))

# %% [markdown]
# Occlusion is sharper: covering one 4×4 part decides everything, whereas covering any of the 63 others costs less
# than half a per cent on average.
#
# Near the lower right corner of every dog is a yellow spot of 3×3 pixels, with which the collector's program
# (`utils/data/collected.py`) has marked them. A spot is simpler to find than a dog. This is called **shortcut
# learning** (Geirhos et al., 2020), and the connection between spot and class a *spurious correlation*. Such a network
# is also called a Clever Hans predictor, after the horse that read the answers in the posture of the people who asked
# (Lapuschkin et al., 2019, found such a source tag on pictures of horses).
#
# Compare the two maps. The spot is in rows and columns 28 to 30. Grad-CAM is hottest at row 22, column 22, in all four
# images, about 7 pixels from the spot along each axis. A unit of stage 3 sees most of the image, so its place is not
# the place of what it saw.
#
# **A picture is a suspicion, an experiment is a proof.** The experiment changes nothing but the spot. The test images
# have none, so mark all of them, cats and dogs, and ask again. If the answers follow the spot and not the animal, the
# case is closed.


# %%
def four_groups(model):
    """Percentage of answers "dog" for test images, as they are and with a spot."""
    groups = {}
    for k, animal in enumerate(("cats", "dogs")):
        part = clean_test.subset(clean_test.labels == k)
        looks = {"no spot": part.images, "with a spot": marked(part.images)}
        for look, images in looks.items():
            said = predict(model, replace(part, images=images)).argmax(1)
            groups[f"{animal}, {look}"] = [100 * (said == 1).double().mean().item()]
    return groups


figures.comparison_bars(
    four_groups(pets),
    axis_label="test images that are called dogs (%)",
    axis_end=100,
    source=clean_test.source,
    title="The answer follows the spot, not the animal",
    caption="*Compare the two bars of the cats, then those of the dogs. A network that "
    "knows dogs would have short bars for cats and long ones for dogs, spot or none.*",
)

# %% [markdown]
# **What helps?** More images of the same kind do not, nor does a larger network. What has to go is the connection
# between the spot and the class. Here you know the spot, so paint over that corner in *all* images of the collection,
# of both classes, and train again. (The test images stay as they are: where every training image is grey, grey says
# nothing about the class.)


# %%
def without_corner(dataset):
    """Both classes get the same grey corner."""
    images = dataset.images.clone()
    images[:, :, 27:32, 27:32] = 128
    return replace(dataset, images=images)


set_seed(0)
repaired = network(2)
corners = [without_corner(part) for part in (pet_train, pet_validation)]
print(fit(repaired, *corners, epochs=epochs, **recipe))
print(f"from elsewhere  {percent(evaluate(repaired, clean_test).accuracy)}")
for group, (share,) in four_groups(repaired).items():
    print(f"{group:20} {share:5.1f} % called dogs")

# %% [markdown]
# A spot now moves these shares by about one point. The accuracy on the collector's images fell from 100.0 to 76.9 %,
# and yet the network has become better: 77.6 instead of 50.0 % on images from elsewhere. That is why the second
# number, from images that were collected in another way (an *out-of-distribution* test), is worth more than the
# first. And if you do not know the shortcut? Then train on images from several sources, and test on a source of which
# the network has seen none.

# %% [markdown]
# ## What these pictures cannot tell
#
# - Grad-CAM shows *where* a unit is, on a grid of 8×8, and not *what* it saw. It shows only roughly where that was,
#   too: the yellow spot was 7 pixels off.
# - A dark place may still matter, for example because it speaks against the class, which the ReLU hides.
# - A plausible picture convinces people, even of a bad network. So make the pictures of a network with random weights
#   as well (section 8), and those of mistakes; then test your explanation with a changed image.

# %%
PredictionScore(names=["fields"])

# %% [markdown]
# ## Check yourself
#
# 1. Why does Grad-CAM for stage 3 look blurred, and why would you not use stage 1 instead?
# 2. A unit has a theoretical field of 200 pixels in an image of 224. Somebody concludes that it judges the whole
#    image. What do you answer?
# 3. You cover each quarter of an image in turn, and the probability never falls below 0.98. Does the network ignore
#    the image?
# 4. A network tells wolves from huskies with 95 % accuracy. Grad-CAM lights up the snow. What is the experiment?
# 5. A colleague prefers guided back-propagation to Grad-CAM, because its pictures are so much sharper. What do you
#    show them?
#
# <details><summary>Answers</summary>
#
# 1. Stage 3 has 8×8 places for 32×32 pixels, and what lies between them is interpolated. Stage 1 has a place for each
#    pixel, but its channels answer to edges and colours all over the image, so one α for a whole map is too crude for
#    them.
# 2. That it *can* see so much. What moves it noticeably may be far less: 41 of 201 pixels for equal weights in
#    section 5, but 27 of 32 in our own net. Measure it.
# 3. No. The three quarters that are left may be enough for each answer. Cover more, or leave only a part visible.
# 4. Put huskies on snow and wolves on grass (photographs, or cut out and pasted), and see whether the answer follows
#    the animal or the ground.
# 5. The same picture from a network whose head, or all of whose weights, are random. What is sharp in both is the
#    photograph.
# </details>

# %% [markdown]
# ## Sources
#
# - Krizhevsky, Sutskever, Hinton (2012), *ImageNet classification with deep convolutional neural networks*: filters.
# - Spearman (1904), *The proof and measurement of association between two things*: rank correlation.
# - Erhan, Bengio, Courville, Vincent (2009), *Visualizing higher-layer features of a deep network*; Mahendran, Vedaldi
#   (2015), *Understanding deep image representations by inverting them*: images that please.
# - Simonyan, Vedaldi, Zisserman (2014), *Deep inside convolutional networks: visualising image classification models
#   and saliency maps*.
# - Springenberg, Dosovitskiy, Brox, Riedmiller (2015), *Striving for simplicity: the all convolutional net*: guided
#   back-propagation.
# - Smilkov, Thorat, Kim, Viégas, Wattenberg (2017), *SmoothGrad: removing noise by adding noise*.
# - Zeiler, Fergus (2014), *Visualizing and understanding convolutional networks*: strongest patches, occlusion.
# - Zhou, Khosla, Lapedriza, Oliva, Torralba (2016), *Learning deep features for discriminative localization*: CAM.
# - Luo, Li, Urtasun, Zemel (2016), *Understanding the effective receptive field in deep convolutional neural
#   networks*.
# - Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra (2017), *Grad-CAM: visual explanations from deep networks via
#   gradient-based localization*.
# - Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018), *Sanity checks for saliency maps*.
# - Lapuschkin, Wäldchen, Binder, Montavon, Samek, Müller (2019), *Unmasking Clever Hans predictors and assessing what
#   machines really learn*.
# - Nie, Zhang, Patel (2018), *A theoretical explanation for perplexing behaviors of backpropagation-based
#   visualizations*.
# - Geirhos, Jacobsen, Michaelis, Zemel, Brendel, Bethge, Wichmann (2020), *Shortcut learning in deep neural
#   networks*.
# - Krizhevsky (2009), *Learning multiple layers of features from tiny images*: CIFAR-10.
