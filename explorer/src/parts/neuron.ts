import type { NeuronPath } from "../core/types";
import { html, svg } from "../dom";
import { format } from "../format";
import type { MakePart, View } from "../view";

/** (w along β*, w across β*, a). */
type Point = readonly [number, number, number];

const size = 300;
const firstTurn = { yaw: -0.5, pitch: 0.45 };

const circle = Array.from({ length: 49 }, (_, k) => (2 * Math.PI * k) / 48);
const span = Array.from({ length: 25 }, (_, k) => k / 12 - 1);

/** Lines of the surface a² − |w|² = δ up to |a| ≤ `top`: circles of equal a, and lines across them. */
function wires(delta: number, top: number): Point[][] {
  const radius = (a: number) => Math.sqrt(Math.max(0, a * a - delta));
  const at = (a: number, angle: number): Point => [radius(a) * Math.cos(angle), radius(a) * Math.sin(angle), a];
  const lowest = Math.sqrt(Math.max(0, delta));
  // Even in the length of w, so that lines are smooth where the sheets begin.
  const sheet = (sign: number) => span.map((s) => sign * Math.sqrt(delta + ((s + 1) / 2) ** 2 * (top * top - delta)));
  const heights = delta > 0 ? [sheet(1), sheet(-1)] : [span.map((s) => s * top)];
  const rings = [0.25, 0.5, 0.75, 1].map((s) => lowest + s * (top - lowest)).flatMap((a) => [a, -a]);
  if (delta < 0) rings.push(0);
  const meridians = circle.filter((_, k) => k % 6 === 0 && k < 48);
  return [
    ...rings.map((a) => circle.map((angle) => at(a, angle))),
    ...heights.flatMap((column) => meridians.map((angle) => column.map((a) => at(a, angle)))),
  ];
}

/** The two minima, a w = β* with |β*| = 1, on the surface. */
function minima(delta: number): Point[] {
  const a = Math.sqrt((Math.hypot(delta, 2) + delta) / 2);
  return [
    [1 / a, 0, a],
    [-1 / a, 0, -a],
  ];
}

/** Where the flow can stop short of them: a = 0 and w across β*. Upstream there is no such point. */
function saddles(delta: number): Point[] {
  if (delta > 0) return [];
  const w = Math.sqrt(-delta);
  return w === 0 ? [[0, 0, 0]] : [[0, w, 0], [0, -w, 0]];
}

const points = (path: NeuronPath): Point[] =>
  Array.from({ length: path.length / 3 }, (_, k) => [path[3 * k], path[3 * k + 1], path[3 * k + 2]]);

function words(delta: number): string {
  const size = format(delta, 2);
  if (delta > 0)
    return `δ = ${size} > 0, upstream: two sheets. As a² ≥ δ, a keeps its sign, and w does the learning. The larger δ, the more the tangent kernel stays δ·I: lazy.`;
  if (delta < 0)
    return `δ = ${size} < 0, downstream: one sheet. As |w|² ≥ −δ, w is there from the start, and a may change its sign. For δ far below 0, β moves along its own direction first, and turns late: delayed rich.`;
  return "δ = 0, balanced: a cone. |a| = |w|, and a saddle sits at the tip: from a small start the neuron first aligns with β*, then grows.";
}

/** One neuron f(x) = a wᵀx on its hyperboloid. */
export const neuron: MakePart = (root, actions) => {
  let view: View | null = null;
  let turn = { ...firstTurn };
  const layer = (name: string) => svg("g", { class: name });
  const layers = { wires: layer("wires"), axes: layer("axes"), marks: layer("marks"), path: layer("path") };
  const picture = svg("svg", { viewBox: `0 0 ${size} ${size}`, tabindex: 0, role: "img" }, ...Object.values(layers));
  const meaning = html("p");
  const legend = html("p", { class: "hint" }, "○ start, ● cursor, ◇ minima a·w = β*, × saddles. Drag or use the arrow keys to turn.");
  root.classList.add("neuron");
  root.append(html("h3", {}, "One neuron on a² − |w|² = δ"), picture, html("div", {}, meaning, legend));

  let from: { x: number; y: number } | null = null;
  picture.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY };
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!from) return;
    rotate((event.clientX - from.x) / 100, (event.clientY - from.y) / 100);
    from = { x: event.clientX, y: event.clientY };
  });
  for (const name of ["pointerup", "pointercancel"]) picture.addEventListener(name, () => (from = null));
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [0, -0.1], ArrowDown: [0, 0.1], ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    rotate(step[0], step[1]);
    actions.announce(`Turned to ${Math.round((180 * turn.yaw) / Math.PI)}°, ${Math.round((180 * turn.pitch) / Math.PI)}° above.`);
  });

  function rotate(yaw: number, pitch: number): void {
    turn = { yaw: turn.yaw + yaw, pitch: Math.max(-Math.PI / 2, Math.min(Math.PI / 2, turn.pitch + pitch)) };
    draw();
  }

  function draw(): void {
    const { solution, moment, problem, covered } = view!;
    if (!solution?.neuron || !solution.start.neuron) return;
    const delta = problem.start.balance;
    const path = [...points(solution.start.neuron), ...points(solution.neuron)];
    const ends = minima(delta);
    const top = 1.15 * Math.max(...[...path, ...ends].map(([, , a]) => Math.abs(a)));
    const extent = Math.max(top, Math.sqrt(top * top - delta));
    const [cy, sy, cp, sp] = [Math.cos(turn.yaw), Math.sin(turn.yaw), Math.cos(turn.pitch), Math.sin(turn.pitch)];
    const place = ([along, across, a]: Point): [number, number] => {
      const zoom = size / 2 / Math.hypot(top, extent);
      const right = cy * along - sy * across;
      const away = sy * along + cy * across;
      return [size / 2 + zoom * right, size / 2 - zoom * (cp * a + sp * away)];
    };
    const line = (polyline: Point[]) => `M${polyline.map((point) => place(point).map((x) => x.toFixed(1)).join()).join("L")}`;
    const sign = (text: string, point: Point, name: string) => {
      const [x, y] = place(point);
      return svg("text", { x, y, class: name, dy: "0.35em" }, text);
    };
    const axis = (name: string, end: Point) => [svg("path", { d: line([[0, 0, 0], end]) }), sign(name, end.map((x) => 1.08 * x) as unknown as Point, "")];

    layers.wires.replaceChildren(svg("path", { d: wires(delta, top).map(line).join("") }));
    layers.axes.replaceChildren(...axis("w ∥ β*", [extent, 0, 0]), ...axis("w ⊥ β*", [0, extent, 0]), ...axis("a", [0, 0, extent]));
    layers.marks.replaceChildren(
      ...(covered ? [] : ends.map((end) => sign("◇", end, "minimum"))),
      ...saddles(delta).map((saddle) => sign("×", saddle, "saddle")),
      sign("○", path[0], "start"),
    );
    const now = moment?.neuron;
    layers.path.replaceChildren(svg("path", { class: "to-come", d: covered ? "" : line(path) }));
    if (now) {
      const cursor: Point = [now.along, now.across, now.a];
      const gone = path.slice(0, 1 + solution.times.filter((time) => time <= moment.time).length);
      layers.path.append(svg("path", { class: "gone", d: line([...gone, cursor]) }), sign("●", cursor, "cursor"));
    }
    meaning.textContent = words(delta);
    picture.setAttribute(
      "aria-label",
      `The path of (w, a) on the hyperboloid a² − |w|² = ${format(delta, 2)}` +
        (now ? `; at the cursor w along β* is ${format(now.along)}, across ${format(now.across)}, a is ${format(now.a)}.` : "."),
    );
  }

  return {
    update(newest) {
      view = newest;
      root.hidden = newest.problem.task.kind !== "neuron";
      if (!root.hidden) draw();
    },
  };
};
