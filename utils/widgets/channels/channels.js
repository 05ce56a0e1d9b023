// Channels and Groups: which input channels an output channel reads, its sum channel by channel, and what it costs.

import { costsOf } from "./channel_costs.js";
import { bias, partialSums } from "./partial_sums.js";
import { choice, codeLine, slider } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { svg } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { counted, short } from "../page/words.js";

export function channels(model, el) {
  const page = frame(model, el);
  const names = [
    "in_channels",
    "out_channels",
    "groups",
    "kernel_size",
    "output_size",
    "separable",
    "channel",
  ];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  let spoken = ""; // the sum, in words

  const ranges = { in_channels: 8, out_channels: 8, groups: 8, kernel_size: 5 };
  const sliders = Object.fromEntries(
    Object.entries(ranges).map(([name, max]) => [
      name,
      slider({ label: name, min: 1, max, oninput: drag(name), onchange: commit }),
    ]),
  );
  const kinds = {
    standard: () => ({ groups: 1, separable: false }),
    "two groups": () => ({
      groups: 2,
      separable: false,
      in_channels: even(state.in_channels),
      out_channels: even(state.out_channels),
    }),
    depthwise: () => ({ groups: state.in_channels, out_channels: state.in_channels, separable: false }),
    "depthwise separable": () => ({ separable: true }),
  };
  const even = (count) => count + (count % 2);
  const kind = choice({
    label: "kind",
    options: Object.keys(kinds).map((name) => [name, name]),
    onchange: (name) => {
      Object.assign(state, kinds[name]());
      commit();
      draw();
    },
  });
  const ways = note();
  const network = h("div", { class: "cnn-network" });
  const sum = h("div");
  const costs = h("div");
  const code = codeLine();
  const body = h("div", {}, h("div", { class: "cnn-stage cnn-top" }, network, sum), costs);
  page.root.append(
    kind.element,
    h("div", { class: "cnn-controls cnn-below" }, ...Object.values(sliders).map((s) => s.element)),
    page.impossible,
    ways,
    body,
    code.element,
    note("Point at an output channel, or reach it with Tab, to see its sum."),
  );

  const kindNow = () =>
    state.separable
      ? "depthwise separable"
      : state.groups === 1
      ? "standard"
      : state.groups === state.in_channels && state.in_channels === state.out_channels
      ? "depthwise"
      : state.groups === 2
      ? "two groups"
      : "";

  function draw() {
    for (const [name, control] of Object.entries(sliders)) control.set(state[name]);
    sliders.groups.element.hidden = state.separable;
    kind.set(kindNow());
    const { in_channels: ins, out_channels: outs, kernel_size: k } = state;
    state.channel = Math.min(state.channel, outs - 1);
    const priced = page.attempt(() => costsOf(state));
    body.hidden = code.element.hidden = !priced;
    ways.hidden = Boolean(priced);
    ways.replaceChildren("Possible here: ", ...possibleGroups());
    if (body.hidden) return;
    code.set(
      state.separable
        ? `nn.Sequential(nn.Conv2d(${ins}, ${ins}, kernel_size=${k}, groups=${ins}), nn.Conv2d(${ins}, ${outs}, kernel_size=1))`
        : `nn.Conv2d(${ins}, ${outs}, kernel_size=${k}${state.groups > 1 ? `, groups=${state.groups}` : ""})`,
    );
    costs.replaceChildren(...priced);
    drawNetwork();
    select(state.channel);
    tell();
  }
  function tell() {
    const lines = [...costs.querySelectorAll(".cnn-formula")].map((line) => `${line.textContent}.`);
    page.tell([`${kindNow() || `${state.groups} groups`}.`, ...lines, spoken]);
  }

  function possibleGroups() {
    const { in_channels: ins, out_channels: outs } = state;
    const fit = [1, 2, 3, 4, 5, 6, 7, 8].filter((groups) => ins % groups === 0 && outs % groups === 0);
    return fit.map((groups) =>
      h("button", { type: "button", onclick: () => choose("groups")(groups) }, `groups=${groups}`)
    );
  }

  /** The input channels that output channel `out` reads. */
  function sources(out) {
    const [each, share] = state.separable
      ? [state.in_channels, state.out_channels]
      : [state.in_channels / state.groups, state.out_channels / state.groups];
    const first = Math.floor(out / share) * each;
    return Array.from({ length: each }, (_, n) => first + n);
  }

  function drawNetwork() {
    const { in_channels: ins, out_channels: outs, separable } = state;
    const pick = (out) => ({
      onpointerenter: () => select(out),
      onfocus: () => {
        select(out);
        page.say(spoken);
      },
      onclick: () => (commit(), tell()),
    });
    const tile = (label, about = {}) =>
      h(
        about.onclick ? "button" : "div",
        { class: "cnn-tile", type: about.onclick && "button", ...about },
        label,
      );
    const column = (tiles) => h("div", { class: "cnn-column" }, ...tiles);
    const passive = (name, count) =>
      Array.from(
        { length: count },
        (_, n) => h("div", { class: `cnn-tile cnn-passive ${name}${n}` }, `${name} ${n}`),
      );
    const ends = Array.from(
      { length: outs },
      (_, n) => tile(`out ${n}`, { ...pick(n), "aria-label": `out ${n}, output channel ${n}` }),
    );
    const middle = separable ? [lines(ins, ins, (a, b) => a === b, "first"), column(passive("mid", ins))] : [];
    network.replaceChildren(
      column(passive("in", ins)),
      ...middle,
      lines(ins, outs, (a, b) => sources(b).includes(a), "last"),
      column(ends),
    );
  }

  function lines(left, right, joined, name) {
    const [wide, pitch, height] = [state.separable ? 76 : 110, 34, 34 * Math.max(left, right) - 6];
    const middle = (n, count) => (height - (pitch * count - 6)) / 2 + n * pitch + 14;
    const found = [];
    for (let a = 0; a < left; a++) {
      for (let b = 0; b < right; b++) {
        const ends = { x1: 3, y1: middle(a, left), x2: wide - 3, y2: middle(b, right) };
        if (joined(a, b)) found.push(svg("line", { ...ends, "data-to": b, "data-name": name }));
      }
    }
    return svg(
      "svg",
      { viewBox: `0 0 ${wide} ${height}`, width: wide, height, "aria-hidden": true },
      ...found,
    );
  }

  /** Output channel `out`: what it reads, and its sum. */
  function select(out) {
    state.channel = out;
    const from = sources(out);
    const on = (element, yes) => element.classList.toggle("on", yes);
    network
      .querySelectorAll(".cnn-passive")
      .forEach((tile) => on(tile, from.includes(Number(tile.textContent.split(" ")[1]))));
    network.querySelectorAll("button").forEach((tile, n) => tile.classList.toggle("current", n === out));
    network
      .querySelectorAll("line")
      .forEach((line) => on(line, line.dataset.name === "first" || Number(line.dataset.to) === out));
    const { rows, total, words } = partialSums(state, out, from);
    spoken = words;
    sum.replaceChildren(
      h(
        "p",
        { class: "cnn-note" },
        `One place of output channel ${out}: it reads ${counted(from.length, "channel")}.`,
      ),
      ...rows,
      h("div", { class: "cnn-row" }, h("span", { class: "cnn-what" }, "bias"), short(bias(out))),
      h("div", { class: "cnn-row" }, h("span", { class: "cnn-what" }, "sum"), h("b", {}, short(total))),
    );
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
