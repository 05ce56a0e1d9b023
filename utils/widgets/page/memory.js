// What a learner has said, kept in the browser: it is there after a reload, and elsewhere on the page.

const KEY = "cnn-course predictions ";
const CHANGED = "cnn-course predicted";

/**
 * What was said to the questions of that name, by question.
 * @returns {Record<string, { said: number, right: boolean }>}
 */
export function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(KEY + name)) ?? {};
  } catch {
    return {}; // a page that may keep nothing, or something else under that name
  }
}

/** What was said to all questions of the course. */
export function allRemembered() {
  try {
    const names = Object.keys(localStorage).filter((key) => key.startsWith(KEY)).map((key) => key.slice(KEY.length));
    return names.flatMap((name) => Object.values(remembered(name)));
  } catch {
    return [];
  }
}

/** Keep what was said to the questions of that name in place of what was kept before; nothing if it is empty. */
export function remember(name, answers) {
  try {
    if (Object.keys(answers).length) localStorage.setItem(KEY + name, JSON.stringify(answers));
    else localStorage.removeItem(KEY + name);
  } catch {
    return; // the widget itself still knows
  }
  dispatchEvent(new Event(CHANGED)); // the browser tells other pages alone
}

/** Call `changed` whenever something was said, on this page or on another. Returns what ends it. */
export function whenRemembered(changed) {
  const kinds = ["storage", CHANGED];
  for (const kind of kinds) addEventListener(kind, changed);
  return () => kinds.forEach((kind) => removeEventListener(kind, changed));
}
