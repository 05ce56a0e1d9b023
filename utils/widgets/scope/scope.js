// Training Scope: curves that grow while a network trains, and its first filters, at the end of any epoch.

import { h } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { named } from "../page/grid.js";
import { paint, svg } from "../page/picture.js";
import { player } from "../page/player.js";
import { settings } from "../page/settings.js";
import { short } from "../page/words.js";

const WIDTH = 380;
const HEIGHT = 190;
const EDGE = { left: 58, right: 10, top: 10, bottom: 30 };

export function scope(model, el) {
  const page = frame(model, el);
  const names = [
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "filters",
    "epoch",
  ];
  const { state, commit, close } = settings(model, names, () => draw());

  const charts = h("div", { class: "cnn-stage cnn-top" });
  const play = player({
    noun: "epoch",
    go: (epoch) => ((state.epoch = epoch), point()),
    rest: () => {
      commit();
      page.say(words.textContent);
    },
  });
  play.listen(page.root);
  const words = h("p", {});
  const filters = h("div", { class: "cnn-stage cnn-filters" });
  const caption = h("p", { class: "cnn-note" });
  const waiting = h("p", { class: "cnn-note" }, "No epoch is finished yet.");
  const body = h("div", {}, charts, play.element, words, filters, caption);
  page.root.append(waiting, body);

  function draw() {
    const epochs = state.train_loss.length;
    waiting.hidden = epochs > 0;
    body.hidden = !epochs;
    if (!epochs) return;
    charts.replaceChildren(
      chart("loss", state.train_loss, state.validation_loss, (y) => short(y)),
      chart("accuracy", state.train_accuracy, state.validation_accuracy, (y) => `${short(100 * y)} %`),
    );
    play.set(state.epoch, epochs);
  }

  /** Two curves over the epochs, as in the figures: training dashed and hollow, validation solid and filled. */
  function chart(name, training, validation, say) {
    const all = [...training, ...validation];
    const most = Math.max(...all);
    const low = name === "loss" ? 0 : Math.min(...all);
    const least = low < most ? low : low - 0.1; // one number alone has no range
    const x = (n) => EDGE.left + ((WIDTH - EDGE.left - EDGE.right) * n) / Math.max(1, training.length - 1);
    const y = (value) => HEIGHT - EDGE.bottom - ((HEIGHT - EDGE.top - EDGE.bottom) * (value - least)) / (most - least);
    const values = { training: training.map(say).join(", "), validation: validation.map(say).join(", ") };
    const picture = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      class: "cnn-chart",
      "aria-label": `${name} in each epoch, training: ${values.training}; validation: ${values.validation}`,
    });
    picture.append(
      svg("path", {
        class: "axes",
        d: `M${EDGE.left} ${EDGE.top}V${HEIGHT - EDGE.bottom}H${WIDTH - EDGE.right}`,
      }),
      svg("text", { x: EDGE.left - 5, y: y(most) + 4, "text-anchor": "end" }, say(most)),
      svg("text", { x: EDGE.left - 5, y: y(least) + 4, "text-anchor": "end" }, say(least)),
      svg(
        "text",
        { x: x(0), y: HEIGHT - 12, "text-anchor": "start" },
        training.length > 1 ? "1" : "epoch 1",
      ),
      svg(
        "text",
        { x: x(training.length - 1), y: HEIGHT - 12, "text-anchor": "end" },
        training.length > 1 ? `epoch ${training.length}` : "",
      ),
      svg("line", { class: "now", y1: EDGE.top, y2: HEIGHT - EDGE.bottom }),
    );
    for (
      const [kind, values] of [
        ["training", training],
        ["validation", validation],
      ]
    ) {
      picture.append(
        svg("polyline", { class: kind, points: values.map((value, n) => `${x(n)},${y(value)}`).join(" ") }),
      );
      if (values.length <= 60) {
        picture.append(
          ...values.map((value, n) =>
            kind === "training"
              ? svg("circle", { class: kind, cx: x(n), cy: y(value), r: 3 })
              : svg("rect", { class: kind, x: x(n) - 3, y: y(value) - 3, width: 6, height: 6 })
          ),
        );
      }
    }
    picture.place = x;
    return named(
      h(
        "span",
        {},
        `${name}: `,
        h("b", { class: "training" }, "○ training"),
        validation.length ? " " : "",
        validation.length ? h("b", { class: "validation" }, "■ validation") : "",
      ),
      { element: picture },
    );
  }

  /** The numbers and filters at the end of one epoch. */
  function point() {
    const n = state.epoch;
    charts.querySelectorAll("svg").forEach((picture) => {
      const line = picture.querySelector(".now");
      for (const end of ["x1", "x2"]) line.setAttribute(end, picture.place(n));
    });
    const both = (name, say) =>
      [
        ["training", state[`train_${name}`]],
        ["validation", state[`validation_${name}`]],
      ]
        .filter(([, values]) => values[n] !== undefined)
        .map(([kind, values]) => `${kind} ${say(values[n])}`)
        .join(", ");
    const accuracy = both("accuracy", (y) => `${short(100 * y)} %`);
    words.textContent = `After epoch ${n + 1}: loss ${both("loss", short)}; accuracy ${accuracy}.`;
    // A run that was taken up again has filters only from there on.
    const snapshot = state.filters[n - (state.train_loss.length - state.filters.length)];
    filters.replaceChildren(
      ...(snapshot ?? []).map((weights, f) => {
        const rows = weights.map((row) => row.map(short).join(" ")).join(" / ");
        const name = `filter ${f + 1}: ${rows}`;
        const canvas = h("canvas", { class: "cnn-filter", role: "img", "aria-label": name, title: name });
        const largest = Math.max(...weights.flat().map(Math.abs));
        paint(canvas, weights, { range: [-largest, largest] });
        return canvas;
      }),
    );
    caption.textContent = snapshot
      ? "The first layer's filters, averaged over the input channels: grey is a weight of 0, lighter is positive, " +
        "darker is negative. Each has a scale of its own."
      : "";
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
