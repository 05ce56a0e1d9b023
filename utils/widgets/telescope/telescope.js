// Receptive-Field Telescope: one unit of one layer, and what it sees in every layer before it, down to the image.

import { Impossible, outputSize } from "../page/arithmetic.js";
import { checkbox } from "../page/controls.js";
import { h } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { named } from "../page/grid.js";
import { ARROWS, stepped } from "../page/keys.js";
import { shape } from "../page/operations.js";
import { paint, pointedAt } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { counted, short } from "../page/words.js";

export function telescope(model, el) {
  const page = frame(model, el);
  const { state, commit, close } = settings(model, ["layers", "image", "layer", "unit"], () => draw());
  const effective = model.get("effective");
  let hovered = null; // [layer, [row, column]] that the pointer visits
  let sizes = []; // [rows, columns] of the image and of each layer's map
  let maps = [];

  const picture = h("canvas", { role: "img", "aria-label": "image" });
  const heat = h("canvas", { class: "cnn-heat", "aria-hidden": true });
  const box = h("div", { class: "cnn-box", "aria-hidden": true });
  const scene = h("div", { class: "cnn-picture" }, picture, heat, box);
  const row = h("div", { class: "cnn-stage cnn-top" });
  const words = h("p", {});
  const formula = h("p", { class: "cnn-formula" });
  let wanted = effective.length > 0;
  const show = checkbox("orange: how much each pixel counts (size of its gradient, averaged)", (yes) => {
    wanted = yes;
    point();
    tell();
  });
  show.set(wanted);
  show.element.hidden = !effective.length;
  page.root.append(
    page.impossible,
    h("div", { class: "cnn-stage cnn-top" }, named("image", scene), row),
    words,
    formula,
    show.element,
    h(
      "p",
      { class: "cnn-note" },
      "Point at a unit of any layer, or move with the arrow keys; a click or Enter stays there.",
    ),
  );

  const tell = () =>
    page.tell([
      words.textContent,
      formula.textContent,
      heat.hidden ? "" : "Orange shows how much each pixel counts.",
    ]);

  function draw() {
    sizes = [shape(state.image)];
    page.impossible.textContent = "";
    for (const [name, k, s, p, d] of state.layers) {
      try {
        sizes.push(sizes.at(-1).map((size) => outputSize(size, k, s, p, d)));
      } catch (error) {
        if (!(error instanceof Impossible)) throw error;
        page.impossible.textContent = `Layer ${name}: ${error.message}`;
        page.say(page.impossible.textContent);
        break;
      }
    }
    paint(picture, state.image);
    maps = state.layers.slice(0, sizes.length - 1).map((_, n) => map(n));
    row.replaceChildren(...maps.map((one) => one.element));
    for (const part of [words, formula]) part.hidden = !maps.length;
    if (!maps.length) return;
    state.layer = Math.min(state.layer, maps.length - 1);
    state.unit = state.unit.map((place, axis) => Math.min(place, sizes[state.layer + 1][axis] - 1));
    point();
    tell();
  }

  /** One layer's map as squared paper. */
  function map(n) {
    const [rows, columns] = sizes[n + 1];
    const field = h("div", { class: "cnn-box", "aria-hidden": true });
    const paper = h(
      "div",
      {
        class: "cnn-paper",
        tabindex: 0,
        role: "slider",
        "aria-label": `unit of ${state.layers[n][0]}`,
        "aria-valuemin": 0,
        "aria-valuemax": rows * columns - 1,
        "aria-valuenow": Math.floor(rows / 2) * columns + Math.floor(columns / 2), // where the focus would go
        style: `--rows: ${rows}; --columns: ${columns}; aspect-ratio: ${columns} / ${rows}`,
      },
      field,
    );
    const here = (event) => pointedAt(event, paper, sizes[n + 1]);
    const keep = (unit) => {
      hovered = null;
      Object.assign(state, { layer: n, unit });
      commit();
      point();
      tell();
    };
    paper.addEventListener("pointermove", (event) => {
      hovered = [n, here(event)];
      point();
    });
    paper.addEventListener("pointerleave", () => {
      hovered = null;
      point();
    });
    paper.addEventListener("click", (event) => keep(here(event)));
    paper.addEventListener(
      "focus",
      () => state.layer === n || keep([Math.floor(rows / 2), Math.floor(columns / 2)]),
    );
    paper.addEventListener("keydown", (event) => {
      if (!ARROWS[event.key]) return;
      event.preventDefault();
      keep(stepped(state.unit, event.key, sizes[n + 1]));
    });
    return { paper, field, element: named(`${state.layers[n][0]}: ${rows}×${columns}`, paper) };
  }

  /** First and last row (or column) that units from..to of layer n see, in each layer below it, the image last. */
  function down(n, from, to) {
    const seen = [[from, to]];
    for (let below = n; below >= 0; below--) {
      const [, k, s, p, d] = state.layers[below];
      [from, to] = [from * s - p, to * s - p + d * (k - 1)];
      seen.push([from, to]);
    }
    return seen;
  }

  function point() {
    if (!maps.length) return;
    const [n, unit] = hovered ?? [state.layer, state.unit];
    const [rows, columns] = unit.map((place) => down(n, place, place));
    maps.forEach((one, m) => {
      one.field.hidden = m > n;
      if (m <= n) lay(one.field, rows[n - m], columns[n - m], sizes[m + 1]);
      one.paper.classList.toggle("on", m === n);
      if (m === n) one.paper.setAttribute("aria-valuenow", unit[0] * sizes[m + 1][1] + unit[1]);
      if (m === n) one.paper.setAttribute("aria-valuetext", `row ${unit[0]}, column ${unit[1]}`);
    });
    const [top, bottom] = rows.at(-1);
    const [left, right] = columns.at(-1);
    lay(box, rows.at(-1), columns.at(-1), sizes[0]);
    heat.hidden = !wanted || !effective[n];
    if (!heat.hidden) {
      paint(heat, effective[n], { color: (share) => [230, 159, 0, 255 * Math.sqrt(share)] });
      lay(heat, rows.at(-1), columns.at(-1), sizes[0]);
    }
    const outside = top < 0 || left < 0 || bottom >= sizes[0][0] || right >= sizes[0][1];
    words.replaceChildren(
      `Unit [${unit.join(", ")}] of ${state.layers[n][0]} sees rows ${short(top)} to ${short(bottom)} `,
      `and columns ${short(left)} to ${short(right)} of the image: `,
      h("b", {}, `${bottom - top + 1}×${right - left + 1}`),
      outside ? ". A part of that lies outside, in the padding." : ".",
    );
    let jump = 1;
    const terms = state.layers.slice(0, n + 1).map(([, k, s, , d]) => {
      const term = `${d > 1 ? `${d}·` : ""}(${k} − 1)·${jump}`;
      jump *= s;
      return term;
    });
    const sum = `1 + ${terms.join(" + ")} = ${bottom - top + 1}`;
    const apart = `neighbours lie ${counted(jump, "cell")} apart`;
    formula.textContent = `field = 1 + Σ d(k − 1)·(strides before) = ${sum}; ${apart}.`;
  }

  function lay(element, [top, bottom], [left, right], [rows, columns]) {
    Object.assign(element.style, {
      top: `${(100 * top) / rows}%`,
      height: `${(100 * (bottom - top + 1)) / rows}%`,
      left: `${(100 * left) / columns}%`,
      width: `${(100 * (right - left + 1)) / columns}%`,
    });
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
