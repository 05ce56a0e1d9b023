"""Dropout for feature maps: whole channels vanish."""

from torch import Tensor, nn


class Dropout2d(nn.Module):
    """Tompson, Goroshin, Jain, LeCun and Bregler 2015, "Efficient object localization using convolutional networks".
    The same as ``torch.nn.Dropout2d``.

    In train mode each channel of each image becomes zero with probability p, all its pixels at once; what stays is
    multiplied by 1 / (1 − p), which keeps the expected sum. Dropping single pixels would take little away, as their
    neighbours hold nearly the same value. In eval mode nothing happens.

    Shapes: (N, C, H, W) -> the same.

    Raises:
        ValueError: p is not in 0 ≤ p < 1, or the input does not have this shape.
    """

    def __init__(self, p: float = 0.5):
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p={p} must be a probability of at least 0 and below 1")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4:
            raise ValueError(f"the input must be (N, C, H, W), not {tuple(x.shape)}")
        if not self.training:
            return x
        keep = x.new_empty(*x.shape[:2], 1, 1).bernoulli_(1 - self.p)  # (N, C, 1, 1): 1 stays, 0 goes
        return x * keep / (1 - self.p)
