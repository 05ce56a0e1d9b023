// What a convolution costs, with its formulas, beside a standard one: a part of Channels and Groups.

import { h } from "../page/dom.js";
import { thousands } from "../page/words.js";

/**
 * Lines and bars for the parameters and the multiply-adds.
 * @param {ReturnType<typeof import("./view.js").computeChannels>} view
 * @param {import("./view.js").ChannelSettings} settings
 */
export function costLines({ now, standard }, settings) {
  const [height, width] = settings.output_size;
  const formulas = costFormulas(settings);
  const most = Math.max(standard.adds, now.adds);
  return [
    costLine("parameters", formulas.parameters, now.parameters),
    costLine(`multiply-adds on ${height}×${width}`, formulas.adds, now.adds),
    h(
      "div",
      { class: "cnn-bar" },
      ...costBar("multiply-adds", now.adds, most, ""),
      ...costBar("of a standard layer", standard.adds, most, "standard"),
    ),
  ];
}

function costFormulas({ in_channels: ins, out_channels: outs, groups, kernel_size: k, output_size, separable }) {
  const size = output_size.join("·");
  if (separable) {
    const depthwise = `${ins}·${k}·${k}`;
    return {
      parameters: `${depthwise} + ${ins}, then ${ins}·${outs} + ${outs}`,
      adds: `(${depthwise} + ${ins}·${outs})·${size}`,
    };
  }
  const weights = `${groups > 1 ? `(${ins}/${groups})` : ins}·${outs}·${k}·${k}`;
  return { parameters: `${weights} + ${outs}`, adds: `${weights}·${size}` };
}

const costLine = (name, formula, count) =>
  h(
    "p",
    { class: "cnn-formula" },
    h("span", { class: "cnn-what" }, name),
    ` = ${formula} = `,
    h("b", {}, thousands(count)),
  );

const costBar = (name, count, most, kind) => [
  h("span", {}, name),
  h("div", {}, h("i", { class: kind, style: `width: ${(70 * count) / most}%` }), thousands(count)),
];
