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
# - test a new network in a minute, before you train it for a day;
# - say what a race between networks measures, and what has to be equal before it measures the networks.
#
# You need lecture 01 (sizes, parameters, back-propagation), 02 (grouped and 1×1 convolutions), 03 (training) and 06
# (dropout, local response normalisation, batch norm).
#
# The networks are in `utils/models/`, one file each, to be read beside this lecture. Each is tested against its paper
# or the network that its authors released, and against torchvision where torchvision has it; where one differs from its
# paper, its file says so. Titles below give the year in which a network became known, citations the year in which its
# paper was published.

# %%
import math
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from utils import figures, models, settings, widgets
from utils.compat import import_torchvision
from utils.data import fashion_mnist, split
from utils.data.transforms import shift
from utils.models.alexnet import response_norm
from utils.settings import budget, budget_name, set_seed
from utils.training import choose_precision, evaluate, fit, one_cycle

# %% [markdown]
# ## 1. A network as a table
#
# One function reads every network: it sends an image through it and notes, after each layer, the shape of what comes out,
# the layer's parameters and its multiply-adds (lecture 03, section 7). Layers that have neither are left out of the
# table, except for pooling. A number after a stroke is the stride, so "5×5 /2 pad 1" is a 5×5 kernel with stride 2 and
# padding 1. The network itself lives on torch's device "meta", where tensors have shapes but no numbers, and so even the
# largest costs no memory.


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
# LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998) read the amounts on bank cheques. Convolution, pooling, convolution,
# pooling, then linear layers: the pattern of most networks in this lecture is already there. As it is taught today, its
# activation is the **sigmoid**, $\sigma(x) = 1/(1+e^{-x})$, which squeezes every number into 0..1, and its pooling takes
# averages.
#
# > **Predict first.** The input is 1×28×28, padded to 32×32. Follow the size through a 5×5 convolution, 2×2 pooling,
# > another 5×5 convolution and 2×2 pooling. The first convolution has 6 channels: how many parameters is that?

# %%
widgets.PredictFirst("lenet", title="Follow LeNet-5")

# %% tags=["nbval-check-output"]
show_table("lenet", image_size=28, in_channels=1, num_classes=10)

# %% [markdown]
# The first convolution has (5·5·1 + 1)·6 = 156 parameters, and the sizes are 28, 14, 10 and 5.
#
# That is LeNet as it is taught today. The paper's own differs in four places:
#
# - the activation is $1.7159 \tanh(2x/3)$ instead of a sigmoid;
# - each pooled map is multiplied by a learnt factor, and a learnt bias is added;
# - the second convolution does not read all of the 6 maps before it: each of its 16 maps reads three to six of them.
#   The authors give two reasons. It saves connections, and maps that read different inputs are forced to learn different
#   things;
# - the last layer has no weights to learn, but compares what it gets with a fixed drawing of each character.
#
# `utils/models/lenet.py` has both forms. Its `lenet_1998` follows the paper in all but the last layer, which is linear.

# %% tags=["nbval-check-output"]
for name in ("lenet", "lenet_1998"):
    count = models.count_parameters(empty(name, 28, in_channels=1, num_classes=10))
    print(f"{name:12} {count:,}")

# %% [markdown]
# **What is wrong with sigmoids?** The slope of a sigmoid is at most 1/4, at zero, and nearly 0 wherever the sigmoid is
# close to 0 or 1. On the way back to the first weights, back-propagation multiplies by one such slope for every layer
# (lecture 01, section 9). How much is left? We build LeNet twice more, with ReLU, and with ReLU and max pooling, and look
# first at nothing but the gradients of the new networks on one batch:


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
        f"{name:26} gradient of the first layer {first.norm():.5f}, "
        f"of the last {last.norm():.3f}"
    )

# %% [markdown]
# Compare the first layers. With sigmoids the gradient is almost 40 times smaller than with ReLU, so under plain gradient
# descent that layer would hardly move while the last one learns. (The last layer's own gradient is the *largest* with
# sigmoids: they hand it numbers near ½, all of one sign, whose contributions add up instead of cancelling.) Adam helps,
# because it divides each step by the size of the gradient (lecture 03). Does that close the gap? Train all three alike:

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
# It does not. Two small changes, without a single additional weight, make the network about nine points better after the
# same two epochs.
#
# ## 3. AlexNet, 2012: large
#
# Fourteen years later the same pattern won the ImageNet competition, with its 1.2 million photographs in 1000 classes.
# Answers are judged by the **top-5 error**: in what percentage of the images is the right class not among the five best
# guesses? The winner, an average of several networks, had 15.3 %, and the second 26.2 %.
#
# AlexNet (Krizhevsky, Sutskever and Hinton, 2012) has nearly 1000 times as many parameters as LeNet. It brought together
# what makes a large network learn: **ReLU** instead of the sigmoid, **dropout** and **augmentation** against overfitting,
# and two GPUs.

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
# Remember it as a rule: **linear layers hold the weights, convolutions do the work.** A convolution uses each weight at
# every place, whereas a linear layer uses each weight once. (Memory is another matter. Training keeps the maps of every
# layer for the way back, and for AlexNet's batches of 128 images these are more numbers than all its weights.) So whoever
# wants to save weights leaves the linear layers out: section 6.
#
# AlexNet's max pooling is 3×3 with stride 2, so that neighbouring windows share cells. The paper found that this makes
# overfitting a little harder.
#
# **A size that does not come out.** The paper speaks of images of 224×224, of 11×11 kernels with stride 4, of no padding,
# and of 55×55 places. Lecture 01 says (224 − 11) / 4 + 1 = 54.25. The table above has padding 2, which makes it 55.25 and
# so 55; others take images of 227×227, for which the division comes out. What the authors did is not known.
#
# **Two GPUs.** The authors' GPUs had 3 GB of memory, too little for the network, so they cut it into two halves, one for
# each GPU. After the first convolution only the third reads the maps of both halves; and so do the linear layers. A layer
# cut like that is a grouped convolution with two groups (lecture 02):

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
# The paper says about 60 million. `alexnet` is the one that torchvision has, a later form for one GPU (Krizhevsky, 2014),
# with narrower convolutions and no groups. It is not quite what that paper says either: a footnote gives the fourth
# convolution 384 maps, while the program that the author released, and after it torchvision, has 256.
#
# **Local response normalisation** (lecture 06) divides each number by a power of what it and its neighbours among the
# channels amount to: $(2 + 10^{-4} \cdot s)^{0.75}$, where $s$ is the sum of the squares of five channels at the same place,
# the channel itself and two on either side. By hand for one pixel with seven channels (torch's `alpha` is five times the
# paper's $\alpha = 10^{-4}$, as lecture 06 shows):

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
# A strong response damps its neighbours: beside the 100, the two tens shrink from 5.92 to 4.38. It damps itself too, since
# without its own square the 100 would have become $100 / 2^{0.75} = 59.5$, and it becomes 43.65. The idea did not last:
# VGG, below, measured that it brings nothing.
#
# ## 4. ZFNet, 2013: look, then change
#
# Zeiler and Fergus (2014) made pictures of what each of AlexNet's layers responds to, and saw two faults in the first.
# Its 11×11 kernels had learnt coarse and fine patterns but few in between, and its stride of 4 skipped so much that the
# second layer saw artefacts. So they took 7×7 kernels and stride 2, and stride 2 in the second convolution as well. In
# the larger variant of their network the last three convolutions have 512, 1024 and 512 channels, where AlexNet has 384,
# 384 and 256. Nothing is cut in groups.

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
# The first layer has 1.6 times the work, because smaller steps mean more places, and every place costs. The whole network
# has 3.4 times the work. Most of it comes from layers 3 to 5, which have more channels and no groups: they account for
# 83 % of what was added.
#
# Which change helped? Top-5 errors on ImageNet's validation images, of single networks, are 18.2 % for AlexNet, 16.5 %
# with the new first layers and no groups, and 16.0 % with the wider layers too (Zeiler and Fergus, 2014, Table 2).
#
# ## 5. VGG, 2014: one block, repeated
#
# Simonyan and Zisserman (2015) removed all choices but one. Every convolution is 3×3 with padding 1 (one variant, C,
# adds some of 1×1), every pooling is 2×2 with stride 2, and the channels double after each pooling, up to 512. What is
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
# Each row lists the kernel sizes of five stages with 64, 128, 256, 512 and 512 channels; a max pooling ends each stage.
# The last column counts multiply-adds. D is **VGG-16**, since 13 convolutions and 3 linear layers have weights. A-LRN has
# a local response normalisation after its first convolution; because that has no weights, its row looks like A's.
#
# **Why only 3×3?** Lecture 01, section 8: three 3×3 layers see as far as one of 7×7, with 27·C² weights instead of 49·C²,
# and with three ReLUs instead of one.
#
# The paper's own results (its Table 3) are top-5 errors on ImageNet's validation images. Trained on images whose shorter
# side is 256 pixels, A has 10.4 %, A-LRN 10.5 %, B 9.9 %, C 9.4 %, D 8.8 % and E 9.0 %. With 384 pixels D and E have the
# same error, 8.7 %, and with varied sizes E is ahead by a tenth, 8.0 % against 8.1 %. So depth helped, and after D its
# gain is used up, whereas response normalisation did not help at all. C, whose extra layers are 1×1, was worse than D,
# whose extra layers are 3×3: seeing the neighbours matters.
#
# **How to start a deep network.** Bad first weights can stall the training of a deep network, the authors write. So they
# trained A from random weights, and gave its first four convolutions and its linear layers to the deeper ones to begin
# with. (Later they found that the rule of Glorot and Bengio, 2010, makes this unnecessary.) What bad first weights do can
# be measured: send images through an untrained VGG-19 and look at the spread of the numbers after each convolution.
#
# > **Predict first.** Draw all weights with standard deviation 0.01, as AlexNet's were. With ReLU a signal keeps its size
# > if the standard deviation is $\sqrt{2/n}$, where $n$ is the number of inputs of a unit (He et al., 2015; lecture 03,
# > section 8). What is that for a 3×3 convolution with 64 channels, and with 512? What fraction of the signal survives
# > one layer with weights of 0.01?

# %% tags=["nbval-check-output"]
for channels in (64, 512):
    keeps = (2 / (9 * channels)) ** 0.5
    print(f"√(2 / (9·{channels})) = {keeps:.4f}: 0.01 passes on {0.01 / keeps:.2f}")


# %% [markdown]
# A sixth with 64 channels, about half with 512. What will be left after sixteen layers? To see what a layer returns while
# the network runs, the next cell hangs a **hook** on it, a function that torch calls with each output.


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
    found = []  # a hook is called with what a layer returns, each time it does
    for layer in model.features.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda _, __, y: found.append(y.std().item()))
    with torch.no_grad():
        model.features(x)
    return found


# %%
# VGG wants large images: here, large pixels.
side = budget(quick=32, laptop=128, full=128)
large = F.interpolate(x[:4], size=side)
set_seed(0)
signal = {}
for label, (name, initialise) in {
    "standard deviation 0.01": ("vgg19", fixed),
    "He et al. 2015": ("vgg19", he),
    "0.01 with batch norm": ("vgg19_bn", fixed),
}.items():
    model = models.create(name, image_size=side).apply(initialise)
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
# convolution, whatever the first weights were. (The green line shows them *before* each batch norm, so it is what one
# layer with weights of 0.01 makes of numbers of size 1.) The networks whose name ends in `_bn` have it.
#
# ## 6. NiN, 2013: a network in every pixel
#
# Lin, Chen and Yan (2014) asked why each window should be read by nothing but a linear function. In **network in network**
# each convolution is followed by two 1×1 convolutions with ReLU. A 1×1 convolution is a linear layer at every pixel
# (lecture 02), so what looks through each window now is a small MLP.
#
# Their second idea lasted even longer: **global average pooling**. The last convolution has one map for each class, and
# the mean of a map is that class's logit. There is no linear layer, and nothing to learn. (The mean is no layer of its own
# in our code, so the table ends one line before it, at 1000×6×6.)
#
# > **Predict first.** AlexNet's linear layers alone have 58,631,144 parameters. How many does all of NiN have?

# %% tags=["nbval-check-output"]
show_table("nin", image_size=224)

# %% [markdown]
# 7.6 million: an eighth of AlexNet's parameters, for 1.5 times its work.
#
# Here it stands beside three of the networks before it. To the left of each layer are its parameters, to the right its
# work, and between them what it returns.
#
# **Find out.** Which single layer of VGG-16 has about three quarters of its parameters, and what share of the work does it
# do? How often is one of its weights used, and how often one of the first convolution? Then let the longest bar be the
# largest layer of all. What is left to see of LeNet?

# %% tags=["thumbnail"]
widgets.NetworksSideBySide()

# %% [markdown]
# The paper has no network for ImageNet. This is the one that its authors released for the program Caffe, where pooling
# rounds sizes up; only the ReLU after the last convolution is left out (`utils/models/nin.py` says why). On ImageNet's
# validation images its author reports a **top-1** accuracy of 59.4 %: that often the best guess is right. torchvision's
# AlexNet has 56.5 % (section 9).
#
# A mean can be taken of maps of any size, so the network takes images of other sizes as well. Besides, a mean does not
# care where something is. (The maps move with the image, which is called equivariance; their mean stays, which is called
# **translation invariance**.) So NiN should bear shifts better than a network that flattens (lecture 03, section 6), and
# section 8 tests it.
#
# ## 7. Before you train for a day: 32 images by heart
#
# A network with a mistake in it often trains without complaint, only badly. So here is a test that takes seconds, known
# as **overfitting one batch**: show the network the same 32 images again and again. **A sound network soon learns 32 images
# by heart.** The test is passed when the loss is below 0.1. If it stays above, look for the mistake before you look for
# more data: first weights that are too small, a wrong learning rate, a softmax too many (lecture 03), an optimizer that
# holds the parameters of another network. One mistake the test cannot find is wrong labels, which are learnt by heart as
# well; against them, look at images with their labels. Dropout is switched off here, since it is made to hinder just
# this.
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
# Before the first step we also look at the logits. If they are the same for all 32 images, the network cannot tell the
# images apart, and its gradient cannot either. So the **spread** is printed, the standard deviation over the 32 images,
# as a mean over the ten logits. And two losses to compare with: that of guessing, and that of a network which has learnt
# nothing but how often each class occurs among the 32 (the *entropy* of the classes, a sum of −p·log p).
#
# > **Predict first.** Four times VGG-19: from weights of 0.01 or from He's rule, without and with batch norm. Which will
# > learn the 32 images at all, and which fastest?

# %%
steps = budget(quick=2, laptop=50, full=100)
candidates = {
    "VGG-19, 0.01": ("vgg19", fixed),
    "VGG-19, He": ("vgg19", he),
    "VGG-19, 0.01, batch norm": ("vgg19_bn", fixed),
    "VGG-19, He, batch norm": ("vgg19_bn", he),
    "NiN": ("nin", lambda layer: None),
}
share = y_heart.bincount(minlength=10) / 32  # of each class
entropy = torch.special.entr(share).sum()  # of −p·log p over the classes
print(f"loss of guessing: {math.log(10):.2f}")
print(f"of knowing how often each class occurs: {entropy:.2f}")
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
# - **Weights of 0.01.** The images cannot be told apart, and in 50 steps the network learns little more than how often
#   each class occurs.
# - **He's rule.** In section 5 it held the signal, and here the spread is small? There the images were large. Here maps of
#   2×2 are left after three poolings, and a single pixel after four, so that in the last eight convolutions a kernel with
#   room for nine cells sees four of them, or one. The rest is padding. The network learns, but slowly.
# - **0.01 with batch norm.** Batch norm repairs the convolutions, but it ends where the linear layers begin. These have
#   weights of 0.01 as well, where He's rule says √(2/512) = 0.06, and they shrink the signal again: the same spread, and
#   again slow learning.
# - **He's rule with batch norm** has the largest spread and passes after a few steps. **NiN** passes too, without any batch
#   norm, for it starts from He's rule, ends with maps of 4×4, and has no linear layers.
#
# ## 8. All of them, on the same images
#
# Now train the networks of this lecture alike: the same 1600 small images and the same recipe, Adam for two hundred steps
# without dropout. What would such a race measure? Section 7 has shown that first weights alone decide whether a network
# moves. AlexNet's and ZFNet's papers draw them with 0.01, NiN has He's rule from us, and VGG's linear layers begin with
# torchvision's 0.01. If each network ran from its own, the order at the finish could be the order of the starts.
#
# So each runs twice, from its own first weights and, as a **control**, from He's rule for all, and three times each, with
# three seeds. (ZFNet, which has as much work as three others, runs once.) It stays a short race on a track that none of
# them was built for: it shows what a network learns *quickly*, whereas on ImageNet these networks were trained for days
# and weeks.
#
# > **Predict first.** Which will gain most from He's rule? And once all start alike, which is ahead: the oldest, the one
# > with the most work, the one with the most parameters, or the one without linear layers?

# %%
race = small_train.subset(torch.arange(budget(quick=32, laptop=1600, full=55_000)))
check = small_validation.subset(torch.arange(min(len(small_validation), 1000)))
runners = ["lenet", "lenet_1998", "alexnet_two_gpus", "zfnet"]
runners += ["vgg11", "vgg16", "vgg16_bn", "nin"]
if budget_name() == "quick":
    runners = ["lenet", "alexnet_two_gpus", "vgg11", "nin"]
starts = {"its own": lambda layer: None, "He's rule": he}


def new_network(name, start, seed):
    set_seed(seed)
    model = models.create(name, image_size=16).apply(starts[start])
    return without_dropout(model)


def train_short(model, seed, precision=None):
    """Two hundred steps. Returns the accuracy in percent on images that were not shown."""
    run = fit(
        model,
        race,
        check,
        epochs=budget(quick=1, laptop=2, full=10),
        batch_size=16,
        learning_rate=5e-4,
        schedule=one_cycle,
        seed=seed,
        precision=precision,
        progress=False,
    )
    return 100 * run.validation_accuracy[-1]


# %%
trained, scores = {}, {}
for name in runners:
    scores[name] = {}
    model = empty(name, 16, in_channels=1, num_classes=10)
    work = models.count_multiply_adds(model, 1, 16) / 1e6
    print(f"{name}: {work:.1f} M, {models.count_parameters(model):,} parameters")
    seeds = range(budget(quick=1, laptop=3 if work < 80 else 1, full=5))
    for start in starts:
        scores[name][start] = []
        for seed in seeds:
            model = new_network(name, start, seed)
            apart = logit_spread(model)
            scores[name][start].append(train_short(model, seed))
            trained.setdefault((name, start), model)  # that of seed 0
        mean = sum(scores[name][start]) / len(seeds)
        each = " ".join(f"{score:5.1f}" for score in scores[name][start])
        print(f"   {start:10} spread {apart:.0e}, accuracy {each}, mean {mean:.1f} %")

# %%
figures.comparison_dots(
    scores,
    axis_label="validation accuracy (%)",
    source=race.source,
    title="The same networks from two kinds of first weights",
    caption="*Each dot is one run. Compare the two rows of one network first, and only then "
    "the networks with each other.*",
)

# %% [markdown]
# Compare the two rows of each network before you compare networks. From its own weights of 0.01, AlexNet of 2012 is right in
# 10.3 %, which is guessing. From He's rule it is right in 76.4 %, and nothing else was changed. ZFNet, VGG-11 and VGG-16 gain
# 30 to 44 points, whereas NiN, which had He's rule already, gains nothing. So **in a short race it helps most that the signal
# arrives**, from the first layer to the last and back, and this is now an experiment and no guess. The spreads say it before
# any training: every network whose logits differ by a hundred-thousandth or less at the start stays below 42 %.
#
# Now the networks. From their own first weights NiN is in front, with a sixteenth of VGG-16's parameters, and one might
# conclude that work and parameters buy nothing. With equal starts the order turns round: AlexNet and ZFNet, the network with
# the most work, are 5 to 6 points ahead of NiN. What looked like a virtue of NiN was its start.
#
# And what remains when the starts are equal? The LeNet with sigmoids learns nothing in either row. Its signal arrives, but its
# gradient fades on the way back (section 2). VGG-16 without batch norm is behind VGG-11, and far behind itself with batch
# norm, by 21 points; from their own weights it was 42, so half of what batch norm seemed to bring was the start. The others
# are so close that another recipe could change their order.
#
# One more thing has to be equal, and is easily forgotten. Here is the same network once more, with the same first weights,
# the same seed and so the same order of images, once computed in 32 bits and once in what `fit` chooses on this machine:

# %%
for precision in ("fp32", choose_precision(settings.device())):
    score = train_short(new_network("vgg16_bn", "its own", 0), 0, precision)
    print(f"vgg16_bn, its own first weights, seed 0, in {precision}: {score:.1f} %")

# %% [markdown]
# Rounding alone does that: it differs in every sum, and training makes small differences grow. Another processor adds in
# another order, so your numbers will not be those above, even with the same seed. **A difference that rounding can make is no
# difference between networks**, and that is why each dot has two neighbours.
#
# **Moved images.** Section 6 said that NiN should bear shifts better than a network that flattens. Move the validation
# images to the right, as in lecture 03. One pixel of these small images is two of the originals.

# %%
for name in ("alexnet_two_gpus", "nin"):
    after_shift = []
    for pixels in (0, 1, 2, 3):
        images = shift(check.images, rows=0, columns=pixels)
        metrics = evaluate(trained[name, "He's rule"], replace(check, images=images))
        after_shift.append(f"{metrics.accuracy:.1%}")
    print(f"{name:17} moved by 0, 1, 2, 3 pixels: {', '.join(after_shift)}")

# %% [markdown]
# Both from He's rule, one run each. Moved by two pixels, NiN loses 16 points and AlexNet 26; moved by three, 30 and 50. Moved by
# a single pixel it is the other way round, 6 and 2 or 3. So the mean helps where a shift is large. What a stride skips, no mean
# brings back: the maps of both networks come from pooling with stride 2, which sees a picture that moved by one pixel as
# another picture.
#
# ## 9. On ImageNet
#
# And with the training they were made for? torchvision publishes, with its trained weights, how often they are right on
# ImageNet's validation images. The multiply-adds are counted by our function from our networks. (AlexNet is
# torchvision's, for one GPU. For LeNet, ZFNet and NiN torchvision has no weights; NiN's number is in section 6.)

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
figures.scatter(
    {name: (work[name], accuracy[name]) for name in work if name != "alexnet"},
    x_label="billion multiply-adds per image of 224×224",
    y_label="ImageNet top-1 accuracy (%)",
    log_x=True,
    families={
        "without batch norm": [name for name in work if name[3:].isdigit()],
        "with batch norm": [name for name in work if name.endswith("_bn")],
    },
    source="accuracies from torchvision's weight metadata, multiply-adds counted",
    title="VGG on ImageNet, with and without batch norm",
    caption="*What costs more, a point gained by depth or one gained by batch norm? "
    "AlexNet, with 0.71 billion multiply-adds and 56.5 %, lies far outside.*",
)

# %% [markdown]
# VGG-11 has eleven times the work of AlexNet and is 12.5 points better. From VGG-11 to VGG-19, another 12 billion
# multiply-adds bring 3.4 points, whereas batch norm brings 1.4 to 1.8 points for hardly any work.
#
# ## What happened, and why
#
# Sixteen years of networks, and one pattern: convolutions with ever more channels on ever smaller maps. AlexNet made it
# large, ZFNet looked inside, VGG made it deep and regular, NiN put a network into every pixel and threw the linear layers
# away. Each step can be read off the tables. Two limits showed as well: linear layers hold most of the parameters, and
# depth alone does not train. What helped most in a short race was that the signal arrives. Lecture 08 is about what came
# next: blocks that save work, and shortcuts that let a signal pass through a hundred layers.

# %%
widgets.PredictionScore(names=["lenet"])

# %% [markdown]
# ## Check yourself
#
# 1. VGG-16's first linear layer maps 512·7·7 numbers to 4096. How many parameters is that, and what share of the whole
#    network?
# 2. You replace VGG-16's three linear layers by global average pooling and one linear layer from 512 to 1000. How many
#    parameters does that layer have?
# 3. A layer of 256 maps is cut into two groups. What happens to its weights, to its multiply-adds, and to what its units
#    can see?
# 4. Why do 1×1 convolutions not make the receptive field larger, and why did VGG-C still gain from them over VGG-B?
# 5. Your network cannot learn 32 images by heart: the loss is 2.303 at every step, to the last digit. What do you
#    suspect?
# 6. A colleague trains two networks alike for an hour; A is ten points ahead. What do you ask before you choose A?
#
# <details><summary>Answers</summary>
#
# 1. 25,088·4096 + 4096 = 102,764,544, which is 74 % of 138,357,544.
# 2. 512·1000 + 1000 = 513,000.
# 3. Both halve. A unit sees the maps of its own half only.
# 4. They read one pixel, so nothing is added to the window. They do add a ReLU and mix the channels: another nonlinear
#    function of the same window.
# 5. ln 10 = 2.303: all ten logits are equal, for every image. And they stay so: not even the biases of the last layer
#    move. Either the optimizer does not have them, or the learning rate is 0, or no gradient comes back (a ReLU after the
#    last layer, say, whose outputs are all 0). First weights that are too small look different: the biases learn how
#    often each class occurs, and the loss sinks to about what that knowledge is worth (2.05 in section 7).
# 6. With which first weights, how many seeds, and whether the order stays after a longer run (section 8).
# </details>

# %% [markdown]
# <details><summary>For instructors: slips that are often taught, and where networks differ from their papers</summary>
#
# - "Global average pooling sums over all locations." It takes the mean.
# - "A stack of 3×3 filters sees as far as 7×7." It takes three of them (lecture 01).
# - "AlexNet had a top-5 error of 17 %." That is the paper's result on the ImageNet images of 2010 (17.0 %). On those of
#   2012 a single network had 18.2 % on validation images, and the entry that won, an average of several networks, 15.3 %
#   on test images.
# - "ZFNet is AlexNet with a first layer of 7×7 and stride 2." The second convolution has stride 2 as well.
# - A LeNet with three linear layers and full connections is often called LeNet-5. The paper's network is `lenet_1998` in
#   `utils/models/lenet.py`; section 2 has the differences.
# - VGG's paper draws its random weights with a *variance* of 10⁻², which is often copied as a standard deviation. It is one
#   of 0.1, from which the signal of a deep VGG explodes: each layer with 512 channels makes it 4.8 times larger. Section 5
#   therefore speaks of AlexNet's 0.01.
# - torchvision's AlexNet has its dropout before the first two linear layers, the paper's after their ReLUs.
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
