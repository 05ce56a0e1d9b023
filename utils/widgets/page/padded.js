// An image with its padding as one grid that is edited: the padding is marked, and stays 0.

import { h } from "./dom.js";
import { grid } from "./grid.js";
import { isPadding, pad, places, replaced } from "./operations.js";

/**
 * A grid of `state.image` with `state.padding` around it, and its name, which says whether there is any.
 * onimage(image) when a number was typed, refuse(why) when it was one of the padding.
 */
export function paddedGrid({ label, state, onimage, refuse, onhover = undefined }) {
  const cells = grid({ label, onhover, onedit });
  const name = h("span");
  function onedit([r, c], value) {
    if (isPadding(state.image, state.padding, [r, c])) return refuse("Padding stays 0: it is no part of the image.");
    onimage(replaced(state.image, [r - state.padding[0], c - state.padding[1]], value));
  }
  return {
    ...cells,
    name,
    /** Show the image as it is now, in cells of `size` pixels. */
    show(size) {
      const padded = pad(state.image, state.padding);
      cells.update(padded, { size });
      name.textContent = state.padding.some(Boolean) ? "padded input" : "input";
      cells.mark(
        "padding",
        places(padded).filter((cell) => isPadding(state.image, state.padding, cell)),
      );
    },
  };
}
