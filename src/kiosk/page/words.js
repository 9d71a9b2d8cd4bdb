// Words in the customer's language.

import { ask } from "./api.js";

const CHOICE = "sleevesight-language";

const loaded = new Map();
let about = { languages: [{ language: "en", name: "English" }], genres: [], families: [] };
let language = "en";
let words = {};
/** Which language was asked for last: its file may come after that of one that was asked for before it. */
let awaited = null;

/** What this browser remembers; a private window may remember nothing. */
function remembered() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

/** Loads the language that was chosen here, or that the shop has, or that the browser asks for. */
export async function begin(told) {
  about = told;
  const known = about.languages.map(({ language }) => language);
  const asked = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const wanted = [remembered(), about.language, ...asked, "en"].find((id) => known.includes(id));
  await choose(wanted ?? known[0]);
}

export async function choose(wanted, keep = false) {
  awaited = wanted;
  if (!loaded.has(wanted)) loaded.set(wanted, await ask(`/languages/${wanted}.json`));
  if (awaited !== wanted) return;
  language = wanted;
  words = loaded.get(wanted);
  if (keep) {
    try {
      localStorage.setItem(CHOICE, wanted);
    } catch {
      // It is chosen for now.
    }
  }
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  document.dispatchEvent(new Event("language"));
}

export const chosen = () => language;

/** All genres that the station may say. */
export const genres = () => about.genres.map(({ genre }) => genre);

/** Whether the picture may speak for a genre: the network has no evidence map for one that it was not taught. */
export const isTaught = (id) => about.genres.some(({ genre, taught }) => genre === id && taught);

/** A text by its name; `{name}` stands for a value. */
export function t(name, values = {}) {
  const text = words[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** The same in parts, each with the name of the value that it is, where it is one. */
export function parts(name, values) {
  const texts = (words[name] ?? name).split(/\{(\w+)\}/);
  return texts.map((text, place) => (place % 2 ? [values[text] ?? "", text] : [text, null]));
}

const named = (kind, id, names) => words[`${kind}.${id}`] ?? names?.[language] ?? names?.en ?? id;

/** What a genre is called: as the language's file has it, else as the bundle does, else by its id. */
export const genreName = (id) => named("genre", id, about.genres.find(({ genre }) => genre === id)?.names);

export const familyName = (id) => named("family", id, about.families.find(({ family }) => family === id)?.names);

export const genreColour = (id) => about.genres.find(({ genre }) => genre === id)?.color ?? "#8a8178";

export const percent = (part) => new Intl.NumberFormat(language, { style: "percent" }).format(part);
