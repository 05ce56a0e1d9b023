// Kernel Lab: a picture through a kernel that is picked or edited live; a patch of it can be taken to the Stepper.

import { choice } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { grid, named } from "../page/grid.js";
import { ARROWS, stepped } from "../page/keys.js";
import { clamp, filterSame, matrix, replaced, shape, turned } from "../page/operations.js";
import { extremes, paint, pointedAt } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { short } from "../page/words.js";
import { openStepper } from "../stepper/stepper.js";

const KERNELS = {
  "edges, left to right": [
    [1, 0, -1],
    [2, 0, -2],
    [1, 0, -1],
  ],
  "edges, top to bottom": [
    [1, 2, 1],
    [0, 0, 0],
    [-1, -2, -1],
  ],
  "all edges (Laplace)": [
    [0, 1, 0],
    [1, -4, 1],
    [0, 1, 0],
  ],
  "blur (mean)": matrix(3, 3, () => 1 / 9),
  "blur (Gauss, 5×5)": matrix(5, 5, (r, c) => ([1, 4, 6, 4, 1][r] * [1, 4, 6, 4, 1][c]) / 256),
  sharpen: [
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ],
  relief: [
    [-2, -1, 0],
    [-1, 1, 1],
    [0, 1, 2],
  ],
  "shift to the right": [
    [0, 0, 0],
    [1, 0, 0],
    [0, 0, 0],
  ],
  "leave as it is": [
    [0, 0, 0],
    [0, 1, 0],
    [0, 0, 0],
  ],
};
const PATCH = 7; // rows and columns that go to the Stepper

export function lab(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "operation", "padding_mode"];
  const { state, choose, close } = settings(model, names, () => draw());
  const now = { at: [0, 0] };
  let closeStepper = () => {};

  const kernel = grid({
    label: "kernel",
    onedit: (cell, value) => choose("kernel")(replaced(state.kernel, cell, value)),
  });
  const pick = h(
    "select",
    {
      "aria-label": "pick a kernel",
      onchange: () => choose("kernel")(KERNELS[pick.value] ?? state.kernel),
    },
    h("option", { value: "" }, "my own"),
    ...Object.keys(KERNELS).map((name) => h("option", { value: name }, name)),
  );
  const operation = choice({
    label: "it slides",
    options: [
      ["correlation", "as it is (correlation)"],
      ["convolution", "turned (convolution)"],
    ],
    onchange: choose("operation"),
  });
  const mode = choice({
    label: "padding",
    options: ["zeros", "reflect", "replicate", "circular"].map((name) => [name, name]),
    onchange: choose("padding_mode"),
  });
  const before = picture("image, arrow keys move the window", point);
  const after = picture("result, arrow keys move the window", point);
  const words = note();
  const range = h("span");
  const below = h("div", { class: "cnn-stepper" });
  const take = h("button", { type: "button", onclick: takePatch }, "take this patch to the Stepper");
  page.root.append(
    h(
      "div",
      { class: "cnn-controls" },
      h("label", { class: "cnn-check" }, "kernel", pick),
      operation.element,
      mode.element,
    ),
    page.impossible,
    h(
      "div",
      { class: "cnn-stage cnn-top" },
      named("image", before.element),
      named("kernel (click a number)", kernel),
      named(range, after.element),
    ),
    words,
    take,
    below,
  );

  /** A canvas in which a pixel can be pointed at, with the keyboard too. */
  function picture(label, onpoint) {
    // A slider: to it a screen reader hands the arrow keys.
    const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-label": label, "aria-valuenow": 0 });
    const box = h("div", { class: "cnn-box", "aria-hidden": true });
    const element = h("div", { class: "cnn-picture" }, canvas, box);
    const pixel = (event) => onpoint(pointedAt(event, canvas, shape(state.image)));
    canvas.addEventListener(
      "pointermove",
      (event) => event.pointerType === "mouse" && event.buttons === 0 && !now.kept && pixel(event),
    );
    canvas.addEventListener("click", (event) => {
      now.kept = !now.kept;
      pixel(event);
    });
    canvas.addEventListener("keydown", (event) => {
      if (!ARROWS[event.key]) return;
      event.preventDefault();
      onpoint(stepped(now.at, event.key, shape(state.image)));
      page.say(words.textContent);
    });
    return { element, canvas, box };
  }

  function draw() {
    pick.value = Object.keys(KERNELS).find((name) => String(KERNELS[name]) === String(state.kernel)) ?? "";
    operation.set(state.operation);
    mode.set(state.padding_mode);
    kernel.update(state.kernel, { size: 36 });
    now.kernel = state.operation === "convolution" ? turned(state.kernel) : state.kernel;
    if (now.image !== state.image) {
      now.image = state.image;
      now.at = shape(state.image).map((size) => Math.floor(size / 2));
      paint(before.canvas, state.image);
    }
    now.result = page.attempt(() => filterSame(state.image, now.kernel, state.padding_mode));
    after.element.hidden = words.hidden = take.hidden = !now.result;
    if (!now.result) return;
    paint(after.canvas, now.result);
    const [least, most] = extremes(now.result);
    range.textContent = `result: black is ${short(least)}, white is ${short(most)}`;
    point(now.at);
    page.tell([`Padding ${state.padding_mode}, ${range.textContent}.`, words.textContent]);
  }

  /**
   * Show the window whose centre is this pixel, and what it gives.
   * @param {number[]} pixel
   */
  function point(pixel) {
    if (!now.result) return;
    const [r, c] = pixel;
    now.at = [r, c];
    const [rows, columns] = shape(state.image);
    const [kH, kW] = shape(state.kernel);
    for (
      const { view, height, width } of [
        { view: before, height: kH, width: kW },
        { view: after, height: 1, width: 1 },
      ]
    ) {
      Object.assign(view.box.style, {
        top: `${(100 * (r - Math.floor((height - 1) / 2))) / rows}%`,
        height: `${(100 * height) / rows}%`,
        left: `${(100 * (c - Math.floor((width - 1) / 2))) / columns}%`,
        width: `${(100 * width) / columns}%`,
      });
    }
    for (const { canvas } of [before, after]) {
      canvas.ariaValueMax = `${rows * columns - 1}`;
      canvas.ariaValueNow = `${r * columns + c}`;
      canvas.ariaValueText = `row ${r}, column ${c}`;
    }
    words.textContent =
      `At row ${r}, column ${c}: the image is ${short(state.image[r][c])}, the result is ${short(now.result[r][c])}. ` +
      (now.kept ? "A click lets the window move again." : "A click keeps the window here.");
  }

  function takePatch() {
    const [top, left] = now.at.map((n, axis) =>
      clamp(n - Math.floor(PATCH / 2), 0, Math.max(0, shape(state.image)[axis] - PATCH))
    );
    const patch = state.image.slice(top, top + PATCH).map((row) => row.slice(left, left + PATCH));
    closeStepper();
    below.replaceChildren();
    const [bottom, right] = [top + patch.length - 1, left + patch[0].length - 1];
    // The sum that the Stepper shows first is the one of the pixel that was pointed at, where there is room for it.
    const [height, width] = [0, 1].map((axis) => shape(patch)[axis] - shape(now.kernel)[axis] + 1);
    const [row, column] = [top, left].map(
      (first, axis) => now.at[axis] - first - Math.floor((shape(now.kernel)[axis] - 1) / 2),
    );
    const title = `Rows ${top} to ${bottom}, columns ${left} to ${right} of the image`;
    closeStepper = openStepper(below, {
      image: patch,
      kernel: now.kernel,
      step: clamp(row, 0, height - 1) * width + clamp(column, 0, width - 1),
      title,
    });
    page.say(`Below, in the Stepper: ${title}.`);
  }

  draw();
  return () => {
    closeStepper();
    close();
    page.close();
  };
}
