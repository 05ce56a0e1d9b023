// Normalisation Block: point at a number and see with which others it shares a mean and a variance, and what it becomes.

import { choice, slider } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { bracketed } from "../page/formula.js";
import { frame } from "../page/frame.js";
import { grid } from "../page/grid.js";
import { places } from "../page/operations.js";
import { settings } from "../page/settings.js";
import { counted, short } from "../page/words.js";
import { drawing } from "./drawing.js";
import { cellAt, computeNormalisation, laidOut, placeAt, sizeOf } from "./view.js";

/** @typedef {ReturnType<typeof computeNormalisation>} NormalisationView */

const OVER = {
  batch: "one channel, in all images of the batch",
  layer: "one image, all of its channels",
  instance: "one channel of one image",
  group: "one group of channels of one image",
};

export function normalisation(model, el) {
  const page = frame(model, el);
  const names = ["block", "kind", "groups", "mode", "images", "seen", "cell"];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  /** @type {NormalisationView | null} */
  let view = null;
  const parts = normalisationParts({ commit, drag, choose, visit, edit });
  page.root.append(...layOutNormalisation(parts, page.impossible));

  function edit(cell, number) {
    const block = structuredClone(state.block);
    const [n, c, y, x] = placeAt(cell, sizeOf(block).slice(2));
    block[n][c][y][x] = number;
    choose("block")(block);
  }
  /** @param {number[] | null} place */
  function visit(place) {
    if (!place || !view) return;
    const [, channels, height, width] = view.size;
    const [n, c, y, x] = place;
    state.cell = ((n * channels + c) * height + y) * width + x;
    show();
    if (parts.before.focused() || parts.after.focused()) page.say(parts.sum.textContent);
  }
  function draw() {
    drawSettings(parts, state);
    view = page.attempt(() => computeNormalisation(state));
    for (const part of [parts.stage, parts.sum, parts.moments]) part.hidden = !view;
    if (!view) return;
    parts.picture.draw(view.size);
    for (const [each, block] of [[parts.before, view.block], [parts.after, view.result]]) drawMaps(each, block, view);
    show();
    page.tell([parts.sum, ...parts.moments.children].map((each) => each.textContent));
  }
  function show() {
    view = computeNormalisation(state);
    drawPicked(parts, view, state);
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

function normalisationParts({ commit, drag, choose, visit, edit }) {
  let size = [1, 1, 1, 1];
  const onhover = (cell) => visit(cell && placeAt(cell, size.slice(2)));
  const before = grid({ label: "before", onhover, onedit: edit });
  const after = grid({ label: "after", onhover, onpress: onhover });
  const control = (name, label, min, max) => slider({ label, min, max, oninput: drag(name), onchange: commit });
  const picture = drawing(visit);
  const stage = h("div", { class: "cnn-stage cnn-top" }, picture.element);
  return {
    kind: choice({
      label: "normalisation",
      options: ["batch", "layer", "instance", "group"].map((name) => [name, name]),
      onchange: choose("kind"),
    }),
    mode: choice({
      label: "mode",
      options: ["train", "eval"].map((name) => [name, name]),
      onchange: choose("mode"),
    }),
    groups: control("groups", "groups", 1, 6),
    images: control("images", "images in the batch", 1, 4),
    seen: control("seen", "batches seen in training", 0, 100),
    picture,
    stage,
    before,
    after,
    figures: [headed("before", before, stage), headed("after", after, stage)],
    sum: h("p", { class: "cnn-sum" }),
    moments: h("div"),
    resize: (now) => (size = now),
  };
}

/** A grid under the numbers of its channels and beside those of its images. */
function headed(caption, { element }, stage) {
  const [top, side] = [h("div", { class: "cnn-heads" }), h("div", { class: "cnn-heads" })];
  const block = h("div", { class: "cnn-blocked" }, h("span", {}), top, side, element);
  stage.append(h("figure", { class: "cnn-named" }, h("figcaption", {}, caption), block));
  return {
    /** Names in cells of `pixels`, each over as many as a map has. */
    name(pixels, [images, channels, height, width]) {
      block.style.setProperty("--size", `${pixels}px`);
      block.style.setProperty("--columns", `${channels * width}`);
      const heads = (count, word, along, length) =>
        Array.from({ length: count }, (_, k) => h("span", { style: `grid-${along}: span ${length}` }, `${word}${k}`));
      top.replaceChildren(...heads(channels, "C", "column", width));
      side.replaceChildren(...heads(images, "N", "row", height));
    },
  };
}

function layOutNormalisation(parts, impossible) {
  return [
    h("div", { class: "cnn-controls" }, parts.kind.element, parts.mode.element),
    h("div", { class: "cnn-controls" }, parts.images.element, parts.groups.element, parts.seen.element),
    impossible,
    parts.stage,
    parts.sum,
    parts.moments,
    note(
      "Point at a number: the coloured ones share its mean and its variance. Thick lines: where one set ends. ",
      "A number before can be changed: click it. N: images, C: channels.",
    ),
  ];
}

function drawSettings(parts, state) {
  const [images, channels] = sizeOf(state.block);
  for (const name of ["kind", "mode", "groups", "seen"]) parts[name].set(state[name]);
  parts.images.set(Math.min(state.images, images));
  parts.images.element.querySelector("input").max = images;
  parts.groups.element.querySelector("input").max = channels;
  parts.groups.element.hidden = state.kind !== "group";
  parts.seen.element.hidden = state.kind !== "batch";
}

/** How large a cell is. */
const pixelsOf = ([, channels, , width]) => (channels * width <= 8 ? 34 : 28);

/** The numbers of a block, and lines where a map or a set ends. */
function drawMaps(cells, block, view) {
  const [images, channels, height, width] = view.size;
  const rows = laidOut(block);
  // One decimal, so that the digits stay large; the words below have two.
  cells.update(rows, { size: pixelsOf(view.size), text: (value) => short(Math.round(10 * value) / 10) });
  const size = [height, width];
  const ends = { "cnn-map-right": [], "cnn-map-bottom": [], "cnn-set-right": [], "cnn-set-bottom": [] };
  for (const cell of places(rows)) {
    const [n, c, y, x] = placeAt(cell, size);
    for (
      const [name, last, next] of [
        ["right", x === width - 1 && c < channels - 1, [n, c + 1, y, x]],
        ["bottom", y === height - 1 && n < images - 1, [n + 1, c, y, x]],
      ]
    ) {
      if (last) ends[`cnn-${view.setOf(next) === view.setOf([n, c, y, x]) ? "map" : "set"}-${name}`].push(cell);
    }
  }
  for (const [name, found] of Object.entries(ends)) cells.mark(name, found);
}

/** The picked number, its set, and how it becomes what it becomes. */
function drawPicked(parts, view, state) {
  parts.resize(view.size);
  const size = view.size.slice(2);
  for (const figure of parts.figures) figure.name(pixelsOf(view.size), view.size);
  for (const cells of [parts.before, parts.after]) {
    cells.mark("window", view.members.map((place) => cellAt(place, size)));
    cells.mark("current", [cellAt(view.picked, size)]);
  }
  parts.picture.mark(view.members, view.picked);
  const [n, c, y, x] = view.picked;
  parts.sum.replaceChildren(
    h("span", { class: "cnn-what" }, `image ${n}, channel ${c}, row ${y}, column ${x}: `),
    `(${short(view.before)} − ${bracketed(round(view.mean))}) / √(${short(view.variance)} + 0.00001) = `,
    h("b", {}, short(view.after)),
    view.otherwise === null
      ? ""
      : `, and ${short(view.otherwise)} in ${state.mode === "train" ? "eval" : "train"} mode`,
  );
  parts.moments.replaceChildren(...momentWords(view, state).map((words) => h("p", { class: "cnn-formula" }, words)));
}

const round = (value) => Math.round(100 * value) / 100;

/** Where mean and variance come from. */
function momentWords({ sets, values, mean, variance }, { kind, mode, seen, block }) {
  const first = `${counted(sets, "set")} of ${counted(values.length, "number")}: ${OVER[kind]}.`;
  if (kind === "batch" && mode === "eval") {
    const times = `All ${block.length} images, seen in train mode ${counted(seen, "time")},`;
    const left = `left 0.9${power(seen)} = ${(0.9 ** seen).toFixed(3)} of that`;
    return [
      `${first} In eval mode the running mean and variance are used, whoever is in the batch.`,
      `They began at 0 and 1. ${times} ${left}: mean ${short(mean)}, variance ${short(variance)}.`,
    ];
  }
  const terms = values.length > 12 ? "their sum" : `(${values.map(bracketed).join(" + ")})`;
  const same = kind === "batch" ? "" : " No other image counts, so train and eval mode do the same.";
  return [`${first}${same}`, `mean = ${terms} / ${values.length} = ${short(mean)}, variance ${short(variance)}`];
}

/** A whole number as an exponent. */
const power = (number) => [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
