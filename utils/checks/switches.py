"""The switches that torch keeps for a whole program: what one task turns must not decide the points of another."""

import torch

_GETTERS_AND_SETTERS = [
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.is_warn_always_enabled, torch.set_warn_always),
    (lambda: torch.is_autocast_enabled("cpu"), lambda on: torch.set_autocast_enabled("cpu", on)),
    (lambda: torch.get_autocast_dtype("cpu"), lambda dtype: torch.set_autocast_dtype("cpu", dtype)),
    (torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
    (torch.get_rng_state, torch.set_rng_state),
]
_ATTRIBUTES = [
    (torch.backends.cudnn, "enabled"),
    (torch.backends.cudnn, "benchmark"),
    (torch.backends.cudnn, "deterministic"),
    (torch.backends.mkldnn, "enabled"),
    (torch.utils.deterministic, "fill_uninitialized_memory"),
    (torch.backends.opt_einsum, "enabled"),
]


class Switches:
    """How all switches stand now; ``put_back`` makes it so again."""

    def __init__(self):
        self._values = [get() for get, _ in _GETTERS_AND_SETTERS]
        self._attributes = [getattr(owner, name) for owner, name in _ATTRIBUTES]
        self._device = torch.get_default_device() if _has_default_device() else None
        self._printing = dict(vars(torch._tensor_str.PRINT_OPTS))

    def put_back(self) -> None:
        for (get, set_), value in zip(_GETTERS_AND_SETTERS, self._values, strict=True):
            now = get()
            if not (torch.equal(now, value) if isinstance(value, torch.Tensor) else now == value):
                set_(value)
        for (owner, name), value in zip(_ATTRIBUTES, self._attributes, strict=True):
            if getattr(owner, name) != value:
                setattr(owner, name, value)
        if _has_default_device() or self._device is not None:
            torch.set_default_device(self._device)
        vars(torch._tensor_str.PRINT_OPTS).update(self._printing)


def _has_default_device() -> bool:
    """Whether one was set: asking torch which would take the processor for a choice."""
    return getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None) is not None


USUAL = Switches()  # as torch begins, or as they stand when the first check is imported
