/** The worker: computes in slices, so that what the user asks next never waits for long. */

import { decompress } from "fzstd";
import load from "../../build/core.mjs";
import packed from "virtual:core-wasm";
import type { Reply, Request } from "./messages";
import { orThrow, type CoreModule, type PhaseMap, type PlainDescent, type Scene } from "./module";
import type { Moment, Solution } from "./types";

const slice = 12; // milliseconds

/** The wasm inside of this script: base64 of its zstd form, a quarter smaller than that of gzip. */
const unpacked = () => decompress(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)));

const core: Promise<CoreModule> = load({ wasmBinary: unpacked() });

const send = (reply: Reply) => postMessage(reply);

let scene: Scene | null = null;

/** A job does a slice of its work each time; true: done. */
type Job = () => boolean;
type Kind = Request["kind"];
// What the user looks at first comes first.
const order: Kind[] = ["version", "solve", "moment", "map", "descent"];
const jobs = new Map<Kind, { id: number; step: Job; end: () => void }>();

function solve(module: CoreModule, { id, problem, times }: Extract<Request, { kind: "solve" }>): Job {
  const begun = performance.now();
  let told = 0;
  let started = false;
  return () => {
    if (!started) {
      const next = orThrow(module.makeScene(problem));
      scene?.delete();
      scene = next;
      started = true;
    }
    const complete = orThrow(scene!.work(slice));
    // The first answer of an integration comes soon, further ones less often.
    if (complete || performance.now() - told > 120) {
      const solution = orThrow(scene!.solution(times)) as Solution;
      if (complete || solution.times.length > 1) {
        send({ id, answer: { ...solution, millis: performance.now() - begun }, last: complete });
        told = performance.now();
      }
    }
    return complete;
  };
}

function moment({ id, time }: Extract<Request, { kind: "moment" }>): Job {
  return () => {
    if (!scene) return false; // until a problem is solved
    const { neuron, ...rest } = orThrow(scene.moment(time));
    const answer: Moment = { ...rest, neuron: neuron && { along: neuron[0], across: neuron[1], a: neuron[2] } };
    send({ id, answer, last: true });
    return true;
  };
}

function descent(module: CoreModule, { id, problem }: Extract<Request, { kind: "descent" }>, owned: (d: PlainDescent) => void): Job {
  let running: PlainDescent | null = null;
  return () => {
    if (!running) {
      if (!scene) return false;
      const { times } = orThrow(scene.solution(2));
      running = orThrow(module.makeDescent(problem, times[0], times[times.length - 1]));
      owned(running);
    }
    const done = orThrow(running.work(slice));
    if (done) send({ id, answer: running.dots(), last: true });
    return done;
  };
}

/** Every row of a coarse grid first, then those between. */
function interleaved(rows: number): number[] {
  const all: number[] = [];
  for (let apart = 8; apart >= 1; apart /= 2)
    for (let i = 0; i < rows; i += apart) if (apart === 8 || i % (2 * apart) !== 0) all.push(i);
  return all;
}

function map(module: CoreModule, { id, request }: Extract<Request, { kind: "map" }>, owned: (m: PhaseMap) => void): Job {
  const { scales, balances, measure, problem } = request;
  const values = new Float64Array(scales.length * balances.length).fill(NaN);
  let phases: PhaseMap | null = null;
  let rows: number[] = [];
  let next = 0;
  let told = performance.now();
  return () => {
    if (!phases) {
      phases = orThrow(module.makeMap(problem, measure));
      owned(phases);
      rows = phases.empty() ? [] : interleaved(balances.length * scales.length);
    }
    const until = performance.now() + slice;
    // Point by point: a single one can take milliseconds.
    for (; next < rows.length && performance.now() < until; ++next) {
      const at = rows[next];
      values[at] = orThrow(phases.row(balances[Math.floor(at / scales.length)], [scales[at % scales.length]]))[0];
    }
    const done = next === rows.length;
    if (done || performance.now() - told > 150) {
      send({ id, answer: { values: values.slice(), done, note: phases.note() }, last: done });
      told = performance.now();
    }
    return done;
  };
}

function jobOf(module: CoreModule, request: Request): { step: Job; end: () => void } {
  let held: { delete(): void } | null = null;
  const owned = (object: { delete(): void }) => (held = object);
  const end = () => held?.delete();
  switch (request.kind) {
    case "solve":
      return { step: solve(module, request), end };
    case "moment":
      return { step: moment(request), end };
    case "descent":
      return { step: descent(module, request, owned), end };
    case "map":
      return { step: map(module, request, owned), end };
    case "version":
      return { step: () => (send({ id: request.id, answer: module.version(), last: true }), true), end };
  }
}

const { port1: wake, port2: sleep } = new MessageChannel();
let awake = false;

function work(): void {
  awake = false;
  const kind = order.find((kind) => jobs.has(kind) && !(kind !== "solve" && kind !== "version" && kind !== "map" && !scene));
  if (!kind) return;
  const job = jobs.get(kind)!;
  let done = true;
  try {
    done = job.step();
  } catch (error) {
    send({ id: job.id, error: error instanceof Error ? error.message : String(error) });
  }
  if (done) {
    job.end();
    jobs.delete(kind);
  }
  rise();
}

/** After the messages that wait. */
function rise(): void {
  if (awake || jobs.size === 0) return;
  awake = true;
  wake.postMessage(null);
}

sleep.onmessage = work;

addEventListener("message", ({ data: request }: MessageEvent<Request>) => {
  void core.then((module) => {
    jobs.get(request.kind)?.end();
    jobs.set(request.kind, { id: request.id, ...jobOf(module, request) });
    rise();
  }).catch((error: unknown) => send({ id: request.id, error: `The core cannot be started: ${String(error)}` }));
});
