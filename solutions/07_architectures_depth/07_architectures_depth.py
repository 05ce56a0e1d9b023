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
# # Exercises 07 · Architectures I: depth
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/07_architectures_depth/07_architectures_depth.ipynb)
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
# Eight tasks on [lecture 07](../../lectures/07_architectures_depth.ipynb), about 95 minutes, 20 points. Stars say how hard
# a task is.
#
# - Write only in the cells that say `YOUR CODE HERE` or `YOUR ANSWER HERE`. Cells that you add are fine for trying
#   things out, but they are not graded: what an answer needs must stand in its own cell.
# - Run the cell below each answer. It prints ✓, or says what is wrong. You may try as often as you like. After you
#   hand in, the same checks run once more with other numbers.
# - Write it yourself, with Python and torch: what `utils` or torchvision has ready is refused, unless the task names it.
# - Leave what you are given as it was, unless it is the task to change it: tensors, lists, networks with their mode, their
#   hooks and their gradients.
# - Stuck? Fold out a hint. Each is for one sticking point.

# %%
import torch
from torch import nn

from utils.checks import architectures_depth as check

# %% [markdown]
# ## Task 1 ★ Follow an image (12 minutes, 2 points)
#
# Compute the column “output” of the tables in the lecture. A network is a list of layers, and each layer is a tuple:
#
# | layer | what it is |
# |---|---|
# | `("conv", out_channels, kernel_size, padding, groups)` | a convolution with stride 1 |
# | `("pool", size)` | a pooling whose stride is its size |
# | `("linear", outputs)` | a linear layer; maps are flattened before it |
#
# This is LeNet-5:


# %%
LENET = [
    ("conv", 6, 5, 2, 1),
    ("pool", 2),
    ("conv", 16, 5, 0, 1),
    ("pool", 2),
    ("linear", 120),
    ("linear", 84),
    ("linear", 10),
]

# %% [markdown]
# Return the shape after each layer, as a list of tuples: (C, H, W) after convolutions and poolings, (outputs,) after
# linear layers. An image may be higher than wide.
#
# <details><summary>Hint: taking a layer apart</summary>
#
# `layer[0]` is its kind. If that is "conv", then `_, out_channels, kernel_size, padding, groups = layer`.
# </details>
#
# <details><summary>Hint: the sizes</summary>
#
# Lecture 01: ⌊(i + 2p − k)/s⌋ + 1. A convolution here has s = 1; a pooling of size k has s = k and p = 0, which is
# `i // k`.
# </details>
#
# <details><summary>Hint: from layer to layer</summary>
#
# Keep the shape in a variable. Each layer replaces it by a new one, and the new one is appended to the list. After the
# first linear layer it holds one number only.
# </details>


# %% nbgrader={"grade": false, "grade_id": "shapes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shapes(layers, shape):
    """layers: a list of tuples, shape (C, H, W) -> a list with a shape for each layer"""
    ### BEGIN SOLUTION
    found = []
    for kind, *settings in layers:
        if kind == "conv":
            out_channels, kernel_size, padding, _ = settings
            _, height, width = shape
            shape = (
                out_channels,
                height + 2 * padding - kernel_size + 1,
                width + 2 * padding - kernel_size + 1,
            )
        elif kind == "pool":
            channels, height, width = shape
            shape = (channels, height // settings[0], width // settings[0])
        else:
            shape = (settings[0],)
        found.append(shape)
    return found
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-shapes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.shapes(shapes)
### BEGIN HIDDEN TESTS
check.shapes(shapes, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★ Memory and time (12 minutes, 2 points)
#
# Now the two columns on the right: how many parameters a layer has, biases included, and how many multiply-adds it needs
# for one image, biases not included. Layers are written as in task 1. You get one layer, the shape before it and the
# shape after it, (C, H, W) or (features,). A pooling has 0 and 0.
#
# When the check is content, work these three out with your function, in a cell of your own, and look at them: VGG-16's
# first linear layer, `("linear", 4096)` from (512, 7, 7), its last convolution, `("conv", 512, 3, 1, 1)` from
# (512, 14, 14) to (512, 14, 14), and the last one of AlexNet on two GPUs, `("conv", 256, 3, 1, 2)` from (384, 13, 13).
#
# <details><summary>Hint: groups</summary>
#
# Each of the kernels reads the maps of its own group only: C / groups of the maps before. All out_channels kernels are
# there, and so are their biases.
# </details>
#
# <details><summary>Hint: how often is a weight used?</summary>
#
# In a convolution once at every place of the output. In a linear layer once.
# </details>
#
# <details><summary>Hint: a linear layer after maps</summary>
#
# It reads all numbers of (C, H, W): their product. `math.prod(before)` is the product of a tuple of any length; write
# `import math` into your cell.
# </details>


# %% nbgrader={"grade": false, "grade_id": "costs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def costs(layer, before, after):
    """Returns two whole numbers: the layer's parameters, and its multiply-adds for one image."""
    ### BEGIN SOLUTION
    kind, *settings = layer
    if kind == "pool":
        return 0, 0
    if kind == "conv":
        out_channels, kernel_size, _, groups = settings
        weights = before[0] // groups * out_channels * kernel_size**2
        return weights + out_channels, weights * after[1] * after[2]
    inputs = 1
    for size in before:
        inputs *= size
    return inputs * after[0] + after[0], inputs * after[0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-costs", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.costs(costs)
### BEGIN HIDDEN TESTS
check.costs(costs, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: VGG-16, counted by your two functions. (No points.)
from utils.see import architectures_depth as see

see.vgg16(shapes, costs)

# %% [markdown]
# ## Task 3 ★★ A VGG from a list (14 minutes, 3 points)
#
# VGG has so few choices that a short list says all: a number is a 3×3 convolution with so many maps, biases, padding 1,
# and a ReLU after it; the word "pool" is a 2×2 max pooling with stride 2. Column A of the paper's table is
#
# `[64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"]`
#
# Make the network, without the linear layers, from any such list.
#
# <details><summary>Hint: what does a convolution read?</summary>
#
# What the convolution before it made. Keep that number in a variable, and change it after each convolution. A pooling
# does not change it.
# </details>
#
# <details><summary>Hint: a network from a list of layers</summary>
#
# Collect the layers in a list. `nn.Sequential(*layers)` wants them one by one; the star hands them over like that.
# </details>


# %% nbgrader={"grade": false, "grade_id": "vgg", "locked": false, "schema_version": 3, "solution": true, "task": false}
def vgg(configuration, in_channels):
    """configuration: numbers and "pool" -> a network from (N, in_channels, H, W) to maps"""
    ### BEGIN SOLUTION
    layers = []
    for entry in configuration:
        if entry == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [
                nn.Conv2d(in_channels, entry, kernel_size=3, padding=1),
                nn.ReLU(),
            ]
            in_channels = entry
    return nn.Sequential(*layers)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-vgg", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.vgg(vgg)
### BEGIN HIDDEN TESTS
check.vgg(vgg, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4 ★★ An end without linear layers (12 minutes, 3 points)
#
# Write the end of NiN: a 3×3 convolution that keeps the size, ReLU, a 1×1 convolution, ReLU, a 1×1 convolution to one
# map for each class, and no ReLU after that, since a logit may be negative. The logit of a class is the mean of its map.
# The first two convolutions make `maps` maps. The network must accept maps of every height and width.
#
# <details><summary>Hint: the mean of each map</summary>
#
# A pooling whose window is as large as the map, however large that is: which layer is told the size of its output?
# </details>
#
# <details><summary>Hint: four axes, and two are asked for</summary>
#
# The mean leaves (N, classes, 1, 1). Take care that a batch of one image stays a batch.
# </details>


# %% nbgrader={"grade": false, "grade_id": "nin-end", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nin_end(in_channels, maps, classes):
    """Returns a network from (N, in_channels, H, W) to logits (N, classes)."""
    ### BEGIN SOLUTION
    mlpconv = [
        nn.Conv2d(in_channels, maps, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(maps, maps, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(maps, classes, kernel_size=1),
    ]
    return nn.Sequential(*mlpconv, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-nin-end", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.nin_end(nin_end)
### BEGIN HIDDEN TESTS
check.nin_end(nin_end, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your VGG with your end, trained for seconds. (No points.)
from utils.see import architectures_depth as see

see.sizes(vgg, nin_end)

# %% [markdown]
# ## Task 5 ★★★ Measure, then repair (18 minutes, 3 points)
#
# The plan was a deep network for grey images: ten 3×3 convolutions of 32 maps that keep the size, a ReLU after each, then
# global average pooling and a linear layer to ten logits, 83,882 parameters in all. What was built runs without
# complaint. But look at how large the numbers are after each convolution:


# %%
def built():
    layers, channels = [], 1
    for _ in range(10):
        layers += [nn.Conv2d(channels, 32, kernel_size=3), nn.Tanh()]
        channels = 32
    network = nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)
    )
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)
    return network


def spreads(network, x):
    """The standard deviation of the numbers after each convolution of an nn.Sequential."""
    found = []
    with torch.no_grad():
        for layer in network:
            x = layer(x)
            if isinstance(layer, nn.Conv2d):
                found.append(x.std().item())
    return found


torch.manual_seed(0)
for spread in spreads(built(), torch.randn(8, 1, 28, 28)):
    print(f"{spread:.1e}")

# %% [markdown]
# (3.0e-02 is how Python writes 0.030.) Three things are wrong. Write the network of the plan, in which the spread is about
# as large after the tenth convolution as after the first, within a factor of three. Batch norm is not in the plan, biases
# begin at zero or as torch makes them, and the linear layer stays as torch makes it.
#
# <details><summary>Hint: which three?</summary>
#
# Compare what was built with the plan: size, activation. Then the spread (section 5 of the lecture).
# </details>
#
# <details><summary>Hint: how large must the weights be?</summary>
#
# A ReLU network keeps the spread if weights have standard deviation √(2/n), where n numbers go into one unit. A 3×3
# window on 32 maps holds how many? And on 1 map? `nn.init.kaiming_normal_` counts for you.
# </details>


# %% nbgrader={"grade": false, "grade_id": "repaired", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired():
    """Returns the network of the plan: (N, 1, H, W) -> logits (N, 10)"""
    ### BEGIN SOLUTION
    layers, channels = [], 1
    for _ in range(10):
        layers += [nn.Conv2d(channels, 32, kernel_size=3, padding=1), nn.ReLU()]
        channels = 32
    network = nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)
    )
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return network
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.repaired(repaired)
### BEGIN HIDDEN TESTS
check.repaired(repaired, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: a photograph on its way through both networks. (No points.)
from utils.see import architectures_depth as see

see.fading(built, repaired)

# %% [markdown]
# ## Task 6 ★ Predict: how fast a signal fades (5 minutes, 1 point)
#
# A layer in the middle of a deep network: a 3×3 convolution from 32 to 32 maps, its weights drawn with standard
# deviation 0.01, behind a ReLU. By what factor does it multiply the spread (the standard deviation) of what the
# convolution before it has made? (1 % off is near enough, and Python may multiply for you.) State numbers; nothing is
# to be computed by torch.
#
# <details><summary>Hint: section 5</summary>
#
# How many numbers go into one unit, and which part of their mean square does the ReLU leave?
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your number: factor"""
    ### BEGIN SOLUTION
    return 0.01 * (288 / 2) ** 0.5
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
torch.manual_seed(0)
x = torch.randn(2, 32, 20, 20)
# A thousand maps instead of 32, so that chance averages out.
layer = nn.Conv2d(32, 1000, kernel_size=3, bias=False)
nn.init.normal_(layer.weight, std=0.01)
with torch.no_grad():
    print((layer(x.relu()).std() / x.std()).item())

# %% [markdown]
# ## Task 7 ★★ Refute it: how far a unit sees (8 minutes, 2 points)
#
# Layers are pairs (kernel_size, stride), from the first to the last. This is to return how many pixels, along one axis,
# a unit behind the last of them sees.


# %%
def field(layers):
    return 1 + sum(kernel_size - 1 for kernel_size, stride in layers)


print(field([(3, 1), (3, 1), (5, 1)]))  # 9, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: an unused name</summary>
#
# Which of the two numbers of a pair does the function never use?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns layers, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "Behind a stride of 2 neighbours are two pixels apart, so the next kernel reaches twice as far."
    return [(3, 2), (3, 1)], why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (12 minutes, 4 points)
#
# A colleague wants to replace each pair of 3×3 convolutions in a VGG by one 5×5 convolution, all of them from C maps to
# C maps: “It sees as much, and with half as many layers there is less to compute.”
#
# Is it true that it sees as much? Is there less to compute? What can the pair do that the one layer cannot? And what
# speaks for the colleague, or, what does a network with twice as many layers need so that it learns at all? Use numbers.
# Five to eight sentences. (One point each for what it sees, for the work, for what the pair can do, for the last
# question.)
#
# <details><summary>Hint: count both</summary>
#
# Weights from C maps to C maps: 3·3·C·C twice, 5·5·C·C once. Each is used once at every place.
# </details>
#
# <details><summary>Hint: what stands between the two?</summary>
#
# Without it, two convolutions in a row are one larger convolution (lecture 01).
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-pairs", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** It sees as much: a unit of the second 3×3 layer reads 3×3 units of the first, which together read
# 5×5 cells. But there is more to compute, not less: the pair has 2·9·C² = 18·C² weights, the 5×5 layer 25·C², and
# where the size stays, each weight is used once at every place, so multiply-adds stand in the same relation,
# 39 % more. Between the two small layers stands a ReLU. So the pair computes a nonlinear function of the 5×5 window,
# while the one layer computes a linear one and applies one ReLU to it. For the colleague speaks that the maps between
# the two layers must be computed one after the other and kept in memory for the way back, and that a signal has twice as
# many layers to pass. With weights that are too small it fades, as in task 5: after each layer a fraction is left. Deep
# networks need first weights by He's rule, √(2/n), or batch norm, or something else that brings the signal through.
#
# **Rubric**
#
# - 1 point: both see 5×5, with a reason.
# - 1 point: 18·C² against 25·C² weights, and that multiply-adds go the same way.
# - 1 point: the ReLU in between: the pair computes more than a linear function of the window.
# - 1 point: a price of depth: the signal (or gradient) fades without fitting first weights or batch norm; or maps to be
#   kept, layers one after the other.
