// Frozen Stages: cut a trained network somewhere, and see what learns, what it costs, and what it came to with so many labels.

import { checkbox, choice, slider } from "../page/controls.js";
import { h, note, unseenRadio } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { named } from "../page/grid.js";
import { settings } from "../page/settings.js";
import { table } from "../page/table.js";
import { short, thousands } from "../page/words.js";
import { curves } from "./curves.js";
import { computeFrozen } from "./view.js";

/** @typedef {ReturnType<typeof computeFrozen>} FrozenView */

export function frozen(model, el) {
  const page = frame(model, el);
  const names = ["pieces", "runs", "cut", "scratch", "kept", "epochs", "labels"];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  const kinds = h("div");
  const row = h("fieldset", { class: "cnn-pieces" });
  const epochs = slider({ label: "epochs", min: 1, max: 50, oninput: drag("epochs"), onchange: commit });
  const kept = checkbox("compute what is frozen once, and keep it", choose("kept"));
  const labels = h("div");
  const costs = h("div", { class: "cnn-costs" });
  const picture = curves();
  const words = h("p", { class: "cnn-measured" });
  const rows = h("tbody");
  const source = note();
  page.root.append(
    kinds,
    row,
    h("div", { class: "cnn-controls cnn-below" }, epochs.element, kept.element),
    costs,
    labels,
    named("test accuracy, %: the mean of the runs; bars: from the least to the largest", picture.element),
    words,
    table("cnn-ways", ["learns", "parameters", "million multiply-adds an image", "% right"], rows),
    note("Pick the first piece that learns: a click, or the arrow keys. Hatched: frozen. "),
    source,
  );

  function take(cut, scratch = false) {
    Object.assign(state, { cut, scratch });
    commit();
    draw();
  }
  function draw() {
    const view = computeFrozen(state);
    drawKinds(kinds, view, take);
    drawPieces(row, view, take);
    epochs.set(state.epochs);
    kept.set(state.kept);
    drawLabels(labels, state.runs.labels, view.at, choose("labels"));
    costs.replaceChildren(...costWords(view, state));
    picture.draw(view, state.runs.labels);
    words.textContent = measuredWords(view, state);
    rows.replaceChildren(...view.lines.map((line) => lineRow(line, view)));
    source.textContent = `Runs: ${state.runs.source}.`;
    page.tell([...costs.children, words].map((each) => each.textContent));
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

/** Tabs for the ways to train that were run. */
function drawKinds(place, { lines, line }, take) {
  const tabs = choice({
    label: "what learns",
    options: lines.map(({ name }) => [name, name]),
    onchange: (name) => {
      const chosen = lines.find((each) => each.name === name);
      take(chosen.cut, chosen.scratch);
    },
  });
  tabs.set(line?.name ?? "");
  renew(place, tabs.element);
}

/** The number of labels, as tabs too. */
function drawLabels(place, counts, at, take) {
  const options = counts.map((count, n) => [n, thousands(count)]);
  const tabs = choice({ label: "labels of each class", options, onchange: take });
  tabs.set(at);
  renew(place, tabs.element);
}

/** Put something new into a place, and the focus back if it was there. */
function renew(place, element) {
  const had = place.contains(document.activeElement);
  place.replaceChildren(element);
  if (had) /** @type {HTMLElement} */ (place.querySelector(":checked"))?.focus();
}

/**
 * The pieces from the image on, each a radio button: from here on it learns.
 * @param {HTMLElement} row
 * @param {FrozenView} view
 */
function drawPieces(row, view, take) {
  const { pieces, cut } = view;
  const had = row.contains(document.activeElement);
  const group = `cnn-${Math.random().toString(36).slice(2)}`;
  const labels = pieces.map(({ name, parameters, adds, frozen, bars }, n) => {
    const input = unseenRadio({ name: group, onchange: () => take(n) });
    input.checked = n === cut;
    input.ariaLabel = `${name}: ${thousands(parameters)} parameters, ${thousands(adds)} multiply-adds, ` +
      (frozen ? "frozen" : "learns");
    const bar = (part, kind) => h("i", { class: kind, style: `height: ${part ? Math.max(100 * part, 2) : 0}%` });
    const picture = h("span", { class: "cnn-piece" }, bar(bars[0], "weights"), bar(bars[1], "work"));
    return h("label", { class: frozen ? "frozen" : "learns" }, input, picture, h("span", {}, name));
  });
  row.replaceChildren(
    h(
      "legend",
      {},
      "pieces, from the image on: ",
      h("b", { class: "weights" }, "parameters"),
      " and ",
      h("b", { class: "work" }, "work"),
    ),
    ...labels,
  );
  if (had) labels[cut].querySelector("input").focus();
}

/** @param {FrozenView} view */
function costWords({ learns, all, work, cut }, { epochs, kept }) {
  const { below, above, backward, together } = work;
  const pass = cut ? (kept ? `${millions(below)} once` : `${epochs} · ${millions(below)}`) : "";
  const above_ = `${epochs} · (${millions(above)} forward + ${millions(backward)} backward)`;
  return [
    h("p", {}, h("b", {}, `${thousands(learns)} of ${thousands(all)} parameters learn.`)),
    h(
      "p",
      {},
      `Million multiply-adds for each image: ${[pass, above_].filter(Boolean).join(" + ")} = `,
      h("b", {}, millions(together)),
    ),
  ];
}

const millions = (count) => count < 1e6 ? short(count / 1e6) : thousands(Math.round(count / 1e6));

const tenths = (value) => value.toFixed(1);

/** @param {FrozenView} view */
function measuredWords({ line, at }, { runs, scratch }) {
  const count = `${thousands(runs.labels[at])} labels of each class`;
  if (!line) return `With this cut ${scratch ? "and random weights " : ""}nothing was run: nothing is said about it.`;
  const seeds = line.accuracies.map((seed) => tenths(seed[at]));
  const mean = `${tenths(line.means[at])} % right in the mean of ${seeds.length} runs`;
  return `${count}, ${line.name}: ${mean} (${seeds.join(", ")}).`;
}

function lineRow({ name, learns, work, means, lows, highs }, { at, line }) {
  const right = `${tenths(means[at])} (${tenths(lows[at])} to ${tenths(highs[at])})`;
  const cells = [thousands(learns), millions(work), right].map((cell) => h("td", {}, cell));
  return h("tr", { class: line?.name === name ? "picked" : "" }, h("th", { scope: "row" }, name), ...cells);
}
