// Staff mode: signing in and out, and what is shown of it.

import { ask, asStaff, staffTrouble } from "./api.js";
import { $, el, show } from "./dom.js";
import { drawInbox } from "./inbox.js";
import { drawStock } from "./stock.js";
import { t } from "./words.js";

const dialog = $("staff");

/** How often it is asked whether those who are signed in still are. */
const WATCH = 5000;

/** Whether staff are signed in, and what changes something then. */
let isIn = false;
let token = "";

/** The last sign-out, which comes before whatever is asked next. */
let leaving = Promise.resolve();

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

/** Takes all that is for staff from the page: nobody who comes after them finds it there. */
function clear() {
  isIn = false;
  for (const id of ["sign-in", "staff-tabs", "sign-out", "inbox", "stock", "lesson"]) show($(id), false);
  for (const id of ["inbox-list", "stock-list", "lesson-records", "stock-count"]) $(id).replaceChildren();
  $("lesson-cover").removeAttribute("src");
  for (const id of ["sign-in", "stock-search", "lesson"]) $(id).reset();
}

/**
 * Shows what there is for who is signed in, or lets them sign in.
 *
 * Nothing is shown and no PIN kept from before while the station is asked: what was typed meanwhile would be lost.
 */
async function draw() {
  clear();
  await leaving;
  const about = await ask("/api/staff");
  // Whoever closed it meanwhile is signed out.
  if (!dialog.open) return;
  const { pin } = about;
  ({ token, signed_in: isIn } = about);
  show($("sign-in"), !isIn && pin);
  show($("staff-tabs"), isIn);
  show($("sign-out"), isIn);
  if (isIn) await openTab("inbox");
  else if (pin) $("pin").focus();
  else complain(t("staff.nopin"));
}

/** The session has ended: nothing of it stays to be seen. */
async function expire() {
  clear();
  await draw().catch(() => {});
  complain(t("staff.expired"));
}

/** Does something, and says what went wrong with it. */
async function attempt(what) {
  complain(null);
  try {
    await what();
  } catch (error) {
    if (error.status === 401) {
      await expire();
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
  dialog.showModal();
  attempt(draw);
});
$("staff-close").addEventListener("click", () => dialog.close());
// However it is closed, by a key too: who comes next is not staff.
dialog.addEventListener("close", () => {
  if (isIn) leaving = asStaff("DELETE", "/session").catch(() => {});
  clear();
  complain(null);
});
addEventListener("pagehide", () => {
  if (!isIn) return;
  fetch("/api/staff/session", { method: "DELETE", headers: { "Sleevesight-Token": token }, keepalive: true });
});
setInterval(async () => {
  if (!isIn) return;
  // Where the station does not answer, nobody knows who stands there.
  const { signed_in: stillIn } = await ask("/api/staff").catch(() => ({}));
  if (isIn && !stillIn) await expire();
}, WATCH);
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
    isIn = false;
    dialog.close();
  }),
);
for (const name of ["inbox", "stock"]) $(`tab-${name}`).addEventListener("click", () => attempt(() => openTab(name)));
