import { items, properties, table } from "./hierarchy";
import type { State } from "./state";

export const defaults: Readonly<State> = {
  task: "hierarchy",
  table,
  items,
  properties,
  noise: { dim: 40, rank: 3, noise: 0.05, seed: 1 },
  angle: 60,
  matrix: "4 1 0\n1 2 0\n0 0 1",
  width: "infinite",
  neurons: 10,
  depth: 2,
  scale: 1e-6,
  balance: 0,
  seed: 1,
  time: NaN,
  map: "kernel",
  dots: true,
  lesson: 0,
};

export interface Range {
  least: number;
  most: number;
  whole?: boolean;
}

/** What each number may be. */
export const ranges = {
  dim: { least: 2, most: 200, whole: true },
  rank: { least: 1, most: 200, whole: true },
  noise: { least: 0, most: 100 },
  taskSeed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  angle: { least: 0, most: 180 },
  neurons: { least: 1, most: 1e9, whole: true },
  depth: { least: 1, most: 5, whole: true },
  scale: { least: 1e-12, most: 10 },
  balance: { least: -10, most: 10 },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  time: { least: 0, most: Infinity },
  lesson: { least: 0, most: 4, whole: true },
} satisfies Record<string, Range>;

/** Why `value` is not in the range, as the end of a sentence; empty if it is. */
export function outside({ least, most, whole }: Range, value: number): string {
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return "";
  return `expected a ${whole ? "whole " : ""}number from ${least} to ${most}`;
}
