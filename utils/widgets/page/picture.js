// Pictures: a matrix of numbers as pixels, and shapes.

import { clamp, shape } from "./operations.js";

/** An element of a drawing: svg("line", { x1: 0, y1: 0, x2: 9, y2: 9 }). */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag); // a name, not an address
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const grey = (share) => [255 * share, 255 * share, 255 * share, 255];

/** The least and the largest number of a matrix, of any size. */
export function extremes(values) {
  const all = values.flat();
  return [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
}

/** Draw a matrix into a canvas, one pixel a number: black for the least of `range`, white for its largest. */
export function paint(canvas, values, { range = extremes(values), color = grey } = {}) {
  const [height, width] = shape(values);
  const [least, most] = range;
  Object.assign(canvas, { width, height });
  const pixels = new ImageData(width, height);
  values
    .flat()
    .forEach((value, n) => pixels.data.set(color(most > least ? (value - least) / (most - least) : 0.5), 4 * n));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

/** Bytes in base64. */
export const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Pixels, channel after channel, into a canvas. */
export function paintPixels(canvas, pixels, shape) {
  const [channels, height, width] = shape;
  Object.assign(canvas, { width, height });
  const picture = new ImageData(width, height);
  for (let n = 0; n < height * width; n++) {
    for (let c = 0; c < 3; c++) picture.data[4 * n + c] = pixels[(channels === 3 ? c : 0) * height * width + n];
    picture.data[4 * n + 3] = 255;
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/**
 * Which of rows × columns cells, drawn as one element, the pointer is on.
 * @param {number[]} size
 */
export function pointedAt(event, element, size) {
  const [rows, columns] = size;
  const { left, top, width, height } = element.getBoundingClientRect();
  return [
    clamp(Math.floor(((event.clientY - top) / height) * rows), 0, rows - 1),
    clamp(Math.floor(((event.clientX - left) / width) * columns), 0, columns - 1),
  ];
}
