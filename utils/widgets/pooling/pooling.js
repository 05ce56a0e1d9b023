// Pooling Bench: max, average and strided convolution on one input; shift it, and see which outputs move.

import { choice, sizeSliders, slider } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { bracketed, sizeFormulas } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import {
  at,
  averagePool,
  convolve,
  matrix,
  maxPool,
  places,
  replaced,
  resized,
  shape,
  windowAt,
  winners,
} from "../page/operations.js";
import { settings } from "../page/settings.js";
import { short } from "../page/words.js";

const WAYS = [
  ["max", "max"],
  ["average", "average"],
  ["convolution", "strided convolution"],
];

export function pooling(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "kernel_size", "stride", "shift", "way"];
  const { state, commit, drag, close } = settings(model, names, () => draw());
  const now = {};
  let hovered = null; // [way, output cell] that the pointer visits
  let pinned = null; // [way, output cell] that was clicked

  const input = grid({ label: "input", onedit: editInput });
  const gradient = grid({ label: "gradient of the input" });
  const kernel = grid({ label: "kernel of the strided convolution", onedit: editKernel });
  const outputs = Object.fromEntries(
    WAYS.map(([way, name]) => [
      way,
      {
        grid: grid({
          label: `output, ${name}`,
          onhover: (cell) => visit(way, cell),
          onpress: (cell) => pin(way, cell),
        }),
        words: note(),
      },
    ]),
  );

  const sizes = sizeSliders({ kernel_size: ["window", 1, 4], stride: ["stride", 1, 4] }, resize, commit);
  const shift = slider({
    label: "shift to the right",
    min: 0,
    max: 3,
    oninput: drag("shift"),
    onchange: commit,
  });
  const way = choice({
    label: "gradient through",
    options: WAYS,
    onchange: (value) => {
      pinned = null;
      drag("way")(value);
      commit();
    },
  });
  const sum = h("p", { class: "cnn-sum" });
  const back = note();
  const formulas = h("div");
  const stage = h(
    "div",
    { class: "cnn-stage cnn-top" },
    named("input", input),
    ...WAYS.map(([name, title]) => named(title, outputs[name].grid, outputs[name].words)),
  );
  const backwards = h(
    "div",
    { class: "cnn-stage cnn-top" },
    named("its kernel", kernel),
    named("gradient of the input", gradient, back),
  );
  const lower = h("div", {}, way.element, backwards);
  page.root.append(
    h("div", { class: "cnn-controls" }, ...sizes.elements, shift.element),
    stage,
    page.impossible,
    sum,
    lower,
    formulas,
    note(
      "Point at an output to see its window; a click keeps it, and another lets it go. ",
      "Outputs that the shift has changed have a thick edge.",
    ),
  );

  function resize(name, size) {
    if (name === "kernel_size") state.kernel = resized(state.kernel, size, (_, c) => [1, -1][c % 2]);
    drag(name)(size);
  }
  function editInput([r, c], value) {
    if (c < state.shift) return page.refuse("What was shifted in stays 0: it is no part of the image.");
    drag("image")(replaced(state.image, [r, c - state.shift], value));
    commit();
  }
  function editKernel(cell, value) {
    drag("kernel")(replaced(now.kernel, cell, value));
    commit();
  }

  /** The image moved to the right by `by` columns; zeros follow it. */
  const moved = (by) => state.image.map((row) => row.map((_, c) => row[c - by] ?? 0));

  function all(image) {
    const plain = { stride: state.stride, padding: [0, 0], dilation: [1, 1] };
    return {
      max: maxPool(image, state.kernel_size, state.stride),
      average: averagePool(image, state.kernel_size, state.stride),
      convolution: convolve(image, now.kernel, plain),
    };
  }

  function draw() {
    now.kernel = matrix(...state.kernel_size, (r, c) => state.kernel[r]?.[c] ?? 0);
    now.image = moved(state.shift);
    sizes.set(state);
    shift.set(state.shift);
    way.set(state.way);
    input.update(now.image, { size: Math.min(cellSize(now.image[0].length), 32) });
    input.mark(
      "padding",
      places(now.image).filter(([, c]) => c < state.shift),
    );

    const settingsOfSize = { stride: state.stride, padding: [0, 0], dilation: [1, 1] };
    formulas.replaceChildren(...sizeFormulas(shape(state.image), state.kernel_size, settingsOfSize));
    now.before = page.attempt(() => all(state.image));
    now.results = now.before && all(now.image);
    for (const part of [sum, lower]) part.hidden = !now.results;
    for (const { grid } of Object.values(outputs)) grid.element.closest("figure").hidden = !now.results;
    if (now.results) fill();
    else for (const name of ["window", "winner"]) (input.mark(name, []), input.outline(null));
  }

  function fill() {
    for (const [name] of WAYS) {
      const [result, before] = [now.results[name], now.before[name]];
      const cells = places(result);
      const changed = cells.filter((cell) => Math.abs(at(result, cell) - at(before, cell)) > 1e-9);
      outputs[name].grid.update(result, { size: 36 });
      outputs[name].grid.mark("changed", changed);
      outputs[name].words.textContent = state.shift ? `${changed.length} of ${cells.length} changed` : "";
    }
    kernel.update(now.kernel, { size: 32 });
    const gone = (visited) => visited && now.results.max[visited[1][0]]?.[visited[1][1]] === undefined;
    if (gone(pinned)) pinned = null;
    if (gone(hovered)) hovered = null;
    show();
  }

  /** The share of an output that each cell of its window has: the gradient it receives. */
  function shares(name, [y, x]) {
    const cells = windowAt([y, x], state.kernel_size, state.stride, [1, 1]);
    if (name === "convolution") return cells.map((cell, n) => [cell, now.kernel.flat()[n]]);
    if (name === "average") return cells.map((cell) => [cell, 1 / cells.length]);
    const best = winners(now.image, state.kernel_size, state.stride)[y][x];
    return cells.map((cell) => [cell, String(cell) === String(best) ? 1 : 0]);
  }

  function show() {
    const visited = hovered ?? pinned;
    const [name, here] = visited ?? [state.way, null];
    for (const [each] of WAYS) {
      outputs[each].grid.mark("current", each === name && here ? [here] : []);
      outputs[each].grid.outline(each === name ? here : null, here);
    }
    const window = here ? windowAt(here, state.kernel_size, state.stride, [1, 1]) : [];
    input.mark("window", window);
    input.outline(window[0], window.at(-1));
    const from = here ? [here] : places(now.results[name]);
    const total = matrix(...shape(now.image), () => 0);
    for (const cell of from) for (const [[r, c], share] of shares(name, cell)) total[r][c] += share;
    gradient.update(total, { size: Math.min(cellSize(total[0].length), 32) });
    gradient.mark(
      "winner",
      places(total).filter((cell) => at(total, cell)),
    );
    input.mark(
      "winner",
      here && name === "max"
        ? shares(name, here)
          .filter(([, share]) => share)
          .map(([cell]) => cell)
        : [],
    );
    kernel.element.closest("figure").hidden = name !== "convolution";
    const cells = window.length || state.kernel_size[0] * state.kernel_size[1];
    back.textContent = {
      max: "All of it goes to the largest cell of the window (of equal ones to the first), none to the others.",
      average: `Each cell of the window gets the same share, 1/${cells}.`,
      convolution: "Each cell gets the weight that lies on it.",
    }[name] + (here ? "" : " Here every output counts once, and shares of several windows add up.");
    sum.replaceChildren(here ? calculation(name, here, window) : "Point at a number of an output.");
  }

  function calculation(name, here, window) {
    const values = window.map((cell) => bracketed(at(now.image, cell)));
    const result = short(at(now.results[name], here));
    const place = `output[${here.join(", ")}] = `;
    if (name === "max") {
      return `${place}max(${window.map((cell) => short(at(now.image, cell))).join(", ")}) = ${result}`;
    }
    if (name === "average") return `${place}(${values.join(" + ")}) / ${values.length} = ${result}`;
    return `${place}${values.map((value, n) => `${value}·${bracketed(now.kernel.flat()[n])}`).join(" + ")} = ${result}`;
  }

  function visit(name, cell) {
    hovered = cell && [name, cell];
    if (!now.results) return;
    show();
    if (cell && outputs[name].grid.focused()) page.say(sum.textContent);
  }
  function pin(name, cell) {
    pinned = String(pinned) === String([name, cell]) ? null : [name, cell];
    show();
    page.say(sum.textContent);
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
