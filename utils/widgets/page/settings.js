// A widget's settings, between the page and its model.

import { onStartAgain } from "./again.js";
import { replaced, resized } from "./operations.js";

/**
 * The widget's settings as plain values: changed at once while somebody drags, sent to Python by commit().
 * `changed` runs when another view or Python has changed one. `start` says where to start again, if not here.
 */
export function settings(model, names, changed, start = {}) {
  /** @type {any} */
  const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const first = structuredClone({ ...state, ...start });
  let own = false;
  const handlers = names.map((name) => [
    `change:${name}`,
    () => {
      state[name] = model.get(name);
      if (own) return;
      first[name] = structuredClone(state[name]);
      changed();
    },
  ]);
  for (const handler of handlers) model.on(...handler);
  const commit = () => {
    own = true;
    for (const name of names) model.set(name, state[name]);
    model.set("problem", ""); // whoever goes on has read it
    own = false;
    model.save_changes();
  };
  /** A function that sets one setting: for a slider, which commits when it is let go. */
  const drag = (name) => (value) => {
    state[name] = value;
    changed();
  };
  /** The same for what is chosen at once. */
  const choose = (name) => (value) => {
    drag(name)(value);
    commit();
  };
  /** For a grid: a function that puts another number into one cell of a matrix. */
  const edit = (name) => (cell, value) => choose(name)(replaced(state[name], cell, value));
  /** For sizeSliders: a matrix in another size, its new cells filled by `fresh[name]`; anything else is the size. */
  const resize = (fresh) => (name, size) => drag(name)(fresh[name] ? resized(state[name], size, fresh[name]) : size);
  onStartAgain(model, () => {
    Object.assign(state, structuredClone(first));
    commit();
    changed();
  });
  const close = () => handlers.forEach((handler) => model.off(...handler));
  return { state, commit, drag, choose, edit, resize, close };
}
