"""Figures in sentences."""

import re
from collections.abc import Iterable

from .bootstrap import Interval


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = list(words)
    return f"{', '.join(first)} and {last}" if first else last


def told(interval: Interval) -> str:
    """A rate with its interval: `0.462 (0.431 to 0.493)`."""
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def signed(interval: Interval) -> str:
    """A difference with its interval: `+0.14 (+0.10 to +0.17)`."""
    return minus(f"{interval.value:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})")


def minus(figures: str) -> str:
    """Figures with a minus sign instead of a hyphen; names keep theirs."""
    return re.sub(r"-(?=\d)", "\N{MINUS SIGN}", figures)


def percent(part: float) -> str:
    """`46 %`, of 0.46; it is not torn apart at the end of a line."""
    return f"{100 * part:.0f}\N{NO-BREAK SPACE}%"


def counted(count: int, word: str) -> str:
    """`1 cover`, `1,004 covers`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
