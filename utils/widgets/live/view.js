// Live Network, what it shows, without the page: its layers in words, groups of them, and what a square covers.

import { multiplyAdds } from "../page/arithmetic.js";
import { clamp } from "../page/operations.js";
import { mapSize } from "./layers.js";
import { gradCam, imageOf, probabilitiesOf, runNetwork } from "./network.js";

/** @typedef {import("./layers.js").Maps} Maps */
/** @typedef {import("./network.js").Network} Network */
/** @typedef {{ outputs: number[], name: string, shape: number[] }} Tile outputs of steps that belong together */

// What begins something new. The others, such as batch norm, change what is there.
const BEGINS = ["Conv2d", "MaxPool2d", "AvgPool2d", "AdaptiveMaxPool2d", "AdaptiveAvgPool2d", "Linear"];

const WORDS = {
  Conv2d: ({ kernel_size: k, stride, groups }) =>
    `convolution ${k}×${k}${stride > 1 ? `, stride ${stride}` : ""}${groups > 1 ? `, ${groups} groups` : ""}`,
  BatchNorm2d: () => "batch norm",
  ReLU: () => "ReLU",
  MaxPool2d: ({ kernel_size: k }) => `max pooling ${k}×${k}`,
  AvgPool2d: ({ kernel_size: k }) => `mean pooling ${k}×${k}`,
  AdaptiveMaxPool2d: ({ output_size: n }) => (n === 1 ? "largest of each map" : `largest of ${n}×${n} parts`),
  AdaptiveAvgPool2d: ({ output_size: n }) => (n === 1 ? "mean of each map" : `means of ${n}×${n} parts`),
  Linear: () => "linear layer",
  Flatten: () => "flatten",
  Dropout: () => "dropout (off)",
  Add: () => "plus shortcut",
  Subsample: ({ stride }) => `shortcut: every ${stride === 2 ? "second" : `${stride}th`} place`,
  NewMaps: ({ new_maps: count }) => `shortcut: ${count} maps of zeros`,
};

/** What a step is, in a few words. */
export const stepWords = (step) => WORDS[step.kind](step);

/** The same for an output, by its number. @param {Network} network */
export const outputWords = ({ steps }, output) => (output === 0 ? "picture, normalised" : stepWords(steps[output - 1]));

/** @type {(shape: number[]) => string} */
export const shapeWords = ([count, height, width]) =>
  height === undefined ? `${count} numbers` : `${count} maps of ${height}×${width}`;

/**
 * A picture through the network: all outputs, and what they say.
 * @param {{ network: Network, pixels: Uint8Array, cover: { top: number, left: number, side: number } | null }} picture
 * @param {{ target: number, overlay: string }} settings of the widget; target −1 is the answer
 */
export function computeLive({ network, pixels, cover }, { target, overlay }) {
  const began = performance.now();
  const outputs = runNetwork(network, imageOf(network, pixels, cover));
  const milliseconds = performance.now() - began;
  const chances = probabilitiesOf(outputs);
  const answer = chances.indexOf(Math.max(...chances));
  const watched = target < 0 ? answer : Math.min(target, chances.length - 1);
  const cam = overlay === "Grad-CAM" ? gradCam(network, outputs, watched) : null;
  return { outputs, milliseconds, chances, answer, target: watched, cam };
}

/** Of one picture. @param {Network} network @param {Maps[]} outputs */
export function workOf({ steps }, outputs) {
  return steps.reduce((sum, { weights, groups = 1 }, n) => {
    if (!weights) return sum;
    const [out, own, k = 1] = weights.shape;
    const [, rows = 1, columns = 1] = outputs[n + 1].shape;
    return sum + multiplyAdds(own * groups, out, k, k, rows, columns, groups);
  }, 0);
}

/**
 * The outputs in groups: a convolution with what follows it up to the next one, and so on.
 * @param {Network} network
 * @param {Maps[]} outputs
 * @returns {Tile[]}
 */
export function computeTiles({ steps }, outputs) {
  const tiles = [];
  steps.forEach((step, n) => {
    if (n === 0 || BEGINS.includes(step.kind)) tiles.push({ outputs: [], steps: [] });
    tiles.at(-1).outputs.push(n + 1);
    tiles.at(-1).steps.push(step);
  });
  const layers = tiles.map(({ outputs: numbers, steps: own }, n) => ({
    outputs: numbers,
    name: `${n + 1} ${shortName(own)}`,
    shape: outputs[numbers.at(-1)].shape,
  }));
  return [{ outputs: [0], name: "picture", shape: outputs[0].shape }, ...layers];
}

const SHORT = { Conv2d: "conv", MaxPool2d: "max pool", AvgPool2d: "mean pool", Linear: "linear" };
const shortName = ([first, ...rest]) =>
  (SHORT[first.kind] ?? (first.kind.endsWith("MaxPool2d") ? "largest" : "means")) +
  (rest.some(({ kind }) => kind === "Add") ? " +" : "");

/** Tiles of one shape beside each other: the stages of the network. @param {Tile[]} tiles */
export function computeStages(tiles) {
  const stages = [];
  for (const tile of tiles) {
    if (String(stages.at(-1)?.shape) !== String(tile.shape)) stages.push({ shape: tile.shape, tiles: [] });
    stages.at(-1).tiles.push(tile);
  }
  return stages;
}

/**
 * From which number on a place is drawn as bright as can be: four times what the numbers are on average. A few are
 * far larger, and would leave all others in the dark.
 * @param {Maps} maps
 */
export function brightest({ data }) {
  let sum = 0;
  for (const value of data) sum += Math.abs(value);
  return (4 * sum) / data.length;
}

/**
 * How large the square is that covers a part of a picture: a quarter of its shorter side.
 * @type {(shape: number[]) => number}
 */
const coverSide = ([, height, width]) => Math.max(1, Math.round(Math.min(height, width) / 4));

/**
 * The square whose middle is nearest to a pixel, inside the picture.
 * @param {number[]} pixel
 * @param {number[]} shape
 */
export function coverAt(pixel, shape) {
  const side = coverSide(shape);
  const [top, left] = pixel.map((middle, axis) => clamp(middle - Math.floor(side / 2), 0, shape[axis + 1] - side));
  return { top, left, side };
}

/** @param {Maps} maps @param {number} channel */
export function extremesOf(maps, channel) {
  const size = mapSize(maps);
  const values = maps.data.subarray(channel * size, (channel + 1) * size);
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}
