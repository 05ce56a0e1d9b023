// Channels and Groups: which input channels an output channel reads, its sum channel by channel, and what it costs.

import { choice, codeLine, slider } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { settings } from "../page/settings.js";
import { costLines } from "./channel_costs.js";
import { markChannel, networkColumns } from "./network.js";
import { sumRows, sumWords } from "./partial_sums.js";
import { computeChannels, computeSum, kindOf, possibleGroups } from "./view.js";

/** @typedef {ReturnType<typeof channelParts>} ChannelParts */

const RANGES = { in_channels: 8, out_channels: 8, groups: 8, kernel_size: 5 };
const even = (count) => count + (count % 2);
/** What the settings become, of which some stay. */
const KINDS = {
  standard: () => ({ groups: 1, separable: false }),
  "two groups": ({ in_channels, out_channels }) => ({
    groups: 2,
    separable: false,
    in_channels: even(in_channels),
    out_channels: even(out_channels),
  }),
  depthwise: ({ in_channels }) => ({ groups: in_channels, out_channels: in_channels, separable: false }),
  "depthwise separable": () => ({ separable: true }),
};

export function channels(model, el) {
  const page = frame(model, el);
  const names = [...Object.keys(RANGES), "output_size", "separable", "channel"];
  const own = settings(model, names, () => draw());
  const { state, commit, choose } = own;
  let view = null; // null while the settings cannot be
  let spoken = ""; // the sum, in words
  const parts = channelParts(own, (name) => {
    Object.assign(state, KINDS[name](state));
    commit();
    draw();
  });
  page.root.append(...layOutChannels(parts, page.impossible));

  function draw() {
    state.channel = Math.min(state.channel, state.out_channels - 1);
    drawControls(parts, state, choose("groups"));
    view = page.attempt(() => computeChannels(state));
    parts.body.hidden = parts.code.element.hidden = !view;
    parts.ways.hidden = view !== null;
    if (!view) return;
    parts.code.set(codeOf(state));
    parts.costs.replaceChildren(...costLines(view, state));
    parts.network.replaceChildren(...networkColumns(view.reads, state, {
      visit: select,
      focus: (out) => (select(out), page.say(spoken)),
      press: () => (commit(), tell()),
    }));
    select(state.channel);
    tell();
  }
  /** Output channel `out`: what it reads, and its sum. */
  function select(out) {
    state.channel = out;
    const reads = view.reads[out];
    markChannel(parts.network, out, reads);
    const sum = computeSum(state, out, reads);
    spoken = sumWords(sum);
    parts.sum.replaceChildren(...sumRows(sum));
  }
  function tell() {
    const lines = [...parts.costs.querySelectorAll(".cnn-formula")].map((line) => `${line.textContent}.`);
    page.tell([`${kindOf(state) || `${state.groups} groups`}.`, ...lines, spoken]);
  }

  draw();
  return () => {
    own.close();
    page.close();
  };
}

function channelParts({ drag, commit }, onkind) {
  const sliders = Object.entries(RANGES).map(([name, max]) => {
    return [name, slider({ label: name, min: 1, max, oninput: drag(name), onchange: commit })];
  });
  const [network, sum, costs] = [h("div", { class: "cnn-network" }), h("div"), h("div")];
  return {
    kind: choice({ label: "kind", options: Object.keys(KINDS).map((name) => [name, name]), onchange: onkind }),
    sliders: Object.fromEntries(sliders),
    ways: note(),
    network,
    sum,
    costs,
    body: h("div", {}, h("div", { class: "cnn-stage cnn-top" }, network, sum), costs),
    code: codeLine(),
  };
}

/** @param {ChannelParts} parts */
function layOutChannels({ kind, sliders, ways, body, code }, impossible) {
  return [
    kind.element,
    h("div", { class: "cnn-controls cnn-below" }, ...Object.values(sliders).map(({ element }) => element)),
    impossible,
    ways,
    body,
    code.element,
    note("Point at an output channel, or reach it with Tab, to see its sum."),
  ];
}

/**
 * What does not depend on whether there is such a layer; `take` one of the numbers of groups that can be.
 * @param {ChannelParts} parts
 */
function drawControls({ sliders, kind, ways }, state, take) {
  for (const [name, control] of Object.entries(sliders)) control.set(state[name]);
  sliders.groups.element.hidden = state.separable;
  kind.set(kindOf(state));
  const buttons = possibleGroups(state).map((groups) =>
    h("button", { type: "button", onclick: () => take(groups) }, `groups=${groups}`)
  );
  ways.replaceChildren("Possible here: ", ...buttons);
}

function codeOf({ in_channels: ins, out_channels: outs, groups, kernel_size: k, separable }) {
  if (!separable) return `nn.Conv2d(${ins}, ${outs}, kernel_size=${k}${groups > 1 ? `, groups=${groups}` : ""})`;
  const depthwise = `nn.Conv2d(${ins}, ${ins}, kernel_size=${k}, groups=${ins})`;
  return `nn.Sequential(${depthwise}, nn.Conv2d(${ins}, ${outs}, kernel_size=1))`;
}
