// The inbox: sleeves that were shown lately, each to be confirmed, corrected or taught.

import { asStaff, ask, attempt } from "./api.js";
import { $, el, show } from "./dom.js";
import { openLesson } from "./lesson.js";
import { chosen, familyName, genreName, genres, percent, t } from "./words.js";

/** What was said of it, in a line. */
function line({ verdict, genre, family, probability, record, candidates }) {
  if (verdict === "record") return [record.artist, record.title].filter(Boolean).join(": ");
  if (candidates?.length) return candidates.map(({ artist, title, year }) => [artist, title, year].filter(Boolean).join(": ")).join(" / ");
  if (verdict === "genre") return `${genreName(genre)}, ${percent(probability)}`;
  if (verdict === "family") return `${familyName(family)}, ${percent(probability)}`;
  return t(verdict === "unsure" ? "unsure.title" : "nothing.title");
}

const clock = (seconds) =>
  new Date(1000 * seconds).toLocaleTimeString(chosen(), { hour: "2-digit", minute: "2-digit" });

/** Asks for the genre, in place of the buttons. */
function askGenre(buttons, number, first) {
  const correct = (genre) =>
    attempt(async () => {
      await asStaff("POST", `/inbox/${number}/correct`, { genre });
      await drawInbox();
    });
  const likeliest = first.map(({ genre }) => genre);
  const rest = genres().filter((genre) => !likeliest.includes(genre));
  const choices = [...likeliest, ...rest].map((genre) =>
    el("button", { className: "button", type: "button", onClick: () => correct(genre) }, genreName(genre)),
  );
  buttons.replaceChildren(el("span", {}, t("staff.which")), ...choices);
  choices[0]?.focus();
}

function card({ at, said }, hasStock) {
  const { number } = said;
  const act = (method, what) =>
    attempt(async () => {
      await asStaff(method, `/inbox/${number}${what}`);
      await drawInbox();
    });
  const button = (text, onClick) => el("button", { className: "button", type: "button", onClick }, t(text));
  const canConfirm = said.verdict === "genre" || said.verdict === "record";
  const buttons = el("div", { className: "buttons" });
  buttons.append(
    ...[
      // A record that its words told gets this picture of its cover.
      canConfirm &&
        button(said.record?.by === "words" ? "staff.add" : "staff.right", () => act("POST", "/confirm")),
      button("staff.wrong", () => askGenre(buttons, number, said.genres)),
      hasStock && button("staff.teach", () => openLesson({ number, said, done: drawInbox })),
      button("staff.dismiss", () => act("DELETE", "")),
    ].filter(Boolean),
  );
  return el(
    "li",
    { className: "card" },
    el("img", { src: `/api/staff/inbox/${number}/cover.jpg`, alt: t("staff.cover") }),
    el("div", {}, el("p", { className: "name" }, line(said)), el("p", {}, clock(at)), buttons),
  );
}

export async function drawInbox() {
  const { rows, stock, keep } = await ask("/api/staff/inbox");
  show($("inbox-empty"), rows.length === 0);
  $("keep").checked = keep;
  $("inbox-list").replaceChildren(...rows.map((row) => card(row, stock)));
}

$("keep").addEventListener("change", () => attempt(() => asStaff("PUT", "/keep", { keep: $("keep").checked })));
