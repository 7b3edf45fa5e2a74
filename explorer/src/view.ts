import type { Descent, MapAnswer, MapRequest, Moment, Problem, Solution } from "./core/types";
import type { State } from "./state";

/** What parts of the page draw. */
export interface View {
  state: State;
  problem: Problem;
  solution: Solution | null; // of the state, or of the one before while the new one is computed
  time: number; // of the cursor, never NaN
  moment: Moment | null; // at the cursor
  descent: Descent | null;
  covered: boolean; // "predict first": what is after the cursor is not shown yet
  playing: boolean;
  map: { request: MapRequest; answer: MapAnswer } | null;
  error: { field: string; message: string } | null; // of a state that is no problem: all else is then of the one before
}

/** What a part of the page may ask for. */
export interface Actions {
  change(patch: Partial<State>): void; // a new state; the rest follows
  announce(text: string): void; // to screen readers, politely
  cover(on: boolean): void; // "predict first": hides what is after the cursor, or shows it again
  play(to: number): void; // moves the cursor to a time, as if the dynamics ran; any change stops it
}

/** A part of the page, in an element of its own. */
export interface Part {
  update(view: View): void; // at most once a frame
}

export type MakePart = (root: HTMLElement, actions: Actions) => Part;
