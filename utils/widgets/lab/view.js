// Kernel Lab, its numbers: what the kernel makes of the image, the window of one pixel, and the patch around it.

import { at, clamp, filterSame, matrix, shape, turned } from "../page/operations.js";
import { bytesOf, extremes } from "../page/picture.js";

/**
 * @typedef {number[]} Pixel [row, column]
 * @typedef {{ image: number[][], kernel: number[][], operation: string, padding_mode: string }} LabSettings
 */

/**
 * A picture in colour: its bytes channel after channel, as they are or in base64.
 * @typedef {{ size: number[], bytes?: string, pixels?: Uint8Array }} Colours
 */

const PATCH = 7; // rows and columns that go to the Stepper

/**
 * What the kernel slides over: of a picture in colour how light each pixel is, the mean of red, green and blue.
 *
 * @param {number[][] | Colours} image
 * @returns {{ light: number[][], colours: Uint8Array | null }}
 */
export function computeLight(image) {
  if (Array.isArray(image)) return { light: image, colours: null };
  const colours = image.pixels ?? bytesOf(image.bytes);
  const mean = (r, c) => Math.round(coloursAt(colours, image.size, [r, c]).reduce((sum, one) => sum + one) / 3);
  return { light: matrix(image.size[0], image.size[1], mean), colours };
}

/**
 * Red, green and blue of a pixel.
 *
 * @param {Uint8Array} colours
 * @param {number[]} size
 * @param {Pixel} pixel
 */
export function coloursAt(colours, size, pixel) {
  const [[rows, columns], [r, c]] = [size, pixel];
  return [0, 1, 2].map((channel) => colours[(channel * rows + r) * columns + c]);
}

/**
 * The kernel as it slides, the result and its least and largest number. Impossible if the padding takes more cells than
 * the image has.
 *
 * @param {LabSettings} settings
 */
export function computeLab({ image, kernel, operation, padding_mode }) {
  const sliding = operation === "convolution" ? turned(kernel) : kernel;
  const result = filterSame(image, sliding, padding_mode);
  return { sliding, result, range: extremes(result) };
}

/**
 * At one pixel: the rectangle that the kernel looks at, the one that it writes, and both numbers. A rectangle is where
 * it begins and how large it is, in % of the picture.
 *
 * @param {ReturnType<typeof computeLab>} view
 * @param {LabSettings} settings
 * @param {Pixel} pixel
 */
export function computePixel({ result }, { image, kernel }, pixel) {
  const size = shape(image);
  const around = (window) => ({
    start: pixel.map((place, axis) => (100 * (place - before(window[axis]))) / size[axis]),
    size: window.map((cells, axis) => (100 * cells) / size[axis]),
  });
  return {
    pixel,
    seen: around(shape(kernel)),
    made: around([1, 1]),
    value: at(image, pixel),
    result: at(result, pixel),
  };
}

/** How many cells of a window lie before its middle. */
const before = (cells) => Math.floor((cells - 1) / 2);

/**
 * The patch around a pixel, for the Stepper: its rows and columns of the image, its numbers, and the step whose sum is
 * the pixel's, where there is room for it.
 *
 * @param {ReturnType<typeof computeLab>} view
 * @param {LabSettings} settings
 * @param {Pixel} pixel
 */
export function patchAround({ sliding }, { image }, pixel) {
  const [top, left] = pixel.map((place, axis) =>
    clamp(place - Math.floor(PATCH / 2), 0, Math.max(0, shape(image)[axis] - PATCH))
  );
  const patch = image.slice(top, top + PATCH).map((row) => row.slice(left, left + PATCH));
  const [height, width] = shape(patch);
  const places = [0, 1].map((axis) => Math.max(1, shape(patch)[axis] - shape(sliding)[axis] + 1));
  const [row, column] = [top, left].map((first, axis) =>
    clamp(pixel[axis] - first - before(shape(sliding)[axis]), 0, places[axis] - 1)
  );
  return { patch, rows: [top, top + height - 1], columns: [left, left + width - 1], step: row * places[1] + column };
}
