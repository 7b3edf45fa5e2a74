import type { Matrix, Moment, Solution, Start } from "../core/types";
import { html } from "../dom";
import { format } from "../format";
import { inputNames, named, outputNames } from "../names";
import type { State } from "../state";
import type { Actions, MakePart, View } from "../view";
import { Heatmap } from "./heatmap";
import { cluster, Dendrogram } from "./tree";

/** The tree of the items is drawn for so many. */
const mostItems = 16;

/** Σ_i f_i u_i v_iᵀ. */
function sum(u: Matrix, f: number[], v: Matrix): Matrix {
  const values = new Float64Array(u.rows * v.rows);
  const column = new Float64Array(v.rows);
  for (let i = 0; i < f.length; ++i) {
    for (let col = 0; col < v.rows; ++col) column[col] = f[i] * v.values[col * v.cols + i];
    for (let row = 0; row < u.rows; ++row) {
      const factor = u.values[row * u.cols + i];
      for (let col = 0; col < v.rows; ++col) values[row * v.rows + col] += factor * column[col];
    }
  }
  return { rows: u.rows, cols: v.rows, values };
}

function largest({ values }: Matrix): number {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

/** Of Σ_i f_i v_i v_iᵀ, f_i ≥ 0: the largest entry is on the diagonal. */
function largestOfSymmetric({ rows, cols, values }: Matrix, f: number[]): number {
  const diagonal = Array.from({ length: rows }, (_, row) => f.reduce((sum, size, i) => sum + size * values[row * cols + i] ** 2, 0));
  return Math.max(...diagonal);
}

type Kind = "endToEnd" | "inputRepresentation" | "outputRepresentation";
type Reach = Record<Kind, number> & { tree: number };

/** What the matrices and the tree reach once Y is learned. C_1 and C_2 are then ∓λ/2 + √(κ² + y²) along the modes, by
 *  the closure; where there is none, y^{2/L}, as in balanced layers. */
function atTheEnd({ left, right, target, threshold }: Solution, { balance, depth }: Start): Omit<Reach, "endToEnd"> {
  const sizes = (sign: number) =>
    Array.from(target, (y) => (Number.isFinite(threshold) ? (sign * balance) / 2 + Math.hypot(threshold, y) : Math.abs(y) ** (2 / depth)));
  return {
    inputRepresentation: largestOfSymmetric(right, sizes(-1)),
    outputRepresentation: largestOfSymmetric(left, sizes(1)),
    tree: right.rows <= mostItems ? cluster(sum(right, sizes(-1), right)).distance : 0,
  };
}

/** The scales of the pictures. They hold for a run; a start that is larger than the end widens them. */
class Scales {
  private solution: Solution | null = null;
  private before: Moment | null = null; // of the solution before this one
  private moment: Moment | null = null;
  private largestTarget = 0;
  private reach: Reach = { endToEnd: 0, inputRepresentation: 0, outputRepresentation: 0, tree: 0 };

  update(solution: Solution, { problem, moment }: View): void {
    if (solution !== this.solution) {
      const { left, right, target } = solution;
      const before = this.solution?.target;
      const same = before?.length === target.length && before.every((y, i) => y === target[i]); // only the start has changed
      const endToEnd = same ? this.largestTarget : largest(sum(left, Array.from(target), right));
      this.largestTarget = endToEnd;
      this.reach = { endToEnd, ...atTheEnd(solution, problem.start) };
      this.solution = solution;
      this.before = this.moment;
    }
    this.moment = moment;
  }

  including(kind: keyof Reach, value: number): number {
    if (this.moment !== this.before && value > this.reach[kind] * 1.001) this.reach[kind] = value;
    return this.reach[kind] || 1;
  }
}

interface Kinds {
  symbol: (depth: number) => string;
  rows: (state: State, count: number) => string[];
  columns: (state: State, count: number) => string[];
  what: (state: State) => string;
}

const kinds: Record<Kind, Kinds> = {
  endToEnd: {
    symbol: () => "A(t)",
    rows: outputNames,
    columns: inputNames,
    what: (state) => (named(state) ? "properties × items" : "outputs × inputs"),
  },
  inputRepresentation: {
    symbol: () => "W₁ᵀW₁",
    rows: inputNames,
    columns: inputNames,
    what: (state) => (named(state) ? "how alike the items are in the hidden layer" : "representation of the inputs"),
  },
  outputRepresentation: {
    symbol: (depth) => `W${"₀₁₂₃₄₅"[depth]}W${"₀₁₂₃₄₅"[depth]}ᵀ`,
    rows: outputNames,
    columns: outputNames,
    what: (state) => (named(state) ? "how alike the properties are" : "representation of the outputs"),
  },
};

/** A matrix with its title, or a sentence where there is none. */
class Panel {
  readonly element: HTMLElement;
  private readonly symbol = html("b");
  private readonly what = html("span");
  private readonly heatmap: Heatmap;
  private readonly absent = html("p", { class: "absent" });

  constructor(
    private readonly kind: Kind,
    private readonly scales: Scales,
    actions: Actions,
  ) {
    this.heatmap = new Heatmap(actions);
    this.heatmap.element.hidden = true;
    this.element = html("section", { class: "matrix" }, html("h3", {}, this.symbol, " ", this.what), this.heatmap.element, this.absent);
  }

  update(view: View): void {
    const { state, moment, problem } = view;
    const { rows, columns, what } = kinds[this.kind];
    const symbol = kinds[this.kind].symbol(problem.start.depth);
    const matrix = moment?.[this.kind] ?? null;
    this.symbol.textContent = symbol;
    this.what.textContent = what(state);
    this.heatmap.element.hidden = !matrix;
    this.absent.hidden = Boolean(matrix) || !moment;
    this.absent.textContent =
      problem.start.depth === 1 ? "One layer has no hidden layer." : `${symbol} is not computed for this width and depth.`;
    if (!matrix || !moment) return;
    this.heatmap.update({
      matrix,
      rows: rows(state, matrix.rows),
      columns: columns(state, matrix.cols),
      reach: this.scales.including(this.kind, largest(matrix)),
      symbol,
      title: `${symbol}, ${what(state)}, at t = ${format(moment.time)}`,
    });
  }
}

/** A(t), the two representations and the tree of the items at the cursor. */
export const matrices: MakePart = (root, actions) => {
  const scales = new Scales();
  const panels = (Object.keys(kinds) as Kind[]).map((kind) => new Panel(kind, scales, actions));
  const tree = new Dendrogram();
  tree.element.hidden = true;
  root.classList.add("matrices");
  root.append(...panels.map(({ element }) => element), tree.element);
  return {
    update(view) {
      if (!view.solution) return;
      scales.update(view.solution, view);
      for (const panel of panels) panel.update(view);
      const inner = view.moment?.inputRepresentation;
      tree.element.hidden = !inner || inner.rows < 3 || inner.rows > mostItems;
      if (!inner || tree.element.hidden) return;
      const clustered = cluster(inner);
      tree.update(`The ${named(view.state) ? "items" : "inputs"} by their distance in the hidden layer`, clustered, inputNames(view.state, inner.rows), scales.including("tree", clustered.distance));
    },
  };
};
