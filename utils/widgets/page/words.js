// Numbers and sizes as text, and back. What utils/words.py has too is held to the same cases (golden.json).

/** A number for a cell: whole ones as they are, others to two decimals, with the long minus. */
export function short(value) {
  const halfway = Math.abs((8 * value) % 2) === 1; // as 0.125 is: to the even digit, as in Python
  const rounded = halfway ? Math.round(50 * value) / 50 : Number(value.toFixed(2));
  return String(rounded + 0).replace("-", "−"); // + 0 turns −0 into 0
}

/** A count with commas: 1,234,567. */
export const thousands = (count) => count.toLocaleString("en");

/** What somebody typed as a number, or NaN. "1,5" is one and a half, "640,200" and "640 200" are thousands. */
export function parse(text) {
  const plain = text.trim().replace("−", "-");
  const thousands = /^-?[1-9]\d{0,2}([, ]\d{3})+$/.test(plain);
  const digits = thousands ? plain.replace(/[, ]/g, "") : plain.replace(",", ".");
  return digits === "" ? NaN : Number(digits);
}

/** "1 row", "2 rows" */
export const counted = (count, noun) => `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;

/**
 * A size for both directions as one number if they agree, as torch writes it.
 * @type {(size: number[]) => string}
 */
export const one = ([height, width]) => (height === width ? `${height}` : `(${height}, ${width})`);

/** A number in at most so many characters, if need be without its decimals, or else like 9e8. */
export function fitting(value, room) {
  const words = [short(value), short(Math.round(value))].find((each) => each.length <= room);
  return words ?? value.toExponential(0).replace("e+", "e").replace("-", "−");
}
