import type { MapRequest } from "../core/types";
import type { MakePart, View } from "../view";

const range = (count: number, at: (part: number) => number) => Array.from({ length: count }, (_, i) => at(i / (count - 1)));

/** Place in [0, 1] of a scale and of a balance on their dials and on the map, and back. The balance has as much room
 *  around 0 as far out, and its middle is exactly 0. */
export const scaleAxis = {
  place: (scale: number) => (Math.log10(scale) + 12) / 13,
  value: (place: number) => 10 ** (13 * place - 12),
};
export const balanceAxis = {
  place: (balance: number) => 0.5 + Math.asinh(balance) / (2 * Math.asinh(10)),
  value: (place: number) => Math.sinh((2 * place - 1) * Math.asinh(10)),
};

const scales = range(40, scaleAxis.value);
const balances = range(31, balanceAxis.value);

export function mapRequest({ problem, state }: View): MapRequest {
  const { task } = problem;
  const hasSignal = task.kind === "noise" || (task.kind === "target" && task.signal !== undefined);
  return { problem, scales, balances, measure: hasSignal ? state.map : "kernel" };
}

export const map: MakePart = () => ({ update() {} });
