// Weight View: what one weight touches. Every place of the input, its diagonals in the matrix, its gradient as a sum.

import { sizeSliders } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { product } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import { replaced, shape } from "../page/operations.js";
import { paddedGrid } from "../page/padded.js";
import { settings } from "../page/settings.js";
import { short, thousands } from "../page/words.js";
import { computeWeight, computeWeights } from "./view.js";

/** @typedef {ReturnType<typeof computeWeights>} WeightsView */
/** @typedef {ReturnType<typeof weightsParts>} WeightsParts */

const FRESH = { image: (r, c) => (3 * r + 5 * c) % 10, kernel: (r, c) => 1 + ((r + 2 * c) % 5) };
const RANGES = {
  image: ["input", 2, 6],
  kernel: ["kernel", 1, 4],
  stride: ["stride", 1, 3],
  padding: ["padding", 0, 2],
};
const AS_MATRIX = "a row for each output, a column for each input";

export function weights(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "upstream", "stride", "padding", "weight"];
  const own = settings(model, names, () => draw());
  const { state, commit, choose } = own;
  let view = null; // null while the settings cannot be
  let hovered = null; // the weight that the pointer visits, [row, column]
  const parts = weightsParts(own, {
    refuse: page.refuse,
    visit,
    visitEntry: (cell) => visit(cell && (view.owner.get(String(cell)) ?? null)),
    editAbove: (cell, value) => choose("upstream")(replaced(view.above, cell, value)),
    pin([r, c]) {
      state.weight = r * state.kernel[0].length + c;
      commit();
      show();
      tell();
    },
  });
  const spoken = () => `${parts.words.textContent} ${parts.sum.textContent}`;
  const tell = () => page.tell([spoken(), parts.share.textContent]);
  page.root.append(...layOutWeights(parts, page.impossible));

  function draw() {
    parts.sizes.set({ ...state, image: shape(state.image), kernel: shape(state.kernel) });
    view = page.attempt(() => computeWeights(state));
    parts.body.hidden = !view;
    if (!view) return;
    drawGrids(parts, view, state.kernel);
    drawLayer(parts, view, state.kernel);
    show();
    tell();
  }
  /** The weight that is visited, or else the one that is kept. */
  function show() {
    const width = state.kernel[0].length;
    state.weight = Math.min(state.weight, state.kernel.length * width - 1);
    const weight = hovered ?? [Math.floor(state.weight / width), state.weight % width];
    drawWeight(parts, computeWeight(view, state, weight));
  }
  function visit(weight) {
    if (!view || (weight && !state.kernel[weight[0]])) return;
    hovered = weight;
    show();
    if (weight && parts.kernel.focused()) page.say(spoken());
  }

  draw();
  return () => {
    own.close();
    page.close();
  };
}

function weightsParts({ state, commit, choose, resize }, { refuse, visit, visitEntry, editAbove, pin }) {
  const kernel = grid({ label: "kernel", onhover: visit, onpress: pin });
  const input = paddedGrid({ label: "input", state, onimage: choose("image"), refuse });
  const above = grid({ label: "gradient of the output", onedit: editAbove });
  const gradient = grid({ label: "gradient of the kernel", onhover: visit, onpress: pin });
  const sparse = grid({ label: `the layer as a matrix: ${AS_MATRIX}`, onhover: visitEntry });
  const [words, sum, share] = [h("p", {}), h("p", { class: "cnn-sum" }), note()];
  const body = h(
    "div",
    {},
    h(
      "div",
      { class: "cnn-stage cnn-top" },
      named("kernel: point at a weight", kernel),
      named(input.name, input),
      named("gradient of the output", above),
      named("gradient of the kernel", gradient),
    ),
    words,
    sum,
    named(`the same layer as a matrix: ${AS_MATRIX}`, sparse),
    share,
  );
  const sizes = sizeSliders(RANGES, resize(FRESH), commit);
  return { sizes, kernel, input, above, gradient, sparse, words, sum, share, body };
}

/** @param {WeightsParts} parts */
function layOutWeights({ sizes, body }, impossible) {
  return [
    h("div", { class: "cnn-controls" }, ...sizes.elements),
    impossible,
    body,
    note(
      "Enter or a click keeps a weight. Numbers of the input and of the output's gradient can be changed.",
    ),
  ];
}

/**
 * @param {WeightsParts} parts
 * @param {WeightsView} view
 */
function drawGrids({ kernel, input, above, gradient }, view, weights) {
  const size = Math.min(34, cellSize(view.padded[0].length));
  input.show(size);
  kernel.update(weights, { size: 34 });
  above.update(view.above, { size });
  gradient.update(view.gradient, { size: 34 });
}

/**
 * The layer as a matrix, and how few of its entries and of their numbers there are.
 * @param {WeightsParts} parts
 * @param {WeightsView} view
 */
function drawLayer({ sparse, share }, { layer, owner, empty }, weights) {
  const [rows, columns] = shape(layer);
  sparse.update(layer, { size: 24, text: (value, r, c) => (owner.has(`${r},${c}`) ? short(value) : "") });
  sparse.mark("empty", empty);
  share.textContent =
    `${rows} × ${columns} = ${thousands(rows * columns)} entries, of which ${owner.size} are not empty ` +
    `(${short((100 * owner.size) / (rows * columns))} %): sparse connections. ` +
    `Only ${weights.flat().length} different weights: shared weights.`;
}

/**
 * @param {WeightsParts} parts
 * @param {ReturnType<typeof computeWeight>} shown
 */
function drawWeight({ kernel, input, gradient, sparse, words, sum }, shown) {
  const { weight, touched, products } = shown;
  kernel.mark("current", [weight]);
  kernel.outline(weight, weight);
  gradient.mark("current", [weight]);
  input.mark("touched", touched);
  sparse.mark("current", shown.entries);
  const name = `weight[${weight.join(", ")}]`;
  words.replaceChildren(
    `${name} = `,
    h("b", {}, short(shown.value)),
    ` is used ${touched.length === 1 ? "once" : `${touched.length} times`}, `,
    "once for each output: it touches the framed cells of the input.",
  );
  sum.replaceChildren(
    `gradient of ${name} = `,
    ...products.flatMap(([below, above], n) => [n ? " + " : "", product(below, above)]),
    " = ",
    h("b", {}, short(shown.gradient)),
  );
}
