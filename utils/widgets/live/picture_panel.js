// The picture: which one, a square that covers a part of it, and Grad-CAM over it. Beside it the classes.

import { h, unseenRadio } from "../page/dom.js";
import { ARROWS, isForOthers } from "../page/keys.js";
import { extremes, paint, paintPixels, pointedAt } from "../page/picture.js";
import { clamp } from "../page/operations.js";
import { coverAt } from "./view.js";

/** The course's pictures to choose from. onpick(number) */
export function pictureChoice(onpick) {
  const element = h("div", { class: "cnn-pictures", role: "radiogroup", "aria-label": "picture" });
  const group = `cnn-${Math.random().toString(36).slice(2)}`;
  let inputs = [];
  return {
    element,
    build(pictures, shape, unpack) {
      inputs = pictures.map(({ name }, n) =>
        unseenRadio({ name: group, "aria-label": `${n + 1} ${name}`, onchange: () => onpick(n) })
      );
      element.replaceChildren(...inputs.map((input, n) => {
        const canvas = h("canvas", { "aria-hidden": "true" });
        paintPixels(canvas, unpack(pictures[n].pixels), shape);
        return h("label", {}, input, canvas);
      }));
    },
    update: (chosen) => inputs.forEach((input, n) => (input.checked = n === chosen)),
  };
}

/** oncover(square or null, whether it stays): pointer or keys have moved the square. */
export function pictureView({ oncover }) {
  const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-valuenow": -1 });
  const heat = h("canvas", { class: "cnn-live-heat", "aria-hidden": "true" });
  const square = h("div", { class: "cnn-box cnn-square", "aria-hidden": "true", hidden: true });
  const element = h("div", { class: "cnn-picture cnn-main-picture" }, canvas, heat, square);
  let shape = [3, 1, 1];
  let cover = null;
  let kept = false;
  const put = (square, keep) => {
    [cover, kept] = [square, keep]; // keys may come faster than pages are drawn
    oncover(square, keep);
  };
  const placeAt = (event) => coverAt(pointedAt(event, canvas, shape.slice(1)), shape);
  canvas.addEventListener(
    "pointermove",
    (event) => event.pointerType === "mouse" && !kept && put(placeAt(event), false),
  );
  canvas.addEventListener("pointerleave", () => !kept && cover && put(null, false));
  canvas.addEventListener("click", (event) => kept ? put(null, false) : put(placeAt(event), true));
  canvas.addEventListener("keydown", (event) => {
    if (isForOthers(event)) return;
    const middle = () => coverAt([shape[1] / 2, shape[2] / 2], shape);
    if (event.key === "Enter") put(kept ? null : cover ?? middle(), !kept);
    else if (ARROWS[event.key]) put(cover ? moved(cover, ARROWS[event.key]) : middle(), true);
    else return;
    event.preventDefault();
  });
  /** The square two pixels further, inside the picture. */
  const moved = ({ top, left, side }, [down, right]) => ({
    top: clamp(top + 2 * down, 0, shape[1] - side),
    left: clamp(left + 2 * right, 0, shape[2] - side),
    side,
  });
  return {
    element,
    update({ pixels, name, shape: now, cover: covered, keep, cam }) {
      [shape, cover, kept] = [now, covered, keep];
      canvas.ariaLabel = `${name}. Arrow keys cover a part of it`;
      paintPixels(canvas, pixels, shape);
      canvas.ariaValueMin = "-1";
      canvas.ariaValueMax = `${shape[1] * shape[2] - 1}`;
      canvas.ariaValueNow = `${cover ? cover.top * shape[2] + cover.left : -1}`;
      canvas.ariaValueText = cover ? `covered from row ${cover.top}, column ${cover.left}` : "nothing covered";
      square.hidden = !cover;
      if (cover) {
        const share = (n, of) => `${(100 * n) / of}%`;
        Object.assign(square.style, {
          top: share(cover.top, shape[1]),
          left: share(cover.left, shape[2]),
          height: share(cover.side, shape[1]),
          width: share(cover.side, shape[2]),
        });
      }
      heat.hidden = !cam;
      if (!cam) return;
      const most = extremes(cam)[1];
      paint(heat, cam, { range: [0, most], color: (x) => [230, 159, 0, most > 0 ? 215 * x : 0] });
    },
  };
}

export const percent = (p) => `${Math.round(100 * p)} %`;

/** The classes with their probabilities, to choose whose Grad-CAM is drawn. onpick(class) */
export function classView(onpick) {
  const element = h("div", {
    class: "cnn-classes",
    role: "radiogroup",
    "aria-label": "classes: whose Grad-CAM is drawn",
  });
  const group = `cnn-${Math.random().toString(36).slice(2)}`;
  let rows = [];
  return {
    element,
    build(classes) {
      rows = classes.map((name, k) => {
        const input = unseenRadio({ name: group, onchange: () => onpick(k) });
        const [bar, share] = [h("span", { class: "cnn-live-bar" }), h("span", { class: "cnn-percent" })];
        const label = h("label", {}, input, h("span", { class: "cnn-class" }, name), bar, share);
        return { name, input, bar, share, label };
      });
      element.replaceChildren(...rows.map(({ label }) => label));
    },
    /** @param {number[]} chances @param {number[] | null} whole those of the picture that is not covered */
    update(chances, whole, answer, target) {
      rows.forEach(({ name, input, bar, share, label }, k) => {
        input.checked = k === target;
        input.ariaLabel = `${name} ${percent(chances[k])}`;
        label.classList.toggle("answer", k === answer);
        bar.style.setProperty("--share", chances[k]);
        bar.classList.toggle("cnn-marked", Boolean(whole));
        if (whole) bar.style.setProperty("--whole", whole[k]);
        share.textContent = percent(chances[k]);
      });
    },
  };
}
