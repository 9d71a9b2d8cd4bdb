// A lesson: a record is taught by the cover that was shown, or told anew.

import { asStaff, attempt } from "./api.js";
import { coverOf } from "./cover.js";
import { $, el, show } from "./dom.js";
import { genreName, genres, t } from "./words.js";

const form = $("lesson");
const FIELDS = ["title", "artist", "genre", "shelf", "year", "price", "note"];

/** What is done with the form, and after it. */
let lesson = null;

function fill(record) {
  for (const field of FIELDS) form.elements[field].value = record?.[field] ?? "";
  const names = genres().map((genre) => el("option", { value: genreName(genre) }));
  $("genre-list").replaceChildren(...names);
}

function open(cover) {
  for (const id of ["inbox", "stock"]) show($(id), false);
  show(form, true);
  show($("lesson-cover"), true);
  $("lesson-cover").src = cover;
  form.elements.title.focus();
}

function close() {
  const { tab, done } = lesson;
  show(form, false);
  show($(tab), true);
  return done();
}

/** How high a line stands on the sleeve. */
const height = ({ box: [from, , , to] }) => Math.hypot(to[0] - from[0], to[1] - from[1]);

const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** What was read and matched: the album, or the artist and the largest line that is not the artist's name. */
function readOn({ album, artist, words = [] }) {
  if (album) return { artist: album.artist, title: album.title, year: album.year };
  const name = artist ? plain(artist.name) : "";
  const rest = words.filter(({ text }) => plain(text).length > 1 && !(name && name.includes(plain(text))));
  const largest = rest.sort((one, other) => height(other) - height(one))[0];
  return { artist: artist?.name, title: largest?.text };
}

/** Teaches the sleeve of a number: as another view of one that looks like it, or as a new record. */
export function openLesson({ number, said, done }) {
  lesson = { tab: "inbox", done, save: (record) => asStaff("POST", `/inbox/${number}/teach`, { record }) };
  const isThis = (id) =>
    attempt(async () => {
      await asStaff("POST", `/inbox/${number}/teach`, { id });
      await close();
    });
  // Those that the words fit come first; a record may be one of these and look alike, too.
  const first = [said.record, ...(said.candidates ?? [])].filter(Boolean);
  const others = said.lookalikes.filter(({ id }) => first.every((one) => one.id !== id));
  const known = [...first, ...others].map((record) =>
    el(
      "button",
      { type: "button", className: "known", onClick: () => isThis(record.id) },
      coverOf(record),
      el("span", {}, record.title),
      el("span", {}, [record.artist, record.year, record.shelf].filter(Boolean).join(" · ")),
    ),
  );
  show($("lesson-known"), known.length > 0);
  $("lesson-records").replaceChildren(...known);
  $("lesson-legend").textContent = t("staff.new");
  fill({ ...readOn(said), genre: said.genre ? genreName(said.genre) : "" });
  open(`/api/staff/inbox/${number}/cover.jpg`);
}

/** Tells anew what the shop knows of a record. */
export function openRecord(record, done) {
  lesson = { tab: "stock", done, save: (told) => asStaff("PUT", `/stock/${record.id}`, told) };
  show($("lesson-known"), false);
  $("lesson-legend").textContent = t("staff.known");
  fill(record);
  open(`/api/stock/${record.id}/cover.jpg`);
}

// The shop may have no picture of a record.
$("lesson-cover").addEventListener("error", () => show($("lesson-cover"), false));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const told = Object.fromEntries(FIELDS.map((field) => [field, form.elements[field].value.trim()]));
  told.year = told.year ? Number(told.year) : null;
  attempt(async () => {
    await lesson.save(told);
    await close();
  });
});
$("lesson-cancel").addEventListener("click", () => attempt(close));
