// One output value of a convolution with several channels, channel by channel: a part of Channels and Groups.

import { h } from "../page/dom.js";
import { bracketed, product } from "../page/formula.js";
import { grid } from "../page/grid.js";
import { at, matrix, places } from "../page/operations.js";
import { short } from "../page/words.js";

// Small numbers that differ from channel to channel; only their pattern matters.
const seen = (channel, n) => (7 * n + 3 * channel + ((n * (channel + 2)) % 5)) % 4;
const weight = (out, channel, n) => ((2 * out + 3 * channel + 2 * n + out * n) % 5) - 2;
export const bias = (out) => (out % 3) - 1;

/** A row for each input channel that output channel `out` reads, what they and the bias add up to, and all in words. */
export function partialSums(state, out, from) {
  const k = state.kernel_size;
  const cell = { size: 24 };
  let total = bias(out);
  const words = [];
  const rows = from.map((channel) => {
    const own = state.separable ? channel : out; // whose kernel it is
    const window = matrix(k, k, (r, c) => seen(channel, k * r + c));
    const kernel = matrix(k, k, (r, c) => weight(own, state.separable ? 0 : channel, k * r + c));
    const sum = places(window).reduce((part, place) => part + at(window, place) * at(kernel, place), 0);
    const [left, right] = [
      grid({ label: `window of channel ${channel}` }),
      grid({ label: `kernel for channel ${channel}` }),
    ];
    left.update(window, cell);
    right.update(kernel, cell);
    const mix = weight(out, channel, 1); // the 1×1 layer's weight
    const mid = sum + bias(channel); // what the depthwise layer hands on
    const part = state.separable ? mid * mix : sum;
    total += part;
    words.push(`in ${channel}: ${short(part)}`);
    const middle = state.separable
      ? [
        ` = ${short(sum)}; mid ${channel} = ${short(sum)} + ${bracketed(bias(channel))} = ${short(mid)};`,
        product(mid, mix),
      ]
      : [];
    return h(
      "div",
      { class: "cnn-row" },
      h("span", { class: "cnn-what" }, `in ${channel}`),
      left.element,
      "·",
      right.element,
      ...middle,
      h("span", { class: "cnn-term" }, " = ", h("b", {}, short(part))),
    );
  });
  const all = [...words, `bias: ${short(bias(out))}`, `sum: ${short(total)}`];
  return { rows, total, words: `Output channel ${out}. ${all.join(", ")}.` };
}
