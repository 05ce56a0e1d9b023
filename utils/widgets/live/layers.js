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
 * nn.Conv2d. One weight at a time: it multiplies a whole map, moved by its place in the kernel, and the products are
 * added to the output. Cells that would come from outside the image are zeros, and left out.
 * @param {Maps} input
 * @param {{ weights: Weights, stride: number, padding: number, dilation: number, groups: number, bias?: Float32Array }} layer
 */
export function convolution(input, { weights, stride, padding, dilation, groups, bias }) {
  const [, height, width] = input.shape;
  const [outChannels, inChannels, kernelSize] = weights.shape; // inChannels: those of one group
  const rows = outputSize(height, kernelSize, stride, padding, dilation);
  const columns = outputSize(width, kernelSize, stride, padding, dilation);
  const output = zeros(outChannels, rows, columns);
  let w = 0; // which weight
  for (let o = 0; o < outChannels; o++) {
    const group = Math.floor(o / (outChannels / groups));
    const outMap = output.data.subarray(o * rows * columns, (o + 1) * rows * columns);
    if (bias) outMap.fill(bias[o]);
    for (let c = 0; c < inChannels; c++) {
      const inMap = input.data.subarray((group * inChannels + c) * height * width);
      for (let i = 0; i < kernelSize; i++) {
        for (let j = 0; j < kernelSize; j++) {
          const weight = weights.data[w++];
          const [down, right] = [i * dilation - padding, j * dilation - padding];
          const [firstRow, endRow] = inside(down, stride, height, rows);
          const [first, end] = inside(right, stride, width, columns);
          for (let y = firstRow; y < endRow; y++) {
            const out = y * columns;
            const row = (y * stride + down) * width + right;
            for (let x = first; x < end; x++) outMap[out + x] += weight * inMap[row + x * stride];
          }
        }
      }
    }
  }
  return output;
}

/** The outputs from the first to before the end whose cell, n · stride + moved, lies in 0 … size − 1. */
function inside(moved, stride, size, outputs) {
  return [Math.max(0, Math.ceil(-moved / stride)), Math.min(outputs, Math.floor((size - 1 - moved) / stride) + 1)];
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
export const largestPool = (input, layer) => pool(input, windows(input, layer), (cells) => Math.max(...cells));

/** nn.AvgPool2d: the mean of each window; padding counts as zeros. @param {Maps} input */
export function meanPool(input, layer) {
  const area = layer.kernel_size ** 2;
  return pool(input, windows(input, layer), (cells) => sum(cells) / area);
}

/** nn.AdaptiveMaxPool2d: the image in so many parts, and the largest of each. @param {Maps} input */
export const largestParts = (input, layer) => pool(input, parts(input, layer), (cells) => Math.max(...cells));

/** nn.AdaptiveAvgPool2d: the same with means. One part is the mean of the whole map. @param {Maps} input */
export const meanParts = (input, layer) => pool(input, parts(input, layer), (cells) => sum(cells) / cells.length);

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
export function windows({ shape }, { kernel_size: k, stride, padding }) {
  return shape.slice(1).map((size) =>
    Array.from({ length: outputSize(size, k, stride, padding) }, (_, n) => {
      const first = n * stride - padding;
      return [Math.max(0, first), Math.min(size, first + k)];
    })
  );
}

/** From where to where each part of an adaptive pooling reaches: as equal as they can be. @param {Maps} input */
export function parts({ shape }, { output_size: count }) {
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
  pool(input, windows(input, { kernel_size: 1, stride, padding: 0 }), ([cell]) => cell);

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
