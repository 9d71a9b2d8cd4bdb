"""What genres are called, and their colours: told apart by people who confuse red and green, too.

The colours follow Paul Tol's qualitative schemes (SRON technical note 18-002).
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence

KNOWN = {
    "blues": ("Blues", "Блюз", "#332288"),
    "classical": ("Classical", "Классика", "#ddaa33"),
    "country": ("Country", "Кантри", "#997700"),
    "electronic": ("Electronic", "Электроника", "#33bbee"),
    "folk": ("Folk", "Фолк", "#999933"),
    "hiphop": ("Hip-hop", "Хип-хоп", "#ee7733"),
    "jazz": ("Jazz", "Джаз", "#0077bb"),
    "latin": ("Latin", "Латина", "#cc6677"),
    "metal": ("Metal", "Метал", "#5d6670"),
    "pop": ("Pop", "Поп", "#ee3377"),
    "punk": ("Punk", "Панк", "#882255"),
    "reggae": ("Reggae", "Регги", "#228833"),
    "rock": ("Rock", "Рок", "#cc3311"),
    "soul_rnb": ("Soul & R&B", "Соул и R&B", "#aa4499"),
    "soundtrack": ("Soundtrack", "Саундтрек", "#6699cc"),
    "world": ("World", "Музыка мира", "#009988"),
}

SIXTEEN = (
    *("classical", "country", "electronic", "hiphop", "jazz", "metal", "pop", "rock"),
    *("blues", "reggae", "soul_rnb", "folk", "punk", "latin", "world", "soundtrack"),
)
"""The genres that a sleeve's words tell apart, in the order of the numbers on a station's `code` lines. The
numbers never change: new genres come last."""

PRIOR = 0.004
"""The probability of each genre that the picture was not taught, where no words speak."""

FAMILIES = {
    "pop_rock_electronic": (
        "Pop, rock, electronic",
        "Поп, рок, электроника",
        ("electronic", "pop", "rock", "punk"),
    ),
    "jazz_classical": ("Jazz & classical", "Джаз и классика", ("classical", "jazz")),
    "soul_blues_reggae": ("Soul, blues & reggae", "Соул, блюз и регги", ("blues", "reggae", "soul_rnb")),
    "folk_latin_world": ("Folk, Latin & world", "Фолк, латина и музыка мира", ("folk", "latin", "world")),
}
"""Genres that are shelved together and whose covers are taken for one another. Of all ways of putting eight
genres into five families, this one keeps the most of what linear heads can tell (0.46 nats a cover). The
other eight, which pictures do not tell apart, are put where shops shelve them."""

OTHERS = ("#117733", "#661100", "#bbbbbb", "#88ccee", "#997777", "#44aa99", "#ddcc77", "#aa3377")

ID = re.compile(r"[a-z0-9_-]{1,64}")
"""What an id in a bundle is made of: ids name folders, lamps and columns."""

LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)


def identifier(name: str) -> str:
    """The id of a genre of this name: the name itself where it can be one; `hip_hop` of `Hip Hop`.

    Russian letters become Latin ones. Of a name with no such letters, it is the beginning of a hash.
    """
    if ID.fullmatch(name):
        return name
    latin = "".join(LATIN.get(letter, letter) for letter in unicodedata.normalize("NFC", name).lower())
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9-]+", "_", plain).strip("_-")[:64]
    return words or f"genre_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def english(genre: str, called: Mapping[str, str] | None = None) -> str:
    """The name to show in English: of a genre that is not known here, as its covers' folder is called."""
    if genre in KNOWN:
        return KNOWN[genre][0]
    return (called or {}).get(genre) or genre.replace("_", " ").capitalize()


def russian(genre: str, called: Mapping[str, str] | None = None) -> str:
    """The name to show in Russian; of a genre that is not known here, the English one."""
    return KNOWN[genre][1] if genre in KNOWN else english(genre, called)


def color(genre: str) -> str:
    """The colour, `#rrggbb`; of a genre that is not known here, one that its name chooses."""
    return KNOWN[genre][2] if genre in KNOWN else OTHERS[sum(genre.encode()) % len(OTHERS)]


def family(genre: str) -> str:
    """The id of the family that a genre belongs to; its own where it has none."""
    return next((name for name, (_, _, genres) in FAMILIES.items() if genre in genres), genre)


def untaught(genres: Sequence[str]) -> list[str]:
    """The genres of the sixteen that a network of these genres was not taught, in their order.

    None where a network has a genre of its own: then the bundle has its maker's genres and no others.
    """
    own = set(genres) - set(SIXTEEN)
    return [] if own else [genre for genre in SIXTEEN if genre not in genres]


def families(genres: Sequence[str], called: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """The families of these genres: `id`, `en`, `ru`. One that has no name here is called as its genre."""
    return [
        {"id": name, "en": FAMILIES[name][0], "ru": FAMILIES[name][1]}
        if name in FAMILIES
        else {"id": name, "en": english(name, called), "ru": russian(name, called)}
        for name in dict.fromkeys(family(genre) for genre in genres)
    ]
