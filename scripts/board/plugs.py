"""Pulls the plug of a virtual board, again and again, while its station is taught; holds it to what it acknowledged.

Names how often, the card's image, and the words that start the board. Each board boots from the card as the one
before left it. Printed are lines that begin with `ok`; the first thing that is wrong ends it.
"""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PIN = "246810"

# How long a board may take to boot, and its station to say something: emulated, and on a machine that is busy.
PATIENCE = 300.0

# Every how many boards one is taught a record, for which its station must have read a sleeve: that takes longer than
# booting. All others move records that there are.
TAUGHT = 4

# What a till is told by when the plug is pulled.
PULLED = (OSError, http.client.HTTPException, ValueError)

# After how many acknowledged changes the plug is pulled, at most, and how long after the last of these, in seconds.
MOST, LONGEST = 8, 0.3


class Board:
    """A board that runs, and the shop's till, which asks its station."""

    def __init__(self, words: list[str]) -> None:
        """Starts it; its kiosk is reached by a port of this machine, and nothing is reached by it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        network = f"user,id=shop,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-10.0.2.15:8480"
        more = ["-netdev", network, "-device", "virtio-net-device,netdev=shop"]
        self.process = subprocess.Popen(
            words + more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        self.headers: dict[str, str] = {}

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(line.rstrip())

    def wrong(self, what: str) -> SystemExit:
        """What ends it all, with what the board said."""
        self.pull()
        return SystemExit("\n".join([*self.said, f"BAD {what}"]))

    def until(self, what: str, there: object) -> object:
        """Waits for something that is true in the end."""
        begun = time.monotonic()
        while not (got := there()):
            if time.monotonic() - begun > PATIENCE or self.process.poll() is not None:
                raise self.wrong(f"{what} did not come")
            time.sleep(0.1)
        return got

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict, http.client.HTTPMessage]:
        """The status, the JSON and the headers of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        text = None if body is None else json.dumps(body)
        headers = {"Host": "localhost", "Connection": "close", **self.headers}
        if text is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(read) if read else {}, answer.headers

    def state(self) -> dict:
        """What the station tells."""
        return self.ask("GET", "/api/verdict")[1]

    def sign_in(self) -> None:
        """As the staff do, by the PIN that is on the card."""
        self.headers["Sleevesight-Token"] = self.ask("GET", "/api/staff")[1]["token"]
        status, answer, headers = self.ask("POST", "/api/staff/session", {"pin": PIN})
        if status != 204:
            raise self.wrong(f"the PIN on the card is not taken: {answer}")
        self.headers["Cookie"] = headers["Set-Cookie"].split(";")[0]

    def record(self, title: str) -> dict | None:
        """The record of this title, of which there may be one."""
        records = self.ask("GET", f"/api/staff/stock?find={title}")[1]["records"]
        if len(records) > 1:
            raise self.wrong(f"{title} is there {len(records)} times")
        return records[0] if records else None

    def pull(self) -> None:
        """QEMU ends at once, and with it all that the board had in its memory."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.listener.join()


class Shop:
    """What was acknowledged so far: of each record by its title, the shelf that it has."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.shelves: dict[str, int] = {}
        self.changes = 0
        # What was being written when the plug was pulled: it may be there or not.
        self.open: tuple[str, int] | None = None
        self.refused: str | None = None

    def check(self, board: Board) -> None:
        """Whether the board has all of it."""
        notices = board.state()["notices"]
        if notices:
            raise board.wrong(f"something is said to be wrong: {notices}")
        if self.open and self.open[0] not in self.shelves and board.record(self.open[0]):
            self.shelves[self.open[0]] = 0
        for title, shelf in self.shelves.items():
            record = board.record(title)
            if not record:
                raise board.wrong(f"{title} was acknowledged, and is lost")
            there = int(record["shelf"] or 0)
            if there != shelf and (title, there) != self.open:
                raise board.wrong(f"{title} is on shelf {there}, {shelf} was acknowledged")
            self.shelves[title] = there
        count = board.ask("GET", "/api/staff/stock")[1]["count"]
        if count != len(self.shelves):
            raise board.wrong(f"{count} records are there, {len(self.shelves)} were taught")

    def teach(self, board: Board, number: int, title: str) -> None:
        """Teaches what is shown as a record, and then moves it, until the plug is pulled."""
        with contextlib.suppress(*PULLED):
            self.open = (title, 0)
            lesson = {"record": {"title": title}}
            status, answer, _ = board.ask("POST", f"/api/staff/inbox/{number}/teach", lesson)
            if status == 200:
                self.shelves[title] = 0
                self._move(board, answer["id"], title)
            else:
                self.refused = f"the lesson was refused: {answer}"

    def move(self, board: Board, title: str) -> None:
        """Moves a record that there is, until the plug is pulled."""
        with contextlib.suppress(*PULLED):
            record = board.record(title)
            self._move(board, record["id"] if record else 0, title)

    def _move(self, board: Board, number: int, title: str) -> None:
        """Tells a record another shelf, again and again."""
        while not self.refused:
            shelf = self.shelves[title] + 1
            self.open = (title, shelf)
            about = {"title": title, "shelf": str(shelf)}
            status, answer, _ = board.ask("PUT", f"/api/staff/stock/{number}", about)
            if status == 204:
                self.shelves[title] = shelf
                self.changes += 1
            else:
                self.refused = f"the change was refused: {answer}"


def booted(words: list[str]) -> Board:
    """A board whose staff are signed in."""
    board = Board(words)
    board.until("the kiosk", lambda: any("the kiosk is at" in line for line in board.said))
    board.sign_in()
    return board


def look_at_card(image: Path) -> None:
    """Whether the card's file system and the stock on it are whole, once more, without the program."""
    subprocess.run(["/sbin/e2fsck", "-p", image], check=False, stdout=subprocess.DEVNULL)
    subprocess.run(["/sbin/e2fsck", "-fn", image], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["/sbin/debugfs", "-R", f"rdump /state {folder}", image], check=True, stderr=subprocess.DEVNULL
        )
        [answer] = (
            sqlite3.connect(Path(folder, "state", "stock.db")).execute("PRAGMA integrity_check").fetchall()
        )
    if answer != ("ok",):
        sys.exit(f"BAD the stock is not whole: {answer}")


def pulled(words: list[str], shop: Shop, chance: random.Random, *, taught: bool) -> str:
    """Pulls the plug of a board while a record is taught, or moved; tells what went before."""
    begun = time.monotonic()
    board = booted(words)
    shop.check(board)
    up, before = time.monotonic() - begun, shop.changes
    # At once, or after so many changes; sometimes while the record itself is being written.
    wanted = chance.randint(0, MOST)
    if taught := taught or not shop.shelves:
        title = f"Record{len(shop.shelves) + 1:04}"
        number = board.until("a verdict", lambda: board.state()["number"])
        work = threading.Thread(target=shop.teach, args=(board, number, title))
        wanted = chance.randint(-1, MOST)
    else:
        title = chance.choice(list(shop.shelves))
        work = threading.Thread(target=shop.move, args=(board, title))
    work.start()
    if wanted >= 0:
        done = before + wanted
        board.until("changes", lambda: shop.refused or (title in shop.shelves and shop.changes >= done))
    time.sleep(chance.uniform(0, LONGEST if wanted >= 0 else 2))
    board.pull()
    work.join()
    if shop.refused:
        raise board.wrong(shop.refused)
    changes = shop.changes - before
    what = "a record taught, and moved" if taught else "a record moved"
    return f"{up:.0f} s after the start all was there; {what} {changes} times, and the plug pulled"


def main(times: int, image: Path, words: list[str]) -> None:
    """Pulls the plug so often, and boots once more."""
    chance = random.Random(8)
    shop = Shop()
    for number in range(times):
        told = pulled(words, shop, chance, taught=number % TAUGHT == 0)
        print(f"ok {number + 1}: {told}", flush=True)
    board = booted(words)
    shop.check(board)
    board.pull()
    look_at_card(image)
    figure = f"{times} plugs pulled, {len(shop.shelves)} records taught and {shop.changes} moves acknowledged, 0 lost"
    print(f"ok {figure}")
    if place := os.environ.get("SLEEVESIGHT_FIGURES"):
        with Path(place).open("a", encoding="utf-8") as figures:
            figures.write(f"scripts/pull-plugs\t{figure}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
