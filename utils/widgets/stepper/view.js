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
 * The first step whose window begins on the image: those before it see padding, and the very first nothing else.
 * @param {StepperSettings} settings
 */
export function firstOnImage({ image, kernel, stride, padding, dilation }) {
  const last = [0, 1].map((axis) => {
    const room = shape(image)[axis] + 2 * padding[axis] - dilation[axis] * (shape(kernel)[axis] - 1) - 1;
    return Math.floor(room / stride[axis]);
  });
  const [row, column] = last.map((end, axis) => Math.min(end, Math.ceil(padding[axis] / stride[axis])));
  return row * (last[1] + 1) + column;
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
