// Receptive-Field Telescope, its numbers: the size of every map, and what a unit sees in each map below its own.

import { Impossible, outputSize } from "../page/arithmetic.js";
import { shape } from "../page/operations.js";

/**
 * @typedef {[string, number, number, number, number]} Layer name, kernel_size, stride, padding, dilation
 */

/**
 * [rows, columns] of the image and of each layer's map, and why the maps end before the layers do, if they do.
 * @param {{ image: number[][], layers: Layer[] }} settings
 */
export function computeMaps({ image, layers }) {
  const sizes = [shape(image)];
  for (const [name, k, s, p, d] of layers) {
    try {
      sizes.push(sizes.at(-1).map((size) => outputSize(size, k, s, p, d)));
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      return { sizes, problem: `Layer ${name}: ${error.message}` };
    }
  }
  return { sizes, problem: "" };
}

/**
 * What a unit of layer number `layer` sees: the first and the last row, and column, in its own map, in each map below
 * and at last in the image. What lies in the padding has numbers below 0, or beyond the image.
 *
 * @param {Layer[]} layers
 * @param {number[]} imageSize
 * @param {number} layer
 * @param {number[]} unit [row, column]
 */
export function computeSeen(layers, imageSize, layer, unit) {
  const [rows, columns] = unit.map((place) => down(layers, layer, place));
  const [inRows, inColumns] = [rows.at(-1), columns.at(-1)];
  let jump = 1; // how many cells of the image two neighbours lie apart
  const terms = layers.slice(0, layer + 1).map(([, k, s, , d]) => {
    const term = { dilation: d, kernel: k, jump };
    jump *= s;
    return term;
  });
  return {
    layer,
    unit,
    rows,
    columns,
    inRows,
    inColumns,
    size: [inRows, inColumns].map(([first, last]) => last - first + 1),
    outside: [inRows, inColumns].some(([first, last], axis) => first < 0 || last >= imageSize[axis]),
    terms, // of the sum 1 + Σ d(k − 1)·jump, which is the size
    jump,
  };
}

/** In one direction: from unit `place` of a layer down to the image. */
function down(layers, layer, place) {
  const seen = [[place, place]];
  for (const [, k, s, p, d] of layers.slice(0, layer + 1).reverse()) {
    const [from, to] = seen.at(-1);
    seen.push([from * s - p, to * s - p + d * (k - 1)]);
  }
  return seen;
}
