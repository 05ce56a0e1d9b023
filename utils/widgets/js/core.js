// What every widget stands on: elements, numbers as text, the frame with its theme, and settings.

/** An element: h("button", { class: "quiet", onclick: go }, "Go"). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A number for a cell: whole ones as they are, others to two decimals, with the long minus. */
export function short(value) {
  const text = String(Math.round(value * 100) / 100 + 0); // + 0 turns −0 into 0
  return text.replace("-", "−");
}

/** What somebody typed as a number, or NaN. "1,5" is one and a half, "640,200" and "640 200" are thousands. */
export function parse(text) {
  const plain = text.trim().replace("−", "-");
  const thousands = /^-?[1-9]\d{0,2}([, ]\d{3})+$/.test(plain);
  const digits = thousands ? plain.replace(/[, ]/g, "") : plain.replace(",", ".");
  return digits === "" ? NaN : Number(digits);
}

/** "1 row", "2 rows" */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** A size for both directions as one number if they agree, as torch writes it. */
export const one = ([height, width]) => (height === width ? `${height}` : `(${height}, ${width})`);

/** Small words beside the matter. */
export const note = (...words) => h("p", { class: "cnn-note" }, ...words);

/** A fraction, one above the other. */
export function fraction(above, below) {
  return h("span", { class: "cnn-fraction" }, h("span", {}, above), h("span", {}, below));
}

/** The outermost element of a widget: title, what could not be taken, the one live region, and the theme. */
export function frame(model, el) {
  const problem = h("p", { class: "cnn-problem" });
  const impossible = h("p", { class: "cnn-impossible" });
  const spoken = h("p", { class: "cnn-spoken", "aria-live": "polite" });
  const root = h("section", {
    class: "cnn",
    "aria-label": model.get("title"),
  });
  const heading = h("h3", {}, model.get("title"));
  const explain = () => {
    problem.textContent = model.get("problem");
    problem.hidden = !model.get("problem");
  };
  // A key that means something here must not reach the notebook around, where it moves between cells.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  /** Say why what somebody typed or clicked could not be taken; the next change takes the words away. */
  const refuse = (reason) => {
    model.set("problem", reason);
    say(reason);
  };
  root.addEventListener("refused", (event) => {
    event.stopPropagation(); // a Stepper inside another widget has a place of its own for it
    refuse(event.detail);
  });
  model.on("change:problem", explain);
  explain();
  root.append(heading, problem, spoken);
  el.append(root);
  const unfollow = followTheme(root, el);
  let waiting;
  /** Read out, once the learner has come to rest. */
  const say = (text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => (spoken.textContent = text), 250);
  };
  return {
    root,
    say,
    refuse,
    impossible, // where a widget shows why there is no result
    /** What `compute` returns, or null if it says Impossible: then the reason is shown and read out. */
    attempt(compute) {
      impossible.textContent = "";
      try {
        return compute();
      } catch (error) {
        if (!(error instanceof Impossible)) throw error;
        impossible.textContent = error.message;
        say(error.message);
        return null;
      }
    },
    close() {
      clearTimeout(waiting);
      unfollow();
      model.off("change:problem", explain);
    },
  };
}

/** Light text around the widget means a dark page: true in every notebook, without knowing any of them. */
function followTheme(root, el) {
  const outside = window.frameElement ?? el; // null also where the page around the frame may not be asked
  const system = matchMedia("(prefers-color-scheme: dark)");
  const look = () => {
    if (!outside.isConnected) return; // a notebook draws first and shows later
    const [r, g, b] = getComputedStyle(outside)
      .color.match(/[\d.]+/g)
      .map(Number);
    root.classList.toggle("dark", 0.3 * r + 0.6 * g + 0.1 * b > 127);
  };
  const themes = new MutationObserver(() => setTimeout(look, 100)); // a theme's style sheets follow its name
  for (const node of [outside.ownerDocument.documentElement, outside.ownerDocument.body]) {
    themes.observe(node, { attributes: true });
  }
  const appearing = new ResizeObserver(look);
  appearing.observe(root);
  system.addEventListener("change", look);
  look();
  return () => {
    themes.disconnect();
    appearing.disconnect();
    system.removeEventListener("change", look);
  };
}

/**
 * The widget's settings as plain values: changed at once while somebody drags, sent to Python by commit().
 * `changed` runs when another view or Python has changed one.
 */
export function settings(model, names, changed) {
  const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let own = false;
  const handlers = names.map((name) => [
    `change:${name}`,
    () => {
      state[name] = model.get(name);
      if (!own) changed();
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
  const close = () => handlers.forEach((handler) => model.off(...handler));
  return { state, commit, drag, choose, close };
}

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
  const around = window.frameElement;
  if (!around) return;
  around.parentElement.querySelector("details").open = false;
  new ResizeObserver(() => (around.style.height = `${document.body.offsetHeight}px`)).observe(document.body);
}
