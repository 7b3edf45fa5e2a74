import type { Matrix } from "../core/types";
import { html } from "../dom";
import { format } from "../format";
import { dark, diverging } from "../theme";
import type { Actions } from "../view";

/** Names stand beside a matrix, and a table of its values below it, up to this size. */
const legible = 16;

type Palette = Uint32Array<ArrayBuffer>;

/** 256 colours from −1 over 0 to 1. */
function palette(onDarkPage: boolean): Palette {
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let k = 0; k < 256; ++k) bytes.set([...diverging((k - 128) / (k < 128 ? 128 : 127), onDarkPage), 255], 4 * k);
  return new Uint32Array(bytes.buffer);
}

const palettes = { light: palette(false), dark: palette(true) };

function colour(value: number, reach: number): number {
  return Math.max(0, Math.min(255, Math.round(128 + (127 * value) / reach)));
}

interface Shown {
  matrix: Matrix;
  rows: string[];
  columns: string[];
  reach: number; // the value at the ends of the colour bar
  symbol: string;
  title: string; // for those who do not see the picture
}

/** A matrix in colours around 0, read out under the pointer and by the arrow keys. */
export class Heatmap {
  readonly element: HTMLElement;
  private readonly grid = html("div", { class: "grid" });
  private readonly canvas = html("canvas", { tabindex: 0, role: "img" });
  private readonly mark = html("div", { class: "mark", hidden: true });
  private readonly rowNames = html("div", { class: "row-names", "aria-hidden": "true" });
  private readonly columnNames = html("div", { class: "column-names", "aria-hidden": "true" });
  private readonly bar = html("canvas", { class: "bar", width: 256, height: 1, "aria-hidden": "true" });
  private readonly ends = [html("span"), html("span", {}, "0"), html("span")];
  private readonly readout = html("output", { class: "entry" });
  private readonly table = html("table");
  private readonly summaryOfValues = html("summary", {}, "Values");
  private readonly details = html("details", { class: "values" }, this.summaryOfValues, this.table);
  private shown: Shown | null = null;
  private cell: [number, number] | null = null;
  private names = "";

  constructor(private readonly actions: Actions) {
    const picture = html("div", { class: "picture" }, this.canvas, this.mark);
    const scale = html("div", { class: "scale" }, this.bar, html("div", { class: "ends", "aria-hidden": "true" }, ...this.ends));
    this.grid.append(this.columnNames, this.rowNames, picture, scale, this.readout);
    this.element = html("div", { class: "heatmap" }, this.grid, this.details);
    this.canvas.addEventListener("pointermove", (event) => {
      const box = this.canvas.getBoundingClientRect();
      this.point((event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
    });
    this.canvas.addEventListener("pointerleave", () => this.select(null));
    this.canvas.addEventListener("blur", () => this.select(null));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.details.addEventListener("toggle", () => this.tabulate());
  }

  update(shown: Shown): void {
    const before = this.shown?.matrix;
    this.shown = shown;
    const { rows, cols } = shown.matrix;
    if (before?.rows !== rows || before.cols !== cols) this.cell = null;
    this.paint();
    this.name();
    this.canvas.setAttribute("aria-label", `${shown.title}: ${this.summary()} Arrow keys read its entries.`);
    this.summaryOfValues.setAttribute("aria-label", `Values of ${shown.symbol}`);
    this.select(this.cell);
    this.tabulate();
  }

  private paint(): void {
    const { matrix, reach } = this.shown!;
    const { rows, cols, values } = matrix;
    const colours = dark() ? palettes.dark : palettes.light;
    if (this.canvas.width !== cols || this.canvas.height !== rows) {
      this.canvas.width = cols;
      this.canvas.height = rows;
      this.canvas.style.aspectRatio = `${cols} / ${rows}`;
      this.grid.style.setProperty("--columns", String(cols));
    }
    const pixels = new Uint32Array(rows * cols);
    for (let k = 0; k < pixels.length; ++k) pixels[k] = colours[colour(values[k], reach)];
    this.canvas.getContext("2d")!.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), cols, rows), 0, 0);
    this.bar.getContext("2d")!.putImageData(new ImageData(new Uint8ClampedArray(colours.buffer), 256, 1), 0, 0);
    this.ends[0].textContent = format(-reach);
    this.ends[2].textContent = format(reach);
  }

  private name(): void {
    const { rows, columns, matrix } = this.shown!;
    const few = Math.max(matrix.rows, matrix.cols) <= legible;
    const names = few ? JSON.stringify([rows, columns]) : "";
    this.details.hidden = !few;
    if (names === this.names) return;
    this.names = names;
    this.rowNames.replaceChildren(...(few ? rows.map((text) => html("span", {}, text)) : []));
    this.columnNames.replaceChildren(...(few ? columns.map((text) => html("span", {}, text)) : []));
  }

  private summary(): string {
    const { matrix, rows, columns } = this.shown!;
    const { values, cols } = matrix;
    let [least, most] = [0, 0];
    for (let k = 1; k < values.length; ++k) {
      if (values[k] < values[least]) least = k;
      if (values[k] > values[most]) most = k;
    }
    const entry = (k: number) => `${format(values[k])} (${rows[Math.floor(k / cols)]}, ${columns[k % cols]})`;
    return `${matrix.rows} × ${cols}, entries from ${entry(least)} to ${entry(most)}.`;
  }

  private point(down: number, right: number): void {
    if (!this.shown) return;
    const { rows, cols } = this.shown.matrix;
    const at = (share: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    this.select([at(down, rows), at(right, cols)]);
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || !this.shown) return;
    event.preventDefault();
    const { rows, cols } = this.shown.matrix;
    const [row, col] = this.cell ?? [-step[0], -step[1]];
    const inside = (at: number, count: number) => Math.max(0, Math.min(count - 1, at));
    this.select([inside(row + step[0], rows), inside(col + step[1], cols)]);
    this.actions.announce(this.readout.value);
  }

  private select(cell: [number, number] | null): void {
    this.cell = cell;
    this.mark.hidden = !cell;
    if (!cell || !this.shown) {
      this.readout.value = "";
      return;
    }
    const { matrix, rows, columns } = this.shown;
    const percent = (at: number, count: number) => `${(100 * at) / count}%`;
    Object.assign(this.mark.style, {
      left: percent(cell[1], matrix.cols),
      top: percent(cell[0], matrix.rows),
      width: percent(1, matrix.cols),
      height: percent(1, matrix.rows),
    });
    this.readout.value = `${rows[cell[0]]}, ${columns[cell[1]]}: ${format(matrix.values[cell[0] * matrix.cols + cell[1]])}`;
  }

  private tabulate(): void {
    if (!this.details.open || this.details.hidden || !this.shown) return;
    const { matrix, rows, columns } = this.shown;
    const head = html("tr", {}, html("td"), ...columns.map((name) => html("th", { scope: "col" }, name)));
    const body = rows.map((name, i) =>
      html(
        "tr",
        {},
        html("th", { scope: "row" }, name),
        ...columns.map((_, j) => html("td", {}, format(matrix.values[i * matrix.cols + j], 2))),
      ),
    );
    this.table.replaceChildren(html("thead", {}, head), html("tbody", {}, ...body));
  }
}
