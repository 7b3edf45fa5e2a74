// node tests/take.mjs FOLDER [SEED]: random states of every kind, by the compiled core: what users take along of each, and the
// numbers that the page shows, for tests/test_take.py.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "vite";
import makeCore from "../build/core.mjs";

const folder = process.argv[2];
const root = new URL("..", import.meta.url).pathname;
const vite = await createServer({ root, server: { middlewareMode: true, ws: false }, optimizeDeps: { noDiscovery: true }, appType: "custom", logLevel: "error", optimizeDeps: { noDiscovery: true } });
const load = (name) => vite.ssrLoadModule(`/src/${name}.ts`);
const { defaults, ranges } = await load("defaults");
const { problemOf } = await load("problem");
const { python } = await load("take/python");
const { toml } = await load("take/toml");
const { csv } = await load("take/csv");
const { netcdf } = await load("take/netcdf");
const core = await makeCore({ wasmBinary: readFileSync(new URL("../build/core.wasm", import.meta.url)) });

let seed = Number(process.argv[3] ?? 1);
function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}
const between = (low, high) => low + (high - low) * random();
const power = (low, high) => Number((10 ** between(low, high)).toPrecision(4));
const matrix = (rows, cols, size = 1) => Array.from({ length: rows }, () => Array.from({ length: cols }, () => size * between(-1, 1)));
const text = (rows) => rows.map((row) => row.join(" ")).join("\n");
const whole = () => Math.floor(between(0, 1e6));
const noise = () => ({ task: "noise", noise: { dim: 12, rank: 2, noise: power(-2, -0.5), seed: whole() } });
const pasted = (rows, cols) => ({ task: "matrix", matrix: text(matrix(rows, cols, 3)) });
const gramOf = (target, a, b, end) => {
  const [m, n] = [target.length, target[0].length];
  return Array.from({ length: n + m }, (_, i) =>
    Array.from({ length: n + m }, (_, j) => (i === j ? (i < n ? a : b) : i >= n && j < n ? end[i - n][j] : i < n && j >= n ? end[j - n][i] : 0)),
  );
};
const givenBy = (make) => {
  const target = matrix(4, 3, 2);
  return { task: "matrix", width: "given", given: { target, signal: matrix(4, 3), ...make(target) } };
};
const zero = matrix(4, 3, 0);

/** Every way that a state becomes a program. */
const cases = {
  "infinite": { scale: power(-6, 0), balance: between(0, 3) },
  "infinite-downstream": { ...pasted(3, 5), scale: 1e-12, balance: -between(5, 10) },
  "infinite-noise": { ...noise(), scale: power(-3, 0), balance: between(-1, 1) },
  "infinite-deep": { width: "infinite", depth: 3, scale: power(-2, 0), balance: between(-1, 1) },
  "infinite-deepest": { ...pasted(3, 2), depth: 5, scale: power(-1, 0) },
  "infinite-deeper-noise": { ...noise(), depth: 4, scale: power(-1, 0), balance: 0.5 },
  "balanced": { width: "balanced", neurons: 8, scale: power(-6, -1), balance: between(0, 2), seed: whole() },
  "balanced-downstream": { ...pasted(5, 4), width: "balanced", neurons: 3, scale: power(-4, 0), balance: -between(0, 2), seed: whole() },
  "balanced-noise": { ...noise(), width: "balanced", neurons: 5, scale: power(-3, -1), balance: 0, seed: whole() },
  "one-layer": { width: "balanced", depth: 1, scale: power(-6, 0) },
  "balanced-deep": { width: "balanced", depth: 3, scale: power(-3, -1), balance: 0 },
  "balanced-deep-noise": { ...noise(), width: "balanced", depth: 3, scale: power(-2, -1), balance: between(0, 1) },
  "balanced-deepest": { ...pasted(4, 6), width: "balanced", depth: 5, scale: power(-2, 0), balance: -between(0, 1) },
  "gaussian": { width: "gaussian", neurons: 50, scale: power(-3, 0), balance: between(0, 1), seed: whole() },
  "gaussian-noise": { ...noise(), width: "gaussian", neurons: 1e6, scale: power(-3, 0), balance: between(-1, 0), seed: whole() },
  "gaussian-deep": { ...pasted(4, 3), width: "gaussian", depth: 3, neurons: 12, scale: power(-1, 0), seed: whole() },
  "gaussian-cone": { ...pasted(3, 3), width: "gaussian", depth: 3, neurons: 1e5, scale: power(-1, 0), seed: whole() },
  "neuron-upstream": { task: "neuron", angle: between(0, 170), scale: power(-3, 0), balance: between(0, 2) },
  "neuron-downstream": { task: "neuron", angle: between(0, 170), scale: power(-3, 0), balance: -between(0, 2) },
  "reversal": { task: "reversal", scale: power(-3, 0), balance: between(-1, 1) },
  "reversal-balanced": { task: "reversal", width: "balanced", neurons: 8, scale: power(-3, -1), balance: between(0.1, 1), seed: whole() },
  "given-weights": givenBy(() => ({ weights: [matrix(5, 3, 0.3), matrix(4, 5, 0.3)] })),
  "given-deep": givenBy(() => ({ weights: [matrix(5, 3), matrix(4, 5), matrix(4, 4)] })),
  "given-wide": givenBy((target) => ({ gram: gramOf(target, 0.2, 0.5, zero) })),
  "given-gram": givenBy((target) => ({ gram: gramOf(target, 0.8, 0.9, matrix(4, 3, 0.1)) })),
};

for (const [name, patch] of Object.entries(cases)) {
  const state = { ...defaults, ...patch };
  const problem = problemOf(state);
  const scene = core.makeScene(problem);
  if (scene.error) throw new Error(`${name}: ${scene.error}`);
  while (scene.work(1000) === false);
  const solution = { ...scene.solution(60), millis: 0 };
  if (solution.error) throw new Error(`${name}: ${solution.error}`);
  const taken = { state, problem, solution, link: "https://example.org/#seed=1", version: core.version() };
  const write = (end, content) => writeFileSync(join(folder, `${name}.${end}`), content);
  write("py", python(taken));
  write("toml", toml(taken));
  write("csv", csv(taken));
  write("nc", netcdf(taken));
  const numbers = { ...solution, outputs: undefined, left: undefined, right: undefined };
  write("json", JSON.stringify(numbers, (_, value) =>
    value instanceof Float64Array ? Array.from(value, (x) => (Number.isFinite(x) ? x : String(x)))
    : typeof value === "number" && !Number.isFinite(value) ? String(value)
    : value));
  scene.delete();
}
writeFileSync(join(folder, "fields"), JSON.stringify({ fields: [...Object.keys(defaults), "given"], ranges }));
await vite.close();
