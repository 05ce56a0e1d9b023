"""Inside the Net: its frames are what the network computes, and its page works without a kernel."""

import base64
import copy
import re

import pytest
import torch

from utils import models
from utils.data import Dataset
from utils.insight import feature_maps, grad_cam, inputs, probabilities
from utils.widgets import InsideTheNet
from utils.widgets.inside.bars import bar_network, bar_pictures
from utils.widgets.inside.frames import LONGEST, frames_of, unpacked
from utils.words import percent


def colourful(count: int = 5) -> Dataset:
    torch.manual_seed(0)
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8)
    names = tuple(f"class {k}" for k in range(10))
    return Dataset(images, torch.arange(count), names, "noise made for a test", mean=(0.5,) * 3, std=(0.25,) * 3)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = models.create("global_pool", in_channels=3, image_size=32)
    model.features[10].weight.data *= 100  # untrained it is undecided, and covering a part would change nothing
    return model


LAYERS = ["features.2", "features.8"]  # 16×32×32, 64×8×8; between them "features.5", 32×16×16


@pytest.fixture(scope="module")
def frames(network) -> dict:
    return frames_of(network, colourful(), LAYERS, size=8, stride=4)


def within_a_step(packed: dict, truth: torch.Tensor) -> None:
    step = (packed["high"] - packed["low"]) / 255
    torch.testing.assert_close(unpacked(packed), truth.float(), atol=0.51 * step + 1e-4 * abs(packed["high"]), rtol=0)


def test_maps_grad_cam_and_probabilities_are_those_of_the_network(network, frames):
    data = colourful()
    images = inputs(data)
    for n, shown in enumerate(frames["images"]):
        within_a_step(shown["pixels"], data.images[n])
        assert torch.equal(unpacked(shown["pixels"]).round().byte(), data.images[n]), "no pixel is changed"
        assert shown["probabilities"] == pytest.approx(probabilities(network, images)[n].tolist(), abs=6e-4)
        for layer, packed in zip(LAYERS, shown["maps"], strict=True):
            within_a_step(packed, feature_maps(network, images, layer)[n, :8])
        for k in (0, 7):
            torch.testing.assert_close(
                unpacked(shown["cams"])[k],
                grad_cam(network, images[n : n + 1], LAYERS[-1], k)[0],
                atol=0.51 * shown["cams"]["high"] / 255 + 1e-6,
                rtol=1e-3,
            )


def test_covered_probabilities_are_those_of_covered_images(network, frames):
    images = inputs(colourful())
    assert frames["images"][0]["covered"]["shape"] == [10, 7, 7]
    scores = unpacked(frames["images"][3]["covered"])
    for row, column in [(0, 0), (2, 5), (6, 6)]:
        covered = images[3:4].clone()
        covered[:, :, 4 * row : 4 * row + 8, 4 * column : 4 * column + 8] = 0
        truth = probabilities(network, covered)[0].tolist()
        assert scores[:, row, column].tolist() == pytest.approx(truth, abs=0.51 / 255)


def test_the_bars_are_told_apart_by_hand_made_kernels():
    chances = probabilities(bar_network(), inputs(bar_pictures()))
    assert chances.argmax(1).tolist() == [0, 1, 2, 3] and chances.max(1).values.min() > 0.5
    facts = InsideTheNet(image=1, target=1).facts()
    assert facts["Image"] == "lying, 16×16" and facts["Answer"].startswith("lying, ")
    row = int(re.match(r"largest at row (\d)", facts["Grad-CAM for lying"])[1])
    assert row in (4, 5), "the bar lies on row 10 of 16; the pooled map has half as many rows"


def test_words_say_which_pixels_are_covered_and_what_it_does(network, frames):
    widget = InsideTheNet(frames, image=2, layer=1, channel=5, target=4, place=16)  # row 2, column 2 of 7
    facts, shown = widget.facts(), frames["images"][2]
    scores = unpacked(shown["covered"])[4]
    assert facts["Now covered"] == f"rows 8 to 15, columns 8 to 15: {percent(scores[2, 2].item(), 0)}"
    lowest = scores.min()
    assert facts["Lowest with a square over"].endswith(f": {percent(lowest.item(), 0)}")
    assert facts["Layer"] == "features.8, maps of 8×8"
    maps = unpacked(shown["maps"][1])[5]
    assert facts["Map 5"].startswith(f"from {maps.min():.2g} to {maps.max():.2g}")
    assert facts["Data"] == "noise made for a test"


def test_what_is_not_there_is_the_last_that_is(frames):
    assert InsideTheNet(frames, image=5, layer=3, channel=15, target=19, place=140).describe()


def test_four_images_and_three_layers_are_a_small_page(network):
    widget = InsideTheNet.of(network, colourful(4), [LAYERS[0], "features.5", LAYERS[1]], size=8, stride=4)
    assert not widget.problem
    assert len(widget.static_html()) < 160_000


def wrong(change) -> dict:
    frames = copy.deepcopy(InsideTheNet().frames)
    change(frames)
    return frames


WRONG = {
    "no images": lambda f: f.update(images=[]),
    "a key is missing": lambda f: f["images"][0].pop("cams"),
    "a probability above 1": lambda f: f["images"][1]["probabilities"].__setitem__(0, 1.5),
    "too few probabilities": lambda f: f["images"][1]["probabilities"].pop(),
    "places of another number": lambda f: f["images"][1].update(covered=f["images"][1]["maps"][0]),
    "bytes are missing": lambda f: f["images"][0]["maps"][0].update(bytes="AAAA"),
    "no base64": lambda f: f["images"][0]["maps"][0].update(bytes="<b>"),
    "maps of one layer": lambda f: f["images"][0]["maps"].pop(),
    "a square that leaves the image": lambda f: f.update(square=[9, 2]),
    "a name that is no text": lambda f: f.update(layers=[1, 2]),
    "more maps than can be picked": lambda f: f["images"][0]["maps"].__setitem__(
        0, {"shape": [17, 2, 2], "low": 0, "high": 1, "bytes": base64.b64encode(bytes(68)).decode()}
    ),
    "infinite range": lambda f: f["images"][0]["cams"].update(high=float("inf")),
    "images of two sizes": lambda f: f["images"][0]["pixels"].update(
        shape=[1, 8, 32], bytes=base64.b64encode(bytes(256)).decode()
    ),
    "more than a page should hold": lambda f: f["images"][0]["maps"].__setitem__(
        0,
        {"shape": [20, 64, 64], "low": 0, "high": 1, "bytes": base64.b64encode(bytes(20 * 64 * 64)).decode()},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_frames_that_cannot_be_are_explained_and_the_old_ones_stay(name):
    assert LONGEST < 20 * 64 * 64 * 4 / 3
    widget = InsideTheNet()
    before = widget.frames
    widget.frames = wrong(WRONG[name])
    assert "frames must be what utils.widgets.inside.frames.frames_of returns" in widget.problem
    assert "InsideTheNet.of(model, data, layers)" in widget.problem
    assert widget.frames == before and widget.describe()


@pytest.fixture(scope="module")
def page(browser, frames, tmp_path_factory):
    """A page that holds nothing but this widget, as an exported notebook would."""
    path = tmp_path_factory.mktemp("inside") / "inside.html"
    path.write_text(InsideTheNet(frames).page(), encoding="utf-8")
    page = browser.new_page(viewport={"width": 960, "height": 1000})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(path.as_uri())
    page.locator(".cnn").wait_for()
    yield page
    assert not page.errors
    page.close()


@pytest.mark.slow
def test_pick_an_image_and_a_layer_with_the_keyboard(page, frames):
    page.get_by_role("radio", name="1 class 0").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("img", name="image 2, class 1").is_visible()
    page.get_by_role("radio", name="features.2").focus()
    page.keyboard.press("ArrowRight")
    assert "features.8, 8×8" in page.locator(".cnn-maps legend").inner_text()
    first = page.locator(".cnn-maps").get_by_role("radio").first
    first.focus()
    page.keyboard.press("ArrowRight")
    chosen = page.locator(".cnn-maps").get_by_role("radio", checked=True)
    maps = unpacked(frames["images"][1]["maps"][1])[1]
    row, column = divmod(maps.argmax().item(), 8)
    assert f"largest at row {row}, column {column} of 8×8" in chosen.get_attribute("aria-label")
    assert chosen.evaluate("e => e === document.activeElement"), "the arrow keys go on from there"


@pytest.mark.slow
def test_cover_a_place_with_the_keyboard_and_hear_the_scores(page, frames):
    page.get_by_role("radio", name="1 class 0").check(force=True)
    page.get_by_role("combobox", name="class whose probability is watched").select_option("class 3")
    grid = page.get_by_role("grid", name="probability with the square at each place, %")
    assert grid.get_by_role("gridcell").count() == 49
    grid.get_by_role("gridcell").first.focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    before = frames["images"][0]["probabilities"][3]
    after = unpacked(frames["images"][0]["covered"])[3, 1, 1].item()
    said = f"Rows 4 to 11, columns 4 to 11 covered: class 3 {round(100 * before)} → {round(100 * after)} %"
    page.wait_for_function("said => document.querySelector('.cnn-spoken').textContent.includes(said)", arg=said)
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="nothing").focus()
    assert page.locator(".cnn-cover").is_visible(), "it stays when the focus goes on"
    assert said in page.locator(".cnn").inner_text()


@pytest.mark.slow
def test_point_at_the_image(page):
    page.get_by_role("grid", name="probability with the square at each place, %").get_by_role("gridcell").nth(8).click()
    image = page.locator(".cnn-picture canvas").first.bounding_box()
    page.mouse.move(image["x"] + image["width"] - 4, image["y"] + 4)
    assert "Rows 0 to 7, columns 24 to 31 covered" in page.locator(".cnn").inner_text()
    box = page.locator(".cnn-cover").bounding_box()
    assert box["width"] == pytest.approx(image["width"] / 4, abs=5)


@pytest.mark.slow
def test_grad_cam_is_drawn_from_the_numbers(page, frames):
    page.get_by_role("radio", name="Grad-CAM").check(force=True)
    page.get_by_role("combobox", name="class whose probability is watched").select_option("class 7")
    cam = unpacked(frames["images"][0]["cams"])[7]
    opacity = page.locator(".cnn-overlay").evaluate(
        "e => [...e.getContext('2d').getImageData(0, 0, e.width, e.height).data].filter((_, n) => n % 4 === 3)"
    )
    expected = (215 * cam / cam.max()).flatten()
    assert torch.tensor(opacity).float() == pytest.approx(expected.numpy(), abs=1.5)
