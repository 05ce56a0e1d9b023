"""What an answer was given, before and after: tensors, lists, and networks with their mode, weights and hooks."""

import torch
from torch import Tensor, nn

IN_A_NETWORK = {
    "weights": "changes weights or statistics of `{name}`. `weight / size` makes a new tensor, and `weight /= size` "
    "does not; and in training mode a batch norm moves its statistics, so call `{name}.eval()` first.",
    "mode": "leaves `{name}` in another mode than it was in. Remember `{name}.training`, and call `{name}.train(…)` "
    "with it at the end: it sets all layers inside, too.",
    "frozen": "leaves parameters of `{name}` frozen that were not, or the other way round: `requires_grad_` stays. "
    "Under `torch.no_grad()` nothing is recorded, and nothing is left behind.",
    "gradients": "leaves other gradients in `{name}` than there were. `torch.autograd.grad` leaves none, and what was "
    "there is not yours to clear.",
    "hooks": "leaves its hook on `{name}`: it is still there after the function has returned. Remove it: "
    "`handle.remove()`.",
    "fewer hooks": "also removes hooks of others from `{name}`. Remove your own: `handle.remove()`.",
}


class Noted:
    """What one argument is, so that `change` can tell what became of it."""

    def __init__(self, value: object, may_change: tuple[str, ...] = ()):
        """``may_change`` names what in networks is an answer's to change, as in `IN_A_NETWORK`."""
        self.value, self.may_change = value, may_change
        self.note: object = None
        if isinstance(value, nn.Module):
            self.layers, self.parameters = list(value.modules()), list(value.parameters())
            self.note = self._aspects()
        elif type(value) is Tensor:
            self.note = value.detach().clone(), value.requires_grad
        elif type(value) in (list, tuple):
            self.note = [Noted(item, may_change) for item in value]

    def change(self, name: str) -> str:
        """How a sentence goes on that begins with "your function"; "" if all is as it was, or nothing is noted."""
        hint = ""
        if isinstance(self.value, nn.Module):
            now = self._aspects()
            other = next((aspect for aspect in now if not _alike(now[aspect], self.note[aspect])), "")
            if other == "hooks" and sum(now[other]) < sum(self.note[other]):
                other = "fewer hooks"
            return IN_A_NETWORK[other].format(name=name) if other else ""
        if type(self.value) is Tensor:
            values, learning = self.note
            if not torch.equal(self.value, values):
                hint = f"Work on `{name}.clone()`, a copy."
            elif self.value.requires_grad != learning:
                hint = f"Its `requires_grad` is another now. Work on `{name}.detach().clone()`, a copy."
        elif type(self.value) in (list, tuple):
            if len(self.value) != len(self.note) or any(
                item is not noted.value for item, noted in zip(self.value, self.note, strict=True)
            ):
                hint = f"`sorted({name})` and `reversed({name})` leave it as it is, and `list({name})` is a copy."
            elif any(noted.change(name) for noted in self.note):
                hint = "Something in it is another now: make new tensors, and new lists."
        return f"changes `{name}`, which it is given. {hint}" if hint else ""

    def _aspects(self) -> dict[str, list]:
        """Of a network all that must stay, also of layers that are no more in it."""
        looks = {
            "weights": lambda: [tensor.clone() for tensor in self.value.state_dict().values()],
            "mode": lambda: [layer.training for layer in self.layers],
            "frozen": lambda: [parameter.requires_grad for parameter in self.parameters],
            "gradients": lambda: [None if each.grad is None else each.grad.clone() for each in self.parameters],
            "hooks": lambda: [hooks_on(layer) for layer in self.layers],
        }
        return {name: look() for name, look in looks.items() if name not in self.may_change}


def hooks_on(layer: nn.Module) -> int:
    """How many hooks there are on a layer itself."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(layer, kind)) for kind in kinds)


def _alike(now: list, before: list) -> bool:
    def same(one: object, other: object) -> bool:
        if isinstance(one, Tensor) and isinstance(other, Tensor):
            return torch.equal(one, other)
        return type(one) is type(other) and one == other

    return len(now) == len(before) and all(map(same, now, before))
