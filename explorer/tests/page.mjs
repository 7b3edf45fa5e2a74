import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const file = new URL("../dist/index.html", import.meta.url);

/** The built page in the system's Chromium, from the disk. */
export async function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** Opens the page with a link; every error of it and every request to a network are kept in `faults`. */
export async function open(browser, link = "", options = {}) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => /^(http|ws)/.test(request.url()) && faults.push(`request of ${request.url()}`));
  await page.goto(`file://${fileURLToPath(file)}${link && `#${link}`}`);
  await ready(page);
  return { page, faults };
}

/** Until the picture is that of the state, and the link, too. */
export async function ready(page) {
  await page.waitForTimeout(350);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "true", null, { timeout: 60_000 });
}

/** JSON has neither infinity nor nan: as text. */
export const state = (page) =>
  page.evaluate(() => JSON.parse(JSON.stringify(window.linnet.state(), (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value))));

export const link = async (page) => (await page.evaluate(() => location.hash)).slice(1);
