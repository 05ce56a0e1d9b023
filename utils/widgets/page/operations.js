// What the layers compute, on matrices of numbers: rows of cells. Settings are pairs [height, width].

import { Impossible, outputSize, transposedOutputSize } from "./arithmetic.js";

/** A matrix from a function of row and column. */
export function matrix(height, width, cell) {
  return Array.from({ length: height }, (_, r) => Array.from({ length: width }, (_, c) => cell(r, c)));
}

/** @type {(rows: any[][]) => number[]} */
export const shape = (rows) => [rows.length, rows[0].length];

/**
 * The matrix with another number at [r, c].
 * @type {(rows: number[][], cell: number[], value: number) => number[][]}
 */
export const replaced = (rows, [r, c], value) => rows.with(r, rows[r].with(c, value));

/** The matrix with another height and width; `fresh` gives the numbers of new cells. */
export const resized = (rows, [height, width], fresh) => matrix(height, width, (r, c) => rows[r]?.[c] ?? fresh(r, c));

/** [row, column] of every cell, row by row. */
export const places = (rows) => rows.flatMap((row, r) => row.map((_, c) => [r, c]));

/**
 * The matrix with rings of zeros around it.
 * @type {(image: number[][], padding: number[]) => number[][]}
 */
export const pad = (image, [pY, pX]) => {
  const [height, width] = shape(image);
  return matrix(height + 2 * pY, width + 2 * pX, (r, c) => image[r - pY]?.[c - pX] ?? 0);
};

/** Whether this cell of the padded image is padding. */
export const isPadding = (image, padding, [r, c]) => image[r - padding[0]]?.[c - padding[1]] === undefined;

/** Height and width of the output, or an Impossible that says in which direction it cannot be. */
export function outputShape(image, kernel, { stride, padding, dilation }) {
  return ["rows", "columns"].map((name, axis) => {
    try {
      return outputSize(shape(image)[axis], shape(kernel)[axis], stride[axis], padding[axis], dilation[axis]);
    } catch (error) {
      throw new Impossible(`In the direction of the ${name}: ${error.message}`);
    }
  });
}

/**
 * The cells of the padded input under the window of output cell [y, x], in the order of the kernel's.
 * @param {number[]} cell
 */
export function windowAt(cell, kernelShape, stride, dilation) {
  const [y, x] = cell;
  const cells = [];
  for (let i = 0; i < kernelShape[0]; i++) {
    for (let j = 0; j < kernelShape[1]; j++) {
      cells.push([y * stride[0] + i * dilation[0], x * stride[1] + j * dilation[1]]);
    }
  }
  return cells;
}

/** What nn.Conv2d computes with one channel and no bias. */
export function convolve(image, kernel, settings) {
  const [height, width] = outputShape(image, kernel, settings);
  const padded = pad(image, settings.padding);
  const [kH, kW] = shape(kernel);
  const [sY, sX] = settings.stride;
  const [dY, dX] = settings.dilation;
  return matrix(height, width, (y, x) => {
    let sum = 0;
    for (let i = 0; i < kH; i++) {
      for (let j = 0; j < kW; j++) sum += padded[y * sY + i * dY][x * sX + j * dX] * kernel[i][j];
    }
    return sum;
  });
}

/** Where each window has its largest number; of equal ones the first, as in torch. */
export function winners(image, window, stride) {
  const [height, width] = outputShape(
    image,
    matrix(...window, () => 0),
    plain(stride),
  );
  return matrix(
    height,
    width,
    (y, x) =>
      windowAt([y, x], window, stride, [1, 1]).reduce((best, cell) => at(image, cell) > at(image, best) ? cell : best),
  );
}

export function maxPool(image, window, stride) {
  return winners(image, window, stride).map((row) => row.map((cell) => at(image, cell)));
}

export function averagePool(image, window, stride) {
  return convolve(
    image,
    matrix(...window, () => 1 / (window[0] * window[1])),
    plain(stride),
  );
}

/** What nn.ConvTranspose2d computes: every input cell stamps the kernel, times its number, onto the output. */
export function transposedConvolve(image, kernel, { stride, padding, outputPadding, dilation }) {
  const [height, width] = [0, 1].map((axis) =>
    transposedOutputSize(
      shape(image)[axis],
      shape(kernel)[axis],
      stride[axis],
      padding[axis],
      outputPadding[axis],
      dilation[axis],
    )
  );
  const output = matrix(height, width, () => 0);
  image.forEach((row, y) =>
    row.forEach((value, x) =>
      windowAt([y, x], shape(kernel), stride, dilation).forEach(([r, c], n) => {
        const weight = kernel[Math.floor(n / kernel[0].length)][n % kernel[0].length];
        if (output[r - padding[0]]?.[c - padding[1]] !== undefined) {
          output[r - padding[0]][c - padding[1]] += value * weight;
        }
      })
    )
  );
  return output;
}

/** @type {(rows: any[][], cell: number[]) => any} */
export const at = (rows, [r, c]) => rows[r][c];

export const turned = (kernel) => kernel.map((row) => [...row].reverse()).reverse();

const plain = (stride) => ({ stride, padding: [0, 0], dilation: [1, 1] });

/** The gradient of each weight: the sum, over all places of the window, of its input times the gradient above. */
export function weightGradient(image, kernel, { stride, padding, dilation }, upstream) {
  const padded = pad(image, padding);
  const [height, width] = shape(kernel);
  return matrix(height, width, (i, j) =>
    upstream.reduce(
      (sum, row, y) =>
        row.reduce(
          (part, above, x) => part + above * padded[y * stride[0] + i * dilation[0]][x * stride[1] + j * dilation[1]],
          sum,
        ),
      0,
    ));
}

/** Which cell stands in for cell n of `size`, before the first and behind the last; -1 for a zero. As in torch. */
const STANDS_IN = {
  zeros: () => -1,
  replicate: (n, size) => (n < 0 ? 0 : size - 1),
  reflect: (n, size) => (n < 0 ? -n : 2 * (size - 1) - n),
  circular: (n, size) => (n + size) % size,
};

/** The image through the kernel, as large as before: what nn.Conv2d with padding="same" computes. */
export function filterSame(image, kernel, mode) {
  const [height, width] = shape(image);
  const [kH, kW] = shape(kernel);
  const sources = [
    [height, kH],
    [width, kW],
  ].map(([size, k]) => {
    const most = { reflect: size - 1, circular: size }[mode] ?? Infinity; // cells there are to take
    if (Math.floor(k / 2) > most) {
      throw new Impossible(
        `Padding "${mode}" takes ${Math.floor(k / 2)} more cells from the image than it has: use zeros.`,
      );
    }
    const before = Math.floor((k - 1) / 2);
    return Array.from(
      { length: size + k - 1 },
      (_, n) => n - before >= 0 && n - before < size ? n - before : STANDS_IN[mode](n - before, size),
    );
  });
  const nothing = new Array(width).fill(0);
  return matrix(height, width, (y, x) => {
    let sum = 0;
    for (let i = 0; i < kH; i++) {
      const row = image[sources[0][y + i]] ?? nothing;
      for (let j = 0; j < kW; j++) sum += (row[sources[1][x + j]] ?? 0) * kernel[i][j];
    }
    return sum;
  });
}

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
