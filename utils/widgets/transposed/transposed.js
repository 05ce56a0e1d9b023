// Transposed Convolution: two ways to one output, in lockstep. Left, each input cell stamps the kernel onto the
// output; right, zeros are put between the input cells and the turned kernel slides over them.

import { stampsEvenly } from "../page/arithmetic.js";
import { choice, codeLine, sizeSliders } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { bracketed, CONV_DEFAULTS, torchArguments, transposedFormulas } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import {
  at,
  matrix,
  places,
  replaced,
  resized,
  shape,
  transposedConvolve,
  turned,
  windowAt,
} from "../page/operations.js";
import { player } from "../page/player.js";
import { settings } from "../page/settings.js";
import { counted, one, short } from "../page/words.js";

export function transposed(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "stride", "padding", "output_padding", "dilation", "step", "show"];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  const now = {};
  let hovered = null; // the output cell that the pointer visits

  const input = grid({ label: "input", onedit: editor("image"), onpress: null });
  const kernel = grid({ label: "kernel", onedit: editor("kernel") });
  const output = grid({ label: "output", onhover: visit, onpress: (cell) => visit(cell) });
  const spread = grid({ label: "input with zeros between its cells" });
  const turnedKernel = grid({ label: "kernel, turned" });
  const play = player({
    noun: "input",
    go: (step) => ((state.step = step), show()),
    rest: () => {
      commit();
      page.say(words.textContent);
    },
  });
  play.listen(page.root);

  const ranges = { image: ["input", 1, 5], kernel: ["kernel", 1, 5], stride: ["stride", 1, 4] };
  const more = {
    padding: ["padding", 0, 4],
    output_padding: ["output_padding", 0, 3],
    dilation: ["dilation", 1, 3],
  };
  const sizes = sizeSliders({ ...ranges, ...more }, resize, commit);
  const what = choice({
    label: "output shows",
    options: [
      ["values", "its values"],
      ["overlaps", "how many stamps overlap"],
    ],
    onchange: choose("show"),
  });
  const words = h("p", { class: "cnn-sum" });
  const overlap = note();
  const formulas = h("div");
  const code = codeLine();
  const stage = h(
    "div",
    { class: "cnn-stage cnn-top" },
    h("div", { class: "cnn-way" }, h("h4", {}, "Stamp"), named("input", input), named("kernel", kernel)),
    h("div", { class: "cnn-way" }, h("h4", {}, "→ one output ←"), named("output", output)),
    h(
      "div",
      { class: "cnn-way" },
      h("h4", {}, "Insert zeros, then slide"),
      named("input, spread out", spread),
      named("kernel, turned", turnedKernel),
    ),
  );
  page.root.append(
    h("div", { class: "cnn-controls" }, ...sizes.elements),
    stage,
    page.impossible,
    play.element,
    words,
    what.element,
    overlap,
    formulas,
    code.element,
    note(
      "Play: one input cell after the other arrives. Point at an output to see what it is made of, both ways.",
    ),
  );

  function resize(name, size) {
    const fresh = { image: (r, c) => 1 + ((2 * r + c) % 4), kernel: () => 1 }[name];
    drag(name)(fresh ? resized(state[name], size, fresh) : size);
  }
  function editor(name) {
    return (cell, value) => {
      drag(name)(replaced(state[name], cell, value));
      commit();
    };
  }
  const geometry = () => ({ ...state, outputPadding: state.output_padding });

  function draw() {
    const [inputShape, kernelShape] = [shape(state.image), shape(state.kernel)];
    sizes.set({ ...state, image: inputShape, kernel: kernelShape });
    what.set(state.show);
    input.update(state.image, { size: 32 });
    kernel.update(state.kernel, { size: 32 });
    turnedKernel.update(turned(state.kernel), { size: 32 });
    formulas.replaceChildren(...transposedFormulas(inputShape, kernelShape, state));
    const layer = torchArguments(
      {
        stride: state.stride,
        padding: state.padding,
        output_padding: state.output_padding,
        dilation: state.dilation,
      },
      { ...CONV_DEFAULTS, output_padding: [0, 0] },
    );
    code.set(
      `nn.ConvTranspose2d(1, 1, kernel_size=${one(kernelShape)}, ${layer ? `${layer}, ` : ""}bias=False)`,
    );
    now.size = page.attempt(() => shape(transposedConvolve(state.image, state.kernel, geometry())));
    for (
      const part of [
        play.element,
        words,
        overlap,
        spread.element.closest(".cnn-way"),
        output.element.closest(".cnn-way"),
      ]
    ) {
      part.hidden = !now.size;
    }
    if (!now.size) return;
    now.counts = transposedConvolve(filled(inputShape, 1), filled(kernelShape, 1), geometry());
    const counts = [...new Set(now.counts.flat())].sort((a, b) => a - b);
    overlap.textContent = counts.length === 1
      ? `Every cell receives ${counted(counts[0], "stamp")}: no checkerboard.`
      : [0, 1].every((axis) => stampsEvenly(kernelShape[axis], state.stride[axis], state.dilation[axis]))
      ? `${counts.join(", ")} stamps on a cell, fewer only near the border. Inside it is the same number everywhere, ` +
        "because the stride divides the kernel size: no checkerboard."
      : `Stamps overlap unevenly: ${counts.join(", ")} of them on a cell. ` +
        "With equal inputs and weights this is the checkerboard that such layers leave in pictures. It vanishes inside where the stride divides the kernel size.";
    play.set(state.step, inputShape[0] * inputShape[1]);
  }

  /** @type {(size: number[], value: number) => number[][]} */
  const filled = ([height, width], value) => matrix(height, width, () => value);

  /** The spread-out input: where cell [y, x] of the input lies in it, and how large it is. */
  function spreading() {
    const offset = [0, 1].map((a) => state.dilation[a] * (shape(state.kernel)[a] - 1) - state.padding[a]);
    const size = [0, 1].map((a) => now.size[a] + state.dilation[a] * (shape(state.kernel)[a] - 1));
    return { size, lies: ([y, x]) => [y * state.stride[0] + offset[0], x * state.stride[1] + offset[1]] };
  }

  function show() {
    const all = places(state.image);
    const arrived = all.slice(0, state.step + 1);
    const soFar = (rows) => matrix(...shape(rows), (r, c) => (r * rows[0].length + c <= state.step ? rows[r][c] : 0));
    const ones = [state.image, state.kernel].map((rows) => filled(shape(rows), 1));
    const values = transposedConvolve(soFar(state.image), state.kernel, geometry());
    const counts = transposedConvolve(soFar(ones[0]), ones[1], geometry());
    const size = Math.min(32, cellSize(now.size[1]));
    output.update(state.show === "values" ? values : counts, { size });
    output.mark(
      "dim",
      places(counts).filter((cell) => !at(counts, cell)),
    );
    for (const level of [2, 3, 4]) {
      const deep = ([r, c]) => Math.min(now.counts[r][c], 4) === level && state.show === "overlaps" && counts[r][c];
      output.mark(`deep${level}`, places(counts).filter(deep));
    }
    const { size: wide, lies } = spreading();
    const spreadOut = filled(wide, 0);
    for (const cell of arrived) {
      const [r, c] = lies(cell);
      if (spreadOut[r]?.[c] !== undefined) spreadOut[r][c] = at(state.image, cell); // else padding cut it off
    }
    spread.update(spreadOut, { size: Math.min(26, cellSize(wide[1])) });
    const real = all.map(lies);
    spread.mark(
      "padding",
      places(spreadOut).filter((cell) => !real.some((other) => String(other) === String(cell))),
    );
    input.mark("unknown", all.slice(state.step + 1));
    spread.mark("unknown", real.slice(state.step + 1));
    if (hovered && values[hovered[0]]?.[hovered[1]] !== undefined) showOutput(hovered, values, lies, arrived);
    else showStamp(arrived.at(-1), lies);
  }

  /** The newest input cell and its stamp. */
  function showStamp(cell, lies) {
    const stamp = windowAt(cell, shape(state.kernel), state.stride, state.dilation).map(([r, c]) => [
      r - state.padding[0],
      c - state.padding[1],
    ]);
    input.mark("window", []);
    input.mark("current", [cell]);
    input.corners([], []);
    spread.mark("current", [lies(cell)]);
    spread.mark("window", []);
    spread.outline(null);
    output.mark("current", []);
    output.outline(null);
    output.mark("window", state.show === "values" ? stamp : []); // overlaps have colours of their own
    const inside = stamp.filter(([r, c]) => r >= 0 && c >= 0 && r < now.size[0] && c < now.size[1]);
    words.replaceChildren(
      `input[${cell.join(", ")}] = `,
      h("b", {}, short(at(state.image, cell))),
      ` is multiplied by every weight of the kernel and added to ${counted(inside.length, "output cell")}.`,
    );
  }

  /** One output cell: the inputs whose stamps reach it, and the window that sees the same inputs. */
  function showOutput(here, values, lies, arrived) {
    const weights = turned(state.kernel).flat();
    const window = windowAt(here, shape(state.kernel), [1, 1], state.dilation);
    const reached = arrived.filter((cell) => window.some((other) => String(other) === String(lies(cell))));
    const weightOn = (cell) => weights[window.findIndex((other) => String(other) === String(lies(cell)))];
    input.mark("current", []);
    input.mark("window", reached);
    input.corners(
      reached,
      reached.map((cell) => `×${short(weightOn(cell))}`),
    );
    output.mark("window", []);
    output.mark("current", [here]);
    output.outline(here, here);
    spread.mark("current", []);
    spread.mark("window", window);
    spread.outline(window[0], window.at(-1));
    const terms = reached.map((cell) => `${bracketed(at(state.image, cell))}·${bracketed(weightOn(cell))}`);
    words.replaceChildren(
      `output[${here.join(", ")}] = ${terms.join(" + ") || "nothing reaches it"} = `,
      h("b", {}, short(at(values, here))),
      state.show === "overlaps" ? `, from ${counted(reached.length, "stamp")}` : "",
    );
  }

  function visit(cell) {
    hovered = cell;
    if (!now.size) return;
    show();
    if (cell && output.focused()) page.say(words.textContent);
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
