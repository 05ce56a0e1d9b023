// What the page's arithmetic makes of networks, for test_network_in_the_page.py: cases from one file, values to another.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

import { gradCam, imageOf, probabilitiesOf, runNetwork, unpackNetwork } from "../../utils/widgets/live/network.js";
import { bytesOf } from "../../utils/widgets/page/picture.js";
import { onwardOf, sourcesOf, stepperCase, valueAt } from "../../utils/widgets/live/tracing.js";
import { computeLive, computeStages, computeTiles, outputWords, workOf } from "../../utils/widgets/live/view.js";
import { at as cellAt, convolve } from "../../utils/widgets/page/operations.js";

const ADD_UP = [
  "Conv2d",
  "Linear",
  "Add",
  "AvgPool2d",
  "AdaptiveAvgPool2d",
  "Flatten",
  "Subsample",
  "MaxPool2d",
  "NewMaps",
];

/** Each output in its corners and its middle: parts add up, and the Stepper computes what a part says. */
function checkSources(network, outputs, at) {
  const parts = sourcesOf(network, outputs, at);
  const step = network.steps[at.output - 1];
  const bias = step.bias?.[at.channel] ?? 0;
  const sum = parts.reduce((total, { value }) => total + value, step.kind === "BatchNorm2d" ? 0 : bias);
  if (ADD_UP.includes(step.kind)) near(sum, valueAt(outputs, at), `${step.kind} ${JSON.stringify(at)}`);
  if (step.kind !== "Conv2d") return;
  for (const part of parts) {
    const { image, kernel, stride, dilation, step: n } = stepperCase(network, outputs, at, part.at.channel);
    const result = convolve(image, kernel, { stride, dilation, padding: [0, 0] });
    near(cellAt(result, [Math.floor(n / result[0].length), n % result[0].length]), part.value, "Stepper");
  }
}

function near(one, other, why) {
  assert.ok(Math.abs(one - other) < 1e-4 * (1 + Math.abs(other)), `${why}: ${one} and ${other}`);
}

/** From any number the sources lead to the picture, and the way on leads to the class. */
function checkWays(network, outputs, at, target) {
  let back = at;
  for (let n = 0; back.output > 0 && n < 1000; n++) {
    const parts = sourcesOf(network, outputs, back).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    if (!parts.length) break; // a map of zeros that a shortcut has added
    assert.ok(parts[0].at.output < back.output && Number.isFinite(valueAt(outputs, parts[0].at)));
    back = parts[0].at;
  }
  assert.ok(back.output === 0 || network.steps[back.output - 1].kind === "NewMaps");
  let on = at;
  while (on.output < outputs.length - 1) {
    const next = onwardOf(network, outputs, on, target);
    assert.ok(next.length >= 1 && next.every(({ output }) => output > on.output));
    assert.ok(next.every((each) => Number.isFinite(valueAt(outputs, each))), JSON.stringify(next));
    on = next[0];
  }
  assert.equal(on.channel, at.output === outputs.length - 1 ? at.channel : target);
}

function checkTracing(network, outputs, target) {
  outputs.forEach(({ shape: [channels, height = 1, width = 1] }, output) => {
    for (const channel of new Set([0, channels >> 1, channels - 1])) {
      for (const place of [[0, 0], [height >> 1, width >> 1], [height - 1, width - 1]]) {
        const at = { output, channel, place };
        if (output) checkSources(network, outputs, at);
        checkWays(network, outputs, at, target);
      }
    }
  });
}

const [, , cases, values] = process.argv;
const results = JSON.parse(readFileSync(cases, "utf8")).map(({ network, pixels, covered, target }) => {
  const unpacked = unpackNetwork(network);
  const outputs = runNetwork(unpacked, imageOf(unpacked, bytesOf(pixels), covered));
  checkTracing(unpacked, outputs, target);
  const picture = { network: unpacked, pixels: bytesOf(pixels), cover: covered };
  const { chances, answer, cam } = computeLive(picture, { target: -1, overlay: "Grad-CAM" });
  assert.deepEqual([chances, answer, cam], [probabilitiesOf(outputs), target, gradCam(unpacked, outputs, target)]);
  const tiles = computeTiles(unpacked, outputs);
  assert.deepEqual(tiles.flatMap((tile) => tile.outputs), outputs.map((_, n) => n), "each output is in one tile");
  assert.deepEqual(computeStages(tiles).flatMap((stage) => stage.tiles), tiles);
  return {
    outputs: outputs.map(({ shape, data }) => ({ shape, data: Array.from(data) })),
    probabilities: chances,
    cam,
    multiplyAdds: workOf(unpacked, outputs),
    words: outputs.map((_, n) => outputWords(unpacked, n)),
  };
});
writeFileSync(values, JSON.stringify(results));
