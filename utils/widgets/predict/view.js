// Predict First, what is known: which questions were answered, which rightly, and what is said of the one that is shown.

import { clamp } from "../page/operations.js";

/**
 * @typedef {{
 *   prompt: string, truth: number, options: (string | number[])[], mistakes: [number, string][], because: string,
 *   grids: boolean, case: object | null,
 * }} AskedQuestion
 */

/**
 * Each question's answer (null if there is none yet) and whether it is right; the question that is shown; and if that
 * was answered the words about its mistake, if it has any, the next question without an answer and how many are right.
 *
 * @param {AskedQuestion[]} questions
 * @param {{ answers: (number | null)[], index: number }} state
 */
export function computeAsking(questions, { answers, index }) {
  const each = questions.map((question, n) => {
    const said = answers[n] ?? null;
    return { question, said, right: said !== null && Math.abs(said - question.truth) < 1e-6 };
  });
  const at = clamp(index, 0, questions.length - 1);
  const next = each.findIndex(({ said }) => said === null);
  return {
    each,
    index: at,
    ...each[at],
    answered: each[at].said !== null,
    mistake: each[at].question.mistakes.find(([answer]) => answer === each[at].said)?.[1] ?? "",
    next: next < 0 ? null : next,
    rights: each.filter(({ right }) => right).length,
  };
}

/**
 * The answers with those that the browser has kept (by prompt) where there are none; null if it has none to add.
 * @param {AskedQuestion[]} questions
 * @param {(number | null)[]} answers
 * @param {{ [prompt: string]: { said: number, right: boolean } }} kept
 */
export function recalled(questions, answers, kept) {
  const all = questions.map(({ prompt }, n) => answers[n] ?? kept[prompt]?.said ?? null);
  return all.some((said, n) => said !== (answers[n] ?? null)) ? all : null;
}

/**
 * What is to be kept: each answer that was given, by its prompt.
 * @param {ReturnType<typeof computeAsking>} view
 */
export const toKeep = ({ each }) =>
  Object.fromEntries(
    each.filter(({ said }) => said !== null).map(({ question, said, right }) => [question.prompt, { said, right }]),
  );
