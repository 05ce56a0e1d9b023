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
# # Exercises 10 · Transfer learning
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/10_transfer/10_transfer.ipynb)
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
# Eight tasks on [lecture 10](../../lectures/10_transfer.ipynb), about 95 minutes, 20 points. Stars say how hard a task
# is.
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

from utils.checks import transfer as check

# %% [markdown]
# ## Task 1 ★ What keeping features saves (10 minutes, 2 points)
#
# An image costs the trunk `trunk` multiply-adds forward, and the head `head`. Backward costs twice as much as
# forward, in every layer that learns: once for its weights, once for what it passes down. (The lowest layer that learns
# passes nothing down. Take it like the others.) There are `images` images and `epochs` epochs. Return the multiply-adds of
# three trainings:
#
# - `through`: the head learns, the trunk is frozen, and in every epoch each image passes through both;
# - `kept`: the head learns from features that were computed once;
# - `everything`: all layers learn.
#
# <details><summary>Hint: where must gradients go?</summary>
#
# From the loss back to every weight that is to change. Below the lowest of them nothing needs a gradient.
# </details>
#
# <details><summary>Hint: count one image in one epoch first</summary>
#
# What does a layer cost that learns, forward and backward together? And a frozen trunk under a head that learns?
# </details>


# %% nbgrader={"grade": false, "grade_id": "multiply-adds", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multiply_adds(trunk, head, images, epochs):
    """-> three whole numbers"""
    ### BEGIN SOLUTION
    through = epochs * images * (trunk + 3 * head)
    kept = images * trunk + epochs * images * 3 * head
    everything = epochs * images * 3 * (trunk + head)
    return through, kept, everything
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-multiply-adds", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.multiply_adds(multiply_adds)
### BEGIN HIDDEN TESTS
check.multiply_adds(multiply_adds, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★★ A new head (14 minutes, 3 points)
#
# In the networks of this course, `model.classifier` is a linear layer (ResNets) or an `nn.Sequential` that ends in one
# (VGG). Replace that last layer, and only that, by a new one that returns `num_classes` logits, and let no other
# parameter learn. (The statistics of batch norm are the matter of task 5.) Return the network.
#
# <details><summary>Hint: how many numbers does it read?</summary>
#
# As many as the old one: `old.in_features`.
# </details>
#
# <details><summary>Hint: in which order?</summary>
#
# `model.requires_grad_(False)` freezes every parameter that the model has at that moment. A new layer's parameters
# learn unless told otherwise.
# </details>
#
# <details><summary>Hint: two kinds of classifier</summary>
#
# `isinstance(model.classifier, nn.Sequential)` tells them apart. The last layer of a sequence is `sequence[-1]`, and
# one may assign to it.
# </details>


# %% nbgrader={"grade": false, "grade_id": "new-head", "locked": false, "schema_version": 3, "solution": true, "task": false}
def new_head(model, num_classes):
    """-> the model, its last layer new, all else frozen"""
    ### BEGIN SOLUTION
    model.requires_grad_(False)
    if isinstance(model.classifier, nn.Sequential):
        old = model.classifier[-1]
        model.classifier[-1] = nn.Linear(old.in_features, num_classes)
    else:
        model.classifier = nn.Linear(model.classifier.in_features, num_classes)
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-new-head", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.new_head(new_head)
### BEGIN HIDDEN TESTS
check.new_head(new_head, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3 ★★ Keep the features (14 minutes, 3 points)
#
# Compute the features of all images, in their order, giving the trunk at most `batch_size` images at a time. The
# trunk must come back as it went in: the same weights, the same running statistics, and the same mode, training or
# evaluation, whichever it was in. Nothing is to be recorded for `backward`, and a head must be able to learn from the
# features afterwards.
#
# <details><summary>Hint: the pieces</summary>
#
# `images.split(batch_size)` is a tuple of batches, the last one smaller. `torch.cat(list_of_tensors)` joins them
# again.
# </details>
#
# <details><summary>Hint: the mode</summary>
#
# `trunk.training` is True or False. `trunk.train(value)` sets it.
# </details>
#
# <details><summary>Hint: memory</summary>
#
# What a network returns holds on to everything `backward` would need. Under `with torch.no_grad():` it does not.
# </details>


# %% nbgrader={"grade": false, "grade_id": "keep-features", "locked": false, "schema_version": 3, "solution": true, "task": false}
def keep_features(trunk, images, batch_size):
    """images (N, C, H, W) -> features (N, K)"""
    ### BEGIN SOLUTION
    was_training = trunk.training
    trunk.eval()
    with torch.no_grad():
        features = torch.cat([trunk(batch) for batch in images.split(batch_size)])
    trunk.train(was_training)
    return features
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-keep-features", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.keep_features(keep_features)
### BEGIN HIDDEN TESTS
check.keep_features(keep_features, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: which photographs have like features. (No points.)
from utils.see import transfer as see

see.neighbours(keep_features)

# %% [markdown]
# ## Task 4 ★★ A learning rate for each depth (12 minutes, 3 points)
#
# `pieces` is a network as a list, from the first layers to the head. Return a list of parameter groups for
# `torch.optim.SGD`, one for each piece that has parameters, with all of them in it, also those that are frozen for the
# moment. The head learns with `rate`, the
# piece below it with `rate * factor`, the next with `rate * factor * factor`, and so on. Pieces without parameters (a
# ReLU, a mean) get no group and do not count. (In the lecture the mean counted; here it does not.) The groups may
# come in any order, and `pieces` stays as it is.
#
# For a convolution, a ReLU and a linear layer, rate 0.1 and factor 0.5: 0.1 for the linear layer, 0.05 for the
# convolution.
#
# <details><summary>Hint: what is a group?</summary>
#
# A dictionary: `{"params": list(piece.parameters()), "lr": 0.1}`.
# </details>
#
# <details><summary>Hint: from the top down</summary>
#
# `reversed(pieces)` begins at the head. When does the rate become smaller, and when does it not?
# </details>


# %% nbgrader={"grade": false, "grade_id": "rates", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rates(pieces, rate, factor):
    """-> a list of groups, each {"params": ..., "lr": ...}"""
    ### BEGIN SOLUTION
    groups = []
    for piece in reversed(pieces):
        parameters = list(piece.parameters())
        if parameters:
            groups.append({"params": parameters, "lr": rate})
            rate = rate * factor
    return groups
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-rates", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.rates(rates)
### BEGIN HIDDEN TESTS
check.rates(rates, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5 ★★★ Repair a transfer (16 minutes, 3 points)
#
# The plan: keep the trunk exactly as it is, put a new head for two classes on it, **the head's weights and biases zero
# at first** (so that a check can compare), and train the head by plain gradient descent (`torch.optim.SGD`, learning
# rate 0.1, no momentum) for `steps` steps, each on all images. After 0 steps the head is still zero. Hand the network
# back ready for use. `images` are uint8, 0 to 255. `mean` and `std`, three numbers each, are those of the images that
# the network was trained with, on the scale 0 to 1. This was built:


# %%
def built(model, images, labels, mean, std, steps):
    x = images / 255
    x = (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True)
    model.requires_grad_(False)
    optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.1)
    model.classifier = nn.Linear(model.classifier.in_features, 2)
    model.train()
    for _ in range(steps):
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# %% [markdown]
# What its users report: the loss does not fall, however many steps. One of them has printed the running means of the
# batch norm: they are not what they were. The same image gets one answer alone and another in company. And its users, who
# prepare their pictures with the same two lines as here, get the same answers for dark pictures as for bright ones. (The
# network has `features`, with batch norm and dropout in it, then a
# mean over the map, then `classifier`, a linear layer.)
#
# <details><summary>Hint: the loss does not fall</summary>
#
# Whose parameters does the optimizer hold? Was the new head there when it was made?
# </details>
#
# <details><summary>Hint: two reports, one line</summary>
#
# Which mode is the network in while it is trained, and in which is it handed back? A linear layer learns in either.
# </details>
#
# <details><summary>Hint: dark and bright</summary>
#
# What has every set of pictures in common after the second line of `built`?
# </details>


# %% nbgrader={"grade": false, "grade_id": "repaired", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired(model, images, labels, mean, std, steps):
    """images (N, 3, H, W) uint8, labels (N,), mean and std (3,) -> the network, ready for use"""
    ### BEGIN SOLUTION
    x = (images / 255 - mean[:, None, None]) / std[:, None, None]
    model.requires_grad_(False)
    model.classifier = nn.Linear(model.classifier.in_features, 2)
    nn.init.zeros_(model.classifier.weight)
    nn.init.zeros_(model.classifier.bias)
    optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.1)
    model.eval()
    for _ in range(steps):
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.repaired(repaired)
### BEGIN HIDDEN TESTS
check.repaired(repaired, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: a network that has never been shown a cat, after your training. (No points.)
from utils.see import transfer as see

see.cats(repaired)

# %% [markdown]
# ## Task 6 ★ Predict: a new head on ResNet-18 (5 minutes, 1 point)
#
# ResNet-18 for ImageNet has 11,689,512 parameters, biases among them; its last layer leads from 512 numbers to 1,000
# classes. It is replaced by one for 2 classes, and all else is frozen. How many parameters learn, and how many has the
# network now, the frozen ones among them? State numbers; nothing is to be computed by torch.
#
# <details><summary>Hint: a linear layer</summary>
#
# From 512 numbers to K classes: weights *and* biases.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: learning, all_of_them"""
    ### BEGIN SOLUTION
    return 1_026, 11_177_538
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
new, old = nn.Linear(512, 2), nn.Linear(512, 1000)
learning, gone = (sum(p.numel() for p in layer.parameters()) for layer in (new, old))
print(f"{learning:,} learn; {11_689_512 - gone + learning:,} in all")

# %% [markdown]
# ## Task 7 ★★ Refute it: has it changed? (8 minutes, 2 points)
#
# This is to say whether the weights of a frozen layer are what they were: both tensors have the same shape.


# %%
def unchanged(before, after):
    return before.sum().item() == after.sum().item()


print(
    unchanged(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.5]))
)  # False, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: one number for many</summary>
#
# How many tensors have the sum 3?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns before, after, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "Two weights that are exchanged leave the sum as it was, and so do many other changes."
    return torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0]), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (14 minutes, 3 points)
#
# A hospital has 60 labelled X-ray images of two kinds. Three trainings of the same ResNet-18:
#
# | what learns | first weights | training accuracy | validation accuracy (100 other images) |
# |---|---|--:|--:|
# | everything | random | 100 % | 60 % |
# | everything | ImageNet | 100 % | 75 % |
# | the head | ImageNet | 90 % | 80 % |
#
# Ann: “The third is the best, so the head alone is the right choice, and photographs teach all one needs to know of
# X-rays.” Ben: “Features of cats and cars cannot help with X-rays. The first row only needs more epochs.” What does
# the table say against Ben, how far is Ann right, and why does the network that fits the training images worst do
# well on others? Which measurement would you ask for next? Five to eight sentences. (One point each for Ben, for why
# the head does well, for a limit of the table with the measurement that you ask for.)
#
# <details><summary>Hint: how much is 5 points of 100 images?</summary>
#
# Lecture 05, section 6: the share right among n images scatters by √(p(1 − p)/n).
# </details>
#
# <details><summary>Hint: more epochs</summary>
#
# What is left to learn from the training images in the first row?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-labels", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** Against Ben: with the same layers learning, ImageNet's weights give 75 % instead of 60 %, so
# what they know does help; and more epochs cannot help the first row, which is right on all its training images
# already. It overfits: 11 million weights, 60 images. The head has about a thousand weights to choose, so it cannot
# store 60 images as easily; it must use what the features have to offer, and that carries over better to other
# images. So with few labels fewer layers should learn, and so far Ann is right. But 80 % against 75 % is five images
# of 100. Each share scatters by about 4 points, so the table does not show that the head alone is better than
# fine-tuning everything. Nor does it say that photographs teach all one needs: with more X-rays fine-tuning may well
# win, as late features were made for other things. I would ask for several seeds and splits, more validation images,
# and for the accuracy with more labels, or with only the top layers learning, at a smaller learning rate.
#
# **Rubric**
#
# - 1 point: Ben is wrong: the same training from ImageNet is better; the first row overfits (100 % in training), so
#   more epochs do not help.
# - 1 point: why the head does well: few parameters learn from few images, the features are given.
# - 1 point: a limit of the table: 5 points are five images of 100 (each share scatters by about 4), or one run each;
#   and a measurement that would decide (seeds, more validation images, more labels, top layers, smaller rate).
