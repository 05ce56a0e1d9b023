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
# # Exercises 04 · Data: datasets, loaders, transforms
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/04_data/04_data.ipynb)
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
# Eight tasks on [lecture 04](../../lectures/04_data.ipynb), about 90 minutes, 20 points. Stars say how hard a task is.
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
from torch.utils.data import Dataset

from utils.checks import data as check

# %% [markdown]
# ## Task 1 ★ Bytes to a network's numbers (8 minutes, 2 points)
#
# From pixels as an image file holds them, a `uint8` tensor (H, W, C), to what a network expects: floats of 32 bits
# from 0 to 1, (C, H, W). Without torchvision.
#
# <details><summary>Hint: permute or reshape?</summary>
#
# Both can give the right shape. Only one of them moves the axes; the other cuts the numbers anew (section 3).
# </details>


# %% nbgrader={"grade": false, "grade_id": "to-tensor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_tensor(pixels):
    """pixels (H, W, C), uint8 -> (C, H, W), float, 0 to 1"""
    ### BEGIN SOLUTION
    return pixels.permute(2, 0, 1).float() / 255
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-to-tensor", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.to_tensor(to_tensor)
### BEGIN HIDDEN TESTS
check.to_tensor(to_tensor, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function on a photograph. (No points.)
from utils.see import data as see

see.axes_moved(to_tensor)

# %% [markdown]
# ## Task 2 ★★ A lazy data set (15 minutes, 3 points)
#
# Finish the class: write `__init__`, and the two methods that make it a data set (section 2). It is made from a list of
# paths, a list of labels, and a function `read` that opens a path and returns an image. `transform` is a function from an
# image to an image, or None. An image is read once whenever its item is asked for, not before, and it is not kept.
#
# <details><summary>Hint: what to keep</summary>
#
# `__init__` keeps the four things it is given: `self.paths = paths`, and so on. It reads nothing.
# </details>
#
# <details><summary>Hint: three methods</summary>
#
# `len(photos)` calls `__len__(self)`, `photos[i]` calls `__getitem__(self, i)`. The second returns a pair.
# </details>


# %% nbgrader={"grade": false, "grade_id": "lazy-photos", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LazyPhotos(Dataset):
    """Items are (image, label), each image read when it is asked for."""

    def __init__(self, paths, labels, read, transform=None):
        ### BEGIN SOLUTION
        self.paths = paths
        self.labels = labels
        self.read = read
        self.transform = transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = self.read(self.paths[index])
        if self.transform is not None:
            image = self.transform(image)
        return image, self.labels[index]
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-lazy-photos", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.lazy_photos(LazyPhotos)
### BEGIN HIDDEN TESTS
check.lazy_photos(LazyPhotos, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3 ★★ A crop anywhere (12 minutes, 3 points)
#
# Cut a square of `size`×`size` out of an image (C, H, W), every place as likely as every other, the first and the last
# among them. Draw with torch's own random numbers, `torch.randint`.
#
# <details><summary>Hint: how many places?</summary>
#
# Count them as in lecture 01: along an axis of H cells a window of s cells fits at H − s + 1 places.
# </details>
#
# <details><summary>Hint: what randint gives</summary>
#
# `torch.randint(n, ()).item()` is one of 0, 1, …, n − 1.
# </details>


# %% nbgrader={"grade": false, "grade_id": "random-crop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_crop(image, size):
    """image (C, H, W) -> (C, size, size)"""
    ### BEGIN SOLUTION
    _, height, width = image.shape
    top = torch.randint(height - size + 1, ()).item()
    left = torch.randint(width - size + 1, ()).item()
    return image[:, top : top + size, left : left + size]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-random-crop", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.random_crop(random_crop)
### BEGIN HIDDEN TESTS
check.random_crop(random_crop, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: which part of a photograph your crops show. (No points.)
from utils.see import data as see

see.seen_by_crops(random_crop)

# %% [markdown]
# ## Task 4 ★★ Measure what to normalise with (12 minutes, 2 points)
#
# Mean and standard deviation of each channel, over all pixels of all images, of pixel values from 0 to 1. The images come
# in batches (N, C, H, W) of `uint8`, and batches are not equally large. The standard deviation is the one of section 8,
# divided by n and not by n − 1.
#
# <details><summary>Hint: three sums</summary>
#
# For each channel: how many pixels, the sum of their values, the sum of their squares. All three can be added up from
# batch to batch; means and standard deviations cannot.
# </details>
#
# <details><summary>Hint: a sum for each channel</summary>
#
# `batch.sum(dim=(0, 2, 3))` adds over images, rows and columns and leaves (C,).
# </details>


# %% nbgrader={"grade": false, "grade_id": "statistics", "locked": false, "schema_version": 3, "solution": true, "task": false}
def statistics(batches):
    """batches: a list of (N, C, H, W), uint8 -> mean (C,), std (C,)"""
    ### BEGIN SOLUTION
    count, total, squares = 0, 0.0, 0.0
    for batch in batches:
        batch = batch.double() / 255
        count += batch[:, 0].numel()
        total = total + batch.sum(dim=(0, 2, 3))
        squares = squares + (batch**2).sum(dim=(0, 2, 3))
    mean = total / count
    return mean, (squares / count - mean**2).sqrt()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-statistics", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.statistics(statistics)
### BEGIN HIDDEN TESTS
check.statistics(statistics, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: a network learns, with your numbers and without. (No points.)
from utils.see import data as see

see.easier(statistics)

# %% [markdown]
# ## Task 5 ★★★ Repair a split that leaks (18 minutes, 3 points)
#
# A data set has several X-ray images of each patient. `patients`, (N,), holds the number of the patient of each image. It
# was divided like this, and validation looked wonderful:


# %%
def leaking_split(patients, share, generator):
    order = torch.randperm(len(patients), generator=generator)
    validation = round(share * len(patients))
    return order[validation:], order[:validation]


# %% [markdown]
# Write a split that does not leak: all images of a patient are in one part. About `share` of the *patients* are for
# validation. Return the indices of the images of each part. Patients are chosen at random, with the generator; the same
# seed gives the same parts.
#
# <details><summary>Hint: who is divided?</summary>
#
# The patients. `patients.unique()` lists them. Choose among these, then ask of each image whether its patient is chosen.
# </details>
#
# <details><summary>Hint: from patients back to images</summary>
#
# `torch.isin(patients, chosen)` is True where an image's patient is among the chosen ones, and
# `torch.nonzero(mask)[:, 0]` are the indices at which a mask is True.
# </details>


# %% nbgrader={"grade": false, "grade_id": "split", "locked": false, "schema_version": 3, "solution": true, "task": false}
def split(patients, share, generator):
    """patients (N,) -> indices for training (n,), indices for validation (N - n,)"""
    ### BEGIN SOLUTION
    people = patients.unique()
    order = torch.randperm(len(people), generator=generator)
    chosen = people[order[: round(share * len(people))]]
    validation = torch.isin(patients, chosen)
    return torch.nonzero(~validation)[:, 0], torch.nonzero(validation)[:, 0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-split", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.split(split)
### BEGIN HIDDEN TESTS
check.split(split, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: what a split foretells. (No points.)
from utils.see import data as see

see.leaks(split)

# %% [markdown]
# ## Task 6 ★ Predict: pictures from one picture (5 minutes, 1 point)
#
# A picture of 3×32×32, in which no two pixels are alike, gets 4 zeros on each side. A square of 32×32 is cut out
# anywhere, and mirrored or not. How many different pictures can come out of this one? State numbers; nothing is to be
# computed by torch.
#
# <details><summary>Hint: places</summary>
#
# As in task 3: how many places are there along one axis of 40 cells?
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your number: pictures"""
    ### BEGIN SOLUTION
    return 162
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
picture = torch.arange(32.0 * 32).view(1, 32, 32) + 1
padded = torch.nn.functional.pad(picture, (4, 4, 4, 4))
found = set()
for top in range(9):
    for left in range(9):
        crop = padded[:, top : top + 32, left : left + 32]
        found |= {tuple(each.flatten().tolist()) for each in (crop, crop.flip(2))}
print(len(found))

# %% [markdown]
# ## Task 7 ★★ Refute it: labels from 0 (8 minutes, 2 points)
#
# Cross-entropy wants labels 0, 1, 2, … This is to make such labels of any whole numbers (N,), in the order of the old
# ones, without gaps.


# %%
def from_zero(labels):
    return labels - labels.min()


print(from_zero(torch.tensor([3, 5, 4, 3])))  # 0, 2, 1, 0, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: cats and dogs</summary>
#
# Which labels do cats and dogs have in CIFAR-10?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns labels, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "If a number between the smallest and the largest does not occur, its place stays empty, and there are gaps."
    return torch.tensor([3, 5]), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (14 minutes, 4 points)
#
# A student classifies photographs of road signs, some of which show arrows. The student mirrors every training image with
# probability one half, computes mean and standard deviation over all images, test images included, makes ten
# augmented copies of each photograph, shuffles them all, and takes a tenth of the copies for validation. Validation
# accuracy is 99 %, test accuracy 81 %.
#
# Find three mistakes, say for each what it does to one of the two numbers or to the network, and say what to do instead.
# Five to eight sentences. (One point for each mistake, and one for saying what to do instead of the gravest.)
#
# <details><summary>Hint: in which order?</summary>
#
# Write down in which order things should happen: split, statistics, augmentation. Then compare.
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-leaks", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** Copies of one photograph stand in training and in validation, so validation asks for what was learnt
# by heart: 99 % says nothing about new photographs. Split first, by photograph, and augment afterwards, the training
# part only. A mirrored arrow to the left is an arrow to the right, so half of these images teach a wrong label, and the
# network cannot tell the two signs apart; that costs accuracy on test images. Crop and change brightness instead, or
# mirror only signs that stay themselves. The statistics have seen the test images. It changes little here, but test
# images must not take part in anything that is learnt: compute them on training images, and use the same numbers for
# all parts. The 81 % is the number nearer to the truth.
#
# **Rubric**
#
# - 1 point: siblings on both sides of the split, and so 99 % is worth nothing.
# - 1 point: what to do instead: split by photograph first, augment the training part only.
# - 1 point: mirroring arrows changes the label, with its effect or remedy.
# - 1 point: statistics from training images only, and why.
