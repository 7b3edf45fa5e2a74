import { defaults, outside, ranges, type Range } from "./defaults";
import { mostRows } from "./problem";
import type { State } from "./state";

/** Parts of a link: how a field is written, and read again. */
interface Part {
  write(state: State): string;
  read(text: string, state: State): Partial<State>; // throws why not, as the end of a sentence
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/%(2C|3B|3A|2F|20)/g, (code) => (code === "%20" ? "+" : decodeURIComponent(code)));
const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));

function toNumber(text: string, range: Range): number {
  const value = text === "inf" ? Infinity : text.trim() === "" ? NaN : Number(text);
  const why = outside(range, value);
  if (why) throw new Error(why);
  return value;
}

const numeral = (value: number) => (value === Infinity ? "inf" : String(value));

function number(field: "angle" | "neurons" | "depth" | "scale" | "balance" | "seed" | "time" | "lesson"): Part {
  return {
    write: (state) => numeral(state[field]),
    read: (text) => ({ [field]: toNumber(text, ranges[field]) }),
  };
}

function ofNoise(field: keyof State["noise"], range: Range): Part {
  return {
    write: (state) => numeral(state.noise[field]),
    read: (text, state) => ({ noise: { ...state.noise, [field]: toNumber(text, range) } }),
  };
}

function oneOf<Field extends "task" | "width" | "map">(field: Field, words: State[Field][]): Part {
  return {
    write: (state) => state[field],
    read(text) {
      const word = words.find((word) => word === text);
      if (!word) throw new Error(`expected one of ${words.join(", ")}`);
      return { [field]: word };
    },
  };
}

/** Names and rows are separated by commas and semicolons; those inside of names are escaped twice. */
function names(field: "items" | "properties"): Part {
  const escape = (name: string) => name.replace(/[%,]/g, encodeURIComponent);
  return {
    write: (state) => state[field].map(escape).join(","),
    read: (text) => ({ [field]: text.split(",").map(decodeURIComponent) }),
  };
}

const table: Part = {
  write: ({ table }) => table.map((row) => row.map(numeral).join(",")).join(";"),
  read(text) {
    const rows = text.split(";").map((row) =>
      row.split(",").map((entry) => toNumber(entry, { least: -1e6, most: 1e6 })),
    );
    if (rows.some((row) => row.length !== rows[0].length)) throw new Error("expected rows of one length");
    return { table: rows };
  },
};

const parts: Record<string, Part> = {
  task: oneOf("task", ["hierarchy", "noise", "neuron", "reversal", "matrix"]),
  dim: ofNoise("dim", ranges.dim),
  rank: ofNoise("rank", ranges.rank),
  noise: ofNoise("noise", ranges.noise),
  "task-seed": ofNoise("seed", ranges.taskSeed),
  angle: number("angle"),
  matrix: { write: ({ matrix }) => matrix, read: (text) => ({ matrix: text }) },
  items: names("items"),
  properties: names("properties"),
  table,
  width: oneOf("width", ["infinite", "balanced", "gaussian", "given"]),
  neurons: number("neurons"),
  depth: number("depth"),
  scale: number("scale"),
  balance: number("balance"),
  seed: number("seed"),
  time: number("time"),
  map: oneOf("map", ["kernel", "test"]),
  dots: {
    write: ({ dots }) => (dots ? "on" : "off"),
    read(text) {
      if (text !== "on" && text !== "off") throw new Error("expected on or off");
      return { dots: text === "on" };
    },
  },
  lesson: number("lesson"),
  given: {
    write: ({ given }) => (given ? JSON.stringify(given) : ""),
    read: (text) => ({ given: checkedGiven(JSON.parse(text)) }),
  },
};

/** Most rows and columns of a layer or a Gram state: as many as inputs and outputs have together. */
const mostGiven = 2 * mostRows;

function checkedGiven(given: State["given"] | null): State["given"] {
  const isMatrix = (value: unknown) =>
    Array.isArray(value) && value.length > 0 &&
    value.every((row) => Array.isArray(row) && row.length === value[0].length && row.length > 0 && row.every(Number.isFinite));
  const { target, signal, weights, gram } = given ?? {};
  const sound =
    isMatrix(target) &&
    [signal, gram].every((matrix) => matrix === undefined || isMatrix(matrix)) &&
    (weights === undefined || (Array.isArray(weights) && weights.every(isMatrix)));
  if (!target || !sound) throw new Error("expected matrices as lists of rows");
  for (const matrix of [target, ...(signal ? [signal] : []), ...(gram ? [gram] : []), ...(weights ?? [])]) {
    const most = matrix === target || matrix === signal ? mostRows : mostGiven;
    if (Math.max(matrix.length, matrix[0].length) > most) throw new Error(`expected at most ${most} rows and columns`);
    if (matrix.some((row) => row.some((entry) => Math.abs(entry) > 1e100))) throw new Error("expected numbers up to 1e100");
  }
  return { target, ...(signal && { signal }), ...(weights && { weights }), ...(gram && { gram }) };
}

/** The state as the fragment of a URL, without "#": what differs from the defaults. */
export function toLink(state: State): string {
  return Object.entries(parts)
    .filter(([, part]) => part.write(state) !== part.write(defaults))
    .map(([key, part]) => `${key}=${encode(part.write(state))}`)
    .join("&");
}

/** The state of a link. What it does not say or says wrongly is as in the defaults; `problems` are sentences on that. */
export function fromLink(fragment: string): { state: State; problems: string[] } {
  let state: State = { ...defaults };
  const problems: string[] = [];
  const text = fragment.replace(/^#/, "");
  for (const entry of text === "" ? [] : text.split("&")) {
    const [key, ...rest] = entry.split("=");
    const part = Object.hasOwn(parts, key) ? parts[key] : undefined;
    if (!part) {
      problems.push(`The link has an unknown part, “${short(key)}”.`);
      continue;
    }
    const raw = rest.join("=");
    try {
      state = { ...state, ...part.read(decode(raw), state) };
    } catch (error) {
      const why = error instanceof SyntaxError || error instanceof URIError ? "it cannot be read" : (error as Error).message;
      problems.push(`${key} in the link: ${why}, got “${short(raw)}”; the default is shown.`);
    }
  }
  if (state.table.length !== state.properties.length || state.table[0].length !== state.items.length) {
    const { table, items, properties } = defaults;
    problems.push(
      `The table of the link has ${state.table.length} × ${state.table[0].length} entries for ` +
        `${state.properties.length} properties and ${state.items.length} items; the default is shown.`,
    );
    state = { ...state, table, items, properties };
  }
  return { state, problems };
}

const short = (text: string) => (text.length > 30 ? `${text.slice(0, 30)}…` : text);
