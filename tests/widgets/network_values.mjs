// What the page's arithmetic makes of networks, for test_network_in_the_page.py: cases from one file, values to another.
import { readFileSync, writeFileSync } from "node:fs";

import { gradCam, imageOf, probabilitiesOf, runNetwork, unpackNetwork } from "../../utils/widgets/live/network.js";
import { bytesOf } from "../../utils/widgets/live/numbers.js";

const [, , cases, values] = process.argv;
const results = JSON.parse(readFileSync(cases, "utf8")).map(({ network, pixels, covered, target }) => {
  const unpacked = unpackNetwork(network);
  const outputs = runNetwork(unpacked, imageOf(unpacked, bytesOf(pixels), covered));
  return {
    outputs: outputs.map(({ shape, data }) => ({ shape, data: Array.from(data) })),
    probabilities: probabilitiesOf(outputs),
    cam: gradCam(unpacked, outputs, target),
  };
});
writeFileSync(values, JSON.stringify(results));
