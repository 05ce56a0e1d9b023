// The frame of a widget: its title, what could not be taken, what is read out, the theme.

import { startAgain } from "./again.js";
import { Impossible } from "./arithmetic.js";
import { h } from "./dom.js";
import { isForOthers } from "./keys.js";

/** The outermost element of a widget: title, what could not be taken, the one live region, and the theme. */
export function frame(model, el) {
  const problem = h("p", { class: "cnn-problem" });
  const impossible = h("p", { class: "cnn-impossible" });
  const voice = speaker();
  // Numbers and formulas run from left to right, in a page that runs the other way too.
  const root = h("section", { class: "cnn", "aria-label": model.get("title"), dir: "ltr", lang: "en" });
  const heading = h(el.closest(".cnn") ? "h4" : "h3", { class: "cnn-title" }, model.get("title"));
  const explain = () => {
    problem.textContent = model.get("problem");
    problem.hidden = !model.get("problem");
  };
  // A key that means something here must not reach the notebook around, where it moves between cells.
  root.addEventListener("keydown", (event) => {
    if (!isForOthers(event)) event.stopPropagation();
    // Out of the widget: to its cell, in a notebook, where the arrow keys lead on from cell to cell.
    else if (event.key === "Escape") /** @type {HTMLElement | null} */ (el.closest("[tabindex]"))?.focus();
  });
  /** Say why what somebody typed or clicked could not be taken; the next change takes the words away. */
  const refuse = (reason) => {
    model.set("problem", reason);
    voice.say(reason);
  };
  root.addEventListener("refused", (event) => {
    event.stopPropagation(); // a Stepper inside another widget has a place of its own for it
    refuse(event.detail);
  });
  root.addEventListener("said", (event) => {
    event.stopPropagation();
    voice.say(event.detail);
  });
  model.on("change:problem", explain);
  explain();
  const again = h("button", {
    type: "button",
    class: "cnn-again",
    onclick: () => {
      startAgain(model);
      voice.say("As at the start.");
    },
  }, "start again");
  root.append(h("header", {}, heading, again), problem, voice.element);
  el.append(root);
  const unfollow = followTheme(root, el);
  return {
    root,
    again, // hidden where there is nothing to set
    say: voice.say,
    tell: voice.tell,
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
        voice.tell([error.message]);
        return null;
      }
    },
    close() {
      voice.hush();
      unfollow();
      model.off("change:problem", explain);
    },
  };
}

/** What is read out by a screen reader: nothing while the learner is still moving, and nothing twice. */
function speaker() {
  const element = h("p", { class: "cnn-spoken", "aria-live": "polite" });
  /** @type {string[] | null} */
  let heard = null;
  let told = []; // what the widget shows now
  let said = ""; // what has to be read out in any case
  let waiting;
  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const fresh = told.filter((sentence) => !heard?.includes(sentence));
      heard = [...told, said];
      const words = [...new Set([...fresh, said])].join(" ").trim();
      said = "";
      if (words) element.textContent = words.replaceAll("·", " times ").replaceAll("−", "minus ");
    }, 250);
  }
  return {
    element,
    /** Read this out. */
    say: (text) => ((said = text), soon()),
    /**
     * The sentences that say what the widget shows now: read out is what has changed since they were told before. Those
     * told first are what the learner has found in the page.
     * @param {string[]} sentences
     */
    tell(sentences) {
      told = sentences;
      heard ??= sentences;
      soon();
    },
    hush: () => clearTimeout(waiting),
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
