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
# # Exercises 11 · Seeing what a CNN sees
#
# [![Open in Colab](../../lectures/images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/exercises/11_seeing/11_seeing.ipynb)
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
# Eight tasks on [lecture 11](../../lectures/11_seeing.ipynb), about 95 minutes, 20 points. Stars say how hard a task is.
#
# - Write only in the cells that say `YOUR CODE HERE` or `YOUR ANSWER HERE`. Cells that you add are fine for trying
#   things out, but they are not graded: what an answer needs must stand in its own cell.
# - Run the cell below each answer. It prints ✓, or says what is wrong. You may try as often as you like. After you
#   hand in, the same checks run once more with other numbers.
# - Write it yourself, with Python and torch: what `utils` or torchvision has ready is refused, unless the task names it.
# - Leave what you are given as it was, unless it is the task to change it: tensors, lists, networks with their mode, their
#   hooks and their gradients.
# - Stuck? Fold out a hint. Each is for one sticking point.
# - The networks you are given are in evaluation mode already.

# %%
import torch

from utils.checks import seeing as check

# %% [markdown]
# ## Task 1 ★ A hook that goes away (12 minutes, 2 points)
#
# Return what `layer`, one of the network's layers, computes while `images` pass the network. Use a hook. It must be gone
# when your function is over, also when the network raises an error on the way; the error must reach the caller.
#
# <details><summary>Hint: what a hook is given</summary>
#
# `layer.register_forward_hook(f)` makes torch call `f(layer, inputs, output)` each time the layer has computed something.
# It returns a handle; `handle.remove()` ends it. If `f` returns something that is not None, the network goes on with
# that.
# </details>
#
# <details><summary>Hint: also after an error</summary>
#
# ```python
# try:
#     ...  # what may fail
# finally:
#     ...  # is done in any case, and then the error goes on
# ```
# </details>


# %% nbgrader={"grade": false, "grade_id": "maps-of", "locked": false, "schema_version": 3, "solution": true, "task": false}
def maps_of(network, layer, images):
    """images (N, C, H, W) -> what layer returns, such as (N, K, h, w)"""
    ### BEGIN SOLUTION
    kept = []
    handle = layer.register_forward_hook(lambda _, inputs, output: kept.append(output))
    try:
        with torch.no_grad():
            network(images)
    finally:
        handle.remove()
    return kept[0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-maps-of", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.maps_of(maps_of)
### BEGIN HIDDEN TESTS
check.maps_of(maps_of, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: one photograph, caught by your hook on its way through a network. (No points.)
from utils.see import seeing as see

see.deeper(maps_of)

# %% [markdown]
# ## Task 2 ★★ Which pixels does a unit see? (15 minutes, 3 points)
#
# One dimension is enough. `layers` lists convolutions or poolings from the first to the last, each as `(kernel_size,
# stride, padding)`. Which are the first and the last pixel that unit number `unit` of the last layer can see? Pixels
# and units are counted from 0; with padding the first pixel may be negative.
#
# For `[(3, 2, 1)]`, unit 2 sees the pixels 3, 4 and 5.
#
# <details><summary>Hint: one layer</summary>
#
# Unit `u` of a layer begins at cell `u · stride − padding` of what the layer reads, and its window is `kernel_size` cells
# long.
# </details>
#
# <details><summary>Hint: more layers</summary>
#
# Begin at the last layer, with the first and the last unit you ask for; there both are `unit`. Go back one layer: which
# cells do these two read? Those are units of the layer before. `reversed(layers)` goes from the last to the first.
# </details>


# %% nbgrader={"grade": false, "grade_id": "seen-pixels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def seen_pixels(layers, unit):
    """layers [(kernel_size, stride, padding), …], unit -> first, last"""
    ### BEGIN SOLUTION
    first = last = unit
    for kernel_size, stride, padding in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + kernel_size - 1
    return first, last
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-seen-pixels", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.seen_pixels(seen_pixels)
### BEGIN HIDDEN TESTS
check.seen_pixels(seen_pixels, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: what one unit of VGG-16 sees, by your count. (No points.)
from utils.see import seeing as see

see.fields(seen_pixels)

# %% [markdown]
# ## Task 3 ★★ Cover it (15 minutes, 3 points)
#
# Move a square of `size`×`size` zeros over an image in steps of `stride`, from the top left; it never leaves the image.
# For each place: by how much does the probability of class `target` fall? A fall counts as positive. Leave `image` itself
# as it is.
#
# <details><summary>Hint: where the square may be</summary>
#
# `range(0, H - size + 1, stride)` are the rows at which it can begin.
# </details>
#
# <details><summary>Hint: one image at a time</summary>
#
# The network wants (N, C, H, W): `image[None]` is a batch of one. `network(...)` returns logits; `softmax(dim=1)` makes
# probabilities of them.
# </details>


# %% nbgrader={"grade": false, "grade_id": "occlusion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def occlusion(network, image, target, size, stride):
    """image (C, H, W) -> (rows, columns), how far the probability of target falls"""

    ### BEGIN SOLUTION
    def probability(one):
        with torch.no_grad():
            return network(one[None]).softmax(dim=1)[0, target]

    whole = probability(image)
    falls = []
    for top in range(0, image.shape[1] - size + 1, stride):
        row = []
        for left in range(0, image.shape[2] - size + 1, stride):
            covered = image.clone()
            covered[:, top : top + size, left : left + size] = 0
            row.append(whole - probability(covered))
        falls.append(torch.stack(row))
    return torch.stack(falls)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-occlusion", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.occlusion(occlusion)
### BEGIN HIDDEN TESTS
check.occlusion(occlusion, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your square on photographs. (No points.)
from utils.see import seeing as see

see.covered(occlusion)

# %% [markdown]
# ## Task 4 ★★ Grad-CAM (15 minutes, 3 points)
#
# In the lecture you wrote it for one network, which you could call stage by stage. Now for any network, and for the maps
# $A_k$ that any of its layers returns: one heat map for each image, for its class in `classes`. If you use a hook, leave
# none behind, and no gradients in the network's parameters.
#
# $$\alpha_k = \frac{1}{hw}\sum_{i,j} \frac{\partial\,\text{logit}}{\partial A_k[i,j]}, \qquad
# \text{map} = \mathrm{ReLU}\Big(\sum_k \alpha_k A_k\Big)$$
#
# <details><summary>Hint: maps and logits in one pass</summary>
#
# A hook as in task 1 keeps the maps, while the same pass returns the logits. Here you need gradients, so no
# `with torch.no_grad():`. A second pass makes other maps: if torch suggests `allow_unused`, your maps and logits come
# from two passes.
# </details>
#
# <details><summary>Hint: one logit for each image</summary>
#
# `logits[:, classes]` is too much. And must there be one backward pass for each image? An image's logit depends on its
# own maps alone.
# </details>
#
# <details><summary>Hint: a gradient with respect to maps</summary>
#
# `torch.autograd.grad` takes a number, and what it is to be differentiated by. It leaves nothing behind; `backward` does.
# </details>


# %% nbgrader={"grade": false, "grade_id": "grad-cam", "locked": false, "schema_version": 3, "solution": true, "task": false}
def grad_cam(network, layer, images, classes):
    """images (N, C, H, W), classes (N,) -> (N, h, w), as large as the layer's maps"""
    ### BEGIN SOLUTION
    kept = []
    handle = layer.register_forward_hook(lambda _, inputs, output: kept.append(output))
    try:
        logits = network(images)
    finally:
        handle.remove()
    (maps,) = kept
    score = logits[range(len(images)), classes].sum()
    (gradients,) = torch.autograd.grad(score, maps)
    alpha = gradients.mean(dim=(2, 3), keepdim=True)
    return (alpha * maps).sum(dim=1).relu().detach()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-grad-cam", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.grad_cam(grad_cam)
### BEGIN HIDDEN TESTS
check.grad_cam(grad_cam, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: your function on the same photographs. (No points.)
from utils.see import seeing as see

see.explained(grad_cam)

# %% tags=["see-it"]
# See it: your function asks a larger network four times about one photograph. (No points.)
from utils.see import seeing as see

see.portrait(grad_cam)

# %% [markdown]
# ## Task 5 ★ Does the answer follow the mark? (10 minutes, 2 points)
#
# A heat map is a suspicion, an experiment a proof. `paint` is a function that returns images with a mark painted on them,
# (N, C, H, W) to (N, C, H, W). Which share of the images is given another answer with the mark than without? You need no
# labels.
#
# <details><summary>Hint: what is an answer?</summary>
#
# The class with the largest logit, one number for each image: `argmax(dim=1)`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "changed-answers", "locked": false, "schema_version": 3, "solution": true, "task": false}
def changed_answers(network, images, paint):
    """images (N, C, H, W) -> the share that is given another answer, a float from 0 to 1"""
    ### BEGIN SOLUTION
    with torch.no_grad():
        before = network(images).argmax(dim=1)
        after = network(paint(images)).argmax(dim=1)
    return (before != after).float().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-changed-answers", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.changed_answers(changed_answers)
### BEGIN HIDDEN TESTS
check.changed_answers(changed_answers, seed=90125)
### END HIDDEN TESTS

# %% tags=["see-it"]
# See it: a mark that means nothing. (No points.)
from utils.see import seeing as see

see.marks(changed_answers)

# %% [markdown]
# ## Task 6 ★ Predict: what an occlusion map costs (5 minutes, 1 point)
#
# An occlusion map as in task 3: an image of 32×32, a square of 8×8, in steps of 4. At how many places does the square
# stand, and how many images must pass the network in all? State numbers; nothing is to be computed by torch.
#
# <details><summary>Hint: places</summary>
#
# Along one axis: at 0, 4, 8, … How far can it go? And what is each of these compared with?
# </details>


# %% nbgrader={"grade": false, "grade_id": "predicted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predicted():
    """Returns your numbers: places, passes"""
    ### BEGIN SOLUTION
    return 49, 50
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-predicted", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.predicted(predicted)
### BEGIN HIDDEN TESTS
check.predicted(predicted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# Then, and not before, see it happen:

# %%
places = len(range(0, 32 - 8 + 1, 4)) ** 2
print(places, "places, and the image without a square")

# %% [markdown]
# ## Task 7 ★★ Refute it: from 0 to 1 (8 minutes, 2 points)
#
# A heat map of Grad-CAM (h, w), which ends in a ReLU, is to be drawn in colours from 0 to 1: this divides it by its
# largest number. Where nothing speaks for the class, the map should stay 0.


# %%
def scaled(heat):
    return heat / heat.max()


print(scaled(torch.tensor([[0.0, 1.0], [2.0, 4.0]])))  # 0 to 1, as it should be

# %% [markdown]
# It was written by an assistant, and it passes the example. Give an input on which it fails, one that the function must
# expect, and a sentence why it fails there. (A person may read the sentence; the check wants one.)
#
# <details><summary>Hint: the last step</summary>
#
# What does the ReLU leave if everything speaks against the class?
# </details>


# %% nbgrader={"grade": false, "grade_id": "refuted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def refuted():
    """Returns heat, and why: a sentence"""
    ### BEGIN SOLUTION
    why = "Where nothing speaks for the class the ReLU leaves zeros only, and 0 is divided by 0."
    return torch.zeros(2, 2), why
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-refuted", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.refuted(refuted)
### BEGIN HIDDEN TESTS
check.refuted(refuted, seed=90125)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 8 ★★ Explain (15 minutes, 4 points)
#
# A network finds a disease of the lungs in X-ray images of two hospitals. In hospital A most patients are ill, in
# hospital B few. All images were shuffled, and a tenth put aside for validation: 97 % right. In a third hospital it is
# right in 61 % of the cases. Grad-CAM for “ill” lights up a corner in which hospital A, but not B, prints an R for the
# right side of the body.
#
# What has the network learnt, and why did validation not show it? Describe one experiment that would prove it, and what
# you would expect to measure. What would you do about it? And what does the Grad-CAM picture by itself not prove? Six to
# ten sentences. (One point for each of the four.)
#
# <details><summary>Hint: an experiment changes one thing</summary>
#
# What can you change in an image so that nothing else changes? What should the answer do if you are right, and what if
# you are wrong?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain-shortcut", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **A model answer.** The network has learnt to tell hospital A from hospital B by the letter, because in these images the
# hospital goes with the disease; that is easier to see than the disease. Validation images come from the same two
# hospitals, so the letter is as good a sign there, and 97 % says nothing about other places. In the third hospital the
# letter is missing or another, and the network is left with little. The experiment: paint over the letter in images of
# ill patients from A, and copy it into images of healthy patients from B, and leave all else as it is. If I am right,
# many answers change with the letter, from ill to healthy and back; if they stay, the letter was not the reason. As a
# control, paint over another corner of the same size, which should change nothing. Against it: cover that corner in all
# training images, or crop to the lungs; better, collect ill and healthy patients from the same hospitals; and validate on
# a hospital that was not trained on. The picture shows which places of one layer speak for the class. It does not show
# what is read there, nor that the network would answer otherwise without it, and dark places may matter as well.
#
# **Rubric**
#
# - 1 point: the letter stands for the hospital, the hospital for the disease; validation comes from the same hospitals.
# - 1 point: an experiment that changes the letter alone, with what is expected if the suspicion is right. One
#   direction suffices: the letter only added, or only removed.
# - 1 point: a remedy in the data or in validation (same hospitals for both classes, a held-out hospital, covering or
#   cropping in all images).
# - 1 point: a limit of Grad-CAM: where and not what, one layer, no proof that the answer depends on it.
