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
# # Exercises 09 · Architectures on a GPU
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/09_gpu/09_gpu.ipynb)
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
# Eight tasks on [lecture 09](../../lectures/09_gpu.ipynb), about 90 minutes, 20 points. Stars say how hard a task is.
# You do not need a GPU.
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

from utils.checks import gpu as check

# %% [markdown]
# ## Task 1 ★ All in one place (6 minutes, 2 points)
#
# Move a model and a batch to a device. The model is moved in place; images and labels are returned. The device is
# whatever you are given.
#
# <details><summary>Hint: what .to gives back</summary>
#
# `model.to(device)` changes the model. `images.to(device)` changes nothing and returns a copy (section 1).
# </details>


# %% nbgrader={"grade": false, "grade_id": "move", "locked": false, "schema_version": 3, "solution": true, "task": false}
def move(model, images, labels, device):
    """-> images, labels, both on the device; the model is moved as well"""
    ### BEGIN SOLUTION
    model.to(device)
    return images.to(device), labels.to(device)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-move", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.move(move)
### BEGIN HIDDEN TESTS
check.move(move, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2 ★★ An honest clock (16 minutes, 3 points)
#
# Time a piece of work on a device that works behind Python's back. You are given three functions without arguments:
# `work()` gives an order and returns at once, `wait()` returns when the device has done all it was asked for, and
# `clock()` is the time in seconds. Return the **median** time of `rounds` rounds, as a float. One call before them
# warms up and does not count.
#
# (The checks bring a machine with a clock of its own, so nothing depends on how busy yours is.)
#
# <details><summary>Hint: where to wait</summary>
#
# At two places. Before a round begins nothing may be left to do, and before you read the clock at its end all must be
# done.
# </details>
#
# <details><summary>Hint: the median</summary>
#
# `statistics.median(times)` of a list, after `import statistics`. Or sort, and take the middle: the mean of the
# middle two, if their number is even.
# </details>


# %% nbgrader={"grade": false, "grade_id": "median-time", "locked": false, "schema_version": 3, "solution": true, "task": false}
def median_time(work, rounds, wait, clock):
    """-> the median of the seconds of `rounds` rounds, a float"""
    ### BEGIN SOLUTION
    import statistics

    work()
    wait()
    times = []
    for _ in range(rounds):
        began = clock()
        work()
        wait()
        times.append(clock() - began)
    return statistics.median(times)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-median-time", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.median_time(median_time)
### BEGIN HIDDEN TESTS
check.median_time(median_time, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: what one photograph costs on your machine, by your clock. (No points.)
from utils.see import gpu as see

see.clock(median_time)

# %% [markdown]
# ## Task 3 ★★★ Windows as columns (18 minutes, 4 points)
#
# The lecture has im2col with stride 1. Write it for square kernels, any stride, no padding: each k×k window of the images
# becomes a column. Down a column come the cells of channel 0, row by row, then those of channel 1, and so on. The windows
# come in the order of the output, row by row. The check compares with `F.unfold`, so an answer that uses it proves only
# that it equals itself. Use slices; `unfold`, `im2col` and `as_strided` are not allowed in any form.
#
# <details><summary>Hint: think of a row, not of a column</summary>
#
# A row of the result holds one cell of the kernel (i, j) for *all* windows. That is the image, moved and cut, and with a
# stride only every so many of its cells. So two loops, over i and j, are enough.
# </details>
#
# <details><summary>Hint: putting the pieces together</summary>
#
# There are k·k pieces of shape (N, C, rows, columns). Which new axis must they be stacked along, so that flattening puts
# the cells of a channel together?
# </details>


# %% nbgrader={"grade": false, "grade_id": "unroll", "locked": false, "schema_version": 3, "solution": true, "task": false}
def unroll(images, k, stride):
    """images (N, C, H, W) -> (N, C·k·k, rows·columns), rows = (H − k) // stride + 1, columns likewise"""
    ### BEGIN SOLUTION
    height, width = images.shape[2] - k + 1, images.shape[3] - k + 1
    pieces = [
        images[:, :, i : i + height : stride, j : j + width : stride]
        for i in range(k)
        for j in range(k)
    ]
    return torch.stack(pieces, dim=2).flatten(3).flatten(1, 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-unroll", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check.unroll(unroll)
### BEGIN HIDDEN TESTS
check.unroll(unroll, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: four convolutions as one product with your columns. (No points.)
from utils.see import gpu as see

see.product(unroll)

# %% tags=["see-it"]
# See it: what patches of photographs are made of, by your columns. (No points.)
from utils.see import gpu as see

see.axes(unroll)

# %% [markdown]
# ## Task 4 ★ Four products (5 minutes, 2 points)
#
# Two outputs of a kernel of three numbers, from four numbers `d`, with **four** multiplications. The kernel comes
# transformed: `u` holds $g_0$, $(g_0 + g_1 + g_2)/2$, $(g_0 - g_1 + g_2)/2$ and $g_2$. (The checks hand you numbers
# that count how often they are multiplied with each other; they cannot be put into a tensor.)
#
# <details><summary>Hint: the formulas</summary>
#
# They stand in section 4, under *Fewer multiplications*. Each product has one bracket with $d$ and one number of `u`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "two-outputs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_outputs(d, u):
    """d: four numbers, u: four numbers -> y0, y1"""
    ### BEGIN SOLUTION
    m1 = (d[0] - d[2]) * u[0]
    m2 = (d[1] + d[2]) * u[1]
    m3 = (d[2] - d[1]) * u[2]
    m4 = (d[1] - d[3]) * u[3]
    return m1 + m2 + m3, m2 - m3 - m4
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-two-outputs", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.two_outputs(two_outputs)
### BEGIN HIDDEN TESTS
check.two_outputs(two_outputs, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function on each row of a photograph. (No points.)
from utils.see import gpu as see

see.four_products(two_outputs)

# %% [markdown]
# ## Task 5 ★★ One step from several processes (14 minutes, 2 points)
#
# Each process has computed the gradient of the *mean* loss over its own part of the batch. The parts are not equally
# large. Combine them into the gradient of the mean loss over the whole batch.
#
# `gradients` has one list for each process, with one tensor for each parameter of the network. `counts` has the
# number of examples of each process. Return a list with one tensor for each parameter.
#
# <details><summary>Hint: one parameter, by hand</summary>
#
# Three examples have the mean gradient −8, one has −36. The sum of all four is 3·(−8) + 1·(−36). And their mean?
# </details>
#
# <details><summary>Hint: going through both lists</summary>
#
# `zip(*gradients)` gives, for each parameter, the tensors of all processes.
# </details>


# %% nbgrader={"grade": false, "grade_id": "combine", "locked": false, "schema_version": 3, "solution": true, "task": false}
def combine(gradients, counts):
    """gradients: a list of tensors from each process, counts: examples of each -> a list of tensors"""
    ### BEGIN SOLUTION
    return [
        sum(count * gradient for count, gradient in zip(counts, parameter, strict=True))
        / sum(counts)
        for parameter in zip(*gradients, strict=True)
    ]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-combine", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.combine(combine)
### BEGIN HIDDEN TESTS
check.combine(combine, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 6 ★ Predict: what a GPU can do for it (5 minutes, 1 point)
#
# In a training step 40 % of the time goes into loading and augmenting images, 60 % into the network. On a GPU the
# network takes a tenth of its time, and the rest stays as it is. How many times faster is the step? (1 % off is near
# enough, and Python may divide for you.) State numbers; nothing is to be computed by torch.
#
# <details><summary>Hint: times add up</summary>
#
# Say a step takes 100 ms. How many are left of each of the two parts?
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your number: speedup"""
    ### BEGIN SOLUTION
    return 1 / (0.4 + 0.6 / 10)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
for faster in (1, 2, 10, 100, 1_000_000):
    print(
        f"network {faster:>9,} times faster: step {1 / (0.4 + 0.6 / faster):.2f} times"
    )

# %% [markdown]
# ## Task 7 ★★ Refute it: which column? (8 minutes, 2 points)
#
# In the columns of task 3, with stride 1, this is to return the number of the column that holds the window whose corner
# is at row y and column x of images (height, width), with a kernel of k×k.


# %%
def column(y, x, height, width, k):
    return y * width + x


print(column(0, 3, 6, 8, 3))  # 3, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: small</summary>
#
# Take an image of 3×3 and k = 2, and write the four windows down in their order.
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns y, x, height, width, k, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "A row of windows is shorter than a row of pixels: there are only width - k + 1 of them in it."
    return 1, 0, 6, 8, 3, why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (16 minutes, 4 points)
#
# A student reports: "I measured one training step of my network on the GPU: 2 ms with `time.time()` before and after.
# With `torch.compile` the first step took 41,000 ms, so compiling makes it slower. With bf16 it took 3 ms on my
# laptop's processor and 1 ms on the GPU, so bf16 is slower on processors. I trained each of my two versions once, with
# the same seed: 91.2 % and 91.4 %. So the second is better."
#
# Find four mistakes (one point each). Say for each what is wrong and how to do it right. Five to eight sentences.
#
# <details><summary>Hint: what was compared with what?</summary>
#
# For each sentence ask: did the clock wait for the work? What is inside the time that is compared? Does the
# comparison change one thing only? Could chance alone have done it?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-timing", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** The 2 ms may be the time of giving the orders: a GPU works behind Python's back, so wait for it
# (`torch.cuda.synchronize()`) before reading the clock, warm up first, and report the median of many steps with its
# spread. The first compiled step contains the compiling. Leave it out of the comparison, report it on its own, and
# ask after how many steps it has paid. For bf16 the laptop's processor was compared with a GPU, which says nothing
# about bf16. Compare bf16 with fp32 on the same machine; whether it is faster depends on whether that processor has
# instructions for it. With one run of each version, a difference of 0.2 percentage points can be chance: another seed
# moves the result, and even with one seed a GPU need not give the same numbers twice, as autotuned or unordered
# algorithms add in another order. Train both versions with several seeds and compare the difference with the spread.
#
# **Rubric**
#
# - 1 point: no synchronisation (also full if warm-up or repetition is named beside it), and what to do.
# - 1 point: the first compiled step contains compiling; leave it out, or say after how many steps it has paid.
# - 1 point: bf16 was compared across machines; compare with fp32 on the same one (hardware support may be named).
# - 1 point: 0.2 points may be chance, or a source of non-determinism is named; several seeds with their spread, or
#   √(p(1−p)/n) for n test images.
# - “One measurement only” as a mistake of its own is right, but none of the four: it costs nothing beside them, and
#   replaces none.
