// A widget in a page of its own, with no kernel behind it.

import { withHeld } from "./held.js";
import { isForOthers } from "./keys.js";

/** A model without a kernel behind it: what a widget needs of one, and no more. */
export function localModel(state) {
  const listeners = {};
  return {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    save_changes() {},
    on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
    off: (event, listener) => listeners[event]?.delete(listener),
  };
}

/** In a page of its own: draw, fold the words away that stand in for the drawing, and fit the frame to it. */
export function standAlone(widget, state) {
  start(widget, state, document.querySelector("main"));
  const around = /** @type {HTMLElement | null} */ (window.frameElement);
  if (!around) {
    document.documentElement.style.colorScheme = "light dark"; // no page around it has a theme
    const raise = (heading) => (heading.ariaLevel = `${Number(heading.localName[1]) - 2}`); // h3 is the page's title
    const raiseAll = () => document.querySelectorAll("h3, h4").forEach(raise);
    new MutationObserver(raiseAll).observe(document.body, { childList: true, subtree: true });
    raiseAll();
    return;
  }
  around.parentElement.querySelector("details").open = false;
  const fit = () => (around.style.height = `${document.body.offsetHeight}px`);
  new ResizeObserver(fit).observe(document.body);
  passKeysOn(around);
  printWhole(around);
}

/** Draw as soon as the page around holds what the settings name. */
function start(widget, state, el) {
  const whole = withHeld(state);
  el.textContent = whole
    ? ""
    : "What this figure needs stands in another cell of this notebook: scroll there, or run this cell.";
  if (whole) widget(localModel(whole), el);
  else setTimeout(() => start(widget, state, el), 500);
}

/** Keys that are for the notebook would end at the edge of the frame. */
function passKeysOn(around) {
  addEventListener("keydown", (event) => {
    if (!isForOthers(event)) return;
    const again = new around.ownerDocument.defaultView.KeyboardEvent("keydown", event);
    if (!around.dispatchEvent(again)) event.preventDefault();
  });
}

/** Paper is narrower than a screen: the frame is printed as it is, smaller, so that nothing is cut off. */
function printWhole(around) {
  const { style } = around;
  addEventListener("beforeprint", () => Object.assign(style, { width: `${around.offsetWidth}px`, zoom: "0.7" }));
  addEventListener("afterprint", () => Object.assign(style, { width: "100%", zoom: "" }));
}
