// Typing a number into a cell of a grid.

import { h } from "./dom.js";
import { isForOthers } from "./keys.js";
import { parse } from "./words.js";

const LARGEST = 10000; // in a cell; as Matrix.LARGEST in traits.py

/**
 * Open a box over a cell: with its number, or with `text` if somebody has begun to type. Enter and leaving the box
 * take what is typed, Escape does not.
 *
 * @param {any} cell
 * @param {string | undefined} text
 * @param {{ take: (value: number) => void, refuse: (why: string) => void, back: () => void }} then
 */
export function editCell(cell, text, { take, refuse, back }) {
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
    if (Math.abs(value) <= LARGEST) take(value);
    else refuse(`“${typed.slice(0, 20)}” is not a number from −10,000 to 10,000: the cell keeps ${cell.words}.`);
  };
  box.addEventListener("blur", () => finish(true));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || !isForOthers(event)) event.stopPropagation(); // Escape leaves the box, not the widget
    if (event.key !== "Enter" && event.key !== "Escape") return;
    finish(event.key === "Enter");
    back();
  });
  cell.append(box);
  cell.classList.add("editing");
  box.focus();
  if (text === undefined) box.select();
}
