import type { Descent, Moment, Problem, Solution } from "./types";

/** What the compiled core (explorer/core/bindings.cpp) offers. Its objects live until they are deleted. */
interface Owned {
  delete(): void;
}

export interface Failure {
  error: string;
}

export interface Values {
  modes: Float64Array;
  loss: number;
  testError: number | null;
  kernelDistance: number | null;
  neuron: Float64Array | null;
}

export interface Scene extends Owned {
  work(milliseconds: number): boolean | Failure;
  solution(count: number): Omit<Solution, "millis"> | Failure;
  moment(time: number): (Omit<Moment, "neuron"> & { neuron: Float64Array | null }) | Failure;
}

export interface PlainDescent extends Owned {
  work(milliseconds: number): boolean | Failure;
  dots(): Descent;
}

export interface PhaseMap extends Owned {
  note(): string;
  empty(): boolean;
  row(balance: number, scales: number[]): Float64Array | Failure;
}

export interface CoreModule {
  makeScene(problem: Problem): Scene | Failure;
  makeDescent(problem: Problem, first: number, last: number): PlainDescent | Failure;
  makeMap(problem: Problem, measure: "kernel" | "test"): PhaseMap | Failure;
  version(): string;
}

/** A sentence of linnet: its first line says which field, what was expected and what was got, its second is a hint. */
export class CoreError extends Error {}

export function orThrow<T>(answer: T | Failure): T {
  if (typeof answer === "object" && answer !== null && "error" in answer) throw new CoreError(answer.error);
  return answer as T;
}
