// Frozen Stages, its picture: test accuracy against the number of labels, a line for each way to train.

import { clamp } from "../page/operations.js";
import { svg } from "../page/picture.js";

const HEIGHT = 250;
const EDGE = { left: 36, right: 84, top: 10, bottom: 42 };

export function curves() {
  const element = svg("svg", { class: "cnn-curves", "aria-hidden": "true" });
  let last = null; // what was drawn
  new ResizeObserver(() => last && draw(last.view, last.labels)).observe(element);

  /**
   * @param {ReturnType<typeof import("./view.js").computeFrozen>} view
   * @param {number[]} labels
   */
  function draw(view, labels) {
    last = { view, labels };
    const width = clamp(element.clientWidth, 300, 860);
    const all = view.lines.flatMap(({ lows, highs }) => [...lows, ...highs]);
    const [least, most] = [5 * Math.floor(Math.min(...all) / 5), 5 * Math.ceil(Math.max(...all) / 5)];
    const span = Math.log(labels.at(-1) / labels[0]) || 1;
    const x = (n) => EDGE.left + ((width - EDGE.left - EDGE.right) * Math.log(labels[n] / labels[0])) / span;
    const y = (value) => EDGE.top + ((HEIGHT - EDGE.top - EDGE.bottom) * (most - value)) / (most - least || 1);
    element.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    element.setAttribute("height", String(HEIGHT));
    const heights = apart(view.lines.map(({ means }) => y(means.at(-1)) + 4), 14);
    const lines = view.lines.map((line, n) => lineOf(line, line === view.line, { x, y, height: heights[n] }));
    const now = svg("line", { class: "now", x1: x(view.at), x2: x(view.at), y1: EDGE.top, y2: HEIGHT - EDGE.bottom });
    const chosen = view.lines.indexOf(view.line);
    const order = chosen < 0 ? lines : [...lines.toSpliced(chosen, 1), lines[chosen]]; // the chosen one above the others
    element.replaceChildren(...axes(labels, [least, most], { x, y, width }), now, ...order);
  }
  return { element, draw };
}

function axes(labels, [least, most], { x, y, width }) {
  const drawn = [];
  for (let value = least; value <= most; value += 5) {
    drawn.push(svg("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value) }));
    drawn.push(svg("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, String(value)));
  }
  labels.forEach((count, n) => {
    const place = { x: x(n), y: HEIGHT - EDGE.bottom + 17, "text-anchor": "middle" };
    drawn.push(svg("text", place, count.toLocaleString("en")));
  });
  const middle = (EDGE.left + width - EDGE.right) / 2;
  return [...drawn, svg("text", { x: middle, y: HEIGHT - 6, "text-anchor": "middle" }, "labels of each class")];
}

function lineOf({ name, means, lows, highs }, chosen, { x, y, height }) {
  const group = svg("g", { class: chosen ? "chosen" : "" });
  const points = means.map((mean, n) => `${x(n)},${y(mean)}`).join(" ");
  group.append(svg("polyline", { points }));
  means.forEach((mean, n) => {
    if (chosen) group.append(svg("line", { x1: x(n), x2: x(n), y1: y(lows[n]), y2: y(highs[n]) }));
    group.append(svg("circle", { cx: x(n), cy: y(mean), r: chosen ? 5 : 3 }));
  });
  group.append(svg("text", { x: x(means.length - 1) + 10, y: height }, name));
  return group;
}

/** Heights of words moved down until none lies on another. */
function apart(heights, gap) {
  const order = heights.map((_, n) => n).sort((a, b) => heights[a] - heights[b]);
  const moved = [...heights];
  order.forEach((n, k) => {
    if (k) moved[n] = Math.max(moved[n], moved[order[k - 1]] + gap);
  });
  return moved;
}
