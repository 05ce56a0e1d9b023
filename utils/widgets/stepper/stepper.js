// Convolution Stepper: one output value at a time, with its window, its sum and the formula of the size.

import { codeLine, sizeSliders } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { CONV_DEFAULTS, droppedWords, product, sizeFormulas, torchArguments } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import { localModel } from "../page/local_model.js";
import { at, convolve, pad, places, shape, windowAt } from "../page/operations.js";
import { paddedGrid } from "../page/padded.js";
import { player } from "../page/player.js";
import { settings } from "../page/settings.js";
import { fitting, one, short } from "../page/words.js";

// New cells get small numbers that differ, so that windows differ.
const FRESH = { image: (r, c) => (3 * r + 5 * c) % 10, kernel: () => 1 };

/** A Stepper inside another widget, on a case of its own. Returns what removes its listeners. */
export function openStepper(el, settings) {
  const usual = { ...CONV_DEFAULTS, step: 0, problem: "" };
  return stepper(localModel({ ...usual, ...settings }), el);
}

export function stepper(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "stride", "padding", "dilation", "step"];
  const { state, commit, choose, edit, resize, close } = settings(model, names, () => draw());
  const now = {}; // what follows from the settings: shapes, padded input, output
  let hovered = null; // the output cell that the pointer visits
  let linked = null; // which cell of the window it is on

  const input = paddedGrid({
    label: "padded input",
    state,
    onimage: choose("image"),
    refuse: page.refuse,
    onhover: (cell) => link(cell, "input"),
  });
  const kernel = grid({ label: "kernel", onedit: edit("kernel"), onhover: (cell) => link(cell, "kernel") });
  const output = grid({ label: "output", onhover: visit, onpress: pin });
  const play = player({
    noun: "output",
    go: (step) => ((state.step = step), reveal()),
    rest: () => {
      commit();
      speak();
    },
  });
  play.listen(page.root);

  const ranges = { image: ["input", 1, 12], kernel: ["kernel", 1, 7], padding: ["padding", 0, 4] };
  const sizes = sizeSliders(
    { ...ranges, stride: ["stride", 1, 4], dilation: ["dilation", 1, 4] },
    resize(FRESH),
    commit,
  );
  const outputWithName = named("output", output);
  const stage = h(
    "div",
    { class: "cnn-stage" },
    named(input.name, input),
    h("span", { class: "cnn-sign" }, "∗"),
    named("kernel", kernel),
    h("span", { class: "cnn-sign" }, "="),
    outputWithName,
  );
  const sum = h("p", { class: "cnn-sum" });
  const formulas = h("div");
  const lost = note();
  const code = codeLine();
  page.root.append(
    h("div", { class: "cnn-controls" }, ...sizes.elements),
    stage,
    page.impossible,
    play.element,
    sum,
    formulas,
    lost,
    code.element,
    note(
      "Click a number to change it. Point at an output to see where it comes from; a click stays there. ",
      "With the keyboard: Tab goes from grid to grid, arrows move inside, Enter changes or stays, Space plays.",
    ),
  );

  /** The settings have changed: everything anew. */
  function draw() {
    linked = null;
    const [inputShape, kernelShape] = [shape(state.image), shape(state.kernel)];
    const { image, kernel: weights, stride, padding, dilation } = state;
    sizes.set({ ...state, image: inputShape, kernel: kernelShape });

    const padded = pad(image, padding);
    const cells = places(padded);
    const size = Math.min(cellSize(padded[0].length), cellSize(kernelShape[1]));
    input.show(size);
    kernel.update(weights, { size: Math.max(size, 32) });
    formulas.replaceChildren(...sizeFormulas(inputShape, kernelShape, state));
    const layer = torchArguments({ stride, padding, dilation }, CONV_DEFAULTS);
    code.set(`nn.Conv2d(1, 1, kernel_size=${one(kernelShape)}, ${layer ? `${layer}, ` : ""}bias=False)`);

    now.output = page.attempt(() => convolve(image, weights, state));
    stage.classList.toggle("cnn-off", !now.output);
    for (const part of [play.element, sum, lost, outputWithName]) part.hidden = !now.output;
    if (!now.output) {
      input.mark("dropped", []);
      clear();
      return;
    }
    const [height, width] = shape(now.output);
    const ends = [0, 1].map(
      (axis) => (shape(now.output)[axis] - 1) * stride[axis] + dilation[axis] * (kernelShape[axis] - 1),
    );
    input.mark(
      "dropped",
      cells.filter(([r, c]) => r > ends[0] || c > ends[1]),
    );
    lost.textContent = droppedWords(inputShape, kernelShape, state);
    now.padded = padded;
    output.update(now.output, { size: size < 22 ? size : Math.max(size, 26) });
    now.places = places(now.output);
    if (hovered && now.output[hovered[0]]?.[hovered[1]] === undefined) hovered = null; // it is no longer there
    play.set(state.step, height * width); // shows the window too
  }

  /** The window at the step, or at the output cell that is visited. What comes after the step is not yet known. */
  function show() {
    const here = hovered ?? now.places[state.step];
    now.window = windowAt(here, shape(state.kernel), state.stride, state.dilation);
    const weights = state.kernel.flat();
    output.mark("current", [here]);
    output.outline(here, here);
    input.mark("window", now.window);
    input.corners(
      now.window,
      weights.map((weight) => `×${fitting(weight, 5)}`),
    );
    input.outline(now.window[0], now.window.at(-1));
    const terms = now.window.map((cell, n) => product(at(now.padded, cell), weights[n]));
    sum.replaceChildren(
      `output[${here}] = `.replace(",", ", "),
      ...terms.flatMap((term, n) => (n ? [" + ", term] : [term])),
      " = ",
      h("b", {}, short(at(now.output, here))),
    );
    relink();
  }
  function reveal() {
    output.mark("unknown", now.places.slice(state.step + 1));
    show();
  }
  function clear() {
    input.mark("window", []);
    input.corners([], []);
    input.outline(null);
    output.outline(null);
    output.mark("current", []);
    relink();
  }

  /** One input cell, its weight and their product belong together. */
  function link(cell, from) {
    const width = state.kernel[0].length;
    const found = !cell || !now.output
      ? -1
      : from === "kernel"
      ? cell[0] * width + cell[1]
      : now.window.findIndex(([r, c]) => r === cell[0] && c === cell[1]);
    linked = found < 0 ? null : found;
    relink();
  }
  function relink() {
    const width = state.kernel[0].length;
    input.mark("linked", linked === null ? [] : [now.window[linked]]);
    kernel.mark("linked", linked === null ? [] : [[Math.floor(linked / width), linked % width]]);
    sum.querySelector(".linked")?.classList.remove("linked");
    sum.querySelectorAll(".cnn-term")[linked ?? -1]?.classList.add("linked");
  }

  function visit(cell) {
    if (!now.output) return;
    hovered = cell;
    show();
    if (cell && output.focused()) speak();
  }
  function pin([r, c]) {
    if (!now.output) return;
    hovered = null;
    play.move(r * now.output[0].length + c);
  }
  function speak() {
    const size = shape(now.output);
    page.say(
      `Output ${size[0]} by ${size[1]}. ${sum.textContent.replaceAll("·", " times ").replaceAll("−", "minus ")}`,
    );
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
