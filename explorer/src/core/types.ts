/** What the page and the core say to each other. All numbers of the dynamics come from the core, linnet in WebAssembly. */

/** Row by row. */
export interface Matrix {
  rows: number;
  cols: number;
  values: Float64Array;
}

/** What is learned: C(A) = ½‖A − Y‖², of whitened inputs. */
export type Task =
  /** Y, outputs × inputs. `reversed`: the network has learned Y already, and now learns −Y. */
  | { kind: "target"; target: number[][]; signal?: number[][]; reversed?: boolean }
  /** Y = A* + E as `linnet.tasks.low_rank_plus_noise`. */
  | { kind: "noise"; dim: number; rank: number; noise: number; seed: number }
  /** One hidden neuron f(x) = a wᵀx of two inputs and β* = (1, 0): `angle` in radians between w(0) and β*. */
  | { kind: "neuron"; angle: number };

/** How the weights start.
 *
 *  infinite: infinitely many neurons. Two layers: C_1 = aI, C_2 = bI, A = 0, with a, b = κ ∓ λ/2, κ² = λ²/4 + c²: the
 *    closure of scale c and balance λ. Deeper: s_1² = a, s_L² = b, and c of the layers between.
 *  balanced: λ-balanced weights. Two layers: a random A(0) of singular values `scale`, of the largest rank that
 *    `neurons` allow. One layer and deeper: A(0) along the singular vectors of Y, `scale` in each mode; λ is that of the last two layers.
 *  gaussian: independent Gaussian weights of `neurons` hidden neurons a layer, variances a/w, b/w (c/w between).
 *  given: `weights`, the layers from the first, or `gram`, the Gram state [[C_1, Aᵀ], [A, C_2]] of two layers.
 *
 *  A neuron (task.kind "neuron") has one width, δ = balance and |β(0)| = scale. */
export interface Start {
  width: "infinite" | "balanced" | "gaussian" | "given";
  neurons: number;
  depth: number;
  scale: number;
  balance: number;
  seed: number;
  weights?: number[][][];
  gram?: number[][];
}

export interface Problem {
  task: Task;
  start: Start;
}

/** One neuron at the times of a solution, row by row (w along β*, w across β*, a). */
export type NeuronPath = Float64Array;

/** The dynamics of a problem. Time is that of gradient flow: k steps of size η are the time kη. */
export interface Solution {
  outputs: number;
  inputs: number;
  method: string; // how the numbers come about, in a sentence
  exact: boolean; // a closed form: true at every time; otherwise an integration
  target: Float64Array; // y_i, falling: the singular values of Y, n = min(outputs, inputs) of them
  left: Matrix; // u_i in columns, outputs × n
  right: Matrix; // v_i in columns, inputs × n
  signal: Float64Array | null; // u_iᵀ A* v_i, for tasks with a signal
  threshold: number; // κ; nan where there is none
  times: Float64Array; // > 0, rising, even in log t
  modes: Float64Array; // times × n: u_iᵀ A(t) v_i
  loss: Float64Array; // C(A(t))
  testError: Float64Array | null; // ‖A − A*‖²/(inputs · outputs)
  kernelDistance: Float64Array | null; // 1 − cos of the tangent kernel and its start
  neuron: NeuronPath | null;
  start: { modes: Float64Array; loss: number; testError: number | null; neuron: Float64Array | null }; // t = 0
  end: { modes: Float64Array; loss: number; testError: number | null; kernelDistance: number | null; neuron: Float64Array | null }; // t = ∞
  learningTimes: Float64Array; // a_i(t) = y_i/2; inf: never
  best: { time: number; testError: number } | null; // the least test error of all t
  saddles: { rank: number; loss: number }[]; // of the greedy low-rank algorithm, rank 0, 1, …
  warning: string; // empty, or a sentence: what to know before one trusts late times
  complete: boolean; // false while an integration still runs: the curves end early, and a longer answer follows
  millis: number; // what it took to compute
}

/** The network at one time. */
export interface Moment {
  time: number; // in [0, ∞]
  endToEnd: Matrix; // A(t), outputs × inputs
  inputRepresentation: Matrix | null; // W_1ᵀW_1, inputs × inputs
  outputRepresentation: Matrix | null; // W_L W_Lᵀ, outputs × outputs
  modes: Float64Array;
  loss: number;
  testError: number | null;
  kernelDistance: number | null;
  neuron: { along: number; across: number; a: number } | null;
}

/** Plain gradient descent on the weights, at some of its steps. */
export interface Descent {
  times: Float64Array;
  modes: Float64Array; // times × n
  loss: Float64Array;
  step: number; // η
  steps: number; // taken in all
  note: string; // empty, or why there are none or they end early
}

/** A rectangle of the phase map: kernel distance at the end, or least test error over time. */
export interface MapRequest {
  problem: Problem; // its scale and balance are those of each point instead
  scales: number[];
  balances: number[];
  measure: "kernel" | "test";
}

/** Values, balances × scales, nan where not known (yet). `note` says why there is no map. */
export interface MapAnswer {
  values: Float64Array;
  done: boolean;
  note: string;
}

/** The core behind a worker. A newer call of the same method overtakes older ones: their callbacks are not called any
 *  more, and their promises are rejected with `Overtaken`. Wrong input rejects with an Error of linnet: `message` is a
 *  sentence for the user. */
export interface Core {
  /** Calls back once for a closed form, and repeatedly, with longer curves, for an integration. `times`: how many. */
  solve(problem: Problem, times: number, onAnswer: (solution: Solution) => void): Promise<void>;
  /** Of the problem solved last. */
  moment(time: number): Promise<Moment>;
  descent(problem: Problem, onAnswer: (dots: Descent) => void): Promise<void>;
  map(request: MapRequest, onAnswer: (map: MapAnswer) => void): Promise<void>;
  /** The version of linnet and what it was compiled by. */
  version(): Promise<string>;
  /** Ends the worker. Nothing is answered any more. */
  close(): void;
}

export class Overtaken extends Error {}
