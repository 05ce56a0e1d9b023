"""Live Network as a learner uses it, in a page of its own: pictures, the square, Grad-CAM, and one number's way."""

import base64
import copy
import html
import io
import re
import statistics

import nbformat
import pytest
import torch
from nbconvert import HTMLExporter
from PIL import Image
from torch.nn import functional as F

from tests.widgets.test_exported_page import FAINT
from utils.models import bundled
from utils.notebooks.renewing import renew_widgets
from utils.notebooks.reopening import hold_once
from utils.widgets import LiveNetwork
from utils.widgets.live.packing import unpack_weights
from utils.widgets.live.running import class_map, run
from utils.widgets.live.settings import normalised

SHIP = 6  # its number among the classes


@pytest.fixture(scope="module")
def widget():
    return LiveNetwork(overlay="Grad-CAM")


@pytest.fixture(scope="module")
def page(browser, widget, tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "live.html"
    path.write_text(widget.page(), encoding="utf-8")
    page = browser.new_page(viewport={"width": 940, "height": 1000})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(path.as_uri())
    page.locator(".cnn-live-network canvas").first.wait_for()
    yield page
    assert not page.errors
    page.close()


def image_of(widget, number: int) -> torch.Tensor:
    return normalised(widget.network, widget.pictures["shown"][number]["pixels"])


def pick(page, number: int) -> None:
    page.get_by_role("radiogroup", name="picture").get_by_role("radio").nth(number).check(force=True)


def shares(page) -> list[float]:
    """What the bars show, in hundredths."""
    return page.locator(".cnn-live-bar").evaluate_all(
        "bars => bars.map(bar => 100 * Number(bar.style.getPropertyValue('--share')))"
    )


def chances(widget, image: torch.Tensor) -> torch.Tensor:
    return 100 * run(widget.network, image)[-1].softmax(0)


def settled(page) -> None:
    """The next frame has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def heard(page, words: str) -> None:
    page.wait_for_function("words => document.querySelector('.cnn-spoken').textContent.includes(words)", arg=words)


def named(network: dict, name: str, kind: str) -> int:
    """The number of an output."""
    return next(n + 1 for n, step in enumerate(network["steps"]) if (step["name"], step["kind"]) == (name, kind))


@pytest.mark.slow
def test_each_picture_has_the_probabilities_that_torch_has(page, widget):
    for number, picture in enumerate(widget.pictures["shown"]):
        pick(page, number)
        expected = chances(widget, image_of(widget, number))
        assert shares(page) == pytest.approx(expected.tolist(), abs=0.01)
        answer = bundled.CLASS_NAMES[expected.argmax()]
        assert page.locator(".cnn-live-answer").inner_text().startswith(answer)
        assert page.get_by_role("slider", name=f"{picture['name']}. Arrow keys cover a part of it").is_visible()
    heard(page, answer)
    assert page.locator(".cnn").evaluate(FAINT) == []


@pytest.mark.slow
def test_a_picture_is_on_the_page_within_300_milliseconds(page):
    times = page.evaluate(
        """() => [...document.querySelectorAll(".cnn-pictures input")].map((input) => {
          const began = performance.now();
          input.click();
          document.body.getBoundingClientRect();
          return performance.now() - began;
        })"""
    )
    assert min(times) < 300, f"median {statistics.median(times):.0f} ms"  # others may be at work on this machine
    assert re.search(r"ResNet-20, 41 million multiply-adds in \d+ ms", page.locator(".cnn").inner_text())


@pytest.mark.slow
def test_a_part_is_covered_by_pointer_or_keys(page, widget):
    pick(page, 4)
    picture = page.get_by_role("slider", name="horse. Arrow keys cover a part of it")
    whole = chances(widget, image_of(widget, 4))
    box = picture.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 10.5 / 32, box["y"] + box["height"] * 12.5 / 32)
    settled(page)
    covered = image_of(widget, 4)
    covered[:, 8:16, 6:14] = 0
    assert shares(page) == pytest.approx(chances(widget, covered).tolist(), abs=0.01)
    assert f"covered in part; horse {whole.max():.0f} % before" in page.locator(".cnn-live-answer").inner_text()
    page.mouse.move(0, 0)
    settled(page)
    assert shares(page) == pytest.approx(whole.tolist(), abs=0.01)
    picture.focus()
    for key in ("Enter", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    settled(page)
    assert picture.get_attribute("aria-valuetext") == "covered from row 14, column 10"
    covered = image_of(widget, 4)
    covered[:, 14:22, 10:18] = 0
    assert shares(page) == pytest.approx(chances(widget, covered).tolist(), abs=0.01)
    page.get_by_role("radio", name="nothing", exact=True).check(force=True)
    assert page.locator(".cnn-square").is_visible(), "it stays when something else is chosen"
    page.get_by_role("radio", name="Grad-CAM", exact=True).check(force=True)
    picture.press("Enter")
    settled(page)
    assert not page.locator(".cnn-square").is_visible()


@pytest.mark.slow
def test_grad_cam_is_that_of_the_class_that_is_chosen(page, widget):
    pick(page, 0)
    for target in (SHIP, 0):
        page.get_by_role("radio", name=re.compile(f"^{bundled.CLASS_NAMES[target]} ")).check(force=True)
        cam = class_map(widget.network, image_of(widget, 0), target)
        drawn = page.locator(".cnn-live-heat").evaluate(
            "e => [...e.getContext('2d').getImageData(0, 0, e.width, e.height).data].filter((_, n) => n % 4 === 3)"
        )
        assert torch.tensor(drawn).reshape(8, 8).float() == pytest.approx((215 * cam / cam.max()).numpy(), abs=1.5)
        assert f"Orange speaks for {bundled.CLASS_NAMES[target]}." in page.locator(".cnn").inner_text()


@pytest.mark.slow
def test_one_number_is_followed_to_the_pixel_and_to_the_class(page, widget):
    """In map 5 of the second convolution of the first block, at row 16, column 15."""
    pick(page, 0)
    outputs = run(widget.network, image_of(widget, 0))
    page.get_by_role("radiogroup", name="layers of the network").get_by_text("3 conv +", exact=True).click()
    page.get_by_role("radiogroup", name="step of the layer").get_by_text("convolution 3×3").click()
    page.get_by_role("radio", name=re.compile("^map 5, from ")).check(force=True)
    large = page.get_by_role("slider", name="map 5. Arrow keys move from number to number")
    large.press("ArrowLeft")  # from the middle, row 16 and column 16
    trace = page.locator(".cnn-trace")
    conv = named(widget.network, "features.3.0.residual.3", "Conv2d")
    assert f"a sum over 16 maps: {float(outputs[conv][5, 16, 15]):.3g}".replace("-", "−") in trace.inner_text()
    # The Stepper holds the largest of its sixteen parts: the real numbers, and the real kernel.
    before, weights = outputs[conv - 1], weights_of(widget, conv)
    patches = before[:, 15:18, 14:17]  # what the 3×3 window sees
    parts = (weights[5] * patches).sum((1, 2))
    channel = parts.abs().argmax().item()
    stepper = page.get_by_role("region", name=f"Map {channel}, rows 14 to 18 and columns 13 to 17, and its kernel")
    total = stepper.locator(".cnn-sum").inner_text().split(" = ")[-1]
    assert float(total.replace("−", "-")) == pytest.approx(float(parts[channel]), abs=0.006)
    patch = F.conv2d(before[None, channel : channel + 1, 14:19, 13:18], weights[None, 5:6, channel][0][None])
    assert patch.shape[-2:] == (3, 3) and float(patch[0, 0, 1, 1]) == pytest.approx(float(parts[channel]), abs=1e-5)
    # Another part: its own kernel.
    second = parts.abs().argsort(descending=True)[1].item()
    trace.get_by_role("radio", name=f"map {second} ").check(force=True)
    assert page.get_by_role("region", name=f"Map {second}, rows").is_visible()
    # Back to the picture …
    for _ in range(20):
        if "Here it begins" in trace.inner_text():
            break
        trace.get_by_role("button", name="◀ from").click()
    text = trace.inner_text()
    colour, pixel = re.search(r"\((red|green|blue) (\d+) / 255", text).groups()
    row, column = map(int, re.search(r"row (\d+), column (\d+)", text).groups())
    pixels = image_of(widget, 0) * torch.tensor(bundled.STD)[:, None, None] + torch.tensor(bundled.MEAN)[:, None, None]
    assert round(255 * float(pixels[("red", "green", "blue").index(colour), row, column])) == int(pixel)
    # … one back, and on to the class.
    trace.get_by_role("button", name="↩ back").click()
    for _ in range(80):
        if "Here it ends" in trace.inner_text():
            break
        trace.get_by_role("button", name="on to").first.click()
    chance = page.locator(".cnn-classes label:has(:checked) .cnn-percent").inner_text()
    assert f"Softmax makes {chance} of it" in trace.inner_text()
    page.get_by_role("button", name="start again").first.click()
    assert not trace.is_visible() and not page.locator(".cnn-near").is_visible()
    assert page.get_by_role("radiogroup", name="picture").get_by_role("radio").first.is_checked()
    assert page.locator(".cnn").first.evaluate(FAINT) == []


def weights_of(widget, output: int) -> torch.Tensor:
    return unpack_weights(widget.network["steps"][output - 1]["weights"])


def as_file(image: Image.Image, name: str) -> dict:
    file = io.BytesIO()
    image.save(file, "png")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


@pytest.mark.slow
def test_a_picture_of_one_s_own_is_cut_made_small_and_stays(page, widget):
    drawn = bytearray(base64.b64decode(widget.pictures["shown"][3]["pixels"]))
    pixels = torch.frombuffer(drawn, dtype=torch.uint8).reshape(3, 32, 32)
    deer = Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
    wide = Image.new("RGB", (1000, 640), "red")  # of it the middle is taken
    wide.paste(deer.resize((640, 640), Image.Resampling.NEAREST), (180, 0))
    page.get_by_label("a picture of yours").set_input_files(as_file(wide, "mine.png"))
    page.get_by_role("slider", name="mine.png. Arrow keys").wait_for()
    assert shares(page) == pytest.approx(chances(widget, image_of(widget, 3)).tolist(), abs=3)
    page.get_by_role("radio", name=re.compile("^frog ")).check(force=True)
    assert page.get_by_role("slider", name="mine.png. Arrow keys").is_visible()
    page.get_by_label("a picture of yours").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    )
    page.get_by_text("“notes.txt” is no picture that this browser can read").wait_for()
    pick(page, 1)
    assert page.locator(".cnn-problem").is_hidden()


@pytest.mark.slow
def test_the_camera_shows_what_it_sees_until_a_picture_is_taken(page):
    page.evaluate(
        """() => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
          const pen = canvas.getContext("2d");
          const draw = () => ((pen.fillStyle = "#38f"), pen.fillRect(0, 0, 64, 48), requestAnimationFrame(draw));
          draw();
          window.asked = navigator.mediaDevices.getUserMedia;
          navigator.mediaDevices.getUserMedia = async () => (window.stream = canvas.captureStream());
        }"""
    )
    page.get_by_role("button", name="camera").click()
    page.get_by_role("slider", name="your camera. Arrow keys").wait_for()
    page.get_by_role("button", name="take this picture").click()
    assert page.evaluate("() => window.stream.getTracks().every((track) => track.readyState === 'ended')")
    page.evaluate("() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('denied')))")
    page.get_by_role("button", name="camera").click()
    page.get_by_text("There is no camera, or this page may not use it").wait_for()


def test_its_words_are_those_of_torch(widget):
    facts = LiveNetwork(overlay="Grad-CAM", layer=named(widget.network, "features.5.2", "ReLU"), picture=2).facts()
    image = image_of(widget, 2)
    assert facts["Answer"].startswith(f"automobile {chances(widget, image).max():.0f} %")
    maps = run(widget.network, image)[-4]
    assert facts["Layer"] == f"features.5.2: 64×8×8, from 0 to {maps.max():.2g}"
    cam = class_map(widget.network, image, 1)
    row, column = divmod(cam.argmax().item(), 8)
    assert facts["Grad-CAM for automobile"] == f"largest at row {row}, column {column} of 8×8"


@pytest.mark.slow
def test_a_notebook_holds_a_network_once_for_all_widgets_that_show_it(browser, tmp_path):
    notebook = nbformat.v4.new_notebook()
    for title in ("The first network", "The second one"):
        output = nbformat.v4.new_output("display_data", data={"text/html": LiveNetwork(title=title).static_html()})
        notebook.cells.append(nbformat.v4.new_code_cell("…", outputs=[output], execution_count=1))
    whole = len(nbformat.writes(notebook).encode())
    hold_once(notebook)
    photographed = []
    renew_widgets(notebook, "https://example.org", take=lambda pages: photographed.extend(pages) or {})
    assert all(LiveNetwork().network["steps"][0]["weights"]["letters"] in html.unescape(page) for page in photographed)
    assert whole - len(nbformat.writes(notebook).encode()) > 300_000
    (tmp_path / "two.html").write_text(HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "two.html").as_uri())
    frames = page.locator("iframe").all()
    for frame in frames:
        frame.scroll_into_view_if_needed()
        frame.content_frame.locator(".cnn-live-answer", has_text="ship").wait_for()
    # A frame whose network is nowhere says so, and begins when it is there.
    held = page.locator("script[data-cnn-held]")
    text = held.inner_text() or held.evaluate("e => e.textContent")
    held.evaluate("e => (e.remove(), delete window.cnnHeld)")
    frames[1].evaluate("e => (e.srcdoc = e.srcdoc)")
    frames[1].content_frame.get_by_text("stands in another cell of this notebook").wait_for()
    key = re.search(r'"held":"(\w+)"', frames[1].get_attribute("srcdoc"))[1]
    page.evaluate("([key, text]) => (window.cnnHeld = { [key]: text })", [key, text])
    frames[1].content_frame.locator(".cnn-live-answer", has_text="ship").wait_for()
    page.close()


WRONG = {
    "a step that is not there": lambda n: n["steps"][3].update(kind="Conv9d"),
    "a step that reads what comes later": lambda n: n["steps"][3].update(reads=[40]),
    "letters are missing": lambda n: n["steps"][0]["weights"].update(letters="abc"),
    "a letter that stands for no weight": lambda n: n["steps"][0]["weights"].update(
        letters="<" + n["steps"][0]["weights"]["letters"][1:]
    ),
    "classes of another number": lambda n: n["classes"].append("cat"),
    "names that are no texts": lambda n: n.update(name=5),
    "a std of 0": lambda n: n.update(std=[0, 1, 1]),
    "pictures of two channels": lambda n: n.update(input=[2, 32, 32]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_network_that_cannot_run_is_explained_and_the_old_one_stays(widget, name):
    network = copy.deepcopy(widget.network)
    WRONG[name](network)
    shown = LiveNetwork()
    kept = shown.network
    shown.network = network
    assert "network must be what utils.widgets.live.export.export returns" in shown.problem
    assert "use LiveNetwork.of(model, data)" in shown.problem and shown.network is kept
