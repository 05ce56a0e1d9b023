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
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/01_convolution_arithmetic.ipynb) &ensp; about 90 minutes &ensp; before: [00 Start here](00_start_here.ipynb) &ensp; next: [02 Kinds of convolution](02_kinds_of_convolution.ipynb)
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
# - compute a cross-correlation and a convolution by hand, and say which of the two a "convolution layer" computes;
# - predict the output size of any convolution or pooling, and which cells it never looks at;
# - count the weights of a layer, and choose padding that keeps the size;
# - write a convolution as a matrix, and see in it *sparse connections* and *shared weights*;
# - say what pooling does, forwards and backwards;
# - explain why three 3×3 layers are preferred to one 7×7.
#
# You need to know what a matrix is and, for section 7, what a derivative is. Everything else is made here, with
# small whole numbers that you can check with a pencil.

# %%
import torch
from torch import nn
from torch.nn import functional as F

from utils import arithmetic, convolution, figures, widgets


def as_text(tensor):
    """A tensor as nested lists of whole numbers."""
    return str(tensor.round().long().tolist())


# %% [markdown]
# ## 1. Slide, multiply, add
#
# Take an image of 3×3 numbers and a **kernel** of 2×2 numbers. Lay the kernel on the top left corner of the image.
# Multiply each number of the kernel by the number under it, and add the four products. That is one number of the
# output. Slide the kernel one step to the right and do it again; then the next row.

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
# This operation is called **cross-correlation**. For an image $X$ and a kernel $K$,
#
# $$Y_{y,x} = \sum_i \sum_j X_{y+i,\;x+j}\, K_{i,j}$$
#
# The kernel's indices $i, j$ run over the kernel; the same $i, j$ say how far from the window's corner we look.
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
    caption="*Windows that lie side by side share half of their cells. Output cells "
    "that are close together are computed from cells that are close "
    "together.*",
)

# %% [markdown]
# **Your turn.** In the box below you can step through every window, or let it play. Click a number of the image or of the
# kernel to change it. Point at an output to see the window that it comes from.

# %%
widgets.ConvolutionStepper(sixteen, one_to_four, title="Slide, multiply, add")

# %% [markdown]
# ## 2. Convolution turns the kernel round
#
# Mathematicians define **convolution** with a minus sign:
#
# $$Y_{y,x} = \sum_i \sum_j X_{y-i,\;x-j}\, K_{i,j}$$
#
# While the kernel's index goes forwards, the image's goes backwards. The first output for which no index is negative is
#
# $$Y_{1,1} = X_{1,1}K_{0,0} + X_{1,0}K_{0,1} + X_{0,1}K_{1,0} + X_{0,0}K_{1,1}$$
#
# It belongs to the top left window, with the *last* number of the kernel on the window's first cell. So turn the kernel
# by 180 degrees, top to bottom and left to right, and slide it as before.
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
# Why bother? Because of the turn, convolution is **associative**: convolving an image with $B$ and then with $C$ is
# the same as convolving it once with the convolution of $B$ and $C$. Cross-correlation is not. To see it we let every
# kernel overlap the edge of the image as far as it can ("full" padding, more in section 4). In the cell ∘ stands
# first for convolution, then for cross-correlation.


# %% tags=["nbval-check-output"]
def full(operation, a, b):
    """Apply an operation with so much padding that every overlap counts."""
    return operation(a, b, padding=(b.shape[0] - 1, b.shape[1] - 1))


a, b, c = image, kernel, torch.tensor([[1.0, 2.0], [0.0, 1.0]])
for operation in (convolution.convolve, convolution.cross_correlate):
    left = full(operation, full(operation, a, b), c)
    right = full(operation, a, full(operation, b, c))
    print(
        f"{operation.__name__:16} (A ∘ B) ∘ C == A ∘ (B ∘ C): {torch.equal(left, right)}"
    )

# %% [markdown]
# And which of the two does a convolution layer compute? Ask it. PyTorch wants two more axes in front: for the image,
# how many images and how many channels; for the kernel, how many output and input channels (section 3). Here all
# are 1.

# %% tags=["nbval-check-output"]
layer_output = F.conv2d(image.view(1, 1, 3, 3), kernel.view(1, 1, 2, 2))[0, 0]
print("F.conv2d:", as_text(layer_output))
print("the same as cross-correlation:", torch.equal(layer_output, slide(image, kernel)))

# %% [markdown]
# **Deep-learning "convolutions" are cross-correlations.** A layer's kernel is learnt. A layer that turned it first
# would learn the turned kernel and compute the same. So nobody turns, and everybody says convolution. From here
# on, so do we.
#
# ## 3. Several channels
#
# A colour image has three numbers at each place: it is a stack of three **channels**. A kernel for it has as many
# channels as the image: each slides over its own, and the results are **added**.

# %% tags=["nbval-check-output"]
two_channels = torch.stack(
    [torch.arange(9.0).view(3, 3), torch.arange(1.0, 10.0).view(3, 3)]
)
two_kernels = torch.tensor([[[0.0, 1.0], [2.0, 3.0]], [[1.0, 2.0], [3.0, 4.0]]])
parts = [
    slide(channel, k) for channel, k in zip(two_channels, two_kernels, strict=True)
]
print("channel 0:", as_text(parts[0]))
print("channel 1:", as_text(parts[1]))
print("sum:      ", as_text(parts[0] + parts[1]))

# %% [markdown]
# One kernel gives one output channel, however many channels come in. A layer has many kernels, and so many output
# channels, also called **feature maps**. Eight channels of 7×6 in, eight kernels of 8×3×3:

# %% tags=["nbval-check-output"]
incoming = torch.randn(8, 7, 6)
weight = torch.randn(8, 8, 3, 3)  # output channels, input channels, height, width
outgoing = convolution.cross_correlate_channels(incoming, weight)
print(tuple(incoming.shape), "→", tuple(outgoing.shape))
expected = F.conv2d(incoming[None], weight)[0]
print("the same as F.conv2d:", torch.allclose(outgoing, expected, atol=1e-4))

# %% [markdown]
# ## 4. How large is the output?
#
# A 2×2 kernel fits into a row of 3 cells at 2 places, into a row of 4 at 3 places. In general a kernel of $k$ cells
# fits into $i$ cells at $i - k + 1$ places. Two settings change that:
#
# - **Padding** $p$ puts $p$ rows or columns of zeros on every side, so the kernel slides over $i + 2p$ cells.
# - **Stride** $s$ moves the kernel $s$ cells at a time, so only every $s$-th place counts.
#
# $$o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1$$
#
# The first place is always there: that is the $+1$. From it, $i + 2p - k$ cells are left to move over, in steps of
# $s$. What does not fill a whole step is lost: that is the floor, $\lfloor\;\rfloor$.
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
# at 0 and at 2. The second ends at cell 4. Nobody looks at cell 5.

# %%
figures.convolution_steps(
    torch.arange(36.0).view(6, 6),
    torch.ones(3, 3),
    positions=[(0, 0), (0, 1), (1, 0), (1, 1)],
    stride=2,
    title="Kernel 3×3, stride 2 on a 6×6 image",
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
# The same in the Stepper: move the sliders of padding and stride, and watch the formula and the crossed-out cells.
# Which stride loses no cell? Then ask for something that cannot be, a kernel larger than the padded image.

# %%
widgets.ConvolutionStepper(
    torch.arange(36.0).view(6, 6),
    torch.ones(3, 3),
    stride=2,
    title="Stride 2 on a 6×6 image: what the floor drops",
)

# %% [markdown]
# **Dilation** $d$ puts gaps into the kernel: its cells lie $d$ apart, so it spans $d(k-1)+1$ cells, and that takes
# the place of $k$ in the formula:
#
# $$o = \left\lfloor \frac{i + 2p - d(k-1) - 1}{s} \right\rfloor + 1$$
#
# With $d = 2$ a kernel of 3 spans 5 cells, so it fits into 7 cells at ⌊(7 − 4 − 1)/1⌋ + 1 = 3 places. Lecture 02 is
# about what it is good for.
#
# **Three paddings have names** (all with stride 1):
#
# - *valid*: $p = 0$. Every window lies within the image. The output is smaller by $k - 1$.
# - *same*: $p = (k-1)/2$. The output is as large as the input. That needs $k - 1$ to be even, so **$k$ to be odd**:
#   one reason why kernels are 3×3, 5×5 or 7×7. An odd kernel also has a centre.
# - *full*: $p = k - 1$. Every overlap counts, even of a single cell. The output is larger by $k - 1$.

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
# > **Predict first.** An image of 240×240 goes through ten layers of 5×5 kernels without padding. How large is what
# > comes out, and which part of the pixels is gone?

# %% tags=["nbval-check-output"]
size = 240
for _ in range(10):
    size = arithmetic.output_size(size, kernel_size=5)
gone = 1 - size**2 / 240**2
print(f"{size}×{size}: {gone:.0%} of the pixels are gone".replace("%", " %"))

# %% [markdown]
# **Five predictions.** Type the size you expect and press Enter. If you are wrong, the Stepper opens on that very case.

# %%
widgets.PredictFirst("output_size", seed=1, title="How large is the output?")

# %% [markdown]
# ## 5. How many weights?
#
# A kernel has $F$ rows and $F$ columns (the $k$ of section 4) for each of the $C_{in}$ input channels:
# $F \cdot F \cdot C_{in}$ weights. Let there be $K$ kernels; each has one **bias**, a number that is added to its
# whole output:
#
# $$F \cdot F \cdot C_{in} \cdot K + K$$
#
# The size of the image is not in it. With equally many channels, a layer that reads 28×28 pixels has as many weights
# as one that reads 4000×3000.
#
# > **Predict first.** `nn.Conv2d(64, 128, kernel_size=3)`: the shape of its weight, of its bias, and their number?

# %% tags=["nbval-check-output"]
layer = nn.Conv2d(in_channels=64, out_channels=128, kernel_size=3)
print("weight:", list(layer.weight.shape))
print("bias:  ", list(layer.bias.shape))
print("3·3·64·128 + 128 =", arithmetic.parameter_count(64, 128, kernel_size=3))
print("torch counts      ", sum(p.numel() for p in layer.parameters()))

# %% [markdown]
# **Common settings**, as [kernel, stride, padding]. They all keep the size:

# %% tags=["nbval-check-output"]
for k, s, p in [(3, 1, 1), (5, 1, 2), (1, 1, 0)]:
    print(
        f"[{k}, {s}, {p}]: 32 → {arithmetic.output_size(32, kernel_size=k, stride=s, padding=p)}"
    )

# %% [markdown]
# The numbers of channels are usually **powers of two**, 32, 64, 128, …: hardware works in blocks of such sizes, and
# where the size is halved and the channels are doubled, a layer has four times the weights, used at a quarter of the
# places, so the number of multiplications stays about even.
#
# ## 6. The same layer as a matrix
#
# A linear layer connects every input to every output, each connection with a weight of its own. A convolution
# layer is a linear layer from which most connections have been removed, and in which the remaining ones share
# their weights. In one dimension, 6 inputs and a kernel of 3:

# %%
figures.connections(
    inputs=6,
    kernel_size=3,
    title="A linear layer and a convolution layer, both from 6 inputs to 4 outputs",
    caption="*Left: 24 connections, 24 weights. Right: 12 connections and 3 weights, "
    "one for each colour and line style. Follow one colour: the same weight, "
    "four times.*",
)

# %% [markdown]
# So there must be a matrix for it. Write the image as one long column; then each row of the matrix holds the
# weights of one output. For the 3×3 image and 2×2 kernel of section 1, the matrix is 4×9:
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
# Point at a weight of the kernel below. You see every cell of the image that it touches, and every entry of the matrix
# where it stands. (The gradient of the weight, as a sum, is there as well; section 7 explains what a gradient is.)

# %%
widgets.WeightView(
    torch.arange(16.0).view(4, 4), kernel, title="One weight, everywhere"
)

# %% [markdown]
# > **Predict first.** How large would this matrix be for a 28×28 image and a 3×3 kernel? How much of it is not zero?

# %% tags=["nbval-check-output"]
o = arithmetic.output_size(28, kernel_size=3)
rows, columns = o * o, 28 * 28
print(
    f"{rows} × {columns} = {rows * columns:,} entries, {rows * 9:,} of them not zero: {900 / columns:.1f} %"
)
print("different weights among them: 9")

# %% [markdown]
# These two, **sparse connections** and **shared weights**, are what a convolution layer knows about images before
# it has seen one: what belongs together is close together, and what matters in one place matters in another. If the
# image moves by a cell, the output moves with it (with stride 1, and away from the rim).
#
# ## 7. Pooling
#
# **Pooling** slides a window too, but has nothing to learn: it keeps the largest number of each window (*max
# pooling*) or their mean (*average pooling*). On the 3×3 image of section 1, windows of 2×2, stride 1:

# %% tags=["nbval-check-output"]
print("max:    ", as_text(convolution.max_pool(image, kernel_size=2, stride=1)))
print("average:", convolution.average_pool(image, kernel_size=2, stride=1).tolist())
print("parameters:", sum(p.numel() for p in nn.MaxPool2d(2).parameters()))

# %% [markdown]
# Usually it is there to make maps smaller: [window, stride] is [2, 2], or [3, 2], with windows that overlap by one: 7
# cells become ⌊(7 − 3)/2⌋ + 1 = 3. The formula of section 4 holds as it stands.

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
    "window it was. The ringed cells are the winners; the grid on the right "
    "is explained below.*",
)

# %% [markdown]
# **Backwards.** Training asks of every number: if it changed a little, how would the loss change? Let the loss here be
# the sum of the pooled numbers, so that each of them counts once. If the largest number
# of a window grows by a little, so does the output; the others can change a little without any effect. So the
# **gradient of a max goes to the winner, all of it**, and the others get zero. If two
# numbers of a window are equal, torch takes the first. Under average pooling each of the four gets a quarter.

# %% tags=["nbval-check-output"]
for pool in (F.max_pool2d, F.avg_pool2d):
    x = mixed.clone().requires_grad_()
    pool(x.view(1, 1, 4, 4), kernel_size=2).sum().backward()
    print(pool.__name__, x.grad, sep="\n")

# %% [markdown]
# Try both on one image, beside a convolution with the same stride. Move the image by one pixel: which outputs change
# under max pooling, which under the others? Change a number and see where the gradient goes.

# %%
widgets.PoolingBench(kernel_size=2, stride=2, shift=1, title="Three ways to shrink")

# %% [markdown]
# ## 8. Layers upon layers
#
# Call one number of a layer's output a **unit**. A unit of the first 3×3 layer sees 3×3 pixels. A unit of the second
# sees 3×3 units of the first, which together see 5×5 pixels; one more layer, 7×7. That is the unit's **receptive
# field**.
#
# > **Predict first.** $C$ channels in and out everywhere, no biases: how many weights have three 3×3 layers, and how
# > many has one 7×7 layer?

# %%
figures.receptive_field_stack(
    layers=3,
    kernel_size=3,
    title="Three 3×3 layers see as far as one of 7×7 (one dimension shown)",
    caption="*Follow the lines down from the top unit: each layer adds one cell on "
    "either side.*",
)

# %% tags=["nbval-check-output"]
C = 64
three = 3 * arithmetic.parameter_count(C, C, kernel_size=3, bias=False)
one = arithmetic.parameter_count(C, C, kernel_size=7, bias=False)
print(
    "receptive fields:",
    arithmetic.receptive_field([(3, 1)] * 3),
    "and",
    arithmetic.receptive_field([(7, 1)]),
)
print(f"three 3×3: {three // C**2}·C² = {three:,}")
print(f"one 7×7:   {one // C**2}·C² = {one:,}")

# %% [markdown]
# Fewer weights and as far a view. One thing more: between two layers stands a nonlinear function, most often **ReLU**,
# which keeps positive numbers and makes the others zero. Without it three 3×3 layers could do nothing that one 7×7
# layer cannot: filters in a row are one larger filter (section 2). With it, three layers can do more. This is the
# argument of the VGG networks (Simonyan and Zisserman, 2015), which lecture 07 builds.
#
# **Making it smaller: three ways.** Halving the map is the other way to see far: after it, one step to the side is two
# pixels of the image. You can halve by averaging, by taking the largest, or by a convolution with stride 2 that
# computes only every other row and column. Here on a real image, with a kernel made by hand:

# %%
from utils.data import fashion_mnist

train, _ = fashion_mnist()
picture = train.images[train.labels == 1][0, 0] / 255  # trousers: upright edges
# Sobel's kernel: large where it is light on the left and dark on the right.
edges = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
strided = F.conv2d(
    picture.view(1, 1, 28, 28), edges.view(1, 1, 3, 3), padding=1, stride=2
)
response = F.conv2d(picture.view(1, 1, 28, 28), edges.view(1, 1, 3, 3), padding=1)
halved = {
    "average pooling": F.avg_pool2d(response, 2),
    "max pooling": F.max_pool2d(response, 2),
    "stride 2": strided,
}
print(train.source)
print({name: tuple(maps.shape[2:]) for name, maps in halved.items()})

# %%
figures.feature_maps(
    torch.cat(list(halved.values()))[:, 0],
    list(halved),
    image=picture[None],
    source=train.source,
    title="A vertical-edge kernel on a real image, and three ways to halve the size",
    caption="*Orange and purple are edges of opposite directions. Max pooling keeps "
    "the orange ones at full strength and weakens the purple, for it takes "
    "the largest number, not the strongest. Averaging weakens both. The "
    "strided convolution computes every other row and column and never sees "
    "the rest.*",
)

# %% [markdown]
# ## 9. In pairs: three operations in a row
#
# With a partner, on paper first. $A$ is an 8×8 image, $B$ a 3×3 kernel:
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
# A convolution layer is a linear layer that was told two things about images: look only nearby, and look in the same
# way everywhere. From the first follows the size formula, for a window must fit; from the second, that the number
# of weights does not depend on the size of the image. Padding decides what happens at the rim, stride and pooling
# how fast the maps shrink, and stacking how far a unit sees.

# %%
widgets.PredictionScore(names=["output_size"])

# %% [markdown]
# ## Check yourself
#
# 1. Input 32, kernel 5, stride 2. Which padding gives 16?
# 2. `nn.Conv2d(3, 96, kernel_size=11, stride=4, padding=2)` on 224×224: output shape and number of parameters?
# 3. Two 5×5 layers without padding, stride 1: how far does one unit see? Which single kernel sees as far?
# 4. The matrix of a 3×3 kernel with stride 2 on a 5×5 image has four rows. Each is the row above, moved. By how many
#    columns each time?
# 5. An average pooling is a convolution. With which kernel, which stride, and how many channels at a time?
#
# <details><summary>Answers</summary>
#
# 1. ⌊(32 + 2p − 5)/2⌋ + 1 = 16 needs 30 ≤ 27 + 2p < 32, so p = 2.
# 2. ⌊(224 + 4 − 11)/4⌋ + 1 = 55, so 96×55×55; 11·11·3·96 + 96 = 34,944. This is the first layer of AlexNet.
# 3. 5 + 4 = 9 cells; a 9×9 kernel.
# 4. By 2, 8 and 2. Within a row of the output the window moves 2 columns. To begin the next row it goes from column 2
# of    one image row to column 0 two image rows further down: 10 − 2 = 8.
# 5. All weights 1/k², stride k, each channel by itself (lecture 02 calls that *depthwise*).
# </details>
#
# <details><summary>For instructors: slips of the source lectures that are corrected here</summary>
#
# - One source defines the convolution of A and B by a sum in which B is indexed twice and A not at all; its worked
#   numbers (44, 54, 64, 84, 94) are cross-correlations of A with B, as here.
# - One source says that a layer's weights start "randomly between −1 and 1". PyTorch draws them uniformly between
#   −1/√n and 1/√n, where n is the number of inputs of a unit; lecture 03 measures the difference.
# - "About 30 % of the pixels" in the 240×240 example is 31 % (30.6 %).
# </details>
#
# ## Sources
#
# - Dumoulin, Visin (2016), *A guide to convolution arithmetic for deep learning*.
# - Araujo, Norris, Sim (2019), *Computing receptive fields of convolutional neural networks*.
# - Simonyan, Zisserman (2015), *Very deep convolutional networks for large-scale image recognition*.
# - Worked values from STAT 479 *Deep Learning* (2019), CS396 *Deep Learning for Computer Vision* (lecture 6), *Deep
#   Learning* (Fall 2020), and a chapter on CNNs that follows *Dive into Deep Learning*.
