// Pooling Bench, its numbers: three ways to make an image smaller, before and after a shift, and where gradients go.

import {
  at,
  averagePool,
  convolve,
  matrix,
  maxPool,
  places,
  resized,
  shape,
  windowAt,
  winners,
} from "../page/operations.js";

/**
 * @typedef {"max" | "average" | "convolution"} Way
 * @typedef {{
 *   image: number[][], kernel: number[][], kernel_size: number[], stride: number[], shift: number, way: Way,
 * }} PoolingSettings
 */

/** The image, moved to the right by `shift` columns; zeros follow it. */
export const shifted = ({ image, shift }) => image.map((row) => row.map((_, c) => row[c - shift] ?? 0));

/** The kernel of the strided convolution, in the size of the window. */
export const kernelOf = ({ kernel, kernel_size }) => resized(kernel, kernel_size, () => 0);

/**
 * The outputs of all three ways, and the gradient of the input through one: of the output cell `visited` if there is
 * one, or else of all, each counted once, through the way that is set. Impossible if the window does not fit.
 *
 * @param {PoolingSettings} settings
 * @param {{ way: Way, cell: number[] } | null} visited
 */
export function computePooling(settings, visited = null) {
  const { kernel_size, stride } = settings;
  const [before, after] = [settings.image, shifted(settings)].map((image) => outputsOf(image, settings));
  const way = visited?.way ?? settings.way;
  const cell = visited?.cell ?? null;
  const gradient = gradientOf(settings, way, cell ? [cell] : places(after[way]));
  return {
    outputs: after,
    changed: Object.fromEntries(Object.keys(after).map((each) => [each, differing(before[each], after[each])])),
    way,
    cell,
    window: cell ? windowAt(cell, kernel_size, stride, [1, 1]) : [],
    winner: cell && way === "max" ? [at(winners(shifted(settings), kernel_size, stride), cell)] : [],
    gradient,
    receiving: places(gradient).filter((place) => at(gradient, place)),
  };
}

/** @returns {Record<Way, number[][]>} */
function outputsOf(image, settings) {
  const { kernel_size, stride } = settings;
  return {
    max: maxPool(image, kernel_size, stride),
    average: averagePool(image, kernel_size, stride),
    convolution: convolve(image, kernelOf(settings), { stride, padding: [0, 0], dilation: [1, 1] }),
  };
}

const differing = (before, after) =>
  places(after).filter((cell) => Math.abs(at(after, cell) - at(before, cell)) > 1e-9);

/** The gradient of the input if each of the output `cells` counts once. */
function gradientOf(settings, way, cells) {
  const { kernel_size, stride } = settings;
  const image = shifted(settings);
  const gradient = matrix(...shape(image), () => 0);
  const best = winners(image, kernel_size, stride);
  const weights = kernelOf(settings).flat();
  for (const cell of cells) {
    const window = windowAt(cell, kernel_size, stride, [1, 1]);
    window.forEach(([r, c], n) => {
      const wins = String([r, c]) === String(at(best, cell));
      gradient[r][c] += { max: wins ? 1 : 0, average: 1 / window.length, convolution: weights[n] }[way];
    });
  }
  return gradient;
}
