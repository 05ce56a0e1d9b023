// What a layer makes of a shape, and what it costs: one row of the Network Ledger. Shapes are [C, H, W] or [features].

/** The kinds of layers, their settings and what a new one has. */
export const LAYERS = {
  Conv2d: { out_channels: 16, kernel_size: 3, stride: 1, padding: 1, dilation: 1, groups: 1 },
  MaxPool2d: { kernel_size: 2, stride: 2, padding: 0 },
  AvgPool2d: { kernel_size: 2, stride: 2, padding: 0 },
  AdaptiveAvgPool2d: { output_size: 1 },
  BatchNorm2d: {},
  ReLU: {},
  Dropout: {},
  Flatten: {},
  Linear: { out_features: 10 },
};
const ZERO_ALLOWED = ["padding"];
const SPATIAL = ["Conv2d", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "BatchNorm2d"];

/** An Impossible with the nearest possible thing to do: { change: {...} }, or { insert: kind }, or { remove: true }. */
function impossible(message, nearest) {
  return Object.assign(new Impossible(message), { nearest });
}

/** One layer on one shape: { shape, parameters, adds, step, formulas }; step is [k, s, d], or "all" if it sees everything. */
export function account(layer, shape) {
  for (const name of Object.keys(LAYERS[layer.kind])) {
    const least = ZERO_ALLOWED.includes(name) ? 0 : 1;
    if (!Number.isInteger(layer[name]) || layer[name] < least || layer[name] > 65536) {
      throw impossible(`${name} must be a whole number from ${least} on.`, {
        change: { [name]: LAYERS[layer.kind][name] },
      });
    }
  }
  if (SPATIAL.includes(layer.kind) && shape.length !== 3) {
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
  Linear({ out_features: out }, shape) {
    if (shape.length === 3) {
      throw impossible(
        `Linear would read only the ${shape[2]} columns of ${shape.join("×")}: flatten first.`,
        { insert: "Flatten" },
      );
    }
    return {
      shape: [out],
      parameters: shape[0] * out + out,
      adds: shape[0] * out,
      step: "all",
      formulas: [`parameters = ${shape[0]}·${out} + ${out}`, `multiply-adds = ${shape[0]}·${out}`],
    };
  },
  AdaptiveAvgPool2d: ({ output_size: size }, [channels]) => ({
    ...unchanged([channels, size, size]),
    step: "all",
    formulas: [`always ${size}×${size}`],
  }),
  MaxPool2d: pool,
  AvgPool2d: pool,
  Conv2d(layer, [channels, height, width]) {
    const { out_channels: out, kernel_size: k, stride: s, padding: p, dilation: d, groups } = layer;
    let parameters;
    try {
      parameters = parameterCount(channels, out, k, k, groups);
    } catch (error) {
      let fits = Math.min(groups, channels, out);
      while (channels % fits || out % fits) fits -= 1;
      throw impossible(error.message, { change: { groups: fits } });
    }
    const [rows, columns] = sizes(layer, [height, width], d);
    const share = groups > 1 ? `(${channels}/${groups})` : channels;
    return {
      shape: [out, rows, columns],
      parameters,
      adds: multiplyAdds(channels, out, k, k, rows, columns, groups),
      step: [k, s, d],
      formulas: [
        `rows = ⌊(${height} + 2·${p} − ${d}·(${k} − 1) − 1) / ${s}⌋ + 1 = ${rows}`,
        `parameters = ${share}·${out}·${k}·${k} + ${out}`,
        `multiply-adds = ${share}·${out}·${k}·${k}·${rows}·${columns}`,
      ],
    };
  },
};

function pool(layer, [channels, height, width]) {
  const { kernel_size: k, stride: s, padding: p } = layer;
  if (2 * p > k) {
    throw impossible(`A pooling may be padded by half its window at most, ${Math.floor(k / 2)} cells.`, {
      change: { padding: Math.floor(k / 2) },
    });
  }
  const [rows, columns] = sizes(layer, [height, width], 1);
  return {
    ...unchanged([channels, rows, columns]),
    step: [k, s, 1],
    formulas: [`rows = ⌊(${height} + 2·${p} − ${k}) / ${s}⌋ + 1 = ${rows}`],
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

/** Every layer in turn. After one that cannot be, the rows have no numbers: { error } and then null. */
export function accountAll(layers, input) {
  const steps = [];
  let shape = input;
  return layers.map((layer) => {
    if (!shape) return null;
    try {
      const row = account(layer, shape);
      steps.push(row.step);
      shape = row.shape;
      return { ...row, field: steps.includes("all") ? "all" : receptiveField(steps) };
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      shape = null;
      return { error };
    }
  });
}

/** The torch code of a layer that gets `shape`. */
export function torchCode(layer, shape) {
  const given = Object.entries(LAYERS[layer.kind]).map(([name]) => `${name}=${layer[name]}`);
  const first = { Conv2d: shape?.[0], BatchNorm2d: shape?.[0], Linear: shape?.[0] }[layer.kind];
  if (layer.kind === "Linear") return `nn.Linear(${first}, ${layer.out_features})`;
  if (layer.kind === "AdaptiveAvgPool2d") return `nn.AdaptiveAvgPool2d(${layer.output_size})`;
  if (layer.kind === "Conv2d") {
    const usual = { stride: 1, padding: 0, dilation: 1, groups: 1 };
    const rest = given
      .filter((text) => !Object.entries(usual).some(([name, value]) => text === `${name}=${value}`))
      .slice(1);
    return `nn.Conv2d(${[first, layer.out_channels, ...rest].join(", ")})`;
  }
  return `nn.${layer.kind}(${[...(first ? [first] : []), ...given.filter((text) => text !== "padding=0")].join(", ")})`;
}
