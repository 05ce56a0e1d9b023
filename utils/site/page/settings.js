// What an address may say of a figure: its settings after the "#", each checked as Python checks it, in the same words.

/** `bounds` of utils/site/figures.py: for each setting its kind, and from where to where it may go. */
const number = (name, value, largest) => {
  if (typeof value !== "number") return `${name} must hold numbers, and ${short(value)} is none`;
  if (Math.abs(value) <= largest) return "";
  const end = largest.toLocaleString("en");
  return `${name} holds ${value}, and a cell shows numbers from −${end} to ${end}`;
};
const short = (value) => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 20)}…${text.slice(-10)}` : text;
};
const whole = (name, value, { least, most }) => {
  if (!Number.isInteger(value)) return `${name} must be a whole number, and ${short(value)} is none`;
  if (value < least) return `${name} must be at least ${least}, and is ${value}`;
  return value > most ? `${name}=${value} is too large to be shown: it must be at most ${most}` : "";
};
const WRONG = {
  Whole: whole,
  Pair(name, value, bound) {
    const both = Array.isArray(value) ? value : [value, value];
    if (both.length !== 2) return `${name} must be one whole number or two, and is ${short(value)}`;
    return whole(name, both[0], bound) || whole(name, both[1], bound);
  },
  Matrix(name, value, { most, largest }) {
    const rows = Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row) && row.length > 0);
    if (!rows) return `${name} must be rows of numbers, such as [[1,2],[3,4]], and not ${short(value)}`;
    if (value.some((row) => row.length !== value[0].length)) return `${name} must have rows of one length`;
    const size = `${value.length}×${value[0].length}`;
    if (Math.max(value.length, value[0].length) > most) {
      return `${name} has ${size} cells, and this widget shows at most ${most}×${most}: pass a part of it`;
    }
    return value.flat().map((cell) => number(name, cell, largest)).find(Boolean) ?? "";
  },
  Choice(name, value, { options }) {
    const known = options.map((option) => JSON.stringify(option)).join(", ");
    return options.includes(value) ? "" : `${name}=${short(value)} is not known: use one of ${known}`;
  },
};

/** From "#stride=2&padding=[1,1]" to `{ settings, problem }`: what can be taken, and in words what cannot. */
export function readAddress(hash, bounds) {
  const settings = {};
  const problems = [];
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    const bound = bounds[name];
    if (!bound) {
      problems.push(`${name} is no setting of this figure: it has ${Object.keys(bounds).join(", ")}`);
      continue;
    }
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      value = text; // a word needs no quotes
    }
    const wrong = WRONG[bound.kind](name, value, bound);
    if (wrong) problems.push(wrong);
    else settings[name] = bound.kind === "Pair" && !Array.isArray(value) ? [value, value] : value;
  }
  return { settings, problem: problems.join("\n") };
}

/** The "#…" that says in what `state` differs from `usual`; nothing where it does not. */
export function writeAddress(state, usual, bounds) {
  const told = new URLSearchParams();
  for (const name of Object.keys(bounds)) {
    const value = JSON.stringify(state[name]);
    if (value !== JSON.stringify(usual[name])) told.set(name, typeof state[name] === "string" ? state[name] : value);
  }
  return told.size ? `#${told}` : "";
}
