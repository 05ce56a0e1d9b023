// Settings so large that a notebook holds them once, for all its widgets: a network. A frame has only their name.

/**
 * The settings, with what the page around holds in the place of its names; null while it does not hold all of it.
 * @param {Record<string, any>} state
 */
export function withHeld(state) {
  const whole = Object.entries(state).map(([name, value]) => [name, value?.held ? around(value.held) : value]);
  return whole.some(([, value]) => value === null) ? null : Object.fromEntries(whole);
}

function around(key) {
  const page = /** @type {any} */ (window.parent);
  page.cnnHeld ??= {}; // stays when a notebook takes a cell that is far away out of its page
  page.cnnHeld[key] ??= page.document.querySelector(`script[data-cnn-held="${key}"]`)?.textContent;
  return page.cnnHeld[key] ? JSON.parse(page.cnnHeld[key]) : null;
}
