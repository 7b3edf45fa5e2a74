import type { Problem, Solution } from "../core/types";
import type { State } from "../state";

/** What users take along: a state, its numbers, and where they are from. */
export interface Taken {
  state: State;
  problem: Problem;
  solution: Solution;
  link: string; // that shows the state again; empty in a notebook
  version: string; // of linnet
}

/** κ ∓ |λ|/2 without cancellation, in the order of the layers: C_1 = aI, C_2 = bI. */
export function scales(balance: number, scale: number): [number, number] {
  const larger = Math.hypot(balance / 2, scale) + Math.abs(balance) / 2;
  const smaller = larger > 0 ? scale * (scale / larger) : 0;
  return balance >= 0 ? [smaller, larger] : [larger, smaller];
}

/** Of deep networks much wider than they need to be the core has the light cone, the few directions that move: its order. */
export function coneOrder({ solution, problem: { start } }: Taken): number | null {
  if (!solution.method.includes("light cone")) return null;
  return start.depth === 3 ? 4 : 2 * (start.depth - 2);
}

/** Whether the network has learned Y already, and learns −Y. */
export const isReversed = ({ problem: { task } }: Taken): boolean => task.kind === "target" && task.reversed === true;

const titles: Record<State["task"], string> = {
  hierarchy: "The semantic hierarchy",
  noise: "Low rank plus noise",
  neuron: "One neuron",
  reversal: "Reversal: a network that knows Y learns −Y",
  matrix: "A matrix",
};

/** The task and the start in a line. */
export function title({ state, problem: { start } }: Taken): string {
  const layers = `${start.depth} layer${start.depth === 1 ? "" : "s"}`;
  const network =
    state.task === "neuron" ? `δ = ${start.balance}, |β(0)| = ${start.scale}`
    : start.width === "given" ? "a network of one's own"
    : start.width === "infinite" ? `${layers}, infinitely wide, c = ${start.scale}, λ = ${start.balance}`
    : start.width === "balanced" ? `${layers}, balanced, scale ${start.scale}, λ = ${start.balance}`
    : `${layers}, Gaussian, ${start.neurons} neurons, c = ${start.scale}, λ = ${start.balance}`;
  return `${titles[state.task]}; ${network}`;
}

/** What the numbers mean, a sentence each. */
export function conventions({ problem: { task } }: Taken): string[] {
  return [
    "Time t is that of gradient flow on C, all layers at rate 1: k steps of gradient descent with step η are t = kη.",
    task.kind === "neuron" ? "The cost is C = ½|β − β*|², β = a w." : "The cost is C(A) = ½‖A − Y‖², of whitened inputs.",
    "The mode i is u_iᵀ A(t) v_i, along the singular vectors of Y.",
  ];
}
