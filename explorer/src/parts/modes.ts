import { scaleLog } from "d3-scale";
import type { Solution } from "../core/types";
import { html, svg } from "../dom";
import { format } from "../format";
import { modeName, modeProperties, named } from "../names";
import { thresholdOf } from "../regime";
import { modeColor } from "../theme";
import type { MakePart, View } from "../view";

/** Rows of the table at most; of noise the modes of the signal. */
const most = 8;

/** Of a picture of one mode, in units of its viewBox. */
const [width, height] = [200, 20];

/** From a tenth of the smallest to twice the largest of κ and all y_i, over at most twelve decades. */
function strengthScale(solution: Solution) {
  const { target, start } = solution;
  const sizes = [thresholdOf(solution), ...target, ...start.modes].map(Math.abs).filter((size) => size > 1e-13);
  const highest = 2 * Math.max(...sizes, 1e-12);
  const lowest = Math.max(Math.min(...sizes, highest) / 10, highest * 1e-12);
  return scaleLog([lowest, highest], [0, width]).clamp(true);
}

class Row {
  readonly element: HTMLTableRowElement;
  private readonly name = html("span", { class: "name" });
  private readonly properties = html("small");
  private readonly bar = svg("rect", { class: "bar", y: 5, height: height - 10 });
  private readonly goal = svg("path", { class: "goal" });
  private readonly threshold = svg("path", { class: "threshold" });
  private readonly picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  private readonly strength = html("span");
  private readonly goalAndRegime = html("small");

  constructor() {
    this.picture.append(this.bar, this.goal, this.threshold);
    this.element = html(
      "tr",
      {},
      html("th", { scope: "row" }, this.name, " ", this.properties),
      html("td", { class: "picture" }, this.picture),
      html("td", { class: "number" }, this.strength, " ", this.goalAndRegime),
    );
  }

  update(view: View, solution: Solution, i: number, x: (size: number) => number): void {
    const a = Math.abs(view.moment?.modes[i] ?? NaN); // of the task before there may be fewer
    const y = solution.target[i];
    const threshold = thresholdOf(solution);
    this.name.textContent = `${named(view.state) ? `${i + 1}: ` : ""}${modeName(solution, view.state, i)}`;
    this.properties.textContent = modeProperties(solution, view.state, i);
    this.properties.title = this.properties.textContent;
    this.bar.setAttribute("width", String(a > 0 ? x(a) : 0));
    this.bar.style.fill = modeColor(i, view);
    this.goal.setAttribute("d", y === 0 ? "" : `M${x(Math.abs(y))},2V${height - 2}`);
    this.threshold.setAttribute("d", threshold > 0 ? `M${x(threshold)},0V${height}` : "");
    this.strength.textContent = format(view.moment?.modes[i] ?? NaN, 2);
    const word = Number.isNaN(threshold) || Number.isNaN(a) ? "" : regime(a, threshold);
    this.goalAndRegime.replaceChildren(`of ${format(y, 2)}${word && ", "}`, html("b", { class: word }, word));
  }
}

const regime = (a: number, threshold: number) => (Math.abs(a) > threshold ? "active" : "lazy");

/** What κ says of the regime. */
function meaning({ problem }: View, solution: Solution): string {
  const threshold = thresholdOf(solution);
  if (Number.isNaN(threshold)) return "There is no κ here: only two layers that are infinitely wide or λ-balanced have one.";
  if (threshold === 0) return "κ = 0: every mode is active from the start.";
  const { width, neurons, balance } = problem.start;
  const hidden = problem.task.kind === "neuron" ? 1 : width === "balanced" ? neurons : Infinity;
  const larger = balance > 0 ? solution.outputs : solution.inputs;
  const delayed =
    balance !== 0 && hidden < larger ?
      ` But ${hidden === 1 ? "one hidden neuron reaches" : `${hidden} hidden neurons reach`} only ${hidden} of the ${larger} dimensions of the ${balance > 0 ? "outputs" : "inputs"}; ` +
      "the rest is learned late, by turning: delayed rich."
    : "";
  return `The dashed line is κ = ${format(threshold)}. A mode is lazy while |a| < κ, and active above.${delayed}`;
}

/** What becomes of the modes that have no row. */
function others({ moment, problem }: View, solution: Solution, rows: number): string {
  const threshold = thresholdOf(solution);
  const rest = solution.target.length - rows;
  if (rest === 0 || !moment) return "";
  const what = problem.task.kind === "noise" ? `${rest} modes of noise` : `${rest} further modes`;
  if (Number.isNaN(threshold)) return ` ${what} are not shown.`;
  const active = moment.modes.slice(rows).filter((a) => regime(a, threshold) === "active").length;
  return ` Of ${what} that are not shown ${active} ${active === 1 ? "is" : "are"} active.`;
}

/** Each mode lazy or active, with κ as the line. */
export const modes: MakePart = (root) => {
  const rows: Row[] = [];
  const body = html("tbody");
  const words = html("p", { class: "hint" });
  const [left, right] = [html("span"), html("span")];
  root.classList.add("modes");
  root.append(
    html(
      "table",
      {},
      html(
        "thead",
        {},
        html(
          "tr",
          {},
          html("th", { scope: "col" }, "Mode"),
          html("th", { scope: "col", class: "scale" }, left, right),
          html("th", { scope: "col", class: "number" }, "strength a"),
        ),
      ),
      body,
    ),
    words,
    html("p", { class: "instead" }, "The modes are covered until you have predicted the next one."),
  );
  return {
    update(view) {
      const { solution, problem } = view;
      root.classList.toggle("covered", view.covered);
      if (!solution) return;
      const signal = problem.task.kind === "noise" ? problem.task.rank : most;
      const count = Math.min(signal, most, solution.target.length);
      while (rows.length < count) rows.push(new Row());
      if (body.childElementCount !== count) body.replaceChildren(...rows.slice(0, count).map(({ element }) => element));
      const x = strengthScale(solution);
      for (let i = 0; i < count; ++i) rows[i].update(view, solution, i, x);
      [left.textContent, right.textContent] = x.domain().map((end) => format(end, 1)) as [string, string];
      words.textContent = meaning(view, solution) + others(view, solution, count);
    },
  };
};
