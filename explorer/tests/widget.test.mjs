// build/widget/widget.mjs in a browser, with a stand-in for anywidget's model, and no network.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch } from "./page.mjs";

const source = readFileSync(new URL("../build/widget/widget.mjs", import.meta.url), "utf8");

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A notebook's cell that shows a state. */
async function show(state) {
  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => /^(https?|file):/.test(request.url()) && faults.push(`request of ${request.url()}`));
  await page.evaluate(render, { source, state });
  const holds = (condition) => page.waitForFunction(condition, undefined, { timeout: 60_000 });
  return { page, faults, holds };
}

async function render({ source, state }) {
  const { default: widget } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const listeners = new Map();
  const values = { state, time: null, python: "", toml: "" };
  const model = {
    saved: 0,
    get: (name) => values[name],
    set: (name, value) => (values[name] = value),
    on: (event, call) => listeners.set(event, call),
    off: (event) => listeners.delete(event),
    save_changes: () => (model.saved += 1),
  };
  const el = document.createElement("div");
  document.body.append(el);
  Object.assign(window, { model, values, listeners, el, close: widget.render({ model, el }) });
}

test("the state goes both ways", async () => {
  const { page, faults, holds } = await show({ task: "noise", scale: 1e-3, time: "inf" });
  await holds(() => window.values.python.includes("low_rank_plus_noise"));
  const first = await page.evaluate(() => window.values);
  assert.equal(first.state.task, "noise");
  assert.equal(first.state.width, "infinite"); // all fields are there
  assert.equal(first.state.time, "inf");
  assert.equal(first.time, "inf");
  assert.match(first.toml, /kind = "low_rank_plus_noise"/);
  assert.match(first.python, /c = 0.001/);

  // Python sets a state.
  await page.evaluate(() => {
    window.values.state = { ...window.values.state, scale: 0.5, time: null };
    window.listeners.get("change:state")();
  });
  await holds(() => window.values.python.includes("c = 0.5") && typeof window.values.time === "number");

  // The page changes it.
  await page.getByLabel("Depth", { exact: true }).fill("3");
  await holds(() => window.values.state.depth === 3 && window.values.python.includes("WideFlow"));

  // At rest it tells nothing more.
  await page.waitForTimeout(1000);
  const saved = await page.evaluate(() => window.model.saved);
  await page.waitForTimeout(1000);
  assert.equal(await page.evaluate(() => window.model.saved), saved);

  const gone = page.workers()[0].waitForEvent("close");
  await page.evaluate(() => window.close());
  assert.equal(await page.evaluate(() => window.listeners.size), 0);
  assert.equal(await page.locator(".linnet main").count(), 0);
  await gone;
  assert.deepEqual(faults, []);
  await page.close();
});

test("what is typed halfway stays on the page", async () => {
  const { page, holds } = await show({ task: "matrix" });
  await holds(() => window.values.python !== "");
  const before = await page.evaluate(() => window.values.state.matrix);
  await page.getByRole("textbox", { name: "Y, a row on each line" }).fill("1 2\n3");
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => window.values.state.matrix), before);
  await page.close();
});

test("a program is copied as Python has it; there is no link to copy", async () => {
  const { page, holds } = await show({});
  await holds(() => window.values.python !== "");
  assert.equal(await page.getByRole("button", { name: "Copy link" }).count(), 0);
  await page.getByRole("button", { name: "Copy as Python" }).click();
  const copied = await page.getByRole("dialog").getByRole("textbox").inputValue();
  assert.equal(copied, await page.evaluate(() => window.values.python));
  await page.close();
});

test("a start of one's own is followed", async () => {
  const given = { target: [[3, 0], [0, 1]], weights: [[[0.1, 0.2], [0.3, 0.1]], [[0.2, 0.1], [0.1, 0.3]]] };
  const { page, faults, holds } = await show({ task: "matrix", width: "given", depth: 2, given });
  await holds(() => window.values.python.includes("linnet.DeepLinear(weights)"));
  assert.deepEqual(faults, []);
  await page.close();
});
