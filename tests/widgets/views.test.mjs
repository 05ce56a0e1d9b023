// What the widgets draw, computed: the pure half of each, against golden.json, which torch wrote, and by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { augmented, computeAugment } from "../../utils/widgets/augment/view.js";
import { computeCompare } from "../../utils/widgets/compare/view.js";
import { computeFrozen } from "../../utils/widgets/frozen/view.js";
import { computeCover, computeInside, placeNear, unpack } from "../../utils/widgets/inside/view.js";
import { computeLedger } from "../../utils/widgets/ledger/view.js";
import { computeNormalisation, laidOut } from "../../utils/widgets/normalisation/view.js";
import { Impossible } from "../../utils/widgets/page/arithmetic.js";
import { computeAsking, recalled, toKeep } from "../../utils/widgets/predict/view.js";
import { computeRoofline, machineOf, MACHINES } from "../../utils/widgets/roofline/view.js";
import { ticks } from "../../utils/widgets/scope/view.js";

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));
const plain = (rows) => rows.map((row) => row.map((x) => x + 0)); // −0 is no other number
const sum = (values) => values.reduce((a, b) => a + b, 0);

test("ledger: what the rows come to together, as torch has it", () => {
  for (const [layers, input_shape, rows] of golden.ledger) {
    const view = computeLedger({ layers, input_shape });
    const done = rows.filter(Boolean);
    assert.equal(view.complete, done.length === rows.length);
    assert.equal(view.total.parameters, sum(done.map(([, parameters]) => parameters)));
    const numbers = done.map(([shape]) => shape.reduce((a, b) => a * b));
    assert.equal(view.total.memory, 4 * sum(numbers));
    assert.equal(view.code.split("\n").length, layers.length + 2);
  }
});

const packed = (shape, low, high, bytes) => ({ shape, low, high, bytes: btoa(String.fromCharCode(...bytes)) });

test("inside: bytes are numbers between the least and the largest", () => {
  assert.deepEqual(unpack(packed([2, 1, 2], -1, 1, [0, 255, 51, 204])), [[[-1, 1]], [[
    51 / 127.5 - 1,
    204 / 127.5 - 1,
  ]]]);
});

test("inside: what is shown of an image, and what a covered place does", () => {
  const image = {
    name: "cat",
    pixels: packed([1, 4, 6], 0, 1, new Array(24).fill(0)),
    probabilities: [0.7, 0.3],
    covered: packed([2, 1, 2], 0, 1, [51, 255, 204, 0]),
    maps: [packed([1, 1, 1], 2, 3, [0]), packed([2, 1, 1], -1, 5, [0, 255])],
    cams: packed([2, 1, 1], 0, 1, [0, 255]),
  };
  const frames = { images: [image], layers: ["first", "last"], classes: ["cat", "dog"], square: [2, 4] };
  const settings = { frames, image: 7, layer: 9, channel: 9, target: 0, overlay: "map", place: 1 };
  const view = computeInside(settings);
  assert.deepEqual([view.number, view.layer, view.channel, view.target], [0, 1, 1, 0], "the last there is");
  assert.deepEqual([view.range, view.heat, view.cost], [[-1, 5], [[5]], { least: 0.2, places: [[0, 0]] }]);
  image.probabilities = [0.209, 0.3];
  assert.deepEqual(computeInside(settings).cost.places, [], "less than a hundredth is lost");
  image.probabilities = [0.7, 0.3];
  assert.deepEqual(computeInside({ ...settings, target: 1, overlay: "Grad-CAM" }).heat, [[1]]);
  assert.deepEqual(computeInside({ ...settings, layer: 0 }).range, [0, 3], "0 is black, if nothing is below it");

  const kept = computeCover(view, settings, null);
  assert.deepEqual([kept.here, kept.after, kept.answerAfter], [[0, 1], [1, 0], 0]);
  assert.deepEqual(kept.square, { top: 0, left: 4, side: 2 });
  const visited = computeCover(view, settings, [0, 0]);
  assert.deepEqual([visited.answer, visited.answerAfter, visited.square.left], [0, 1, 0]);
  assert.equal(computeCover(view, { ...settings, place: 2 }, null).here, null, "no such place");
  assert.deepEqual(placeNear(view, frames.square, [3, 5.9]), [0, 1]);
});

test("normalisation: what torch's layers return, and each number through its own set", () => {
  for (const [block, kind, groups, mode, images, seen, output] of golden.normalise) {
    const settings = { block, kind, groups, mode, images, seen, cell: 0 };
    if (output === null) {
      assert.throws(() => computeNormalisation(settings), Impossible, JSON.stringify(settings));
      continue;
    }
    const view = computeNormalisation(settings);
    const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-4, `${a} is not ${b}: ${JSON.stringify(settings)}`);
    view.result.flat(3).forEach((number, n) => close(number, output[n]));
    assert.equal(view.sets * view.values.length, output.length);
    output.forEach((number, cell) => {
      const { after, members, picked, otherwise } = computeNormalisation({ ...settings, cell });
      close(after, number);
      assert.ok(members.some((place) => String(place) === String(picked)));
      assert.equal(otherwise === null, kind !== "batch");
    });
    assert.deepEqual(laidOut(view.block).flat().sort(), block.slice(0, images).flat(3).sort());
  }
});

test("roofline: operations and bytes as torch counts them, and the later of two times", () => {
  for (const [row, batch, bits, operations, bytes] of golden.work) {
    const settings = { work: [row], peak: 40, bandwidth: 10, bits, batch, layer: 9 };
    const { rows: [only], time, picked } = computeRoofline(settings);
    assert.deepEqual([only.operations, only.bytes, picked], [operations, bytes, 0]);
    assert.ok(Math.abs(only.time / Math.max(operations / 40e9, bytes / 10e9) - 1) < 1e-9);
    assert.equal(only.byMemory, operations / bytes < 4);
    assert.ok(Math.abs(only.rate * 1e9 * only.time - operations) < 1e-6 * operations);
    assert.equal(time, only.time);
  }
});

test("roofline: layers beside the network are in no sum, and a machine is known by its numbers", () => {
  const row = { name: "", times: 0, adds: 5e9, weights: 0, reads: 1, writes: 1 };
  const slow = { ...row, times: 3, adds: 1, reads: 1e9 };
  const settings = { work: [row, { ...row, times: 2 }, slow], peak: 10, bandwidth: 4, bits: 32, batch: 1, layer: 0 };
  const view = computeRoofline(settings);
  assert.deepEqual([view.time.toFixed(6), view.shareOfMemory.toFixed(6)], ["5.000000", "0.600000"]);
  assert.equal(machineOf({ peak: 312_000, bandwidth: 1_555, bits: 16 }), "A100");
  assert.equal(machineOf({ peak: 312_000, bandwidth: 1_555, bits: 32 }), undefined);
  for (const machine of Object.values(MACHINES)) assert.ok(machine[16] > machine[32]);
});

test("compare: bars are parts of the longest of a network or of all, shares are of the network", () => {
  const row = (kind, shape, parameters, adds) => ({ words: "", kind, shape, parameters, adds });
  const small = [row("convolution", [2, 4, 4], 10, 160), row("pooling", [2, 2, 2], 0, 0), row("linear", [3], 30, 30)];
  const networks = [
    { name: "small", input: [1, 8, 8], rows: small },
    { name: "large", input: [1, 8, 8], rows: [row("convolution", [1, 8, 8], 60, 3200)] },
  ];
  const view = computeCompare({ networks, scale: "own", network: 0, row: 9 });
  assert.deepEqual(view.picked, [0, 2], "the last there is");
  assert.deepEqual(view.networks[0].rows.map(({ bars }) => bars), [[1 / 3, 1], [0, 0], [1, 30 / 160]]);
  assert.deepEqual(view.networks[0].rows[0].shares, [10 / 40, 160 / 190]);
  assert.deepEqual(view.networks[0].rows.map(({ side, often }) => [side, often]), [[0.5, 16], [0.25, 4], [0, 1]]);
  const total = { parameters: 40, adds: 190, linearParameters: 30, linearAdds: 30, maps: 32 };
  assert.deepEqual(view.networks[0].total, total);
  const same = computeCompare({ networks, scale: "same", network: 9, row: 0 });
  assert.deepEqual(same.networks[0].rows[2].bars, [30 / 60, 30 / 3200]);
  assert.deepEqual(same.picked, [1, 0]);
});

test("augment: padded, cropped, mirrored and turned as torch does it", () => {
  for (const [image, padding, top, left, mirrored, turned, output] of golden.augment) {
    assert.deepEqual(plain(augmented(image, padding, { top, left, mirrored, turned })), output);
  }
});

test("augment: chance keeps to what is set, and a seed decides it", () => {
  const pixels = btoa(String.fromCharCode(...new Array(20).fill(7)));
  const pictures = { shape: [1, 4, 5], source: "", pictures: [{ name: "x", pixels, becomes: {} }] };
  const settings = { pictures, picture: 3, padding: 2, mirrored: 100, turned: 0, seed: 5, version: 1 };
  const view = computeAugment(settings);
  assert.deepEqual(computeAugment(settings).versions, view.versions);
  assert.equal(view.number, 0, "the last there is");
  let [mirrored, corners, lost] = [0, new Set(), []];
  for (let seed = 0; seed < 200; seed++) {
    const { versions, down, right, lost: share, shown } = computeAugment({ ...settings, mirrored: 25, seed });
    mirrored += versions.filter((each) => each.mirrored).length;
    for (const { top, left } of versions) corners.add(`${top} ${left}`);
    assert.deepEqual([down, right], [2 - shown.top, 2 - shown.left]);
    const kept = augmented(view.image[0], 2, shown).flat().filter(Boolean).length;
    assert.ok(Math.abs(share - (1 - kept / 20)) < 1e-9, "what is lost, counted pixel by pixel");
    lost.push(share);
  }
  assert.equal(corners.size, 25, "every place of the crop");
  assert.ok(Math.abs(mirrored / 2400 - 0.25) < 0.04);
  assert.ok(Math.max(...lost) === 1 - (2 / 4) * (3 / 5));
  assert.deepEqual([view.forms, computeAugment({ ...settings, mirrored: 1, turned: 99 }).forms], [25, 100]);
});

test("frozen: what learns, what it costs with and without keeping, and which runs are meant", () => {
  const piece = (parameters, adds, spared) => ({ name: "", parameters, adds, spared });
  const pieces = [piece(10, 100, 100), piece(20, 200, 50), piece(0, 0, 0), piece(5, 5, 5)];
  const line = (cut, scratch) => ({ name: `${cut}`, cut, scratch, accuracies: [[50, 60], [60, 64]] });
  const runs = { labels: [10, 100], lines: [line(3, false), line(0, true)], source: "" };
  const settings = { pieces, runs, cut: 1, scratch: false, kept: true, epochs: 4, labels: 9 };
  const view = computeFrozen(settings);
  assert.deepEqual([view.learns, view.all, view.at], [25, 35, 1]);
  assert.deepEqual(view.work, { below: 100, above: 205, backward: 360, together: 100 + 4 * 565 });
  assert.equal(computeFrozen({ ...settings, kept: false }).work.together, 4 * 665);
  assert.equal(view.line, null, "nobody ran this cut");
  assert.equal(computeFrozen({ ...settings, cut: 2 }).work.backward, 5, "nothing learns in piece 2");
  for (const cut of [2, 3, 99]) assert.equal(computeFrozen({ ...settings, cut }).line?.name, "3", "the same learns");
  assert.equal(computeFrozen({ ...settings, cut: 0 }).line, null, "those began with random weights");
  const { means, lows, highs } = computeFrozen({ ...settings, cut: 0, scratch: true }).line;
  assert.deepEqual([means, lows, highs], [[55, 62], [50, 60], [60, 64]]);
});

test("predict: what was answered, what is right, what comes next, and what is kept", () => {
  const question = (prompt, truth, mistakes = []) => {
    return { prompt, truth, mistakes, options: [], because: "", grids: false, case: null };
  };
  const questions = [question("a", 0), question("b", 2, [[3, "one more"]]), question("c", 1 / 3)];
  const fresh = computeAsking(questions, { answers: [], index: 9 });
  assert.deepEqual([fresh.index, fresh.answered, fresh.right, fresh.next, fresh.rights], [2, false, false, 0, 0]);
  assert.equal(fresh.each[0].right, false, "no answer is not 0");
  const view = computeAsking(questions, { answers: [0, 3, null], index: 1 });
  assert.deepEqual([view.said, view.right, view.mistake, view.next, view.rights], [3, false, "one more", 2, 1]);
  assert.deepEqual(toKeep(view), { a: { said: 0, right: true }, b: { said: 3, right: false } });
  const done = computeAsking(questions, { answers: [1, 2, 0.33333333], index: 2 });
  assert.deepEqual([done.right, done.mistake, done.next, done.rights], [true, "", null, 2]);
  assert.deepEqual(recalled(questions, [null, 5], toKeep(view)), [0, 5, null], "what was said here comes first");
  assert.equal(recalled(questions, [0, 3], toKeep(view)), null);
  assert.equal(recalled(questions, [], {}), null);
});

test("scope: the numbers beside an axis are round, at equal steps, and all curves lie between them", () => {
  assert.deepEqual(ticks(0.5768, 0.9009), [0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  assert.deepEqual(ticks(0, 1.19), [0, 0.5, 1, 1.5]);
  assert.deepEqual(ticks(0, 0.35), [0, 0.1, 0.2, 0.3, 0.4]);
  assert.deepEqual(ticks(0.5, 0.5), [0.5, 0.55], "one number alone");
  for (const [low, high] of [[0, 2.3e-5], [0.8731, 0.8899], [0, 730], [0.1, 1], [0, 0], [-3, 8]]) {
    const all = ticks(low, high);
    assert(all[0] <= low && high <= all.at(-1) && all.length >= 2 && all.length <= 7, `${low} to ${high}: ${all}`);
  }
});
