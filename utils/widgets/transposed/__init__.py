"""Transposed Convolution: stamping the kernel, and inserting zeros and sliding, give the same output."""

from torch.nn import functional as F

from utils.arithmetic import transposed_output_size
from utils.widgets.base import CourseWidget
from utils.widgets.matrices import size, tensor, words
from utils.widgets.traits import Choice, Matrix, Pair, Whole, Words

IMAGE = [[1, 2, 3], [2, 3, 1], [3, 1, 2]]
KERNEL = [[1, 2, 0], [0, 3, 1], [2, 0, 1]]


class TransposedConvolution(CourseWidget):
    """A transposed convolution done two ways at once, one input cell after the other.

    Args:
        image: (H, W), at most 8×8.
        kernel: (kH, kW), at most 7×7.
        stride, padding, output_padding, dilation: as of ``torch.nn.ConvTranspose2d``.
        step: how many input cells have arrived at first, less one.
        show: "values" of the output, or "overlaps": how many stamps lie on each of its cells.
        title: the line above.
    """

    script = "transposed"
    height = 720
    image = Matrix(IMAGE, most=8)
    kernel = Matrix(KERNEL, most=7)
    stride = Pair((2, 2), least=1, most=5)
    padding = Pair((0, 0), least=0, most=9)
    output_padding = Pair((0, 0), least=0, most=4)
    dilation = Pair((1, 1), least=1, most=4)
    step = Whole(0, least=0, most=100)
    show = Choice("values", "overlaps")
    title = Words("Transposed convolution: two ways to one output")

    def __init__(self, image=IMAGE, kernel=KERNEL, **settings):
        super().__init__(image=image, kernel=kernel, **settings)

    def facts(self) -> dict[str, str]:
        image, kernel = tensor(self.image), tensor(self.kernel)
        names = ("stride", "padding", "output_padding", "dilation")
        moves = {name: getattr(self, name) for name in names}
        rows = {"Input": words(image), "Kernel": words(kernel)}
        rows |= {name: size(*pair) for name, pair in moves.items()}
        try:
            transposed_output_size(tuple(image.shape), tuple(kernel.shape), **moves)
        except ValueError as error:
            return rows | {"No output": str(error)}

        def grow(cells, weights):
            return F.conv_transpose2d(cells[None, None], weights[None, None], **moves)[0, 0]

        overlaps = grow(image.new_ones(image.shape), kernel.new_ones(kernel.shape))
        return rows | {"Output": words(grow(image, kernel)), "Stamps on each cell": words(overlaps)}
