// Networks Side by Side, its numbers: shares and bars of every layer, and what each network comes to.

/**
 * @typedef {{ words: string, kind: string, shape: number[], parameters: number, adds: number }} LayerRow
 * @typedef {{
 *   networks: { name: string, input: number[], rows: LayerRow[] }[], scale: string, network: number, row: number,
 * }} CompareSettings
 */

/**
 * Bars are parts of the longest one, of its own network or of all.
 * @param {CompareSettings} settings
 */
export function computeCompare({ networks, scale, network, row }) {
  const longest = (rows, what) => Math.max(...rows.map((each) => each[what]), 1);
  const all = networks.flatMap(({ rows }) => rows);
  const shown = networks.map(({ name, input, rows }) => {
    const total = totalOf(rows);
    const most = scale === "same" ? all : rows;
    return {
      name,
      input,
      total,
      rows: rows.map((each) => ({
        ...each,
        bars: [each.parameters / longest(most, "parameters"), each.adds / longest(most, "adds")],
        shares: [each.parameters / (total.parameters || 1), each.adds / (total.adds || 1)],
        often: each.shape.slice(1).reduce((a, b) => a * b, 1), // how often each of its weights is used
        side: each.shape.length === 3 ? each.shape[1] / input[1] : 0, // of the maps, as a part of the image's
      })),
    };
  });
  const which = Math.min(network, shown.length - 1);
  return { networks: shown, picked: [which, Math.min(row, shown[which].rows.length - 1)] };
}

function totalOf(rows) {
  const sum = (some, what) => some.reduce((part, each) => part + what(each), 0);
  const linear = rows.filter(({ kind }) => kind === "linear");
  const convolutions = rows.filter(({ kind }) => kind === "convolution");
  return {
    parameters: sum(rows, (row) => row.parameters),
    adds: sum(rows, (row) => row.adds),
    linearParameters: sum(linear, (row) => row.parameters),
    linearAdds: sum(linear, (row) => row.adds),
    maps: sum(convolutions, (row) => row.shape.reduce((a, b) => a * b)),
  };
}
