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
# # Exercises 05 · CIFAR-10: cat or dog
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/05_cat_or_dog/05_cat_or_dog.ipynb)
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
# Eight tasks on [lecture 05](../../lectures/05_cat_or_dog.ipynb), about 95 minutes, 20 points. Stars say how hard a task
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

from utils.checks import cat_or_dog as check

# %% [markdown]
# ## Task 1 ★ Two of ten (10 minutes, 2 points)
#
# Section 1 kept cats and dogs. Keep any two classes: of all images and labels those whose label is `first` or `second`,
# in the order in which they come. The new labels are 0 for `first` and 1 for `second`, whole numbers (`torch.int64`, as
# cross-entropy wants them). `first` may be the larger number of the two.
#
# <details><summary>Hint: one mask from two</summary>
#
# `|` joins two masks number by number. It needs brackets around each comparison: `(a == 1) | (a == 2)`.
# </details>
#
# <details><summary>Hint: the new labels</summary>
#
# There is one question to ask of each label that is kept, and its answer, False or True, becomes 0 or 1 with `.long()`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "two-classes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_classes(images, labels, first, second):
    """images (N, C, H, W), labels (N,) -> the images kept (M, C, H, W), their new labels (M,)"""
    ### BEGIN SOLUTION
    mask = (labels == first) | (labels == second)
    return images[mask], (labels[mask] == second).long()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-two-classes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.two_classes(two_classes)
### BEGIN HIDDEN TESTS
check.two_classes(two_classes, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★ In pairs: predict the counts (10 minutes, 2 points)
#
# How many parameters, biases included, have two networks of the lecture at other sizes?
#
# - The fully connected network of section 3: flatten, 512 hidden units, tanh, one output for each class.
# - The convolutional network of section 5 without its improvements: three 3×3 convolutions with 32, 64 and 128 output
#   channels and 2×2 pooling after each, the maximum of each map, one linear layer. Height and width are multiples of 8.
#
# Images are (C, H, W), and may be anything but square. One of you writes the first number, the other the second. Then
# explain your formula to each other, layer by layer, and try it on the lecture's numbers before you run the check.
#
# <details><summary>Hint: one number to check with</summary>
#
# The fully connected network for 3×32×32 and two classes has 1,572,864 + 512 + 1,024 + 2 parameters.
# </details>
#
# <details><summary>Hint: what reaches the last layer?</summary>
#
# Of each of the 128 maps only the largest number: 128 numbers, however large the image is.
# </details>


# %% nbgrader={"grade": false, "grade_id": "counts", "locked": false, "schema_version": 3, "solution": true, "task": false}
def counts(channels, height, width, classes):
    """Returns two whole numbers: parameters of the fully connected network, and of the convolutional one."""
    ### BEGIN SOLUTION
    fully_connected = channels * height * width * 512 + 512 + 512 * classes + classes
    convolutions = [(channels, 32), (32, 64), (64, 128)]
    convolutional = sum(
        9 * inputs * outputs + outputs for inputs, outputs in convolutions
    )
    return fully_connected, convolutional + 128 * classes + classes
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-counts", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.counts(counts)
### BEGIN HIDDEN TESTS
check.counts(counts, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3 ★★ Two looks, in logarithms (16 minutes, 3 points)
#
# Section 6 looked twice: it averaged the probabilities that the network gave to an image and to its mirror image. A
# loss wants the *logarithm* of that average. From the logits of both looks, (N, K) each, compute
#
# $$\log \frac{p_k + q_k}{2} \qquad p, q: \text{softmax of the first and of the second logits of an image}$$
#
# for each image and class, also for logits in the thousands. Use `exp`, `log` and `max`; a softmax, a sigmoid, a sum of
# exponentials or a loss that is there already is not allowed.
#
# <details><summary>Hint: first the log-softmax of one look</summary>
#
# Section 2: $\log p_k = x_k - \log \sum_j e^{x_j}$, with the largest logit of the image taken out of the sum.
# `x.max(dim=1, keepdim=True).values` and `x.sum(dim=1, keepdim=True)` have the shape (N, 1), which fits to (N, K).
# </details>
#
# <details><summary>Hint: -inf for large logits</summary>
#
# Do not leave the logarithms: exp(−2000) is 0, and 0 has no logarithm. With a = log p and b = log q, you need
# log(eᵃ + eᵇ). It is section 2's trick once more, for a sum of two: what has to be taken out before `exp`?
# `torch.maximum(a, b)` works number by number.
# </details>


# %% nbgrader={"grade": false, "grade_id": "two-looks", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_looks(first, second):
    """logits (N, K), logits (N, K) -> logarithms of the averaged probabilities (N, K)"""

    ### BEGIN SOLUTION
    def log_softmax(logits):
        shifted = logits - logits.max(dim=1, keepdim=True).values
        return shifted - shifted.exp().sum(dim=1, keepdim=True).log()

    a, b = log_softmax(first), log_softmax(second)
    larger = torch.maximum(a, b)
    return larger + (((a - larger).exp() + (b - larger).exp()) / 2).log()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-two-looks", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.two_looks(two_looks)
### BEGIN HIDDEN TESTS
check.two_looks(two_looks, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: a trained network looks twice, and yours joins the looks. (No points.)
from utils.see import cat_or_dog as see

see.second_look(two_looks)

# %% [markdown]
# ## Task 4 ★★ Repair a residual block (16 minutes, 3 points)
#
# The plan for a block that keeps its shape, (N, C, H, W), with C channels everywhere:
#
# | step | parameters |
# |---|--:|
# | 3×3 convolution, same size, no bias | 9 C² |
# | batch norm, ReLU | 2 C |
# | 3×3 convolution, same size, no bias | 9 C² |
# | batch norm | 2 C |
# | add the input of the block, then ReLU | |
#
# This was built. Networks with it train, badly, and no message of torch will help you. There is more than one fault.
# Write the block as planned, `__init__` and `forward`, from layers of `torch.nn`.


# %%
class Built(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.second = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))
        y = F.relu(self.norm(self.second(x)))
        return x + y


# %% [markdown]
# <details><summary>Hint: count first</summary>
#
# For C = 3 the plan has 2 · 81 + 2 · 6 = 174 parameters, and `Built(3)` has 174 as well. Yet a layer of the plan is
# missing, and something is there that is not planned.
# </details>
#
# <details><summary>Hint: what is x in the last line?</summary>
#
# Follow the name through `forward`, line by line.
# </details>
#
# <details><summary>Hint: numbers that only grow</summary>
#
# Can what is added to the input be negative in `Built`? And in the plan?
# </details>


# %% nbgrader={"grade": false, "grade_id": "residual-block", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ResidualBlock(nn.Module):
    """(N, channels, H, W) -> (N, channels, H, W), as planned"""

    def __init__(self, channels):
        ### BEGIN SOLUTION
        super().__init__()
        self.first = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(
            channels, channels, kernel_size=3, padding=1, bias=False
        )
        self.second_norm = nn.BatchNorm2d(channels)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        y = F.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return F.relu(x + y)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-residual-block", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.residual_block(ResidualBlock)
### BEGIN HIDDEN TESTS
check.residual_block(ResidualBlock, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your block ten times in a row, beside the one that was built. (No points.)
from utils.see import cat_or_dog as see

see.twenty_layers(ResidualBlock, Built)

# %% [markdown]
# ## Task 5 ★★★ Measure: is it really better? (16 minutes, 3 points)
#
# Two networks, shown the same N images. `first` and `second`, (N,), say for each image whether that network was right:
# True or False. The **gain** is the share that the second gets right minus the share that the first gets right. How far
# does such a gain scatter by chance?
#
# The formula of section 6 is for one network, and the √2 after it for two networks shown different images. Here both saw
# the same images. Many are easy for both or hard for both, and these say nothing about the difference. So look at each
# image's own difference d, which is −1, 0 or 1. The gain is the mean of the N differences, and a mean of N numbers
# scatters with their standard deviation divided by √N:
#
# $$\text{scatter} = \frac{s}{\sqrt N} \qquad s^2 = \frac{1}{N}\sum_i (d_i - \bar d)^2$$
#
# Return gain and scatter as Python numbers, shares and not percent.
#
# <details><summary>Hint: booleans cannot be subtracted</summary>
#
# `first.float()` makes 0 and 1 of False and True.
# </details>
#
# <details><summary>Hint: nearly right</summary>
#
# `torch.std` divides by N − 1 unless you write `correction=0`. Or take the formula as it stands.
# </details>


# %% nbgrader={"grade": false, "grade_id": "paired-gain", "locked": false, "schema_version": 3, "solution": true, "task": false}
def paired_gain(first, second):
    """first (N,), second (N,), booleans -> gain, scatter, two floats"""
    ### BEGIN SOLUTION
    difference = second.float() - first.float()
    return difference.mean().item(), difference.std(correction=0).item() / len(
        difference
    ) ** 0.5
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-paired-gain", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.paired_gain(paired_gain)
### BEGIN HIDDEN TESTS
check.paired_gain(paired_gain, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: what your formula foretells. (No points.)
from utils.see import cat_or_dog as see

see.scatter_of_gains(paired_gain)

# %% [markdown]
# ## Task 6 ★ Predict: larger images (5 minutes, 1 point)
#
# Images grow from 3×32×32 to 3×224×224. By what factor do the weights of the first fully connected layer grow, flatten
# and 512 hidden units, and by what factor those of a first convolution, 3×3 to 32 channels? State numbers; nothing is
# to be computed by torch.
#
# <details><summary>Hint: what has a weight</summary>
#
# In one of the two each pixel of the image has weights of its own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: fully_connected, convolutional"""
    ### BEGIN SOLUTION
    return 49, 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
for side in (32, 224):
    print(side, 3 * side**2 * 512, nn.Conv2d(3, 32, kernel_size=3).weight.numel())

# %% [markdown]
# ## Task 7 ★★ Refute it: two looks, one answer (8 minutes, 2 points)
#
# As in task 3, two looks at an image give two sets of logits (K,). This is to return the class whose averaged
# *probability* is largest.


# %%
def chosen(first, second):
    together = (first + second) / 2
    return together.softmax(dim=0).argmax().item()


print(
    chosen(torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 0.0]))
)  # 0, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: how low can it go?</summary>
#
# The first look is nearly sure of a class, the second nearly sure that it is not that one. What happens to the mean of
# two probabilities, and what to the mean of two logits? With two classes you will find nothing.
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns first, second, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "A logit of -30 pulls the mean of the logits down without end, but a probability can lose no more than all of it."
    return torch.tensor([4.0, 0.0, 0.0]), torch.tensor([-30.0, 1.0, 0.0]), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Read a table (12 minutes, 4 points)
#
# From a report on cats and dogs, each network trained once, accuracies in % at the end, on 1,000 validation images:
#
# | network | epochs | training | validation |
# |---|--:|--:|--:|
# | fully connected | 60 | 99.8 | 60.1 |
# | CNN | 6 | 78.0 | 73.8 |
# | + batch norm, learning rate five times as large | 6 | 83.5 | 75.9 |
# | + augmentation | 6 | 74.0 | 76.4 |
# | + five times as long | 30 | 86.0 | 83.1 |
#
# “The fully connected network learns best: 99.8 %. Batch norm is worth 2.1 points. Augmentation is not worth the trouble:
# it brings 0.5 points, and costs 9.5 in training.”
#
# Which of the four steps in the last column would you believe, and why? Judge each of the three sentences. Which runs
# are missing before one can say what batch norm and augmentation are worth? Six to nine sentences. (One point each for
# the steps, for the first sentence, for batch norm, for augmentation; a missing run belongs to one of these.)
#
# <details><summary>Hint: two questions to ask of each row</summary>
#
# How many things changed from the row above? Is the difference larger than chance (section 6)?
# </details>
#
# <details><summary>Hint: training accuracy</summary>
#
# On which images is it measured, and when?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-table", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** On 1,000 images a share near 75 % scatters by 1.4 points, and a difference of two by about 2 (a little
# less on the same images), without the scatter of the seeds. So +13.7 (to the CNN) and +6.7 (to the longer run) can be
# believed, +2.1 and +0.5 cannot. 99.8 % beside 60.1 % is overfitting: the first network has learnt its images by heart,
# which is not what one wants. In the third row two things changed, so 2.1 points, even if they were certain, would not
# be batch norm's alone: run the CNN with the larger learning rate, and batch norm with the small one, with several
# seeds. Training accuracy with augmentation is measured on moved and mirrored images while the network still changes;
# it being lower means that learning by heart has become harder, and is no cost. What augmentation is good for may show
# only in a longer run: the last row, once more without augmentation, would tell it from the time. The step to the CNN
# is no single change either: the number of epochs differs.
#
# **Rubric**
#
# - 1 point: the two large steps can be believed and the two small ones cannot, with a number for chance (1.4 points, or
#   2 for a difference, or “below about 4”).
# - 1 point: 99.8 beside 60.1 is overfitting; validation is what counts.
# - 1 point: batch norm and the learning rate changed together; which run would part them (or several seeds of both).
# - 1 point: training accuracy is of augmented images, so its fall is no cost; or: a long run without augmentation is
#   missing.
