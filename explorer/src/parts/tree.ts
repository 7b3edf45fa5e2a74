import type { Matrix } from "../core/types";
import { html, svg } from "../dom";
import { format } from "../format";

/** A node of a tree of items: a leaf (`item`), or two subtrees joined at a distance. */
export interface Tree {
  members: number[]; // items below
  distance: number; // 0 for a leaf
  children: [Tree, Tree] | null;
}

/** ‖h_i − h_j‖ of the hidden representations h_i, from their inner products C_1. */
function distance({ values, cols }: Matrix, i: number, j: number): number {
  return Math.sqrt(Math.max(0, values[i * cols + i] + values[j * cols + j] - 2 * values[i * cols + j]));
}

/** Hierarchical clustering with average linkage (UPGMA) of the items whose inner products are given. Subtrees stand in
 *  the order of their items, as far as the tree allows. */
export function cluster(inner: Matrix): Tree {
  let trees: Tree[] = Array.from({ length: inner.rows }, (_, item) => ({ members: [item], distance: 0, children: null }));
  const average = (one: Tree, other: Tree) => {
    let sum = 0;
    for (const i of one.members) for (const j of other.members) sum += distance(inner, i, j);
    return sum / (one.members.length * other.members.length);
  };
  const place = ({ members }: Tree) => members.reduce((sum, item) => sum + item, 0) / members.length;
  while (trees.length > 1) {
    let best: [Tree, Tree, number] | null = null;
    for (const [k, one] of trees.entries())
      for (const other of trees.slice(k + 1)) {
        const apart = average(one, other);
        // Rounding must not decide between equal distances: the tree would flicker.
        if (!best || apart < best[2] * (1 - 1e-9)) best = [one, other, apart];
      }
    const [one, other, apart] = best!;
    const children: [Tree, Tree] = place(one) <= place(other) ? [one, other] : [other, one];
    const joined = { members: children.flatMap(({ members }) => members), distance: apart, children };
    trees = [joined, ...trees.filter((tree) => tree !== one && tree !== other)];
  }
  return trees[0];
}

/** A tree in words, from the root: what is joined at which distance. */
function describe(tree: Tree, names: string[]): string {
  if (!tree.children) return names[tree.members[0]]!;
  const [one, other] = tree.children.map((child) => describe(child, names));
  return `(${one} and ${other} at ${format(tree.distance, 2)})`;
}

const row = 18;
const width = 150;
const margin = 80; // for names

/** The tree of items by the distances of their representations. */
export class Dendrogram {
  readonly element: HTMLElement;
  private readonly title = html("figcaption");
  private readonly picture = svg("svg", { role: "img" });

  constructor() {
    this.element = html("figure", { class: "tree" }, this.title, this.picture);
  }

  /** `furthest`: the distance at the left end of the picture. */
  update(title: string, tree: Tree, names: string[], furthest: number): void {
    this.title.textContent = title;
    const x = (distance: number) => Math.max(4, width - (width - 4) * (distance / furthest));
    const y = (leaf: number) => (leaf + 0.5) * row;
    let lines = "";
    const place = (node: Tree): number => {
      if (!node.children) return y(tree.members.indexOf(node.members[0]));
      const [top, bottom] = node.children.map(place);
      const [one, other] = node.children.map((child) => x(child.distance));
      lines += `M${one},${top}H${x(node.distance)}V${bottom}H${other}`;
      return (top! + bottom!) / 2;
    };
    const root = place(tree);
    this.picture.setAttribute("viewBox", `0 0 ${width + margin} ${tree.members.length * row}`);
    this.picture.setAttribute("aria-label", `Tree: ${describe(tree, names)}.`);
    this.picture.replaceChildren(
      svg("path", { class: "branches", d: `${lines}M0,${root}H${x(tree.distance)}` }),
      ...tree.members.map((item, leaf) => svg("text", { x: width + 4, y: y(leaf), dy: "0.35em" }, names[item])),
    );
  }
}
