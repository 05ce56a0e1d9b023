// For the pages of others: a module as anywidget asks for it, with its style and what it shows where nothing is told.
// `draw`, `usual` and `style` are written above it.
export default {
  render({ model, el }) {
    const sheet = document.createElement("style");
    sheet.textContent = style;
    el.append(sheet);
    return draw(
      {
        get: (name) => model.get(name) ?? usual[name],
        set: (name, value) => model.set(name, value),
        save_changes: () => model.save_changes?.(),
        on: (event, listener) => model.on(event, listener),
        off: (event, listener) => model.off(event, listener),
      },
      el,
    );
  },
};
