// Inside the Net, its numbers: what Python has packed for one image, layer and class, and what a covered place changes.

import { at, clamp, matrix, places, shape } from "../page/operations.js";
import { extremes } from "../page/picture.js";

/**
 * @typedef {{ shape: number[], low: number, high: number, bytes: string }} Packed as frames.py packs them
 * @typedef {{
 *   name: string, pixels: Packed, probabilities: number[], covered: Packed, maps: Packed[], cams: Packed,
 * }} Frame
 * @typedef {{
 *   frames: { images: Frame[], layers: string[], classes: string[], square: number[] },
 *   image: number, layer: number, channel: number, target: number, overlay: string, place: number,
 * }} InsideSettings
 */

/**
 * What one image looks like inside. A number that Python asked for and that is not there becomes the last one.
 * @param {InsideSettings} settings
 */
export function computeInside({ frames, image, layer, channel, target, overlay }) {
  const number = Math.min(image, frames.images.length - 1);
  const frame = frames.images[number];
  const [which, watched] = [Math.min(layer, frames.layers.length - 1), Math.min(target, frames.classes.length - 1)];
  const maps = unpack(frame.maps[which]);
  const shown = Math.min(channel, maps.length - 1);
  const covered = unpack(frame.covered); // for each class the places, row by row
  const cam = unpack(frame.cams)[watched];
  return {
    number,
    name: frame.name,
    pixels: unpack(frame.pixels), // one matrix, or red, green and blue
    probabilities: frame.probabilities,
    layer: which,
    maps,
    channel: shown,
    range: [Math.min(0, frame.maps[which].low), frame.maps[which].high],
    target: watched,
    covered,
    cost: costOf(covered[watched], frame.probabilities[watched]),
    cam,
    heat: { map: maps[shown], "Grad-CAM": cam }[overlay] ?? null,
  };
}

/**
 * What covering a place does: the one that is visited, or else the one that is kept, if it is there.
 * @param {ReturnType<typeof computeInside>} view
 * @param {InsideSettings} settings
 * @param {number[] | null} visited
 */
export function computeCover({ covered, probabilities, pixels }, { frames, place }, visited) {
  const [rows, columns] = shape(covered[0]);
  const kept = place >= 0 && place < rows * columns ? [Math.floor(place / columns), place % columns] : null;
  const here = visited ?? kept;
  const after = here && covered.map((scores) => at(scores, here));
  const [side, stride] = frames.square;
  return {
    here,
    answer: largestAt(probabilities),
    after,
    answerAfter: after && largestAt(after),
    square: here && { top: here[0] * stride, left: here[1] * stride, side },
    size: shape(pixels[0]),
  };
}

/**
 * The place whose square has its middle nearest to a point of the image, [row, column] in pixels.
 * @param {ReturnType<typeof computeInside>} view
 */
export function placeNear({ covered }, [side, stride], point) {
  return point.map((pixel, axis) => clamp(Math.round((pixel - side / 2) / stride), 0, shape(covered[0])[axis] - 1));
}

/**
 * The matrices that are packed as bytes from the least to the largest of their numbers.
 * @param {Packed} packed
 * @returns {number[][][]}
 */
export function unpack({ shape: [count, height, width], low, high, bytes }) {
  const text = atob(bytes);
  const value = (n) => low + ((high - low) / 255) * text.charCodeAt(n);
  return Array.from(
    { length: count },
    (_, k) => matrix(height, width, (r, c) => value((k * height + r) * width + c)),
  );
}

/** What covering leaves of a probability at worst, and where: nowhere if that takes less than a hundredth away. */
function costOf(watched, whole) {
  const least = extremes(watched)[0];
  const worst = places(watched).filter((place) => at(watched, place) === least);
  return { least, places: whole - least < 0.01 ? [] : worst };
}

const largestAt = (values) => values.indexOf(Math.max(...values));
