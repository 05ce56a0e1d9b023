// Network Ledger: a network as rows. Each has its shape, its parameters, its work, its memory and how far it sees.

import { LAYERS, MOST, sizesOf } from "./account.js";
import { checkbox, codeLine } from "../page/controls.js";
import { h } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { svg } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { counted, short, thousands } from "../page/words.js";
import { computeLedger } from "./view.js";

/** @typedef {ReturnType<typeof computeLedger>} LedgerView */
/** @typedef {ReturnType<typeof ledgerParts>} LedgerParts */

const SHOW_FORMULAS = "Point at a row, or move into it with Tab, to see its formulas.";
const NUMBERS = ["output", "parameters", "multiply-adds", "memory", "sees"];
const bytes = (count) => (count < 2 ** 20 ? `${short(count / 1024)} KiB` : `${short(count / 2 ** 20)} MiB`);

/** Whether every number of a layer is there: while one is typed it need not be. */
const isSound = (layer) => sizesOf(layer.kind).every((name) => Number.isInteger(layer[name]));

export function ledger(model, el) {
  const page = frame(model, el);
  const { state, commit, close } = settings(model, ["layers", "input_shape"], () => build());
  let shown = null; // the row whose formulas are shown
  let tell = () => {};
  const parts = ledgerParts((kind) => insert(state.layers.length, kind));
  page.root.append(...layOutLedger(parts));

  /** The rows have changed: their controls anew. */
  function build() {
    const sizes = ["channels", "rows", "columns"].map((name, axis) => inputSize(name, axis, state, actions));
    parts.input.replaceChildren(h("span", {}, "input"), ...sizes);
    const last = state.layers.length - 1;
    parts.body.replaceChildren(...state.layers.map((layer, n) => rowOf(layer, n, n === last, actions)));
    fill();
  }
  /** The numbers have changed: only what follows from them. */
  function fill() {
    const view = computeLedger(state);
    const sentences = view.rows.map((row, n) => {
      drawNumbers(parts.body.children[n], row, row?.error && nearestButton(row.error.nearest, n, actions));
      parts.body.children[n].dataset.formulas = formulasOf(row, n, state.layers[n].kind);
      return row?.error ? row.error.message : row ? `Layer ${n + 1} gives ${row.shape.join(" by ")}.` : "";
    });
    drawTotal(parts, view);
    parts.code.set(view.code);
    showFormulas();
    tell = () => page.tell([...sentences, totalWords(view), parts.formulas.textContent]);
    tell();
  }
  function showFormulas() {
    parts.formulas.textContent = parts.body.children[shown]?.dataset.formulas || SHOW_FORMULAS;
  }
  function change(n, to) {
    state.layers = state.layers.with(n, { ...state.layers[n], ...to });
  }
  function insert(n, kind) {
    state.layers = state.layers.toSpliced(n, 0, { kind, ...LAYERS[kind] });
    done();
  }
  function done() {
    commit();
    build();
  }

  const actions = {
    refuse: page.refuse,
    commit,
    fill,
    change,
    insert,
    commitIfSound() {
      if (state.layers.every(isSound)) commit();
    },
    explain: (n, isFocus) => ((shown = n), showFormulas(), isFocus && tell()),
    mend(n, to) {
      change(n, to);
      done();
      parts.body.children[n].querySelector("input").focus();
    },
    remove(n) {
      state.layers = state.layers.toSpliced(n, 1);
      done();
      const next = parts.body.children[Math.min(n, state.layers.length - 1)];
      /** @type {HTMLElement} */ (next?.querySelector(".cnn-moves button:last-child") ?? parts.add).focus();
    },
    move(n, by) {
      const layer = state.layers[n];
      state.layers = state.layers.toSpliced(n, 1).toSpliced(n + by, 0, layer);
      done();
      followLayer(parts.body.children[n + by], by);
    },
  };

  build();
  return () => {
    close();
    page.close();
  };
}

/** The focus goes with a layer, so that it moves on when the key is pressed again. */
function followLayer(line, by) {
  const [up, down] = line.querySelectorAll(".cnn-moves button");
  const [same, other] = by < 0 ? [up, down] : [down, up];
  (same.disabled ? other : same).focus();
}

function ledgerParts(append) {
  const kinds = Object.keys(LAYERS).map((kind) => h("option", {}, kind));
  const pick = h("select", { "aria-label": "kind of the new layer" }, ...kinds);
  return {
    input: h("div", { class: "cnn-controls" }),
    body: h("tbody"),
    total: h("tr", { class: "cnn-total" }),
    pick,
    add: h("button", { type: "button", onclick: () => append(pick.value) }, "add"),
    formulas: h("p", { class: "cnn-note cnn-formulas" }),
    code: codeLine(),
  };
}

/** @param {LedgerParts} parts */
function layOutLedger(parts) {
  const heads = ["no.", "layer", ...NUMBERS, "change"].map((name) => h("th", { scope: "col" }, name));
  const table = h(
    "table",
    { class: "cnn-ledger" },
    h("thead", {}, h("tr", {}, ...heads)),
    parts.body,
    h("tfoot", {}, parts.total),
  );
  return [
    parts.input,
    h("div", { class: "cnn-scroll" }, table),
    h("div", { class: "cnn-controls cnn-below" }, "new layer", parts.pick, parts.add),
    parts.formulas,
    h("details", {}, h("summary", {}, "as torch code"), parts.code.element),
    h(
      "p",
      { class: "cnn-note" },
      "Memory: the row's output for one image, 4 bytes a number. Sees: rows of the input that one unit depends on.",
    ),
  ];
}

/** A number to type: onvalue(number) on every key, and the actions that follow. */
function numberField(label, value, least, onvalue, actions) {
  const box = h("input", { type: "number", min: least, max: MOST, value, "aria-label": label });
  box.addEventListener("input", () => (onvalue(box.valueAsNumber), actions.fill()));
  box.addEventListener("change", actions.commitIfSound);
  return h("label", {}, h("span", {}, label.split(": ").at(-1)), box);
}

/** One size of the input; a wrong number is told and goes back to the last right one. */
function inputSize(name, axis, state, actions) {
  const take = (value) => {
    if (Number.isInteger(value) && value >= 1 && value <= MOST) state.input_shape = state.input_shape.with(axis, value);
  };
  const label = numberField(`input: ${name}`, state.input_shape[axis], 1, take, actions);
  label.lastChild.addEventListener("change", ({ target }) => {
    const kept = state.input_shape[axis];
    if (target.valueAsNumber === kept) return;
    target.value = kept;
    actions.refuse(
      `The ${name} of the input must be a whole number from 1 to ${thousands(MOST)}: it stays ${kept}.`,
    );
  });
  return label;
}

/** A layer's row: its settings, room for its numbers, and buttons that move it. */
function rowOf(layer, n, isLast, actions) {
  const where = `layer ${n + 1}, ${layer.kind}`;
  const fields = Object.keys(LAYERS[layer.kind]).map((name) => {
    if (name === "bias") return biasBox(layer, n, where, actions);
    const take = (value) => actions.change(n, { [name]: value });
    return numberField(`${where}: ${name}`, layer[name], name === "padding" ? 0 : 1, take, actions);
  });
  const button = (label, lines, onclick, disabled = false) =>
    h("button", { type: "button", "aria-label": `${label} ${where}`, disabled, onclick }, sign(lines));
  return h(
    "tr",
    { onpointerenter: () => actions.explain(n, false), onfocusin: () => actions.explain(n, true) },
    h("td", {}, String(n + 1)),
    h("td", { class: "cnn-layer" }, h("b", {}, layer.kind), ...fields),
    ...NUMBERS.map((name) => h("td", { "data-name": name })), // the name shows where the table is narrow
    h(
      "td",
      { class: "cnn-moves" },
      button("move up", "M8 13V3M4 7l4-4 4 4", () => actions.move(n, -1), n === 0),
      button("move down", "M8 3v10M4 9l4 4 4-4", () => actions.move(n, 1), isLast),
      button("remove", "M4 4l8 8M12 4l-8 8", () => actions.remove(n)),
    ),
  );
}

/** Lines on a button. They are no text, which its name would have to repeat. */
const sign = (d) => svg("svg", { viewBox: "0 0 16 16", "aria-hidden": true }, svg("path", { d }));

function biasBox(layer, n, where, actions) {
  const box = checkbox("bias", (yes) => (actions.change(n, { bias: yes }), actions.fill(), actions.commit()));
  box.set(layer.bias);
  box.element.firstChild.ariaLabel = `${where}: bias`;
  return box.element;
}

/** What is shown while a row is pointed at. */
const formulasOf = (row, n, kind) =>
  row?.error?.message ?? (row ? `${n + 1} · ${kind}: ${row.formulas.join("; ")}` : "");

/** The numbers of a row; or why it has none and what to do, over the whole width; or nothing. */
function drawNumbers(line, row, nearest) {
  const cells = [...line.children].slice(2, 2 + NUMBERS.length);
  line.classList.toggle("cnn-broken", Boolean(row?.error));
  for (const cell of cells) (cell.replaceChildren(), (cell.colSpan = 1), (cell.hidden = false));
  if (row?.error) {
    cells[0].colSpan = NUMBERS.length;
    for (const cell of cells.slice(1)) cell.hidden = true;
    cells[0].append(`⚠ ${row.error.message} `, nearest);
  } else if (row) {
    [
      row.shape.join("×"),
      row.shared ? "0, shared" : thousands(row.parameters),
      thousands(row.adds),
      bytes(row.memory),
      String(row.field),
    ].forEach((text, i) => (cells[i].textContent = text));
  }
}

/**
 * @param {LedgerParts} parts
 * @param {LedgerView} view
 */
function drawTotal({ total }, { complete, total: { parameters, adds, memory } }) {
  const texts = [thousands(parameters), thousands(adds), bytes(memory)];
  total.replaceChildren(
    h("td"),
    h("th", { scope: "row" }, complete ? "together" : "together, so far"),
    h("td"),
    ...texts.map((text, n) => h("td", { "data-name": NUMBERS[n + 1] }, text)),
    h("td"),
    h("td"),
  );
}

const totalWords = ({ complete, total: { parameters, adds, memory } }) =>
  `${complete ? "Together" : "Together, so far"}: ${counted(parameters, "parameter")}, ` +
  `${counted(adds, "multiply-add")}, ${bytes(memory)}.`;

/** A button that does the nearest possible thing. */
function nearestButton({ change: to, insert: kind }, n, actions) {
  const assignments = Object.entries(to ?? {}).map(([name, value]) => `${name}=${value}`);
  const [text, onclick] = to
    ? [assignments.join(), () => actions.mend(n, to)]
    : kind
    ? [`insert ${kind}`, () => actions.insert(n, kind)]
    : ["remove it", () => actions.remove(n)];
  return h("button", { type: "button", onclick }, text);
}
