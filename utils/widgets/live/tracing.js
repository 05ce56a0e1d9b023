// One number on its way from pixel to class: what it is the sum of, and what it becomes a part of.

import { clamp, matrix } from "../page/operations.js";
import { mapSize, partRanges, windowRanges } from "./layers.js";

/** @typedef {import("./layers.js").Maps} Maps */
/** @typedef {import("./network.js").Network} Network */
/** @typedef {{ output: number, channel: number, place: number[] }} At one number: of which output, map and place */

/** Which number of the list it is. @type {(maps: Maps, channel: number, place: number[]) => number} */
const indexOf = (maps, channel, [y, x]) => channel * mapSize(maps) + y * (maps.shape[2] ?? 1) + x;

/** @param {Maps[]} outputs @param {At} at */
export const valueAt = (outputs, { output, channel, place }) =>
  outputs[output].data[indexOf(outputs[output], channel, place)];

/**
 * What a number comes from: parts, which add up to it or are compared, each with the number that it was made of.
 * @param {Network} network
 * @param {Maps[]} outputs
 * @param {At} at
 * @returns {{ at: At, value: number }[]} none for a pixel
 */
export function sourcesOf({ steps }, outputs, at) {
  if (at.output === 0) return [];
  const step = steps[at.output - 1];
  return SOURCES[step.kind](step, outputs, at);
}

/** The number itself, from the output that the step reads. */
const same = (
  { reads: [output] },
  outputs,
  at,
) => [{ at: { ...at, output }, value: valueAt(outputs, { ...at, output }) }];

const SOURCES = {
  ReLU: same,
  Dropout: same,
  BatchNorm2d: same,
  Add: ({ reads }, outputs, at) =>
    reads.map((output) => ({ at: { ...at, output }, value: valueAt(outputs, { ...at, output }) })),
  Subsample: (step, outputs, at) => same(step, outputs, { ...at, place: at.place.map((n) => n * step.stride) }),
  NewMaps: (step, outputs, at) => at.channel < outputs[step.reads[0]].shape[0] ? same(step, outputs, at) : [],
  Flatten(step, outputs, at) {
    const maps = outputs[step.reads[0]];
    const [size, width] = [mapSize(maps), maps.shape[2] ?? 1];
    const n = at.channel % size;
    const place = [Math.floor(n / width), n % width];
    return same(step, outputs, { ...at, channel: Math.floor(at.channel / size), place });
  },
  Conv2d: convolutionSources,
  Linear({ reads: [output], weights }, outputs, { channel }) {
    const features = weights.shape[1];
    return Array.from({ length: features }, (_, n) => {
      const value = weights.data[channel * features + n] * outputs[output].data[n];
      return { at: { output, channel: n, place: [0, 0] }, value };
    });
  },
  MaxPool2d: (step, outputs, at) => [winner(cellsUnder(step, outputs, at, windowRanges))],
  AdaptiveMaxPool2d: (step, outputs, at) => [winner(cellsUnder(step, outputs, at, partRanges))],
  AvgPool2d: (step, outputs, at) => shares(cellsUnder(step, outputs, at, windowRanges), step.kernel_size ** 2),
  AdaptiveAvgPool2d: (step, outputs, at) => shares(cellsUnder(step, outputs, at, partRanges)),
};

/** Of each input map what its kernel makes of its window; followed is the cell whose product is the largest. */
function convolutionSources(step, outputs, { channel, place }) {
  const [outChannels, inChannels, k] = step.weights.shape;
  const output = step.reads[0];
  const [, height, width] = outputs[output].shape;
  const first = Math.floor(channel / (outChannels / step.groups)) * inChannels; // of its group
  return Array.from({ length: inChannels }, (_, n) => {
    const at = { output, channel: first + n, place: place.map((y, axis) => middle(step, y, [height, width][axis])) };
    let [value, most] = [0, 0];
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) {
        const cell = [i, j].map((m, axis) => place[axis] * step.stride - step.padding + m * step.dilation);
        if (cell.some((m, axis) => m < 0 || m >= [height, width][axis])) continue;
        const weight = step.weights.data[((channel * inChannels + n) * k + i) * k + j];
        const product = weight * valueAt(outputs, { ...at, place: cell });
        value += product;
        if (Math.abs(product) > most) [most, at.place] = [Math.abs(product), cell];
      }
    }
    return { at, value };
  });
}

/** The input cell in the middle of a window, moved into the image. */
const middle = ({ stride, padding, dilation, kernel_size: k }, n, size) =>
  clamp(n * stride - padding + dilation * Math.floor(k / 2), 0, size - 1);

function cellsUnder(step, outputs, { channel, place: [y, x] }, rangesOf) {
  const output = step.reads[0];
  const [rows, columns] = rangesOf(outputs[output], step);
  const cells = [];
  for (let r = rows[y][0]; r < rows[y][1]; r++) {
    for (let c = columns[x][0]; c < columns[x][1]; c++) {
      const at = { output, channel, place: [r, c] };
      cells.push({ at, value: valueAt(outputs, at) });
    }
  }
  return cells;
}

const winner = (cells) => cells.reduce((best, cell) => (cell.value > best.value ? cell : best));
const shares = (cells, area = cells.length) => cells.map(({ at, value }) => ({ at, value: value / area }));

/**
 * Where a number goes: for each step that reads it, the number there to which it contributes most.
 * @param {Network} network
 * @param {Maps[]} outputs
 * @param {At} at
 * @param {number} target the class that is watched: the last layer leads to it
 * @returns {At[]}
 */
export function onwardOf({ steps }, outputs, at, target) {
  return steps.flatMap((step, n) => {
    if (!step.reads.includes(at.output)) return [];
    const [channel, place] = ONWARD[step.kind](step, outputs[n + 1], at, outputs[at.output]);
    const last = n === steps.length - 1;
    return [{ output: n + 1, channel: last ? target : channel, place }];
  });
}

const stays = (_, __, { channel, place }) => [channel, place];
const inWindow = (
  step,
  { shape },
  { channel, place },
) => [channel, place.map((m, axis) => nearest(step, m, shape[axis + 1]))];
const inPart = (step, { shape }, { channel, place }, input) => [
  channel,
  place.map((m, axis) => Math.min(shape[axis + 1] - 1, Math.floor((m * step.output_size) / input.shape[axis + 1]))),
];

const ONWARD = {
  ReLU: stays,
  Dropout: stays,
  BatchNorm2d: stays,
  Add: stays,
  NewMaps: stays,
  Subsample: ({ stride }, __, { channel, place }) => [channel, place.map((m) => Math.floor(m / stride))],
  Flatten: (_, __, { channel, place }, input) => [indexOf(input, channel, place), [0, 0]],
  MaxPool2d: inWindow,
  AvgPool2d: inWindow,
  AdaptiveMaxPool2d: inPart,
  AdaptiveAvgPool2d: inPart,
  Linear: ({ weights }, __, { channel }) => [largestWeight(weights, channel), [0, 0]],
  Conv2d(step, output, at) {
    const { weights, groups, stride, padding, dilation } = step;
    const [outChannels, inChannels, k] = weights.shape;
    const place = at.place.map((m, axis) => nearest(step, m, output.shape[axis + 1]));
    const [i, j] = at.place.map((m, axis) =>
      clamp(Math.round((m + padding - place[axis] * stride) / dilation), 0, k - 1)
    );
    const group = Math.floor(at.channel / inChannels);
    const size = outChannels / groups;
    const weightOf = (o) => Math.abs(weights.data[((o * inChannels + (at.channel % inChannels)) * k + i) * k + j]);
    let best = group * size;
    for (let o = best; o < (group + 1) * size; o++) if (weightOf(o) > weightOf(best)) best = o;
    return [best, place];
  },
};

function largestWeight({ shape: [out, features], data }, n) {
  let best = 0;
  for (let o = 1; o < out; o++) {
    if (Math.abs(data[o * features + n]) > Math.abs(data[best * features + n])) best = o;
  }
  return best;
}

/** The output cell whose window has its middle nearest to an input cell. */
const nearest = ({ stride, padding, dilation = 1, kernel_size: k }, n, size) =>
  clamp(Math.round((n + padding - (dilation * (k - 1)) / 2) / stride), 0, size - 1);

/**
 * The same convolution for the Stepper, small enough to be read: one input map around one place, zeros beyond its
 * border as the layer's padding puts them there, and the kernel that the layer has for this map.
 * @param {Network} network
 * @param {Maps[]} outputs
 * @param {At} at a number that a convolution has made
 * @param {number} channel of the input
 */
export function stepperCase({ steps }, outputs, at, channel) {
  const { weights, stride, padding, dilation, reads, groups } = steps[at.output - 1];
  const [outChannels, inChannels, k] = weights.shape;
  const input = outputs[reads[0]];
  const sizes = outputs[at.output].shape.slice(1);
  const [first, last] = [-1, 1].map((step) => at.place.map((m, axis) => clamp(m + step, 0, sizes[axis] - 1)));
  const [top, left] = first.map((m) => m * stride - padding);
  const [height, width] = first.map((m, axis) => (last[axis] - m) * stride + dilation * (k - 1) + 1);
  const own = channel - Math.floor(at.channel / (outChannels / groups)) * inChannels; // counted in its group
  const cell = (r, c) => {
    const place = [top + r, left + c];
    const there = place.every((m, axis) => m >= 0 && m < input.shape[axis + 1]);
    return there ? input.data[indexOf(input, channel, place)] : 0;
  };
  return {
    image: matrix(height, width, cell),
    kernel: matrix(k, k, (i, j) => weights.data[((at.channel * inChannels + own) * k + i) * k + j]),
    stride: [stride, stride],
    dilation: [dilation, dilation],
    step: (at.place[0] - first[0]) * (last[1] - first[1] + 1) + at.place[1] - first[1],
    rows: [top, top + height - 1],
    columns: [left, left + width - 1],
  };
}
