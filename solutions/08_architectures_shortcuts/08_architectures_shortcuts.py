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
# # Exercises 08 · Architectures II: width, shortcuts
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/08_architectures_shortcuts/08_architectures_shortcuts.ipynb)
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
# Eight tasks on [lecture 08](../../lectures/08_architectures_shortcuts.ipynb), about 95 minutes, 20 points. Stars say how
# hard a task is.
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
from torch.nn import functional as F

from utils.checks import architectures_shortcuts as check

# %% [markdown]
# ## Task 1 ★ What a reduction saves (12 minutes, 2 points)
#
# Count for any Inception block what section 1 counted for one. The block with reductions gets `in_channels` maps of
# height×width and has four branches, all of which keep the size:
#
# - 1×1 to `one` maps;
# - 1×1 to `three[0]` maps, then 3×3 to `three[1]`;
# - 1×1 to `five[0]` maps, then 5×5 to `five[1]`;
# - max pooling, then 1×1 to `pool` maps.
#
# The naive block has the same 1×1, 3×3 and 5×5 kernels without the reductions, and only the pooling in its last branch.
# Return how many maps come out of the block with reductions, the multiply-adds of the naive block, and the multiply-adds
# of the block with reductions. Biases and pooling cost nothing here.
#
# <details><summary>Hint: one convolution</summary>
#
# k·k · (maps in) · (maps out) weights, and each of them is used once at every place of the output.
# </details>
#
# <details><summary>Hint: what does the 5×5 read?</summary>
#
# In the naive block all `in_channels` maps, in the other one `five[0]`. And the reduction itself is a convolution too.
# </details>


# %% nbgrader={"grade": false, "grade_id": "inception", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inception(in_channels, one, three, five, pool, height, width):
    """three and five are pairs -> three whole numbers: maps, naive multiply-adds, reduced multiply-adds"""
    ### BEGIN SOLUTION
    places = height * width
    maps = one + three[1] + five[1] + pool
    naive = places * in_channels * (one + 9 * three[1] + 25 * five[1])
    reductions = in_channels * (one + three[0] + five[0] + pool)
    reduced = places * (reductions + 9 * three[0] * three[1] + 25 * five[0] * five[1])
    return maps, naive, reduced
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-inception", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.inception(inception)
### BEGIN HIDDEN TESTS
check.inception(inception, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★★ A residual block (18 minutes, 3 points)
#
# Write the basic block of section 3 for every shape: ReLU(F(x) + shortcut(x)), from `in_channels` maps to `channels`.
#
# - F: 3×3 convolution with the block's stride, batch norm, ReLU, 3×3 convolution, batch norm. Padding 1, no biases.
# - Shortcut: x itself, if F(x) has the shape of x. Else a projection: a 1×1 convolution with the block's stride, no
#   bias, and batch norm.
#
# The check gives your block and ours the same weights and compares what comes out, and the gradients.
#
# <details><summary>Hint: when does the shape stay?</summary>
#
# Only if `stride == 1` and `in_channels == channels`. Each of the two can be otherwise alone.
# </details>
#
# <details><summary>Hint: a shortcut that does nothing</summary>
#
# `nn.Identity()` returns what it gets. So `forward` can be the same line in both cases.
# </details>
#
# <details><summary>Hint: where layers are made</summary>
#
# All in `__init__`, kept as `self.something`; `forward` only uses them. `F.relu` needs no layer.
# </details>


# %% nbgrader={"grade": false, "grade_id": "residual-block", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ResidualBlock(nn.Module):
    """(N, in_channels, H, W) -> (N, channels, H/stride, W/stride)"""

    def __init__(self, in_channels, channels, stride):
        super().__init__()
        ### BEGIN SOLUTION
        self.residual = nn.Sequential(
            nn.Conv2d(
                in_channels,
                channels,
                kernel_size=3,
                stride=stride,
                padding=1,
                bias=False,
            ),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(
                    in_channels, channels, kernel_size=1, stride=stride, bias=False
                ),
                nn.BatchNorm2d(channels),
            )
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return F.relu(self.residual(x) + self.shortcut(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-residual-block", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.residual_block(ResidualBlock)
### BEGIN HIDDEN TESTS
check.residual_block(ResidualBlock, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: a network of twenty of your blocks begins to learn. (No points.)
from utils.see import architectures_shortcuts as see

see.twenty(ResidualBlock)

# %% [markdown]
# ## Task 3 ★★ A dense block (14 minutes, 3 points)
#
# Write a dense block with plain layers: each is a 3×3 convolution with padding 1 to `growth_rate` maps, and a ReLU. It
# reads the block's input and everything that layers before it have made. The block returns the input and all new maps,
# in the order in which they were made. (Batch norm and the 1×1 convolutions of section 5 are left out.)
#
# Before you write: 5 maps come in, growth rate 3, four layers. How many maps does the last layer read, and how many leave
# the block?
#
# <details><summary>Hint: so many layers</summary>
#
# `nn.ModuleList(...)` holds layers in a list in which torch finds them. Layer i (from 0) reads
# `in_channels + i * growth_rate` maps.
# </details>
#
# <details><summary>Hint: append</summary>
#
# `torch.cat([x, new], dim=1)` puts the maps of `new` after those of `x`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "dense-block", "locked": false, "schema_version": 3, "solution": true, "task": false}
class DenseBlock(nn.Module):
    """(N, in_channels, H, W) -> (N, in_channels + depth * growth_rate, H, W)"""

    def __init__(self, in_channels, growth_rate, depth):
        super().__init__()
        ### BEGIN SOLUTION
        self.layers = nn.ModuleList(
            nn.Conv2d(
                in_channels + i * growth_rate, growth_rate, kernel_size=3, padding=1
            )
            for i in range(depth)
        )
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = torch.cat([x, F.relu(layer(x))], dim=1)
        return x
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-dense-block", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.dense_block(DenseBlock)
### BEGIN HIDDEN TESTS
check.dense_block(DenseBlock, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: what leaves your block. (No points.)
from utils.see import architectures_shortcuts as see

see.kept(DenseBlock)

# %% [markdown]
# ## Task 4 ★★ An end in one convolution (10 minutes, 2 points)
#
# A ResNet ends in global average pooling and a linear layer: maps (N, C, H, W) → means (N, C) → logits (N, K). In
# section 6 the mean became a convolution. Go one step further: write mean *and* linear layer as one `nn.Conv2d` whose
# kernel is as large as the map. On maps of that size it must give (N, K, 1, 1) with the same logits, and on larger ones
# it slides over them cell by cell.
#
# <details><summary>Hint: write the formula down</summary>
#
# The logit of class k is a sum over c of W[k, c] · (mean of map c), plus a bias. A mean is a sum over all places, divided
# by their number. So with which number is map c at place (y, x) multiplied?
# </details>
#
# <details><summary>Hint: the same number at all places</summary>
#
# `weight[:, :, None, None]` has shape (K, C, 1, 1), and `.expand(-1, -1, height, width)` repeats it over the places.
# Into a layer one writes with `with torch.no_grad(): layer.weight.copy_(...)`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "one-convolution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_convolution(linear, height, width):
    """linear: an nn.Linear from C maps' means to K logits -> an nn.Conv2d"""
    ### BEGIN SOLUTION
    layer = nn.Conv2d(
        linear.in_features, linear.out_features, kernel_size=(height, width)
    )
    with torch.no_grad():
        layer.weight.copy_(
            linear.weight[:, :, None, None].expand(-1, -1, height, width)
            / (height * width)
        )
        layer.bias.copy_(linear.bias)
    return layer
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-one-convolution", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.one_convolution(one_convolution)
### BEGIN HIDDEN TESTS
check.one_convolution(one_convolution, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: six photographs at once in a network that was trained on single ones. (No points.)
from utils.see import architectures_shortcuts as see

see.windows(one_convolution)

# %% [markdown]
# ## Task 5 ★★★ Repair a bottleneck (16 minutes, 3 points)
#
# The plan, the bottleneck block of section 3, no biases:
#
# | F | weights | for `in_channels=256`, `channels=64`, `stride=1` |
# |---|---|--:|
# | 1×1, batch norm, ReLU | in_channels → channels | 16,384 + 128 |
# | 3×3 with the block's stride, padding 1, batch norm, ReLU | channels → channels | 36,864 + 128 |
# | 1×1, batch norm | channels → 4 · channels | 16,384 + 512 |
#
# The output is ReLU(F(x) + shortcut(x)). Where the shape changes, the shortcut is a projection to 4 · channels maps, with
# the block's stride, and batch norm. This was built:


# %%
class Built(nn.Module):
    def __init__(self, in_channels, channels, stride):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(
                channels, channels, kernel_size=3, stride=stride, padding=1, bias=False
            ),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, 4 * channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(4 * channels),
            nn.ReLU(),
        )

    def forward(self, x):
        x += self.residual(x)
        return x


# %% [markdown]
# What its users report: `Built(256, 128, 2)` stops with an error. `Built(256, 64, 1)` runs, but what it was given has
# other numbers afterwards, and in training `backward` stops. And in a stack of such blocks numbers only ever grow. Write
# the block of the plan.
#
# <details><summary>Hint: the numbers afterwards</summary>
#
# What is the difference between `x += y` and `z = x + y`? (Print `x` before and after.)
# </details>
#
# <details><summary>Hint: numbers only grow</summary>
#
# Can what is added ever be negative? Where does the plan have its last ReLU?
# </details>
#
# <details><summary>Hint: the error</summary>
#
# 256 maps of 56×56 go in, 512 of 28×28 come out of F. In task 2 you did this for a basic block. How many maps does the
# shortcut have to return here?
# </details>


# %% nbgrader={"grade": false, "grade_id": "repaired", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Repaired(nn.Module):
    """(N, in_channels, H, W) -> (N, 4 * channels, H/stride, W/stride)"""

    def __init__(self, in_channels, channels, stride):
        super().__init__()
        ### BEGIN SOLUTION
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(
                channels, channels, kernel_size=3, stride=stride, padding=1, bias=False
            ),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, 4 * channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(4 * channels),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != 4 * channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(
                    in_channels, 4 * channels, kernel_size=1, stride=stride, bias=False
                ),
                nn.BatchNorm2d(4 * channels),
            )
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return F.relu(self.residual(x) + self.shortcut(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.repaired(Repaired)
### BEGIN HIDDEN TESTS
check.repaired(Repaired, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 6 ★ Predict: ten blocks that have learnt nothing (5 minutes, 1 point)
#
# Ten blocks in a row, in each of which F is a stack of convolutions with all weights zero, without biases and without
# batch norm. The input is 3 everywhere. What comes out of ten plain blocks, ReLU(F(x)), and what of ten residual
# blocks, ReLU(x + F(x))? And what of the ten residual blocks if the input is −2 everywhere? State numbers; nothing is
# to be computed by torch.
#
# <details><summary>Hint: one block</summary>
#
# What is F(x) if all its weights are zero? Then read the two formulas once more.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: plain, residual, below"""
    ### BEGIN SOLUTION
    return 0, 3, 0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:


# %%
def ten(x, residual):
    layer = nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)
    nn.init.zeros_(layer.weight)
    for _ in range(10):
        x = F.relu(residual * x + layer(x))
    return x.mean().item()


print(
    ten(torch.full((1, 1, 4, 4), 3.0), 0),
    ten(torch.full((1, 1, 4, 4), 3.0), 1),
    ten(torch.full((1, 1, 4, 4), -2.0), 1),
)

# %% [markdown]
# ## Task 7 ★★ Refute it: a shortcut without weights (8 minutes, 2 points)
#
# F begins with a 3×3 convolution with stride 2 and padding 1 and keeps the number of maps. This shortcut is to make
# maps (N, C, H, W), at least 2×2, as large as F makes them, without a single weight: it takes the mean of each 2×2, or
# of what is left of it at the rim.


# %%
def shortcut(x):
    return F.avg_pool2d(x, kernel_size=2, stride=2)


print(shortcut(torch.ones(1, 2, 8, 8)).shape)  # (1, 2, 4, 4), as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: count</summary>
#
# Put both layers into the formula of lecture 01. For which sizes do they differ?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns x, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "Of 7 rows the convolution makes 4, but the pooling drops the last one and makes 3, so they cannot be added."
    return torch.ones(1, 1, 7, 8), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (12 minutes, 4 points)
#
# Three networks were trained by the same recipe on the same images. All have batch norm.
#
# | network | training loss | training accuracy | validation accuracy |
# |---|--:|--:|--:|
# | plain, 20 layers | 0.21 | 93 % | 88 % |
# | plain, 56 layers | 0.58 | 80 % | 77 % |
# | with shortcuts, 56 layers | 0.14 | 95 % | 90 % |
#
# Ann: “The deep plain network has too many parameters for these images. It overfits, so it needs dropout.” Ben: “A
# network of 56 layers just cannot represent what one of 20 can.” Who is right? Say which numbers of the table speak
# against Ann, why, whatever the table says, the deep plain network could be as good as the shallow one, and what a
# shortcut changes for training. Then name one general claim that this table tempts you to make, and say what is missing
# for it. Five to eight sentences. (One point each for Ann, for Ben, for the shortcut, for the claim.)
#
# <details><summary>Hint: how does one see overfitting?</summary>
#
# Compare training with validation, in each row, and then the rows with each other.
# </details>
#
# <details><summary>Hint: a network of 20 layers inside one of 56</summary>
#
# Which 36 layers could you add without changing what the network computes? What must their weights be in a plain network,
# and what in one with shortcuts?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-degradation", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** Neither. Overfitting means good numbers in training and bad ones in validation. The deep plain
# network is worse in training itself, 0.58 against 0.21, and its gap of 3 points is smaller than the shallow one's 5
# points; dropout would make training harder still. Ben is wrong too: 36 added layers that return what they get make a
# network of 56 layers that computes the same as the one of 20, so the good solution exists. Training does not find it:
# in a plain block “return what you got” means kernels with 1 in the middle of their own map and 0 elsewhere, a very
# special place among all weights. With a shortcut a block computes ReLU(F(x) + x), and F = 0, weights of zero, is already
# the identity, so the block has only to learn what to change. And the gradient has a way past all blocks, since the
# derivative of x + F(x) is 1 + F'(x). The last row shows it: the same depth, and better than 20 layers. But this is one
# run each, with one recipe and one data set: that deeper is always better with shortcuts, or always worse without, does
# not follow.
#
# **Rubric**
#
# - 1 point: no overfitting: the *training* loss (or accuracy) is worse, or the smaller gap; so dropout is no remedy.
# - 1 point: layers that return their input make the deep network compute what the shallow one does: it is training that
#   fails.
# - 1 point: what the shortcut changes: zero weights are the identity, or the gradient's way past the blocks.
# - 1 point: a limit of the table: one run each without spread, one recipe, one data set, one pair of depths.
