// Network Ledger, its numbers: every row, what they come to together, and the network as torch code.

import { accountAll, torchCode } from "./account.js";

/**
 * A row that cannot be has an error instead of numbers, and the rows behind it are null.
 *
 * @param {{ layers: any[], input_shape: number[] }} settings
 */
export function computeLedger({ layers, input_shape }) {
  const rows = accountAll(layers, input_shape).map((row) =>
    row?.shape ? { ...row, memory: 4 * row.shape.reduce((a, b) => a * b) } : row // in bytes
  );
  const done = rows.filter((row) => row?.shape);
  const sum = (name) => done.reduce((part, row) => part + row[name], 0);
  const shapes = [input_shape, ...rows.map((row) => row?.shape)];
  const lines = layers.map((layer, n) =>
    `    ${torchCode(layer, shapes[n])},${rows[n]?.shared ? "  # the weights of an earlier row" : ""}`
  );
  return {
    rows,
    complete: done.length === rows.length,
    total: { parameters: sum("parameters"), adds: sum("adds"), memory: sum("memory") },
    code: `nn.Sequential(\n${lines.join("\n")}\n)`,
  };
}
