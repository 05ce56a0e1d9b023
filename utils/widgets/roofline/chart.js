// Roofline, its picture: the roof over all intensities, and each layer where it lies on it. Both axes are logarithmic.

import { clamp } from "../page/operations.js";
import { svg } from "../page/picture.js";

export const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const HEIGHT = 330;
const EDGE = { left: 56, right: 22, top: 14, bottom: 44 };
const X = [0.1, 10_000]; // operations a byte
const Y = [1, 2_000_000]; // 10⁹ operations a second
const RATES = { 1: "10⁹", 10: "10¹⁰", 100: "10¹¹", 1_000: "10¹²", 10_000: "10¹³", 100_000: "10¹⁴", 1_000_000: "10¹⁵" };

/** @type {(value: number, range: number[]) => number} */
const part = (value, [least, most]) => Math.log(clamp(value, least, most) / least) / Math.log(most / least);

/** Where an intensity lies in a picture so many pixels wide. */
const across = (intensity, width) => EDGE.left + (width - EDGE.left - EDGE.right) * part(intensity, X);
const up = (rate) => HEIGHT - EDGE.bottom - (HEIGHT - EDGE.top - EDGE.bottom) * part(rate, Y);

/** `onpick(n)` when a layer is clicked. */
export function chart(onpick) {
  const element = svg("svg", { class: "cnn-roofline", "aria-hidden": "true" });
  let last = null; // what was drawn
  // Drawn as wide as there is room, so that its words are as large as those around it.
  new ResizeObserver(() => last && draw(last.view, last.machine)).observe(element);

  /**
   * @param {ReturnType<typeof import("./view.js").computeRoofline>} view
   * @param {{ peak: number, bandwidth: number }} machine
   */
  function draw(view, machine) {
    last = { view, machine };
    const width = clamp(element.clientWidth, 300, 900);
    element.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    element.setAttribute("height", HEIGHT);
    element.replaceChildren(...roof(view.ridge, machine, width, axes(width)), ...points(view, width, onpick));
  }
  return { element, draw };
}

function axes(width) {
  const bottom = HEIGHT - EDGE.bottom;
  const lines = [];
  for (let x = X[0]; x <= X[1]; x *= 10) {
    lines.push(svg("line", { class: "grid", x1: across(x, width), x2: across(x, width), y1: EDGE.top, y2: bottom }));
    lines.push(svg("text", { x: across(x, width), y: bottom + 16, "text-anchor": "middle" }, x.toLocaleString("en")));
  }
  for (const [y, words] of Object.entries(RATES)) {
    lines.push(svg("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: up(y), y2: up(y) }));
    lines.push(svg("text", { x: EDGE.left - 6, y: up(y) + 4, "text-anchor": "end" }, words));
  }
  return [
    ...lines,
    svg("text", { x: width - EDGE.right, y: HEIGHT - 6, "text-anchor": "end" }, "operations for each byte moved"),
    svg("text", { transform: `translate(13 ${bottom}) rotate(-90)` }, "operations a second"),
  ];
}

/** The two limits of a machine, on axes; below them is what it can do. */
function roof(ridge, { peak, bandwidth }, width, drawnAxes) {
  const bottom = HEIGHT - EDGE.bottom;
  const limit = (x) => up(Math.min(peak, bandwidth * x));
  const edge = across(ridge, width);
  const path = [X[0], clamp(ridge, ...X), X[1]].map((x) => `${across(x, width)} ${limit(x)}`).join("L");
  const left = Math.max(Math.min(edge - 10, width - EDGE.right - 100), EDGE.left + 106);
  const words = [["bound by memory", left, "end"], ["by arithmetic", left + 20, "start"]];
  return [
    svg("path", { class: "under", d: `M${path}V${bottom}H${EDGE.left}Z` }),
    ...drawnAxes,
    svg("line", { class: "ridge", x1: edge, x2: edge, y1: up(peak), y2: bottom }),
    svg("path", { class: "roof", d: `M${path}` }),
    ...words.map(([text, x, anchor]) => svg("text", { x, y: bottom - 8, "text-anchor": anchor }, text)),
  ];
}

/** A mark on the roof for each layer, and its letter below, where no other letter is. */
function points({ rows, picked }, width, onpick) {
  const order = rows.map((_, n) => n).sort((a, b) => rows[a].intensity - rows[b].intensity);
  const taken = []; // right ends of the letters at each height
  const marks = order.map((n) => {
    const { intensity, rate, byMemory } = rows[n];
    const [x, y] = [across(intensity, width), up(rate)];
    let level = 0;
    while (taken[level] > x - 9) level += 1;
    taken[level] = x + 9;
    const letter = y + 22 + 19 * level;
    const mark = byMemory
      ? svg("circle", { cx: x, cy: y, r: 5 })
      : svg("rect", { x: x - 5, y: y - 5, width: 10, height: 10 });
    const group = svg(
      "g",
      { class: `${byMemory ? "memory" : "arithmetic"} ${n === picked ? "picked" : ""}` },
      svg("line", { x1: x, x2: x, y1: y, y2: letter - 9 }),
      mark,
      svg("circle", { class: "badge", cx: x, cy: letter, r: 9 }),
      svg("text", { x, y: letter + 4, "text-anchor": "middle" }, LETTERS[n]),
    );
    group.addEventListener("click", () => onpick(n));
    return group;
  });
  const last = order.indexOf(picked);
  return [...marks.toSpliced(last, 1), marks[last]]; // the picked one lies above the others
}
