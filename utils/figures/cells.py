"""Squared paper: matrices of numbers side by side, drawn in units of one cell.

A place is (left, top) in cells, with y growing downwards, as rows do. A cell is (row, column).
"""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from utils.figures.style import BLACK, GREY, PALE, SMALL_SIZE, TEXT_SIZE, WEIGHT, WIDTH, new_figure, tint
from utils.words import short

Cell = tuple[int, int]
Place = tuple[float, float]

USUAL_CELL = 0.42  # inches
CHARACTER = 0.64 / 72  # inches that one character takes, for each point of its size
PADDING = "///"  # hatch of cells that lie outside the image
UNREACHED = "xx"  # hatch of cells that no window reaches


class Sheet:
    """A figure with one sheet of squared paper.

    Args:
        columns, rows: size of the sheet in cells.
        characters: how many the longest text in a cell has. Cells grow for long numbers.
        note: words below the sheet.

    Raises:
        ValueError: so many columns of such numbers do not fit in the width of a notebook.
    """

    def __init__(self, title: str, columns: float, rows: float, characters: int, note: str = ""):
        needed = characters * CHARACTER * SMALL_SIZE + 0.03
        self.cell = min(WIDTH / columns, max(USUAL_CELL, needed))  # inches
        if self.cell < needed:
            raise ValueError(
                f"{columns:.0f} columns of numbers with up to {characters} characters do not fit in the "
                "width of a notebook: show a part, or round the numbers."
            )
        roomy = self.cell >= characters * CHARACTER * TEXT_SIZE + 0.06
        self.number_size = TEXT_SIZE if roomy else SMALL_SIZE  # points
        size = {"height": rows * self.cell + 0.2, "width": max(4.0, columns * self.cell + 0.1)}
        self.figure = new_figure(title, note=note, **size)
        self.figure.get_layout_engine().set(w_pad=0.05)
        self.axes: Axes = self.figure.add_subplot(aspect="equal", anchor="NW")
        self.axes.set(xlim=(-0.05, columns + 0.05), ylim=(rows + 0.05, -0.05))
        self.axes.set_axis_off()

    def write(self, x: float, y: float, text: str, **look) -> None:
        """Text in the sheet: its left end at ``x`` and the middle of its first line at ``y``."""
        self.axes.text(x, y, text, **{"va": "center", "fontsize": TEXT_SIZE} | look)

    def draw(
        self,
        matrix: Tensor,
        place: Place,
        fills: dict[Cell, str] | None = None,
        hatches: dict[Cell, str] | None = None,
        weights: dict[Cell, float] | None = None,
    ) -> None:
        """A matrix as a grid of cells with their numbers.

        ``fills`` and ``hatches`` give some cells a colour or a pattern. ``weights`` writes a second number,
        the weight that lies on the cell, in its lower right corner.
        """
        fills, hatches, weights = fills or {}, hatches or {}, weights or {}
        for row, values in enumerate(matrix.tolist()):
            for column, value in enumerate(values):
                cell = (row, column)
                left, top = place[0] + column, place[1] + row
                self.square(left, top, tint(fills[cell], 0.45) if cell in fills else "white", hatches.get(cell))
                if cell in weights:
                    small = {"fontsize": SMALL_SIZE, "zorder": 3}
                    self.axes.text(left + 0.08, top + 0.06, short(value), va="top", **small)
                    weight = f"×{short(weights[cell])}"
                    look = {"ha": "right", "va": "bottom", "color": WEIGHT}
                    self.axes.text(left + 0.95, top + 0.96, weight, **look, **small)
                else:
                    color = GREY if hatches.get(cell) else BLACK
                    look = {"ha": "center", "fontsize": self.number_size, "color": color, "zorder": 3}
                    self.write(left + 0.5, top + 0.5, short(value), **look)

    def square(self, left: float, top: float, face, hatch: str | None = None) -> None:
        """One cell: its colour, its pattern, its frame."""
        pattern = {"facecolor": face, "edgecolor": PALE if hatch == PADDING else "#BBBBBB", "linewidth": 0}
        self.axes.add_patch(Rectangle((left, top), 1, 1, hatch=hatch, **pattern))
        frame = {"fill": False, "edgecolor": GREY, "linewidth": 0.8, "zorder": 2}
        self.axes.add_patch(Rectangle((left, top), 1, 1, **frame))

    def outline(self, place: Place, cells: list[Cell], color: str, inset: float = 0.0) -> None:
        """A thick line round the rectangle from the first of ``cells`` to the last, ``inset`` cells inside."""
        (top, left), (bottom, right) = cells[0], cells[-1]
        corner = (place[0] + left + inset, place[1] + top + inset)
        width, height = right - left + 1 - 2 * inset, bottom - top + 1 - 2 * inset
        look = {"fill": False, "edgecolor": color, "linewidth": 2.2, "joinstyle": "miter", "zorder": 4}
        self.axes.add_patch(Rectangle(corner, width, height, **look))


def sheet_in_a_row(
    title: str, grids: dict[str, Tensor], operators: list[str], note: str = "", characters: int = 0
) -> tuple[Sheet, list[Place]]:
    """A sheet for ``grids`` side by side, names and signs written, and the place of each grid."""
    for name, matrix in grids.items():
        check_matrix(name, matrix)
    characters = max(characters, *(longest_number(matrix) for matrix in grids.values()))
    # A name may be wider than its grid, by how many cells depends on the cell: assume the usual one.
    widths = [max(matrix.shape[1], _cells_wide(name)) for name, matrix in grids.items()]
    gaps = [max(1.0, _cells_wide(sign) + 0.6) for sign in operators]
    tallest = max(matrix.shape[0] for matrix in grids.values())
    sheet = Sheet(title, sum(widths) + sum(gaps), tallest + 0.9, characters, note)
    places, left = [], 0.0
    for (name, matrix), width, gap, sign in zip(grids.items(), widths, [*gaps, 0], [*operators, ""], strict=True):
        places.append((left, 0.9 + (tallest - matrix.shape[0]) / 2))
        sheet.write(left, places[-1][1] - 0.45, name)
        left += width
        size = TEXT_SIZE + (10 if sign == "⋆" else 2)  # the star is a small letter
        sheet.write(left + gap / 2, 0.9 + tallest / 2, sign, ha="center", fontsize=size)
        left += gap
    return sheet, places


def check_matrix(name: str, matrix: Tensor) -> None:
    """Raise a ValueError unless ``matrix`` has two dimensions and at least one cell."""
    if matrix.ndim != 2 or not matrix.numel():
        raise ValueError(
            f"{name} must have shape (H, W), rows and columns of numbers, and this one has "
            f"{tuple(matrix.shape)}: choose one image and one channel."
        )


def cells_of(matrix: Tensor) -> list[Cell]:
    """Every (row, column) of a matrix, row by row."""
    height, width = matrix.shape
    return [(row, column) for row in range(height) for column in range(width)]


def longest_number(matrix: Tensor) -> int:
    """Characters of the longest number in a matrix."""
    return max(len(short(value)) for value in matrix.flatten().tolist())


def in_words(name: str, matrix: Tensor) -> str:
    """A matrix for those who do not see it: its size, and its numbers row by row if they are not many."""
    height, width = matrix.shape
    words = f"{name}, {height} by {width}"
    if matrix.numel() > 64:
        return f"{words}, numbers from {short(matrix.min().item())} to {short(matrix.max().item())}"
    return f"{words}: {' / '.join(' '.join(short(value) for value in row) for row in matrix.tolist())}"


def _cells_wide(text: str) -> float:
    return len(text) * CHARACTER * TEXT_SIZE / USUAL_CELL
