"""Numbers in cells, some of them in a frame."""

from torch import Tensor

from utils.figures.cells import Cell, in_words, sheet_in_a_row
from utils.figures.picture import Picture
from utils.figures.style import COLORS, course_style
from utils.words import listing

Window = tuple[int, int, int, int]  # row, column, height, width


@course_style
def number_grid(
    grids: dict[str, Tensor],
    *,
    title: str,
    caption: str,
    operators: list[str] | None = None,
    windows: dict[str, list[Window]] | None = None,
) -> Picture:
    """Matrices side by side with their numbers, such as input ⋆ kernel = output.

    Args:
        grids: a (H, W) matrix per name.
        operators: the sign between each two grids, such as ["⋆", "="]. Left out, there is only space.
        windows: for some grids, parts to mark, each (row, column, height, width). The first window of every
            grid has one colour, the second another: equal colours belong together.

    Raises:
        ValueError: a matrix that is not (H, W), not one operator between each two grids, a window that is not
            inside its grid, or more numbers than fit in the width of a notebook.
    """
    operators = [""] * (len(grids) - 1) if operators is None else operators
    windows = windows or {}
    if len(operators) != len(grids) - 1:
        raise ValueError(f"{len(grids)} grids need {len(grids) - 1} operators between them, not {operators}.")
    if unknown := set(windows) - set(grids):
        raise ValueError(f"windows names {sorted(unknown)}, but the grids are {sorted(grids)}.")
    sheet, places = sheet_in_a_row(title, grids, operators)
    marks = []
    for (name, matrix), place in zip(grids.items(), places, strict=True):
        fills = {}
        for index, window in enumerate(windows.get(name, [])):
            cells = _cells_in(window, matrix, name)
            fills |= dict.fromkeys(cells, COLORS[index % len(COLORS)])
            # Each line a little further in, so that windows with a common edge both show theirs.
            sheet.outline(place, cells, COLORS[index % len(COLORS)], inset=0.04 + 0.06 * (index % 4))
            row, column, height, width = window
            marks.append(f"{height} by {width} cells of {name} from row {row}, column {column}")
        sheet.draw(matrix, place, fills)
    matrices = [in_words(name, matrix) for name, matrix in grids.items()]
    signs = [f" {sign} " if sign else "; " for sign in operators]
    alt = "".join(part + sign for part, sign in zip(matrices, [*signs, "."], strict=True))
    if marks:
        alt += f" Marked: {listing(marks)}."
    return Picture(sheet.figure, f"Grids of numbers. {alt}", caption)


def _cells_in(window: Window, matrix: Tensor, name: str) -> list[Cell]:
    row, column, height, width = window
    rows, columns = matrix.shape
    if min(row, column) < 0 or min(height, width) < 1 or row + height > rows or column + width > columns:
        raise ValueError(
            f"The window (row, column, height, width) = {tuple(window)} is not inside {name!r}, which has "
            f"{rows} rows and {columns} columns, counted from 0."
        )
    return [(r, c) for r in range(row, row + height) for c in range(column, column + width)]
