import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, link, open, ready, state } from "./page.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** All curves, in a number. */
const curves = (page) =>
  page.locator(".plots .curve").evaluateAll((paths) => {
    let sum = 0;
    for (const path of paths) for (const char of path.getAttribute("d")) sum = (31 * sum + char.charCodeAt(0)) % 2 ** 40;
    return sum;
  });
const complaints = (page) => page.locator(".wrong:not(:empty)").allTextContents();

/** Changes a control, and expects another state and another picture. */
async function changes(page, act, expected) {
  const before = await curves(page);
  await act();
  await ready(page);
  const now = await state(page);
  for (const [field, value] of Object.entries(expected)) assert.deepEqual(now[field], value, field);
  assert.notEqual(await curves(page), before, JSON.stringify(expected));
}

test("opens from the disk: no error, no request, a policy that forbids them", async () => {
  const { page, faults } = await open(browser);
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[^ ]+' 'wasm-unsafe-eval'; worker-src blob:; style-src 'sha256-/);
  const refused = await page.evaluate(() => fetch("https://example.org").then(() => "", (error) => error.message));
  assert.notEqual(refused, "");
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("example.org")));
  assert.deepEqual(faults, []);
  assert.equal(await link(page), "");
  await page.close();
});

test("each control of task and network changes the state and the curves", async () => {
  const { page, faults } = await open(browser);
  const field = (name) => page.getByLabel(name, { exact: true });
  const choice = (name) => page.getByRole("combobox", { name });
  await changes(page, () => choice("Width").selectOption("balanced"), { width: "balanced" });
  await changes(page, () => field("Neurons").fill("3"), { neurons: 3 });
  await changes(page, () => page.getByRole("group", { name: "Network" }).getByLabel("Seed").fill("5"), { seed: 5 });
  await changes(page, () => field("Depth").fill("3"), { depth: 3 });
  await changes(page, () => choice("Width").selectOption("gaussian"), { width: "gaussian" });
  await changes(page, () => choice("Width").selectOption("infinite"), { width: "infinite" });
  await changes(page, () => field("Scale").fill("1e-3"), { scale: 1e-3 });
  await changes(page, () => field("Balance").fill("-2"), { balance: -2 });
  await changes(page, () => choice("Task").selectOption("noise"), { task: "noise", map: "test" });
  const noise = { dim: 40, rank: 3, noise: 0.05, seed: 1 };
  await changes(page, () => field("Size d").fill("20"), { noise: { ...noise, dim: 20 } });
  await changes(page, () => field("Noise").fill("0.1"), { noise: { ...noise, dim: 20, noise: 0.1 } });
  await changes(page, () => field("Rank").fill("2"), { noise: { ...noise, dim: 20, noise: 0.1, rank: 2 } });
  await changes(page, () => choice("Task").selectOption("neuron"), { task: "neuron" });
  await changes(page, () => field("Angle to β*, in degrees").fill("120"), { angle: 120 });
  await changes(page, () => choice("Task").selectOption("reversal"), { task: "reversal" });
  await changes(page, () => choice("Task").selectOption("matrix"), { task: "matrix" });
  await changes(page, () => field("Y, a row on each line").fill("1 2\n3 4"), { matrix: "1 2\n3 4" });
  assert.deepEqual(await complaints(page), []);
  assert.deepEqual(faults, []);
  await page.close();
});

test("controls without effect are disabled, and say why", async () => {
  const { page } = await open(browser, "task=reversal");
  for (const [name, reason] of [["Neurons", "infinitely"], ["Depth", "two layers"], ["Seed", "no chance"]]) {
    const field = page.getByRole("group", { name: "Network" }).locator(".field", { hasText: name });
    assert.ok(await field.getByRole("spinbutton").isDisabled(), name);
    assert.ok((await field.getAttribute("title")).includes(reason), name);
  }
  await page.close();
});

test("the cursor in time: keys, pointer, play", async () => {
  const { page, faults } = await open(browser);
  const cursor = page.getByRole("slider", { name: "Time" });
  const time = async () => Number((await state(page)).time);
  await cursor.focus();
  await page.keyboard.press("Home");
  await ready(page);
  assert.equal(await time(), 0);
  assert.match(await cursor.getAttribute("aria-valuetext"), /^t = 0 · loss .* 0 of 8 modes half learned$/);
  await page.keyboard.press("ArrowRight");
  const first = await time();
  await page.keyboard.press("ArrowRight");
  assert.ok((await time()) > first && first > 0);
  await page.keyboard.press("End");
  await ready(page);
  assert.equal(await time(), Infinity);
  assert.equal(await link(page), "time=inf");
  await page.keyboard.press("ArrowLeft");
  assert.ok(Number.isFinite(await time()));

  const box = await page.locator("svg.plots").boundingBox();
  const drag = async (from, to) => {
    await page.mouse.move(box.x + from, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + to, box.y + 120, { steps: 4 });
    await page.mouse.up();
  };
  await drag(200, 300);
  const at = await time();
  await drag(200, 400);
  assert.ok((await time()) > at);
  await drag(200, box.width);
  assert.equal(await time(), Infinity);
  await drag(200, 0);
  assert.equal(await time(), 0);

  await page.keyboard.press(" ");
  await page.waitForTimeout(700);
  await page.keyboard.press(" ");
  const played = await time();
  assert.ok(played > 0 && played < Infinity);
  await page.waitForTimeout(100);
  assert.equal(await time(), played);

  // In the table the space bar changes an entry.
  await page.locator(".table [data-entry]").first().click();
  const { table } = await state(page);
  await page.keyboard.press(" ");
  await page.waitForTimeout(100);
  assert.equal(await time(), played);
  assert.notDeepEqual((await state(page)).table, table);
  assert.deepEqual(faults, []);
  await page.close();
});

test("the point of the map: pointer and keys change scale and balance, and the curves follow", async () => {
  const { page, faults } = await open(browser);
  const box = await page.locator("svg.phase").boundingBox();
  const before = await curves(page);
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.2, { steps: 8 });
  await page.mouse.up();
  await ready(page);
  const { scale, balance } = await state(page);
  assert.ok(scale > 1e-6 && scale < 10 && balance > 1, `${scale}, ${balance}`);
  assert.notEqual(await curves(page), before);
  const point = page.getByRole("application");
  await point.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await ready(page);
  const moved = await state(page);
  assert.ok(moved.balance < balance && moved.scale > scale);
  await page.keyboard.press("End");
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("PageDown");
    await page.evaluate(() => new Promise(requestAnimationFrame)); // one step a frame
  }
  await ready(page);
  assert.deepEqual([(await state(page)).scale, (await state(page)).balance], [10, -10]);
  assert.equal(await link(page), "scale=10&balance=-10");
  assert.deepEqual(faults, []);
  await page.close();
});

const links = [
  "task=noise&dim=30&rank=2&noise=0.123456789012345&task-seed=9007199254740991&width=gaussian&neurons=50&scale=0.1&balance=0.30000000000000004&seed=7&time=3.25&map=test&dots=off",
  "task=neuron&angle=77.7&balance=-0.1&time=inf",
  "task=matrix&matrix=1+2;+3+%0A4&depth=4",
  "items=a%252Cb,c%26d,e,f,g,h,i,%2525&lesson=2",
  "task=reversal&properties=1,2,3,4,5,6,7,8,9,%C3%9F&scale=1e-12",
];

test("a link gives its state, and the state its link", async () => {
  const { page, faults } = await open(browser);
  for (const text of links) {
    await page.evaluate((text) => (location.hash = text), text);
    await ready(page);
    const seen = await state(page);
    assert.equal(await page.locator(".sentence").isHidden(), true, text);
    // A change and its undoing write the link anew.
    await page.getByLabel("dots of gradient descent").click();
    await ready(page);
    await page.getByLabel("dots of gradient descent").click();
    await ready(page);
    assert.equal(await link(page), text);
    assert.deepEqual(await state(page), seen);
  }
  assert.deepEqual(faults, []);
  await page.close();
});

test("back and forward go between tasks", async () => {
  const { page } = await open(browser);
  await page.getByRole("combobox", { name: "Task" }).selectOption("neuron");
  await ready(page);
  await page.goBack();
  await ready(page);
  assert.equal((await state(page)).task, "hierarchy");
  await page.goForward();
  await ready(page);
  assert.equal((await state(page)).task, "neuron");
  await page.close();
});

test("a broken link gets a sentence on each part, and the defaults for it", async () => {
  const { page, faults } = await open(browser, "task=nosie&scale=abc&depth=9&dots&table=1,2;3&foo=1&items=%25E0%25A4&given={&balance=-3");
  const sentence = await page.locator(".sentence").textContent();
  for (const part of ["task", "scale", "depth", "dots", "table", "foo", "items", "given"]) assert.ok(sentence.includes(part), `${part}: ${sentence}`);
  const { task, scale, depth, balance } = await state(page);
  assert.deepEqual({ task, scale, depth, balance }, { task: "hierarchy", scale: 1e-6, depth: 2, balance: -3 });
  assert.deepEqual(faults, []);
  await page.close();
});

test("a pasted matrix: what is written, or a sentence that says where it is wrong", async () => {
  const { page, faults } = await open(browser, "task=matrix");
  const area = page.getByLabel("Y, a row on each line");
  for (const [text, sentence] of [
    ["", /no number/],
    ["1 2\n3", /Row 2 has 1 number, but row 1 has 2: column 2/],
    ["1 2\n3 x", /“x” in row 2, column 2 is not a number/],
    ["nan 1", /“nan” in row 1, column 1 is not a number/],
    ["1 inf", /“inf” in row 1, column 2 is not a number/],
    ["1,,2", /row 1, column 2: two commas/],
    ["0 0\n0 0", /row 1, column 1/],
    ["1e999 1", /row 1, column 1 is too large/],
    [Array(201).fill("1 2").join("\n"), /201 rows\. .* 200 at most/],
    [Array(201).fill("1").join(" "), /201 columns\. .* 200 at most/],
  ]) {
    await area.fill(text);
    await ready(page);
    assert.match((await complaints(page))[0] ?? "", sentence, text.slice(0, 20));
    assert.ok((await page.locator(".plots .curve").count()) > 0); // those of before
  }
  for (const text of [
    "1 2 3\n4 5 6",
    "1,2,3\n4,5,6\n",
    "1, 2, 3; 4, 5, 6",
    "1\t2\t3\r\n4\t5\t6",
    "[1 2 3; 4 5 6]",
    "[[1. 2. 3.]\n [4. 5. 6.]]",
    "array([[1., 2., 3.],\n       [4., 5., 6.]], dtype=float32)",
    "[[1 2\n  3]\n [4 5\n  6]]",
    "[[1, 2, 3], [4, 5, 6]]",
  ]) {
    await area.fill(text);
    await ready(page);
    assert.deepEqual(await complaints(page), [], text);
    assert.equal(await page.locator(".modes tbody tr").count(), 2, text);
  }
  assert.deepEqual(faults, []);
  await page.close();
});

test("a number out of range gets a sentence, and the state stays", async () => {
  const { page } = await open(browser);
  await page.getByLabel("Depth", { exact: true }).fill("7");
  await page.getByLabel("Scale", { exact: true }).fill("1e-20");
  assert.deepEqual(await complaints(page), ["Scale: expected a number from 1e-12 to 10, got “1e-20”."]);
  assert.equal(await link(page), "");
  await page.close();
});

for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]])
  test(`fits a screen of ${width} pixels`, async () => {
    for (const task of ["hierarchy", "noise", "neuron"]) {
      const { page, faults } = await open(browser, `task=${task}`, { viewport: { width, height } });
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, task);
      const plots = await page.locator("svg.plots").boundingBox();
      assert.ok(width < 600 || plots.y + plots.height <= height, task);
      assert.deepEqual(faults, []);
      await page.close();
    }
  });

test("no text of the curves is cut off on narrow screens", async () => {
  for (const width of [320, 390]) {
    const { page } = await open(browser, "task=noise&scale=0.01", { viewport: { width, height: 844 } });
    const cut = await page.locator("svg.plots text").evaluateAll((texts) =>
      texts.filter((text) => {
        const [inner, outer] = [text.getBoundingClientRect(), text.closest("svg.plots").getBoundingClientRect()];
        return inner.width > 0 && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
      }).map((text) => text.textContent),
    );
    assert.deepEqual(cut, [], String(width));
    await page.close();
  }
});

test("on a projector of 1440 × 900 all is on the screen, what one takes along too", async () => {
  const { page } = await open(browser);
  assert.ok((await page.evaluate(() => document.documentElement.scrollHeight)) <= 900);
  await page.close();
});

test("texts and lines have the contrast that low vision needs, light and dark", async () => {
  const css = readFileSync(new URL("../src/style.css", import.meta.url), "utf8");
  const luminance = (color) => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dim + 0.05);
  };
  const colors = Array.from(css.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g), ([, name, color]) => [name, color]);
  assert.equal(colors.length % 2, 0);
  for (const scheme of [colors.slice(0, colors.length / 2), colors.slice(colors.length / 2)]) {
    const { page, panel, line, edge, bulk, ...texts } = Object.fromEntries(scheme);
    for (const ground of [page, panel]) {
      for (const [name, color] of Object.entries(texts)) assert.ok(contrast(color, ground) >= 4.5, `${name} ${color} on ${ground}`);
      for (const color of [edge, bulk]) assert.ok(contrast(color, ground) >= 3, `${color} on ${ground}`);
    }
  }
});

test("no label covers another, and the best moment is inside of its plot", async () => {
  for (const link of ["", "task=noise&map=test", "task=noise&dim=200&rank=5&map=test", "task=neuron&scale=0.1", "task=reversal"]) {
    const { page } = await open(browser, link);
    const boxes = await page.locator(".plots .label, .plots .title, .plots .legend").evaluateAll((texts) =>
      texts.map((text) => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        return { text: text.textContent, left, right, top, bottom };
      }),
    );
    for (const [i, one] of boxes.entries())
      for (const other of boxes.slice(i + 1)) {
        const apart = one.right <= other.left || other.right <= one.left || one.bottom - 3 <= other.top || other.bottom - 3 <= one.top;
        assert.ok(apart, `${link}: “${one.text}” and “${other.text}”`);
      }
    if (link.includes("noise")) {
      const inside = await page.locator("circle.best").evaluate((circle) => Number(circle.getAttribute("cy")) < circle.ownerSVGElement.height.baseVal.value);
      assert.ok(inside, link);
    }
    await page.close();
  }
});

test("gradient descent: dots lie on the curve, one layer has them too, and notes write numbers as people do", async () => {
  for (const link of ["", "depth=1", "task=reversal", "task=neuron&balance=-1&scale=0.1"]) {
    const { page, faults } = await open(browser, link);
    await page.waitForFunction(() => document.querySelector(".plots .dots")?.getAttribute("d"));
    const furthest = await page.evaluate(() => {
      let furthest = 0;
      const plot = document.querySelector(".plots svg"); // the modes: a curve, its ends, its dots, the next curve …
      for (const dots of plot.querySelectorAll(".dots")) {
        const curve = dots.previousElementSibling.previousElementSibling;
        const points = Array.from(curve.getAttribute("d").matchAll(/[ML]([\d.]+),([-\d.]+)/g), ([, x, y]) => [Number(x), Number(y)]);
        for (const [, x, y] of dots.getAttribute("d").matchAll(/M([\d.]+),([-\d.]+)h0/g)) {
          let least = Infinity;
          for (let i = 1; i < points.length; i++) {
            const [[a, b], [c, d]] = [points[i - 1], points[i]];
            const part = Math.min(Math.max(((x - a) * (c - a) + (y - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2), 0), 1);
            least = Math.min(least, Math.hypot(x - a - part * (c - a), y - b - part * (d - b)));
          }
          furthest = Math.max(furthest, least);
        }
      }
      return furthest;
    });
    assert.ok(furthest < 1.5, `${link}: ${furthest} pixels`);
    assert.equal(await page.locator(".curves .note").textContent(), "");
    assert.deepEqual(faults, []);
    await page.close();
  }
  const { page } = await open(browser, "task=noise&map=test");
  const note = page.locator(".curves .note");
  await page.waitForFunction(() => document.querySelector(".curves .note").textContent.includes("Gradient descent"));
  assert.match(await note.textContent(), /^Gradient descent would take (\d{1,3}(,\d{3})*|\d+(\.\d+)? million) steps to the end: the dots stop after \d{1,3}(,\d{3})*\.$/);
  await page.close();
});

test("the map says what it does not show", async () => {
  for (const [link, sentence] of [
    ["task=reversal", /^Wherever it starts, the kernel ends near where it began\.$/],
    ["task=reversal&width=balanced", /Where there is no colour, there is no such start\.$/],
    ["depth=3", /^The map needs a closed form/],
  ]) {
    const { page } = await open(browser, link);
    await page.waitForFunction(() => !document.querySelector(".map .note").textContent.includes("being computed"));
    assert.match(await page.locator(".map .note").textContent(), sentence);
    assert.equal(await page.locator(".map .colours").isHidden(), link === "depth=3");
    await page.close();
  }
});

test("reversal of balanced weights: why late times mean nothing, and what has no effect", async () => {
  const { page } = await open(browser, "task=reversal&width=balanced");
  assert.match(await page.locator(".curves .note").textContent(), /stay at the saddle A = 0/);
  assert.ok(await page.getByLabel("Scale", { exact: true }).isDisabled());
  await page.close();
});

test("numbers of nearly nothing get a sentence; a task that a width cannot start from gets one that it can", async () => {
  const { page, faults } = await open(browser, "task=matrix&matrix=1e-320");
  assert.match(await page.locator(".curves .note").textContent(), /^All numbers are below 1e-100/);
  await page.getByRole("combobox", { name: "Width" }).selectOption("gaussian");
  await page.getByRole("combobox", { name: "Task" }).selectOption("reversal");
  await ready(page);
  assert.equal((await state(page)).width, "infinite");
  assert.deepEqual(faults, []);
  await page.close();
});
