// A lesson: a record is taught by the cover that was shown, or told anew.

import { asStaff, attempt } from "./api.js";
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
  $("lesson-cover").src = cover;
  form.elements.title.focus();
}

function close() {
  const { tab, done } = lesson;
  show(form, false);
  show($(tab), true);
  return done();
}

/** Teaches the sleeve of a number: as another view of one that looks like it, or as a new record. */
export function openLesson({ number, said, done }) {
  lesson = { tab: "inbox", done, save: (record) => asStaff("POST", `/inbox/${number}/teach`, { record }) };
  const isThis = (id) =>
    attempt(async () => {
      await asStaff("POST", `/inbox/${number}/teach`, { id });
      await close();
    });
  const known = said.lookalikes.map(({ id, artist, title }) =>
    el(
      "button",
      { type: "button", className: "known", onClick: () => isThis(id) },
      el("img", { src: `/api/stock/${id}/cover.jpg`, alt: "" }),
      el("span", {}, title),
      el("span", {}, artist),
    ),
  );
  show($("lesson-known"), known.length > 0);
  $("lesson-records").replaceChildren(...known);
  $("lesson-legend").textContent = t("staff.new");
  fill({ genre: said.genre ? genreName(said.genre) : "" });
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
