// Network Ledger: a network as rows. Each has its shape, its parameters, its work, its memory and how far it sees.

import { accountAll, LAYERS, MOST, sizesOf, torchCode } from "./account.js";
import { checkbox, codeLine } from "../page/controls.js";
import { h } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { settings } from "../page/settings.js";
import { short, thousands } from "../page/words.js";

const NUMBERS = ["output", "parameters", "multiply-adds", "memory", "sees"];
const bytes = (count) => (count < 2 ** 20 ? `${short(count / 1024)} KiB` : `${short(count / 2 ** 20)} MiB`);

export function ledger(model, el) {
  const page = frame(model, el);
  const { state, commit, close } = settings(model, ["layers", "input_shape"], () => build());
  const body = h("tbody");
  const total = h("tr", { class: "cnn-total" });
  const heads = ["no.", "layer", ...NUMBERS, "change"].map((name) => h("th", { scope: "col" }, name));
  const table = h(
    "table",
    { class: "cnn-ledger" },
    h("thead", {}, h("tr", {}, ...heads)),
    body,
    h("tfoot", {}, total),
  );
  const formulas = h("p", { class: "cnn-note cnn-formulas" });
  let shown = null; // the row whose formulas are shown
  const pick = h(
    "select",
    { "aria-label": "kind of the new layer" },
    ...Object.keys(LAYERS).map((kind) => h("option", {}, kind)),
  );
  const add = h("button", { type: "button", onclick: () => insert(state.layers.length, pick.value) }, "add");
  const input = h("div", { class: "cnn-controls" });
  const code = codeLine();
  page.root.append(
    input,
    h("div", { class: "cnn-scroll" }, table),
    h("div", { class: "cnn-controls cnn-below" }, "new layer", pick, add),
    formulas,
    h("details", {}, h("summary", {}, "as torch code"), code.element),
    h(
      "p",
      { class: "cnn-note" },
      "Memory: the row's output for one image, 4 bytes a number. Sees: rows of the input that one unit depends on.",
    ),
  );

  function number(label, value, least, onvalue) {
    const box = h("input", { type: "number", min: least, max: MOST, value, "aria-label": label });
    box.addEventListener("input", () => (onvalue(box.valueAsNumber), fill()));
    box.addEventListener("change", () => state.layers.every(sound) && commit());
    return h("label", {}, h("span", {}, label.split(": ").at(-1)), box);
  }
  function yesOrNo(label, value, onvalue) {
    const box = checkbox(label.split(": ").at(-1), (yes) => (onvalue(yes), fill(), commit()));
    box.set(value);
    box.element.firstChild.ariaLabel = label;
    return box.element;
  }
  const sound = (layer) => sizesOf(layer.kind).every((name) => Number.isInteger(layer[name]));

  function inputSize(name, axis) {
    const label = number(`input: ${name}`, state.input_shape[axis], 1, (value) => {
      if (Number.isInteger(value) && value >= 1 && value <= MOST) {
        state.input_shape = state.input_shape.with(axis, value);
      }
    });
    label.lastChild.addEventListener("change", ({ target }) => {
      const kept = state.input_shape[axis];
      if (target.valueAsNumber === kept) return;
      target.value = kept;
      page.refuse(
        `The ${name} of the input must be a whole number from 1 to ${thousands(MOST)}: it stays ${kept}.`,
      );
    });
    return label;
  }

  /** The rows have changed: their controls anew. */
  function build() {
    input.replaceChildren(
      h("span", {}, "input"),
      ...["channels", "rows", "columns"].map(inputSize),
    );
    body.replaceChildren(
      ...state.layers.map((layer, n) => {
        const where = `layer ${n + 1}, ${layer.kind}`;
        const fields = Object.keys(LAYERS[layer.kind]).map((name) => {
          if (name === "bias") {
            return yesOrNo(`${where}: bias`, layer.bias, (yes) => change(n, { bias: yes }));
          }
          const least = name === "padding" ? 0 : 1;
          return number(`${where}: ${name}`, layer[name], least, (value) => change(n, { [name]: value }));
        });
        const button = (label, sign, act, off) =>
          h(
            "button",
            { type: "button", "aria-label": `${label} ${where}`, disabled: off, onclick: act },
            sign,
          );
        const explain = () => {
          shown = n;
          showFormulas();
        };
        return h(
          "tr",
          { onpointerenter: explain, onfocusin: explain },
          h("td", {}, String(n + 1)),
          h("td", { class: "cnn-layer" }, h("b", {}, layer.kind), ...fields),
          ...NUMBERS.map((name) => h("td", { "data-name": name })), // the name shows where the table is narrow
          h(
            "td",
            { class: "cnn-moves" },
            button("move up", "↑", () => move(n, -1), n === 0),
            button("move down", "↓", () => move(n, 1), n === state.layers.length - 1),
            button("remove", "✕", () => remove(n)),
          ),
        );
      }),
    );
    fill();
  }

  /** The numbers have changed: only what follows from them. */
  function fill() {
    const rows = accountAll(state.layers, state.input_shape);
    rows.forEach((row, n) => {
      const line = body.children[n];
      const cells = [...line.children].slice(2, 7);
      line.classList.toggle("cnn-broken", Boolean(row?.error));
      for (const cell of cells) (cell.replaceChildren(), (cell.colSpan = 1), (cell.hidden = false));
      line.dataset.formulas = row?.error
        ? row.error.message
        : row
        ? `${n + 1} · ${state.layers[n].kind}: ${row.formulas.join("; ")}`
        : "";
      if (row?.error) {
        cells[0].colSpan = 5;
        for (const cell of cells.slice(1)) cell.hidden = true;
        cells[0].append(`⚠ ${row.error.message} `, way(n, row.error.nearest));
        page.say(row.error.message);
      } else if (row) {
        const size = row.shape.reduce((a, b) => a * b);
        [
          row.shape.join("×"),
          row.shared ? "0, shared" : thousands(row.parameters),
          thousands(row.adds),
          bytes(4 * size),
          row.field === "all" ? "all" : String(row.field),
        ].forEach((text, i) => (cells[i].textContent = text));
      }
    });
    const done = rows.filter((row) => row?.shape);
    const sum = (of) => done.reduce((part, row) => part + of(row), 0);
    total.replaceChildren(
      h("td"),
      h("th", { scope: "row" }, done.length === rows.length ? "together" : "together, so far"),
      h("td"),
      ...[
        thousands(sum((row) => row.parameters)),
        thousands(sum((row) => row.adds)),
        bytes(4 * sum((row) => row.shape.reduce((a, b) => a * b))),
      ].map((text, n) => h("td", { "data-name": NUMBERS[n + 1] }, text)),
      h("td"),
      h("td"),
    );
    const shapes = [state.input_shape, ...rows.map((row) => row?.shape)];
    const lines = state.layers.map((layer, n) =>
      `    ${torchCode(layer, shapes[n])},${rows[n]?.shared ? "  # the weights of an earlier row" : ""}`
    );
    code.set(`nn.Sequential(\n${lines.join("\n")}\n)`);
    showFormulas();
  }

  function showFormulas() {
    const words = body.children[shown]?.dataset.formulas;
    formulas.textContent = words || "Point at a row, or move into it with Tab, to see its formulas.";
  }

  /** A button that does the nearest possible thing. */
  function way(n, { change: to, insert: kind }) {
    const [text, act] = to
      ? [
        Object.entries(to)
          .map(([name, value]) => `${name}=${value}`)
          .join(),
        () => {
          change(n, to);
          done();
          body.children[n].querySelector("input").focus();
        },
      ]
      : kind
      ? [`insert ${kind}`, () => insert(n, kind)]
      : ["remove it", () => remove(n)];
    return h("button", { type: "button", onclick: act }, text);
  }
  function change(n, to) {
    state.layers = state.layers.with(n, { ...state.layers[n], ...to });
  }
  function insert(n, kind) {
    state.layers = state.layers.toSpliced(n, 0, { kind, ...LAYERS[kind] });
    done();
  }
  function remove(n) {
    state.layers = state.layers.toSpliced(n, 1);
    done();
    const next = body.children[Math.min(n, state.layers.length - 1)];
    (next?.querySelector(".cnn-moves button:last-child") ?? add).focus();
  }
  function move(n, by) {
    const layer = state.layers[n];
    state.layers = state.layers.toSpliced(n, 1).toSpliced(n + by, 0, layer);
    done();
    const [up, down] = body.children[n + by].querySelectorAll(".cnn-moves button");
    const [same, other] = by < 0 ? [up, down] : [down, up];
    (same.disabled ? other : same).focus(); // so that the layer goes on when the key is pressed again
  }
  function done() {
    commit();
    build();
  }

  build();
  return () => {
    close();
    page.close();
  };
}
