// A record's cover, or, where the shop has no picture of it, artist and title in its place.

import { el } from "./dom.js";

export function coverOf({ id, title, artist }) {
  const picture = el("img", { src: `/api/stock/${id}/cover.jpg`, alt: "", loading: "lazy" });
  const instead = () =>
    el("div", { className: "no-cover", "aria-hidden": "true" }, el("em", {}, artist), el("strong", {}, title));
  picture.addEventListener("error", () => picture.replaceWith(instead()), { once: true });
  return picture;
}
