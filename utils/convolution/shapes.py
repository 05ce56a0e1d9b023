"""What the algorithms for whole batches share: checked shapes and padded images."""

from torch import Tensor
from torch.nn import functional as F

from utils.arithmetic import Size, output_size, pair


def padded_images(images: Tensor, weight: Tensor, padding: Size) -> Tensor:
    """The images with ``padding`` zeros on each side, after making sure that the kernels fit into them.

    Shapes: images (N, C_in, H, W), weight (C_out, C_in, kH, kW) → (N, C_in, H + 2pH, W + 2pW).

    Raises:
        ValueError: a tensor of another shape, or a kernel larger than the padded images.
    """
    for name, tensor, axes in (
        ("images", images, "(N, C_in, H, W)"),
        ("weight", weight, "(C_out, C_in, kH, kW)"),
    ):
        if tensor.ndim != 4:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}, but {axes} is needed")
    if images.shape[1] != weight.shape[1]:
        raise ValueError(
            f"weight of shape {tuple(weight.shape)} needs {weight.shape[1]} input channels, but the images "
            f"of shape {tuple(images.shape)} have {images.shape[1]}"
        )
    output_size(tuple(images.shape[2:]), tuple(weight.shape[2:]), padding=padding)  # raises if too large
    padding_y, padding_x = pair("padding", padding, least=0)
    return F.pad(images, (padding_x, padding_x, padding_y, padding_y))
