import { ranges } from "../defaults";
import { html } from "../dom";
import { choiceField, numberField, textField, type Field } from "../fields";
import { idle } from "../problem";
import type { State } from "../state";
import type { MakePart, View } from "../view";

/** What is learned, and how the weights start, except for scale and balance, which are beside the map. */
export const controls: MakePart = (root, { change }) => {
  let view: View;
  const changeNoise = (patch: Partial<State["noise"]>) => change({ noise: { ...view.state.noise, ...patch } });

  const task = choiceField(
    "Task",
    [
      ["hierarchy", "Semantic hierarchy"],
      ["noise", "Low rank plus noise"],
      ["neuron", "One neuron"],
      ["reversal", "Reversal, Y → −Y"],
      ["matrix", "Paste your matrix"],
    ],
    (value) =>
      change({
        task: value as State["task"],
        map: value === "noise" ? "test" : "kernel",
        time: NaN,
        lesson: 0,
        ...((view.state.width === "given" || (value === "reversal" && view.state.width === "gaussian")) && { width: "infinite" }),
      }),
  );
  const width = choiceField(
    "Width",
    [
      ["infinite", "Infinitely wide"],
      ["balanced", "λ-balanced weights"],
      ["gaussian", "Gaussian weights"],
      ["given", "Weights of the notebook"],
      ["neuron", "One hidden neuron"],
    ],
    (value) => change({ width: value as State["width"] }),
  );
  const [, , , given, single] = (width.input as HTMLSelectElement).options;

  /** Each field with the name by which errors call it and the value it shows. */
  const ofTask: [State["task"], string, Field, (state: State) => string | number][] = [
    ["noise", "dim", numberField("Size d", ranges.dim, (dim) => changeNoise({ dim })), (state) => state.noise.dim],
    ["noise", "rank", numberField("Rank", ranges.rank, (rank) => changeNoise({ rank })), (state) => state.noise.rank],
    ["noise", "noise", numberField("Noise", ranges.noise, (noise) => changeNoise({ noise })), (state) => state.noise.noise],
    ["noise", "taskSeed", numberField("Seed", ranges.taskSeed, (seed) => changeNoise({ seed })), (state) => state.noise.seed],
    ["neuron", "angle", numberField("Angle to β*, in degrees", ranges.angle, (angle) => change({ angle })), (state) => state.angle],
    ["matrix", "matrix", textField("Y, a row on each line", (matrix) => change({ matrix, given: undefined })), (state) => state.matrix],
  ];
  const ofStart: ["neurons" | "depth" | "seed", Field][] = [
    ["neurons", numberField("Neurons", ranges.neurons, (neurons) => change({ neurons }))],
    ["depth", numberField("Depth", ranges.depth, (depth) => change({ depth }))],
    ["seed", numberField("Seed", ranges.seed, (seed) => change({ seed }))],
  ];
  const about = html("p", { class: "about" });
  for (const { root } of [task, width]) root.classList.add("alone");

  root.append(
    html("fieldset", {}, html("legend", {}, "Task"), task.root, about, html("div", { class: "fields" }, ...ofTask.map(([, , field]) => field.root))),
    html("fieldset", {}, html("legend", {}, "Network"), width.root, html("div", { class: "fields" }, ...ofStart.map(([, field]) => field.root))),
  );

  return {
    update(next) {
      const before = view as View | undefined;
      view = next;
      if (before && before.state === view.state && before.error === view.error) return;
      const { state, error } = view;
      task.show(state.task);
      about.textContent = abouts[state.task];
      for (const [kind, name, field, value] of ofTask) {
        field.root.hidden = kind !== state.task;
        field.show(value(state));
        if (error?.field === name || !field.input.matches(":focus") || name === "matrix") field.complain(error?.field === name ? error.message : "");
      }
      const notebook = state.given !== undefined && state.task === "matrix";
      given.hidden = given.disabled = !(notebook && (state.given?.weights || state.given?.gram));
      if (notebook) about.textContent = "Y comes from the notebook. What you paste here replaces it.";
      const neuron = state.task === "neuron";
      single.hidden = single.disabled = !neuron;
      width.show(neuron ? "neuron" : view.problem.start.width);
      width.disable(idle("width", state));
      for (const [name, field] of ofStart) {
        const twoLayers = name === "depth" && (neuron || state.task === "reversal");
        field.show(twoLayers ? 2 : neuron && name === "neurons" ? 1 : state[name]);
        field.disable(idle(name, state));
      }
    },
  };
};

const abouts: Record<State["task"], string> = {
  hierarchy: "Which item has which property? Edit the table.",
  noise: "A matrix of low rank is seen through noise: Y = A* + E. The best network is found before the end.",
  neuron: "f(x) = a wᵀx learns β* from a start at an angle to it.",
  reversal: "The network has learned the table Y, and now learns −Y.",
  matrix: "The network learns your matrix, outputs × inputs.",
};
