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
# # 02 · Kinds of convolution
#
# Dilated, transposed, separable, grouped, 1×1: what each changes, what it saves, and how a kernel is learnt.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/02_kinds_of_convolution.ipynb) &ensp; about 75 minutes &ensp; before: [01 Convolution arithmetic](01_convolution_arithmetic.ipynb) &ensp; next: [03 Fashion-MNIST: MLP against CNN](03_fashion_mnist.ipynb)
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
# - name the kinds of convolution, and say of each what it changes, what it gains and what it costs;
# - say how far a stack of dilated convolutions sees, and which cells it never reads;
# - compute a transposed convolution by hand, predict its size, and explain where checkerboards come from;
# - replace a kernel that is a column times a row by two thin ones;
# - count weights and multiply-adds from a standard convolution through groups to depthwise separable;
# - write a linear layer as a convolution, and average pooling as one;
# - make an edge kernel by hand, and let a program find the same kernel from examples.
#
# You need lecture 01: sizes, channels, the matrix of a layer, the gradient. The layer you met there does three things at
# once. It looks at a compact window, it mixes every input channel into every output channel, and its output is rarely
# larger than its input. Most kinds of convolution below change one of the three.
#
# Passages that nothing later depends on stand at the end, under *Further on*.

# %%
import torch
from torch import nn
from torch.nn import functional as F

from utils import arithmetic, convolution, figures, widgets
from utils.data import fashion_mnist
from utils.layers import DepthwiseSeparable
from utils.settings import set_seed

set_seed(0)


def as_text(tensor):
    """A tensor as nested lists of whole numbers."""
    return str(tensor.round().long().tolist())


# %% [markdown]
# ## 1. Dilated: the same weights, further apart
#
# A **dilated** convolution leaves gaps between the cells it reads. With **dilation** 2, also called rate 2, it skips
# every other row and every other column of the window. (The French *à trous*, with holes, gives it its other name,
# *atrous*.) Lecture 01 gave the width of such a window: $d(k-1)+1$ cells.

# %%
figures.convolution_step(
    torch.arange(49.0).view(7, 7) % 10,
    torch.ones(3, 3),
    row=0,
    column=0,
    dilation=2,
    title="A 3×3 kernel with dilation 2",
    caption="*Nine cells are read, two apart. The sixteen between them are not. Here "
    "all weights are 1.*",
)

# %% [markdown]
# > **Predict first.** A 3×3 kernel with dilation 2 does the work of a 5×5 kernel that has zeros in certain places.
# > Write that 5×5 kernel down.

# %% tags=["nbval-check-output"]
kernel = torch.arange(1.0, 10.0).view(3, 3)
spread = torch.zeros(5, 5)
spread[::2, ::2] = kernel  # every other row, every other column
print(spread.long())

image = torch.randn(1, 1, 9, 9)
dilated = F.conv2d(image, kernel.view(1, 1, 3, 3), dilation=2)
print("same output:", torch.allclose(dilated, F.conv2d(image, spread.view(1, 1, 5, 5))))

field = arithmetic.receptive_field([(3, 1, 2)])  # kernel size, stride, dilation
layer = nn.Conv2d(1, 1, kernel_size=3, dilation=2, bias=False)
print(f"{field}×{field} field, {layer.weight.numel()} weights")
size = arithmetic.output_size(28, kernel_size=3, padding=2, dilation=2)
print(f"28×28 image with padding 2: {size}×{size}")

# %% [markdown]
# So you get the field of a 5×5 kernel for the weights, and the multiply-adds, of a 3×3 one. (A multiply-add is one
# product added to a sum: one weight, used once. Papers often count *FLOPs* instead, floating-point operations. Taken at
# its word that makes two for each multiply-add, but many papers on CNNs count one, so look before you compare.) With
# padding $p = d(k-1)/2 = 2$ the size stays as it was.
#
# **Layer upon layer.** Three ordinary 3×3 layers see 7 cells (lecture 01, section 8). Now double the dilation from layer
# to layer, as Yu and Koltun (2016) do: 1, 2, 4, and so on.
#
# > **Predict first.** How far does a unit of the third layer see? And of the sixth?

# %% tags=["nbval-check-output"]
print("layers  undilated  dilations 1, 2, 4, ...  weights of either")
for n in range(1, 7):
    plain = arithmetic.receptive_field([(3, 1)] * n)
    doubled = arithmetic.receptive_field([(3, 1, 2**layer) for layer in range(n)])
    print(f"{n:6} {plain:10} {doubled:23} {9 * n:18}")

# %% [markdown]
# Undilated, each layer adds 2 cells. With doubled dilations each layer doubles the field and adds one, which makes
# $2^{n+1} - 1$ cells after $n$ layers.
#
# **The gaps.** A field says how far a unit sees, not that it reads everything there. Follow the lines from the top
# unit down:

# %%
figures.dilated_stacks(
    [[1, 1, 1], [1, 2, 4], [2, 2, 2]],
    title="What one unit of the third layer is made of (one dimension)",
    caption="*Blue cells are read, crosses are not. With 1, 2, 4 every cell of the "
    "field is read. With 2, 2, 2 every other one is missed: only cells at an "
    "even distance from the unit are ever read.*",
)

# %% [markdown]
# Such a pattern of cells that are never read is called **gridding** (Wang et al., 2018), and in two dimensions it is
# worse. The gradient counts it (lecture 01, section 9): if all weights are 1, the slope of an output with respect to an
# input cell is the number of ways that lead from the cell to the output, and cells that are never read have slope 0.
#
# > **Predict first.** Two layers, dilations 2 and 2, and two layers, dilations 1 and 3. Both have 18 weights and a
# > 9×9 field of 81 cells. How many of the 81 does each read?


# %% tags=["nbval-check-output"]
def ways(dilations):
    """How often each cell of the receptive field counts in one output, all weights 1."""
    size = arithmetic.receptive_field([(3, 1, d) for d in dilations])
    cells = torch.zeros(1, 1, size, size, requires_grad=True)
    output = cells
    for d in dilations:
        output = F.conv2d(output, torch.ones(1, 1, 3, 3), dilation=d)
    output.backward()  # without padding the output is a single number
    return cells.grad[0, 0]


for dilations in ([1, 1, 1], [1, 2, 4], [2, 2, 2], [2, 2], [1, 3]):
    counts = ways(dilations)
    size, read = len(counts), (counts > 0).sum().item()
    print(
        f"dilations {dilations}: {size}×{size} field, {read} of {size * size} cells read"
    )

# %%
figures.number_grid(
    {"dilations 2, 2": ways([2, 2]), "dilations 1, 3": ways([1, 3])},
    title="In how many ways each input cell reaches the output",
    caption="*Left: 25 cells are read, some of them up to nine times, and 56 never. "
    "Right: each of the 81 exactly once. Both have 18 weights.*",
)

# %% [markdown]
# A rule that leaves no gaps: no dilation should be larger than the field that the layers before it have built. With 1, 3
# that field is 3, and so is the dilation. With 2, 2 it is 1 before the first layer, and the dilation is 2.
#
# Dilation is used where every pixel is to be given a class (cat, grass or sky?), because the field grows and the map does
# not shrink (*Further on* has numbers).
#
# ## 2. Transposed: from small to large
#
# A network that draws an image, or names the class of every pixel after pooling, must make maps larger again. A convolution
# reads a window and writes one number. Turn that round: **read one number, write a window.** Each input number is
# multiplied by the whole kernel and the result is laid into the output, and where two windows overlap their numbers are
# added.

# %%
small = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
kernel = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
figures.number_grid(
    {"input": small, "kernel": kernel},
    title="A small map, and the kernel of lecture 01",
    caption="*Each of the four input numbers will write its own 2×2 window.*",
)

# %% [markdown]
# > **Predict first.** With a pencil: where does the 1 write, and what? Where do all four windows overlap, and what is
# > the sum there?


# %% tags=["nbval-check-output"]
def scatter(image, kernel, stride=1):
    """image (H, W), kernel (h, w) -> ((H - 1) * stride + h, (W - 1) * stride + w)"""
    (H, W), (h, w) = image.shape, kernel.shape
    output = torch.zeros((H - 1) * stride + h, (W - 1) * stride + w)
    for y in range(H):
        for x in range(W):
            top, left = y * stride, x * stride
            output[top : top + h, left : left + w] += image[y, x] * kernel
    return output


print("by hand:", as_text(scatter(small, kernel)))
torch_says = F.conv_transpose2d(small.view(1, 1, 2, 2), kernel.view(1, 1, 2, 2))[0, 0]
print("torch:  ", as_text(torch_says))


# %%
def written(y, x):
    """What the input cell (y, x) alone writes."""
    alone = torch.zeros(2, 2)
    alone[y, x] = small[y, x]
    return scatter(alone, kernel)


places = [(0, 0), (0, 1), (1, 0), (1, 1)]
parts = {f"{int(small[place])} × kernel": written(*place) for place in places}
figures.number_grid(
    parts | {"sum": scatter(small, kernel)},
    operators=["+", "+", "+", "="],
    windows={name: [(*place, 2, 2)] for name, place in zip(parts, places, strict=True)},
    title="Each input number writes a window; the windows are added",
    caption="*The cell in the middle lies in all four windows: 3 + 4 + 3 + 0 = 10.*",
)

# %% [markdown]
# Step through it below. On the left each input cell writes its window; the right shows another way to the same numbers,
# which *Further on* explains. Change the stride to 2 and the kernel to 3×3, and look at the overlap counts.

# %%
widgets.TransposedConvolution(
    small, kernel, stride=1, title="Read one number, write a window"
)

# %% [markdown]
# Compare `scatter` with `slide` of lecture 01. `slide` goes over the cells of the output and reads a window for each,
# whereas `scatter` goes over the cells of the input and writes a window for each.
#
# **Where the name comes from.** In lecture 01, section 6, a convolution was a matrix $M$: for this kernel on a 3×3
# image it has 4 rows and 9 columns, and takes 9 numbers to 4. Its **transpose** $M^T$, rows and columns exchanged, has 9
# rows and 4 columns, and takes 4 numbers to 9.

# %% tags=["nbval-check-output"]
M = convolution.layer_matrix(kernel, input_size=(3, 3))
print(M.T.long())
print("transpose × input:", as_text((M.T @ small.flatten()).view(3, 3)))
print("scatter:          ", as_text(scatter(small, kernel)))

# %% [markdown]
# A column of $M^T$ is the window that one input number writes. You have met these nine numbers before: they are the
# gradient that a convolution sends back to its image, $G * K$ (lecture 01, section 9). So every CNN computes transposed
# convolutions while it is trained, on the way back through its convolutions.
#
# Some texts call the transposed convolution a *deconvolution*. In mathematics that is the name of an operation that
# restores what a convolution has changed, and this one does not: it brings back the shape, not the values (*Further on*
# has an example). So we avoid the name.
#
# **Stride and size.** With stride $s$ the windows are written $s$ cells apart: it is the output that is strided. The
# first window takes $k$ cells, and each of the other $i-1$ adds $s$. Padding $p$ works the other way round too: it cuts
# $p$ cells off each side of the output.
#
# $$o = (i - 1)s + k - 2p$$
#
# With several channels, each input channel has a kernel for each output channel, and what they write is added up.
# Torch keeps the weights with the input channels first.
#
# > **Predict first.** Input $i$, kernel $k$, stride $s$, padding $p$: (2, 2, 1, 0), (2, 3, 2, 0), (4, 4, 2, 1),
# > (4, 3, 2, 1).

# %% tags=["nbval-check-output"]
for i, k, s, p in [(2, 2, 1, 0), (2, 3, 2, 0), (4, 4, 2, 1), (4, 3, 2, 1)]:
    o = arithmetic.transposed_output_size(i, kernel_size=k, stride=s, padding=p)
    layer = nn.ConvTranspose2d(1, 1, kernel_size=k, stride=s, padding=p)
    torch_says = layer(torch.zeros(1, 1, i, i)).shape[-1]
    print(f"({i}, {k}, {s}, {p}) → {o}, and torch says {torch_says}")
print(
    "weight from 64 to 32:",
    tuple(nn.ConvTranspose2d(64, 32, kernel_size=2).weight.shape),
)

# %% [markdown]
# **Checkerboards.** How many windows write into an output cell? Scatter ones with a kernel of ones, and look at two
# rows. (All three grow from 4 to 8 cells. Kernel 3 needs one more row and column for that, which `output_padding=1` asks
# for.)
#
# > **Predict first.** Stride 2. Kernel 2: do windows overlap? Kernel 3? Kernel 4?

# %% tags=["nbval-check-output"]
settings = {2: (0, 0), 3: (1, 1), 4: (1, 0)}  # kernel size: padding, output_padding


def double(maps, k):
    """(N, 1, H, W) -> (N, 1, 2H, 2W): transposed convolution, all weights 1."""
    padding, extra = settings[k]
    ones = torch.ones(1, 1, k, k)
    return F.conv_transpose2d(
        maps, ones, stride=2, padding=padding, output_padding=extra
    )


counts = {f"kernel {k}": double(torch.ones(1, 1, 4, 4), k)[0, 0] for k in settings}
for name, count in counts.items():
    print(f"{name}: second row", as_text(count[1]), "third row", as_text(count[2]))

# %%
figures.feature_maps(
    torch.stack(list(counts.values())),
    list(counts),
    source="counted, stride 2, from 4×4 to 8×8 cells",
    title="How many windows write into each output cell",
    caption="*Kernel 3 in steps of 2: cells get one, two or four windows in turn, a "
    "checkerboard. With kernel 4 only the rim gets fewer; with kernel 2 "
    "nothing overlaps.*",
)

# %% [markdown]
# The same on a real image. It is halved by average pooling and then doubled, with weights of $4/k^2$: the $k^2$ of
# them add up to 4, and each pixel becomes four.

# %% tags=["thumbnail"]
train, _ = fashion_mnist()
boot = train.images[train.labels == 9][:1] / 255  # (1, 1, 28, 28), from 0 to 1
half = F.avg_pool2d(boot, kernel_size=2)
grown = [double(half, k) * 4 / k**2 for k in settings]
figures.image_grid(
    torch.cat([boot, *grown]).clamp(max=1),  # nothing is brighter than white
    ["image", *(f"kernel {k}, stride 2" for k in settings)],
    source=train.source,
    title="Halved, and doubled again by transposed convolutions with equal weights",
    caption="*Kernel 2 repeats pixels, kernel 4 blends them, kernel 3 draws a "
    "checkerboard that was never in the image (brighter still than white, "
    "where it is cut off).*",
)

# %% [markdown]
# A network can learn weights that hide the pattern, but it has to learn it, and unequal weights can make a pattern
# with kernel 2 or 4 as well. Odena, Dumoulin and Olah (2016) found checkerboards in the images that many networks
# draw, and two cures: a kernel size that is a multiple of the stride, or better, first enlarge the map by repeating
# or blending pixels, and then use an ordinary convolution.
#
# ## 3. Separable in space: two thin kernels for one
#
# The **Sobel** kernels find edges. Sobel x, which slid over the photograph of lecture 01, is large where the image is
# lighter on the left, and Sobel y where it is lighter above. Each is a column times a row, every number of the one with
# every number of the other: an **outer product**.

# %% tags=["nbval-check-output"]
smooth = torch.tensor([1.0, 2.0, 1.0])
difference = torch.tensor([1.0, 0.0, -1.0])
sobel_x = torch.outer(smooth, difference)
sobel_y = torch.outer(difference, smooth)
print("Sobel x:", as_text(sobel_x))
print("Sobel y:", as_text(sobel_y))

# %%
figures.number_grid(
    {"column": smooth[:, None], "row": difference[None], "Sobel x": sobel_x},
    operators=["×", "="],
    title="Sobel x is an outer product",
    caption="*The row takes a difference between left and right. The column adds up "
    "three rows, the middle one counted twice, so that one noisy pixel "
    "matters less.*",
)

# %% [markdown]
# Then the sum over the window comes apart into two sums, one inside the other:
#
# $$\sum_i \sum_j X_{y+i,\;x+j}\; a_i b_j = \sum_i a_i \Big( \sum_j X_{y+i,\;x+j}\; b_j \Big)$$
#
# The inner one slides a 1×3 kernel, the outer one a 3×1 kernel over the result. A kernel that allows this is called
# **separable**, and you recognise it by its rows: each is a multiple of one and the same row.

# %% tags=["nbval-check-output"]
row, column = difference[None], smooth[:, None]
at_once = F.conv2d(boot, sobel_x.view(1, 1, 3, 3))
in_two = F.conv2d(F.conv2d(boot, row.view(1, 1, 1, 3)), column.view(1, 1, 3, 1))
print("same output:", torch.allclose(at_once, in_two, atol=1e-5))
print("k    multiply-adds per output: k·k   k + k")
for k in (3, 5, 7, 11):
    print(f"{k:2} {k * k:31} {k + k:7}")

# %% [markdown]
# Nothing makes a learnt kernel separable. So a network that is to have thin kernels is built with a 1×k layer and a k×1
# layer, and learns those (Szegedy et al., 2016, with 1×7 and 7×1).
#
# ## 4. 1×1: every pixel by itself
#
# A 1×1 kernel looks at one pixel, and at all its channels. It sees no neighbours, so what is left to compute is a
# weighted sum of the channels. The smallest case: two channels, one output, weights 2 and −1.

# %%
first, second = torch.tensor([[1, 2], [3, 4]]), torch.tensor([[0, 1], [5, 2]])
figures.number_grid(
    {"2 × channel 0": 2 * first, "channel 1": second, "output": 2 * first - second},
    operators=["−", "="],
    windows={name: [(1, 0, 1, 1)] for name in ("2 × channel 0", "channel 1", "output")},
    title="A 1×1 convolution with weights 2 and −1",
    caption="*Channel 0 is [[1, 2], [3, 4]]. The marked pixel: 2·3 − 5 = 1. No pixel depends "
    "on its neighbours.*",
)

# %% [markdown]
# With 64 channels in and 32 such outputs, each with its own weights, the list of 64 numbers at a pixel becomes a list
# of 32. That is a linear layer, the fully connected layer of lecture 01 with a bias for each output, and it is the same
# one at every pixel.
#
# > **Predict first.** `nn.Conv2d(64, 32, kernel_size=1)`: how many weights and biases? And `nn.Linear(64, 32)`?

# %%
widgets.PredictFirst("one_by_one", title="One kernel, one pixel")

# %% tags=["nbval-check-output"]
pointwise = nn.Conv2d(64, 32, kernel_size=1)
linear = nn.Linear(64, 32)
for layer in (pointwise, linear):
    print(tuple(layer.weight.shape), sum(p.numel() for p in layer.parameters()))

linear.weight.data = pointwise.weight.data[:, :, 0, 0]
linear.bias.data = pointwise.bias.data
maps = torch.randn(1, 64, 28, 28)
output = pointwise(maps)
print(
    f"{maps.shape[1]} → {output.shape[1]} channels:",
    tuple(maps.shape),
    "→",
    tuple(output.shape),
)
same = [
    torch.allclose(output[0, :, y, x], linear(maps[0, :, y, x]), atol=1e-5)
    for y in range(28)
    for x in range(28)
]
print(f"equal to the linear layer at {sum(same)} of {len(same)} pixels")

# %% [markdown]
# A 1×1 convolution changes the number of channels and leaves height and width alone, and that makes it the cheap tool of
# many architectures. Before an expensive 5×5 convolution, go from many channels to few. Its multiply-adds are its
# weights times the places of the output: 5·5·192·32 weights at 28·28 places (padding keeps the size).
#
# > **Predict first.** A 1×1 convolution from 192 to 16 channels, then 5×5 from 16 to 32: more work or less?

# %% tags=["nbval-check-output"]
direct = arithmetic.multiply_adds(192, 32, kernel_size=5, output_size=28)
reduced = arithmetic.multiply_adds(192, 16, kernel_size=1, output_size=28)
reduced += arithmetic.multiply_adds(16, 32, kernel_size=5, output_size=28)
print("multiply-adds at 28×28")
print(f"5×5 from 192 to 32 channels:                {direct:>11,}")
print(f"1×1 from 192 to 16, then 5×5 from 16 to 32: {reduced:>11,}")
print(f"{direct / reduced:.1f} times fewer")

# %% [markdown]
# These are the sizes of a part of GoogLeNet, which lecture 08 builds. Followed by a ReLU, 1×1 convolutions are a
# small network that runs at every pixel, which is the idea of *Network in network* (Lin, Chen and Yan, 2014).
#
# ## 5. Grouped and depthwise: not every channel with every channel
#
# A standard layer has a k×k slice of weights for every pair of an input and an output channel. A **grouped**
# convolution cuts both the input and the output channels into $g$ groups ($g$ divides both numbers), and leaves out the
# pairs across groups. With as many groups as input channels, each channel is filtered alone: that is a **depthwise**
# convolution.

# %%
figures.channel_connections(
    title="Four ways from 4 channels to 4, one line for each slice of weights",
    caption="*Each blue line is a 3×3 kernel with 9 weights, each dashed one a single"
    " weight. With two groups an output does not depend on the other group, and "
    "depthwise not on any other channel. The 1×1 layer restores the mixing.*",
)

# %% [markdown]
# **Depthwise separable.** A standard layer looks around *and* mixes channels. Do one after the other: a depthwise 3×3
# convolution looks around, and then a 1×1 convolution mixes. The course has such a block, the one of MobileNets (Howard
# et al., 2017):

# %%
DepthwiseSeparable(64, 128)

# %% [markdown]
# Find the two convolutions. `BatchNorm2d` shifts and rescales each channel (lecture 06), and ReLU makes negative
# numbers zero. Leave both out for a moment: then the two layers do the work of one standard layer whose weight is a
# product, a number for the pair of channels times a number for the channel and place. Section 3 separated rows from
# columns, and this separates channels from space. The price is every standard layer whose weight is no such product.
# (*Further on* does it by hand.)
#
# > **Predict first.** 64 channels to 128, kernel 3×3, output 56×56, no biases. How many weights has a standard layer,
# > how many the depthwise separable one? How many times fewer?

# %% tags=["nbval-check-output"]
steps = {  # what each layer is made of: input channels, output channels, kernel, groups
    "standard": [(64, 128, 3, 1)],
    "2 groups": [(64, 128, 3, 2)],
    "4 groups": [(64, 128, 3, 4)],
    "8 groups": [(64, 128, 3, 8)],
    "64 groups": [(64, 128, 3, 64)],
    "depthwise + 1×1": [(64, 64, 3, 64), (64, 128, 1, 1)],
}
work = {}
print("                  weights  multiply-adds  times fewer")
for name, parts in steps.items():
    weights = sum(arithmetic.parameter_count(*part, bias=False) for part in parts)
    work[name] = sum(
        arithmetic.multiply_adds(i, o, k, output_size=56, groups=g)
        for i, o, k, g in parts
    )
    fewer = work["standard"] / work[name]
    print(f"{name:16} {weights:8,} {work[name]:14,} {fewer:12.1f}")

block = DepthwiseSeparable(64, 128)
in_torch = [block[0].weight.numel(), block[3].weight.numel()]
print(
    f"torch counts {in_torch[0]:,} + {in_torch[1]:,} = {sum(in_torch):,} in the two convolutions"
)

# %%
figures.comparison_bars(
    {name: [count / 1e6] for name, count in work.items()},
    axis_label="multiply-adds (millions)",
    source="counted: 64 → 128 channels, 3×3 kernels, 56×56 outputs, no biases",
    title="The work of one layer, from standard to depthwise separable",
    caption="*Each doubling of the groups halves the work. 64 groups are cheapest, "
    "but each output then depends on one channel only. In the last bar it "
    "depends on all 64.*",
)

# %% [markdown]
# Choose the kind of layer, change the channels, and point at an output to see which inputs it depends on, with the
# partial sums of one place.

# %%
widgets.ChannelsAndGroups(
    in_channels=4, out_channels=6, separable=True, title="Which channels meet?"
)

# %% [markdown]
# With a $k \times k$ kernel, the last row's share of the first is
#
# $$\frac{k^2 C_{in} + C_{in} C_{out}}{k^2 C_{in} C_{out}} = \frac{1}{C_{out}} + \frac{1}{k^2}$$
#
# For 3×3 kernels and many channels that is a little more than a ninth. Nearly all that is left is the 1×1 part: 8,192
# of the 8,768 weights. Multiply-adds are a first guess at the time a layer takes, not the time itself, which lecture 09
# measures.
#
# ## 6. Strided: pooling that learns
#
# Average pooling over 2×2 windows is a weighted sum, with four weights of 1/4, at every other place, for each channel
# alone. You know all those words now: it is a depthwise convolution with stride 2.

# %% tags=["nbval-check-output"]
maps = torch.randn(1, 64, 28, 28)
quarter = torch.full((64, 1, 2, 2), 1 / 4)
as_convolution = F.conv2d(maps, quarter, stride=2, groups=64)
print("the same:", torch.allclose(as_convolution, F.avg_pool2d(maps, 2), atol=1e-6))

# %% [markdown]
# Max pooling is no convolution. Convolve two images and add the results, or add the images and convolve: it is the
# same. Not so for the maximum: of (1, 0) it is 1, of (0, 1) it is 1, and of their sum (1, 1) it is 1, not 2.
#
# If average pooling is a convolution whose weights are fixed, why not let it learn them? A layer with stride 2 does
# that, and it may mix channels as well. Here are the three ways to halve a map, on a real image under Sobel x:

# %%
trousers = train.images[train.labels == 1][:1] / 255  # upright edges
response = F.conv2d(trousers, sobel_x.view(1, 1, 3, 3), padding=1)
halved = {
    "average pooling": F.avg_pool2d(response, 2),
    "max pooling": F.max_pool2d(response, 2),
    "stride 2": F.conv2d(trousers, sobel_x.view(1, 1, 3, 3), padding=1, stride=2),
}
figures.feature_maps(
    torch.cat(list(halved.values()))[:, 0],
    list(halved),
    image=trousers[0],
    source=train.source,
    title="A vertical-edge kernel on a real image, and three ways to halve the size",
    caption="*Orange is where light turns dark, on the right of each leg, and purple where dark "
    "turns light, on its left. Max pooling keeps the orange at full strength and weakens the "
    "purple, because it takes the largest number, not the strongest. Averaging weakens both. "
    "The strided convolution computes one response in four; the other three are never computed.*",
)

# %% [markdown]
# > **Predict first.** `nn.Conv2d(64, 64, kernel_size=3, stride=2, padding=1)` in place of `nn.MaxPool2d(2)`, on
# > 28×28: which output size, and how many parameters more?

# %% tags=["nbval-check-output"]
layers = [
    nn.MaxPool2d(2),
    nn.Conv2d(64, 64, kernel_size=3, stride=2, padding=1),
    nn.Conv2d(64, 64, kernel_size=3, stride=2, padding=1, groups=64),
]
for layer, name in zip(
    layers, ("max pooling", "strided", "strided, depthwise"), strict=True
):
    parameters = sum(p.numel() for p in layer.parameters())
    print(f"{name:18} {tuple(layer(maps).shape)} {parameters:7,} parameters")

# %% [markdown]
# The **all-convolutional net** (Springenberg et al., 2014) goes all the way: no pooling between its layers, strided
# convolutions instead. Its authors report no loss of accuracy on several benchmarks. It is not a free exchange, though,
# because the strided layers add weights that have to be learnt. Lecture 08 builds that network.
#
# Beware of one case: a 1×1 kernel with stride 2 reads one pixel in four and never sees the other three.
#
# ## 7. A linear layer is a convolution
#
# In section 4 a convolution turned out to be a linear layer. It works the other way too. A linear layer from a 2×2
# image to 2 outputs has four weights for each output. Lay the four out as a 2×2 kernel: it fits the image at exactly
# one place, and what it computes there is the linear layer's sum.
#
# > **Predict first.** Weights 1.1, 1.2, 1.3, 1.4 for the first output and 1.5, 1.6, 1.7, 1.8 for the second, biases
# > 1.9 and 2.0, image [[1, 2], [3, 4]]. Compute the two outputs with a pencil.

# %% tags=["nbval-check-output"]
image = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
weights = torch.tensor([[1.1, 1.2, 1.3, 1.4], [1.5, 1.6, 1.7, 1.8]])
bias = torch.tensor([1.9, 2.0])

answers = {
    "linear": F.linear(image.flatten(), weights, bias),
    "2×2 convolution": F.conv2d(image.view(1, 1, 2, 2), weights.view(2, 1, 2, 2), bias),
    "1×1 convolution": F.conv2d(image.view(1, 4, 1, 1), weights.view(2, 4, 1, 1), bias),
}
print("1·1.1 + 2·1.2 + 3·1.3 + 4·1.4 + 1.9 =", round(1.1 + 2.4 + 3.9 + 5.6 + 1.9, 1))
for name, answer in answers.items():
    numbers = [round(value, 1) for value in answer.flatten().tolist()]
    print(f"{name}: {numbers} of shape {tuple(answer.shape)}")

# %% [markdown]
# There are two ways to see it as a convolution: the image as one channel of 2×2 and a kernel as large as the image, or
# the image as four channels of one pixel and a 1×1 kernel.
#
# **What it is good for.** A linear layer accepts one size of image only, whereas a convolution accepts any. Give the
# same 2×2 convolution a 3×4 image, and it answers at each of the six places it fits. This is how a network trained to
# name one small image can be slid over a large one, all places in one go (Long, Shelhamer and Darrell, 2015).

# %% tags=["nbval-check-output"]
larger = torch.tensor(
    [[1.0, 2.0, 0.0, 1.0], [3.0, 4.0, 1.0, 2.0], [0.0, 1.0, 2.0, 3.0]]
)
everywhere = F.conv2d(larger.view(1, 1, 3, 4), weights.view(2, 1, 2, 2), bias)[0]
print("answers:", tuple(everywhere.shape))
print("at the top left:", [round(value, 1) for value in everywhere[:, 0, 0].tolist()])
window = larger[1:3, 2:4]
one_by_one = F.linear(window.flatten(), weights, bias)
print(
    "bottom right as the linear layer there:",
    torch.allclose(everywhere[:, 1, 2], one_by_one),
)

# %% [markdown]
# ## 8. Edges, by hand and learnt
#
# The simplest edge kernel has two weights, 1 and −1: left minus right. Here it is on a white image with a dark bar;
# white is 1, dark is 0:

# %% tags=["nbval-check-output"]
bar = torch.ones(6, 8)
bar[:, 2:6] = 0
left_minus_right = torch.tensor([[1.0, -1.0]])
edges = convolution.cross_correlate(bar, left_minus_right)
print("a row of the image:    ", as_text(bar[0]))
print("a row of the output:   ", as_text(edges[0]))
across = convolution.cross_correlate(bar, left_minus_right.T)
print(
    "the kernel as a column:",
    as_text(across[0]),
    "and all other rows are zero too:",
    bool((across == 0).all()),
)

# %% [markdown]
# It says 1 where light turns dark, −1 where dark turns light, and 0 where nothing changes. Turned into a 2×1 column,
# the kernel finds nothing, because this image has no edge from one row to the next. Now the Sobel kernels on a real
# image. The *strength* is $\sqrt{x^2 + y^2}$ of their two outputs, which is large at an edge of any direction.

# %%
x, y = (F.conv2d(boot, k.view(1, 1, 3, 3))[0, 0] for k in (sobel_x, sobel_y))
figures.feature_maps(
    torch.stack([x, y, (x**2 + y**2).sqrt()]),
    ["Sobel x", "Sobel y", "strength"],
    image=boot[0],
    source=train.source,
    title="Kernels made by hand on a real image",
    caption="*Sobel x: orange where it is lighter on the left, purple where on the "
    "right. Sobel y: orange where it is lighter above. Strength: the outline, whichever way "
    "it runs.*",
)

# %% [markdown]
# People made these kernels. A CNN learns its own. Could it learn *these*? First the smallest one. Hide the kernel
# [1, −1], keep the image and the wanted output, begin with [0, 0], and let the program find the two weights.
#
# **Gradient descent** is three steps, again and again:
#
# 1. Compute the output with the weights you have, and the **loss**: how wrong it is, in one number. Here it is the
#    mean of the squared differences from the wanted output.
# 2. Compute the gradient: for each weight, the slope of the loss.
# 3. Move each weight a little against its slope, because a positive slope means that a larger weight makes the loss
#    larger. How little is decided by a factor, the **learning rate**.
#
# > **Predict first.** The first step with a pencil. The output is all zeros; each row of 7 should have been 0, 1, 0, 0,
# > 0, −1, 0. So the loss is 2/7. The slope for the left weight is the mean of 2 · (output − wanted) · (the pixel under
# > that weight): the gradient $X \star G$ of lecture 01. With learning rate 1, what are the two weights after one step?


# %%
def learn(images, wanted, kernel, steps, learning_rate):
    """Gradient descent on a kernel.

    images (N, 1, H, W), wanted (N, 1, H', W'), kernel (1, 1, h, w) to begin with
    -> the kernel before each step and after the last (steps + 1, h, w), and its losses
    """
    kernel = kernel.clone().requires_grad_()  # torch keeps track of what it is used for
    kernels, losses = [], []
    for _ in range(steps + 1):
        loss = ((F.conv2d(images, kernel) - wanted) ** 2).mean()  # 1.
        kernels.append(kernel.detach()[0, 0].clone())
        losses.append(loss.item())
        kernel.grad = None  # forget the last gradient
        loss.backward()  # 2. fills kernel.grad
        with torch.no_grad():  # this change is a step, not a part of the loss
            kernel -= learning_rate * kernel.grad  # 3.
    return torch.stack(kernels), losses


# %% tags=["nbval-check-output"]
found, losses = learn(
    bar.view(1, 1, 6, 8),
    edges.view(1, 1, 6, 7),
    torch.zeros(1, 1, 1, 2),
    20,
    learning_rate=1,
)
for step in (0, 1, 2, 5, 10, 20):
    left, right = found[step, 0].tolist()
    print(f"step {step:2}: loss {losses[step]:.4f}, weights {left:6.3f} {right:6.3f}")

# %%
figures.lines(
    list(range(0, 21, 2)),
    {
        "left weight": found[::2, 0, 0].tolist(),
        "right weight": found[::2, 0, 1].tolist(),
    },
    x_label="step",
    y_label="weight",
    source="the bar of 6×8 cells above",
    title="Two weights find their way from 0 to 1 and −1",
    caption="*Large steps at first, smaller ones later: the gradient shrinks as the "
    "error does.*",
)

# %% [markdown]
# The first step, checked: the left weight is over a white pixel at the first edge, where output − wanted is −1, and
# over a dark one at the second. So its slope is 2·(−1)·1/7 = −2/7, and it moves to 2/7 = 0.286. The right weight
# is over a white pixel only at the second edge, where output − wanted is +1: its slope is 2/7, and it moves to
# −0.286. (Too large a learning rate jumps over the best weight and lands further away than it was: question 7.)
#
# **Sobel from real images.** Now nine weights, 16 images of clothes, and what Sobel x makes of them. The program is
# never shown the kernel, only images and outputs.

# %%
images = train.images[:16] / 255
wanted = F.conv2d(images, sobel_x.view(1, 1, 3, 3))
film, losses = learn(images, wanted, torch.zeros(1, 1, 3, 3), 500, learning_rate=0.4)
print(train.source)
for step in (0, 1, 10, 100, 300, 500):
    furthest = (film[step] - sobel_x).abs().max().item()
    print(
        f"step {step:4}: loss {losses[step]:.6f}, furthest weight off by {furthest:.3f}"
    )

# %%
figures.number_grid(
    {f"step {step}": film[step] for step in (1, 10, 100, 500)},
    title="The kernel as it is learnt",
    caption="*The outer columns have the right signs after one step, the right sizes "
    "after many. At step 100 the rows are still too much alike.*",
)

# %% tags=["nbval-check-output"]
print("learnt, rounded: ", as_text(film[-1]))
print("Sobel x:         ", as_text(sobel_x))

# %% [markdown]
# Look at steps 1 to 100 again. The loss is hundreds of times smaller than at the start while a weight is still off by
# 0.3. Neighbouring pixels are much alike, so a weight that is too small is made up for by its neighbour. The last bit
# of the kernel is the slowest, since it matters least.
#
# **What the data do not show cannot be learnt.** Teach Sobel x with the image of the bar only.
#
# > **Predict first.** All rows of that image are alike. The loss will go to zero. Will the kernel be Sobel x?

# %% tags=["nbval-check-output"]
picture = bar.view(1, 1, 6, 8)
wanted = F.conv2d(picture, sobel_x.view(1, 1, 3, 3))
from_bar, losses = learn(
    picture, wanted, torch.zeros(1, 1, 3, 3), 300, learning_rate=0.2
)
print(f"loss {losses[-1]:.6f}")
print(from_bar[-1].round(decimals=2) + 0)  # + 0: no −0 in the output
print(
    "column sums:", as_text(from_bar[-1].sum(0)), "of Sobel x:", as_text(sobel_x.sum(0))
)

# %% [markdown]
# A perfect score and another kernel. On this image only the sums of the kernel's columns matter, and those are right.
# (All three rows started at zero and got the same gradients, so they share the 4 equally.) A network finds a kernel
# that does the job on the images it was shown, and there may be many.
#
# ## What happened, and why
#
# A standard layer connects each place with its neighbours, and each channel with all channels. Every kind of
# convolution in this lecture is that layer with something changed:
#
# | kind | what it changes | what it saves, and what it costs |
# |---|---|---|
# | dilated | the cells that are read lie $d$ apart | a field of $d(k-1)+1$ for the weights of $k$; may leave gaps, and maps that stay large cost work |
# | transposed | reads one number, writes a window | makes maps larger; windows that overlap unevenly draw checkerboards |
# | separable in space | the kernel is a column times a row | $2k$ multiply-adds instead of $k^2$; only such kernels |
# | 1×1 | the window is one pixel | changes the number of channels for little work; sees no neighbours |
# | grouped | channels meet only within their group | $g$ times fewer weights and multiply-adds; groups do not mix |
# | depthwise, then 1×1 | looks around in each channel, then mixes | $1/C_{out} + 1/k^2$ of the work; only weights that are such products |
# | strided | every $s$-th place only | $s^2$ times fewer outputs, and a pooling that learns; in place of a pooling it adds weights |
# | as large as the image | the window is all of the image | a linear layer that accepts larger images; as many weights as before |
#
# Each of them is a matrix, all but the last with zeros and repeated weights, and each is learnt by the same three steps.

# %%
widgets.PredictionScore(names=["one_by_one"])

# %% [markdown]
# ## Check yourself
#
# 1. Which padding keeps the size of a 3×3 convolution with dilation 4? How far do dilations 1, 2, 4, 1, 2, 4 see?
# 2. You want to double 16×16 to 32×32 with a transposed convolution, kernel 4, stride 2. Which padding? And with
#    kernel 3?
# 3. An image in colour becomes grey by 0.3 · red + 0.6 · green + 0.1 · blue. Which layer is that, with which weight
#    shape?
# 4. Count the weights of a depthwise separable layer (3×3, no biases) from 256 to 256 channels, and of a standard
#    one.
# 5. Is [[2, 4], [3, 6]] separable? And [[2, 4], [3, 5]]?
# 6. `nn.Linear(3200, 200)` follows the flattening of 128 maps of 5×5. Which convolution can replace it?
# 7. In section 8, learn Sobel with a learning rate of 0.6 instead of 0.4. What does the loss do, and why?
#
# <details><summary>Answers</summary>
#
# 1. $p = d(k-1)/2 = 4$. 1 + 2·(1 + 2 + 4 + 1 + 2 + 4) = 29 cells.
# 2. (16 − 1)·2 + 4 − 2p = 32 gives p = 1. With kernel 3: 33 − 2p is odd, so p = 1 and `output_padding=1`, and the
#    windows overlap unevenly.
# 3. A 1×1 convolution from 3 channels to 1: weight (1, 3, 1, 1), no bias.
# 4. 9·256 + 256·256 = 67,840 against 9·256·256 = 589,824: 8.7 times fewer.
# 5. Yes: (2, 3) times (1, 2). No: the second row is no multiple of the first.
# 6. `nn.Conv2d(128, 200, kernel_size=5)`, its weight the linear layer's, as `weight.view(200, 128, 5, 5)`.
# 7. It falls for some steps and then grows without end. In one direction (all nine weights together) each step goes so
#    far past the best kernel that it lands on the other side, further away than before.
# </details>

# %% [markdown]
# ## Further on
#
# Optional: nothing later depends on what follows.

# %% [markdown]
# **Why segmentation likes dilation** (to section 1). *Segmentation* asks for the class of every pixel, so the output
# must be as large as the image. At the same time a network must see more than the pixel to know that it belongs to a
# cat. Pooling makes the field grow but the map shrink, whereas dilation makes the field grow and leaves the map alone:

# %% tags=["nbval-check-output"]
pooled = [(3, 1), (2, 2)] * 3  # three times: 3×3 convolution, 2×2 pooling
size = 64
for _ in range(3):
    size = arithmetic.output_size(size, kernel_size=3, padding=1)
    size = arithmetic.output_size(size, kernel_size=2, stride=2)
field = arithmetic.receptive_field(pooled)
print(f"convolution and pooling, 3 times: sees {field}, 64×64 → {size}×{size}")

field = arithmetic.receptive_field([(3, 1, 1), (3, 1, 2), (3, 1, 4), (3, 1, 8)])
size = 64
for d in (1, 2, 4, 8):
    size = arithmetic.output_size(size, kernel_size=3, padding=d, dilation=d)
print(f"dilations 1, 2, 4, 8:             sees {field}, 64×64 → {size}×{size}")

# %% [markdown]
# The price is 64×64 units in every layer, where the pooled stack ends with 8×8, and each unit costs memory and work. So
# segmentation networks often mix both: first some pooling, then dilation (DeepLab: Chen et al., 2018).

# %% [markdown]
# **No gaps** (to section 1). The rule given there is safe, not necessary: dilations 3, 1 break it and read the same 81
# cells as 1, 3.

# %% tags=["nbval-check-output"]
print((ways([3, 1]) > 0).sum().item(), "of 81 cells read")

# %% [markdown]
# **`output_padding`** (to section 2). With kernel 3, stride 2 and padding 1, a convolution takes 7 cells to 4, and 8
# cells to 4 as well: that is the floor of lecture 01. The way back has to be told which of the two is wanted, and
# `output_padding=1` asks for one row and one column more, at the bottom and at the right. Its name misleads. It adds no
# zeros: the extra cells are computed like the others. Here they are cells that the padding would have cut off.

# %% tags=["nbval-check-output"]
for i in (7, 8):
    print(f"{i} → {arithmetic.output_size(i, kernel_size=3, stride=2, padding=1)}")
four = torch.arange(1.0, 17.0).view(1, 1, 4, 4)
ones = torch.ones(1, 1, 3, 3)
for extra in (0, 1):
    grown = F.conv_transpose2d(four, ones, stride=2, padding=1, output_padding=extra)
    print(
        f"4 → {grown.shape[-1]} with output_padding={extra}; last row",
        as_text(grown[0, 0, -1]),
    )

# %% [markdown]
# **A third name** (to section 2). Another way to compute a transposed convolution is to put $s - 1$ zeros between the
# input's cells, and to slide the kernel, turned by 180 degrees, with stride 1 and full padding. Moving by one cell of
# that stretched image is moving by $1/s$ of an input cell, hence the name *fractionally strided convolution*.

# %% tags=["nbval-check-output"]
stretched = torch.zeros(3, 3)
stretched[::2, ::2] = small
k3 = torch.arange(1.0, 10.0).view(3, 3)
print("stretched:", as_text(stretched))
slid = convolution.cross_correlate(stretched, k3.flip(0, 1), padding=2)
print(
    "the same as scattering with stride 2:",
    torch.equal(slid, scatter(small, k3, stride=2)),
)

# %% [markdown]
# **Not an inverse** (to section 2). A transposed convolution brings back the shape, not the values. Take the 3×3 image
# of lecture 01, there and back:

# %% tags=["nbval-check-output"]
image = torch.arange(9.0).view(3, 3)
there = convolution.cross_correlate(image, kernel)
print("image:         ", as_text(image))
print("there:         ", as_text(there))
print("and back:      ", as_text(scatter(there, kernel)))

other = image.clone()
other[0, 0] = 100
print("another image: ", as_text(other))
print("there:         ", as_text(convolution.cross_correlate(other, kernel)))

# %% [markdown]
# No operation could do better. The two images differ in a corner that only ever meets the kernel's 0, so their outputs
# are the same four numbers, and from those nobody can tell which image it was.

# %% [markdown]
# **Rank** (to section 3). The **rank** of a matrix is the smallest number of outer products that add up to it. So a
# kernel is separable exactly when its rank is 1.
#
# > **Predict first.** Which of the four kernels in the next cell are separable? Look at their rows.

# %% tags=["nbval-check-output"]
kernels = {
    "Sobel x": sobel_x,
    "blur": torch.outer(smooth, smooth),
    "Laplace": torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]),
    "diagonal": torch.eye(3),
}
for name, k in kernels.items():
    print(f"{name:8} {as_text(k):36} rank {torch.linalg.matrix_rank(k).item()}")

second = torch.tensor([1.0, -2.0, 1.0])
middle = torch.tensor([0.0, 1.0, 0.0])
two = torch.outer(second, middle) + torch.outer(middle, second)
print("Laplace from two outer products:", torch.equal(two, kernels["Laplace"]))

# %% [markdown]
# The Laplace kernel compares a pixel with its four neighbours. It needs two pairs of thin kernels, in general 4·3 =
# 12 multiply-adds, more than 9. (Laplace is a lucky case: two of its four thin kernels are 0, 1, 0 and do nothing.)
# The diagonal line needs three.

# %% [markdown]
# **The same layers by hand** (to section 5). Two groups are two smaller layers side by side. Here are 4 channels in, 6
# out:

# %% tags=["nbval-check-output"]
incoming = torch.randn(4, 8, 8)
weight = torch.randn(6, 2, 3, 3)  # 6 outputs, each made from 2 of the 4 inputs
by_hand = torch.cat(
    [
        convolution.cross_correlate_channels(incoming[:2], weight[:3]),
        convolution.cross_correlate_channels(incoming[2:], weight[3:]),
    ]
)
torch_says = F.conv2d(incoming[None], weight, groups=2)[0]
print(
    "the same as F.conv2d with groups=2:",
    torch.allclose(by_hand, torch_says, atol=1e-4),
)

# %% [markdown]
# And the depthwise convolution and the 1×1 layer, without what stands between them in the block:

# %% tags=["nbval-check-output"]
block = DepthwiseSeparable(4, 6)
# detach(): the numbers alone, without the record that training would need
depthwise = block[0].weight[:, 0].detach()  # (4, 3, 3): one kernel for each channel
pointwise = block[3].weight[:, :, 0, 0].detach()  # (6, 4): a matrix for every pixel

looked = [
    convolution.cross_correlate(channel, kernel, padding=1)
    for channel, kernel in zip(incoming, depthwise, strict=True)
]
# flatten(1) writes each map as one long row, so each pixel is a column of 4 numbers.
mixed = (pointwise @ torch.stack(looked).flatten(1)).view(6, 8, 8)
torch_says = block[3](block[0](incoming[None]))[0]
print("by hand the same as torch:", torch.allclose(mixed, torch_says, atol=1e-5))

product = pointwise[:, :, None, None] * depthwise[None]  # (6, 4, 3, 3)
standard = F.conv2d(incoming[None], product, padding=1)[0]
print("the same as a standard layer:", torch.allclose(standard, torch_says, atol=1e-5))

# %% [markdown]
# **Where groups come from** (to section 5). They began as a way out of need: AlexNet (Krizhevsky et al., 2012) did not
# fit on one GPU, so its authors cut some layers into two groups, one for each of two GPUs.

# %% [markdown]
# <details><summary>For instructors: slips of the source lectures that are corrected here</summary>
#
# - One source calls the operation that makes the output larger than the input a *deconvolution*. Another of the
#   sources rightly says that the name does not fit: the transposed convolution restores the shape, not the values.
# - The same source says that strides and padding "add parameters". They add settings that somebody chooses; the
#   number of weights that are learnt does not change.
# - One source ties dilated convolutions to *real-time* segmentation, at "the same computational cost". The cost is
#   the same for each output, compared with an undilated kernel of as many weights. But what dilation brings to
#   segmentation is maps that stay large (*Further on*), and large maps cost time: speed is not the reason to use it.
# - One source says that a convolution with stride 2 still takes in all pixels of the layer before. Only if the kernel
#   is no smaller than the stride, and not those that the floor drops at the end (lecture 01, section 4).
# - The listing of the [14.9, 19.0] example, as printed, lacks a bracket in the input and one in the 1×1 layer. Its
#   ReLU changes nothing, since both numbers are positive.
# </details>

# %% [markdown]
# ## Sources
#
# - Yu, Koltun (2016), *Multi-scale context aggregation by dilated convolutions*.
# - Chen, Papandreou, Kokkinos, Murphy, Yuille (2018), *DeepLab: semantic image segmentation with deep convolutional
#   nets, atrous convolution, and fully connected CRFs*.
# - Wang et al. (2018), *Understanding convolution for semantic segmentation*.
# - Dumoulin, Visin (2016), *A guide to convolution arithmetic for deep learning*.
# - Odena, Dumoulin, Olah (2016), *Deconvolution and checkerboard artifacts*.
# - Szegedy, Vanhoucke, Ioffe, Shlens, Wojna (2016), *Rethinking the Inception architecture for computer vision*.
# - Szegedy et al. (2015), *Going deeper with convolutions*.
# - Lin, Chen, Yan (2014), *Network in network*.
# - Howard et al. (2017), *MobileNets: efficient convolutional neural networks for mobile vision applications*.
# - Krizhevsky, Sutskever, Hinton (2012), *ImageNet classification with deep convolutional neural networks*.
# - Springenberg, Dosovitskiy, Brox, Riedmiller (2014), *Striving for simplicity: the all convolutional net*.
# - Long, Shelhamer, Darrell (2015), *Fully convolutional networks for semantic segmentation*.
# - Dilation, transposed and separable convolutions, 1×1 from 64 to 32 channels after *Deep Learning* (Fall 2020); the
#   linear layer as a convolution after *Introducción a las CNNs, parte 2*; learning an edge kernel after a chapter on
#   CNNs that follows *Dive into Deep Learning*.
