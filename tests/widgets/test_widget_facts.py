"""What the widgets say in words, and the answers of Predict First, against torch."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from utils import models
from utils.data.transforms import random_crop
from utils.training import fit
from utils.widgets import (
    AugmentationBench,
    ChannelsAndGroups,
    ConvolutionStepper,
    FrozenStages,
    KernelLab,
    NetworkLedger,
    NetworksSideBySide,
    NormalisationBlock,
    PoolingBench,
    PredictFirst,
    PredictionScore,
    Question,
    ReceptiveFieldTelescope,
    Roofline,
    TrainingScope,
    TransposedConvolution,
    WeightView,
)
from utils.widgets.augment import lost
from utils.widgets.frozen.stages import CUTS, pieces
from utils.widgets.lab import PADDING_MODES, brightness, filtered
from utils.widgets.landscape import landscape
from utils.widgets.live.settings import pictures_of
from utils.widgets.predict.sets import SETS


def numbers(words: str) -> list[list[float]]:
    """ "2×2: 1 2 / 3 −4" as rows."""
    rows = words.split(": ")[1].replace("−", "-").split(" / ")
    return [[float(cell) for cell in row.split()] for row in rows]


def test_pooling_says_its_numbers():
    facts = PoolingBench([[0, 1, 2], [3, 4, 5], [6, 7, 8]], kernel_size=2, stride=1).facts()
    assert numbers(facts["Max"]) == [[4, 5], [7, 8]]
    assert numbers(facts["Average"]) == [[2, 3], [5, 6]]


def test_pooling_shifts():
    facts = PoolingBench([[1, 2, 3], [4, 5, 6]], kernel_size=(2, 3), stride=1, shift=1, kernel=[[1]]).facts()
    assert facts["Input"] == "2×3: 0 1 2 / 0 4 5" and facts["Max"] == "1×1: 5"


def test_transposed():
    facts = TransposedConvolution([[1, 2], [3, 4]], [[1, 1], [1, 1]], stride=1, padding=0).facts()
    truth = F.conv_transpose2d(torch.tensor([[[[1.0, 2], [3, 4]]]]), torch.ones(1, 1, 2, 2))
    assert numbers(facts["Output"]) == truth[0, 0].tolist()
    assert numbers(facts["Stamps on each cell"]) == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_weight_view_has_torch_s_gradient():
    view = WeightView([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[1, 0], [0, 1]], upstream=[[1, 2], [3, 4]])
    # Of weight [0, 0]: 0·1 + 1·2 + 3·3 + 4·4 = 27, and so on by hand.
    assert numbers(view.facts()["Gradient of the kernel"]) == [[27, 37], [57, 67]]


@pytest.mark.parametrize("settings", [{}, {"groups": 2}, {"groups": 4}, {"separable": True}])
def test_channels_count_what_torch_counts(settings):
    facts = ChannelsAndGroups(in_channels=4, out_channels=8, **settings).facts()
    if "separable" in settings:
        layer = nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 8, 1))
    else:
        layer = nn.Conv2d(4, 8, 3, **settings)
    assert facts["Parameters"] == str(sum(p.numel() for p in layer.parameters()))


def test_channels_that_cannot_be_shared():
    assert "groups=3 does not divide" in ChannelsAndGroups(groups=3).describe()


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize("size", [(3, 3), (2, 4), (5, 1)])
def test_kernel_lab_is_a_layer_with_same_padding(mode, size):
    layer = nn.Conv2d(1, 1, size, padding="same", padding_mode=mode, bias=False)
    image = torch.rand(7, 9)
    ours = filtered(image, layer.weight.data[0, 0], "correlation", mode)
    assert torch.allclose(ours, layer(image[None, None])[0, 0], atol=1e-6)
    turned = filtered(image, layer.weight.data[0, 0].flip(0, 1), "convolution", mode)
    assert torch.equal(turned, ours)


def test_an_image_too_small_to_reflect_is_explained():
    assert "No result: padding_mode='reflect' takes 1 more" in KernelLab([[5]], padding_mode="reflect").describe()


def test_of_a_picture_in_colour_the_brightness_is_filtered():
    picture = torch.randint(0, 256, (3, 5, 7)).byte()
    widget = KernelLab(picture, kernel=[[1]])
    light = picture.double().mean(0).round()
    assert torch.equal(brightness(widget.image), light)
    assert "Image: 5×7, in colour." in widget.describe()
    assert f"numbers from {light.min():.0f} to {light.max():.0f}." in widget.describe()
    assert KernelLab(widget.image).image == widget.image, "as the page sends it back"


@pytest.mark.parametrize(
    "image, reason",
    [
        (torch.zeros(2, 4, 4), "this one has 2 channels"),
        (torch.rand(3, 4, 4), "whole numbers from 0 to 255"),
        (torch.full((3, 4, 4), 256), "whole numbers from 0 to 255"),
        ([[[1]], [[2]], [[3, 4]]], "three channels of one size"),
        (torch.zeros(3, 4, 129), "at most 128×128"),
        ({"size": [2, 2], "bytes": "AAAA"}, "does not have the bytes of three channels of 2×2"),
        ({"size": [1, 1]}, "does not have the bytes of three channels of 1×1"),
    ],
)
def test_a_picture_in_colour_that_cannot_be_is_explained(image, reason):
    widget = KernelLab(image)
    assert reason in widget.problem and widget.image == [[0]]


def test_the_landscape_is_always_the_same_and_has_contrast():
    assert torch.equal(landscape(), landscape())
    assert landscape().min() < 40 and landscape().max() > 240


# Of channel 0 of lecture 06, 2 4 4 4 and 5 5 7 9: mean 5, variance 4. In image 1 alone the mean is 6.5.
@pytest.mark.parametrize(
    "settings, becomes",
    [
        ({}, "9 becomes 2"),
        ({"kind": "instance"}, "9 becomes 1.51"),
        ({"mode": "eval", "seen": 0}, "9 becomes 9"),
        ({"mode": "eval", "seen": 0, "kind": "instance"}, "9 becomes 1.51"),
    ],
)
def test_normalisation_by_hand(settings, becomes):
    assert NormalisationBlock(**settings).facts()["Image 1, channel 0, row 1, column 1"] == becomes


def test_normalisation_that_cannot_be_says_so():
    one = torch.zeros(1, 2, 1, 1)
    assert "more than 1 value per channel" in NormalisationBlock(block=one).facts()["No result"]
    assert "divisible" in NormalisationBlock(block=one, kind="group", groups=3).facts()["No result"]


def test_networks_side_by_side_have_the_numbers_of_their_papers():
    facts = NetworksSideBySide(network=2, row=18).facts()
    assert facts["LeNet-5"].startswith("61,706 parameters, 96 % in linear layers; 416,520 multiply-adds, 14 %")
    assert facts["AlexNet"].startswith("60,965,224 parameters, 96 % in linear layers;")
    vgg = "138,357,544 parameters, 89 % in linear layers; 15,470,264,320 multiply-adds, 1 %"
    assert facts["VGG-16"].startswith(vgg)
    assert facts["NiN"].startswith("7,595,176 parameters, 0 % in linear layers;")
    assert facts["Layer of VGG-16"].startswith("linear, 25,088 → 4,096: 102,764,544 parameters")


def test_networks_side_by_side_of_any_model():
    branching = models.create("resnet18", in_channels=1, image_size=28)
    side = NetworksSideBySide.of({"ResNet-18": (branching, 1, 28)})
    assert side.problem == "" and f"{models.count_parameters(branching):,} parameters" in side.facts()["ResNet-18"]
    assert NetworksSideBySide.of({}).networks == NetworksSideBySide().networks


def test_augmentation_says_how_much_is_lost():
    crops = random_crop(torch.ones(20_000, 1, 12, 20), torch.Generator().manual_seed(0), padding=3)
    shares = 1 - crops.mean(dim=(1, 2, 3))
    mean, most = lost(12, 20, 3)
    assert mean == pytest.approx(shares.mean().item(), abs=0.005) and most == pytest.approx(shares.max().item())
    facts = AugmentationBench(picture=4, turned=1).facts()
    assert facts["Different images that can come of it"] == "324"  # 9·9 places, mirrored or not, turned or not
    assert facts["Mirrored"] == "50 in 100, and is a d then" and facts["Turned"] == "1 in 100, and is a q then"


def test_augmentation_of_own_images(stripes):
    bench = AugmentationBench.of(stripes.subset(torch.arange(3)))
    assert bench.problem == "" and len(bench.pictures["pictures"]) == 6
    assert bench.facts()["Data"] == stripes.source
    real = replace(stripes, source="Stripes, 50,000 + 10,000 images, from a folder of somebody's machine")
    assert AugmentationBench.of(real.subset(torch.arange(3))).facts()["Data"] == "Stripes"
    assert pictures_of(real.subset(torch.arange(3)))["source"] == "Stripes"
    assert "use AugmentationBench.of(data)" in AugmentationBench.of(stripes.subset(torch.arange(8))).problem


@pytest.mark.parametrize("cut", [0, 4, 7, 9, 10, 11])
def test_frozen_stages_count_the_steps_that_torch_makes(cut):
    with torch.device("meta"):
        row = pieces(models.create("resnet20", 2, in_channels=3, image_size=32))
        images = torch.zeros(2, 3, 32, 32)
    frozen, learning = nn.Sequential(*row[:cut]).requires_grad_(False), nn.Sequential(*row[cut:])
    counted = []
    maps = frozen(images)
    for work in (lambda: frozen(images), lambda: learning(maps), lambda: learning(maps).sum().backward()):
        with FlopCounterMode(display=False) as counter:
            work()
        counted.append(counter.get_total_flops() // 4)  # two images, and a multiply-add is two operations
    below, above, step = counted
    facts = FrozenStages(cut=cut, epochs=3).facts()
    words = f"{below:,} frozen, {above:,} forward and {step - above:,} backward above"
    assert facts["Multiply-adds for one image"] == words
    assert facts["In 3 epochs"] == f"{below + 3 * step:,}"
    assert FrozenStages(cut=cut, epochs=3, kept=False).facts()["In 3 epochs"] == f"{3 * (below + step):,}"
    assert facts["Learn"].startswith(f"{models.count_parameters(learning):,} of 269,202")


def test_frozen_stages_show_the_runs_that_were_made():
    runs = FrozenStages().runs
    for line in runs["lines"]:
        shown = FrozenStages(cut=CUTS[line["name"]], scratch=line["scratch"], labels=9).facts()
        last = [seed[-1] for seed in line["accuracies"]]
        assert shown["With 1,000 labels of each class"].startswith(f"{sum(last) / 3:.1f} % right, from {min(last)}")
    assert FrozenStages(cut=5).facts()["With 100 labels of each class"] == "not run"
    own = FrozenStages.of({"body": nn.Conv2d(1, 2, 3, bias=False), "head": nn.Conv2d(2, 1, 1)}, 1, 5, cut=1)
    assert own.facts()["Multiply-adds for one image"] == "162 frozen, 18 forward and 18 backward above"


def test_roofline_says_the_least_time():
    # A linear layer from 64 to 10 with bias, 2 images: 2·2·640 operations; 2·(650 + 2·74) bytes.
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    facts = Roofline.of(model, 1, 8, peak=2560, bandwidth=1596, batch=2).facts()
    assert facts["linear, 64 → 10"] == (
        "2,560 operations and 1,596 bytes, 1.6 for each byte: bound by arithmetic, at least 0.001 µs"
    )
    slow = Roofline.of(model, 1, 8, peak=2560, bandwidth=1595, batch=2, network="My own").facts()
    assert "bound by memory" in slow["linear, 64 → 10"] and slow["My own"] == "forward at least 0.000001 ms"


def test_roofline_of_resnet_20_has_all_of_its_work():
    work = Roofline().work
    adds = sum(row["times"] * row["adds"] for row in work if "norm" not in row["name"])
    assert adds == models.count_multiply_adds(models.create("resnet20", in_channels=3, image_size=32), 3, 32)
    assert sum(row["times"] * row["weights"] for row in work) == 269_722
    assert Roofline([{"name": "no counts"}]).work == work


def test_ledger_of_a_model_says_its_parameters():
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU()), nn.Flatten(), nn.Linear(5408, 3)
    )
    ledger = NetworkLedger.from_module(model, (1, 28, 28))
    assert ledger.facts()["Parameters"] == f"{sum(p.numel() for p in model.parameters()):,}"
    again = ledger.to_module()
    assert str(again) == str(nn.Sequential(*model[0], *model[1:]))
    assert again(torch.rand(2, 1, 28, 28)).shape == (2, 3)


def test_ledger_counts_shared_weights_once():
    twice = nn.Conv2d(8, 8, 3, padding=1)
    tied = nn.Conv2d(8, 8, 3, padding=1)
    tied.weight, tied.bias = twice.weight, twice.bias
    model = nn.Sequential(nn.Conv2d(1, 8, 3), twice, nn.ReLU(), twice, nn.ReLU(), tied)
    ledger = NetworkLedger.from_module(model, (1, 9, 9))
    facts = ledger.facts()
    assert facts["Parameters"] == f"{sum(p.numel() for p in model.parameters()):,}" == "664"
    assert facts["4 Conv2d"] == facts["6 Conv2d"] == "8×7×7, 0 parameters, shared with an earlier row"
    again = ledger.to_module()
    assert again[1] is again[3] is again[5] and sum(p.numel() for p in again.parameters()) == 664
    tied.bias = nn.Parameter(torch.zeros(8))
    with pytest.raises(ValueError, match="shares only a part of its weights"):
        NetworkLedger.from_module(model, (1, 9, 9))


def test_ledger_of_lecture_03():
    assert NetworkLedger.from_module(models.create("cnn"), (1, 28, 28)).facts()["Parameters"] == "716,706"


@pytest.mark.parametrize(
    "name, shape",
    [("small_cnn", (1, 28, 28)), ("vgg11", (3, 64, 64)), ("all_cnn_c", (3, 32, 32))],
)
def test_ledger_counts_the_parameters_of_the_course_s_sequences(name, shape):
    """Also where a model flattens without a layer for it."""
    with torch.device("meta"):  # shapes, but no numbers to draw
        model = models.create(name, in_channels=shape[0], image_size=shape[1])
    facts = NetworkLedger.from_module(model, shape).facts()
    assert facts["Parameters"] == f"{models.count_parameters(model):,}"


def test_ledger_says_how_much_padding_keeps_the_size():
    model = nn.Sequential(nn.Conv2d(1, 2, 5, padding="same"), nn.Conv2d(2, 2, 3, padding="same", dilation=2))
    assert [row["padding"] for row in NetworkLedger.from_module(model, (1, 9, 9)).layers] == [2, 2]


def test_ledger_knows_layers_without_bias():
    model = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.AdaptiveMaxPool2d(1), nn.Flatten())
    model.append(nn.Linear(8, 2, bias=False))
    ledger = NetworkLedger.from_module(model, (3, 9, 9))
    assert ledger.facts()["Parameters"] == str(3 * 8 * 9 + 8 * 2)
    assert str(ledger.to_module()) == str(model)


class Averaging(nn.Module):
    """A mean over the places of a map, given in one of torch's ways, then a convolution or a linear layer."""

    def __init__(self, *mean, last=None, **settings):
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 4, 3), last or nn.Conv2d(4, 2, 1)
        self.mean, self.settings = mean, settings

    def forward(self, x):
        return self.last(self.first(x).mean(*self.mean, **self.settings)).flatten(start_dim=1)


@pytest.mark.parametrize(
    "model",
    [
        Averaging((2, 3), keepdim=True),
        Averaging([-1, -2], True),
        Averaging(dim=(3, 2), keepdim=True),
        Averaging((2, 3), last=nn.Linear(4, 2)),
        Averaging(dim=(-2, -1), keepdim=False, last=nn.Linear(4, 2)),
    ],
)
def test_ledger_flattens_after_a_mean_only_where_the_network_does(model):
    ledger = NetworkLedger.from_module(model, (1, 8, 8))
    assert ledger.facts()["Parameters"] == "50"
    kinds = [row["kind"] for row in ledger.layers]
    last = ["Conv2d", "Flatten"] if isinstance(model.last, nn.Conv2d) else ["Flatten", "Linear", "Flatten"]
    assert kinds == ["Conv2d", "AdaptiveAvgPool2d", *last]


class Branching(nn.Module):
    """A sum of two ways, as in a ResNet."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 5, padding=2)

    def forward(self, x):
        return self.one(x) + self.other(x)


@pytest.mark.parametrize(
    "model, reason",
    [
        (nn.Tanh(), r"no row for Tanh\(\): it knows Conv2d"),
        (nn.Conv2d(1, 1, (1, 3)), r"one number for kernel_size, .* has \(1, 3\)"),
        (nn.Conv2d(1, 1, 2, padding="same"), "odd number cannot be split evenly"),
        (nn.MaxPool2d(2, ceil_mode=True), "only layers with ceil_mode=False"),
        (nn.MaxPool2d(2, dilation=2), "only pooling without dilation"),
        (nn.Conv2d(1, 1, 3, padding_mode="circular"), "only layers with padding_mode='zeros'"),
        (nn.BatchNorm2d(1, affine=False), "only layers with affine=True"),
        (Averaging((1, 2), keepdim=True), "Averaging calls mean between its layers"),
        (Averaging((2, 3), True, dtype=torch.double), "Averaging calls mean between its layers"),
        (Branching(), "Branching is not one layer after the other: .*other reads something else than"),
        (models.create("resnet20"), "CifarResNet is not one layer after the other"),
        (models.create("googlenet"), "GoogLeNet is not one layer after the other"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_ledger_says_what_it_cannot_show(model, reason):
    with pytest.raises(ValueError, match=reason):
        NetworkLedger.from_module(model, (1, 8, 8))


def test_ledger_says_what_cannot_be():
    facts = NetworkLedger([{"kind": "Linear", "out_features": 3, "bias": True}]).facts()
    assert facts["Not possible"] == "layer 1, Linear: a Linear layer needs a Flatten before it"


def test_telescope_measures_the_field_that_it_computes():
    """With weights of one every cell of the field has a gradient; around it there is none."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(2, 1, 3, padding=2, dilation=2))
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    telescope = ReceptiveFieldTelescope.from_model(model, torch.rand(32, 32))
    assert [name for name, *_ in telescope.layers] == ["conv 1", "pool 1", "conv 2"]
    assert telescope.problem == ""
    sees = [re.match(r"sees (\d+)×", text)[1] for name, text in telescope.facts().items() if name != "Image"]
    assert sees == ["3", "4", "12"]
    for field, seen in zip(telescope.effective, sees, strict=True):
        assert len(field) == len(field[0]) == int(seen)
        assert all(cell > 0 for row in field for cell in row) and max(map(max, field)) == 1
    assert model.training


def test_telescope_of_a_model_that_branches():
    """A unit of a network with shortcuts sees what the longest way sees; beside a larger kernel it sees more."""
    telescope = ReceptiveFieldTelescope.from_model(models.create("resnet20", in_channels=1), images=1)
    assert telescope.facts()["A unit of conv 19"].startswith("sees 81×81")
    with pytest.raises(ValueError, match="Branching is not one layer after the other: a unit of other sees 5×5"):
        ReceptiveFieldTelescope.from_model(Branching(), images=1)


def test_telescope_with_nothing_to_see():
    with pytest.raises(ValueError, match="no convolution and no pooling"):
        ReceptiveFieldTelescope.from_model(nn.Linear(3, 3), torch.rand(8, 8))


# ------------------------------------------------------------ Predict First


def in_prompt(pattern: str, text: str) -> list[int]:
    return [int(group) for group in re.search(pattern, text).groups()]


def torch_answers(about: str, question: dict) -> int:
    """What torch says, from nothing but the words of the question (and its pictures)."""
    prompt = question["prompt"]
    if about == "output_size":
        i, k, s, p = in_prompt(r"input (\d+)×.*kernel (\d+)×.*stride (\d+), padding (\d+)", prompt)
        d = in_prompt(r"dilation (\d+)", prompt)[0] if "dilation" in prompt else 1
        return F.conv2d(torch.zeros(1, 1, i, i), torch.zeros(1, 1, k, k), None, s, p, d).shape[2]
    if about == "value":
        row, column = in_prompt(r"output\[(\d), (\d)\]", prompt)
        image, kernel = (torch.tensor(question["case"][name]).float()[None, None] for name in ("image", "kernel"))
        return int(F.conv2d(image, kernel)[0, 0, row, column])
    if about == "transposed_size":
        i, k, s, p = in_prompt(r"input (\d+)×.*kernel (\d+)×.*stride (\d+), padding (\d+)", prompt)
        return nn.ConvTranspose2d(1, 1, k, s, p)(torch.zeros(1, 1, i, i)).shape[2]
    if about == "parameters":
        layer = eval(re.search(r"nn\.Conv2d\(.*\)", prompt)[0])
        return sum(p.numel() for p in layer.parameters())
    layers = [nn.Conv1d(1, 1, int(k), int(s), bias=False) for k, s in re.findall(r"(\d)×\d with stride (\d)", prompt)]
    image = torch.zeros(1, 1, 80, requires_grad=True)
    for layer in layers:
        nn.init.ones_(layer.weight)
    nn.Sequential(*layers)(image)[0, 0, 0].backward()
    return int(image.grad.count_nonzero())


def shown_by_the_stepper(question: dict) -> int:
    """The answer as the Stepper has it that opens after a wrong one."""
    case = question["case"]
    image, kernel = (torch.tensor(case[name], dtype=torch.float)[None, None] for name in ("image", "kernel"))
    moves = {name: case[name] for name in ("stride", "padding", "dilation") if name in case}
    output = F.conv2d(image, kernel, **moves)[0, 0]
    ConvolutionStepper(**case)  # raises nothing
    return output.flatten()[case["step"]] if question["grids"] else len(output)


@pytest.mark.parametrize("about", ["output_size", "value", "transposed_size", "parameters", "receptive_field"])
def test_predict_first_knows_the_answer(about):
    predict = PredictFirst(about, seed=3, count=40)
    for question in predict.questions:
        assert question["truth"] == torch_answers(about, question), question["prompt"]
        assert question["because"].endswith(f"= {question['truth']}".replace("-", "−"))
        assert all(answer != question["truth"] for answer, _ in question["mistakes"])
        if about in ("output_size", "value", "transposed_size"):
            assert shown_by_the_stepper(question) == question["truth"]
    assert len({str(question) for question in predict.questions}) > 20


@pytest.mark.parametrize("about", SETS)
def test_what_lectures_ask_has_a_reason_and_its_mistakes_are_others(about):
    predict = PredictFirst(about)
    for question in predict.questions:
        truth = question["truth"]
        assert all(answer != truth for answer, _ in question["mistakes"])
        assert question["prompt"].endswith(("?", ".")) and question["because"]
        if question["case"]:
            assert shown_by_the_stepper(question) == truth


def test_the_answers_of_the_sets_are_those_of_torch():
    answers = {about: [question["truth"] for question in PredictFirst(about).questions] for about in SETS}
    count = lambda *layers: [sum(p.numel() for p in layer.parameters()) for layer in layers]  # noqa: E731
    assert answers["one_by_one"] == count(nn.Conv2d(64, 32, 1), nn.Linear(64, 32))
    assert answers["linear_layers"] == count(nn.Linear(3072, 512), nn.Linear(512, 2))
    batches = torch.arange(50_000).split(64)
    assert answers["batches"] == [len(batches), len(batches[-1])]
    numbers = torch.tensor([2.0, 4, 4, 4, 5, 5, 7, 9])
    normal = F.batch_norm(numbers[:, None], None, None, training=True, eps=1e-9)[-1].item()
    assert answers["batch_norm"] == pytest.approx([numbers.mean().item(), numbers.var(correction=0).item(), normal])
    lenet = nn.Sequential(nn.Conv2d(1, 6, 5), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.AvgPool2d(2))
    maps = torch.zeros(1, 16, 32, 32)
    with FlopCounterMode(display=False) as counter:
        written = nn.Conv2d(16, 16, 3, padding=1)(maps)
    of_a_byte = counter.get_total_flops() / (4 * (maps.numel() + written.numel()))
    chosen = PredictFirst("intensity").questions[1]["options"][int(answers["intensity"][1])]
    assert chosen == f"about {of_a_byte:.0f}"
    assert answers["lenet"] == [lenet(torch.zeros(1, 1, 32, 32)).shape[-1], *count(lenet[0])]


def test_the_score_counts_what_was_said_in_this_kernel():
    first = PredictFirst("batches")
    first.set_state({"answers": [782, 1]})  # as the page does
    score = PredictionScore(names=["batches", "never asked"])
    assert score.counts == [[2, 2, 1], [0, 0, 0]]
    assert score.facts() == {"Predictions": "2", "Answered": "2, 1 right"}


def test_the_seed_decides():
    assert PredictFirst(seed=1).questions == PredictFirst(seed=1).questions != PredictFirst(seed=2).questions


def test_answers_can_be_read_from_python():
    predict = PredictFirst("parameters", count=3)
    assert predict.correct == [None, None, None]
    truth = predict.questions[0]["truth"]
    predict.set_state({"answers": [truth, truth + 10_000]})  # as the page does
    assert predict.correct == [True, False, None]
    assert predict.facts()["Answered"] == "2 of 3, 1 right"


def test_the_page_cannot_change_the_questions():
    predict = PredictFirst(count=1)
    predict.set_state({"questions": [{"prompt": "1 + 1?", "truth": 2}]})
    assert "input" in predict.questions[0]["prompt"]
    assert "cannot be changed" in predict.problem


def test_own_questions():
    question = Question("Which curve overfits?", 1, "Validation loss rises.", options=((3, 2, 1), (3, 2, 3)))
    assert PredictFirst(questions=[question]).describe().startswith("Predict first. Question 1: Which curve overfits?")
    with pytest.raises(ValueError, match=r"about='sizes' is not known: use one of output_size"):
        PredictFirst("sizes")


# ------------------------------------------------------------ Training Scope


def test_scope_follows_fit(stripes):
    scope = TrainingScope()
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    history = fit(model, stripes, stripes, epochs=3, progress=False, after_epoch=scope)
    assert scope.problem == ""
    assert scope.train_loss == pytest.approx(history.train_loss)
    assert scope.validation_accuracy == pytest.approx(history.validation_accuracy)
    assert scope.epoch == 2 and torch.tensor(scope.filters).shape == (3, 4, 3, 3)
    assert torch.tensor(scope.filters[-1]) == pytest.approx(model[0].weight.detach()[:, 0], abs=1e-3)
    assert TrainingScope.of(history).describe() == scope.describe()


def test_scope_keeps_what_a_run_began_with_and_forgets_the_run_before(stripes):
    scope = TrainingScope()
    for _ in range(2):
        model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
        first = model[0].weight.detach()[:, 0].clone()
        scope.before(model)
        assert scope.describe().endswith("Epochs: none yet.")
        fit(model, stripes, epochs=2, progress=False, after_epoch=scope)
        assert len(scope.filters) == 3 and len(scope.train_loss) == 2 and scope.epoch == 1
        assert torch.tensor(scope.filters[0]) == pytest.approx(first, abs=1e-3)
