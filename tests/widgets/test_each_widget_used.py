"""Each widget used as a learner would, in a page without kernel and network; what it shows, against torch."""

import io
import re

import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from tests.widgets.test_exported_page import FAINT, Opened
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
    ReceptiveFieldTelescope,
    Roofline,
    TransposedConvolution,
    WeightView,
)

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("exported", ["light"], indirect=True)]


@pytest.fixture(scope="module")
def opened(browser, exported):
    """One page for all tests here: each uses another widget of it."""
    opened = Opened(browser, exported, viewport={"width": 1000, "height": 900})
    yield opened
    opened.end()


def grid(root, name: str):
    return root.get_by_role("grid", name=name, exact=True)


def cells(root, name: str):
    return grid(root, name).get_by_role("gridcell")


def numbers(root, name: str) -> torch.Tensor:
    """The numbers of a grid, (rows, columns)."""
    rows = grid(root, name).evaluate(
        "e => [...e.querySelectorAll('[role=row]')].map(r => [...r.children].map(c => c.textContent))"
    )
    return torch.tensor([[float(text.replace("−", "-")) for text in row] for row in rows])


def with_class(root, name: str, mark: str) -> set[tuple[int, int]]:
    """The cells of a grid that are marked so."""
    found = grid(root, name).evaluate(f"e => [...e.querySelectorAll('.{mark}')].map(c => c.at)")
    return {tuple(cell) for cell in found}


def slide(root, name: str, to: int) -> None:
    """With the keyboard, as a mouse cannot be aimed so well."""
    slider = root.get_by_role("slider", name=name, exact=True)
    slider.focus()
    while (now := int(slider.input_value())) != to:
        slider.press("ArrowRight" if now < to else "ArrowLeft")
        assert int(slider.input_value()) != now, f"{name} ends at {now}"


def type_into(cell, text: str) -> None:
    cell.click()
    cell.page.keyboard.type(text)
    cell.page.keyboard.press("Enter")


def words(root) -> str:
    return root.inner_text()


def legible(root) -> None:
    """What is on the page after all this can be read, light and dark."""
    for _ in ("light", "dark"):
        assert root.evaluate(FAINT) == []
        root.evaluate("e => [e, ...e.querySelectorAll('.cnn')].forEach(each => each.classList.toggle('dark'))")


def test_stepper(opened):
    root = opened.widget(ConvolutionStepper().title)
    slide(root, "dilation", 4)
    assert "spans 9 cells, but the padded input has only 5" in root.locator(".cnn-impossible").inner_text()
    slide(root, "padding", 2)
    assert not root.locator(".cnn-impossible").is_visible(), "9 cells have room in 9"
    assert cells(root, "output").count() == 1
    slide(root, "dilation", 1)
    # What the floor drops.
    slide(root, "input", 6)
    slide(root, "stride", 2)
    slide(root, "padding", 0)
    assert with_class(root, "padded input", "dropped") == {(r, c) for r in range(6) for c in range(6) if 5 in (r, c)}
    assert "The floor drops 1 row at the bottom and 1 column at the right" in words(root)
    assert "6 + 2·0 − 1·(3 − 1) − 1" in words(root) and "⌋ + 1 = 2" in words(root)
    assert cells(root, "output").count() == 4
    # Unequal sides, through the page's own controls.
    root.get_by_label("rows and columns separately").check()
    for name, to in {
        "kernel, columns": 2,
        "stride, columns": 1,
        "padding, rows": 1,
        "dilation, rows": 2,
    }.items():
        slide(root, name, to)
    line = root.locator("code").inner_text()
    assert line == "nn.Conv2d(1, 1, kernel_size=(3, 2), stride=(2, 1), padding=(1, 0), dilation=(2, 1), bias=False)"
    layer = eval(line)
    # Any cell of the input or of the kernel can be changed; one that is typed wrongly stays.
    type_into(cells(root, "padded input").nth(6), "−7")
    type_into(cells(root, "kernel").nth(1), "2,5")
    type_into(cells(root, "kernel").nth(0), "cat")
    assert "“cat” is not a number" in root.locator(".cnn-problem").inner_text()
    type_into(cells(root, "padded input").nth(0), "5")
    assert "Padding stays 0" in root.locator(".cnn-problem").inner_text()
    slide(root, "output shown", 0)
    slide(root, "output shown", cells(root, "output").count() - 1)  # scrub to the end: all is known
    padded, kernel = numbers(root, "padded input"), numbers(root, "kernel")
    assert padded[1, 0] == -7 and kernel[0, 1] == 2.5 and not root.locator(".cnn-problem").is_visible()
    layer.weight.data = kernel[None, None]
    output = layer(padded[None, None, 1:-1])[0, 0].detach()
    assert torch.allclose(numbers(root, "output"), output)
    # Step, back, pin: the sum is that of the cell.
    root.get_by_role("button", name="one step back").click()
    assert f"output {output.numel() - 1} of {output.numel()}" in words(root)
    root.get_by_role("button", name="one step on").click()
    cells(root, "output").nth(2).click()
    opened.page.mouse.move(0, 0)
    terms, result = root.locator(".cnn-sum").inner_text().removeprefix("output[0, 2] = ").split(" = ")
    assert len(terms.split(" + ")) == 6 and evaluated(terms) == pytest.approx(float(output[0, 2]))
    assert result.replace("−", "-") == f"{float(output[0, 2]):g}"
    root.get_by_role("button", name="play").click()
    root.locator(".cnn-where", has_text="output 4 of").wait_for()
    root.get_by_role("button", name="pause").click()
    copy = root.locator(".cnn-code button")
    root.evaluate("() => (navigator.clipboard.writeText = async (text) => (window.taken = text))")
    copy.click()
    assert copy.inner_text() == "copied" and root.evaluate("() => window.taken") == line
    root.evaluate("() => (navigator.clipboard.writeText = () => Promise.reject())")  # as a page from a file may
    copy.click()
    assert copy.inner_text() == "selected: press Ctrl+C"
    assert root.evaluate("() => String(getSelection())") == line
    legible(root)


def evaluated(terms: str) -> float:
    return eval(terms.replace("·", "*").replace("−", "-"))


def test_weight_view(opened):
    view = WeightView()
    root = opened.widget(view.title)
    slide(root, "padding", 1)
    image, kernel = torch.tensor(view.image).float(), torch.tensor(view.kernel).float()
    type_into(cells(root, "gradient of the output").nth(7), "-3")
    above = torch.ones(5, 5)
    above[1, 2] = -3
    weight = kernel[None, None].requires_grad_()
    F.conv2d(image[None, None], weight, padding=1).backward(above[None, None])
    assert torch.equal(numbers(root, "gradient of the kernel"), weight.grad[0, 0])
    cells(root, "kernel").nth(2).hover()  # weight [1, 0]
    assert with_class(root, "input", "touched") == {(r, c) for r in range(1, 6) for c in range(5)}
    assert "is used 25 times" in words(root)
    terms, result = root.locator(".cnn-sum").inner_text().split(" = ")[1:]
    assert evaluated(terms) == evaluated(result) == weight.grad[0, 0, 1, 0]
    # The entries of the matrix that are this weight: with all others 0 the layer's matrix has them and no more.
    name = "the layer as a matrix: a row for each output, a column for each input"
    one = torch.zeros(1, 1, 2, 2)
    one[0, 0, 1, 0] = 1
    basis = torch.eye(16).reshape(16, 1, 4, 4)
    matrix = F.conv2d(basis, one, padding=1).reshape(16, 25).T
    assert with_class(root, name, "current") == {tuple(place) for place in matrix.nonzero().tolist()}
    cells(root, name).nth(16 * 24 + 15).hover()  # the last entry: weight [0, 0]
    assert with_class(root, "kernel", "current") == {(0, 0)}
    legible(root)


def test_channels(opened):
    root = opened.widget(ChannelsAndGroups().title)
    depthwise = "nn.Conv2d(4, 4, kernel_size=3, groups=4)"
    for kind, line in {
        "standard": "nn.Conv2d(4, 4, kernel_size=3)",
        "two groups": "nn.Conv2d(4, 4, kernel_size=3, groups=2)",
        "depthwise": depthwise,
        "depthwise separable": f"nn.Sequential({depthwise}, nn.Conv2d(4, 4, kernel_size=1))",
    }.items():
        root.get_by_role("radio", name=kind, exact=True).check(force=True)
        assert root.locator("code").inner_text() == line
        layer = eval(line)
        assert f"= {sum(p.numel() for p in layer.parameters())}\n" in words(root)
        root.get_by_role("button", name="output channel 2").hover()
        channels = (layer if isinstance(layer, nn.Conv2d) else layer[1]).weight.shape[1]
        assert f"One place of output channel 2: it reads {counted(channels)}." in words(root)
        rows = root.locator(".cnn-row").all_inner_texts()  # a partial sum for each channel, the bias, the sum
        *parts, total = [int(re.findall(r"−?\d+", row)[-1].replace("−", "-")) for row in rows]
        assert len(parts) == channels + 1 and sum(parts) == total
    root.get_by_role("radio", name="standard", exact=True).check(force=True)
    slide(root, "groups", 3)
    assert "3 groups cannot share 4 input channels evenly" in words(root)
    root.get_by_role("button", name="groups=4").click()
    assert root.locator("code").inner_text() == depthwise
    legible(root)


def counted(channels: int) -> str:
    return f"{channels} channel" + ("s" if channels > 1 else "")


def test_transposed(opened):
    widget = TransposedConvolution()
    root = opened.widget(widget.title)
    image, kernel = torch.tensor(widget.image).float(), torch.tensor(widget.kernel).float()
    slide(root, "output_padding", 1)
    assert (
        root.locator("code").inner_text()
        == "nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2, output_padding=1, bias=False)"
    )
    for step in (0, 3, 8):  # both ways have got as far
        slide(root, "input shown", step)
        arrived = torch.arange(9).reshape(3, 3) <= step
        output = F.conv_transpose2d((image * arrived)[None, None], kernel[None, None], stride=2, output_padding=1)[0, 0]
        assert torch.equal(numbers(root, "output"), output)
        spread = numbers(root, "input with zeros between its cells") if step == 8 else None
    assert torch.equal(F.conv2d(spread[None, None], kernel.flip(0, 1)[None, None])[0, 0], output)
    root.get_by_role("radio", name="how many stamps overlap").check(force=True)
    ones = F.conv_transpose2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3), stride=2, output_padding=1)[0, 0]
    assert torch.equal(numbers(root, "output"), ones)
    assert "Stamps overlap unevenly: 0, 1, 2, 4" in words(root)
    legible(root)
    slide(root, "output_padding", 0)
    slide(root, "stride", 1)
    assert "fewer only near the border" in words(root) and "no checkerboard" in words(root)
    slide(root, "stride", 3)
    assert "Every cell receives 1 stamp: no checkerboard" in words(root)
    slide(root, "output_padding", 3)
    assert "output_padding=3 must be smaller than stride=3" in words(root)


def test_kernel_lab(opened):
    widget = KernelLab()
    root = opened.widget(widget.title)
    root.get_by_label("pick a kernel").select_option("shift to the right")
    root.get_by_role("radio", name="replicate").check(force=True)
    type_into(cells(root, "kernel").nth(6), "2")
    assert root.get_by_label("pick a kernel").input_value() == "", "it is no longer one of the list"
    picture = root.get_by_role("slider", name="image, arrow keys move the window")
    picture.click(position={"x": 1, "y": 1})
    layer = nn.Conv2d(1, 1, 3, padding="same", padding_mode="replicate", bias=False)
    kernel = torch.tensor([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    image = torch.tensor(widget.image).float()
    for radio, weight in {
        "as it is (correlation)": kernel,
        "turned (convolution)": kernel.flip(0, 1),
    }.items():
        root.get_by_role("radio", name=radio).check(force=True)
        layer.weight.data[0, 0] = weight
        said = re.search(r"At row 0, column 0: the image is (\S+), the result is (\S+)\.", words(root))
        assert float(said[2]) == layer(image[None, None])[0, 0, 0, 0]
    for _ in range(9):
        picture.press("ArrowDown")
        picture.press("ArrowRight")
    result = re.search(r"At row 9, column 9: the image is \S+, the result is (\S+)\.", words(root))[1]
    root.get_by_role("button", name="take this patch to the Stepper").click()
    stepper = root.get_by_role("region", name="Rows 6 to 12, columns 6 to 12 of the image")
    assert stepper.locator(".cnn-sum").inner_text().endswith(f" = {result}")
    legible(root)


def test_kernel_lab_takes_a_picture_of_one_s_own(opened):
    """In colour; "start again" brings the course's picture back."""
    widget = KernelLab()
    root = opened.widget(widget.title)
    again = root.get_by_role("button", name="start again").first  # a Stepper inside may have one of its own
    again.click()  # other tests used it before
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 100, 60)).save(file, format="PNG")
    mine = {"name": "mine.png", "mimeType": "image/png", "buffer": file.getvalue()}
    root.get_by_label("a picture of yours").set_input_files(mine)
    root.get_by_text("the image is 120 (the mean of red 200, green 100 and blue 60), the result is 0.").wait_for()
    again.click()
    assert "mean of red" not in words(root)


def test_pooling(opened):
    widget = PoolingBench()
    root = opened.widget(widget.title)
    slide(root, "shift to the right", 1)
    image = torch.tensor(widget.image).float()
    moved = F.pad(image, (1, 0))[:, :-1]
    pools = {"max": F.max_pool2d, "average": F.avg_pool2d}
    kernel = torch.tensor(widget.kernel).float()[None, None]
    pools["strided convolution"] = lambda batch, _: F.conv2d(batch, kernel, stride=2)
    for name, pool in pools.items():
        before, after = (pool(one[None, None], 2)[0, 0] for one in (image, moved))
        assert torch.allclose(numbers(root, f"output, {name}"), after, atol=0.006)
        changed = (before != after).nonzero().tolist()
        assert with_class(root, f"output, {name}", "changed") == {tuple(cell) for cell in changed}
        assert f"{len(changed)} of 9 changed" in words(root)
    cells(root, "output, max").nth(4).click()
    leaf = moved[None, None].requires_grad_()
    F.max_pool2d(leaf, 2)[0, 0, 1, 1].backward()
    assert torch.equal(numbers(root, "gradient of the input"), leaf.grad[0, 0])
    assert re.search(r"output\[1, 1\] = max\(.*\) = ", root.locator(".cnn-sum").inner_text())
    legible(root)
    cells(root, "output, max").last.click()  # kept, and the focus is on it: then it goes
    root.get_by_role("slider", name="stride").evaluate("e => { e.value = 4; e.dispatchEvent(new Event('input')) }")
    assert root.locator(".cnn-sum").inner_text() == "Point at a number of an output."
    assert not [error for error in opened.errors if "undefined" in error]


def test_normalisation(opened):
    widget = NormalisationBlock()
    root = opened.widget(widget.title)
    block = torch.tensor(widget.block).double()
    assert "(9 − 5) / √(4 + 0.00001) = 2, and" in words(root)
    type_into(cells(root, "before").nth(0), "-6")
    block[0, 0, 0, 0] = -6
    layers = {"batch": nn.BatchNorm2d(4, affine=False).double(), "layer": nn.LayerNorm((4, 2, 2)).double()}
    layers |= {"instance": nn.InstanceNorm2d(4), "group": nn.GroupNorm(2, 4).double()}
    shared = {"batch": {(0, 0), (1, 0)}, "layer": {(0, c) for c in range(4)}, "instance": {(0, 0)}}
    shared["group"] = {(0, 0), (0, 1)}
    for kind, layer in layers.items():
        root.get_by_role("radio", name=kind, exact=True).check(force=True)
        cells(root, "after").nth(0).hover()
        marked = {(r // 2, c // 2) for r, c in with_class(root, "before", "window")}
        assert marked == with_class_of_maps(root) == shared[kind]
        result = layer(block[:2]).detach().permute(0, 2, 1, 3).reshape(4, 8)  # images below each other
        assert torch.allclose(numbers(root, "after").double(), result, atol=0.051)
    root.get_by_role("radio", name="batch", exact=True).check(force=True)
    root.get_by_role("radio", name="eval", exact=True).check(force=True)
    slide(root, "images in the batch", 1)
    slide(root, "batches seen in training", 12)
    running = nn.BatchNorm2d(4, affine=False).double()
    for _ in range(12):
        running(block)
    result = running.eval()(block[:1])[0].permute(1, 0, 2).reshape(2, 8)
    assert torch.allclose(numbers(root, "after").double(), result, atol=0.051)
    legible(root)


def with_class_of_maps(root) -> set[tuple[int, int]]:
    """(image, channel) of the cubes that are marked."""
    found = root.locator(".cnn-cubes").evaluate("e => [...e.querySelectorAll('.on')].map(g => g.place)")
    return {(image, channel) for image, channel, _, _ in found}


def test_ledger(opened):
    root = opened.widget(NetworkLedger().title)

    def set_number(name, text):
        root.get_by_role("spinbutton", name=name).fill(text)
        root.get_by_role("spinbutton", name=name).press("Tab")

    def agrees_with_torch():
        """The code, built and run by torch, has the shapes and parameters of the rows."""
        model = eval(root.locator("code").inner_text().strip())
        hidden = torch.zeros(
            1,
            *(
                int(root.get_by_role("spinbutton", name=f"input: {n}").input_value())
                for n in ("channels", "rows", "columns")
            ),
        )
        for layer, row in zip(model, root.locator("tbody tr").all(), strict=True):
            hidden = layer(hidden)
            texts = row.locator("td").all_inner_texts()
            assert texts[2].split("\n")[-1] == "×".join(map(str, hidden.shape[1:]))
            assert texts[3].split("\n")[-1] == f"{sum(p.numel() for p in layer.parameters()):,}"

    root.get_by_text("as torch code").click()
    agrees_with_torch()
    set_number("layer 1, Conv2d: stride", "2")
    root.get_by_role("combobox").select_option("BatchNorm2d")
    root.get_by_role("button", name="add", exact=True).click()
    assert "it comes too late" in words(root)
    root.get_by_role("button", name="move up layer 9, BatchNorm2d").focus()
    for _ in range(7):
        opened.page.keyboard.press("Enter")  # the focus goes with the layer
    assert root.locator("tbody tr").nth(1).locator("b").inner_text() == "BatchNorm2d"
    root.get_by_role("button", name="remove layer 7, MaxPool2d").click()
    agrees_with_torch()
    root.locator("tbody tr").nth(0).hover()
    assert "rows = ⌊(28 + 2·2 − 1·(5 − 1) − 1) / 2⌋ + 1 = 14" in root.locator(".cnn-formulas").inner_text()
    # What cannot be says why, and what could be.
    set_number("layer 5, Conv2d: kernel_size", "40")
    assert "there is no place for it" in words(root)
    legible(root)
    root.get_by_role("button", name="kernel_size=7").click()
    agrees_with_torch()
    set_number("input: rows", "0")
    assert "The rows of the input must be a whole number from 1 to 65,536: it stays 28." in words(root)
    assert root.get_by_role("spinbutton", name="input: rows").input_value() == "28"
    set_number("layer 1, Conv2d: stride", "-1")
    assert "stride must be a whole number from 1 to 65,536" in words(root)
    root.get_by_role("button", name="stride=1", exact=True).click()
    agrees_with_torch()


def test_networks_side_by_side(opened):
    root = opened.widget(NetworksSideBySide().title)
    root.get_by_role("radio", name=re.compile("AlexNet, layer 9, linear")).check(force=True)
    said = root.locator(".cnn-layer-of")
    assert "AlexNet, layer 9: linear, 9,216 → 4,096. 37,752,832 parameters (62 % of the network's)" in said.inner_text()
    opened.page.keyboard.press("ArrowUp")
    assert "AlexNet, layer 8: max pooling 3×3, 256 channels of 13×13, stride 2" in said.inner_text()
    opened.page.keyboard.press("ArrowUp")
    assert "Each weight is used 13·13 = 169 times, once at each place." in said.inner_text()

    def widths(network: int) -> list[float]:
        bars = root.locator(".cnn-network-rows").nth(network).locator(".weights")
        return bars.evaluate_all("bars => bars.map(bar => parseFloat(bar.style.width))")

    assert max(widths(0)) == max(widths(2)) == 100
    root.get_by_role("radio", name="the largest layer of all").check(force=True)
    assert max(widths(0)) == 1 and max(widths(2)) == 100 and 36 < max(widths(1)) < 37
    legible(root)


def test_telescope(opened):
    widget = ReceptiveFieldTelescope()
    root = opened.widget(widget.title)
    for name, *_ in widget.layers:
        paper = root.get_by_role("slider", name=f"unit of {name}")
        paper.click()
        opened.page.mouse.move(0, 0)
        seen = widget.facts()[f"A unit of {name}"]
        assert re.search(rf"of {name} sees .* of the image: {re.search('[0-9]+×[0-9]+', seen)[0]}", words(root))
        field = int(seen.split("×")[0].removeprefix("sees "))
        assert f" = {field}; neighbours lie" in root.locator(".cnn-formula").inner_text()
        box = root.locator(".cnn-picture .cnn-box").bounding_box()
        picture = root.locator(".cnn-picture").bounding_box()
        assert box["width"] == pytest.approx(field * picture["width"] / 64, abs=6)
    row, column = map(int, re.search(r"Unit \[(\d+), (\d+)\] of conv 3", words(root)).groups())
    paper.press("ArrowLeft")
    assert f"Unit [{row}, {column - 1}] of conv 3" in words(root)
    legible(root)


PIXELS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
  .filter((_, n) => n % 4 === 0)"""


def test_augmentation(opened):
    widget = AugmentationBench()
    root = opened.widget(widget.title)
    slide(root, "padding", 2)
    root.get_by_role("radio", name="letter b").check(force=True)
    batch = root.locator(".cnn-stage .cnn-thumbs canvas")
    original = torch.tensor(root.locator(".cnn-thumbs canvas").nth(4).evaluate(PIXELS)).view(28, 28)
    padded = F.pad(original, (2, 2, 2, 2))
    crops = [padded[top : top + 28, left : left + 28] for top in range(5) for left in range(5)]
    forms = {tuple(form.flatten().tolist()) for crop in crops for form in (crop, crop.flip(-1))}
    assert all(tuple(picture.evaluate(PIXELS)) in forms for picture in batch.all()) and batch.count() == 12
    became = root.locator(".cnn-became")
    mirrored = root.locator(".cnn-stage").get_by_role("radio", name=re.compile("mirrored")).first
    mirrored.check(force=True)
    assert "It is a d now, and its label still says letter b." in became.inner_text()
    slide(root, "mirrored, in 100", 0)
    assert "Is it still “letter b”?" in became.inner_text() and "25 different images" in words(root)
    before = became.inner_text(), batch.evaluate_all("all => all.map(each => each.toDataURL())")
    root.get_by_role("button", name="another batch").click()
    assert before[1] != batch.evaluate_all("all => all.map(each => each.toDataURL())")
    legible(root)


def test_frozen_stages(opened):
    root = opened.widget(FrozenStages().title)
    root.get_by_role("radio", name="head", exact=True).check(force=True)
    root.get_by_role("radio", name="1,000", exact=True).check(force=True)
    line = next(line for line in FrozenStages().runs["lines"] if line["name"] == "head")
    right = FrozenStages(cut=11, labels=4).facts()["With 1,000 labels of each class"].split(" % right")[0]
    said = root.locator(".cnn-measured")
    assert f"head: {right} % right in the mean of 3 runs" in said.inner_text()
    assert str(line["accuracies"][0][-1]) in said.inner_text() and "130 of 269,202 parameters learn." in words(root)
    first = root.get_by_role("radio", name=re.compile("^head: 130 parameters"))
    assert first.is_checked()
    first.press("ArrowLeft")  # the mean learns nothing: the same runs
    assert f"head: {right} % right" in said.inner_text()
    opened.page.keyboard.press("ArrowLeft")
    opened.page.keyboard.press("ArrowLeft")
    opened.page.keyboard.press("ArrowLeft")
    assert root.get_by_role("radio", name="top three", exact=True).is_checked()
    slide(root, "epochs", 12)
    root.get_by_label("compute what is frozen once, and keep it").uncheck()
    work = int(FrozenStages(cut=7, epochs=12, kept=False).facts()["In 12 epochs"].replace(",", ""))
    assert f" = {work / 1e6:.0f}" in words(root)
    opened.page.keyboard.press("Tab")
    root.get_by_role("radio", name=re.compile("^block 4")).check(force=True)
    assert "With this cut nothing was run" in said.inner_text()
    legible(root)


def test_roofline(opened):
    widget = Roofline()
    root = opened.widget(widget.title)
    root.get_by_role("radio", name=re.compile("linear, 4,096")).check(force=True)
    picked = root.locator(".cnn-layer-words")
    assert "2 · 64 · 16,777,216 = 2.15 · 10⁹ operations" in picked.inner_text()
    assert "bound by memory." in picked.inner_text() and "at least 63.5 µs" in words(root)
    slider = root.get_by_role("slider", name="images at once")
    for _ in range(2):  # twice as many, twice: 256 images
        slider.press("ArrowRight")
    assert "bound by arithmetic." in picked.inner_text()
    root.get_by_role("radio", name="32 bits").check(force=True)
    assert "19.5 · 10¹² operations/s" in words(root), "the A100 stays, with its other peak"
    root.get_by_role("radio", name="H200").check(force=True)
    assert "67 · 10¹² operations/s" in words(root) and "4,800 GB/s" in words(root)
    least = Roofline(peak=67_000, bandwidth=4_800, bits=32, batch=256).facts()["ResNet-20"]
    assert least == "forward at least 0.391 ms" and "at least 391 µs" in words(root)
    root.get_by_role("slider", name="peak").press("ArrowLeft")
    assert not root.get_by_role("radio", name="H200").is_checked()
    legible(root)


def test_scope(opened):
    root = opened.widget("Training, epoch by epoch")
    assert "After epoch 3: loss training 0.3, validation 0.7; accuracy training 90 %, validation 72 %." in words(root)
    filters = root.get_by_role("img", name="filter ")
    assert filters.count() == 2
    last = filters.first.get_attribute("aria-label")
    slide(root, "epoch shown", 0)
    assert "After epoch 1: loss training 0.9" in words(root)
    assert filters.first.get_attribute("aria-label") != last
    assert "training: 0.9, 0.5, 0.3; validation: 0.8, 0.6, 0.7" in root.locator("svg").first.get_attribute("aria-label")
    legible(root)


def test_a_wrong_prediction_opens_the_stepper(opened):
    root = opened.widget(PredictFirst().title)
    question = PredictFirst().questions[0]
    root.get_by_label("Your answer").fill("no number")
    opened.page.keyboard.press("Enter")
    assert "Type a number first" in words(root) and question["because"] not in words(root)
    root.get_by_label("Your answer").fill(str(question["truth"] + 99))
    opened.page.keyboard.press("Enter")
    assert f"You said {question['truth'] + 99}; it is {question['truth']}." in words(root)
    stepper = root.get_by_role("region", name="This very case")
    assert cells(stepper, "output").count() == question["truth"] ** 2
    root.get_by_role("button", name="next question").click()
    assert not stepper.is_visible()
    root.get_by_label("Your answer").fill(str(PredictFirst().questions[1]["truth"]))
    opened.page.keyboard.press("Enter")
    assert "✓ Right" in words(root) and not stepper.is_visible()
    legible(root)
    score = opened.widget(PredictionScore().title)
    score.get_by_text("2 of 5 predictions answered, 1 right.").last.wait_for()
    legible(score)
    # What was said is there when the page is loaded again, until it is put back.
    opened.page.reload()
    root = opened.widget(PredictFirst().title)
    assert root.get_by_role("button", name="question 1, wrong").is_visible() and question["because"] in words(root)
    score = opened.widget(PredictionScore().title)
    assert "2 of 5 predictions answered, 1 right." in words(score)
    opened.widget(PredictFirst().title).get_by_role("button", name="start again").first.click()
    score.get_by_text("none answered yet").first.wait_for()
    assert root.get_by_label("Your answer").is_visible()


def test_every_widget_can_start_again(opened, shown):
    shows = """root => [...root.querySelectorAll(":not(.cnn-spoken)")]
        .filter((e) => !e.children.length && e.offsetParent).map((e) => e.value ?? e.textContent).join("|")"""
    tried = 0
    for widget in shown:
        root = opened.widget(widget.title)
        sliders = root.locator("input[type=range]:enabled")
        if not sliders.count():
            continue
        before = root.evaluate(shows)
        slider = sliders.first
        slider.press("End" if slider.input_value() != slider.get_attribute("max") else "Home")
        assert root.evaluate(shows) != before, widget.title
        root.get_by_role("button", name="start again").first.click()
        assert root.evaluate(shows) == before, widget.title
        tried += 1
    assert tried > 8
