// What a customer sees of the words on a sleeve: the artist, the album, and the words that counted.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Screen, close } from "./screen.mjs";
import { Station, surelySaid } from "./station.mjs";

const [{ name: shown }] = surelySaid();

/** Small touch screens and large ones. */
const SIZES = [
  [320, 640],
  [480, 320],
  [800, 480],
  [1024, 600],
  [1280, 800],
  [1920, 1080],
].map(([width, height]) => ({ width, height }));

const box = (left, top, right, bottom) => [[left, top], [right, top], [right, bottom], [left, bottom]];

const MILES = {
  artist: { name: "Miles Davis", confidence: 0.95 },
  album: { artist: "Miles Davis", title: "Kind of Blue", year: 1959 },
  counted: [
    { text: "MILES DAVIS", corners: box(0.1, 0.05, 0.6, 0.15) },
    { text: "KIND OF BLUE", corners: box(0.1, 0.2, 0.7, 0.3) },
  ],
};

/** The longest that a table of artists may bring, and what a page could stumble on. */
const LONG = {
  artist: { name: "The Academy of St. Martin-in-the-Fields & <b>Sir Neville</b>", confidence: 0.92 },
  album: {
    artist: "The Academy of St. Martin-in-the-Fields",
    title: "Donaudampfschifffahrtsgesellschaftskapitän, Überarbeitete Fassung",
    year: null,
  },
  counted: MILES.counted,
};

after(close);

/** Runs in the page: every state of a sleeve says this, too. */
function speaking(more) {
  const add = (listener) => (event) => {
    const state = JSON.parse(event.data);
    const data = JSON.stringify(["genre", "family", "unsure"].includes(state.verdict) ? { ...state, ...more } : state);
    listener({ data });
  };
  window.EventSource = class extends EventSource {
    addEventListener(kind, listener) {
      super.addEventListener(kind, kind === "state" ? add(listener) : listener);
    }
  };
}

async function opened(test, value, options = {}) {
  const station = new Station();
  test.after(() => station.end());
  station.show(shown);
  await station.start("--no-words");
  const screen = await Screen.of(station, { script: speaking, value, ...options });
  await screen.at("genre");
  return screen;
}

/** Pairs of texts, buttons and pictures that lie over one another. */
const overlapping = () => {
  const visible = (element) => element.checkVisibility({ visibilityProperty: true });
  const blocks = ["#said", "#says", "#album", "#sure", "#others", "#why", "#sight", "footer"];
  const found = blocks.map((name) => [name, document.querySelector(name)]).filter(([, element]) => visible(element));
  const wrong = [];
  found.forEach(([one, a], place) => {
    for (const [other, b] of found.slice(place + 1)) {
      const [x, y] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
      const across = Math.min(x.right, y.right) - Math.max(x.left, y.left);
      const down = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
      if (across > 1 && down > 1) wrong.push(`${one} and ${other}`);
    }
  });
  return wrong;
};

async function keep(screen, name) {
  for (const size of SIZES) {
    await screen.page.setViewportSize(size);
    assert.deepEqual(await screen.page.evaluate(overlapping), [], `${name} at ${size.width} x ${size.height}`);
  }
  await screen.keep(name, SIZES);
}

test("it says who plays, in both languages, and which album it is", async (test) => {
  const screen = await opened(test, MILES);
  await screen.reads("#says", /^It says Miles Davis$/);
  await screen.reads("#album", /^Miles Davis: Kind of Blue, 1959$/);
  assert.equal(await screen.text("#says em"), "Miles Davis");
  assert.equal(await screen.text("#album em"), "Kind of Blue");
  assert.match(await screen.text("#news"), /It says Miles Davis$/, "a screen reader says it");
  await keep(screen, "words");
  await screen.page.click("#languages button[lang=ru]");
  await screen.reads("#says", /^Написано: Miles Davis$/);
  await keep(screen, "words-ru");
  await screen.leave();
});

test("why marks the words that counted, beside the evidence map", async (test) => {
  const screen = await opened(test, MILES);
  const { page } = screen;
  await page.click("#why");
  await page.waitForFunction(() => document.getElementById("evidence").naturalWidth >= 100);
  assert.equal(await page.locator("#marks .over").count(), 2);
  await screen.reads("#reason-read", /^words that counted$/);
  assert.match(await page.getAttribute("#evidence", "alt"), /MILES DAVIS, KIND OF BLUE$/);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    const [picture, marks] = await page.evaluate(() =>
      ["evidence", "marks"].map((id) => {
        const { left, top, width, height } = document.getElementById(id).getBoundingClientRect();
        return [left, top, width, height].map(Math.round);
      }),
    );
    assert.deepEqual(marks, picture, `the boxes lie on the cover at ${size.width} x ${size.height}`);
    assert.ok(Math.abs(picture[2] - picture[3]) <= 1, `the cover is square: ${picture}`);
    assert.ok(picture[2] >= 80, `the cover can be seen: ${picture}`);
  }
  await keep(screen, "words-why");
  await screen.leave();
});

test("where there is no evidence map, the boxes are on the cover alone", async (test) => {
  const genres = [{ genre: "folk", probability: 0.8 }];
  const screen = await opened(test, { ...MILES, genre: "folk", probability: 0.8, genres });
  const { page } = screen;
  await page.click("#why");
  await page.waitForFunction(() => document.getElementById("evidence").naturalWidth >= 100);
  assert.match(await page.getAttribute("#evidence", "src"), /^\/api\/cover\.jpg\?number=/);
  assert.equal(await page.locator("#reason-for").isVisible(), false);
  assert.equal(await page.locator("#marks .over").count(), 2);
  await screen.leave();
});

test("without an artist that was matched, nothing is said of one", async (test) => {
  const screen = await opened(test, { artist: null, album: null, counted: [] });
  assert.equal(await screen.page.locator("#says").isVisible(), false);
  assert.equal(await screen.page.locator("#album").isVisible(), false);
  await screen.leave();
});

test("long names stay on the screen, and no name is markup", async (test) => {
  for (const colorScheme of ["light", "dark"]) {
    const screen = await opened(test, LONG, { colorScheme });
    await screen.reads("#says", /<b>Sir Neville<\/b>$/);
    await keep(screen, `words-long-${colorScheme}`);
    await screen.leave();
  }
});
