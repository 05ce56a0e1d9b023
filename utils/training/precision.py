"""Which number format and memory layout this machine computes convolutions in fastest."""

from contextlib import AbstractContextManager

import torch

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def choose_precision(device: torch.device) -> str:
    """``bf16`` where the hardware multiplies it natively, else ``fp16`` on a GPU, else ``fp32``.

    bf16 has the range of fp32 with fewer digits, so nothing else changes. fp16 has a small range and needs
    the loss scaled (Micikevicius et al., 2018, "Mixed precision training"): it is for GPUs before Ampere.
    """
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    if device.type == "cpu":
        # Emulated bf16 is over ten times slower than fp32, so ask for the instructions themselves.
        capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
        if capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"):
            return "bf16"
    return "fp32"


def choose_memory_format(device: torch.device) -> str:
    """``channels_last`` (N, H, W, C in memory), which convolutions prefer, except on Apple's GPU."""
    return "contiguous" if device.type == "mps" else "channels_last"


def layout(name: str) -> torch.memory_format:
    """torch's object for ``contiguous`` or ``channels_last``; ValueError for any other name."""
    formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
    if name not in formats:
        raise ValueError(f"memory_format={name!r} is not one of {', '.join(formats)}")
    return formats[name]


def autocast(device: torch.device, precision: str) -> AbstractContextManager:
    """The context in which a forward pass computes in ``precision``; ValueError for an unknown one."""
    if precision not in _DTYPES:
        raise ValueError(f"precision={precision!r} is not one of {', '.join(_DTYPES)}")
    return torch.autocast(device.type, dtype=_DTYPES[precision], enabled=precision != "fp32")
