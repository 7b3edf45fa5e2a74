import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, open, ready, state } from "./page.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const button = (page, name) => page.getByRole("button", { name });

async function copied(page, name) {
  await button(page, name).click();
  const text = await page.getByRole("dialog").getByRole("textbox").inputValue();
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("dialog").count(), 0);
  return text;
}

async function downloaded(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, name).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("programs, configurations and links are of the present state", async () => {
  const { page, faults } = await open(browser, "scale=0.01&balance=-2&depth=2");
  assert.match(await copied(page, "Copy as Python"), /balance, c = -2, 0.01/);
  assert.match(await copied(page, "Copy as TOML"), /kind = "infinite_width"/);
  await page.getByLabel("Scale", { exact: true }).first().fill("0.02");
  const link = await copied(page, "Copy link"); // at once, before the address has it
  await ready(page);
  assert.match(await copied(page, "Copy as Python"), /balance, c = -2, 0.02/);
  const other = await open(browser, link.split("#")[1]);
  assert.deepEqual(await state(other.page), await state(page));
  assert.deepEqual(faults, []);
  await page.close();
  await other.page.close();
});

for (const [allowed, said] of [[true, /Python copied/], [false, /Select the text and copy it/]])
  test(`a clipboard that is ${allowed ? "open" : "closed"} is told of`, async () => {
    const { page } = await open(browser);
    await page.evaluate((allowed) => {
      window.held = "";
      const writeText = (text) => (allowed ? Promise.resolve(void (window.held = text)) : Promise.reject(new Error("no")));
      Object.defineProperty(navigator, "clipboard", { value: { writeText } });
    }, allowed);
    await button(page, "Copy as Python").click();
    const dialog = page.getByRole("dialog", { name: "Python" });
    await dialog.getByText(said).waitFor();
    await page.getByRole("status").filter({ hasText: said }).first().waitFor({ state: "attached" });
    const text = dialog.getByRole("textbox");
    const chosen = await text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
    assert.equal(chosen, await text.inputValue());
    assert.equal(await page.evaluate(() => window.held), allowed ? chosen : "");
    assert.equal(await text.evaluate((area) => area.readOnly), true);
    await page.close();
  });

test("data are downloaded with their names", async () => {
  const { page, faults } = await open(browser, "task=noise&dim=20");
  const csv = await downloaded(page, "Download CSV");
  assert.equal(csv.name, "linnet.csv");
  const lines = csv.bytes.toString("utf8").trimEnd().split("\n");
  const table = lines.filter((line) => !line.startsWith("#"));
  assert.match(lines[1], /^# linnet .+, explorer: file:.+#task=noise&dim=20$/);
  assert.equal(table[0].split(",").length, 1 + 20 + (table[0].includes("kernel_distance") ? 3 : 2));
  assert.match(table[0], /^time,mode_1,.*,mode_20,loss,test_error/);
  const netcdf = await downloaded(page, "Download NetCDF");
  assert.equal(netcdf.name, "linnet.nc");
  assert.equal(netcdf.bytes.subarray(0, 4).toString("latin1"), "CDF\x01");
  assert.deepEqual(faults, []);
  await page.close();
});

for (const colorScheme of ["light", "dark"])
  test(`the picture stands alone, ${colorScheme}`, async () => {
    const { page } = await open(browser, "", { colorScheme });
    const { name, bytes } = await downloaded(page, "Download SVG");
    assert.equal(name, "linnet.svg");
    const source = bytes.toString("utf8");
    assert.deepEqual(source.match(/var\(|\s(class|style|role|tabindex|aria-\w+)=|url\(h|href="(?!#)/g), null);
    assert(/font-family="[^"]*sans-serif/.test(source));
    // It is a picture by itself, with the background and the curves of the page.
    const other = await browser.newPage();
    const corner = await other.evaluate(async (source) => {
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([source], { type: "image/svg+xml" }));
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const colors = new Set();
      for (let i = 0; i < data.length; i += 4) colors.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
      return { first: data[0], opaque: data[3], colors: colors.size };
    }, source);
    assert.equal(corner.opaque, 255);
    assert(colorScheme === "light" ? corner.first > 240 : corner.first < 60, `${corner.first}`);
    assert(corner.colors > 50);
    await other.close();
    await page.close();
  });
