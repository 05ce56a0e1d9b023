// Formulas with their numbers, and lines of torch code.

import { dropped } from "./arithmetic.js";
import { fraction, h } from "./dom.js";
import { counted, one, short } from "./words.js";

/** ⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1 with letters, with numbers, and its result. */
export function sizeFormula(names, i, k, s, p, d) {
  const numbers = `${i} + 2·${p} − ${d}·(${k} − 1) − 1`;
  const room = i + 2 * p - d * (k - 1) - 1;
  return h(
    "p",
    { class: "cnn-formula" },
    h("span", { class: "cnn-what" }, names),
    " = ",
    "⌊",
    fraction("i + 2p − d(k − 1) − 1", "s"),
    "⌋ + 1 = ",
    "⌊",
    fraction(numbers, String(s)),
    "⌋ + 1 = ",
    ...(room < 0
      ? ["⌊", fraction(short(room), String(s)), "⌋ + 1: no place for the kernel"]
      : ["⌊", fraction(String(room), String(s)), "⌋ + 1 = ", h("b", {}, String(Math.floor(room / s) + 1))]),
  );
}

/** The formula for rows and for columns, or once for both where they agree. */
export function sizeFormulas(image, kernel, { stride, padding, dilation }) {
  const numbers = [0, 1].map((axis) => [
    image[axis],
    kernel[axis],
    stride[axis],
    padding[axis],
    dilation[axis],
  ]);
  if (String(numbers[0]) === String(numbers[1])) return [sizeFormula("size", ...numbers[0])];
  return [sizeFormula("rows", ...numbers[0]), sizeFormula("columns", ...numbers[1])];
}

/** What the floor drops, in words. */
export function droppedWords(image, kernel, { stride, padding, dilation }) {
  const [rows, columns] = [0, 1].map((axis) =>
    dropped(image[axis], kernel[axis], stride[axis], padding[axis], dilation[axis])
  );
  if (!rows && !columns) return "The last window ends at the last cell: the floor drops nothing.";
  const lost = [
    ...(rows ? [`${counted(rows, "row")} at the bottom`] : []),
    ...(columns ? [`${counted(columns, "column")} at the right`] : []),
  ];
  return `The floor drops ${lost.join(" and ")} (crossed out): no window reaches there.`;
}

/** Arguments of a torch layer, without those that have their default value. */
export function torchArguments(values, defaults) {
  const text = ([name, value]) => `${name}=${Array.isArray(value) ? one(value) : value}`;
  const changed = Object.entries(values).filter(([name, value]) => String(value) !== String(defaults[name]));
  return changed.map(text).join(", ");
}

export const CONV_DEFAULTS = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] };

/** A factor of a product: negative numbers in brackets. */
export const bracketed = (value) => (value < 0 ? `(${short(value)})` : short(value));

/** One product of a sum, "3·(−2)": an input and a weight, each in its colour. */
export function product(input, weight) {
  return h(
    "span",
    { class: "cnn-term" },
    h("span", { class: "cnn-x" }, bracketed(input)),
    "·",
    h("span", { class: "cnn-w" }, bracketed(weight)),
  );
}

/** (i − 1)s − 2p + d(k − 1) + output_padding + 1 with its numbers, for rows and columns or once for both. */
export function transposedFormulas(image, kernel, { stride, padding, dilation, output_padding: extras }) {
  const axes = [0, 1].map((a) => [image[a], stride[a], padding[a], dilation[a], kernel[a], extras[a]]);
  const names = String(axes[0]) === String(axes[1]) ? ["size"] : ["rows", "columns"];
  return names.map((name, a) => {
    const [i, s, p, d, k, extra] = axes[a];
    const numbers = `(${i} − 1)·${s} − 2·${p} + ${d}·(${k} − 1) + ${extra} + 1`;
    return h(
      "p",
      { class: "cnn-formula" },
      h("span", { class: "cnn-what" }, name),
      ` = (i − 1)s − 2p + d(k − 1) + output_padding + 1 = ${numbers} = `,
      h("b", {}, short((i - 1) * s - 2 * p + d * (k - 1) + extra + 1)),
    );
  });
}
