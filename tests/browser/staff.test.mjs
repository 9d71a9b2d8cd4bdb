// Staff mode as a person finds it: the PIN, the inbox, teaching by showing, and the stock.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";

import { Screen, close } from "./screen.mjs";
import { Station, run, surelySaid } from "./station.mjs";

const PIN = "246810";
const [{ name: shown }, { name: other }] = surelySaid();
const empty = "empty-wall";

after(close);

/** A station with a PIN that is shown a sleeve, or nothing, and its screen; it ends with the test. */
async function staffed(test, name, options = () => []) {
  const station = new Station();
  test.after(() => station.end());
  run(["kiosk", "pin"], { input: `${PIN}\n`, env: station.env });
  station.show(name);
  await station.start(...options(station));
  const screen = await Screen.of(station);
  return { station, screen, page: screen.page };
}

async function openStaff(page) {
  await page.click("#staff-open");
  await page.waitForSelector("#sign-in", { state: "visible" });
}

async function type(page, digits) {
  for (const digit of digits) await page.click(`#keys button:text-is("${digit}")`);
}

async function signIn(page) {
  await openStaff(page);
  await type(page, PIN);
  await page.click("#sign-in button[type=submit]");
  await page.waitForSelector("#inbox", { state: "visible" });
}

test("staff teaches a record by showing it, and it is known from then on, also after a power cut", async (test) => {
  const stock = ({ home }) => ["--stock", join(home, "stock.db")];
  const { station, screen, page } = await staffed(test, shown, stock);
  await screen.at("genre", "family", "unsure");

  await openStaff(page);
  await screen.keep("staff-pin");
  await page.fill("#pin", "000000");
  await page.click("#sign-in button[type=submit]");
  await page.waitForFunction(() => document.getElementById("staff-trouble").textContent === "this is not the PIN");
  await page.click("#staff-close");
  await signIn(page);

  await page.waitForSelector("#inbox .card img");
  await screen.keep("staff-inbox");
  await page.click('#inbox .card button:text-is("Teach")');
  await page.fill("#lesson [name=title]", "Six Partitas");
  await page.fill("#lesson [name=artist]", "Elisaveta Moren");
  await page.fill("#lesson [name=shelf]", "B3");
  await page.fill("#lesson [name=genre]", "Classical");
  await screen.keep("staff-lesson");
  await page.click("#lesson button[type=submit]");
  await page.waitForSelector("#inbox-empty", { state: "visible" });

  await page.click("#tab-stock");
  await page.waitForSelector("#stock .card");
  assert.match(await screen.text("#stock .card"), /Six Partitas[\s\S]*Elisaveta Moren · Classical · Shelf B3/);
  await screen.keep("staff-stock");
  await page.fill("#stock-text", "nothing like it");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#stock .card", { state: "detached" });
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
  assert.equal(download.suggestedFilename(), "stock.tar");
  await download.path();
  await page.click("#sign-out");
  await page.waitForSelector("#staff", { state: "hidden" });

  const isKnown = async () => {
    await screen.at("record");
    assert.equal(await screen.text("#record .title"), "Six Partitas");
    assert.equal(await screen.text("#record .large"), "Elisaveta Moren");
    assert.equal(await screen.text("#record .shelf"), "Shelf B3");
    assert.equal(await screen.text("#said"), "Classical");
  };
  station.show(empty);
  await screen.at("invitation");
  station.show(shown);
  await isKnown();
  await screen.keep("record");
  station.show(other);
  await screen.at("genre");
  await page.waitForSelector("#lookalikes-list li");
  assert.match(await screen.text("#lookalikes-list"), /Six Partitas[\s\S]*Shelf B3/);
  await screen.keep("lookalikes");
  station.show(shown);
  await isKnown();

  await station.kill();
  await screen.at("offline");
  await station.start(...stock(station));
  await isKnown();
  await screen.leave();
});

test("a reading is corrected with two touches, and one that is put away is gone", async (test) => {
  const { station, screen, page } = await staffed(test, shown);
  await screen.at("genre", "family", "unsure");
  station.show(empty);
  await screen.at("invitation");
  station.show(shown);
  await screen.at("genre", "family", "unsure");
  await signIn(page);
  await page.waitForFunction(() => document.querySelectorAll("#inbox .card").length === 2);
  await page.click('#inbox .card:first-child button:text-is("Wrong")');
  await page.click('#inbox .card:first-child button:text-is("Metal")');
  await page.waitForFunction(() => document.querySelectorAll("#inbox .card").length === 1);
  await page.click('#inbox .card button:text-is("Put away")');
  await page.waitForSelector("#inbox-empty", { state: "visible" });
  await screen.leave();
});

test("a PIN is typed whole, however late the station answers whether anyone is signed in", async (test) => {
  const { screen, page } = await staffed(test, empty);
  await screen.at("invitation");
  await openStaff(page);
  await type(page, "9");
  await page.click("#staff-close");

  await page.route("**/api/staff", async (route) => {
    await new Promise((asked) => setTimeout(asked, 1500));
    await route.continue();
  });
  const answered = page.waitForResponse("**/api/staff");
  await openStaff(page);
  await type(page, PIN);
  await answered;
  await page.waitForTimeout(200);
  assert.equal(await page.inputValue("#pin"), PIN);
  await page.unrouteAll({ behavior: "wait" });
  await page.click("#sign-in button[type=submit]");
  await page.waitForSelector("#inbox", { state: "visible" });
  await screen.leave();
});

test("who closes the dialog or leaves the page is signed out, and a session that ended shows nothing more", async (test) => {
  const { station, screen, page } = await staffed(test, shown);
  await screen.at("genre", "family", "unsure");
  const nothingIsLeft = async () => {
    await page.waitForSelector("#sign-in", { state: "visible" });
    assert.equal(await page.isVisible("#inbox"), false);
    assert.equal(await page.locator("#staff .card").count(), 0);
  };
  const isIn = () => page.evaluate(() => fetch("/api/staff/inbox").then(({ ok }) => ok));
  const isOut = () => page.waitForFunction(() => fetch("/api/staff/inbox").then(({ status }) => status === 401));
  for (const close of [() => page.click("#staff-close"), () => page.keyboard.press("Escape")]) {
    await signIn(page);
    await page.waitForSelector("#inbox .card img");
    assert.equal(await isIn(), true);
    await close();
    await isOut();
    await openStaff(page);
    await nothingIsLeft();
    await page.click("#staff-close");
  }

  await signIn(page);
  await page.reload();
  await screen.at("genre", "family", "unsure");
  await isOut();
  await openStaff(page);
  await nothingIsLeft();
  await page.click("#staff-close");

  await signIn(page);
  await page.waitForSelector("#inbox .card img");
  run(["kiosk", "pin"], { input: "135790\n", env: station.env });
  await nothingIsLeft();
  await page.waitForFunction(() => /signed out/.test(document.getElementById("staff-trouble").textContent));
  await screen.leave();
});
