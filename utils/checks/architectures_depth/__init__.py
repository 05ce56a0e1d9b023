"""Checks of assignment 07: shapes, costs, a VGG from a list, the end of NiN, a deep network whose signal fades."""

from utils.checks.architectures_depth.counting import costs
from utils.checks.architectures_depth.ending import nin_end
from utils.checks.architectures_depth.following import shapes
from utils.checks.architectures_depth.foreseen import predicted
from utils.checks.architectures_depth.listed import vgg
from utils.checks.architectures_depth.refuting import refuted
from utils.checks.architectures_depth.repair import repaired

__all__ = ["costs", "nin_end", "predicted", "refuted", "repaired", "shapes", "vgg"]
