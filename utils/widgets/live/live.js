// Live Network: a picture, what every layer makes of it, and the class, computed in the page as soon as something changes.

import { choice } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { clamp } from "../page/operations.js";
import { settings } from "../page/settings.js";
import { thousands } from "../page/words.js";
import { capture, pixelsOf } from "../page/capture.js";
import { bytesOf } from "../page/picture.js";
import { nearView, tileView } from "./maps.js";
import { unpackNetwork } from "./network.js";
import { classView, percent, pictureChoice, pictureView } from "./picture_panel.js";
import { numberWords, traceView } from "./trace_panel.js";
import { computeLive, computeStages, computeTiles, workOf } from "./view.js";

/** @typedef {ReturnType<typeof liveParts>} LiveParts */

const NAMES = ["network", "pictures", "picture", "target", "overlay", "layer", "channel"];

export function live(model, el) {
  const page = frame(model, el);
  const { state, choose, commit, close } = settings(model, NAMES, () => changed());
  /** @type {any} */
  const now = { trail: [], at: null }; // what is in the page alone: the picture, the square, the number that is followed
  const tell = () => page.tell(spokenWords(parts, state, now));
  const follow = following({ state, commit, now, show: () => (drawNear(parts, state, now), tell()) });
  const parts = liveParts({ ...follow, choose, pick, cover });
  const taking = capture(page.root, { ontake: own, refuse: page.refuse });
  parts.own.append(...taking.elements);
  page.root.append(...layOutLive(parts));

  /** Python has set something, or all of it at first. */
  function changed() {
    if (now.packed !== state.network) {
      const network = unpackNetwork(state.network);
      Object.assign(now, { packed: state.network, network, stages: null, at: null, trail: [], pictures: null });
      parts.classes.build(network.classes);
    }
    if (now.pictures !== state.pictures) {
      taking.stop();
      Object.assign(now, { pictures: state.pictures, own: false, picked: null });
      parts.choice.build(state.pictures.shown, now.network.input, bytesOf);
    }
    if (!now.own && now.picked !== state.picture) usePicture();
    run();
  }
  function usePicture() {
    const { shown } = state.pictures;
    const { name, pixels } = shown[Math.min(state.picture, shown.length - 1)];
    Object.assign(now, { name, pixels: bytesOf(pixels), picked: state.picture, cover: null, keep: false });
  }
  function pick(n) {
    taking.stop();
    now.own = false;
    Object.assign(state, { picture: n, target: -1 });
    commit();
    usePicture();
    run();
  }
  /** A picture of the learner's. It stays in the page. */
  function own(source, name) {
    const pixels = pixelsOf(source, now.network.input);
    Object.assign(now, { own: true, picked: null, name, pixels, cover: null, keep: false });
    state.target = -1;
    run();
  }
  function cover(square, keep) {
    Object.assign(now, { cover: square, keep });
    // Pointers move more often than pages are drawn.
    now.waiting ??= requestAnimationFrame(() => {
      now.waiting = null;
      run();
    });
  }
  /** The picture through the network, and all that it makes onto the page. */
  function run() {
    now.view = computeLive(now, state);
    if (!now.cover) now.plain = now.view.chances; // to compare with
    if (!now.stages) {
      now.tiles = computeTiles(now.network, now.view.outputs);
      now.stages = computeStages(now.tiles);
      parts.setTiles(tileView(now.stages, follow.showLayer));
    }
    drawLive(parts, state, now);
    drawNear(parts, state, now);
    tell();
  }

  changed();
  return () => {
    cancelAnimationFrame(now.waiting);
    taking.stop();
    parts.trace.close();
    close();
    page.close();
  };
}

/** The way from layer to map to number, and from number to number. */
function following({ state, commit, now, show }) {
  const outputs = () => now.view.outputs;
  function lead(at) {
    now.at = at;
    Object.assign(state, { layer: at.output, channel: at.channel });
    commit();
    show();
  }
  function go(at) {
    if (now.at) now.trail.push(now.at); // to come back to
    lead(at);
  }
  return {
    go,
    back: () => lead(now.trail.pop()),
    showLayer(output) {
      Object.assign(now, { at: null, trail: [] });
      Object.assign(state, { layer: output, channel: Math.min(state.channel, outputs()[output].shape[0] - 1) });
      commit();
      show();
    },
    /** A map, and the number in it that was clicked, if one was. */
    showMap(channel, share) {
      Object.assign(now, { at: null, trail: [] });
      Object.assign(state, { channel });
      const [, height = 1, width = 1] = outputs()[state.layer].shape;
      if (share) {
        go({
          output: state.layer,
          channel,
          place: [height, width].map((size, n) => clamp(Math.floor(share[n] * size), 0, size - 1)),
        });
      } else commit(), show();
    },
    showPlace: (place) => go({ output: state.layer, channel: state.channel, place }),
  };
}

function liveParts({ choose, pick, cover, showLayer, showMap, showPlace, go, back }) {
  const network = h("div", {});
  const parts = {
    choice: pictureChoice(pick),
    own: h("div", { class: "cnn-own" }),
    picture: pictureView({ oncover: cover }),
    overlay: choice({
      label: "over it",
      options: ["nothing", "Grad-CAM"].map((name) => [name, name]),
      onchange: choose("overlay"),
    }),
    classes: classView(choose("target")),
    answer: h("p", { class: "cnn-live-answer" }),
    words: note(),
    network,
    near: nearView({ onstep: showLayer, onmap: showMap, onplace: showPlace }),
    nearBox: h("div", { class: "cnn-near" }),
    trace: traceView({ go, back }),
    /** @type {ReturnType<typeof tileView>} */
    tiles: null,
    setTiles(tiles) {
      parts.tiles = tiles;
      network.replaceChildren(tiles.element);
    },
  };
  return parts;
}

/** @param {LiveParts} parts */
function layOutLive(parts) {
  parts.nearBox.append(...parts.near.elements);
  return [
    h("div", { class: "cnn-controls" }, parts.choice.element, parts.own),
    h(
      "div",
      { class: "cnn-stage cnn-top" },
      h("div", { class: "cnn-way" }, parts.picture.element, parts.overlay.element),
      h("div", { class: "cnn-outcome" }, parts.answer, parts.classes.element, parts.words),
    ),
    parts.network,
    parts.nearBox,
    parts.trace.element,
    note(
      "Point at the picture to cover a part of it; a click keeps the square there. Choose a layer, then click a number in one of ",
      "its maps: you see what it was made of, and can follow it back to the pixels or on to the class. A picture of yours can ",
      "also be dropped here; it does not leave this page.",
    ),
  ];
}

/** @param {LiveParts} parts */
function drawLive(parts, state, { view, plain, network, own, name, pixels, cover, keep }) {
  const { chances, answer, target, cam, outputs, milliseconds } = view;
  parts.choice.update(own ? -1 : state.picture);
  parts.overlay.set(state.overlay);
  parts.picture.update({ pixels, name, shape: network.input, cover, keep, cam });
  parts.classes.update(chances, cover && plain, answer, target);
  const first = plain.indexOf(Math.max(...plain));
  const before = cover ? `, covered in part; ${network.classes[first]} ${percent(plain[first])} before` : "";
  parts.answer.replaceChildren(
    h("b", {}, network.classes[answer]),
    ` ${percent(chances[answer])}${before}`,
  );
  const millions = thousands(Math.round(workOf(network, outputs) / 1e6));
  parts.words.textContent =
    `${network.name}, ${millions} million multiply-adds in ${Math.round(milliseconds)} ms, in this page.` +
    (cam ? ` Orange speaks for ${network.classes[target]}.` : "");
}

/** What is read out where it has changed. @param {LiveParts} parts */
function spokenWords(parts, state, { network, view: { outputs, target }, at }) {
  const sentences = [`${parts.answer.textContent}.`];
  if (state.overlay === "Grad-CAM") sentences.push(`Grad-CAM for ${network.classes[target]}.`);
  if (at) sentences.push(`${numberWords(network, outputs, at)}.`);
  else if (state.layer >= 0) sentences.push(parts.near.words.textContent);
  return sentences;
}

/** The layer that is looked at, one of its maps, and one number of that. @param {LiveParts} parts */
function drawNear(parts, state, now) {
  const { network, tiles, view: { outputs, target }, at, trail } = now;
  const layer = Math.min(state.layer, outputs.length - 1);
  parts.tiles.update(outputs, layer, trail.map((each) => each.output));
  parts.nearBox.hidden = layer < 0;
  if (layer >= 0) {
    const tile = tiles.find((each) => each.outputs.includes(layer));
    parts.near.update(network, outputs, tile, layer, Math.min(state.channel, outputs[layer].shape[0] - 1), at?.place);
  }
  parts.trace.update(network, outputs, at, target, trail.length);
}
