import "./parts/panels.css";
import "./style.css";
import { startOfCursor, TimeAxis } from "./axis";
import { Overtaken, type Core, type Problem } from "./core/types";
import { defaults } from "./defaults";
import { html } from "./dom";
import { format } from "./format";
import { named } from "./names";
import { paced, rested } from "./pace";
import { controls } from "./parts/controls";
import { curves } from "./parts/curves";
import { lessons } from "./parts/lessons";
import { map, mapRequest } from "./parts/map";
import { matrices } from "./parts/matrices";
import { modes } from "./parts/modes";
import { neuron } from "./parts/neuron";
import { predict } from "./parts/predict";
import { table } from "./parts/table";
import { FieldError, problemOf } from "./problem";
import type { State } from "./state";
import { takeAlong } from "./take/part";
import type { Actions, MakePart, Part, View } from "./view";

export interface Options {
  core: Core;
  state: State;
  onState?(state: State): void; // once it rests
  embedded?: boolean; // in a page of others: the keyboard works inside of the explorer only
}

export interface Explorer {
  state(): State;
  setState(state: State): void;
  say(text: string): void; // a sentence above all else; empty takes it away
  destroy(): void;
}

interface Place {
  name: string; // class of its section
  label: string; // heading, or what a screen reader calls it where the part has a heading of its own
  make: MakePart;
  headed?: boolean; // it has
  shown?(state: State): boolean;
}

/** The columns of the page. On narrow screens they dissolve, and style.css orders the parts. */
const columns = (take: MakePart): Record<string, Place[]> => ({
  task: [
    { name: "controls", label: "Task and network", make: controls, headed: true },
    { name: "table", label: "Which item has which property", make: table, shown: named },
    { name: "predict", label: "Predict first", make: predict, headed: true, shown: ({ task }) => task !== "neuron" },
    { name: "take", label: "Take it along", make: take },
  ],
  dynamics: [
    { name: "curves", label: "Learning over time", make: curves, headed: true },
    { name: "matrices", label: "Matrices at the cursor", make: matrices, headed: true, shown: ({ task }) => task !== "neuron" },
    { name: "neuron", label: "One neuron", make: neuron, headed: true, shown: ({ task }) => task === "neuron" },
  ],
  start: [
    { name: "map", label: "Phase map of scale and balance", make: map, headed: true },
    { name: "modes", label: "Modes at the cursor", make: modes },
  ],
});

const timesOfDraft = 64;
const times = 200;
const restMillis = 150;
const playMillis = 9000; // from t = 0 to t = ∞
/** What of a state the problem does not depend on. */
const viewOnly = new Set<string>(["time", "map", "dots", "lesson"] satisfies (keyof State)[]);

export function mount(root: HTMLElement, { core, state: first, onState, embedded = false }: Options): Explorer {
  const view: View = {
    state: first,
    problem: problemOf(defaults),
    solution: null,
    time: NaN,
    moment: null,
    descent: null,
    covered: false,
    playing: false,
    map: null,
    error: null,
  };
  const gone = new AbortController();

  // ---- the page
  const spoken = html("p", { class: "spoken", role: "status", "aria-live": "polite" });
  const sentence = html("p", { class: "sentence", role: "alert", hidden: true });
  const version = html("span", { class: "version" });
  core.version().then((text) => (version.textContent = ` ${text}`)).catch(failed);
  const say = (text: string) => {
    sentence.textContent = text;
    sentence.hidden = text === "";
  };
  const actions: Actions = {
    change(patch) {
      stop();
      change(patch);
    },
    announce: (text) => (spoken.textContent = text),
    cover(on) {
      view.covered = on;
      draw();
    },
    play,
  };
  const parts: { section: HTMLElement; part: Part; shown?(state: State): boolean }[] = [];
  const place = ({ name, label, make, headed, shown }: Place) => {
    const section = html("section", { class: `part ${name}`, "aria-label": label }, ...(headed ? [] : [html("h2", {}, label)]));
    parts.push({ section, part: make(section, actions), shown });
    return section;
  };
  root.classList.add("linnet");
  root.replaceChildren(
    html("header", {}, html("h1", {}, "linnet", html("span", {}, " explorer"), version), place({ name: "lessons", label: "Lessons", make: lessons, headed: true })),
    sentence,
    html("main", {}, ...Object.entries(columns(takeAlong(core, embedded))).map(([name, places]) => html("div", { class: `column ${name}` }, ...places.map(place)))),
    spoken,
  );

  // ---- from the state to the picture
  const isReady = { problem: false, moment: false };
  let frame = 0;

  function draw(): void {
    const flag = embedded ? root : document.documentElement;
    flag.dataset.ready = "false";
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      const start = performance.now();
      const now = { ...view }; // parts may keep it, to see what is new
      for (const { section, part, shown } of parts) {
        section.hidden = shown?.(now.state) === false;
        if (!section.hidden) part.update(now);
      }
      performance.clearMeasures("linnet draw");
      performance.measure("linnet draw", { start });
      flag.dataset.ready = String(isReady.problem && isReady.moment);
    });
  }

  function failed(error: unknown): void {
    if (error instanceof Overtaken) return;
    view.error = { field: "", message: error instanceof Error ? error.message : String(error) };
    isReady.problem = isReady.moment = true;
    draw();
  }

  const askMoment = paced<number>((time, free) => {
    core
      .moment(time)
      .then((moment) => {
        view.moment = moment;
        isReady.moment = Object.is(time, view.time);
        draw();
      })
      .catch(failed)
      .finally(free);
  });

  function moveCursor(): void {
    if (!view.solution) return;
    view.time = Number.isNaN(view.state.time) ? startOfCursor(view.solution) : view.state.time;
    isReady.moment = false;
    askMoment(view.time);
  }

  const solve = paced<{ problem: Problem; count: number }>(({ problem, count }, free) => {
    core
      .solve(problem, count, (solution) => {
        view.solution = solution;
        isReady.problem = problem === view.problem;
        moveCursor();
        draw();
        free();
      })
      .catch(failed)
      .finally(free);
  }, 400);

  let mapOf = "";

  const settle = rested(() => {
    if (view.error) return;
    solve({ problem: view.problem, count: times });
    followMap();
    followDots();
  }, restMillis);

  function followMap(): void {
    const request = mapRequest(view);
    const { scale: _, balance: __, ...rest } = request.problem.start;
    const key = JSON.stringify([request.problem.task, rest, request.measure]);
    if (key === mapOf) return;
    mapOf = key;
    core
      .map(request, (answer) => {
        view.map = { request, answer };
        draw();
      })
      .catch(failed);
  }

  function followDots(): void {
    const { problem, state } = view;
    if (!state.dots) return;
    core
      .descent(problem, (descent) => {
        if (problem !== view.problem) return;
        view.descent = descent;
        draw();
      })
      .catch(failed);
  }

  const tell = rested(() => onState?.(view.state), 2 * restMillis);

  function change(patch: Partial<State>): void {
    const before = view.state;
    view.state = { ...before, ...patch };
    const changed = (Object.keys(view.state) as (keyof State)[]).filter((key) => !Object.is(before[key], view.state[key]));
    if (changed.some((key) => !viewOnly.has(key))) follow(timesOfDraft);
    if (changed.includes("time")) moveCursor();
    if (changed.includes("map")) followMap();
    if (changed.includes("dots")) {
      view.descent = null;
      followDots();
    }
    if (changed.length > 0) tell();
    draw();
  }

  function follow(count: number): void {
    try {
      view.problem = problemOf(view.state);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      view.error = { field: error.field, message: error.message };
      isReady.problem = isReady.moment = true;
      return;
    }
    view.error = null;
    view.descent = null;
    isReady.problem = isReady.moment = false;
    solve({ problem: view.problem, count });
    settle();
  }

  // ---- play
  let playFrame = 0;
  function stop(): void {
    cancelAnimationFrame(playFrame);
    view.playing = false;
  }

  function play(to: number): void {
    stop();
    const axis = new TimeAxis(view.solution);
    const goal = axis.place(to);
    const from = axis.place(view.state.time) < goal ? axis.place(view.state.time) : 0; // nan: nobody has moved it yet
    const jumps = matchMedia("(prefers-reduced-motion: reduce)").matches ? 10 : Infinity;
    const begin = performance.now();
    view.playing = true;
    const step = (now: number) => {
      const ran = Math.max(now - begin, 0) / playMillis;
      const place = Math.min(from + (jumps === Infinity ? ran : Math.floor(ran * jumps) / jumps), goal);
      if (place >= goal) stop();
      else playFrame = requestAnimationFrame(step);
      change({ time: place >= goal ? to : axis.time(place) });
      if (place >= goal) actions.announce(`The cursor is at time ${format(to)}.`);
    };
    playFrame = requestAnimationFrame(step);
  }

  function onKey(event: Event): void {
    const { key, target, ctrlKey, altKey, metaKey } = event as KeyboardEvent;
    if (key !== " " || ctrlKey || altKey || metaKey || event.defaultPrevented) return;
    if (target instanceof Element && target.closest("button, input, select, textarea, a, summary, [contenteditable]")) return;
    event.preventDefault();
    if (view.playing) actions.change({});
    else play(Infinity);
  }

  const { signal } = gone;
  (embedded ? root : document).addEventListener("keydown", onKey, { signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw, { signal });
  const watch = new ResizeObserver(draw);
  watch.observe(root);

  follow(times);
  draw();

  return {
    state: () => view.state,
    setState: (state) => actions.change({ given: undefined, ...state }),
    say,
    destroy() {
      stop();
      gone.abort();
      watch.disconnect();
      settle.cancel();
      tell.cancel();
      cancelAnimationFrame(frame);
      root.replaceChildren();
    },
  };
}
