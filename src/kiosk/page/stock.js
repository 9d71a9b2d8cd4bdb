// The stock: looked up, told anew, taken away.

import { asStaff, ask, attempt } from "./api.js";
import { coverOf } from "./cover.js";
import { $, el, show } from "./dom.js";
import { openRecord } from "./lesson.js";
import { t } from "./words.js";

/** A button that asks once more before it does anything. */
function careful(text, onSure) {
  const button = el("button", { className: "button", type: "button" }, t(text));
  button.addEventListener("click", () => {
    if (button.dataset.asked) onSure();
    button.dataset.asked = "yes";
    button.textContent = t("staff.sure");
  });
  return button;
}

function card(record) {
  const { id, title, artist, genre, shelf, year } = record;
  const remove = () =>
    attempt(async () => {
      await asStaff("DELETE", `/stock/${id}`);
      await drawStock();
    });
  const about = [artist, year, genre, shelf && t("shelf", { shelf })].filter(Boolean).join(" · ");
  const edit = { className: "button", type: "button", onClick: () => openRecord(record, drawStock) };
  return el(
    "li",
    { className: "card" },
    coverOf(record),
    el(
      "div",
      {},
      el("p", { className: "name" }, title),
      el("p", {}, about),
      el("div", { className: "buttons" }, el("button", edit, t("staff.edit")), careful("staff.remove", remove)),
    ),
  );
}

export async function drawStock() {
  const { stock, count, records } = await ask(`/api/staff/stock?find=${encodeURIComponent($("stock-text").value)}`);
  show($("stock-search"), stock);
  $("stock-count").textContent = stock ? t("staff.count", { count }) : t("staff.nostock");
  $("stock-list").replaceChildren(...records.map(card));
}

$("stock-search").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(drawStock);
});
