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
# # 00 · Start here
#
# The map of the course, your machine, and the data that was found on it.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/00_start_here.ipynb) &ensp; about 10 minutes &ensp; next: [01 Convolution arithmetic](01_convolution_arithmetic.ipynb)
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

# %% [markdown] tags=["header"]
# ## The map
#
# Eleven lectures in about 16 hours, after a first look that takes 10 minutes.
#
# | Lecture | What you will find out | Needs | Minutes |
# |---|---|---|--:|
# | [00 · Start here](00_start_here.ipynb) | The map of the course, your machine, and the data that was found on it. |  | 10 |
# | [01 · Convolution arithmetic](01_convolution_arithmetic.ipynb) | What a convolution computes, how large its output is, and how many numbers it learns. | 00 | 120 |
# | [02 · Kinds of convolution](02_kinds_of_convolution.ipynb) | Dilated, transposed, separable, grouped, 1×1: what each changes, what it saves, and how a kernel is learnt. | 01 | 75 |
# | [03 · Fashion-MNIST: MLP against CNN](03_fashion_mnist.ipynb) | Two networks learn to tell shirts from shoes. One of them knows that pixels have neighbours. | 01, 02 | 90 |
# | [04 · Data: datasets, loaders, transforms](04_data.ipynb) | From a folder of files to the batches a network learns from, what can go wrong, and what it costs. | 03 | 75 |
# | [05 · CIFAR-10: cat or dog](05_cat_or_dog.ipynb) | A network that learns everything by heart, and what it takes, step by step, to recognise new images. | 03, 04 | 75 |
# | [06 · Normalisation and regularisation](06_normalisation.ipynb) | Batch norm and its relatives, dropout, weight decay: what each does to the numbers, and when it helps. | 03, 05 | 100 |
# | [07 · Architectures I: depth](07_architectures_depth.ipynb) | LeNet-5, AlexNet, ZFNet, VGG and NiN: what each changed, where its parameters and its work are, and how deep it goes. | 01, 02, 03, 06 | 90 |
# | [08 · Architectures II: width, shortcuts](08_architectures_shortcuts.ipynb) | GoogLeNet, ResNet, DenseNet and nets of convolutions only: why deeper was worse, what cured it, what each costs. | 06, 07 | 90 |
# | [09 · Architectures on a GPU](09_gpu.ipynb) | Where the time of a network goes: devices, honest timing, four ways to convolve, a roofline, faster steps, several processes. | 02, 03, 04, 06, 07, 08 | 100 |
# | [10 · Transfer learning](10_transfer.ipynb) | A network that has never seen a cat learns cats from a few pictures: what to keep, what to train, how many labels it takes, and your own pictures. | 05, 06, 08 | 75 |
# | [11 · Seeing what a CNN sees](11_seeing.ipynb) | Filters, maps, occlusion, Grad-CAM, gradients of pixels, neighbours, mistakes, and a network that is right for the wrong reason. | 01, 03, 05 | 75 |

# %% [markdown]
# ## A network at work
#
# Before anything else, touch one. This network has learnt eight things from 40,000 small photographs, and it runs here,
# in your browser. Choose one of the pictures, which the course has drawn, or show it one of yours: it stays in this
# page. The bars are its answer, and below them you see what each of its layers makes of the picture: small images, called
# maps.
#
# - Cover parts of the picture with the pointer. What must it see to say *horse*?
# - Show it the cat and the dog, which it has never met. What does it say, and how surely?
# - Choose a layer and click a number in one of its maps: there is the sum that made it. Follow it back to a pixel, or on
#   to the answer.
#
# None of this has to be understood yet. Lecture 01 explains the sum under a window, lectures 02 and 03 how such numbers
# are learnt, lecture 06 what lies between the sums, and lecture 08 the plan of this very network, a ResNet-20. In lecture
# 11 you put a network of your own into this figure, and will understand every number in it.

# %%
from utils import widgets

widgets.LiveNetwork()

# %% [markdown]
# ## What this course is, and for whom
#
# These are lectures on convolutional neural networks, from the sum under a 2×2 window to networks that drive a GPU to its
# limits. They are for anyone who programs in Python and wants to know how such networks work, down to the last number.
#
# You need Python as one writes it after a first course: functions, loops, lists, a class now and then. From school you need
# the slope of a curve, and to know that a matrix is a table of numbers that can be multiplied with another. Of machine
# learning you need nothing, and of PyTorch a little, which the cells under *Tensors* below will give you.
#
# The lectures are meant to be *run*: every result you read was computed by a cell, and every cell can be changed and run
# again. Nothing you do here can break anything. Run a cell with **Shift+Enter**, and start with the next one.

# %%
import platform

import torch

from utils import figures, models
from utils.data import cifar10, fashion_mnist, split
from utils.settings import budget, budget_name, device, set_seed
from utils.training import choose_precision, fit

print("Hello. Python and PyTorch are here.")

# %% [markdown]
# ## How a lecture works
#
# - **Predict first.** Where you see these words, stop and write down an answer before you run the next cell. What comes
#   out is folded until then. A wrong guess shows you what to look at again.
# - Code is open where it is the lesson. Where it only draws a figure it is folded: click on it to open it.
# - **The smallest case by hand**, with numbers you can check with a pencil, before the real thing.
# - **Check yourself** at the end, with answers folded away.
# - Figures carry a caption that says what to look for. Where networks are compared, each is trained several times,
#   because one run proves little.

# %% [markdown]
# ## Tensors, in ten lines
#
# A **tensor** is a block of numbers with a shape: a list of numbers has one axis, a matrix two (rows and columns), and
# a *batch* of colour images, several taken at once, has four. PyTorch computes with whole tensors at once. If you know
# NumPy's arrays, you know most of this; if not, change a line and run the cell again until nothing in it surprises you.

# %% tags=["nbval-check-output"]
a = torch.arange(6.0)  # 0, 1, … 5; the point makes them decimal numbers
m = a.view(2, 3)  # the same six numbers as 2 rows of 3
print(m.shape, m.tolist())
print(m[0, 2], m[:, 1])  # row 0, column 2; then column 1 of all rows
print((m * m).tolist(), (m * 2).sum())  # number by number; all of them added
print((m @ m.T).tolist())  # product of matrices; T exchanges rows and columns
print(m.sum(0).tolist(), m.permute(1, 0).shape)  # rows added; axes in another order
print(m[None].shape)  # one more axis in front, as for a batch of one
print(torch.stack([m, m]).shape, torch.zeros(2, 1, 3).shape)
print(m.flip(1).tolist(), m.max().item())  # turned round; .item() is a plain number

# %% [markdown]
# Two more lines are used again and again. `from torch.nn import functional as F` brings functions such as `F.conv2d`, and
# `from torch import nn` brings layers such as `nn.Conv2d`, which hold weights of their own. What they do is what the course
# is about, and it says so when they first come. Whoever wants more beforehand finds it in PyTorch's own
# [tutorial on tensors](https://docs.pytorch.org/tutorials/beginner/basics/tensorqs_tutorial.html).

# %% [markdown]
# ## Your machine
#
# Networks train on whatever is here: a GPU if there is one, else the processor. The course picks the number format
# and the length of training that fit the machine.

# %%
print("Python", platform.python_version(), "and PyTorch", torch.__version__)
print(f"device: {device()}, processor threads: {torch.get_num_threads()}")
print("precision:", choose_precision(device()))
print("budget:", budget_name())

# %% [markdown]
# - *precision* is the number format of the arithmetic: `fp32` has 32 bits per number; `bf16` and `fp16` have 16 and
#   are faster on machines that have instructions for them.
# - *budget* says how long lectures train: `quick` for seconds, to see that everything runs; `laptop` for minutes;
#   `full` for a GPU. The environment variable `COURSE_BUDGET` changes it.
#
# ## The data
#
# The first lectures look at **Fashion-MNIST**, 70,000 small grey pictures of clothes; later ones at **CIFAR-10**,
# 60,000 small colour pictures of animals and vehicles. The course looks for them in a classroom's copy, in its own
# cache, in a system package, and on the network, in this order. If there is none, it uses a small sample that comes
# with it, and says so, here and in every figure.

# %%
train, test = fashion_mnist()
print(train.source)

# %%
figures.image_grid(
    train.images[:16],
    [train.class_names[label] for label in train.labels[:16]],
    source=train.source,
    title="The first sixteen training images of Fashion-MNIST",
    caption="*28×28 pixels each, in grey. Cover the names with your hand: how many do you know?*",
)

# %%
train, test = cifar10()
print(train.source)

# %%
figures.image_grid(
    train.images[:16],
    [train.class_names[label] for label in train.labels[:16]],
    source=train.source,
    title="The first sixteen training images of CIFAR-10",
    caption="*32×32 pixels, each with three numbers: red, green, blue. Which would you "
    "not have known without its name?*",
)

# %% [markdown]
# **If a sample was used** and you have a network connection, run the two cells again; the download is checked,
# and goes on where it was interrupted. In a classroom, the environment variable `COURSE_DATA` names a folder with
# the files; your instructor will tell you which. `COURSE_OFFLINE=1` keeps the course off the network.
#
# ## A first network, in one minute
#
# You are not expected to understand this yet. It shows what most lectures lead to: a network that is trained on your
# machine, and how well it does. (CNN is short for convolutional neural network. An *epoch* is one pass over the images.
# *Accuracy* is the share of right answers, *loss* a number that falls as the answers get better; *validation* means on
# images that were not trained on. The first line that comes out also says how the numbers were kept, such as `fp32,
# channels_last`: that matters for speed only, and lecture 09 explains it.)

# %%
train, test = fashion_mnist()
images = min(len(train), budget(quick=500, laptop=10_000, full=60_000))
train, validation = split(train.subset(torch.arange(images)), images // 10)
set_seed(0)
model = models.create("small_cnn")
history = fit(model, train, validation, epochs=budget(quick=2, laptop=5, full=5))
print(history)

# %%
figures.training_curves(
    {"small CNN": history},
    title="Your first network learns",
    caption="*Loss falls and accuracy rises, though not with every epoch. Lecture 03 "
    "explains both, and does much better.*",
)

# %% [markdown]
# ## How far are you?
#
# With each lecture from 01 on come exercises, with a check below each task. This table is read from your notebooks as they
# were saved, so nothing leaves your machine; on the command line `python -m utils.checks` prints the same.

# %%
from utils.checks.progress import progress

print(progress())

# %% [markdown]
# ## If something does not work
#
# - *A cell seems stuck*: the star in `[*]` says that it is running. Most training shows a progress bar. *Kernel →
#   Interrupt* stops it. What earlier cells computed is kept; run the stopped cell again.
# - *Something is odd after many changes*: *Kernel → Restart Kernel and Run All Cells* starts afresh.
# - *`No module named utils`*: the notebook was opened outside the course. Start it with `make lab` in the course's
#   folder. On Colab, run the first cell.
#
# Now open [01 Convolution arithmetic](01_convolution_arithmetic.ipynb).
