"""Lecture 02's answers at work."""

from collections.abc import Callable

import torch
from torch import Tensor

from utils import figures
from utils.data import fashion_mnist


def checkerboard(scatter: Callable[[Tensor, Tensor, int, int], Tensor]) -> figures.Picture:
    """A boot made twice as large by ``scatter``, with kernels that overlap evenly and with one that does not.

    (Odena et al., 2016)
    """
    data, _ = fashion_mnist()
    boot = data.images[data.labels.tolist().index(9), 0] / 255
    sizes = {2: "2×2: no overlap", 3: "3×3: every other row overlaps", 4: "4×4: all overlap"}
    large = [scatter(boot, torch.full((k, k), 4 / k**2), 2, (k - 2) // 2)[:56, :56] for k in sizes]
    return figures.image_grid(
        torch.stack(large).clamp(0, 1)[:, None],
        list(sizes.values()),
        columns=3,
        source=data.source,
        title="Your transposed convolution makes a boot twice as large",
        caption="*Stride 2 each time. Where windows of 3×3 overlap, the sum has more terms: a checkerboard that is "
        "not in the photograph.*",
        seen="The one in the middle is covered by a grid of bright dots.",
    )
