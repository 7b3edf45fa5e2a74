import type { Solution } from "./core/types";

/** Time on an axis from 0 to 1: its ends are t = 0 and t = ∞, and between them log t runs over the times of a solution. */
export class TimeAxis {
  static readonly gap = 0.05; // of 0 and of ∞ from the times between
  readonly first: number;
  readonly last: number;

  constructor(solution: Pick<Solution, "times"> | null) {
    this.first = solution?.times[0] ?? 0.01;
    this.last = solution?.times.at(-1) ?? 100;
  }

  place(time: number): number {
    if (time <= 0) return 0;
    if (time === Infinity) return 1;
    const part = Math.log(time / this.first) / Math.log(this.last / this.first);
    return TimeAxis.gap + (1 - 2 * TimeAxis.gap) * Math.min(Math.max(part, 0), 1);
  }

  time(place: number): number {
    if (place < TimeAxis.gap / 2) return 0;
    if (place > 1 - TimeAxis.gap / 2) return Infinity;
    const part = (place - TimeAxis.gap) / (1 - 2 * TimeAxis.gap);
    const time = this.first * (this.last / this.first) ** Math.min(Math.max(part, 0), 1);
    return Number(time.toPrecision(4)); // links are read by people
  }

  /** The time that lies `by` further on the axis. 0 and ∞ are one step from the times next to them. */
  step(time: number, by: number): number {
    if (time <= 0 && by > 0) return this.first;
    if (time === Infinity && by < 0) return this.last;
    const place = this.place(time) + by;
    const rounding = 1e-9;
    if (place < TimeAxis.gap - rounding) return 0;
    if (place > 1 - TimeAxis.gap + rounding) return Infinity;
    return this.time(place);
  }
}

/** Where the cursor stands until someone moves it: where the second mode is half learned, or else the first. */
export function startOfCursor(solution: Solution): number {
  const learned = [solution.learningTimes[1], solution.learningTimes[0]].find((time) => time > 0 && time < Infinity);
  return learned ?? new TimeAxis(solution).time(0.5);
}
