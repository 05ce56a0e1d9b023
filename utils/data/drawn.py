"""Pictures that the course draws itself, where CIFAR-10 cannot be had: its ten classes, 32×32 pixels, in colour.

Each class is a function that draws one thing in coordinates from −1 to 1, x to the right and y down, with a random
pose, build and colours. Animals share their furs and backgrounds, so that shape, not colour, tells a cat from a dog.
"""

from collections.abc import Iterable, Sequence
from random import Random

import torch

from utils.data.files import Images
from utils.data.scene import FINE, SIZE, Colour, Scene, shade

BLACK, WHITE, PINK = (20, 20, 22), (240, 240, 236), (226, 140, 150)


def draw(classes: Iterable[int], train: int = 1_000, test: int = 500) -> Images:
    """Draw images (N, 3, 32, 32), equally many of each of ``classes``, the same ones each time.

    Args:
        classes: labels of CIFAR-10, 0 to 9.
        train: how many images for training.
        test: how many for test.
    """
    classes = list(classes)
    return Images(*_draw(classes, train, seed=1), *_draw(classes, test, seed=2))


def _draw(classes: Sequence[int], count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = Random(seed)
    labels = [classes[i % len(classes)] for i in range(count)]
    random.shuffle(labels)
    drawings = b"".join(Scene(random).show(THINGS[label]) for label in labels)
    images = torch.frombuffer(bytearray(drawings), dtype=torch.uint8).view(count, SIZE, SIZE, 3)
    images = images.permute(0, 3, 1, 2).contiguous()  # NHWC, as Pillow holds them, to NCHW
    grain = 6 * torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))  # as a camera adds
    return (images + grain).round().clamp(0, 255).to(torch.uint8), torch.tensor(labels)


# --- what stands behind ---------------------------------------------------------------------------------------


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


# --- vehicles -------------------------------------------------------------------------------------------------


def paint(scene: Scene) -> Colour:
    if scene.random.random() < 0.35:
        return scene.colour((0, 1), (0, 0.08), (0.15, 1))
    return scene.colour((0, 1), (0.4, 0.95), (0.4, 1))


def airplane(scene: Scene) -> None:
    sky(scene)
    scene.any_pose(turn=30, sizes=(0.5, 0.95))
    body = scene.colour((0, 1), (0, 0.15), (0.55, 1)) if scene.random.random() < 0.7 else paint(scene)
    trim = paint(scene)
    sweep = scene.random.uniform(0.2, 0.5)
    scene.area([(-0.1, -0.05), (0.2, -0.05), (-sweep, -0.62), (-sweep - 0.2, -0.62)], shade(body, 0.7))
    scene.area([(-0.95, -0.45), (-0.7, -0.45), (-0.45, 0), (-0.85, 0)], trim)
    scene.oval(0, 0, 0.95, scene.random.uniform(0.13, 0.2), body)
    scene.area([(-0.15, 0.05), (0.25, 0.05), (-sweep, 0.75), (-sweep - 0.25, 0.75)], shade(body, 0.82))
    scene.area([(-0.9, 0), (-0.6, 0), (-0.85, 0.25), (-1, 0.25)], shade(body, 0.75))
    scene.line([(-0.5, -0.03), (0.6, -0.03)], 0.05, shade(trim, 0.6))
    scene.oval(0.75, -0.05, 0.1, 0.05, BLACK)


def wheel(scene: Scene, x: float, y: float, radius: float) -> None:
    scene.oval(x, y, radius, radius, BLACK)
    scene.oval(x, y, radius * 0.5, radius * 0.5, (150, 150, 155))


def automobile(scene: Scene) -> None:
    road(scene)
    scene.any_pose(turn=6, y=0.1, sizes=(0.55, 1))
    colour, roof = paint(scene), scene.random.uniform(-0.5, -0.35)
    glass = scene.colour((0.5, 0.6), (0.1, 0.4), (0.2, 0.8))
    back, front = scene.random.uniform(-0.8, -0.5), scene.random.uniform(0.35, 0.55)
    scene.oval(0, 0.42, 0.95, 0.08, (45, 45, 48))
    scene.area([(back, 0), (back + 0.2, roof), (front - 0.3, roof), (front, 0)], shade(colour, 0.85))
    scene.area([(back + 0.12, -0.02), (back + 0.25, roof + 0.08), (-0.15, roof + 0.08), (-0.15, -0.02)], glass)
    scene.area([(-0.08, -0.02), (-0.08, roof + 0.08), (front - 0.33, roof + 0.08), (front - 0.1, -0.02)], glass)
    scene.area(
        [(-0.95, 0.05), (-0.85, -0.05), (0.5, -0.05), (0.9, 0.06), (0.95, 0.3), (-0.95, 0.3)],
        colour,
    )
    scene.oval(0.88, 0.12, 0.06, 0.05, (250, 240, 190))
    scene.oval(-0.92, 0.12, 0.04, 0.05, (200, 40, 40))
    wheel(scene, -0.55, 0.3, 0.2)
    wheel(scene, 0.55, 0.3, 0.2)


def truck(scene: Scene) -> None:
    road(scene)
    scene.any_pose(turn=4, y=0.05, sizes=(0.6, 1))
    cab, box = paint(scene), paint(scene)
    top = scene.random.uniform(-0.75, -0.5)
    split = scene.random.uniform(0.3, 0.45)
    scene.oval(0, 0.62, 0.95, 0.08, (45, 45, 48))
    scene.area([(-0.95, 0.4), (0.9, 0.4), (0.9, 0.5), (-0.95, 0.5)], (50, 50, 55))
    scene.area([(-0.95, top), (split - 0.05, top), (split - 0.05, 0.4), (-0.95, 0.4)], box)
    for i in range(1, scene.random.randrange(1, 5)):
        x = -0.95 + i * (split + 0.9) / 5
        scene.line([(x, top), (x, 0.4)], 0.03, shade(box, 0.8))
    scene.area(
        [(split, -0.3), (0.75, -0.3), (0.88, 0.05), (0.95, 0.1), (0.95, 0.45), (split, 0.45)],
        cab,
    )
    scene.area([(split + 0.12, -0.2), (0.7, -0.2), (0.8, 0.04), (split + 0.12, 0.04)], (120, 160, 185))
    for x in (-0.7, -0.38, 0.68):
        wheel(scene, x, 0.52, 0.17)


def ship(scene: Scene) -> None:
    sea(scene)
    scene.any_pose(turn=6, y=0.05, sizes=(0.55, 0.95))
    hull, wave = paint(scene), scene.colour((0.5, 0.6), (0.1, 0.4), (0.6, 1))
    if scene.random.random() < 0.4:  # under sail
        scene.line([(0, 0.3), (0, -0.95)], 0.05, (90, 60, 40))
        sail = scene.colour((0, 1), (0, 0.3), (0.75, 1))
        scene.area([(0.05, -0.9), (0.05, 0.15), (0.7, 0.15)], sail)
        scene.area([(-0.06, -0.7), (-0.06, 0.15), (-0.6, 0.15)], shade(sail, 0.88))
    else:
        white = scene.colour((0, 1), (0, 0.1), (0.75, 1))
        left = scene.random.uniform(-0.7, -0.3)
        scene.area([(left, -0.1), (left + 0.8, -0.1), (left + 0.8, 0.25), (left, 0.25)], white)
        scene.area(
            [(left + 0.1, -0.4), (left + 0.6, -0.4), (left + 0.6, -0.1), (left + 0.1, -0.1)],
            shade(white, 0.9),
        )
        scene.line([(left + 0.1, 0.05), (left + 0.7, 0.05)], 0.07, (60, 80, 110))
        x = left + 0.3
        scene.area([(x, -0.8), (x + 0.2, -0.8), (x + 0.2, -0.4), (x, -0.4)], paint(scene))
    scene.area([(-0.95, 0.15), (0.98, 0.1), (0.7, 0.55), (-0.75, 0.55)], hull)
    scene.area([(-0.86, 0.36), (0.83, 0.36), (0.7, 0.55), (-0.75, 0.55)], shade(hull, 0.65))
    for x in (-0.7, 0, 0.7):
        scene.oval(x, 0.6, 0.45, 0.07, wave)


# --- animals --------------------------------------------------------------------------------------------------


def fur(scene: Scene) -> Colour:
    """Black, grey, white, ginger, brown or cream: for any animal with a fur."""
    hue, saturation, value = scene.random.choice(
        [
            ((0, 1), (0, 0.1), (0.12, 0.25)),
            ((0.55, 0.65), (0, 0.12), (0.4, 0.65)),
            ((0.08, 0.15), (0, 0.1), (0.85, 1)),
            ((0.05, 0.08), (0.6, 0.85), (0.75, 0.95)),
            ((0.04, 0.08), (0.45, 0.7), (0.3, 0.5)),
            ((0.09, 0.12), (0.25, 0.45), (0.75, 0.95)),
        ]
    )
    return scene.colour(hue, saturation, value)


def outline(colour: Colour) -> Colour:
    """What shows against ``colour``: dark on light fur, lighter on dark fur."""
    return shade(colour, 0.6) if sum(colour) > 200 else shade(colour, 2)


def cat(scene: Scene) -> None:
    """Upright pointed ears, a short face, slit eyes set wide, whiskers; a long curved tail."""
    land(scene)
    random, coat = scene.random, fur(scene)
    edge, eye = outline(coat), scene.colour((0.12, 0.42), (0.6, 0.9), (0.75, 1))
    near = random.random() < 0.6
    scene.any_pose(turn=15, y=0.12 if near else 0.05, sizes=(0.5, 0.95) if near else (0.65, 1))
    if not near:  # sitting: a body and a tail below a smaller head
        scene.line([(0.3, 0.8), (0.75, 0.75), (0.85, 0.35), (0.7, 0.05)], 0.16, edge)
        scene.oval(0.05, 0.45, 0.42, 0.5, coat)
        scene.oval(-0.12, 0.9, 0.16, 0.09, shade(coat, 1.15))
        scene.oval(0.18, 0.9, 0.16, 0.09, shade(coat, 1.15))
        scene.move(0, -0.4, 0.58)
    ear = random.uniform(0.85, 1.05)
    for side in (-1, 1):
        scene.area([(side * 0.72, -0.1), (side * 0.72, -ear), (side * 0.12, -0.5)], coat)
        scene.area([(side * 0.62, -0.3), (side * 0.63, -ear + 0.2), (side * 0.3, -0.5)], PINK)
    scene.oval(0, 0, 0.75, 0.62, coat)
    if random.random() < 0.5:  # tabby
        for x in (-0.22, 0, 0.22):
            scene.line([(x, -0.58), (x * 0.8, -0.32)], 0.09, edge)
    scene.oval(0, 0.3, 0.32, 0.22, shade(coat, 1.2))
    for side in (-1, 1):
        scene.oval(side * 0.34, -0.06, 0.17, 0.14, eye)
        scene.oval(side * 0.34, -0.06, 0.05, 0.14, BLACK)
        for y in (0.2, 0.36):
            scene.line([(side * 0.3, 0.28), (side * 0.95, y)], 0.025, shade(edge, 0.8))
    scene.area([(-0.1, 0.16), (0.1, 0.16), (0, 0.28)], PINK)


def dog(scene: Scene) -> None:
    """Ears that hang beside the face, a long muzzle with a large black nose, often a tongue; a raised tail."""
    land(scene)
    random, coat = scene.random, fur(scene)
    ears = shade(outline(coat), 1.1)
    near = random.random() < 0.6
    scene.any_pose(turn=15, y=0.05, sizes=(0.5, 0.95) if near else (0.65, 1))
    if not near:
        scene.line([(0.35, 0.6), (0.8, 0.25)], 0.13, coat)
        scene.oval(0.05, 0.45, 0.42, 0.5, coat)
        scene.oval(-0.12, 0.9, 0.17, 0.1, shade(coat, 0.8))
        scene.oval(0.2, 0.9, 0.17, 0.1, shade(coat, 0.8))
        scene.move(0, -0.4, 0.58)
    scene.oval(0, -0.12, 0.55, 0.58, coat)
    droop = random.uniform(0.38, 0.55)
    for side in (-1, 1):
        scene.oval(side * 0.6, -0.05, 0.2, droop, ears, turn=side * -14)
    if random.random() < 0.4:  # a patch round one eye
        scene.oval(0.24, -0.25, 0.2, 0.22, ears)
    muzzle = shade(coat, 1.25)
    scene.oval(0, 0.38, 0.34, 0.44, muzzle)
    if random.random() < 0.5:
        scene.oval(0.02, 0.8, 0.13, 0.2, (225, 95, 110))
    scene.line([(0, 0.3), (0, 0.6)], 0.05, shade(muzzle, 0.5))
    scene.oval(0, 0.2, 0.19, 0.14, BLACK)
    for side in (-1, 1):
        scene.oval(side * 0.24, -0.22, 0.1, 0.1, WHITE if sum(coat) < 200 else shade(coat, 0.7))
        scene.oval(side * 0.24, -0.22, 0.075, 0.085, BLACK)


def bird(scene: Scene) -> None:
    random = scene.random
    (sky if random.random() < 0.5 else land)(scene)
    scene.any_pose(turn=15)
    body = scene.colour((0, 1), (0.1, 0.9), (0.3, 1))
    wing, belly = shade(body, random.uniform(0.5, 0.8)), scene.colour((0.03, 0.15), (0.1, 0.6), (0.8, 1))
    if random.random() < 0.5:  # perched
        scene.line([(-1, 0.75), (1, 0.7)], 0.1, (90, 62, 40))
        for x in (-0.05, 0.15):
            scene.line([(x, 0.45), (x, 0.72)], 0.05, (190, 120, 40))
        scene.area([(-0.4, 0.1), (-1, 0.5), (-0.85, 0.65), (-0.3, 0.4)], wing)
        scene.oval(0, 0.15, 0.5, 0.36, body, turn=-25)
        scene.oval(0.2, 0.25, 0.28, 0.24, belly)
        scene.oval(-0.15, 0.12, 0.38, 0.2, wing, turn=15)
    else:  # in flight
        lift = random.uniform(0.4, 0.9)
        scene.area([(-0.1, 0), (0.3, 0), (-0.2, -lift), (-0.5, -lift)], shade(wing, 0.85))
        scene.area([(-0.45, 0), (-1, -0.1), (-0.95, 0.25), (-0.4, 0.15)], wing)
        scene.oval(0, 0.05, 0.6, 0.24, body)
        scene.oval(0.1, 0.14, 0.4, 0.13, belly)
        scene.area([(-0.2, 0), (0.3, 0), (0.15, lift * 0.9), (-0.45, lift)], wing)
        scene.move(0.15, 0.2, 1)
    scene.area([(0.6, -0.3), (0.95, -0.18), (0.6, -0.1)], (240, 165, 40))
    scene.oval(0.45, -0.22, 0.26, 0.25, body)
    scene.oval(0.53, -0.28, 0.06, 0.06, BLACK)


def legs(scene: Scene, colour: Colour, top: float, foot: float, width: float) -> None:
    for x in (-0.5, -0.3, 0.2, 0.4):
        step = scene.random.uniform(-0.12, 0.12)
        scene.line(
            [(x, top), (x + step, (top + foot) / 2), (x, foot)],
            width,
            shade(colour, 0.8 if x in (-0.3, 0.2) else 1),
        )


def deer(scene: Scene) -> None:
    land(scene)
    scene.any_pose(turn=6, sizes=(0.6, 1))
    coat = scene.colour((0.05, 0.1), (0.4, 0.7), (0.4, 0.8))
    legs(scene, coat, 0.25, 0.95, 0.08)
    scene.oval(-0.05, 0.15, 0.58, 0.24, coat)
    scene.oval(-0.62, 0.05, 0.1, 0.13, WHITE)
    scene.area([(0.2, 0.15), (0.5, 0.2), (0.68, -0.4), (0.48, -0.45)], coat)
    scene.oval(0.68, -0.42, 0.22, 0.12, coat, turn=20)
    scene.oval(0.45, -0.52, 0.13, 0.06, shade(coat, 0.8), turn=-150)
    horn = scene.colour((0.08, 0.12), (0.2, 0.4), (0.6, 0.95))
    for x, lean in ((0.55, -0.25), (0.62, 0.2)):
        tip = (x + lean, -0.98)
        scene.line([(x, -0.5), (x + lean * 0.8, -0.75), tip], 0.055, horn)
        scene.line([(x + lean * 0.8, -0.75), (x + lean * 0.8 + 0.18, -0.88)], 0.05, horn)
        scene.line([(x + lean * 0.5, -0.66), (x + lean * 0.5 - 0.16, -0.8)], 0.05, horn)
    if scene.random.random() < 0.5:
        for x in (-0.35, -0.1, 0.15):
            scene.oval(x, 0.06, 0.05, 0.04, shade(coat, 1.5))
    scene.oval(0.66, -0.46, 0.035, 0.035, BLACK)
    scene.oval(0.87, -0.34, 0.05, 0.045, BLACK)


def horse(scene: Scene) -> None:
    land(scene)
    scene.any_pose(turn=6, sizes=(0.6, 1))
    coat = fur(scene)
    mane = outline(coat)
    legs(scene, coat, 0.2, 0.95, 0.13)
    scene.line([(-0.6, -0.05), (-0.85, 0.15), (-0.85, 0.6)], 0.16, mane)
    scene.oval(-0.05, 0.1, 0.66, 0.33, coat)
    scene.area([(0.15, 0.1), (0.55, 0.2), (0.72, -0.55), (0.45, -0.65)], coat)
    scene.line([(0.15, -0.05), (0.38, -0.5), (0.5, -0.75)], 0.17, mane)
    scene.oval(0.74, -0.5, 0.32, 0.15, coat, turn=38)
    scene.area([(0.5, -0.65), (0.52, -0.92), (0.66, -0.68)], coat)
    scene.oval(0.66, -0.58, 0.045, 0.045, BLACK)
    scene.oval(0.95, -0.34, 0.1, 0.1, shade(coat, 0.7))


def frog(scene: Scene) -> None:
    land(scene)
    scene.any_pose(turn=12, y=0.1)
    skin = scene.colour(*scene.random.choice([((0.2, 0.4), (0.5, 0.95)), ((0.08, 0.18), (0.4, 0.8))]), (0.35, 0.9))
    dark, pale = shade(skin, 0.65), shade(skin, 1.4)
    for side in (-1, 1):
        scene.oval(side * 0.68, 0.4, 0.3, 0.36, dark, turn=side * 25)
        scene.oval(side * 0.72, 0.74, 0.28, 0.09, skin)
        scene.oval(side * 0.3, 0.74, 0.2, 0.08, pale)
    scene.oval(0, 0.2, 0.7, 0.52, skin)
    scene.oval(0, 0.42, 0.48, 0.32, pale)
    for _ in range(scene.random.randrange(5)):
        scene.oval(scene.random.uniform(-0.5, 0.5), scene.random.uniform(-0.1, 0.2), 0.08, 0.06, dark)
    for side in (-1, 1):
        scene.oval(side * 0.4, -0.35, 0.24, 0.24, skin)
        scene.oval(side * 0.42, -0.36, 0.16, 0.16, scene.colour((0.1, 0.17), (0.3, 0.9), (0.8, 1)))
        scene.oval(side * 0.42, -0.36, 0.12, 0.06, BLACK)
    scene.line([(-0.5, 0.1), (-0.25, 0.2), (0.25, 0.2), (0.5, 0.1)], 0.06, shade(skin, 0.4))


THINGS = (
    airplane,
    automobile,
    bird,
    cat,
    deer,
    dog,
    frog,
    horse,
    ship,
    truck,
)  # in the order of CIFAR-10's labels
