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
# # 08 · Architectures II: width, shortcuts
#
# GoogLeNet, ResNet, DenseNet and nets of convolutions only: why deeper was worse, what cured it, what each costs.
#
# [![Open in Colab](images/open-in-colab.svg)](https://colab.research.google.com/github/YOUR_ACCOUNT/cnn-course/blob/v0.1.0/lectures/08_architectures_shortcuts.ipynb) &ensp; about 90 minutes &ensp; before: [07 Architectures I: depth](07_architectures_depth.ipynb) &ensp; next: [09 Architectures on a GPU](09_gpu.ipynb)
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
# - count what a 1×1 reduction saves in an Inception block;
# - show that a deeper network can be *harder to train*, and not just more inclined to overfit;
# - write a residual block, and say what it computes when its weights are zero;
# - measure what gradient reaches the first of 110 layers, with and without shortcuts;
# - follow the number of maps through a DenseNet;
# - replace global average pooling by a convolution that computes the same;
# - read a chart of accuracy, work and parameters, and say what it does not show.
#
# You need lecture 07 (VGG, NiN, multiply-adds layer by layer, how a signal fades, a race with a control) and, from lecture
# 06, batch norm.
#
# VGG-19 is about as deep as a plain stack of layers went. The networks of this lecture, published from 2015 to 2017,
# found three ways on: **wider** blocks whose branches look at the same input side by side, **shortcuts** that carry a signal
# past a block, and blocks that **keep** everything computed before. They are in `utils/models/`, one file each.

# %%
import copy
import json
import statistics
from dataclasses import replace
from pathlib import Path

import torch
from IPython.display import display
from torch import nn
from torch.nn import functional as F

import utils
from utils import figures, models, widgets
from utils.compat import import_torchvision
from utils.data import fashion_mnist, split
from utils.models.cifar_resnet import Block
from utils.models.densenet import DenseLayer
from utils.models.googlenet import BLOCKS, GoogLeNet
from utils.models.inception import Inception, NaiveInception
from utils.models.resnet import BasicBlock, Bottleneck, shortcut
from utils.settings import budget, budget_name, set_seed
from utils.training import fit, one_cycle


def empty(make, *arguments, **settings):
    """A network or block on the device "meta": it has shapes but no numbers."""
    with torch.device("meta"):
        return make(*arguments, **settings)


def imagenet(name):
    """A network for 1000 classes of 224×224 colour images, empty."""
    return empty(models.create, name, num_classes=1000, in_channels=3, image_size=224)


# %% [markdown]
# ## 1. Inception: several kernels side by side
#
# How large should a kernel be? AlexNet began with 11×11, VGG took only 3×3, NiN added 1×1. Szegedy et al. (2015) answered:
# take several at once. Each **branch** of an *Inception block* has another kernel, all of them read the same input, and
# their maps are **concatenated**, that is, stacked as the channels of one output. With the right padding every branch keeps
# the size.
#
# The first block of their network gets 192 maps of 28×28. The simplest form, which they call naive, has 64 kernels of 1×1,
# 128 of 3×3, 32 of 5×5, and a 3×3 max pooling with stride 1.
#
# > **Predict first.** How many maps come out? And which branch has the most weights? (A 3×3 convolution from 192 to 128
# > maps has 3·3·192·128 of them. Leave the biases out.)


# %%
widgets.PredictFirst("inception", title="The naive block")


# %% tags=["nbval-check-output"]
def show_block(block, in_channels, size):
    """Print what each convolution and pooling of a block has and does, and the sums."""
    weights = work = 0
    print(f"{'':22} {'output':>9} {'weights':>9} {'multiply-adds':>14}")
    for cost in models.layer_costs(block, in_channels, size):
        shape = "×".join(map(str, cost.output_shape))
        if isinstance(cost.layer, nn.Conv2d):
            k, maps = cost.layer.kernel_size[0], cost.layer.in_channels
            count = cost.layer.weight.numel()
            weights, work = weights + count, work + cost.multiply_adds
            name = f"{k}×{k} from {maps} maps"
            print(f"{name:22} {shape:>9} {count:9,} {cost.multiply_adds:14,}")
        elif isinstance(cost.layer, nn.MaxPool2d):
            print(f"{'max pool 3×3':22} {shape:>9}")
    print(f"{'in all':32} {weights:9,} {work:14,}")


naive = empty(NaiveInception, 192, maps_1x1=64, maps_3x3=128, maps_5x5=32)
show_block(naive, in_channels=192, size=28)

# %% [markdown]
# 64 + 128 + 32 + 192 = 416 maps come out, more than twice as many as went in, because pooling returns all it gets. The 3×3
# branch has the most weights, 221,184. The 5×5 kernels make a seventh of the convolved maps (32 of 224) and have two fifths
# of the weights. And the next block would have to read 416 maps.
#
# The remedy is NiN's 1×1 convolution (lecture 07), used to make *fewer* maps. Before the 5×5 kernels it reduces 192 maps to
# 16, before the 3×3 to 96, and after the pooling to 32.

# %% tags=["thumbnail"]
figures.branching_blocks(
    {
        "naive": (
            "192 maps",
            [["1×1, 64"], ["3×3, 128"], ["5×5, 32"], ["3×3\nmax pool"]],
            "concatenate: 416 maps",
        ),
        "with reductions": (
            "192 maps",
            [
                ["1×1, 64"],
                ["1×1, 96", "3×3, 128"],
                ["1×1, 16", "5×5, 32"],
                ["3×3\nmax pool", "1×1, 32"],
            ],
            "concatenate: 256 maps",
        ),
    },
    title="Two Inception blocks: kernel size, number of kernels",
    caption="*On the right each large kernel is preceded, and the pooling followed, by a "
    "1×1 convolution to fewer maps.*",
)

# %% [markdown]
# > **Predict first.** The 5×5 branch had 5·5·192·32 = 153,600 weights. How many does it have with the reduction to 16
# > maps?

# %% tags=["nbval-check-output"]
reduced = empty(Inception, 192, 64, (96, 128), (16, 32), 32)
show_block(reduced, in_channels=192, size=28)

# %% [markdown]
# The 5×5 branch went from 153,600 weights to 3,072 + 12,800 = 15,872, a tenth. The whole block has fewer than half of the
# naive block's weights and multiply-adds, and returns 256 maps.
#
# **Why does that pay?** A large kernel costs k·k times (maps in) times (maps out). If a 1×1, which is cheap, first reduces
# "maps in", the large kernel costs less by the same factor (192 to 16: twelve times). The price is that the 5×5 kernels see
# only 16 mixtures of the 192 maps. It works because the 192 numbers at one place are correlated, so that a few mixtures keep
# most of what they say.
#
# **GoogLeNet** is nine such blocks, with a max pooling after 3b and after 4e. In the table, "96→128" means: reduced to 96,
# then 128 kernels; "→32": a 1×1 convolution to 32 after the pooling. The parameters contain the biases.

# %% tags=["nbval-check-output"]
costs = models.layer_costs(imagenet("googlenet_2014"), in_channels=3, image_size=224)
row = "{:4} {:>10} {:>5} {:>9} {:>8} {:>5} {:>5} {:>11} {:>14}".format
print(
    row("", "input", "1×1", "3×3", "5×5", "pool", "out", "parameters", "multiply-adds")
)
for name, (one, three, five, pool) in BLOCKS.items():
    inside = [cost for cost in costs if cost.name.startswith(f"features.{name}.")]
    first, size = inside[0].layer.in_channels, inside[0].output_shape[-1]
    print(
        row(
            name[-2:],
            f"{first}×{size}×{size}",
            one,
            f"{three[0]}→{three[1]}",
            f"{five[0]}→{five[1]}",
            f"→{pool}",
            one + three[1] + five[1] + pool,
            f"{sum(cost.parameters for cost in inside):,}",
            f"{sum(cost.multiply_adds for cost in inside):,}",
        )
    )

# %% [markdown]
# Before the blocks come three convolutions, after them global average pooling and one linear layer. There are two forms of
# this network in the course, and each can have **auxiliary heads**:

# %% tags=["nbval-check-output"]
for name, as_published in (("googlenet_2014", True), ("googlenet", False)):
    for heads in (False, True):
        model = empty(GoogLeNet, as_published=as_published, auxiliary_heads=heads)
        each = [models.count_parameters(head) for head in model.auxiliary.values()]
        ending = "with auxiliary heads of {:,} and {:,}".format(*each) if heads else ""
        print(f"{name:14} {models.count_parameters(model):>10,} parameters {ending}")
print(f"{'alexnet':14} {models.count_parameters(imagenet('alexnet')):>10,} parameters")

# %% [markdown]
# `googlenet_2014` is the network of the paper; `googlenet` is torchvision's, which differs from it in more than one place.
# It has batch norm, which came a year later, instead of local response normalisation. Where the paper has 5×5 kernels, it
# has 3×3: a mistake, which stayed because the published weights have that shape. The max pooling after 4e is 2×2 instead of
# 3×3, the auxiliary heads pool otherwise, and the dropout before the last layer is 0.2 instead of 0.4. Only the first two
# can be seen in the counts above. Whether two networks are the same, a count cannot tell. AlexNet has nine times as many
# parameters as either.
#
# An **auxiliary head** is a small classifier in the middle of the network, here after blocks 4a and 4d: pooling, a 1×1
# convolution and two linear layers, which makes 3.2 million parameters for each head. During training its loss is added
# with weight 0.3, and afterwards it is thrown away. The authors feared what you saw in lecture 07, that little arrives at
# the first layers of so deep a network, and a head half way sends a gradient from nearby. Later Szegedy et al. (2016)
# reported that the heads made no difference early in training, and a little at its end. Two other inventions were the
# better answer: batch norm, and what comes now.
#
# ## 2. When depth stops helping
#
# Here is a simple argument. Take a network of 20 layers and add 36 more. If the new layers return what they get, the
# network of 56 layers computes the same as the one of 20. So at its best it is at least as good.
#
# Does training find that solution? He, Zhang, Ren and Sun (2016) tried it, and we repeat their experiment small. The
# networks are theirs for 32×32 images: 3×3 convolutions with batch norm, 16, then 32, then 64 maps, and 20, 32 or 56
# layers. The images are those of lecture 07, section 7: Fashion-MNIST, shrunk to 16×16.


# %%
def shrink(dataset):
    """28×28 -> 16×16: two pixels of padding, then the mean of each 2×2 square."""
    images = F.avg_pool2d(F.pad(dataset.images.float(), (2, 2, 2, 2)), 2)
    return replace(dataset, images=images.round().byte())


train_all, _ = fashion_mnist()
print(train_all.source)
count = budget(quick=600, laptop=len(train_all), full=len(train_all))
train, validation = map(
    shrink, split(train_all.subset(torch.arange(count)), count // 12)
)
few = train.subset(torch.arange(budget(quick=64, laptop=1600, full=10_000)))
check = validation.subset(torch.arange(min(len(validation), 1000)))
print(f"{len(few):,} images to learn from, {len(check):,} for validation")

# %% [markdown]
# The plain networks have no shortcuts. The networks in `utils` have them (section 3), so we tell each block to leave its
# own out:


# %%
def plain(model):
    """The same network without its shortcuts: every block is just its two convolutions."""
    for part in model.modules():
        if isinstance(part, Block):
            part.plain = True
    return model


kinds = {"plain": plain, "residual": lambda model: model}


def create(kind, depth):
    return kinds[kind](models.create(f"resnet{depth}", image_size=16))


# %% [markdown]
# > **Predict first.** Five networks: plain ones of 20, 32 and 56 layers, and with shortcuts of 20 and 56. Put them in order
# > of their **training** loss. Remember that overfitting would make training loss *lower*.

# %%
histories = {}
for kind, depth in [
    *(("plain", depth) for depth in (20, 32, 56)),
    *(("residual", depth) for depth in (20, 56)),
]:
    runs = histories[f"{kind}, {depth} layers"] = []
    for seed in range(budget(quick=1, laptop=2, full=3)):
        set_seed(seed)
        run = fit(
            create(kind, depth),
            few,
            check,
            epochs=budget(quick=1, laptop=3, full=10),
            batch_size=budget(quick=32, laptop=16, full=64),
            seed=seed,
            schedule=one_cycle,
            progress=False,
        )
        runs.append(run)

print(f"{'':20} training loss, each seed    validation accuracy (%)")
for name, runs in histories.items():
    losses = " ".join(f"{run.train_loss[-1]:6.2f}" for run in runs)
    accuracies = " ".join(f"{100 * run.validation_accuracy[-1]:5.1f}" for run in runs)
    print(f"{name:20} {losses:28} {accuracies}")
figures.lines(
    list(range(1, 1 + runs[0].epochs)),
    {name: [run.train_loss for run in runs] for name, runs in histories.items()},
    x_label="epoch",
    y_label="training loss",
    source=few.source,
    title="Deeper is worse, unless there are shortcuts",
    caption="*Compare the three plain networks, then the two with shortcuts. All five were "
    "trained by the same recipe on the same images.*",
)

# %% [markdown]
# This is the **degradation problem**. It is not overfitting, because the deeper plain networks are worse on the images they
# *learn from*. With 32 layers training gets somewhere, and not as far as with 20; with 56 it has hardly left the start (a loss
# of 2.30 is guessing). Yet the solution with 36 layers that return their input is there, and training does not find it. With
# shortcuts, 56 layers are no harder to train than 20.
#
# **For longer, and with more images.** Three hundred steps are few: a network that has hardly left the start may still
# arrive. So we also let networks of this kind learn from all 50,000 images of CIFAR-10 in colour, for six epochs of 782
# steps, with one recipe for all (gradient descent with momentum, one cycle of the learning rate, images at random places
# and mirrored). On two cores an epoch takes minutes, so that was done beforehand, by `python -m benchmarks.long_run`,
# and what came out is read from its files:

# %%
folder = Path(utils.__file__).parents[1] / "benchmarks" / "results"
kept = [json.loads(path.read_text()) for path in sorted(folder.glob("long-run-*.json"))]
kept = {run["network"]: run for run in kept}
for name, run in kept.items():
    train_right, right = (
        100 * run[f"{images}_accuracy"][-1] for images in ("train", "test")
    )
    print(
        f"{name:16} training loss {run['train_loss'][-1]:.3f}, "
        f"right: {train_right:.1f} % of training, {right:.1f} % of test images"
    )
for run in list(kept.values())[:1]:
    epochs = run["settings"]["epochs"]
    print(f"{epochs} epochs each, one seed, on {run['device']}, {run['date']}")
deep = {name: run for name, run in kept.items() if name[:5] in ("plain", "resne")}
if len(deep) < 2:
    print("To compare: python -m benchmarks.long_run plain20 plain32 plain56 resnet20")

# %%
if len(deep) > 1:
    display(
        figures.lines(
            list(range(1, 1 + max(len(run["train_loss"]) for run in deep.values()))),
            {name: run["train_loss"] for name, run in deep.items()},
            x_label="epoch",
            y_label="training loss",
            source="CIFAR-10, all 50,000 training images, from benchmarks/results",
            title="The same on all of CIFAR-10, for longer",
            caption="*Compare the plain networks by their depth, and ResNet-20 with plain-20.*",
        )
    )

# %% [markdown]
# Six epochs are 4,692 steps, enough for ResNet-20 to name four of five test images. He et al. trained for 64,000, after which
# it had 8.75 % errors (their Table 6). There the plain network of 56 layers, too, does train, and was still worse than that of
# 20, on the training images as well as on the test images (their Figure 6). So a plain network that is too deep need not
# stand still. It arrives at a worse place.
#
# ## 3. The residual block
#
# How would two convolutions return what they get? Their kernels would have to become identities, with a 1 in the middle for
# their own map and 0 elsewhere: a very special place among all weights. The idea of He et al. is to make the identity *easy
# to reach*. Let the block compute
#
# $$\text{output} = \text{ReLU}(F(x) + x)$$
#
# where $F$ is the two convolutions. The $+\,x$ is the **shortcut**. If the best output is $f(x)$, then $F$ has to learn only
# the difference $f(x) - x$, the **residual**; and to "return what you got" belongs $F = 0$, all weights zero. (Half a year
# earlier the *highway networks* of Srivastava, Greff and Schmidhuber, 2015, had trained a hundred layers with shortcuts that
# are opened and closed by gates, which are learnt. He et al. compare theirs with them: no gate, nothing to learn, always
# open.)

# %%
basic = ("64 maps", [["3×3, 64", "3×3, 64"], []], "add, ReLU")
figures.branching_blocks(
    {
        "plain": ("64 maps", [["3×3, 64", "3×3, 64"]], "ReLU"),
        "residual, basic": basic,
        "residual, bottleneck": (
            "256 maps",
            [["1×1, 64", "3×3, 64", "1×1, 256"], []],
            "add, ReLU",
        ),
    },
    title="A plain block and two residual blocks: kernel size, number of kernels",
    caption="*Batch norm after each convolution, and a ReLU between two of them, are not "
    "drawn. The bottleneck comes below.*",
)

# %% [markdown]
# > **Predict first.** A block whose convolutions have only zeros gets the numbers 0 to 7. What comes out with the shortcut,
# > what without? And what comes out for −1?


# %% tags=["nbval-check-output"]
def zero(block):
    """Set the weights of all convolutions in a block to zero."""
    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
    return block


block = zero(BasicBlock(2, 2))
x = torch.arange(8.0).view(1, 2, 2, 2)
with torch.no_grad():
    print("input            ", x.flatten().tolist())
    print("with the shortcut", block(x).flatten().tolist())
    print("without          ", block.residual(x).relu().flatten().tolist())
    print("−1 everywhere    ", block(-torch.ones_like(x)).flatten().tolist())

# %% [markdown]
# With the shortcut the block is the identity. (For −1 it is not, because the ReLU at its end removes it. But what a block
# gets has just left the ReLU of the block before it, so there are no negative numbers.)
#
# So the argument of section 2 can be carried out. Append blocks of zeros to a network of 20 layers until it has 56:


# %% tags=["nbval-check-output"]
def deepened(network, n):
    """A copy with n blocks in each stage; the new blocks have zero weights."""
    network = copy.deepcopy(network)
    for stage in network.features[3:]:
        maps = stage[-1].residual[0].out_channels
        while len(stage) < n:
            stage.append(zero(Block(maps, maps)))
    return network


set_seed(0)
images = torch.rand(5, 1, 16, 16)
shallow = create("residual", 20).eval()
deep = deepened(shallow, n=9).eval()
for name, model in {"20 layers": shallow, "56 layers": deep}.items():
    print(f"{name}: {models.count_parameters(model):,} parameters")
with torch.no_grad():
    print("the same logits:", torch.allclose(shallow(images), deep(images)))
    logits = plain(deep)(images)
print("without shortcuts all images alike:", torch.allclose(logits, logits[:1]))

# %% [markdown]
# **Where the shape changes** there is nothing to add to: 64 maps of 56×56 go in, 128 of 28×28 come out. There are two ways
# out. The small networks of section 2 take every second pixel and append maps of zeros, which leaves nothing to learn. The
# large ones use a **projection**: a 1×1 convolution, with stride 2 where the size halves, and batch norm.

# %% tags=["nbval-check-output"]
x = torch.rand(1, 64, 56, 56)
padded = Block(64, 128, stride=2).shortcut(x)
projection = shortcut(64, 128, stride=2)
print("input     ", tuple(x.shape))
print("zeros     ", tuple(padded.shape), "parameters: 0")
print(
    "projection",
    tuple(projection(x).shape),
    f"parameters: 64·128 + 2·128 = {models.count_parameters(projection):,}",
)
print("64 maps are the input's pixels:", torch.equal(padded[:, :64], x[:, :, ::2, ::2]))

# %% [markdown]
# **Two kinds of block.** The *basic* block is two 3×3 convolutions. From 50 layers on, ResNets use the *bottleneck* block,
# which does what Inception does: a 1×1 convolution reduces the maps, the 3×3 works on few, a 1×1 expands them again.
#
# > **Predict first.** 256 maps in and out. Basic: twice 3·3·256·256. Bottleneck: 1×1 to 64, 3×3, 1×1 to 256. How many times
# > fewer weights are that?

# %% tags=["nbval-check-output"]
for name, block in {
    "basic, 64 maps": empty(BasicBlock, 64, 64),
    "basic, 256 maps": empty(BasicBlock, 256, 256),
    "bottleneck, 256 maps": empty(Bottleneck, 256, 64),
}.items():
    kernels = [
        layer.weight for layer in block.modules() if isinstance(layer, nn.Conv2d)
    ]
    sizes = " + ".join(f"{kernel.numel():,}" for kernel in kernels)
    print(f"{name:21} {sizes} = {sum(kernel.numel() for kernel in kernels):,} weights")

# %% [markdown]
# Seventeen times fewer. A bottleneck block carries four times as many maps as a basic block of 64, with fewer weights.

# %%
widgets.NetworkLedger.from_module(
    Bottleneck(256, 64).residual,
    (256, 56, 56),
    title="The inside of a bottleneck block",
)

# %% [markdown]
# The squeeze is `out_channels` of row 1 and row 4. Set both to 128, then to 256, and watch the sum of the parameters (batch
# norm is counted too). How narrow must a bottleneck be to have fewer weights than a basic block of 64 maps, 73,728? And what
# does a stride of 2 in row 4 change, what not?
#
# <details><summary>What you find</summary>
#
# With s maps in the middle: 256·s + 9·s·s + s·256 weights. 64 gives 69,632, fewer; 128 gives 212,992; 256 gives 720,896. A
# stride of 2 leaves all parameters as they are; the work of rows 4 and 7 falls to a quarter.
# </details>
#
# The ResNets for ImageNet begin with a 7×7 convolution and a max pooling, then come four stages of blocks, global average
# pooling and one linear layer. The name counts the layers with weights, shortcuts left out.

# %% tags=["nbval-check-output"]
for depth in (18, 34, 50, 101, 152):
    model = imagenet(f"resnet{depth}")
    stages = list(model.features)[1:]
    layers = 2 + sum(
        isinstance(layer, nn.Conv2d)
        for stage in stages
        for block in stage
        for layer in block.residual
    )
    work = models.count_multiply_adds(model, 3, 224)
    print(
        f"resnet{depth:<4} {type(stages[0][0]).__name__:10} "
        f"{'+'.join(str(len(stage)) for stage in stages):9} blocks, {layers:3} layers, "
        f"{models.count_parameters(model):,} parameters, {work / 1e9:5.2f} billion"
    )

# %% [markdown]
# The last column is multiply-adds for one image of 224×224. (He et al. call them **FLOPs**, floating-point operations. Others
# count a multiplication and an addition as two, so ask before you compare.) VGG-16 needs 15.5 billion and has 138 million
# parameters: ResNet-152, with more than nine times as many layers, has less of both.
#
# ## 4. What the shortcut does for the gradient
#
# It is often said that shortcuts cure *vanishing* gradients. Measure it. Send 64 images through untrained networks of 20, 56
# and 110 layers, and take the length (norm) of the gradient at the first convolution.
#
# > **Predict first.** With depth, does the first layer's gradient of a plain network with batch norm shrink, stay, or grow?
# > And without it?


# %%
def first_gradient(model, images, labels):
    """The norm of the loss's gradient with respect to the first convolution's weights."""
    F.cross_entropy(model(images), labels).backward()
    return model.features[0].weight.grad.norm().item()


def without_batch_norm(model):
    for part in list(model.modules()):
        for name, layer in part.named_children():
            if isinstance(layer, nn.BatchNorm2d):
                setattr(part, name, nn.Identity())
    return model


def batch(k):
    """Images and labels of batch k of 64, normalised."""
    part = train.subset(torch.arange(64 * k, 64 * k + 64))
    return (part.images / 255 - part.mean[0]) / part.std[0], part.labels


def without_zeros(model):
    """Padded with the rows and columns of the opposite edge, and without batch norm."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            layer.padding_mode = "circular"
    return without_batch_norm(model)


# %%
changes = {
    "plain, with batch norm": ("plain", lambda model: model),
    "residual, with batch norm": ("residual", lambda model: model),
    "plain, no batch norm": ("plain", without_batch_norm),
    "residual, no batch norm": ("residual", without_batch_norm),
    "plain, neither it nor zeros": ("plain", without_zeros),
}
print(f"{'':32} {'20 layers':>10} {'56 layers':>10} {'110 layers':>10}")
for name, (kind, change) in changes.items():
    medians = []
    for depth in (20, 56, 110):
        norms = []
        for seed in range(budget(quick=1, laptop=3, full=3)):
            set_seed(seed)
            norms.append(first_gradient(change(create(kind, depth)), *batch(seed)))
        medians.append(statistics.median(norms))
    print(f"{name:32}" + "".join(f" {norm:10.1g}" for norm in medians))
windows = F.unfold(torch.ones(1, 1, 4, 4), kernel_size=3, padding=1)
zeros = 100 * (1 - windows.mean())
print(f"zeros among what 3×3 kernels read of a 4×4 map: {zeros:.0f} %")

# %% [markdown]
# (Medians over three seeds. 5e+05 is how Python writes 5·10⁵, so 500,000.) Row by row:
#
# - **Plain, with batch norm.** The gradient does not vanish, it *explodes*. Batch norm keeps the numbers the same size on the
#   way forward, whereas on the way back every layer makes the gradient a little longer, and 110 times a little is a lot (Yang
#   et al., 2019, derive it). Why is that bad? A gradient of 500,000 says: move the weights by 0.001 and the loss changes by
#   500. No loss does that, so the gradient is right only for steps far smaller than anyone takes. (Adam's steps have a length
#   of their own, but their direction is no more to be trusted.)
# - **Residual, with batch norm.** From 20 to 110 layers it grows five times, not several hundred thousand times. The derivative
#   of $x + F(x)$ is $1 + F'(x)$, and back-propagation multiplies these (lecture 01, section 9). A product of many $F'$ explodes
#   or vanishes. In the product of many $1 + F'$ there is one term without any $F'$, the way through all the shortcuts, and
#   that is why it does not vanish. And why does it not explode? The sum grows from block to block while batch norm keeps
#   $F(x)$ at one size. So each block changes the sum by a smaller share, and its factor comes closer to 1.
# - **Plain, without batch norm.** Here the gradient does vanish, in spite of He's first weights, because his rule does not
#   count the zeros of the padding: on maps of 4×4 nearly a third of what a 3×3 kernel reads are zeros. The last row is the
#   control. Padded with the opposite edge instead of zeros, the same network of 110 layers keeps 0.02
#   where it had 3e-05, a thousandth of that.
# - **Residual, without batch norm.** Every block adds something to the signal, nothing brings it back to size, and it explodes.
#
# Shortcuts *and* batch norm, together, make very deep networks trainable. (He et al. also looked at their plain networks'
# gradients, found them "healthy", and left open why these train so badly. The measurement above is of the first step, before
# any training.)
#
# ## 5. DenseNet: keep everything
#
# A ResNet *adds*, so what was there and what is new are mixed in one sum. DenseNet (Huang et al., 2017) *concatenates*: each
# layer reads all maps made before it and appends a few of its own. How many it appends is the **growth rate**.

# %%
figures.branching_blocks(
    {
        "residual, basic": basic,
        "dense layer": (
            "64 maps",
            [["1×1, 128", "3×3, 32"], []],
            "concatenate: 96 maps",
        ),
    },
    title="Add, or keep both",
    caption="*Both blocks have a way round the convolutions. On the left the sum has as many "
    "maps as the input; on the right the output has 32 maps more. (Batch norm and ReLU "
    "are not drawn; on the right they come before each convolution.)*",
)

# %% tags=["nbval-check-output"]
set_seed(0)
layer = DenseLayer(in_channels=4, growth_rate=2)
x = torch.rand(1, 4, 8, 8)
output = layer(x)
print(tuple(x.shape), "→", tuple(output.shape))
print("the first 4 maps are the input:", torch.equal(output[:, :4], x))

# %% [markdown]
# A **dense block** is a stack of such layers. In the first block of DenseNet-121, 64 maps come in, the growth rate is 32, and
# there are six layers. Each first mixes all it reads into 128 maps (four times the growth rate) with a 1×1 convolution, then
# makes 32 new maps of them with a 3×3. Batch norm and ReLU come *before* each convolution here, which is called
# **pre-activation**.
#
# > **Predict first.** How many maps does the sixth layer read, and how many leave the block?

# %% tags=["nbval-check-output"]
densenet = imagenet("densenet121")
*_, dense_block, transition = list(densenet.features)[:6]
for number, layer in enumerate(dense_block, start=1):
    reduction, convolution = (m for m in layer.new_maps if isinstance(m, nn.Conv2d))
    reads, makes = reduction.in_channels, convolution.out_channels
    print(
        f"layer {number} reads {reads:3} maps, weights {reduction.weight.numel():6,} + "
        f"{convolution.weight.numel():,}, passes on {reads} + {makes} = {reads + makes}"
    )
costs = models.layer_costs(transition, in_channels=256, image_size=56)
shapes = ["256×56×56", *("×".join(map(str, cost.output_shape)) for cost in costs[2:])]
print("transition:", " → ".join(shapes))

# %% [markdown]
# Because maps gather, there is a **transition** between two blocks: a 1×1 convolution halves the maps, an average pooling
# halves the size. So the next block begins with 128 maps of 28×28.
#
# Thanks to its 1×1 convolution a layer's 3×3 costs the same everywhere; only the 1×1 grows. And 32 maps per layer are few
# (VGG has up to 512). They are enough because every later layer reads the earlier maps directly, and nothing has to be
# computed or carried on again.

# %% tags=["nbval-check-output"]
for name in ("densenet121", "densenet169", "densenet201", "densenet161", "resnet50"):
    model = imagenet(name)
    work = models.count_multiply_adds(model, 3, 224)
    print(
        f"{name:12} {models.count_parameters(model):>10,} parameters, "
        f"{work / 1e9:.2f} billion multiply-adds"
    )

# %% [markdown]
# The name again counts layers with weights: DenseNet-121 has 6 + 12 + 24 + 16 = 58 dense layers with two convolutions each,
# three transitions, the first convolution and the linear layer: 116 + 3 + 1 + 1 = 121. (DenseNet-161 has a growth rate of
# 48.) What these counts do not show is memory. Every concatenation, and the batch norm after it, makes a new copy of all
# earlier maps, and training must keep them. Written simply, as here, the memory of a block therefore grows with the square
# of its layers (Pleiss et al., 2017).
#
# ## 6. Convolutions only
#
# What else can be left out? Springenberg et al. (2015) removed pooling, since a convolution with stride 2 also halves the
# size, and can learn how. They removed the linear layers as NiN had. Their **all-convolutional net** comes in three forms: A
# with 5×5 kernels, B with a 1×1 convolution after each 5×5, C with two 3×3 instead of each 5×5. Their last 3×3 has no
# padding, so 8×8 becomes 6×6.

# %% tags=["nbval-check-output"]
for form in "abc":
    model = empty(models.create, f"all_cnn_{form}", 10, in_channels=3, image_size=32)
    costs = models.layer_costs(model, 3, 32)
    layers = [cost for cost in costs if isinstance(cost.layer, nn.Conv2d)]
    print(
        f"{form.upper()}: {sum(c.parameters for c in costs):,} parameters, "
        f"{sum(c.multiply_adds for c in costs):,} multiply-adds"
    )
    for cost in layers:
        k, s = cost.layer.kernel_size[0], cost.layer.stride[0]
        shape = "×".join(map(str, cost.output_shape))
        print(f"   {k}×{k}{f', stride {s}' if s > 1 else '':10} {shape}")

# %% [markdown]
# On CIFAR-10 without augmentation the paper's C had 9.08 % errors, and 9.31 % if it was given max pooling and *as many*
# convolutions, these without stride (its Table 3). So pooling was not needed there.

# %% [markdown]
# **What a stride does to what a unit sees.** Below are the nine convolutions of C, and a picture of 64×64 pixels, twice as
# large as those of the table, so that the widest field has room in it. Point at a unit: the frames show what it sees in
# every map before it, and in the picture. The frame is its theoretical receptive field (lecture 01, section 8); the orange
# is how much each pixel counts, the size of the gradient, averaged over random images.
#
# > **Predict first.** Each 3×3 convolution before the first stride makes the field 2 larger. And between the first and the
# > second? After the second? And the two 1×1 convolutions at the end?

# %%
set_seed(0)
all_cnn = models.create("all_cnn_c", 10, in_channels=3, image_size=32)
widgets.ReceptiveFieldTelescope.from_model(
    all_cnn.features, images=4, title="What one unit of an all-convolutional net sees"
)

# %% [markdown]
# By 2, by 4, by 8, and not at all: 3, 5, 7, then 11, 15, 19, then 27. After a stride of 2, neighbouring units lie two pixels
# apart, so every later window reaches twice as far. That is why networks shrink their maps early: not only to save work, but
# to see far. Without its two strides the same stack would see 15×15 pixels.
#
# Look at the orange. The field of the last convolution is 27×27, but the middle counts far more than the rim (Luo et al.,
# 2016), for there are many ways from a middle pixel to the unit, and few from one at the edge.

# %% [markdown]
# **The end of the network.** The last convolution has one map for each class, and **global average pooling** takes the mean of
# each map. A linear layer is a convolution (lecture 02), and so is this mean: with a kernel as large as the map. Let the last
# maps be 10 of 8×8. Each output needs a kernel of 10×8×8. The network below is a small one for that, four 3×3 convolutions
# with batch norm and ReLU, two of them with stride 2, then the mean (`global_pool`) or the convolution (`global_pool_8x8`).
#
# > **Predict first.** Which numbers must the kernel of class 3 have so that it returns the mean of map 3? How many parameters
# > does the layer have?

# %% tags=["nbval-check-output"]
set_seed(0)
pool = models.create("global_pool", 10, in_channels=3, image_size=32).eval()
large = models.create("global_pool_8x8", 10, in_channels=3, image_size=32).eval()
large.features.load_state_dict(pool.features.state_dict())  # the same but for the end
kernel = large.ending[0]
nn.init.zeros_(kernel.weight)
nn.init.zeros_(kernel.bias)
with torch.no_grad():
    for k in range(10):
        kernel.weight[k, k] = 1 / 64
    images = torch.rand(5, 3, 32, 32)
    same = torch.allclose(pool(images), large(images), atol=1e-6)
print("kernel:", tuple(kernel.weight.shape))
print(f"the end's parameters: 0 or {models.count_parameters(kernel):,}")
print("the same logits:", same)

# %% [markdown]
# 1/64 in all 64 places of its own map, zeros for the other nine. So global average pooling is *one* of the things the 8×8
# convolution can compute. The convolution is free to learn that the middle counts more than the rim, or that map 4 speaks
# against class 3. Is that an advantage? The mean does not care *where* something is (it is invariant to translations). Move
# everything by 2 rows and 3 columns; what leaves on one side comes in on the other:

# %% tags=["nbval-check-output"]
maps = pool.features(images).detach()  # (5, 10, 8, 8)
moved = maps.roll(shifts=(2, 3), dims=(2, 3))  # by 2 rows and 3 columns
set_seed(0)
fresh = nn.Conv2d(10, 10, kernel_size=8)
for name, end in (("mean", pool.ending), ("8×8, as first drawn", fresh)):
    unchanged = torch.allclose(end(maps), end(moved), atol=1e-6)
    print(f"{name:20} the same after moving the maps: {unchanged}")

# %% [markdown]
# ## 7. Can each of them learn 32 images by heart?
#
# Before you train for a day, do the test of lecture 07: 32 images, again and again, without dropout. We stop as soon as the
# loss is below 0.1, and count the steps. This is a fast way to see twenty-one networks at work.


# %%
def without_dropout(model):
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    return model


def losses_by_heart(model, most_steps, learning_rate=5e-4):
    """The loss before each step of Adam, until it is below 0.1."""
    model.to(memory_format=torch.channels_last)  # another order in memory: faster
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    images, labels = (part[:32] for part in batch(0))
    losses = []
    while len(losses) <= most_steps:
        loss = F.cross_entropy(model(images), labels)
        losses.append(loss.item())
        if losses[-1] < 0.1:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% [markdown]
# > **Predict first.** Which will need the fewest steps: the small ones or the large ones, the shallow or the deep? Only
# > `googlenet_2014` and the three all-convolutional nets have no batch norm. (`resnet20` to `resnet110` are the small ResNets
# > of section 2, `resnet18` to `resnet152` the large ones.)

# %%
light = ["global_pool", "global_pool_8x8", "resnet20"]
names = [*light, "resnet32", "resnet44", "resnet56", "resnet110"]
names += ["all_cnn_a", "all_cnn_b", "all_cnn_c", "googlenet_2014", "googlenet"]
names += [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]
names += [f"densenet{depth}" for depth in (121, 169, 201, 161)]
print(f"{'':16} {'multiply-adds':>13}   loss before → after, steps")
for name in budget(quick=light, laptop=names, full=names):
    set_seed(0)
    model = without_dropout(models.create(name, image_size=16))
    work = models.count_multiply_adds(model, 1, 16) / 1e6
    losses = losses_by_heart(model, most_steps=budget(quick=2, laptop=100, full=100))
    print(
        f"{name:16} {work:11.1f} M   {losses[0]:.3f} → {losses[-1]:.3f} "
        f"in {len(losses) - 1} steps"
    )

# %% [markdown]
# **Depth is no obstacle any more.** The more layers a small ResNet has, the fewer steps it needs: 25 with 20 layers, 7 with
# 110. Among the large ones it is the other way round, 2 with 18 layers and 12 with 152, but all are quick. (One seed each.)
# All the large networks with batch norm are done within 12 steps. Those without it need more: 14 to 17 for the
# all-convolutional nets, 49 for `googlenet_2014`, whose later twin with batch norm needs 5.
#
# Last comes `global_pool`. Its logits come straight from a batch norm, a ReLU and a mean. As long as the γ of that batch norm
# is near 1, where it starts, a map that is on for a tenth of the images can be about 3 high there. With ten logits between 0
# and 3 the loss stays above 0.37 (−log of e³/(e³ + 9)). Is that a limit? No, because γ is learnt, and stretches the maps
# before the mean. But Adam moves a weight by about the learning rate in each step, so in a hundred steps of 0.0005 γ grows by
# 0.05 at most. More steps or longer ones should help:

# %%
for learning_rate, most_steps in ((5e-4, 100), (5e-4, 300), (5e-4, 3000), (1e-2, 100)):
    set_seed(0)
    model = models.create("global_pool", image_size=16)
    most_steps = budget(quick=2, laptop=most_steps, full=most_steps)
    losses = losses_by_heart(model, most_steps, learning_rate)
    stretch = model.features[-2].weight.mean()  # γ of the last batch norm
    print(
        f"learning rate {learning_rate}: loss {losses[-1]:.3f} after {len(losses) - 1} steps, "
        f"γ from 1 to {stretch:.2f}"
    )

# %% [markdown]
# So they do. After 300 steps the loss is 0.44, and with γ at 1.6 the test is passed, after 2152 short steps or 94 long ones.
# `global_pool` is not unable to learn the images, it is slow, and how slow is a matter of the learning rate. The 8×8
# convolution behind the maps of its twin has weights of its own to stretch them with, and so it passes after 47.
#
# ## 8. A short race
#
# Learning by heart is not recognising. So let some of them race on the track of lecture 07, section 8: the same 1600 images,
# the same recipe, 200 steps, from their own first weights and from He's rule, with three seeds. (The two with most work run
# once.) Validation is on the same 1000 images. `small_densenet` is one for small images after the paper: three blocks of
# eight layers, growth rate 12.
#
# > **Predict first.** In lecture 07 first weights decided who left the start. And here?


# %%
def he(layer):
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def train_short(model, seed):
    """Two hundred steps. Returns the accuracy in percent on images that were not shown."""
    run = fit(
        without_dropout(model),
        few,
        check,
        epochs=budget(quick=1, laptop=2, full=10),
        batch_size=budget(quick=16, laptop=16, full=128),
        learning_rate=5e-4,
        schedule=one_cycle,
        seed=seed,
        progress=False,
    )
    return 100 * run.validation_accuracy[-1]


# %%
runners = ["global_pool", "global_pool_8x8", "resnet20", "small_densenet"]
if budget_name() != "quick":
    runners += ["all_cnn_c", "googlenet", "resnet18"]
starts = {"its own": lambda layer: None, "He's rule": he}
scores = {}
for name in runners:
    scores[name] = {start: [] for start in starts}
    model = empty(models.create, name, image_size=16)
    work = models.count_multiply_adds(model, 1, 16) / 1e6
    print(f"{name}: {work:.1f} M, {models.count_parameters(model):,} parameters")
    seeds = range(budget(quick=1, laptop=3 if work < 80 else 1, full=5))
    for start, change in starts.items():
        for seed in seeds:
            set_seed(seed)
            model = models.create(name, image_size=16).apply(change)
            scores[name][start].append(train_short(model, seed))
        each = " ".join(f"{score:5.1f}" for score in scores[name][start])
        print(
            f"   {start:10} {each}, mean {statistics.fmean(scores[name][start]):.1f} %"
        )

# %%
figures.comparison_dots(
    scores,
    axis_label="validation accuracy (%)",
    source=few.source,
    title="A short race on small images, from two kinds of first weights",
    caption="*Each dot is one run. Lecture 07 has the same figure for older networks: compare "
    "how far apart the two rows of a network lie there and here.*",
)

# %% [markdown]
# Compare this with the figure of lecture 07. There the two rows of a network lay up to 66 points apart, here five of seven
# lie within two. Batch norm makes the output of a convolution the same however large its weights are, and `all_cnn_c`, which
# has none, begins with He's rule anyway. So this race is not one of starts, and none of the networks is left behind.
#
# The exceptions are the two `global_pool`, which lose four points from He's rule. A likely reason: torch's own first weights
# are √6 = 2.4 times smaller. Batch norm hides that from the output but not from Adam, whose steps have the same length for
# both, and turn small weights further.
#
# What may you read from it? With a thousand images, differences below about 4 points say nothing (lecture 05, section 6), and
# what depends on the first weights is not the network's. `global_pool_8x8`, for instance, with 31,000 parameters, is level with
# GoogLeNet from one start and four points behind from the other. Two things hold from both. ResNet-18 is ahead, by almost
# five points. And `global_pool_8x8`, which ends in a convolution over its whole last map (4×4 here, in spite of its name), is
# five points ahead of `global_pool`, which ends in a mean. Does it gain from knowing *where* something is?
#
# Or is it the reason of section 7, that its logits can grow? If so, `global_pool` needs no kernel that knows places. It is
# enough to begin with a larger γ:

# %%
stretched = []
for seed in range(budget(quick=1, laptop=3, full=5)):
    set_seed(seed)
    model = models.create("global_pool", image_size=16)
    nn.init.constant_(model.features[-2].weight, 4.0)  # γ of the last batch norm
    stretched.append(train_short(model, seed))
each = " ".join(f"{score:5.1f}" for score in stretched)
print(f"global_pool, γ = 4 at first: {each}, mean {statistics.fmean(stretched):.1f} %")

# %% [markdown]
# It gains three of the five points, with nothing but a larger number at the start. What is left, 1.7 points, may be the places,
# or chance.
#
# **What a longer run shows.** Two hundred steps show what starts quickly. For the end of the race there is the long run of
# section 2: networks of five families, made so narrow or so small that each has about 0.27 million parameters, trained alike
# on all of CIFAR-10.

# %%
for name in (
    *("resnet20", "plain20", "small_vgg"),
    *("small_googlenet", "small_mobilenet", "small_densenet"),
):
    model = empty(models.create, name, in_channels=3, image_size=32)
    work = models.count_multiply_adds(model, 3, 32) / 1e6
    result = "not run to the end yet"
    if name in kept:
        result = f"{100 * kept[name]['test_accuracy'][-1]:.1f} % of the test images"
    print(
        f"{name:16} {models.count_parameters(model):,} parameters, {work:5.1f} M, {result}"
    )

# %% [markdown]
# At equal parameters, ResNet-20 is ahead, 4.4 points before the same network without shortcuts. But look at the multiply-adds:
# the small GoogLeNet reaches what plain-20 does with less than half of the work, the VGG needs a seventh of it for three
# points less, and the MobileNet a tenth for five. The DenseNet does 2.6 times the work of ResNet-20. **Equal in one respect is
# not equal in another**, so whoever compares must say in which. (One seed each, and six epochs: a point or two may be chance,
# and a longer run may order them otherwise. Where no accuracy is given yet, the command of section 2 makes it.)
#
# What large networks gain in weeks no run of ours can show. For that we borrow published numbers.
#
# ## 9. All networks on one chart
#
# Which network should you take? Canziani, Paszke and Culurciello (2016) put the networks of their day on one chart: accuracy
# upwards, work to the right, parameters as area. Here is ours, for lectures 07 and 08. The accuracies are those that
# torchvision publishes with its trained weights; nothing is downloaded for that. (It has none for LeNet, ZFNet, NiN and the
# all-convolutional nets.) The work we count ourselves. torchvision publishes that too, so first a check:

# %% tags=["nbval-check-output"]
torchvision = import_torchvision()


def published(name, weights="IMAGENET1K_V1"):
    """What torchvision says about trained weights: accuracy in percent, billions of multiply-adds."""
    meta = torchvision.models.get_model_weights(name)[weights].meta
    return meta["_metrics"]["ImageNet-1K"]["acc@1"], meta["_ops"]


names = ["alexnet", "vgg11", "vgg13", "vgg16", "vgg19"]
names += ["vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "googlenet"]
names += [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]
names += [f"densenet{depth}" for depth in (121, 169, 201, 161)]
points, areas, differences = {}, {}, {}
for name in names:
    model = imagenet(name)
    accuracy, theirs = published(name)
    ours = models.count_multiply_adds(model, 3, 224) / 1e9
    points[name], areas[name] = (ours, accuracy), models.count_parameters(model) / 1e6
    differences[name] = abs(ours / theirs - 1)
largest = 100 * max(differences.values())
print(f"{len(names)} networks, the largest difference {largest:.1f} %")

# %%
figures.scatter(
    points,
    areas=areas,
    area_label="million parameters",
    x_label="billion multiply-adds per image of 224×224",
    y_label="ImageNet top-1 accuracy (%)",
    log_x=True,
    families={
        "AlexNet": ["alexnet"],
        "VGG": names[1:5],
        "VGG, batch norm": names[5:9],
        "GoogLeNet": ["googlenet"],
        "ResNet": names[10:15],
        "DenseNet": names[15:],
    },
    edge=True,
    source="accuracies from torchvision's weight metadata, multiply-adds counted",
    title="Accuracy, work and parameters of nineteen networks",
    caption="*Upwards is better, to the left is cheaper, small discs are small files. For each "
    "network ask: is there another one above it and to its left?*",
)

# %% [markdown]
# - **VGG** is beaten on all three axes. Its discs are the largest by far, because of the linear layers.
# - **GoogLeNet and ResNet-18** reach what VGG-11 and VGG-13 reach, with a fourth to an eighth of the work.
# - After AlexNet the **upper left edge** runs over GoogLeNet, the DenseNets, and ResNet-50 to 152. Roughly, points become
#   dearer: from ResNet-18 to ResNet-50, 6.4 points for 2.3 billion multiply-adds; from ResNet-50 to ResNet-152, 2.2 points for
#   7.4 billion.
# - **Concatenation** saves parameters: DenseNet-201 is ahead of ResNet-50, 76.9 to 76.1, with 20.0 million against 25.6.
# - **Parameters** say little about work: AlexNet has five times as many as ResNet-18, and less than half of its multiply-adds.
#
# **What the chart does not show.** Multiply-adds are not time: lecture 09 measures time. And an accuracy belongs to a network
# *and* to the way it was trained. For the points above we took the first set of weights that torchvision has, V1. For three
# networks it has a second one: the same layers, trained years later in another way.

# %% tags=["nbval-check-output"]
for depth in (50, 101, 152):
    old, _ = published(f"resnet{depth}", "IMAGENET1K_V1")
    new, _ = published(f"resnet{depth}", "IMAGENET1K_V2")
    print(f"ResNet-{depth:<3} V1 {old:.2f} %, V2 {new:.2f} %: {new - old:.2f} points")

# %% [markdown]
# Not a layer was changed, only the **recipe**: many more epochs, another learning-rate schedule, stronger augmentation, label
# smoothing, where the right class is to get a little less than 1, and another size to which the test images are scaled
# (Vryniotis, 2021). ResNet-50 with the new recipe is ahead of ResNet-152 with the old one, which has almost three times its
# work. **The recipe was worth as much as the architecture.** So compare two networks only if they were trained alike. Even our
# V1 points are not quite: the weights of GoogLeNet and of the DenseNets were taken over from other authors' training.

# %% [markdown]
# ## What happened, and why
#
# - A 1×1 convolution that reduces the maps makes everything after it cheaper. Inception, bottleneck blocks and DenseNet all
#   live on it.
# - A deeper plain network is harder to train, not just more inclined to overfit. A shortcut makes "do nothing" easy, all
#   weights zero, instead of a special pattern to be learnt, and gives the gradient a way past every block.
# - Concatenation keeps what addition mixes. It saves parameters, and costs memory.
# - Pooling and linear layers can be written as convolutions, and mostly be left out.
# - With batch norm after every convolution it hardly matters how the weights begin, so that a short race measures something
#   else than the start.
# - Which network is best depends on what is scarce (time, memory, training), and on the recipe at least as much.

# %%
widgets.PredictionScore(names=["inception"])

# %% [markdown]
# ## Check yourself
#
# 1. An Inception block reads 512 maps of 14×14. Its 5×5 branch has 64 kernels. How many multiply-adds are that without
#    reduction, and with a reduction to 24 maps?
# 2. Why does a residual block end with ReLU(F(x) + x) and not with ReLU(F(x)) + x? (Think of many blocks in a row.)
# 3. A stage begins with a basic block from 128 maps to 256 with stride 2. How many parameters does its projection have?
# 4. A dense block begins with 128 maps, has 12 layers and growth rate 32. How many maps leave it? And the transition?
# 5. Your 50-layer network reaches a training loss of 1.5, the 20-layer one 0.4. A colleague advises more dropout. What do you
#    answer?
# 6. A paper reports that its new network beats ResNet-50's 76.1 % by three points. What do you ask?
#
# <details><summary>Answers</summary>
#
# 1. 5·5·512·64·14·14 = 160,563,200. With reduction 512·24·196 + 5·5·24·64·196 = 2,408,448 + 7,526,400 = 9,934,848, a
#    sixteenth.
# 2. ReLU(F(x)) is never negative, so every block could only add, and the signal could only grow. With the ReLU after the sum F
#    may also take away.
# 3. 128·256 weights and 2·256 of batch norm: 33,280.
# 4. 128 + 12·32 = 512, and the transition halves them to 256.
# 5. Dropout is against overfitting. This is the opposite: the *training* loss is worse. Try shortcuts and batch norm (and first
#    the test with 32 images).
# 6. How both were trained. With a newer recipe ResNet-50 itself has 80.9 %.
# </details>

# %% [markdown]
# <details><summary>For instructors: slips that are often taught, and where networks differ from their papers</summary>
#
# - "Global average pooling sums over all locations." It takes the mean; section 6 shows the 1/64.
# - "A block with zero weights and biases is the identity, due to ReLU." It is, for inputs that are not negative, as those are
#   that leave a ReLU; section 3 shows both.
# - "GoogLeNet has four modules made up of Inception blocks." There are three, between poolings: 2, 5 and 2 blocks.
# - "Shortcuts let a network skip layers that are not useful." No layer is skipped: the block is always computed and added.
# - torchvision's bottleneck has its stride in the 3×3 convolution, the paper's in the first 1×1. So ResNet-50 has 4.1 billion
#   multiply-adds here and 3.8 in the paper's Table 1. Parameters are the same.
# - torchvision's GoogLeNet differs from the paper in kernels, pooling, dropout and normalisation; the table in
#   `utils/models/googlenet.py` lists all of it. `googlenet_2014` is the paper's, with He's first weights, as the paper does not
#   say how it began.
# - The paper's all-convolutional nets have a ReLU after the last convolution too; ours do not (see `utils/models/all_cnn.py`).
# - "Shortcuts cure vanishing gradients" is how it is often taught. Section 4: with batch norm, gradients of a new plain network
#   explode.
# - `global_pool_8x8` has a kernel of 8×8 for images of 32×32 only; for the 16×16 of section 8 it is 4×4.
# </details>
#
# ## Sources
#
# - Szegedy, Liu, Jia, and others (2015), *Going deeper with convolutions*.
# - Szegedy, Vanhoucke, Ioffe, Shlens, Wojna (2016), *Rethinking the Inception architecture for computer vision*.
# - Srivastava, Greff, Schmidhuber (2015), *Training very deep networks*.
# - He, Zhang, Ren, Sun (2016), *Deep residual learning for image recognition*.
# - Yang, Pennington, Rao, Sohl-Dickstein, Schoenholz (2019), *A mean field theory of batch normalization*.
# - Huang, Liu, van der Maaten, Weinberger (2017), *Densely connected convolutional networks*.
# - Pleiss, Chen, Huang, and others (2017), *Memory-efficient implementation of DenseNets*.
# - Springenberg, Dosovitskiy, Brox, Riedmiller (2015), *Striving for simplicity: the all convolutional net*.
# - Lin, Chen, Yan (2014), *Network in network*.
# - Luo, Li, Urtasun, Zemel (2016), *Understanding the effective receptive field in deep convolutional neural
#   networks*.
# - Howard, Zhu, Chen, and others (2017), *MobileNets: efficient convolutional neural networks for mobile vision
#   applications*.
# - Canziani, Paszke, Culurciello (2016), *An analysis of deep neural network models for practical applications*.
# - Vryniotis (2021), *How to train state-of-the-art models using TorchVision's latest primitives*, PyTorch blog.
# - *Deep Learning* (Fall 2020), L13 of STAT 479 *Deep Learning* (2019), the chapter *Convolutional neural networks* and
#   *Introducción a las CNNs, parte 2*, whose selection of networks this is.
