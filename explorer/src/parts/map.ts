import type { MapAnswer, MapRequest } from "../core/types";
import { ranges } from "../defaults";
import { html, svg, watchSize } from "../dom";
import { choiceField, numberField } from "../fields";
import { format, power } from "../format";
import { idle } from "../problem";
import type { State } from "../state";
import { css, sequential } from "../theme";
import type { MakePart, View } from "../view";

/** Place in [0, 1] of a scale and of a balance, on their dials and on the map, and back. The middle is λ = 0, exactly. */
const scaleAxis = {
  place: (scale: number) => (Math.log10(scale) + 12) / 13,
  value: (place: number) => rounded(10 ** (13 * place - 12)),
};
const balanceAxis = {
  place: (balance: number) => 0.5 + Math.asinh(balance) / (2 * Math.asinh(10)),
  value: (place: number) => rounded(Math.sinh((2 * place - 1) * Math.asinh(10))),
};
const rounded = (value: number) => Number(value.toPrecision(3));

const grid = (count: number, axis: { value(place: number): number }) =>
  Array.from({ length: count }, (_, i) => axis.value(i / (count - 1)));
const scales = grid(40, scaleAxis);
const balances = grid(31, balanceAxis);

function hasSignal({ problem: { task } }: View): boolean {
  return task.kind === "noise" || (task.kind === "target" && task.signal !== undefined);
}

/** The map that belongs to a view. */
export function mapRequest(view: View): MapRequest {
  return { problem: view.problem, scales, balances, measure: hasSignal(view) ? view.state.map : "kernel" };
}

const margin = { left: 40, right: 10, top: 8, bottom: 34 };

/** The phase map, with the point of the state to be dragged, and the two dials. */
export const map: MakePart = (root, { change, announce }) => {
  let view: View;
  const measure = choiceField("Colour", [["kernel", "kernel distance at the end"], ["test", "least test error"]], (value) => change({ map: value as State["map"] }));
  const image = svg("image", { preserveAspectRatio: "none" });
  const plot = svg("svg", {}, image);
  const frame = svg("g", { "aria-hidden": "true" });
  const words = svg("g", { class: "regimes" });
  const point = svg("g", { class: "point", tabindex: 0, role: "application", "aria-roledescription": "dial of two directions" },
    svg("circle", { class: "around", r: 8.5 }), svg("circle", { r: 7 }), svg("path", { d: "M-4,0h8M0,-4v8" }));
  const picture = svg("svg", { class: "phase", role: "group", "aria-label": "Phase map" }, plot, frame, words, point);
  const bar = html("canvas", { width: 128, height: 1, "aria-hidden": "true" });
  const [least, most] = [html("span"), html("span")];
  const barTitle = html("span", { class: "name" });
  const colours = html("div", { class: "colours" }, barTitle, least, bar, most);
  const note = html("p", { class: "note", role: "status" });

  const scale = dial("Scale", "scale", scaleAxis);
  const balance = dial("Balance", "balance", balanceAxis);
  root.append(
    html("div", { class: "head" }, html("h2", {}, "Scale and balance of the start"), measure.root),
    picture,
    colours,
    note,
    scale.root,
    balance.root,
  );

  const paint = bar.getContext("2d")!;
  for (let i = 0; i < bar.width; i++) {
    paint.fillStyle = css(sequential(i / (bar.width - 1)));
    paint.fillRect(i, 0, 1, 1);
  }

  /** A slider and a number for the same value. */
  function dial(label: string, field: "scale" | "balance", axis: typeof scaleAxis) {
    const number = numberField(label, ranges[field], (value) => change({ [field]: value }));
    const slider = html("input", { type: "range", min: 0, max: 1, step: 0.0025, "aria-label": `${label}, dial`, input: () => change({ [field]: axis.value(Number(slider.value)) }) });
    return {
      root: html("div", { class: "dial" }, number.root, slider),
      show(state: State) {
        const why = idle(field, state);
        number.show(state[field]);
        number.disable(why);
        slider.disabled = why !== "";
        slider.title = why;
        slider.value = String(axis.place(state[field]));
        slider.setAttribute("aria-valuetext", format(state[field]));
      },
    };
  }

  // ---- pointer and keys
  const size = watchSize(picture, () => view && update(view));
  const inner = () => [size.width - margin.left - margin.right, size.height - margin.top - margin.bottom] as const;
  const x = (scale: number) => margin.left + scaleAxis.place(scale) * inner()[0];
  const y = (balance: number) => margin.top + (1 - balanceAxis.place(balance)) * inner()[1];

  let keyed = false; // the point has been moved by a key, and its new place is to be told
  function moveTo(across: number, up: number, snap = false): void {
    const inside = (place: number) => Math.min(Math.max(place, 0), 1);
    const middle = snap && Math.abs(up - 0.5) < 0.012;
    const patch: Partial<State> = {
      ...(!idle("scale", view.state) && { scale: scaleAxis.value(inside(across)) }),
      ...(!idle("balance", view.state) && { balance: balanceAxis.value(middle ? 0.5 : inside(up)) }),
    };
    view = { ...view, state: { ...view.state, ...patch } }; // the next key may come before the next frame
    change(patch);
  }
  function drag(event: PointerEvent): void {
    const { left, top } = picture.getBoundingClientRect();
    const [w, h] = inner();
    moveTo((event.clientX - left - margin.left) / w, 1 - (event.clientY - top - margin.top) / h, true);
  }
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    picture.setPointerCapture(event.pointerId);
    point.focus({ preventScroll: true });
    event.preventDefault();
    drag(event);
  });
  picture.addEventListener("pointermove", (event) => {
    if (picture.hasPointerCapture(event.pointerId)) drag(event);
  });
  point.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : 0.02; // of the axis; odd multiples of it never miss λ = 0 by rounding
    const move = { ArrowRight: [step, 0], ArrowLeft: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step], Home: [-1, 0], End: [1, 0], PageUp: [0, 0.1], PageDown: [0, -0.1] }[event.key];
    if (!move) return;
    event.preventDefault();
    moveTo(scaleAxis.place(view.state.scale) + move[0], balanceAxis.place(view.state.balance) + move[1], true);
    keyed = true;
  });

  // ---- the picture
  function axes(): SVGElement[] {
    const [w, h] = inner();
    const bottom = margin.top + h;
    const parts: SVGElement[] = [svg("rect", { class: "edge", x: margin.left, y: margin.top, width: w, height: h })];
    for (const exponent of [-12, -9, -6, -3, 0])
      parts.push(
        svg("path", { class: "axis", d: `M${x(10 ** exponent)},${bottom}v4` }),
        svg("text", { class: "tick", x: x(10 ** exponent), y: bottom + 15, "text-anchor": "middle" }, exponent === 0 ? "1" : power(exponent)),
      );
    for (const tick of [-10, -3, -1, 0, 1, 3, 10])
      parts.push(
        svg("path", { class: "axis", d: `M${margin.left},${y(tick)}h-4` }),
        svg("text", { class: "tick", x: margin.left - 7, y: y(tick) + 4, "text-anchor": "end" }, format(tick)),
      );
    const neuron = view.problem.task.kind === "neuron";
    parts.push(
      svg("text", { class: "title", x: margin.left + w / 2, y: size.height - 3, "text-anchor": "middle" }, neuron ? "scale |β(0)|" : "scale of the start"),
      svg("text", { class: "title", transform: `translate(10,${margin.top + h / 2}) rotate(-90)`, "text-anchor": "middle" }, neuron ? "balance δ" : "balance λ"),
    );
    return parts;
  }

  function place(): void {
    const [w, h] = inner();
    // Values are at the middles of pixels: the picture goes half a pixel beyond the axes on all sides.
    const [dx, dy] = [w / (scales.length - 1) / 2, h / (balances.length - 1) / 2];
    for (const [name, value] of Object.entries({ x: margin.left, y: margin.top, width: w, height: h })) plot.setAttribute(name, String(value));
    for (const [name, value] of Object.entries({ x: -dx, y: -dy, width: w + 2 * dx, height: h + 2 * dy })) image.setAttribute(name, String(value));
    frame.replaceChildren(...axes());
  }

  function colour({ request, answer }: NonNullable<View["map"]>): void {
    const [low, high] = extent(answer.values, request.measure);
    image.setAttribute("href", heatMap(answer, low, high));
    barTitle.textContent = request.measure === "kernel" ? "kernel distance, t = ∞" : "least test error over time";
    [least.textContent, most.textContent] = [format(low, 2), format(high, 2)];
    colours.hidden = !answer.values.some(Number.isFinite);
    note.textContent = meaning(request, answer);
    words.replaceChildren(
      ...regimes(request, answer).map(({ scale, balance, word }) =>
        svg("text", { x: x(scale), y: y(balance) + 4, "text-anchor": "middle" }, word)),
    );
  }

  let drawn: unknown[] = [];
  function update(next: View): void {
    view = next;
    const { state, map } = view;
    if (keyed) announce(`Scale ${format(state.scale)}, balance ${format(state.balance)}${onMap(view)}`);
    keyed = false;
    measure.root.hidden = !hasSignal(view);
    measure.show(state.map);
    scale.show(state);
    balance.show(state);
    if (!size.width) return;
    const inputs = [size.width, size.height, view.problem.task.kind, map?.answer];
    if (inputs.some((input, i) => input !== drawn[i])) {
      drawn = inputs;
      place();
      if (map) colour(map);
    }
    point.setAttribute("transform", `translate(${x(state.scale).toFixed(1)},${y(state.balance).toFixed(1)})`);
    point.setAttribute("aria-label", `Scale ${format(state.scale)}, balance ${format(state.balance)}. Arrow keys move the point.`);
  }

  return { update };
};

/** The value of the map at the point, for those who do not see its colour. */
function onMap({ state, map }: View): string {
  if (!map) return "";
  const nearest = (count: number, place: number) => Math.round(place * (count - 1));
  const row = nearest(balances.length, balanceAxis.place(state.balance));
  const value = map.answer.values[row * scales.length + nearest(scales.length, scaleAxis.place(state.scale))];
  return Number.isFinite(value) ? `, ${map.request.measure === "kernel" ? "kernel distance at the end" : "least test error"} about ${format(value, 2)}` : "";
}

/** What a map needs said: that it is of something else, still growing, or empty in part or all of one colour. */
function meaning({ measure }: MapRequest, { values, note, done }: MapAnswer): string {
  if (!done) return note || "The map is being computed …";
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return note;
  const still = measure === "kernel" && known.every((value) => value <= littleDistance);
  return [
    note,
    still && "Wherever it starts, the kernel ends near where it began.",
    known.length < values.length && "Where there is no colour, there is no such start.",
  ].filter(Boolean).join(" ");
}

/** What the ends of the colours mean: kernel distances begin at 0, and below this they are rounding or nearly nothing. */
const littleDistance = 0.01;

function extent(values: Float64Array, measure: MapRequest["measure"]): [number, number] {
  const known = values.filter(Number.isFinite);
  const kernel = measure === "kernel";
  const low = kernel ? 0 : known.reduce((a, b) => Math.min(a, b), Infinity);
  const high = known.reduce((a, b) => Math.max(a, b), kernel ? littleDistance : -Infinity);
  return [low, high > low ? high : low + 1];
}

/** A pixel for each value. What is not known yet is as what is known left of it. */
function heatMap({ values, done }: MapAnswer, low: number, high: number): string {
  const canvas = html("canvas", { width: scales.length, height: balances.length });
  const paint = canvas.getContext("2d")!;
  const pixels = paint.createImageData(canvas.width, canvas.height);
  let shown = NaN;
  values.forEach((value, i) => {
    const column = i % scales.length;
    if (done || column === 0 || Number.isFinite(value)) shown = value;
    if (!Number.isFinite(shown)) return;
    const row = balances.length - 1 - Math.floor(i / scales.length);
    pixels.data.set([...sequential((shown - low) / (high - low)), 255], 4 * (row * scales.length + column));
  });
  paint.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

/** Names of regimes where the map shows them: a kernel that ends near its start is lazy, one that does not is rich. Of two
 *  layers that are small but unequal, a kernel that moves much does so late, after a lazy fit. Where it moves nowhere there
 *  are no regimes to tell apart. */
function regimes({ measure, problem }: MapRequest, { values, done }: MapAnswer): { scale: number; balance: number; word: string }[] {
  if (measure !== "kernel" || !done || values.every((value) => !(value > littleDistance))) return [];
  const at = [[0.3, 0.93], [0.3, 0.5], [0.3, 0.07], [0.93, 0.5]]; // places on the axes
  return at.flatMap(([across, up]) => {
    const [column, row] = [Math.round(across * (scales.length - 1)), Math.round(up * (balances.length - 1))];
    const distance = values[row * scales.length + column];
    const late = up !== 0.5 && problem.start.depth === 2;
    const word = distance < 0.05 ? "lazy" : distance > 0.1 ? (late ? "delayed rich" : "rich") : "";
    return word ? [{ scale: scales[column], balance: balances[row], word }] : [];
  });
}
