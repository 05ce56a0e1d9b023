"""Pooling Bench: max, average and strided convolution on one input, forwards, backwards, and shifted."""

from torch.nn import functional as F

from utils.arithmetic import output_size
from utils.widgets.base import CourseWidget
from utils.widgets.matrices import size, tensor, words
from utils.widgets.traits import Choice, Matrix, Pair, Whole, Words

IMAGE = [
    [0, 1, 0, 0, 1, 0],
    [7, 2, 1, 0, 8, 1],
    [1, 0, 0, 1, 0, 0],
    [0, 0, 9, 2, 1, 0],
    [1, 0, 1, 0, 6, 1],
    [5, 1, 0, 1, 0, 0],
]


class PoolingBench(CourseWidget):
    """The same input through max pooling, average pooling and a convolution with the same stride.

    Args:
        image: (H, W), at most 12×12.
        kernel_size, stride: of all three; one int, or a pair (height, width).
        kernel: weights of the convolution. Where the window is larger they are zero.
        shift: how many pixels the image is moved to the right; zeros follow it.
        way: through which of the three the gradient is shown: "max", "average" or "convolution".
        title: the line above.
    """

    script = "pooling"
    height = 640
    image = Matrix(IMAGE, most=12)
    kernel_size = Pair((2, 2), least=1, most=6)
    stride = Pair((2, 2), least=1, most=6)
    kernel = Matrix([[1, -1], [1, -1]], most=6)
    shift = Whole(0, least=0, most=3)
    way = Choice("max", "average", "convolution")
    title = Words("Three ways to make a map smaller")

    def __init__(self, image=IMAGE, **settings):
        super().__init__(image=image, **settings)

    def facts(self) -> dict[str, str]:
        image = tensor(self.image)
        if self.shift:
            image = F.pad(image, (self.shift, 0))[:, : image.shape[1]]
        rows = {"Input": words(image), "Window": size(*self.kernel_size), "Stride": size(*self.stride)}
        rows["Shifted to the right by"] = str(self.shift)
        try:
            output_size(tuple(image.shape), self.kernel_size, self.stride)
        except ValueError as error:
            return rows | {"No output": str(error)}
        below, right = (most - has for most, has in zip((6, 6), tensor(self.kernel).shape, strict=True))
        kernel = F.pad(tensor(self.kernel), (0, right, 0, below))[: self.kernel_size[0], : self.kernel_size[1]]
        batch = image[None, None]
        return rows | {
            "Max": words(F.max_pool2d(batch, self.kernel_size, self.stride)[0, 0]),
            "Average": words(F.avg_pool2d(batch, self.kernel_size, self.stride)[0, 0]),
            "Kernel of the strided convolution": words(kernel),
            "Strided convolution": words(F.conv2d(batch, kernel[None, None], stride=self.stride)[0, 0]),
        }
