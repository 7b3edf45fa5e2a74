// What a user can ask of the core is answered soon, with numbers that can be, or in a sentence with the words of the page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import load from "../build/core.mjs";

const core = await load({ wasmBinary: readFileSync(new URL("../build/core.wasm", import.meta.url)) });
const two = { kind: "target", target: [[2, 0], [0, 1]] };
const start = (changes) => ({ width: "infinite", neurons: 3, depth: 2, scale: 0.1, balance: 0, seed: 1, ...changes });
const scene = (task, changes) => core.makeScene({ task, start: start(changes) });

test("balanced layers fall from above their targets at every time", () => {
  for (const depth of [3, 4, 5])
    for (const y of [1.3474805143249777, 2.1419851139778094, 2.8612394186848658, 7]) {
      const falling = scene({ kind: "target", target: [[y]] }, { width: "balanced", depth, scale: 9.9 });
      let before = 9.9;
      for (let k = 0; k < 600; ++k) {
        const [now] = falling.moment(10 ** (-3 + 0.01 * k)).modes;
        assert.ok(now <= before + 1e-14, `${depth} layers, y = ${y}: from ${before} to ${now}`);
        before = now;
      }
      falling.delete();
      assert.ok(Math.abs(before - y) < 1e-12);
    }
});

test("five infinitely wide layers take no minutes", () => {
  for (const changes of [{ scale: 0.01 }, { scale: 1e-6 }, { scale: 0.05, balance: 10 }]) {
    const before = process.cpuUsage();
    const wide = scene(two, { depth: 5, ...changes });
    assert.equal(wide.error, undefined);
    wide.delete();
    const { user } = process.cpuUsage(before);
    assert.ok(user < 5e6, `${user / 1e6} s`);
  }
});

test("one layer of infinite width has dots", () => {
  const dots = core.makeDescent({ task: two, start: start({ depth: 1 }) }, 0.01, 10);
  assert.equal(dots.error, undefined);
  dots.delete();
});

test("errors have the words of the page", () => {
  const size = 200;
  const large = { kind: "target", target: Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => Number(i === j))) };
  for (const [begin, task, changes] of [
    ["neurons: ", two, { width: "balanced", neurons: 5, balance: -1 }],
    ["depth: ", two, { width: "gaussian", depth: 1 }],
    ["width: ", { ...two, reversed: true }, { width: "gaussian" }],
    ["target: ", { kind: "target", target: [[NaN]] }, {}],
    ["size: ", large, { width: "gaussian", neurons: 1e6, depth: 5 }],
  ]) {
    const { error } = scene(task, changes);
    assert.ok(error?.startsWith(`${begin}expected `) && error.includes(", got "), `${begin}: ${error}`);
  }
});
