// Roofline, its numbers: what a layer asks of a machine, and which of the machine's two limits it meets first.

/**
 * @typedef {{ name: string, times: number, adds: number, weights: number, reads: number, writes: number }} LayerWork
 * @typedef {{ work: LayerWork[], peak: number, bandwidth: number, bits: number, batch: number, layer: number }}
 *   RooflineSettings
 */

// From the data sheets: 10⁹ operations a second with numbers of 16 and of 32 bits, 10⁹ bytes a second.
export const MACHINES = {
  "T4 (Colab)": { 16: 65_000, 32: 8_100, bandwidth: 320 },
  A100: { 16: 312_000, 32: 19_500, bandwidth: 1_555 },
  H200: { 16: 989_000, 32: 67_000, bandwidth: 4_800 },
};

/** The machine that these numbers belong to, or undefined. */
export const machineOf = ({ peak, bandwidth, bits }) =>
  Object.keys(MACHINES).find((name) => MACHINES[name][bits] === peak && MACHINES[name].bandwidth === bandwidth);

/**
 * What each layer asks for: rates in 10⁹ operations a second, times in seconds.
 * @param {RooflineSettings} settings
 */
export function computeRoofline({ work, peak, bandwidth, bits, batch, layer }) {
  const rows = work.map((each) => {
    const operations = 2 * batch * each.adds;
    const bytes = (bits / 8) * (each.weights + batch * (each.reads + each.writes));
    const [arithmetic, memory] = [operations / peak / 1e9, bytes / bandwidth / 1e9];
    return {
      ...each,
      operations,
      bytes,
      intensity: operations / bytes,
      rate: Math.min(peak, (bandwidth * operations) / bytes),
      arithmetic,
      memory,
      time: Math.max(arithmetic, memory),
      byMemory: memory > arithmetic,
    };
  });
  const together = (some) => some.reduce((sum, { times, time }) => sum + times * time, 0);
  const time = together(rows);
  return {
    rows,
    picked: Math.min(layer, rows.length - 1),
    ridge: peak / bandwidth,
    time,
    shareOfMemory: time ? together(rows.filter((row) => row.byMemory)) / time : 0,
  };
}
