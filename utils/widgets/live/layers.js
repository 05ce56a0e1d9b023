// What each layer of a network does, as loops over numbers. This is all the arithmetic there is.
//
// What goes from layer to layer is { shape: [channels, rows, columns], data }: all numbers in one list, map after map,
// row after row, so that map c begins at c · rows · columns. Behind a Flatten the shape is [features].

import { outputSize } from "../page/arithmetic.js";

/** @typedef {{ shape: number[], data: Float32Array }} Maps */
/** @typedef {{ shape: number[], data: Float32Array }} Weights */

/** Maps of zeros. @returns {Maps} */
export const zeros = (...shape) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });

/** How long a map is in the list: rows · columns. For features it is 1, as if each were a map of one place. */
export const mapSize = ({ shape }) => shape.slice(1).reduce((a, b) => a * b, 1);

/**
 * nn.Conv2d. The cells under a window are a list of numbers, and so is a kernel; an output is the sum of their
 * products. Each weight is used for four windows at once: that halves the time and changes nothing else.
 * @param {Maps} input
 * @param {{
 *   weights: Weights, stride: number, padding: number, dilation: number, groups: number, bias?: Float32Array,
 * }} layer
 */
export function convolution(input, layer) {
  const { weights, stride, padding, dilation, groups, bias } = layer;
  const [outChannels, inChannels, kernelSize] = weights.shape; // inChannels: those of one group
  const [rows, columns] = input.shape.slice(1).map((n) => outputSize(n, kernelSize, stride, padding, dilation));
  const output = zeros(outChannels, rows, columns);
  const length = inChannels * kernelSize * kernelSize; // of a window, and of a kernel
  const sums = new Float32Array(4 * Math.ceil(columns / 4));
  const windows = new Float32Array(sums.length * length); // those of one row, behind each other
  for (let group = 0; group < groups; group++) {
    for (let y = 0; y < rows; y++) {
      gather(windows, input, layer, group * inChannels, y, columns);
      for (let o = (group * outChannels) / groups; o < ((group + 1) * outChannels) / groups; o++) {
        const kernel = weights.data.subarray(o * length, (o + 1) * length);
        for (let x = 0; x < sums.length; x += 4) {
          fourSums(sums, x, kernel, windows);
        }
        const at = (o * rows + y) * columns;
        for (let x = 0; x < columns; x++) output.data[at + x] = sums[x] + (bias ? bias[o] : 0);
      }
    }
  }
  return output;
}

/** The sums of products of one kernel with windows x to x + 3. */
function fourSums(sums, x, kernel, windows) {
  const length = kernel.length;
  const first = x * length;
  const second = first + length;
  const third = second + length;
  const fourth = third + length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let n = 0; n < length; n++) {
    const weight = kernel[n];
    a += weight * windows[first + n];
    b += weight * windows[second + n];
    c += weight * windows[third + n];
    d += weight * windows[fourth + n];
  }
  sums[x] = a;
  sums[x + 1] = b;
  sums[x + 2] = c;
  sums[x + 3] = d;
}

/** The cells under each window of output row y, from map `first` on. Cells outside the image are zeros. */
function gather(windows, input, { weights, stride, padding, dilation }, first, y, columns) {
  const [, height, width] = input.shape;
  const [, inChannels, kernelSize] = weights.shape;
  let n = 0;
  for (let x = 0; x < columns; x++) {
    for (let c = first; c < first + inChannels; c++) {
      for (let i = 0; i < kernelSize; i++) {
        const row = y * stride - padding + i * dilation;
        for (let j = 0; j < kernelSize; j++) {
          const column = x * stride - padding + j * dilation;
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          windows[n++] = inside ? input.data[(c * height + row) * width + column] : 0;
        }
      }
    }
  }
}

/**
 * nn.BatchNorm2d after training: mean and variance of each map are those that it has seen.
 * @param {Maps} input
 */
export function batchNorm(input, { running_mean: mean, running_var: variance, weight, bias, eps }) {
  return eachMap(input, (c) => {
    const scale = weight[c] / Math.sqrt(variance[c] + eps);
    return (x) => (x - mean[c]) * scale + bias[c];
  });
}

/** nn.ReLU. @param {Maps} input */
export const rectified = (input) => eachMap(input, () => (x) => Math.max(0, x));

/** @param {Maps} input */
function eachMap(input, functionOf) {
  const [output, size] = [zeros(...input.shape), mapSize(input)];
  for (let c = 0; c < input.shape[0]; c++) {
    const change = functionOf(c);
    for (let n = c * size; n < (c + 1) * size; n++) output.data[n] = change(input.data[n]);
  }
  return output;
}

/** nn.MaxPool2d: the largest of each window. @param {Maps} input */
export const largestPool = (input, layer) => pool(input, windowRanges(input, layer), (cells) => Math.max(...cells));

/** nn.AvgPool2d: the mean of each window; padding counts as zeros. @param {Maps} input */
export function meanPool(input, layer) {
  const area = layer.kernel_size ** 2;
  return pool(input, windowRanges(input, layer), (cells) => sum(cells) / area);
}

/** nn.AdaptiveMaxPool2d: the image in so many parts, and the largest of each. @param {Maps} input */
export const largestParts = (input, layer) => pool(input, partRanges(input, layer), (cells) => Math.max(...cells));

/** nn.AdaptiveAvgPool2d: the same with means. One part is the mean of the whole map. @param {Maps} input */
export const meanParts = (input, layer) => pool(input, partRanges(input, layer), (cells) => sum(cells) / cells.length);

/** @param {Maps} input @param {number[][][]} ranges by rows and by columns, from where to where */
function pool(input, ranges, reduce) {
  const [rows, columns] = ranges;
  const [channels, height, width] = input.shape;
  const output = zeros(channels, rows.length, columns.length);
  let n = 0;
  for (let c = 0; c < channels; c++) {
    for (const [top, bottom] of rows) {
      for (const [left, right] of columns) {
        const cells = [];
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) cells.push(input.data[(c * height + y) * width + x]);
        }
        output.data[n++] = reduce(cells);
      }
    }
  }
  return output;
}

/** From where to where each window reaches, by rows and by columns, without its padding. @param {Maps} input */
export function windowRanges({ shape }, { kernel_size: k, stride, padding }) {
  return shape.slice(1).map((size) =>
    Array.from({ length: outputSize(size, k, stride, padding) }, (_, n) => {
      const first = n * stride - padding;
      return [Math.max(0, first), Math.min(size, first + k)];
    })
  );
}

/** From where to where each part of an adaptive pooling reaches: as equal as they can be. @param {Maps} input */
export function partRanges({ shape }, { output_size: count }) {
  return shape.slice(1).map((size) =>
    Array.from(
      { length: count },
      (_, n) => [Math.floor((n * size) / count), Math.ceil(((n + 1) * size) / count)],
    )
  );
}

/**
 * nn.Linear: each output has a weight for each feature.
 * @param {Maps} input
 * @param {{ weights: Weights, bias?: Float32Array }} layer
 */
export function linear(input, { weights, bias }) {
  const [outFeatures, inFeatures] = weights.shape;
  const output = zeros(outFeatures);
  for (let o = 0; o < outFeatures; o++) {
    let total = bias ? bias[o] : 0;
    for (let n = 0; n < inFeatures; n++) total += weights.data[o * inFeatures + n] * input.data[n];
    output.data[o] = total;
  }
  return output;
}

/** nn.Flatten: the same numbers as one list. @param {Maps} input */
export const flattened = ({ data }) => ({ shape: [data.length], data });

/** The sum of two ways through a block. @param {Maps} one @param {Maps} other */
export function added(one, other) {
  const output = zeros(...one.shape);
  for (let n = 0; n < output.data.length; n++) output.data[n] = one.data[n] + other.data[n];
  return output;
}

/** A shortcut that halves the size: every stride-th place of each map. @param {Maps} input */
export const everyOther = (input, { stride }) =>
  pool(input, windowRanges(input, { kernel_size: 1, stride, padding: 0 }), ([cell]) => cell);

/** A shortcut to more maps than there are: behind them maps of zeros. @param {Maps} input */
export function withNewMaps(input, { new_maps: count }) {
  const [channels, ...size] = input.shape;
  const output = zeros(channels + count, ...size);
  output.data.set(input.data);
  return output;
}

/** From logits to probabilities: eˣ / Σ eˣ. The largest is taken off first, which changes nothing but the rounding. */
export function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (x) => Math.exp(x - most));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

const sum = (values) => values.reduce((a, b) => a + b, 0);
