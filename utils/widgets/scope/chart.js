// Two curves over the epochs, as in the figures: training dashed and hollow, validation solid and filled.

import { h } from "../page/dom.js";
import { named } from "../page/grid.js";
import { svg } from "../page/picture.js";
import { ticks } from "./view.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [58, 370, 10, 160]; // the ends of the axes
const MOST_MARKS = 60; // in more epochs they would cover each other

/**
 * A chart of `name`, whose numbers `say` writes; point(epoch) marks one. Null while there is no number to draw.
 *
 * @param {string} name
 * @param {{ training: number[], validation: number[] }} curves
 * @param {(value: number) => string} say
 */
export function chart(name, curves, say) {
  const all = Object.values(curves).flat();
  if (!all.length) return null;
  const epochs = Math.max(curves.training.length, curves.validation.length);
  const low = name === "loss" ? 0 : Math.min(...all);
  const marks = ticks(low, Math.max(...all));
  const [least, most] = [marks[0], marks[marks.length - 1]];
  const x = (n) => LEFT + ((RIGHT - LEFT) * n) / Math.max(1, epochs - 1);
  const y = (value) => BOTTOM - ((BOTTOM - TOP) * (value - least)) / (most - least);
  const words = Object.entries(curves).filter(([, values]) => values.length)
    .map(([kind, values]) => `${kind}: ${values.map(say).join(", ")}`);
  const now = svg("line", { class: "now", y1: TOP, y2: BOTTOM });
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 ${RIGHT + 10} ${BOTTOM + 30}`,
      role: "img",
      class: "cnn-chart",
      "aria-label": `${name} in each epoch, ${words.join("; ")}`,
    },
    svg("path", { class: "axes", d: `M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}` }),
    ...marks.flatMap((value) => [
      svg("path", { class: "tick", d: `M${LEFT} ${y(value)}H${RIGHT}` }),
      text(LEFT - 5, y(value) + 4, "end", say(value)),
    ]),
    text(LEFT, BOTTOM + 18, "start", epochs > 1 ? "1" : "epoch 1"),
    text(RIGHT, BOTTOM + 18, "end", epochs > 1 ? `epoch ${epochs}` : ""),
    now,
    ...Object.entries(curves).flatMap(([kind, values]) => curve(kind, values.map((value, n) => [x(n), y(value)]))),
  );
  return {
    element: named(legend(name, curves), picture),
    point(epoch) {
      now.setAttribute("visibility", epoch < 0 ? "hidden" : "visible"); // before the first there is no number
      for (const end of ["x1", "x2"]) now.setAttribute(end, x(Math.max(0, epoch)));
    },
  };
}

const text = (x, y, anchor, words) => svg("text", { x, y, "text-anchor": anchor }, words);

/** A line through points [x, y], and a mark on each. */
function curve(kind, points) {
  const line = svg("polyline", { class: kind, points: points.map(String).join(" ") });
  if (points.length > MOST_MARKS) return [line];
  const marks = points.map(([x, y]) =>
    kind === "training"
      ? svg("circle", { class: kind, cx: x, cy: y, r: 3 })
      : svg("rect", { class: kind, x: x - 3, y: y - 3, width: 6, height: 6 })
  );
  return [line, ...marks];
}

function legend(name, { validation }) {
  const second = validation.length ? [" ", h("b", { class: "validation" }, "■ validation")] : [];
  return h("span", {}, `${name}: `, h("b", { class: "training" }, "○ training"), ...second);
}
