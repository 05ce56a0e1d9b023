// Convolution Stepper, its numbers: the output, what the floor drops of the input, and the window of one output cell.

import { at, convolve, pad, places, shape, windowAt } from "../page/operations.js";

/**
 * @typedef {{
 *   image: number[][], kernel: number[][], stride: number[], padding: number[], dilation: number[],
 * }} StepperSettings
 */

/**
 * The output, and the cells of the padded input that no window reaches. Impossible if the kernel has no place.
 * @param {StepperSettings} settings
 */
export function computeStepper(settings) {
  const { image, kernel, stride, padding, dilation } = settings;
  const output = convolve(image, kernel, settings);
  const padded = pad(image, padding);
  const [bottom, right] = [0, 1].map(
    (axis) => (shape(output)[axis] - 1) * stride[axis] + dilation[axis] * (shape(kernel)[axis] - 1),
  );
  return {
    output,
    places: places(output), // one step each
    padded,
    dropped: places(padded).filter(([r, c]) => r > bottom || c > right),
  };
}

/**
 * The first step whose window lies on the image: those before it see nothing but padding, and their sum is 0.
 * @param {StepperSettings} settings
 */
export function firstOnImage({ image, kernel, stride, padding, dilation }) {
  const span = [0, 1].map((axis) => dilation[axis] * (shape(kernel)[axis] - 1) + 1);
  const [row, column] = [0, 1].map((axis) => Math.max(0, Math.ceil((padding[axis] - span[axis] + 1) / stride[axis])));
  const columns = Math.floor((shape(image)[1] + 2 * padding[1] - span[1]) / stride[1]) + 1;
  return row * columns + column;
}

/**
 * How one output cell comes about: its window, and in the same order what lies on it times which weight.
 * @param {ReturnType<typeof computeStepper>} view
 * @param {StepperSettings} settings
 * @param {number[]} cell
 */
export function computeWindow({ padded, output }, { kernel, stride, dilation }, cell) {
  const window = windowAt(cell, shape(kernel), stride, dilation);
  const weights = kernel.flat();
  return { cell, window, weights, inputs: window.map((place) => at(padded, place)), sum: at(output, cell) };
}
