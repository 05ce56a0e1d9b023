// Channels and Groups, its numbers: which input channels an output channel reads, one of its sums, and what all costs.

import { multiplyAdds, parameterCount } from "../page/arithmetic.js";
import { at, matrix, places } from "../page/operations.js";

/**
 * @typedef {{
 *   in_channels: number, out_channels: number, groups: number, kernel_size: number, output_size: number[],
 *   separable: boolean,
 * }} ChannelSettings
 */

/** What such a layer is called, or "" if it has no name but its number of groups. */
export function kindOf({ in_channels: ins, out_channels: outs, groups, separable }) {
  if (separable) return "depthwise separable";
  if (groups === 1) return "standard";
  if (groups === ins && ins === outs) return "depthwise";
  return groups === 2 ? "two groups" : "";
}

/** The numbers of groups, to 8, that divide both numbers of channels. */
export const possibleGroups = ({ in_channels: ins, out_channels: outs }) =>
  [1, 2, 3, 4, 5, 6, 7, 8].filter((groups) => ins % groups === 0 && outs % groups === 0);

/**
 * Which input channels each output channel reads, and the parameters and multiply-adds of the layer, or of both layers
 * of a separable one, beside a standard layer's. Impossible if the groups do not fit.
 *
 * @param {ChannelSettings} settings
 */
export function computeChannels(settings) {
  const { in_channels: ins, out_channels: outs, groups, kernel_size: k, separable } = settings;
  const [height, width] = settings.output_size;
  const costs = (layers) => ({
    parameters: total(layers.map(([from, to, size, shared]) => parameterCount(from, to, size, size, shared))),
    adds: total(layers.map(([from, to, size, shared]) => multiplyAdds(from, to, size, size, height, width, shared))),
  });
  const own = separable ? [[ins, ins, k, ins], [ins, outs, 1, 1]] : [[ins, outs, k, groups]];
  const now = costs(own);
  const [each, share] = separable ? [ins, outs] : [ins / groups, outs / groups];
  const first = (out) => Math.floor(out / share) * each;
  return {
    now,
    standard: costs([[ins, outs, k, 1]]),
    reads: Array.from({ length: outs }, (_, out) => Array.from({ length: each }, (_, n) => first(out) + n)),
  };
}

const total = (numbers) => numbers.reduce((a, b) => a + b, 0);

// Small numbers that differ from channel to channel; only their pattern matters.
const seen = (channel, n) => (7 * n + 3 * channel + ((n * (channel + 2)) % 5)) % 4;
const weight = (out, channel, n) => ((3 * out + channel + 3 * n * n + Math.floor(n / 3)) % 5) - 2;
const bias = (out) => (out % 3) - 1;

/**
 * One output value of channel `out`: for each input channel that it reads the window, the kernel, their sum, and the
 * part that it brings; of a separable layer in between what the depthwise one hands on, and the weight of the 1×1 one.
 *
 * @param {ChannelSettings} settings
 * @param {number} out
 * @param {number[]} reads
 */
export function computeSum({ kernel_size: k, separable }, out, reads) {
  const parts = reads.map((channel) => {
    const window = matrix(k, k, (r, c) => seen(channel, k * r + c));
    // Of a depthwise layer each channel has one kernel, whoever reads it afterwards.
    const [owner, from] = separable ? [channel, 0] : [out, channel];
    const kernel = matrix(k, k, (r, c) => weight(owner, from, k * r + c));
    const sum = total(places(window).map((cell) => at(window, cell) * at(kernel, cell)));
    if (!separable) return { channel, window, kernel, sum, middle: null, value: sum };
    const middle = { bias: bias(channel), value: sum + bias(channel), weight: weight(out, channel, 1) };
    return { channel, window, kernel, sum, middle, value: middle.value * middle.weight };
  });
  return { out, parts, bias: bias(out), value: bias(out) + total(parts.map(({ value }) => value)) };
}
