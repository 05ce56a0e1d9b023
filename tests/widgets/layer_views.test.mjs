// What the widgets about one layer draw, computed: against golden.json, which torch wrote, and by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { computeChannels, computeSum, kindOf, possibleGroups } from "../../utils/widgets/channels/view.js";
import { computeLab, computePixel, patchAround } from "../../utils/widgets/lab/view.js";
import { Impossible } from "../../utils/widgets/page/arithmetic.js";
import { at, convolve, places, turned } from "../../utils/widgets/page/operations.js";
import { computePooling } from "../../utils/widgets/pooling/view.js";
import { computeStepper, computeWindow } from "../../utils/widgets/stepper/view.js";
import { computeMaps, computeSeen } from "../../utils/widgets/telescope/view.js";
import { computeTransposed } from "../../utils/widgets/transposed/view.js";
import { computeWeight, computeWeights } from "../../utils/widgets/weights/view.js";

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));
const plain = (rows) => rows.map((row) => row.map((x) => x + 0)); // −0 is no other number
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** Settings and torch's output of a golden case. */
function transposedCase([image, kernel, stride, padding, output_padding, dilation, output]) {
  return [{ image, kernel, stride, padding, output_padding, dilation, step: 999 }, output];
}

test("transposed: both ways come to what torch says, and each cell to the sum of its sources", () => {
  for (const values of golden.transposed) {
    const [settings, output] = transposedCase(values);
    const view = computeTransposed(settings);
    assert.deepEqual(plain(view.values), output);
    const slid = { stride: [1, 1], padding: [0, 0], dilation: settings.dilation };
    assert.deepEqual(plain(convolve(view.spread.rows, turned(settings.kernel), slid)), output);
    assert.deepEqual(view.coming.concat(view.spread.coming), []);
    const occurring = new Set(view.counts.flat());
    assert.deepEqual(view.overlaps.occurring, [...occurring].sort((a, b) => a - b));
    for (const cell of places(output)) {
      const { sources } = computeTransposed(settings, cell).visited;
      assert.equal(sum(sources.map(({ value, weight }) => value * weight)), at(output, cell));
      assert.equal(sources.length, at(view.counts, cell));
    }
  }
});

test("transposed: a step adds one stamp, and nothing else", () => {
  for (const values of golden.transposed.slice(0, 50)) {
    const [settings] = transposedCase(values);
    let before = null;
    places(settings.image).forEach((cell, step) => {
      const view = computeTransposed({ ...settings, step });
      assert.deepEqual(view.newest.cell, cell);
      assert.equal(view.coming.length, settings.image.flat().length - step - 1);
      const added = new Map(view.newest.stamp.map((place, n) => [String(place), settings.kernel.flat()[n]]));
      for (const place of places(view.values)) {
        const difference = at(view.values, place) - (before ? at(before, place) : 0);
        assert.equal(difference, at(settings.image, cell) * (added.get(String(place)) ?? 0) + 0);
      }
      before = view.values;
    });
  }
});

test("transposed: a visited cell that is not there is none, and what cannot be is Impossible", () => {
  const [settings] = transposedCase([[[1, 2], [3, 4]], [[1, 1], [1, 1]], [1, 1], [0, 0], [0, 0], [1, 1], null]);
  assert.equal(computeTransposed(settings, [9, 0]).visited, null);
  assert.deepEqual(computeTransposed(settings).overlaps.deep, [[[0, 1], [1, 0], [1, 2], [2, 1]], [], [[1, 1]]]);
  assert.throws(() => computeTransposed({ ...settings, padding: [9, 9] }), Impossible);
});

test("pooling: maxima and where their gradient goes, as torch has them", () => {
  for (const [image, kernel_size, stride, output, gradient] of golden.max_pool) {
    const settings = { image, kernel: [[1]], kernel_size, stride, shift: 0 };
    const view = computePooling({ ...settings, way: "max" });
    assert.deepEqual(view.outputs.max, output);
    assert.deepEqual(view.gradient, gradient);
    assert.deepEqual(view.changed, { max: [], average: [], convolution: [] });
    for (const cell of places(output)) {
      const one = computePooling({ ...settings, way: "average" }, { way: "max", cell });
      assert.equal(at(image, one.winner[0]), at(output, cell));
      assert.deepEqual(one.receiving, one.winner);
    }
    const average = computePooling({ ...settings, way: "average" });
    assert.ok(Math.abs(sum(average.gradient.flat()) - output.flat().length) < 1e-9, "each output counts once");
  }
});

test("pooling: the strided convolution, as torch has it, and its gradient", () => {
  for (const [image, kernel, stride, padding, dilation, output] of golden.convolve) {
    if (String([padding, dilation]) !== "0,0,1,1") continue;
    const settings = { image, kernel, kernel_size: [kernel.length, kernel[0].length], stride, shift: 0 };
    const view = computePooling({ ...settings, way: "convolution" });
    assert.deepEqual(plain(view.outputs.convolution), output);
    // The gradient of a sum of outputs, times the image, is that sum: a convolution is linear.
    const products = places(image).map((cell) => at(image, cell) * at(view.gradient, cell));
    assert.equal(sum(products), sum(output.flat()));
  }
});

test("pooling: a shift changes the outputs that see another image", () => {
  const settings = { image: [[1, 1, 5, 1]], kernel: [[1]], kernel_size: [1, 2], stride: [1, 2], way: "max" };
  assert.deepEqual(computePooling({ ...settings, shift: 1 }).outputs.max, [[1, 5]]);
  assert.deepEqual(computePooling({ ...settings, shift: 1 }).changed.max, []);
  assert.deepEqual(computePooling({ ...settings, shift: 2 }).changed.max, [[0, 0], [0, 1]]);
  assert.throws(() => computePooling({ ...settings, shift: 0, kernel_size: [2, 2] }), Impossible);
});

test("stepper: torch's output, each cell as the sum of its window, and what no window reaches", () => {
  for (const [image, kernel, stride, padding, dilation, output] of golden.convolve) {
    const settings = { image, kernel, stride, padding, dilation };
    const view = computeStepper(settings);
    assert.deepEqual(plain(view.output), output);
    const windows = view.places.map((cell) => computeWindow(view, settings, cell));
    for (const { cell, window, inputs, weights, sum: value } of windows) {
      assert.equal(value, at(view.output, cell));
      assert.equal(sum(inputs.map((input, n) => input * weights[n])) + 0, at(output, cell));
      assert.deepEqual(window.filter((place) => view.dropped.some((other) => String(other) === String(place))), []);
    }
    const [bottom, right] = windows.at(-1).window.at(-1);
    const [rows, columns] = [view.padded.length, view.padded[0].length];
    assert.equal(view.dropped.length, rows * columns - (bottom + 1) * (right + 1));
  }
});

test("weights: torch's gradient as the sum over all places, and the layer as a matrix", () => {
  for (const [image, kernel, stride, padding, dilation, output, gradient] of golden.convolve) {
    if (String(dilation) !== "1,1") continue;
    const settings = { image, kernel, upstream: [[1]], stride, padding };
    const view = computeWeights(settings);
    assert.deepEqual(plain(view.gradient), gradient);
    const times = view.layer.map((row) => sum(row.map((weight, n) => weight * image.flat()[n])) + 0);
    assert.deepEqual(times, output.flat(), "the matrix times the image is the layer");
    let entries = 0;
    for (const weight of places(kernel)) {
      const shown = computeWeight(view, settings, weight);
      assert.equal(sum(shown.products.map(([below, above]) => below * above)) + 0, at(gradient, weight));
      for (const entry of shown.entries) assert.deepEqual(view.owner.get(String(entry)), weight);
      entries += shown.entries.length;
    }
    assert.equal(entries, view.owner.size);
    assert.equal(view.empty.length, view.layer.flat().length - entries);
  }
  const weighted = computeWeights({ image: [[1, 2]], kernel: [[3]], upstream: [[5]], stride: [1, 1], padding: [0, 0] });
  assert.deepEqual([weighted.above, weighted.gradient], [[[5, 1]], [[7]]], "1 where no gradient is given");
});

test("telescope: the sizes of maps and what a unit sees, as torch's gradients have them", () => {
  for (const [numbers, image, layer, unit, sizes, rows, columns] of golden.telescope) {
    const layers = numbers.map((each) => ["", ...each]);
    const blank = new Array(image[0]).fill(new Array(image[1]).fill(0));
    assert.deepEqual(computeMaps({ image: blank, layers }), { sizes: [image, ...sizes], problem: "" });
    const seen = computeSeen(layers, image, layer, unit);
    assert.deepEqual([seen.inRows, seen.inColumns], [rows, columns]);
    assert.deepEqual([seen.rows[0], seen.columns[0], seen.rows.length], [
      [unit[0], unit[0]],
      [unit[1], unit[1]],
      layer + 2,
    ]);
    assert.equal(1 + sum(seen.terms.map(({ dilation, kernel, jump }) => dilation * (kernel - 1) * jump)), seen.size[0]);
    const inside = rows[0] >= 0 && rows[1] < image[0] && columns[0] >= 0 && columns[1] < image[1];
    assert.equal(seen.outside, !inside);
  }
});

test("telescope: maps end before a layer that cannot be, which is named", () => {
  const layers = [["one", 3, 1, 0, 1], ["two", 9, 1, 0, 1], ["three", 1, 1, 0, 1]];
  const { sizes, problem } = computeMaps({ image: new Array(6).fill([1, 2, 3, 4, 5]), layers });
  assert.deepEqual(sizes, [[6, 5], [4, 3]]);
  assert.match(problem, /^Layer two: The kernel spans 9 cells, but the padded input has only 4/);
});

test("channels: who reads whom and what it costs, as torch has it, and a sum that adds up", () => {
  for (const [ins, outs, groups, kernel_size, output_size, separable, out, truth] of golden.channels) {
    const settings = { in_channels: ins, out_channels: outs, groups, kernel_size, output_size, separable };
    assert.equal(possibleGroups(settings).includes(groups), ins % groups + outs % groups === 0);
    if (truth === null) {
      assert.throws(() => computeChannels({ ...settings, separable: false }), Impossible);
      continue;
    }
    const { reads, now } = computeChannels(settings);
    assert.deepEqual([reads.length, reads[out], now.parameters, now.adds], [outs, ...truth]);
    const { parts, bias, value } = computeSum(settings, out, reads[out]);
    assert.deepEqual(parts.map(({ channel }) => channel), reads[out]);
    const inside = ({ window, kernel }) =>
      convolve(window, kernel, { stride: [1, 1], padding: [0, 0], dilation: [1, 1] });
    for (const part of parts) assert.deepEqual(inside(part), [[part.sum]]);
    const through = ({ sum, middle }) => middle ? (sum + middle.bias) * middle.weight : sum;
    assert.equal(sum(parts.map(through)) + bias, value);
  }
  const layer = { in_channels: 4, out_channels: 4, kernel_size: 3, output_size: [1, 1], separable: false };
  const kinds = [1, 2, 4, 3].map((groups) => kindOf({ ...layer, groups }));
  assert.deepEqual(kinds, ["standard", "two groups", "depthwise", ""]);
  assert.equal(kindOf({ ...layer, groups: 1, separable: true }), "depthwise separable");
});

test("lab: the window of a pixel as the layer sees it, and the patch that shows the same sum", () => {
  for (const [image, kernel, padding_mode, output] of golden.padding_modes) {
    const settings = { image, kernel, operation: "correlation", padding_mode };
    if (output === null) {
      assert.throws(() => computeLab(settings), Impossible);
      continue;
    }
    const view = computeLab(settings);
    assert.deepEqual(plain(view.result), output);
    const other = computeLab({ ...settings, kernel: turned(kernel), operation: "convolution" });
    assert.deepEqual([other.sliding, other.result], [kernel, view.result], "turned twice");
    for (const pixel of places(image)) {
      const { made, value, result } = computePixel(view, settings, pixel);
      assert.deepEqual([value, result], [at(image, pixel), at(view.result, pixel)]);
      assert.deepEqual(made.start, pixel.map((place, axis) => (100 * place) / [image.length, image[0].length][axis]));
    }
  }
  const image = Array.from({ length: 20 }, (_, r) => Array.from({ length: 9 }, (_, c) => (7 * r + c * c) % 11));
  const settings = { image, kernel: [[1, 2, 3], [0, 1, 0]], operation: "correlation", padding_mode: "zeros" };
  const view = computeLab(settings);
  assert.deepEqual(computePixel(view, settings, [5, 3]).seen, { start: [25, 200 / 9], size: [10, 300 / 9] });
  for (const pixel of places(image)) {
    const { patch, rows, columns, step } = patchAround(view, settings, pixel);
    assert.deepEqual([patch.length, patch[0].length, rows[1] - rows[0], columns[1] - columns[0]], [7, 7, 6, 6]);
    const inside = pixel[0] < 19 && pixel[1] > 0 && pixel[1] < 8; // elsewhere the window leaves the image
    const sums = convolve(patch, view.sliding, { stride: [1, 1], padding: [0, 0], dilation: [1, 1] }).flat();
    if (inside) assert.equal(sums[step], at(view.result, pixel));
    assert.ok(step >= 0 && step < sums.length);
  }
  const { patch, step } = patchAround(computeLab({ ...settings, image: [[1]] }), { ...settings, image: [[1]] }, [0, 0]);
  assert.deepEqual([patch, step], [[[1]], 0], "a picture smaller than a patch, and than the kernel");
});
