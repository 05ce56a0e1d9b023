// Roofline: move a machine's peak and bandwidth, the batch and the bits, and see what bounds each layer, and its least time.

import { choice } from "../page/controls.js";
import { h, note, unseenRadio } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { settings } from "../page/settings.js";
import { table } from "../page/table.js";
import { thousands } from "../page/words.js";
import { chart, LETTERS } from "./chart.js";
import { computeRoofline, machineOf, MACHINES } from "./view.js";

/** @typedef {ReturnType<typeof computeRoofline>} RooflineView */
/** @typedef {ReturnType<typeof rooflineParts>} RooflineParts */

export function roofline(model, el) {
  const page = frame(model, el);
  const names = ["work", "network", "peak", "bandwidth", "bits", "batch", "layer"];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  const parts = rooflineParts({
    drag,
    commit,
    takeMachine(name) {
      Object.assign(state, { peak: MACHINES[name][state.bits], bandwidth: MACHINES[name].bandwidth });
      chosen();
    },
    takeBits(bits) {
      const machine = machineOf(state);
      Object.assign(state, { bits, peak: machine ? MACHINES[machine][bits] : state.peak });
      chosen();
    },
  });
  const picture = chart((n) => (drag("layer")(n), commit()));
  page.root.append(...layOutRoofline(parts, picture.element));

  function chosen() {
    commit();
    draw();
  }
  function draw() {
    const view = computeRoofline(state);
    for (const name of ["peak", "bandwidth", "bits", "batch"]) parts[name].set(state[name]);
    parts.machine.set(machineOf(state) ?? "");
    picture.draw(view, state);
    drawRows(parts, view, choose("layer"));
    parts.words.replaceChildren(...pickedWords(view, state));
    parts.whole.textContent = wholeWords(view, state);
    page.tell([parts.words, parts.whole].map((each) => each.textContent));
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

function rooflineParts({ drag, commit, takeMachine, takeBits }) {
  const control = (name, label, values, text) => steps({ label, values, text, oninput: drag(name), onchange: commit });
  return {
    machine: choice({
      label: "machine",
      options: Object.keys(MACHINES).map((name) => [name, name]),
      onchange: takeMachine,
    }),
    bits: choice({ label: "numbers of", options: [[16, "16 bits"], [32, "32 bits"]], onchange: takeBits }),
    peak: control("peak", "peak", geometric(10, 2_000_000), (value) => `${large(1e9 * value)} operations/s`),
    bandwidth: control("bandwidth", "memory", geometric(10, 8_000), (value) => `${thousands(value)} GB/s`),
    batch: control("batch", "images at once", powers(12), thousands),
    rows: h("tbody"),
    words: h("p", { class: "cnn-layer-words" }),
    whole: h("p", {}),
  };
}

/** @param {RooflineParts} parts */
function layOutRoofline(parts, picture) {
  const heads = ["letter", "layer", "operations a byte", "least time", "bound by"];
  return [
    h("div", { class: "cnn-controls" }, parts.machine.element, parts.bits.element),
    h("div", { class: "cnn-controls" }, parts.peak.element, parts.bandwidth.element, parts.batch.element),
    picture,
    parts.words,
    parts.whole,
    h("div", { class: "cnn-roofs-around" }, table("cnn-roofs", heads, parts.rows)),
    note(
      "Pick a layer by its letter; “beside it” are layers that the network does not have. Each layer is taken by itself: it reads its input and its weights once, and writes ",
      "its output once. The machines' numbers are those of their data sheets; in practice all times are longer.",
    ),
  ];
}

/**
 * @param {RooflineParts} parts
 * @param {RooflineView} view
 */
function drawRows({ rows }, view, pick) {
  const had = rows.contains(document.activeElement);
  const group = `cnn-${Math.random().toString(36).slice(2)}`;
  const lines = view.rows.map((row, n) => {
    const input = unseenRadio({ name: group, onchange: () => pick(n) });
    input.checked = n === view.picked;
    input.ariaLabel = `${LETTERS[n]}: ${row.name}`;
    const letter = h("label", { class: "cnn-letter" }, input, h("span", {}, LETTERS[n]));
    return h(
      "tr",
      { class: n === view.picked ? "picked" : "", onclick: () => n === view.picked || pick(n) },
      h("td", {}, letter),
      h(
        "th",
        { scope: "row" },
        row.name,
        h("span", { class: "cnn-often" }, row.times ? `, ${row.times}\u00a0×` : ", beside it"),
      ),
      h("td", {}, digits(row.intensity)),
      h("td", {}, span(row.time)),
      h("td", {}, row.byMemory ? "○ memory" : "■ arithmetic"),
    );
  });
  rows.replaceChildren(...lines);
  if (had) /** @type {HTMLElement} */ (lines[view.picked].querySelector("input")).focus();
}

/**
 * How the numbers of the picked layer come about.
 * @param {RooflineView} view
 */
function pickedWords({ rows, picked }, { batch, bits }) {
  const { name, adds, weights, reads, writes, operations, bytes, arithmetic, memory, intensity, byMemory } =
    rows[picked];
  const moved = `(${thousands(weights)} + ${batch} · (${thousands(reads)} + ${thousands(writes)}))`;
  return [
    h("b", {}, `${LETTERS[picked]}: ${name}. `),
    `2 · ${batch} · ${thousands(adds)} = ${large(operations)} operations; `,
    `${bits / 8} · ${moved} = ${large(bytes)} bytes: ${digits(intensity)} operations for each byte. `,
    `The arithmetic takes ${span(arithmetic)}, the memory ${span(memory)}: `,
    h("b", {}, byMemory ? "bound by memory." : "bound by arithmetic."),
  ];
}

/** @param {RooflineView} view */
function wholeWords({ time, shareOfMemory, ridge }, { network, batch }) {
  const share = `${Math.round(100 * shareOfMemory)} % of it in layers that memory bounds`;
  const edge = `This machine is bound by arithmetic from ${digits(ridge)} operations a byte on.`;
  return `${network}, ${thousands(batch)} images forward: at least ${span(time)}, ${share}. ${edge}`;
}

/** A slider over given values, which are in order; one that Python asked for and that is none of them stays as it is. */
function steps({ label, values, text, oninput, onchange }) {
  const style = `--steps: ${values.length - 1}`;
  const input = h("input", { type: "range", min: 0, max: values.length - 1, "aria-label": label, style });
  const shown = h("span", { class: "cnn-value", "aria-hidden": true });
  input.addEventListener("input", () => oninput(values[Number(input.value)]));
  input.addEventListener("change", onchange);
  return {
    element: h("label", { class: "cnn-slider cnn-steps" }, h("span", {}, label), input, shown),
    set(value) {
      const above = values.findIndex((each) => each >= value);
      input.value = above < 0 ? values.length - 1 : above;
      input.setAttribute("aria-valuetext", text(value));
      shown.textContent = text(value);
    },
  };
}

/** Whole numbers of two digits that grow by an eighth of a power of ten. */
function geometric(least, most) {
  const values = [];
  for (let n = 8 * Math.log10(least); 10 ** (n / 8) <= 1.001 * most; n++) {
    values.push(Number((10 ** (n / 8)).toPrecision(2)));
  }
  return values;
}

const powers = (most) => Array.from({ length: most + 1 }, (_, n) => 2 ** n);

const NAMES = [[1e15, "· 10¹⁵"], [1e12, "· 10¹²"], [1e9, "· 10⁹"], [1e6, "million"], [1e3, "thousand"]];

/** Three digits that matter, as in a figure's words. */
const digits = (value) => thousands(Number(value.toPrecision(3)));

/** 312,000,000 as "312 million". */
function large(count) {
  const [unit, name] = NAMES.find(([unit]) => count >= unit) ?? [1, ""];
  return `${digits(count / Number(unit))} ${name}`.trim();
}

/** Seconds in a unit that leaves one to three digits before the point. */
function span(seconds) {
  const [unit, name] = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"]].find(([unit]) => seconds >= unit) ?? [1e-9, "ns"];
  return `${digits(seconds / Number(unit))} ${name}`;
}
