"""A small picture to draw on, in coordinates that do not depend on its size."""

import colorsys
import math
from collections.abc import Callable, Iterable
from random import Random

from PIL import Image, ImageDraw

SIZE = 32
FINE = 3  # drawn this many times larger, then averaged down, which smooths the edges
CIRCLE = [(math.cos(2 * math.pi * i / 14), math.sin(2 * math.pi * i / 14)) for i in range(14)]

Colour = tuple[int, int, int]
Point = tuple[float, float]
Place = tuple[float, float, float, float, float, float]  # (x, y) goes to (ax + by + c, dx + ey + f)
BLACK, WHITE, PINK = (20, 20, 22), (240, 240, 236), (226, 140, 150)


class Scene:
    """One picture: what stands behind, then one thing in a pose of its own."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.image = Image.new("RGB", (SIZE * FINE, SIZE * FINE))
        self.pen = ImageDraw.Draw(self.image)
        self.pose(size=1)

    def show(self, thing: Callable[["Scene"], None]) -> bytes:
        """Draw ``thing`` and return the picture's bytes, rows of pixels of red, green and blue."""
        thing(self)
        return self.image.reduce(FINE).tobytes()

    def pose(self, size: float, *, x: float = 0, y: float = 0, turn: float = 0, mirror: bool = False) -> None:
        """Place what is drawn from now on: ``size`` 1 fills the picture, ``turn`` is in degrees."""
        half = SIZE * FINE / 2
        cos, sin = math.cos(math.radians(turn)) * size * half, math.sin(math.radians(turn)) * size * half
        flip = -1 if mirror else 1
        self.place = (flip * cos, -sin, half * (1 + x), flip * sin, cos, half * (1 + y))

    def move(self, x: float, y: float, size: float) -> None:
        """Place what is drawn from now on relative to the present pose: a head on its body."""
        self.place = within(self.place, (size, 0, x, 0, size, y))

    def any_pose(self, turn: float = 12, y: float = 0, sizes: Point = (0.5, 0.9)) -> None:
        """A random pose that keeps most of the thing in the picture."""
        random = self.random
        size = random.uniform(*sizes)
        room = 1.05 - size
        self.pose(
            size,
            x=random.uniform(-room, room),
            y=y + random.uniform(-room, room),
            turn=random.uniform(-turn, turn),
            mirror=random.random() < 0.5,
        )

    def area(self, points: Iterable[Point], colour: Colour) -> None:
        """Fill the polygon with these corners."""
        self.pen.polygon(pixels(self.place, points), fill=colour)

    def oval(self, x: float, y: float, width: float, height: float, colour: Colour, turn: float = 0) -> None:
        """Fill the ellipse with this centre and these half axes."""
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        shape = (width * cos, -height * sin, x, width * sin, height * cos, y)
        self.pen.polygon(pixels(within(self.place, shape), CIRCLE), fill=colour)

    def line(self, points: Iterable[Point], width: float, colour: Colour) -> None:
        """Draw a line through the points."""
        thick = max(1, round(width * math.hypot(self.place[0], self.place[3])))
        self.pen.line(pixels(self.place, points), fill=colour, width=thick, joint="curve")

    def colour(self, hue: Point, saturation: Point, value: Point) -> Colour:
        """A random colour between the given bounds, each from 0 to 1."""
        uniform = self.random.uniform
        red, green, blue = colorsys.hsv_to_rgb(uniform(*hue) % 1, uniform(*saturation), uniform(*value))
        return round(255 * red), round(255 * green), round(255 * blue)


def within(outer: Place, inner: Place) -> Place:
    """The place ``inner``, given in the coordinates of ``outer``: both maps one after the other."""
    a, b, c, d, e, f = outer
    p, q, x, r, s, y = inner
    return a * p + b * r, a * q + b * s, a * x + b * y + c, d * p + e * r, d * q + e * s, d * x + e * y + f


def pixels(place: Place, points: Iterable[Point]) -> list[Point]:
    """Where the points lie in the picture."""
    a, b, c, d, e, f = place
    return [(a * x + b * y + c, d * x + e * y + f) for x, y in points]


def shade(colour: Colour, factor: float) -> Colour:
    """The same colour, darker (below 1) or lighter."""
    red, green, blue = colour
    return min(255, round(factor * red)), min(255, round(factor * green)), min(255, round(factor * blue))
