import { mount } from "./app";
import { connect } from "./core/client";
import type { Core } from "./core/types";
import { defaults } from "./defaults";
import { html } from "./dom";
import { problemOf } from "./problem";
import type { State } from "./state";
import { python } from "./take/python";
import type { Taken } from "./take/taken";
import { toml } from "./take/toml";

declare const LINNET_STYLE: string; // all style of the page, put in by vite.widget.config.ts

/** The part of anywidget's model that is used here. */
interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
  save_changes(): void;
}

/** JSON has neither infinity nor nan, which only times are. */
const timeToJson = (time: number) => (Number.isNaN(time) ? null : time === Infinity ? "inf" : time);
const timeFromJson = (time: unknown) => (time === null || time === undefined ? NaN : Number(time === "inf" ? Infinity : time));
const stateToJson = (state: State) => ({ ...state, time: timeToJson(state.time) });
const stateFromJson = (state: Partial<State>): State => ({ ...defaults, ...state, time: timeFromJson(state.time) });

/** While one types, a state may be none that Python would take. */
function isProblem(state: State): boolean {
  try {
    problemOf(state);
    return true;
  } catch {
    return false;
  }
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const root = html("div");
  el.append(html("style", {}, LINNET_STYLE), root);
  const core = connect();
  let version = "";
  core.version().then((text) => (version = text), () => undefined); // the page says why there is none
  let state = stateFromJson(model.get("state") as Partial<State>);
  let solved: Pick<Taken, "problem" | "solution"> | null = null;
  let time = NaN;
  let timer = 0;

  /** What Python reads, once the page rests. */
  function tell(): void {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (isProblem(state) && JSON.stringify(model.get("state")) !== JSON.stringify(stateToJson(state)))
        model.set("state", stateToJson(state));
      model.set("time", timeToJson(time));
      if (solved) {
        const taken: Taken = { ...solved, state, link: "", version };
        model.set("python", python(taken));
        model.set("toml", toml(taken));
      }
      model.save_changes();
    }, 100);
  }

  const heard: Core = {
    ...core,
    solve: (problem, times, onAnswer) =>
      core.solve(problem, times, (solution) => {
        solved = { problem, solution };
        onAnswer(solution);
        tell();
      }),
    moment(at) {
      time = at;
      tell();
      return core.moment(at);
    },
  };
  const explorer = mount(root, {
    core: heard,
    state,
    embedded: true,
    onState(next) {
      state = next;
      tell();
    },
  });
  const follow = () => {
    const next = stateFromJson(model.get("state") as Partial<State>);
    if (JSON.stringify(stateToJson(next)) === JSON.stringify(stateToJson(state))) return;
    state = next;
    explorer.setState(next);
  };
  model.on("change:state", follow);
  return () => {
    model.off("change:state", follow);
    clearTimeout(timer);
    explorer.destroy();
    core.close();
  };
}

export default { render };
