// Kernel Lab: a picture through a kernel that is picked or edited live; a patch of it can be taken to the Stepper.

import { capture, pixelsOf } from "../page/capture.js";
import { choice } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { grid, named } from "../page/grid.js";
import { ARROWS, stepped } from "../page/keys.js";
import { shape } from "../page/operations.js";
import { paint, paintPixels, pointedAt } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { short } from "../page/words.js";
import { openStepper } from "../stepper/stepper.js";
import { KERNELS, nameOfKernel } from "./kernels.js";
import { coloursAt, computeLab, computeLight, computePixel, patchAround } from "./view.js";

/** @typedef {ReturnType<typeof computePixel>} PixelView */
/** @typedef {ReturnType<typeof labParts>} LabParts */

const SIDE = 96; // pixels of a picture from outside, in each direction

/** A picture from outside: it stays in the page. */
const fromOutside = (source) => ({ size: [SIDE, SIDE], pixels: pixelsOf(source, [3, SIDE, SIDE]) });

export function lab(model, el) {
  const page = frame(model, el);
  const names = ["image", "kernel", "operation", "padding_mode"];
  const own = settings(model, names, () => draw());
  const { state } = own;
  let view = null; // null while the settings cannot be
  let given = null; // the image of the settings that is drawn, or was before a picture from outside
  let shown = computeLight([[0]]); // what is drawn
  let pixel = [0, 0]; // that is pointed at
  let kept = false; // whether a click has fixed it
  const settingsShown = () => ({ ...state, image: shown.light }); // what the kernel slides over is the image
  let closeStepper = () => {};
  const parts = labParts(own, {
    visit: (event, canvas) => kept || point(pointedAt(event, canvas, shape(shown.light))),
    press(event, canvas) {
      kept = !kept;
      point(pointedAt(event, canvas, shape(shown.light)));
    },
    move(key) {
      point(stepped(pixel, key, shape(shown.light)));
      page.say(parts.words.textContent);
    },
    takePatch,
  });
  const ontake = (source) => (show(fromOutside(source)), draw());
  const taking = capture(page.root, { ontake, refuse: page.refuse });
  page.root.append(...layOutLab(parts, page.impossible, taking.elements));

  function draw() {
    drawLabSettings(parts, state);
    if (given !== state.image) {
      given = state.image;
      taking.stop();
      show(state.image);
    }
    view = page.attempt(() => computeLab(settingsShown()));
    for (const part of [parts.after.element, parts.words, parts.take]) part.hidden = !view;
    if (!view) return;
    paint(parts.after.canvas, view.result);
    const [least, most] = view.range.map(short);
    parts.range.textContent = `result: black is ${least}, white is ${most}`;
    point(pixel);
    page.tell([`Padding ${state.padding_mode}, ${parts.range.textContent}.`, parts.words.textContent]);
  }
  function show(image) {
    const before = String(shape(shown.light));
    shown = computeLight(image);
    const size = shape(shown.light);
    if (String(size) !== before) pixel = size.map((cells) => Math.floor(cells / 2));
    if (shown.colours) paintPixels(parts.before.canvas, shown.colours, [3, ...size]);
    else paint(parts.before.canvas, shown.light);
  }
  /** Show the window whose centre is this pixel, and what it gives. */
  function point(place) {
    if (!view) return;
    pixel = place;
    const size = shape(shown.light);
    const colours = shown.colours && coloursAt(shown.colours, size, pixel);
    drawPixel(parts, computePixel(view, settingsShown(), pixel), { size, colours, kept });
  }
  function takePatch() {
    const { patch, rows, columns, step } = patchAround(view, settingsShown(), pixel);
    const title = `Rows ${rows.join(" to ")}, columns ${columns.join(" to ")} of the image`;
    closeStepper();
    parts.below.replaceChildren();
    closeStepper = openStepper(parts.below, { image: patch, kernel: view.sliding, step, title });
    page.say(`Below, in the Stepper: ${title}.`);
  }

  draw();
  return () => {
    taking.stop();
    closeStepper();
    own.close();
    page.close();
  };
}

function labParts({ state, choose, edit }, { visit, press, move, takePatch }) {
  const pick = h(
    "select",
    {
      "aria-label": "pick a kernel",
      onchange: () => choose("kernel")(KERNELS[pick.value] ?? state.kernel),
    },
    h("option", { value: "" }, "my own"),
    ...Object.keys(KERNELS).map((name) => h("option", { value: name }, name)),
  );
  const [before, after] = ["image", "result"].map((name) => labPicture(name, { visit, press, move }));
  return {
    pick,
    operation: choice({
      label: "it slides",
      options: [
        ["correlation", "as it is (correlation)"],
        ["convolution", "turned (convolution)"],
      ],
      onchange: choose("operation"),
    }),
    mode: choice({
      label: "padding",
      options: ["zeros", "reflect", "replicate", "circular"].map((name) => [name, name]),
      onchange: choose("padding_mode"),
    }),
    kernel: grid({ label: "kernel", onedit: edit("kernel") }),
    before,
    after,
    words: note(),
    range: h("span"),
    take: h("button", { type: "button", onclick: takePatch }, "take this patch to the Stepper"),
    below: h("div", { class: "cnn-stepper" }),
  };
}

/** @param {LabParts} parts */
function layOutLab(parts, impossible, taking) {
  return [
    h(
      "div",
      { class: "cnn-controls" },
      h("label", { class: "cnn-check" }, "kernel", parts.pick),
      parts.operation.element,
      parts.mode.element,
    ),
    impossible,
    h(
      "div",
      { class: "cnn-stage cnn-top" },
      named("image", parts.before.element),
      named("kernel (click a number)", parts.kernel),
      named(parts.range, parts.after.element),
    ),
    parts.words,
    h("div", { class: "cnn-controls" }, parts.take, ...taking),
    parts.below,
  ];
}

/** A canvas in which a pixel can be pointed at, with the keyboard too. */
function labPicture(name, { visit, press, move }) {
  const canvas = h("canvas", {
    tabindex: 0,
    role: "slider", // to it a screen reader hands the arrow keys
    "aria-label": `${name}, arrow keys move the window`,
    "aria-valuenow": 0,
    onpointermove: (event) => event.pointerType === "mouse" && event.buttons === 0 && visit(event, canvas),
    onclick: (event) => press(event, canvas),
    onkeydown(event) {
      if (!ARROWS[event.key]) return;
      event.preventDefault();
      move(event.key);
    },
  });
  const box = h("div", { class: "cnn-box", "aria-hidden": true });
  return { canvas, box, element: h("div", { class: "cnn-picture" }, canvas, box) };
}

/**
 * What does not depend on whether there is a result.
 * @param {LabParts} parts
 */
function drawLabSettings({ pick, operation, mode, kernel }, state) {
  pick.value = nameOfKernel(state.kernel);
  operation.set(state.operation);
  mode.set(state.padding_mode);
  kernel.update(state.kernel, { size: 36 });
}

/**
 * @param {LabParts} parts
 * @param {PixelView} view
 * @param {{ size: number[], colours: number[] | null, kept: boolean }} about the image
 */
function drawPixel({ before, after, words }, { pixel, seen, made, value, result }, { size: whole, colours, kept }) {
  const [[r, c], [rows, columns]] = [pixel, whole];
  for (const [{ box, canvas }, { start, size }] of [[before, seen], [after, made]]) {
    Object.assign(box.style, {
      top: `${start[0]}%`,
      height: `${size[0]}%`,
      left: `${start[1]}%`,
      width: `${size[1]}%`,
    });
    canvas.ariaValueMax = `${rows * columns - 1}`;
    canvas.ariaValueNow = `${r * columns + c}`;
    canvas.ariaValueText = `row ${r}, column ${c}`;
  }
  const mean = colours ? ` (the mean of red ${colours[0]}, green ${colours[1]} and blue ${colours[2]})` : "";
  words.textContent =
    `At row ${r}, column ${c}: the image is ${short(value)}${mean}, the result is ${short(result)}. ` +
    (kept ? "A click lets the window move again." : "A click keeps the window here.");
}
