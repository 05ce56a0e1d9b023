// Small pictures in rows, one of which is chosen.

import { h, unseenRadio } from "./dom.js";

/** onpick(n): number n was chosen. */
export function thumbs(onpick) {
  const element = h("fieldset", { class: "cnn-thumbs" });
  return {
    element,
    /**
     * Show these pictures. `paint` draws one, `words` say to those who do not see it what it is, if its name does not.
     *
     * @param {string} legend
     * @param {{ name: string, words?: string, paint: (canvas: HTMLCanvasElement) => void }[]} pictures
     * @param {number} chosen
     */
    draw(legend, pictures, chosen) {
      const had = element.contains(document.activeElement);
      const group = `cnn-${Math.random().toString(36).slice(2)}`;
      const labels = pictures.map(({ name, words, paint }, n) => {
        const input = unseenRadio({ name: group, onchange: () => onpick(n) });
        input.checked = n === chosen;
        input.ariaLabel = words ?? name;
        const canvas = h("canvas", { "aria-hidden": true });
        paint(canvas);
        return h("label", {}, input, canvas, h("span", { "aria-hidden": true }, name));
      });
      element.replaceChildren(h("legend", {}, legend), ...labels);
      if (had) labels[chosen].firstChild.focus();
    },
  };
}
