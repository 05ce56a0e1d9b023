"""Which precision and layout is chosen for which machine (stand-ins: there is only one machine here)."""

import pytest
import torch

from utils.training.precision import autocast, choose_memory_format, choose_precision

CPU, CUDA, MPS = map(torch.device, ("cpu", "cuda", "mps"))


@pytest.mark.parametrize(
    "capabilities, expected",
    [
        ({"amx_bf16": True}, "bf16"),
        ({"avx512_bf16": True}, "bf16"),
        ({"amx_bf16": False, "avx512_bf16": False, "avx512_f": True}, "fp32"),
        ({}, "fp32"),
    ],
)
def test_a_processor(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert choose_precision(CPU) == expected
    assert choose_memory_format(CPU) == "channels_last"


def test_a_torch_that_cannot_tell(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert choose_precision(CPU) == "fp32"


@pytest.mark.parametrize("native, expected", [(True, "bf16"), (False, "fp16")])
def test_a_gpu(monkeypatch, native, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native or including_emulation)
    assert choose_precision(CUDA) == expected
    assert choose_memory_format(CUDA) == "channels_last"


def test_apple():
    assert (choose_precision(MPS), choose_memory_format(MPS)) == ("fp32", "contiguous")


@pytest.mark.parametrize(
    "precision, dtype", [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_autocast_computes_in_what_it_says(precision, dtype):
    layer = torch.nn.Linear(2, 2)
    with autocast(CPU, precision):
        assert layer(torch.ones(1, 2)).dtype == dtype
