// A screen: Chromium with the kiosk's page, and what a person looks for on it.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

/** How long anything may take before it is held to be broken: the machine may be slow, and busy. */
const PATIENCE = 240_000;

const pictures = resolve(fileURLToPath(new URL("../..", import.meta.url)), process.env.CARGO_TARGET_DIR ?? "target", "browser");
mkdirSync(pictures, { recursive: true });

export const SIZES = [
  { width: 320, height: 640 },
  { width: 1280, height: 800 },
  { width: 3840, height: 2160 },
];

let browser = null;

export async function open() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export async function close() {
  await browser?.close();
  browser = null;
}

export class Screen {
  /** A screen that shows a station's page; `script` runs in it before the page's own, with `value`. */
  static async of(station, { script, value, ...options } = {}) {
    await open();
    const context = await browser.newContext({ viewport: SIZES[1], locale: "en-GB", reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    if (script) await page.addInitScript(script, value);
    page.setDefaultTimeout(PATIENCE);
    const screen = new Screen();
    Object.assign(screen, { page, context, elsewhere: [], wrong: [] });
    page.on("request", (request) => {
      if (!request.url().startsWith(station.address)) screen.elsewhere.push(request.url());
    });
    page.on("pageerror", (error) => screen.wrong.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) screen.wrong.push(message.text());
    });
    await page.goto(station.address);
    return screen;
  }

  /** Waits until the screen is at this. */
  async at(...scenes) {
    await this.page.waitForFunction((scenes) => scenes.includes(document.body.dataset.scene), scenes);
  }

  /** Waits until this stands in the largest letters. */
  async says(text) {
    await this.page.waitForFunction((text) => document.getElementById("said").textContent === text, text);
  }

  /** Waits until what stands here is as it should be. */
  async reads(selector, pattern) {
    const { source, flags } = pattern;
    await this.page.waitForFunction(
      ([selector, source, flags]) => new RegExp(source, flags).test(document.querySelector(selector).innerText),
      [selector, source, flags],
    );
  }

  text(selector) {
    return this.page.locator(selector).innerText();
  }

  /** Keeps a picture in each size, and sees that nothing sticks out at the side. */
  async keep(name, sizes = SIZES) {
    for (const size of sizes) {
      await this.page.setViewportSize(size);
      const [content, window] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `${name} is ${content} pixels wide on a screen of ${window}`);
      await this.page.screenshot({ path: join(pictures, `${name}-${size.width}x${size.height}.png`) });
    }
    await this.page.setViewportSize(SIZES[1]);
  }

  /** Leaves it; nothing may have been asked of anyone else, and nothing have gone wrong. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.elsewhere, [], "no request leaves the machine");
    assert.deepEqual(this.wrong, []);
  }
}
