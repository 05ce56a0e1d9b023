// One output value of a convolution with several channels, channel by channel: a part of Channels and Groups.

import { h, note } from "../page/dom.js";
import { bracketed, product } from "../page/formula.js";
import { grid } from "../page/grid.js";
import { counted, short } from "../page/words.js";

/** @typedef {ReturnType<typeof import("./view.js").computeSum>} SumView */

/**
 * A row for each input channel, one for the bias and one for what they add up to.
 * @param {SumView} view
 */
export function sumRows({ out, parts, bias, value }) {
  return [
    note(`One place of output channel ${out}: it reads ${counted(parts.length, "channel")}.`),
    ...parts.map(partRow),
    sumRow("bias", short(bias)),
    sumRow("sum", h("b", {}, short(value))),
  ];
}

/**
 * The same in words.
 * @param {SumView} view
 */
export function sumWords({ out, parts, bias, value }) {
  const words = parts.map((part) => `in ${part.channel}: ${short(part.value)}`);
  return `Output channel ${out}. ${[...words, `bias: ${short(bias)}`, `sum: ${short(value)}`].join(", ")}.`;
}

function partRow({ channel, window, kernel, sum, middle, value }) {
  const between = middle
    ? [
      ` = ${short(sum)}; mid ${channel} = ${short(sum)} + ${bracketed(middle.bias)} = ${short(middle.value)};`,
      product(middle.value, middle.weight),
    ]
    : [];
  return sumRow(
    `in ${channel}`,
    cellsOf(`window of channel ${channel}`, window),
    "·",
    cellsOf(`kernel for channel ${channel}`, kernel),
    ...between,
    h("span", { class: "cnn-term" }, " = ", h("b", {}, short(value))),
  );
}

const sumRow = (name, ...content) => h("div", { class: "cnn-row" }, h("span", { class: "cnn-what" }, name), ...content);

function cellsOf(label, values) {
  const cells = grid({ label });
  cells.update(values, { size: 24 });
  return cells.element;
}
