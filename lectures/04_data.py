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
# # 04 · Data: datasets, loaders, transforms
#
# From a folder of files to the batches a network learns from, what can go wrong, and what it costs.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/04_data.ipynb) &ensp; about 75 minutes &ensp; before: [03 Fashion-MNIST: MLP against CNN](03_fashion_mnist.ipynb) &ensp; next: [05 CIFAR-10: cat or dog](05_cat_or_dog.ipynb)
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
# - write a `Dataset` that reads its labels once and its images when they are asked for;
# - say what a `DataLoader` does with `batch_size`, `shuffle` and `num_workers`, and why workers can fail in a
#   notebook;
# - turn an image file into the tensor that a network expects, and explain every step on the way;
# - divide data into training, validation and test so that nothing leaks from one part into another;
# - choose augmentations, random changes of the training images, that leave the label true;
# - compute the numbers that images are normalised with, and recognise wrong ones;
# - measure what loading costs, and compare it with what training costs.
#
# You need lecture 03: batches of shape (N, C, H, W), the training loop, and why there are three parts.

# %%
import csv
import io
import math
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, Subset, random_split

from utils import figures, models, widgets
from utils.compat import import_torchvision
from utils.data import Batches, channel_statistics, cifar10
from utils.data.transforms import random_crop, random_horizontal_flip
from utils.settings import budget, device, set_seed

import_torchvision()  # only where torch and torchvision do not fit; elsewhere leave this line out
from torchvision.transforms import v2

# %% [markdown]
# ## 1. A folder and a table
#
# In lecture 03 the images were one tensor. Yours will probably be files in a folder, with a table that says what each
# of them shows, so we begin by making such a folder: we take photographs from **CIFAR-10** (Krizhevsky, 2009), 32×32
# colour pixels in ten classes, and write each to a PNG file, a format that keeps every pixel as it is.

# %%
train, test = cifar10()
print(train.source)
n = budget(quick=500, laptop=5_000, full=20_000)
n = min(n, 4 * len(train) // 5)  # the bundled sample is small
scratch = tempfile.TemporaryDirectory()  # deleted when the notebook's kernel stops
folder = Path(scratch.name)
with open(folder / "labels.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["file", "label"])
    for i in range(n):
        pixels = train.images[i].permute(1, 2, 0).numpy()  # section 3 explains
        Image.fromarray(pixels).save(folder / f"{i:05}.png")
        table.writerow([f"{i:05}.png", train.class_names[train.labels[i]]])

print(f"{n:,} images and labels.csv, which begins:")
print("\n".join((folder / "labels.csv").read_text().splitlines()[:4]))

# %% [markdown]
# ## 2. A data set is a length and an item
#
# To PyTorch, a **data set** is any object that answers two questions: how many items are there (`__len__`), and what
# is item number `i` (`__getitem__`)? Python calls these two methods when you write `len(photos)` and `photos[i]`.
#
# The table is small, so we read it once, when the object is made. The images are large, so each is read only when
# somebody asks for it, which is called **lazy** reading.


# %%
class PhotoFolder(Dataset):
    """Images in a folder, listed in its labels.csv; items are (image, label)."""

    def __init__(self, folder, class_names, transform=None):
        with open(folder / "labels.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.paths = [folder / row["file"] for row in rows]
        self.labels = [class_names.index(row["label"]) for row in rows]
        self.transform = transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with Image.open(self.paths[index]) as file:
            image = file.convert("RGB")  # only now are the pixels read
        if self.transform is not None:
            image = self.transform(image)
        return image, self.labels[index]


photos = PhotoFolder(folder, train.class_names)
image, label = photos[0]
print(f"{len(photos):,} items. Item 0: image {image.mode}, size {image.size},")
print(f"label {label}, which stands for {train.class_names[label]}")

# %% [markdown]
# `transform` is any function that takes an image and returns something else; sections 4 and 5 are about it.
#
# > **Predict first.** We take the file of item 3 away. Which of these fails: making the data set, `len(photos)`,
# > `photos[2]`, `photos[3]`?

# %% tags=["nbval-check-output"]
(folder / "00003.png").rename(folder / "elsewhere.png")
photos = PhotoFolder(folder, train.class_names)
print("made; length as before:", len(photos) == n)
print("item 2:", photos[2][0].size)
try:
    photos[3]
except FileNotFoundError as error:
    print("item 3:", type(error).__name__, Path(error.filename).name)
finally:
    (folder / "elsewhere.png").rename(folder / "00003.png")

# %% [markdown]
# Only the item itself fails, and that is the price of being lazy: a missing or broken file shows up somewhere in the
# first epoch, perhaps hours after you started. So go through a new data set once, from the first item to the last,
# before you train on it.
#
# > **Predict first.** What do we gain? ImageNet, photographs in a thousand classes, has 1,281,167 training images
# > (Russakovsky et al., 2015). How much memory would they take, all at once, as 3×224×224 numbers of 32 bits? And how
# > much does a lazy loader hold, if a batch has 256 images?

# %% tags=["nbval-check-output"]
per_image = 3 * 224 * 224 * 4  # bytes
print(f"all images:  {1_281_167 * per_image / 1e9:.0f} GB")
print(f"one batch:   {256 * per_image / 1e9:.2f} GB")

# %% [markdown]
# ## 3. Swapping axes
#
# Image files, Pillow (the library that reads them), NumPy and matplotlib all hold an image as **(H, W, C)**: row,
# column and, last, the channel. The three colours of a pixel lie side by side in memory, which is how a screen wants
# them. PyTorch's layers expect **(C, H, W)**, where each channel is a matrix of its own. That is the view of lecture
# 01: a kernel has one slice for each channel, each slice slides over its channel, and the results are added.
#
# Take the smallest case, 2×2 pixels. The first digit of each number is the channel (1 red, 2 green, 3 blue), the
# second is the pixel. `permute` says in which order you want the axes, whereas `reshape` reads off the numbers in the
# order of memory, the last axis fastest, and cuts the row of numbers up anew.
#
# > **Predict first.** Both lines below give shape (3, 2, 2). What is in channel 0 of each?

# %% tags=["nbval-check-output"]
pixels = torch.tensor([[[11, 21, 31], [12, 22, 32]], [[13, 23, 33], [14, 24, 34]]])
print("shape (H, W, C):       ", tuple(pixels.shape))
print("permute, channel 0:    ", pixels.permute(2, 0, 1)[0].tolist())
print("reshape, channel 0:    ", pixels.reshape(3, 2, 2)[0].tolist())

# %% [markdown]
# `permute` gave the red channel. `reshape` gave a mixture of colours, and no error. This is what it does to a
# photograph:

# %%
array = np.array(photos[0][0])  # (H, W, C), uint8
pixels = torch.from_numpy(array)
figures.image_grid(
    torch.stack([pixels.permute(2, 0, 1), pixels.reshape(3, 32, 32)]),
    ["permute(2, 0, 1)", "reshape(3, 32, 32)"],
    source=train.source,
    title="One photograph, swapped in two ways",
    caption="*Both are tensors of shape (3, 32, 32). On the right each channel is a "
    "third of the memory, with red, green and blue numbers in turn. What it "
    "showed is gone.*",
    seen="On the left a photograph, on the right coloured noise in stripes.",
)

# %% [markdown]
# A network would train on the right-hand picture without complaint. So **look at one image after every step you
# write.** Only if you forget to swap at all does a convolution object:

# %% tags=["nbval-check-output"]
try:
    nn.Conv2d(3, 8, kernel_size=3)(torch.zeros(1, 32, 32, 3))
except RuntimeError as error:
    print(str(error).split("expected ")[1])

# %% [markdown]
# ## 4. Transforms, by hand
#
# Our files are all the same size. Photographs usually are not, but a batch has to be a single tensor:

# %% tags=["nbval-check-output"]
try:
    torch.stack([torch.zeros(3, 24, 32), torch.zeros(3, 40, 30)])
except RuntimeError as error:
    print(error)

# %% [markdown]
# Three steps make images alike. Each of them is a **callable**: an object that is made with its settings and can then
# be called with an image, like a function.
#
# - `Rescale` makes the shorter side as long as you say. The other side follows in proportion, so nothing is
#   stretched.
# - `RandomCrop` cuts out a square at a random place.
# - `ToTensor` turns bytes into a tensor (C, H, W) of 32-bit numbers from 0 to 1.


# %%
class Rescale:
    """Resize a Pillow image so that its shorter side has `size` pixels."""

    def __init__(self, size):
        self.size = size

    def __call__(self, image):
        shorter = min(image.size)
        width, height = (self.size * side // shorter for side in image.size)
        return image.resize((width, height), Image.Resampling.BILINEAR)


class RandomCrop:
    """Cut a square of `size` pixels out of a Pillow image, every place as likely."""

    def __init__(self, size):
        self.size = size

    def __call__(self, image):
        width, height = image.size
        left = torch.randint(width - self.size + 1, ()).item()
        top = torch.randint(height - self.size + 1, ()).item()
        return image.crop((left, top, left + self.size, top + self.size))


class ToTensor:
    """A Pillow image with bytes 0..255 as a float tensor (C, H, W) from 0 to 1."""

    def __call__(self, image):
        pixels = torch.from_numpy(np.array(image))  # (H, W, C), uint8
        return pixels.permute(2, 0, 1).float() / 255


# %% [markdown]
# > **Predict first.** An image is 48 pixels wide and 30 high. What is its size after `Rescale(20)` and after
# > `RandomCrop(16)`, and its shape after `ToTensor()`? In how many places can the crop be?

# %% tags=["nbval-check-output"]
colours = (torch.arange(30 * 48 * 3) % 251).byte().view(30, 48, 3)
image = Image.fromarray(colours.numpy())
for step in (Rescale(20), RandomCrop(16), ToTensor()):
    image = step(image)
    what = tuple(image.shape) if isinstance(image, torch.Tensor) else image.size
    print(f"after {type(step).__name__:10} {what}")
print("places for the crop:", (32 - 16 + 1) * (20 - 16 + 1))

# %% [markdown]
# Notice that Pillow says (width, height) where a tensor says (height, width): one more pair that is easily swapped by
# mistake.
#
# **The same from torchvision.** `torchvision.transforms.v2` has all three, and many more. Its `ToTensor` has become
# two steps: `ToImage` swaps the axes, and `ToDtype(..., scale=True)` makes floats and divides by 255. `Compose` runs
# a list of steps one after the other. Where nothing is random, the results must be equal. (The tensors agree to about
# six digits, because we divide by 255 whereas torchvision multiplies by the rounded number 1/255.) The crop is
# random, so of that we ask something else: given six hundred tries on a 6×6 image, do both cut the same 3·3 windows
# of 4×4, and no others?

# %% tags=["nbval-check-output"]
to_tensor = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
for height, width in [(30, 48), (48, 30), (32, 32), (100, 37)]:
    noise = torch.randint(256, (height, width, 3), dtype=torch.uint8)
    image = Image.fromarray(noise.numpy())
    ours, theirs = Rescale(20)(image), v2.Resize(20)(image)
    same = ours.size == theirs.size and ours.tobytes() == theirs.tobytes()
    close = torch.allclose(ToTensor()(ours), to_tensor(theirs), rtol=1e-6)
    print(f"{width}×{height} → {ours.size}: pixels equal {same}, tensors equal {close}")

six = Image.fromarray(torch.arange(108).byte().view(6, 6, 3).numpy())
windows = [
    {crop(six).tobytes() for _ in range(600)}
    for crop in (RandomCrop(4), v2.RandomCrop(4))
]
print("crops:", len(windows[0]), "windows, the same:", windows[0] == windows[1])

# %% [markdown]
# From here on we use torchvision's.
#
# ## 5. Augmentation: more images than you have
#
# A cat moved by two pixels is still a cat, and so is a cat in a mirror. **Augmentation** changes each training image
# at random every time it is read, so the network seldom sees the same numbers twice and finds it harder to learn them
# by heart. The usual recipe for CIFAR (He et al., 2016) pads each image by four pixels on every side, cuts 32×32 out
# of it at a random place, and mirrors the result with probability one half. torchvision pads with black; section 8
# comes back to that.
#
# > **Predict first.** How many different images can come from one?

# %% tags=["nbval-check-output"]
print("places", (2 * 4 + 1) ** 2, "· mirrored or not", 2, "=", (2 * 4 + 1) ** 2 * 2)

# %% tags=["thumbnail"]
set_seed(0)
augment = v2.Compose([v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()])
photo = photos[7][0]
figures.image_grid(
    torch.stack([to_tensor(photo)] + [to_tensor(augment(photo)) for _ in range(15)]),
    ["original"] + [f"epoch {i}" for i in range(1, 16)],
    source=train.source,
    title="One photograph, as the network sees it in fifteen epochs",
    caption="*Which were mirrored? Black edges are the padding. You still recognise "
    "the animal or thing in each of them: that is the test of an "
    "augmentation.*",
)

# %% [markdown]
# **When mirroring is wrong.** An augmentation must not change what the label says. Here is a letter on 5×3 pixels,
# and beside it the same letter mirrored:

# %% tags=["nbval-check-output"]
b = torch.tensor([[1, 0, 0], [1, 0, 0], [1, 1, 1], [1, 0, 1], [1, 1, 1]])
for left, right in zip(b.tolist(), b.flip(-1).tolist(), strict=True):
    print("".join(".#"[v] for v in left), "  ", "".join(".#"[v] for v in right))

# %% [markdown]
# A mirrored b is a d. The same happens to 2 and 5 on a digital clock, to left and right shoes, to road signs with
# arrows, and to text. Turned upside down, a 6 becomes a 9, whereas a satellite image remains a satellite image. Even
# cropping is wrong if it can cut away what the label names. No library can decide this for you, because only you know
# what the classes mean.
#
# **Find out.** How much padding can each photograph take before you would no longer give it its name? What share of
# it is then lost, at most? Now let half of the pictures be turned: which of them still show what their label says?

# %%
widgets.AugmentationBench.of(train.subset([7, 9, 1, 31, 22]))

# %% [markdown]
# Augmentation is for **training images only**. Validation and test are there to tell you how good the network is on
# images as they come.
#
# ## 6. The loader
#
# A `DataLoader` turns items into batches, and does three things on the way: it chooses an **order** of the indices,
# it **fetches** the items, and it **collates** them, that is, it puts the images into one tensor and the labels into
# another. Here are the last two by hand:

# %% tags=["nbval-check-output"]
ready = PhotoFolder(folder, train.class_names, transform=to_tensor)
items = [ready[i] for i in (0, 1, 2, 3)]
images = torch.stack([image for image, label in items])
labels = torch.tensor([label for image, label in items])
print(tuple(images.shape), images.dtype, "and", tuple(labels.shape), labels.dtype)

batch = next(iter(DataLoader(ready, batch_size=4)))
print("as the loader:", torch.equal(batch[0], images) and torch.equal(batch[1], labels))

# %% [markdown]
# | setting | what it does |
# |---|---|
# | `batch_size` | items per batch; the last batch of an epoch may be smaller |
# | `shuffle=True` | a new random order every epoch; for training, and only there |
# | `num_workers` | how many extra processes fetch and collate, while yours trains |
# | `collate_fn` | your own way to make a batch of items, if they cannot simply be stacked |
#
# > **Predict first.** 50,000 images in batches of 64: how many batches, and how large is the last one?

# %%
widgets.PredictFirst("batches", title="How many batches?")

# %% tags=["nbval-check-output"]
numbers = DataLoader(range(50_000), batch_size=64)  # range has a length and items
sizes = [len(batch) for batch in numbers]
print(len(sizes), "batches, the last one of", sizes[-1])

# %%
chance = torch.Generator().manual_seed(0)
shuffled = DataLoader(range(10), batch_size=4, shuffle=True, generator=chance)
for epoch in range(2):
    print(f"epoch {epoch}:", [batch.tolist() for batch in shuffled])

# %% [markdown]
# The order is different in every epoch, yet because the generator has a seed, tomorrow's two orders will be the same
# two.
#
# **Workers.** With `num_workers=0`, your process fetches a batch, trains on it, and only then fetches the next. With
# 2, two more Python processes fetch ahead, so that fetching and training overlap. (Threads would help less, since in
# the usual Python only one thread runs Python code at a time.) How a worker starts depends on the system:
#
# - *fork* (Linux, up to Python 3.13): the worker is a copy of your process and has all your objects;
# - *spawn* (macOS, Windows): it is a fresh Python, and the data set is sent to it **pickled**, that is, as bytes.
#   Python 3.14 uses *forkserver* on Linux, which sends bytes too.
#
# Those bytes hold the object's data but not its class. Of the class they hold only the name, here
# `__main__.PhotoFolder`, and the new process must find the class under that name. `__main__` means "the program that
# was started", and the cells of a notebook are not part of any program file. You can send the bytes to a fresh Python
# yourself and watch it fail:

# %%
sent = pickle.dumps(photos)
print("the bytes name the class:", b"__main__" in sent and b"PhotoFolder" in sent)
receiver = "import pickle, sys; pickle.load(sys.stdin.buffer)"
answer = subprocess.run(
    [sys.executable, "-c", receiver], input=sent, capture_output=True
)
print(answer.stderr.decode().splitlines()[-1])

# %% [markdown]
# A spawned worker crashes with the same error, and your notebook reports `DataLoader worker … exited unexpectedly`,
# or hangs. **What to do:** put the class into a file beside the notebook, say `photo_folder.py`, and write `from
# photo_folder import PhotoFolder`. Its name is then `photo_folder.PhotoFolder`, which every process can import. Or
# use `num_workers=0`. In a program (not a notebook) you must also put what you run under `if __name__ ==
# "__main__":`, because a spawned Python runs your file again. A `lambda` as a transform cannot be pickled either:
# write a function with a name, or a class as in section 4.
#
# In this notebook we use workers only on Linux, where we ask for fork.

# %%
on_linux = sys.platform == "linux"
workers = {"num_workers": 2, "multiprocessing_context": "fork"} if on_linux else {}
fetched = sum(len(labels) for _, labels in DataLoader(ready, batch_size=64, **workers))
print(f"{fetched:,} items came, with {workers or 'no workers'}")

# %% [markdown]
# ## 7. Three parts, and leaks
#
# Training images change the weights. Validation images help you choose when to stop, which learning rate to take,
# which network. Test images are for one last measurement. No image may be in more than one part, and `random_split`
# sees to that by dividing the indices:

# %% tags=["nbval-check-output"]
chance = torch.Generator().manual_seed(0)
parts = random_split(range(n), [0.8, 0.1, 0.1], generator=chance)
indices = [set(part.indices) for part in parts]
print("shares:", [round(len(part) / n, 3) for part in parts])
print("all images:", len(set.union(*indices)) == n)
print("in two parts:", sum(len(part) for part in indices) - n)

# %% [markdown]
# The generator's seed keeps the parts the same from run to run. Without it, some of yesterday's training images are
# among today's validation images, and a network that you saved yesterday has seen them.
#
# Chance does not give every class the same share:

# %%
counts = torch.bincount(torch.tensor(photos.labels)[parts[1].indices], minlength=10)
print("validation images of each class:", counts.tolist())

# %% [markdown]
# With many images of each class that does no harm. With few, or with one rare class, divide each class separately:
# that is a **stratified** split (scikit-learn's `train_test_split` has `stratify=` for it).
#
# **One transform for all parts?** The parts that `random_split` returns share one data set, and therefore its
# transform, so if you augment the training part you augment validation too. The way out is to make two data sets and
# use the same indices in both:

# %%
augmented = PhotoFolder(folder, train.class_names, v2.Compose([augment, to_tensor]))
train_part = Subset(augmented, parts[0].indices)
validation_part = Subset(ready, parts[1].indices)  # not augmented
print(
    "training item twice, the same:  ", torch.equal(train_part[0][0], train_part[0][0])
)
twice = [validation_part[0][0] for _ in range(2)]
print("validation item twice, the same:", torch.equal(*twice))

# %% [markdown]
# **A leak.** Often the images of a data set are not strangers to each other: they are frames of one film, slices of
# one patient, or copies that you made by augmentation. If such siblings end up on both sides of the split, validation
# measures little more than memory.
#
# To see it, we make five "frames" of each of some photographs, moved by at most one pixel (some come out identical).
# The classifier is as simple as can be: it gives each image the class of the training image that differs least from
# it, measured by the sum of the squared differences of all pixels (**nearest neighbour**). It has learnt nothing
# about cats.
#
# > **Predict first.** We split once by frames, once by photographs. Which accuracy is higher, and by how much?
# > Guessing would give 10 %.


# %%
def nearest(images, is_validation):
    """For each validation image the number of the training image most like it."""
    x = images.flatten(1).float()
    distances = torch.cdist(x[is_validation], x[~is_validation])
    return torch.nonzero(~is_validation)[distances.argmin(dim=1), 0]


chance = torch.Generator().manual_seed(0)
number = budget(quick=200, laptop=600, full=600)
photograph = torch.arange(number).repeat_interleave(5)  # which one each frame shows
classes = train.labels[photograph]
frames = random_crop(train.images[photograph], chance, padding=1)
by_frame = torch.rand(len(frames), generator=chance) < 0.2
by_photograph = (torch.rand(number, generator=chance) < 0.2)[photograph]
for name, chosen in [("frames", by_frame), ("photographs", by_photograph)]:
    right = classes[nearest(frames, chosen)] == classes[chosen]
    print(f"split by {name:12} validation accuracy {100 * right.float().mean():.1f} %")

# %% [markdown]
# The high number is worth nothing, because the same photograph stood on the other side. The low one is what to expect
# with new photographs, give or take a few points, since it rests on some 120 of them. But two questions remain. If
# almost every validation frame has a sibling in training, why is the high number not 100 %? And how can a method that
# knows nothing do better than guessing on new photographs?


# %%
def percent(chosen):
    return f"{100 * chosen.float().mean():.1f} %"


found = nearest(frames, by_frame)
right = classes[found] == classes[by_frame]
has_sibling = torch.isin(photograph[by_frame], photograph[~by_frame])
finds_it = photograph[found] == photograph[by_frame]
print("split by frames")
print("  a sibling is in training:         ", percent(has_sibling))
print("  the nearest neighbour is a sibling:", percent(finds_it))
print("  right, if it is a sibling:        ", percent(right[finds_it]))
print("  right, if it is not:              ", percent(right[~finds_it]))
print("split by photographs")
colours = frames.float().mean(dim=(2, 3))  # of each frame only red, green and blue
right = classes[nearest(colours, by_photograph)] == classes[by_photograph]
print("  by the three mean colours alone:  ", percent(right))

# %% [markdown]
# The first question is answered by the four shares: nearly every frame has a sibling on the other side, but moving by
# a pixel changes an image so much that its nearest neighbour is sometimes another photograph, and then it is right
# about as rarely as with new photographs: 0.905 · 100 + 0.095 · 25.5 = 92.9. The second is answered by the last line:
# three numbers for each image, its mean red, green and blue, do about as well as all of its pixels, presumably
# because grass is green and the sky is blue in many photographs of a class.
#
# So **split first**, by whatever makes images siblings (film, patient, day, place), and augment after.
#
# ## 8. Normalising
#
# A network learns more easily from inputs that lie around 0 with a spread of about 1. So from each pixel we subtract
# its channel's mean, and divide by its channel's **standard deviation**, the root of the mean squared distance from
# the mean. Both are computed once, over all training images.
#
# With more images than fit in memory you need sums that grow batch by batch: the number of pixels $n$, the sum of $x$
# and the sum of $x^2$. Then
#
# $$\text{mean} = \frac{\sum x}{n}, \qquad \text{std} = \sqrt{\frac{\sum x^2}{n} - \text{mean}^2}$$
#
# By hand, with two batches of two pixels: (0, 0) and (1, 1).
#
# > **Predict first.** What are mean and standard deviation of all four? What is the standard deviation of each batch,
# > and the mean of these two?

# %% tags=["nbval-check-output"]
batches = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
count, total, squares = 0, 0.0, 0.0
for batch in batches:
    count += len(batch)
    total += batch.sum().item()
    squares += (batch**2).sum().item()
mean = total / count
print("running sums:", mean, (squares / count - mean**2) ** 0.5)
print("std of all four:", batches.std(correction=0).item())
each = [batch.std(correction=0).item() for batch in batches]
print("std of each batch:", each, "and their mean:", sum(each) / len(each))

# %% [markdown]
# The standard deviation within a batch does not know how far the batch lies from the others. (`correction=0` says:
# divide by n, as in the formula; torch's default is n − 1.) The mean of such standard deviations is therefore **too
# small**; here it is 0 and not 0.5. (The mean of batch *means* is right, but only if all batches are equally large.)
#
# Now the real thing, on all training images of CIFAR-10:

# %%
count, total, squares = 0, torch.zeros(3).double(), torch.zeros(3).double()
for batch in train.images.split(1000):
    batch = batch.double() / 255
    count += batch.numel() // 3  # pixels of one channel
    total += batch.sum(dim=(0, 2, 3))
    squares += (batch**2).sum(dim=(0, 2, 3))
mean = total / count
std = (squares / count - mean**2).sqrt()


def show(name, values):
    print(f"{name:28} ({', '.join(f'{value:.4f}' for value in values)})")


show("mean, running sums", mean)
show("mean, channel_statistics", channel_statistics(train.images)[0])
show("mean, original files", (0.4914, 0.4822, 0.4465))
show("std,  running sums", std)
show("std,  channel_statistics", channel_statistics(train.images)[1])
show("std,  original files", (0.2470, 0.2435, 0.2616))

# %% [markdown]
# `utils.data.channel_statistics` counts how often each of the 256 brightnesses occurs, and agrees. The copy whose
# outputs you see here was compressed once more, as JPEG, which smooths images a little: its means agree with those of
# the original files to 0.0001, and its standard deviations are up to 0.002 smaller. (The means 0.4915, 0.4823,
# 0.4468, which are often copied, are slightly too large; the box for instructors has more on them. If you run this on
# the bundled drawings, your numbers are those of the drawings.)
#
# And now the wrong way, with each image as a batch of its own:

# %%
show("std, mean over images", (train.images / 255).std(dim=(2, 3)).mean(dim=0))
show("std, in many projects", (0.2023, 0.1994, 0.2010))

# %% [markdown]
# The numbers in the second line stand in many programs for CIFAR-10, copied from one to the next. They were computed
# image by image and then averaged (see Sources); that ours differ from them in the third digit is presumably again
# the JPEG. A network can live with them, as long as training and test use the same ones. But there is no reason to
# copy numbers that you can compute.
#
# **Why `.double()`?** Pixels lie between 0 and 1, and each channel has 51,200,000 of them, so the sum is about 25
# million. A float of 32 bits holds 24 binary digits, and above $2^{24}$ it can no longer count by ones:

# %% tags=["nbval-check-output"]
large = torch.tensor(2.0**24)
print(f"{large.item():,.0f} + 1 = {(large + 1).item():,.0f}")

# %% [markdown]
# A loop that adds pixel by pixel in 32 bits gets stuck near there. (torch's `sum` adds in groups and loses little.) A
# float of 64 bits has 53 binary digits, which is room enough.
#
# **Training images only.** The statistics are part of what you learn from the data, so validation and test images
# must not take part in them; they are normalised with the *training* images' numbers. (In section 10 we take a few
# training images for validation, yet keep the numbers of all 50,000. For six numbers the difference is too small to
# see, but do not do it in your own work.)
#
# **Pad first, or normalise first?** Section 5 pads the photograph, and section 9 normalises it afterwards, so its
# border is black. If you normalise first and then pad with zeros, the border is zero *after* normalising, and zero
# stands for the mean:

# %%
pad, normalise = v2.Pad(4), v2.Normalize(train.mean, train.std)
photo = to_tensor(photos[7][0])
orders = {
    "pad, then normalise": normalise(pad(photo)),
    "normalise, then pad": pad(normalise(photo)),
}
for name, padded in orders.items():
    show(f"a corner: {name}", padded[:, 0, 0])
figures.image_grid(
    torch.stack(
        [(x * std[:, None, None] + mean[:, None, None]) for x in orders.values()]
    )
    .clamp(0, 1)
    .float(),
    list(orders),
    source=train.source,
    title="One photograph with four pixels of padding, in both orders",
    caption="*What the network gets, turned back into a picture: black around it on the "
    "left, the mean colour of all images on the right.*",
    seen="The same dog, in a black frame on the left and a grey one on the right.",
)

# %% [markdown]
# So the same line, "pad with zeros", means two things. Black is the darkest input there is, about two standard
# deviations below the mean, and it draws an edge around bright pictures. The mean colour is the least remarkable
# input there is. He et al. feed their network images from which the mean has been subtracted, so a zero of theirs is
# the mean; the paper says that they pad by four pixels, but not before which step. torchvision's `RandomCrop` on a
# Pillow image pads with black unless you give it `fill=`, and `Batches`, which section 9 uses, also augments first
# and normalises last. Either order can be trained with. What matters is that you know which one you have, since a
# network that was trained with one has never seen the border of the other.
#
# ## 9. Where the time goes
#
# What does it cost to get one image ready? We take the steps apart and time each: read the bytes of the file, decode
# them, crop and flip, make a tensor, normalise, collate.
#
# > **Predict first.** Which step takes longest?
#
# (The files were written a moment ago, so the system still has them in memory. From a cold disk or over a network,
# reading can take far longer.)


# %%
def decode(content):
    with Image.open(io.BytesIO(content)) as file:
        return file.convert("RGB")


def timed(name, work, items):
    """Do the work on every item. Microseconds for each image go into `steps`."""
    began = time.perf_counter()
    results = [work(item) for item in items]
    steps[name] = [1e6 * (time.perf_counter() - began) / some]
    return results


steps, some = {}, min(n, budget(quick=128, laptop=2_048, full=2_048))
to_tensor(augment(decode(photos.paths[0].read_bytes())))  # the first time is slower
contents = timed("read the file", Path.read_bytes, photos.paths[:some])
decoded = timed("decode", decode, contents)
changed = timed("crop and flip", augment, decoded)
tensors = timed("to tensor", to_tensor, changed)
normal = timed("normalise", normalise, tensors)
timed("collate", torch.stack, [normal[i : i + 64] for i in range(0, some, 64)])
figures.comparison_bars(
    steps,
    axis_label="time for one image (microseconds)",
    source=train.source,
    title="Getting one 32×32 image ready, step by step, on this machine",
    caption="*Which bar is longest? No step is hard work: 32×32 pixels in three "
    "channels are 3 kB.*",
)

# %% [markdown]
# No step stands out. On the machine that made this page, making the tensor, decoding and cropping take about equally
# long. So is it Python, which calls one function after another for each image? Then two things should help: decoding
# only once, and doing the rest for a whole batch in one call. So we compare four ways to the same batches, with the
# same augmentation:
#
# 1. **files**: `PhotoFolder` and a `DataLoader`, as above;
# 2. **files, 2 workers**: the same, with two more processes (not on macOS and Windows, see section 6);
# 3. **items in memory**: decoded images kept in a list; each is still changed by itself;
# 4. **batches in memory**: `utils.data.batches.Batches`, which lecture 03 used without saying so. All images are one
#    uint8 tensor, on the GPU if there is one; a batch is one indexing, and crop, flip and normalise are calls for 64
#    images at once.
#
# Beside them stands what the loader is for: one training step (forward, backward, update of the weights) of two
# networks of lecture 03, on a batch that is already there. If you want to load one batch while training on another,
# loading must be the faster of the two.
#
# > **Predict first.** By what factor are batches in memory faster than files?


# %%
class PhotosInMemory(Dataset):
    """All images of another data set, decoded once."""

    def __init__(self, photos, transform):
        self.items = [photos[i] for i in range(len(photos))]
        self.transform = transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        image, label = self.items[index]
        return self.transform(image), label


def augment_batch(images, generator):
    return random_horizontal_flip(random_crop(images, generator), generator)


recipe = v2.Compose([augment, to_tensor, normalise])
lazy = PhotoFolder(folder, train.class_names, recipe)
kept = PhotosInMemory(photos, recipe)
as_one_tensor = Batches(
    train.subset(torch.arange(n)),
    batch_size=64,
    shuffle=True,
    augment=augment_batch,
    device=device(),
)
usual = {"batch_size": 64, "shuffle": True}
loaders = {"files": DataLoader(lazy, **usual)}
if workers:
    loaders["files, 2 workers"] = DataLoader(lazy, **usual, **workers)
loaders["items in memory"] = DataLoader(kept, **usual)


# %%
def loading_speed(batches):
    """Images per second of going once through all batches, moved to the device."""
    began, count = time.perf_counter(), 0
    for images, labels in batches:
        images, labels = images.to(device()), labels.to(device())
        count += len(labels)
    images.sum().item()  # a GPU works behind our back: wait for it
    return count / (time.perf_counter() - began)


def training_speed(name, steps):
    """Images per second of training steps on one batch that is already there."""
    model = models.create(name, in_channels=3, image_size=32).to(device())
    optimizer = torch.optim.Adam(model.parameters())
    images, labels = next(as_one_tensor.epoch())
    for step in range(steps + 2):
        if step == 2:  # the first two steps warm up
            began = time.perf_counter()
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()  # wait for a GPU here too
    return steps * len(labels) / (time.perf_counter() - began)


# %%
# The fastest of three: others share the machine.
again = budget(quick=1, laptop=3, full=3)
speed = {
    name: max(loading_speed(batches) for _ in range(again))
    for name, batches in loaders.items()
}
speed["batches in memory"] = max(
    loading_speed(as_one_tensor.epoch(i)) for i in range(again)
)
for name, title in [("small_cnn", "training: small CNN"), ("cnn", "training: CNN")]:
    speed[title] = max(
        training_speed(name, budget(quick=2, laptop=10, full=50)) for _ in range(again)
    )

factor = speed["batches in memory"] / speed["files"]
print(f"batches in memory against files: {factor:.0f} times as fast")
for name, value in speed.items():
    print(
        f"{name:20} {value:10,.0f} images per second,"
        f" {50_000 / value:6.1f} s for an epoch of 50,000"
    )
figures.comparison_bars(
    {name: [1e6 / value] for name, value in speed.items()},
    axis_label="time for one image (microseconds)",
    source=train.source,
    title=f"What one image costs on this machine ({device()})",
    caption="*The lower two bars are what you want to spend time on. If a loader's "
    "bar is longer than your network's, the network waits, even with "
    "workers.*",
)

# %% [markdown]
# Read your own bars. Without workers an epoch takes loading *plus* training; with workers, about the longer of the
# two. Two workers are at best twice as fast, and only if the machine has processors to spare for them. Keeping
# decoded images saves the reading and decoding, but not the calls for each image; one tensor saves those too.
#
# For the larger CNN on a processor the loader matters less, because the network itself is slow. On a GPU the training
# bars shrink a great deal while the first three do not, since they are work of the processor: now it is the GPU that
# waits. Lecture 09 times a training step with a loader and with one tensor, on your machine.
#
# Which should you choose? If all decoded images fit in memory, as in this course, keep them as one tensor. If not,
# read files, use workers, and store the images at about the size that you train on, because decoding takes time for
# every pixel in the file.
#
# ## 10. Common mistakes, and how they look
#
# | mistake | what you see |
# |---|---|
# | images as float64 (NumPy's default) | an error about `Double`, or everything takes twice the memory and time |
# | labels as floats | an error about `Float` from the loss |
# | forgotten `shuffle=True` | the loss is low while one class lasts, jumps at the next, then stays above guessing; validation near chance |
# | normalised differently in training and evaluation | accuracy too low; channel means near −2 or 0.5, not 0 |
# | another interpolation at test time | accuracy may be lower, with no other sign |
# | validation images augmented | validation accuracy is lower, and changes when you repeat it |
#
# Here the first two stop with an error:


# %%
layer = nn.Linear(4, 3)
numpy_images, labels = np.random.rand(2, 4), torch.tensor([0, 1])
for what, x, y in [
    ("float64 images", torch.from_numpy(numpy_images), labels),
    ("float labels", torch.rand(2, 4), labels.float()),
]:
    try:
        F.cross_entropy(layer(x), y)
    except RuntimeError as error:
        print(f"{what}: {error}")

# %% [markdown]
# Cure them with `.float()` for images and `.long()` for labels. Float labels of shape (N, K), one number for each of
# K classes, do *not* stop: the loss takes them for probabilities.
#
# **Forgotten shuffle.** Files are often sorted by class. We sort ours, and train the small CNN for one epoch in this
# order and for one in a random order.


# %%
def train_one_epoch(model, batches):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def accuracy(model, batches):
    with torch.no_grad():
        right = [(model(x).argmax(dim=1) == y).float() for x, y in batches]
    return 100 * torch.cat(right).mean().item()


by_class = train.subset(train.labels[:n].argsort(stable=True))
validation = train.subset(torch.arange(n, n + n // 5))
losses, trained = {}, {}
for name, shuffle in [("sorted by class", False), ("shuffled", True)]:
    set_seed(0)
    trained[name] = models.create("small_cnn", in_channels=3, image_size=32)
    batches = Batches(by_class, batch_size=32, shuffle=shuffle)
    losses[name] = train_one_epoch(trained[name], batches.epoch())
    score = accuracy(trained[name], Batches(validation, 250).epoch())
    print(f"{name:16} validation accuracy {score:.1f} %")

# %%
by_tenth = {
    name: [part.mean().item() for part in torch.tensor(values).tensor_split(10)]
    for name, values in losses.items()
}
figures.lines(
    list(range(1, 11)),
    by_tenth,
    x_label="tenth of the epoch (in sorted order: about one class)",
    y_label="training loss",
    source=train.source,
    references={"guessing": math.log(10)},
    title="One epoch of the small CNN, in two orders",
    caption="*In sorted order there is at first only one class, and always saying it "
    "soon costs little. The second class costs much. After that the loss "
    "stays above the dashed line, ln 10 = 2.30, the loss of guessing.*",
)

# %% [markdown]
# **Normalised twice.** This happens when somebody normalises in the data set, and somebody else does it again in the
# training loop:

# %%
images = next(iter(DataLoader(ready, batch_size=256)))[0]
for times in range(3):
    show(f"normalised {times} times, mean", images.mean(dim=(0, 2, 3)))
    show("                    std", images.std(dim=(0, 2, 3)))
    images = normalise(images)

# %% [markdown]
# A mean near 0 and a standard deviation near 1 are what you want to see. Print both once, just before the network.
#
# **Another interpolation.** "Resize" is not one operation, because there are several rules, called *interpolation*,
# by which new pixels are made from old ones. Pillow and `v2.Resize` look at all the pixels that fall into a new one,
# whereas `F.interpolate` looks at four in mode *bilinear* and at one in mode *nearest*, and skips the rest:

# %%
photo = to_tensor(photos[7][0])[None]
small = {
    "v2.Resize": v2.Resize(12)(photo),
    "F.interpolate, bilinear": F.interpolate(photo, size=12, mode="bilinear"),
    "F.interpolate, nearest": F.interpolate(photo, size=12, mode="nearest"),
}
for name, other in small.items():
    difference = 255 * (other - small["v2.Resize"]).abs().mean()
    print(f"{name:24} differs from the first by {difference:4.1f} of 255 on average")
figures.image_grid(
    torch.cat(list(small.values())).clamp(0, 1),
    list(small),
    source=train.source,
    title="One photograph at 12×12 pixels, resized in three ways",
    caption="*Compare edges: smooth on the left, ragged on the right. A network "
    "trained on the left kind and tested on the right kind sees other edges.*",
)

# %% [markdown]
# **Augmented validation.** Here is the network trained above, five times on the same validation images. (It never saw
# a cropped image. One that was trained with augmentation should lose less, but its score would change from one time
# to the next as well.)

# %%
for name, change in [("as they are", None), ("augmented", augment_batch)]:
    batches = Batches(validation, 250, augment=change)
    scores = [accuracy(trained["shuffled"], batches.epoch(i)) for i in range(5)]
    print(f"{name:12}", ", ".join(f"{score:.1f} %" for score in scores))

# %% [markdown]
# ## What happened, and why
#
# A data set is a length and an item; a loader chooses an order, fetches, and collates. Between the file and the
# network lie a few small steps: decode, make the size right, swap axes, divide by 255, normalise. Each is one line,
# and each can be wrong without an error, which is why you look at an image after every step, and at mean and standard
# deviation at the end.
#
# Validation tells the truth only if its images are strangers, that is, if neither they nor siblings of theirs are in
# training or in the statistics, and if they are shown as they are, not augmented.
#
# And loading is not free. Work done in Python for each image costs more than the same work done for a batch at once.

# %%
widgets.PredictionScore(names=["batches"])

# %% [markdown]
# ## Check yourself
#
# 1. Why does `PhotoFolder` read the table in `__init__`, but not the images?
# 2. A batch has shape (64, 32, 32, 3). Write the line that makes it fit a `Conv2d(3, …)`. Why not `reshape`?
# 3. 45,000 training images, `batch_size=128`. How many batches are there, and how large is the last?
# 4. Your loader works with `num_workers=0`. With 2, on a Mac, you read `Can't get attribute 'Photos' on <module
#    '__main__'`. What is wrong, and what do you do?
# 5. You have 200 X-ray images of each of 50 patients. How do you choose the validation images?
# 6. Two batches of pixels are (0, 2) and (4, 6). Compute mean and standard deviation of all four, from running sums.
# 7. A training step takes 2 ms per batch, and fetching a batch takes 6 ms. How long is a step with no workers? With
#    how many workers does the loader keep up, if there are enough processors?
# 8. The network sorts photographs of hands into left and right. Which of the two augmentations of section 5 do you
#    drop?
# 9. You normalise first and then pad with zeros; a colleague pads first and then normalises. What does each network
#    see around the picture?

# %% [markdown]
# <details><summary>Answers</summary>
#
# 1. The table is small and needed for `len`. All images together may not fit in memory, and the first batch would
#    have to wait for all of them.
# 2. `batch.permute(0, 3, 1, 2)`. `reshape` would cut the memory up anew and mix channels with pixels.
# 3. 45,000 / 128 = 351.56…, so 352 batches; the last has 45,000 − 351·128 = 72.
# 4. The worker is a new Python that looks for the class in its own `__main__`, where your cells are not. Move the
#    class to a file and import it, or use no workers.
# 5. By patient: draw, say, 10 of the 50, and take all of their images. Otherwise the network may recognise patients.
# 6. n = 4, Σx = 12, Σx² = 0 + 4 + 16 + 36 = 56. Mean 3, standard deviation √(56/4 − 9) = √5 ≈ 2.24. (Each batch by
#    itself has 1.)
# 7. 8 ms. Three workers deliver a batch every 2 ms, on average.
# 8. The flip, because it turns a left hand into a right one. Cropping is fine while the hand stays in the picture.
# 9. Yours sees the mean colour, your colleague's sees black.
# </details>

# %% [markdown]
# <details><summary>For instructors: slips of the lectures this one follows, corrected here</summary>
#
# - The loader code of *Deep Learning* (Fall 2020) takes labels and file names as finished lists and loads tensors
#   from `.pt` files, while its text describes a table read in `__init__`, images read in `__getitem__`, and a
#   `transform`. Here the code does what the text says. That code also uses `shuffle=True` for validation, which does
#   nothing useful.
# - Its "ToTensor" is said to swap axes. torchvision's also divides by 255; forget that and the pixels run to 255.
# - The chapter on CNNs (see Sources) calls the 10,000 images that it loads with `train=False` the validation set.
#   They are CIFAR-10's *test* images, and no test set is left. It also writes `Dataloader` for `DataLoader`.
# - The channel means 0.4915, 0.4823, 0.4468 of that chapter are a little too large. On the original files the means
#   are 0.4914, 0.4822, 0.4465, as many have computed (Sources). The difference looks like rounding: adding our copy's
#   pixels in 32 bits with 32 running sums in parallel, we found 0.4913, 0.4822, 0.4467 where 64 bits give 0.4913,
#   0.4821, 0.4465. With one running sum it is 0.3277, that is $2^{24}$ over 51,200,000. The standard deviations are
#   right.
# </details>

# %% [markdown]
# ## Sources
#
# - Krizhevsky (2009), *Learning multiple layers of features from tiny images* (CIFAR-10).
# - He, Zhang, Ren, Sun (2016), *Deep residual learning for image recognition*, section 4.2 (the augmentation).
# - Russakovsky et al. (2015), *ImageNet large scale visual recognition challenge* (the number of its images).
# - PyTorch documentation, *torch.utils.data* (loaders, workers, pickling) and torchvision's *Transforms v2*.
# - On the statistics: the GitHub projects kuangliu/pytorch-cifar, issue 8 (2017: values from the original files
#   beside the usual ones), and chenyaofo/image-classification-codebase, issue 5 (2022: the usual ones are means over
#   images).
# - *Deep Learning* (Fall 2020), whose list of steps this is, and a chapter on CNNs that follows *Dive into Deep
#   Learning*.
