// What the lessons say, against the compiled core; and names and trees of the hierarchy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { createServer } from "vite";
import makeCore from "../build/core.mjs";

const root = new URL("..", import.meta.url).pathname;
const vite = await createServer({ root, server: { middlewareMode: true, ws: false }, optimizeDeps: { noDiscovery: true }, appType: "custom", logLevel: "error" });
const load = (name) => vite.ssrLoadModule(`/src/${name}.ts`);
const { lessons } = await load("lessons");
const { problemOf } = await load("problem");
const { modeName, modeProperties } = await load("names");
const { fromLink, toLink } = await load("link");
const { cluster } = await load("parts/tree");
after(() => vite.close());
const core = await makeCore({ wasmBinary: readFileSync(new URL("../build/core.wasm", import.meta.url)) });

function run(state) {
  const scene = core.makeScene(problemOf(state));
  assert(!scene.error, scene.error);
  while (scene.work(1000) === false);
  return { ...scene.solution(200), at: (time) => scene.moment(time) };
}
const sorted = (times) => Array.from(times).sort((s, t) => s - t);
const close = (x, y, tolerance) => assert(Math.abs(x - y) <= tolerance, `${x} is not ${y} to ${tolerance}`);

const [mixed, hierarchy, saddles, neuron] = lessons.map(({ start, compare }) => [start, ...compare.map(({ state }) => state)]);
test("links of lessons hold their whole state", () => {
  for (const state of [mixed, hierarchy, saddles, neuron].flat()) assert.deepEqual(fromLink(toLink(state)), { state, problems: [] });
});

test("Lazy and active at once", () => {
  const [between, smaller, larger] = mixed.map(run);
  const rank = mixed[0].noise.rank;
  const kappa = between.threshold;
  assert(between.target[rank - 1] > kappa && kappa > between.target[rank]);
  const best = between.at(between.best.time);
  assert.deepEqual(Array.from(best.modes, (a) => Math.abs(a) > kappa), Array.from(best.modes, (_, i) => i < rank));
  assert(between.best.testError < between.end.testError / 1.5);
  assert(smaller.best.testError < between.best.testError && smaller.best.time > between.best.time);
  assert(larger.best.testError > between.best.testError && larger.best.time < between.best.time);
  // Signal and noise come nearly together.
  const half = larger.learningTimes;
  assert(half[rank] < 1.4 * half[0]);
  assert(between.learningTimes[rank] > 1.8 * between.learningTimes[0]);
});

test("From lazy to rich", () => {
  const [rich, downstream, upstream, delayed] = hierarchy.map(run);
  const state = hierarchy[0];
  assert.equal(modeName(rich, state, 0), "all items");
  assert.equal(modeName(rich, state, 1), "Canary, Robin … | Oak, Rose, Daisy");
  assert.equal(modeName(rich, state, 2), "Canary, Robin | Salmon, Sunfish");
  assert.equal(modeProperties(rich, state, 2), "fly, sing | swim, leap");
  assert.deepEqual(sorted(rich.learningTimes), Array.from(rich.learningTimes)); // the root first
  assert(rich.learningTimes[4] > 3 * rich.learningTimes[0]);
  for (const lazy of [downstream, upstream]) {
    const times = sorted(lazy.learningTimes);
    assert(times.at(-1) < 1.5 * times[0]);
    assert(lazy.end.kernelDistance < 0.02 * rich.end.kernelDistance);
  }
  const tree = (solution, time = Infinity) => cluster(solution.at(time).inputRepresentation);
  const joined = (node) => (node.children ? [[...node.members].sort(), ...node.children.flatMap(joined)] : []);
  const pairs = [[0, 1], [2, 3], [0, 1, 2, 3], [4, 5], [6, 7], [4, 5, 6, 7]].map(String);
  for (const solution of [rich, upstream]) for (const pair of pairs) assert(joined(tree(solution)).map(String).includes(pair), pair);
  const leastJoin = (node) => (node.children ? Math.min(node.distance, ...node.children.map(leastJoin)) : Infinity);
  assert(tree(downstream).distance < 1.2 * leastJoin(tree(downstream)));
  assert(tree(upstream).distance > 2 * leastJoin(tree(upstream)) && tree(upstream).distance < 0.5 * tree(rich).distance);
  // Between the first two splits the tree shows the first one only.
  const early = tree(rich, Math.sqrt(rich.learningTimes[1] * rich.learningTimes[2]));
  assert.deepEqual(early.children.map(({ members }) => [...members].sort()), [[0, 1, 2, 3], [4, 5, 6, 7]]);
  // W_1ᵀW_1 ≈ AᵀA/λ.
  const { endToEnd: a, inputRepresentation: c } = upstream.at(Infinity);
  const norm = (values) => Math.hypot(...values);
  const square = c.values.map((_, k) => {
    let sum = 0;
    for (let i = 0; i < a.rows; ++i) sum += a.values[i * a.cols + Math.floor(k / a.cols)] * a.values[i * a.cols + (k % a.cols)];
    return sum / hierarchy[2].balance;
  });
  assert(norm(c.values.map((value, k) => value - square[k])) < 0.2 * norm(square));
  // Delayed: most is learned while the kernel has hardly moved.
  const k = delayed.loss.findIndex((loss) => loss < delayed.start.loss / 3);
  assert(delayed.kernelDistance[k] < 0.1 * delayed.end.kernelDistance);
});

test("Saddle to saddle", () => {
  const [three, four, larger] = saddles.map(run);
  for (const solution of [three, four]) {
    for (let rank = 1; rank <= 4; ++rank) {
      const middle = Math.sqrt(solution.learningTimes[rank - 1] * solution.learningTimes[rank]);
      const now = solution.at(middle);
      now.modes.forEach((a, i) => close(a / solution.target[i], Number(i < rank), 0.05));
      close(now.loss, solution.saddles.find((saddle) => saddle.rank === rank).loss, 0.01 * solution.start.loss);
    }
  }
  const wait = ({ learningTimes }) => learningTimes[1] - learningTimes[0];
  const rise = ({ times, modes, target, learningTimes }) => {
    const after = times.filter((_, k) => modes[k * target.length] < 0.9 * target[0]).at(-1);
    const before = times.find((_, k) => modes[k * target.length] > 0.1 * target[0]);
    return (after - before) / learningTimes[0];
  };
  assert(wait(four) > 2 * wait(three));
  assert(rise(four) < rise(three));
  assert(Math.max(...larger.learningTimes) < 1);
});

test("Get rich quick", () => {
  const [balanced, upstream, downstream] = neuron.map(run);
  const direction = ([along, across, a]) => Math.atan2(a * across, a * along);
  const size = ([along, across, a]) => Math.abs(a) * Math.hypot(along, across);
  const turned = (solution, time) => direction(solution.at(0).neuron) - direction(solution.at(time).neuron);
  const whole = (neuron[0].angle * Math.PI) / 180;
  const when = (solution, beta) => solution.times.find((time) => size(solution.at(time).neuron) > beta);
  assert(upstream.end.kernelDistance < 0.01);
  close(upstream.end.neuron[2], upstream.start.neuron[2], 0.1 * upstream.start.neuron[2]);
  assert(turned(upstream, when(upstream, 0.3)) > 0.8 * whole); // it turns while it is small
  assert(turned(downstream, when(downstream, 0.3)) < 0.15 * whole); // it grows before it turns
  const half = turned(balanced, when(balanced, 0.3));
  assert(half > 0.3 * whole && half < 0.8 * whole);
  assert(downstream.end.kernelDistance > 0.5);
});
