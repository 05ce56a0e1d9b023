// Transposed Convolution, its numbers: where each of the two ways is when so many input cells have arrived.

import { stampsEvenly } from "../page/arithmetic.js";
import { at, matrix, places, shape, transposedConvolve, turned, windowAt } from "../page/operations.js";

/**
 * @typedef {number[]} Cell [row, column]
 * @typedef {{
 *   image: number[][], kernel: number[][], step: number,
 *   stride: number[], padding: number[], output_padding: number[], dilation: number[],
 * }} TransposedSettings
 */

/**
 * Both ways after the input cells up to number `step`, and all about the output cell `visited` if there is one.
 * Impossible if the settings leave no output.
 *
 * @param {TransposedSettings} settings
 * @param {Cell | null} visited
 */
export function computeTransposed(settings, visited = null) {
  const { image, kernel } = settings;
  const cells = places(image);
  const step = Math.min(settings.step, cells.length - 1);
  const ones = [image, kernel].map((rows) => filled(shape(rows), 1));
  const values = grown(upTo(step, image), kernel, settings);
  const counts = grown(upTo(step, ones[0]), ones[1], settings);
  const spread = spreadOut(settings, step, shape(values));
  const isThere = visited && values[visited[0]]?.[visited[1]] !== undefined;
  return {
    values,
    counts, // of the stamps on each cell so far
    overlaps: overlapsOf(grown(ones[0], ones[1], settings), counts, settings),
    coming: cells.slice(step + 1),
    spread,
    newest: { ...stampOf(cells[step], settings, shape(values)), inSpread: spread.lies[step] },
    visited: isThere ? sourcesOf(visited, settings, step, spread) : null,
  };
}

const grown = (rows, weights, settings) =>
  transposedConvolve(rows, weights, { ...settings, outputPadding: settings.output_padding });

/** @type {(size: number[], value: number) => number[][]} */
const filled = ([height, width], value) => matrix(height, width, () => value);

/** The matrix with zeros behind cell number `step`. */
const upTo = (step, rows) => rows.map((row, r) => row.map((value, c) => (r * row.length + c <= step ? value : 0)));

/** How many stamps lie on a cell once all have come: which numbers occur, and where two, three, more are by now. */
function overlapsOf(total, counts, { kernel, stride, dilation }) {
  const cells = places(total);
  return {
    occurring: [...new Set(total.flat())].sort((a, b) => a - b),
    even: [0, 1].every((axis) => stampsEvenly(shape(kernel)[axis], stride[axis], dilation[axis])),
    deep: [2, 3, 4].map((level) => cells.filter((cell) => Math.min(at(total, cell), 4) === level && at(counts, cell))),
    none: cells.filter((cell) => !at(counts, cell)),
  };
}

/** The input with zeros between its cells, over which the turned kernel slides, and where each cell lies in it. */
function spreadOut({ image, kernel, stride, padding, dilation }, step, outputShape) {
  const reach = [0, 1].map((axis) => dilation[axis] * (shape(kernel)[axis] - 1));
  const lies = places(image).map((cell) => cell.map((n, axis) => n * stride[axis] + reach[axis] - padding[axis]));
  const rows = filled(outputShape.map((size, axis) => size + reach[axis]), 0);
  lies.slice(0, step + 1).forEach(([r, c], n) => {
    if (rows[r]?.[c] !== undefined) rows[r][c] = image.flat()[n]; // else padding cut it off
  });
  const taken = new Set(lies.map(String));
  return { rows, lies, coming: lies.slice(step + 1), zeros: places(rows).filter((cell) => !taken.has(String(cell))) };
}

/** The stamp of an input cell: the output cells under it, of which padding may have cut some off. */
function stampOf(cell, { kernel, stride, padding, dilation }, size) {
  const [height, width] = size;
  const window = windowAt(cell, shape(kernel), stride, dilation);
  const stamp = window.map((under) => under.map((n, axis) => n - padding[axis]));
  return { cell, stamp, reached: stamp.filter(([r, c]) => r >= 0 && c >= 0 && r < height && c < width).length };
}

/** The inputs whose stamps reach an output cell, each with its weight, and the window that sees the same inputs. */
function sourcesOf(cell, { image, kernel, dilation }, step, { lies }) {
  const window = windowAt(cell, shape(kernel), [1, 1], dilation);
  const weights = new Map(window.map((under, n) => [String(under), turned(kernel).flat()[n]]));
  const sources = places(image)
    .map((source, n) => ({ cell: source, value: at(image, source), weight: weights.get(String(lies[n])) }))
    .filter(({ weight }, n) => n <= step && weight !== undefined);
  return { cell, window, sources };
}
