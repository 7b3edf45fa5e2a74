// node tests/panels.mjs: the panels at the cursor, the table and the questions, by keyboard and pointer, on the page
// that was built.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const file = new URL("../dist/index.html", import.meta.url);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
const problems = [];
page.on("pageerror", (error) => problems.push(error.message));
page.on("console", (message) => message.type() === "error" && problems.push(message.text()));

const ready = () => page.waitForFunction(() => document.documentElement.dataset.ready === "true");
const state = () => page.evaluate(() => window.linnet.state());
async function open(link) {
  await page.goto("about:blank");
  await page.goto(`${file}#${link}`);
  await ready();
}
async function press(...keys) {
  for (const key of keys) await page.keyboard.press(key);
  await page.waitForTimeout(50);
  await ready();
}

// The table: arrows move, space goes round 0, 1, −1; names are edited in place.
await open("time=3");
await page.locator('[role=grid] [tabindex="0"]').focus();
await press("ArrowRight", "ArrowDown", "Space", "Space");
assert.equal((await state()).table[1][1], 0);
await press("Space");
assert.equal((await state()).table[1][1], 1);
await press("Home", "Enter");
await page.keyboard.type("walk");
await press("Enter");
assert.equal((await state()).properties[1], "walk");
assert.match(await page.locator(".matrices .row-names").first().textContent(), /growwalkroots/);
await press("F2");
await page.keyboard.type("nothing");
await press("Escape");
assert.equal((await state()).properties[1], "walk");
await page.getByRole("button", { name: "Reset the table" }).click();
await ready();
assert.equal((await state()).properties[1], "move");

// A matrix: its colours, and its entries by arrow keys and under the pointer.
const canvas = page.locator(".matrices canvas[tabindex]").first();
await canvas.focus();
await press("ArrowRight", "ArrowDown", "ArrowDown");
const entry = await page.locator(".matrices .entry").first().textContent();
assert.match(entry, /^roots, Canary: /);
assert.match(await canvas.getAttribute("aria-label"), /^A\(t\), properties × items, at t = 3: 10 × 8, entries from .* to .*\. /);
await page.locator(".matrices summary").first().click();
const cell = await page.locator(".matrices table").first().locator("tr").nth(3).locator("td").first().textContent();
assert.equal(parseFloat(cell.replace("−", "-")).toPrecision(2), parseFloat(entry.split(": ")[1].replace("−", "-")).toPrecision(2));
const [red, blue] = await canvas.evaluate((canvas) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return [pixels[0], pixels[2]]; // red and blue of the first entry
});
assert(red > blue, "grow of a canary is positive: orange");
assert.match(await page.locator(".tree svg").getAttribute("aria-label"), /Canary and Robin/);

// Modes: lazy at first, active later.
const regimes = () => page.locator(".modes tbody b").allTextContents();
await open("scale=0.1&time=0");
assert(new Set(await regimes()).has("lazy") && (await regimes()).length === 8);
await open("scale=0.1&time=inf");
assert.deepEqual([...new Set(await regimes())], ["active"]);

// Predict: the curves are covered, the right answer is the mode with the next learning time, and the cursor goes there.
await open("scale=1e-4");
await page.getByRole("button", { name: "Predict first" }).click();
await ready();
assert.equal((await state()).time, 0);
assert(await page.locator(".modes .instead").isVisible());
await page.getByRole("radio", { name: "all items" }).check();
await page.getByRole("button", { name: "Check" }).click();
assert.match(await page.locator(".predict [role=status]").textContent(), /^Right: “all items” is next\. .*larger y comes first/);
assert(await page.locator(".modes table").isVisible());
await page.waitForFunction(() => window.linnet.state().time > 0.5);
await page.getByRole("button", { name: "Next question" }).click();
await ready();
assert.equal(await page.getByRole("radio", { name: "all items" }).count(), 0);
await page.getByRole("radio", { name: "Oak, Pine | Rose" }).check();
await page.getByRole("button", { name: "Check" }).click();
assert.match(await page.locator(".predict [role=status]").textContent(), /^Not this time: “Canary, Robin … \| Oak/);
assert.match(await page.locator(".predict").textContent(), /1 of 2 right/);
// One layer learns all at once.
await open("depth=1");
await page.getByRole("button", { name: "Predict first" }).click();
await page.getByRole("radio", { name: "at about the same time" }).check();
await page.getByRole("button", { name: "Check" }).click();
assert.match(await page.locator(".predict [role=status]").textContent(), /^Right: .*One layer/);

// One neuron: its sheet, its path, turned by keys and by drag.
await open("task=neuron&scale=0.1&balance=-1&angle=75&time=2");
assert.match(await page.locator(".neuron").textContent(), /downstream: one sheet/);
const wires = () => page.locator(".neuron .wires path").getAttribute("d");
const before = await wires();
await page.locator(".neuron svg").focus();
await press("ArrowRight");
const turned = await wires();
assert.notEqual(turned, before);
const box = await page.locator(".neuron svg").boundingBox();
await page.mouse.move(box.x + 100, box.y + 100);
await page.mouse.down();
await page.mouse.move(box.x + 160, box.y + 120);
await page.mouse.up();
assert.notEqual(await wires(), turned);
assert(!/NaN/.test(await page.locator(".neuron svg").innerHTML()));
await open("task=neuron&scale=0.1&balance=1&time=2");
assert.match(await page.locator(".neuron").textContent(), /upstream: two sheets/);

// No hidden layer, no κ: a sentence.
await open("depth=1");
assert.match(await page.locator(".matrices").textContent(), /One layer has no hidden layer/);
assert.match(await page.locator(".modes").textContent(), /There is no κ here/);

assert.deepEqual(problems, []);
await browser.close();
console.log("panels: all controls work");
