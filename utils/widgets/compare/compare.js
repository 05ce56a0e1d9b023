// Networks Side by Side: columns of layers, parameters as bars to the left, work as bars to the right, maps between them.

import { choice } from "../page/controls.js";
import { h, note, unseenRadio } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { settings } from "../page/settings.js";
import { table } from "../page/table.js";
import { counted, thousands } from "../page/words.js";
import { computeCompare } from "./view.js";

/** @typedef {ReturnType<typeof computeCompare>} CompareView */

const TOTALS = ["parameters", "in linear layers", "multiply-adds", "in linear layers", "numbers in its maps"];

export function compare(model, el) {
  const page = frame(model, el);
  const { state, commit, choose, close } = settings(model, ["networks", "scale", "network", "row"], () => draw());
  const scale = choice({
    label: "longest bar",
    options: [["own", "the largest layer of each network"], ["same", "the largest layer of all"]],
    onchange: choose("scale"),
  });
  const columns = h("fieldset", { class: "cnn-networks" });
  const words = h("p", { class: "cnn-layer-of" });
  const totals = h("tbody");
  page.root.append(...layOutCompare(scale.element, columns, words, totals));

  function pick(network, row) {
    Object.assign(state, { network, row });
    commit();
    show();
  }
  function draw() {
    const view = computeCompare(state);
    scale.set(state.scale);
    const had = columns.contains(document.activeElement);
    const group = `cnn-${Math.random().toString(36).slice(2)}`;
    columns.replaceChildren(
      h("legend", { class: "cnn-spoken" }, "layers"),
      ...view.networks.map((network, n) => columnOf(network, n, group, pick)),
    );
    totals.replaceChildren(...view.networks.map(totalRow));
    show();
    if (had) columns.querySelector("input:checked")?.["focus"]();
  }
  function show() {
    const view = computeCompare(state);
    const [network, row] = view.picked;
    const inputs = columns.querySelectorAll(".cnn-network-rows")[network].querySelectorAll("input");
    inputs[row].checked = true;
    words.replaceChildren(...rowWords(view));
    page.tell([
      words.textContent,
      `Longest bar: the largest layer of ${state.scale === "own" ? "each network" : "all"}.`,
    ]);
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

function layOutCompare(scale, columns, words, totals) {
  return [
    scale,
    columns,
    words,
    h("div", { class: "cnn-totals-around" }, table("cnn-totals", ["network", ...TOTALS], totals)),
    note(
      "Pick a layer: a click, or the arrow keys. Left its parameters, right its multiply-adds for one image; between ",
      "them what it returns, in a box as wide as its maps beside the image. Maps: those of the convolutions.",
    ),
  ];
}

/** A network: its name, and a radio button for each layer. */
function columnOf({ name, input, rows }, n, group, pick) {
  const lines = rows.map((row, k) => {
    const radio = unseenRadio({ name: group, onchange: () => pick(n, k) });
    const numbers = `${counted(row.parameters, "parameter")}, ${counted(row.adds, "multiply-add")}`;
    radio.ariaLabel = `${name}, layer ${k + 1}, ${row.words}: ${numbers}`;
    const bar = (part, kind) => h("i", { class: kind, style: `width: ${part ? Math.max(100 * part, 1) : 0}%` });
    return h(
      "label",
      { title: row.words },
      radio,
      h(
        "span",
        { class: `cnn-network-row ${row.kind}`, "aria-hidden": "true" },
        h("span", { class: "left" }, bar(row.bars[0], "weights")),
        h("span", { class: "shape" }, h("i", { style: `width: ${100 * row.side}%` }), h("b", {}, row.shape.join("×"))),
        h("span", { class: "right" }, bar(row.bars[1], "work")),
      ),
    );
  });
  return h(
    "div",
    { class: "cnn-network-rows" },
    h("h4", {}, name, h("span", {}, ` on ${input.join("×")}`)),
    h("p", { class: "cnn-wings", "aria-hidden": "true" }, h("span", {}, "◂ parameters"), h("span", {}, "work ▸")),
    ...lines,
  );
}

/** @param {CompareView} view */
function rowWords({ networks, picked: [n, k] }) {
  const { name, rows } = networks[n];
  const { words, kind, parameters, adds, shares, shape, often } = rows[k];
  const [share, part] = shares.map((each) => `${percent(each)} of the network's`);
  const numbers = `${counted(parameters, "parameter")} (${share}) and ${counted(adds, "multiply-add")} (${part}).`;
  const times = `${shape.slice(1).join("·")} = ${thousands(often)} times, once at each place`;
  const uses = { convolution: ` Each weight is used ${times}.`, linear: " Each weight is used once." }[kind] ?? "";
  return [h("b", {}, `${name}, layer ${k + 1}: ${words}. `), numbers, uses];
}

function totalRow({ name, total }) {
  const cells = [
    thousands(total.parameters),
    percent(total.linearParameters / (total.parameters || 1)),
    thousands(total.adds),
    percent(total.linearAdds / (total.adds || 1)),
    thousands(total.maps),
  ];
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    ...cells.map((cell, n) => h("td", { "data-name": TOTALS[n] }, cell)),
  );
}

/** A share as a percentage; a small one is not nothing. */
const percent = (share) => share > 0 && share < 0.01 ? "below 1 %" : `${Math.round(100 * share)} %`;
