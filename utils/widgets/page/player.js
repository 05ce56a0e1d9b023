// Step, back, scrub, play and pause through `count` steps.

import { h } from "./dom.js";
import { clamp } from "./operations.js";

/** `go(step)` shows a step; `rest()` runs when the learner has stopped at one. The player never starts by itself. */
export function player({ noun, go, rest }) {
  let step = 0;
  let count = 1;
  let playing = false;
  let last = 0; // when the last step was made

  const button = (label, text, onclick) => h("button", { type: "button", "aria-label": label, onclick }, text);
  const back = button("one step back", "◀ back", () => move(step - 1));
  const play = button("play", "▶ play", () => toggle());
  play.classList.add("cnn-play");
  const next = button("one step on", "step ▶", () => move(step + 1));
  const scrub = h("input", {
    type: "range",
    min: 0,
    "aria-label": `${noun} shown`,
    oninput,
    onchange: () => rest(),
  });
  const where = h("span", { class: "cnn-where" });
  const element = h("div", { class: "cnn-player" }, play, back, scrub, next, where);

  function oninput() {
    pause();
    step = Number(scrub.value);
    show();
  }
  function show() {
    scrub.value = step;
    scrub.setAttribute("aria-valuetext", `${noun} ${step + 1} of ${count}`);
    where.textContent = `${noun} ${step + 1} of ${count}`;
    back.disabled = step === 0;
    next.disabled = step === count - 1;
    go(step);
  }
  function move(to) {
    pause();
    step = clamp(to, 0, count - 1);
    show();
    rest();
  }
  function pause() {
    playing = false;
    play.textContent = "▶ play";
    play.setAttribute("aria-label", "play");
  }
  function toggle() {
    if (playing) {
      pause();
      rest();
      return;
    }
    playing = true;
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-label", "pause");
    if (step === count - 1) step = -1; // from the end: once more
    last = -Infinity;
    requestAnimationFrame(tick);
  }
  function tick(now) {
    if (!playing || !element.isConnected) return;
    if (now - last >= clamp(9000 / count, 90, 550)) {
      last = now;
      step += 1;
      show();
      if (step === count - 1) {
        pause();
        rest();
        return;
      }
    }
    requestAnimationFrame(tick);
  }

  return {
    element,
    move,
    /** The settings have changed: there are `steps` now, and this one is shown. */
    set(newStep, steps) {
      count = steps;
      step = clamp(newStep, 0, count - 1);
      scrub.max = count - 1;
      show();
    },
    /** Space plays, wherever in the widget the focus is; on a button it presses that button. */
    listen(root) {
      root.addEventListener("keydown", (event) => {
        const busy = event.target.closest("button, select, a, summary, input:not([type=range])");
        if (event.key !== " " || busy) return;
        event.preventDefault();
        toggle();
      });
    },
  };
}
