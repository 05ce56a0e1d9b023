// Pictures: a matrix of numbers as pixels, and shapes.

/** An element of a drawing: svg("line", { x1: 0, y1: 0, x2: 9, y2: 9 }). */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag); // a name, not an address
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const grey = (share) => [255 * share, 255 * share, 255 * share, 255];

/** Draw a matrix into a canvas, one pixel a number: the least is black, the largest white. Returns both. */
export function paint(canvas, values, color = grey) {
  const [height, width] = shape(values);
  const all = values.flat();
  const least = all.reduce((a, b) => Math.min(a, b));
  const most = all.reduce((a, b) => Math.max(a, b));
  Object.assign(canvas, { width, height });
  const pixels = new ImageData(width, height);
  all.forEach((value, n) =>
    pixels.data.set(color(most > least ? (value - least) / (most - least) : 0.5), 4 * n),
  );
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return [least, most];
}
