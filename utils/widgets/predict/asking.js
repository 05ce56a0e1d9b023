// Predict First: commit to an answer before it is shown.

import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { remember, remembered } from "../page/memory.js";
import { settings } from "../page/settings.js";
import { parse, short } from "../page/words.js";
import { numberBox, optionButtons } from "./answering.js";
import { computeAsking, recalled, toKeep } from "./view.js";

/** @typedef {ReturnType<typeof computeAsking>} AskingView */
/** @typedef {ReturnType<typeof askingParts>} AskingParts */

/**
 * The widget. Where questions are about the case of a Stepper, `cases` draws it (`pictures`) and opens it after a wrong
 * answer (`open`).
 */
export function asking(model, el, cases = null) {
  const page = frame(model, el);
  const { state, commit, close } = settings(model, ["answers", "index"], () => draw(), { answers: [], index: 0 });
  const questions = model.get("questions");
  const name = model.get("name");
  /** @type {AskingView} */
  let view;
  let closeStepper = () => {};
  const parts = askingParts(give);
  page.root.append(...Object.values(parts));

  function draw() {
    view = computeAsking(questions, state);
    state.index = view.index;
    remember(name, toKeep(view)); // for a reload, and for the score
    drawQuestion(parts, view, turnTo);
    parts.shown.replaceChildren(...(view.question.grids ? cases.pictures(view.question.case) : []));
    closeStepper();
    closeStepper = () => {};
    parts.below.replaceChildren();
    parts.verdict.replaceChildren(...(view.answered ? verdictOn(view, goOn) : []));
    if (view.answered && !view.right && view.question.case) {
      closeStepper = cases.open(parts.below, { title: "This very case", ...view.question.case });
    }
  }
  /** Show question `n`. Its words are read out, as the focus goes to what answers it. */
  function turnTo(n) {
    state.index = n;
    commit();
    draw();
    page.say(parts.prompt.textContent);
  }
  function goOn() {
    turnTo(view.next);
    parts.answering.querySelector("input")?.focus();
  }
  function give() {
    const texts = [...new FormData(parts.answering).values()];
    const value = texts.length ? parse(String(texts[0])) : NaN;
    const isAnswer = Number.isFinite(value);
    if (isAnswer) {
      state.answers = view.each.map(({ said }, n) => (n === view.index ? value : said));
      commit();
      draw();
    } else parts.verdict.replaceChildren(note(wantedWords(texts.length > 0 && !view.question.options.length)));
    page.say([...parts.verdict.querySelectorAll("p")].map((p) => p.textContent.trim()).join(" "));
    if (isAnswer) (parts.verdict.querySelector("button") ?? parts.progress.querySelector("button"))?.focus();
  }

  const all = recalled(questions, state.answers, remembered(name)); // said before the page was loaded again
  if (all) {
    state.answers = all;
    commit();
  }
  draw();
  return () => {
    closeStepper();
    close();
    page.close();
  };
}

/** In the order in which they stand in the page. */
const askingParts = (give) => ({
  progress: h("nav", { class: "cnn-progress", "aria-label": "questions" }),
  prompt: h("p", { class: "cnn-prompt" }),
  shown: h("div", { class: "cnn-stage" }),
  answering: /** @type {HTMLFormElement} */ (h("form", {
    class: "cnn-answer",
    onsubmit(event) {
      event.preventDefault();
      give();
    },
  })),
  verdict: h("div"),
  below: h("div", { class: "cnn-stepper" }),
});

/**
 * @param {AskingParts} parts
 * @param {AskingView} view
 * @param {(n: number) => void} turnTo
 */
function drawQuestion({ progress, prompt, answering }, view, turnTo) {
  const { each, index, question, answered } = view;
  const turnAndStay = (n) => {
    turnTo(n);
    /** @type {HTMLElement} */ (progress.children[n]).focus();
  };
  const dots = each.map((one, n) => dot(one, n, n === index, () => turnAndStay(n)));
  progress.replaceChildren(...(each.length > 1 ? dots : []));
  prompt.textContent = question.prompt;
  answering.hidden = answered && !question.options.length;
  answering.replaceChildren(
    ...(question.options.length ? optionButtons(view) : [numberBox()]),
    ...(answered ? [] : [h("button", { type: "submit" }, "answer")]),
  );
}

/** The state of one question, and the way to it: colour, sign and words say the same. */
function dot({ said, right }, n, shown, onclick) {
  const [kind, sign, words] = said === null
    ? ["", String(n + 1), "not answered"]
    : right
    ? ["good", "✓", "right"]
    : ["bad", "✗", "wrong"];
  const name = `question ${n + 1}, ${words}`;
  return h(
    "button",
    { type: "button", class: kind, "aria-current": shown && "step", "aria-label": name, onclick },
    sign,
  );
}

const wantedWords = (number) =>
  number ? "Type a number first: a guess is enough." : "Choose one first: a guess is enough.";

/**
 * What is said after an answer, and the way on.
 * @param {AskingView} view
 */
function verdictOn({ each, question, said, right, mistake, next, rights }, goOn) {
  const [yours, truth] = [said, question.truth].map((value) => question.options.length ? "" : short(value));
  const wrong = truth ? `You said ${yours}; it is ${truth}. ` : "Not this one. ";
  const judged = h(
    "p",
    { class: right ? "cnn-right" : "cnn-wrong" },
    right ? `✓ Right${truth && `: ${truth}`}. ` : `✗ ${wrong}${mistake} `,
    h("span", {}, question.because),
  );
  if (next !== null) return [judged, h("button", { type: "button", onclick: goOn }, "next question")];
  return each.length > 1 ? [judged, h("p", {}, `${rights} of ${each.length} right.`)] : [judged];
}
