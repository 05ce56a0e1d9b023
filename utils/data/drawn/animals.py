"""Animals, each one function. They share their furs and backgrounds: shape, not colour, tells a cat from a dog."""

from utils.data.drawn.backdrops import land, sky
from utils.data.drawn.scene import BLACK, PINK, WHITE, Colour, Scene, shade


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
