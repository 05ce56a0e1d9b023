// Inside the Net: an image, the maps of a layer, Grad-CAM over the image, and a square that covers a part of it.

import { choice } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { grid, named } from "../page/grid.js";
import { clamp, matrix, shape } from "../page/operations.js";
import { extremes, paint } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { thumbs } from "../page/thumbs.js";
import { short } from "../page/words.js";
import { computeCover, computeInside, placeNear } from "./view.js";

/** @typedef {ReturnType<typeof computeInside>} InsideView */
/** @typedef {ReturnType<typeof computeCover>} CoverView */
/** @typedef {ReturnType<typeof insideParts>} InsideParts */

const FEW = 4; // places that are outlined
const HEAT = [230, 159, 0]; // orange, laid over the image the more opaque the larger the number
const percent = (p) => `${Math.round(100 * p)}`;

export function inside(model, el) {
  const page = frame(model, el);
  const names = ["frames", "image", "layer", "channel", "target", "overlay", "place"];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  let visited = null; // the place that pointer or focus is on
  let view; // of the settings as they are
  let picks; // controls that depend on the frames: made anew when they change
  const parts = insideParts({ choose, visit, pin });
  page.root.append(...layOutInside(parts));
  const { picture, canvas } = parts;
  picture.addEventListener("pointermove", (event) => event.pointerType === "mouse" && visit(placeAt(event)));
  picture.addEventListener("pointerleave", () => visit(null));
  picture.addEventListener("click", (event) => pin(placeAt(event)));

  function placeAt(event) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [row, column] = [(event.clientY - top) / height, (event.clientX - left) / width];
    return placeNear(view, state.frames.square, [row * canvas.height, column * canvas.width]);
  }
  function draw() {
    if (picks?.frames !== state.frames) picks = buildPicks(parts, state.frames, choose);
    view = computeInside(state);
    picks.image.set(view.number);
    picks.layer.set(view.layer);
    parts.overlay.set(state.overlay);
    parts.target.selectedIndex = view.target;
    drawImage(parts, view);
    drawMaps(parts, view, state.frames.layers);
    drawHeat(parts, view, state.overlay);
    drawPlaces(parts, view, state.frames.classes);
    cover();
    tell();
  }
  function tell() {
    const { words, costWords, mapWords } = parts;
    const sentences = [words, costWords, mapWords].map((each) => each.textContent);
    page.tell([...sentences, `Over the image: ${state.overlay}.`]);
  }
  function cover() {
    drawCover(parts, view, computeCover(view, state, visited), state);
  }
  function visit(place) {
    if (String(place) === String(visited)) return;
    visited = place;
    cover();
    if (place && parts.places.focused()) page.say(parts.words.textContent);
  }
  /** @param {number[]} cell */
  function pin(cell) {
    const place = cell[0] * shape(view.covered[0])[1] + cell[1];
    drag("place")(state.place === place ? -1 : place);
    commit();
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

function insideParts({ choose, visit, pin }) {
  const canvas = h("canvas", { role: "img" });
  const heat = h("canvas", { class: "cnn-overlay", "aria-hidden": true });
  const box = h("div", { class: "cnn-box cnn-cover", "aria-hidden": true });
  const target = h("select", {
    "aria-label": "class whose probability is watched",
    onchange: () => choose("target")(target.selectedIndex),
  });
  return {
    controls: h("div", { class: "cnn-controls" }),
    target,
    overlay: choice({
      label: "over the image",
      options: ["nothing", "map", "Grad-CAM"].map((name) => [name, name]),
      onchange: choose("overlay"),
    }),
    canvas,
    heat,
    box,
    picture: h("div", { class: "cnn-picture" }, canvas, heat, box),
    places: grid({ label: "probability with the square at each place, %", onhover: visit, onpress: pin }),
    placesName: h("span"),
    scores: h("tbody"),
    maps: thumbs(choose("channel")),
    words: note(),
    mapWords: note(),
    costWords: note(),
  };
}

/** @param {InsideParts} parts */
function layOutInside(parts) {
  const heads = ["class", "whole", "covered"].map((name) => h("th", { scope: "col" }, name));
  const scores = h(
    "table",
    { class: "cnn-scores" },
    h("caption", {}, "probability of each class, %"),
    h("thead", {}, h("tr", {}, ...heads)),
    parts.scores,
  );
  const places = named(parts.placesName, parts.places);
  return [
    parts.controls,
    h("div", { class: "cnn-stage cnn-top" }, named("image", parts.picture), places, scores),
    parts.costWords,
    parts.words,
    h("div", { class: "cnn-maps" }, parts.maps.element),
    parts.mapWords,
    note(
      "Point at the image, or move through the numbers with the arrow keys: the square covers that place. ",
      "A click or Enter keeps it there.",
    ),
  ];
}

/** @param {InsideParts} parts */
function buildPicks({ controls, target, overlay }, frames, choose) {
  const pick = (name, texts) =>
    choice({ label: name, options: texts.map((text, n) => [n, text]), onchange: choose(name) });
  const image = pick("image", frames.images.map(({ name }, n) => `${n + 1} ${name}`));
  const layer = pick("layer", frames.layers);
  target.replaceChildren(...frames.classes.map((name) => h("option", {}, name)));
  const label = h("label", { class: "cnn-check" }, "class", target);
  controls.replaceChildren(image.element, layer.element, overlay.element, label);
  return { frames, image, layer };
}

/**
 * @param {InsideParts} parts
 * @param {InsideView} view
 */
function drawImage({ canvas }, { pixels, number, name }) {
  const [height, width] = shape(pixels[0]);
  const of = (k, n) => pixels[pixels.length === 3 ? k : 0][Math.floor(n / width)][n % width];
  const color = (n) => [of(0, n), of(1, n), of(2, n), 255];
  paint(canvas, matrix(height, width, (r, c) => r * width + c), { range: [0, 1], color });
  canvas.setAttribute("aria-label", `image ${number + 1}, ${name}`);
}

/**
 * All maps, small, and the one that is chosen in words.
 * @param {InsideParts} parts
 * @param {InsideView} view
 */
function drawMaps({ maps, mapWords }, { maps: all, channel, layer, range }, layers) {
  const [height, width] = shape(all[channel]);
  const title = `first maps of layer ${layers[layer]}, ${height}×${width}, on one scale`;
  const small = all.map((values, k) => ({
    name: `${k}`,
    words: `map ${k}, ${describe(values)}`,
    paint: (canvas) => paint(canvas, values, { range }),
  }));
  maps.draw(title, small, channel);
  const [black, white] = range.map(short);
  mapWords.textContent = `Map ${channel}: ${describe(all[channel])}. Black is ${black}, white ${white}.`;
}

/** Its range, and where it is largest. */
function describe(values) {
  const [least, most] = extremes(values);
  const [height, width] = shape(values);
  const n = values.flat().indexOf(most);
  const where = `row ${Math.floor(n / width)}, column ${n % width} of ${height}×${width}`;
  return `from ${short(least)} to ${short(most)}, largest at ${where}`;
}

/**
 * @param {InsideParts} parts
 * @param {InsideView} view
 */
function drawHeat({ heat, canvas }, { heat: shown }, overlay) {
  heat.hidden = !shown;
  canvas.classList.toggle("grey", Boolean(shown)); // what is coloured then is the heat
  if (!shown) return;
  const largest = Math.max(extremes(shown)[1], 1e-12);
  const color = (share) => [...HEAT, 215 * clamp(share, 0, 1)];
  paint(heat, shown, { range: [0, largest], color });
  heat.classList.toggle("smooth", overlay === "Grad-CAM");
}

/**
 * The probability of the class that is watched, with the square at each place.
 * @param {InsideParts} parts
 * @param {InsideView} view
 */
function drawPlaces({ places, placesName, costWords }, { covered, target, cost, probabilities }, classes) {
  const watched = covered[target];
  placesName.textContent = `“${classes[target]}” with square, %`;
  places.update(
    watched.map((row) => row.map((p) => Math.round(100 * p))),
    { size: watched[0].length > 8 ? 24 : 32 },
  );
  const name = `“${classes[target]}”`;
  const most = `${percent(probabilities[target])} → ${percent(cost.least)} %`;
  const isFew = cost.places.length <= FEW; // an outline around half of the picture points at nothing
  places.mark("changed", isFew ? cost.places : []);
  costWords.textContent = !cost.places.length
    ? `Covering costs ${name} nothing, wherever the square lies.`
    : isFew
    ? `Outlined: where covering costs ${name} most, ${most}.`
    : `Covering costs ${name} most, ${most}, at ${cost.places.length} places.`;
}

/**
 * The square over its place, and what it does to the scores.
 * @param {InsideParts} parts
 * @param {InsideView} view
 * @param {CoverView} covering
 */
function drawCover(parts, view, covering, { frames, overlay }) {
  const { here, after, square, size: [height, width] } = covering;
  parts.box.hidden = !here;
  parts.places.mark("current", here ? [here] : []);
  const rows = frames.classes.map((name, k) => scoreRow(name, view.probabilities[k], after?.[k], k === view.target));
  parts.scores.replaceChildren(...rows);
  if (square) {
    Object.assign(parts.box.style, {
      top: `${(100 * square.top) / height}%`,
      left: `${(100 * square.left) / width}%`,
      height: `${(100 * square.side) / height}%`,
      width: `${(100 * square.side) / width}%`,
    });
  }
  parts.words.textContent = coverWords(view, covering, frames.classes) +
    (overlay === "Grad-CAM" ? camWords(view.cam, frames.layers.at(-1)) : "");
}

/** A class with its probability, and with the one it has under the square if that lies somewhere. */
function scoreRow(name, before, after, isWatched) {
  const style = `--share: ${after ?? before}`;
  const bar = h("span", { class: "cnn-share", style, "aria-hidden": true });
  const cells = [percent(before), after === undefined ? "–" : percent(after), bar].map((cell) => h("td", {}, cell));
  return h("tr", { class: isWatched ? "watched" : "" }, h("th", { scope: "row" }, name), ...cells);
}

function coverWords({ name, probabilities, target }, { answer, after, answerAfter, square }, classes) {
  const whole = `Whole image (${name}): ${classes[answer]}, ${percent(probabilities[answer])} %.`;
  if (!square) return whole;
  const { top, left, side } = square;
  const score = `${classes[target]} ${percent(probabilities[target])} → ${percent(after[target])} %`;
  const rows = `Rows ${top} to ${top + side - 1}, columns ${left} to ${left + side - 1}`;
  return `${whole} ${rows} covered: ${score}; answer ${classes[answerAfter]}.`;
}

const camWords = (cam, layer) =>
  extremes(cam)[1] > 0 ? ` Grad-CAM at ${layer}: ${describe(cam)}.` : " Grad-CAM: nothing speaks for it.";
