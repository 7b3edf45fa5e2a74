import type { Problem, Solution } from "../core/types";
import { html } from "../dom";
import { format } from "../format";
import { modeName } from "../names";
import { thresholdOf } from "../regime";
import type { MakePart, View } from "../view";

/** Choices at most, beside "at the same time". */
const most = 5;

/** Learning times this near to each other count as one time. */
const near = 1.1;

interface Question {
  problem: Problem;
  time: number; // of the cursor
  modes: number[]; // to choose from
  next: number; // the one that is learned first of them
  together: boolean; // with another
}

/** The modes with something to learn that are not yet learned at a time, the first to come first. */
function toCome({ learningTimes }: Solution, time: number): number[] {
  return Array.from(learningTimes, (_, i) => i)
    .filter((i) => learningTimes[i] > time && Number.isFinite(learningTimes[i]))
    .sort((i, j) => learningTimes[i] - learningTimes[j]);
}

function ask({ solution, problem, state }: View, time: number): Question | null {
  if (!solution) return null;
  const coming = toCome(solution, time);
  if (coming.length < 2) return null;
  const [next, second] = coming;
  const name = (i: number) => modeName(solution, state, i);
  return {
    problem,
    time,
    modes: coming.slice(0, most).sort((i, j) => name(i).localeCompare(name(j))),
    next,
    together: solution.learningTimes[second] <= near * solution.learningTimes[next],
  };
}

/** Why mode `next` is the next, or why others come with it. */
function reason({ problem }: View, solution: Solution, { next, together }: Question): string {
  const { learningTimes } = solution;
  const target = solution.target.map(Math.abs);
  const { depth, width, scale, balance } = problem.start;
  const rest = toCome(solution, learningTimes[next] * (1 - 1e-12)).filter((i) => i !== next);
  const half = (i: number) => `y = ${format(target[i])} at t = ${format(learningTimes[i])}`;
  const facts = `It reaches half of its ${half(next)}, the one after it half of its ${half(rest[0])}.`;
  const why = () => {
    if (depth === 1) return "One layer learns all modes at one rate, da/dt = y − a, whatever y.";
    if (rest.some((i) => target[i] > target[next] * (1 + 1e-9)))
      return "It is not the largest y that is left: the weights of the start favour it.";
    const lead = together ? "The larger y leads, by less than a tenth" : "The larger y comes first";
    if (depth > 2)
      return `${lead}: with ${depth} layers a mode moves by the product of the other layers, so that small ones wait, then jump.`;
    // Of Gaussian weights κ is that of many neurons.
    const kappa = width === "gaussian" ? Math.hypot(scale, balance / 2) : thresholdOf(solution);
    if (Number.isNaN(kappa)) return `${lead}: the farther A is from Y along a mode, the faster it moves.`;
    if (kappa > target[next])
      return `Its y is below κ = ${format(kappa)}: lazy. All modes move at the rate 2√(κ² + a²), which is near 2κ, so that y matters little for the time.`;
    const below = kappa > 0 ? `below κ = ${format(kappa)} modes grow like 2κyt, above it` : "a small mode grows";
    return `${lead}: ${below} like e^(2yt).`;
  };
  return `${facts} ${why()}`;
}

/** "Predict first": which mode is learned next? What comes after the cursor is covered until one has answered. */
export const predict: MakePart = (root, actions) => {
  let view: View | null = null;
  let question: Question | null = null;
  let reached: { problem: Problem; time: number } | null = null; // what was asked is learned by then
  let [right, asked] = [0, 0];
  const begin = html("button", { type: "button", click: () => start() }, "Predict first");
  const choices = html("div", { class: "choices" });
  const form = html(
    "form",
    { hidden: true, submit: (event: SubmitEvent) => answer(event) },
    html("fieldset", {}, html("legend", {}, "Which mode is learned next?"), choices),
    html("button", { type: "submit" }, "Check"),
    html("button", { type: "button", click: () => finish() }, "Stop"),
  );
  const verdict = html("p", { role: "status" });
  const score = html("p", { class: "hint", hidden: true });
  root.classList.add("predict");
  root.append(begin, form, verdict, score);

  const choice = (value: string, label: string) =>
    html("label", {}, html("input", { type: "radio", name: "next-mode", value, required: true }), label);

  function start(): void {
    if (!view?.solution?.complete) {
      verdict.textContent = "The curves are still being computed. Try again in a moment.";
      return;
    }
    const { solution, state, problem } = view;
    let time = reached?.problem === problem ? reached.time : 0;
    question = ask(view, time);
    if (!question && time > 0) question = ask(view, (time = 0));
    if (!question) {
      verdict.textContent = "There is nothing to predict: fewer than two modes will be learned from this start.";
      return;
    }
    actions.change({ time });
    actions.cover(true);
    const label = (i: number) => modeName(solution, state, i) + (state.task === "matrix" ? `, y = ${format(solution.target[i])}` : "");
    choices.replaceChildren(
      ...question.modes.map((i) => choice(String(i), label(i))),
      choice("together", "two or more at about the same time"),
    );
    verdict.textContent = "";
    show();
    choices.querySelector("input")?.focus();
  }

  function answer(event: SubmitEvent): void {
    event.preventDefault();
    if (!view?.solution || !question) return;
    const { next, problem, together } = question;
    const given = new FormData(form).get("next-mode");
    const isRight = given === (together ? "together" : String(next));
    const name = modeName(view.solution, view.state, next);
    const truth = together ? `“${name}” does not come alone.` : `“${name}” is next.`;
    verdict.textContent = `${isRight ? "Right" : "Not this time"}: ${truth} ${reason(view, view.solution, question)}`;
    asked += 1;
    right += Number(isRight);
    score.textContent = `${right} of ${asked} right.`;
    score.hidden = false;
    begin.textContent = "Next question";
    const times = Array.from(view.solution.learningTimes);
    const time = Math.max(...times.filter((time) => time <= times[next] * (together ? near : 1)));
    reached = { problem, time };
    finish();
    actions.play(time);
    begin.focus();
  }

  function finish(): void {
    question = null;
    actions.cover(false);
    show();
  }

  function show(): void {
    form.hidden = !question;
    begin.hidden = Boolean(question);
  }

  return {
    update(newest) {
      view = newest;
      if (!question) return;
      if (newest.problem !== question.problem) finish(); // of another problem
      else if (newest.time > question.time) actions.change({ time: question.time }); // no peeping
    },
  };
};
