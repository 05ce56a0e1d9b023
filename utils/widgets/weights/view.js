// Weight View, its numbers: the layer as a matrix, and what one weight touches, forwards and backwards.

import { at, matrix, outputShape, pad, places, weightGradient } from "../page/operations.js";

/**
 * @typedef {{
 *   image: number[][], kernel: number[][], upstream: number[][], stride: number[], padding: number[],
 * }} WeightsSettings
 */

/**
 * The gradients, and the layer as a matrix: a row for each output, a column for each input, and which weight
 * [row, column] each of its entries "row,column" is. Impossible if the kernel has no place.
 * @param {WeightsSettings} settings
 */
export function computeWeights(settings) {
  const { image, kernel, upstream, stride, padding } = settings;
  const geometry = { stride, padding, dilation: [1, 1] };
  const size = outputShape(image, kernel, geometry);
  const above = matrix(size[0], size[1], (r, c) => upstream[r]?.[c] ?? 1);
  const outputs = places(above);
  const owner = new Map();
  const layer = matrix(outputs.length, image.flat().length, () => 0);
  for (const weight of places(kernel)) {
    for (const [r, c] of entriesOf(weight, outputs, settings)) {
      owner.set(`${r},${c}`, weight);
      layer[r][c] = at(kernel, weight);
    }
  }
  return {
    padded: pad(image, padding),
    above,
    gradient: weightGradient(image, kernel, geometry, above),
    layer,
    owner,
    empty: places(layer).filter((cell) => !owner.has(String(cell))),
  };
}

/**
 * One weight: for each output the cell of the padded input that it touches, and its entries in the matrix.
 * @param {ReturnType<typeof computeWeights>} view
 * @param {WeightsSettings} settings
 * @param {number[]} weight
 */
export function computeWeight({ padded, above, gradient }, settings, weight) {
  const outputs = places(above);
  const touched = outputs.map((output) => output.map((n, axis) => n * settings.stride[axis] + weight[axis]));
  return {
    weight,
    value: at(settings.kernel, weight),
    touched,
    products: touched.map((cell, n) => [at(padded, cell), at(above, outputs[n])]),
    gradient: at(gradient, weight),
    entries: entriesOf(weight, outputs, settings),
  };
}

/** The entries [output, input] of the matrix that are this weight. Where it lies on padding it has none. */
function entriesOf(weight, outputs, { image, stride, padding }) {
  return outputs.flatMap((output, n) => {
    const [r, c] = output.map((place, axis) => place * stride[axis] + weight[axis] - padding[axis]);
    return image[r]?.[c] === undefined ? [] : [[n, r * image[0].length + c]];
  });
}
