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
# # Exercises 03 · Fashion-MNIST: MLP against CNN
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/03_fashion_mnist/03_fashion_mnist.ipynb)
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
# Eight tasks on [lecture 03](../../lectures/03_fashion_mnist.ipynb), about 95 minutes, 20 points. Stars say how hard a
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
import math

import torch
from torch import nn
from torch.nn import functional as F

from utils.checks import fashion_mnist as check

# %% [markdown]
# ## Task 1 ★★ From logits to a loss (15 minutes, 3 points)
#
# Section 2 did it for one image. Do it for a batch: logits (N, K), one row for each of N images, and labels (N,), the
# numbers of the right classes. The loss of an image is minus the natural logarithm of the probability that softmax
# gives to the right class; return the mean over the images, a tensor without axes. It must also work for logits in the
# thousands. Use `exp`, `log` and `max`; a softmax, a sigmoid, a sum of exponentials or a loss that is there already is
# not allowed.
#
# <details><summary>Hint: one probability from each row</summary>
#
# `probabilities[torch.arange(len(labels)), labels]` picks from row 0 the column `labels[0]`, from row 1 the column
# `labels[1]`, and so on.
# </details>
#
# <details><summary>Hint: sums that keep their axis</summary>
#
# `x.sum(dim=1, keepdim=True)` has shape (N, 1), so it can be subtracted from or divided into (N, K).
# </details>
#
# <details><summary>Hint: exp(1000) is inf</summary>
#
# Softmax stays the same if the same number is subtracted from all logits of an image. Subtract the largest. Then take
# the logarithm by hand: ln(eᵃ / s) = a − ln s.
# </details>


# %% nbgrader={"grade": false, "grade_id": "cross-entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(logits, labels):
    """logits (N, K), labels (N,) -> loss ()"""
    ### BEGIN SOLUTION
    shifted = logits - logits.max(dim=1, keepdim=True).values
    log_probabilities = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -log_probabilities[torch.arange(len(labels)), labels].mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-cross-entropy", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.cross_entropy(cross_entropy)
### BEGIN HIDDEN TESTS
check.cross_entropy(cross_entropy, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: ten pictures that were learnt with your loss. (No points.)
from utils.see import fashion_mnist as see

see.templates(cross_entropy)

# %% [markdown]
# ## Task 2 ★★ One step in parts (14 minutes, 3 points)
#
# Section 3 took a step of training on one batch. Here the batch is too large for the memory, so it comes in parts, a list
# of pairs (x, y), and the parts are not equally large. Take *one* step on the mean cross-entropy (`F.cross_entropy`) of
# all images together, for any model and any optimizer, giving the model one part at a time, in the mode in which you get
# it. Return that mean, from before the step, as a Python number.
#
# <details><summary>Hint: what backward does to gradients</summary>
#
# It adds to those that are there. That is why they are emptied before a step, and why a step in parts is possible at all.
# </details>
#
# <details><summary>Hint: a mean from means</summary>
#
# Three images with a mean loss of 2 and one with 6: together 12, so the mean is 3. By which number must each part's mean
# be multiplied before they are added?
# </details>


# %% nbgrader={"grade": false, "grade_id": "train-batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_batch(model, optimizer, parts):
    """parts: a list of pairs (x, y), x (N, ...), y (N,) -> the mean loss before the step, a float"""
    ### BEGIN SOLUTION
    images = sum(len(y) for _, y in parts)
    mean = 0.0
    optimizer.zero_grad()
    for x, y in parts:
        loss = len(y) / images * F.cross_entropy(model(x), y)
        loss.backward()
        mean += loss.item()
    optimizer.step()
    return mean
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train-batch", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.train_batch(train_batch)
### BEGIN HIDDEN TESTS
check.train_batch(train_batch, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3 ★★ An accuracy that can be believed (10 minutes, 2 points)
#
# The share of images whose right class is among the `k` largest logits, from 0 to 1, over all batches together; with
# k = 1 that is the accuracy of section 3. The last batch may be smaller than the others. Nothing is learnt here, so torch
# need not remember anything for gradients.
#
# <details><summary>Hint: what to add up</summary>
#
# Two whole numbers: how many answers were right, how many images there were. Divide once, at the end.
# </details>
#
# <details><summary>Hint: the k largest</summary>
#
# `logits.topk(k, dim=1).indices` is (N, k), and `labels[:, None]` is (N, 1): these two can be compared.
# </details>
#
# <details><summary>Hint: no gradients</summary>
#
# `with torch.no_grad():` around the calls of the model, as in section 3.
# </details>


# %% nbgrader={"grade": false, "grade_id": "accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy(model, batches, k):
    """batches: a list of pairs (x, y), x (N, ...), y (N,) -> a float from 0 to 1"""
    ### BEGIN SOLUTION
    right = images = 0
    with torch.no_grad():
        for x, y in batches:
            largest = model(x).topk(k, dim=1).indices
            right += (largest == y[:, None]).any(dim=1).sum().item()
            images += len(y)
    return right / images
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-accuracy", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.accuracy(accuracy)
### BEGIN HIDDEN TESTS
check.accuracy(accuracy, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4 ★★ Repair a network (15 minutes, 2 points)
#
# The plan was a network like the one of section 8, twice as wide, for grey images of 28×28:
#
# | layer | output | parameters |
# |---|--:|--:|
# | convolution 3×3, same size, ReLU | 8×28×28 | 80 |
# | max pooling 2×2 | 8×14×14 | |
# | convolution 3×3, same size, ReLU | 16×14×14 | 1,168 |
# | max pooling 2×2 | 16×7×7 | |
# | flatten, linear | 10 logits | 7,850 |
#
# What was built cannot read a single image, and has more than one fault. It will be trained with `F.cross_entropy`.


# %%
def built():
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
        nn.Softmax(dim=1),
    )


# %% [markdown]
# <details><summary>Hint: it stops at the linear layer</summary>
#
# The message names two numbers: how many the layer gets, how many it wants. 16·5·5 = 400, 16·7·7 = 784. Which one is
# planned, and where have the pixels gone?
# </details>
#
# <details><summary>Hint: it runs, but is not done</summary>
#
# Compare the list with the table line by line. Then: who does the softmax (section 2)?
# </details>


# %% nbgrader={"grade": false, "grade_id": "repaired", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired():
    """Returns the network of the plan: (N, 1, 28, 28) -> logits (N, 10)"""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.repaired(repaired)
### BEGIN HIDDEN TESTS
check.repaired(repaired, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your network learns, and is wrong. (No points.)
from utils.see import fashion_mnist as see

see.mistakes(repaired)

# %% [markdown]
# ## Task 5 ★★★ Measure: who minds being moved? (15 minutes, 3 points)
#
# Section 6 moved images and watched the accuracy. There is a measure that needs no labels: of all images, which share
# keeps its class when the image is moved right by some pixels? The class is the one with the largest logit. Pixels that
# leave at the right are lost; zeros come in at the left. Write the measurement.
#
# <details><summary>Hint: which axis is to the right?</summary>
#
# (N, C, H, W): columns are the last axis. `images[..., :-1]` is all but the last column.
# </details>
#
# <details><summary>Hint: pixels = 0</summary>
#
# `images[..., :-0]` is empty. `images[..., : W - pixels]`, where W is `images.shape[3]`, is not.
# </details>


# %% nbgrader={"grade": false, "grade_id": "unchanged", "locked": false, "schema_version": 3, "solution": true, "task": false}
def unchanged(model, images, pixels):
    """images (N, C, H, W) -> the share that keeps its class, a float from 0 to 1"""
    ### BEGIN SOLUTION
    moved = torch.zeros_like(images)
    moved[..., pixels:] = images[..., : images.shape[3] - pixels]
    with torch.no_grad():
        same = model(images).argmax(dim=1) == model(moved).argmax(dim=1)
    return same.float().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-unchanged", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.unchanged(unchanged)
### BEGIN HIDDEN TESTS
check.unchanged(unchanged, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your measure on three networks. (No points.)
from utils.see import fashion_mnist as see

see.moved(unchanged)

# %% [markdown]
# ## Task 6 ★ Predict: a network that knows nothing (5 minutes, 1 point)
#
# A network answers every image with ten equal logits, one for each of ten classes that are equally frequent. What is
# its mean cross-entropy, and which share of a random guess is right? (1 % off is near enough.) State numbers; nothing
# is to be computed by torch.
#
# <details><summary>Hint: a probability</summary>
#
# Softmax of ten equal numbers: what does the right class get? The loss is minus the natural logarithm of that.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: loss, share"""
    ### BEGIN SOLUTION
    return math.log(10), 0.1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
logits, labels = torch.zeros(1000, 10), torch.arange(1000) % 10
print(F.cross_entropy(logits, labels))

# %% [markdown]
# ## Task 7 ★★ Refute it: who is right? (8 minutes, 2 points)
#
# This is to compute the accuracy from logits (N, K) and labels (N,): the share of images whose largest logit is that of
# the right class.


# %%
def share_right(logits, labels):
    probabilities = logits.softmax(dim=1)
    of_the_right_class = probabilities[range(len(labels)), labels]
    return (of_the_right_class > 0.5).float().mean().item()


print(
    share_right(torch.tensor([[3.0, 0, 0], [0, 4, 0]]), torch.tensor([0, 2]))
)  # 0.5, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: two classes and more</summary>
#
# With two classes it is right. What can happen with three?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns logits, labels, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "With three classes the largest probability may be below one half, and is the answer all the same."
    return torch.tensor([[1.0, 0.9, 0.9]]), torch.tensor([0]), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Would you believe it? (15 minutes, 4 points)
#
# From a report: “We trained ten networks with different learning rates, each once, and looked at the test accuracy
# after every epoch. The best was a CNN, after epoch 7, with 0.91224 on the 10,000 test images, averaged over batches of
# 32. The best MLP reached 0.90. So CNNs are better.”
#
# Name four things that are wrong with this comparison, why each matters, and how you would do it (one point each). Six to
# ten sentences.
#
# <details><summary>Hint: five questions to ask of any comparison</summary>
#
# Same data? Same recipe? How many seeds, with what spread? Who looked at the test images, and how often? What exactly
# was averaged?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-comparison", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** The epoch and the learning rate were chosen by the test images. An image that helped to choose can
# no longer tell how good the choice was: the best of many noisy numbers is too high. Choose by validation images, and
# touch the test images once. Each network was trained once, so the gap of 1.2 points may be the luck of a seed; train
# several seeds and show the spread beside the gap. 0.91224 cannot be a share of 10,000 images: it is an average of
# batch averages in which the last, smaller batch counts as much as the others. Count right answers over all images. And
# nothing is said of the recipes, of size and of time: were both tuned with the same effort, on the same data? Even a
# sound result would be about these two networks on these images, not about CNNs.
#
# **Rubric**
#
# - 1 point: test images were used to choose; validation images are for that.
# - 1 point: one run each; several seeds and their spread.
# - 1 point: averaged over batches; count over images.
# - 1 point: another sound point: recipes tuned with unequal effort, size and time not told, conclusion too wide.
