"""A role has one colour, in figures and in the figures to touch."""

import colorsys
import re

import pytest
from matplotlib.colors import to_rgb

from utils.course import ROOT
from utils.figures import style

SHEET = (ROOT / "utils/widgets/page/frame.css").read_text("utf-8")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in SHEET.split("}", 1))
ROLES = {"window": "WINDOW", "edge": "WINDOW_EDGE", "hot": "OUTPUT", "hot-edge": "OUTPUT_EDGE", "weight": "WEIGHT"}


def hue(color: str) -> float:
    """In degrees."""
    return 360 * colorsys.rgb_to_hls(*to_rgb(color))[0]


@pytest.mark.parametrize("name", ROLES)
def test_a_role_has_one_hue_on_paper_and_in_the_page_light_and_dark(name):
    drawn = hue(getattr(style, ROLES[name]))
    for page in (LIGHT, DARK):
        assert abs(hue(page[name]) - drawn) < 15, (name, page[name])
    assert f"`--{name}`" in (ROOT / "CONTRIBUTING.md").read_text("utf-8")
