// What a learner sets: a number, a pair of numbers, one of a few, and a line of code to take along.

import { h, unseenRadio } from "./dom.js";

/** A slider with its number. oninput(value) while it is dragged, onchange() when it is let go. */
export function slider({ label, min, max, oninput, onchange }) {
  const input = h("input", { type: "range", min, max, "aria-label": label, style: `--steps: ${max - min}` });
  const shown = h("span", { class: "cnn-value", "aria-hidden": true }); // no <output>, which is read out as well
  input.addEventListener("input", () => {
    shown.textContent = input.value;
    oninput(Number(input.value));
  });
  input.addEventListener("change", onchange);
  return {
    element: h("label", { class: "cnn-slider" }, h("span", {}, label), input, shown),
    set(value) {
      if (shown.textContent === String(value)) return;
      input.max = Math.max(max, value); // Python may have asked for more than the slider offers
      input.value = value;
      shown.textContent = value;
    },
  };
}

/** Two sliders for (height, width) that move as one until `apart` is called with true. */
export function pairOfSliders({ label, min, max, oninput, onchange }) {
  let both = [min, min];
  let separate = false;
  const change = (axis) => (value) => {
    both = separate ? both.with(axis, value) : [value, value];
    oninput(both);
  };
  const rows = slider({ label: `${label}, rows`, min, max, oninput: change(0), onchange });
  const columns = slider({ label: `${label}, columns`, min, max, oninput: change(1), onchange });
  const name = rows.element.firstChild;
  return {
    element: h("div", { class: "cnn-pair" }, rows.element, columns.element),
    set(value) {
      both = value;
      rows.set(value[0]);
      columns.set(value[1]);
    },
    apart(yes) {
      separate = yes;
      columns.element.hidden = !yes;
      name.textContent = yes ? `${label}, rows` : label;
      rows.element.querySelector("input").ariaLabel = name.textContent;
    },
  };
}

/**
 * Sliders for several sizes, { name: [label, least, most] }, each one slider until a size has unequal sides.
 * onsize(name, [height, width]) while one is dragged, onchange() when it is let go.
 */
export function sizeSliders(sizes, onsize, onchange) {
  /** @type {[string, ReturnType<typeof pairOfSliders>][]} */
  const pairs = Object.entries(sizes).map(([name, [label, min, max]]) => {
    return [name, pairOfSliders({ label, min, max, oninput: (size) => onsize(name, size), onchange })];
  });
  const separate = checkbox("rows and columns separately", (yes) => {
    apart(yes);
    readOut(separate.element, yes ? "Two sliders for each size now." : "One slider for each size now.");
  });
  function apart(yes) {
    separate.set(yes);
    for (const [, pair] of pairs) pair.apart(yes);
  }
  apart(false);
  return {
    elements: [...pairs.map(([, pair]) => pair.element), separate.element],
    set(values) {
      for (const [name, pair] of pairs) pair.set(values[name]);
      if (pairs.some(([name]) => values[name][0] !== values[name][1])) apart(true);
    },
  };
}

/** One of a few: radio buttons that look like a row of tabs. `options` are [value, text]. */
export function choice({ label, options, onchange }) {
  const name = `cnn-${Math.random().toString(36).slice(2)}`; // radio buttons belong together by name
  const inputs = options.map(([value]) => unseenRadio({ name, value, onchange: () => onchange(value) }));
  const labels = options.map(([, text], n) => h("label", {}, inputs[n], h("span", {}, text)));
  return {
    element: h("fieldset", { class: "cnn-choice" }, h("legend", {}, label), ...labels),
    set: (value) => inputs.forEach((input, n) => (input.checked = options[n][0] === value)),
  };
}

export function checkbox(label, onchange) {
  const input = h("input", { type: "checkbox", onchange: () => onchange(input.checked) });
  return { element: h("label", { class: "cnn-check" }, input, label), set: (yes) => (input.checked = yes) };
}

/** Read `text` out: the frame around `element` does it. */
const readOut = (element, text) => element.dispatchEvent(new CustomEvent("said", { detail: text, bubbles: true }));

/** Code with a button that copies it. */
export function codeLine() {
  const code = h("code", {}); // keeps its line breaks, if it has any
  const copy = h(
    "button",
    {
      type: "button",
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(code.textContent);
          copy.textContent = "copied";
        } catch {
          getSelection().selectAllChildren(code); // a page from a file may not copy: select it, so that Ctrl+C does
          copy.textContent = "selected: press Ctrl+C";
        }
        readOut(copy, copy.textContent);
        setTimeout(() => (copy.textContent = "copy"), 2000);
      },
    },
    "copy",
  );
  return { element: h("p", { class: "cnn-code" }, code, copy), set: (text) => (code.textContent = text) };
}
