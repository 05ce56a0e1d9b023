"""Channels and Groups: which channels are connected, from a standard to a depthwise separable convolution."""

from utils.arithmetic import multiply_adds, parameter_count
from utils.widgets.base import CourseWidget
from utils.widgets.matrices import size
from utils.widgets.traits import Choice, Pair, Whole, Words


class ChannelsAndGroups(CourseWidget):
    """Input and output channels, the lines between them, one output's sum, and what the layer costs.

    Args:
        in_channels, out_channels, groups, kernel_size: as of ``torch.nn.Conv2d``; at most 8 channels.
        output_size: at how many places the layer is computed; counts for the multiply-adds.
        separable: True for a depthwise convolution followed by one of 1×1; ``groups`` is then not used.
        channel: whose sum is shown at first.
        title: the line above.
    """

    script = "channels"
    height = 620
    in_channels = Whole(4, least=1, most=8)
    out_channels = Whole(4, least=1, most=8)
    groups = Whole(1, least=1, most=8)
    kernel_size = Whole(3, least=1, most=7)
    output_size = Pair((16, 16), least=1, most=1000)
    separable = Choice(False, True)
    channel = Whole(0, least=0, most=7)
    title = Words("Which channels read which")

    def facts(self) -> dict[str, str]:
        ins, outs, k = self.in_channels, self.out_channels, self.kernel_size
        layers = [(ins, outs, k, self.groups)]
        rows = {"Channels": f"{ins} in, {outs} out", "Groups": str(self.groups), "Kernel": size(k, k)}
        if self.separable:
            layers = [(ins, ins, k, ins), (ins, outs, 1, 1)]
            rows["Groups"] = f"{ins} (depthwise), then a 1×1 convolution"
        try:
            parameters = sum(parameter_count(i, o, kernel, groups) for i, o, kernel, groups in layers)
        except ValueError as error:
            return rows | {"No such layer": str(error)}
        work = sum(multiply_adds(i, o, kernel, self.output_size, groups) for i, o, kernel, groups in layers)
        standard = multiply_adds(ins, outs, k, self.output_size)
        return rows | {
            "Parameters": f"{parameters:,}",
            f"Multiply-adds on {size(*self.output_size)}": f"{work:,}; a standard layer needs {standard:,}",
        }
