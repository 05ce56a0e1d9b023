// One number: what it was made of, the Stepper beneath a sum of products, and the way on to the class.

import { h, note, unseenRadio } from "../page/dom.js";
import { openStepper } from "../stepper/stepper.js";
import { softmax } from "./layers.js";
import { percent } from "./picture_panel.js";
import { onwardOf, sourcesOf, stepperCase, valueAt } from "./tracing.js";
import { outputWords } from "./view.js";

const SHOWN = 6; // parts of a sum, the largest ones

/** A number of the network's, to three figures. */
const number = (x) => (x === 0 ? "0" : Number(x.toPrecision(3)).toString().replace("-", "−"));

/** The same behind a sign: negative numbers in brackets. */
const signed = (x) => (x < 0 ? `(${number(x)})` : number(x));

/** Where a number is, in words. */
function placeWords({ shape }, { channel, place }) {
  return shape.length === 3 ? `map ${channel}, row ${place[0]}, column ${place[1]}` : `number ${channel}`;
}

/** A number with where it is: "ReLU: map 5, row 3, column 4, 0.83". */
export function numberWords(network, outputs, at) {
  const where = placeWords(outputs[at.output], at);
  return `${outputWords(network, at.output)}: ${where}, ${number(valueAt(outputs, at))}`;
}

/** What made a number, as a formula with its numbers. */
function formula(step, outputs, at, parts) {
  const value = h("b", {}, number(valueAt(outputs, at)));
  const [first] = parts;
  const x = first && number(first.value);
  const c = at.channel;
  const rules = {
    ReLU: () => [`max(0, ${x}) = `],
    BatchNorm2d: () => [
      `(x − mean) / √(variance + ε) · weight + bias = (${x} − ${signed(step.running_mean[c])}) / ` +
      `√(${number(step.running_var[c])} + ${step.eps}) · ${signed(step.weight[c])} + ${signed(step.bias[c])} = `,
    ],
    Add: () => [parts.map((part) => signed(part.value)).join(" + "), " = "],
    NewMaps: () => [first ? "the same number: " : "a map that the shortcut has added, all zeros: "],
    MaxPool2d: () => ["the largest of its window: "],
    AdaptiveMaxPool2d: () => ["the largest of its part: "],
    AvgPool2d: () => [`the mean of ${parts.length} numbers: `],
    AdaptiveAvgPool2d: () => [`the mean of ${parts.length} numbers: `],
    Conv2d: () => [`a sum over ${parts.length} maps${step.bias ? `, plus the bias ${number(step.bias[c])}` : ""}: `],
    Linear:
      () => [`a sum over ${parts.length} features${step.bias ? `, plus the bias ${number(step.bias[c])}` : ""}: `],
  };
  return h("p", { class: "cnn-formula" }, ...(rules[step.kind] ?? (() => ["the same number: "]))(), value);
}

/** go(at): show another number. back(): the one before. */
export function traceView({ go, back }) {
  const stepperRoom = h("div", { class: "cnn-stepper" });
  const element = h("div", { class: "cnn-trace", hidden: true });
  let closeStepper = () => {};
  let [chosen, shown] = [0, ""]; // which of the largest parts, and of which number

  function close() {
    closeStepper();
    closeStepper = () => {};
    stepperRoom.replaceChildren();
  }
  function update(network, outputs, at, target, isLed) {
    close();
    element.hidden = !at;
    if (!at) return;
    if (JSON.stringify(at) !== shown) [shown, chosen] = [JSON.stringify(at), 0];
    const parts = sourcesOf(network, outputs, at).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const step = network.steps[at.output - 1];
    const pick = (n) => {
      chosen = n;
      update(network, outputs, at, target, isLed);
      element.querySelectorAll(".cnn-parts input")[n].focus();
    };
    element.replaceChildren(
      h("p", {}, h("b", {}, `${outputWords(network, at.output)}: ${placeWords(outputs[at.output], at)}`)),
      step ? formula(step, outputs, at, parts) : pixelWords(network, outputs, at),
      ...(at.output === outputs.length - 1 ? [classWords(network, outputs, at)] : []),
      ...(SUMS.includes(step?.kind) && parts.length > 1 ? [partsList(outputs, parts, chosen, pick)] : []),
      stepperRoom,
      h(
        "div",
        { class: "cnn-live-ways" },
        ...parts.slice(chosen, chosen + 1).map((part) => sourceButton(network, outputs, part.at, go)),
        ...onwardOf(network, outputs, at, target).map((next) => onwardButton(network, outputs, next, go)),
        h("button", { type: "button", disabled: !isLed, onclick: back }, "↩ back"),
      ),
    );
    if (step?.kind !== "Conv2d") return;
    const { channel } = parts[chosen].at;
    const { rows, columns, ...settings } = stepperCase(network, outputs, at, channel);
    const title = `Map ${channel}, rows ${rows.join(" to ")} and columns ${columns.join(" to ")}, and its kernel`;
    closeStepper = openStepper(stepperRoom, { ...settings, title });
  }
  return { element, update, close };
}

const SUMS = ["Conv2d", "Linear", "Add", "AvgPool2d", "AdaptiveAvgPool2d"];

/** The largest parts of a sum as bars, one of them chosen, and what is left. */
function partsList(outputs, parts, chosen, pick) {
  const group = `cnn-${Math.random().toString(36).slice(2)}`;
  const most = Math.abs(parts[0].value) || 1;
  const rows = parts.slice(0, SHOWN).map(({ at, value }, n) => {
    const input = unseenRadio({ name: group, onchange: () => pick(n) });
    input.checked = n === chosen;
    const bar = h("span", { class: `cnn-part ${value < 0 ? "below" : ""}`, "aria-hidden": "true" });
    bar.style.setProperty("--share", String(Math.abs(value) / most));
    return h(
      "label",
      {},
      input,
      h("span", {}, partWords(outputs, at)),
      bar,
      h("span", { class: "cnn-percent" }, number(value)),
    );
  });
  const rest = parts.slice(SHOWN).reduce((sum, part) => sum + part.value, 0);
  const more = parts.length > SHOWN ? [note(`and ${parts.length - SHOWN} smaller ones, together ${number(rest)}`)] : [];
  return h("div", { class: "cnn-parts", role: "radiogroup", "aria-label": "the largest parts" }, ...rows, ...more);
}

const partWords = (outputs, { output, channel }) =>
  outputs[output].shape.length === 3 ? `map ${channel}` : `number ${channel}`;

function sourceButton(network, outputs, at, go) {
  return h("button", { type: "button", onclick: () => go(at) }, `◀ from ${numberWords(network, outputs, at)}`);
}

function onwardButton(network, outputs, at, go) {
  const isLogit = at.output === outputs.length - 1;
  const where = isLogit ? `logit of ${network.classes[at.channel]}` : placeWords(outputs[at.output], at);
  const words = `on to ${outputWords(network, at.output)}: ${where}, ${number(valueAt(outputs, at))} ▶`;
  return h("button", { type: "button", onclick: () => go(at) }, words);
}

/** From a logit to the probability of its class. */
function classWords({ classes }, outputs, { channel }) {
  const chance = percent(softmax(outputs.at(-1).data)[channel]);
  return h("p", {}, `Softmax makes ${chance} of it, for ${classes[channel]}. Here it ends.`);
}

/** From a pixel to what the network reads. */
function pixelWords({ mean, std }, outputs, at) {
  const value = valueAt(outputs, at);
  const pixel = Math.round(255 * (value * std[at.channel] + mean[at.channel]));
  const colour = mean.length === 3 ? ["red", "green", "blue"][at.channel] : "light";
  return h(
    "p",
    { class: "cnn-formula" },
    `(${colour} ${pixel} / 255 − mean ${number(mean[at.channel])}) / ${number(std[at.channel])} = `,
    h("b", {}, number(value)),
    ". Here it begins.",
  );
}
