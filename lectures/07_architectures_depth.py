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
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/07_architectures_depth.ipynb) &ensp; about 90 minutes &ensp; before: [05 CIFAR-10: cat or dog](05_cat_or_dog.ipynb)

# %% tags=["header"] jupyter={"source_hidden": true}
# On Colab: fetch the course and install what is missing. Anywhere else: nothing.
import importlib.util

if importlib.util.find_spec("google") and importlib.util.find_spec("google.colab"):
    import pathlib
    import subprocess
    import sys

    course = pathlib.Path("cnn-course").resolve()
    if not course.exists():
        clone = "git clone --quiet --depth=1 --branch=v0.1.0 https://github.com/YOUR_ACCOUNT/cnn-course"
        git = subprocess.run([*clone.split(), course], capture_output=True, text=True)
        if git.returncode:
            raise RuntimeError(f"The course could not be fetched: {git.stderr}")
    sys.path.insert(0, str(course))
    from utils.colab import install_missing

    install_missing()

# %% [markdown]
# ## What you will be able to do
#
# - read a network as a table of stages: shape, parameters, multiply-adds;
# - say what LeNet-5, AlexNet, ZFNet, VGG and NiN each changed, and which number shows it;
# - compute where a network's memory goes and where its time goes, and why these are different places;
# - explain why sigmoids stop learning in deep networks, and how first weights keep a signal alive;
# - test a new network in a minute, before you train it for a day.
#
# You need lecture 01 (sizes, parameters), 02 (grouped and 1×1 convolutions), 03 (training) and 06 (dropout, local
# response normalisation, batch norm).
#
# The networks come from papers of 1998 to 2014. They are in `utils/models/`, one file each, to be read beside this
# lecture. Each is tested against its paper, and against torchvision where torchvision has it.

# %%
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from utils import figures, models
from utils.compat import import_torchvision
from utils.data import fashion_mnist, split
from utils.models.alexnet import response_norm
from utils.settings import budget, budget_name, set_seed
from utils.training import fit, one_cycle

# %% [markdown]
# ## 1. A network as a table
#
# One function reads all the others: it sends one image through a network and notes the shape after each layer, its
# parameters, and its multiply-adds (lecture 03, section 7). Layers without either are left out of the table, except
# pooling. The network lives on torch's device "meta", where tensors have shapes but no numbers, so even the largest
# costs no memory.


# %%
def empty(name, image_size, in_channels=3, num_classes=1000):
    """A network with shapes but without numbers."""
    with torch.device("meta"):
        return models.create(name, num_classes, in_channels, image_size)


def show_table(name, image_size, in_channels=3, num_classes=1000):
    """Print every convolution, pooling and linear layer of a network, and the sums."""
    model = empty(name, image_size, in_channels, num_classes)
    costs = models.layer_costs(model, in_channels, image_size)
    print(f"{'layer':34} {'output':>12} {'parameters':>12} {'multiply-adds':>14}")
    for cost in costs:
        kind = type(cost.layer).__name__
        if cost.parameters or "Pool" in kind:
            if hasattr(cost.layer, "kernel_size"):
                kind += f" {cost.layer.kernel_size}".replace(", ", "×")
            shape = "×".join(map(str, cost.output_shape))
            numbers = f"{cost.parameters:12,} {cost.multiply_adds:14,}"
            print(f"{kind:34} {shape:>12} {numbers}")
    print(
        f"{'in all':47} {sum(c.parameters for c in costs):12,}"
        f" {sum(c.multiply_adds for c in costs):14,}"
    )


# %% [markdown]
# ## 2. LeNet-5, 1998: the pattern
#
# LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998) read the amounts on bank cheques. Convolution, pooling,
# convolution, pooling, then linear layers: the pattern of most networks in this lecture is already there. Its
# activation is the **sigmoid**, $\sigma(x) = 1/(1+e^{-x})$, which squeezes every number into 0..1, and its pooling
# takes averages.
#
# > **Predict first.** Input 1×28×28, padded to 32×32. Follow the size through: 5×5 convolution, 2×2 pooling, 5×5
# > convolution, 2×2 pooling. The first convolution has 6 channels. How many parameters?

# %%
# NBVAL_CHECK_OUTPUT
show_table("lenet", image_size=28, in_channels=1, num_classes=10)

# %% [markdown]
# That is LeNet as it is taught today. The paper's own has a few differences: its pooling has two weights per map, and
# the second convolution does not connect every map with every map, but each of its 16 maps with three to six of the
# 6 before it. Two reasons are given: fewer connections, and maps that see different things cannot learn the
# same. `utils/models/lenet.py` has both.

# %%
# NBVAL_CHECK_OUTPUT
for name in ("lenet", "lenet_1998"):
    count = models.count_parameters(empty(name, 28, in_channels=1, num_classes=10))
    print(f"{name:12} {count:,}")

# %% [markdown]
# **What is wrong with sigmoids?** The slope of a sigmoid is at most 1/4, at zero, and nearly 0 where the sigmoid is
# close to 0 or 1. The chain rule multiplies one such slope for every layer on the way back to the first weights. We
# build LeNet twice more: with ReLU, and with ReLU and max pooling. First only the gradients of new networks, on one
# batch:


# %%
def modernise(model, activation=nn.ReLU, pooling=None):
    """The same network with other activations, and other pooling where asked for."""
    for part in (model.features, model.classifier):
        for i, layer in enumerate(part):
            if isinstance(layer, nn.Sigmoid):
                part[i] = activation()
            elif pooling and isinstance(layer, nn.AvgPool2d):
                part[i] = pooling(2)
    return model


lenets = {
    "sigmoid, average pooling": lambda: models.create("lenet"),
    "ReLU, average pooling": lambda: modernise(models.create("lenet")),
    "ReLU, max pooling": lambda: modernise(
        models.create("lenet"), pooling=nn.MaxPool2d
    ),
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
# With sigmoids the first layer's gradient is far smaller than the last layer's: the first layer hardly moves while
# the last one learns. Now train all three alike:

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
    print(f"{name}: {run}")
figures.training_curves(
    histories,
    title="LeNet-5: two changes to a network of 1998",
    caption="*Compare the three solid lines after the first epoch. The layers and "
    "their number of parameters are the same in all three.*",
)

# %% [markdown]
# Two small changes, no weight more, and the network is about nine points better after the same two epochs.
#
# ## 3. AlexNet, 2012: large
#
# Fourteen years later the same pattern won the ImageNet competition, 1.2 million photographs in 1000 classes, by a
# wide margin. AlexNet (Krizhevsky, Sutskever and Hinton, 2012) was larger in every respect, and it brought together
# what makes a large network learn: **ReLU** instead of sigmoid; **dropout** and **augmentation** against overfitting;
# and training on two GPUs.

# %%
# NBVAL_CHECK_OUTPUT
show_table("alexnet_two_gpus", image_size=224)

# %% [markdown]
# > **Look at the two columns on the right.** Where are the parameters? Where is the work?

# %%
# NBVAL_CHECK_OUTPUT
costs = models.layer_costs(empty("alexnet_two_gpus", 224), 3, 224)
for what in ("parameters", "multiply_adds"):
    linear, everything = (
        sum(getattr(c, what) for c in costs if isinstance(c.layer, kinds))
        for kinds in (nn.Linear, nn.Module)
    )
    print(f"{what}: {linear / everything:.0%} in the linear layers")

# %% [markdown]
# Remember it as a rule: **linear layers take the memory, convolutions take the time.** A convolution uses each weight
# at every place, a linear layer uses each weight once. Everything that made later networks smaller
# begins with the linear layers.
#
# **Two GPUs.** A GPU of 2012 had 3 GB of memory, and the network did not fit. So the authors cut it in two halves,
# one for each GPU, which exchange their maps only at one layer. A layer cut like that is a grouped convolution with
# two groups (lecture 02):

# %%
# NBVAL_CHECK_OUTPUT
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
# **Overlapping pooling.** Its max pooling is 3×3 with stride 2, so neighbouring windows share cells. The paper found
# that this makes overfitting a little harder.
#
# **Local response normalisation** (lecture 06) divides each number by a power of what the neighbouring channels say at
# the same place. By hand for one pixel with seven channels, with the paper's constants $k=2$, $\alpha=10^{-4}$,
# $\beta=0.75$ and five neighbours:

# %%
# NBVAL_CHECK_OUTPUT
quiet = torch.tensor([0.0, 10, 0, 0, 0, 10, 0])  # one pixel, seven channels
loud = torch.tensor([0.0, 10, 0, 100, 0, 10, 0])


def response_norm_by_hand(pixel):
    """(C,) -> (C,): each channel divided by what the five channels around it say"""
    squares = F.pad(pixel**2, (2, 2)).unfold(0, size=5, step=1).sum(dim=1)
    return pixel / (2 + 1e-4 * squares) ** 0.75


for pixel in (quiet, loud):
    normalised = response_norm_by_hand(pixel)
    print([round(value, 2) for value in normalised.tolist()])
    expected = response_norm()(pixel.view(1, 7, 1, 1)).flatten()
    assert torch.allclose(normalised, expected)

# %% [markdown]
# A strong response damps its neighbours: beside the 100, the two tens shrink from 5.92 to 4.38. The idea did not last.
# VGG, below, measured that it brings nothing.
#
# ## 4. ZFNet, 2013: look, then change
#
# Zeiler and Fergus (2013) made pictures of what each of AlexNet's layers responds to. They saw two faults in the
# first. Its 11×11 kernels had learnt coarse and fine patterns but few in between, and its stride of 4 skipped so much
# that the second layer saw artefacts. So they took 7×7 kernels and stride 2. In the larger variant of their network
# the last three convolutions have 512, 1024 and 512 channels, where AlexNet has 384, 384 and 256.

# %%
# NBVAL_CHECK_OUTPUT
show_table("zfnet", image_size=224)

# %% [markdown]
# > **Compare with AlexNet's table.** The first layer's parameters fell to less than half. What happened to its
# > multiply-adds, and to those of the whole network?

# %%
# NBVAL_CHECK_OUTPUT
for name in ("alexnet_two_gpus", "zfnet"):
    first, *_ = costs = models.layer_costs(empty(name, 224), 3, 224)
    print(
        f"{name:17} first layer {first.multiply_adds:>11,}, "
        f"whole network {sum(c.multiply_adds for c in costs):>13,} multiply-adds"
    )

# %% [markdown]
# Smaller steps mean more places, and every place costs. On ImageNet's validation images AlexNet's right class was
# missing from its five best guesses in 18.2 % of the cases, that of the larger ZFNet in 16.0 % (Zeiler and Fergus,
# 2013, Table 2, single networks).
#
# ## 5. VGG, 2014: one block, repeated
#
# Simonyan and Zisserman (2014) removed all choices but one. Every convolution is 3×3 with padding 1, every pooling is
# 2×2 with stride 2, and channels double after each pooling up to 512. What is left to choose is **depth**. Table 1 of
# the paper has six columns:

# %%
# NBVAL_CHECK_OUTPUT
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
# 16 in all.
#
# **Why only 3×3?** Lecture 01, section 8: three 3×3 layers see as far as one 7×7, with 27·C² weights instead of
# 49·C², and with three ReLUs instead of one.
#
# The paper's own results, top-5 error on ImageNet's validation images with one image size (its Table 3): A 10.4 %,
# A-LRN 10.5 %, B 9.9 %, C 9.4 %, D 8.8 %, E 9.0 %. Depth helped up to D; E, deeper still, was no better. Response
# normalisation did not help. C, whose extra layers are 1×1, was worse than D, whose extra layers are 3×3: seeing the
# neighbours matters.
#
# **How to start a deep network.** The authors could not train D from random weights at first. They trained A, and
# used its layers as the first weights of the deeper ones. The reason can be measured: send images through an
# untrained VGG-19 and look at the spread of the numbers after each convolution.
#
# > **Predict first.** The weights of a layer with $n$ inputs per unit are drawn with standard deviation 0.01. With
# > ReLU, a signal keeps its size if the standard deviation is $\sqrt{2/n}$ (He et al., 2015; lecture 03, section 8).
# > For a 3×3 convolution with 512 channels that is …?

# %%
# NBVAL_CHECK_OUTPUT
print(f"√(2 / (9 · 512)) = {(2 / (9 * 512)) ** 0.5:.4f}")


# %%
def fixed(layer):
    if isinstance(layer, nn.Conv2d):
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)


def he(layer):
    if isinstance(layer, nn.Conv2d):
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
    "it gets, and after sixteen of them nothing is left to learn from. He's "
    "rule holds the signal.*",
)

# %% [markdown]
# Batch normalisation (lecture 06), which came a year after VGG, brings the numbers back to one size after each
# convolution, whatever the first weights were. The networks whose name ends in `_bn` have it.
#
# ## 6. NiN, 2013: a network in every pixel
#
# Lin, Chen and Yan (2013) asked what comes *between* 3×3 or 5×5 windows: why only one linear function of the window?
# In **network in network** each convolution is followed by two 1×1 convolutions with ReLU. A 1×1 convolution is a
# linear layer at every pixel (lecture 02), so this is a small MLP that looks through each window.
#
# Their second idea lasted even longer: **global average pooling**. The last convolution has one map for each class;
# the mean of a map is that class's logit. No linear layer, nothing to learn there.

# %%
# NBVAL_CHECK_OUTPUT
show_table("nin", image_size=224)

# %% [markdown]
# > **Compare.** AlexNet's linear layers alone have 58,631,144 parameters. How many has all of NiN?
#
# Because the mean does not care where in the map something is, a network with such an end can also take images of
# other sizes, and it bears shifts better than one that flattens (lecture 03, section 6).
#
# ## 7. Before you train for a day: 32 images by heart
#
# A network with a mistake in it often trains without complaint, only badly. So here is a test that takes seconds: show
# the network the same 32 images again and again. **A sound network soon learns 32 images by heart.** If the loss does
# not approach zero, look for the mistake before you look for more data: first weights that are too small, a wrong
# learning rate, labels in the wrong order, a forgotten `zero_grad`. Dropout is switched off for the test, since it is
# made to hinder just that.
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
# > **Predict first.** From the figure of section 5: which VGG-19 will learn the 32 images at all, which faster?

# %%
steps = budget(quick=3, laptop=60, full=100)
candidates = {
    "VGG-19, weights 0.01": ("vgg19", fixed),
    "VGG-19, He et al.": ("vgg19", he),
    "VGG-19, 0.01, batch norm": ("vgg19_bn", fixed),
    "NiN": ("nin", lambda layer: None),
}
by_heart = {}
for label, (name, initialise) in candidates.items():
    set_seed(0)
    model = without_dropout(models.create(name, image_size=16).apply(initialise))
    by_heart[label] = losses_by_heart(model, steps)
    print(f"{label:25} {by_heart[label][0]:.3f} → {by_heart[label][-1]:.3f}")
figures.lines(
    list(range(0, steps, 5)),
    {label: losses[::5] for label, losses in by_heart.items()},
    x_label="steps",
    y_label="loss on the 32 images",
    source=train.source,
    title="Four networks learn 32 images by heart",
    caption="*A loss of 2.30 is what guessing gives. Which network hardly leaves it?*",
)

# %% [markdown]
# From weights of 0.01 VGG-19 has hardly begun after 60 steps; with He's rule it is on its way; batch norm helps more
# than either. And NiN, which is deep as well but has no layer that multiplies small numbers by small numbers for
# long, knows all 32 images. (For VGG the test is a hard one. After four poolings a 16×16 image is a single pixel, so
# that eight of the nine weights of its last 3×3 kernels only ever meet padding.)
#
# ## 8. All of them, on the same images
#
# Now train every network of this lecture alike: the same small images, the same recipe (Adam, without
# dropout), two hundred steps. This is a short race on a track that none of them was built for. It shows what a network
# learns *quickly*, not what it can reach: on ImageNet these networks were trained for days and weeks.
#
# > **Predict first.** Which will be ahead, the oldest, the largest, the deepest, or the one without linear layers?

# %%
race = small_train.subset(torch.arange(budget(quick=160, laptop=1600, full=55_000)))
runners = ["lenet", "lenet_1998", "alexnet", "alexnet_two_gpus", "zfnet"]
runners += [*configurations.values(), "vgg16_bn", "nin"]
if budget_name() == "quick":
    runners = ["lenet", "alexnet", "vgg11", "nin"]
scores, work, size = {}, {}, {}
for name in runners:
    set_seed(0)
    model = without_dropout(models.create(name, image_size=16))
    run = fit(
        model,
        race,
        small_validation,
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
        f"{name:17} {work[name]:6.1f} million multiply-adds, {size[name]:>10,} parameters, "
        f"validation {scores[name]:.1f} %"
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
    caption="*To the right is more work, upwards is more accurate, larger is more "
    "parameters.*",
)

# %% [markdown]
# LeNet with its sigmoids is still where it began; the paper's own LeNet, with its scaled tanh, is not. The two-GPU
# AlexNet, which starts from weights of 0.01 as its paper says, is at the beginning too, while the later AlexNet is
# among the best. Of the VGGs, 16 layers with batch norm are far ahead of 16 layers without. And first comes NiN, with
# a twentieth of VGG-16's parameters. **In a short race what counts is whether the signal arrives**, from the first
# layer to the last and back. Large and deep pays later, if it starts at all.
#
# ## 9. On ImageNet
#
# And with the training they were made for? torchvision publishes, with its trained weights, how often they are right
# on ImageNet's validation images. The multiply-adds are counted by our function from our networks. (AlexNet is
# torchvision's, for one GPU. Nobody publishes such weights for LeNet, ZFNet and NiN.)

# %%
torchvision = import_torchvision()
points, areas = {}, {}
for name in [
    "alexnet",
    *(f"vgg{depth}{bn}" for depth in (11, 13, 16, 19) for bn in ("", "_bn")),
]:
    meta = torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta
    network = empty(name, 224)
    points[name] = (
        models.count_multiply_adds(network, 3, 224) / 1e9,
        meta["_metrics"]["ImageNet-1K"]["acc@1"],
    )
    areas[name] = models.count_parameters(network)
    print(f"{name:9} {points[name][0]:5.2f} billion, top-1 {points[name][1]:.1f} %")
figures.scatter(
    points,
    areas=areas,
    area_label="parameters",
    x_label="billion multiply-adds per image of 224×224",
    y_label="ImageNet top-1 accuracy (%)",
    log_x=True,
    source="accuracies from torchvision's weight metadata, multiply-adds counted",
    title="AlexNet and VGG on ImageNet",
    caption="*VGG-11 has eleven times the work of AlexNet and is 12.5 points better; "
    "VGG-19 with batch norm has 27 times the work and is 17.7 points better. "
    "Each VGG appears twice: the upper of a pair has batch norm.*",
)

# %% [markdown]
# ## What happened, and why
#
# Fifteen years of networks, and one pattern: convolutions with ever more channels on ever smaller maps. AlexNet made
# it large, ZFNet looked inside, VGG made it deep and regular, NiN put a network into every pixel and threw the linear
# layers away. Each step is visible in the table of section 1. Two limits became visible as well: linear layers hold
# most of the parameters, and depth alone does not train. Lecture 08 is about what came next: blocks that save work,
# and shortcuts that let a signal pass through a hundred layers.

# %% [markdown]
# ## Check yourself
#
# 1. VGG-16's first linear layer maps 512·7·7 numbers to 4096. How many parameters is that, and what share of the
#    whole network?
# 2. You replace this layer's end by global average pooling and one linear layer from 512 to 1000. How many parameters
#    are left in the linear layers?
# 3. A layer of 256 maps is cut in two groups. What happens to its weights, to its multiply-adds, and to what its units
#    can see?
# 4. Why do 1×1 convolutions not make the receptive field larger, and why did VGG-C still gain from them over VGG-B?
# 5. Your network cannot learn 32 images by heart: the loss stays at 2.303 exactly. What do you suspect?
#
# <details><summary>Answers</summary>
#
# 1. 25,088·4096 + 4096 = 102,764,544, which is 74 % of 138,357,544.
# 2. 512·1000 + 1000 = 513,000.
# 3. Both halve. A unit sees the maps of its own half only.
# 4. They read one pixel, so nothing is added to the window. They do add a ReLU and mix the channels: another nonlinear
#    function of the same window.
# 5. ln 10 = 2.303: all logits are equal, for every image. Either nothing arrives at the end (first weights far too
#    small, a dead ReLU), or no gradient comes back, or the optimizer does not have these parameters.
# </details>

# %% [markdown]
# <details><summary>For instructors: slips of the source lectures that are corrected here</summary>
#
# - `003` says that global average pooling sums over all locations. It takes the mean.
# - `000` says that a stack of 3×3 filters sees as far as 7×7, without saying how many: it takes three (lecture 01).
# - `000` gives AlexNet a top-5 error of 17 %. That is the paper's result on the ImageNet images of 2010 (17.0 %). On
#   those of 2012 a single network had 18.2 % on validation images, and the entry that won, an average of several
#   networks, 15.3 % on test images.
# - `000` changes only ZFNet's first layer to 7×7 with stride 2. The second convolution has stride 2 as well.
# - `003` teaches LeNet with three linear layers and full connections, and calls it LeNet-5. The paper's network is
#   `lenet_1998` in `utils/models/lenet.py`; the differences stand in its docstring.
# </details>
#
# ## Sources
#
# - LeCun, Bottou, Bengio, Haffner (1998), *Gradient-based learning applied to document recognition*.
# - Krizhevsky, Sutskever, Hinton (2012), *ImageNet classification with deep convolutional neural networks*.
# - Krizhevsky (2014), *One weird trick for parallelizing convolutional neural networks*.
# - Lin, Chen, Yan (2013), *Network in network*.
# - Zeiler, Fergus (2013), *Visualizing and understanding convolutional networks*.
# - Simonyan, Zisserman (2014), *Very deep convolutional networks for large-scale image recognition*.
# - He, Zhang, Ren, Sun (2015), *Delving deep into rectifiers*.
# - Deep Learning (Fall 2020) and the chapter *Convolutional neural networks*, whose selection of networks this is.
