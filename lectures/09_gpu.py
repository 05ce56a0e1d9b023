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
# # 09 · Architectures on a GPU
#
# Where the time of a network goes: devices, honest timing, four ways to convolve, a roofline, faster steps, several processes.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/09_gpu.ipynb) &ensp; about 100 minutes &ensp; before: [08 Architectures II: width, shortcuts](08_architectures_shortcuts.ipynb) &ensp; next: [10 Transfer learning](10_transfer.ipynb)
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
# - write a program that uses a GPU where there is one, and runs where there is none;
# - time code so that the number means something;
# - say what makes two runs equal, and when they cannot be;
# - compute a convolution in four ways by hand, and find out which one a library takes;
# - measure the roof of your machine, and say of each layer whether arithmetic or memory bounds it;
# - predict which of four ways makes which part of a training step faster, and see whether it does;
# - say where the memory goes in training, and cut one batch in two for two devices.
#
# You need multiply-adds (lectures 02 and 03), the training loop (03), batches in memory (04), batch norm (06), AlexNet
# (07) and ResNet (08). You need no GPU: every cell runs on a processor too. In two sittings, sections 1 to 4 are the
# first.

# %%
import inspect
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from math import prod
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

import utils
from utils import arithmetic, convolution, figures, models, speed, widgets
from utils.convolution.winograd import INPUT, KERNEL, OUTPUT
from utils.data import cifar10
from utils.models.fast_cifar import FastCifar
from utils.settings import budget, budget_name, device, set_seed, synchronize
from utils.training import choose_precision, fit
from utils.widgets.layer_words import layer_words

here = device()
print(f"device: {here}, budget: {budget_name()}, torch {torch.__version__}")

# %% [markdown]
# ## 1. Where the numbers live
#
# A **GPU** is a processor with thousands of small arithmetic units, which computes only with what lies in its own
# memory. So images and network must both be moved there. In torch a place is called a **device**: `cpu` is your
# processor, `cuda` an NVIDIA GPU, `mps` the GPU of an Apple computer. `utils.settings.device()` gives the fastest one
# here. Three lines are all it takes, and they run everywhere:
#
# ```python
# here = device()
# model.to(here)
# images, labels = images.to(here), labels.to(here)
# ```
#
# > **Predict first.** The second line stores nothing, the third does. Why?
#
# On the device `meta` of lecture 07 tensors have shapes but no numbers, so any machine can try it:

# %% tags=["nbval-check-output"]
images = torch.zeros(2, 3)
layer = nn.Linear(3, 1)
print("tensor.to gives the same object:", images.to("meta") is images)
print("module.to gives the same object:", layer.to("meta") is layer)
print("weights are now on:", layer.weight.device, "and images still on:", images.device)

# %% [markdown]
# A module is moved **in place**, whereas a tensor is **copied**, and a copy that nobody stores is lost. Then torch
# refuses to compute:

# %%
try:
    layer(images)
except RuntimeError as error:
    print(error)

# %% [markdown]
# When you meet this, print `.device` of everything on that line.
#
# **Moving costs time.** The bus to an H200, PCI Express 5.0 with 16 lanes, moves at most 63 GB a second each way, whereas
# the GPU's own memory moves 4,800 GB (data sheets).
#
# > **Predict first.** How many bytes are the 50,000 images of CIFAR-10 as they come, with one byte for each number?
# > How many as 32-bit floats? How long does each take over the bus, at best?

# %%
widgets.PredictFirst("bytes_of_images", title="How many bytes?")

# %% tags=["nbval-check-output"]
numbers = 50_000 * 3 * 32 * 32
for name, bytes_each in [("bytes", 1), ("32-bit floats", 4)]:
    size = numbers * bytes_each
    bus, memory = size / 63e9, size / 4800e9
    print(f"{name:13} {size / 1e6:5.1f} MB: bus {1e3 * bus:4.1f} ms, ", end="")
    print(f"GPU memory {1e3 * memory:.2f} ms")

# %% [markdown]
# So send bytes, once, and make floats of them on the GPU, as `Batches` of lecture 04 does. Images that do not fit are
# sent batch by batch while the GPU computes (`DataLoader(pin_memory=True)` and `.to(here, non_blocking=True)`).
#
# ## 2. Honest timing
#
# Read `time.perf_counter()` before and after, and subtract. Three things spoil that number.
#
# **The first time is different**, because memory is asked for, a library chooses its method, and a GPU loads its
# programs.
#
# **A GPU works behind Python's back.** `model(images)` only writes orders on a list and returns at once (*kernel
# launches*; this kernel is a program for a GPU). `torch.cuda.synchronize()` waits until all is done
# (`utils.settings.synchronize`, on every kind of device), and so does `loss.item()`, since Python needs the number.
#
# **The machine has other things to do**, so a single time tells you little.
#
# > **Predict first.** A 3×3 and a 5×5 convolution, 64 channels to 64, on 16 images of 32×32. By which factor should
# > the second take longer? Will it?

# %%
set_seed(0)
x = torch.randn(16, 64, 32, 32, device=here)
contenders = {}
for k in (3, 5):
    conv = nn.Conv2d(64, 64, kernel_size=k, padding=k // 2).to(here)
    contenders[f"{k}×{k}"] = partial(conv, x)


def seconds_of(work):
    synchronize(here)  # what was asked for before must not count
    began = time.perf_counter()
    work()
    synchronize(here)
    return time.perf_counter() - began


with torch.inference_mode():  # no gradients are wanted
    for name, work in contenders.items():
        trials = [1e3 * seconds_of(work) for _ in range(6)]
        print(
            f"{name}, six times in a row:", " ".join(f"{t:.2f}" for t in trials), "ms"
        )

# %% [markdown]
# In our run the first row begins with its longest time, because the first convolution of a program is slow. To compare
# the two, let them take turns: a machine that slows down, because it is warm or because somebody else came, then slows
# down both:


# %%
def measure(contenders, rounds):
    """Seconds of every contender in every round, after one round that does not count."""
    seconds = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, work in contenders.items():
            taken = seconds_of(work)
            if turn > 0:  # the first round warms up
                seconds[name].append(taken)
    return seconds


with torch.inference_mode():
    taken = measure(contenders, rounds=budget(quick=5, laptop=40, full=200))
threads = torch.get_num_threads()
middle = {name: statistics.median(times) for name, times in taken.items()}
print(f"multiply-adds: factor {25 / 9:.2f}")
print(f"medians:       factor {middle['5×5'] / middle['3×3']:.2f}")
gpu = here.type == "cuda"
machine = torch.cuda.get_device_name() if gpu else f"{here}, {threads} threads"
source = f"timed on this machine ({machine}, torch {torch.__version__})"
figures.times(
    taken,
    source=source,
    title="Two convolutions, timed in turns",
    caption="*Look at the rings far to the right: perhaps something else ran. They move a "
    "mean, but hardly the median. Give the median, and say how far the middle half "
    "reaches.*",
)

# %% [markdown]
# If the factor is not 2.78, either something other than multiplying costs time (section 5), or the library computes the
# two in different ways (section 4). `torch.utils.benchmark.Timer` warms up, waits and repeats for you, with **one**
# thread unless told otherwise.
#
# ## 3. The same result twice?
#
# If you train twice with the same seed, do you get the same network? First a sum of three numbers:
#
# > **Predict first.** Is (0.1 + 0.2) + 0.3 the same as 0.1 + (0.2 + 0.3)? And, in 32 bits, is (100,000,000 + 1) −
# > 100,000,000 the same as (100,000,000 − 100,000,000) + 1?

# %% tags=["nbval-check-output"]
print((0.1 + 0.2) + 0.3, "and", 0.1 + (0.2 + 0.3))
large, one = torch.tensor(1e8), torch.tensor(1.0)
print(((large + one) - large).item(), "and", ((large - large) + one).item())

# %% [markdown]
# A computer rounds after every addition, so the **order** of the additions decides the last digits. A convolution adds
# hundreds of products for each output, in an order that depends
#
# - on the algorithm. NVIDIA's library **cuDNN** has several. With `torch.backends.cudnn.benchmark = True` it tries them
#   on each new shape and keeps the fastest (**autotuning**). Tomorrow another may win by a hair;
# - on chance: some GPU algorithms let thousands of threads add to one number as they come;
# - on the number of threads, and of images in a batch.
#
# > **Predict first.** One image, one 3×3 convolution, on your machine. It is computed twice; with one thread and with
# > all; alone and in a batch of 32; contiguous and channels-last (section 6). Which pairs agree bit for bit?

# %%
set_seed(0)
conv = nn.Conv2d(64, 64, kernel_size=3, padding=1).to(here)
batch = torch.randn(32, 64, 16, 16, device=here)
with torch.inference_mode():
    first = conv(batch)
    others = {"computed again": conv(batch), "alone": conv(batch[:1])}
    torch.set_num_threads(1)
    others["with one thread"] = conv(batch)
    torch.set_num_threads(threads)
    others["channels-last"] = conv(batch.to(memory_format=torch.channels_last))
for name, other in others.items():
    pair = first[: len(other)], other
    largest = (pair[0] - pair[1]).abs().max().item()
    same = "same bits" if torch.equal(*pair) else f"differ by up to {largest:.1e}"
    print(f"{name:16} {same}")

# %% [markdown]
# In our run, computing again and another number of threads changed nothing, while another batch size and another order
# in memory did. In one layer such differences are harmless. But training is a chain, and after some hundred steps the
# two networks are different networks, about equally good. **What you can ask for** (`cudnn` stands for
# `torch.backends.cudnn`):
#
# | setting | what it does |
# |---|---|
# | `cudnn.benchmark = False` (torch's default) | cuDNN decides by rules, so every run takes the same algorithm |
# | `cudnn.deterministic = True` | cuDNN takes only algorithms that always add in the same order |
# | `torch.use_deterministic_algorithms(True)` | the same for all of torch; what cannot do it raises an error |
# | `CUBLAS_WORKSPACE_CONFIG=:4096:8` | the line above needs it in the environment before the first product of matrices; importing `utils.settings` sets it |
# | `fit(…, deterministic=True)` | all of this for one run; without it, `fit` lets cuDNN tune |
#
# Deterministic algorithms may be slower: use them when you hunt a bug, or compare two versions of a program.
#
# **The seed** decides the first weights, the order of the images, their augmentation, and dropout. The same seed
# twice, then another:

# %%
train, test = cifar10()
print(train.source)
few = train.subset(torch.randperm(len(train), generator=torch.Generator())[:512])
losses = []
for seed in (0, 0, 1):
    set_seed(seed)
    model = models.create("small_cnn", in_channels=3, image_size=32)
    history = fit(model, few, epochs=2, seed=seed, deterministic=True, progress=False)
    losses.append(history.train_loss)
    print(f"seed {seed}: losses {history.train_loss}")
print("the same seed, the same bits:", losses[0] == losses[1])

# %% [markdown]
# Nobody promises the same bits on another machine or with another version of torch (PyTorch's notes say so). Such
# differences can grow as large as those between two seeds (Summers and Dinneen, 2021), so do not build a claim on one
# run.
#
# ## 4. Four ways to compute a convolution
#
# All are in `utils/convolution/`, written to be read: images (N, C_in, H, W) and weights (C_out, C_in, kH, kW), as for
# `F.conv2d`.
#
# ### Direct
#
# The definition has seven loops: image, output channel, row, column, input channel, kernel row, kernel column. Here the
# last two are written out; `einsum` does the others, and adds over the letters that are missing on the right of its
# arrow.


# %%
def show(function):
    """Print a function's code without its docstring."""
    before, _, after = inspect.getsource(function).split('"""')
    print(before.rstrip() + after)


show(convolution.direct)

# %% [markdown]
# ### One product of matrices
#
# Decades of work went into libraries that multiply matrices. To use them, copy each window of the image into a column
# of a matrix (**im2col**, image to column; Chellapilla, Puri and Simard, 2006). The kernels are the rows of another,
# and the product of the two is the convolution.
#
# > **Predict first.** Take the image 0..8 as 3×3 and the kernel [[0, 1], [2, 3]] of lecture 01. What is the first
# > column, and how large is the matrix?

# %% tags=["nbval-check-output"]
image = torch.arange(9.0).view(1, 1, 3, 3)
kernel = torch.tensor([[0.0, 1.0], [2.0, 3.0]]).view(1, 1, 2, 2)
columns = convolution.im2col(image, 2, 2)[0]
print(columns.int())
print("row of weights:", kernel.flatten().int().tolist())
print("product:       ", (kernel.flatten() @ columns).int().tolist())

# %% [markdown]
# These are the four numbers of lecture 01. There, in section 6, the kernel became a large matrix; here the image does,
# and with a 3×3 kernel nearly every pixel is copied nine times. For whole batches and many channels:

# %%
show(convolution.im2col)
show(convolution.matrix_product)

# %% [markdown]
# ### Fewer multiplications
#
# Four numbers $d_0, d_1, d_2, d_3$ and a kernel of three, $g_0, g_1, g_2$, give two outputs,
# $y_0 = d_0 g_0 + d_1 g_1 + d_2 g_2$ and $y_1 = d_1 g_0 + d_2 g_1 + d_3 g_2$, with six products. Winograd (1980) does
# it with four:
#
# $$m_1 = (d_0 - d_2)\,g_0 \qquad m_2 = (d_1 + d_2)\,\tfrac{g_0 + g_1 + g_2}{2} \qquad
# m_3 = (d_2 - d_1)\,\tfrac{g_0 - g_1 + g_2}{2} \qquad m_4 = (d_1 - d_3)\,g_2$$
#
# $$y_0 = m_1 + m_2 + m_3 \qquad y_1 = m_2 - m_3 - m_4$$
#
# The brackets with $g$ are computed once for each kernel, but there are more additions than before.
#
# > **Predict first.** $d$ = 1, 2, 3, 4 and $g$ = 1, 2, 3. Compute both outputs by the definition, then by $m_1$ to
# > $m_4$.

# %% tags=["nbval-check-output"]
d, g = (1, 2, 3, 4), (1, 2, 3)
print("six products: ", [sum(d[y + i] * g[i] for i in range(3)) for y in (0, 1)])
m1, m4 = (d[0] - d[2]) * g[0], (d[1] - d[3]) * g[2]
m2 = (d[1] + d[2]) * (g[0] + g[1] + g[2]) / 2
m3 = (d[2] - d[1]) * (g[0] - g[1] + g[2]) / 2
print("m1 to m4:     ", [m1, m2, m3, m4])
print("four products:", [m1 + m2 + m3, m2 - m3 - m4])

# %% [markdown]
# In two dimensions the same is done along the rows and then along the columns. A tile of 4×4 pixels gives 2×2 outputs
# of a 3×3 kernel, with 4·4 = 16 products instead of 4·9 = 36: **2.25 times fewer** (Lavin and Gray, 2016, who call it
# F(2×2, 3×3)). The additions are written as matrices: `B` for the brackets with $d$, `G` for those with $g$, `A` for
# the outputs.

# %% tags=["nbval-check-output"]
print("B", INPUT, "G", KERNEL, "A", OUTPUT, sep="\n")

# %% [markdown]
# The first row of `B` is (1, 0, −1, 0). Multiplied by $d$ it gives $d_0 - d_2$, the bracket of $m_1$.

# %%
show(convolution.winograd)

# %% [markdown]
# ### Waves
#
# The **Fourier transform** writes a row of numbers as a sum of waves. Moving the row by one place only multiplies each
# wave by a number, and since a convolution adds moved copies, it too multiplies each wave by a number. So transform
# image and kernel, multiply wave by wave, and transform back: the size of the kernel no longer matters (Mathieu,
# Henaff and LeCun, 2014). The *fast* Fourier transform (FFT) of $n$ numbers takes about $n \log_2 n$ steps.
#
# One complex number, a pair, holds the height and the shift of a wave: `rfft` gives one for each wave, `irfft` goes
# back, and `conj` reverses the shift. Take the row 1, 2, 3, 4 and the kernel 1, 1, so that each output is the sum of
# two neighbours.
#
# > **Predict first.** A wave has no end, so after the last number the row begins again. What is the fourth output?

# %% tags=["nbval-check-output"]
row = torch.tensor([1.0, 2.0, 3.0, 4.0])
kernel_waves = torch.fft.rfft(torch.tensor([1.0, 1.0]), n=4).conj()
outputs = torch.fft.irfft(torch.fft.rfft(row) * kernel_waves, n=4)
print([round(value, 4) for value in outputs.tolist()])

# %% [markdown]
# The first three, 3, 5 and 7, are right. The fourth is 4 + 1, around the end, and is cut off. (`conj` makes it a
# cross-correlation; without it the kernel would be turned.)

# %%
show(convolution.fourier)

# %% [markdown]
# ### The same result?
#
# Compared with torch, in 64 bits (in 32 the last digits differ, as in section 3):

# %% tags=["nbval-check-output"]
set_seed(0)
four = {
    "direct": convolution.direct,
    "matrix product": convolution.matrix_product,
    "Winograd": convolution.winograd,
    "Fourier": convolution.fourier,
}
for n, c_in, c_out, height, width, padding in [(1, 1, 1, 4, 4, 0), (2, 3, 5, 9, 14, 1)]:
    images = torch.randn(n, c_in, height, width, dtype=torch.float64)
    weight = torch.randn(c_out, c_in, 3, 3, dtype=torch.float64)
    truth = F.conv2d(images, weight, padding=padding)
    for name, algorithm in four.items():
        error = (algorithm(images, weight, padding) - truth).abs().max()
        print(f"{name:15} output {tuple(truth.shape)}, the same: {error < 1e-12}")

# %% [markdown]
# ### Which is fastest?
#
# Four images of 64×64 with 16 channels in and out meet kernels from 1×1 to 15×15, padded so that the size stays. For
# direct and matrix product `arithmetic.multiply_adds` counts the multiply-adds. For the others:
#
# - Winograd: 16 products for each tile and pair of channels. Each addition counts half: 32 for a tile of input, 24 for a
#   tile of output, 28 for a kernel (Lavin and Gray).
# - Fourier: about $\tfrac{5}{4} n \log_2 n$ for transforming $n$ real numbers. There are $n/2$ waves for each image and
#   pair of channels, and a product of complex numbers is four of real ones.


# %%
N, C, size = 4, 16, 64  # images, channels in and out, pixels along each side


def multiply_adds(k):
    """Of each algorithm, for a kernel of k×k, in millions."""
    plain = N * arithmetic.multiply_adds(C, C, kernel_size=k, output_size=size)
    n = (size + 2 * (k // 2)) ** 2  # numbers in a padded image
    transform = 1.25 * n * torch.log2(torch.tensor(n)).item()
    fourier = (N * C + C * C + N * C) * transform + 2 * n * N * C * C
    tiles = N * (size // 2) ** 2
    winograd = tiles * (16 * C * C + 16 * C + 12 * C) + 14 * C * C
    work = {"direct": plain, "Fourier": fourier, "Winograd": winograd}
    if k != 3:
        del work["Winograd"]
    return {name: count / 1e6 for name, count in work.items()}


# %% tags=["nbval-check-output"]
for k in (1, 3, 5, 15):
    counts = multiply_adds(k)
    print(
        f"{k:2}×{k:<2}", {name: round(million, 1) for name, million in counts.items()}
    )

# %% [markdown]
# > **Predict first.** From which kernel size on does Fourier need fewer multiply-adds than direct? And from which size
# > on will it need less *time*?

# %% tags=["thumbnail"]
sizes = [1, 3, 5, 7, 11, 15]
images = torch.randn(N, C, size, size, device=here)
milliseconds = {}
for place, k in enumerate(sizes):
    weight = torch.randn(C, C, k, k, device=here)
    contenders = {
        name: partial(algorithm, images, weight, padding=k // 2)
        for name, algorithm in {**four, "F.conv2d (torch)": F.conv2d}.items()
        if k == 3 or name != "Winograd"
    }
    with torch.inference_mode():
        taken = measure(contenders, rounds=budget(quick=1, laptop=7, full=30))
    for name, times in taken.items():
        milliseconds.setdefault(name, [None] * len(sizes))[place] = (
            1e3 * statistics.median(times)
        )
predicted = {
    name: [multiply_adds(k).get(name) for k in sizes] for name in multiply_adds(3)
}
figures.costs(
    sizes,
    {"predicted (million multiply-adds)": predicted, "measured (ms)": milliseconds},
    x_label="kernel size",
    source=source,
    title="Work predicted and time measured",
    caption="*Left, the matrix product is not drawn: it has as many multiply-adds as "
    "direct. Right, each point is a median; the scatter is left out. Equal steps are "
    "equal ratios, along both axes. Look where the lines cross, left and right.*",
)

# %% [markdown]
# The same times as numbers:

# %%
print(f"{'ms at kernel size':17}", *(f"{k:6}" for k in sizes))
for name, times in milliseconds.items():
    print(f"{name:17}", *(f"{ms:6.1f}" if ms else "     –" for ms in times))

# %% [markdown]
# **A multiply-add is not a multiply-add.** An algorithm with fewer of them may be slower, since it fetches more from
# memory, or in smaller pieces. At 5×5, our Fourier has 36.5 million and direct 104.9, and yet it takes 14.0 ms against
# 7.6. At 3×3, Winograd has half of direct's and takes longer, because our code also multiplies by the zeros and ones of
# `B` and `A`, which the count leaves out. The matrix product, with twice as many as Winograd, takes less than half its
# time: it is one large product, which libraries are made for. So multiply-adds say roughly how our lines *rise*, but
# where they *cross* must be measured: Fourier and direct were predicted to cross between 1×1 and 3×3, and do so between
# 5×5 and 7×7.
#
# ### Which one does the library take?
#
# `F.conv2d` asks a library: cuDNN on an NVIDIA GPU, which mostly takes a matrix product whose columns are made on the
# way and never stored (Chetlur et al., 2014), and has Winograd and Fourier beside it; oneDNN on most processors. oneDNN
# tells what it takes, if it is started with `ONEDNN_VERBOSE=1`, and it can be told to take the processor for an older
# one.
#
# > **Predict first.** Does the processor's library take one algorithm for all six sizes?

# %%
program = f"""
import torch
for k in {sizes}:
    torch.conv2d(torch.randn(4, 16, 64, 64), torch.randn(16, 16, k, k), padding=k // 2)
"""
as_it_is, as_if_older = (
    {problem.split("kh")[1].split("sh")[0]: how for problem, how in found}
    for found in (
        speed.choices(program),
        speed.choices(program, ONEDNN_MAX_CPU_ISA="AVX2"),
    )
)
print(f"kernel size{'this processor':>22}{'with AVX2 only':>22}")
for k in map(str, sizes):
    this, older = as_it_is.get(k, "–"), as_if_older.get(k, "–")
    print(f"{k:>5}×{k:5}{this:>22}{older:>22}")
print("–: not computed by oneDNN")

# %% [markdown]
# Our processor takes the direct algorithm for all (`jit`: machine code that is written for this very shape when it is
# first asked for). With AVX2 alone oneDNN would take it up to 7×7, and from 11×11 on im2col and a product of matrices
# (`gemm`). On an NVIDIA GPU, the names of the kernels in a trace of `torch.profiler` (section 6) say it.
#
# ## 5. Arithmetic or memory?
#
# A layer asks two things of a machine: operations (the *FLOPs* of lecture 02, two for each multiply-add), and bytes
# that go from its memory and back. It takes at least the longer of the two times. Which one that is depends on how many
# operations it does with each byte, its *arithmetic intensity*. With few it is *memory-bound*, and faster arithmetic
# would change nothing; with many it is *compute-bound*. What a machine can reach, drawn over the operations a byte, is
# a **roofline** (Williams, Waterman and Patterson, 2009): it rises with the speed of the memory, and ends flat at the
# peak of the arithmetic.
#
# ### The roof of your machine
#
# Two measurements give it: the faster of a product of matrices and a convolution, and adding one to each number of a
# large tensor, which is read and written. Here the *fastest* of many rounds counts, because a limit is what is reached
# when nothing disturbs.

# %%
side = budget(quick=256, laptop=1024, full=8192)
top, in_bf16 = speed.peak(here, side=side), speed.peak(here, torch.bfloat16, side=side)
flow = speed.bandwidth(here, budget(quick=2**22, laptop=2**28, full=2**32))
print(f"arithmetic: {top / 1e9:6,.0f} · 10⁹ operations a second, in 32 bits")
print(f"            {in_bf16 / 1e9:6,.0f} · 10⁹ in bf16 (section 6)")
print(f"memory:     {flow / 1e9:6,.0f} · 10⁹ bytes a second")
print(f"arithmetic and memory meet at {top / flow:.1f} operations for each byte")

# %% [markdown]
# Is the roof true? Take a product whose intensity can be chosen. The product of two n×n matrices can be added up in
# slices: $t$ columns of the first, times $t$ rows of the second, added to the whole result, which is read and written
# for each slice. The operations stay the same, whatever $t$ is.
#
# > **Predict first.** A slice does 2·n²·t operations, and its bytes are mainly those of the result, 4 each: read, and
# > written. How many operations for each byte is that? How much longer does a product in slices of 1 take than one in
# > slices of 16?

# %%
n = budget(quick=256, laptop=4096, full=8192)
left, right = torch.randn(n, n, device=here), torch.randn(n, n, device=here)
result = torch.zeros(n, n, device=here)
slices = {}
for t in (1, 4, 16, 64):
    columns, rows = left[:, :t].contiguous(), right[:t].contiguous()
    step = partial(torch.addmm, result, columns, rows, out=result)
    operations, moved = 2 * n * n * t, 4 * (2 * n * n + 2 * n * t)
    slices[f"t = {t}"] = (operations / moved, operations / speed.fastest(step, here))
for t, (intensity, rate) in slices.items():
    print(f"{t:7} {intensity:6.2f} operations a byte, {rate / 1e9:8.1f} · 10⁹ a second")

# %% [markdown]
# From t = 1 to t = 16 the rate grows with the intensity, from 7.1 to 152.4: the memory sets the pace. Four times the
# intensity again brings only 1.2 times the rate, because now arithmetic is the bound.
#
# ### The layers of ResNet-20
#
# By hand, for 32 images in 32 bits, if each number is read or written once: a batch norm does two operations (one
# multiply-add) with 8 bytes, an addition one with 12.
#
# > **Predict first.** And a ReLU? And the 3×3 convolution from 16 to 16 maps of 32×32, which uses each number again and
# > again?

# %%
widgets.PredictFirst("intensity", title="Operations for each byte")

# %%
model = models.create("resnet20", in_channels=3, image_size=32)
costs = models.layer_costs(model, 3, 32)
layers = {layer_words(cost): cost for cost in costs}
letters = dict(zip(layers, "ABCDEFGHIJKLM", strict=True))


def asked(cost, images=32):
    """Operations of a layer's forward pass, and bytes, each number once and in 32 bits."""
    read, written = prod(cost.input_shape), prod(cost.output_shape)
    of_each = {nn.BatchNorm2d: 2, nn.ReLU: 1}.get(type(cost.layer), 0)
    operations = images * (2 * cost.multiply_adds + of_each * written)
    return operations, 4 * (cost.parameters + images * (read + written))


# %% tags=["nbval-check-output"]
for name, cost in layers.items():
    operations, moved = asked(cost)
    print(f"{letters[name]} {name:42}{operations / 1e6:6.1f} million ", end="")
    print(f"{moved / 1e6:5.2f} MB {operations / moved:6.2f} a byte")

# %% [markdown]
# Where the two meet, the machine cuts the network in two: convolutions on the right, batch norms and ReLUs on the left.
# Does each come near the roof?

# %%
kinds = {"product in slices": slices, "convolution": {}, "batch norm": {}, "ReLU": {}}
kind_of = {nn.Conv2d: "convolution", nn.BatchNorm2d: "batch norm", nn.ReLU: "ReLU"}
model.to(here).eval()
with torch.inference_mode():
    for name, cost in layers.items():
        if kind := kind_of.get(type(cost.layer)):
            x = torch.randn(32, *cost.input_shape, device=here)
            seconds = speed.fastest(partial(cost.layer, x), here, rounds=100)
            operations, moved = asked(cost)
            kinds[kind][letters[name]] = (operations / moved, operations / seconds)

# %%
figures.roofline(
    kinds,
    peak=top,
    bandwidth=flow,
    source=source,
    title="What this machine can reach, and what it reaches",
    caption="*The line is measured, the letters are those of the table. How far below "
    "the line lies each kind of layer? Does anything lie above it?*",
)

# %% [markdown]
# The convolutions reach 102 to 211 · 10⁹ operations a second, H all that the machine has, and A least, with its three
# input maps. Batch norms and ReLUs reach less than a tenth, and faster arithmetic would not help them. The smallest, J
# and K, are slower than the large: every operation also costs something that does not depend on how much is in it (to
# start it, to find memory for its result). And the ReLUs lie *above* the line: C moves 135 · 10⁹ bytes a second (16.9 ·
# 10⁹ operations, 8 bytes for each), where the memory gives 78. How?
#
# ### Memory on the chip
#
# > **Predict first.** One is added to each number of tensors from 64 kB to 256 MB. As many bytes a second for each?

# %%
copied = [2**k for k in range(16, budget(quick=20, laptop=29, full=33), 2)]
rates = [
    speed.bandwidth(here, size, rounds=budget(quick=1, laptop=30, full=30))
    for size in copied
]
figures.lines(
    [size / 2**20 for size in copied],
    {"adding one": [rate / 1e9 for rate in rates]},
    x_label="size of the tensor (MiB)",
    y_label="10⁹ bytes a second",
    log_x=True,
    source=source,
    title="The smaller the nearer: adding one to each number of a tensor",
    caption="*Where the line falls, the tensor no longer fits into a memory on the chip. On "
    "the left, giving the orders takes its share.*",
)

# %% [markdown]
# Up to 16 MiB all of it stays on the chip, at up to 312 · 10⁹ bytes a second, against 80 for 256 MiB. So do the 4 MB of
# C. Beside its arithmetic a chip has small, fast memories: the caches of a processor, and on an A100 40 MB of L2 cache
# and up to 164 kB of *shared memory* in each of its 108 multiprocessors (NVIDIA, 2020). What is still there when it is
# needed again costs no trip to the memory. Three ideas live on that:
#
# - **Tiling.** A product of matrices that fetched both factors of each multiply-add would do 0.25 operations a byte.
#   Libraries cut the matrices into tiles that fit on the chip, and use each number $t$ times in a tile of $t$×$t$, as
#   your slices did. It is why cuDNN makes the columns of im2col tile by tile: stored, they would be nine times the image.
# - **Fusion.** Several operations in a row, done with each number while it is there, are one trip instead of many.
# - **Winograd** saves operations, not bytes: it pays on the right of the bend, if its tiles, 16 numbers for each four
#   pixels, never leave the chip. Ours are written out and read again.
#
# > **Predict first.** `relu(x * 2 + 1 + y)` is four operations. How many bytes does each move, for each number? How
# > many if all four are one? So how much faster can that be, on large tensors?


# %%
def four_operations(x, y, out):
    """relu(2x + 1 + y), each operation written where the last one was."""
    return torch.mul(x, 2, out=out).add_(1).add_(y).relu_()


size = budget(quick=2**16, laptop=2**25, full=2**28)
x, y, out = (torch.randn(size, device=here) for _ in range(3))
print("bytes for each number: 8 + 8 + 12 + 8 =", 8 + 8 + 12 + 8, "or, as one, 12")
apart = speed.fastest(lambda: four_operations(x, y, out), here, rounds=100)
print(f"one after the other: {1e3 * apart:6.1f} ms")
if budget_name() != "quick":
    try:
        fused = torch.compile(four_operations)
        as_one = speed.fastest(lambda: fused(x, y, out), here, rounds=100)
        times_as_fast = f"{apart / as_one:.1f} times as fast"
        print(f"fused:               {1e3 * as_one:6.1f} ms, {times_as_fast}")
    except Exception as error:  # there is no compiler, say
        print("fused: not measured,", type(error).__name__)

# %% [markdown]
# Fused, it is 2.0 times as fast, of the 3 that the bytes allow.
#
# ### Other machines
#
# The figure has these layers and three others, with letters of its own, and the data sheets of GPUs. You can move each
# number.
#
# **Find out.** From how many images at once on does arithmetic bound the linear layer M? Why does the 1×1 convolution L
# hardly move meanwhile? With 16 bits on an A100, which convolutions of ResNet-20 are bound by memory?

# %%
widgets.Roofline()

# %% [markdown]
# A linear layer fetches its weights once for all images of a batch, so the more images, the more it does with each
# weight. A convolution uses each weight at every place anyway; its bytes are the maps, and those grow with the batch
# just as its work does. All these times are lower bounds: small layers also wait for their orders, on a GPU most of all.
#
# ## 6. A faster step
#
# A training step waits for arithmetic, for memory, for Python's orders, or for the next batch. Four things shorten these
# waits without changing network, data or rule.
#
# ### Fewer bits
#
# | format | bits | of these for the exponent | digits (binary) |
# |---|--:|--:|--:|
# | fp32 | 32 | 8 | 24 |
# | TF32 | 19 | 8 | 11 |
# | fp16 | 16 | 5 | 11 |
# | bf16 | 16 | 8 | 8 |
#
# Half the bits are half the bytes to move, and hardware that multiplies matrices of 16-bit numbers ("tensor cores" on
# NVIDIA's GPUs, AVX512-BF16 or AMX on processors) does more of them in a second. (TF32 is what NVIDIA's GPUs since
# Ampere, 2020, use *inside* a convolution of 32-bit numbers.)
#
# Below the **smallest normal** number of a format, numbers lose digits one by one, and then become zero.
#
# > **Predict first.** What becomes of 70,000, of 0.00000001, and of 1 + 1/512 in fp16, and in bf16?

# %% tags=["nbval-check-output"]
print("         largest   smallest normal   next after 1")
for dtype in (torch.float32, torch.float16, torch.bfloat16):
    facts = torch.finfo(dtype)
    name = str(dtype).removeprefix("torch.")
    print(f"{name:9}{facts.max:<10.3g}{facts.tiny:<18.2e}1 + 1/{1 / facts.eps:,.0f}")
values = torch.tensor([70_000, 1e-8, 1 + 1 / 512])
for dtype in (torch.float16, torch.bfloat16):
    print(dtype, [f"{value:.9g}" for value in values.to(dtype).tolist()])
scale = 65_536  # 2 to the power 16
print("1e-8 · 65536 in fp16, / 65536:", (values[1] * scale).half().item() / scale)

# %% [markdown]
# fp16 has too little *range*: small gradients become zero. So the loss, and with it every gradient, is multiplied by a
# large number, which is divided out before the step (*loss scaling*; `torch.amp.GradScaler`).
#
# bf16 has the range of fp32 but few digits, and sums need digits. So in **mixed precision** only convolutions and
# matrix products ask for 16 bits, while the weights, the sums inside a layer and the loss stay in 32 (Micikevicius et
# al., 2018). The maps between layers have 16 bits too, because batch norm, ReLU, pooling and additions give what they
# are given: that is where memory is saved. In torch it is one line round the forward pass:
#
# ```python
# with torch.autocast(here.type, dtype=torch.bfloat16):
#     loss = F.cross_entropy(model(images), labels)
# ```
#
# ### Channels last
#
# A tensor (N, C, H, W) is one long row of numbers in memory. The **stride** of an axis says how many numbers lie
# between two neighbours along it.
#
# > **Predict first.** The shape is (1, 3, 2, 2). Which strides does it have if the channels lie outermost, as usual,
# > and which if the three channels of a pixel lie side by side?

# %% tags=["nbval-check-output"]
images = torch.zeros(1, 3, 2, 2)
print("contiguous:   ", images.stride())
last = images.to(memory_format=torch.channels_last)
print("channels-last:", last.stride(), "shape still", tuple(last.shape))

# %% [markdown]
# A convolution multiplies all channels of a pixel by the weights of its place. If they lie side by side they are fetched
# at once, and tensor cores want them so. The shape is written as before; only `.to(memory_format=…)` is added, for the
# network and for the images.
#
# ### Compiling
#
# `torch.compile(model)` looks at the network as it runs the first time and writes a new program in which operations are
# fused as above, forward and backward, and Python has fewer orders to give. The price is a first step of up to minutes,
# which each new shape of input may cost again. (What was compiled is kept on disk.) On a processor it needs a C++
# compiler.
#
# ### Images in device memory
#
# A loader that fetches image by image costs more than a small network, as lecture 04 measured.
#
# ### Each alone, and together
#
# This function takes whole training steps. It has a switch for each of the four, and "a first program" has all of them
# off.

# %%
show(speed.training_step)

# %% [markdown]
# > **Predict first.** Bytes or operations: which of the two does each of the four save? Find the convolutions, batch
# > norms, ReLUs and additions on your roofline. Which way can help which of them, and which cannot?

# %%
name = budget(quick="small_cnn", laptop="resnet20", full="resnet20")
batch_size = budget(quick=16, laptop=32, full=512)
compiling = budget_name() != "quick"  # it takes too long for a quick look
steps, first, impossible = speed.first_steps(
    name, train, here, batch_size=batch_size, compiling=compiling
)
for way, seconds in first.items():
    print(f"{way:24} first step {seconds:6.2f} s")
for way, reason in impossible.items():
    print(f"{way:24} not measured: {reason}")

# %%
# A GPU works ahead of Python: it is asked once in 20 steps.
per_turn = 20 if here.type == "cuda" else 1
turns = {way: partial(take, per_turn) for way, take in steps.items()}
taken = measure(turns, rounds=budget(quick=2, laptop=24, full=100))
taken = {way: [turn / per_turn for turn in times] for way, times in taken.items()}


base = statistics.median(taken["a first program"])
print(f"{name}, {batch_size} images in a step, {machine}")
for way, times in taken.items():
    print(f"{way:24} {base / statistics.median(times):.2f} times as fast as the first")
figures.times(
    taken,
    source=source,
    title="One training step, made faster: each way alone, then together",
    caption="*Compare each row with the first. If a row is far slower, the machine lacks what that way needs.*",
)

# %% [markdown]
# Read the boxes, not only the lines: where two overlap, our rounds say nothing about their order. The first two rows
# overlap, so the loader is no bound here. bf16 alone helps most, 1.54 times, and all together 1.78 times.
#
# And where in the step does each way help? `torch.profiler` writes down every operation with its time; we add them up
# by kind, forward and backward together. (Of several rounds it is the fastest.)

# %%
parts = {way: [] for way in steps}
for _ in range(budget(quick=1, laptop=15, full=20)):
    for way, take in steps.items():
        parts[way].append(speed.seconds_by_kind(take, here))
print("ms of a step in         ", *(f"{kind:>11}" for kind in parts[way][0]), sep="")
for way, rounds in parts.items():
    best = min(rounds, key=lambda turn: sum(turn.values()))
    print(f"{way:24}", *(f"{1e3 * best[kind]:11.1f}" for kind in best), sep="")

# %% [markdown]
# Convolutions, which do nearly all multiply-adds, take 49 of 70 ms: nearly a third of the step goes to what does hardly
# any arithmetic. bf16 helps on both sides of the bend: convolutions to 30 ms (not to half, although its peak is nearly
# twice as high), and batch norm to less than half, because its bytes are half. Compiling leaves 10.3 ms of the 15 for
# batch norm, ReLU and addition. It helps convolutions too, because on a processor torch's compiler lays the channels
# last by itself: with channels last alone they take about as long. What the roofline does not tell is that channels
# last nearly halves the time of batch norm.
#
# What does this machine have?

# %%
if here.type == "cuda":
    print(f"{machine}: compute capability", torch.cuda.get_device_capability())
    print("bf16:", torch.cuda.is_bf16_supported(including_emulation=False))
elif here.type == "cpu":
    abilities = getattr(torch.cpu, "get_capabilities", dict)()
    for ability in ("avx2", "avx512_f", "avx512_bf16", "amx_bf16"):
        print(
            f"{ability:12} {abilities.get(ability, 'unknown to this version of torch')}"
        )
print("precision that fit chooses here:", choose_precision(here))

# %% [markdown]
# NVIDIA's GPUs have tensor cores from capability 7.0 on (Volta, 2017), with bf16 from 8.0 on; the GTX 16 series, 7.5,
# has none. A processor without `avx512_bf16` and `amx_bf16` imitates products in bf16 with 32-bit ones, and converting
# to and fro makes it *slower*. That is why `fit` asks the machine before it chooses, and why "all together" takes
# reduced precision only where the hardware has it.
#
# ### Another machine
#
# `python -m benchmarks.device` measures the same rows with 128 images, and keeps them in `benchmarks/results/`. A
# processor without these instructions is there:

# %%
folder = Path(utils.__file__).parents[1] / "benchmarks" / "results"
kept = json.loads((folder / "device-amd-epyc-2-threads.json").read_text())
figures.times(
    kept["seconds"],
    source=f"{kept['device']}, torch {kept['torch']}, {kept['date']}",
    title="The same on a processor that imitates bf16, with 128 images",
    caption="*Three rounds, which took turns. Compare each row with the first, and with the figure above.*",
)

# %% [markdown]
# There bf16 takes more than twelve times as long as the first program. Nothing is claimed about a GPU, since we had
# none: measure yours, or Colab's. (`make bench` measures whole epochs, beside Lightning and fastai.)
#
# ## 7. Two devices
#
# ### Where the memory goes
#
# A GPU's memory must hold, for each weight, the weight, its gradient, and what the optimizer remembers: Adam has two
# means (lecture 03), gradient descent with momentum one. And until the backward pass comes by, it must hold the maps
# that the derivatives need: of a convolution, a batch norm and a linear layer its input, of a ReLU its output, which is
# the input of the next layer anyway.
#
# > **Predict first.** ResNet-20 has 0.27 million weights. With Adam and 128 images, which takes most: weights,
# > gradients, Adam's two, or maps?


# %% tags=["nbval-check-output"]
def megabytes_of(name, side, images, classes=10):
    """Weights, gradients, Adam's two, and what autograd keeps: found on "meta"."""
    with torch.device("meta"):
        network = models.create(
            name, in_channels=3, image_size=side, num_classes=classes
        )
        batch = torch.zeros(images, 3, side, side)
        kept = speed.kept_for_backward(network.train(), batch)
    weights = 4 * models.count_parameters(network)
    return [size / 1e6 for size in (weights, weights, 2 * weights, kept)]


inputs = sum(prod(cost.input_shape) for cost in costs if cost.parameters)
print(f"inputs of ResNet-20's layers, 128 images: {4 * 128 * inputs / 1e6:.1f} MB")
print(f"{'MB':24}{'weights':>9}{'gradients':>11}{'Adam':>9}{'maps':>9}")
for name, *rest in (
    ("resnet20", 32, 128),
    ("resnet20", 32, 64),
    ("vgg16", 224, 32, 1000),
    ("alexnet_two_gpus", 224, 128, 1000),
):
    weights, gradients, adam, kept = megabytes_of(name, *rest)
    title = f"{name}, {rest[1]} images"
    print(f"{title:24}{weights:9.1f}{gradients:11.1f}{adam:9.1f}{kept:9.1f}")

# %% [markdown]
# The maps, by far: 194.5 of 199 MB. Counted by hand from the shapes of the layers, the inputs are 192.4; what is
# missing are the last ReLU's output and batch norm's means. With half the images the maps are half, and all else stays.
# VGG-16's weights, with all that belongs to them, take as much as the maps of 32 images, 2.2 GB. AlexNet with 128
# images and momentum: 3 · 243.9 + 1,595.2 MB = 2.3 GB of the 3 that its GPUs had, before any gradient of a map.
#
# So a full memory asks for smaller batches, for maps in 16 bits, or for keeping fewer of them and computing the others
# again in the backward pass (*activation checkpointing*, `torch.utils.checkpoint`; Chen et al., 2016). On an NVIDIA GPU
# `torch.cuda.max_memory_allocated()` says how much it was.
#
# ### One network cut in two
#
# If a network does not fit, each device can take a part of it (*model parallel* training). AlexNet's two GPUs had half
# the channels of every layer each, and a layer that reads only the maps of its own GPU is a convolution with two groups
# (lecture 02): for it no map travels.
#
# ### One batch cut in two
#
# If it fits, give each device the whole network and half of the batch: **data parallel** training. Each then computes a
# gradient from its half. From what should the step be made?
#
# By hand: the network is one weight $w = 1$, its output is $w x$, the loss the mean of $(w x - y)^2$. The gradient of
# one example is $2 (w x - y)\, x$, and the batch is $x$ = 1, 2, 3, 4 with $y$ = 2, 4, 6, 8.
#
# > **Predict first.** Compute the four gradients. Their mean is that of the whole batch. Then compute the mean of the
# > first two, the mean of the last two, and the mean of these means. And if one device gets three examples, and the
# > other a single one?

# %% tags=["nbval-check-output"]
x, y = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([2.0, 4.0, 6.0, 8.0])


def gradient(part):
    """Of the mean loss over a part of the batch, at w = 1."""
    w = torch.tensor(1.0, requires_grad=True)
    ((w * x[part] - y[part]) ** 2).mean().backward()
    return w.grad.item()


print("each example:", [gradient([i]) for i in range(4)])
print("whole batch: ", gradient([0, 1, 2, 3]))
print("two halves:  ", gradient([0, 1]), gradient([2, 3]), end=", ")
print("mean", (gradient([0, 1]) + gradient([2, 3])) / 2)
print(f"three and one: mean {(gradient([0, 1, 2]) + gradient([3])) / 2:.2f}", end=", ")
print(f"weighted {(3 * gradient([0, 1, 2]) + 1 * gradient([3])) / 4:.2f}")

# %% [markdown]
# **The mean of the gradients of equal parts is the gradient of the whole.** Unequal parts must each count by their
# number of examples. All devices take the same step, so their weights stay equal. Only batch norm differs: it uses the
# mean over *all images it sees* (lecture 06), and each device sees half. `nn.SyncBatchNorm` exchanges the means as
# well.
#
# ### Two processes
#
# Each device has a Python process of its own. `torchrun` starts them, and tells each its number, the **rank**. Adding
# up a tensor over all processes, so that everyone has the sum, is called **all-reduce**. The example by hand, in two
# real processes:

# %%
script = """
import torch, torch.distributed as dist

dist.init_process_group("gloo")  # "nccl" for GPUs
rank, world = dist.get_rank(), dist.get_world_size()  # my number; how many we are
x = torch.tensor([1.0, 2.0, 3.0, 4.0])[2 * rank : 2 * rank + 2]  # my half
w = torch.tensor(1.0, requires_grad=True)
((w * x - 2 * x) ** 2).mean().backward()
mine = w.grad.item()
dist.all_reduce(w.grad)  # the sum, in every process
print(f"process {rank} of {world}: my half {mine}, all {w.grad.item() / world}")
dist.destroy_process_group()
"""
with tempfile.TemporaryDirectory() as scratch:
    program = Path(scratch, "two.py")
    program.write_text(script)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    try:
        done = subprocess.run(
            [*torchrun, "--nproc-per-node=2", str(program)],
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | {"OMP_NUM_THREADS": "1"},  # two processes share the cores
        )
        for line in sorted(done.stdout.splitlines()) or done.stderr.splitlines()[-1:]:
            print(line)
    except subprocess.TimeoutExpired:
        print("Two processes could not meet within two minutes on this machine.")

# %% [markdown]
# `torch.nn.parallel.DistributedDataParallel` (DDP; Li et al., 2020) wraps a network so that `backward()` does the
# all-reduce while earlier layers still compute. The course's `fit` uses it when it is started by torchrun, and
# `SyncBatchNorm` on GPUs. In a terminal, for all GPUs of a machine (or `=2` for two cores):
#
# ```
# torchrun --nproc-per-node=gpu -m utils.train --model resnet18 --data cifar10 --epochs 20
# ```
#
# **Does it pay?** After each step each of $p$ processes must send and receive $2 (p - 1) / p$ times the size of the
# gradients (with the ring algorithm of Patarasuk and Yuan, 2009). Batches $k$ times as large send less often, but each
# epoch then has $k$ times fewer steps, so Goyal et al. (2017) make the learning rate $k$ times as large, after a few
# epochs of warm-up.

# %% [markdown]
# ## 8. Further on: CIFAR-10 to 94 % in seconds
#
# A person who tried reached about 94 % (Karpathy, 2011). To get a network there, Jordan (2024) needs **3.29 seconds**
# on one A100, and a later program of his, with another optimizer, 2.59. The course has a recipe after his paper, for a
# network of three blocks of two convolutions:

# %% tags=["nbval-check-output"]
model = FastCifar()
print(f"learnt parameters: {models.count_parameters(model):,}")
per_image = models.count_multiply_adds(model, in_channels=3, image_size=32)
print(f"multiply-adds for one image: {per_image:,}")
seen = 10 * 48 * 1024  # ten epochs of 48 whole batches
operations = 2 * 3 * per_image * seen  # backward costs twice as much as forward
print(f"a run of ten epochs: {operations / 1e15:.2f} · 10^15 operations")
print(f"at the 312 · 10^12 a second of an A100: {operations / 312e12:.1f} s")

# %% [markdown]
# Even at that speed, the data sheet's for 16 bits, about a third of the paper's time is arithmetic. (It counts 0.36 ·
# 10¹⁵ for its own network.) So nothing may wait, and ten epochs must be enough. The first layer is not learnt but
# **whitens** (Page, 2019): it turns the 12 numbers of each 2×2 patch into others without correlations. The other
# convolutions begin by handing their maps on, biases learn 64 times as fast as weights, and a slow copy follows the
# network and pulls it back (Zhang et al., 2019). `utils/speed/recipe.py` has all of it; `python -m benchmarks.recipe
# --compile` would record accuracy and time. No such run is there yet: whether ours reaches 94 %, and in which time, is
# not measured.

# %% [markdown]
# ## What happened, and why
#
# A GPU is fast at the same multiplication on very many numbers that lie in its memory. So move data once, and give
# orders for whole batches. What bounds a layer can be told before it is measured: on the right of the roof's bend, give
# it cheaper operations (16 bits, Winograd); on its left, fewer bytes (fusion, 16 bits); and where neither bounds it,
# fewer orders. Then time it: warmed up, synchronised, in turns, with the spread.

# %%
widgets.PredictionScore(names=["bytes_of_images", "intensity"])

# %% [markdown]
# ## Check yourself
#
# 1. Somebody measures `start = time.time(); model(images); print(time.time() - start)` on a GPU and reports 0.4 ms for
#    a network of two thousand million multiply-adds on 256 images. What did they measure?
# 2. Your loss curve differs between two runs with the same seed, on the same GPU. Name two settings to look at.
# 3. Winograd's F(2×2, 3×3) needs 2.25 times fewer products. Your measurement shows a factor of 1.2. Why might that be?
# 4. A GPU does 100 operations for each byte it can fetch. Somebody makes the ReLUs of a network twice as cheap in
#    operations. What is gained?
# 5. Four GPUs share a batch of 256: one got only 40 images, the others 72. Someone averages the four gradients. What is
#    wrong?
#
# <details><summary>Answers</summary>
#
# 1. The time to give the orders. It says nothing about the network.
# 2. `torch.backends.cudnn.benchmark` (should be `False`) and `torch.use_deterministic_algorithms(True)`.
# 3. Its transforms add and move numbers, which is not in the 2.25. With small images and few channels they weigh more.
# 4. Nothing: a ReLU does one operation for 8 bytes and waits for the memory. Fuse it with what comes before.
# 5. Each gradient is a mean over another number of images. They must be weighted by 40, 72, 72, 72 out of 256.
# </details>

# %% [markdown]
# <details><summary>For instructors</summary>
#
# - L13 of STAT 479 *Deep Learning* (2019) says that cuDNN's `deterministic` makes results reproducible. It covers cuDNN
#   only.
# - "94 % in 2.6 seconds" is often quoted with the paper; that time belongs to the later program.
# </details>
#
# ## Sources
#
# - Chellapilla, Puri, Simard (2006), *High performance convolutional neural networks for document processing*.
# - Mathieu, Henaff, LeCun (2014), *Fast training of convolutional networks through FFTs*.
# - Lavin, Gray (2016), *Fast algorithms for convolutional neural networks*. Winograd (1980), *Arithmetic complexity
#   of computations*.
# - Chetlur et al. (2014), *cuDNN: efficient primitives for deep learning*.
# - Williams, Waterman, Patterson (2009), *Roofline: an insightful visual performance model for multicore
#   architectures*.
# - Summers, Dinneen (2021), *Nondeterminism and instability in neural network optimization*.
# - Chen, Xu, Zhang, Guestrin (2016), *Training deep nets with sublinear memory cost*.
# - Micikevicius et al. (2018), *Mixed precision training*.
# - Krizhevsky, Sutskever, Hinton (2012), *ImageNet classification with deep convolutional neural networks*.
# - Li et al. (2020), *PyTorch Distributed: experiences on accelerating data parallel training*. Patarasuk, Yuan
#   (2009), *Bandwidth optimal all-reduce algorithms for clusters of workstations*. Goyal et al. (2017), *Accurate,
#   large minibatch SGD: training ImageNet in 1 hour*.
# - Jordan (2024), *94% on CIFAR-10 in 3.29 seconds on a single GPU*, arXiv 2404.00498. The 2.59 s are
#   given in his repository, github.com/KellerJordan/cifar10-airbench.
# - Page (2019), *How to train your ResNet*. Zhang, Lucas, Hinton, Ba (2019), *Lookahead optimizer*.
# - Karpathy (2011), *Lessons learned from manually classifying CIFAR-10*.
# - PyTorch documentation: *Reproducibility*, *Automatic mixed precision*, *Channels last*.
# - NVIDIA (2020), *A100 Tensor Core GPU architecture*. Data sheets: NVIDIA T4, A100 and H200; PCI Express 5.0 (PCI-SIG).
