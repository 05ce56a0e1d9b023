// Predict First where no question has a case: a page of it needs no Stepper, and a third of the bytes.

import { asking } from "./asking.js";

export const predict = (model, el) => asking(model, el);
