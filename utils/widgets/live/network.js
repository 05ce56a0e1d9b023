// The way through a network: every step in turn, each on what it reads.

import {
  added,
  batchNorm,
  convolution,
  everyOther,
  flattened,
  largestParts,
  largestPool,
  linear,
  mapSize,
  meanParts,
  meanPool,
  rectified,
  softmax,
  withNewMaps,
  zeros,
} from "./layers.js";
import { unpackNumbers, unpackWeights } from "./numbers.js";

/** @typedef {import("./layers.js").Maps} Maps */
/**
 * @typedef {{
 *   name: string, classes: string[], input: number[], mean: number[], std: number[], steps: any[],
 * }} Network as export.py writes it; here with its weights unpacked
 */

const WORK = {
  Conv2d: convolution,
  BatchNorm2d: batchNorm,
  ReLU: rectified,
  MaxPool2d: largestPool,
  AvgPool2d: meanPool,
  AdaptiveMaxPool2d: largestParts,
  AdaptiveAvgPool2d: meanParts,
  Linear: linear,
  Flatten: flattened,
  Dropout: (input) => input, // after training nothing is dropped
  Add: added,
  Subsample: everyOther,
  NewMaps: withNewMaps,
};

/**
 * The network with numbers instead of letters.
 * @param {Network} network
 * @returns {Network}
 */
export function unpackNetwork(network) {
  const steps = network.steps.map((step) => {
    const numbers = Object.entries(step.numbers ?? {}).map(([name, text]) => [name, unpackNumbers(text)]);
    return {
      ...step,
      bias: null, // so far whether there is one
      ...Object.fromEntries(numbers),
      weights: step.weights && unpackWeights(step.weights),
    };
  });
  return { ...network, steps };
}

/**
 * A picture as the network takes it: each channel minus its mean, divided by its standard deviation.
 * @param {Network} network
 * @param {Uint8Array} pixels channel after channel, from 0 to 255
 * @param {{ top: number, left: number, side: number } | null} covered a square of the mean colour, which is 0
 */
export function imageOf({ input: [channels, height, width], mean, std }, pixels, covered = null) {
  const image = zeros(channels, height, width);
  pixels.forEach((pixel, n) => {
    const c = Math.floor(n / (height * width));
    image.data[n] = (pixel / 255 - mean[c]) / std[c];
  });
  if (!covered) return image;
  const { top, left, side } = covered;
  for (let c = 0; c < channels; c++) {
    for (let y = top; y < Math.min(top + side, height); y++) {
      const row = (c * height + y) * width;
      image.data.fill(0, row + left, row + Math.min(left + side, width));
    }
  }
  return image;
}

/**
 * What comes out of each step: the image is output 0, and n + 1 is what step n makes of the outputs that it reads.
 * @param {Network} network
 * @param {Maps} image
 * @returns {Maps[]}
 */
export function runNetwork({ steps }, image) {
  const outputs = [image];
  for (const step of steps) outputs.push(WORK[step.kind](...step.reads.map((n) => outputs[n]), step));
  return outputs;
}

/** @param {Maps[]} outputs */
export const probabilitiesOf = (outputs) => softmax(outputs.at(-1).data);

/** The number of the last output that has places: behind it maps have become features. @param {Maps[]} outputs */
export const lastMaps = (outputs) => outputs.findLastIndex((maps) => mapSize(maps) > 1);

/**
 * Grad-CAM at the last maps: ReLU(Σ α · map). A map's α is how much the logit of the class rises, for each place,
 * if the whole map rises by a little. Where a mean and one linear layer follow, α is the weight of the class divided
 * by the number of places, so that this is CAM, too (Zhou et al. 2016).
 * @param {Network} network
 * @param {Maps[]} outputs
 * @param {number} target the class
 * @returns {number[][]} rows of numbers, at least 0
 */
export function gradCam(network, outputs, target) {
  const last = lastMaps(outputs);
  const maps = outputs[last];
  const [channels, height, width] = maps.shape;
  const size = height * width;
  const sum = new Float64Array(size);
  for (let k = 0; k < channels; k++) {
    const alpha = riseOf(network, outputs, last, k, target) / size;
    for (let n = 0; n < size; n++) sum[n] += alpha * maps.data[k * size + n];
  }
  return Array.from(
    { length: height },
    (_, y) => Array.from(sum.subarray(y * width, (y + 1) * width), (x) => Math.max(0, x)),
  );
}

const LITTLE = 1 / 64;

/** How fast the logit rises with map k of output `last`: what follows is computed with the map a little higher, and lower. */
function riseOf({ steps }, outputs, last, k, target) {
  const logit = (change) => {
    const changed = outputs.slice(0, last + 1);
    const size = mapSize(outputs[last]);
    changed[last] = {
      ...outputs[last],
      data: outputs[last].data.map((x, n) => Math.floor(n / size) === k ? x + change : x),
    };
    for (const step of steps.slice(last)) changed.push(WORK[step.kind](...step.reads.map((n) => changed[n]), step));
    return changed.at(-1).data[target];
  };
  return (logit(LITTLE) - logit(-LITTLE)) / (2 * LITTLE);
}
