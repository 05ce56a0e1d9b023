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
# # Exercises 02 · Kinds of convolution
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/02_kinds_of_convolution/02_kinds_of_convolution.ipynb)
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
# Eight tasks on [lecture 02](../../lectures/02_kinds_of_convolution.ipynb), about 85 minutes, 20 points. Stars say how
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

from utils.checks import kinds_of_convolution as check

# %% [markdown]
# ## Task 1 ★ Write the holes out (8 minutes, 2 points)
#
# A dilated kernel does the work of a larger one that has zeros in certain places. Make the larger one, for any kernel
# (h, w) and any dilation. Here the dilation may differ: rows end up `down` apart, columns `across` apart.
#
# <details><summary>Hint: how large?</summary>
#
# Between k cells there are k − 1 gaps of d − 1 zeros: d(k − 1) + 1 cells. Nothing comes after the last one.
# </details>
#
# <details><summary>Hint: every other cell</summary>
#
# `x[::2]` is every other row of `x`, and it can stand on the left of an equals sign.
# </details>


# %% nbgrader={"grade": false, "grade_id": "spread", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spread(kernel, down, across):
    """kernel (h, w) -> (down * (h - 1) + 1, across * (w - 1) + 1)"""
    ### BEGIN SOLUTION
    h, w = kernel.shape
    large = torch.zeros(down * (h - 1) + 1, across * (w - 1) + 1)
    large[::down, ::across] = kernel
    return large
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-spread", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.spread(spread)
### BEGIN HIDDEN TESTS
check.spread(spread, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★★ From small to large (15 minutes, 3 points)
#
# The lecture wrote `scatter` with a stride. Write it with a stride and with padding, which here cuts `padding` rows and
# columns off each side of the output. Loops are fine. The padding never cuts off more than there is. Not with a
# convolution that is there already.
#
# <details><summary>Hint: where windows overlap</summary>
#
# What is there already must stay: `+=`, not `=`.
# </details>
#
# <details><summary>Hint: cutting off nothing</summary>
#
# `output[p:-p]` is empty if p is 0. `output[p : rows - p]`, where rows is `output.shape[0]`, is not.
# </details>


# %% nbgrader={"grade": false, "grade_id": "scatter", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scatter(image, kernel, stride, padding):
    """image (H, W), kernel (h, w) -> ((H - 1) * stride + h - 2 * padding, (W - 1) * stride + w - 2 * padding)"""
    ### BEGIN SOLUTION
    (H, W), (h, w) = image.shape, kernel.shape
    rows, columns = (H - 1) * stride + h, (W - 1) * stride + w
    output = torch.zeros(rows, columns)
    for y in range(H):
        for x in range(W):
            top, left = y * stride, x * stride
            output[top : top + h, left : left + w] += image[y, x] * kernel
    return output[padding : rows - padding, padding : columns - padding]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-scatter", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.scatter(scatter)
### BEGIN HIDDEN TESTS
check.scatter(scatter, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function makes a boot twice as large. (No points.)
from utils.see import kinds_of_convolution as see

see.checkerboard(scatter)

# %% [markdown]
# ## Task 3 ★ What is saved? (8 minutes, 2 points)
#
# From `in_channels` to `out_channels` with kernels of k×k and no biases: how many weights has a standard convolution,
# how many one in `groups` groups, and how many a depthwise separable one, which is a depthwise convolution (each input
# channel by itself) and then a 1×1 convolution? `groups` divides both numbers of channels.
#
# <details><summary>Hint: one group</summary>
#
# Count one group as a small convolution of its own: how many channels go in, how many come out? Then all groups.
# </details>
#
# <details><summary>Hint: two layers in one</summary>
#
# The depthwise part has as many groups as input channels. What is left out between them the 1×1 part must mix.
# </details>


# %% nbgrader={"grade": false, "grade_id": "weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def weights(in_channels, out_channels, kernel_size, groups):
    """Returns three whole numbers: the weights of the standard layer, of that in groups, of the separable one."""
    ### BEGIN SOLUTION
    standard = in_channels * out_channels * kernel_size**2
    separable = in_channels * kernel_size**2 + in_channels * out_channels
    return standard, standard // groups, separable
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-weights", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.weights(weights)
### BEGIN HIDDEN TESTS
check.weights(weights, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4 ★★ A linear layer in disguise (12 minutes, 3 points)
#
# A network ends in flattening and a linear layer, so it accepts one image size only. Replace the two: make an
# `nn.Conv2d` whose kernel is as large as the map, with the weights and biases of the linear layer. The weights come from a
# library that keeps channels last: its maps were flattened as (H, W, C), so the linear layer has read
# `maps.permute(0, 2, 3, 1).flatten(1)` of torch's maps (N, C, H, W). On these your layer must give (N, outputs, 1, 1) with
# the very same numbers, and on larger maps it slides over them cell by cell.
#
# <details><summary>Hint: the order of flattening</summary>
#
# Flattening runs through the last axis first. Torch's order is (C, H, W), and there each row of the weight would be a
# kernel, cut into one long line. Which axes has such a row here, and in which order does `nn.Conv2d` want them?
# </details>
#
# <details><summary>Hint: writing into a layer</summary>
#
# `with torch.no_grad(): layer.weight.copy_(...)`. Without it torch refuses to change what it differentiates.
# </details>


# %% nbgrader={"grade": false, "grade_id": "as-convolution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def as_convolution(linear, channels, height, width):
    """linear: an nn.Linear with channels * height * width inputs -> an nn.Conv2d"""
    ### BEGIN SOLUTION
    layer = nn.Conv2d(channels, linear.out_features, kernel_size=(height, width))
    with torch.no_grad():
        kernels = linear.weight.view(-1, height, width, channels)
        layer.weight.copy_(kernels.permute(0, 3, 1, 2))
        layer.bias.copy_(linear.bias)
    return layer
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-as-convolution", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.as_convolution(as_convolution)
### BEGIN HIDDEN TESTS
check.as_convolution(as_convolution, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your layer slides over a picture of nine clothes. (No points.)
from utils.see import kinds_of_convolution as see

see.clothes_found(as_convolution)

# %% [markdown]
# ## Task 5 ★★★ Take a kernel apart (18 minutes, 3 points)
#
# Sobel's kernel is a column times a row. Given a kernel (h, w) of which this is true, find a column (h,) and a row (w,)
# whose outer product it is. There are many such pairs; any will do. Some rows or columns may be all zero, but not all
# of them.
#
# <details><summary>Hint: what do the rows have in common?</summary>
#
# Each row of the kernel is the same row, times one number. So take one of them as it is. Which one is safe?
# </details>
#
# <details><summary>Hint: the column that goes with it</summary>
#
# Choose a cell that is not zero, and take its row as it is. Its own column is nearly the one you need: all its numbers
# are wrong by one and the same factor.
# </details>
#
# <details><summary>Hint: which factor?</summary>
#
# Try it on the chosen cell: the column's number there times the row's number there must be the cell itself.
# </details>


# %% nbgrader={"grade": false, "grade_id": "separated", "locked": false, "schema_version": 3, "solution": true, "task": false}
def separated(kernel):
    """kernel (h, w) -> column (h,), row (w,)"""
    ### BEGIN SOLUTION
    y, x = divmod(kernel.abs().argmax().item(), kernel.shape[1])
    return kernel[:, x] / kernel[y, x], kernel[y]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-separated", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.separated(separated)
### BEGIN HIDDEN TESTS
check.separated(separated, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your column and your row blur a photograph. (No points.)
from utils.see import kinds_of_convolution as see

see.thin_kernels(separated)

# %% [markdown]
# ## Task 6 ★ Predict: ones, transposed (5 minutes, 1 point)
#
# An image of 4×4 ones goes through a transposed convolution with a kernel of 3×3 ones, stride 2, padding 0. How large
# is the result along one side, and which are the smallest and the largest number in it? State numbers; nothing is to be
# computed by torch.
#
# <details><summary>Hint: one direction</summary>
#
# Lay four windows of three cells down, each 2 cells after the one before. Into how many does a cell fall? Then both
# directions.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: size, smallest, largest"""
    ### BEGIN SOLUTION
    return 9, 1, 4
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
image, kernel = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3)
print(torch.conv_transpose2d(image, kernel, stride=2)[0, 0].long())

# %% [markdown]
# ## Task 7 ★★ Refute it: is it a column times a row? (8 minutes, 2 points)
#
# This is to say whether a kernel (3, 3) is a column times a row, as in task 5.


# %%
def is_separable(kernel):
    return abs(torch.linalg.det(kernel).item()) < 1e-6


sobel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
print(is_separable(sobel), is_separable(torch.eye(3)))  # True, False, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: what a determinant says</summary>
#
# It is 0 if one row can be made of the *two* others. What must be true of the rows of a column times a row?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns kernel, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "Two of its rows are equal, so the determinant is 0, but the third is no multiple of them."
    return torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (12 minutes, 4 points)
#
# A network that draws images enlarges its maps three times with transposed convolutions, kernel 3 and stride 2. Its
# images show a fine pattern of squares, most of all at the beginning of training.
#
# Where does the pattern come from? Why is it worst at the beginning, and why can it vanish later? Propose two changes to
# the network, and say what each costs or cannot do. Somebody suggests kernel 4 and stride 3: how often is each cell
# written then, and does that help? Five to eight sentences. (One point each for the origin, for the beginning of
# training, for each of the two changes; the suggestion counts as one of them, if you have only one.)
#
# <details><summary>Hint: count</summary>
#
# Into how many windows does each output cell fall, if windows of 3 cells begin every 2 cells?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-checkerboard", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** Windows of three cells that begin every two cells overlap unevenly: in one direction cells lie in one
# or two windows in turn, in two directions in one, two or four. With weights of about equal size the cells with more
# windows become larger, in a pattern of squares, and three such layers multiply it. At the beginning the weights are
# random and know nothing of it. Training can choose weights that even the sums out, but must spend effort on it. A
# kernel size that the stride divides, 4 or 2, gives every inner cell equally many windows; 4 has more weights, 2 does
# not blend neighbours, and unequal weights can still draw a pattern. Or enlarge by repeating or blending pixels, then
# use an ordinary convolution: no pattern from overlap, but it works on the large map, so it costs more. Kernel 4 and
# stride 3 do not help: of three cells in a row one lies in two windows and two in one, so the pattern stays, with another
# period.
#
# **Rubric**
#
# - 1 point: uneven overlap, with the counts (1 and 2, or 1, 2 and 4) or an equally clear picture.
# - 1 point: beginning: random weights do not make up for it; learnt weights can.
# - 1 point: a kernel size that the stride divides, with its price or limit.
# - 1 point: enlarging first and an ordinary convolution after it, with its price; or another sound change; or that kernel
#   4 and stride 3 write 2, 1, 1 times in turn, so the pattern stays.
