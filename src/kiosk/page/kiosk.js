// The page: it follows the station and draws what it says.

import { ask, follow } from "./api.js";
import { draw, drawDisc } from "./customer.js";
import { $, el } from "./dom.js";
import "./staff.js";
import { begin, choose, chosen } from "./words.js";

let state = { phase: "waking", genres: [], families: [] };

/** A button a language; the one in use is pressed. */
function drawLanguages(languages) {
  const press = () => {
    for (const button of $("languages").children) {
      button.setAttribute("aria-pressed", String(button.lang === chosen()));
    }
  };
  const take = async (language) => {
    await choose(language, true);
    press();
    draw(state);
  };
  const buttons = languages.map(({ language, name }) =>
    el("button", { type: "button", lang: language, onClick: () => take(language) }, name),
  );
  $("languages").replaceChildren(...buttons);
  press();
}

/** Asks what the station may say, in which languages. */
async function meet() {
  const about = await ask("/api/about");
  await begin(about);
  drawLanguages(about.languages);
  drawDisc(about.genres.length ? about.genres.map(({ color }) => color) : ["#d8502e", "#e0b04a"]);
}

async function start() {
  await meet();
  draw(state);
  let lost = false;
  const told = async (news) => {
    state = news;
    if (lost) {
      // It may have come back with another model.
      lost = false;
      await meet().catch(() => {
        lost = true;
      });
    }
    draw(state);
  };
  follow(told, () => {
    lost = true;
    state = null;
    draw(state);
  });
}

/** Until the station answers: a browser may be opened before it. */
async function keepStarting() {
  try {
    await start();
  } catch {
    setTimeout(keepStarting, 2000);
  }
}

keepStarting();
