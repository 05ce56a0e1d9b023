// Training Scope: curves that grow while a network trains, and its first filters, at the end of any epoch.

import { h } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { paint } from "../page/picture.js";
import { player } from "../page/player.js";
import { settings } from "../page/settings.js";
import { short } from "../page/words.js";
import { chart } from "./chart.js";

const CURVES = ["train_loss", "validation_loss", "train_accuracy", "validation_accuracy"];
const MOST_NUMBERS = 5; // columns of a filter that has room for its weights
const percent = (share) => `${short(100 * share)} %`;

export function scope(model, el) {
  const page = frame(model, el);
  const { state, commit, close } = settings(model, [...CURVES, "filters", "epoch"], () => draw());
  let shown = []; // the charts that there are
  const charts = h("div", { class: "cnn-stage cnn-top" });
  const play = player({
    noun: "epoch",
    go: (step) => ((state.epoch = step - before(state)), point()),
    rest: () => (commit(), tell()),
  });
  play.listen(page.root);
  const words = h("p", {});
  const filters = h("div", { class: "cnn-stage cnn-filters" });
  const caption = h("p", { class: "cnn-note" });
  const waiting = h("p", { class: "cnn-note" }, "No epoch is finished yet.");
  const body = h("div", {}, charts, play.element, words, filters, caption);
  page.root.append(waiting, body);
  const tell = () => page.tell([words.textContent]);

  function draw() {
    const epochs = state.train_loss.length;
    waiting.hidden = epochs > 0;
    body.hidden = !epochs;
    if (!epochs) return tell();
    const curves = (name) => ({ training: state[`train_${name}`], validation: state[`validation_${name}`] });
    shown = [chart("loss", curves("loss"), short), chart("accuracy", curves("accuracy"), percent)].filter(Boolean);
    charts.replaceChildren(...shown.map(({ element }) => element));
    play.set(state.epoch + before(state), epochs + before(state), 1 - before(state));
    tell();
  }
  /** The numbers and filters at the end of one epoch. */
  function point() {
    for (const each of shown) each.point(state.epoch);
    words.textContent = epochWords(state);
    // A run that was taken up again has filters only from there on.
    const snapshot = state.filters[state.epoch - (state.train_loss.length - state.filters.length)] ?? [];
    filters.replaceChildren(...snapshot.map(filterPicture));
    caption.textContent = snapshot.length
      ? "The first layer's filters, averaged over the input channels: grey is a weight of 0, lighter is positive, " +
        "darker is negative. Each has a scale of its own."
      : "";
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

/** 1 if the filters are kept that the run began with, shown as epoch 0. */
const before = ({ train_loss, filters }) => (train_loss.length && filters.length > train_loss.length ? 1 : 0);

/** What the numbers are after an epoch, as far as there are any. */
function epochWords(state) {
  if (state.epoch < 0) return "Before the first epoch: the filters that chance has drawn.";
  const of = (name, say) =>
    [["training", state[`train_${name}`]], ["validation", state[`validation_${name}`]]]
      .filter(([, values]) => values[state.epoch] !== undefined)
      .map(([kind, values]) => `${kind} ${say(values[state.epoch])}`)
      .join(", ");
  const [loss, accuracy] = [of("loss", short), of("accuracy", percent)];
  const parts = [...(loss ? [`loss ${loss}`] : []), ...(accuracy ? [`accuracy ${accuracy}`] : [])];
  return `After epoch ${state.epoch + 1}: ${parts.join("; ")}.`;
}

/** Its weights as cells, from black over grey to white; small ones with their numbers. */
function filterPicture(weights, n) {
  const name = `filter ${n + 1}: ${weights.map((row) => row.map(short).join(" ")).join(" / ")}`;
  const canvas = h("canvas", { "aria-hidden": "true" });
  const largest = Math.max(...weights.flat().map(Math.abs));
  paint(canvas, weights, { range: [-largest, largest] });
  const numbers = weights[0].length > MOST_NUMBERS ? [] : weights.flat().map((weight) => {
    const grey = Math.floor(127.5 * (1 + weight / (largest || 1))); // as it is painted
    const style = `background: rgb(${grey}, ${grey}, ${grey})`;
    return h("span", { class: weight < -0.08 * largest ? "cnn-on-dark" : "", style }, short(weight));
  });
  const style = `--columns: ${weights[0].length}; --rows: ${weights.length}`;
  const over = h("div", { class: "cnn-weights", "aria-hidden": "true", style }, ...numbers);
  return h("div", { class: "cnn-filter", role: "img", "aria-label": name, title: name }, canvas, over);
}
