// What a question is answered with: a number, or one of a few texts or curves. A part of Predict First.

import { h } from "../page/dom.js";
import { svg } from "../page/picture.js";
import { short } from "../page/words.js";

const LETTERS = "ABCDEFGH"; // the names of curves

export const numberBox = () =>
  h(
    "label",
    {},
    "Your answer ",
    h("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: 8, name: "answer" }),
  );

/**
 * A radio button for each option; once one was chosen, what is right is marked.
 * @param {ReturnType<typeof import("./view.js").computeAsking>} view
 */
export function optionButtons({ question: { options, truth }, said, answered }) {
  const name = `cnn-${Math.random().toString(36).slice(2)}`; // radio buttons belong together by name
  return options.map((option, n) => {
    const isTruth = answered && n === truth;
    return h(
      "label",
      { class: `cnn-option ${isTruth ? "good" : ""}` },
      h("input", { type: "radio", name, value: n, disabled: answered, checked: said === n }),
      isTruth ? "✓ " : "",
      ...(typeof option === "string" ? [option] : [LETTERS[n], smallCurve(option, n, options.flat())]),
    );
  });
}

/** A small curve; its shape is said by its numbers to those who do not see it. */
function smallCurve(values, n, all) {
  const [least, most] = [Math.min(...all), Math.max(...all)]; // one scale for all
  const x = (i) => 4 + (132 * i) / (values.length - 1);
  const y = (value) => 76 - (72 * (value - least)) / (most - least || 1);
  const words = `curve ${LETTERS[n]}: ${values.map(short).join(", ")}`;
  return svg(
    "svg",
    { viewBox: "0 0 140 80", role: "img", "aria-label": words },
    svg("path", { d: "M3 0V77H140", class: "axes" }),
    svg("polyline", { points: values.map((value, i) => `${x(i)},${y(value)}`).join(" ") }),
  );
}
