import type { Solution } from "./core/types";

/** κ, nan where there is none. Balanced layers have it to rounding: below what a start can have it is 0. */
export function thresholdOf({ threshold }: Solution): number {
  return threshold < 1e-13 ? 0 : threshold;
}
