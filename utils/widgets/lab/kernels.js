// Kernel Lab, the kernels to pick from.

import { matrix } from "../page/operations.js";

/** @type {{ [name: string]: number[][] }} */
export const KERNELS = {
  "edges, left to right": [
    [1, 0, -1],
    [2, 0, -2],
    [1, 0, -1],
  ],
  "edges, top to bottom": [
    [1, 2, 1],
    [0, 0, 0],
    [-1, -2, -1],
  ],
  "all edges (Laplace)": [
    [0, 1, 0],
    [1, -4, 1],
    [0, 1, 0],
  ],
  "blur (mean)": matrix(3, 3, () => 1 / 9),
  "blur (Gauss, 5×5)": matrix(5, 5, (r, c) => ([1, 4, 6, 4, 1][r] * [1, 4, 6, 4, 1][c]) / 256),
  sharpen: [
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ],
  relief: [
    [-2, -1, 0],
    [-1, 1, 1],
    [0, 1, 2],
  ],
  "shift to the right": [
    [0, 0, 0],
    [1, 0, 0],
    [0, 0, 0],
  ],
  "leave as it is": [
    [0, 0, 0],
    [0, 1, 0],
    [0, 0, 0],
  ],
};

/** The name of a kernel, or "" if it is somebody's own. */
export const nameOfKernel = (kernel) =>
  Object.keys(KERNELS).find((name) => String(KERNELS[name]) === String(kernel)) ?? "";
