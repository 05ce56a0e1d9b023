"""Torch's switches are put back between tasks: what an answer turns costs no other answer."""

import pytest
import torch

from utils.checks import convolution_arithmetic, kinds_of_convolution
from utils.checks.switches import USUAL, Switches

TURNS = {
    "default type": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    # Gradients that an answer leaves switched off are a mistake with a name of its own: see test_base.
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "threads": lambda: torch.set_num_threads(7),
    "seed": lambda: torch.manual_seed(5),
    "printing": lambda: torch.set_printoptions(precision=1),
    "cudnn": lambda: setattr(torch.backends.cudnn, "benchmark", True),
    "autocast": lambda: torch.set_autocast_enabled("cpu", True),
    "anomalies": lambda: torch.autograd.set_detect_anomaly(True),
}


@pytest.fixture(autouse=True)
def as_before():
    before = Switches()
    yield
    before.put_back()


def right(input_size, kernel_size, stride, padding):
    return (input_size + 2 * padding - kernel_size) // stride + 1


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_what_one_answer_turns_costs_no_other_answer(turn, capsys):
    def turning(*arguments):
        turn()
        return right(*arguments)

    convolution_arithmetic.output_size(turning)
    kinds_of_convolution.scatter(
        lambda image, kernel, stride, padding: torch.nn.functional.conv_transpose2d(
            image[None, None], kernel[None, None], stride=stride, padding=padding
        )[0, 0]
    )
    assert capsys.readouterr().out.count("✓") == 2
    turn()
    convolution_arithmetic.output_size(right)
    assert "✓" in capsys.readouterr().out, "turned before the check, as by another cell"


def test_what_a_learner_has_set_is_so_again_after_a_check():
    torch.set_default_dtype(torch.float64)
    convolution_arithmetic.output_size(right)
    assert torch.get_default_dtype() == torch.float64
    USUAL.put_back()
    assert torch.get_default_dtype() == torch.float32
