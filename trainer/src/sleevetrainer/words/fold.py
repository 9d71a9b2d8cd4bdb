"""Text reduced to what matching compares, as `src/words/fold.rs` does it."""

import unicodedata


def folded(text: str) -> str:
    """Lower case, accents removed, `ё` without its dots, all but letters and digits as single spaces."""
    letters = []
    # Letter by letter, as the device does it: a sigma at the end of a word is no other letter.
    for letter in unicodedata.normalize("NFC", "".join(map(str.lower, text))):
        parts = letter if letter == "й" else unicodedata.normalize("NFKD", letter)
        for part in parts.lower():
            if unicodedata.combining(part) and part != "й":
                continue
            letters.append(part if part.isalnum() else " ")
    return " ".join("".join(letters).split())


def squashed(text: str) -> str:
    """The same without spaces, as names are matched."""
    return folded(text).replace(" ", "")
