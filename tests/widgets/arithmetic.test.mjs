// The widgets' JavaScript against golden.json, as utils in Python (test_golden_cases.py). Run with node --test.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { accountAll } from "../../utils/widgets/ledger/account.js";
import * as arithmetic from "../../utils/widgets/page/arithmetic.js";
import * as operations from "../../utils/widgets/page/operations.js";
import { counted, parse, short } from "../../utils/widgets/page/words.js";

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));

/** Every case of a group through `ours`; null where it says Impossible. */
function compare(group, ours) {
  test(`${group}: ${golden[group].length} cases`, () => {
    for (const values of golden[group]) {
      const truth = values.at(-1);
      let result;
      try {
        result = ours(...values.slice(0, -1));
      } catch (error) {
        if (!(error instanceof arithmetic.Impossible)) throw error;
        assert.ok(error.message.length > 40, "an explanation");
        result = null;
      }
      assert.deepEqual(result, truth, JSON.stringify(values));
    }
  });
}

compare("output_size", arithmetic.outputSize);
compare("transposed_output_size", arithmetic.transposedOutputSize);
compare("parameter_count", arithmetic.parameterCount);
compare("receptive_field", arithmetic.receptiveField);
compare(
  "transposed",
  (image, kernel, stride, padding, outputPadding, dilation) =>
    operations.transposedConvolve(image, kernel, { stride, padding, outputPadding, dilation })
      .map((row) => row.map((x) => x + 0)),
);

compare(
  "ledger",
  (layers, input) => accountAll(layers, input).map((row) => (row?.shape ? [row.shape, row.parameters] : null)),
);

test("ledger: weights that are used twice are counted once", () => {
  const layer = { kind: "Linear", out_features: 4, bias: true, shared: true };
  const counts = (...layers) => accountAll(layers, [4]).map((row) => [row.parameters, Boolean(row.shared)]);
  assert.deepEqual(counts(layer, layer), [[20, false], [0, true]]);
  assert.deepEqual(counts(layer, { ...layer, bias: false }), [[20, false], [16, false]]); // none is just like it
});

test("ledger: the nearest possible thing is possible, or leads on", () => {
  for (const [layers, input] of golden.ledger) {
    const rows = accountAll(layers, input);
    const n = rows.findIndex((each) => each?.error);
    if (n < 0) continue;
    const row = rows[n];
    assert.ok(row.error.nearest.change || row.error.nearest.insert || row.error.nearest.remove);
    if (!row.error.nearest.change) continue;
    const changed = layers.with(n, { ...layers[n], ...row.error.nearest.change });
    const after = accountAll(changed, input)[n];
    assert.ok(after.shape || after.error.message !== row.error.message, JSON.stringify([layers, input]));
  }
});

compare("short", short);
compare("counted", counted);
compare("padding_modes", (image, kernel, mode) => plain(operations.filterSame(image, kernel, mode)));

test(`convolve and weightGradient: ${golden.convolve.length} cases`, () => {
  for (const [image, kernel, stride, padding, dilation, output, gradient] of golden.convolve) {
    const settings = { stride, padding, dilation };
    assert.deepEqual(plain(operations.convolve(image, kernel, settings)), output);
    const upstream = output.map((row) => row.map(() => 1));
    assert.deepEqual(plain(operations.weightGradient(image, kernel, settings, upstream)), gradient);
  }
});

test(`maxPool and winners: ${golden.max_pool.length} cases`, () => {
  for (const [image, window, stride, output, gradient] of golden.max_pool) {
    assert.deepEqual(operations.maxPool(image, window, stride), output);
    const reached = image.map((row) => row.map(() => 0));
    for (const [r, c] of operations.winners(image, window, stride).flat()) reached[r][c] += 1;
    assert.deepEqual(reached, gradient);
  }
});

test("dropped is what is left of the padded input behind the last window", () => {
  for (const [i, k, s, p, d, o] of golden.output_size) {
    if (o !== null) {
      assert.equal(arithmetic.dropped(i, k, s, p, d), i + 2 * p - ((o - 1) * s + d * (k - 1) + 1));
    }
  }
});

test("stamps reach the inside evenly, counted one by one", () => {
  for (let k = 1; k <= 6; k++) {
    for (let s = 1; s <= 4; s++) {
      for (let d = 1; d <= 3; d++) {
        const line = [new Array(40).fill(1)];
        const settings = { stride: [1, s], padding: [0, 0], outputPadding: [0, 0], dilation: [1, d] };
        const [counts] = operations.transposedConvolve(line, [new Array(k).fill(1)], settings);
        const inside = counts.slice(d * k, counts.length - d * k);
        const evenly = inside.every((count) => count === inside[0]);
        assert.equal(arithmetic.stampsEvenly(k, s, d), evenly, `k=${k}, s=${s}, d=${d}`);
      }
    }
  }
});

test("what somebody typed as a number", () => {
  const typed = {
    7: 7,
    "−3": -3,
    "1,5": 1.5,
    "0,500": 0.5,
    "640,200": 640200,
    "1 234 567": 1234567,
    "": NaN,
    x: NaN,
  };
  for (const [text, value] of Object.entries(typed)) assert.equal(parse(text), value, text);
});

/** Sums of products may give −0, which is no other number. */
const plain = (rows) => rows.map((row) => row.map((x) => x + 0));
