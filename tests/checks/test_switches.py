"""Torch's switches are put back between tasks: what an answer turns costs no other answer."""

import pytest
import torch

from utils.checks import convolution_arithmetic, kinds_of_convolution
from utils.checks.switches import USUAL, Switches

TURNS = {
    "default device": lambda: torch.set_default_device("meta"),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "threads": lambda: torch.set_num_threads(7),
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
    kinds_of_convolution.spread(
        lambda kernel, *dilation: torch.nn.functional.conv_transpose2d(
            kernel[None, None], torch.ones(1, 1, 1, 1), stride=dilation
        )[0, 0]
    )
    assert capsys.readouterr().out.count("✓") == 2
    turn()
    convolution_arithmetic.output_size(right)
    assert "✓" in capsys.readouterr().out, "turned before the check, as by another cell"


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (lambda: torch.set_default_dtype(torch.float64), "changes torch's default number format"),
        (lambda: torch.manual_seed(0), "sets torch's seed"),
        (lambda: torch.set_grad_enabled(False), "leaves gradients switched off"),
    ],
)
@pytest.mark.parametrize("seed", [0, 90125])
def test_what_would_change_the_rest_of_a_notebook_is_told(turn, words, seed, message):
    assert words in message(convolution_arithmetic.output_size, lambda *given: turn() or right(*given), seed=seed)


def test_what_a_learner_has_set_is_so_again_after_a_check():
    torch.set_default_dtype(torch.float64)
    convolution_arithmetic.output_size(right)
    assert torch.get_default_dtype() == torch.float64
    USUAL.put_back()
    assert torch.get_default_dtype() == torch.float32
