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
# # 01 · Convolution arithmetic
#
# What a convolution computes, how large its output is, and how many numbers it learns.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/01_convolution_arithmetic.ipynb) &ensp; about 120 minutes &ensp; before: [00 Start here](00_start_here.ipynb) &ensp; next: [02 Kinds of convolution](02_kinds_of_convolution.ipynb)
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
# ## What you will be able to do
#
# - say why a layer for images is a convolution: two demands, and what is left of a billion weights;
# - compute a cross-correlation and a convolution by hand, and say which of the two a "convolution layer" computes;
# - predict the output size of any convolution or pooling, and which cells it never looks at;
# - count the weights of a layer, and choose padding that keeps the size;
# - write a convolution as a matrix, and see in it *sparse connections* and *shared weights*;
# - tell how far a unit sees, strides included, and why three 3×3 layers are preferred to one 7×7;
# - carry a gradient back by hand: through a chain of layers, a convolution and a pooling.
#
# You need the ten lines on tensors in lecture 00, and you need to know what a matrix is and what the slope of a curve is.
# Everything else is explained here, mostly with whole numbers that are small enough for a pencil.

# %%
import numpy
import torch
from matplotlib import cbook
from PIL import Image
from torch import nn
from torch.nn import functional as F

from utils import arithmetic, convolution, figures, widgets


def as_text(tensor):
    """A tensor as nested lists of whole numbers."""
    return str(tensor.round().long().tolist())


# %% [markdown]
# ## A picture and a reason
#
# Here is a photograph, and beside it what nine numbers make of it. The nine numbers are called a **kernel**. The kernel
# is laid over a pixel and its eight neighbours, each of its numbers is multiplied by the brightness under it, and the
# nine products are added. The sum is one pixel of the result. Then the kernel moves on to the next pixel, until it has
# been everywhere.

# %%
with cbook.get_sample_data("grace_hopper.jpg") as file:  # it comes with Matplotlib
    photograph = numpy.array(Image.open(file).crop((0, 0, 512, 512)).resize((96, 96)))
photograph = torch.from_numpy(photograph).permute(2, 0, 1)  # channels, rows, columns
print(tuple(photograph.shape))

# %%
widgets.KernelLab(photograph, title="What nine numbers make of a photograph")

# %% [markdown]
# Point at a pixel to see the window and its sum, pick another kernel from the list, or click a number and type. *Take this
# patch to the Stepper* opens 7×7 pixels below, with every product written out. And if you would rather see yourself under
# the kernel, open a picture of your own or start the camera: it stays in this page. Say what you expect before you try:
#
# - (a) The kernel that you see compares left with right. On which side of the white collar is the result white, and on
#   which is it black?
# - (b) Make all nine numbers 1. What will the result look like?
# - (c) Which kernel shows edges such as the brim of the cap, which run from left to right?
#
# <details><summary>What you find</summary>
#
# (a) The sum is large where it is lighter on the left than on the right. So the right side of the collar is white, where
# light turns dark, and the left side is black. (b) Blurred, because each sum is made of nine pixels, and about nine times
# as large. (c) *Edges, top to bottom*: the same numbers, with rows and columns exchanged.
# </details>
#
# (The photograph shows Grace Hopper, who wrote one of the first compilers.)
#
# Kernels like these were made by people. A network finds its own: it begins with random numbers, compares its answers
# with the right ones, and changes every number of every kernel a little so that the answers get better, thousands of
# times. Numbers that are found in this way are called **weights**, and are said to be *learnt*. One such operation with
# its weights is a **layer**, and a network is a row of layers, each of which reads what the one before it has made.
# Section 9 and lecture 02 show how the learning is done. First the question why anybody would build a layer like this.
#
# **Assume nothing.** In a *fully connected* layer each output is a weighted sum of all inputs, with weights of its own.
# Let it read a grey picture of 180×180 pixels, and answer with a map of the same size. The output at row $y$ and column
# $x$ needs a weight for every pixel $(v, u)$ of the picture $X$:
#
# $$Y_{y,x} = \sum_{v,\,u} W_{y,x,\,v,u}\; X_{v,u}$$

# %% tags=["nbval-check-output"]
side = 180
pixels = side * side
print(f"{pixels:,} outputs with {pixels:,} weights each: {pixels * pixels:,}")

# %% [markdown]
# More than a billion weights for a single layer. And such a layer would have to be shown a star in every corner of the
# flag before it knew stars in every corner, because the weights of one place have nothing to do with those of another.
#
# **First demand: the same everywhere.** What matters in one place matters in any other. So let all outputs use the same
# weights, counted from where they are: one for the pixel at the output's own place, one for the pixel to the right of it,
# one for the pixel three rows up and seven columns to the left. A weight then depends only on this offset $(i, j)$,
# and we may call it $K_{i,j}$:
#
# $$Y_{y,x} = \sum_{i,\,j} K_{i,j}\; X_{y+i,\,x+j}$$
#
# (Where an offset leads out of the picture, nothing is added.) From one of 180 rows to another, $i$ lies between −179 and
# 179, and so does $j$ for the columns.

# %% tags=["nbval-check-output"]
offsets = 2 * side - 1
print(f"{offsets} · {offsets} = {offsets**2:,} weights")

# %% [markdown]
# **Second demand: only neighbours.** What belongs together is close together. Whether an edge runs through a pixel can be
# seen from the pixels around it, so the opposite corner need not be asked. We keep the offsets −1, 0 and 1, and drop all
# others.

# %% tags=["nbval-check-output"]
print(f"fully connected:          {pixels * pixels:>13,} weights")
print(f"the same everywhere:      {offsets**2:>13,}")
print(f"and only neighbours:      {3 * 3:>13,}")
print(f"(neighbours, not shared:  {3 * 3 * pixels:>13,})")

# %% [markdown]
# From a billion to nine, and what is left is the kernel that slid over the photograph: a **convolution layer** is a fully
# connected layer that meets two demands. What a layer takes for granted before it has seen its first image is called its
# *inductive bias*. These two are a bet, and for photographs a good one. Lecture 03 shows what becomes of it when the pixels
# of all images are shuffled.
#
# Two more words belong here, because they are often confused. Since all places are treated alike, the output moves when
# the image moves: the layer is **equivariant** to shifts. A network that says "cat" wherever the cat is would be
# **invariant**: its answer does not change at all. Convolution layers give you the first. The second takes more, and
# section 7 and lecture 03 measure how much of it you get.
#
# **Signs and letters** in this course: $X$ is an image or whatever a layer reads, $Y$ what it gives. $K$ is a kernel,
# with $k$ rows and $k$ columns (others write $F$). $C_{in}$ and $C_{out}$ are numbers of channels, and since each kernel
# gives one output channel, $C_{out}$ is also the number of kernels (others call that $K$). The sign ⋆ stands for
# cross-correlation, ∗ for convolution: sections 1 and 2 say how the two differ.
#
# ## 1. Slide, multiply, add
#
# Now slowly, and with numbers. Take an image of 3×3 numbers and a kernel of 2×2. Lay the kernel on the top left corner of
# the image, multiply each of its numbers by the number under it, and add the four products: that is the first number of
# the output. Slide the kernel one step to the right and do it again, and then go on with the next row.

# %%
image = torch.arange(9.0).view(3, 3)
kernel = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
figures.convolution_step(
    image,
    kernel,
    row=0,
    column=0,
    title="The first number of the output",
    caption="*The coloured window of the image is multiplied, cell by cell, by the "
    "kernel; the products are added.*",
)

# %% [markdown]
# > **Predict first.** Compute the other three numbers of the output with a pencil. Then run the cell below.
#
# In code it is two loops, over the rows and the columns of the *output*:


# %% tags=["nbval-check-output"]
def slide(image, kernel):
    """image (H, W), kernel (h, w) -> output (H - h + 1, W - w + 1)"""
    h, w = kernel.shape
    output = torch.zeros(image.shape[0] - h + 1, image.shape[1] - w + 1)
    for y in range(output.shape[0]):
        for x in range(output.shape[1]):
            window = image[y : y + h, x : x + w]
            output[y, x] = (window * kernel).sum()
    return output


print(as_text(slide(image, kernel)))

# %% [markdown]
# This operation is called **cross-correlation** and written $Y = X \star K$:
#
# $$Y_{y,x} = \sum_i \sum_j X_{y+i,\;x+j}\, K_{i,j}$$
#
# The indices $i$ and $j$ run over the kernel, from 0 this time: they say how far from the window's corner we look.
#
# A second example, 4×4, to be sure. The first five outputs:

# %% tags=["nbval-check-output"]
sixteen = torch.arange(1.0, 17.0).view(4, 4)
one_to_four = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
print(", ".join(str(int(value)) for value in slide(sixteen, one_to_four).flatten()[:5]))

# %%
figures.convolution_steps(
    sixteen,
    one_to_four,
    positions=[(0, 0), (0, 1), (0, 2), (1, 0)],
    title="The window slides over the image, row by row",
    caption="*Windows that lie side by side share half of their cells, so outputs that are "
    "close together are computed from cells that are close together.*",
)

# %% [markdown]
# **Your turn.** In the *Stepper* below you can go through every window, or let it play. Click a number of the image or
# of the kernel to change it, and point at an output to see the window that it comes from.

# %%
widgets.ConvolutionStepper(sixteen, one_to_four, title="Slide, multiply, add")

# %% [markdown]
# ## 2. Convolution turns the kernel round
#
# Mathematicians define **convolution**, $Y = X * K$, with a minus sign:
#
# $$Y_{y,x} = \sum_i \sum_j X_{y-i,\;x-j}\, K_{i,j}$$
#
# While the kernel's index goes forwards, the image's goes backwards. You have known this operation since school, from
# multiplying polynomials: $(1 + 2x)(3 + 4x) = 3 + 10x + 8x^2$. The 10 in front of $x^1$ collects all pairs whose exponents
# add up to 1, which is 1·4 + 2·3: as the one index goes up, the other goes down.
#
# In two dimensions, the first output for which no index is negative is
#
# $$Y_{1,1} = X_{1,1}K_{0,0} + X_{1,0}K_{0,1} + X_{0,1}K_{1,0} + X_{0,0}K_{1,1}$$
#
# It belongs to the top left window, with the *last* number of the kernel on the window's first cell. So to convolve, turn
# the kernel by 180 degrees, top to bottom and left to right, and then slide it as before. Other texts call this *flipping*
# the kernel.
#
# > **Predict first.** The kernel [[0, 1], [2, 3]] turned by 180 degrees is …? And what is the first output now?

# %% tags=["nbval-check-output"]
turned = kernel.flip(0, 1)
print("turned kernel:    ", as_text(turned))
print("cross-correlation:", as_text(slide(image, kernel)))
print("convolution:      ", as_text(slide(image, turned)))
assert torch.equal(slide(image, turned), convolution.convolve(image, kernel))

# %%
figures.convolution_step(
    image,
    turned,
    row=0,
    column=0,
    title="The first number of the convolution",
    caption="*The same window, the same four numbers of the kernel, each at the "
    "opposite corner.*",
)

# %% [markdown]
# And which of the two does a convolution layer compute? Ask it. PyTorch wants two more axes in front: for the image, the
# number of images and of channels; for the kernel, the number of output and of input channels (section 3). Here all are 1.

# %% tags=["nbval-check-output"]
layer_output = F.conv2d(image.view(1, 1, 3, 3), kernel.view(1, 1, 2, 2))[0, 0]
print("F.conv2d:", as_text(layer_output))
print("the same as cross-correlation:", torch.equal(layer_output, slide(image, kernel)))

# %% [markdown]
# **Deep-learning "convolutions" are cross-correlations.** Since the kernel of a layer is learnt, a layer that turned it
# first would learn the turned kernel and compute the same. So nobody turns, and everybody says convolution. From here
# on, so do we. (Go back to the photograph, choose *turned* and go through the list: the result changes, except for kernels
# that look the same upside down.)
#
# **Two layers in a row.** Then why keep the turn at all? Because it answers a question that will come up in section 8: what
# do two layers do together? Convolution is **associative**, as a product of polynomials is: $(X * A) * B = X * (A * B)$.
# Cross-correlation is not. To see it, let every kernel overlap the edge of the image as far as it can, so that all products
# count ("full" padding, section 4):


# %% tags=["nbval-check-output"]
def full(operation, a, b):
    """Apply an operation with so much padding that every overlap counts."""
    return operation(a, b, padding=(b.shape[0] - 1, b.shape[1] - 1))


convolve, correlate = convolution.convolve, convolution.cross_correlate
product = full(convolve, torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]]))
print("(1 + 2x)(3 + 4x) has the numbers", as_text(product[0]))

A, B = kernel, torch.tensor([[1.0, 2.0], [0.0, 1.0]])
in_a_row = full(convolve, full(convolve, image, A), B)
at_once = full(convolve, image, full(convolve, A, B))
print("convolved:      (X ∗ A) ∗ B  =  X ∗ (A ∗ B):", torch.equal(in_a_row, at_once))

in_a_row = full(correlate, full(correlate, image, A), B)
at_once = full(correlate, image, full(correlate, A, B))
print("correlated:     (X ⋆ A) ⋆ B  =  X ⋆ (A ⋆ B):", torch.equal(in_a_row, at_once))

merged = full(convolve, A, B)
at_once = full(correlate, image, merged)
print("two layers:     (X ⋆ A) ⋆ B  =  X ⋆ (A ∗ B):", torch.equal(in_a_row, at_once))
print("their kernel:   A ∗ B =", as_text(merged))

# %% [markdown]
# The third line is the one about layers, which compute ⋆: **two layers in a row are one layer, whose kernel is the
# convolution of theirs.** Two kernels of 2×2 merge into one of 3×3. (This holds as long as nothing stands between the two
# layers, at stride 1. With a padding that keeps the size, section 4, it fails near the rim: there the second layer reads
# zeros in place of numbers that the first was not asked for. With several channels the merged kernel is a sum over the
# channels in the middle.)
#
# ## 3. Several channels
#
# A colour image has three numbers at each place. It is a stack of three **channels**, of which each is a grey image:

# %%
part = photograph[:, 8:80, 8:80]
channels = [channel.expand(3, -1, -1) for channel in part]
figures.image_grid(
    torch.stack([part, *channels]),
    ["all three", "0: red", "1: green", "2: blue"],
    source="72×72 pixels of a photograph by the US Navy",
    columns=4,
    title="An image in colour is three grey images",
    caption="*The red stripe of the flag is light in the red channel and dark in the other two. "
    "The background is lightest in blue.*",
)

# %% [markdown]
# A kernel for three channels has three channels itself, one slice for each: it is a **block, as deep as the input**. Each
# slice slides over its own channel, and the results are added. So one kernel gives one map, however many channels come
# in. A layer has many kernels, all of the same shape, and gives as many **feature maps**, which are the channels that the
# next layer reads.

# %%
figures.channel_blocks(
    in_channels=3,
    kernels=2,
    title="Each kernel is a block, and gives one map",
    caption="*The blue window goes through all channels. Its 27 numbers times the 27 weights "
    "of a kernel, added up, are one number of that kernel's map.*",
)

# %% [markdown]
# > **Predict first.** With numbers, and two channels: the image of section 1 and the same image plus 1, kernel slices
# > [[0, 1], [2, 3]] and [[1, 2], [3, 4]]. What is the first number of the output?

# %% tags=["nbval-check-output"]
two_channels = torch.stack([image, image + 1])
two_slices = torch.stack([kernel, kernel + 1])
parts = [slide(channel, k) for channel, k in zip(two_channels, two_slices, strict=True)]
print("channel 0:", as_text(parts[0]))
print("channel 1:", as_text(parts[1]))
print("sum:      ", as_text(parts[0] + parts[1]))

# %%
figures.number_grid(
    {
        "channel 0": two_channels[0],
        "slice 0": two_slices[0],
        "channel 1": two_channels[1],
        "slice 1": two_slices[1],
        "output": parts[0] + parts[1],
    },
    operators=["⋆", "+", "⋆", "="],
    windows={
        "channel 0": [(0, 0, 2, 2)],
        "channel 1": [(0, 0, 2, 2)],
        "output": [(0, 0, 1, 1)],
    },
    title="Each slice slides over its own channel; the two results are added",
    caption="*The first window: 19 from channel 0 and 37 from channel 1, together 56.*",
)

# %% [markdown]
# The same with more channels: eight of 7×6 come in, and there are eight kernels, each a block of 8×3×3.

# %% tags=["nbval-check-output"]
incoming = torch.randn(8, 7, 6)  # random numbers around 0
weight = torch.randn(8, 8, 3, 3)  # output channels, input channels, rows, columns
outgoing = convolution.cross_correlate_channels(incoming, weight)
print(tuple(incoming.shape), "→", tuple(outgoing.shape))
expected = F.conv2d(incoming[None], weight)[0]
print("the same as F.conv2d:", torch.allclose(outgoing, expected, atol=1e-4))

# %% [markdown]
# ## 4. How large is the output?
#
# A 2×2 kernel fits into a row of 3 cells at 2 places, and into a row of 4 at 3 places. In general a kernel of $k$ cells
# fits into $i$ cells at $i - k + 1$ places. Two settings change that:
#
# - **Padding** $p$ puts $p$ rows or columns of zeros on every side, so the kernel slides over $i + 2p$ cells.
# - **Stride** $s$ moves the kernel $s$ cells at a time, so only every $s$-th place counts.
#
# The number of places, and so the size $o$ of the output, is then
#
# $$o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1$$
#
# The first place is always there: that is the $+1$. From it, $i + 2p - k$ cells are left to move over, in steps of
# $s$. What does not fill a whole step is lost, and that is the floor, $\lfloor\;\rfloor$.
#
# > **Predict first.** Input $i$, kernel $k$, padding $p$, stride $s$: (4, 3, 0, 1), (5, 4, 2, 1) and (5, 3, 0, 2).

# %% tags=["nbval-check-output"]
for i, k, p, s in [(4, 3, 0, 1), (5, 4, 2, 1), (5, 3, 0, 2)]:
    o = arithmetic.output_size(i, kernel_size=k, padding=p, stride=s)
    torch_says = F.conv2d(
        torch.zeros(1, 1, i, i), torch.zeros(1, 1, k, k), padding=p, stride=s
    ).shape[-1]
    print(
        f"({i}, {k}, {p}, {s}) → {o}    ⌊({i} + {2 * p} - {k}) / {s}⌋ + 1, and torch says {torch_says}"
    )

# %% [markdown]
# **What the floor drops.** A 6×6 image, kernel 3×3, stride 2: $\lfloor (6 - 3)/2 \rfloor + 1 = 2$. The windows begin
# at 0 and at 2, and the second ends at cell 4. Nobody looks at cell 5:

# %%
figures.convolution_steps(
    torch.arange(36.0).view(6, 6),
    torch.ones(3, 3),
    positions=[(1, 1)],
    stride=2,
    title="The last of four windows of 3×3, stride 2",
    caption="*The hatched row and column are never under the kernel: the output would"
    " be the same whatever stood there. Such a layer is blind at the right "
    "and bottom edge.*",
)

# %% tags=["nbval-check-output"]
for size in (5, 6, 7, 8):
    o = arithmetic.output_size(size, kernel_size=3, stride=2)
    lost = arithmetic.dropped(size, kernel_size=3, stride=2)
    print(f"{size} cells, kernel 3, stride 2: {o} outputs, {lost} dropped")

# %% [markdown]
# Try it in the Stepper of section 1: make the image 6×6, the kernel 3×3 and the stride 2, and watch the formula and the
# crossed-out cells. Which strides lose no cell? Then ask for something that cannot be, a kernel larger than the padded
# image.
#
# **Three paddings have names** (all with stride 1):
#
# - *valid*: $p = 0$. Every window lies within the image, so the output is smaller by $k - 1$.
# - *same*: $p = (k-1)/2$. The output is as large as the input. That needs $k - 1$ to be even, so **$k$ to be odd**:
#   one reason why kernels are 3×3, 5×5 or 7×7. An odd kernel also has a centre.
# - *full*: $p = k - 1$. Every overlap counts, even of a single cell, so the output is larger by $k - 1$.

# %%
figures.paddings(
    size=4,
    kernel_size=3,
    title="Valid, same and full: where the first window stands",
    caption="*White: the image of 4×4. Hatched: zeros around it. The window of a full padding "
    "begins where it shares a single cell with the image.*",
)

# %% tags=["nbval-check-output"]
for name, p in [("valid", 0), ("same", arithmetic.same_padding(5)), ("full", 5 - 1)]:
    print(
        f"{name:5}  p = {p}:  28 → {arithmetic.output_size(28, kernel_size=5, padding=p)}"
    )

# %% [markdown]
# And an even kernel? Ask for the padding that keeps the size:

# %% tags=["nbval-check-output"]
try:
    arithmetic.same_padding(4)
except ValueError as error:
    print(error)

# %% [markdown]
# PyTorch does the sum for you if you ask for `padding="same"`. (With an even kernel it pads one side by one more
# than the other, and warns that this may cost a copy of the image.)

# %% tags=["nbval-check-output"]
same = nn.Conv2d(1, 1, kernel_size=5, padding="same")
print(tuple(same(torch.zeros(1, 1, 28, 28)).shape))

# %% [markdown]
# **Why padding matters.** Without it every layer cuts a rim off.
#
# > **Predict first.** An image of 240×240 goes through ten layers of 5×5 kernels without padding. How large is the
# > output, and what share of the pixels has been lost?

# %% tags=["nbval-check-output"]
size = 240
for _ in range(10):
    size = arithmetic.output_size(size, kernel_size=5)
gone = 1 - size**2 / 240**2
print(f"{size}×{size}: {100 * gone:.0f} % of the pixels are gone")

# %% [markdown]
# **Dilation** $d$ puts gaps into the kernel: its cells lie $d$ apart, so it spans $d(k-1)+1$ cells, and that takes
# the place of $k$ in the formula:
#
# $$o = \left\lfloor \frac{i + 2p - d(k-1) - 1}{s} \right\rfloor + 1$$
#
# With $d = 2$ a kernel of 3 spans 5 cells, so it fits into 7 cells at ⌊(7 − 4 − 1)/1⌋ + 1 = 3 places. Lecture 02 shows
# what that is good for.
#
# **Five predictions.** Type the size you expect and press Enter. If you are wrong, the Stepper opens on that very case.

# %%
widgets.PredictFirst("output_size", seed=1, title="How large is the output?")

# %% [markdown]
# ## 5. How many weights?
#
# A kernel has $k$ rows and $k$ columns for each of the $C_{in}$ input channels: $k \cdot k \cdot C_{in}$ weights. There
# are $C_{out}$ kernels, and each has one **bias**, a number that is added to its whole output:
#
# $$k \cdot k \cdot C_{in} \cdot C_{out} + C_{out}$$
#
# The size of the image is not in it. With equally many channels, a layer that reads 28×28 pixels has as many weights
# as one that reads 4000×3000: that was the first demand.
#
# > **Predict first.** `nn.Conv2d(64, 128, kernel_size=3)`: the shape of its weight, of its bias, and their number?

# %% tags=["nbval-check-output"]
layer = nn.Conv2d(in_channels=64, out_channels=128, kernel_size=3)
print("weight:", list(layer.weight.shape))
print("bias:  ", list(layer.bias.shape))
print("3·3·64·128 + 128 =", arithmetic.parameter_count(64, 128, kernel_size=3))
# numel() says how many numbers a tensor has
print("torch counts      ", sum(p.numel() for p in layer.parameters()))

# %% [markdown]
# **Common settings**, as [kernel, stride, padding]. They all keep the size:

# %% tags=["nbval-check-output"]
for k, s, p in [(3, 1, 1), (5, 1, 2), (1, 1, 0)]:
    print(
        f"[{k}, {s}, {p}]: 32 → {arithmetic.output_size(32, kernel_size=k, stride=s, padding=p)}"
    )

# %% [markdown]
# The numbers of channels are usually **powers of two**, 32, 64, 128, …, because hardware works in blocks of such sizes.
# There is a balance in it, too: where the size is halved and the channels are doubled, a layer has four times the weights,
# used at a quarter of the places, so the number of multiplications stays about even.
#
# ## 6. The same layer as a matrix
#
# The opening took a fully connected layer and removed weights from it. Here is what remains, in one dimension, with 6
# inputs and a kernel of 3:

# %%
figures.connections(
    inputs=6,
    kernel_size=3,
    title="A fully connected and a convolution layer, from 6 inputs to 4 outputs",
    caption="*Left: 24 connections, 24 weights. Right: 12 connections and 3 weights, "
    "one for each colour and line style. Follow one colour: the same weight, "
    "four times.*",
)

# %% [markdown]
# A fully connected layer is a product with a matrix, so there must be a matrix for the convolution as well. Write the
# image as one long column; then each row of the matrix holds the weights of one output. For the 3×3 image and 2×2 kernel
# of section 1, the matrix is 4×9:
#
# ```
# 0 1 0 2 3 0 0 0 0
# 0 0 1 0 2 3 0 0 0
# 0 0 0 0 1 0 2 3 0
# 0 0 0 0 0 1 0 2 3
# ```
#
# The first row times 0, 1, …, 8 is 1·1 + 2·3 + 3·4 = 19.

# %% tags=["nbval-check-output"]
matrix = convolution.layer_matrix(kernel, input_size=(3, 3))
print("matrix × image:   ", as_text((matrix @ image.flatten()).view(2, 2)))
print("cross-correlation:", as_text(slide(image, kernel)))

# %%
figures.layer_matrix(
    convolution.layer_matrix(torch.arange(1.0, 10.0).view(3, 3), input_size=(5, 5)),
    title="A 3×3 kernel on a 5×5 image, as a matrix from 25 cells to 9",
    caption="*Every row holds the same nine weights, moved. Cut the matrix into "
    "blocks of 3 rows and 5 columns: inside each, every diagonal is constant."
    " Such a block is called a Toeplitz matrix. A block that is not zero "
    "holds one row of the kernel: 1 2 3, 4 5 6 or 7 8 9. White is zero: 144 "
    "of the 225 entries.*",
)

# %% [markdown]
# > **Predict first.** How large would this matrix be for a 28×28 image and a 3×3 kernel? How much of it is not zero?

# %% tags=["nbval-check-output"]
o = arithmetic.output_size(28, kernel_size=3)
rows, columns = o * o, 28 * 28
print(
    f"{rows} × {columns} = {rows * columns:,} entries, {rows * 9:,} of them not zero: {100 * 9 / columns:.1f} %"
)
print("different weights among them: 9")

# %% [markdown]
# The zeros are the second demand, and the few different weights are the first. In a matrix the two are called **sparse
# connections** and **shared weights**.
#
# ## 7. Pooling
#
# **Pooling** slides a window too, but has nothing to learn: it keeps the largest number of each window (*max
# pooling*) or their mean (*average pooling*). On the 3×3 image of section 1, with windows of 2×2 and stride 1:

# %% tags=["nbval-check-output"]
print("max:    ", as_text(convolution.max_pool(image, kernel_size=2, stride=1)))
print("average:", convolution.average_pool(image, kernel_size=2, stride=1).tolist())
print("parameters:", sum(p.numel() for p in nn.MaxPool2d(2).parameters()))

# %% [markdown]
# Usually it is there to make maps smaller. Common settings of [window, stride] are [2, 2], and [3, 2], where neighbouring
# windows overlap by one cell: 7 cells become ⌊(7 − 3)/2⌋ + 1 = 3. The formula of section 4 holds as it stands.

# %%
mixed = torch.tensor(
    [
        [1.0, 3.0, 2.0, 0.0],
        [4.0, 2.0, 1.0, 5.0],
        [0.0, 1.0, 7.0, 6.0],
        [2.0, 8.0, 3.0, 4.0],
    ]
)
figures.pooling(
    mixed,
    kernel_size=2,
    stride=2,
    title="Max and average pooling, windows of 2×2, stride 2",
    caption="*A strong response stays strong under max pooling, wherever in its "
    "window it was. The ringed cells are the winners. The last grid belongs to max pooling "
    "and is for section 9.*",
)

# %% [markdown]
# Try both on one image, beside a convolution with the same stride.
#
# > **Predict first**, then move the image to the right by one pixel: how many of the nine outputs change under max
# > pooling, and how many under the other two?

# %%
widgets.PoolingBench(kernel_size=2, stride=2, title="Three ways to shrink")

# %% [markdown]
# Max pooling forgives a move as long as the winner stays in its window and nothing larger comes in, so it brings a little
# of the *invariance* of which the opening spoke. It is far from perfect: where the winner crosses into the next window,
# nothing is forgiven.
#
# ## 8. Layers upon layers
#
# Call one number of a layer's output a **unit**. A unit of the first 3×3 layer sees 3×3 pixels. A unit of the second
# sees 3×3 units of the first, which together see 5×5 pixels, and after one more layer it is 7×7. That is the unit's
# **receptive field**.

# %%
figures.receptive_field_stack(
    layers=3,
    kernel_size=3,
    title="Three 3×3 layers see as far as one of 7×7 (one dimension shown)",
    caption="*Follow the lines down from the top unit: each layer adds one cell on "
    "either side.*",
)

# %% [markdown]
# > **Predict first.** $C$ channels in and out everywhere, no biases: how many weights have three 3×3 layers, and how
# > many has one 7×7 layer?

# %% tags=["nbval-check-output"]
C = 64
three = 3 * arithmetic.parameter_count(C, C, kernel_size=3, bias=False)
one = arithmetic.parameter_count(C, C, kernel_size=7, bias=False)
print(f"three 3×3: {three // C**2}·C² = {three:,}")
print(f"one 7×7:   {one // C**2}·C² = {one:,}")

# %% [markdown]
# The same field of view with fewer weights. There is a second advantage. Between any two layers of a network there is a
# nonlinear function, most often **ReLU**, which keeps positive numbers and makes all others zero. Without it, three 3×3
# layers could do nothing that one 7×7 layer cannot, because layers in a row are one layer (section 2). With it, they can do
# more. This is the argument of the VGG networks (Simonyan and Zisserman, 2015), which lecture 07 builds.
#
# **The rule, with strides.** The other way to see far is to make the maps smaller. Behind a layer of stride 2 two
# neighbouring units are two pixels apart, so each step of a later kernel counts double; behind two such layers it counts
# four times. A kernel of $k$ cells adds $k - 1$ steps to the field, and a step is as long as the product of all strides
# before it (Araujo, Norris and Sim, 2019):
#
# $$r = 1 + \sum_{l} (k_l - 1) \prod_{m < l} s_m$$
#
# The sum runs over all layers $l$, the product over the layers $m$ before each. (With dilation, $d_l (k_l - 1)$ takes
# the place of $k_l - 1$. Padding moves the field, and does not change its size.) By hand, for a network like those of
# lecture 03, a convolution and a pooling, twice:
#
# | layer | kernel $k$ | stride $s$ | a step before it | it adds | sees |
# |---|--:|--:|--:|--:|--:|
# | convolution | 3 | 1 | 1 | 2·1 | 1 + 2 = 3 |
# | pooling | 2 | 2 | 1 | 1·1 | 3 + 1 = 4 |
# | convolution | 3 | 1 | 2 | 2·2 | 4 + 4 = 8 |
# | pooling | 2 | 2 | 2 | 1·2 | 8 + 2 = 10 |
#
# > **Predict first.** One more convolution and one more pooling of the same kind: how far do they see?

# %% tags=["nbval-check-output"]
layers = [(3, 1), (2, 2)] * 3  # kernel size and stride
sees, step = 1, 1
for depth, (k, s) in enumerate(layers, start=1):
    sees += (k - 1) * step
    step *= s
    print(f"after layer {depth}: sees {sees:2}, then a step is {step} px long")
print("utils.arithmetic says", arithmetic.receptive_field(layers))

# %% [markdown]
# Whenever this course says that a unit "sees" so many pixels, this rule has counted them. Section 9 measures them.

# %% [markdown]
# ## 9. Backwards: slopes, multiplied
#
# A network learns by asking of each of its weights: if you were a little larger, would the answers get better? How bad the
# answers are is measured by one number, the **loss**. The **slope** of the loss with respect to a weight says how
# much the loss changes for each unit by which the weight is changed, as long as the change is small. Mathematicians call
# it the derivative, $\partial L / \partial w$. A slope of −3 means: add 0.01 to this weight, and the loss falls by about
# 0.03. The slopes of the loss with respect to all numbers of a kernel, or of an image, laid out in its shape, are the
# **gradient** of the loss with respect to it, or for short *its gradient*.
#
# **One step.** Let $y = w \cdot x$. If $w$ grows a little, $y$ grows $x$ times as much; if $x$ grows, $y$ grows $w$ times
# as much. So whoever knows how the loss changes with $y$ has only to multiply. That is the *chain rule*:
#
# $$\frac{\partial L}{\partial w} = \frac{\partial L}{\partial y} \cdot x \qquad\qquad
# \frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \cdot w$$
#
# **Three layers, by hand.** The input $x = 2$ is multiplied by a weight $w = 3$, goes through a ReLU, and is multiplied by
# a second weight $v = 0.5$. The right answer would have been 5, and the loss is the square of the difference:
#
# $$a = w x = 6 \qquad b = \max(a, 0) = 6 \qquad c = v b = 3 \qquad L = (c - 5)^2 = 4$$
#
# Now walk back. The slope of the square is $2(c - 5) = -4$. From $c$ to $b$ it is multiplied by $v = 0.5$, from $b$ to $a$
# by 1 (a ReLU lets a slope pass where its input was positive, and stops it elsewhere), from $a$ to $x$ by $w = 3$. The
# weights branch off on the way, each with the number that it was multiplied by.
#
# > **Predict first.** What are the slopes of the loss with respect to $v$ and to $w$?

# %% tags=["nbval-check-output"]
x, w, v, right = 2.0, 3.0, 0.5, 5.0
a = w * x
b = max(a, 0.0)
c = v * b
loss = (c - right) ** 2

slope_c = 2 * (c - right)
slope_v, slope_b = slope_c * b, slope_c * v  # of the step c = v · b
slope_a = slope_b * (a > 0)  # of the ReLU
slope_w, slope_x = slope_a * x, slope_a * w  # of the step a = w · x
print(f"by hand: loss {loss:g}, slopes v {slope_v:g}, w {slope_w:g}, x {slope_x:g}")

nudged = (v * max((w + 0.01) * x, 0.0) - right) ** 2
print(f"with w + 0.01 the loss changes by {nudged - loss:.4f}")

# %%
figures.back_propagation(
    chain=[("x", x), ("a", a), ("b", b), ("c", c), ("L", loss)],
    steps=[("·w", w), ("ReLU", 1.0), ("·v", v), ("(c − 5)²", slope_c)],
    weights={"w": (0, w, x), "v": (2, v, b)},
    title="Forwards the values, backwards the slopes of the loss",
    caption="*Black arrows: each number is made from the one before it. Dashed: from the right, "
    "the slope is multiplied by the slope of each step. Bold: how the loss changes with "
    "that number.*",
)

# %% [markdown]
# PyTorch does the same. A tensor that was made with `requires_grad=True` remembers what is computed from it; `.backward()`
# walks back over what was remembered, and writes each slope into `.grad`:

# %% tags=["nbval-check-output"]
x, w, v = (torch.tensor(value, requires_grad=True) for value in (2.0, 3.0, 0.5))
loss = (v * F.relu(w * x) - right) ** 2
loss.backward()
print(f"torch:   loss {loss.item():g}, slopes v {v.grad:g}, w {w.grad:g}, x {x.grad:g}")

# %% [markdown]
# This is **back-propagation** (Rumelhart, Hinton and Williams, 1986): once forwards, keeping the numbers on the way, and
# once backwards, multiplying slopes. Two things can be seen in this chain that will matter in networks of fifty layers.
# The slope of $v$ needed $b$, so what is computed on the way forwards has to be kept until the way back. And a slope is
# a product: if many of its factors are smaller than 1 in size, hardly anything is left at the first layer, and if many are
# larger, it explodes.
#
# **Several ways are added.** A number that is used in two places acts on the loss through both, so what comes back from
# the two is added. A convolution uses each weight at every place, and the gradient of a weight is a sum over all of them.
#
# **A convolution, in two lines** (stride 1, no padding). Let $G$ be the gradient at the output, one slope for each
# output number. The weight $K_{i,j}$ was multiplied by $X_{y+i,\,x+j}$ to make the output at $(y, x)$. So the gradient
# of the kernel is the image, cross-correlated with $G$. And a pixel was multiplied, in each window that it lies in, by
# another weight of the kernel: the upper left window had it under its last weight, the lower right one under its first.
# That is the turn of section 2.
#
# $$\frac{\partial L}{\partial K} = X \star G \qquad\qquad \frac{\partial L}{\partial X} = G * K \ \text{ (full)}$$

# %% tags=["nbval-check-output"]
G = torch.tensor([[1.0, 2.0], [3.0, 4.0]])  # as if the loss had sent this back
print("gradient of the kernel:", as_text(slide(image, G)))
print("gradient of the image: ", as_text(full(convolve, G, kernel)))

X = image.view(1, 1, 3, 3).clone().requires_grad_()
K = kernel.view(1, 1, 2, 2).clone().requires_grad_()
F.conv2d(X, K).backward(G.view(1, 1, 2, 2))  # begin with G, not with the 1 of a loss
print("torch, of the kernel:  ", as_text(K.grad[0, 0]))
print("torch, of the image:   ", as_text(X.grad[0, 0]))

# %% [markdown]
# Point at a weight of the kernel below. You see every cell of the image that it touches, every entry of the matrix of
# section 6 where it stands, and its gradient as a sum over all those places.

# %%
widgets.WeightView(image, kernel, upstream=G, title="One weight, everywhere")

# %% [markdown]
# **A pooling.** If the largest number of a window grows by a little, so does the output, whereas the others can change a
# little without any effect. So the **gradient of a max goes to the winner, all of it**, and the others get zero. (If two
# numbers of a window are equal, torch takes the first.) Under average pooling each of the four gets a quarter. Here each
# output sends back 1:

# %% tags=["nbval-check-output"]
for pool in (F.max_pool2d, F.avg_pool2d):
    cells = mixed.clone().requires_grad_()
    pool(cells.view(1, 1, 4, 4), kernel_size=2).sum().backward()
    print(pool.__name__, cells.grad, sep="\n")

# %% [markdown]
# The last grid of the figure in section 7 is the first of these two, and *Three ways to shrink* below it shows both.
#
# **What a unit sees, measured.** A pixel that a unit does not see cannot change it, so its slope is zero. Where every
# weight is 1, nothing cancels, and the pixels whose slope is not zero are the receptive field. Here are the four layers of
# section 8 with such weights and with average pooling, which lets every pixel count, asked about one unit:

# %% tags=["nbval-check-output"]
pixels = torch.zeros(1, 1, 28, 28, requires_grad=True)
ones = torch.ones(1, 1, 3, 3)
maps = F.avg_pool2d(F.conv2d(pixels, ones), 2)
maps = F.avg_pool2d(F.conv2d(maps, ones), 2)
maps[0, 0, 2, 2].backward()
read = pixels.grad[0, 0] != 0
print(f"it sees {read.any(1).sum()} rows and {read.any(0).sum()} columns")

# %% [markdown]
# ## 10. In pairs: three operations in a row
#
# With a partner, on paper first. $A$ is an 8×8 image, $B$ a 3×3 kernel, and the letters after them are only names:
#
# a. Max pool $A$ with windows of 2×2 and stride 2. Call the result $C$.
#
# b. Pad $C$ with 2 zeros on each side and cross-correlate with $B$. Call the result $D$.
#
# c. Cross-correlate $D$ with $B$, stride 3.
#
# Before any number: the size of $C$, of $D$, and of the last result?

# %%
A = torch.tensor(
    [
        [1, 0, 2, 1, 0, 0, 1, 2],
        [0, 3, 1, 0, 1, 2, 0, 0],
        [2, 1, 0, 0, 3, 1, 1, 0],
        [0, 0, 1, 2, 0, 0, 2, 1],
        [1, 2, 0, 1, 1, 0, 0, 3],
        [0, 1, 1, 0, 2, 1, 0, 1],
        [3, 0, 0, 2, 0, 1, 1, 0],
        [1, 1, 2, 0, 0, 0, 2, 1],
    ]
)
B = torch.tensor([[1, 1, 1], [1, -2, 1], [1, 1, 1]])
figures.number_grid(
    {"A": A, "B": B},
    title="The image A and the kernel B",
    caption="*B adds the eight neighbours and takes away twice the centre.*",
)

# %% [markdown]
# When both of you have an answer, compare:

# %% tags=["nbval-check-output"]
C = convolution.max_pool(A, kernel_size=2, stride=2)
D = convolution.cross_correlate(C, B, padding=2)
E = convolution.cross_correlate(D, B, stride=3)
for name, result in [("C", C), ("D", D), ("E", E)]:
    print(name, tuple(result.shape))
    print(result.numpy())

# %% [markdown]
# ## What happened, and why
#
# A convolution layer is a fully connected layer that was told two things about images: look in the same way everywhere,
# and look only nearby. From the first follows that the number of weights does not depend on the size of the image; from
# the second follows the size formula, because a window must fit. Padding decides what happens at the rim, stride and
# pooling decide how fast the maps shrink, and all of them together decide how far a unit sees. On the way back, slopes
# are multiplied along the chain and added where ways meet, and for a convolution that is a convolution again.

# %%
widgets.PredictionScore(names=["output_size"])

# %% [markdown]
# ## Check yourself
#
# 1. Input 32, kernel 5, stride 2. Which padding gives 16?
# 2. `nn.Conv2d(3, 96, kernel_size=11, stride=4, padding=2)` on 224×224: output shape and number of parameters?
# 3. Two 5×5 layers without padding, stride 1: how far does one unit see? Which single kernel sees as far? And how far do
#    they see if the first has stride 2?
# 4. The matrix of a 3×3 kernel with stride 2 on a 5×5 image has four rows. Each is the row above, moved. By how many
#    columns each time?
# 5. An average pooling is a convolution. With which kernel, which stride, and how many channels at a time?
# 6. In the chain of section 9, let $w$ be −3. What are the slopes now, and what can this network learn from this example?
#
# <details><summary>Answers</summary>
#
# 1. ⌊(32 + 2p − 5)/2⌋ + 1 = 16 needs 30 ≤ 27 + 2p < 32, so p = 2.
# 2. ⌊(224 + 4 − 11)/4⌋ + 1 = 55, so 96×55×55; 11·11·3·96 + 96 = 34,944. This is the first layer of AlexNet.
# 3. 5 + 4 = 9 cells, as a 9×9 kernel does. With stride 2 each of the four steps of the second is two cells long:
#    5 + 4·2 = 13.
# 4. By 2, 8 and 2. Within a row of the output the window moves 2 columns. To begin the next row it goes from column 2 of
#    one image row to column 0 two image rows further down: 10 − 2 = 8.
# 5. A k×k kernel whose weights are all 1/k², the stride of the pooling, each channel by itself (lecture 02 calls that
#    *depthwise*).
# 6. Then a = −6, and the ReLU makes it b = 0: c = 0, L = 25. The slope of v is −10·0 = 0, and nothing passes the ReLU, so
#    those of w and x are 0 as well. From this example the network can learn nothing, although it is quite wrong.
# </details>

# %% [markdown]
# <details><summary>For instructors: slips of the source lectures that are corrected here</summary>
#
# - One source defines the convolution of A and B by a sum in which B is indexed twice and A not at all; its worked
#   numbers (44, 54, 64, 84, 94) are cross-correlations of A with B, as here.
# - One source says that a layer's weights start "randomly between −1 and 1". PyTorch draws them uniformly between
#   −1/√n and 1/√n, where n is the number of inputs of a unit; lecture 03 measures the difference.
# </details>

# %% [markdown]
# ## Sources
#
# - Dumoulin, Visin (2016), *A guide to convolution arithmetic for deep learning*.
# - Araujo, Norris, Sim (2019), *Computing receptive fields of convolutional neural networks*.
# - Simonyan, Zisserman (2015), *Very deep convolutional networks for large-scale image recognition*.
# - Rumelhart, Hinton, Williams (1986), *Learning representations by back-propagating errors*.
# - The two demands after *Dive into Deep Learning* (Zhang, Lipton, Li, Smola), *From fully connected layers to
#   convolutions*; worked values from STAT 479 *Deep Learning* (2019), CS396 *Deep Learning for Computer Vision* (lecture
#   6), *Deep Learning* (Fall 2020), and a chapter on CNNs that follows *Dive into Deep Learning*.
# - The photograph: Grace Hopper, by James S. Davis, US Navy (1984), in the public domain, as it comes with Matplotlib.
