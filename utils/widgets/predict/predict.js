// Predict First with cases: after a wrong answer the Stepper opens on that very one.

import { grid, named } from "../page/grid.js";
import { openStepper } from "../stepper/stepper.js";
import { asking } from "./asking.js";

export const predict = (model, el) => asking(model, el, { open: openStepper, pictures });

function pictures(example) {
  return [
    ["image", example.image],
    ["kernel", example.kernel],
  ].map(([name, values]) => {
    const picture = grid({ label: name });
    picture.update(values, { size: 30 });
    return named(name, picture);
  });
}
