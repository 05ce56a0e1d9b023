// A table of numbers: names to the left, numbers to the right.

import { h } from "./dom.js";

/** A table with these heads; `body` holds its rows. `kind` is a class for what is its own. */
export function table(kind, heads, body) {
  const head = h("thead", {}, h("tr", {}, ...heads.map((name) => h("th", { scope: "col" }, name))));
  return h("table", { class: `cnn-table ${kind}` }, head, body);
}
