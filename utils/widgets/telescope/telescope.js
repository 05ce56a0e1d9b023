// Receptive-Field Telescope: one unit of one layer, and what it sees in every layer before it, down to the image.

import { checkbox } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { named } from "../page/grid.js";
import { ARROWS, stepped } from "../page/keys.js";
import { paint, pointedAt } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { counted, short } from "../page/words.js";
import { computeMaps, computeSeen } from "./view.js";

/** @typedef {ReturnType<typeof computeSeen>} Seen */
/** @typedef {ReturnType<typeof telescopeParts>} TelescopeParts */
/** @typedef {ReturnType<typeof squaredPaper>[]} Papers */

export function telescope(model, el) {
  const page = frame(model, el);
  const { state, commit, close } = settings(model, ["layers", "image", "layer", "unit"], () => draw());
  const effective = model.get("effective");
  let hovered = null; // { layer, unit } that the pointer visits
  let sizes = []; // [rows, columns] of the image and of each layer's map
  /** @type {Papers} */
  let papers = []; // one for each layer's map
  let wanted = effective.length > 0;
  const parts = telescopeParts((yes) => {
    wanted = yes;
    point();
    tell();
  });
  parts.show.set(wanted);
  parts.show.element.hidden = !wanted;
  page.root.append(...layOutTelescope(parts, page.impossible));

  const tell = () =>
    page.tell([
      parts.words.textContent,
      parts.formula.textContent,
      parts.heat.hidden ? "" : "Orange shows how much each pixel counts.",
    ]);

  function draw() {
    const view = computeMaps(state);
    sizes = view.sizes;
    hovered = null; // its paper goes
    page.impossible.textContent = view.problem;
    if (view.problem) page.say(view.problem);
    paint(parts.picture, state.image);
    papers = sizes.slice(1).map((size, layer) => squaredPaper(state.layers[layer][0], size, reactions(layer)));
    parts.row.replaceChildren(...papers.map(({ element }) => element));
    for (const part of [parts.words, parts.formula]) part.hidden = !papers.length;
    if (!papers.length) return;
    state.layer = Math.min(state.layer, papers.length - 1);
    state.unit = state.unit.map((place, axis) => Math.min(place, sizes[state.layer + 1][axis] - 1));
    point();
    tell();
  }
  /** What pointer, focus and keys do in the map of one layer. */
  const reactions = (layer) => ({
    visit(unit) {
      hovered = unit && { layer, unit };
      point();
    },
    keep: (unit) => keep(layer, unit),
    enter: (middle) => state.layer === layer || keep(layer, middle),
    move: (key) => keep(layer, stepped(state.unit, key, sizes[layer + 1])),
  });
  function keep(layer, unit) {
    hovered = null;
    Object.assign(state, { layer, unit });
    commit();
    point();
    tell();
  }
  function point() {
    if (!papers.length) return;
    const { layer, unit } = hovered ?? state;
    const seen = computeSeen(state.layers, sizes[0], layer, unit);
    drawOnPapers(papers, seen, sizes);
    drawOnImage(parts, seen, sizes[0], wanted ? effective[layer] : null);
    parts.words.replaceChildren(...seenWords(seen, state.layers[layer][0]));
    parts.formula.textContent = fieldFormula(seen);
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

function telescopeParts(onshow) {
  return {
    picture: h("canvas", { role: "img", "aria-label": "image" }),
    heat: h("canvas", { class: "cnn-heat", "aria-hidden": true }),
    box: h("div", { class: "cnn-box", "aria-hidden": true }),
    row: h("div", { class: "cnn-stage cnn-top" }),
    words: h("p", {}),
    formula: h("p", { class: "cnn-formula" }),
    show: checkbox("orange: how much each pixel counts (size of its gradient, averaged)", onshow),
  };
}

/** @param {TelescopeParts} parts */
function layOutTelescope({ picture, heat, box, row, words, formula, show }, impossible) {
  const scene = h("div", { class: "cnn-picture" }, picture, heat, box);
  return [
    impossible,
    h("div", { class: "cnn-stage cnn-top" }, named("image", scene), row),
    words,
    formula,
    show.element,
    note("Point at a unit of any layer, or move with the arrow keys; a click or Enter stays there."),
  ];
}

/** One layer's map as squared paper. */
function squaredPaper(name, size, { visit, keep, enter, move }) {
  const [rows, columns] = size;
  const middle = size.map((cells) => Math.floor(cells / 2)); // where the focus goes
  const field = h("div", { class: "cnn-box", "aria-hidden": true });
  const paper = h(
    "div",
    {
      class: "cnn-paper",
      tabindex: 0,
      role: "slider",
      "aria-label": `unit of ${name}`,
      "aria-valuemin": 0,
      "aria-valuemax": rows * columns - 1,
      "aria-valuenow": middle[0] * columns + middle[1],
      style: `--rows: ${rows}; --columns: ${columns}; aspect-ratio: ${columns} / ${rows}`,
      onpointermove: (event) => visit(pointedAt(event, paper, size)),
      onpointerleave: () => visit(null),
      onclick: (event) => keep(pointedAt(event, paper, size)),
      onfocus: () => enter(middle),
      onkeydown(event) {
        if (!ARROWS[event.key]) return;
        event.preventDefault();
        move(event.key);
      },
    },
    field,
  );
  return { paper, field, element: named(`${name}: ${rows}×${columns}`, paper) };
}

/**
 * In each map what is seen of it, and in its own the unit.
 * @param {Papers} papers
 * @param {Seen} seen
 */
function drawOnPapers(papers, { layer, unit, rows, columns }, sizes) {
  papers.forEach(({ paper, field }, n) => {
    field.hidden = n > layer;
    if (n <= layer) lay(field, rows[layer - n], columns[layer - n], sizes[n + 1]);
    paper.classList.toggle("on", n === layer);
  });
  const { paper } = papers[layer];
  paper.setAttribute("aria-valuenow", unit[0] * sizes[layer + 1][1] + unit[1]);
  paper.setAttribute("aria-valuetext", `row ${unit[0]}, column ${unit[1]}`);
}

/**
 * In the image what is seen of it, and how much each of its pixels counts, if that is known and wanted.
 * @param {TelescopeParts} parts
 * @param {Seen} seen
 */
function drawOnImage({ box, heat }, { inRows, inColumns }, imageSize, counts) {
  lay(box, inRows, inColumns, imageSize);
  heat.hidden = !counts;
  if (!counts) return;
  paint(heat, counts, { color: (share) => [230, 159, 0, 255 * Math.sqrt(share)] });
  lay(heat, inRows, inColumns, imageSize);
}

/**
 * Put an element over these rows and columns, each the first and the last.
 * @type {(element: HTMLElement, rows: number[], columns: number[], size: number[]) => void}
 */
function lay(element, [top, bottom], [left, right], [rows, columns]) {
  Object.assign(element.style, {
    top: `${(100 * top) / rows}%`,
    height: `${(100 * (bottom - top + 1)) / rows}%`,
    left: `${(100 * left) / columns}%`,
    width: `${(100 * (right - left + 1)) / columns}%`,
  });
}

/** @param {Seen} seen */
function seenWords({ unit, inRows, inColumns, size, outside }, name) {
  return [
    `Unit [${unit.join(", ")}] of ${name} sees rows ${inRows.map(short).join(" to ")} `,
    `and columns ${inColumns.map(short).join(" to ")} of the image: `,
    h("b", {}, size.join("×")),
    outside ? ". A part of that lies outside, in the padding." : ".",
  ];
}

/** @param {Seen} seen */
function fieldFormula({ terms, size, jump }) {
  const sum = terms.map(({ dilation, kernel, jump }) => `${dilation > 1 ? `${dilation}·` : ""}(${kernel} − 1)·${jump}`);
  return `field = 1 + Σ d(k − 1)·(strides before) = 1 + ${sum.join(" + ")} = ${size[0]}; ` +
    `neighbours lie ${counted(jump, "cell")} apart.`;
}
