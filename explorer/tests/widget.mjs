// node tests/widget.mjs: dist/widget.mjs in a browser, with a stand-in for anywidget's model, and no network.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const source = readFileSync(new URL("../dist/widget.mjs", import.meta.url), "utf8");
assert(source.length < 1_000_000);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
const problems = [];
page.on("pageerror", (error) => problems.push(error.message));
page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
page.on("request", (request) => /^(https?|file):/.test(request.url()) && problems.push(`a request: ${request.url()}`));

await page.evaluate(async (source) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const listeners = new Map();
  const values = { state: { task: "noise", scale: 1e-3, time: "inf" }, time: null, python: "", toml: "" };
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
}, source);

const holds = (condition) => page.waitForFunction(condition, undefined, { timeout: 20_000 });
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
await holds(() => /c = 0.5/.test(window.values.python) && typeof window.values.time === "number");

// The widget rests: it tells nothing more.
await page.waitForTimeout(1000);
const saved = await page.evaluate(() => window.model.saved);
await page.waitForTimeout(1000);
assert.equal(await page.evaluate(() => window.model.saved), saved);

// What is done on the page reaches Python; in a notebook there is no link to copy.
assert.equal(await page.getByRole("button", { name: "Copy link" }).count(), 0);
await page.getByRole("button", { name: "Copy as Python" }).click();
const copied = await page.getByRole("dialog").getByRole("textbox").inputValue();
assert.equal(copied, await page.evaluate(() => window.values.python));
await page.getByRole("button", { name: "Close" }).click();

await page.evaluate(() => window.close());
assert.equal(await page.evaluate(() => window.listeners.size), 0);
assert.deepEqual(problems, []);
await browser.close();
console.log("widget: the state goes both ways");
