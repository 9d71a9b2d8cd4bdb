"""The Cover Art Archive, asked one cover at a time and politely.

It answers `release-group/ID/front-250` with a redirect to the Internet Archive, 404 where there is no cover,
400 where the identifier is none, and 503 where it was asked too often.

Source: https://musicbrainz.org/doc/Cover_Art_Archive/API; on how programs name themselves, and on one
request a second: https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting.
"""

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
import tenacity
import urllib3
from PIL import Image

from . import __version__
from .errors import TrainerError

SERVER = "https://coverartarchive.org"

ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp"}
"""What covers come as, and how their files' names end."""

NONE_THERE = {400: "no identifier", 404: "no cover", 410: "no cover any more"}
"""Answers that stay as they are: what was answered so is not asked for again."""

PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Answers that a second attempt may change."""

CHUNK = 1 << 16


@dataclass(frozen=True)
class Manners:
    """How the archive is asked; times in seconds."""

    per_second: float = 1.0
    """Requests a second, at most; the redirects that follow one are not counted."""
    attempts: int = 6
    """How often a cover is asked for before it is given up for this time."""
    first_wait: float = 2.0
    """The wait after the first attempt that failed; it doubles with each one, and a part of it is chance."""
    longest_wait: float = 60.0
    longest_asked: float = 900.0
    """The longest wait that the archive may ask for; beyond it, fetching ends for now."""
    silence: float = 30.0
    """How long the archive may say nothing."""
    longest: float = 180.0
    """How long one answer may take."""
    most_bytes: int = 20 << 20
    most_redirects: int = 5


class MissingError(Exception):
    """There is no such cover; the message says why."""


class TroubleError(Exception):
    """A cover could not be had this time; the message says why."""

    def __init__(self, reason: str, passing: bool = True, after: float = 0.0) -> None:
        """Takes the reason, whether another attempt may help, and after how many seconds at the earliest."""
        super().__init__(reason)
        self.passing, self.after = passing, after


class Archive:
    """A server of covers."""

    def __init__(
        self,
        contact: str,
        server: str = SERVER,
        manners: Manners | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects to nothing yet.

        Args:
            contact: Whom the archive may write to: an address of mail or of a page.
            server: Where it is.
            manners: How it is asked.
            sleep: Waits for some seconds.
            clock: Tells seconds.

        Raises:
            TrainerError: The contact or the server is none.
        """
        if not re.fullmatch(r"[!-~]+@[!-~]+|https?://[!-~]+", contact):
            raise TrainerError(
                f"'{contact}' is no contact; the archive wants to know whom it may write to: "
                "--contact you@example.org, or the address of a page"
            )
        if not re.fullmatch(r"https?://[!-~]+", server):
            raise TrainerError(f"'{server}' is no server; name one as {SERVER}")
        self.server, self.manners = server.rstrip("/"), manners or Manners()
        self.sleep, self.clock = sleep, clock
        self.free_at = clock()
        self.session = requests.Session()
        self.session.max_redirects = self.manners.most_redirects
        self.session.headers.update(
            {
                "User-Agent": f"sleevetrainer/{__version__} ( {contact} )",
                "Accept": "image/*",
                "Accept-Encoding": "identity",
            }
        )
        first, longest = self.manners.first_wait, self.manners.longest_wait
        # Chance, so that those who were turned away together do not come again together.
        self.backoff = tenacity.wait_exponential(first, longest) + tenacity.wait_random(0, first / 2)

    def cover(self, asked: str) -> tuple[bytes, str]:
        """A cover, asked for as often as is decent.

        Args:
            asked: What is asked for, below the server: `release-group/ID/front-250`.

        Returns:
            The file, which is a whole picture, and how its name ends.

        Raises:
            MissingError: There is none.
            TroubleError: It could not be had this time.
            TrainerError: The archive wants to be left alone.
        """
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, TroubleError) and error.passing
            ),
            stop=tenacity.stop_after_attempt(self.manners.attempts),
            wait=lambda state: max(self.backoff(state), state.outcome.exception().after),
            sleep=self.sleep,
            reraise=True,
        )
        return attempts(self._cover, asked)

    def _cover(self, asked: str) -> tuple[bytes, str]:
        self._wait_for_turn()
        try:
            with self.session.get(
                f"{self.server}/{asked}", stream=True, timeout=self.manners.silence
            ) as answer:
                self._judge(answer)
                body = self._body(answer)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise TroubleError(_told(error)) from error
        return body, ending(body)

    def _wait_for_turn(self) -> None:
        wait = self.free_at - self.clock()
        if wait > 0:
            self.sleep(wait)
        self.free_at = self.clock() + 1 / self.manners.per_second

    def _judge(self, answer: requests.Response) -> None:
        """Raises what an answer without a cover means."""
        status = answer.status_code
        if status in NONE_THERE:
            raise MissingError(NONE_THERE[status])
        if status != requests.codes.ok:
            after = _seconds(answer.headers.get("Retry-After", ""))
            if after > self.manners.longest_asked:
                raise TrainerError(
                    f"{self.server} asks to be left alone for {after / 60:.0f} minutes; "
                    "type the same command again after that"
                )
            raise TroubleError(f"answered {status}", status in PASSING, after)

    def _body(self, answer: requests.Response) -> bytes:
        """The whole file, as it comes: a server that sends a byte now and then is not waited for."""
        body, end = bytearray(), self.clock() + self.manners.longest
        while part := answer.raw.read1(CHUNK, decode_content=True):
            body += part
            if len(body) > self.manners.most_bytes:
                raise TroubleError(f"more than {self.manners.most_bytes >> 20} MB", passing=False)
            if self.clock() > end:
                raise TroubleError("too slow")
        return bytes(body)


def ending(body: bytes) -> str:
    """How the name of a picture's file ends.

    Raises:
        TroubleError: It is no whole picture.
    """
    try:
        with Image.open(io.BytesIO(body), formats=list(ENDINGS)) as picture:
            picture.load()
            return ENDINGS[picture.format]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise TroubleError("not a whole picture") from error


def _seconds(after: str) -> float:
    """How long `Retry-After` asks to wait: seconds, or until a date."""
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", after):
        return float(after)
    try:
        date = parsedate_to_datetime(after)
    except ValueError:
        return 0.0
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _told(error: Exception) -> str:
    """What went wrong on the way, in a few words."""
    if isinstance(error, requests.TooManyRedirects):
        return "redirected too often"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "timed out"
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return "broken off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return f"no answer to use ({type(error).__name__})"
