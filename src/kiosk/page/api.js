// What is asked of the station.

/** The JSON at an address, or an error with the station's own sentence. */
export async function ask(address, options) {
  const answer = await fetch(address, options);
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (!answer.ok) {
    const error = new Error(body?.error ?? `${answer.status}`);
    error.status = answer.status;
    throw error;
  }
  return body;
}

/**
 * Follows what the station says: calls `tell` with each new state, and `lose` when the station does not answer.
 * The browser asks again by itself; where it gives up, this does. A page that nobody sees does not follow: a browser
 * opens six connections to a station, for all of its tabs together.
 */
export function follow(tell, lose) {
  let source = null;
  const open = () => {
    if (source || document.hidden) return;
    const opened = new EventSource("/api/events");
    source = opened;
    opened.addEventListener("state", (event) => tell(JSON.parse(event.data)));
    opened.addEventListener("error", () => {
      lose();
      if (opened.readyState === EventSource.CLOSED && source === opened) {
        source = null;
        setTimeout(open, 2000);
      }
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else {
      open();
    }
  });
  open();
}

/** What staff ask, below /api/staff; what changes something carries the token that only this page can read. */
export async function asStaff(method, path, body) {
  const { token } = await ask("/api/staff");
  const headers = { "Sleevesight-Token": token, "Content-Type": "application/json" };
  return ask(`/api/staff${path}`, { method, headers, body: body && JSON.stringify(body) });
}

let attempted = (what) => what();

/** Tells what is to handle what goes wrong in staff mode. */
export function staffTrouble(handler) {
  attempted = handler;
}

/** Does something in staff mode; what goes wrong is said there. */
export const attempt = (what) => attempted(what);
