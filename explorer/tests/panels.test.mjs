// The panels at the cursor, the table and the questions, by keyboard and pointer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, ready, state } from "./page.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A test on a page opened with a link, which must have no faults. */
function onPage(name, link, act) {
  test(name, async () => {
    const { page, faults } = await open(browser, link, { reducedMotion: "reduce" });
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
      await ready(page);
    };
    await act(page, press);
    assert.deepEqual(faults, []);
    await page.close();
  });
}

onPage("the table: arrows move, space goes round 0, 1, −1; names are edited in place", "time=3", async (page, press) => {
  await page.locator('[role=grid] [tabindex="0"]').focus();
  await press("ArrowRight", "ArrowDown", "Space");
  assert.equal((await state(page)).table[1][1], -1);
  await press("Space", "Space");
  assert.equal((await state(page)).table[1][1], 1);
  await press("Home", "Enter");
  await page.keyboard.type("walk");
  await press("Enter");
  assert.equal((await state(page)).properties[1], "walk");
  assert.match(await page.locator(".matrices .row-names").first().textContent(), /growwalkroots/);
  await press("F2");
  await page.keyboard.type("nothing");
  await press("Escape");
  assert.equal((await state(page)).properties[1], "walk");
  await page.locator("[role=grid] td", { hasText: "0" }).first().click();
  await ready(page);
  assert.equal((await state(page)).table[1][4], 1);
  await page.getByRole("button", { name: "Reset the table" }).click();
  await ready(page);
  const { table, properties } = await state(page);
  assert.deepEqual([table[1][4], properties[1]], [0, "move"]);
});

onPage("a matrix: its colours, and its entries by arrow keys, under the pointer and in a table", "time=3", async (page, press) => {
  const canvas = page.locator(".matrices canvas[tabindex]").first();
  const entry = page.locator(".matrices .entry").first();
  await canvas.focus();
  await press("ArrowRight", "ArrowDown", "ArrowDown");
  const read = await entry.textContent();
  assert.match(read, /^roots, Canary: /);
  assert.equal(await page.locator("p.spoken").textContent(), read);
  assert.match(await canvas.getAttribute("aria-label"), /^A\(t\), properties × items, at t = 3: 10 × 8, entries from .* to .*\. /);
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + 0.99 * box.width, box.y + 0.01 * box.height);
  assert.match(await entry.textContent(), /^grow, Daisy: 1|^grow, Daisy: 0\.9/);
  await page.locator(".matrices summary").first().click();
  const rows = page.locator(".matrices table").first().locator("tbody tr");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 10);
  assert.match(await rows.first().textContent(), /^grow(1|0\.9)/);
  const colours = await canvas.evaluate((canvas) => [...canvas.getContext("2d").getImageData(0, 0, 1, 1).data]);
  assert.ok(colours[0] > colours[2], "that a canary grows is positive: orange");
});

onPage("the tree of the items", "time=inf", async (page) =>
  assert.match(await page.locator(".tree svg").getAttribute("aria-label"), /\(\(Canary and Robin at .*\) and \(Salmon and Sunfish/),
);

const regimes = (page) => page.locator(".modes tbody b").allTextContents();
onPage("modes start lazy", "scale=0.1&time=0", async (page) => assert.deepEqual(await regimes(page), Array(8).fill("lazy")));
onPage("modes end active", "scale=0.1&time=inf", async (page) => assert.deepEqual(await regimes(page), Array(8).fill("active")));
onPage("neurons that cannot span the outputs are delayed rich", "width=balanced&neurons=8&balance=10", async (page) =>
  assert.match(await page.locator(".modes").textContent(), /8 of the 10 dimensions of the outputs.*delayed rich/),
);

onPage("predict: curves are covered, then played to the next mode, and the answer has a reason", "scale=1e-4", async (page) => {
  const verdict = page.locator(".predict [role=status]");
  const answer = async (name) => {
    await page.getByRole("radio", { name }).check();
    await page.getByRole("button", { name: "Check" }).click();
  };
  await page.getByRole("button", { name: "Predict first" }).click();
  await ready(page);
  assert.equal((await state(page)).time, 0);
  assert.ok(await page.locator(".modes .instead").isVisible());
  assert.ok(await page.locator(".modes table").isHidden());
  // The cursor stays.
  await page.getByRole("slider", { name: "Time" }).press("End");
  await ready(page);
  assert.equal((await state(page)).time, 0);
  await answer("all items");
  assert.match(await verdict.textContent(), /^Right: “all items” is next\. .*larger y comes first/);
  await page.locator(".modes table").waitFor({ state: "visible" });
  await page.waitForFunction(() => window.linnet.state().time > 0.5);
  await page.getByRole("button", { name: "Next question" }).click();
  await ready(page);
  assert.equal(await page.getByRole("radio", { name: "all items" }).count(), 0);
  await answer("Oak, Pine | Rose");
  assert.match(await verdict.textContent(), /^Not this time: “Canary, Robin … \| Oak/);
  assert.match(await page.locator(".predict").textContent(), /1 of 2 right/);
});
onPage("predict: one layer learns all at once", "depth=1", async (page) => {
  await page.getByRole("button", { name: "Predict first" }).click();
  await page.getByRole("radio", { name: "at about the same time" }).check();
  await page.getByRole("button", { name: "Check" }).click();
  assert.match(await page.locator(".predict [role=status]").textContent(), /^Right: .*One layer/);
});

onPage("one neuron: its sheet and its path, turned by keys and by drag", "task=neuron&scale=0.1&balance=-1&angle=75&time=2", async (page, press) => {
  const picture = page.locator(".neuron svg");
  const wires = () => page.locator(".neuron .wires path").getAttribute("d");
  assert.match(await page.locator(".neuron").textContent(), /downstream: one sheet/);
  const first = await wires();
  await picture.focus();
  await press("ArrowRight");
  const turned = await wires();
  assert.notEqual(turned, first);
  await picture.scrollIntoViewIfNeeded();
  const box = await picture.boundingBox();
  await page.mouse.move(box.x + 100, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 160, box.y + 120);
  await page.mouse.up();
  assert.notEqual(await wires(), turned);
  assert.doesNotMatch(await picture.innerHTML(), /NaN/);
});
onPage("one neuron upstream", "task=neuron&scale=0.1&balance=1", async (page) =>
  assert.match(await page.locator(".neuron").textContent(), /upstream: two sheets/),
);

onPage("one layer has no hidden layer and no κ", "depth=1", async (page) => {
  assert.match(await page.locator(".matrices").textContent(), /One layer has no hidden layer/);
  assert.match(await page.locator(".modes").textContent(), /There is no κ here/);
});

onPage("lessons are links, and a click opens them in place", "", async (page) => {
  const links = page.locator(".lessons ol > li > a");
  const href = await links.nth(1).getAttribute("href");
  await links.nth(1).click();
  await ready(page);
  assert.equal((await state(page)).lesson, 2);
  assert.equal(await page.evaluate(() => location.hash), href);
});

onPage("screen readers: the lesson that is on, matrices by name, and where a key has moved the point to", "", async (page, press) => {
  await page.locator(".lessons ol > li > a").nth(1).click();
  await ready(page);
  assert.equal(await page.locator(".lessons [aria-current]").textContent(), "From lazy to rich");
  const summaries = await page.locator(".matrices summary").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  assert.deepEqual(summaries, ["Values of A(t)", "Values of W₁ᵀW₁", "Values of W₂W₂ᵀ"]);
  await page.getByRole("application").focus();
  await press("ArrowUp");
  const { balance } = await state(page);
  assert.ok(balance > 0);
  assert.match(await page.locator(".spoken[role=status]").textContent(), new RegExp(`^Scale 0\\.001, balance ${balance}, kernel distance at the end about 0\\.`));
});

onPage("every control has a name, and the keyboard reaches and leaves all of them", "", async (page, press) => {
  const cdp = await page.context().newCDPSession(page);
  const { nodes } = await cdp.send("Accessibility.getFullAXTree");
  const roles = ["button", "link", "textbox", "spinbutton", "slider", "combobox", "checkbox", "img", "image", "region", "grid", "application"];
  const nameless = nodes.filter(({ ignored, role, name }) => !ignored && roles.includes(role?.value) && !name?.value);
  assert.deepEqual(nameless.map(({ role }) => role.value), []);
  const reached = new Set();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const { activeElement: one } = document;
      return one === document.body ? "" : `${one.tagName} ${one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent}`;
    });
    if (!name) break;
    assert.ok(!reached.has(name), name);
    reached.add(name);
  }
  const focusable = await page.locator("a, button, input, select, textarea, summary, [tabindex='0']").evaluateAll(
    (all) => all.filter((one) => !one.disabled && one.checkVisibility()).length,
  );
  assert.equal(reached.size, focusable);
});
