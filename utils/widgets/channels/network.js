// The channels of a layer and the lines between them: a part of Channels and Groups.

import { h } from "../page/dom.js";
import { svg } from "../page/picture.js";

const PITCH = 34; // pixels from one channel to the next

/**
 * Input channels, of a separable layer those in between, and output channels, with a line to each that one reads.
 *
 * @param {number[][]} reads for each output channel, which input channels
 * @param {import("./view.js").ChannelSettings} settings
 * @param {{ visit: (out: number) => void, focus: (out: number) => void, press: () => void }} react to an output channel
 */
export function networkColumns(reads, { in_channels: ins, out_channels: outs, separable }, { visit, focus, press }) {
  const width = separable ? 76 : 110;
  const ends = reads.map((_, out) =>
    h("button", {
      class: "cnn-tile",
      type: "button",
      "aria-label": `out ${out}, output channel ${out}`,
      onpointerenter: () => visit(out),
      onfocus: () => focus(out),
      onclick: press,
    }, `out ${out}`)
  );
  const depthwise = Array.from({ length: ins }, (_, n) => [n]);
  return [
    column(passive("in", ins)),
    ...(separable ? [linesBetween(ins, ins, depthwise, width, "first"), column(passive("mid", ins))] : []),
    linesBetween(ins, outs, reads, width, "last"),
    column(ends),
  ];
}

/** Mark output channel `out`, what it reads, and the lines that lead there. */
export function markChannel(network, out, reads) {
  for (const tile of network.querySelectorAll(".cnn-passive")) {
    tile.classList.toggle("on", reads.includes(Number(tile.textContent.split(" ")[1])));
  }
  network.querySelectorAll("button").forEach((tile, n) => tile.classList.toggle("current", n === out));
  for (const { classList, dataset } of network.querySelectorAll("line")) {
    classList.toggle("on", dataset.name === "first" || Number(dataset.to) === out);
  }
}

const column = (tiles) => h("div", { class: "cnn-column" }, ...tiles);

const passive = (name, count) =>
  Array.from({ length: count }, (_, n) => h("div", { class: `cnn-tile cnn-passive ${name}${n}` }, `${name} ${n}`));

/** Lines from `left` channels to `right` ones, each of which `reads` some; the shorter column stands in the middle. */
function linesBetween(left, right, reads, width, name) {
  const heightOf = (count) => PITCH * count - 6;
  const height = heightOf(Math.max(left, right));
  const middle = (n, count) => (height - heightOf(count)) / 2 + n * PITCH + 14;
  const lines = [];
  for (let a = 0; a < left; a++) {
    for (let b = 0; b < right; b++) {
      const ends = { x1: 3, y1: middle(a, left), x2: width - 3, y2: middle(b, right) };
      if (reads[b].includes(a)) lines.push(svg("line", { ...ends, "data-to": b, "data-name": name }));
    }
  }
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": true }, ...lines);
}
