// A widget in a page of its own, with no kernel behind it.

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
  widget(localModel(state), document.body);
  const around = /** @type {HTMLElement | null} */ (window.frameElement);
  if (!around) return;
  around.parentElement.querySelector("details").open = false;
  new ResizeObserver(() => (around.style.height = `${document.body.offsetHeight}px`)).observe(document.body);
}
