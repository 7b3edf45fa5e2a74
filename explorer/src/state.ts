/** All that the page shows follows from this, and the link has all of it. */
export interface State {
  task: "hierarchy" | "noise" | "neuron" | "reversal" | "matrix";
  table: number[][]; // properties × items, of hierarchy and reversal
  items: string[];
  properties: string[];
  noise: { dim: number; rank: number; noise: number; seed: number };
  angle: number; // degrees, of the neuron
  matrix: string; // as pasted: numbers in rows
  width: "infinite" | "balanced" | "gaussian" | "given";
  neurons: number;
  depth: number; // 1 … 5
  scale: number; // 1e-12 … 10
  balance: number; // −10 … 10
  seed: number; // of the start
  time: number; // of the cursor, 0 … Infinity; NaN: where the page puts it
  map: "kernel" | "test";
  dots: boolean; // of plain gradient descent
  lesson: number; // 1 … 4; 0: none
  given?: { target: number[][]; signal?: number[][]; weights?: number[][][]; gram?: number[][] }; // from a notebook
}
