// Maps as pictures: black is 0, orange above, blue below. All of an output in one mosaic, or one alone.

import { h, unseenRadio } from "../page/dom.js";
import { ARROWS, isForOthers, stepped } from "../page/keys.js";
import { pointedAt } from "../page/picture.js";
import { fitting } from "../page/words.js";
import { mapSize } from "./layers.js";
import { brightest, extremesOf, outputWords, shapeWords } from "./view.js";

/** @typedef {import("./layers.js").Maps} Maps */

export const MOST_MAPS = 64; // that are shown of one output

// From 0 to as bright as can be, in 255 shades to each side.
const DARK = [13, 15, 18];
const ABOVE = shades([230, 159, 0], [255, 246, 216]);
const BELOW = shades([0, 114, 178], [214, 238, 255]);

function shades(half, full) {
  const between = (a, b, share) => a.map((x, n) => Math.round(x + (b[n] - x) * share));
  return Array.from(
    { length: 256 },
    (_, n) => n < 128 ? between(DARK, half, n / 128) : between(half, full, (n - 128) / 127),
  );
}

function colour(pixels, at, value, most) {
  const shade = (value < 0 ? BELOW : ABOVE)[most > 0 ? Math.min(255, Math.round((255 * Math.abs(value)) / most)) : 0];
  pixels[at] = shade[0];
  pixels[at + 1] = shade[1];
  pixels[at + 2] = shade[2];
  pixels[at + 3] = 255;
}

/** Maps from `first` to before `end` beside and below each other, with a gap between them. @param {Maps} maps */
export function paintMaps(canvas, maps, most, first = 0, end = Math.min(maps.shape[0], MOST_MAPS)) {
  const [height, width] = [maps.shape[1] ?? 1, maps.shape[2] ?? 1];
  const count = end - first;
  const across = Math.ceil(Math.sqrt(count));
  const gap = count > 1 ? Math.max(1, Math.round(width / 16)) : 0;
  const [rows, columns] = [Math.ceil(count / across), across].map((n, axis) => n * ([height, width][axis] + gap) - gap);
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const picture = new ImageData(columns, rows);
  for (let k = 0; k < count; k++) {
    const [top, left] = [Math.floor(k / across) * (height + gap), (k % across) * (width + gap)];
    let n = (first + k) * height * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) colour(picture.data, 4 * ((top + y) * columns + left + x), maps.data[n++], most);
    }
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/**
 * The whole network as tiles, a mosaic for each layer, those of one shape beside each other.
 * onpick(output): a tile was chosen.
 */
export function tileView(stages, onpick) {
  const group = `cnn-${Math.random().toString(36).slice(2)}`;
  const tiles = stages.flatMap((stage) =>
    stage.tiles.map((tile) => {
      const canvas = h("canvas", { "aria-hidden": "true" });
      const input = unseenRadio({ name: group, onchange: () => onpick(tile.outputs.at(-1)) });
      const label = h("label", {}, input, canvas, h("span", {}, tile.name));
      return { ...tile, stage, canvas, input, label };
    })
  );
  const element = h(
    "div",
    { class: "cnn-live-network", role: "radiogroup", "aria-label": "layers of the network" },
    ...stages.map((stage) =>
      h(
        "div",
        { class: "cnn-stage-tiles" },
        h("p", {}, stage.shape.length === 1 ? shapeWords(stage.shape) : stage.shape.join("×")),
        h("div", {}, ...tiles.filter((tile) => tile.stage === stage).map(({ label }) => label)),
      )
    ),
  );
  return {
    element,
    /**
     * @param {Maps[]} outputs
     * @param {number} shown the output whose tile is chosen
     * @param {number[]} visited outputs that the way of a number has led through
     */
    update(outputs, shown, visited) {
      for (const { outputs: numbers, canvas, input, label } of tiles) {
        label.classList.toggle("cnn-visited", visited.some((output) => numbers.includes(output)));
        const maps = outputs[numbers.at(-1)];
        paintMaps(canvas, maps, brightest(maps));
        canvas.classList.toggle("cnn-coarse", canvas.width < 96);
        input.checked = numbers.includes(shown);
      }
    },
  };
}

/**
 * One layer from near: its steps, all maps of one of them, and one of these maps large.
 * onstep(output); onmap(channel, where in the map it was clicked as shares of its height and width, or null);
 * onplace([row, column]) of the large map.
 */
export function nearView({ onstep, onmap, onplace }) {
  const steps = h("div", { class: "cnn-live-steps", role: "radiogroup", "aria-label": "step of the layer" });
  const maps = h("div", { class: "cnn-all-maps", role: "radiogroup", "aria-label": "maps" });
  const words = h("p", { class: "cnn-note" });
  const large = largeMap(onplace);
  const group = `cnn-${Math.random().toString(36).slice(2)}`;
  let [shownTile, shownCount, pictures] = [null, 0, []];

  function buildSteps(tile, network) {
    shownTile = tile;
    steps.replaceChildren(...tile.outputs.map((output) => {
      const input = unseenRadio({ name: `${group}-step`, value: output, onchange: () => onstep(output) });
      return h("label", {}, input, h("span", {}, outputWords(network, output)));
    }));
  }
  function buildMaps(count) {
    shownCount = count;
    pictures = Array.from({ length: count }, (_, channel) => {
      const canvas = h("canvas", { "aria-hidden": "true", onclick: (event) => onmap(channel, shareAt(event, canvas)) });
      const input = unseenRadio({ name: `${group}-map`, onchange: () => onmap(channel, null) });
      return { canvas, input, label: h("label", {}, input, canvas, h("span", {}, String(channel))) };
    });
    maps.replaceChildren(...pictures.map(({ label }) => label));
  }
  return {
    words,
    elements: [h("div", {}, steps, words, maps), large.element],
    update(network, outputs, tile, output, channel, place) {
      const shown = outputs[output];
      const count = Math.min(shown.shape[0], MOST_MAPS);
      if (String(tile.outputs) !== String(shownTile?.outputs)) buildSteps(tile, network);
      if (count !== shownCount) buildMaps(count);
      for (const input of steps.querySelectorAll("input")) input.checked = Number(input.value) === output;
      const most = brightest(shown);
      maps.style.setProperty("--size", mapSize(shown) === 1 ? "26px" : count > 32 ? "44px" : "60px");
      pictures.forEach(({ canvas, input }, k) => {
        paintMaps(canvas, shown, most, k, k + 1);
        input.checked = k === channel;
        const [least, largest] = extremesOf(shown, k).map((x) => fitting(x, 6));
        input.ariaLabel = `map ${k}, from ${least} to ${largest}`;
      });
      const all = shown.shape[0] > count ? `, the first ${count} of them` : "";
      const name = output ? ` (${network.steps[output - 1].name})` : "";
      words.textContent = `${shapeWords(shown.shape)}${all}${name}. Black is 0, orange above, blue below; ` +
        `${fitting(most, 5)} and more is brightest.`;
      large.update(shown, channel, most, place);
    },
  };
}

function shareAt(event, canvas) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [(event.clientY - top) / height, (event.clientX - left) / width];
}

/** One map, large, whose numbers can be pointed at. */
function largeMap(onplace) {
  const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-valuenow": 0 });
  const box = h("div", { class: "cnn-box", "aria-hidden": "true" });
  const words = h("p", { class: "cnn-note" });
  const element = h("div", { class: "cnn-large" }, h("div", { class: "cnn-picture" }, canvas, box), words);
  let [maps, channel, kept, size] = [null, 0, null, [1, 1]];
  const at = (event) => pointedAt(event, canvas, size);
  function point(place) {
    const [y, x] = place;
    const [height, width] = size;
    const share = (n, of) => `${(100 * n) / of}%`;
    Object.assign(box.style, {
      top: share(y, height),
      left: share(x, width),
      height: share(1, height),
      width: share(1, width),
    });
    const value = maps.data[(channel * height + y) * width + x];
    canvas.ariaValueMax = `${height * width - 1}`;
    canvas.ariaValueNow = `${y * width + x}`;
    canvas.ariaValueText = `row ${y}, column ${x}`;
    words.textContent = `Map ${channel}, row ${y}, column ${x}: ${fitting(value, 6)}`;
  }
  canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && point(at(event)));
  canvas.addEventListener("pointerleave", () => point(kept));
  canvas.addEventListener("click", (event) => onplace(at(event)));
  canvas.addEventListener("keydown", (event) => {
    if (isForOthers(event)) return;
    if (event.key === "Enter") onplace(kept);
    else if (ARROWS[event.key]) onplace(stepped(kept, event.key, size));
    else return;
    event.preventDefault();
  });
  return {
    element,
    update(shown, which, most, place) {
      size = [shown.shape[1] ?? 1, shown.shape[2] ?? 1];
      [maps, channel] = [shown, which];
      element.hidden = size[0] * size[1] === 1;
      kept = place ?? size.map((n) => Math.floor(n / 2));
      canvas.ariaLabel = `map ${channel}. Arrow keys move from number to number`;
      paintMaps(canvas, shown, most, channel, channel + 1);
      point(kept);
      box.classList.toggle("cnn-kept", Boolean(place));
    },
  };
}
