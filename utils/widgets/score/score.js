// Prediction Score: how many predictions were answered, how many rightly, here and in the course so far.

import { h } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { allRemembered, remembered, whenRemembered } from "../page/memory.js";
import { counted } from "../page/words.js";

const SIGNS = [["✓", "good"], ["✗", "bad"], ["·", ""]];

export function score(model, el) {
  const page = frame(model, el);
  const marks = h("p", { class: "cnn-marks", "aria-hidden": true });
  const here = h("p", { class: "cnn-tally" });
  const course = h("p", { class: "cnn-note" });
  page.again.hidden = true;
  page.root.append(marks, here, course);

  function draw() {
    const { asked, answered, right } = countHere(model.get("names"), model.get("counts"));
    const counts = [right, answered - right, asked - answered];
    marks.replaceChildren(
      ...SIGNS.flatMap(([sign, look], n) => Array.from({ length: counts[n] }, () => h("span", { class: look }, sign))),
    );
    here.textContent = answered
      ? `${answered} of ${counted(asked, "prediction")} answered, ${right} right.`
      : `${counted(asked, "prediction")} in this lecture, none answered yet: the boxes are further up.`;
    const all = allRemembered();
    const rightOfAll = all.filter((each) => each.right).length;
    course.textContent = all.length > answered ? `In the course so far: ${rightOfAll} of ${all.length} right.` : "";
    page.tell([here.textContent, course.textContent]);
  }

  model.on("change:counts", draw);
  const forget = whenRemembered(draw);
  draw();
  return () => {
    forget();
    model.off("change:counts", draw);
    page.close();
  };
}

/** What the browser remembers of each name, or what Python knew, whichever is more. */
function countHere(names, counts) {
  const sum = { asked: 0, answered: 0, right: 0 };
  names.forEach((name, n) => {
    const said = Object.values(remembered(name));
    const [asked, answered, right] = counts[n] ?? [said.length, 0, 0];
    const known = said.length >= answered ? [said.length, said.filter((each) => each.right).length] : [answered, right];
    sum.asked += Math.max(asked, known[0]);
    sum.answered += known[0];
    sum.right += known[1];
  });
  return sum;
}
