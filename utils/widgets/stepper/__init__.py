"""Convolution Stepper: the window at one place, its sum, and the formula of the size with its numbers."""

from torch.nn import functional as F

from utils.arithmetic import dropped, output_size
from utils.widgets.base import CourseWidget
from utils.widgets.matrices import size, tensor, words
from utils.widgets.traits import Matrix, Pair, Whole, Words
from utils.words import counted

IMAGE = [[0, 1, 2, 1, 0], [1, 3, 5, 3, 1], [2, 5, 9, 5, 2], [1, 3, 5, 3, 1], [0, 1, 2, 1, 0]]
KERNEL = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]


class ConvolutionStepper(CourseWidget):
    """One output value of a convolution at a time; every number and every setting can be changed.

    Args:
        image: (H, W), at most 32×32.
        kernel: (kH, kW), at most 9×9.
        stride, padding, dilation: one int, or a pair (height, width).
        step: which output is shown at first, counted row by row.
        title: the line above.
    """

    script = "stepper"
    height = 560
    image = Matrix(IMAGE, most=32)
    kernel = Matrix(KERNEL, most=9)
    stride = Pair((1, 1), least=1, most=9)
    padding = Pair((0, 0), least=0, most=9)
    dilation = Pair((1, 1), least=1, most=9)
    step = Whole(0, least=0, most=10_000)
    title = Words("Convolution, one step at a time")

    def __init__(self, image=IMAGE, kernel=KERNEL, **settings):
        super().__init__(image=image, kernel=kernel, **settings)

    def facts(self) -> dict[str, str]:
        image, kernel = tensor(self.image), tensor(self.kernel)
        moves = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        rows = {"Input": words(image), "Kernel": words(kernel)}
        rows |= {name.capitalize(): size(*pair) for name, pair in moves.items()}
        try:
            output_size(tuple(image.shape), tuple(kernel.shape), **moves)
        except ValueError as error:
            return rows | {"No output": str(error)}
        output = F.conv2d(image[None, None], kernel[None, None], **moves)[0, 0]
        below, right = dropped(tuple(image.shape), tuple(kernel.shape), **moves)
        lost = f"{counted(below, 'row')} and {counted(right, 'column')}"
        return rows | {"Output": words(output), "Dropped by the floor": lost}
