// Pooling Bench: max, average and strided convolution on one input; shift it, and see which outputs move.

import { choice, sizeSliders, slider } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { bracketed, sizeFormulas } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import { at, places, replaced, resized, shape } from "../page/operations.js";
import { settings } from "../page/settings.js";
import { one, short } from "../page/words.js";
import { computePooling, kernelOf, shifted } from "./view.js";

/** @typedef {ReturnType<typeof computePooling>} PoolingView */
/** @typedef {ReturnType<typeof poolingParts>} PoolingParts */

/** @type {[import("./view.js").Way, string][]} */
const WAYS = [
  ["max", "max"],
  ["average", "average"],
  ["convolution", "strided convolution"],
];

export function pooling(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "kernel_size", "stride", "shift", "way"];
  const own = settings(model, names, () => draw());
  const { state, commit, drag, choose } = own;
  let hovered = null; // { way, cell } that the pointer visits
  let pinned = null; // { way, cell } that was clicked
  let possible = true;

  const parts = poolingParts({
    resize(name, size) {
      if (name === "kernel_size") state.kernel = resized(state.kernel, size, (_, c) => [1, -1][c % 2]);
      drag(name)(size);
    },
    commit,
    move: drag("shift"),
    take(way) {
      pinned = null;
      choose("way")(way);
    },
    editInput([r, c], value) {
      if (c < state.shift) return page.refuse("What was shifted in stays 0: it is no part of the image.");
      choose("image")(replaced(state.image, [r, c - state.shift], value));
    },
    editKernel: (cell, value) => choose("kernel")(replaced(kernelOf(state), cell, value)),
    visit(way, cell) {
      hovered = cell && { way, cell };
      if (!possible) return;
      show();
      if (cell && parts.outputs[way].grid.focused()) page.say(parts.sum.textContent);
    },
    pin(way, cell) {
      pinned = pinned?.way === way && String(pinned.cell) === String(cell) ? null : { way, cell };
      show();
      page.say(parts.sum.textContent);
    },
  });
  const tell = (outputs, shift) =>
    page.tell([
      `Window ${one(state.kernel_size)}, stride ${one(state.stride)}: outputs ${shape(outputs.max).join(" by ")}.`,
      ...(shift ? WAYS.map(([way, title]) => `${title}: ${parts.outputs[way].words.textContent}.`) : []),
      ...(pinned ? [parts.sum.textContent] : []),
      parts.back.textContent,
    ]);
  page.root.append(...layOutPooling(parts, page.impossible));

  function draw() {
    drawInput(parts, state);
    const view = page.attempt(() => computePooling(state));
    possible = view !== null;
    for (const part of [parts.sum, parts.lower]) part.hidden = !possible;
    for (const { figure } of Object.values(parts.outputs)) figure.hidden = !possible;
    if (!view) {
      for (const name of ["window", "winner"]) parts.input.mark(name, []);
      parts.input.outline(null);
      return;
    }
    const there = (visited) => visited && view.outputs.max[visited.cell[0]]?.[visited.cell[1]] !== undefined;
    if (!there(pinned)) pinned = null;
    if (!there(hovered)) hovered = null;
    drawOutputs(parts, view, state.shift);
    parts.kernel.update(kernelOf(state), { size: 32 });
    show();
    tell(view.outputs, state.shift);
  }
  function show() {
    drawWindow(parts, computePooling(state, hovered ?? pinned), state);
  }

  draw();
  return () => {
    own.close();
    page.close();
  };
}

function poolingParts({ resize, commit, move, take, editInput, editKernel, visit, pin }) {
  const output = ([way, title]) => {
    const [onhover, onpress] = [visit, pin].map((act) => (cell) => act(way, cell));
    const [cells, words] = [grid({ label: `output, ${title}`, onhover, onpress }), note()];
    return [way, { grid: cells, words, figure: named(title, cells, words) }];
  };
  const kernel = grid({ label: "kernel of the strided convolution", onedit: editKernel });
  const kernelFigure = named("its kernel", kernel);
  const gradient = grid({ label: "gradient of the input" });
  const back = note();
  const way = choice({ label: "gradient through", options: WAYS, onchange: take });
  return {
    sizes: sizeSliders({ kernel_size: ["window", 1, 4], stride: ["stride", 1, 4] }, resize, commit),
    shift: slider({ label: "shift to the right", min: 0, max: 3, oninput: move, onchange: commit }),
    input: grid({ label: "input", onedit: editInput }),
    outputs: Object.fromEntries(WAYS.map(output)),
    sum: h("p", { class: "cnn-sum" }),
    way,
    kernel,
    kernelFigure,
    gradient,
    back,
    lower: h(
      "div",
      {},
      way.element,
      h("div", { class: "cnn-stage cnn-top" }, kernelFigure, named("gradient of the input", gradient, back)),
    ),
    formulas: h("div"),
  };
}

/** @param {PoolingParts} parts */
function layOutPooling(parts, impossible) {
  const outputs = WAYS.map(([way]) => parts.outputs[way].figure);
  return [
    h("div", { class: "cnn-controls" }, ...parts.sizes.elements, parts.shift.element),
    h("div", { class: "cnn-stage cnn-top" }, named("input", parts.input), ...outputs),
    impossible,
    parts.sum,
    parts.lower,
    parts.formulas,
    note(
      "Point at an output to see its window; a click keeps it, and another lets it go. ",
      "Outputs that the shift has changed have a thick edge.",
    ),
  ];
}

/**
 * What does not depend on whether there is an output: controls, input and formula.
 * @param {PoolingParts} parts
 */
function drawInput(parts, state) {
  const image = shifted(state);
  parts.sizes.set(state);
  parts.shift.set(state.shift);
  parts.way.set(state.way);
  parts.input.update(image, { size: Math.min(cellSize(image[0].length), 32) });
  parts.input.mark(
    "padding",
    places(image).filter(([, c]) => c < state.shift),
  );
  const plain = { stride: state.stride, padding: [0, 0], dilation: [1, 1] };
  parts.formulas.replaceChildren(...sizeFormulas(shape(state.image), state.kernel_size, plain));
}

/**
 * @param {PoolingParts} parts
 * @param {PoolingView} view
 */
function drawOutputs(parts, view, shift) {
  for (const [way] of WAYS) {
    const { grid, words } = parts.outputs[way];
    grid.update(view.outputs[way], { size: 36 });
    grid.mark("changed", view.changed[way]);
    words.textContent = shift ? `${view.changed[way].length} of ${view.outputs[way].flat().length} changed` : "";
  }
}

/**
 * The window of the output cell that is visited, if one is, and the gradient of the input.
 * @param {PoolingParts} parts
 * @param {PoolingView} view
 */
function drawWindow(parts, view, state) {
  const { way, cell, window } = view;
  for (const [each] of WAYS) {
    parts.outputs[each].grid.mark("current", each === way && cell ? [cell] : []);
    parts.outputs[each].grid.outline(each === way ? cell : null, cell);
  }
  parts.input.mark("window", window);
  parts.input.outline(window[0], window.at(-1));
  parts.input.mark("winner", view.winner);
  parts.gradient.update(view.gradient, { size: Math.min(cellSize(view.gradient[0].length), 32) });
  parts.gradient.mark("winner", view.receiving);
  parts.kernelFigure.hidden = way !== "convolution";
  parts.back.textContent = {
    max: "All of it goes to the largest cell of the window (of equal ones to the first), none to the others.",
    average: `Each cell of the window gets the same share, 1/${state.kernel_size[0] * state.kernel_size[1]}.`,
    convolution: "Each cell gets the weight that lies on it.",
  }[way] + (cell ? "" : " Here every output counts once, and shares of several windows add up.");
  parts.sum.replaceChildren(cell ? calculation(view, state) : "Point at a number of an output.");
}

/** How the output cell that is visited comes about. */
function calculation({ outputs, way, cell, window }, state) {
  const values = window.map((place) => at(shifted(state), place));
  const factors = values.map(bracketed);
  const weights = kernelOf(state).flat().map(bracketed);
  const terms = {
    max: `max(${values.map(short).join(", ")})`,
    average: `(${factors.join(" + ")}) / ${values.length}`,
    convolution: factors.map((value, n) => `${value}·${weights[n]}`).join(" + "),
  };
  return `output[${cell.join(", ")}] = ${terms[way]} = ${short(at(outputs[way], cell))}`;
}
