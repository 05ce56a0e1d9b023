// A network's numbers out of the text that holds them: packing.py again, the other way round.

import { bytesOf } from "../page/picture.js";

const ACCENTED = 0xa1; // where letters go on behind ASCII
// A letter stands for a whole number of steps: 0, −1, 1, −2, 2, … in the order of these letters.
const LETTERS = [
  ...Array.from({ length: 94 }, (_, n) => 0x21 + n).filter((code) => !"\"&'<\\".includes(String.fromCharCode(code))),
  ...Array.from({ length: 166 }, (_, n) => ACCENTED + n),
];
const WHOLE = new Int8Array(ACCENTED + 166);
LETTERS.forEach((code, n) => (WHOLE[code] = n % 2 ? -(n + 1) / 2 : n / 2));

/** Weights of 8 bits, one letter each, times the step of their layer. */
export function unpackWeights({ shape, step, letters }) {
  const data = new Float32Array(letters.length);
  for (let n = 0; n < letters.length; n++) data[n] = step * WHOLE[letters.charCodeAt(n)];
  return { shape, data };
}

/** A few numbers of 32 bits, in base64. */
export function unpackNumbers(text) {
  return new Float32Array(bytesOf(text).buffer);
}
