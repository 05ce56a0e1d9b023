// Augmentation Bench: set what chance may do to a picture, and see a batch of what comes out and what is lost.

import { slider } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { named } from "../page/grid.js";
import { matrix, shape } from "../page/operations.js";
import { paint } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { thumbs } from "../page/thumbs.js";
import { counted, thousands } from "../page/words.js";
import { augmented, computeAugment, imageOf } from "./view.js";

/** @typedef {ReturnType<typeof computeAugment>} AugmentView */

export function augment(model, el) {
  const page = frame(model, el);
  const names = ["pictures", "picture", "padding", "mirrored", "turned", "seed", "version"];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  const control = (name, label, max) => slider({ label, min: 0, max, oninput: drag(name), onchange: commit });
  const sliders = {
    padding: control("padding", "padding", 16),
    mirrored: control("mirrored", "mirrored, in 100", 100),
    turned: control("turned", "turned, in 100", 100),
  };
  const again = h("button", { type: "button", onclick: () => choose("seed")(state.seed + 1) }, "another batch");
  const pictures = thumbs(choose("picture"));
  const batch = thumbs(choose("version"));
  const crop = cropPicture();
  const words = h("p", { class: "cnn-became" });
  const counts = h("p", {});
  const source = note();
  page.root.append(
    pictures.element,
    h("div", { class: "cnn-controls cnn-below" }, ...Object.values(sliders).map((each) => each.element), again),
    h("div", { class: "cnn-stage cnn-top" }, named("padded, and where it is cropped", crop.element), batch.element),
    words,
    counts,
    note(
      "Pick one of the batch: a click, or the arrow keys. Dashed: the picture. What lies outside the frame is lost.",
    ),
    source,
  );

  let drawn = { number: -1, of: null }; // what there is to choose from does not follow the sliders

  function drawPictures(number) {
    drawn = { number, of: state.pictures };
    const { shape: size, pictures: all } = state.pictures;
    const small = all.map(({ name, pixels }) => {
      return { name, paint: (canvas) => paintImage(canvas, imageOf(pixels, size)) };
    });
    pictures.draw("picture", small, number);
  }
  function draw() {
    const view = computeAugment(state);
    for (const [name, each] of Object.entries(sliders)) each.set(state[name]);
    if (drawn.number !== view.number || drawn.of !== state.pictures) drawPictures(view.number);
    const versions = view.versions.map((version, n) => ({
      name: String(n + 1),
      words: `${n + 1}: ${versionWords(version, state.padding)}`,
      paint: (canvas) => paintImage(canvas, view.image.map((channel) => augmented(channel, state.padding, version))),
    }));
    batch.draw("a batch of it", versions, state.version);
    crop.draw(view, state.padding);
    words.replaceChildren(...becomingWords(view, state));
    counts.textContent = `${counted(view.forms, "different image")} can come of this one.`;
    source.textContent = `Data: ${state.pictures.source}.`;
    const [mirrored, turned] = ["mirrored", "turned"].map((way) => view.versions.filter((each) => each[way]).length);
    const inBatch = `Of ${view.versions.length} in the batch ${mirrored} are mirrored, ${turned} turned.`;
    page.tell([inBatch, words.textContent, counts.textContent]);
  }

  draw();
  return () => {
    close();
    page.close();
  };
}

/** The picture, dashed, with its padding, and a frame around what the crop keeps; what is lost is pale. */
function cropPicture() {
  const canvas = h("canvas", { role: "img" });
  const box = h("div", { class: "cnn-box", "aria-hidden": "true" });
  const own = h("div", { class: "cnn-box cnn-original", "aria-hidden": "true" });
  return {
    element: h("div", { class: "cnn-picture cnn-cropping" }, canvas, own, box),
    /** @param {AugmentView} view */
    draw({ image, size: [height, width], shown, down, right, name, lost }, padding) {
      const [tall, wide] = [height + 2 * padding, width + 2 * padding];
      const padded = image.map((channel) => matrix(tall, wide, (r, c) => channel[r - padding]?.[c - padding] ?? 0));
      const inside = (r, c) => r >= shown.top && r < shown.top + height && c >= shown.left && c < shown.left + width;
      const isOwn = (r, c) => image[0][r - padding]?.[c - padding] !== undefined;
      paintImage(canvas, padded, (r, c) => (inside(r, c) ? 255 : isOwn(r, c) ? 110 : 0));
      canvas.setAttribute("aria-label", `${name}, ${moveWords(down, right)}, ${percent(lost)} of it outside the crop`);
      for (const [frame, top, left] of [[box, shown.top, shown.left], [own, padding, padding]]) {
        Object.assign(frame.style, {
          top: `${(100 * top) / tall}%`,
          left: `${(100 * left) / wide}%`,
          height: `${(100 * height) / tall}%`,
          width: `${(100 * width) / wide}%`,
        });
      }
    },
  };
}

/** Draw one channel as grey, or three as red, green and blue; `seen` is how much of a pixel shows, 255 for all. */
function paintImage(canvas, image, seen = (_r, _c) => 255) {
  const [height, width] = shape(image[0]);
  const [red, green, blue] = image.length === 3 ? image : [image[0], image[0], image[0]];
  const places = matrix(height, width, (r, c) => r * width + c);
  const color = (n) => {
    const [r, c] = [Math.floor(n / width), n % width];
    return [red[r][c], green[r][c], blue[r][c], seen(r, c)];
  };
  paint(canvas, places, { range: [0, 1], color });
}

const percent = (share) => `${Math.round(100 * share)} %`;

/** "moved down by 2 and left by 1" */
function moveWords(down, right) {
  const moves = [[down, "down", "up"], [right, "right", "left"]]
    .filter(([by]) => by)
    .map(([by, one, other]) => `${by > 0 ? one : other} by ${Math.abs(Number(by))}`);
  return moves.length ? `moved ${moves.join(" and ")}` : "not moved";
}

function versionWords({ top, left, mirrored, turned }, padding) {
  const done = [
    moveWords(padding - top, padding - left),
    ...(mirrored ? ["mirrored"] : []),
    ...(turned ? ["turned"] : []),
  ];
  return done.join(", ");
}

/**
 * What was done to the picture that is looked at, and what it says now.
 * @param {AugmentView} view
 */
function becomingWords({ name, becomes, shown, lost }, { version, padding }) {
  const way = shown.mirrored && shown.turned ? "both" : shown.mirrored ? "mirrored" : "turned";
  const changed = shown.mirrored || shown.turned;
  const now = changed && becomes[way] ? ` It is ${becomes[way]} now, and its label still says ${name}.` : "";
  const done = `${versionWords(shown, padding)}; ${percent(lost)} of the picture is lost.`;
  return [
    h("b", {}, `${thousands(version + 1)}, ${name}: `),
    done,
    h("b", {}, now),
    now ? "" : ` Is it still “${name}”?`,
  ];
}
