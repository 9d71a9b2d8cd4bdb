// What the customer sees of a state.

import { readable } from "./colour.js";
import { $, el, show, svg } from "./dom.js";
import { watch } from "./live.js";
import { chosen, familyName, genreColour, genreName, isTaught, parts, percent, t } from "./words.js";

/** Which number's reason is looked at. */
let explained = null;
let last = null;

const background = () => getComputedStyle(document.body).getPropertyValue("--paper").trim();

/** What the screen is at. */
export function sceneOf(state) {
  if (!state) return "offline";
  if (state.trouble) return "trouble";
  if (state.phase === "waking") return "waking";
  if (state.phase === "empty") return "invitation";
  if (state.phase === "moving") return "moving";
  if (state.phase === "settling") return "looking";
  return state.verdict ?? "looking";
}

const sureness = (probability) =>
  probability >= 0.75 ? "almost certainly" : probability >= 0.5 ? "probably" : "perhaps";

/** What is said in large letters: a text, and the colour that it has. */
function headline(state, scene) {
  switch (scene) {
    case "record":
    case "genre":
      return [genreName(state.genre), genreColour(state.genre)];
    case "family":
      return [familyName(state.family), null];
    case "unsure":
      return [t("unsure.title"), null];
    case "nothing":
      return [t("nothing.title"), null];
    case "moving":
      return [t("move.title"), null];
    case "looking":
      return [t("look.title"), null];
    default:
      return [t("waking.title"), null];
  }
}

const HINTS = {
  family: "several.text",
  unsure: "unsure.text",
  nothing: "nothing.text",
  moving: "move.text",
  looking: "look.text",
  waking: "waking.text",
};

/** The likeliest genres that are not the headline: two beside one, three where there is none. */
function others(state, scene) {
  // Where the very record is known, there is nothing to guess.
  if (state.record) return [];
  if (scene === "genre") return state.genres.filter(({ genre }) => genre !== state.genre).slice(0, 2);
  return scene === "family" || scene === "unsure" ? state.genres.slice(0, 3) : [];
}

function row({ genre, probability }) {
  const full = el("span");
  full.style.width = `${100 * probability}%`;
  full.style.background = genreColour(genre);
  return el(
    "li",
    {},
    el("span", {}, genreName(genre)),
    el("span", { className: "bar" }, full),
    el("span", {}, percent(probability)),
  );
}

function drawVerdict(state, scene) {
  const [text, colour] = headline(state, scene);
  const said = $("said");
  said.textContent = text;
  // The longest word must fit on a line.
  const letters = Math.max(...text.split(/\s+/).map((word) => word.length));
  said.style.setProperty("--letters", Math.max(letters, 5));
  const paper = background();
  document.body.style.setProperty("--genre", colour ?? "var(--ink)");
  document.body.style.setProperty("--genre-text", colour ? readable(colour, paper) : "var(--ink)");

  drawWords(state, scene);
  const hint = HINTS[scene];
  show($("hint"), hint);
  $("hint").textContent = hint ? t(hint) : "";

  // Of a record that is known there is nothing to be sure of.
  const sure = scene === "record" ? null : (state.probability ?? null);
  show($("sure"), sure !== null);
  if (sure !== null) {
    $("bar").style.width = `${100 * sure}%`;
    $("word").textContent = t(sureness(sure));
    $("percent").textContent = percent(sure);
  }
  const rows = others(state, scene);
  show($("others"), rows.length > 0);
  $("others-title").textContent = scene === "genre" ? t("next") : "";
  show($("others-title"), scene === "genre");
  $("others-list").replaceChildren(...rows.map(row));
}

/** What is written on the sleeve: the artist, and the album, as far as they were matched. */
function drawWords({ artist, album }, scene) {
  const isSaid = ["record", "genre", "family", "unsure"].includes(scene);
  const line = (name, values, emphasised) =>
    parts(name, values).map(([text, key]) => (key === emphasised ? el("em", {}, text) : text));
  show($("says"), isSaid && artist);
  $("says").replaceChildren(...(artist ? line("says", { artist: artist.name }, "artist") : []));
  // Of a record that the shop has, the shop's own title is told.
  show($("album"), isSaid && album && scene !== "record");
  const name = album?.year ? "says.album.year" : "says.album";
  $("album").replaceChildren(...(album ? line(name, album, "title") : []));
}

const pressing = ({ title, artist, shelf, year }) =>
  el(
    "li",
    {},
    shelf && el("p", { className: "shelf" }, t("shelf", { shelf })),
    el("div", {}, el("p", { className: "title" }, title), el("p", { className: "large" }, [artist, year].filter(Boolean).join(", "))),
  );

/**
 * The very record, where the shop has it, and those that share its cover: a line and the shelf of each; or those that it
 * may be by its words.
 */
function drawRecord({ record, candidates = [] }) {
  const records = record ? [record, ...record.also] : candidates;
  show($("record"), records.length > 0);
  const title = record || !records.length ? [] : [el("li", { className: "large" }, t("candidates"))];
  $("record").replaceChildren(...title, ...records.map(pressing));
}

function thumbnail({ id, title, artist, shelf }) {
  const lines = [title, artist, shelf && t("shelf", { shelf })].filter(Boolean);
  return el(
    "li",
    {},
    el("img", { src: `/api/stock/${id}/cover.jpg`, alt: "" }),
    ...lines.map((line) => el("span", {}, line)),
  );
}

function drawLookalikes({ record, lookalikes: all }) {
  // The record itself is told above.
  const lookalikes = (all ?? []).filter(({ id }) => id !== record?.id);
  show($("lookalikes"), lookalikes.length > 0);
  $("lookalikes-list").replaceChildren(...lookalikes.map(thumbnail));
}

/** A box around a line that counted: light on dark, to be seen on any cover. */
function mark({ corners }) {
  const points = corners.map((corner) => corner.join(",")).join(" ");
  return ["under", "over"].map((name) => svg("polygon", { points, class: name }));
}

function drawReason(state, scene) {
  const genre = state?.genres?.[0]?.genre;
  const words = state?.counted ?? [];
  // Of a genre that the network was not taught, or that only the shop has, there is no evidence map.
  const hasMap = isTaught(genre);
  const can = ["record", "genre", "family", "unsure"].includes(scene) && (hasMap || words.length > 0);
  if (!can || explained !== state.number) explained = null;
  const open = explained !== null;
  show($("why"), can);
  $("why").textContent = t(open ? "why.back" : "why");
  $("why").setAttribute("aria-pressed", String(open));
  show($("reason"), open);
  show($("window"), !open);
  if (open) {
    const name = genreName(genre);
    const picture = hasMap ? `why.jpg?genre=${encodeURIComponent(genre)}&` : "cover.jpg?";
    $("evidence").src = `/api/${picture}number=${state.number}`;
    const texts = words.map(({ text }) => text).join(", ");
    const told = [hasMap && t("why.picture", { genre: name }), texts && t("why.marked", { words: texts })];
    $("evidence").alt = told.filter(Boolean).join(". ");
    $("reason-for").textContent = t("why.for", { genre: name });
    show($("reason-for"), hasMap);
    show($("reason-against"), hasMap);
    show($("reason-read"), words.length > 0);
    $("marks").replaceChildren(...words.flatMap(mark));
  } else {
    $("evidence").removeAttribute("src");
  }
  return open;
}

function drawTrouble(state, scene) {
  const kind = scene === "offline" ? "offline" : `trouble.${state.trouble.with}`;
  $("trouble-title").textContent = t(`${kind}.title`);
  $("trouble-text").textContent = t(`${kind}.text`);
  $("trouble-sentence").textContent = state?.trouble?.sentence ?? "";
}

/** What is wrong and does not stop the station: for the customer in a few words, for the staff as the station says it. */
function drawNotices({ notices = [] }) {
  const line = (notice) =>
    el("li", {}, el("strong", {}, t(`notice.${notice.with}`)), " ", el("span", { lang: "en" }, notice.sentence));
  show($("notices"), notices.length > 0);
  const told = JSON.stringify([notices, chosen()]);
  // A screen reader says it again whenever it is drawn.
  if ($("notices").dataset.told === told) return;
  $("notices").dataset.told = told;
  $("notices").replaceChildren(...notices.map(line));
}

/** What a screen reader says: only what is new, and no more than is worth hearing. */
function tell(state, scene) {
  const sentences = {
    invitation: () => t("invite.text"),
    looking: () => t("look.title"),
    record: () =>
      [state.record.title, state.record.artist, genreName(state.genre), state.record.shelf && t("shelf", state.record)]
        .filter(Boolean)
        .join(". "),
    genre: () =>
      [
        `${genreName(state.genre)}, ${t(sureness(state.probability))}, ${percent(state.probability)}`,
        state.artist && t("says", { artist: state.artist.name }),
      ]
        .filter(Boolean)
        .join(". "),
    family: () => `${familyName(state.family)}, ${percent(state.probability)}. ${t("several.text")}`,
    unsure: () => `${t("unsure.title")}. ${t("unsure.text")} ${others(state, scene).map(({ genre }) => genreName(genre)).join(", ")}`,
    nothing: () => t("nothing.title"),
  };
  const sentence = sentences[scene]?.();
  if (sentence && $("news").textContent !== sentence) $("news").textContent = sentence;
}

/** Draws a state; `null` where the station does not answer. */
export function draw(state) {
  last = state;
  const scene = sceneOf(state);
  document.body.dataset.scene = scene;
  drawNotices(state ?? {});
  if (scene === "offline" || scene === "trouble") {
    drawTrouble(state, scene);
    watch(false);
    return;
  }
  if (scene !== "invitation") {
    drawVerdict(state, scene);
    drawRecord(state);
    drawLookalikes(state);
  }
  const open = drawReason(state, scene);
  watch(scene !== "invitation" && !open);
  tell(state, scene);
}

/** The label of the invitation's disc: a sector in each genre's colour. */
export function drawDisc(colours) {
  const point = (turn) => `${Math.cos(2 * Math.PI * turn) * 31} ${Math.sin(2 * Math.PI * turn) * 31}`;
  const sectors = colours.map((fill, place) => {
    const [from, to] = [point(place / colours.length), point((place + 1) / colours.length)];
    return svg("path", { d: `M0 0L${from}A31 31 0 0 1 ${to}Z`, fill });
  });
  $("label").replaceChildren(...sectors, svg("circle", { r: 13, class: "core" }));
}

$("why").addEventListener("click", () => {
  explained = explained === null ? last.number : null;
  draw(last);
});
document.addEventListener("visibilitychange", () => draw(last));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(last));
