"""Write golden.json: what torch says about some thousand settings, and numbers in words as a reader wants them.

pytest and ``node --test`` read the same file.

Run ``python -m tests.widgets.make_golden`` after a change. The same seed writes the same file on every machine: all
numbers are small whole ones, so nothing is rounded but what normalisation returns, to four decimals.
"""

import itertools
import json
import math
import random
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from utils.widgets.normalisation import normalised
from utils.widgets.roofline import work_of

GOLDEN = Path(__file__).with_name("golden.json")
SHORT = {0: "0", 7: "7", -7: "−7", 100: "100", 120.5: "120.5", -1.25: "−1.25", 0.1 + 0.2: "0.3", 2 / 3: "0.67"}
SHORT |= {-0.001: "0", 0.004: "0", -0.0051: "−0.01", 9.999: "10", 99.995: "100", 1.005: "1", 12345.678: "12345.68"}
SHORT |= {0.125: "0.12", 0.375: "0.38", -0.625: "−0.62", 10.235: "10.23", 1.115: "1.11"}  # as f"{0.125:.2f}" rounds
COUNTED = [[0, "row", "0 rows"], [1, "row", "1 row"], [2, "output cell", "2 output cells"]]
COUNTED += [[12345, "stamp", "12,345 stamps"], [1234567, "weight", "1,234,567 weights"]]


def cases() -> dict[str, list]:
    """Per group, settings and what torch makes of them; null where torch refuses."""
    chance = random.Random(0)
    return {
        "output_size": [conv_size(*s) for s in conv_settings(chance)],
        "transposed_output_size": [transposed_size(*s) for s in transposed_settings(chance)],
        "parameter_count": [parameters(chance) for _ in range(200)],
        "receptive_field": [field(chance) for _ in range(200)],
        "convolve": [convolution(chance) for _ in range(250)],
        "transposed": [transposed(chance) for _ in range(150)],
        "max_pool": [pooling(chance) for _ in range(150)],
        "padding_modes": [padded(chance) for _ in range(150)],
        "ledger": [network(chance) for _ in range(150)],
        "normalise": [normalisation(chance) for _ in range(80)],
        "work": [work(chance) for _ in range(60)],
        "augment": [augmentation(chance) for _ in range(60)],
        "telescope": [sight(chance) for _ in range(60)],
        "channels": [channels(chance) for _ in range(60)],
        "short": [list(case) for case in SHORT.items()],
        "counted": COUNTED,
    }


def conv_settings(chance):
    small = itertools.product(range(1, 8), range(1, 6), range(1, 4), range(3), range(1, 4))  # i, k, s, p, d
    large = [tuple(chance.randint(1, most) for most in (300, 15, 8, 10, 6)) for _ in range(600)]
    return [*small, *large]


def conv_size(i, k, s, p, d) -> list:
    return [i, k, s, p, d, length(F.conv1d, i, k, s, p, d)]


def transposed_settings(chance):
    for _ in range(900):
        i, k, s, p, extra, d = (chance.randint(least, most) for least, most in
                                ((1, 20), (1, 7), (1, 5), (0, 4), (0, 3), (1, 4)))  # fmt: skip
        yield i, k, s, p, extra, d


def transposed_size(i, k, s, p, extra, d) -> list:
    if extra >= max(s, d):  # torch's meta device lets this pass, the real one does not
        return [i, k, s, p, extra, d, None]
    arguments = (s, p, extra, 1, d)
    return [i, k, s, p, extra, d, length(F.conv_transpose1d, i, k, *arguments)]


def length(operation, i, k, *arguments) -> int | None:
    """Size of the output, or None if torch refuses. The meta device works out shapes only."""
    try:
        output = operation(torch.empty(1, 1, i, device="meta"), torch.empty(1, 1, k, device="meta"), None, *arguments)
    except RuntimeError:
        return None
    return output.shape[-1] or None


def parameters(chance) -> list:
    c_in, c_out, kh, kw = (chance.randint(1, most) for most in (12, 12, 5, 5))
    groups, bias = chance.randint(1, 4), chance.random() < 0.5
    try:
        layer = nn.Conv2d(c_in, c_out, (kh, kw), groups=groups, bias=bias, device="meta")
    except ValueError:
        return [c_in, c_out, kh, kw, groups, bias, None]
    return [c_in, c_out, kh, kw, groups, bias, sum(p.numel() for p in layer.parameters())]


def field(chance) -> list:
    """How many inputs one unit's gradient reaches from its first to its last, through layers of ones."""
    layers = [[chance.randint(1, 4), chance.randint(1, 3), chance.randint(1, 3)] for _ in range(chance.randint(1, 4))]
    size = 1
    for k, s, d in reversed(layers):
        size = (size - 1) * s + d * (k - 1) + 1  # just enough for one output
    image = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    hidden = image
    for k, s, d in layers:
        hidden = F.conv1d(hidden, torch.ones(1, 1, k, dtype=torch.float64), stride=s, dilation=d)
    hidden[0, 0, 0].backward()
    reached = image.grad[0, 0].nonzero()
    return [layers, int(reached.max() - reached.min()) + 1]


def convolution(chance) -> list:
    """Image, kernel, stride, padding, dilation; then the output and, for ones as upstream, the kernel's gradient."""
    while True:
        image, kernel = digits(chance, 7), digits(chance, 4)
        stride, padding, dilation = pairs(chance, (1, 3), (0, 2), (1, 2))
        weight = kernel[None, None].requires_grad_()
        try:
            output = F.conv2d(image[None, None], weight, None, stride, padding, dilation)
        except RuntimeError:
            continue
        output.sum().backward()
        return [
            whole(image),
            whole(kernel),
            stride,
            padding,
            dilation,
            whole(output[0, 0]),
            whole(weight.grad[0, 0]),
        ]


def transposed(chance) -> list:
    """Image, kernel, stride, padding, output_padding, dilation; then the output."""
    while True:
        image, kernel = digits(chance, 4), digits(chance, 4)
        stride, padding, extra, dilation = pairs(chance, (1, 3), (0, 2), (0, 2), (1, 2))
        try:
            output = F.conv_transpose2d(
                image[None, None], kernel[None, None], None, stride, padding, extra, 1, dilation
            )
        except RuntimeError:
            continue
        if output.numel():
            return [whole(image), whole(kernel), stride, padding, extra, dilation, whole(output[0, 0])]


def pooling(chance) -> list:
    """Image, window, stride; then the maxima, and where their gradient goes if each counts once."""
    image = digits(chance, 7)
    window = [chance.randint(1, size) for size in image.shape]
    (stride,) = pairs(chance, (1, 3))
    leaf = image[None, None].requires_grad_()
    output = F.max_pool2d(leaf, window, stride)
    output.sum().backward()
    return [whole(image), window, stride, whole(output[0, 0]), whole(leaf.grad[0, 0])]


def padded(chance) -> list:
    """Image, kernel, padding mode; then the output with padding="same", null where the image is too small for it."""
    mode = chance.choice(["zeros", "reflect", "replicate", "circular"])
    image, kernel = digits(chance, 6), digits(chance, 5)
    layer = nn.Conv2d(1, 1, kernel.shape, padding="same", padding_mode=mode, bias=False, dtype=torch.float64)
    layer.weight.data[0, 0] = kernel
    try:
        return [whole(image), whole(kernel), mode, whole(layer(image[None, None])[0, 0])]
    except RuntimeError:
        return [whole(image), whole(kernel), mode, None]


def network(chance) -> list:
    """Layers, input shape; then what each layer returns and its parameters, null from where it cannot be."""
    layers, rows = [random_layer(chance) for _ in range(chance.randint(1, 6))], []
    shape = [chance.randint(1, 6), chance.randint(4, 16), chance.randint(4, 16)]
    hidden = torch.empty(1, *shape, device="meta")
    for layer in layers:
        given = {name: value for name, value in layer.items() if name != "kind"}
        kind = layer["kind"]
        first = [hidden.shape[1]] if kind in ("Conv2d", "BatchNorm2d", "Linear") else []
        flat_already = hidden.ndim == 2 and kind not in ("ReLU", "Dropout", "Flatten", "Linear")
        try:
            if flat_already or (kind == "Linear" and hidden.ndim == 4):
                raise ValueError  # torch would take the features for rows, or read the last dimension only
            module = getattr(nn, kind)(*first, **given).to("meta")
            hidden = module.eval()(hidden)
        except (ValueError, RuntimeError):
            rows += [None] * (len(layers) - len(rows))
            break
        rows.append([list(hidden.shape[1:]), sum(p.numel() for p in module.parameters())])
    return [layers, shape, rows]


def random_layer(chance) -> dict:
    def one_of(*values):
        return chance.choice(values)

    window = {"kernel_size": one_of(1, 2, 3, 5), "stride": one_of(1, 2), "padding": one_of(0, 0, 1, 2)}
    conv = {"out_channels": chance.randint(1, 6), "dilation": one_of(1, 1, 2), "groups": one_of(1, 1, 2, 3)}
    bias = {"bias": one_of(True, True, False)}
    settings = {
        "Conv2d": window | conv | bias,
        "MaxPool2d": window,
        "AvgPool2d": window,
        "AdaptiveAvgPool2d": {"output_size": one_of(1, 2)},
        "AdaptiveMaxPool2d": {"output_size": one_of(1, 2)},
        "Linear": {"out_features": chance.randint(1, 9)} | bias,
    }
    others = ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "BatchNorm2d", "ReLU")
    others += ("Flatten", "Linear")
    kind = one_of("Conv2d", "Conv2d", *others)
    return {"kind": kind} | settings.get(kind, {})


def normalisation(chance) -> list:
    """Block, kind, groups, mode, images, seen; then what torch's layer returns, null where it refuses."""
    shape = [chance.randint(1, most) for most in (3, 4, 2, 2)]
    block = torch.tensor([chance.randint(-4, 9) for _ in range(math.prod(shape))], dtype=torch.float64).view(shape)
    settings = [chance.choice(["batch", "layer", "instance", "group"]), chance.randint(1, 3)]
    settings += [chance.choice(["train", "eval"]), chance.randint(1, shape[0]), chance.choice([0, 1, 10, 100])]
    try:
        output = [round(value, 4) + 0.0 for value in normalised(block, *settings).flatten().tolist()]
    except ValueError:
        output = None
    return [block.long().tolist(), *settings, output]


def work(chance) -> list:
    """What a layer does with one image, images, bits; then the operations of all that torch counts, and the bytes."""
    channels, size, batch = chance.choice([4, 8]), chance.randint(3, 9), chance.randint(1, 9)
    layer = nn.Conv2d(channels, 8, chance.choice([1, 3]), chance.choice([1, 2]), groups=chance.choice([1, 2, channels]))
    if chance.random() < 0.3:
        layer = nn.Sequential(nn.Flatten(), nn.Linear(channels * size**2, chance.randint(1, 9), bias=False))
    bits = chance.choice([16, 32])
    layer = layer.to("meta", torch.bfloat16 if bits == 16 else torch.float32)
    image = torch.empty(batch, channels, size, size, device="meta", dtype=next(layer.parameters()).dtype)
    with FlopCounterMode(display=False) as counter:
        output = layer(image)
    size_in_bytes = sum(each.nbytes for each in (image, output, *layer.parameters()))
    (row,) = work_of(layer, channels, size)
    return [row, batch, bits, counter.get_total_flops(), size_in_bytes]


def augmentation(chance) -> list:
    """Image, padding, row and column of the crop, mirrored, turned; then what comes out."""
    image, padding = digits(chance, 5), chance.randint(0, 4)
    top, left = (chance.randint(0, 2 * padding) for _ in "yx")
    mirrored, turned = chance.random() < 0.5, chance.random() < 0.5
    height, width = image.shape
    crop = F.pad(image, (padding, padding, padding, padding))[top : top + height, left : left + width]
    crop = crop.flip(-1) if mirrored else crop
    return [whole(image), padding, top, left, mirrored, turned, whole(crop.rot90(2) if turned else crop)]


def sight(chance) -> list:
    """Layers, height and width of the image, layer, unit; then all maps' sizes, and the rows and columns that it sees.

    Padding is put around the image, where torch gives it a gradient: as many rings as all layers need together.
    """
    while True:
        layers = [
            [chance.randint(1, 4), chance.randint(1, 3), chance.randint(0, 2), chance.randint(1, 2)] for _ in "abc"
        ]
        image = [chance.randint(9, 30) for _ in "yx"]
        hidden, sizes = torch.empty(1, *image, device="meta"), []
        try:
            for k, s, p, d in layers:
                hidden = F.conv2d(hidden, torch.empty(1, 1, k, k, device="meta"), None, s, p, d)
                sizes.append(list(hidden.shape[-2:]))
        except RuntimeError:
            continue
        layer = chance.randrange(3)
        unit = [chance.randrange(size) for size in sizes[layer]]
        seen = []
        for size, place in zip(image, unit, strict=True):
            rings, jump = 0, 1
            for _, s, p, _ in layers[: layer + 1]:
                rings, jump = rings + p * jump, jump * s
            line = torch.zeros(1, size + 2 * rings + 200, dtype=torch.float64, requires_grad=True)
            hidden = line
            for k, s, _, d in layers[: layer + 1]:
                hidden = F.conv1d(hidden, torch.ones(1, 1, k, dtype=torch.float64), None, s, 0, d)
            hidden[0, place].backward()
            reached = line.grad[0].nonzero()
            seen.append([int(reached.min()) - rings, int(reached.max()) - rings])
        return [layers, image, layer, unit, sizes, *seen]


def channels(chance) -> list:
    """Channels in and out, groups, kernel size, output size, separable, an output channel; then torch's layer.

    Of that which input channels it reads, its parameters and its multiply-adds; null where torch refuses.
    """
    ins, outs, groups, k = (chance.randint(1, most) for most in (8, 8, 4, 4))
    size, separable, out = [chance.randint(1, 9), chance.randint(1, 9)], chance.random() < 0.3, chance.randrange(outs)
    settings = [ins, outs, groups, k, size, separable, out]
    try:
        layer = nn.Conv2d(ins, outs, k, groups=groups)
    except ValueError:
        if not separable:
            return [*settings, None]
    if separable:
        layer = nn.Sequential(nn.Conv2d(ins, ins, k, groups=ins), nn.Conv2d(ins, outs, 1))
    image = torch.zeros(1, ins, *(n + k - 1 for n in size), requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        output = layer(image)
    for parameter in layer.parameters():
        nn.init.ones_(parameter)
    layer(image)[0, out, 0, 0].backward()
    reads = image.grad[0].sum((1, 2)).nonzero().flatten().tolist()
    assert list(output.shape[2:]) == size
    return [*settings, [reads, sum(p.numel() for p in layer.parameters()), counter.get_total_flops() // 2]]


def digits(chance, most: int) -> Tensor:
    height, width = chance.randint(1, most), chance.randint(1, most)
    rows = [[chance.randint(-4, 9) for _ in range(width)] for _ in range(height)]
    return torch.tensor(rows, dtype=torch.float64)


def pairs(chance, *ranges) -> list[list[int]]:
    return [[chance.randint(*limits), chance.randint(*limits)] for limits in ranges]


def whole(matrix: Tensor) -> list[list[int]]:
    return matrix.detach().long().tolist()


def text() -> str:
    """One case a line, so that a change shows which."""
    groups = [
        f'"{name}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in group) + "\n]"
        for name, group in cases().items()
    ]
    return "{\n" + ",\n".join(groups) + "\n}\n"


if __name__ == "__main__":
    GOLDEN.write_text(text(), encoding="utf-8")
