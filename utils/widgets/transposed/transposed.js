// Transposed Convolution: two ways to one output, in lockstep. Left, each input cell stamps the kernel onto the
// output; right, zeros are put between the input cells and the turned kernel slides over them.

import { choice, codeLine, sizeSliders } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { bracketed, CONV_DEFAULTS, torchArguments, transposedFormulas } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import { at, shape, turned } from "../page/operations.js";
import { player } from "../page/player.js";
import { settings } from "../page/settings.js";
import { counted, one, short } from "../page/words.js";
import { computeTransposed } from "./view.js";

/** @typedef {ReturnType<typeof computeTransposed>} TransposedView */
/** @typedef {ReturnType<typeof transposedParts>} TransposedParts */

const RANGES = {
  image: ["input", 1, 5],
  kernel: ["kernel", 1, 5],
  stride: ["stride", 1, 4],
  padding: ["padding", 0, 4],
  output_padding: ["output_padding", 0, 3],
  dilation: ["dilation", 1, 3],
};
const FRESH = { image: (r, c) => 1 + ((2 * r + c) % 4), kernel: () => 1 };

export function transposed(model, el) {
  const page = frame(model, el);
  const names = [...Object.keys(RANGES), "step", "show"];
  const own = settings(model, names, () => draw());
  const { state } = own;
  let hovered = null; // the output cell that the pointer visits
  let possible = true;
  let size = ""; // of the output, in words
  const parts = transposedParts(own, visit);
  const play = player({
    noun: "input",
    go: (step) => ((state.step = step), show()),
    rest: () => (own.commit(), tell()),
  });
  const tell = () =>
    page.tell([
      state.show === "values" ? size : `${size} Its numbers: how many stamps overlap.`,
      parts.words.textContent,
      parts.overlap.textContent,
    ]);
  play.listen(page.root);
  page.root.append(...layOutTransposed(parts, page.impossible, play.element));

  function draw() {
    drawSettings(parts, state);
    const view = page.attempt(() => computeTransposed(state));
    possible = view !== null;
    for (const part of [play.element, parts.words, parts.overlap, parts.middle, parts.slide]) part.hidden = !possible;
    if (!view) return;
    parts.overlap.textContent = overlapWords(view.overlaps);
    size = `Output ${shape(view.values).join(" by ")}.`;
    play.set(state.step, state.image.flat().length); // shows the step too
    tell();
  }
  function show() {
    const view = computeTransposed(state, hovered);
    drawStep(parts, view, state.show === "overlaps");
    if (view.visited) drawVisited(parts, view, state.show === "overlaps");
    else drawNewest(parts, view, state);
  }
  function visit(cell) {
    hovered = cell;
    if (!possible) return;
    show();
    if (cell && parts.output.focused()) page.say(parts.words.textContent);
  }

  draw();
  return () => {
    own.close();
    page.close();
  };
}

function transposedParts({ commit, choose, edit, resize }, visit) {
  const output = grid({ label: "output", onhover: visit, onpress: (cell) => visit(cell) });
  const spread = grid({ label: "input with zeros between its cells" });
  const turnedKernel = grid({ label: "kernel, turned" });
  const way = (title, ...grids) => h("div", { class: "cnn-way" }, h("h4", {}, title), ...grids);
  return {
    sizes: sizeSliders(RANGES, resize(FRESH), commit),
    input: grid({ label: "input", onedit: edit("image") }),
    kernel: grid({ label: "kernel", onedit: edit("kernel") }),
    output,
    spread,
    turnedKernel,
    middle: way("→ one output ←", named("output", output)),
    slide: way(
      "Insert zeros, then slide",
      named("input, spread out", spread),
      named("kernel, turned", turnedKernel),
    ),
    what: choice({
      label: "output shows",
      options: [
        ["values", "its values"],
        ["overlaps", "how many stamps overlap"],
      ],
      onchange: choose("show"),
    }),
    words: h("p", { class: "cnn-sum" }),
    overlap: note(),
    formulas: h("div"),
    code: codeLine(),
  };
}

/** @param {TransposedParts} parts */
function layOutTransposed(parts, impossible, play) {
  const stamp = h(
    "div",
    { class: "cnn-way" },
    h("h4", {}, "Stamp"),
    named("input", parts.input),
    named("kernel", parts.kernel),
  );
  return [
    h("div", { class: "cnn-controls" }, ...parts.sizes.elements),
    h("div", { class: "cnn-stage cnn-top" }, stamp, parts.middle, parts.slide),
    impossible,
    play,
    parts.words,
    parts.what.element,
    parts.overlap,
    parts.formulas,
    parts.code.element,
    note(
      "Play: one input cell after the other arrives. Point at an output to see what it is made of, both ways.",
    ),
  ];
}

/**
 * What does not depend on whether there is an output: controls, input and kernel, formula and code.
 * @param {TransposedParts} parts
 */
function drawSettings(parts, state) {
  const [inputShape, kernelShape] = [shape(state.image), shape(state.kernel)];
  parts.sizes.set({ ...state, image: inputShape, kernel: kernelShape });
  parts.what.set(state.show);
  parts.input.update(state.image, { size: 32 });
  parts.kernel.update(state.kernel, { size: 32 });
  parts.turnedKernel.update(turned(state.kernel), { size: 32 });
  parts.formulas.replaceChildren(...transposedFormulas(inputShape, kernelShape, state));
  const { stride, padding, output_padding, dilation } = state;
  const layer = torchArguments(
    { stride, padding, output_padding, dilation },
    { ...CONV_DEFAULTS, output_padding: [0, 0] },
  );
  parts.code.set(
    `nn.ConvTranspose2d(1, 1, kernel_size=${one(kernelShape)}, ${layer ? `${layer}, ` : ""}bias=False)`,
  );
}

/** Whether the stamps make a checkerboard. */
function overlapWords({ occurring, even }) {
  const counts = occurring.join(", ");
  if (occurring.length === 1) return `Every cell receives ${counted(occurring[0], "stamp")}: no checkerboard.`;
  if (even) {
    return `${counts} stamps on a cell, fewer only near the border. Inside it is the same number everywhere, ` +
      "because the stride divides the kernel size: no checkerboard.";
  }
  return `Stamps overlap unevenly: ${counts} of them on a cell. ` +
    "With equal inputs and weights this is the checkerboard that such layers leave in pictures. " +
    "It vanishes inside where the stride divides the kernel size.";
}

/**
 * How far both ways are.
 * @param {TransposedParts} parts
 * @param {TransposedView} view
 */
function drawStep(parts, view, overlapping) {
  const { input, output, spread } = parts;
  output.update(overlapping ? view.counts : view.values, { size: Math.min(32, cellSize(view.values[0].length)) });
  output.mark("dim", view.overlaps.none);
  view.overlaps.deep.forEach((cells, n) => output.mark(`deep${n + 2}`, overlapping ? cells : []));
  spread.update(view.spread.rows, { size: Math.min(26, cellSize(view.spread.rows[0].length)) });
  spread.mark("padding", view.spread.zeros);
  spread.mark("unknown", view.spread.coming);
  input.mark("unknown", view.coming);
}

/**
 * The newest input cell and its stamp.
 * @param {TransposedParts} parts
 * @param {TransposedView} view
 */
function drawNewest(parts, view, state) {
  const { input, output, spread, words } = parts;
  const { cell, stamp, reached, inSpread } = view.newest;
  input.mark("window", []);
  input.mark("current", [cell]);
  input.corners([], []);
  spread.mark("current", [inSpread]);
  spread.mark("window", []);
  spread.outline(null);
  output.mark("current", []);
  output.outline(null);
  output.mark("window", state.show === "values" ? stamp : []); // overlaps have colours of their own
  words.replaceChildren(
    `input[${cell.join(", ")}] = `,
    h("b", {}, short(at(state.image, cell))),
    ` is multiplied by every weight of the kernel and added to ${counted(reached, "output cell")}.`,
  );
}

/**
 * One output cell: the inputs whose stamps reach it, and the window that sees the same inputs.
 * @param {TransposedParts} parts
 * @param {TransposedView} view
 */
function drawVisited(parts, view, overlapping) {
  const { input, output, spread, words } = parts;
  const { cell, window, sources } = view.visited;
  const reached = sources.map((source) => source.cell);
  input.mark("current", []);
  input.mark("window", reached);
  input.corners(
    reached,
    sources.map(({ weight }) => `×${short(weight)}`),
  );
  output.mark("window", []);
  output.mark("current", [cell]);
  output.outline(cell, cell);
  spread.mark("current", []);
  spread.mark("window", window);
  spread.outline(window[0], window.at(-1));
  const terms = sources.map(({ value, weight }) => `${bracketed(value)}·${bracketed(weight)}`);
  words.replaceChildren(
    `output[${cell.join(", ")}] = ${terms.join(" + ") || "nothing reaches it"} = `,
    h("b", {}, short(at(view.values, cell))),
    overlapping ? `, from ${counted(sources.length, "stamp")}` : "",
  );
}
