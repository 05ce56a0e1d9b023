"""Networks that torchvision does not have, held against the tables and sentences of their papers."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from utils import models
from utils.models.alexnet import response_norm
from utils.models.all_cnn import AllCNN
from utils.models.cat_dog import CatDog
from utils.models.cifar_resnet import Block
from utils.models.global_pool import GlobalPool
from utils.models.googlenet import BLOCKS, GoogLeNet
from utils.models.inception import Inception, NaiveInception
from utils.models.lenet import LeNet, LeNet1998, ScaledTanh, SparseConvolution, Subsampling
from utils.models.mobilenet import MobileNet
from utils.models.resnet import BasicBlock
from utils.models.vgg import VGG

pytestmark = pytest.mark.slow  # builds every network of every table

IMAGENET = (3, 224, 224)
CIFAR = (3, 32, 32)


def parameters_per_layer(model: nn.Module, *kinds: type[nn.Module]) -> list[int]:
    return [models.count_parameters(layer) for layer in model.modules() if isinstance(layer, kinds)]


def weight_shapes(model: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(m.weight.shape) for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]


def in_words(model: nn.Module) -> str:
    """Kernels /strides +paddings of convolutions, max and mean pools, and dropouts, in the order they are written."""
    words = []
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            words.append(f"drop {layer.p}")
        elif isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kind = {nn.MaxPool2d: "max ", nn.AvgPool2d: "mean "}.get(type(layer), "")
            k, s, p = (v[0] if isinstance(v, tuple) else v for v in (layer.kernel_size, layer.stride, layer.padding))
            words.append(f"{kind}{k}/{s}+{p}")
    return ", ".join(words)


PIXEL = "1/1+0, 1/1+0"  # two 1×1 convolutions


@pytest.mark.parametrize(
    "name, size, layers",
    [
        ("lenet", 32, ["5/1+0, mean 2/2+0, 5/1+0, mean 2/2+0"]),
        (  # Krizhevsky et al. 2012, section 3.5; the padding of the first is ours
            *("alexnet_two_gpus", 224),
            ["11/4+2, max 3/2+0, 5/1+2, max 3/2+0, 3/1+1, 3/1+1, 3/1+1, max 3/2+0, drop 0.5, drop 0.5"],
        ),
        (  # Zeiler and Fergus 2014, Figure 3
            *("zfnet", 224),
            ["7/2+1, max 3/2+1, 5/2+0, max 3/2+1, 3/1+1, 3/1+1, 3/1+1, max 3/2+0, drop 0.5, drop 0.5"],
        ),
        (  # nin_imagenet
            *("nin", 224),
            [
                "11/4+0",
                PIXEL,
                "max 3/2+0, 5/1+2",
                PIXEL,
                "max 3/2+0, 3/1+1",
                PIXEL,
                "max 3/2+0, drop 0.5, 3/1+1",
                PIXEL,
            ],
        ),
        (  # cifar10_nin
            *("nin", 32),
            ["5/1+2", PIXEL, "max 3/2+0, drop 0.5, 5/1+2", PIXEL, "mean 3/2+0, drop 0.5, 3/1+1", PIXEL],
        ),
        (  # Springenberg et al. 2015, Table 2 and section 3.2
            *("all_cnn_c", 32),
            ["drop 0.2", *["3/1+1, 3/1+1, 3/2+1, drop 0.5"] * 2, "3/1+0", PIXEL],
        ),
    ],
)
def test_kernels_strides_paddings_and_dropouts_are_the_papers(name, size, layers):
    with torch.device("meta"):
        assert in_words(models.create(name, 10, 3, size)) == ", ".join(layers)


# The networks of lectures 03 and 05


@pytest.mark.parametrize(
    "name, layers",
    [
        ("mlp", [785_000, 10_010]),  # 795,010
        ("cnn", [640, 73_856, 640_200, 2_010]),  # 716,706
        ("small_cnn", [40, 296, 3_930]),  # conv 1→4, conv 4→8, linear 7·7·8→10
    ],
)
def test_fashion_mnist_networks(name, layers):
    model = models.create(name)
    assert parameters_per_layer(model, nn.Conv2d, nn.Linear) == layers
    assert models.count_parameters(model) == sum(layers)


def test_cat_dog():
    model = models.create("cat_dog", num_classes=2, in_channels=3, image_size=32)
    assert [p.numel() for p in model.parameters()] == [1_572_864, 512, 1_024, 2]
    assert models.count_parameters(model) == 1_574_402
    with torch.device("meta"):
        assert models.count_parameters(CatDog(image_size=1024, hidden=1024)) > 3_000_000_000


def test_cat_dog_computes_what_is_written_out_here():
    model = models.create("cat_dog", num_classes=2, in_channels=3, image_size=32)
    images = torch.randn(4, 3, 32, 32)
    first, bias, second, last_bias = model.parameters()
    expected = torch.tanh(images.reshape(4, 3072) @ first.T + bias) @ second.T + last_bias
    torch.testing.assert_close(model(images), expected)


# LeNet-5 (LeCun et al. 1998, section II.B)


def test_lenet_of_1998_has_the_papers_parameters(output_shapes):
    model = LeNet1998()
    kinds = (SparseConvolution, Subsampling, nn.Linear)
    c1 = models.count_parameters(model.features[0])
    *hidden, output = parameters_per_layer(model, *kinds)
    assert [c1, *hidden] == [156, 12, 1_516, 32, 48_120, 10_164]
    assert c1 + sum(hidden) == 60_000  # "60,000 trainable free parameters"
    assert output == 84 * 10 + 10
    shapes = output_shapes(model, Subsampling, SparseConvolution, image=(1, 32, 32))
    assert shapes == [(6, 14, 14), (16, 10, 10), (16, 5, 5)]


def test_lenet_c3_reads_what_table_1_of_the_paper_says():
    table = """
        X . . . X X X . . X X X X . X X
        X X . . . X X X . . X X X X . X
        X X X . . . X X X . . X . X X X
        . X X X . . X X X X . . X . X X
        . . X X X . . X X X X . X X . X
        . . . X X X . . X X X X . X X X
    """
    expected = torch.tensor([[mark == "X" for mark in row.split()] for row in table.split("\n")[1:-1]]).T
    c3 = LeNet1998().features[4]
    maps = torch.randn(1, 6, 5, 5)  # (1, 16, 1, 1) comes out
    influence = torch.autograd.functional.jacobian(c3, maps).reshape(16, 6, 25).abs().sum(2)
    assert torch.equal(influence > 0, expected)


def test_lenet_subsampling_is_a_scaled_and_shifted_mean():
    layer = Subsampling(2)
    layer.coefficient.data = torch.tensor([2.0, 3.0]).reshape(2, 1, 1)
    layer.bias.data = torch.tensor([10.0, 20.0]).reshape(2, 1, 1)
    maps = torch.tensor([[1.0, 2.0], [3.0, 6.0]]).expand(1, 2, 2, 2)  # mean 3
    assert layer(maps).flatten().tolist() == [16, 29]


def test_lenet_activation_keeps_plus_and_minus_one():
    torch.testing.assert_close(
        ScaledTanh()(torch.tensor([-1.0, 0.0, 1.0])), torch.tensor([-1.0, 0, 1]), atol=1e-4, rtol=0
    )


def test_lenet_as_taught_today(output_shapes):
    model = LeNet()
    assert parameters_per_layer(model, nn.Conv2d, nn.Linear) == [156, 2_416, 48_120, 10_164, 850]
    assert output_shapes(model, nn.Conv2d, image=(1, 32, 32)) == [(6, 28, 28), (16, 10, 10)]
    mnist = LeNet(image_size=28)
    assert models.count_parameters(mnist) == models.count_parameters(model) == 61_706
    kinds = {type(layer) for layer in model.modules()}
    assert {nn.Sigmoid, nn.AvgPool2d} <= kinds and not {nn.ReLU, nn.MaxPool2d} & kinds


# AlexNet (Krizhevsky et al. 2012)


def test_alexnet_two_gpus_has_the_papers_kernels_and_neurons(output_shapes):
    with torch.device("meta"):
        model = models.create("alexnet_two_gpus", 1000, 3, 224)
    # Section 3.5: 96 kernels of 11×11×3, 256 of 5×5×48, 384 of 3×3×256, 384 of 3×3×192, 256 of 3×3×192
    assert weight_shapes(model) == [
        *[(96, 3, 11, 11), (256, 48, 5, 5), (384, 256, 3, 3), (384, 192, 3, 3), (256, 192, 3, 3)],
        *[(4096, 9216), (4096, 4096), (1000, 4096)],
    ]
    assert models.count_parameters(model) == 60_965_224  # "60 million parameters"
    shapes = output_shapes(model, nn.Conv2d, nn.Linear, image=IMAGENET)
    assert shapes[0] == (96, 55, 55)  # its 253,440 neurons do not fit the 55×55 of the paper's own Figure 2
    assert [math.prod(s) for s in shapes[1:]] == [186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]
    assert output_shapes(model, nn.MaxPool2d, image=IMAGENET)[-1] == (256, 6, 6)


def test_alexnet_two_gpus_starts_as_the_paper_says():
    model = models.create("alexnet_two_gpus", image_size=32)
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert [layer.bias.unique().tolist() for layer in layers] == [[b] for b in [0, 1, 0, 1, 1, 1, 1, 0]]
    assert all(0.009 < layer.weight.std() < 0.011 for layer in layers[:-1])


def test_response_norm_is_the_formula_of_section_3_3():
    a = torch.randn(2, 9, 3, 3) * 20
    b = torch.empty_like(a)
    for i in range(9):
        neighbours = a[:, max(0, i - 2) : min(9, i + 3)]
        b[:, i] = a[:, i] / (2 + 1e-4 * (neighbours**2).sum(dim=1)) ** 0.75
    torch.testing.assert_close(response_norm()(a), b)


# ZFNet (Zeiler and Fergus 2014, Figure 3; 512, 1024 and 512 maps in layers 3 to 5)


def test_zfnet_has_the_papers_shapes(output_shapes):
    with torch.device("meta"):
        model = models.create("zfnet", 1000, 3, 224)
    convolutions = output_shapes(model, nn.Conv2d, image=IMAGENET)
    assert convolutions == [(96, 110, 110), (256, 26, 26), (512, 13, 13), (1024, 13, 13), (512, 13, 13)]
    with torch.device("meta"):
        model = models.create("zfnet", 1000, 3, 224)
    assert output_shapes(model, nn.MaxPool2d, image=IMAGENET) == [(96, 55, 55), (256, 13, 13), (512, 6, 6)]
    assert weight_shapes(model) == [
        *[(96, 3, 7, 7), (256, 96, 5, 5), (512, 256, 3, 3), (1024, 512, 3, 3), (512, 1024, 3, 3)],
        *[(4096, 512 * 6 * 6), (4096, 4096), (1000, 4096)],
    ]
    assert models.count_parameters(model) == 107_627_624


# VGG (Simonyan and Zisserman 2015, Tables 1 and 2)

VGG_TABLE_1 = {
    "A": "3-64 M 3-128 M 3-256 3-256 M 3-512 3-512 M 3-512 3-512 M",
    "A-LRN": "3-64 L M 3-128 M 3-256 3-256 M 3-512 3-512 M 3-512 3-512 M",
    "B": "3-64 3-64 M 3-128 3-128 M 3-256 3-256 M 3-512 3-512 M 3-512 3-512 M",
    "C": "3-64 3-64 M 3-128 3-128 M 3-256 3-256 1-256 M 3-512 3-512 1-512 M 3-512 3-512 1-512 M",
    "D": "3-64 3-64 M 3-128 3-128 M 3-256 3-256 3-256 M 3-512 3-512 3-512 M 3-512 3-512 3-512 M",
    "E": "3-64 3-64 M 3-128 3-128 M 3-256 3-256 3-256 3-256 M 3-512 3-512 3-512 3-512 M 3-512 3-512 3-512 3-512 M",
}


@pytest.mark.parametrize(
    "configuration, name, layers, millions",
    [
        ("A", "vgg11", 11, 133),
        ("A-LRN", "vgg11_lrn", 11, 133),
        ("B", "vgg13", 13, 133),
        ("C", "vgg16_c", 16, 134),
        ("D", "vgg16", 16, 138),
        ("E", "vgg19", 19, 144),
    ],
)
def test_vgg_has_the_papers_layers(configuration, name, layers, millions, output_shapes):
    with torch.device("meta"):
        model = models.create(name, 1000, 3, 224)
    words = []
    for layer in model.features.modules():
        if isinstance(layer, nn.Conv2d):
            words.append(f"{layer.kernel_size[0]}-{layer.out_channels}")
        elif isinstance(layer, nn.LocalResponseNorm | nn.MaxPool2d):
            words.append({nn.LocalResponseNorm: "L", nn.MaxPool2d: "M"}[type(layer)])
    assert " ".join(words) == VGG_TABLE_1[configuration]
    assert len(weight_shapes(model)) == layers
    assert round(models.count_parameters(model) / 1e6) == millions
    pools = output_shapes(model, nn.MaxPool2d, image=IMAGENET)
    assert pools == [(64, 112, 112), (128, 56, 56), (256, 28, 28), (512, 14, 14), (512, 7, 7)]


def test_vgg_a_lrn_normalises_after_the_first_relu():
    kinds = [type(layer) for layer in VGG("A-LRN", image_size=32).features[0]]
    assert kinds == [nn.Conv2d, nn.ReLU, nn.LocalResponseNorm, nn.MaxPool2d]


def test_vgg_16_has_138_357_544_parameters():
    with torch.device("meta"):
        assert models.count_parameters(models.create("vgg16", 1000, 3, 224)) == 138_357_544


def test_vgg_starts_as_torchvisions_does():
    """He et al. 2015: the variance of the weights is 2 / fan, here the fan out, 9 · 512, not the fan in, 9 · 256."""
    torch.manual_seed(0)
    model = VGG("A", image_size=32)
    convolution, linear = model.features[3][0], model.classifier[1]
    assert convolution.weight.std().item() == pytest.approx(math.sqrt(2 / (9 * 512)), rel=0.01)
    assert linear.weight.std().item() == pytest.approx(0.01, rel=0.01)
    assert convolution.bias.abs().max() == linear.bias.abs().max() == 0


def test_vgg_refuses_other_columns():
    with pytest.raises(ValueError, match="'F' is not a column of Table 1: use A, A-LRN, B"):
        VGG("F")


# Network in network (Lin et al. 2014; widths as in the authors' Caffe networks nin_imagenet and cifar10_nin)


def test_nin(output_shapes):
    with torch.device("meta"):
        imagenet, cifar = models.create("nin", 1000, 3, 224), models.create("nin", 10, 3, 32)
    assert weight_shapes(imagenet) == [
        *[(96, 3, 11, 11), (96, 96, 1, 1), (96, 96, 1, 1)],
        *[(256, 96, 5, 5), (256, 256, 1, 1), (256, 256, 1, 1)],
        *[(384, 256, 3, 3), (384, 384, 1, 1), (384, 384, 1, 1)],
        *[(1024, 384, 3, 3), (1024, 1024, 1, 1), (1000, 1024, 1, 1)],
    ]
    assert weight_shapes(cifar) == [
        *[(192, 3, 5, 5), (160, 192, 1, 1), (96, 160, 1, 1)],
        *[(192, 96, 5, 5), (192, 192, 1, 1), (192, 192, 1, 1)],
        *[(192, 192, 3, 3), (192, 192, 1, 1), (10, 192, 1, 1)],
    ]
    assert output_shapes(imagenet, nn.Conv2d, image=IMAGENET)[::3] == [
        *[(96, 54, 54), (256, 27, 27), (384, 13, 13), (1024, 6, 6)]  # pool4 of nin_imagenet is 6×6
    ]
    assert output_shapes(cifar, nn.Conv2d, image=CIFAR)[-1] == (10, 8, 8)  # pool3 of cifar10_nin is 8×8
    assert models.count_parameters(imagenet) == 7_595_176
    assert models.count_parameters(cifar) == 966_986


@pytest.mark.parametrize("name", ["nin", "all_cnn_a", "all_cnn_b", "all_cnn_c"])
@pytest.mark.parametrize("size", [32, 64])
def test_every_convolution_but_the_last_is_followed_by_a_relu(name, size):
    """The last one too, in both papers; our docstrings say why not here."""
    model = models.create(name, 10, 3, size)
    layers = [type(m) for m in model.modules() if isinstance(m, nn.Conv2d | nn.ReLU)]
    assert layers == [nn.Conv2d, nn.ReLU] * (len(layers) // 2) + [nn.Conv2d]
    assert model(torch.randn(8, 3, size, size)).min() < 0


# GoogLeNet (Szegedy et al. 2015, Table 1)


def test_googlenet_has_the_papers_shapes_and_operations(output_shapes):
    with torch.device("meta"):
        model = models.create("googlenet_2014", 1000, 3, 224)
    shapes = output_shapes(model, Inception, image=IMAGENET)
    assert shapes == [
        *[(256, 28, 28), (480, 28, 28)],
        *[(512, 14, 14), (512, 14, 14), (512, 14, 14), (528, 14, 14), (832, 14, 14)],
        *[(832, 7, 7), (1024, 7, 7)],
    ]
    blocks = [m for m in model.modules() if isinstance(m, Inception)]
    work = [  # millions of multiply-adds: every weight once at every place
        sum(p.numel() for p in block.parameters() if p.ndim == 4) * height * width / 1e6
        for block, (_, height, width) in zip(blocks, shapes, strict=True)
    ]
    paper = [128, 304, 73, 88, 100, 119, 170, 54, 71]
    paper[7] = 51  # what the columns of the paper's row 5a give; its own figure is 54
    assert work == pytest.approx(paper, abs=1)
    assert models.count_parameters(model) == 6_998_552


def test_googlenet_has_the_papers_kernels_strides_and_dropouts():
    """Szegedy et al. 2015, Table 1, section 5 and Figure 3. Shapes and counts alone do not tell 3×3 from 2×2."""
    with torch.device("meta"):
        model = GoogLeNet(as_published=True, auxiliary_heads=True)
    block = "1/1+0, 1/1+0, 3/1+1, 1/1+0, 5/1+2, max 3/1+1, 1/1+0"
    pool, head = "max 3/2+0", "mean 5/3+0, 1/1+0, drop 0.7"
    blocks = [*[block] * 2, pool, *[block] * 5, pool, *[block] * 2]
    assert in_words(model) == ", ".join(["7/2+3", pool, "1/1+0, 3/1+1", pool, *blocks, head, head, "drop 0.4"])
    norms = [name for name, layer in model.named_modules() if isinstance(layer, nn.LocalResponseNorm)]
    assert norms == ["features.stem.2", "features.stem.5"]  # after the first pooling, before the second
    assert [logits.shape[1] for logits in model(torch.empty(1, *IMAGENET, device="meta"))] == [1000] * 3


def test_a_narrow_network_is_its_family_with_fewer_maps():
    for wide, narrow in [("googlenet", "small_googlenet"), ("vgg13_bn", "small_vgg"), ("mobilenet", "small_mobilenet")]:
        with torch.device("meta"):
            whole, slim = (models.create(name, 10, 3, 32) for name in (wide, narrow))
        assert in_words(whole) == in_words(slim)
        assert [type(layer) for layer in whole.modules()] == [type(layer) for layer in slim.modules()]


@pytest.mark.parametrize("width, millions, work", [(1, 4.2, 569), (0.75, 2.6, 325), (0.5, 1.3, 149), (0.25, 0.5, 41)])
def test_mobilenet_has_the_papers_parameters_and_multiply_adds(width, millions, work):
    """Howard et al. 2017, Table 6."""
    with torch.device("meta"):
        model = MobileNet(width)
    assert round(models.count_parameters(model) / 1e6, 1) == millions
    assert models.count_multiply_adds(model, 3, 224) / 1e6 == pytest.approx(work, abs=1)
    kernels = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)]
    assert [layer.stride[0] for layer in kernels] == [2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]


def test_a_plain_network_is_a_resnet_without_its_shortcuts():
    with torch.device("meta"):
        plain, residual = (models.create(name, 10, 3, 32) for name in ("plain20", "resnet20"))
    assert weight_shapes(plain) == weight_shapes(residual)
    block = Block(4, 4, plain=True)
    maps = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(block(maps), block.residual(maps).relu())


@pytest.mark.parametrize("as_published", [False, True])
def test_googlenet_auxiliary_heads_train_too(as_published):
    model = GoogLeNet(as_published, auxiliary_heads=True, num_classes=5, image_size=32)
    images = torch.randn(2, 3, 32, 32)
    outputs = model(images)
    assert [logits.shape for logits in outputs] == [(2, 5)] * 3
    sum(logits.square().sum() for logits in outputs).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert model.eval()(images).shape == (2, 5)


def test_googlenet_auxiliary_heads_read_blocks_4a_and_4d():
    model = GoogLeNet(auxiliary_heads=True, num_classes=5, image_size=32)
    _, after_4a, after_4d = model(torch.randn(2, 3, 32, 32))
    before = list(BLOCKS)
    for logits, block in [(after_4a, "inception_4a"), (after_4d, "inception_4d")]:
        model.zero_grad()
        logits.sum().backward(retain_graph=True)
        reached = [name for name in before if next(model.features.get_submodule(name).parameters()).grad is not None]
        assert reached == before[: before.index(block) + 1]


def test_naive_inception_grows_and_costs_more():
    """The numbers of inception.py, from the formula k·k·C_in·C_out."""
    naive, reduced = NaiveInception(192, 64, 128, 32), Inception(192, 64, (96, 128), (16, 32), 32)
    maps = torch.randn(1, 192, 4, 4)
    assert naive(maps).shape == (1, 416, 4, 4)
    assert reduced(maps).shape == (1, 256, 4, 4)
    weights = [sum(p.numel() for p in block.parameters() if p.ndim == 4) for block in (naive, reduced)]
    assert weights == [
        192 * 64 + 9 * 192 * 128 + 25 * 192 * 32,
        192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32,
    ]


def test_naive_inception_passes_its_pooled_input_on():
    maps = torch.randn(1, 3, 5, 5)
    pooled = NaiveInception(3, 2, 2, 2)(maps)[:, 6:]
    assert pooled[0, 1, 2, 2] == maps[0, 1, 1:4, 1:4].max()


# ResNets (He et al. 2016)


@pytest.mark.parametrize("depth, millions", [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
def test_cifar_resnets_have_the_layers_and_sizes_of_section_4_2(depth, millions, output_shapes):
    model = models.create(f"resnet{depth}", 10, 3, 32)
    assert len(weight_shapes(model)) == depth
    assert round(models.count_parameters(model) / 1e6, 1 if depth == 110 else 2) == millions  # Table 6
    n = (depth - 2) // 6
    shapes = output_shapes(model, nn.Conv2d, image=CIFAR)
    assert shapes == [(16, 32, 32)] * (1 + 2 * n) + [(32, 16, 16)] * 2 * n + [(64, 8, 8)] * 2 * n


def test_option_a_shortcut_takes_every_second_pixel_and_adds_zeros():
    block = Block(2, 5, stride=2)
    maps = torch.randn(3, 2, 7, 7)
    shortcut = block.shortcut(maps)
    assert shortcut.shape == block.residual(maps).shape == (3, 5, 4, 4)
    for y in range(4):
        for x in range(4):
            assert torch.equal(shortcut[:, :2, y, x], maps[:, :, 2 * y, 2 * x])
    assert shortcut[:, 2:].abs().max() == 0


@pytest.mark.parametrize("block", [BasicBlock(4, 4), Block(4, 4)])
def test_a_residual_block_with_zero_weights_is_the_identity(block):
    for parameter in block.residual.parameters():
        nn.init.zeros_(parameter)
    maps = torch.rand(2, 4, 5, 5)  # positive, as a ReLU before the block leaves them
    assert torch.equal(block(maps), maps)


@pytest.mark.parametrize("depth, blocks", [(18, 8), (34, 16), (50, 16), (101, 33), (152, 50)])
def test_imagenet_resnets_have_the_stages_of_table_1(depth, blocks, output_shapes):
    with torch.device("meta"):
        model = models.create(f"resnet{depth}", 1000, 3, 224)
    shortcuts = sum(isinstance(m, nn.Sequential) for n, m in model.named_modules() if n.endswith("shortcut"))
    assert len(weight_shapes(model)) - shortcuts == depth
    maps = 1 if depth < 50 else 4
    stages = [(64, 56, 56)] + [(64 * maps * 2**i, 56 // 2**i, 56 // 2**i) for i in range(4)]
    found = []
    for stage in model.features:
        stage.register_forward_hook(lambda _, __, y: found.append(tuple(y.shape[1:])))
    model(torch.empty(1, *IMAGENET, device="meta"))
    assert found == stages
    assert sum(len(stage) for stage in model.features[1:]) == blocks


# DenseNet (Huang et al. 2017, Table 1)


@pytest.mark.parametrize("depth", [121, 169, 201, 161])
def test_densenets_have_as_many_layers_as_their_name_says(depth):
    with torch.device("meta"):
        assert len(weight_shapes(models.create(f"densenet{depth}", 1000, 3, 224))) == depth


def test_densenet_121_has_the_stages_of_table_1(output_shapes):
    with torch.device("meta"):
        model = models.create("densenet121", 1000, 3, 224)
    assert output_shapes(model, nn.AvgPool2d, image=IMAGENET) == [(128, 28, 28), (256, 14, 14), (512, 7, 7)]


# The all-convolutional net (Springenberg et al. 2015, Tables 1 to 3)


@pytest.mark.parametrize(
    "variant, kernels, millions",
    [
        ("a", [5, 3, 5, 3, 3, 1, 1], 1.28),
        ("b", [5, 1, 3, 5, 1, 3, 3, 1, 1], 1.35),
        ("c", [3, 3, 3, 3, 3, 3, 3, 1, 1], 1.4),
    ],
)
def test_all_cnn(variant, kernels, millions, output_shapes):
    model = models.create(f"all_cnn_{variant}", 10, 3, 32)
    assert [shape[-1] for shape in weight_shapes(model)] == kernels
    assert models.count_parameters(model) / 1e6 == pytest.approx(millions, rel=0.04)
    kinds = {type(layer) for layer in model.modules()}
    assert not {nn.MaxPool2d, nn.AvgPool2d, nn.Linear} & kinds
    assert [m.p for m in model.modules() if isinstance(m, nn.Dropout)] == [0.2, 0.5, 0.5]
    shapes = output_shapes(model, nn.Conv2d, image=CIFAR)
    halves = [shape for shape, k in zip(shapes, range(len(shapes)), strict=True) if k and shape[1] < shapes[k - 1][1]]
    assert halves == [
        (96, 16, 16),
        (192, 8, 8),
        (192, 6, 6),
    ]  # "global averaging over 6 × 6 spatial dimensions"


def test_all_cnn_refuses_other_variants():
    with pytest.raises(ValueError, match="variant='D' is not known: use A, B, C"):
        AllCNN("D")


# Global average pooling and its replacement


def test_an_8x8_convolution_can_be_global_average_pooling():
    average, convolution = GlobalPool("average"), GlobalPool("convolution")
    convolution.features.load_state_dict(average.features.state_dict())
    kernel = convolution.ending[0]
    assert kernel.weight.shape == (10, 10, 8, 8)
    kernel.weight.data = torch.eye(10).reshape(10, 10, 1, 1).expand(10, 10, 8, 8) / 64
    kernel.bias.data.zero_()
    images = torch.randn(2, 3, 32, 32)
    maps = average.eval().features(images)
    torch.testing.assert_close(average(images), avg_pool2d(maps, 8).flatten(1))
    torch.testing.assert_close(convolution.eval()(images), average(images))
    extra = models.count_parameters(convolution) - models.count_parameters(average)
    assert extra == 10 * 10 * 8 * 8 + 10


def test_global_pool_refuses_other_endings():
    with pytest.raises(ValueError, match="ending='max' is not known"):
        GlobalPool("max")
