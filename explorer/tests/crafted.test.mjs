// Links that others have crafted: nothing of them gets into a copied program as code, and what is wrong is said in words.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createServer } from "vite";

let vite, load;
before(async () => {
  const root = new URL("..", import.meta.url).pathname;
  vite = await createServer({ root, server: { middlewareMode: true, ws: false }, appType: "custom", logLevel: "error", optimizeDeps: { noDiscovery: true } });
  load = (name) => vite.ssrLoadModule(`/src/${name}.ts`);
});
after(() => vite.close());

test("an address stays inside of the text that a copied program begins with", async () => {
  const { python } = await load("take/python");
  const { defaults } = await load("defaults");
  const { problemOf } = await load("problem");
  const state = { ...defaults, task: "matrix" };
  const solution = { times: Float64Array.of(1, 2), testError: null, kernelDistance: null, best: null, warning: "", outputs: 3, inputs: 3, method: "", exact: true };
  const link = 'https://example.org/?\\N"""\nimport os\n"""#seed=1';
  const program = python({ state, problem: problemOf(state), solution, link, version: "1" });
  const [, text, rest] = program.split('"""');
  assert.ok(!text.includes("\\") && !text.includes("\nimport"));
  assert.match(rest, /^\n\nimport numpy as np\n\nimport linnet\n/);
});

test("matrices of a link are checked", async () => {
  const { fromLink } = await load("link");
  const large = Array.from({ length: 201 }, () => [1]);
  for (const [given, why] of [
    [null, /lists of rows/],
    [{ target: [["1", 0]] }, /lists of rows/],
    [{ target: large }, /at most 200 rows/],
    [{ target: [[1]], gram: Array(401).fill([1]) }, /at most 400 rows/],
    [{ target: [[1e300]] }, /up to 1e100/],
  ]) {
    const { state, problems } = fromLink(`task=matrix&given=${encodeURIComponent(JSON.stringify(given))}`);
    assert.equal(state.given, undefined);
    assert.match(problems.join(), why);
  }
});
