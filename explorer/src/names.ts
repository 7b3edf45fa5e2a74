import type { Matrix, Solution } from "./core/types";
import type { State } from "./state";

/** Whether items and properties have names. */
export function named(state: State): boolean {
  return state.task === "hierarchy" || state.task === "reversal";
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

/** Of the columns of A and of W_1ᵀW_1. */
export function inputNames(state: State, count: number): string[] {
  if (named(state) && state.items.length === count) return state.items;
  if (state.task === "neuron" && count === 2) return ["along β*", "across"];
  return numbered(count);
}

/** Of the rows of A and of W_2W_2ᵀ. */
export function outputNames(state: State, count: number): string[] {
  return named(state) && state.properties.length === count ? state.properties : numbered(count);
}

/** The names whose entries in column `i` are at least half of the largest, of either sign; first those of the sign of
 *  the first of them. */
function sides(vectors: Matrix, i: number, names: string[]): [string[], string[]] {
  const entries = names.map((_, row) => vectors.values[row * vectors.cols + i] ?? 0);
  const large = Math.max(...entries.map(Math.abs)) / 2;
  const positive = names.filter((_, row) => entries[row] >= large);
  const negative = names.filter((_, row) => entries[row] <= -large);
  const first = entries.findIndex((entry) => Math.abs(entry) >= large);
  return entries[first] > 0 ? [positive, negative] : [negative, positive];
}

function list(names: string[]): string {
  return names.length > 3 ? `${names.slice(0, 2).join(", ")} …` : names.join(", ");
}

function contrast(vectors: Matrix, i: number, names: string[], what: string): string {
  const [one, other] = sides(vectors, i, names);
  if (one.length === names.length) return `all ${what}`;
  return other.length ? `${list(one)} | ${list(other)}` : list(one);
}

/** What mode i tells apart: "Canary, Robin | Salmon, Sunfish", from its right singular vector. */
export function modeName(solution: Solution, state: State, i: number): string {
  if (named(state)) return contrast(solution.right, i, inputNames(state, solution.inputs), "items");
  if (state.task === "neuron") return "β*";
  if (state.task === "noise") return i < state.noise.rank ? `signal ${i + 1}` : `noise ${i + 1 - state.noise.rank}`;
  return `mode ${i + 1}`;
}

/** What its curve is called, in few letters. */
export function curveName(state: State, i: number): string {
  if (state.task === "neuron") return "β*";
  return state.task === "noise" && i < state.noise.rank ? `signal ${i + 1}` : `mode ${i + 1}`;
}

/** By which properties it does: "move | roots", from its left singular vector; empty where they have no names. */
export function modeProperties(solution: Solution, state: State, i: number): string {
  return named(state) ? contrast(solution.left, i, outputNames(state, solution.outputs), "properties") : "";
}
