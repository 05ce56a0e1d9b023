"""``python -m benchmarks.pictures``: draw what ``make bench`` measured, again, from the files in results/."""

import json
import statistics
from pathlib import Path

from benchmarks import epoch, growth
from benchmarks.record import RESULTS
from utils import figures

CAPTION = "*Compare each row with the first.*"


def draw(result: Path) -> list[Path]:
    """A picture of each epoch and one of the growth, as PNG files beside the result."""
    kept = json.loads(result.read_text(encoding="utf-8"))
    source = f"{kept['device']}, torch {kept['torch']}, {kept['date']}"
    pictures = {
        name: figures.times(kept["tables"][title]["seconds"], source=source, title=title, caption=CAPTION)
        for name, title in (("fashion", epoch.FASHION), ("cifar", epoch.CIFAR))
    }
    pictures["growth"] = grown(kept["tables"][growth.GROWTH]["seconds"], source)
    paths = []
    for name, picture in pictures.items():
        paths.append(result.with_name(f"{result.stem}-{name}.png"))
        picture.save(paths[-1])
    return paths


def grown(seconds: dict[str, list[float]], source: str) -> figures.Picture:
    """What the multiply-adds predict, and what was measured, both as multiples of the base."""
    predicted, measured = {}, {}
    base = growth.multiply_adds(**growth.BASE)
    for setting, value in growth.BASE.items():
        cases = [growth.BASE | {setting: value * factor} for factor in growth.FACTORS]
        predicted[setting] = [growth.multiply_adds(**case) / base for case in cases]
        times = [seconds[growth.name_of(setting, factor)] for factor in growth.FACTORS]
        measured[setting] = [statistics.median(each) / statistics.median(seconds["base"]) for each in times]
    return figures.costs(
        list(growth.FACTORS),
        {"multiply-adds (base: 1)": predicted, "measured time (base: 1)": measured},
        x_label="the setting, times its base",
        same_axis=True,
        source=source,
        title=growth.GROWTH,
        caption="*Compare the slopes, left and right.*",
    )


if __name__ == "__main__":
    for result in sorted(RESULTS.glob("bench-*.json")):
        print(*(path.name for path in draw(result)))
