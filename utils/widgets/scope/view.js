// What the Training Scope computes: where the numbers beside its axes stand.

/** Round numbers at equal steps, from `low` or below to `high` or above: two to seven of them. */
export function ticks(low, high) {
  const range = high > low ? high - low : 0.1; // one number alone has no range
  const power = 10 ** Math.floor(Math.log10(range));
  const step = [0.2, 0.5, 1, 2, 5].map((part) => part * power).find((each) => range <= 4 * each);
  const [first, last] = [Math.floor(low / step + 1e-6), Math.ceil(high / step - 1e-6)];
  const count = Math.max(1, last - first);
  return Array.from({ length: count + 1 }, (_, n) => Number(((first + n) * step).toPrecision(9)));
}
