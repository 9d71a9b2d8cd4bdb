"""What genres are called, and their colours: told apart by people who confuse red and green, too.

The colours follow Paul Tol's qualitative schemes (SRON technical note 18-002).
"""

from collections.abc import Sequence

KNOWN = {
    "blues": ("Blues", "Блюз", "#332288"),
    "classical": ("Classical", "Классика", "#ddaa33"),
    "country": ("Country", "Кантри", "#997700"),
    "electronic": ("Electronic", "Электроника", "#33bbee"),
    "hiphop": ("Hip-hop", "Хип-хоп", "#ee7733"),
    "jazz": ("Jazz", "Джаз", "#0077bb"),
    "metal": ("Metal", "Метал", "#5d6670"),
    "pop": ("Pop", "Поп", "#ee3377"),
    "reggae": ("Reggae", "Регги", "#228833"),
    "rock": ("Rock", "Рок", "#cc3311"),
    "soul_rnb": ("Soul & R&B", "Соул и R&B", "#aa4499"),
}

FAMILIES = {
    "pop_rock_electronic": (
        "Pop, rock, electronic",
        "Поп, рок, электроника",
        ("electronic", "pop", "rock"),
    ),
    "jazz_classical": ("Jazz & classical", "Джаз и классика", ("classical", "jazz")),
    "soul_blues_reggae": ("Soul, blues & reggae", "Соул, блюз и регги", ("blues", "reggae", "soul_rnb")),
}
"""Genres that are shelved together and whose covers are taken for one another. Of all ways of putting eight
genres into five families, this one keeps the most of what linear heads can tell (0.46 nats a cover)."""

OTHERS = ("#009988", "#882255", "#999933", "#6699cc", "#997777", "#44aa99", "#ddcc77", "#aa3377")


def english(genre: str) -> str:
    """The name to show in English."""
    return KNOWN[genre][0] if genre in KNOWN else genre.replace("_", " ").capitalize()


def russian(genre: str) -> str:
    """The name to show in Russian; of a genre that is not known here, its id."""
    return KNOWN[genre][1] if genre in KNOWN else english(genre)


def color(genre: str) -> str:
    """The colour, `#rrggbb`; of a genre that is not known here, one that its name chooses."""
    return KNOWN[genre][2] if genre in KNOWN else OTHERS[sum(genre.encode()) % len(OTHERS)]


def family(genre: str) -> str:
    """The id of the family that a genre belongs to; its own where it has none."""
    return next((name for name, (_, _, genres) in FAMILIES.items() if genre in genres), genre)


def families(genres: Sequence[str]) -> list[dict[str, str]]:
    """The families of these genres: `id`, `en`, `ru`. One that has no name here is called as its genre."""
    return [
        {"id": name, "en": FAMILIES[name][0], "ru": FAMILIES[name][1]}
        if name in FAMILIES
        else {"id": name, "en": english(name), "ru": russian(name)}
        for name in dict.fromkeys(family(genre) for genre in genres)
    ]
