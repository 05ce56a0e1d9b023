// Normalisation Block, its picture: the numbers as cubes, with images into the depth. After Wu and He 2018, Figure 2.

import { svg } from "../page/picture.js";
import { allPlaces } from "./view.js";

const DEPTH = [0.52, -0.36]; // how far the next image lies, in cubes to the right and down
const PART = 0.84; // of its place that a cube fills

/** `onvisit(place)` when the pointer is on a cube. */
export function drawing(onvisit) {
  const element = svg("svg", { class: "cnn-cubes", "aria-hidden": "true" });
  let cubes = new Map();
  element.addEventListener("pointerover", (event) => {
    const cube = /** @type {any} */ (event.target).closest("g");
    if (cube?.place) onvisit(cube.place);
  });
  return {
    element,
    /** Cubes for a block of this size, the farthest and lowest first. */
    draw(size) {
      const [images, channels, height, width] = size;
      const tall = height * width;
      const unit = Math.min(30, 150 / (channels + DEPTH[0] * images), 190 / (tall - DEPTH[1] * images));
      /** @type {(place: number[]) => number[]} */
      const at = ([n, c, y, x]) => [
        unit * (c + DEPTH[0] * n) + 18,
        unit * (y * width + x + DEPTH[1] * (n + 1 - images) - DEPTH[1]) + 20,
      ];
      const order = allPlaces(size).sort((a, b) => b[0] - a[0] || b[2] - a[2] || b[3] - a[3] || a[1] - b[1]);
      cubes = new Map(order.map((place) => [String(place), cube(place, at(place), PART * unit)]));
      const [wide, high] = [unit * (channels + DEPTH[0] * images) + 34, unit * (tall - DEPTH[1] * images) + 40];
      element.setAttribute("viewBox", `0 0 ${wide} ${high}`);
      element.setAttribute("width", String(wide));
      element.setAttribute("height", String(high));
      const [left, bottom] = at([0, 0, height - 1, width - 1]);
      const down = `translate(${left - 6} ${bottom + PART * unit}) rotate(-90)`;
      element.replaceChildren(
        ...cubes.values(),
        svg("text", { x: left, y: bottom + unit + 12 }, "C →"),
        svg("text", { transform: down }, "← H·W"),
        svg("text", { x: left + unit * DEPTH[0] * images - 26, y: 14 }, "N ↗"),
      );
    },
    mark(members, picked) {
      const set = new Set(members.map(String));
      for (const [name, each] of cubes) {
        each.classList.toggle("on", set.has(name));
        each.classList.toggle("current", name === String(picked));
      }
    },
  };
}

/**
 * Front, top and right side of a cube.
 * @param {number[]} corner of its front: left, top
 */
function cube(place, corner, side) {
  const [x, y] = corner;
  const [right, down] = DEPTH.map((part) => part * side);
  const face = (name, ...corners) => svg("polygon", { class: name, points: corners.map(String).join(" ") });
  const [a, b, c] = [[x, y], [x + side, y], [x + side, y + side]];
  /** @type {(corner: number[]) => number[]} */
  const behind = ([left, top]) => [left + right, top + down];
  return Object.assign(
    svg(
      "g",
      {},
      face("front", a, b, c, [x, y + side]),
      face("top", a, b, behind(b), behind(a)),
      face("side", b, c, behind(c), behind(b)),
    ),
    { place },
  );
}
