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
# Filters, maps, occlusion, Grad-CAM, receptive fields, mistakes, and a network that is right for the wrong reason.
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
# - find what a channel answers to, and how much of the image a unit can see and does see;
# - ask "which part of this image made the answer?" by covering parts, and by Grad-CAM, which you write yourself;
# - look at the worst mistakes;
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
from utils.widgets import InsideTheNet, LiveNetwork, PredictFirst, PredictionScore

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
print(train_all.source)
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
titles = [f"{names[k]} {p:.0%}" for k, p in zip(answers, certainty, strict=True)]
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
    caption="*Each filter before training and, below it, after. Look for neighbouring "
    "weights of one colour, for light beside dark, for one colour against another.*",
)

# %% [markdown]
# Random weights look like noise. Most of the trained filters are smoother, and several have a bright and a dark side,
# such as 1, 3 and 6. Such a filter answers to an **edge**, like those that lecture 02 made by hand. Filter 10 is blue
# nearly everywhere, so it answers to a colour. Larger filters on large images show all this more clearly (Krizhevsky
# et al., 2012, figure 3).
#
# In stage 2 a filter has 16 or 32 channels, which are no longer colours and cannot be drawn as one small image. So
# from here on we look at what comes out of a layer and not at its weights.
#
# ## 3. Feature maps, and how to get at them
#
# What a layer computes (its feature maps, or *activations*) is gone as soon as the next layer has used it. To get
# hold of it you need a **hook**, a function of yours that torch calls each time the layer has computed something. It
# is handed the layer, a tuple of its inputs, and its output (lecture 07 measured spreads with one). What it returns
# replaces the output; `keep` returns nothing, so nothing is replaced. A hook stays until you remove it, and runs in
# every later training step too. So remove it in a `finally`, which is reached even after an error.

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
    insight.feature_maps(net, five_images, "stage1")[0, :11],
    image=five.images[0],
    source=train.source,
    title="The first 11 maps of stage 1",
    caption="*Compare each map with the image. Which ones answer to edges in one "
    "direction, which to a colour or to bright areas?*",
)

# %%
figures.feature_maps(
    insight.feature_maps(net, five_images, "stage3")[0, :11],
    image=five.images[0],
    source=train.source,
    title="The first 11 maps of stage 3",
    caption="*8×8 numbers each. Black is zero: there the channel has found nothing. "
    "Most channels answer at other places. Two of them (2 and 7) are nearly alike.*",
)

# %% [markdown]
# In stage 1 the image can still be recognised. Filter 1 is light on the left and dark on the right, and its map is
# brightest where the image turns from light to dark, at the right edge of the white window. Filter 3 is the reverse,
# and so is its map. Filter 6 is light above dark, which is what the window's lower edge looks like. In stage 3 you
# can still tell *where* something is, but from one image no longer *what*. So ask many images.
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
# Channel 0 likes something dark and upright, with light beside it. Channel 1 likes a dark arch below something
# bright, perhaps a wheel arch. Channel 2 wants something upright, too, in many colours, with white or blue on its
# left, and channel 3 wants dark above light. None of these is an object yet, but they are more than edges.
#
# A unit of stage 3 sees 32×32 pixels, as many as an image has. Which of its 64 channels shall we look at? The head is
# linear in their means, so each class has 64 weights, and the largest of them names the channel to whose mean the
# logit of the class reacts most.

# %%
cuts, true_classes = [], []
largest = net.head[2].weight[chosen].argmax(dim=1).tolist()  # channels of stage 3
for k, channel in zip(chosen, largest, strict=True):
    patches = insight.strongest_patches(net, images, "stage3", channel, count=6)
    cuts += [patch.cut(around_grey) + 0.5 for patch in patches]
    true_classes += [names[validation.labels[patch.image]] for patch in patches]
    print(f"{names[k]}: channel {channel}", [f"{p.value:.1f}" for p in patches])
figures.image_grid(
    torch.stack(cuts),
    true_classes,
    rows=[names[k] for k in chosen],
    columns=6,
    source=train.source,
    title="What excites the channel with the largest weight for a class",
    caption="*On the left a class; in its row the six images that excite its channel "
    "most, as its unit sees them, under their true class. Plain grey is outside the "
    "image. What has a row in common: a shape, a colour, a background?*",
)

# %% [markdown]
# A row is not a class. Among the six images that excite the bird's channel most are four dogs, an automobile and a
# single bird. So the channel is no bird detector; it helps to recognise birds, together with the 63 others. And never
# name a channel after its three best patches before you have looked further down the list.
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
# much the unit changes when the pixel does. Luo et al. (2016) measured it. They found a spot that fades towards its
# edge, and called it the **effective** receptive field. As its size they take the root of the number of pixels that
# reach 4.55 % of the largest (a convention: 4.55 % is 1 − 95.45 %). For a row of pixels their number will do. What
# happens with more layers?

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
# before training its effective size is 29.1. Training made it a little smaller, 27.4. (In the deep networks of Luo et
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
    caption="*Orange: covering this place lowers the probability of the answer; blue "
    "(hardly any here): it raises it. The white line surrounds what reaches half of "
    "the largest value. Below each map its range: how far the probability falls. Each "
    "map has its own scale, so read the range before the colour.*",
)

# %% [markdown]
# For the dog it is the middle of the face that must not be covered, for the bird the top of the head and the
# background above it. For the ship it is mostly the hull and the water under it, and hardly the left sail. But a
# piece of sky at the top edge reaches half of the largest value too, and such a surprise needs a second look.
#
# The car's map ends at 0.47, although our one square cost 0.563, and the costliest one (find it in the widget below)
# takes the probability from 90 to 25 %. That is because a pixel's heat is a mean over up to four squares.
#
# Why did we not take the images of which the network is surest? Look at one:

# %%
k = chosen[0]
surest = images[(chances[:, k] * (validation.labels == k)).argmax()]
falls = insight.occlusion(net, surest, **square)[..., k]
print(f"the surest {names[k]}: the probability falls by {falls.max():.4f} at most")

# %% [markdown]
# A network that is very sure loses next to nothing. A logit that leads the next one by 10 may lose 3 of that, and the
# softmax still gives 0.999. The map of such an image has a hottest place as well, but it means little, so read the
# numbers first.
#
# Three more warnings. A square is itself a strange object with four edges. Its size decides what you can find. And a
# pixel at the border is a mean over fewer squares, so values at the edges come out more extreme, perhaps also above
# the bird and the ship. (For pictures of 224×224 take a square of 48 and a stride of 24, which makes 64 places. A
# square of 8 with a stride of 4 would ask 3,025 times.)
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
# fine-tuned in lecture 10 the layer is `"features"`: 8×8 places in ResNet-20, 7×7 in EfficientNet-Lite0. Normalise as
# you did there.)
#
# For this network you even know α without a gradient. The head takes means and multiplies them by its weights $w$, so
# $\alpha_k = w_k / 64$ for 64 places. Before the ReLU the 64 numbers of a picture therefore add up to the logit minus
# its bias, which means that they are in units of a logit. For networks with such a head the picture is older and is
# called CAM, *class activation mapping* (Zhou et al., 2016), there without the ReLU and the 1/64.

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
# Both ways agree on the bird's head and what is above it, the face of the dog, the side of the horse and the water
# line of the ship. Since they asked different questions, that is some evidence. Where they differ, as at the front of
# the car, ask further.
#
# Mind what a place is. Each number is drawn over its own 4×4 pixels, but the unit behind it effectively sees about 27
# of 32 (section 5). **The place of a unit is not the place of what it saw.**
#
# Two more questions can be put to Grad-CAM. **Ask for another class**: it answers for any class that you name, the
# second one included. And **ask an untrained network**. Pictures that show which pixels mattered are often called
# *saliency maps*, and Adebayo et al. (2018) found ways of making them that hardly change when the weights are
# replaced by random ones: they show the image and not what was learnt. Grad-CAM passed their test. Does it pass
# yours?

# %%
second = chances[picked].topk(2).indices[:, 1]
figures.heat_maps(
    torch.cat([five.images[:3], five.images[:3]]),
    torch.cat(
        [
            insight.grad_cam(net, five_images[:3], "stage3", second[:3]),
            insight.grad_cam(untrained, five_images[:3], "stage3", answers[:3]),
        ]
    ),
    [f"for {names[k]},\nits second class" for k in second[:3]]
    + [f"for {names[k]},\nuntrained" for k in answers[:3]],
    source=train.source,
    title="Grad-CAM for the second class, and from an untrained network",
    caption="*Two experiments. Left: how much does each image have of its second class "
    "(in units of a logit), and where? Right: the same network before training; each "
    "map has its own scale, so compare the places with those of the figure above.*",
)

# %% [markdown]
# On the left, for the car and the bird, the second class is seen somewhere else, something of a deer in the green
# beside the bird. For the dog, "cat" is seen in much the same face. On the right compare the places and not the
# sizes. (An untrained batch norm in evaluation mode changes nothing, so the maps shrink at each layer.) The largest
# value lies elsewhere in all three; for the car the outlines partly overlap. So our pictures do depend on what was
# learnt.
#
# ## 8. Try it
#
# The widget holds two of the images, with all their maps and answers. Pick an image and a layer and go through the
# maps; lay Grad-CAM over the image; move the square and watch the scores. (With the keyboard: arrow keys, and Enter
# to keep the square where it is.) Which square lowers the dog's score most, and what does the network say then?

# %%
InsideTheNet.of(
    net,
    five.subset([0, 2]),
    list(stages),
    **square,
    overlay="Grad-CAM",
    target=chosen[0],
    title="Inside our net",
)

# %% [markdown]
# Those answers were computed beforehand. The next cell, once you run it, puts the network itself into the page, so
# that it answers for any picture. What goes there are its layers, and its weights in 8 bits, each a whole number from
# −127 to 127 times a step that its layer shares.
#
# - Cover parts of the dog with the pointer (or the arrow keys), now at any place.
# - Choose a layer, and click a number in one of its maps. You see the sum that made it, with the real kernel, in the
#   Stepper of lecture 01. Follow it back to a pixel, then on to the class.
# - Drop a picture of yours, or take one. It is cut to a square of 32×32 pixels, and stays in this page. Cover the
#   object, then the background: which of the two does the network miss?

# %%
mine = LiveNetwork.of(net, five, name="our net", overlay="Grad-CAM", title="Our net")
mine

# %% [markdown]
# The arithmetic is short enough to be read: `utils/widgets/live/layers.js` is loops over numbers, and tests hold
# every number of every layer to torch's. Batch norm is a step of its own there and not folded into the convolution
# before it, so that you can follow a number through it. And Grad-CAM is computed without a gradient, by raising a map
# a little everywhere and seeing how much the logit rises. (The head is a mean and one linear layer, so that is CAM.)
# The network that opened the course, in lecture 00, is in the same widget: `LiveNetwork()`, a ResNet-20, whose
# shortcuts are sums that you can follow both ways.

# %% [markdown]
# ## 9. Where it is wrong
#
# An accuracy is one number. The confusion matrix (lecture 03) tells what lies behind it, with a row for each true
# class and a column for each answer.

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
    f"{across.sum() / wrong.sum():.0%}; of random mistakes it would be {by_chance:.0%}"
)
figures.confusion_matrix(
    true,
    said,
    names,
    source=train.source,
    title="Validation images by true class and answer",
    caption="*Read a row: what are the cats taken for? Then a column: what is taken for "
    "a frog?*",
)

# %% [markdown]
# Cats and dogs are mixed up most, 98 and 83 times, followed by birds and deer, 62 and 38 times. Vehicles and animals
# are seldom taken for each other. That happens in 18 % of the mistakes, where random ones would do so in 53 %, and so
# even the mistakes show that the network has learnt what looks alike.
#
# **The worst mistakes** are those with the largest loss, where the network gave the true class next to no probability
# (the number in the titles). Grad-CAM says where it saw what it said.

# %%
worst = insight.worst_mistakes(logits, true, count=6)
figures.heat_maps(
    validation.images[worst],
    insight.grad_cam(net, images[worst], "stage3", said[worst]),
    [
        f"{names[true[i]]} {chances[i, true[i]]:.2%}\nsaid {names[said[i]]}"
        for i in worst
    ],
    source=train.source,
    title="The six worst mistakes, and where the network saw its answer",
    caption="*Which would you have got right? For each: is it the background, a wrong "
    "label, a part that looks like something else?*",
)

# %% [markdown]
# Take the third: its label is deer. You see hardly anything but water, with something light floating in it, and there
# the network saw its ship. Would you have said deer? Look at your worst mistakes before you change anything about a
# network, because wrong labels, cut-off objects and odd colours show up here first.
#
# ## 10. Right for the wrong reason
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
print(f"validation images:          {evaluate(pets, pet_validation).accuracy:.1%}")
print(f"test images from elsewhere: {evaluate(pets, clean_test).accuracy:.1%}")

# %% [markdown]
# Perfect on validation, and no better than a coin elsewhere. Without images from elsewhere you would see only the
# first of the two numbers. So look where it looks. Here is Grad-CAM for the first six dogs of the validation images:

# %%
dogs = torch.nonzero(pet_validation.labels == 1)[:6, 0]
dog_inputs = insight.inputs(pet_validation)[dogs]
dog_chances = insight.probabilities(pets, dog_inputs)[:, 1]
figures.heat_maps(
    pet_validation.images[dogs],
    insight.grad_cam(pets, dog_inputs, "stage3", 1),
    [f"dog: {p:.0%}" for p in dog_chances],
    source=pet_validation.source,
    title="Why is this a dog? Grad-CAM",
    caption="*All of it in the same quarter of every image. Look closely at that "
    "quarter of the images above.*",
)

# %%
falls = [
    insight.occlusion(pets, image, size=4, stride=4)[..., 1] for image in dog_inputs
]
mean_fall = torch.stack(falls).mean(dim=0)  # (8, 8), over six dogs
print("fall of the probability of dog, %, with a square of 4×4 at 8×8 places:")
for row in (100 * mean_fall).round().int().tolist():
    print(*(f"{fall:4}" for fall in row))

# %% [markdown]
# Occlusion is sharper: covering one 4×4 part decides everything, whereas covering any of the 63 others costs less
# than half a per cent on average.
#
# Near the lower right corner of every dog is a yellow spot of 3×3 pixels, with which the collector's program
# (`utils/data/collected.py`) has marked them. The network was asked to tell the two classes of these images apart,
# and it does, for a spot is simpler to find than a dog. This is called **shortcut learning** (Geirhos et al., 2020),
# and the connection between spot and class a *spurious correlation*. Such a network is also called a Clever Hans
# predictor, after the horse that read the answers in the posture of the people who asked (Lapuschkin et al., 2019,
# found such a source tag on pictures of horses).
#
# Compare the two maps. The spot is in rows and columns 28 to 30. Grad-CAM is hottest at row 22, column 22, in all six
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
print(f"test images from elsewhere: {evaluate(repaired, clean_test).accuracy:.1%}")
figures.comparison_bars(
    four_groups(repaired),
    axis_label="test images that are called dogs (%)",
    axis_end=100,
    source=clean_test.source,
    title="After the repair",
    caption="*The same four groups on the same axis. How far does a spot still move the "
    "share that is called dogs?*",
)

# %% [markdown]
# A spot now moves a bar by about one point. The accuracy on the collector's images fell from 100.0 to 76.3 %, and yet
# the network has become better: 76.6 instead of 50.0 % on images from elsewhere. That is why the second number, from
# images that were collected in another way (an *out-of-distribution* test), is worth more than the first. And if you
# do not know the shortcut? Then train on images from several sources, and test on a source of which the network has
# seen none.

# %% [markdown]
# ## What these pictures cannot tell
#
# - Grad-CAM shows *where* a unit is, on a grid of 8×8, and not *what* it saw. It shows only roughly where that was,
#   too: the yellow spot was 7 pixels off.
# - A dark place may still matter, for example because it speaks against the class, which the ReLU hides.
# - A plausible picture convinces people, even of a bad network. So make the pictures of the untrained network as
#   well, and those of mistakes; then test your explanation with a changed image.

# %%
PredictionScore(names=["fields"])

# %% [markdown]
# ## Check yourself
#
# 1. Why does the widget's Grad-CAM for stage 3 look blurred, and why would you not use stage 1 instead?
# 2. A unit has a theoretical field of 200 pixels in an image of 224. Somebody concludes that it judges the whole
#    image. What do you answer?
# 3. You cover each quarter of an image in turn, and the probability never falls below 0.98. Does the network ignore
#    the image?
# 4. A network tells wolves from huskies with 95 % accuracy. Grad-CAM lights up the snow. What is the experiment?
# 5. Your hook stays after an error. What happens in the next training run?
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
# 5. The hook runs at each pass and keeps its last output in memory, with the graph behind it. Several forgotten hooks
#    add up. And a hook that returns something changes what the network computes.
# </details>
#
# ## Sources
#
# - Krizhevsky, Sutskever, Hinton (2012), *ImageNet classification with deep convolutional neural networks*: filters.
# - Zeiler, Fergus (2014), *Visualizing and understanding convolutional networks*: strongest patches, occlusion.
# - Zhou, Khosla, Lapedriza, Oliva, Torralba (2016), *Learning deep features for discriminative localization*: CAM.
# - Luo, Li, Urtasun, Zemel (2016), *Understanding the effective receptive field in deep convolutional neural
#   networks*.
# - Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra (2017), *Grad-CAM: visual explanations from deep networks via
#   gradient-based localization*.
# - Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018), *Sanity checks for saliency maps*.
# - Lapuschkin, Wäldchen, Binder, Montavon, Samek, Müller (2019), *Unmasking Clever Hans predictors and assessing what
#   machines really learn*.
# - Geirhos, Jacobsen, Michaelis, Zemel, Brendel, Bethge, Wichmann (2020), *Shortcut learning in deep neural
#   networks*.
# - Krizhevsky (2009), *Learning multiple layers of features from tiny images*: CIFAR-10.
