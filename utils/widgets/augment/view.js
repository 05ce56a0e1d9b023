// Augmentation Bench, its numbers: what chance does to a picture, the pixels that come out, and how much is lost.

import { matrix } from "../page/operations.js";

export const VERSIONS = 12; // as in augment/__init__.py

/**
 * @typedef {{ name: string, pixels: string, becomes: Record<string, string> }} Picture
 * @typedef {{
 *   pictures: { shape: number[], source: string, pictures: Picture[] }, picture: number, padding: number,
 *   mirrored: number, turned: number, seed: number, version: number,
 * }} AugmentSettings
 * @typedef {{ top: number, left: number, mirrored: boolean, turned: boolean }} Version of a picture: where the crop
 *   begins in the padded picture, and how what was cropped is turned
 */

/** @param {AugmentSettings} settings */
export function computeAugment({ pictures, picture, padding, mirrored, turned, seed, version }) {
  const [channels, height, width] = pictures.shape;
  const number = Math.min(picture, pictures.pictures.length - 1);
  const chance = chances(seed);
  const versions = Array.from({ length: VERSIONS }, () => ({
    top: Math.floor(chance() * (2 * padding + 1)),
    left: Math.floor(chance() * (2 * padding + 1)),
    mirrored: 100 * chance() < mirrored,
    turned: 100 * chance() < turned,
  }));
  const shown = versions[version];
  const [down, right] = [padding - shown.top, padding - shown.left];
  const kept = (move, size) => Math.max(0, size - Math.abs(move)) / size;
  const ways = [mirrored, turned].map((share) => (share > 0 && share < 100 ? 2 : 1));
  return {
    number,
    ...pictures.pictures[number],
    image: imageOf(pictures.pictures[number].pixels, [channels, height, width]),
    size: [height, width],
    versions,
    shown,
    down,
    right,
    lost: 1 - kept(down, height) * kept(right, width),
    forms: (2 * padding + 1) ** 2 * ways[0] * ways[1],
  };
}

/**
 * The channels of a picture, each a matrix.
 * @param {number[]} shape
 */
export function imageOf(pixels, shape) {
  const [channels, height, width] = shape;
  const bytes = atob(pixels);
  const value = (n) => bytes.charCodeAt(n);
  return Array.from(
    { length: channels },
    (_, k) => matrix(height, width, (r, c) => value((k * height + r) * width + c)),
  );
}

/**
 * What becomes of one channel: black pixels around it, a window as large as before, and that mirrored or turned.
 * @param {number[][]} channel
 * @param {Version} version
 */
export function augmented(channel, padding, version) {
  const { top, left, mirrored, turned } = version;
  const [height, width] = [channel.length, channel[0].length];
  return matrix(height, width, (r, c) => {
    const row = turned ? height - 1 - r : r;
    const column = turned !== mirrored ? width - 1 - c : c; // half a turn mirrors both ways
    return channel[row + top - padding]?.[column + left - padding] ?? 0;
  });
}

/** Numbers from 0 to 1, the same for each seed on every machine (mulberry32). */
function chances(seed) {
  let state = 9973 * seed + 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
