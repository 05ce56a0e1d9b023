// Convolution Stepper: one output value at a time, with its window, its sum and the formula of the size.

import { codeLine, sizeSliders } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { CONV_DEFAULTS, droppedWords, product, sizeFormulas, torchArguments } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import { localModel } from "../page/local_model.js";
import { shape } from "../page/operations.js";
import { paddedGrid } from "../page/padded.js";
import { player } from "../page/player.js";
import { settings } from "../page/settings.js";
import { fitting, one, short } from "../page/words.js";
import { computeStepper, computeWindow, firstOnImage } from "./view.js";

/** @typedef {ReturnType<typeof stepperParts>} StepperParts */

// New cells get small numbers that differ, so that windows differ.
const STEPPER_FRESH = { image: (r, c) => (3 * r + 5 * c) % 10, kernel: () => 1 };
const ROOM = 740; // pixels for the cells of a row, beside signs and spaces
const STEPPER_RANGES = {
  image: ["input", 1, 12],
  kernel: ["kernel", 1, 7],
  padding: ["padding", 0, 4],
  stride: ["stride", 1, 4],
  dilation: ["dilation", 1, 4],
};

/**
 * A Stepper inside another widget, on a case of its own: at the step that is asked for, or else at the first one that
 * sees more than padding. Returns what removes its listeners.
 */
export function openStepper(el, settings) {
  const own = { ...CONV_DEFAULTS, problem: "", ...settings };
  return stepper(localModel({ step: firstOnImage(own), ...own }), el);
}

export function stepper(model, el) {
  const page = frame(model, el);
  const own = settings(model, [...Object.keys(STEPPER_RANGES), "step"], () => draw());
  const { state, commit } = own;
  let view = null; // null while the settings cannot be
  let shown = null; // the window that is shown
  let hovered = null; // the output cell that the pointer visits
  let linked = -1; // which cell of the window it is on
  const parts = stepperParts(own, { refuse: page.refuse, link, visit, pin });
  const tell = () => page.tell([sizeWords(view.output, state), parts.lost.textContent, parts.sum.textContent]);
  const play = player({
    noun: "output",
    go: (step) => ((state.step = step), reveal()),
    rest: () => (commit(), tell()),
  });
  play.listen(page.root);
  page.root.append(...layOutStepper(parts, page.impossible, play.element));

  /** The settings have changed: everything anew. */
  function draw() {
    linked = -1;
    view = page.attempt(() => computeStepper(state));
    const size = drawCase(parts, state, view?.output[0].length ?? 0);
    parts.stage.classList.toggle("cnn-off", !view);
    for (const part of [play.element, parts.sum, parts.lost, parts.outputFigure]) part.hidden = !view;
    if (!view) return clearWindow(parts);
    parts.input.mark("dropped", view.dropped);
    parts.lost.textContent = droppedWords(shape(state.image), shape(state.kernel), state);
    parts.output.update(view.output, { size });
    if (hovered && view.output[hovered[0]]?.[hovered[1]] === undefined) hovered = null; // it is no longer there
    play.set(state.step, view.places.length); // shows the window too
    tell();
  }
  /** The window at the step, or at the output cell that is visited. */
  function show() {
    shown = computeWindow(view, state, hovered ?? view.places[state.step]);
    drawShown(parts, shown);
    drawLink(parts, shown.window, linked, state.kernel);
  }
  /** What comes after the step is not yet known. */
  function reveal() {
    parts.output.mark("unknown", view.places.slice(state.step + 1));
    show();
  }
  /** One input cell, its weight and their product belong together. */
  function link(cell, from) {
    linked = !cell || !view
      ? -1
      : from === "kernel"
      ? cell[0] * state.kernel[0].length + cell[1]
      : shown.window.findIndex((place) => String(place) === String(cell));
    drawLink(parts, shown?.window, linked, state.kernel);
  }
  function visit(cell) {
    if (!view) return;
    hovered = cell;
    show();
    if (cell && parts.output.focused()) page.say(parts.sum.textContent);
  }
  function pin([r, c]) {
    if (!view) return;
    hovered = null;
    play.move(r * view.output[0].length + c);
  }

  draw();
  return () => {
    own.close();
    page.close();
  };
}

function stepperParts({ state, commit, choose, edit, resize }, { refuse, link, visit, pin }) {
  const onhover = (cell) => link(cell, "input");
  const input = paddedGrid({ label: "padded input", state, onimage: choose("image"), refuse, onhover });
  const kernel = grid({ label: "kernel", onedit: edit("kernel"), onhover: (cell) => link(cell, "kernel") });
  const output = grid({ label: "output", onhover: visit, onpress: pin });
  const outputFigure = named("output", output);
  return {
    sizes: sizeSliders(STEPPER_RANGES, resize(STEPPER_FRESH), commit),
    input,
    kernel,
    output,
    outputFigure,
    stage: h(
      "div",
      { class: "cnn-stage" },
      named(input.name, input),
      behind("⋆", named("kernel", kernel)),
      behind("=", outputFigure),
    ),
    sum: h("p", { class: "cnn-sum" }),
    formulas: h("div"),
    lost: note(),
    code: codeLine(),
  };
}

/** A sign and what it leads to: they stay on one line. */
const behind = (sign, figure) => h("div", { class: "cnn-behind" }, h("span", { class: "cnn-sign" }, sign), figure);

/** @param {StepperParts} parts */
function layOutStepper(parts, impossible, play) {
  return [
    h("div", { class: "cnn-controls" }, ...parts.sizes.elements),
    parts.stage,
    impossible,
    play,
    parts.sum,
    parts.formulas,
    parts.lost,
    parts.code.element,
    note(
      "Click a number to change it. Point at an output to see where it comes from; a click stays there. ",
      "With the keyboard: Tab goes from grid to grid, arrows move inside, Enter changes or stays, Space plays.",
    ),
  ];
}

/**
 * What does not depend on whether there is an output: controls, input and kernel, formula and code.
 * @param {StepperParts} parts
 * @param {number} outputs columns of the output
 * @returns {number} how large cells are, in pixels
 */
function drawCase(parts, state, outputs) {
  const [inputShape, kernelShape] = [shape(state.image), shape(state.kernel)];
  const { stride, padding, dilation } = state;
  const padded = inputShape[1] + 2 * padding[1];
  const beside = Math.max(24, Math.floor(ROOM / (padded + kernelShape[1] + outputs))); // all three in one row
  const size = Math.min(cellSize(padded), cellSize(kernelShape[1]), beside);
  parts.sizes.set({ ...state, image: inputShape, kernel: kernelShape });
  parts.input.show(size);
  parts.kernel.update(state.kernel, { size: Math.max(size, 28) });
  parts.formulas.replaceChildren(...sizeFormulas(inputShape, kernelShape, state));
  const layer = torchArguments({ stride, padding, dilation }, CONV_DEFAULTS);
  parts.code.set(`nn.Conv2d(1, 1, kernel_size=${one(kernelShape)}, ${layer ? `${layer}, ` : ""}bias=False)`);
  return size;
}

/**
 * @param {StepperParts} parts
 * @param {ReturnType<typeof computeWindow>} shown
 */
function drawShown({ input, output, sum }, { cell, window, weights, inputs, sum: value }) {
  output.mark("current", [cell]);
  output.outline(cell, cell);
  input.mark("window", window);
  input.corners(
    window,
    weights.map((weight) => `×${fitting(weight, 5)}`),
  );
  input.outline(window[0], window.at(-1));
  sum.replaceChildren(
    `output[${cell.join(", ")}] = `,
    ...inputs.flatMap((number, n) => [...(n ? [" + "] : []), product(number, weights[n])]),
    " = ",
    h("b", {}, short(value)),
  );
}

/**
 * No window, as there is no output.
 * @param {StepperParts} parts
 */
function clearWindow({ input, kernel, output, sum }) {
  for (const name of ["dropped", "window", "linked"]) input.mark(name, []);
  input.corners([], []);
  input.outline(null);
  output.outline(null);
  output.mark("current", []);
  kernel.mark("linked", []);
  sum.querySelector(".linked")?.classList.remove("linked");
}

/**
 * Cell number `n` of the window, its weight and their product; none for −1.
 * @param {StepperParts} parts
 */
function drawLink({ input, kernel, sum }, window, n, weights) {
  const width = weights[0].length;
  input.mark("linked", n < 0 ? [] : [window[n]]);
  kernel.mark("linked", n < 0 ? [] : [[Math.floor(n / width), n % width]]);
  sum.querySelector(".linked")?.classList.remove("linked");
  sum.querySelectorAll(".cnn-term")[n]?.classList.add("linked");
}

const sizeWords = (output, { stride, padding, dilation }) =>
  `Stride ${one(stride)}, padding ${one(padding)}, dilation ${one(dilation)}: output ${shape(output).join(" by ")}.`;
