"""Where on covers the network finds a genre, and what lies there."""

from .record import MissingError, Record
from .section import Section
from .thumbnails import inlined
from .words import minus

KINDS = {"faces": "a face seen from the front", "skin": "a colour of skin"}


def looks(record: Record) -> Section:
    """The mean evidence by genre, and how much of it lies on faces and skin."""
    found = record.notes.get("export", {}).get("findings", {}).get("evidence")
    picture = record.picture("evidence.png")
    if found is None or picture is None:
        raise MissingError("export", record.run)
    says = []
    for kind, title in KINDS.items():
        one = found[kind]
        if not one["covers"]:
            continue
        apart = "more" if one["low"] > 0 else "less" if one["high"] < 0 else "neither more nor less"
        difference = f"{one['here'] - one['elsewhere']:+.2f} ({one['low']:+.2f} to {one['high']:+.2f})"
        says.append(
            f"On {one['covers']} covers there is {title}: there, the network finds {apart} of the genre that "
            f"it says than on the rest of the same covers, by {minus(difference)} logits a place."
        )
    for sign, verb in ((1, "for"), (-1, "against")):
        genres = [
            genre
            for genre, one in found["genres"].items()
            if (one["low"] > 0 if sign > 0 else one["high"] < 0)
        ]
        if genres:
            says.append(f"Skin speaks {verb}: {', '.join(genres)}.")
    return Section(says=says, values={"picture": inlined(picture.read_bytes(), "image/png")})
