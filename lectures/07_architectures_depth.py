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
# # 07 · Architectures I: depth
#
# LeNet-5, AlexNet, ZFNet, VGG and NiN: what each changed, where its parameters and its work are, and how deep it goes.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/07_architectures_depth.ipynb) &ensp; about 90 minutes &ensp; before: [06 Normalisation and regularisation](06_normalisation.ipynb) &ensp; next: [08 Architectures II: width, shortcuts](08_architectures_shortcuts.ipynb)
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
# - read a network as a table of stages: shape, parameters, multiply-adds;
# - say what LeNet-5, AlexNet, ZFNet, VGG and NiN each changed, and which number shows it;
# - compute where a network's weights are and where its work is done, and say why these are different places;
# - explain why sigmoids slow down learning in deep networks, and how first weights keep a signal alive;
# - test a new network in a minute, before you train it for a day.
#
# You need lecture 01 (sizes, parameters), 02 (grouped and 1×1 convolutions), 03 (training) and 06 (dropout, local
# response normalisation, batch norm).
#
# The networks are in `utils/models/`, one file each, to be read beside this lecture. Each is tested against its paper
# or the network that its authors released, and against torchvision where torchvision has it. Titles below give the
# year in which a network became known, citations the year in which its paper was published.

# %%
import math
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from utils import figures, models, widgets
from utils.compat import import_torchvision
from utils.data import fashion_mnist, split
from utils.data.transforms import shift
from utils.models.alexnet import response_norm
from utils.settings import budget, budget_name, set_seed
from utils.training import evaluate, fit, one_cycle

# %% [markdown]
# ## 1. A network as a table
#
# One function reads every network: it sends one image through it and notes the shape after each layer, its parameters,
# and its multiply-adds (lecture 03, section 7). Layers without either are left out of the table, except pooling. A
# number after a stroke is the stride: "5×5 /2 pad 1" is a 5×5 kernel with stride 2 and padding 1. The network lives on
# torch's device "meta", where tensors have shapes but no numbers, so even the largest costs no memory.


# %%
def empty(name, image_size, in_channels=3, num_classes=1000):
    """A network with shapes but without numbers."""
    with torch.device("meta"):
        return models.create(name, num_classes, in_channels, image_size)


# %%
SETTINGS = {
    "kernel_size": "{0}×{0}",
    "stride": "/{0}",
    "padding": "pad {0}",
    "groups": "groups {0}",
}


def in_words(layer):
    """Such as "Conv2d 5×5 pad 2"; a stride of 1 and a single group are not named."""
    words = [type(layer).__name__]
    for setting, form in SETTINGS.items():
        value = getattr(layer, setting, 0)
        value = value[0] if isinstance(value, tuple) else value
        if value > 1 or (value == 1 and setting in ("kernel_size", "padding")):
            words.append(form.format(value))
    return " ".join(words)


def show_table(name, image_size, in_channels=3, num_classes=1000):
    """Print every convolution, pooling and linear layer of a network, and the sums."""
    model = empty(name, image_size, in_channels, num_classes)
    costs = models.layer_costs(model, in_channels, image_size)
    print(f"{'layer':34} {'output':>12} {'parameters':>12} {'multiply-adds':>14}")
    for cost in costs:
        words = in_words(cost.layer)
        if cost.parameters or "Pool" in words:
            shape = "×".join(map(str, cost.output_shape))
            numbers = f"{cost.parameters:12,} {cost.multiply_adds:14,}"
            print(f"{words:34} {shape:>12} {numbers}")
    print(
        f"{'in all':47} {sum(c.parameters for c in costs):12,}"
        f" {sum(c.multiply_adds for c in costs):14,}"
    )


# %% [markdown]
# ## 2. LeNet-5, 1998: the pattern
#
# LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998) read the amounts on bank cheques. Convolution, pooling,
# convolution, pooling, then linear layers: the pattern of most networks in this lecture is already there. As it is
# taught today, its activation is the **sigmoid**, $\sigma(x) = 1/(1+e^{-x})$, which squeezes every number into 0..1.
# Its pooling takes averages.
#
# > **Predict first.** Input 1×28×28, padded to 32×32. Follow the size through: 5×5 convolution, 2×2 pooling, 5×5
# > convolution, 2×2 pooling. The first convolution has 6 channels. How many parameters?

# %%
widgets.PredictFirst("lenet", title="Follow LeNet-5")

# %% tags=["nbval-check-output"]
show_table("lenet", image_size=28, in_channels=1, num_classes=10)

# %% [markdown]
# The first convolution: (5·5·1 + 1)·6 = 156. The sizes: 28, 14, 10, 5.
#
# That is LeNet as it is taught today. The paper's own differs in four places:
#
# - the activation is $1.7159 \tanh(2x/3)$ instead of a sigmoid;
# - each pooled map is multiplied by a learnt factor, and a learnt bias is added;
# - the second convolution does not read all of the 6 maps before it. Each of its 16 maps reads three to six of them.
#   The authors give two reasons: fewer connections, and maps that read different inputs are forced to learn different
#   things;
# - the last layer has no weights to learn. It compares what it gets with a fixed drawing of each character.
#
# `utils/models/lenet.py` has both forms. Its `lenet_1998` follows the paper but for the last layer, which is a linear
# one.

# %% tags=["nbval-check-output"]
for name in ("lenet", "lenet_1998"):
    count = models.count_parameters(empty(name, 28, in_channels=1, num_classes=10))
    print(f"{name:12} {count:,}")

# %% [markdown]
# **What is wrong with sigmoids?** The slope of a sigmoid is at most 1/4, at zero, and nearly 0 where the sigmoid is
# close to 0 or 1. The chain rule multiplies one such slope for every layer on the way back to the first weights. We
# build LeNet twice more: with ReLU, and with ReLU and max pooling. First only the gradients of new networks, on one
# batch:


# %%
def modernise(model, pooling=None):
    """The same network with ReLUs, and with other pooling where asked for."""
    for part in (model.features, model.classifier):
        for i, layer in enumerate(part):
            if isinstance(layer, nn.Sigmoid):
                part[i] = nn.ReLU()
            elif pooling and isinstance(layer, nn.AvgPool2d):
                part[i] = pooling(2)
    return model


lenets = {
    "sigmoid, average pooling": lambda: models.create("lenet"),
    "ReLU, average pooling": lambda: modernise(models.create("lenet")),
    "ReLU, max pooling": lambda: modernise(models.create("lenet"), nn.MaxPool2d),
}

train_all, test = fashion_mnist()
print(train_all.source)
count = budget(quick=600, laptop=len(train_all), full=len(train_all))
train, validation = split(train_all.subset(torch.arange(count)), count // 12)
x = (train.images[:64] / 255 - train.mean[0]) / train.std[0]
for name, make in lenets.items():
    set_seed(0)
    model = make()
    F.cross_entropy(model(x), train.labels[:64]).backward()
    first, last = model.features[0].weight.grad, model.classifier[-1].weight.grad
    print(
        f"{name:26} gradient of the first layer {first.norm():.4f}, "
        f"of the last {last.norm():.4f}"
    )

# %% [markdown]
# Compare the first layers: with sigmoids the gradient is about 35 times smaller than with ReLU. With plain gradient
# descent that layer would hardly move while the last one learns. Adam rescales: it divides each step by the size of
# the gradient (lecture 03). Yet a gap remains. Train all three alike:

# %%
histories = {}
for name, make in lenets.items():
    histories[name] = []
    for seed in budget(quick=[0], laptop=[0, 1, 2], full=[0, 1, 2, 3, 4]):
        set_seed(seed)
        run = fit(
            make(),
            train,
            validation,
            epochs=budget(quick=1, laptop=2, full=10),
            seed=seed,
            progress=False,
        )
        histories[name].append(run)
    last = [100 * run.validation_accuracy[-1] for run in histories[name]]
    print(
        f"{name:26} validation accuracy {sum(last) / len(last):.1f} % "
        f"after {run.epochs} epochs, mean of {len(last)} seeds"
    )
figures.training_curves(
    histories,
    title="LeNet-5: two changes to a network of 1998",
    caption="*Compare where the three solid lines end. The layers and their number "
    "of parameters are the same in all three.*",
)

# %% [markdown]
# Two small changes, no weight more, and the network is about nine points better after the same two epochs.
#
# ## 3. AlexNet, 2012: large
#
# Fourteen years later the same pattern won the ImageNet competition: 1.2 million photographs in 1000 classes. Answers
# are judged by the **top-5 error**: in how many percent of the images is the right class not among the five best
# guesses? The winner, an average of several networks, had 15.3 %, the second 26.2 %.
#
# AlexNet (Krizhevsky, Sutskever and Hinton, 2012) has nearly 1000 times as many parameters as LeNet, and it brought
# together what makes a large network learn: **ReLU** instead of sigmoid; **dropout** and **augmentation** against
# overfitting; and training on two GPUs.

# %% tags=["nbval-check-output"]
show_table("alexnet_two_gpus", image_size=224)

# %% [markdown]
# > **Look at the two columns on the right.** Where are the parameters? Where is the work?

# %% tags=["nbval-check-output"]
costs = models.layer_costs(empty("alexnet_two_gpus", 224), 3, 224)
for what in ("parameters", "multiply_adds"):
    linear, everything = (
        sum(getattr(c, what) for c in costs if isinstance(c.layer, kinds))
        for kinds in (nn.Linear, nn.Module)
    )
    print(f"{what}: {linear / everything:.0%} in the linear layers")
maps = sum(math.prod(c.output_shape) for c in costs if isinstance(c.layer, nn.Conv2d))
print(f"numbers in the convolutions' maps: {maps:,} for one image,")
print(f"{128 * maps:,} for a batch of 128")

# %% [markdown]
# Remember it as a rule: **linear layers hold the weights, convolutions do the work.** A convolution uses each weight
# at every place, a linear layer uses each weight once. (Memory is another matter. Training keeps the maps of every
# layer for the way back, and for AlexNet's batches of 128 images these are more numbers than all weights.) The largest
# saving of weights is to leave the linear layers out: section 6.
#
# Its max pooling is 3×3 with stride 2, so neighbouring windows share cells. The paper found that this makes
# overfitting a little harder.
#
# **Two GPUs.** The authors' GPUs had 3 GB of memory, and the network did not fit into one. So they cut it in two
# halves, one for each GPU. Of the convolutions after the first only the third reads the maps of both halves; so do
# the linear layers. A layer cut like that is a grouped convolution with two groups (lecture 02):

# %% tags=["nbval-check-output"]
for groups in (1, 2):
    layer = nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=groups)
    print(
        f"groups={groups}: weight {tuple(layer.weight.shape)}, "
        f"{models.count_parameters(layer):,} parameters"
    )
for name in ("alexnet", "alexnet_two_gpus"):
    print(f"{name:17} {models.count_parameters(empty(name, 224)):,} parameters")

# %% [markdown]
# The paper says about 60 million. `alexnet` is the one that torchvision has: a later form for one GPU (Krizhevsky,
# 2014), with narrower convolutions and no groups.
#
# **Local response normalisation** (lecture 06) divides each number by a power of what five channels say at the same
# place: the channel itself and two on either side. By hand for one pixel with seven channels, with the paper's
# constants $k=2$, $\alpha=10^{-4}$, $\beta=0.75$ (torch's `alpha` is five times the paper's α, as lecture 06 shows):

# %% tags=["nbval-check-output"]
quiet = torch.tensor([0.0, 10, 0, 0, 0, 10, 0])  # one pixel, seven channels
loud = torch.tensor([0.0, 10, 0, 100, 0, 10, 0])


def response_norm_by_hand(pixel):
    """(C,) -> (C,): each channel divided by what it and two on either side say"""
    squares = F.pad(pixel**2, (2, 2)).unfold(0, size=5, step=1).sum(dim=1)
    return pixel / (2 + 1e-4 * squares) ** 0.75


for pixel in (quiet, loud):
    normalised = response_norm_by_hand(pixel)
    print([round(value, 2) for value in normalised.tolist()])
    expected = response_norm()(pixel.view(1, 7, 1, 1)).flatten()
    assert torch.allclose(normalised, expected)

# %% [markdown]
# A strong response damps its neighbours: beside the 100, the two tens shrink from 5.92 to 4.38. It damps itself too:
# the 100 would have become $100 / 2^{0.75} = 59.5$ without its own square, and becomes 43.65. The idea did not last.
# VGG, below, measured that it brings nothing.
#
# ## 4. ZFNet, 2013: look, then change
#
# Zeiler and Fergus (2014) made pictures of what each of AlexNet's layers responds to. They saw two faults in the
# first. Its 11×11 kernels had learnt coarse and fine patterns but few in between, and its stride of 4 skipped so much
# that the second layer saw artefacts. So they took 7×7 kernels and stride 2, and stride 2 in the second convolution as
# well. In the larger variant of their network the last three convolutions have 512, 1024 and 512 channels, where
# AlexNet has 384, 384 and 256. Nothing is cut in groups.

# %% tags=["nbval-check-output"]
show_table("zfnet", image_size=224)

# %% [markdown]
# > **Compare with AlexNet's table.** The first layer's parameters fell to less than half. What happened to its
# > multiply-adds, and to those of the whole network?

# %% tags=["nbval-check-output"]
for name in ("alexnet_two_gpus", "zfnet"):
    costs = models.layer_costs(empty(name, 224), 3, 224)
    work = [c.multiply_adds / 1e6 for c in costs if c.multiply_adds]
    print(
        f"{name:17} first layer {work[0]:5.0f}, layers 3 to 5 {sum(work[2:5]):7,.0f}, "
        f"whole network {sum(work):7,.0f} million multiply-adds"
    )

# %% [markdown]
# The first layer has 1.6 times the work: smaller steps mean more places, and every place costs. The whole network has
# 3.4 times the work, and most of that comes from layers 3 to 5, with more channels and without groups: they account
# for 83 % of what was added.
#
# Which change helped? Top-5 error on ImageNet's validation images, single networks: AlexNet 18.2 %; with the new first
# layers and no groups 16.5 %; with the wider layers too 16.0 % (Zeiler and Fergus, 2014, Table 2).
#
# ## 5. VGG, 2014: one block, repeated
#
# Simonyan and Zisserman (2015) removed all choices but one. Every convolution is 3×3 with padding 1 (one variant, C,
# adds some of 1×1), every pooling is 2×2 with stride 2, and channels double after each pooling up to 512. What is
# left to choose is **depth**. Table 1 of the paper has six columns, here as rows:

# %% tags=["nbval-check-output"]
configurations = {
    "A": "vgg11",
    "A-LRN": "vgg11_lrn",
    "B": "vgg13",
    "C": "vgg16_c",
    "D": "vgg16",
    "E": "vgg19",
}
for column, name in configurations.items():
    model = empty(name, 224)
    kernels = [
        " ".join(
            str(m.kernel_size[0]) for m in part.modules() if isinstance(m, nn.Conv2d)
        )
        for part in list(model.features)[:5]
    ]
    work = models.count_multiply_adds(model, 3, 224)
    print(
        f"{column:5} {' | '.join(f'{k:7}' for k in kernels)} "
        f"{models.count_parameters(model):>11,} parameters, {work / 1e9:5.2f} billion"
    )

# %% [markdown]
# Each row lists the kernel sizes of five stages with 64, 128, 256, 512 and 512 channels; a max pooling ends each
# stage. The last column counts multiply-adds. D is **VGG-16**: 13 convolutions and 3 linear layers have weights,
# 16 in all. A-LRN has a local response normalisation after its first convolution. That has no weights, so its row
# looks like A's.
#
# **Why only 3×3?** Lecture 01, section 8: three 3×3 layers see as far as one 7×7, with 27·C² weights instead of
# 49·C², and with three ReLUs instead of one.
#
# The paper's own results (its Table 3) are top-5 errors on ImageNet's validation images. Trained on images whose
# shorter side is 256 pixels: A 10.4 %, A-LRN 10.5 %, B 9.9 %, C 9.4 %, D 8.8 %, E 9.0 %. With 384 pixels D and E have
# the same error, 8.7 %, and with varied sizes E is ahead by a tenth, 8.0 % against 8.1 %. So depth helped, and after
# D its gain is used up. Response normalisation did not help. C, whose extra layers are 1×1, was worse than D, whose
# extra layers are 3×3: seeing the neighbours matters.
#
# **How to start a deep network.** Bad first weights can stall the training of a deep network, the authors write. So
# they trained A from random weights, and gave its first four convolutions and its linear layers to the deeper ones as
# first weights. (Later they found that the rule of Glorot and Bengio, 2010, makes this unnecessary.) What bad first
# weights do can be measured: send images through an untrained VGG-19 and look at the spread of the numbers after each
# convolution.
#
# > **Predict first.** Draw all weights with standard deviation 0.01, as AlexNet's were. With ReLU a signal keeps its
# > size if the standard deviation is $\sqrt{2/n}$, where $n$ is the number of inputs of a unit (He et al., 2015;
# > lecture 03, section 8). What is that for a 3×3 convolution with 64 channels, and with 512? Which part of a signal
# > does 0.01 pass on?

# %% tags=["nbval-check-output"]
for channels in (64, 512):
    keeps = (2 / (9 * channels)) ** 0.5
    print(f"√(2 / (9·{channels})) = {keeps:.4f}: 0.01 passes on {0.01 / keeps:.2f}")


# %% [markdown]
# A sixth with 64 channels, about half with 512. After sixteen layers?


# %%
def fixed(layer):
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)


def he(layer):
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


def spreads(model, x):
    """The standard deviation of the numbers after each convolution."""
    found = []
    for layer in model.features.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda _, __, y: found.append(y.std().item()))
    with torch.no_grad():
        model.features(x)
    return found


# %%
large = F.interpolate(x[:4], size=128)  # VGG wants large images: here, large pixels
set_seed(0)
signal = {}
for label, (name, initialise) in {
    "standard deviation 0.01": ("vgg19", fixed),
    "He et al. 2015": ("vgg19", he),
    "0.01 with batch norm": ("vgg19_bn", fixed),
}.items():
    model = models.create(name, image_size=128).apply(initialise)
    signal[label] = spreads(model, large)
    print(f"{label:25} last convolution {signal[label][-1]:.1e}")
figures.lines(
    list(range(1, 17)),
    signal,
    x_label="convolution",
    y_label="standard deviation of its output",
    log_y=True,
    source=train.source,
    title="A signal on its way through an untrained VGG-19",
    caption="*With standard deviation 0.01 every layer passes on a fraction of what "
    "it gets: first a sixth, later half. After sixteen of them nothing is left "
    "to learn from. He's rule holds the signal.*",
)

# %% [markdown]
# Batch normalisation (lecture 06), which came a year after VGG, brings the numbers back to the same size after each
# convolution, whatever the first weights were. (The green line shows them *before* each batch norm: what one layer
# with weights of 0.01 makes of numbers of size 1.) The networks whose name ends in `_bn` have it.
#
# ## 6. NiN, 2013: a network in every pixel
#
# Lin, Chen and Yan (2014) asked why only one linear function should look through each window. In **network in
# network** each convolution is followed by two 1×1 convolutions with ReLU. A 1×1 convolution is a linear layer at
# every pixel (lecture 02), so this is a small MLP that looks through each window.
#
# Their second idea lasted even longer: **global average pooling**. The last convolution has one map for each class;
# the mean of a map is that class's logit. No linear layer, nothing to learn there. The mean is no layer of its own in
# our code, so the table ends one line before it, at 1000×6×6.
#
# > **Predict first.** AlexNet's linear layers alone have 58,631,144 parameters. How many has all of NiN?

# %% tags=["nbval-check-output"]
show_table("nin", image_size=224)

# %% [markdown]
# 7.6 million: an eighth of AlexNet's parameters, for 1.5 times its work.
#
# Here it stands beside three of the networks before it. To the left of each layer are its parameters, to the right its
# work, and between them what it returns.
#
# **Find out.** Which single layer of VGG-16 has about three quarters of its parameters, and which share of the work does
# it do? How often is one of its weights used, and how often one of the first convolution? Then let the longest bar be
# the largest layer of all. What is left to see of LeNet?

# %% tags=["thumbnail"]
widgets.NetworksSideBySide()

# %% [markdown]
# The paper has no network for ImageNet. This is the one that its authors released for the program Caffe, where pooling
# rounds sizes up; only the ReLU after the last convolution is left out (`utils/models/nin.py` says why). Its author
# reports a **top-1** accuracy of 59.4 % on ImageNet's validation images: that often the best guess is right.
# torchvision's AlexNet has 56.5 % (section 9).
#
# A mean can be taken of maps of any size, so the network takes images of other sizes as well. And a mean does not care
# where something is, so NiN should bear shifts better than a network that flattens (lecture 03, section 6). Section 8
# tests it.
#
# ## 7. Before you train for a day: 32 images by heart
#
# A network with a mistake in it often trains without complaint, only badly. So here is a test that takes seconds:
# show the network the same 32 images again and again. **A sound network soon learns 32 images by heart.** The test is
# passed when the loss is below 0.1. If it stays above, look for the mistake before you look for more data: first
# weights that are too small, a wrong learning rate, a softmax too many (lecture 03), an optimizer that holds the
# parameters of another network. One mistake the test cannot find: wrong labels. They are learnt by heart as well.
# Against them, look at images with their labels. Dropout is switched off for the test, since it is made to hinder
# just that.
#
# To make all networks of this lecture affordable on two cores, the images are shrunk to 16×16 pixels.


# %%
def shrink(dataset):
    """28×28 -> 16×16: two pixels of padding, then the mean of each 2×2 square."""
    images = F.avg_pool2d(F.pad(dataset.images.float(), (2, 2, 2, 2)), 2)
    return replace(dataset, images=images.round().byte())


def without_dropout(model):
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    return model


small_train, small_validation = shrink(train), shrink(validation)
x_heart = (small_train.images[:32] / 255 - train.mean[0]) / train.std[0]
y_heart = small_train.labels[:32]


def logit_spread(model):
    """How far apart the 32 images' logits are: their standard deviation, mean of 10."""
    with torch.no_grad():
        return model(x_heart).std(dim=0).mean().item()


def losses_by_heart(model, steps):
    """The loss on the 32 images, before each of so many steps of Adam."""
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4, fused=True)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x_heart), y_heart)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% [markdown]
# Before the first step we also look at the logits. If they are the same for all 32 images, the network cannot tell
# the images apart, and its gradient cannot either. So the **spread** is printed: the standard deviation over the 32
# images, mean of the ten logits.
#
# > **Predict first.** Four times VGG-19: from weights of 0.01 or from He's rule, without and with batch norm. Which
# > will learn the 32 images at all, and which fastest?

# %%
steps = budget(quick=3, laptop=50, full=100)
candidates = {
    "VGG-19, 0.01": ("vgg19", fixed),
    "VGG-19, He": ("vgg19", he),
    "VGG-19, 0.01, batch norm": ("vgg19_bn", fixed),
    "VGG-19, He, batch norm": ("vgg19_bn", he),
    "NiN": ("nin", lambda layer: None),
}
share = y_heart.bincount(minlength=10) / 32  # of each class
print(f"loss of guessing: {math.log(10):.2f}")
print(f"of knowing how often each class occurs: {torch.special.entr(share).sum():.2f}")
by_heart = {}
for label, (name, initialise) in candidates.items():
    set_seed(0)
    model = without_dropout(models.create(name, image_size=16).apply(initialise))
    apart = logit_spread(model)
    by_heart[label] = losses_by_heart(model, steps)
    passed = next((i for i, loss in enumerate(by_heart[label]) if loss < 0.1), "never")
    print(
        f"{label:25} spread {apart:.0e}, loss {by_heart[label][0]:.2f} → "
        f"{by_heart[label][-1]:.2f}, below 0.1 after steps: {passed}"
    )

# %%
figures.lines(
    list(range(0, steps, 5)),
    {label: losses[::5] for label, losses in by_heart.items()},
    x_label="steps",
    y_label="loss on the 32 images",
    source=train.source,
    title="Five networks learn 32 images by heart",
    caption="*2.30 is guessing; 2.05 is knowing only how often each class occurs. Which "
    "network hardly gets below that?*",
)

# %% [markdown]
# (3e-14 is how Python writes 3·10⁻¹⁴.) The spread before training explains most of it:
#
# - **Weights of 0.01.** The images cannot be told apart. In 50 steps the network learns little more than how often
#   each class occurs.
# - **He's rule.** In section 5 it held the signal, and here the spread is small? There the images were large. Here,
#   after three poolings, maps of 2×2 are left, after four of a single pixel: in the last eight convolutions a kernel
#   with room for nine cells sees four of them, or one. The rest is padding. The network learns, but slowly.
# - **0.01 with batch norm.** Batch norm repairs the convolutions, but it ends where the linear layers begin. These
#   have weights of 0.01 as well, where He's rule says √(2/512) = 0.06, and shrink the signal again: the same spread,
#   and again slow learning.
# - **He's rule with batch norm** has the largest spread and passes after a few steps. **NiN** passes as well, without
#   any batch norm: it starts from He's rule, ends with maps of 4×4, and has no linear layers.
#
# ## 8. All of them, on the same images
#
# Now train the networks of this lecture alike: the same 1600 small images, the same recipe (Adam, without dropout),
# two hundred steps, one seed. This is a short race on a track that none of them was built for. It shows what a
# network learns *quickly*, not what it can reach: on ImageNet these networks were trained for days and weeks.
#
# > **Predict first.** Which will be ahead: the oldest, the one with the most work, the one with the most parameters,
# > or the one without linear layers?

# %%
race = small_train.subset(torch.arange(budget(quick=160, laptop=1600, full=55_000)))
check = small_validation.subset(torch.arange(min(len(small_validation), 1000)))
runners = ["lenet", "lenet_1998", "alexnet", "alexnet_two_gpus", "zfnet"]
runners += ["vgg11", "vgg13", "vgg16", "vgg16_bn", "nin"]
if budget_name() == "quick":
    runners = ["lenet", "alexnet", "vgg11", "nin"]
trained, scores, work, size = {}, {}, {}, {}
print(f"{'':17} {'multiply-adds':>13} {'parameters':>11} logit spread   accuracy")
for name in runners:
    set_seed(0)
    model = trained[name] = without_dropout(models.create(name, image_size=16))
    apart = logit_spread(model)
    run = fit(
        model,
        race,
        check,
        epochs=budget(quick=1, laptop=2, full=10),
        batch_size=16,
        learning_rate=5e-4,
        schedule=one_cycle,
        progress=False,
    )
    scores[name] = 100 * run.validation_accuracy[-1]
    work[name] = models.count_multiply_adds(model, 1, 16) / 1e6
    size[name] = models.count_parameters(model)
    print(
        f"{name:17} {work[name]:11.1f} M {size[name]:11,} {apart:12.0e} {scores[name]:8.1f} %"
    )

# %%
figures.scatter(
    {name: (work[name], scores[name]) for name in scores},
    areas=size,
    area_label="parameters",
    x_label="million multiply-adds per image",
    y_label="validation accuracy (%)",
    log_x=True,
    source=race.source,
    title="A short race on small images",
    caption="*Work buys nothing here: NiN is in front with a quarter of ZFNet's work. "
    "Find the two AlexNets: the same work, more than 50 points apart.*",
)

# %% [markdown]
# Compare the last two columns. NiN, VGG-16 with batch norm and AlexNet start with the largest spreads of logits and
# end far in front. The five networks whose spread is a hundred-thousandth or less stay behind: none of them gets half
# of the images right.
#
# The spread is not everything. The two LeNets start alike; the one of 1998 learns, and the one with sigmoids is still
# where it began. Its signal arrives, but its gradient fades on the way back (section 2). ZFNet and the two-GPU AlexNet
# both start from weights of 0.01, and only one of them gets going. And every network ran with one seed: that VGG-13 is
# before VGG-11 may be luck. The gap between VGG-16 with and without batch norm hardly is.
#
# And NiN is in front with a sixteenth of VGG-16's parameters. **In a short race it helps most that the signal
# arrives**, from the first layer to the last and back. Large and deep pays later, if it starts at all.
#
# **Moved images.** Section 6 said that NiN should bear shifts better than a network that flattens. Move the validation
# images to the right, as in lecture 03. One pixel of these small images is two of the originals.

# %%
for name in ("alexnet", "nin"):
    after_shift = []
    for pixels in (0, 1, 2, 3):
        images = shift(check.images, rows=0, columns=pixels)
        metrics = evaluate(trained[name], replace(check, images=images))
        after_shift.append(f"{metrics.accuracy:.1%}")
    print(f"{name:8} moved by 0, 1, 2, 3 pixels: {', '.join(after_shift)}")

# %% [markdown]
# Moved by two pixels, NiN loses 6 points and AlexNet 34. (Compare each with itself, not with the other: they did not
# begin equal.)
#
# ## 9. On ImageNet
#
# And with the training they were made for? torchvision publishes, with its trained weights, how often they are right
# on ImageNet's validation images. The multiply-adds are counted by our function from our networks. (AlexNet is
# torchvision's, for one GPU. For LeNet, ZFNet and NiN torchvision has no weights; NiN's number stands in section 6.)

# %%
torchvision = import_torchvision()
work, accuracy = {}, {}
for name in [
    "alexnet",
    *(f"vgg{depth}{bn}" for bn in ("", "_bn") for depth in (11, 13, 16, 19)),
]:
    meta = torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta
    accuracy[name] = meta["_metrics"]["ImageNet-1K"]["acc@1"]
    work[name] = models.count_multiply_adds(empty(name, 224), 3, 224) / 1e9
    print(f"{name:9} {work[name]:5.2f} billion, top-1 {accuracy[name]:.1f} %")
figures.lines(
    [work[f"vgg{depth}"] for depth in (11, 13, 16, 19)],
    {
        label: [accuracy[f"vgg{depth}{bn}"] for depth in (11, 13, 16, 19)]
        for label, bn in (("without batch norm", ""), ("with batch norm", "_bn"))
    },
    x_label="billion multiply-adds (VGG-11, 13, 16, 19)",
    y_label="ImageNet top-1 accuracy (%)",
    source="accuracies from torchvision's weight metadata, multiply-adds counted",
    title="VGG on ImageNet, with and without batch norm",
    caption="*What costs more, a point gained by depth or one gained by batch norm? "
    "AlexNet, with 0.71 billion multiply-adds and 56.5 %, lies far outside.*",
)

# %% [markdown]
# VGG-11 has eleven times the work of AlexNet and is 12.5 points better. From VGG-11 to VGG-19, another 12 billion
# multiply-adds bring 3.4 points. Batch norm brings 1.4 to 1.8 points for hardly any work.
#
# ## What happened, and why
#
# Sixteen years of networks, and one pattern: convolutions with ever more channels on ever smaller maps. AlexNet made
# it large, ZFNet looked inside, VGG made it deep and regular, NiN put a network into every pixel and threw the linear
# layers away. Each step is visible in the tables. Two limits became visible as well: linear layers hold most of the
# parameters, and depth alone does not train. Lecture 08 is about what came next: blocks that save work, and shortcuts
# that let a signal pass through a hundred layers.

# %%
widgets.PredictionScore(names=["lenet"])

# %% [markdown]
# ## Check yourself
#
# 1. VGG-16's first linear layer maps 512·7·7 numbers to 4096. How many parameters is that, and what share of the
#    whole network?
# 2. You replace VGG-16's three linear layers by global average pooling and one linear layer from 512 to 1000. How many
#    parameters has that?
# 3. A layer of 256 maps is cut in two groups. What happens to its weights, to its multiply-adds, and to what its units
#    can see?
# 4. Why do 1×1 convolutions not make the receptive field larger, and why did VGG-C still gain from them over VGG-B?
# 5. Your network cannot learn 32 images by heart: the loss is 2.303 at every step, to the last digit. What do you
#    suspect?
#
# <details><summary>Answers</summary>
#
# 1. 25,088·4096 + 4096 = 102,764,544, which is 74 % of 138,357,544.
# 2. 512·1000 + 1000 = 513,000.
# 3. Both halve. A unit sees the maps of its own half only.
# 4. They read one pixel, so nothing is added to the window. They do add a ReLU and mix the channels: another nonlinear
#    function of the same window.
# 5. ln 10 = 2.303: all ten logits are equal, for every image. And they stay so: not even the biases of the last layer
#    move. Either the optimizer does not have them, or the learning rate is 0, or no gradient comes back (a ReLU after
#    the last layer, say, whose outputs are all 0). First weights that are too small look different: the biases learn
#    how often each class occurs, and the loss sinks to about what that knowledge is worth (2.05 in section 7).
# </details>

# %% [markdown]
# <details><summary>For instructors: slips of the source lectures that are corrected here</summary>
#
# - The chapter on CNNs says that global average pooling sums over all locations. It takes the mean.
# - The course of 2020 says that a stack of 3×3 filters sees as far as 7×7, without saying how many: it takes three
#   (lecture 01).
# - It gives AlexNet a top-5 error of 17 %. That is the paper's result on the ImageNet images of 2010 (17.0 %). On
#   those of 2012 a single network had 18.2 % on validation images, and the entry that won, an average of several
#   networks, 15.3 % on test images.
# - It changes only ZFNet's first layer to 7×7 with stride 2. The second convolution has stride 2 as well.
# - The chapter teaches LeNet with three linear layers and full connections, and calls it LeNet-5. The paper's network
#   is `lenet_1998` in `utils/models/lenet.py`; the differences stand in section 2.
# - Not a slip of theirs, but often copied wrongly: VGG's paper draws its random weights with a *variance* of 10⁻²,
#   which is a standard deviation of 0.1. Section 5 therefore speaks of AlexNet's 0.01. (From 0.1 the signal of a deep
#   VGG explodes: each layer with 512 channels makes it 4.8 times larger.)
# </details>
#
# ## Sources
#
# - LeCun, Bottou, Bengio, Haffner (1998), *Gradient-based learning applied to document recognition*.
# - Krizhevsky, Sutskever, Hinton (2012), *ImageNet classification with deep convolutional neural networks*.
# - Krizhevsky (2014), *One weird trick for parallelizing convolutional neural networks*.
# - Zeiler, Fergus (2014), *Visualizing and understanding convolutional networks*.
# - Lin, Chen, Yan (2014), *Network in network*; its network for ImageNet and its 59.4 %: Lin, *Network in network
#   ImageNet model*, Caffe model zoo.
# - Simonyan, Zisserman (2015), *Very deep convolutional networks for large-scale image recognition*.
# - Glorot, Bengio (2010), *Understanding the difficulty of training deep feedforward neural networks*.
# - He, Zhang, Ren, Sun (2015), *Delving deep into rectifiers*.
# - Ioffe, Szegedy (2015), *Batch normalization: accelerating deep network training by reducing internal covariate
#   shift*.
# - The course *Deep Learning* (Fall 2020) and a chapter on CNNs that follows *Dive into Deep Learning*, whose
#   selection of networks this is.
