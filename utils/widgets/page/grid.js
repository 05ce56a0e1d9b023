// A matrix of numbers as a grid: hover, arrow keys, Enter, and typing into a cell.

import { h } from "./dom.js";
import { ARROWS } from "./keys.js";
import { at, clamp, shape } from "./operations.js";
import { paint } from "./picture.js";
import { fitting, parse, short } from "./words.js";

const LARGEST = 10000; // in a cell; as Matrix.LARGEST in traits.py

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
  const element = h("div", {
    class: `cnn-grid ${onedit ? "editable" : ""}`,
    role: "grid",
    "aria-label": label,
  });
  const outline = h("div", { class: "cnn-outline", hidden: true, "aria-hidden": true });
  const picture = h("canvas", { hidden: true, "aria-hidden": true }); // under cells that are too small for numbers
  const cells = [];
  let focus = [0, 0]; // the one cell that Tab reaches
  const marked = {};
  element.append(outline, picture);

  /** Add or remove rows and cells at the end, so that most of a grid stays when its size changes. */
  function build(height, width) {
    for (const row of cells.splice(height)) row[0].parentElement.remove();
    while (cells.length < height) {
      cells.push([]);
      outline.before(h("div", { role: "row" }));
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
    // Not a custom property: every cell would inherit it and be styled anew.
    element.style.gridTemplateColumns = `repeat(${width}, var(--cell))`;
    focus = [clamp(focus[0], 0, height - 1), clamp(focus[1], 0, width - 1)];
    at(cells, focus).tabIndex = 0;
  }

  function moveTo([r, c]) {
    if (!cells[r]?.[c]) return;
    at(cells, focus).tabIndex = -1;
    focus = [r, c];
    cells[r][c].tabIndex = 0;
    cells[r][c].focus();
  }

  function edit(cell, text) {
    const [row, column] = cell.at;
    const box = h("input", {
      class: "cnn-edit",
      inputmode: "decimal",
      "aria-label": `row ${row}, column ${column}`,
    });
    box.value = text ?? cell.words;
    let open = true;
    const finish = (keep) => {
      if (!open) return;
      open = false;
      const [typed, value] = [box.value, parse(box.value)];
      box.remove();
      cell.classList.remove("editing");
      if (!keep || typed === cell.words) return; // the words may be rounded: leave the number as it is
      if (Math.abs(value) <= LARGEST) onedit([row, column], value);
      else {refuse(
          `“${typed.slice(0, 20)}” is not a number from −10,000 to 10,000: the cell keeps ${cell.words}.`,
        );}
    };
    box.addEventListener("blur", () => finish(true));
    box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") {
        finish(event.key === "Enter");
        moveTo([row, column]);
      }
    });
    cell.append(box);
    cell.classList.add("editing");
    box.focus();
    if (text === undefined) box.select();
  }

  const refuse = (detail) => element.dispatchEvent(new CustomEvent("refused", { detail, bubbles: true }));
  const cellOf = (event) => event.target.closest?.("[role=gridcell]");
  element.addEventListener("pointerover", (event) => cellOf(event) && onhover(cellOf(event).at));
  element.addEventListener("pointerleave", () => onhover(null));
  element.addEventListener("focusin", (event) => onhover(cellOf(event)?.at ?? null));
  element.addEventListener("focusout", () => onhover(null));
  element.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (!cell || event.target.tagName === "INPUT") return;
    moveTo(cell.at);
    if (onedit) edit(cell);
    else onpress?.(cell.at);
  });
  element.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    if (ARROWS[event.key]) moveTo([cell.at[0] + ARROWS[event.key][0], cell.at[1] + ARROWS[event.key][1]]);
    else if (event.key === "Home") moveTo([cell.at[0], 0]);
    else if (event.key === "End") moveTo([cell.at[0], cells[0].length - 1]);
    else if (event.key === "Enter") onedit ? edit(cell) : onpress?.(cell.at);
    else if (onedit && /^[-−.\d]$/.test(event.key)) edit(cell, event.key);
    else return;
    event.preventDefault();
  });

  return {
    element,
    /**
     * Show these numbers. `text` turns one into what its cell says; cells shrink as a grid grows.
     * @param {number[][]} values
     * @param {{ size?: number, text?: (value: number, row: number, column: number) => string }} look
     */
    update(values, { size = cellSize(values[0].length), text = short } = {}) {
      const [height, width] = shape(values);
      let changed = cells.length !== height || cells[0].length !== width;
      if (changed) build(height, width);
      const tiny = size < 22;
      const room = size < 32 ? 5 : 6; // characters
      if (element.cellSize !== size) {
        element.cellSize = size;
        element.style.setProperty("--cell", `${size}px`);
        element.classList.toggle("tiny", tiny);
      }
      values.forEach((row, r) =>
        row.forEach((value, c) => {
          const cell = cells[r][c];
          if (cell.value === value && cell.size === size && text === short) return; // most of a large grid
          const words = text(value, r, c);
          if (cell.words === words && cell.value === value && cell.size === size) return;
          changed = true;
          // Words that nobody sees would still have to be laid out.
          const seen = tiny ? "" : words.length > room ? fitting(value, room) : words;
          Object.assign(cell, { value, words, size });
          cell.ariaLabel = seen === words ? null : words;
          cell.textContent = seen;
          cell.classList.toggle("long", seen.length > size / 10);
          cell.classList.toggle("longer", seen.length > size / 7.5);
        })
      );
      picture.hidden = !tiny;
      if (tiny && changed) paint(picture, values);
    },
    /** Give exactly these cells the class `name`. */
    mark(name, places) {
      const before = marked[name] ?? new Set();
      const now = new Set(places.map(([r, c]) => cells[r]?.[c]).filter(Boolean));
      for (const cell of before) if (!now.has(cell)) cell.classList.remove(name);
      for (const cell of now) if (!before.has(cell)) cell.classList.add(name);
      marked[name] = now;
    },
    /** Write small texts into the corners of these cells. */
    corners(places, texts) {
      for (const cell of marked.corner ?? []) delete cell.dataset.corner;
      this.mark("corner", places);
      places.forEach(([r, c], n) => cells[r]?.[c] && (cells[r][c].dataset.corner = texts[n]));
    },
    /** Slide the thick outline to the rectangle from one cell to another; null hides it. */
    outline(first, last) {
      outline.hidden = !first;
      if (!first) return;
      outline.classList.toggle("hot", String(first) === String(last)); // one cell, not a window
      outline.style.setProperty("--top", first[0]);
      outline.style.setProperty("--left", first[1]);
      outline.style.setProperty("--rows", last[0] - first[0] + 1);
      outline.style.setProperty("--wide", last[1] - first[1] + 1);
    },
    focused: () => element.contains(element.ownerDocument.activeElement),
  };
}

/** Cells are as large as the grid's width allows; below 22 pixels a shade replaces the number. */
export function cellSize(columns) {
  return columns <= 8 ? 36 : columns <= 11 ? 32 : columns <= 15 ? 26 : 14;
}

/** A grid with its name above it. */
export function named(caption, grid, note = "") {
  return h("figure", { class: "cnn-named" }, h("figcaption", {}, caption), grid.element ?? grid, note);
}
