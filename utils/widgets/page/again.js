// To start again: what each widget does then.

const restarts = new WeakMap();

/** Say what a widget does to start again. */
export const onStartAgain = (model, restart) => restarts.set(model, restart);

/** Put all settings of a widget back to what they were when it was drawn, or to what Python has said since. */
export const startAgain = (model) => restarts.get(model)?.();
