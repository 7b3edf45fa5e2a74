// The compiled core against linnet on BLAS and LAPACK, on random problems of every kind: of closed forms differences of
// at most 1e-12, relative to the largest number of its kind in the problem. Integrations choose their steps by errors, so
// that rounding may change a step: they agree as well as their steps are accurate.
//
//     LINNET_EXPLORER_NUMBERS=…/linnet_explorer_numbers node --test tests/agreement.test.mjs

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";
import load from "../build/core.mjs";

const program = process.env.LINNET_EXPLORER_NUMBERS ?? "../build/release/bin/linnet_explorer_numbers";
const problems = (...options) => execFileSync(program, options, { maxBuffer: 1e9, encoding: "utf8" }).trim().split("\n");
const core = await load({ wasmBinary: readFileSync(new URL("../build/core.wasm", import.meta.url)) });

const orThrow = (answer) => {
  if (answer?.error) throw new Error(answer.error);
  return answer;
};
const flat = (value) =>
  value === null ? [] : typeof value === "number" ? [value] : value.values instanceof Float64Array ? [...value.values] : [...value].flat();
const largest = (numbers) => Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs));

/** The largest difference, relative to `size`; other infinities, or another number of numbers, are infinitely wrong. */
function difference(mine, theirs, size) {
  if (mine.length !== theirs.length) return Infinity;
  let worst = 0;
  mine.forEach((x, i) => {
    if (Object.is(x, theirs[i]) || x === theirs[i]) return;
    const off = Math.abs(x - theirs[i]) / size;
    worst = Math.max(worst, Number.isFinite(off) ? off : Infinity);
  });
  return worst;
}

function compared(line) {
  const { problem, moments, ...whole } = JSON.parse(line);
  const scene = orThrow(core.makeScene(problem));
  while (!orThrow(scene.work(1000)));
  const solution = orThrow(scene.solution(9));
  const mine = { ...solution, threshold: Number.isNaN(solution.threshold) ? null : solution.threshold, best: solution.best?.testError ?? null };
  const wrong = {};
  for (const name of Object.keys(whole)) {
    const theirs = flat(whole[name]);
    // Each learning time is compared with itself.
    wrong[name] = name === "learningTimes"
      ? Math.max(0, ...theirs.map((t, i) => difference([mine[name][i]], [t], Math.abs(t) || 1)))
      : difference(flat(mine[name]), theirs, largest(theirs) || 1);
  }
  const states = moments.map(({ time }) => orThrow(scene.moment(time)));
  for (const name of Object.keys(moments[0]).filter((name) => name !== "time")) {
    const theirs = moments.map((m) => flat(m[name]));
    // A kernel distance is one minus a cosine.
    const size = name === "kernelDistance" ? 1 : largest(theirs.flat()) || 1;
    wrong[name] = Math.max(...states.map((state, i) => difference(flat(state[name]), theirs[i], size)));
  }
  scene.delete();
  return { problem, wrong };
}

function agree(lines, tolerance) {
  const worst = {};
  const failures = [];
  for (const line of lines) {
    const { problem, wrong } = compared(line);
    for (const [name, off] of Object.entries(wrong)) {
      worst[name] = Math.max(worst[name] ?? 0, off);
      if (!(off <= tolerance)) failures.push(`${name} is off by ${off}: ${JSON.stringify(problem.start)} ${problem.task.kind}${problem.task.reversed ? " reversed" : ""}`);
    }
  }
  console.log("largest relative differences:", worst);
  assert.deepEqual(failures, []);
}

test("200 random problems with a closed form agree to 1e-12", () => {
  const lines = problems("200");
  assert.equal(lines.length, 200);
  agree(lines, 1e-12);
});

test("40 random integrations agree to 1e-7", () => {
  const lines = problems("40", "integrated");
  assert.equal(lines.length, 40);
  agree(lines, 1e-7);
});
