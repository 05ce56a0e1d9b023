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
# # Exercises 01 · Convolution arithmetic
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/01_convolution_arithmetic/01_convolution_arithmetic.ipynb)
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
# Eight tasks on [lecture 01](../../lectures/01_convolution_arithmetic.ipynb), about 90 minutes, 20 points. Stars say how
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

from utils.checks import convolution_arithmetic as check

# %% [markdown]
# ## Task 1 ★ How large? (8 minutes, 2 points)
#
# Write the formula of section 4: from the size of the input, the size of the kernel, the stride and the padding on each
# side, all in cells, to the size of the output. Whole numbers in, a whole number out. You may rely on the kernel
# fitting into the padded input. Write the formula; no convolution or pooling of torch is to tell you.
#
# <details><summary>Hint: which formula was it?</summary>
#
# Count places of the window. The first one is always there. How many cells are left to move over, and how many steps is
# that?
# </details>
#
# <details><summary>Hint: a step that does not fit</summary>
#
# Input 6, kernel 3, stride 2: the window stands at 0 and at 2, and 4 would be too far. One cell is lost. How does Python
# divide so that a rest is lost?
# </details>


# %% nbgrader={"grade": false, "grade_id": "output-size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_size(input_size, kernel_size, stride, padding):
    """The number of outputs along one axis."""
    ### BEGIN SOLUTION
    return (input_size + 2 * padding - kernel_size) // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-output-size", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.output_size(output_size)
### BEGIN HIDDEN TESTS
check.output_size(output_size, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★★ Slide, with steps and a rim (15 minutes, 3 points)
#
# The lecture wrote `slide` with stride 1 and no padding. Write it with both: put `padding` rows and columns of zeros on
# all four sides of the image, then move the window `stride` cells at a time. The kernel need not be square. Loops are
# fine. Not with a convolution that is there already.
#
# <details><summary>Hint: zeros around the image</summary>
#
# Make zeros that are larger by `2 * padding` in each direction, then copy the image into their middle:
# `padded[padding : padding + H, padding : padding + W] = image`. Or look up `F.pad`.
# </details>
#
# <details><summary>Hint: where does the window begin?</summary>
#
# The output at (y, x) belongs to the window whose corner is at (y · stride, x · stride) of the padded image.
# </details>


# %% nbgrader={"grade": false, "grade_id": "correlate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def correlate(image, kernel, stride, padding):
    """image (H, W), kernel (h, w) -> the cross-correlation, sized as in task 1"""
    ### BEGIN SOLUTION
    padded = F.pad(image, (padding, padding, padding, padding))
    h, w = kernel.shape
    rows = (padded.shape[0] - h) // stride + 1
    columns = (padded.shape[1] - w) // stride + 1
    output = torch.zeros(rows, columns, dtype=image.dtype)
    for y in range(rows):
        for x in range(columns):
            top, left = y * stride, x * stride
            output[y, x] = (padded[top : top + h, left : left + w] * kernel).sum()
    return output
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-correlate", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.correlate(correlate)
### BEGIN HIDDEN TESTS
check.correlate(correlate, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function under kernels that find edges. (No points.)
from utils.see import convolution_arithmetic as see

see.edges(correlate)

# %% tags=["see-it"]
# See it: your function looks for a star. (No points.)
from utils.see import convolution_arithmetic as see

see.stars(correlate)

# %% [markdown]
# ## Task 3 ★★ In pairs: three operations in a row (12 minutes, 3 points)
#
# On paper you did something like it in section 10, for one A and one B. Now for all, and with other numbers down than
# across:
#
# a. Max pool $A$, (H, W) with odd H and W, with windows of 3×3 and stride 2. Call the result $C$.
#
# b. Pad $C$ with 1 row of zeros above and below, and with 2 columns of zeros left and right, and cross-correlate with
# $B$, (3, 3), stride 1. Call the result $D$.
#
# c. Cross-correlate $D$ with $B$, no padding, moving by 2 down and by 3 across. Call the result $E$.
#
# Use whatever `utils.convolution` or torch has. One of you writes, the other says beforehand which sizes must come out.
#
# <details><summary>Hint: torch wants more axes</summary>
#
# `F.max_pool2d` wants a channel axis in front, `F.conv2d` wants two more axes, for image and for kernel: `A[None]` adds
# one, `A[None, None]` two. Take them off again from the result: `[0]`, `[0, 0]`.
# </details>
#
# <details><summary>Hint: two numbers instead of one</summary>
#
# Where a function takes a stride or a padding, it also takes a pair, first down, then across. Or pad by yourself, before.
# </details>
#
# <details><summary>Hint: without torch's functions</summary>
#
# `from utils.convolution import cross_correlate, max_pool` inside your function gives the slow ones of the lecture. They
# take and give (H, W).
# </details>


# %% nbgrader={"grade": false, "grade_id": "three-operations", "locked": false, "schema_version": 3, "solution": true, "task": false}
def three_operations(A, B):
    """A (H, W), B (3, 3) -> C ((H - 1)/2, (W - 1)/2), D, E"""
    ### BEGIN SOLUTION
    C = F.max_pool2d(A[None], kernel_size=3, stride=2)[0]
    D = F.conv2d(C[None, None], B[None, None], padding=(1, 2))[0, 0]
    E = F.conv2d(D[None, None], B[None, None], stride=(2, 3))[0, 0]
    return C, D, E
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-three-operations", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.three_operations(three_operations)
### BEGIN HIDDEN TESTS
check.three_operations(three_operations, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4 ★★ Repair a network (12 minutes, 2 points)
#
# This was the plan, for colour images whose height and width are multiples of 8. Padding is the same on all four sides:
#
# | layer | channels | kernel, stride | size afterwards |
# |---|---|---|---|
# | convolution, ReLU | 3 → 16 | 3, 1 | H × W |
# | max pooling | | 2, 2 | H/2 × W/2 |
# | convolution, ReLU | 16 → 32 | 5, 1 | H/2 × W/2 |
# | max pooling | | 2, 2 | H/4 × W/4 |
# | convolution | 32 → 8 | 3, 2 | H/8 × W/8 |
#
# And this was built. Somebody was tired. Do not search by trying: write the sizes beside the layers first.


# %%
def built():
    return nn.Sequential(
        nn.Conv2d(3, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(3, 32, kernel_size=5, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=1),
        nn.Conv2d(32, 8, kernel_size=3, stride=2),
    )


# %% [markdown]
# <details><summary>Hint: the first message of torch</summary>
#
# “expected input to have 3 channels, but got 16”: the layer that complains is not the first one. What does it get from
# the layer before it?
# </details>
#
# <details><summary>Hint: which padding keeps the size?</summary>
#
# At stride 1: p = (k − 1)/2. For the last layer, put k = 3, s = 2 and an even i into the formula of task 1.
# </details>


# %% nbgrader={"grade": false, "grade_id": "repaired", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired():
    """Returns the network of the plan, an nn.Sequential: (N, 3, H, W) -> (N, 8, H/8, W/8)"""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(3, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(16, 32, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(32, 8, kernel_size=3, stride=2, padding=1),
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-repaired", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.repaired(repaired)
### BEGIN HIDDEN TESTS
check.repaired(repaired, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5 ★★★ Backwards through a pooling (18 minutes, 3 points)
#
# How does one compute the derivative of max pooling? Windows of 2×2, stride 2, on an image (H, W) with even H and W.
# From above comes `upstream`, (H/2, W/2): for each output, how the loss changes with it (in section 9 that was 1).
# Return how the loss changes with each cell of the image, (H, W). If several cells of a window are equally large, torch
# takes the first of them, row by row; do as torch does. Do it by hand: let torch neither differentiate nor undo a
# pooling.
#
# <details><summary>Hint: what one window does</summary>
#
# The winner of the window gets the window's number of `upstream`, all of it. The other three get 0.
# </details>
#
# <details><summary>Hint: who is the winner?</summary>
#
# `window.argmax()` is one number: it counts through the window row by row, 0 1 / 2 3. Which row and which column is 2?
# </details>


# %% nbgrader={"grade": false, "grade_id": "max-pool-gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool_gradient(image, upstream):
    """image (H, W), upstream (H/2, W/2) -> gradient (H, W)"""
    ### BEGIN SOLUTION
    gradient = torch.zeros_like(image)
    for y in range(upstream.shape[0]):
        for x in range(upstream.shape[1]):
            window = image[2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
            winner = window.flatten().tolist().index(window.max().item())
            gradient[2 * y + winner // 2, 2 * x + winner % 2] = upstream[y, x]
    return gradient
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-max-pool-gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.max_pool_gradient(max_pool_gradient)
### BEGIN HIDDEN TESTS
check.max_pool_gradient(max_pool_gradient, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: which pixels your gradient reaches. (No points.)
from utils.see import convolution_arithmetic as see

see.winners(max_pool_gradient)

# %% [markdown]
# ## Task 6 ★ Predict: ones through two layers (5 minutes, 1 point)
#
# An image of 9×9 ones goes through `nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)` whose nine weights are all
# 1, and what comes out through the same layer once more. Which number stands in the corner of the result, and which in
# the middle? State numbers; nothing is to be computed by torch.
#
# <details><summary>Hint: draw it</summary>
#
# Write the first output down, at least its corner of 3×3. The zeros around the image take part in every sum.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: corner, middle"""
    ### BEGIN SOLUTION
    return 25, 81
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
layer = nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False)
nn.init.ones_(layer.weight)
with torch.no_grad():
    print(layer(layer(torch.ones(1, 1, 9, 9)))[0, 0].long())

# %% [markdown]
# ## Task 7 ★★ Refute it: the same size (8 minutes, 2 points)
#
# This is to cross-correlate an image (H, W) with any kernel (h, w) that is not larger, so that the output is as large
# as the image.


# %%
def same_size(image, kernel):
    padding = [size // 2 for size in kernel.shape]
    return F.conv2d(image[None, None], kernel[None, None], padding=padding)[0, 0]


print(same_size(torch.eye(4), torch.ones(3, 3)).shape)  # (4, 4), as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: the formula</summary>
#
# Put p = ⌊k/2⌋ and s = 1 into the formula of task 1. For which k does o = i not come out?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns image, kernel, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "With an even kernel k // 2 zeros on both sides are one too many, so a row comes out that is too much."
    return torch.ones(4, 4), torch.ones(2, 2), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (10 minutes, 4 points)
#
# A clinic sends X-ray images of 240×240 through ten convolution layers of 5×5, stride 1, without padding, each with a
# ReLU. The network misses nearly everything that lies at the rim.
#
# Explain why, with numbers. Propose a remedy, and say what it costs or what it cannot mend. Somebody else proposes one
# layer of 41×41 instead of the ten: it sees as far. What speaks against it? Five to eight sentences. (One point each
# for why, for the remedy, for its price, and for what you say of the 41×41.)
#
# <details><summary>Hint: how often is a cell looked at?</summary>
#
# Count the windows of the first layer that contain the cell in the very corner, and those that contain a cell in the
# middle.
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-rim", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** Each layer takes 4 rows and columns away, so 200×200 units are left. Each of them sees 41×41 pixels,
# and the windows cover the whole image, but unevenly: of the first layer's windows 25 contain a pixel in the middle and
# one contains the corner. So what lies at the rim reaches few units, and only at the edge of what they see. Padding
# by 2 in each layer keeps 240×240 and gives every pixel a unit at its place. It costs more multiplications, and the rim
# now stands beside zeros, which are no tissue: the network sees an edge that is not there. (Cutting the images less
# tightly mends that.) One layer of 41×41 has 1,681 weights per pair of channels, the ten have 250, and without the nine
# ReLUs between them it can only compute one linear filter.
#
# **Rubric**
#
# - 1 point: why, with a number: 240 − 10 · 4 = 200, or 1 window against 25 windows in the first layer.
# - 1 point: padding (p = 2), or a larger image, as a remedy.
# - 1 point: a price or limit: zeros that are no image, more work, memory.
# - 1 point: 41×41 has more weights (1,681 against 250 per pair of channels) or lacks the nonlinear steps between.
