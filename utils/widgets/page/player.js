// Step, back, scrub, play and pause through `count` steps.

import { h } from "./dom.js";
import { clamp } from "./operations.js";

/** `go(step)` shows a step; `rest()` runs when the learner has stopped at one. The player never starts by itself. */
export function player({ noun, go, rest }) {
  let step = 0;
  let count = 1;
  let first = 1; // what the first step is called
  let playing = false;
  let last = 0; // when the last step was made
  const parts = playerParts(noun, { by: (steps) => move(step + steps), toggle, scrubbed, rest });

  function scrubbed(to) {
    pause();
    step = to;
    show();
  }
  function show() {
    drawPlayer(parts, `${noun} ${step + first} of ${count - 1 + first}`, step, count);
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
    drawPlay(parts, playing);
  }
  function stop() {
    pause();
    rest();
  }
  function toggle() {
    if (playing) return stop();
    playing = true;
    drawPlay(parts, playing);
    if (step === count - 1) step = -1; // from the end: once more
    last = -Infinity;
    requestAnimationFrame(tick);
  }
  function tick(now) {
    if (!playing || !parts.element.isConnected) return;
    if (now - last >= clamp(9000 / count, 90, 550)) {
      last = now;
      step += 1;
      show();
      if (step === count - 1) return stop();
    }
    requestAnimationFrame(tick);
  }

  return {
    element: parts.element,
    move,
    /** The settings have changed: there are `steps` now, counted from `from`, and this one is shown. */
    set(newStep, steps, from = 1) {
      [count, first] = [steps, from];
      step = clamp(newStep, 0, count - 1);
      parts.scrub.max = count - 1;
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

function playerParts(noun, { by, toggle, scrubbed, rest }) {
  const button = (label, text, onclick) => h("button", { type: "button", "aria-label": label, onclick }, text);
  const back = button("one step back", "◀ back", () => by(-1));
  const play = button("play", "▶ play", toggle);
  play.classList.add("cnn-play");
  const next = button("one step on", "step ▶", () => by(1));
  const scrub = h("input", {
    type: "range",
    min: 0,
    "aria-label": `${noun} shown`,
    oninput: () => scrubbed(Number(scrub.value)),
    onchange: () => rest(),
  });
  const where = h("span", { class: "cnn-where" });
  const element = h("div", { class: "cnn-player" }, play, back, scrub, next, where);
  return { element, back, play, next, scrub, where };
}

function drawPlayer({ scrub, where, back, next }, words, step, count) {
  scrub.value = step;
  scrub.setAttribute("aria-valuetext", words);
  where.textContent = words;
  back.disabled = step === 0;
  next.disabled = step === count - 1;
}

function drawPlay({ play }, playing) {
  play.textContent = playing ? "❚❚ pause" : "▶ play";
  play.setAttribute("aria-label", playing ? "pause" : "play");
}
