// Sizes, weights and work as whole numbers: utils/arithmetic.py again, for one dimension at a time.
// Both are held to the same cases, which torch wrote (tests/widgets/golden.json).

/** A setting that cannot be. The widget shows the message where the result would have been. */
export class Impossible extends Error {}

/** ⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1 */
export function outputSize(i, k, s = 1, p = 0, d = 1) {
  return Math.floor(room(i, k, p, d) / s) + 1;
}

/** Cells beyond the last window: what the floor in outputSize drops. */
export function dropped(i, k, s = 1, p = 0, d = 1) {
  return room(i, k, p, d) % s;
}

/** How many cells the window can move from its first place. */
function room(i, k, p, d) {
  const span = d * (k - 1) + 1;
  if (span > i + 2 * p) {
    throw new Impossible(
      `The kernel spans ${span} cells, but the padded input has only ${i + 2 * p}: there is no place for it. ` +
        "Use a smaller kernel or dilation, more padding, or a larger input.",
    );
  }
  return i + 2 * p - span;
}

/** (i − 1)s − 2p + d(k − 1) + output_padding + 1 */
export function transposedOutputSize(i, k, s = 1, p = 0, extra = 0, d = 1) {
  if (extra >= s && extra >= d) {
    throw new Impossible(
      `output_padding=${extra} must be smaller than stride=${s} or dilation=${d}: it only says which of the ` +
        `sizes that a stride of ${s} brings down to ${i} is meant.`,
    );
  }
  const unpadded = (i - 1) * s + d * (k - 1) + extra + 1;
  if (unpadded <= 2 * p) {
    throw new Impossible(
      `Padding ${p} takes ${2 * p} cells away from an output of ${unpadded}: nothing is left. ` +
        "Use less padding, or a larger kernel or stride.",
    );
  }
  return unpadded - 2 * p;
}

/** Whether stamps of k cells, d apart, on every s-th place reach all cells far from the border equally often. */
export function stampsEvenly(k, s, d = 1) {
  const hits = new Array(s).fill(0);
  for (let i = 0; i < k; i++) hits[(i * d) % s] += 1;
  return hits.every((count) => count === hits[0]);
}

/** (in / groups) · out · kH · kW weights, and out biases */
export function parameterCount(inChannels, outChannels, kH, kW, groups = 1, bias = true) {
  return weightCount(inChannels, outChannels, kH, kW, groups) + (bias ? outChannels : 0);
}

/** Each weight is used once at each of the oH · oW output positions. */
export function multiplyAdds(inChannels, outChannels, kH, kW, oH, oW, groups = 1) {
  return weightCount(inChannels, outChannels, kH, kW, groups) * oH * oW;
}

function weightCount(inChannels, outChannels, kH, kW, groups) {
  for (
    const [name, count] of [
      ["input", inChannels],
      ["output", outChannels],
    ]
  ) {
    if (count % groups) {
      throw new Impossible(
        `${groups} groups cannot share ${count} ${name} channels evenly: groups must divide both numbers.`,
      );
    }
  }
  return (inChannels / groups) * outChannels * kH * kW;
}

/** 1 + Σ d(k − 1) · Π s over layers [k, s, d], first layer first */
export function receptiveField(layers) {
  let field = 1;
  let jump = 1; // how many input cells apart two neighbouring units are
  for (const [k, s, d = 1] of layers) {
    field += d * (k - 1) * jump;
    jump *= s;
  }
  return field;
}
