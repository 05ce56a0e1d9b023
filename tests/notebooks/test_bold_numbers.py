"""Every bold number that a lecture must compute stands in one of its marked, checked outputs."""

import re

import nbformat
import pytest

from utils.course import LECTURES, lectures

FOLDER = LECTURES / "facts"  # a file for each lecture, a fact on each line: they come and go with it
FACTS = [
    pytest.param(lecture, fact, id=f"{lecture.file}-{fact}")
    for lecture in lectures()
    if (facts := FOLDER / f"{lecture.file}.txt").exists()
    for fact in facts.read_text(encoding="utf-8").splitlines()
]


def marked_outputs(lecture) -> str:
    """The text of all outputs that nbval compares on every run."""
    text = []
    for cell in nbformat.read(lecture.notebook, as_version=4).cells:
        if "nbval-check-output" in cell.metadata.get("tags", []):
            for output in cell.outputs:
                text.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(text)


def test_every_list_of_facts_has_its_lecture():
    listed = {lecture.file for lecture in lectures()}
    alone = sorted(path.name for path in FOLDER.iterdir() if path.stem not in listed)
    assert not alone, "lectures/course.toml has no such lecture: remove its file from lectures/facts, or rename it"


@pytest.mark.parametrize(("page", "fact"), FACTS)
def test_the_fact_is_computed_and_checked(page, fact):
    pattern = r"(?<![\d,.])" + re.escape(fact) + r"(?![\d]|,\d)"
    assert re.search(pattern, marked_outputs(page)), (
        f"{fact} comes out of no cell with the tag nbval-check-output: add one, or take it out of {page.file}.txt"
    )


def test_the_statistics_of_cifar_10_are_the_published_ones():
    """They depend on the data, so no marked cell can hold them; what is committed must come from the real images.

    Our copy was compressed once more as JPEG: hence the tolerance.
    """
    lecture = next((lecture for lecture in lectures() if lecture.file == "04_data"), None)
    if lecture is None:
        pytest.skip("this course has no lecture 04_data")
    cells = nbformat.read(lecture.notebook, as_version=4).cells
    printed = "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))
    assert "CIFAR-10, 50,000 + 10,000 images" in printed, "build it on a machine that has the real data"
    for name, published in (("mean", (0.4915, 0.4823, 0.4468)), ("std", (0.2470, 0.2435, 0.2616))):
        for how in ("running sums", "channel_statistics"):
            numbers = re.search(rf"^{name}, +{how} +\((.*)\)$", printed, re.MULTILINE)[1]
            assert [float(number) for number in numbers.split(", ")] == pytest.approx(published, abs=0.002)


def test_what_is_said_of_shuffled_pixels_is_what_the_committed_runs_show():
    """The MLP does not notice, the layer that does not share hardly, and the convolution falls from above to below."""
    lecture = next((lecture for lecture in lectures() if lecture.file == "03_fashion_mnist"), None)
    if lecture is None:
        pytest.skip("this course has no lecture 03_fashion_mnist")
    cells = nbformat.read(lecture.notebook, as_version=4).cells
    printed = "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))
    rows = re.findall(r"^(MLP|local, not shared|convolution) (as they are|shuffled) ([\d. ]+)$", printed, re.MULTILINE)
    runs = {(name, order): [float(run) for run in numbers.split()] for name, order, numbers in rows}
    assert len(runs) == 6 and {len(seeds) for seeds in runs.values()} == {3}
    mean = {key: sum(seeds) / 3 for key, seeds in runs.items()}
    said = "".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for (name, _), value in mean.items():
        assert f"{value:.1f}" in said, f"{name}: {value:.1f} %"
    assert abs(mean["MLP", "as they are"] - mean["MLP", "shuffled"]) < 0.2
    assert mean["convolution", "as they are"] - mean["convolution", "shuffled"] > 2.5
    others = {order: runs["MLP", order] + runs["local, not shared", order] for order in ("as they are", "shuffled")}
    assert min(runs["convolution", "as they are"]) > max(others["as they are"])
    assert max(runs["convolution", "shuffled"]) < min(others["shuffled"])


def printed_by(file: str) -> str:
    """All that the committed cells of a lecture have printed."""
    lecture = next((lecture for lecture in lectures() if lecture.file == file), None)
    if lecture is None:
        pytest.skip(f"this course has no lecture {file}")
    cells = nbformat.read(lecture.notebook, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


def test_what_is_said_of_saliency_and_neighbours_is_what_the_committed_run_shows():
    """Of four pictures the guided one alone outlives the head; what is near in features is of one class."""
    printed = printed_by("11_seeing")
    rows = re.findall(r"^(gradient|SmoothGrad|guided|Grad-CAM) +(.+ ± .+)$", printed, re.MULTILINE)
    means = {name: [float(each) for each in re.findall(r"(-?[\d.]+) ±", row)] for name, row in rows}
    assert {len(row) for row in means.values()} == {4} and len(means) == 4
    assert means["guided"][0] > 0.85 and max(means[name][0] for name in means if name != "guided") < 0.6
    assert all(means["guided"][k] > means[name][k] + 0.15 for name in means if name != "guided" for k in range(4))
    assert means["Grad-CAM"][3] < 0.15 < means["gradient"][3] < 0.3
    near = dict(re.findall(r"^(pixels|features, untrained|features) +([\d.]+) % of the five", printed, re.MULTILINE))
    assert all(15 < float(near[name]) < 30 for name in ("pixels", "features, untrained"))
    assert float(near["features"]) > 55
    best, rough, smooth = (
        [float(each) for each in re.search(rf"^{name} +(.+)$", printed, re.MULTILINE)[1].split()]
        for name in ("best photograph", "made, as it comes", "made, smooth")
    )
    assert all(2 * b < s < r for b, s, r in zip(best, smooth, rough, strict=True))


def test_the_fewer_labels_the_more_weight_decay_helps_a_head():
    kept = re.findall(r"^ +([\d,]+) .* keep ([\d.]+)$", printed_by("10_transfer"), re.MULTILINE)
    assert [count for count, _ in kept] == ["10", "30", "100", "300", "1,000"]
    decays = [float(decay) for _, decay in kept]
    assert decays == sorted(decays, reverse=True) and decays[0] > 10 * decays[-1]
