// Keys: where the arrows lead, and which keys are for the page around a widget.

import { clamp } from "./operations.js";

export const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The cell that an arrow key leads to. */
export const stepped = (cell, key, size) =>
  cell.map((place, axis) => clamp(place + ARROWS[key][axis], 0, size[axis] - 1));

/** Whether a key is for the notebook or the browser: no widget has a meaning for it. */
export const isForOthers = ({ key, ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey || key === "Escape";
