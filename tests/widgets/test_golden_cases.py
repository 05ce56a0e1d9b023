"""The widgets' arithmetic and words, in Python and in JavaScript, against golden.json, which torch and people wrote."""

import json
import subprocess
from pathlib import Path

import pytest
import torch

from tests.widgets.make_golden import GOLDEN, text
from utils import arithmetic, convolution, words

FOLDER = Path(__file__).parent
CASES = json.loads(GOLDEN.read_text())


def ours(function, *arguments):
    try:
        return function(*arguments)
    except ValueError:
        return None


def test_there_are_enough_of_them_and_they_are_few_bytes():
    assert sum(map(len, CASES.values())) >= 2000
    assert GOLDEN.stat().st_size < 300_000
    assert 100 < sum(case[-1] is None for case in CASES["output_size"]) < 900, "refusals too"


def test_the_file_is_what_torch_says_today():
    assert text() == GOLDEN.read_text(), "run: python -m tests.widgets.make_golden"


@pytest.mark.parametrize("group", ["output_size", "transposed_output_size"])
def test_sizes(group):
    for *settings, truth in CASES[group]:
        assert ours(getattr(arithmetic, group), *settings) == truth, settings


def test_parameter_counts():
    for c_in, c_out, kh, kw, groups, bias, truth in CASES["parameter_count"]:
        assert ours(arithmetic.parameter_count, c_in, c_out, (kh, kw), groups, bias) == truth


def test_receptive_fields():
    for layers, truth in CASES["receptive_field"]:
        assert arithmetic.receptive_field(layers) == truth, layers


def test_convolutions():
    for image, kernel, stride, padding, dilation, output, _ in CASES["convolve"]:
        result = convolution.cross_correlate(
            torch.tensor(image), torch.tensor(kernel), tuple(stride), tuple(padding), tuple(dilation)
        )
        assert result.tolist() == output


def test_max_pooling():
    for image, window, stride, output, _ in CASES["max_pool"]:
        result = convolution.max_pool(torch.tensor(image), tuple(window), tuple(stride))
        assert result.tolist() == output


@pytest.mark.parametrize("group", ["short", "counted"])
def test_numbers_in_words(group):
    for *said, truth in CASES[group]:
        assert getattr(words, group)(*said) == truth, said


def test_javascript_agrees(node):
    done = subprocess.run([node, "--test", str(FOLDER)], capture_output=True, text=True, cwd=FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout and "# pass 0" not in done.stdout, done.stdout
