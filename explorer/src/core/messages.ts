import type { Descent, MapAnswer, MapRequest, Moment, Problem, Solution } from "./types";

/** From the page to the worker. A newer message of a kind overtakes an older one. */
export type Request =
  | { kind: "solve"; id: number; problem: Problem; times: number }
  | { kind: "moment"; id: number; time: number }
  | { kind: "descent"; id: number; problem: Problem }
  | { kind: "map"; id: number; request: MapRequest }
  | { kind: "version"; id: number };

export type Answer = Solution | Moment | Descent | MapAnswer | string;

/** From the worker to the page: answers to a request, the last one marked; or why there is none. */
export type Reply =
  | { id: number; answer: Answer; last: boolean }
  | { id: number; error: string };
