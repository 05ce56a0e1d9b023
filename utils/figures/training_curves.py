"""How training went: loss and accuracy by epoch, or by the share of the run where runs are not equally long."""

from typing import Protocol

from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from utils.figures.curves import check_names, draw_runs, in_words, spread_note
from utils.figures.picture import Picture
from utils.figures.style import COLORS, GREY, MARKERS, course_style, legend, new_figure, of_data
from utils.words import counted, number, percent, trend

PARTS = {"train": "training", "validation": "validation"}  # prefixes in a History, and words


class History(Protocol):
    """What `training_curves` reads of a training run (see `utils.training`): one number per epoch."""

    train_loss: list[float]
    train_accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]
    source: str


@course_style
def training_curves(histories: dict[str, History | list[History]], *, title: str, caption: str) -> Picture:
    """Loss and accuracy by epoch: training dashed, validation solid, one colour per name.

    Args:
        histories: one training run per name, or a list of runs that differ in their seed. Of several runs the
            mean is drawn, with a band of one standard deviation. Accuracies are shares of one. Validation may
            be empty. The footer names the ``source`` of the runs. Where one name's run is longer than another's, each
            is drawn from its beginning to its end along the whole width, and the legend says how many epochs it has.

    Raises:
        ValueError: no name, more than seven, or runs of one name that are not equally long.
    """
    groups = {name: runs if isinstance(runs, list) else [runs] for name, runs in histories.items()}
    check_names(groups)
    lengths = {name: len(runs[0].train_loss) for name, runs in groups.items()}
    longest = max(lengths.values())
    by_share = len(set(lengths.values())) > 1
    source = "; ".join(dict.fromkeys(run.source for runs in groups.values() for run in runs))
    figure = new_figure(title, 3.0, source=source)
    sentences = []
    panels = zip(figure.subplots(1, 2), ("loss", "accuracy"), (number, percent), strict=True)
    for axes, quantity, show in panels:
        for (name, runs), color, marker in zip(groups.items(), COLORS, MARKERS, strict=False):
            # Dashes and hollow markers: a second cue beside the colour.
            for part, dashes, inside in (("train", "--", "white"), ("validation", "-", color)):
                curves = [getattr(run, f"{part}_{quantity}") for run in runs]
                if any(curves):
                    epochs = range(1, len(curves[0]) + 1)
                    x = [100 * epoch / lengths[name] for epoch in epochs] if by_share else epochs
                    look = {"marker": marker, "markerfacecolor": inside, "linestyle": dashes}
                    look["markevery"] = max(1, (lengths[name] if by_share else longest) // 10)  # or they would collide
                    mean = draw_runs(axes, name, x, curves, color, **look)
                    course = trend(mean, [f"epoch {epoch}" for epoch in epochs], show)
                    sentences.append(f"{name}, {PARTS[part]} {quantity} {course}.")
        axes.set(xlabel="share of the run (%)" if by_share else "epoch")
        axes.set(ylabel=quantity if quantity == "loss" else "accuracy (%)")
        if by_share:
            axes.set(xlim=(0, 103), xticks=range(0, 101, 25))
        else:
            axes.set_xlim(0.6, longest + 0.4)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(axis="y")
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}")
    styles = [
        (f"{name}, {counted(lengths[name], 'epoch')}" if by_share else name, Line2D([], [], color=color, marker=marker))
        for name, color, marker in zip(groups, COLORS, MARKERS, strict=False)
    ]
    styles += [
        ("training", Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle="--")),
        ("validation", Line2D([], [], color=GREY, marker="o")),
    ]
    spread = spread_note(groups)
    legend(figure, styles, loc="outside right center", title=spread, alignment="left")
    along = "share of the run" if by_share else "epoch"
    told = f"Line charts of loss and accuracy by {along}{in_words(spread)}. {' '.join(sentences)}"
    return Picture(figure, f"{told} {of_data(source)}", caption)
