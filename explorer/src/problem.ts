import type { Problem, Task } from "./core/types";
import { outside, ranges } from "./defaults";
import type { State } from "./state";

/** A state that is no problem: which field, and a sentence for the user. */
export class FieldError extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

export const mostRows = 200;

/** A matrix from pasted text: rows on lines or between semicolons or brackets, numbers between spaces, tabs or commas;
 *  as spreadsheets, NumPy and MATLAB write them. */
export function parseMatrix(text: string): number[][] {
  const fail = (message: string) => new FieldError("matrix", message);
  const rows = joinWrapped(text)
    .replace(/\b(?:np\.)?array\s*\(|\bmatrix\s*\(|\)|,?\s*dtype\s*=\s*[\w.]+/g, " ")
    .split(/[\n\r;\]]+|\[/)
    .map((line) => line.replace(/^[\s,]+|[\s,]+$/g, ""))
    .filter((line) => line !== "")
    .map((line) => line.split(/\s*,\s*|\s+/));
  if (rows.length === 0) throw fail("There is no number in this text. Paste rows of numbers, such as 4 1 0.");
  const columns = rows[0].length;
  const matrix = rows.map((row, i) =>
    row.map((word, j) => {
      const place = `row ${i + 1}, column ${j + 1}`;
      if (word === "") throw fail(`There is no number in ${place}: two commas follow each other.`);
      const value = Number(word.replace("−", "-"));
      if (!/\d/.test(word) || Number.isNaN(value)) throw fail(`“${shortened(word)}” in ${place} is not a number.`);
      if (!Number.isFinite(value) || Math.abs(value) > 1e100) throw fail(`${shortened(word)} in ${place} is too large.`);
      return value;
    }),
  );
  const ragged = matrix.findIndex((row) => row.length !== columns);
  if (ragged >= 0) {
    const [least, most] = [columns, matrix[ragged].length];
    throw fail(
      `Row ${ragged + 1} has ${most} ${most === 1 ? "number" : "numbers"}, but row 1 has ${least}: ` +
        `column ${Math.min(least, most) + 1} is missing in one of them.`,
    );
  }
  for (const [count, what] of [[matrix.length, "rows"], [columns, "columns"]] as const)
    if (count > mostRows) throw fail(`This matrix has ${count} ${what}. The page takes ${mostRows} at most.`);
  if (matrix.every((row) => row.every((value) => value === 0)))
    throw fail("All numbers are 0 (from row 1, column 1 on): there is nothing to learn.");
  if (matrix.every((row) => row.every((value) => Math.abs(value) < 1e-100)))
    throw fail("All numbers are below 1e-100 (from row 1, column 1 on): the page cannot tell them from 0.");
  return matrix;
}

/** NumPy wraps long rows: a line break inside the innermost brackets does not end a row. */
function joinWrapped(text: string): string {
  return /\[[^[\];]*\n[^[\];]*\]/.test(text) && /\[\s*\[/.test(text)
    ? text.replace(/\[[^[\]]*\]/g, (row) => row.replaceAll("\n", " "))
    : text;
}

const shortened = (word: string) => (word.length > 20 ? `${word.slice(0, 20)}…` : word);

function check(field: keyof typeof ranges, value: number): number {
  const why = outside(ranges[field], value);
  if (why) throw new FieldError(field, `${field === "taskSeed" ? "seed" : field}: ${why}, got ${value}.`);
  return value;
}

function taskOf(state: State): Task {
  switch (state.task) {
    case "noise":
      for (const field of ["dim", "rank", "noise"] as const) check(field, state.noise[field]);
      if (state.noise.rank > state.noise.dim)
        throw new FieldError("rank", `rank: expected at most dim = ${state.noise.dim}, got ${state.noise.rank}.`);
      check("taskSeed", state.noise.seed);
      return { kind: "noise", ...state.noise };
    case "neuron":
      check("angle", state.angle);
      return { kind: "neuron", angle: (state.angle * Math.PI) / 180 };
    case "matrix":
      if (state.given) return { kind: "target", target: state.given.target, signal: state.given.signal };
      return { kind: "target", target: parseMatrix(state.matrix) };
    case "hierarchy":
    case "reversal": {
      if (!state.table.some((row) => row.some((entry) => entry !== 0)))
        throw new FieldError("table", "No item has a property: there is nothing to learn.");
      return { kind: "target", target: state.table, reversed: state.task === "reversal" };
    }
  }
}

/** Why a field of the start has no effect at present; empty if it has one. */
export function idle(field: "width" | "neurons" | "depth" | "scale" | "balance" | "seed", state: State): string {
  const { task, width, depth } = state;
  if (task === "neuron") {
    if (field === "scale" || field === "balance") return "";
    return field === "depth" ? "One neuron has two layers." : "One neuron: a hidden layer of width one.";
  }
  if (field === "depth" && task === "reversal") return "Reversal is of two layers.";
  if (field === "width") return "";
  if (width === "given") return "The weights come from the notebook.";
  if (field === "balance" && depth === 1) return "One layer has no balance between layers.";
  if (field === "neurons" && width === "infinite") return "There are infinitely many neurons.";
  if (field === "seed" && width === "infinite") return "Infinitely wide networks have no chance in their start.";
  if (width === "balanced" && task === "reversal" && (field === "scale" || field === "seed"))
    return "The network has learned Y: balanced weights then keep nothing of their start but λ.";
  const aligned = width === "balanced" && depth !== 2;
  if (field === "neurons" && depth === 1) return "One layer has no hidden neurons.";
  if (aligned && field === "neurons") return "The start has every mode of the target, so that it is as wide as the target.";
  if (aligned && field === "seed") return "The start is along the modes of the target: there is no chance in it.";
  return "";
}

let last: { inputs: unknown[]; task: Task } | null = null;

/** What the core computes for a state. The task is the same object as long as nothing of it changes. Throws FieldError. */
export function problemOf(state: State): Problem {
  const { task, table, noise, angle, matrix, given } = state;
  const inputs = [task, table, noise, angle, matrix, given];
  if (!last || inputs.some((input, i) => input !== last!.inputs[i])) last = { inputs, task: taskOf(state) };
  const fixedDepth = task === "neuron" || task === "reversal";
  const width = state.width === "given" && !(task === "matrix" && (given?.weights || given?.gram)) ? "infinite" : state.width;
  return {
    task: last.task,
    start: {
      width,
      neurons: check("neurons", state.neurons),
      depth: fixedDepth ? 2 : check("depth", state.depth),
      scale: check("scale", state.scale),
      balance: check("balance", state.balance),
      seed: check("seed", state.seed),
      ...(width === "given" && { weights: given?.weights, gram: given?.gram }),
    },
  };
}
