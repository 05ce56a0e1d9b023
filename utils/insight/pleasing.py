"""An image made to please a channel: gradient ascent on its pixels.

Erhan, Bengio, Courville and Vincent 2009, "Visualizing higher-layer features of a deep network". Why the image is moved
a little at each step is in Olah, Mordvintsev and Schubert 2017, "Feature visualization". The penalty for rough images
is that of Mahendran and Vedaldi 2015, "Understanding deep image representations by inverting them".
"""

import torch
from torch import Tensor, nn

from utils.arithmetic import integer
from utils.insight.recording import recorded, with_gradients

RATE = 0.05  # of Adam, for pixels from 0 to 1
SHIFT = 2  # pixels


def pleasing_images(
    model: nn.Module,
    layer: str,
    channels: list[int],
    *,
    image_size: tuple[int, int],
    mean: tuple[float, ...],
    std: tuple[float, ...],
    smoothness: float = 100.0,
    steps: int = 200,
    seed: int = 0,
) -> Tensor:
    """For each channel an image, which begins as grey noise and is changed until the mean of its map is large.

    At each step the image is shifted by up to two pixels, what leaves at one side entering at the other: so nothing
    pays that depends on one place exactly.

    Args:
        layer: whose channels; see `feature_maps`.
        image_size: (H, W) of the images.
        mean, std: those of the data, one for each colour: the network is shown (image − mean) / std.
        smoothness: what `roughness` costs. At 0 neighbouring pixels may differ as they like.

    Returns:
        (len(channels), C, H, W), from 0 to 1, on the CPU.

    Raises:
        TypeError: ``steps`` is no int.
        ValueError: there is no such layer, or it does not return maps.
        IndexError: the layer has no such channel, or none is named.
    """
    integer("steps", steps, least=1)
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    with recorded(model, layer) as recording, with_gradients():
        noise = torch.randn(len(channels), len(mean), *image_size, generator=generator)
        images = (0.5 + 0.05 * noise).to(device).requires_grad_()
        mean, std = (torch.tensor(numbers, device=device).view(-1, 1, 1) for numbers in (mean, std))
        optimizer = torch.optim.Adam([images], lr=RATE)
        for _ in range(steps):
            rows, columns = torch.randint(-SHIFT, SHIFT + 1, (2,), generator=generator).tolist()
            model((images.roll((rows, columns), dims=(2, 3)) - mean) / std)
            maps = recording.maps
            if not channels or not 0 <= min(channels) <= max(channels) < maps.shape[1]:
                raise IndexError(f"channels must lie in 0..{maps.shape[1] - 1}, and these are {list(channels)}")
            pleased = maps[range(len(channels)), channels].mean(dim=(1, 2))
            cost = smoothness * roughness(images) - pleased
            (images.grad,) = torch.autograd.grad(cost.sum(), images)  # .backward() would leave gradients in the model
            optimizer.step()
            with torch.no_grad():
                images.clamp_(0, 1)
    return images.detach().cpu()


def roughness(images: Tensor) -> Tensor:
    """Mean square of the difference from the pixel below, plus that from the pixel beside: (N, C, H, W) -> (N,)"""
    below, right = images.diff(dim=2), images.diff(dim=3)
    return below.square().mean(dim=(1, 2, 3)) + right.square().mean(dim=(1, 2, 3))
