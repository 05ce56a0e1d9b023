"""The course's ResNet-20 as a row of pieces, the places where it is cut, and the file with what was measured then."""

from pathlib import Path

from torch import nn

RUNS = Path(__file__).with_name("runs.json")
CUTS = {"head": 11, "top": 9, "top three": 7, "all": 0, "scratch": 0}  # how many pieces are frozen


def pieces(network: nn.Module) -> list[nn.Module]:
    """First layers, nine blocks, the mean of each map, the head: twelve pieces."""
    blocks = [block for stage in network.features[3:] for block in stage]
    return [network.features[:3], *blocks, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), network.classifier]
