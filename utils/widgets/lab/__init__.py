"""Kernel Lab: a picture through a kernel that is picked or edited live."""

import base64

import torch
from torch.nn import functional as F

from utils.widgets.base import CourseWidget
from utils.widgets.landscape import landscape
from utils.widgets.matrices import size, tensor, words
from utils.widgets.traits import Choice, Matrix, Pixels, Words

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")  # as of torch.nn.Conv2d


class KernelLab(CourseWidget):
    """An image, a kernel, and what the kernel makes of the image. Its size stays: padding is "same".

    Args:
        image: (H, W), at most 128×128; its least number is drawn black and its largest white. Or (3, H, W), a
            picture in colour, 0 to 255: the kernel slides over its brightness, the mean of the three channels. Left
            out, a landscape that the course has drawn.
        kernel: (kH, kW), at most 7×7.
        operation: "correlation", as a layer does it, or "convolution", which turns the kernel first.
        padding_mode: "zeros", "reflect", "replicate" or "circular", as of ``torch.nn.Conv2d``.
        title: the line above.
    """

    script = "lab"
    height = 560
    image = Pixels([[0]], most=128)
    kernel = Matrix([[1, 0, -1], [2, 0, -2], [1, 0, -1]], most=7)
    operation = Choice("correlation", "convolution")
    padding_mode = Choice(*PADDING_MODES)
    title = Words("What a kernel makes of a picture")

    def __init__(self, image=None, **settings):
        super().__init__(image=landscape() if image is None else image, **settings)

    def facts(self) -> dict[str, str]:
        image = brightness(self.image)
        in_colour = ", in colour" if isinstance(self.image, dict) else ""
        rows = {"Image": size(*image.shape) + in_colour, "Kernel": words(self.kernel)}
        rows |= {"Operation": self.operation, "Padding": self.padding_mode}
        try:
            result = filtered(image, tensor(self.kernel), self.operation, self.padding_mode)
        except ValueError as error:
            return rows | {"No result": str(error)}
        return rows | {"Result": f"numbers from {result.min():.0f} to {result.max():.0f}".replace("-", "−")}


def brightness(image: list | dict) -> torch.Tensor:
    """How light each pixel is, (H, W): of a picture in colour the mean of its channels, rounded."""
    if isinstance(image, list):
        return tensor(image)
    planes = torch.frombuffer(bytearray(base64.b64decode(image["bytes"])), dtype=torch.uint8)
    return planes.double().view(3, *image["size"]).mean(0).round()


def filtered(image: torch.Tensor, kernel: torch.Tensor, operation: str, padding_mode: str) -> torch.Tensor:
    """The image (H, W) through the kernel, as large as before; an even kernel has one more cell of padding behind.

    Raises:
        ValueError: the image is too small to be reflected or to go round.
    """
    if operation == "convolution":
        kernel = kernel.flip(0, 1)
    before = [(k - 1) // 2 for k in kernel.shape]
    behind = [k // 2 for k in kernel.shape]
    for cells, padding in zip(image.shape, behind, strict=True):
        there_are = {"reflect": cells - 1, "circular": cells}.get(padding_mode, padding)
        if padding > there_are:
            raise ValueError(
                f"padding_mode={padding_mode!r} takes {padding} more cells from the image, and it has only {cells}: "
                "use a larger image, a smaller kernel, or 'zeros'"
            )
    mode = "constant" if padding_mode == "zeros" else padding_mode
    padded = F.pad(image[None, None], (before[1], behind[1], before[0], behind[0]), mode=mode)
    return F.conv2d(padded, kernel[None, None])[0, 0]
