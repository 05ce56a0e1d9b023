"""Every bold number that a lecture must compute stands in one of its marked, checked outputs."""

import re

import nbformat
import pytest

from utils.course import lectures

FACTS = {
    "01": [
        "[[19, 25], [37, 43]]",
        "44, 54, 64, 84, 94",
        "[[56, 72], [104, 120]]",
        "(8, 5, 4)",
        "(4, 3, 0, 1) → 2",
        "(5, 4, 2, 1) → 6",
        "(5, 3, 0, 2) → 2",
        "200×200",
        "31 % of the pixels are gone",
        "[128, 64, 3, 3]",
        "[128]",
        "[[4, 5], [7, 8]]",
        "27·C²",
        "49·C²",
    ],
    "02": [
        "5×5 field, 9 weights",
        "[2, 2, 2]: 13×13 field, 49 of 169 cells read",
        "[1, 2, 4]: 15×15 field, 225 of 225 cells read",
        "[[0, 1, 2], [2, 10, 10], [6, 17, 12]]",
        "64 → 32 channels",
        "784 of 784 pixels",
        "73,728",
        "8,768",
        "linear: [14.9, 19.0]",
        "2×2 convolution: [14.9, 19.0]",
        "1×1 convolution: [14.9, 19.0]",
    ],
    "03": ["795,010", "716,706", "640", "73,856", "640,200", "2,010"],
    "04": ["771 GB", "[[11, 12], [13, 14]]", "= 162", "782 batches, the last one of 16", "16,777,216"],
    "05": [
        "[0.0900, 0.2447, 0.6652]",
        "1,574,402",
        "[1572864, 512, 1024, 2]",
        "over 3 billion",
    ],
    "06": [
        "weight: [192]   bias: [192]",
        "equal to torch: True",
        "[-1.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 2.0]",
        "v = [3.0, 4.0], g = 10: w = [6.0, 8.0]",
        "p = 0.5: values [0.0, 2.0], whole channels: True",
    ],
    "07": ["61,706", "60,850", "61,100,840", "60,965,224", "107,627,624", "138,357,544", "7,595,176"],
    "08": [
        "387,072",
        "163,328",
        "6,624,904",
        "6,998,552",
        "18 layers, 11,689,512 parameters",
        "34 layers, 21,797,672 parameters",
        "50 layers, 25,557,032 parameters",
        "101 layers, 44,549,160 parameters",
        "152 layers, 60,192,808 parameters",
        "the same logits: True",
        "7,978,856",
        "1,254,250",
        "1,300,618",
        "1,369,738",
        "ResNet-50  V1 76.13 %, V2 80.86 %",
    ],
    "09": [
        "153.6 MB",
        "614.4 MB",
        "[19, 25, 37, 43]",
        "six products:  [14, 20]",
        "four products: [14.0, 20.0]",
        "[3.0, 5.0, 7.0, 5.0]",
        "104.9",
        "1 + 1/1,024",
        "(12, 1, 6, 3)",
        "the same: True",
        "mean -20.67, weighted -15.00",
        "1,971,352",
        "118,147,360",
    ],
    "10": [
        "269,592 parameters",
        "64·2 + 2 = 130",
        "64·8 + 8 = 520",
        "the same head: True",
        "130 parameters learn",
        "74,114 parameters learn",
        "203,650 parameters learn",
        "1,814,073,344",
        "512·2 + 2 = 1,026",
        "4096·2 + 2 = 8,194",
        "385,187,552",
    ],
    "11": [
        "71,386 parameters",
        "stage3: (64, 8, 8)",
        "hooks left: 0",
        "stage1: 5×5 pixels; the network itself: (5, 5)",
        "stage2: 14×14 pixels; the network itself: (14, 14)",
        "stage3: 32×32 pixels; the network itself: (32, 32)",
        "[0, 1, 3, 6, 7, 6, 3, 1, 0]",
        "100 layers: can see 201 pixels, 41 count",
        "alpha: [0.75, -0.25]",
        "map: [[3.0, 0.0], [0.0, 1.0]]",
        "equal to the packaged one: True",
    ],
}


def marked_outputs(lecture) -> str:
    """The text of all outputs that nbval compares on every run."""
    text = []
    for cell in nbformat.read(lecture.notebook, as_version=4).cells:
        if cell.cell_type == "code" and "# NBVAL_CHECK_OUTPUT" in cell.source:
            for output in cell.outputs:
                text.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(text)


@pytest.mark.parametrize("number, fact", [(number, fact) for number in FACTS for fact in FACTS[number]])
def test_the_fact_is_computed_and_checked(number, fact):
    lecture = next(lecture for lecture in lectures() if lecture.number == number)
    pattern = r"(?<![\d,.])" + re.escape(fact) + r"(?![\d]|,\d)"
    assert re.search(pattern, marked_outputs(lecture)), fact


def test_the_statistics_of_cifar_10_are_the_published_ones():
    """They depend on the data, so no marked cell can hold them; what is committed must come from the real images.

    Our copy was compressed once more as JPEG: hence the tolerance.
    """
    lecture = next(lecture for lecture in lectures() if lecture.number == "04")
    cells = nbformat.read(lecture.notebook, as_version=4).cells
    printed = "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))
    assert "CIFAR-10, 50,000 + 10,000 images" in printed, "build it on a machine that has the real data"
    for name, published in (("mean", (0.4915, 0.4823, 0.4468)), ("std", (0.2470, 0.2435, 0.2616))):
        for how in ("running sums", "channel_statistics"):
            numbers = re.search(rf"^{name}, +{how} +\((.*)\)$", printed, re.MULTILINE)[1]
            assert [float(number) for number in numbers.split(", ")] == pytest.approx(published, abs=0.002)
