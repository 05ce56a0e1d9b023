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
# # Exercises 06 · Normalisation and regularisation
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/06_normalisation/06_normalisation.ipynb)
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
# Nine tasks on [lecture 06](../../lectures/06_normalisation.ipynb), about 125 minutes, 20 points. Stars say how hard a
# task is.
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

from utils.checks import normalisation as check

# %% [markdown]
# ## Task 1 ★ Who shares a mean? (8 minutes, 1 point)
#
# For maps (N, C, H, W): how many numbers are averaged into *one* mean by batch norm, layer norm, instance norm, and
# group norm with G groups? G divides C. Write down the four answers for the maps of section 4, (4, 6, 5, 5) and two
# groups, before you write the formulas.
#
# <details><summary>Hint: which axes?</summary>
#
# Look at one blue frame in the picture of section 4. How many squares does it enclose? Each square is one map of H·W
# numbers.
# </details>
#
# <details><summary>Hint: numbers, not means</summary>
#
# Batch norm computes C means. That is not the question: how many numbers go into each of them?
# </details>


# %% nbgrader={"grade": false, "grade_id": "numbers-per-mean", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numbers_per_mean(N, C, H, W, G):
    """Returns four whole numbers: for batch, layer, instance and group norm."""
    ### BEGIN SOLUTION
    return N * H * W, C * H * W, H * W, C // G * H * W
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-numbers-per-mean", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.numbers_per_mean(numbers_per_mean)
### BEGIN HIDDEN TESTS
check.numbers_per_mean(numbers_per_mean, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★★ Batch norm in both modes (20 minutes, 3 points)
#
# Write batch norm with everything it has: γ and β (torch's `weight` and `bias`, one number for each channel), running
# statistics, and two modes. `training` is True or False. ε is 0.00001, and the running statistics move a tenth of the way
# (sections 1 and 2). Return the result and the running statistics as they are *afterwards*; leave those that you are
# given as they are. Means and sums are allowed, a normalisation that is there already is not.
#
# <details><summary>Hint: (C,) beside (N, C, H, W)</summary>
#
# `weight.view(1, -1, 1, 1)` has the shape (1, C, 1, 1), which fits. `x.mean(dim=(0, 2, 3), keepdim=True)` has it too,
# and `.flatten()` makes (C,) of it again.
# </details>
#
# <details><summary>Hint: a tenth of the way</summary>
#
# From old to new: 0.9 · old + 0.1 · new.
# </details>
#
# <details><summary>Hint: two variances</summary>
#
# What normalises the batch is divided by m. What the running variance moves towards is divided by m − 1 (section 2).
# </details>


# %% nbgrader={"grade": false, "grade_id": "batch-norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_norm(x, weight, bias, running_mean, running_var, training):
    """x (N, C, H, W), the others (C,) -> y (N, C, H, W), new running mean (C,), new running variance (C,)"""
    ### BEGIN SOLUTION
    mean, variance = running_mean, running_var
    if training:
        mean = x.mean(dim=(0, 2, 3))
        variance = x.var(dim=(0, 2, 3), correction=0)
        m = x[:, 0].numel()
        running_mean = 0.9 * running_mean + 0.1 * mean
        running_var = 0.9 * running_var + 0.1 * variance * m / (m - 1)
    mean, variance, weight, bias = (
        each.view(1, -1, 1, 1) for each in (mean, variance, weight, bias)
    )
    y = weight * (x - mean) / torch.sqrt(variance + 1e-5) + bias
    return y, running_mean, running_var
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-batch-norm", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.batch_norm(batch_norm)
### BEGIN HIDDEN TESTS
check.batch_norm(batch_norm, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function in a small network, beside none. (No points.)
from utils.see import normalisation as see

see.training(batch_norm)

# %% [markdown]
# ## Task 3 ★★ Group norm (12 minutes, 2 points)
#
# Divide the channels into `groups` groups of channels that follow each other, and give each group of each image the mean
# 0 and the variance 1, with ε = 0.00001 under the root. No γ and no β. With one group it must be layer norm, with C groups
# instance norm; you need not treat these apart. Means and sums are allowed, a normalisation that is there already is not.
#
# <details><summary>Hint: an axis of groups</summary>
#
# `x.reshape(N, groups, -1)` puts all numbers of a group of an image into one line. Normalise, then reshape back.
# </details>
#
# <details><summary>Hint: nearly right</summary>
#
# The variance is the mean of the squares, divided by n. `torch.var` divides by n − 1 unless you write `correction=0`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "group-norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def group_norm(x, groups):
    """x (N, C, H, W), groups divides C -> (N, C, H, W)"""
    ### BEGIN SOLUTION
    lines = x.reshape(len(x), groups, -1)
    mean = lines.mean(dim=2, keepdim=True)
    variance = ((lines - mean) ** 2).mean(dim=2, keepdim=True)
    return ((lines - mean) / torch.sqrt(variance + 1e-5)).reshape(x.shape)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-group-norm", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.group_norm(group_norm)
### BEGIN HIDDEN TESTS
check.group_norm(group_norm, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function on one photograph in four lights. (No points.)
from utils.see import normalisation as see

see.lighting(group_norm)

# %% [markdown]
# ## Task 4 ★★ Whole channels vanish (12 minutes, 2 points)
#
# Write Dropout2d. In training each channel of each image vanishes with probability p, apart from all others, and anew in
# each call; what stays is made larger by 1/(1 − p), so that the expected sum stays the same. Otherwise nothing happens.
# Draw with torch's own random numbers; a dropout that is there already is not allowed.
#
# <details><summary>Hint: one number for each channel of each image</summary>
#
# `torch.rand(N, C, 1, 1)` draws them, evenly from 0 to 1, in a shape that fits to (N, C, H, W). In which share of
# cases is such a number below p?
# </details>


# %% nbgrader={"grade": false, "grade_id": "dropout2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout2d(x, p, training):
    """x (N, C, H, W), 0 <= p < 1 -> (N, C, H, W)"""
    ### BEGIN SOLUTION
    if not training:
        return x
    stays = torch.rand(*x.shape[:2], 1, 1) >= p
    return x * stays / (1 - p)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-dropout2d", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.dropout2d(dropout2d)
### BEGIN HIDDEN TESTS
check.dropout2d(dropout2d, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function on a photograph, whose channels are its colours. (No points.)
from utils.see import normalisation as see

see.colours(dropout2d)

# %% [markdown]
# ## Task 5 ★★★ In pairs: repair a network (20 minutes, 3 points)
#
# The plan, for colour images of even height and width:
#
# | layer | output | parameters |
# |---|--:|--:|
# | convolution 3×3, same size, no bias | 16×H×W | 432 |
# | batch norm, ReLU | 16×H×W | 32 |
# | max pooling 2×2 | 16×H/2×W/2 | |
# | dropout of whole channels, p = 0.2 | 16×H/2×W/2 | |
# | convolution 3×3, same size, no bias | 32×H/2×W/2 | 4,608 |
# | batch norm, ReLU | 32×H/2×W/2 | 64 |
# | mean of each map | 32 | |
# | dropout, p = 0.5 | 32 | |
# | linear | 10 logits | 330 |
#
# What was built trains. But ask it twice about one image, after `eval()`, and it gives two answers, and others again if
# the image stands in another batch. (`F.batch_norm(x, None, None, training=True)` normalises with the mean and the
# variance of this batch, and that is all it does.)


# %%
class Built(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.second = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.linear = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(F.batch_norm(self.first(x), None, None, training=True))
        x = F.dropout(F.max_pool2d(x, 2), p=0.2)
        x = F.relu(F.batch_norm(self.second(x), None, None, training=True))
        x = x.mean(dim=(2, 3))
        return F.dropout(self.linear(x), p=0.5)


# %% [markdown]
# Write the planned network as one `nn.Sequential` of layers, for `network.train()` and `network.eval()` reach layers, and
# functions hear nothing of it. First one of you finds as many faults as possible while the other writes them down;
# then change places and write the layers. There are at least five faults.
#
# <details><summary>Hint: the mean of each map as a layer</summary>
#
# `nn.AdaptiveAvgPool2d(1)` makes (N, C, 1, 1) of (N, C, H, W), and `nn.Flatten()` makes (N, C) of that.
# </details>
#
# <details><summary>Hint: what the plan has and Built has not</summary>
#
# Compare the columns of parameters: 32 and 64 are nowhere, and 16 + 32 numbers are there that no gradient reaches.
# </details>
#
# <details><summary>Hint: two kinds of dropout, two places</summary>
#
# One is for maps, one for single numbers. Does a logit ever become 0 in the plan?
# </details>


# %% nbgrader={"grade": false, "grade_id": "repaired", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired():
    """Returns the network of the plan, an nn.Sequential: (N, 3, H, W) -> logits (N, 10)"""
    ### BEGIN SOLUTION
    first = [
        nn.Conv2d(3, 16, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
    ]
    between = [nn.MaxPool2d(2), nn.Dropout2d(0.2)]
    second = [
        nn.Conv2d(16, 32, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
    ]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(32, 10)]
    return nn.Sequential(*first, *between, *second, *head)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.repaired(repaired)
### BEGIN HIDDEN TESTS
check.repaired(repaired, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 6 ★★★ Backward by hand (25 minutes, 3 points)
#
# What does batch norm pass back in training? Of a batch x come y = γ · x̂ + β and x̂ = (x − mean) / √(variance + ε), with
# mean and variance of the batch, divided by m = N·H·W, and ε = 0.00001. From above comes `upstream`, as large as y: how
# the loss changes with each number of y. Return how it changes with x, with γ (`weight`) and with β. Everything is in
# double precision, so that nearly right is wrong. Do it by hand: let torch neither differentiate nor normalise.
#
# <details><summary>Hint: begin at the end</summary>
#
# β is added to every output of its channel, γ multiplies x̂ in each of them. Two sums. Then only x is left: first ask how
# the loss changes with x̂.
# </details>
#
# <details><summary>Hint: three ways from x to the loss</summary>
#
# A number of x changes its own x̂; it changes the mean, and with it every x̂ of the channel; and it changes the variance,
# and with it every x̂ as well. Write down the three for one number, with sums over its channel, and add them.
# </details>
#
# <details><summary>Hint: two tests that need no torch</summary>
#
# If all numbers of a channel grow by 1, nothing changes: so the gradients of a channel must add up to 0. If all are moved
# away from the mean by one factor, hardly anything changes: so must the gradients times x̂, but for what ε does.
# </details>


# %% nbgrader={"grade": false, "grade_id": "batch-norm-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_norm_backward(x, weight, upstream):
    """x (N, C, H, W), weight (C,), upstream (N, C, H, W) -> dx (N, C, H, W), dweight (C,), dbias (C,)"""
    ### BEGIN SOLUTION
    channel = (0, 2, 3)
    centred = x - x.mean(dim=channel, keepdim=True)
    root = torch.sqrt((centred**2).mean(dim=channel, keepdim=True) + 1e-5)
    normalised_x = centred / root
    own = upstream
    by_mean = upstream.mean(dim=channel, keepdim=True)
    by_variance = (upstream * normalised_x).mean(dim=channel, keepdim=True)
    dx = own - by_mean - normalised_x * by_variance
    dx = weight.view(1, -1, 1, 1) / root * dx
    return dx, (upstream * normalised_x).sum(dim=channel), upstream.sum(dim=channel)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-batch-norm-backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.batch_norm_backward(batch_norm_backward)
### BEGIN HIDDEN TESTS
check.batch_norm_backward(batch_norm_backward, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 7 ★ Predict: dropout after dropout (5 minutes, 1 point)
#
# `nn.Dropout(0.2)` stands twice in a row, in training mode. Which share of the numbers stays, and by what factor is
# what stays larger afterwards? State numbers; nothing is to be computed by torch.
#
# <details><summary>Hint: one after the other</summary>
#
# A number must survive the first *and* the second.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: share, factor"""
    ### BEGIN SOLUTION
    return 0.64, 1.5625
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
twice = nn.Sequential(nn.Dropout(0.2), nn.Dropout(0.2))
result = twice(torch.ones(100_000))
print((result > 0).float().mean(), result.max())

# %% [markdown]
# ## Task 8 ★★ Refute it: normalised (8 minutes, 1 point)
#
# This is to give each channel of maps (N, C, H, W) the mean 0 and the variance 1, as batch norm does before γ and β; ε
# is 0.00001.


# %%
def normalised(x):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    variance = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
    return (x - mean) / torch.sqrt(variance)


print(
    normalised(torch.arange(16.0).view(1, 2, 2, 4))
)  # means 0, variances 1, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: compare</summary>
#
# Which symbol of the formula in section 1 is not in the function? What is it for?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns x, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "Where a channel is constant its variance is 0, and without epsilon 0 is divided by 0."
    return torch.ones(1, 1, 2, 2), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 9 ★★ Explain (14 minutes, 4 points)
#
# A network with batch norm after every convolution ends in maps of 2×2. Its images are frames of films, only two fit into
# the memory at a time, and the loader takes both from one film: each batch holds two images of *one* class. In train mode
# 94 % are right on the batches it learns from; in eval mode 56 % of the same images.
#
# “The evaluation is broken”, says one student, “so I measure in train mode, with shuffled batches of 64.” “More dropout”,
# says another. “Group norm”, says a third.
#
# Explain what differs between the two modes, and what is special about these batches (use a number). Then judge the three
# proposals: what does each mend, what not? Six to nine sentences. (One point each for the two modes, for these batches,
# for the first proposal, for the other two.)
#
# <details><summary>Hint: how many numbers?</summary>
#
# Task 1, with N = 2 and maps of 2×2. And what have the images in common whose mean is taken away?
# </details>
#
# <details><summary>Hint: measuring in train mode</summary>
#
# Whose mean is subtracted from your image? And what does the layer do with its running statistics meanwhile?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-small-batches", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** In train mode batch norm normalises with the mean and variance of the batch, in eval mode with running
# averages of those of many batches. On 2×2 maps a batch of 2 gives 2·2·2 = 8 numbers per channel, and here they all come
# from one class. So what the batch's mean takes away is what the class has in common, and the layers behind learnt to read
# what is left, together with whom an image comes. The running statistics are averages over all classes; no batch it
# learnt from looked like that. Measuring in train mode with shuffled batches of 64 mends next to nothing: their means are
# those of many classes, too, which it was not trained with either. Besides, the answer for an image then depends on its
# company, and the running statistics move. Dropout works against learning by heart. Here the *training* images
# themselves are recognised worse in eval mode, so that is not what is wrong, and more noise will not mend it. Group norm
# takes its statistics from each image alone, over several channels: it does the same in both modes and in any company. It
# must be trained anew. (A loader that shuffles mends the cause. Tried with the lecture's network on 1,500 clothes, one
# seed: 94 % in train mode, 56 % in eval mode; 59 % in train mode with shuffled batches of 64; 90 % in eval mode with group
# norm.)
#
# **Rubric**
#
# - 1 point: batch statistics against running statistics.
# - 1 point: a batch of one class, with a number (8 numbers in a mean, or 2 images): its mean is that of the class, the
#   running one that of all classes.
# - 1 point: measuring in train mode is no remedy: shuffled batches are not what it was trained with, or an answer depends
#   on the other images, or the running statistics move.
# - 1 point: group norm does not use the batch, so it mends this; and dropout is for overfitting, which this is not.
