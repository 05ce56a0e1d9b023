// Weight View: what one weight touches. Every place of the input, its diagonals in the matrix, its gradient as a sum.

import { sizeSliders } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { product } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { cellSize, grid, named } from "../page/grid.js";
import { at, matrix, outputShape, pad, places, replaced, shape, weightGradient } from "../page/operations.js";
import { paddedGrid } from "../page/padded.js";
import { settings } from "../page/settings.js";
import { short, thousands } from "../page/words.js";

const FRESH = { image: (r, c) => (3 * r + 5 * c) % 10, kernel: (r, c) => 1 + ((r + 2 * c) % 5) };

export function weights(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "upstream", "stride", "padding", "weight"];
  const { state, commit, choose, resize, close } = settings(model, names, () => draw());
  const now = {};
  let hovered = null; // the weight that the pointer visits, [row, column]

  const kernel = grid({ label: "kernel", onhover: visit, onpress: pin });
  const input = paddedGrid({ label: "input", state, onimage: choose("image"), refuse: page.refuse });
  const above = grid({ label: "gradient of the output", onedit: editAbove });
  const gradient = grid({ label: "gradient of the kernel", onhover: visit, onpress: pin });
  const sparse = grid({
    label: "the layer as a matrix: a row for each output, a column for each input",
    onhover: (cell) => visit(cell && weightIn(cell)),
  });
  const ranges = { image: ["input", 2, 6], kernel: ["kernel", 1, 4], stride: ["stride", 1, 3] };
  const sizes = sizeSliders({ ...ranges, padding: ["padding", 0, 2] }, resize(FRESH), commit);
  const words = h("p", {});
  const sum = h("p", { class: "cnn-sum" });
  const share = note();
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
    named("the same layer as a matrix: a row for each output, a column for each input", sparse),
    share,
  );
  page.root.append(
    h("div", { class: "cnn-controls" }, ...sizes.elements),
    page.impossible,
    body,
    note(
      "Enter or a click keeps a weight. Numbers of the input and of the output's gradient can be changed.",
    ),
  );

  function editAbove(cell, value) {
    choose("upstream")(replaced(now.above, cell, value));
  }
  const geometry = () => ({ stride: state.stride, padding: state.padding, dilation: [1, 1] });

  function draw() {
    sizes.set({ ...state, image: shape(state.image), kernel: shape(state.kernel) });
    now.size = page.attempt(() => outputShape(state.image, state.kernel, geometry()));
    body.hidden = !now.size;
    if (body.hidden) return;
    now.above = matrix(...now.size, (r, c) => state.upstream[r]?.[c] ?? 1);
    now.padded = pad(state.image, state.padding);
    now.gradient = weightGradient(state.image, state.kernel, geometry(), now.above);
    const size = Math.min(34, cellSize(now.padded[0].length));
    input.show(size);
    kernel.update(state.kernel, { size: 34 });
    above.update(now.above, { size });
    gradient.update(now.gradient, { size: 34 });
    drawMatrix();
    show();
  }

  /** The entry of the matrix that weight [i, j] has for output number `out`, or null if it lies on padding. */
  function entry([i, j], out) {
    const [y, x] = [Math.floor(out / now.size[1]), out % now.size[1]];
    const [r, c] = [y * state.stride[0] + i - state.padding[0], x * state.stride[1] + j - state.padding[1]];
    const width = state.image[0].length;
    return state.image[r]?.[c] === undefined ? null : [out, r * width + c];
  }

  function drawMatrix() {
    const [rows, columns] = [now.size[0] * now.size[1], state.image.length * state.image[0].length];
    now.owner = new Map(); // which weight an entry of the matrix is
    const full = matrix(rows, columns, () => 0);
    for (const weight of places(state.kernel)) {
      for (let out = 0; out < rows; out++) {
        const cell = entry(weight, out);
        if (!cell) continue;
        now.owner.set(String(cell), weight);
        full[cell[0]][cell[1]] = at(state.kernel, weight);
      }
    }
    const size = columns <= 25 ? 24 : columns <= 36 ? 22 : 13;
    sparse.update(full, { size, text: (value, r, c) => (now.owner.has(`${r},${c}`) ? short(value) : "") });
    sparse.mark(
      "empty",
      places(full).filter((cell) => !now.owner.has(String(cell))),
    );
    const used = now.owner.size;
    share.textContent = `${rows} × ${columns} = ${thousands(rows * columns)} entries, of which ${used} are not empty ` +
      `(${short((100 * used) / (rows * columns))} %): sparse connections. ` +
      `Only ${places(state.kernel).length} different weights: shared weights.`;
  }

  const weightIn = (cell) => now.owner.get(String(cell)) ?? null;

  /** The weight that is visited, or else the one that is kept. */
  function show() {
    const width = state.kernel[0].length;
    state.weight = Math.min(state.weight, places(state.kernel).length - 1);
    const weight = hovered ?? [Math.floor(state.weight / width), state.weight % width];
    const outputs = places(now.above);
    const touched = outputs.map(([y, x]) => [
      y * state.stride[0] + weight[0],
      x * state.stride[1] + weight[1],
    ]);
    kernel.mark("current", [weight]);
    kernel.outline(weight, weight);
    gradient.mark("current", [weight]);
    input.mark("touched", touched);
    sparse.mark("current", outputs.map((_, out) => entry(weight, out)).filter(Boolean));
    const name = `weight[${weight.join(", ")}]`;
    words.replaceChildren(
      `${name} = `,
      h("b", {}, short(at(state.kernel, weight))),
      ` is used ${touched.length === 1 ? "once" : `${touched.length} times`}, `,
      "once for each output: it touches the framed cells of the input.",
    );
    sum.replaceChildren(
      `gradient of ${name} = `,
      ...touched.flatMap((cell, n) => [
        n ? " + " : "",
        product(at(now.padded, cell), at(now.above, outputs[n])),
      ]),
      " = ",
      h("b", {}, short(at(now.gradient, weight))),
    );
  }

  function visit(weight) {
    if (body.hidden || (weight && !state.kernel[weight[0]])) return;
    hovered = weight;
    show();
    if (weight && kernel.focused()) page.say(`${words.textContent} ${sum.textContent}`);
  }
  function pin([r, c]) {
    state.weight = r * state.kernel[0].length + c;
    commit();
    show();
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
