// Predict First: commit to an answer before it is shown.

import { h } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { remember, remembered } from "../page/memory.js";
import { clamp } from "../page/operations.js";
import { svg } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { parse, short } from "../page/words.js";

const LETTERS = "ABCDEFGH"; // the names of curves

/**
 * The widget. Where questions are about the case of a Stepper, `cases` draws it (`pictures`) and opens it after a wrong
 * answer (`open`).
 */
export function asking(model, el, cases = null) {
  const page = frame(model, el);
  const { state, commit, close } = settings(model, ["answers", "index"], () => draw(), { answers: [], index: 0 });
  const questions = model.get("questions");
  const name = model.get("name");
  let closeStepper = () => {};

  const progress = h("nav", { class: "cnn-progress", "aria-label": "questions" });
  const prompt = h("p", { class: "cnn-prompt" });
  const shown = h("div", { class: "cnn-stage" });
  const answering = h("form", {
    class: "cnn-answer",
    onsubmit: (event) => {
      event.preventDefault();
      give();
    },
  });
  const verdict = h("div");
  const below = h("div", { class: "cnn-stepper" });
  page.root.append(progress, prompt, shown, answering, verdict, below);

  const given = (n) => state.answers[n] ?? null;
  const right = (n) => Math.abs(given(n) - questions[n].truth) < 1e-6;

  /** What was said before the page was loaded again. */
  function recall() {
    const said = remembered(name);
    if (!questions.some(({ prompt }, n) => given(n) === null && said[prompt])) return;
    state.answers = questions.map(({ prompt }, n) => given(n) ?? said[prompt]?.said ?? null);
    commit();
  }

  /** Kept for a reload, and for the score. */
  function keep() {
    const answered = questions.map((question, n) => ({ question, said: given(n), right: right(n) }));
    const kept = answered.filter(({ said }) => said !== null);
    remember(name, Object.fromEntries(kept.map(({ question, said, right }) => [question.prompt, { said, right }])));
  }

  function draw() {
    keep();
    state.index = clamp(state.index, 0, questions.length - 1);
    const question = questions[state.index];
    progress.replaceChildren(...(questions.length > 1 ? questions.map((_, n) => dot(n)) : []));
    prompt.textContent = question.prompt;
    shown.replaceChildren(...(question.grids ? cases.pictures(question.case) : []));
    const answered = given(state.index) !== null;
    answering.hidden = answered && !question.options.length;
    answering.replaceChildren(
      ...(question.options.length ? options(question, answered) : [numberBox()]),
      ...(answered ? [] : [h("button", { type: "submit" }, "answer")]),
    );
    closeStepper();
    closeStepper = () => {};
    below.replaceChildren();
    verdict.replaceChildren();
    if (answered) reveal(question);
  }

  /** The state of one question, and the way to it: colour, sign and words say the same. */
  function dot(n) {
    const answered = given(n) !== null;
    const [sign, words] = !answered ? [String(n + 1), "not answered"] : right(n) ? ["✓", "right"] : ["✗", "wrong"];
    return h(
      "button",
      {
        type: "button",
        class: !answered ? "" : right(n) ? "good" : "bad",
        "aria-current": n === state.index && "step",
        "aria-label": `question ${n + 1}, ${words}`,
        onclick: () => {
          turnTo(n);
          /** @type {HTMLElement} */ (progress.children[n]).focus();
        },
      },
      sign,
    );
  }

  function numberBox() {
    return h(
      "label",
      {},
      "Your answer ",
      h("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: 8, name: "answer" }),
    );
  }

  function options(question, answered) {
    const name = `cnn-${Math.random().toString(36).slice(2)}`;
    return question.options.map((option, n) =>
      h(
        "label",
        { class: `cnn-option ${answered && n === question.truth ? "good" : ""}` },
        h("input", { type: "radio", name, value: n, disabled: answered, checked: given(state.index) === n }),
        answered && n === question.truth ? "✓ " : "",
        ...(typeof option === "string" ? [option] : [LETTERS[n], curve(option, n, question.options.flat())]),
      )
    );
  }

  /** A small curve; its shape is said by its numbers to those who do not see it. */
  function curve(values, n, all) {
    const [least, most] = [Math.min(...all), Math.max(...all)]; // one scale for all
    const x = (i) => 4 + (132 * i) / (values.length - 1);
    const y = (value) => 76 - (72 * (value - least)) / (most - least || 1);
    const words = `curve ${LETTERS[n]}: ${values.map(short).join(", ")}`;
    return svg(
      "svg",
      { viewBox: "0 0 140 80", role: "img", "aria-label": words },
      svg("path", { d: "M3 0V77H140", class: "axes" }),
      svg("polyline", { points: values.map((value, i) => `${x(i)},${y(value)}`).join(" ") }),
    );
  }

  /** Show question `n`. Its words are read out, as the focus goes to what answers it. */
  function turnTo(n) {
    state.index = n;
    commit();
    draw();
    page.say(prompt.textContent);
  }
  const verdictWords = () => [...verdict.querySelectorAll("p")].map((p) => p.textContent.trim()).join(" ");

  function give() {
    const form = new FormData(answering);
    const texts = [...form.values()];
    const value = texts.length ? parse(String(texts[0])) : NaN;
    if (!Number.isFinite(value)) {
      verdict.replaceChildren(
        h(
          "p",
          { class: "cnn-note" },
          texts.length && !questions[state.index].options.length
            ? "Type a number first: a guess is enough."
            : "Choose one first: a guess is enough.",
        ),
      );
      page.say(verdictWords());
      return;
    }
    state.answers = questions.map((_, n) => (n === state.index ? value : given(n)));
    commit();
    draw();
    page.say(verdictWords());
    (verdict.querySelector("button") ?? progress.querySelector("button"))?.focus();
  }

  function reveal(question) {
    const n = state.index;
    const mistake = question.mistakes.find(([answer]) => answer === given(n))?.[1];
    const [yours, truth] = [given(n), question.truth].map((value) => question.options.length ? "" : short(value));
    verdict.append(
      h(
        "p",
        { class: right(n) ? "cnn-right" : "cnn-wrong" },
        right(n)
          ? `✓ Right${truth && `: ${truth}`}. `
          : `✗ ${question.options.length ? "Not this one. " : `You said ${yours}; it is ${truth}. `}${mistake ?? ""} `,
        h("span", {}, question.because),
      ),
    );
    const next = questions.findIndex((_, other) => given(other) === null);
    if (next >= 0) {
      verdict.append(
        h(
          "button",
          {
            type: "button",
            onclick: () => {
              turnTo(next);
              answering.querySelector("input")?.focus();
            },
          },
          "next question",
        ),
      );
    } else if (questions.length > 1) {
      verdict.append(
        h("p", {}, `${questions.filter((_, each) => right(each)).length} of ${questions.length} right.`),
      );
    }
    if (!right(n) && question.case) {
      closeStepper = cases.open(below, { title: "This very case", ...question.case });
    }
  }

  recall();
  draw();
  return () => {
    closeStepper();
    close();
    page.close();
  };
}
