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
# # 03 · Fashion-MNIST: MLP against CNN
#
# Two networks learn to tell shirts from shoes. One of them knows that pixels have neighbours.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/03_fashion_mnist.ipynb) &ensp; about 90 minutes &ensp; before: [02 Kinds of convolution](02_kinds_of_convolution.ipynb) &ensp; next: [04 Data: datasets, loaders, transforms](04_data.ipynb)
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
# - read a batch of images as a tensor of shape (N, C, H, W), and say what each letter counts;
# - train a network with a loop of five lines, and say what each of them is for;
# - count the parameters of every layer by hand, and say where most of them sit;
# - compare two networks so that you would believe the result: same data, recipes stated, several runs that differ by
#   chance alone (*seeds*), spread shown, test images touched once;
# - say what a CNN knows about images that an MLP, a network of linear layers alone, has to learn, and put it to the
#   test.
#
# You need lecture 01 for sizes and weights of convolutions and for the way back through a network, and lecture 02 for
# gradient descent.

# %%
from dataclasses import replace

import torch
from IPython.display import display
from torch import nn
from torch.nn import functional as F

from utils import arithmetic, figures, insight, models, widgets
from utils.data import fashion_mnist, split
from utils.data.transforms import shift
from utils.layers import LocallyConnected2d
from utils.settings import budget, budget_name, set_seed
from utils.training import evaluate, fit, one_cycle, predict

# %% [markdown]
# ## 1. The data
#
# Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017) has the format of the handwritten digits of MNIST, 28×28 grey pixels
# in ten classes, but it shows clothes, and it is harder.

# %%
train_all, test = fashion_mnist()
print(train_all.source)
print("images:", tuple(train_all.images.shape), train_all.images.dtype)
print("labels:", tuple(train_all.labels.shape), train_all.labels.dtype)

# %% [markdown]
# The four numbers are **N, C, H, W**: how many images, how many channels (grey has 1, colour has 3), height, and
# width. All of PyTorch's layers for images expect this order. `uint8` means that each pixel is a whole number from 0
# to 255.

# %%
names = train_all.class_names
by_class = torch.cat([torch.nonzero(train_all.labels == k)[:3, 0] for k in range(10)])
figures.image_grid(
    train_all.images[by_class],
    [names[label] for label in train_all.labels[by_class]],
    columns=6,
    source=train_all.source,
    title="Three images of each of the ten classes",
    caption="*Look at T-shirt, pullover, coat and shirt: at 28×28 pixels they differ "
    "in little. At the end you will see which of them the network mixes up.*",
)

# %% [markdown]
# **Three parts, three purposes.** The network learns from the *training* images. We look at the *validation* images
# to make choices: how many epochs, which learning rate. The *test* images tell us how good those choices were, so
# they are used once, at the very end. An image that helped to choose can no longer tell.
#
# An **epoch** is one pass over all training images. They are shown in **batches** of a few dozen, and after each
# batch the weights take one step.

# %%
# How much of everything: for a quick test, for a laptop (a few minutes on two cores), for a GPU.
seeds = budget(quick=[0], laptop=[0, 1, 2], full=[0, 1, 2, 3, 4])
images = budget(quick=600, laptop=len(train_all), full=len(train_all))
train, validation = split(train_all.subset(torch.arange(images)), images // 12)
print(f"budget: {budget_name()}")
print(f"training {len(train):,}, validation {len(validation):,}, test {len(test):,}")

# %% [markdown]
# > **Predict first.** A network that has learnt nothing gives each class the same probability. What is its accuracy?
# > And what is its loss, if the loss is minus the natural logarithm (ln) of the probability that it gives to the
# > right class?

# %% tags=["nbval-check-output"]
print(f"accuracy {100 / 10:.0f} %, loss -ln(1/10) = {-torch.tensor(1 / 10).log():.4f}")

# %% [markdown]
# Remember **2.3026**: a run whose first loss is far above it starts badly, and a run that stays there has learnt
# nothing.
#
# ## 2. A network that sees 784 numbers
#
# The simplest network *flattens* the image: it lays the rows end to end in one list of 28·28 = 784 numbers, a
# *vector*, and forgets that they were ever a picture. A **linear layer** (lecture 02, section 4) mixes them into 1000
# units, each of which is a weighted sum of all 784, plus a bias. These units are called *hidden*, because they are
# neither input nor output. Negative sums are replaced by zero (**ReLU**), and a second linear layer mixes what is
# left into ten numbers, one for each class, which are called **logits**. Such a network, linear layers with a ReLU
# between them, is a **multilayer perceptron**, MLP.

# %%
set_seed(0)
mlp = nn.Sequential(
    nn.Flatten(), nn.Linear(28 * 28, 1000), nn.ReLU(), nn.Linear(1000, 10)
)
mlp

# %% [markdown]
# > **Predict first.** A linear layer from `i` inputs to `o` outputs has one weight for each pair, and one bias for
# > each output. How many parameters do the two layers have?

# %% tags=["nbval-check-output"]
for layer in (mlp[1], mlp[3]):
    i, o = layer.in_features, layer.out_features
    counted = sum(p.numel() for p in layer.parameters())
    print(f"{i} · {o} + {o} = {i * o + o:,}   torch counts {counted:,}")
print(f"in all {models.count_parameters(mlp):,}")

# %% [markdown]
# **From logits to a loss.** *Softmax* turns logits into probabilities: take their exponentials, and divide each by
# the sum of all. The **cross-entropy** loss is minus the logarithm of the probability of the right class. By hand,
# for one image and three classes, with logits 2, 1, 0, of which the first is right:

# %% tags=["nbval-check-output"]
logits = torch.tensor([2.0, 1.0, 0.0])
exponentials = logits.exp()
probabilities = exponentials / exponentials.sum()
print(
    "exponentials: ",
    [round(e, 3) for e in exponentials.tolist()],
    "sum",
    round(exponentials.sum().item(), 3),
)
print("probabilities:", [round(p, 3) for p in probabilities.tolist()])
print("-ln of the first:", round(-probabilities[0].log().item(), 4))
print("F.cross_entropy: ", round(F.cross_entropy(logits, torch.tensor(0)).item(), 4))

# %% [markdown]
# `F.cross_entropy` takes **logits** and does the softmax itself. A network that ends in a softmax *and* is trained
# with it therefore applies softmax twice. Nothing complains, but the second softmax sees only numbers from 0 to 1,
# and of those it cannot make a probability near 1. The surest it can be handed is a one and nine zeros, of which it
# makes e/(e + 9):

# %% tags=["nbval-check-output"]
surest = torch.zeros(10)
surest[0] = 1  # the surest ten probabilities that there are, taken for logits
print(f"largest probability {surest.softmax(0)[0]:.2f}")
print(f"smallest loss       {F.cross_entropy(surest, torch.tensor(0)):.2f}")

# %% [markdown]
# So the loss of such a network can never fall below ln(1 + 9/e) = 1.46, however long you train it.
#
# ## 3. The training loop, by hand
#
# One step of training is five lines. `backward` computes the gradients, by the back-propagation of lecture 01,
# section 9. The **optimizer** is the rule that makes a step out of them. Ours is Adam (Kingma and Ba, 2015): gradient
# descent in which each parameter has its own step size, made from running averages of its gradient and of the
# gradient's square. The learning rate is 0.001, as in lecture 6 of CS396 (see Sources).

# %%
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(mlp.parameters(), lr=1e-3)


def train_batch(x, y):
    """Learn from one batch: x (N, 1, 28, 28), y (N,). Returns the loss before the step."""
    logits = mlp(x)  # 1. what the network says now
    loss = loss_function(logits, y)  # 2. how wrong that is
    optimizer.zero_grad()  # 3. forget the gradients of the last batch
    loss.backward()  # 4. how each parameter should change
    optimizer.step()  # 5. change it a little
    return loss.item()


def accuracy(x, y):
    """The share of images (in %) whose largest logit is that of the right class."""
    with torch.no_grad():  # no step follows, so no gradients are kept
        return 100 * (mlp(x).argmax(dim=1) == y).float().mean().item()


# %% [markdown]
# The images go in as numbers from 0 to 1, so we divide by 255. Two hundred batches of 64, in the order of the data:

# %%
x_validation, y_validation = validation.images / 255, validation.labels
print(f"before: validation accuracy {accuracy(x_validation, y_validation):.1f} %")
losses = []
for step in range(budget(quick=20, laptop=200, full=200)):
    batch = slice(64 * step % len(train), 64 * step % len(train) + 64)
    losses.append(train_batch(train.images[batch] / 255, train.labels[batch]))
print(f"after:  validation accuracy {accuracy(x_validation, y_validation):.1f} %")
print("loss of every 20th batch:", " ".join(f"{loss:.2f}" for loss in losses[::20]))

# %% [markdown]
# The loss starts near 2.30, as predicted, and falls, though unevenly, because no two batches hold the same images. If
# you forget line 3, gradients pile up from batch to batch; if you forget line 5, nothing ever changes. Try both, and
# begin each time with the cell of section 2 that makes a new network.
#
# **The packaged loop.** What is still missing is a new order of the images in every epoch, averages over images, a
# progress bar, the fastest number format of your machine, and files from which an interrupted run can go on.
# `utils.training.fit` puts all that around the same five lines. It also **normalises** the pixels: after dividing by
# 255 it subtracts their mean, so that they lie around 0, and divides by their **standard deviation**, which says how
# far from the mean they usually lie. (Lecture 04 computes both. In the figures below the standard deviation says how
# far apart several runs lie.) Here is its inner loop, with your five lines numbered:

# %%
import inspect

from utils.training.loop import train_epoch

five_lines = {
    "logits = model(": 1,
    "loss = F.": 2,
    ".zero_grad()": 3,
    ".backward()": 4,
    ".step(optimizer)": 5,
}
source = inspect.getsource(train_epoch)
for line in source[
    source.index("    for step,") : source.index("        bar.")
].splitlines():
    print(next((n for part, n in five_lines.items() if part in line), " "), line)

# %% [markdown]
# The other lines are for comfort. `schedule` changes the learning rate during the run, `autocast` chooses the number
# format, `scaler` keeps small gradients from becoming zero where that format is `fp16` (with 32-bit numbers both do
# nothing), the factor on the loss is 1 unless several processes share the work, and the sums at the end are for the
# averages. As a schedule we use `one_cycle` (after Smith and Topin, 2019), which is meant for short runs: the
# learning rate rises for a tenth of the run up to the value you give, then falls to zero.
#
# **Averages over images, not over batches.** The last batch is usually smaller:

# %% tags=["nbval-check-output"]
full, rest = divmod(10_000, 32)
print(f"10,000 images in batches of 32: {full} full batches and one of {rest}")

# %% [markdown]
# If you averaged the accuracies of the batches, each of these last 16 images would count twice. You can recognise
# such a number: an accuracy over 10,000 images is a whole number of ten-thousandths, 0.8813 or 0.8814 but never
# 0.88139.
#
# ## 4. What a CNN knows beforehand
#
# The MLP does not know which pixels are neighbours; to a weighted sum, one order of its terms is as good as another.
# A convolutional layer looks at 3×3 neighbourhoods, and uses the same weights everywhere. Those are the two demands
# of lecture 01, built into a network before it has seen a single image. Ours is the CNN of the same lecture of CS396:
# 3×3 convolution to 64 channels, 2×2 max pooling, ReLU; 3×3 convolution to 128 channels, pooling, ReLU; flatten; a
# linear layer to 200, ReLU; a linear layer to 10. There is no padding anywhere; convolutions have stride 1, poolings
# stride 2.
#
# **Six predictions.** Follow the size from 28×28 to the flattening, then count. Each answer is the start of the next
# question. (After a wrong answer the Stepper of lecture 01 opens on that very case: max pooling has the same windows
# as a convolution with a 2×2 kernel and stride 2.)

# %%
widgets.PredictFirst("cnn_sizes", title="From 28×28 pixels to 200 numbers")

# %%
set_seed(0)
cnn = models.create("cnn")
cnn

# %% [markdown]
# **The network as a ledger.** Each row is a layer of this very network, with what it hands on, its parameters, its
# work (section 7), its memory, and how many rows of the image one unit *sees* (its receptive field, lecture 01,
# section 8). Point at a row, and its formulas appear below the table with their numbers.

# %%
widgets.NetworkLedger.from_module(cnn, (1, 28, 28), title="The CNN, row by row")

# %% [markdown]
# Everything in it can be changed, and *start again* puts it back.
#
# > **Predict first**, then try. (a) Give row 1 a padding of 1. Which rows change their parameters, and why only
# > those? (b) Take the second pooling, row 5, away. What does that cost? (c) Give row 4 a kernel of 14. What does the
# > ledger offer you?
#
# <details><summary>What you find</summary>
#
# (a) Only row 8. A convolution has the same weights whatever the size of its input. But the maps are now 28, 14, 12
# and 6 cells wide, and row 8 has a weight for each of 128·6·6 = 4608 numbers: 4608·200 + 200 = 921,800.
# (b) Row 8 reads 128·11·11 = 15,488 numbers and has 3,097,800 parameters.
# (c) Thirteen rows have no room for a kernel of 14. The ledger says so, and offers the nearest that fits, 13.
# </details>
#
# What the ledger says a unit sees can be computed by hand. Each layer adds (its kernel − 1) steps. The length of a
# step, in rows of the image, is the product of all strides before it:

# %% tags=["nbval-check-output"]
seen, step = 1, 1  # rows of the image; how many of them lie between two neighbours
for kernel, stride in [(3, 1), (2, 2), (3, 1), (2, 2)]:
    seen += (kernel - 1) * step
    step *= stride
    print(f"kernel {kernel}, stride {stride}: sees {seen}, neighbours {step} apart")

# %% [markdown]
# Parameters by hand: a convolution has (3·3·in + 1)·out, a linear layer (in + 1)·out.

# %% tags=["nbval-check-output"]
by_hand = {
    "conv 3×3, 1 to 64": (3 * 3 * 1 + 1) * 64,
    "conv 3×3, 64 to 128": (3 * 3 * 64 + 1) * 128,
    "linear, 3200 to 200": (128 * 5 * 5 + 1) * 200,
    "linear, 200 to 10": (200 + 1) * 10,
}
by_hand["in all"] = sum(by_hand.values())
for layer, parameters in by_hand.items():
    print(f"{layer:20} {parameters:>8,}")
print(f"{'torch counts':20} {models.count_parameters(cnn):>8,}")

# %% [markdown]
# That is less than the MLP's 795,010, and look where it sits: the first linear layer has 640,200 of the 716,706,
# about nine tenths, whereas the two convolutions together have 74,496. Pooling has none.
#
# The second pooling turns 11×11 into 5×5, because the last of five windows ends at cell 9. Row and column 10, counted
# from 0, are what the floor drops (lecture 01, section 4).
#
# ## 5. Both, with several seeds
#
# One run proves little, since chance draws the first weights and the order of the images, and another draw gives
# another result. The number from which chance begins is called a **seed**, and each network is trained with several.
# Both see the same training images, and you watch validation accuracy. The recipes differ, and stand in the cell: on
# a laptop the CNN gets fewer epochs, because each takes far longer, and it gets smaller batches with a higher
# learning rate. What you compare is therefore two networks, each with its own recipe. On two cores the CNN takes most
# of the time; the bar says how long. (The line that `fit` returns also names the number format, and `channels_last`,
# an order of the numbers in memory that lecture 09 explains.)
#
# > **Predict first.** 795,010 parameters against 716,706. Which network is more accurate, and by how many percentage
# > points?

# %%
epochs = {
    "MLP": budget(quick=1, laptop=5, full=10),
    "CNN": budget(quick=1, laptop=2, full=10),
}
recipes = {
    "MLP": {"epochs": epochs["MLP"], "learning_rate": 1e-3},
    "CNN": {"epochs": epochs["CNN"], "learning_rate": 1.5e-3, "batch_size": 32},
}
trained, histories = {}, {}
for name, recipe in recipes.items():
    trained[name], histories[name] = [], []
    for seed in seeds:
        set_seed(seed)
        model = models.create(name.lower())
        history = fit(model, train, validation, seed=seed, schedule=one_cycle, **recipe)
        trained[name].append(model)
        histories[name].append(history)
        print(f"{name}, seed {seed}: {history}")

# %%
figures.training_curves(
    histories,
    title="Learning Fashion-MNIST: MLP and CNN",
    caption="*Compare the solid lines (validation). The dashed ones (training) are "
    "averages over an epoch in which the network was still changing, so they "
    "begin worse. Where they end clearly better, the network has begun to "
    "learn its images by heart.*",
)

# %% [markdown]
# ## 6. What it knows, put to the test
#
# The CNN is better, 91.0 % of the validation images against 89.6 %, and the worst of its three runs lies well above
# the best of the MLP's. Is that because of what we said it knows? An explanation is worth something only if it
# forbids something, and this one does: take its knowledge away, and the advantage must go.
#
# **Shuffle.** Draw one new order of the 784 pixels, and put every image of the data set into that order, training and
# validation alike. No number is lost, but neighbours are no longer neighbours. To keep it short we train on a tenth
# of the images.

# %%
tenth = train.subset(torch.arange(len(train) // 10))
new_order = torch.randperm(28 * 28, generator=torch.Generator().manual_seed(0))


def shuffled(dataset):
    """Every image with its pixels in the same new order."""
    images = dataset.images.flatten(2)[:, :, new_order].view_as(dataset.images)
    return replace(dataset, images=images)


six = tenth.subset(torch.arange(6))
figures.image_grid(
    torch.cat([six.images, shuffled(six).images]),
    [names[label] for label in six.labels] * 2,
    columns=6,
    rows=["as they are", "shuffled"],
    source=train.source,
    title="Six images, and the same with their pixels shuffled",
    caption="*Below, nothing is missing, and all six were shuffled alike. Cover the names: "
    "which could you still tell?*",
    seen="The images below look like noise.",
)

# %% [markdown]
# **Do not share.** Shuffling destroys two things at once, since a convolution both looks at neighbours and shares its
# weights among all places. To tell these apart we need a layer that does one without the other. In a **locally
# connected** layer (LeCun, 1989) a unit sees its 3×3 neighbourhood, as in a convolution, but every place has weights
# of its own. This is all it computes:

# %%
print(inspect.getsource(LocallyConnected2d.forward))

# %% [markdown]
# It lays the images out by rows and columns, collects for each place the numbers of its neighbourhood (`seen`), and
# multiplies each collection by the weights of that place, where a convolution would take the same weights everywhere.
# (`@` is the product of matrices, here one for each place. The last line only puts the axes back.)
#
# Three networks are compared. The MLP is told nothing. The other two have the same plan (16 maps, then 32, each
# halved by 2×2 pooling, then a linear layer) and differ only in what they are told: one, that neighbours belong
# together; the other, in addition, that what holds in one place holds in another.


# %%
def network(layer):
    """Two layers that look at 3×3 neighbourhoods, each halved by pooling, and a linear one."""
    return nn.Sequential(
        layer(1, 16, 28),
        nn.ReLU(),
        nn.MaxPool2d(2),
        layer(16, 32, 14),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),
    )


def convolution(inputs, outputs, size):
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)


rivals = {
    "MLP": lambda: models.create("mlp"),
    "local, not shared": lambda: network(LocallyConnected2d),
    "convolution": lambda: network(convolution),
}

# %% tags=["nbval-check-output"]
linear = (32 * 7 * 7 + 1) * 10
by_hand = {
    "MLP": 795_010,
    "local, not shared": 28 * 28 * (9 + 1) * 16 + 14 * 14 * (9 * 16 + 1) * 32 + linear,
    "convolution": (9 + 1) * 16 + (9 * 16 + 1) * 32 + linear,
}
for name, make in rivals.items():
    counted = models.count_parameters(make())
    print(f"{name:18} {by_hand[name]:>9,}   torch counts {counted:>9,}")

# %% [markdown]
# The network that shares has a fiftieth of the parameters of the one that does not, although both compute maps of the
# same size from the same neighbourhoods.
#
# > **Predict first.** All three are trained in the same way, with the same recipe, once on the images as they are and
# > once on the shuffled ones. Which of them notices? Does the convolution, shuffled, stay above the MLP?

# %%
orders = {"as they are": lambda data: data, "shuffled": shuffled}
worth = {name: {} for name in rivals}
for name, make in rivals.items():
    for order, change in orders.items():
        worth[name][order] = []
        for seed in seeds:
            set_seed(seed)
            history = fit(
                make(),
                change(tenth),
                change(validation),
                epochs=budget(quick=1, laptop=8, full=8),
                learning_rate=2e-3,
                schedule=one_cycle,
                seed=seed,
                progress=False,
            )
            worth[name][order].append(100 * history.validation_accuracy[-1])
        print(name, order, " ".join(f"{value:.1f}" for value in worth[name][order]))

# %%
figures.comparison_dots(
    worth,
    axis_label="validation accuracy (%)",
    source=train.source,
    title="What neighbours are worth, and what sharing is worth",
    caption="*Compare the two colours in each row: what was the order of the pixels worth "
    "to that network? Then compare the rows with each other.*",
)

# %% [markdown]
# The MLP does not notice: 86.5 % and 86.5 %. It cannot, because whatever the order of the pixels, the weights of a
# hidden unit can be put into the same order, and its sum is what it was. (Single runs differ a little, because the
# first weights are drawn as before and now meet other pixels.) The convolution loses about two and a half points, and
# falls from above the MLP to below it (87.1 to 84.5 %). It still looks for the same small patterns in all places, in
# images where neighbours form none and no place is like another.
#
# The network between them tells the two demands apart, and what it says may surprise you. It reaches 86.4 % on the
# images as they are and 86.1 % on shuffled ones, which differ by no more than its seeds do, and neither is better
# than the MLP. So looking at neighbours is worth little here, if anything, as long as every place has to learn on its
# own what to look for. Sharing is what pays: it lifts the same plan from 86.4 to 87.1 % where neighbours belong
# together, with a fiftieth of the parameters, and pulls it from 86.1 down to 84.5 % where they do not. Each demand
# needs the other. (That holds for this plan, this recipe and 5,500 images. Change `network`, or take more images, and
# see.)
#
# **Fewer images.** If the CNN is ahead because it need not learn what it already knows, it should be further ahead
# where there is less to learn from. So we train the two networks of section 5 on 1 % and on 10 % of the images, and
# take the runs on all of them from there.
#
# > **Predict first.** How does the gap change from 55,000 images to 550?

# %%
epochs_with = {  # fewer images are shown more often
    0.01: budget(quick=1, laptop=30, full=30),
    0.1: budget(quick=1, laptop=7, full=7),
}
by_images = {name: [[] for _ in seeds] for name in recipes}
for share, epochs in epochs_with.items():
    part = train.subset(torch.arange(int(share * len(train))))
    for name, recipe in recipes.items():
        recipe = recipe | {"epochs": epochs, "schedule": one_cycle, "progress": False}
        for seed, values in zip(seeds, by_images[name], strict=True):
            set_seed(seed)
            model = models.create(name.lower())
            history = fit(model, part, validation, seed=seed, **recipe)
            values.append(100 * history.validation_accuracy[-1])
for name, runs in histories.items():
    for values, history in zip(by_images[name], runs, strict=True):
        values.append(100 * history.validation_accuracy[-1])

# %%
figures.lines(
    [len(train) // 100, len(train) // 10, len(train)],
    by_images,
    log_x=True,
    x_label="training images",
    y_label="validation accuracy (%)",
    source=train.source,
    title="Accuracy against the number of training images",
    caption="*How far apart are the lines at each number of images? Read it sideways as "
    "well: how many images does the MLP need for what the CNN reaches with fewer?*",
)

# %% [markdown]
# With a tenth of the images the gap is about two points, and the CNN does what the MLP needs several times as many
# images for. With all of them it is about one and a half. That is the expected direction, but weak evidence: on all
# images the MLP was trained for five epochs and the CNN for two, which may be where the half point went. And with 550
# images, where the gap should be widest, it is gone. What the CNN knows sits in its convolutions, which have a tenth
# of its parameters. Behind them stands a linear layer with nine tenths, which knows as little of neighbours as the
# MLP does, and 550 images are few to teach it; that is a likely reason, though this experiment does not prove it.
#
# **Move.** One more thing follows if weights are shared: a feature that has moved is still found, in its new place.
#
# > **Predict first.** The clothes are centred and nearly fill their images. Move the validation images to the right
# > by one, two, three, four pixels: which network suffers more, and does the CNN suffer at all? (Whatever is pushed
# > past the right edge is lost, for both networks.)


# %%
def moved(dataset, pixels):
    """The data set with every image moved right by so many pixels."""
    return replace(dataset, images=shift(dataset.images, rows=0, columns=pixels))


pixels = [0, 1, 2, 3, 4]
after_shift = {
    name: [
        [100 * evaluate(model, moved(validation, p)).accuracy for p in pixels]
        for model in networks
    ]
    for name, networks in trained.items()
}
figures.lines(
    pixels,
    after_shift,
    x_label="moved to the right by (pixels)",
    y_label="validation accuracy (%)",
    source=train.source,
    title="Accuracy on images that are not where they were in training",
    caption="*Compare the two lines at one pixel and at four. Neither network was "
    "ever shown a moved image.*",
)

# %% [markdown]
# Moved by one pixel, the MLP loses about six points and the CNN about two; moved by four, both are wrong more often
# than right. Naming clothes asks for **invariance**, an answer that stays when the image moves: the CNN has more of
# it than the MLP, and yet not much. What its convolutions have is **equivariance** (both words are from lecture 01):
# they compute the same feature wherever it is, so the feature map moves with the image. Pooling then forgives small
# moves, though not evenly: with stride 2, a move by one pixel changes which numbers share a window (Zhang, 2019). And
# the flattened map goes into a linear layer that has its own weights for every place, so to that layer, as to the
# MLP, a feature in a new place is a new feature. Networks that bear larger shifts do without such a layer; lectures
# 07 and 08 build some.
#
# ## 7. What it costs
#
# Parameters take memory. Work is counted in **multiply-adds** (lecture 02, section 1), one for each time that a
# weight is used. They are a first guess at time. The ledger of section 4 has counted them, and so does this cell:

# %% tags=["nbval-check-output"]
work = {
    "MLP": [784 * 1000, 1000 * 10],
    "CNN": [
        arithmetic.multiply_adds(1, 64, kernel_size=3, output_size=26),
        arithmetic.multiply_adds(64, 128, kernel_size=3, output_size=11),
        3200 * 200,
        200 * 10,
    ],
}
for name, layers in work.items():
    print(
        f"{name}: {' + '.join(f'{m:,}' for m in layers)} = {sum(layers):,} multiply-adds per image"
    )
print(f"ratio {sum(work['CNN']) / sum(work['MLP']):.1f}")

# %%
print(
    f"{'':4}{'parameters':>12}{'multiply-adds':>15}{'training (s)':>14}{'validation':>12}"
)
for name, runs in histories.items():
    parameters = models.count_parameters(trained[name][0])
    seconds = sum(sum(run.seconds) for run in runs) / len(runs)
    reached = 100 * sum(run.validation_accuracy[-1] for run in runs) / len(runs)
    print(
        f"{name:4}{parameters:12,}{sum(work[name]):15,}{seconds:14.0f}{reached:10.1f} %"
    )

# %% [markdown]
# The CNN has fewer parameters and more than ten times the work. The weights of its convolutions are used again at
# every place, so that the second convolution has a tenth of the parameters and nine tenths of the work, whereas the
# weights of its linear layers are used once. In seconds, a run of the CNN took more than twice as long as one of the
# MLP, although it went through the images twice and the MLP five times. (Trust these seconds no further than that.
# This page was made on a machine that other programs used too, and under section 5 you see that one seed took twice
# as long as another.)

# %% [markdown]
# ## 8. A network small enough to know by heart
#
# Two 3×3 convolutions with 4 and 8 channels and "same" padding, each followed by ReLU and 2×2 max pooling, then one
# linear layer from 8·7·7 = 392 numbers to 10:

# %% tags=["nbval-check-output"]
small = models.count_parameters(models.create("small_cnn"))
print(f"40 + 296 + 3,930 = {40 + 296 + 3_930:,}   torch counts {small:,}")
print(f"the CNN has {models.count_parameters(cnn) / small:.0f} times as many")

# %% [markdown]
# With it we ask what the **first weights** do. Here are three ways to draw them:
#
# - torch's own: uniform between −1/√n and 1/√n, where n is the number of inputs of a unit;
# - He's: *normal*, from a bell curve around zero, with *variance* 2/n, which is the square of its standard deviation
#   (He et al., 2015), made for ReLU;
# - uniform between −1 and 1, whatever n is.
#
# Here n is 9 for the first convolution, 4·9 = 36 for the second, 392 for the linear layer. Biases: torch draws them
# like the weights, He's start at zero, the third are drawn from −1 to 1.
#
# > **Predict first.** Which one learns slowest, and why?


# %%
def he_normal(layer):
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


def uniform_one(layer):
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.uniform_(layer.weight, -1, 1)
        nn.init.uniform_(layer.bias, -1, 1)


initialisations = {
    "torch's own": lambda layer: None,
    "He normal": he_normal,
    "uniform (−1, 1)": uniform_one,
}
small_histories = {}
for name, initialise in initialisations.items():
    small_histories[name] = []
    for seed in seeds:
        set_seed(seed)
        model = models.create("small_cnn").apply(initialise)
        recipe = {
            "epochs": budget(quick=1, laptop=5, full=5),
            "schedule": one_cycle,
            "learning_rate": 5e-3,
        }
        small_histories[name].append(
            fit(model, tenth, validation, seed=seed, progress=False, **recipe)
        )
    print(f"{name:15} first-epoch loss {small_histories[name][0].train_loss[0]:.2f}")

# %%
figures.comparison_dots(
    {
        name: [100 * h.validation_accuracy[-1] for h in runs]
        for name, runs in small_histories.items()
    },
    axis_label="validation accuracy (%)",
    source=train.source,
    title="The small CNN from three kinds of first weights",
    caption="*Uniform (−1, 1) begins with huge logits, confidently wrong: look at its"
    " first-epoch loss above. How much of the gap is left after the last "
    "epoch?*",
)

# %% [markdown]
# A unit adds n products, so the variance of its sum grows with n. Weights whose variance is divided by n hold it
# steady, and He's 2 makes up for the half that ReLU throws away. Weights from −1 to 1 are not divided by anything:
# the sums grow from layer to layer, the first answers are very sure and mostly wrong, and after five epochs this
# network is still about twenty points behind. Between torch's own weights and He's, three seeds do not decide.
#
# **Watch one learn.** After each epoch `fit` calls a function of yours, `after_epoch`, with the model and its history
# so far. A `TrainingScope` is such a function, and a widget as well: its curves grow while the network trains, and it
# keeps the weights of the first convolution, here four kernels of 3×3 numbers, or *filters*, as many call them.
# `before` gives it those that chance has drawn, as epoch 0.
#
# > **Predict first.** Twelve epochs. After which of them will most of the way be done? And what will four filters
# > look like that began at random?

# %%
scope = widgets.TrainingScope(title="The small CNN, epoch by epoch")
display(scope)
set_seed(0)
small_cnn = models.create("small_cnn")
scope.before(small_cnn)
watched = fit(
    small_cnn,
    tenth,
    validation,
    epochs=budget(quick=2, laptop=12, full=12),
    learning_rate=5e-3,
    schedule=one_cycle,
    after_epoch=scope,
)
print(watched)

# %% [markdown]
# The run is over, and the scope has kept all of it:

# %%
scope

# %% [markdown]
# Go back to epoch 0 and step forward, or play. Three things to see:
#
# - Most of the way is done after two epochs. By then validation accuracy has come from 10 %, which is guessing, to
#   about 80 %, and the other ten epochs add six points. In the last ones hardly anything moves, also because
#   `one_cycle` has brought the learning rate close to zero.
# - The curves cross. At first the network does better on validation images, because the training number is an average
#   over an epoch in which it was still learning. Later it does better on the images it learns from.
# - In a filter, white is a positive weight, black a negative one, and grey is zero. A filter that is light on one
#   side and dark on the other answers to an edge, like those that you wrote by hand in lecture 02. Did training make
#   it, or was it there at epoch 0?
#
# The **cosine** of two filters answers that. It is the sum of the products of their numbers, divided by the length of
# each (the root of the sum of its squares): 1 where one is a positive multiple of the other, around 0 where they have
# nothing to do with each other, −1 where all signs are changed. Beside it stand the sums of the filter's three
# columns, since in a filter for edges between left and right the outer two have opposite signs.


# %%
def numbers(values):
    return " ".join(f"{value:5.2f}" for value in values.tolist())


before, after = torch.tensor(scope.filters[0]), torch.tensor(scope.filters[-1])
for k, (first, last) in enumerate(zip(before, after, strict=True), start=1):
    alike = F.cosine_similarity(first.flatten(), last.flatten(), dim=0)
    print(
        f"filter {k}: cosine {alike:.2f}; sums of the columns before {numbers(first.sum(0))},"
        f" after {numbers(last.sum(0))}"
    )

# %% [markdown]
# All four cosines lie above 0.8, so most of the pattern in each filter was drawn by chance. (How large its numbers
# are, the cosine does not see, and they have grown.) Filter 3 has ended as one for edges, dark on the left and light
# on the right (−0.82, −0.40, 1.65), but it leant that way before the first step (0.00, −0.18, 0.67). Training has not
# invented it; it has sharpened what chance began.
#
# **One shoe, all the way through.** Here is what this trained network makes of one validation image:

# %% tags=["thumbnail"]
shoe = validation.subset(
    torch.nonzero(validation.labels == names.index("Sneaker"))[:1, 0]
)
maps = insight.feature_maps(small_cnn, insight.inputs(shoe), "features.1")[0]
figures.feature_maps(
    maps,
    [f"filter {k}" for k in range(1, 5)],
    image=shoe.images[0],
    columns=5,
    source=train.source,
    title="One shoe after the first convolution and ReLU: 4 maps of 28×28",
    caption="*Find the weights of each filter in the scope. Where on the shoe does it "
    "answer: at an upper edge, at a lower edge, all over it, nowhere?*",
)

# %%
figures.feature_maps(
    insight.feature_maps(small_cnn, insight.inputs(shoe), "features.4")[0],
    [f"map {k}" for k in range(1, 9)],
    columns=8,
    source=train.source,
    title="The same shoe after the second convolution and ReLU: 8 maps of 14×14",
    caption="*Each is made of all four above, pooled. The shoe is still there, in fewer and "
    "coarser pixels; pooled once more, these maps are all that the linear layer gets.*",
)

# %%
logits = predict(small_cnn, shoe)[0]
for name, logit, probability in zip(names, logits, logits.softmax(0), strict=True):
    print(f"{name:12} logit {logit:6.2f}   probability {100 * probability:5.1f} %")

# %% [markdown]
# Filter 4, whose three columns all sum to something negative, answers where the image is dark, since normalised dark
# pixels are negative too, and so draws the background. Filter 3 is brightest where the shoe becomes lighter towards
# the right, as its columns promise. Of the second layer's maps you can no longer say in a word what each of them
# looks for, and that is usual. From these maps, pooled once more, the linear layer makes its ten logits, and softmax
# keeps their order, makes them positive and their sum one; where the largest leads by eight, hardly anything is left
# for the others.

# %% [markdown]
# ## 9. The test, once
#
# All choices are made. Now, and only now, the test images. The orange squares in the figure are the results of the
# lecture from which both networks come, 88.1 % and 91.2 % (CS396, lecture 6). How do yours compare? (On a laptop's
# budget our CNN has had only two epochs.)

# %%
scores = {
    name: [100 * evaluate(model, test).accuracy for model in networks]
    for name, networks in trained.items()
}
for name, values in scores.items():
    mean = sum(values) / len(values)
    print(
        f"{name}: {', '.join(f'{value:.2f}' for value in values)} %, mean {mean:.2f} %"
    )
figures.comparison_dots(
    {
        name: {"here": scores[name], "CS396, lecture 6": [theirs]}
        for name, theirs in {"MLP": 88.1, "CNN": 91.2}.items()
    },
    axis_label="test accuracy (%)",
    source=test.source,
    title="Test accuracy, several seeds each",
    caption="*Compare the gap between the networks with the spread of the seeds. "
    "Where the gap is much larger, it is not the luck of one run.*",
)

# %% [markdown]
# The gap is nearly two points, many times what separates the seeds, so it is not the luck of one run. How much of it
# the network owes to its recipe these runs do not say; those of section 6, all with one recipe, say more.
#
# And which clothes does the CNN confuse? Count the test images by true class and by answer, and you have the
# **confusion matrix**:

# %%
predictions = predict(trained["CNN"][0], test).argmax(1)
figures.confusion_matrix(
    test.labels,
    predictions,
    names,
    source=test.source,
    title="Test images by true and predicted class (CNN, first seed)",
    caption="*Each row is a true class, each column an answer; what is right lies on "
    "the diagonal. Read the row of the shirts: what are they taken for?*",
)

# %% [markdown]
# ## What happened, and why
#
# Both networks have about equally many parameters, see the same images, and learn by the same five lines, each with
# its own recipe. The CNN scores higher, because it need not learn that what matters in one place matters in another,
# and that such patterns are made of neighbours. The MLP has to find out both from examples, place by place. Where
# they are not true, as in shuffled images, the network that takes them for granted does worse than the one that knows
# nothing. The price is arithmetic, of which the CNN does more than ten times as much for each image.

# %%
widgets.PredictionScore(names=["cnn_sizes"])

# %% [markdown]
# ## Check yourself
#
# 1. A network for 3×32×32 colour images begins with `nn.Linear(?, 500)` after flattening. What stands for the
#    question mark, and how many parameters has that layer?
# 2. The second convolution has 73,856 parameters. Take the number apart.
# 3. Your first batch has a loss of 14. What do you suspect?
# 4. Somebody reports a test accuracy of 0.91224 on 10,000 images. What did they do?
# 5. Why may the order of ReLU and max pooling be swapped without changing a single number?
# 6. A table has 40 columns: age, income, and so on. You lay it out as 5×8 "images" and train a CNN. What does section
#    6 say about it?
#
# <details><summary>Answers</summary>
#
# 1. 3·32·32 = 3072 inputs; 3072·500 + 500 = 1,536,500.
# 2. 3·3 weights for each of 64 input channels, and one bias: 577 for each of 128 output channels.
# 3. Logits far too large at the start: weights drawn too large, or pixels left at 0..255. Ten classes should begin
#    near 2.30.
# 4. They averaged the accuracies of batches of which the last was smaller. (Or 0.91224 is a mean over seeds.)
# 5. ReLU never changes which of two numbers is larger, except by making both zero; so the largest of the rectified
#    numbers is the rectified largest. Pooling first leaves a quarter of the numbers to rectify.
# 6. That it is a shuffled image: columns that happen to stand side by side have nothing more to do with each other
#    than others, and what holds for age need not hold for income. Take an MLP.
# </details>

# %% [markdown]
# <details><summary>For instructors: slips of the lecture this one follows, corrected here</summary>
#
# - It reports test accuracies 0.88139 and 0.91224, averages of batch averages. They are quoted here to one decimal,
#   88.1 % and 91.2 %, as marks to reach.
# - Its text says 64 and 32 filters; its table, and this lecture, have 64 and 128.
# - It plots *test* accuracy after every epoch. Choosing by it would spoil it; here validation images serve.
# </details>
#
# ## Sources
#
# - Xiao, Rasul, Vollgraf (2017), *Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms*.
# - Kingma, Ba (2015), *Adam: a method for stochastic optimization*.
# - LeCun (1989), *Generalization and network design strategies*.
# - He, Zhang, Ren, Sun (2015), *Delving deep into rectifiers*.
# - Smith, Topin (2019), *Super-convergence: very fast training of neural networks using large learning rates*.
# - Zhang (2019), *Making convolutional networks shift-invariant again*.
# - L6 of CS396 *Deep Learning for Computer Vision* and L13 of STAT 479 *Deep Learning* (2019), from which these
#   networks come.
