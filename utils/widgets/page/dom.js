// Elements of a page.

/** An element: h("button", { class: "quiet", onclick: go }, "Go"). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) {
      // An attribute that is merely there is true, except to ARIA, which wants the word.
      element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : value);
    }
  }
  element.append(...children);
  return element;
}

/** A radio button that is not seen itself: what follows it in its label is, and shows whether it is checked. */
export const unseenRadio = (attributes) => h("input", { type: "radio", class: "cnn-unseen", ...attributes });

/** Small words beside the matter. */
export const note = (...words) => h("p", { class: "cnn-note" }, ...words);

/** A fraction, one above the other. */
export function fraction(above, below) {
  return h("span", { class: "cnn-fraction" }, h("span", {}, above), h("span", {}, below));
}
