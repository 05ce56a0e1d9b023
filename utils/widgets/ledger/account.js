// What a layer makes of a shape, and what it costs: one row of the Network Ledger. Shapes are [C, H, W] or [features].

import { Impossible, multiplyAdds, outputSize, parameterCount, receptiveField } from "../page/arithmetic.js";
import { clamp } from "../page/operations.js";
import { thousands } from "../page/words.js";

/** The kinds of layers, their settings and what a new one has. */
export const LAYERS = {
  Conv2d: { out_channels: 16, kernel_size: 3, stride: 1, padding: 1, dilation: 1, groups: 1, bias: true },
  MaxPool2d: { kernel_size: 2, stride: 2, padding: 0 },
  AvgPool2d: { kernel_size: 2, stride: 2, padding: 0 },
  AdaptiveAvgPool2d: { output_size: 1 },
  AdaptiveMaxPool2d: { output_size: 1 },
  BatchNorm2d: {},
  ReLU: {},
  Dropout: {},
  Flatten: {},
  Linear: { out_features: 10, bias: true },
};
export const MOST = 65536; // as in ledger.py
const ZERO_ALLOWED = ["padding"];
const FLAT_TOO = ["ReLU", "Dropout", "Flatten", "Linear"]; // the others need channels, rows and columns

/** The settings of a kind that are numbers; what is left is yes or no. */
export const sizesOf = (kind) => Object.keys(LAYERS[kind]).filter((name) => name !== "bias");

/** An Impossible with the nearest possible thing to do: { change: {...} }, or { insert: kind }, or { remove: true }. */
function impossible(message, nearest) {
  return Object.assign(new Impossible(message), { nearest });
}

/** One layer on one shape: { shape, parameters, adds, step, formulas }; step is [k, s, d], or "all" if it sees everything. */
export function account(layer, shape) {
  for (const name of sizesOf(layer.kind)) {
    const [value, least] = [layer[name], ZERO_ALLOWED.includes(name) ? 0 : 1];
    if (!Number.isInteger(value) || value < least || value > MOST) {
      const nearest = Number.isFinite(value) ? clamp(Math.round(value), least, MOST) : LAYERS[layer.kind][name];
      throw impossible(`${name} must be a whole number from ${least} to ${thousands(MOST)}.`, {
        change: { [name]: nearest },
      });
    }
  }
  if (!FLAT_TOO.includes(layer.kind) && shape.length !== 3) {
    throw impossible(
      `${layer.kind} needs channels, rows and columns, and gets ${shape[0]} features: it comes too late.`,
      { remove: true },
    );
  }
  return RULES[layer.kind](layer, shape);
}

const unchanged = (shape) => ({
  shape,
  parameters: 0,
  adds: 0,
  step: [1, 1, 1],
  formulas: ["the shape stays"],
});

const RULES = {
  ReLU: (_, shape) => unchanged(shape),
  Dropout: (_, shape) => unchanged(shape),
  BatchNorm2d: (_, shape) => ({
    ...unchanged(shape),
    parameters: 2 * shape[0],
    formulas: [`parameters = 2·${shape[0]}`],
  }),
  Flatten(_, shape) {
    const features = shape.reduce((a, b) => a * b);
    return { ...unchanged([features]), formulas: [`${shape.join("·")} = ${features}`] };
  },
  Linear({ out_features: out, bias }, shape) {
    if (shape.length === 3) {
      throw impossible(
        `Linear would read only the ${shape[2]} columns of ${shape.join("×")}: flatten first.`,
        { insert: "Flatten" },
      );
    }
    return {
      shape: [out],
      parameters: shape[0] * out + (bias ? out : 0),
      adds: shape[0] * out,
      step: "all",
      formulas: [
        `parameters = ${shape[0]}·${out}${bias ? ` + ${out}` : ""}`,
        `multiply-adds = ${shape[0]}·${out}`,
      ],
    };
  },
  AdaptiveAvgPool2d: adapt,
  AdaptiveMaxPool2d: adapt,
  MaxPool2d: pool,
  AvgPool2d: pool,
  Conv2d(layer, [channels, height, width]) {
    const { out_channels: out, kernel_size: k, stride: s, padding: p, dilation: d, groups, bias } = layer;
    let parameters;
    try {
      parameters = parameterCount(channels, out, k, k, groups, bias);
    } catch (error) {
      let fits = Math.min(groups, channels, out);
      while (channels % fits || out % fits) fits -= 1;
      throw impossible(error.message, { change: { groups: fits } });
    }
    const [rows, columns] = sizes(layer, [height, width], d);
    const size = (name, i, o) => `${name} = ⌊(${i} + 2·${p} − ${d}·(${k} − 1) − 1) / ${s}⌋ + 1 = ${o}`;
    const share = groups > 1 ? `(${channels}/${groups})` : channels;
    return {
      shape: [out, rows, columns],
      parameters,
      adds: multiplyAdds(channels, out, k, k, rows, columns, groups),
      step: [k, s, d],
      formulas: [
        size("rows", height, rows),
        ...(width === height ? [] : [size("columns", width, columns)]),
        `parameters = ${share}·${out}·${k}·${k}${bias ? ` + ${out}` : ""}`,
        `multiply-adds = ${share}·${out}·${k}·${k}·${rows}·${columns}`,
      ],
    };
  },
};

function adapt({ output_size: size }, [channels]) {
  return { ...unchanged([channels, size, size]), step: "all", formulas: [`always ${size}×${size}`] };
}

function pool(layer, [channels, height, width]) {
  const { kernel_size: k, stride: s, padding: p } = layer;
  if (2 * p > k) {
    throw impossible(`A pooling may be padded by half its window at most, ${Math.floor(k / 2)} cells.`, {
      change: { padding: Math.floor(k / 2) },
    });
  }
  const [rows, columns] = sizes(layer, [height, width], 1);
  const size = (name, i, o) => `${name} = ⌊(${i} + 2·${p} − ${k}) / ${s}⌋ + 1 = ${o}`;
  return {
    ...unchanged([channels, rows, columns]),
    step: [k, s, 1],
    formulas: [size("rows", height, rows), ...(width === height ? [] : [size("columns", width, columns)])],
  };
}

function sizes({ kernel_size: k, stride: s, padding: p }, [height, width], d) {
  try {
    return [height, width].map((size) => outputSize(size, k, s, p, d));
  } catch (error) {
    const fits = Math.floor((Math.min(height, width) + 2 * p - 1) / d) + 1;
    throw impossible(error.message, { change: { kernel_size: fits } });
  }
}

/**
 * Every layer in turn. After one that cannot be, the rows have no numbers: { error } and then null.
 * A row that is `shared` uses the weights of an earlier row that is just like it.
 */
export function accountAll(layers, input) {
  const [steps, before] = [[], []];
  let shape = input;
  return layers.map((layer) => {
    if (!shape) return null;
    try {
      const row = account(layer, shape);
      const code = torchCode(layer, shape);
      if (layer.shared && before.includes(code)) {
        Object.assign(row, {
          parameters: 0,
          shared: true,
          formulas: [...row.formulas, "the parameters are those of an earlier row"],
        });
      }
      before.push(code);
      shape = row.shape;
      const memory = `memory = 4·${shape.join("·")} bytes`;
      if (steps.includes("all") || row.step === "all") {
        steps.push("all");
        return { ...row, field: "all", formulas: [...row.formulas, memory, "sees the whole input"] };
      }
      const seen = receptiveField(steps);
      const jump = steps.reduce((product, [, s]) => product * s, 1); // how far apart in the input its cells lie
      const [k, , d] = row.step;
      steps.push(row.step);
      const field = receptiveField(steps);
      const sees = k > 1 ? [`sees ${seen} + ${d > 1 ? `${d}·` : ""}(${k} − 1)·${jump} = ${field}`] : [];
      return { ...row, field, formulas: [...row.formulas, memory, ...sees] };
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      shape = null;
      return { error };
    }
  });
}

/** What torch takes for granted, so that code need not say it. */
const USUAL = {
  Conv2d: { stride: 1, padding: 0, dilation: 1, groups: 1, bias: true },
  MaxPool2d: { padding: 0 },
  AvgPool2d: { padding: 0 },
  Linear: { bias: true },
};
const PLACED = ["out_channels", "out_features", "output_size"]; // said without their names

/** The torch code of a layer that gets `shape`. */
export function torchCode(layer, shape) {
  const first = ["Conv2d", "BatchNorm2d", "Linear"].includes(layer.kind) ? [shape?.[0] ?? "?"] : [];
  const given = Object.keys(LAYERS[layer.kind])
    .filter((name) => layer[name] !== USUAL[layer.kind]?.[name])
    .map((name) => {
      if (PLACED.includes(name)) return layer[name];
      return `${name}=${name === "bias" ? "False" : layer[name]}`;
    });
  return `nn.${layer.kind}(${[...first, ...given].join(", ")})`;
}
