// Normalisation Block, its numbers: which cells share a mean and a variance, both, and what comes out.

import { Impossible } from "../page/arithmetic.js";
import { matrix } from "../page/operations.js";

const EPSILON = 1e-5; // torch's
const MOMENTUM = 0.1; // of the running statistics

/**
 * @typedef {number[]} Place image, channel, row, column
 * @typedef {{
 *   block: number[][][][], kind: string, groups: number, mode: string, images: number, seen: number, cell: number,
 * }} NormalisationSettings
 */

/** @type {(block: number[][][][]) => number[]} */
export const sizeOf = (block) => [block.length, block[0].length, block[0][0].length, block[0][0][0].length];

/** @type {(block: number[][][][], place: Place) => number} */
const value = (block, [n, c, y, x]) => block[n][c][y][x];

/**
 * Every place of a block, along (N, C, H, W).
 * @param {number[]} size
 */
export function allPlaces(size) {
  const [images, channels, height, width] = size;
  /** @type {Place[]} */
  const places = [];
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) places.push([n, c, y, x]);
    }
  }
  return places;
}

/** The block as one matrix: images below each other, channels side by side. */
export function laidOut(block) {
  const [images, channels, height, width] = sizeOf(block);
  return matrix(images * height, channels * width, (r, c) => value(block, placeAt([r, c], [height, width])));
}

/**
 * The place of a cell of that matrix.
 * @type {(cell: number[], map: number[]) => Place}
 */
export const placeAt = (
  [r, c],
  [height, width],
) => [Math.floor(r / height), Math.floor(c / width), r % height, c % width];

/**
 * And back.
 * @type {(place: Place, map: number[]) => number[]}
 */
export const cellAt = ([n, c, y, x], [height, width]) => [n * height + y, c * width + x];

/**
 * What comes out, and how the picked number comes about. Impossible where torch refuses.
 * @param {NormalisationSettings} settings
 */
export function computeNormalisation(settings) {
  const { kind, mode, cell } = settings;
  const block = settings.block.slice(0, settings.images);
  const size = sizeOf(block);
  check(settings, size);
  const places = allPlaces(size);
  const sets = grouped(places, settings, size);
  const statistics = [...sets].map(([key, members]) => [key, statisticsOf(key, members, block, settings)]);
  const of = Object.fromEntries(statistics);
  const out = (place, { mean, variance }) => (value(block, place) - mean) / Math.sqrt(variance + EPSILON);
  const picked = places[Math.min(cell, places.length - 1)];
  const key = keyOf(picked, settings, size);
  const other = kind === "batch" ? statisticsOf(key, sets.get(key), block, { ...settings, mode: flipped(mode) }) : null;
  return {
    block,
    size,
    result: block.map((image, n) =>
      image.map((map, c) =>
        map.map((row, y) => row.map((_, x) => out([n, c, y, x], of[keyOf([n, c, y, x], settings, size)])))
      )
    ),
    setOf: (place) => keyOf(place, settings, size),
    sets: sets.size,
    picked,
    members: sets.get(key),
    values: sets.get(key).map((place) => value(block, place)),
    ...of[key],
    before: value(block, picked),
    after: out(picked, of[key]),
    otherwise: other && out(picked, other),
  };
}

const flipped = (mode) => (mode === "train" ? "eval" : "train");

/**
 * What all places with the same mean have in common.
 * @param {Place} place
 * @param {NormalisationSettings} settings
 * @param {number[]} size
 */
function keyOf(place, { kind, groups }, size) {
  const [[n, c], channels] = [place, size[1]];
  const group = Math.floor((c * groups) / channels);
  return { batch: `${c}`, layer: `${n}`, instance: `${n} ${c}`, group: `${n} ${group}` }[kind];
}

/** @returns {Map<string, Place[]>} */
function grouped(places, settings, size) {
  const sets = new Map();
  for (const place of places) {
    const key = keyOf(place, settings, size);
    sets.set(key, [...(sets.get(key) ?? []), place]);
  }
  return sets;
}

/** Mean and variance of the numbers themselves; for batch norm in eval mode the running ones. */
function statisticsOf(key, members, block, settings) {
  if (settings.kind !== "batch" || settings.mode === "train") {
    return moments(members.map((place) => value(block, place)));
  }
  const whole = settings.block.flatMap((image) => image[Number(key)].flat());
  const left = (1 - MOMENTUM) ** settings.seen; // of where the running statistics began: 0 and 1
  const { mean, variance } = moments(whole);
  const unbiased = settings.seen ? (variance * whole.length) / (whole.length - 1) : 1;
  return { mean: (1 - left) * mean, variance: left + (1 - left) * unbiased };
}

function moments(values) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
}

/**
 * @param {NormalisationSettings} settings
 * @param {number[]} size
 */
function check({ kind, groups, mode, seen, block }, size) {
  const [images, channels, height, width] = size;
  if (kind === "group" && channels % groups) {
    throw new Impossible(`${groups} groups cannot share ${channels} channels evenly: groups must divide their number.`);
  }
  const training = mode === "train" ? images : seen ? block.length : 2;
  const fewest = {
    batch: training * height * width,
    layer: 2,
    instance: height * width,
    group: (images * channels * height * width) / groups,
  }[kind];
  if (fewest === 1) {
    throw new Impossible(
      "Each mean would be taken of a single number, and nothing but 0 would be left of it: torch refuses. " +
        "Use more images, larger maps, or another normalisation.",
    );
  }
}
