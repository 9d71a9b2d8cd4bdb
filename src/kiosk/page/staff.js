// Staff mode: signing in and out, and what is shown of it.

import { ask, asStaff, staffTrouble } from "./api.js";
import { $, el, show } from "./dom.js";
import { drawInbox } from "./inbox.js";
import { drawStock } from "./stock.js";
import { t } from "./words.js";

const dialog = $("staff");

/** Says what is wrong, or nothing any more. */
function complain(sentence) {
  show($("staff-trouble"), sentence);
  $("staff-trouble").textContent = sentence ?? "";
}

function openTab(tab) {
  for (const name of ["inbox", "stock"]) {
    show($(name), name === tab);
    $(`tab-${name}`).setAttribute("aria-pressed", String(name === tab));
  }
  show($("lesson"), false);
  return tab === "inbox" ? drawInbox() : drawStock();
}

/**
 * Shows what there is for who is signed in, or lets them sign in.
 *
 * Nothing is shown and no PIN kept from before while the station is asked: what was typed meanwhile would be lost.
 */
async function draw() {
  for (const id of ["sign-in", "staff-tabs", "sign-out", "inbox", "stock", "lesson"]) show($(id), false);
  $("pin").value = "";
  const { pin, signed_in: isIn } = await ask("/api/staff");
  show($("sign-in"), !isIn && pin);
  show($("staff-tabs"), isIn);
  show($("sign-out"), isIn);
  if (isIn) await openTab("inbox");
  else if (pin) $("pin").focus();
  else complain(t("staff.nopin"));
}

/** Does something, and says what went wrong with it. */
async function attempt(what) {
  complain(null);
  try {
    await what();
  } catch (error) {
    if (error.status === 401) {
      await draw().catch(() => {});
      complain(t("staff.expired"));
    } else {
      complain(error.message);
    }
  }
}

staffTrouble(attempt);

function drawKeys() {
  const digit = (text) => el("button", { type: "button", onClick: () => ($("pin").value += text) }, text);
  const back = () => ($("pin").value = $("pin").value.slice(0, -1));
  $("keys").replaceChildren(
    ...[..."123456789"].map(digit),
    el("button", { type: "button", "aria-label": t("staff.delete"), onClick: back }, "⌫"),
    digit("0"),
  );
}

$("staff-open").addEventListener("click", () => {
  drawKeys();
  attempt(draw);
  dialog.showModal();
});
$("staff-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => complain(null));
$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const pin = $("pin").value;
  $("pin").value = "";
  attempt(async () => {
    await asStaff("POST", "/session", { pin });
    await draw();
  });
});
$("sign-out").addEventListener("click", () =>
  attempt(async () => {
    await asStaff("DELETE", "/session");
    dialog.close();
  }),
);
for (const name of ["inbox", "stock"]) $(`tab-${name}`).addEventListener("click", () => attempt(() => openTab(name)));
