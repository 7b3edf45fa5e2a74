import * as hierarchy from "../hierarchy";
import { html } from "../dom";
import type { MakePart, View } from "../view";
import type { State } from "../state";

/** What one press makes of an entry: 0, 1, −1, 0, … */
const next = (entry: number) => (entry === 0 ? 1 : entry === 1 ? -1 : 0);

const written = (entry: number) => String(entry).replace("-", "−");

/** Longest name: columns stay narrow. */
const longest = 20;

/** The properties × items of the hierarchy, to edit. Row and column 0 of its cells are the names. */
export const table: MakePart = (root, actions) => {
  let state: State | null = null;
  let at: [number, number] = [1, 1];
  let cells: HTMLElement[][] = [];
  const grid = html("table", { role: "grid", "aria-label": "Properties of the items. Space changes an entry or a name." });
  const reset = html("button", { type: "button" }, "Reset the table");
  root.classList.add("table");
  root.append(
    html("p", { class: "hint" }, "Arrow keys move, space changes: 0, 1, −1. Names can be changed, too."),
    html("div", { class: "scroll" }, grid),
    reset,
  );

  const size = () => [cells.length, cells[0]?.length ?? 0] as const;

  function focus(row: number, column: number): void {
    cells[at[0]]?.[at[1]]?.setAttribute("tabindex", "-1");
    at = [row, column];
    const cell = cells[row][column];
    cell.setAttribute("tabindex", "0");
    cell.focus();
  }

  function press(row: number, column: number): void {
    if (!state) return;
    if (row === 0 || column === 0) return rename(row, column);
    const [i, j] = [row - 1, column - 1];
    const changed = state.table.map((entries, k) => (k === i ? entries.map((entry, l) => (l === j ? next(entry) : entry)) : entries));
    state = { ...state, table: changed };
    actions.change({ table: changed });
    actions.announce(`${state.properties[i]}, ${state.items[j]}: ${written(changed[i][j])}`);
  }

  function rename(row: number, column: number): void {
    if (!state || row + column === 0) return;
    const which = row === 0 ? "items" : "properties";
    const k = row + column - 1;
    const before = state[which][k];
    const cell = cells[row][column];
    const input = html("input", { value: before, maxlength: longest, size: longest / 2, "aria-label": `New name of ${before}` });
    let done = false;
    const finish = (name: string, refocus: boolean) => {
      if (done) return;
      done = true;
      cell.textContent = before;
      if (name && name !== before) actions.change({ [which]: state![which].map((old, l) => (l === k ? name : old)) });
      if (refocus) cell.focus();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") finish(input.value.trim(), true);
      if (event.key === "Escape") finish("", true);
    });
    input.addEventListener("blur", () => finish(input.value.trim(), false));
    cell.replaceChildren(input);
    input.select();
  }

  grid.addEventListener("keydown", (event) => {
    const [row, column] = at;
    const [rows, columns] = size();
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (step) {
      const [down, right] = [row + step[0], column + step[1]];
      if (down >= 0 && right >= 0 && down < rows && right < columns && down + right > 0) focus(down, right);
    } else if (event.key === "Home") focus(row, row === 0 ? 1 : 0);
    else if (event.key === "End") focus(row, columns - 1);
    else if (event.key === " " || event.key === "Enter" || event.key === "F2") press(row, column);
    else return;
    event.preventDefault();
  });
  grid.addEventListener("click", (event) => {
    const cell = (event.target as Element).closest<HTMLElement>("td, th");
    if (!cell || (event.target as Element).closest("input")) return;
    const row = cells.findIndex((line) => line.includes(cell));
    if (row < 0) return;
    const column = cells[row].indexOf(cell);
    if (row + column === 0) return;
    focus(row, column);
    press(row, column);
  });
  reset.addEventListener("click", () => actions.change({ table: hierarchy.table, items: hierarchy.items, properties: hierarchy.properties }));

  function make({ items, properties, table: entries }: State): void {
    const head = [html("td"), ...items.map(() => html("th", { scope: "col", tabindex: -1 }))];
    const body = properties.map((_, i) => [html("th", { scope: "row", tabindex: -1 }), ...entries[i].map(() => html("td", { role: "gridcell", tabindex: -1 }))]);
    cells = [head, ...body];
    grid.replaceChildren(html("thead", {}, html("tr", {}, ...head)), html("tbody", {}, ...body.map((line) => html("tr", {}, ...line))));
    const [rows, columns] = size();
    at = [Math.min(at[0], rows - 1), Math.min(at[1], columns - 1)];
    cells[at[0]][at[1]].setAttribute("tabindex", "0");
  }

  function fill({ items, properties, table: entries }: State): void {
    const write = (cell: HTMLElement, text: string) => {
      if (!cell.querySelector("input") && cell.textContent !== text) cell.textContent = text;
    };
    items.forEach((item, j) => write(cells[0][j + 1], item));
    properties.forEach((property, i) => {
      write(cells[i + 1][0], property);
      entries[i].forEach((entry, j) => {
        const cell = cells[i + 1][j + 1];
        write(cell, written(entry));
        cell.dataset["entry"] = String(entry);
      });
    });
  }

  return {
    update(view: View) {
      if (view.state === state) return;
      state = view.state;
      const [rows, columns] = size();
      if (rows !== state.properties.length + 1 || columns !== state.items.length + 1) make(state);
      fill(state);
    },
  };
};
