// A matrix of numbers as a grid: hover, arrow keys, Enter, and typing into a cell.

import { editCell } from "./cell_edit.js";
import { h } from "./dom.js";
import { ARROWS, isForOthers } from "./keys.js";
import { at, clamp, shape } from "./operations.js";
import { fitting, short } from "./words.js";

// What a mark says to those who do not see it, in the order in which it is said. Other marks are mere looks.
const SAID = {
  padding: "padding",
  empty: "empty",
  dropped: "left over",
  window: "takes part",
  touched: "takes part",
  current: "shown",
  winner: "picked",
  changed: "outlined",
};

/**
 * A grid of cells. `update` gives it numbers; marks are classes that some of its cells have for now.
 *
 * onhover([r, c] or null): pointer or focus is on a cell. onpress([r, c]): a click or Enter.
 * onedit([r, c], number): a new number was typed; a grid with onedit is edited by a click, Enter or a digit.
 *
 * @param {{
 *   label: string,
 *   onhover?: (cell: number[] | null) => void,
 *   onpress?: (cell: number[]) => void,
 *   onedit?: (cell: number[], value: number) => void,
 * }} options
 */
export function grid({ label, onhover = () => {}, onpress, onedit }) {
  const element = h("div", { class: `cnn-grid ${onedit ? "editable" : ""}`, role: "grid", "aria-label": label });
  const outline = h("div", { class: "cnn-outline", hidden: true, "aria-hidden": true });
  const cells = [];
  const marked = {}; // the cells that have a mark, by its name
  let focus = [0, 0]; // the one cell that Tab reaches
  element.append(outline);

  function moveTo([r, c]) {
    if (!cells[r]?.[c]) return;
    at(cells, focus).tabIndex = -1;
    focus = [r, c];
    cells[r][c].tabIndex = 0;
    cells[r][c].focus();
  }
  const edit = onedit && ((cell, text) =>
    editCell(cell, text, {
      take: (value) => onedit(cell.at, value),
      refuse: (detail) => element.dispatchEvent(new CustomEvent("refused", { detail, bubbles: true })),
      back: () => moveTo(cell.at),
    }));
  listen(element, { onhover, onpress, edit, moveTo });

  return {
    element,
    /**
     * Show these numbers, in cells of `size` pixels. `text` turns one into what its cell says.
     * @param {number[][]} values
     * @param {{ size?: number, text?: (value: number, row: number, column: number) => string }} look
     */
    update(values, { size = cellSize(values[0].length), text = short } = {}) {
      const [height, width] = shape(values);
      if (cells.length !== height || cells[0].length !== width) {
        build(element, cells, height, width);
        focus = [clamp(focus[0], 0, height - 1), clamp(focus[1], 0, width - 1)];
        at(cells, focus).tabIndex = 0;
      }
      if (element.cellSize !== size) {
        element.cellSize = size;
        element.style.setProperty("--size", `${size}px`);
      }
      values.forEach((row, r) =>
        row.forEach((value, c) => {
          const cell = cells[r][c];
          if (cell.value === value && cell.size === size && text === short) return; // most of a large grid
          const words = text(value, r, c);
          if (cell.words === words && cell.value === value && cell.size === size) return;
          Object.assign(cell, { value, words, size });
          write(cell, marked);
        })
      );
    },
    /** Give exactly these cells the class `name`. */
    mark(name, places) {
      const before = marked[name] ?? new Set();
      const now = new Set(places.map(([r, c]) => cells[r]?.[c]).filter(Boolean));
      marked[name] = now;
      const isSaid = name in SAID || name === "unknown";
      for (const cell of now.symmetricDifference(before)) {
        cell.classList.toggle(name, now.has(cell));
        if (isSaid) write(cell, marked);
      }
    },
    /** Write small texts into the corners of these cells. */
    corners(places, texts) {
      for (const cell of marked.corner ?? []) delete cell.dataset.corner;
      this.mark("corner", places);
      places.forEach(([r, c], n) => cells[r]?.[c] && (cells[r][c].dataset.corner = texts[n]));
    },
    /** Slide the thick outline to the rectangle from one cell to another; null hides it. */
    outline: (first, last) => slide(outline, first, last),
    focused: () => element.contains(element.ownerDocument.activeElement),
  };
}

/** Add or remove rows and cells at the end, so that most of a grid stays when its size changes. */
function build(element, cells, height, width) {
  for (const row of cells.splice(height)) row[0].parentElement.remove();
  while (cells.length < height) {
    cells.push([]);
    element.lastChild.before(h("div", { role: "row" })); // the outline stays the last
  }
  cells.forEach((row, r) => {
    for (const cell of row.splice(width)) cell.remove();
    while (row.length < width) {
      const cell = h("div", { role: "gridcell", tabindex: -1 });
      cell.at = [r, row.length];
      element.children[r].append(cell);
      row.push(cell);
    }
  });
  element.style.setProperty("--columns", `${width}`);
}

/** Where the outline of a grid is. */
function slide(outline, first, last) {
  outline.hidden = !first;
  if (!first) return;
  outline.classList.toggle("hot", String(first) === String(last)); // one cell, not a window
  outline.style.setProperty("--top", first[0]);
  outline.style.setProperty("--left", first[1]);
  outline.style.setProperty("--rows", last[0] - first[0] + 1);
  outline.style.setProperty("--wide", last[1] - first[1] + 1);
}

/** What a cell says, to the eye and to those who listen: its number if that is known, and its marks. */
function write(cell, marked) {
  const { words, value, size } = cell;
  const isUnknown = marked.unknown?.has(cell) && !marked.current?.has(cell);
  const room = size < 32 ? 5 : 6; // characters
  const seen = isUnknown ? "" : words.length > room ? fitting(value, room) : words;
  if (cell.textContent !== seen) cell.textContent = seen;
  cell.classList.toggle("long", seen.length > size / 10);
  cell.classList.toggle("longer", seen.length > size / 7.5);
  const marks = Object.keys(SAID).filter((name) => marked[name]?.has(cell)).map((name) => SAID[name]);
  const name = isUnknown ? "not computed yet" : [words, ...marks].filter(Boolean).join(", ");
  cell.ariaLabel = name === seen ? null : name;
}

/** Pointer and keys: what they do with a grid. */
function listen(element, { onhover, onpress, edit, moveTo }) {
  const cellOf = (event) => event.target.closest?.("[role=gridcell]");
  const use = (cell, text) => edit ? edit(cell, text) : onpress?.(cell.at);
  element.addEventListener("pointerover", (event) => cellOf(event) && onhover(cellOf(event).at));
  element.addEventListener("pointerleave", () => onhover(null));
  element.addEventListener("focusin", (event) => onhover(cellOf(event)?.at ?? null));
  element.addEventListener("focusout", () => onhover(null));
  element.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (!cell || event.target.tagName === "INPUT") return;
    moveTo(cell.at);
    use(cell);
  });
  element.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    if (!cell || isForOthers(event)) return;
    const [row, column] = cell.at;
    if (ARROWS[event.key]) moveTo([row + ARROWS[event.key][0], column + ARROWS[event.key][1]]);
    else if (event.key === "Home") moveTo([row, 0]);
    else if (event.key === "End") moveTo([row, cell.parentElement.children.length - 1]);
    else if (event.key === "Enter") use(cell);
    else if (edit && /^[-−.\d]$/.test(event.key)) edit(cell, event.key);
    else return;
    event.preventDefault();
  });
}

/** Cells are as large as the grid's width allows, and never smaller than a finger can hit. */
export function cellSize(columns) {
  return columns <= 8 ? 36 : columns <= 11 ? 32 : columns <= 15 ? 28 : 24;
}

/** A grid with its name above it. */
export function named(caption, grid, note = "") {
  return h("figure", { class: "cnn-named" }, h("figcaption", {}, caption), grid.element ?? grid, note);
}
