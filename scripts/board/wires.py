"""Holds what went over the virtual board's SPI and I2C buses to what tests/sleeves/golden-board.json says.

The board prints, for each scene in turn, `spi SCENE HEX` and `i2c SCENE HEX`: the bytes since the scene
before. Printed are lines that begin with `ok` or `BAD`.

Sources: Solomon Systech, "SSD1306", rev. 1.1, chapters 9 and 10 (commands, horizontal addressing);
APA Electronic, "APA102 Super LED" (frames).
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from expected import GOLDEN, LIGHTS

# What float arithmetic on another processor may change: a level of the strip, a pixel of the display's bar.
LEVELS, PIXELS = 2, 1

# The display's rows that hold words; the bar lies in this row, between these columns.
WORDS, BAR_ROW, BAR = 48, 57, slice(10, 118)

# How many bytes follow each command that has any.
ARGUMENTS = dict.fromkeys((0x20, 0x81, 0x8D, 0xA8, 0xD3, 0xD5, 0xD9, 0xDA, 0xDB), 1) | {0x21: 2, 0x22: 2}

# The most bytes that follow one control byte of data.
CHUNK = 16


class Display:
    """An SSD1306's memory, as it is written over the bus."""

    def __init__(self) -> None:
        """Nothing is lit."""
        self.pages = [[0] * 128 for _ in range(8)]
        self.on = False
        self.columns, self.rows = (0, 127), (0, 7)

    def take(self, sent: bytes) -> None:
        """Takes transactions: the bus does not keep where each ends, but that follows from what is in it."""
        bytes_in = iter(sent)
        for control in bytes_in:
            if control == 0x00:
                self.command(bytes_in)
            elif control == 0x40:
                self.data(bytes_in)
            else:
                raise ValueError(f"{control:#04x} is no control byte")

    def command(self, sent: Iterator[int]) -> None:
        """One command and its arguments."""
        code = next(sent)
        arguments = [next(sent) for _ in range(ARGUMENTS.get(code, 0))]
        if code in (0xAE, 0xAF):
            self.on = code == 0xAF
        elif code == 0x21:
            self.columns = (arguments[0], arguments[1])
        elif code == 0x22:
            self.rows = (arguments[0], arguments[1])

    def data(self, sent: Iterator[int]) -> None:
        """The area that was chosen, page by page; a control byte comes before each chunk of a page."""
        first, last = self.columns
        for page in range(self.rows[0], self.rows[1] + 1):
            for column in range(first, last + 1):
                place = column - first
                if place % CHUNK == 0 and (place, page) != (0, self.rows[0]):
                    control = next(sent)
                    if control != 0x40:
                        raise ValueError(f"{control:#04x} where the page's data goes on")
                self.pages[page][column] = next(sent)

    def pixels(self) -> list[str]:
        """Its rows, a character a pixel: 0 or 1."""
        return ["".join(str(byte >> bit & 1) for byte in page) for page in self.pages for bit in range(8)]


def strip(sent: str) -> list[int] | None:
    """Blue, green and red of the strip's lights in the last frame, where all are alike."""
    frames = re.findall(rf"0{{8}}((?:ff[0-9a-f]{{6}}){{{LIGHTS}}})(?=0{{8}})", sent)
    lights = {frames[-1][place : place + 8] for place in range(0, len(frames[-1]), 8)} if frames else set()
    return list(bytes.fromhex(lights.pop())[1:]) if len(lights) == 1 else None


def main(serial: Path) -> None:
    """Says what of each scene's bytes is as it should be."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    sent = re.findall(r"^(spi|i2c) (\S+) ([0-9a-f]*)$", serial.read_text(encoding="utf-8"), re.MULTILINE)
    if not sent:
        print("BAD nothing of the buses was told")
    display, lights = Display(), None
    for bus, scene, line in sent:
        wanted = golden[scene]
        if bus == "spi":
            # Where the colour stays, nothing is sent.
            lights = strip(line) or lights
            off = [abs(a - b) for a, b in zip(lights or [], wanted["strip"], strict=False)]
            fine = len(off) == len(wanted["strip"]) and max(off) <= LEVELS
            print(f"{'ok' if fine else 'BAD'} {scene}: the strip has {lights} for {wanted['strip']}")
            continue
        try:
            display.take(bytes.fromhex(line))
        except (ValueError, StopIteration, RuntimeError) as error:
            print(f"BAD {scene}: the display was sent what it cannot take: {error!r}")
            continue
        rows = display.pixels()
        words = hashlib.sha256("".join(rows[:WORDS]).encode()).hexdigest()
        bar = rows[BAR_ROW][BAR].count("1")
        if display.on and words == wanted["words"] and abs(bar - wanted["bar"]) <= PIXELS:
            print(f"ok {scene}: the display's {sum(map(int, ''.join(rows)))} pixels")
        else:
            print(f"BAD {scene}: the display shows (bar {bar}, not {wanted['bar']})")
            print("\n".join(rows).replace("0", " ").replace("1", "#"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
