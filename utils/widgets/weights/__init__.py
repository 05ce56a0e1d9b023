"""Weight View: every input that one weight touches, its entries in the layer's matrix, its gradient as a sum."""

import torch
from torch.nn import functional as F

from utils.arithmetic import output_size
from utils.widgets.base import CourseWidget
from utils.widgets.matrices import size, tensor, words
from utils.widgets.traits import Matrix, Pair, Whole, Words

IMAGE = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 1, 2], [3, 4, 5, 6]]


class WeightView(CourseWidget):
    """One weight of a convolution at a time: what it touches, forwards and backwards.

    Args:
        image: (H, W), at most 8×8.
        kernel: (kH, kW), at most 5×5.
        upstream: (H', W'), the gradient of the loss with respect to the output; 1 where it is not given.
        stride, padding: one int, or a pair (height, width).
        weight: which weight is shown at first, counted row by row.
        title: the line above.
    """

    script = "weights"
    height = 640
    image = Matrix(IMAGE, most=8)
    kernel = Matrix([[1, 2], [3, 4]], most=5)
    upstream = Matrix([[1]], most=12)
    stride = Pair((1, 1), least=1, most=4)
    padding = Pair((0, 0), least=0, most=2)
    weight = Whole(0, least=0, most=24)
    title = Words("One weight, everywhere")

    def __init__(self, image=IMAGE, kernel=((1, 2), (3, 4)), **settings):
        super().__init__(image=image, kernel=kernel, **settings)

    def facts(self) -> dict[str, str]:
        image, kernel, given = tensor(self.image), tensor(self.kernel), tensor(self.upstream)
        rows = {"Input": words(image), "Kernel": words(kernel)}
        rows |= {"Stride": size(*self.stride), "Padding": size(*self.padding)}
        try:
            height, width = output_size(tuple(image.shape), tuple(kernel.shape), self.stride, self.padding)
        except ValueError as error:
            return rows | {"No output": str(error)}
        upstream = torch.ones(height, width, dtype=image.dtype)
        part = given[:height, :width]
        upstream[: part.shape[0], : part.shape[1]] = part
        weight = kernel[None, None].requires_grad_()
        output = F.conv2d(image[None, None], weight, None, self.stride, self.padding)
        output.backward(upstream[None, None])
        return rows | {
            "Gradient of the output": words(upstream),
            "Gradient of the kernel": words(weight.grad[0, 0]),
        }
