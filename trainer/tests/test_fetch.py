"""`fetch` gets whole covers from an archive that misbehaves, and tells of those that it could not get."""

import csv
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
from conftest import GENRES, PREPARE, command, cover
from PIL import Image

from sleevetrainer import __version__
from sleevetrainer.archive import Archive, Manners, TroubleError, ending
from sleevetrainer.errors import TrainerError
from sleevetrainer.fetch import fetch, study, wanted

HURRIED = Manners(
    per_second=1e6,
    attempts=3,
    first_wait=1e-3,
    longest_wait=1e-2,
    silence=60.0,
    longest=60.0,
    most_bytes=300_000,
    most_redirects=3,
)
CONTACT = "me@example.org"


def jpeg(seed: int, genre: str = "circles") -> bytes:
    file = io.BytesIO()
    cover(genre, seed).save(file, "JPEG", quality=90)
    return file.getvalue()


def number(place: int) -> str:
    return str(UUID(int=place, version=4))


class Server(ThreadingHTTPServer):
    """An archive on this machine, whose answers the tests choose."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.behaviour: dict[str, Callable[[Answers, int], None]] = {}
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what is tested."""


class Answers(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        self.server.agents.add(self.headers["User-Agent"])
        name = self.path.split("/")[2] if self.path.count("/") > 1 else self.path
        self.server.behaviour[name](self, self.server.asked[self.path])

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def say(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length != 0:
            self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)


def whole(answers: Answers, _: int) -> None:
    answers.say(200, jpeg(1))


def missing(answers: Answers, _: int) -> None:
    answers.say(404, b"no cover art found")


def busy(answers: Answers, time: int) -> None:
    if time < 3:
        answers.say(503, b"later", Retry_After="0")
    else:
        answers.say(200, jpeg(2))


def always_busy(answers: Answers, _: int) -> None:
    answers.say(503)


def forbidden(answers: Answers, _: int) -> None:
    answers.say(403)


def moved(answers: Answers, _: int) -> None:
    answers.say(307, Location=f"{answers.server.address}/elsewhere/{number(1)}/mbid.jpg")


def round_and_round(answers: Answers, _: int) -> None:
    answers.say(302, Location=answers.path)


def cut_short(answers: Answers, time: int) -> None:
    body = jpeg(3)
    answers.say(200, body if time > 1 else body[: len(body) // 2], len(body))


def cut_short_in_chunks(answers: Answers, _: int) -> None:
    answers.say(200, b"1000\r\n" + jpeg(3)[:1000], 0, Transfer_Encoding="chunked")


def cut_short_unseen(answers: Answers, _: int) -> None:
    body = jpeg(4)
    answers.say(200, body[: len(body) // 2])


def a_page(answers: Answers, _: int) -> None:
    answers.say(200, b"<html>Item not available</html>", Content_Type="image/jpeg")


def silent(answers: Answers, _: int) -> None:
    answers.server.over.wait(10)


def dripping(answers: Answers, _: int) -> None:
    answers.say(200, b"", 10_000_000)
    while not answers.server.over.wait(0.001):
        answers.wfile.write(b"\xff")


def endless(answers: Answers, _: int) -> None:
    answers.say(200, b"\xff\xd8", 0)
    while not answers.server.over.is_set():
        answers.wfile.write(bytes(1 << 14))


def hung_up(answers: Answers, _: int) -> None:
    answers.connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def archive(server: Server, manners: Manners = HURRIED, **others: object) -> Archive:
    return Archive(CONTACT, server.address, manners, **others)


def table(folder: Path, rows: list[tuple[str, ...]], columns: str = "id,genre") -> Path:
    path = folder / "wanted.csv"
    path.write_text("\n".join([columns, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def told(out: Path) -> dict[str, tuple[str, str]]:
    """What `missing.csv` tells: a reason, and whether it is asked for again."""
    with (out / "missing.csv").open(newline="") as file:
        return {row["id"]: (row["reason"], row["again"]) for row in csv.DictReader(file)}


def files(out: Path) -> list[str]:
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


@pytest.mark.parametrize("behaviour", [whole, busy, moved, cut_short])
def test_what_can_be_had_is_had(behaviour: Callable, server: Server, tmp_path: Path) -> None:
    server.behaviour = {number(0): behaviour, number(1): whole}
    out = tmp_path / "covers"
    counts = fetch(out, archive(server), table(tmp_path, [(number(0), "black metal")]))
    assert counts == {"fetched": 1, "there": 0, "missing": 0, "again": 0}
    assert files(out) == [f"black metal/{number(0)}.jpg"]
    assert ending((out / "black metal" / f"{number(0)}.jpg").read_bytes()) == ".jpg"
    assert server.agents == {f"sleevetrainer/{__version__} ( {CONTACT} )"}


@pytest.mark.parametrize(
    ("behaviour", "reason", "times"),
    [
        (always_busy, "answered 503", 3),
        (forbidden, "answered 403", 1),
        (round_and_round, "redirected too often", 3 * 4),
        (cut_short_in_chunks, "broken off", 3),
        (cut_short_unseen, "not a whole picture", 3),
        (a_page, "not a whole picture", 3),
        (silent, "timed out", 3),
        (dripping, "too slow", 3),
        (endless, "more than", 1),
        (hung_up, "no connection", 3),
    ],
)
def test_what_cannot_be_had_is_told_and_asked_for_again(
    behaviour: Callable, reason: str, times: int, server: Server, tmp_path: Path
) -> None:
    server.behaviour = {number(0): behaviour}
    rows, out = table(tmp_path, [(number(0), "jazz")]), tmp_path / "covers"
    manners = replace(HURRIED, silence=0.3) if behaviour is silent else HURRIED
    # A second passes with each look at the clock.
    clock = count().__next__ if behaviour is dripping else monotonic
    counts = fetch(out, archive(server, manners, clock=clock), rows)
    assert counts == {"fetched": 0, "there": 0, "missing": 0, "again": 1}
    assert files(out) == ["missing.csv"], "nothing half-written"
    assert told(out)[number(0)][0].startswith(reason)
    assert told(out)[number(0)][1] == "yes"
    assert server.asked[f"/release-group/{number(0)}/front-250"] == times

    server.behaviour[number(0)] = whole
    assert fetch(out, archive(server), rows) == {"fetched": 1, "there": 0, "missing": 0, "again": 0}
    assert told(out) == {}
    assert fetch(out, archive(server), rows) == {"fetched": 0, "there": 1, "missing": 0, "again": 0}
    assert server.asked[f"/release-group/{number(0)}/front-250"] == times + 1, (
        "what is there is not asked for"
    )


def test_a_missing_cover_is_told_and_remembered(server: Server, tmp_path: Path) -> None:
    server.behaviour = {number(0): missing, number(1): whole}
    rows, out = table(tmp_path, [(number(0), "jazz"), (number(1), "jazz")]), tmp_path / "covers"
    path = f"/release-group/{number(0)}/front-250"
    for _ in range(2):
        assert fetch(out, archive(server), rows)["missing"] == 1
        assert told(out) == {number(0): ("no cover", "no")}
        assert server.asked[path] == 1
    assert fetch(out, archive(server), rows, kind="release", side=500)["missing"] == 1
    assert server.asked[f"/release/{number(0)}/front-500"] == 1, "another question"
    server.behaviour[number(0)] = whole
    assert fetch(out, archive(server), rows, ask_again=True)["fetched"] == 1
    assert server.asked[path] == 2


def test_a_broken_file_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.behaviour = {number(0): whole}
    rows, out = table(tmp_path, [(number(0), "jazz")]), tmp_path / "covers"
    assert fetch(out, archive(server), rows)["fetched"] == 1
    file = out / "jazz" / f"{number(0)}.jpg"
    file.write_bytes(file.read_bytes()[:500])
    assert fetch(out, archive(server), rows)["fetched"] == 1
    assert ending(file.read_bytes()) == ".jpg"


def test_it_goes_on_where_it_was_stopped(server: Server, tmp_path: Path) -> None:
    def killed(answers: Answers, _: int) -> None:
        answers.say(503, Retry_After="7200")

    server.behaviour = {number(0): whole, number(1): missing, number(2): killed, number(3): whole}
    rows = [(number(place), "jazz", "test" if place % 2 else "train") for place in range(4)]
    path, out = table(tmp_path, rows, "id,genre,split"), tmp_path / "covers"
    with pytest.raises(TrainerError, match="left alone for 120 minutes"):
        fetch(out, archive(server), path)
    assert files(out) == [f"jazz/{number(0)}.jpg", "missing.csv", "train.csv"]
    server.behaviour[number(2)] = whole
    assert fetch(out, archive(server), path) == {"fetched": 2, "there": 1, "missing": 1, "again": 0}
    assert (out / "train.csv").read_text().splitlines() == [
        "image_path,label",
        f"jazz/{number(0)}.jpg,jazz",
        f"jazz/{number(2)}.jpg,jazz",
    ]
    assert set(server.asked.values()) == {1, 2}
    assert server.asked[f"/release-group/{number(2)}/front-250"] == 2


def test_requests_keep_their_distance_and_waits_grow(server: Server, tmp_path: Path) -> None:
    time, waits = [0.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time[0] += seconds

    server.behaviour = {number(0): whole, number(1): whole, number(2): always_busy}
    patient = Manners(attempts=5)
    there = archive(server, patient, sleep=sleep, clock=lambda: time[0])
    rows = table(tmp_path, [(number(place), "jazz") for place in range(3)])
    fetch(tmp_path / "covers", there, rows)
    assert waits[:2] == [1.0, 1.0], "a request a second"
    assert len(waits) == 6
    for wait, least in zip(waits[2:], (2, 4, 8, 16), strict=True):
        assert least <= wait <= least + 1


@pytest.mark.parametrize("after", ["90", formatdate(4102444800, usegmt=True), "soon", "-5", "²"])
def test_the_archive_says_when_to_come_again(after: str, server: Server, tmp_path: Path) -> None:
    def asks(answers: Answers, time: int) -> None:
        if time == 1:
            answers.say(429, Retry_After=after)
        else:
            answers.say(200, jpeg(1))

    waits = []
    server.behaviour = {number(0): asks}
    there = archive(server, sleep=waits.append)
    rows, out = table(tmp_path, [(number(0), "jazz")]), tmp_path / "covers"
    if "GMT" in after:
        with pytest.raises(TrainerError, match="asks to be left alone"):
            fetch(out, there, rows)
        return
    assert fetch(out, there, rows)["fetched"] == 1
    assert max(waits) == 90 if after == "90" else max(waits) < 1


def test_an_archive_that_is_gone_is_not_asked_for_thousands_of_covers(tmp_path: Path) -> None:
    server = Server()
    server.server_close()
    rows = table(tmp_path, [(number(place), "jazz") for place in range(50)])
    with pytest.raises(TrainerError, match=r"5 covers in a row .*no connection"):
        fetch(tmp_path / "covers", archive(server), rows)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "needs the columns id and genre"),
        ("id,label\na,b", "needs the columns id and genre"),
        ("id,genre\n42,jazz", "line 2: '42' is no MusicBrainz identifier"),
        (f"id,genre\n{number(0)},jazz\n{number(1)},../up", "line 3: '../up' is no name"),
        (f"id,genre\n{number(0)},", "line 2: '' is no name"),
        (f"id,genre\n{number(0)},.hidden", "'.hidden' is no name"),
        (f"id,genre\n{number(10)},jazz\n{number(10).upper()},pop", "line 3: .* is there twice"),
        (f"id,genre,split\n{number(0)},jazz,valid", "'valid' is no part of a split"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(rows: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "wanted.csv"
    path.write_text(rows)
    with pytest.raises(TrainerError, match=words):
        wanted(path)


@pytest.mark.parametrize("contact", ["", "me", "me@example.org\r\nX: y", "ich@exämple.org"])
def test_who_fetches_must_be_told(contact: str, tmp_path: Path) -> None:
    done = command("fetch", tmp_path / "covers", "--contact", contact)
    assert done.returncode == 2
    assert "is no contact" in done.stderr
    assert not (tmp_path / "covers").exists()


def test_a_picture_of_another_kind_is_none() -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 40)).save(file, "BMP")
    with pytest.raises(TroubleError, match="not a whole picture"):
        ending(file.getvalue())


def test_the_study_is_whole() -> None:
    rows = wanted(study())
    assert Counter(row.split for row in rows) == {"train": 6194, "test": 1554}
    counts = Counter((row.genre, row.split) for row in rows)
    assert (counts["country", "train"], counts["country", "test"]) == (1186, 297)
    assert (counts["rap", "train"], counts["rap", "test"]) == (260, 66)


def test_prepare_repeats_the_split_that_was_fetched(server: Server, tmp_path: Path) -> None:
    rows = []
    for genre in list(GENRES)[:2]:
        for seed in range(8):
            identifier = number(len(rows))
            picture = jpeg(seed, genre)
            server.behaviour[identifier] = lambda answers, _, picture=picture: answers.say(200, picture)
            rows.append((identifier, genre, "test" if seed > 5 else "train"))
    server.behaviour[rows[0][0]] = missing
    out, run = tmp_path / "covers", tmp_path / "run"
    path = table(tmp_path, rows, "id,genre,split")
    where = ("--server", server.address, "--per-second", 1e6, "--table", path)
    done = command("fetch", out, "--contact", CONTACT, *where)
    assert done.returncode == 0, done.stderr
    assert "15 covers fetched, 0 were there, 1 are missing" in done.stdout
    assert "missing.csv" in done.stdout
    tables = ("--train-csv", out / "train.csv", "--test-csv", out / "test.csv")
    done = command("prepare", out, "--out", run, *PREPARE, *tables)
    assert done.returncode == 0, done.stderr
    with (run / "test.csv").open(newline="") as file:
        found = {(Path(row["image_path"]).stem, row["label"]) for row in csv.DictReader(file)}
    assert found == {(identifier, genre) for identifier, genre, part in rows if part == "test"}
