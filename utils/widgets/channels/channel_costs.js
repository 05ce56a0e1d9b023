// What a convolution costs, with its formulas, beside a standard one: a part of Channels and Groups.

import { multiplyAdds, parameterCount } from "../page/arithmetic.js";
import { h } from "../page/dom.js";
import { thousands } from "../page/words.js";

/** Lines and bars for the parameters and the multiply-adds. Impossible if the groups do not fit. */
export function costsOf(state) {
  const {
    in_channels: ins,
    out_channels: outs,
    groups,
    kernel_size: k,
    output_size: [height, width],
    separable,
  } = state;
  const standard = {
    parameters: parameterCount(ins, outs, k, k),
    adds: multiplyAdds(ins, outs, k, k, height, width),
  };
  const now = separable
    ? {
      parameters: parameterCount(ins, ins, k, k, ins) + parameterCount(ins, outs, 1, 1),
      adds: multiplyAdds(ins, ins, k, k, height, width, ins) + multiplyAdds(ins, outs, 1, 1, height, width),
    }
    : {
      parameters: parameterCount(ins, outs, k, k, groups),
      adds: multiplyAdds(ins, outs, k, k, height, width, groups),
    };
  const share = groups > 1 ? `(${ins}/${groups})` : `${ins}`;
  const weights = separable ? `${ins}·${k}·${k}` : `${share}·${outs}·${k}·${k}`;
  const [first, second] = separable
    ? [
      `${weights} + ${ins}, then ${ins}·${outs} + ${outs}`,
      `(${weights} + ${ins}·${outs})·${height}·${width}`,
    ]
    : [`${weights} + ${outs}`, `${weights}·${height}·${width}`];
  const line = (name, formula, count) =>
    h(
      "p",
      { class: "cnn-formula" },
      h("span", { class: "cnn-what" }, name),
      ` = ${formula} = `,
      h("b", {}, thousands(count)),
    );
  const bar = (name, count, most, kind) => [
    h("span", {}, name),
    h(
      "div",
      {},
      h("i", { class: kind, style: `width: ${(70 * count) / most}%` }),
      thousands(count),
    ),
  ];
  const most = Math.max(standard.adds, now.adds);
  return [
    line("parameters", first, now.parameters),
    line(`multiply-adds on ${height}×${width}`, second, now.adds),
    h(
      "div",
      { class: "cnn-bar" },
      ...bar("multiply-adds", now.adds, most, ""),
      ...bar("of a standard layer", standard.adds, most, "standard"),
    ),
  ];
}
