"""What lies behind a thing: sky, sea, road, land."""

from utils.data.drawn.scene import FINE, SIZE, Colour, Scene, shade


def backdrop(scene: Scene, above: Colour, below: Colour, horizon: float) -> None:
    """Two areas that meet at ``horizon``, each growing lighter downwards, with some spots."""
    band = SIZE * FINE // 8
    for i in range(8):
        colour = above if -1 + i / 4 < horizon else below
        scene.pen.rectangle((0, i * band, SIZE * FINE, (i + 1) * band), shade(colour, 0.9 + 0.03 * i))
    random = scene.random
    for _ in range(random.randrange(5)):
        y = random.uniform(-1, 1)
        colour = above if y < horizon else below
        scene.oval(
            random.uniform(-1, 1),
            y,
            random.uniform(0.1, 0.6),
            random.uniform(0.05, 0.3),
            shade(colour, random.uniform(0.8, 1.2)),
        )


def sky(scene: Scene) -> None:
    colour = scene.colour((0.5, 0.62), (0.1, 0.7), (0.5, 1))
    if scene.random.random() < 0.2:
        colour = scene.colour((0.0, 0.1), (0.2, 0.6), (0.7, 1))  # evening
    backdrop(scene, colour, colour, 1)
    for _ in range(scene.random.randrange(4)):
        x, y = scene.random.uniform(-1, 1), scene.random.uniform(-1, 1)
        scene.oval(x, y, scene.random.uniform(0.2, 0.6), scene.random.uniform(0.06, 0.2), shade(colour, 1.25))


def sea(scene: Scene) -> None:
    water = scene.colour((0.48, 0.64), (0.3, 0.8), (0.25, 0.7))
    backdrop(scene, scene.colour((0.5, 0.62), (0.05, 0.5), (0.6, 1)), water, scene.random.uniform(-0.1, 0.3))


def road(scene: Scene) -> None:
    behind = scene.random.choice([((0.5, 0.6), (0.1, 0.5)), ((0.2, 0.4), (0.2, 0.6)), ((0.0, 0.15), (0.05, 0.4))])
    tar = scene.colour((0, 1), (0, 0.12), (0.3, 0.7))
    backdrop(scene, scene.colour(*behind, (0.4, 0.95)), tar, scene.random.uniform(0.1, 0.5))


def land(scene: Scene) -> None:
    """A meadow, a wood, snow, or a room: where any animal may be."""
    random = scene.random
    ground = random.choice([((0.2, 0.36), (0.3, 0.7)), ((0.06, 0.13), (0.2, 0.6)), ((0.5, 0.7), (0, 0.15))])
    behind = random.choice([((0.5, 0.62), (0.1, 0.5)), ((0.25, 0.42), (0.2, 0.6)), ((0, 1), (0.1, 0.45))])
    above, below = scene.colour(*behind, (0.25, 0.95)), scene.colour(*ground, (0.3, 0.9))
    backdrop(scene, above, below, random.uniform(-0.3, 0.6))
