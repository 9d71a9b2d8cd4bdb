// The kiosk as a person finds it: a browser, the real station, and drawn sleeves before its camera.

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Screen, close } from "./screen.mjs";
import { Station, run, scene, surelySaid } from "./station.mjs";

const PIN = "246810";

/** Three scenes that are said to be of three genres, and one of which nothing is said. */
let genres = [];
let names = null;
const empty = "empty-wall";

before(() => {
  genres = surelySaid().slice(0, 3);
  assert.equal(genres.length, 3, "three genres are said of the drawn scenes");
});

after(close);

/** A station before which this is held, and a screen that shows it; the station ends with the test, however that ends. */
async function opened(test, scene, { options, station = new Station(), more = [] } = {}) {
  test.after(() => station.end());
  station.show(scene);
  await station.start(...more);
  const about = await (await fetch(`${station.address}/api/about`)).json();
  names = new Map(about.genres.map(({ genre, names }) => [genre, names]));
  return { station, screen: await Screen.of(station, options) };
}

test("a customer shows three sleeves and walks off", async (test) => {
  const { station, screen } = await opened(test, empty);
  await screen.at("invitation");
  assert.equal(await screen.text("#invitation h1"), "What does it sound like?");
  await screen.keep("invitation");
  for (const { name, genre } of genres) {
    station.show(name);
    await screen.says(names.get(genre).en);
    await screen.at("genre");
    assert.match(await screen.text("#percent"), /^\d+%$/);
    assert.equal(await screen.page.locator("#others-list li").count(), 2);
    await screen.page.waitForFunction(() => document.getElementById("edge").points.length === 4);
    assert.match(await screen.text("#news"), new RegExp(`^${names.get(genre).en}, `), "a screen reader says it");
  }
  await screen.keep("genre");
  await screen.page.click("#why");
  await screen.page.waitForFunction(() => document.getElementById("evidence").naturalWidth >= 400);
  await screen.keep("why");
  await screen.page.click("#why");
  await screen.page.waitForSelector("#window", { state: "visible" });
  station.show(empty);
  await screen.at("invitation");
  await screen.leave();
});

test("an eighth tab of one browser loads, for those that nobody sees follow nothing", async (test) => {
  const { station, screen } = await opened(test, empty);
  await screen.at("invitation");
  for (let tab = 0; tab < 7; tab += 1) {
    // Headless Chromium calls every tab visible.
    await screen.page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    screen.page = await screen.context.newPage();
    await screen.page.goto(station.address);
    await screen.at("invitation");
  }
  await screen.leave();
});

test("the language is switched and stays so", async (test) => {
  const { station, screen } = await opened(test, genres[0].name);
  await screen.says(names.get(genres[0].genre).en);
  await screen.page.click("#languages button[lang=ru]");
  await screen.says(names.get(genres[0].genre).ru);
  assert.equal(await screen.page.getAttribute("html", "lang"), "ru");
  await screen.keep("genre-ru");
  await screen.page.reload();
  await screen.says(names.get(genres[0].genre).ru);
  await screen.reads("#why", /^Почему\?$/);
  await screen.leave();
});

test("the browser's own language is the first", async (test) => {
  const { station, screen } = await opened(test, empty, { options: { locale: "ru-RU" } });
  await screen.at("invitation");
  assert.equal(await screen.text("#invitation h1"), "Как это звучит?");
  await screen.leave();
});

test("a camera that is lost is told in words, and forgotten when it is back", async (test) => {
  const { station, screen } = await opened(test, genres[0].name);
  await screen.at("genre");
  station.unplug();
  await screen.at("trouble");
  assert.equal(await screen.text("#trouble-title"), "The camera gives no picture");
  assert.match(await screen.text("#trouble-sentence"), /there is no picture in/);
  await screen.keep("trouble");
  station.show(genres[1].name);
  await screen.says(names.get(genres[1].genre).en);
  await screen.leave();
});

/** The station's bundle with other words for one of its genres. */
function renamed(station, before, after) {
  const bundle = join(station.home, "renamed");
  cpSync("models/default", bundle, { recursive: true, dereference: true });
  const about = join(bundle, "bundle.toml");
  writeFileSync(about, readFileSync(about, "utf8").replaceAll(`en = "${before}"`, `en = "${after}"`));
  return bundle;
}

test("a station that does not answer is waited for, and may come back with another model", async (test) => {
  const { station, screen } = await opened(test, genres[0].name);
  await screen.at("genre");
  await station.kill();
  await screen.at("offline");
  assert.equal(await screen.text("#trouble-title"), "The station does not answer");
  await screen.keep("offline");
  station.bundle = renamed(station, names.get(genres[0].genre).en, "Quite another name");
  await station.start();
  await screen.says("Quite another name");
  await screen.leave();
});

test("a model that does not load is told in words", async (test) => {
  const station = new Station();
  station.bundle = "no-such-folder";
  const { screen } = await opened(test, empty, { station });
  await screen.at("trouble");
  assert.equal(await screen.text("#trouble-title"), "The model does not load");
  assert.match(await screen.text("#trouble-sentence"), /no model bundle in no-such-folder/);
  await screen.leave();
});

test("what is wrong and stops nothing is one line below, and all else goes on", async (test) => {
  const station = new Station();
  const stock = join(station.home, "stock.db");
  run(["stock", "add", scene(genres[0].name), "--title", "Known", "--stock", stock, "--bundle", station.bundle]);
  const bytes = readFileSync(stock);
  bytes[5] ^= 4;
  writeFileSync(stock, bytes);
  const { screen } = await opened(test, genres[0].name, { station, more: ["--stock", stock] });
  await screen.says(names.get(genres[0].genre).en);
  await screen.reads("#notices", /I go on without it. Please tell the staff./);
  await screen.reads("#notices", /stock.db is damaged .*set aside as .*stock.db.damaged-1/);
  await screen.keep("notice");
  await screen.page.click("#languages [lang=ru]");
  await screen.reads("#notices", /Список пластинок не читается, работаю без него/);
  await screen.leave();
});

/** Presses Tab until this has the focus, and sees that it shows. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    const [found, outline] = await page.evaluate((selector) => {
      const focused = document.activeElement;
      return [focused.matches(selector), getComputedStyle(focused).outlineStyle];
    }, selector);
    if (found) {
      assert.notEqual(outline, "none", `${selector} shows that it has the focus`);
      return;
    }
  }
  assert.fail(`${selector} cannot be reached by the keyboard`);
}

test("a keyboard is enough", async (test) => {
  const station = new Station();
  run(["kiosk", "pin"], { input: `${PIN}\n`, env: station.env });
  const { screen } = await opened(test, genres[0].name, { station });
  const { page } = screen;
  await screen.at("genre");
  await tabTo(page, "#why");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#reason", { state: "visible" });
  await page.keyboard.press("Space");
  await page.waitForSelector("#window", { state: "visible" });
  await tabTo(page, "#languages button[lang=ru]");
  await page.keyboard.press("Space");
  await screen.says(names.get(genres[0].genre).ru);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await screen.says(names.get(genres[0].genre).en);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#sign-in", { state: "visible" });
  await page.keyboard.type(PIN);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#inbox .card");
  await tabTo(page, "#inbox .card button");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#staff", { state: "hidden" });
  await screen.leave();
});

test("colours can be read by day and by night", async (test) => {
  for (const colorScheme of ["light", "dark"]) {
    const { station, screen } = await opened(test, genres[0].name, { options: { colorScheme } });
    for (const { name, genre } of genres) {
      station.show(name);
      await screen.says(names.get(genre).en);
      const faint = await screen.page.evaluate(async () => {
        const { contrast } = await import("/colour.js");
        const hex = (colour) => {
          const canvas = new OffscreenCanvas(1, 1).getContext("2d");
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
          return a < 255 ? null : "#" + [r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("");
        };
        const behind = (element) => hex(getComputedStyle(element).backgroundColor) ?? behind(element.parentElement);
        const texts = [...document.querySelectorAll("body *")].filter(
          (element) => element.checkVisibility({ visibilityProperty: true }) &&
            [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()),
        );
        return texts
          .map((element) => [element.id || element.tagName, contrast(hex(getComputedStyle(element).color), behind(element))])
          .filter(([, ratio]) => ratio < 4.5);
      });
      assert.deepEqual(faint, [], `${colorScheme}, ${genre}`);
    }
    await screen.keep(`genre-${colorScheme}`);
    await screen.leave();
  }
});
