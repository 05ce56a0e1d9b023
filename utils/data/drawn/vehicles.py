"""Things on wheels, wings and keels, each one function."""

from utils.data.drawn.backdrops import road, sea, sky
from utils.data.drawn.scene import BLACK, Colour, Scene, shade


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
