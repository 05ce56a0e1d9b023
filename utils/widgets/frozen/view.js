// Frozen Stages, its numbers: what learns above a cut, what it costs, and what was measured with it.

/**
 * @typedef {{ name: string, parameters: number, adds: number, spared: number }} Piece
 * @typedef {{ name: string, cut: number, scratch: boolean, accuracies: number[][] }} RunLine
 * @typedef {{
 *   pieces: Piece[], runs: { labels: number[], lines: RunLine[], source: string }, cut: number, scratch: boolean,
 *   kept: boolean, epochs: number, labels: number,
 * }} FrozenSettings
 */

/** @param {FrozenSettings} settings */
export function computeFrozen(settings) {
  const { pieces, runs } = settings;
  const cut = Math.min(settings.cut, pieces.length - 1);
  const [mostParameters, mostAdds] = ["parameters", "adds"].map((name) =>
    Math.max(...pieces.map((each) => each[name]), 1)
  );
  const lines = runs.lines.map((line) => ({
    ...line,
    learns: sum(pieces.slice(line.cut), "parameters"),
    means: runs.labels.map((_, n) =>
      line.accuracies.reduce((part, seed) => part + seed[n], 0) / line.accuracies.length
    ),
    lows: runs.labels.map((_, n) => Math.min(...line.accuracies.map((seed) => seed[n]))),
    highs: runs.labels.map((_, n) => Math.max(...line.accuracies.map((seed) => seed[n]))),
    work: workOf(pieces, line.cut, settings).together,
  }));
  const learns = sum(pieces.slice(cut), "parameters");
  return {
    cut,
    pieces: pieces.map((each, n) => ({
      ...each,
      frozen: n < cut,
      bars: [each.parameters / mostParameters, each.adds / mostAdds],
    })),
    learns,
    all: sum(pieces, "parameters"),
    work: workOf(pieces, cut, settings),
    lines,
    line: lines.find((each) => each.scratch === settings.scratch && each.learns === learns) ?? null,
    at: Math.min(settings.labels, runs.labels.length - 1),
  };
}

const sum = (some, name) => some.reduce((part, each) => part + each[name], 0);

/** Multiply-adds for one image: once through each part, and in all epochs together. */
function workOf(pieces, cut, { kept, epochs }) {
  const below = sum(pieces.slice(0, cut), "adds");
  const above = sum(pieces.slice(cut), "adds");
  // For the weights and for what lies below; of the lowest layer that learns, only for the weights.
  const lowest = pieces.slice(cut).find(({ parameters }) => parameters) ?? pieces.at(-1);
  const backward = 2 * above - lowest.spared;
  return { below, above, backward, together: below * (kept ? 1 : epochs) + (above + backward) * epochs };
}
