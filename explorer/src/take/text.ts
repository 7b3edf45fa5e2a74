/** Lines of numbers, as Python and TOML both read them. A number in JavaScript's shortest form reads back to the same bits. */

/** Infinity and nan as the language writes them. */
function number(x: number, infinity: string): string {
  return Number.isFinite(x) ? String(x) : Number.isNaN(x) ? "nan" : x > 0 ? infinity : `-${infinity}`;
}

export function list(values: ArrayLike<number>, infinity = "inf"): string {
  return `[${Array.from(values, (x) => number(x, infinity)).join(", ")}]`;
}

/** A matrix, a row a line. */
export function rows(matrix: number[][]): string {
  return `[\n${matrix.map((row) => `    ${list(row)},`).join("\n")}\n]`;
}
