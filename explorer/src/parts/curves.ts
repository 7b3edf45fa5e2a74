import { scaleLinear, scaleLog } from "d3-scale";
import { TimeAxis } from "../axis";
import type { Descent, Solution } from "../core/types";
import { html, svg, watchSize } from "../dom";
import { format } from "../format";
import { curveName } from "../names";
import { thresholdOf } from "../regime";
import type { State } from "../state";
import { colored, modeColor } from "../theme";
import type { MakePart, View } from "../view";

const margin = { left: 52, right: 70, top: 20, between: 30, bottom: 42 };
const decadesOfLoss = 4;

/** One of the stacked plots. `y` gives pixels from its top. */
interface Plot {
  title: string;
  legend: string; // of its lines
  height: number;
  top: number;
  y(value: number): number;
  ticks: number[];
  data: SVGElement[];
  labels: Label[];
}

/** A text beside the right end of a plot, at a height in pixels. */
interface Label {
  at: number;
  text: string;
  color: string;
}

/** Mode strengths, loss and kernel distance over log t, with a cursor in time that is dragged or moved by keys. */
export const curves: MakePart = (root, actions) => {
  const play = html("button", { type: "button", class: "play", title: "The space bar plays and pauses, too", click: () => togglePlay() });
  const dots = html("input", { type: "checkbox", change: () => actions.change({ dots: dots.checked }) });
  const readout = html("output", { class: "readout" });
  const method = html("p", { class: "method" });
  const note = html("p", { class: "note", role: "status" });
  const data = svg("g", { "aria-hidden": "true" });
  const axes = svg("g", { "aria-hidden": "true" });
  const cover = svg("g", { class: "cover" }, svg("rect"), svg("text", {}, "What comes next?"));
  const handle = svg("circle", { r: 7 });
  const stem = svg("line");
  const cursor = svg("g", { class: "cursor", role: "slider", tabindex: 0, hidden: true, "aria-label": "Time", "aria-valuemin": 0, "aria-valuemax": 100 }, stem, handle);
  const picture = svg("svg", { class: "plots", role: "group", "aria-label": "Mode strengths, loss and kernel distance over time" }, data, cover, axes, cursor);
  root.append(
    html("div", { class: "head" },
      html("h2", { class: "spoken" }, "Learning over time"),
      play,
      readout,
      html("label", { class: "check", title: "The same network, trained step by step" }, dots, "dots of gradient descent"),
    ),
    picture,
    note,
    method,
  );

  let view: View;
  let axis = new TimeAxis(null);
  const size = watchSize(picture, () => view && update(view));
  let drawn: unknown[] = [];
  const x = (time: number) => margin.left + axis.place(time) * (size.width - margin.left - margin.right);

  function togglePlay(): void {
    if (view.playing) actions.change({});
    else actions.play(Infinity);
  }

  // ---- pointer and keys
  const drag = (event: PointerEvent) => {
    const left = picture.getBoundingClientRect().left;
    actions.change({ time: axis.time((event.clientX - left - margin.left) / (size.width - margin.left - margin.right)) });
  };
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    picture.setPointerCapture(event.pointerId);
    cursor.focus({ preventScroll: true });
    event.preventDefault();
    drag(event);
  });
  picture.addEventListener("pointermove", (event) => {
    if (picture.hasPointerCapture(event.pointerId)) drag(event);
  });
  cursor.addEventListener("keydown", (event) => {
    const to = {
      ArrowRight: () => axis.step(view.time, 0.01),
      ArrowUp: () => axis.step(view.time, 0.01),
      ArrowLeft: () => axis.step(view.time, -0.01),
      ArrowDown: () => axis.step(view.time, -0.01),
      PageUp: () => axis.step(view.time, 0.1),
      PageDown: () => axis.step(view.time, -0.1),
      Home: () => 0,
      End: () => Infinity,
    }[event.key];
    if (!to) return;
    event.preventDefault();
    actions.change({ time: to() });
  });

  // ---- the picture
  let places: string[] = []; // of the times of the solution, in pixels

  /** Values at the times of the solution, `stride` apart. A tenth of a pixel is enough. */
  function path(values: ArrayLike<number>, plot: Plot, stride = 1, offset = 0): string {
    let text = "";
    for (let i = 0; i < places.length; i++) {
      const value = values[i * stride + offset];
      if (Number.isFinite(value)) text += `${text ? "L" : "M"}${places[i]},${Math.round(10 * plot.y(value)) / 10}`;
    }
    return text;
  }

  /** From t = 0 to the first of the times, and from the last of them to ∞. */
  function ends(plot: Plot, solution: Solution, start: number | null, end: number | null, first: number, last: number): string {
    const stroke = (from: number, a: number, to: number, b: number) =>
      [a, b].every(Number.isFinite) ? `M${x(from).toFixed(1)},${plot.y(a).toFixed(1)}L${x(to).toFixed(1)},${plot.y(b).toFixed(1)}` : "";
    const { times, complete } = solution;
    return (
      (start === null ? "" : stroke(0, start, times[0], first)) +
      (end === null || !complete ? "" : stroke(times[times.length - 1], last, Infinity, end))
    );
  }

  function curve(plot: Plot, solution: Solution, values: Float64Array, start: number | null, end: number | null, color: string): SVGElement[] {
    return [
      svg("path", { class: "curve", d: path(values, plot), stroke: color }),
      svg("path", { class: "curve ends", d: ends(plot, solution, start, end, values[0], values[values.length - 1]), stroke: color }),
    ];
  }

  function dotted(descent: Descent | null, plot: Plot, values: (i: number) => number): SVGElement[] {
    if (!descent) return [];
    let text = "";
    let before = -Infinity;
    descent.times.forEach((time, i) => {
      const at = x(time);
      if (at - before < 9 || time < axis.first || time > axis.last || !Number.isFinite(values(i))) return;
      before = at;
      text += `M${at.toFixed(1)},${plot.y(values(i)).toFixed(1)}h0`;
    });
    return [svg("path", { class: "dots", d: text })];
  }

  function level(plot: Plot, value: number, kind: string, color: string): SVGElement {
    const y = plot.y(value).toFixed(1);
    return svg("path", { class: kind, d: `M${x(0)},${y}H${x(Infinity)}`, stroke: color });
  }

  function modePlot(top: number, height: number, { solution, problem, descent, state }: View & { solution: Solution }): Plot {
    const { modes, target, times, start, end } = solution;
    const threshold = thresholdOf(solution);
    const n = target.length;
    const count = colored({ solution, problem });
    const all = [...start.modes, ...target, ...end.modes.filter(Number.isFinite)];
    let [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
    for (const value of modes) [low, high] = [Math.min(low, value), Math.max(high, value)];
    const scale = scaleLinear([low - 0.04 * (high - low), high + 0.06 * (high - low)], [height, 0]);
    const legend = ["pale: y", Number.isFinite(threshold) && "dashed: κ", state.dots && descent?.times.length && "dots: gradient descent"].filter(Boolean).join(", ");
    const plot: Plot = { title: "mode strengths  aᵢ = uᵢᵀA(t)vᵢ", legend, height, top, y: scale, ticks: scale.ticks(height / 34), data: [], labels: [] };
    let bulk = "";
    for (let i = count; i < n; i++)
      bulk += path(modes, plot, n, i) + ends(plot, solution, start.modes[i], end.modes[i], modes[i], modes[(times.length - 1) * n + i]);
    if (bulk) {
      plot.data.push(svg("path", { class: "curve bulk", d: bulk, stroke: "var(--bulk)" }));
      plot.labels.push({ at: scale(end.modes[count]), text: problem.task.kind === "noise" ? "noise" : "others", color: "var(--soft)" });
    }
    for (let i = 0; i < count; i++) {
      const color = modeColor(i, { solution, problem });
      plot.data.push(level(plot, target[i], "goal", color));
    }
    if (Number.isFinite(threshold)) {
      plot.data.push(level(plot, Math.min(threshold, scale.domain()[1]), "threshold", "var(--ink)"));
      plot.labels.push({ at: scale(Math.min(threshold, scale.domain()[1])), text: `κ = ${format(threshold, 2)}${threshold > scale.domain()[1] ? " ↑" : ""}`, color: "var(--ink)" });
    }
    for (let i = count - 1; i >= 0; i--) {
      const color = modeColor(i, { solution, problem });
      const values = Float64Array.from(times, (_, k) => modes[k * n + i]);
      plot.data.push(...curve(plot, solution, values, start.modes[i], end.modes[i], color));
      if (state.dots) plot.data.push(...dotted(descent, plot, (k) => descent!.modes[k * n + i]));
      const last = Number.isFinite(end.modes[i]) ? end.modes[i] : values[values.length - 1];
      plot.labels.push({ at: scale(last), text: curveName(state, i), color });
    }
    return plot;
  }

  function lossPlot(top: number, height: number, { solution, problem, descent, state }: View & { solution: Solution }): Plot {
    const { loss, testError, start, end, best, saddles } = solution;
    // The test error in units of the cost: the two then share an axis.
    const unit = (solution.inputs * solution.outputs) / 2;
    const test = testError?.map((value) => unit * value) ?? null;
    const seen = [start.loss, ...loss, ...(test ?? [])].filter((value) => value > 0);
    const most = 1.5 * seen.reduce((a, b) => Math.max(a, b), 1e-300);
    const bestLoss = best && best.testError > 0 ? unit * best.testError : most;
    const least = Math.min(Math.max(seen.reduce((a, b) => Math.min(a, b), most), most / 10 ** decadesOfLoss), bestLoss) / 1.5;
    const scale = scaleLog([least, most], [height, 0]);
    const plot: Plot = {
      title: !test ? "loss  C = ½‖A − Y‖²" : size.width < 360 ? "loss C and test error, as ½‖A − A*‖²" : "loss C = ½‖A − Y‖² and test error, as ½‖A − A*‖²",
      legend: saddles.length > 0 ? "dotted: greedy saddles" : "",
      height,
      top,
      y: (value) => scale(Math.max(value, least / 10)),
      ticks: logTicks(least, most, height / 18),
      data: [],
      labels: [],
    };
    let [line, label] = [Infinity, Infinity]; // heights of the last ones, which need some room between them
    for (const { rank, loss } of saddles) {
      const at = plot.y(loss);
      if (rank > colored({ solution, problem }) || loss < 1.05 * least || Math.abs(at - line) < 5) continue;
      line = at;
      plot.data.push(level(plot, loss, "ghost", "var(--soft)"));
      if (Math.abs(at - label) < 13 || at > height - 6) continue;
      label = at;
      plot.labels.push({ at, text: `rank ${rank}`, color: "var(--soft)" });
    }
    plot.data.push(...curve(plot, solution, loss, start.loss, end.loss, "var(--ink)"));
    if (state.dots) plot.data.push(...dotted(descent, plot, (i) => descent!.loss[i]));
    if (test) {
      const scaled = (value: number | null) => (value === null ? null : unit * value);
      plot.data.push(...curve(plot, solution, test, scaled(start.testError), scaled(end.testError), "var(--test)"));
      plot.labels.push({ at: plot.y(test[test.length - 1]), text: "test error", color: "var(--test)" });
    }
    if (best) {
      const at = [x(best.time), plot.y(unit * best.testError)];
      const right = at[0] + 150 > x(Infinity) && at[0] > x(0) + 150; // there is more room on the left
      plot.data.push(
        svg("circle", { class: "best", cx: at[0], cy: at[1], r: 5 }),
        svg("text", { class: "best", x: at[0] + (right ? -9 : 9), y: at[1] + (at[1] + 17 < height ? 15 : -9), "text-anchor": right ? "end" : "start" }, `best moment, t = ${format(best.time)}`),
      );
    }
    return plot;
  }

  function kernelPlot(top: number, height: number, solution: Solution): Plot {
    const scale = scaleLinear([0, 1.05], [height, 0]);
    const plot: Plot = { title: "kernel distance from the start", legend: "", height, top, y: scale, ticks: height > 50 ? [0, 0.5, 1] : [0, 1], data: [], labels: [] };
    plot.data.push(...curve(plot, solution, solution.kernelDistance!, 0, solution.end.kernelDistance, "var(--ink)"));
    return plot;
  }

  /** The curves of a plot with what belongs to them, which may be covered. */
  function dataOf(plot: Plot): SVGElement[] {
    const [left, right] = [x(0), x(Infinity)];
    const [edge, width] = [left - 4, right - left + 8];
    const grid = plot.ticks.map((tick) => svg("path", { class: "grid", d: `M${left},${(plot.top + plot.y(tick)).toFixed(1)}H${right}` }));
    // A picture in the picture clips what leaves the axes.
    const clipped = svg("svg", { x: edge, y: plot.top, width, height: plot.height, viewBox: `${edge} 0 ${width} ${plot.height}` }, ...plot.data);
    const labels = spread(plot.labels, plot.height).map(({ at, text, color }) => {
      const label = svg("text", { class: "label", x: right + 8, y: plot.top + at + 4 }, text);
      label.style.fill = color;
      return label;
    });
    return [...grid, clipped, ...labels];
  }

  function axesOf(plot: Plot): SVGElement[] {
    const left = x(0) - 8;
    return [
      svg("text", { class: "title", x: left, y: plot.top - 7 }, plot.title),
      // Beside the title where there is room for both.
      ...(x(Infinity) - left > 6.2 * (plot.title.length + plot.legend.length) + 20
        ? [svg("text", { class: "legend", x: x(Infinity), y: plot.top - 7, "text-anchor": "end" }, plot.legend)]
        : []),
      ...plot.ticks.map((tick) => svg("text", { class: "tick", x: left, y: plot.top + plot.y(tick) + 4, "text-anchor": "end" }, format(tick))),
    ];
  }

  function timeAxis(bottom: number): SVGElement[] {
    const parts: SVGElement[] = [svg("path", { class: "axis", d: `M${x(0)},${bottom}H${x(Infinity)}` })];
    for (const time of [0, ...logTicks(axis.first, axis.last, (size.width - margin.left - margin.right) / 46), Infinity]) {
      const room = Math.min(x(time) - x(0), x(Infinity) - x(time)); // to the labels of the ends
      parts.push(svg("path", { class: "axis", d: `M${x(time).toFixed(1)},${bottom}v5` }));
      if (room === 0 || room > 24)
        parts.push(svg("text", { class: "tick", x: x(time), y: bottom + 18, "text-anchor": "middle" }, format(time)));
    }
    const title = size.width < 480 ? "time t of gradient flow" : "time t (gradient flow, C = ½‖A − Y‖²; k steps of size η are t = kη)";
    parts.push(svg("text", { class: "title", x: (x(0) + x(Infinity)) / 2, y: bottom + 35, "text-anchor": "middle" }, title));
    return parts;
  }

  function redraw(view: View & { solution: Solution }): void {
    const kernel = view.solution.kernelDistance !== null;
    const room = size.height - margin.top - margin.bottom - (kernel ? 2 : 1) * margin.between;
    const parts = kernel ? [0.5, 0.33, 0.17] : [0.58, 0.42];
    let top = margin.top;
    const place = (i: number) => {
      const size = parts[i] * room;
      const at = top;
      top += size + margin.between;
      return [at, size] as const;
    };
    const plots = [modePlot(...place(0), view), lossPlot(...place(1), view)];
    if (kernel) plots.push(kernelPlot(...place(2), view.solution));
    data.replaceChildren(...plots.flatMap(dataOf));
    axes.replaceChildren(...plots.flatMap(axesOf), ...timeAxis(size.height - margin.bottom));
  }

  function moveCursor({ time, solution, covered, moment }: View): void {
    const at = x(time);
    const bottom = size.height - margin.bottom;
    cursor.removeAttribute("hidden");
    cursor.setAttribute("transform", `translate(${at.toFixed(1)},0)`);
    stem.setAttribute("y1", String(margin.top - 6));
    stem.setAttribute("y2", String(bottom));
    handle.setAttribute("cy", String(bottom));
    const [curtain, question] = cover.children;
    cover.toggleAttribute("hidden", !covered);
    curtain.setAttribute("x", String(at));
    curtain.setAttribute("y", "0");
    curtain.setAttribute("width", String(Math.max(size.width - at, 0)));
    curtain.setAttribute("height", String(bottom + 1));
    question.setAttribute("x", String((at + size.width) / 2));
    question.setAttribute("y", String(bottom / 2));
    const current = moment && Object.is(moment.time, time) ? moment : null;
    const values = current
      ? ` · loss ${format(current.loss)}` +
        (current.testError === null ? "" : ` · test error ${format(current.testError)}`) +
        (current.kernelDistance === null ? "" : ` · kernel distance ${format(current.kernelDistance, 2)}`)
      : "";
    if (current) readout.textContent = `t = ${format(time)}${values}`;
    const learned = solution?.learningTimes.reduce((count, t) => count + Number(t <= time), 0);
    cursor.setAttribute("aria-valuenow", (100 * axis.place(time)).toFixed(0));
    cursor.setAttribute("aria-valuetext", `t = ${format(time)}${values} · ${learned} of ${solution?.target.length} modes half learned`);
  }

  function update(next: View): void {
    view = next;
    const { solution, descent, state, problem } = view;
    play.textContent = view.playing ? "❚❚ Pause" : "▶ Play";
    dots.checked = state.dots;
    const running = solution && !solution.complete ? "The curves are still being computed." : "";
    const notes = [view.error?.message ?? "", running, solution ? warned(solution, state) : "", (state.dots && descent?.note) || ""];
    const text = notes.filter(Boolean).join(" ");
    if (note.textContent !== text) note.textContent = text;
    if (!solution || !size.width) return;
    const inputs = [solution, descent, state.dots, problem.task, size.width, size.height];
    if (inputs.some((input, i) => input !== drawn[i])) {
      drawn = inputs;
      axis = new TimeAxis(solution);
      places = Array.from(solution.times, (time) => x(time).toFixed(1));
      redraw({ ...view, solution });
    }
    moveCursor(view);
    method.textContent = solution.method;
  }

  return { update };
};

/** What linnet warns of, as a sentence. */
function warned({ warning }: Solution, { task }: State): string {
  if (warning === "") return "";
  if (task === "reversal")
    return (
      "Balanced weights that have learned Y stay at the saddle A = 0 for ever: nothing in them points to −Y. Here rounding " +
      "errors lead them away, so that the times after that mean nothing. Infinitely wide networks leave by themselves."
    );
  return `${warning[0].toUpperCase()}${warning.slice(1)}${warning.endsWith(".") ? "" : "."}`;
}

/** Powers of ten, or with 2 and 5 between them where there are few; at most about `most` of them. */
function logTicks(low: number, high: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const digits = to - from <= most / 3.5 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((to - from) / Math.max(most, 1)));
  const ticks: number[] = [];
  for (let exponent = from; exponent <= to; exponent++)
    if (exponent % every === 0) ticks.push(...digits.map((digit) => Number(`${digit}e${exponent}`)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Labels apart from each other, as near to their heights as that allows, inside of 0 … `height`. */
function spread(labels: Label[], height: number): Label[] {
  const apart = 12.5;
  const placed = labels.map((label) => ({ ...label })).sort((a, b) => a.at - b.at);
  placed.forEach((label, i) => (label.at = Math.max(label.at, i === 0 ? 0 : placed[i - 1].at + apart)));
  for (let i = placed.length - 1; i >= 0; i--)
    placed[i].at = Math.min(placed[i].at, i === placed.length - 1 ? height : placed[i + 1].at - apart);
  return placed.filter((label) => label.at > -apart);
}
