"""Source by source: does a model read the music, or where the picture comes from?"""

import numpy as np

from .bootstrap import Interval, rate
from .genres import SHOWN
from .record import MissingError, Record
from .section import Section
from .style import models_apart, row_plot
from .words import counted, listed, percent


def sources(record: Record) -> Section:
    """How accurate each model is on each source's covers."""
    of = record.test["source"].to_numpy(str)
    names = sorted(set(of.tolist()) - {""})
    if not names:
        return Section(
            [
                "Where the covers come from is not known: a manifest.csv with path and source in the covers' "
                "folder tells it."
            ],
            values={"rows": [], "models": []},
        )
    models = [model for model in record.models if model.id in SHOWN]
    among = of[:, None] == np.array(names)
    found = {
        model.id: [
            Interval.of(column)
            for column in rate(record.counts, (model.scores.argmax(1) == record.truth)[:, None], among).T
        ]
        for model in models
    }
    held = [np.bincount(record.truth[of == name], minlength=len(record.genres)) for name in names]
    commonest = [counts.max() / counts.sum() for counts in held]
    shown = row_plot(
        "Accuracy by source",
        [short(name) for name in names],
        16 + 12 * len(models),
        "part of the source's covers that is given its genre",
        x_range=(0, 1.02),
    )
    models_apart(shown, [short(name) for name in names], models, found)
    shown.scatter(
        commonest,
        list(range(len(names))),
        marker="diamond",
        size=13,
        fill_color=None,
        line_color="#cc3311",
        line_width=2,
    )
    last = found[models[-1].id]
    section = Section(plots={"sources": shown})
    section.says = [
        "Collections differ in sharpness, compression and borders. Who knew the source alone, and always "
        "said its commonest genre, would be right as often as the red diamonds show."
    ]
    several = [place for place in range(len(names)) if np.count_nonzero(held[place]) > 1]
    verdicts = {
        "better": [place for place in several if last[place].low > commonest[place]],
        "worse": [place for place in several if last[place].high < commonest[place]],
        "neither better nor worse": [place for place in several if commonest[place] in last[place]],
    }
    if several:
        each = listed(
            f"{word} in {listed(short(names[place]) for place in places)}"
            for word, places in verdicts.items()
            if places
        )
        section.says.append(f"Where there are several genres, {models[-1].called} is {each} than that.")
    single = [short(name) for name, counts in zip(names, held, strict=True) if np.count_nonzero(counts) == 1]
    if single:
        section.says.append(
            f"{listed(single)} {'holds' if len(single) == 1 else 'hold'} one genre only: who can tell the "
            "source can tell the genre there."
        )
    section.says += elsewhere(record)
    section.values = {
        "models": models,
        "rows": [
            {
                "name": name,
                "covers": int(held[place].sum()),
                "genres": int(np.count_nonzero(held[place])),
                "commonest": float(commonest[place]),
                "accuracies": [found[model.id][place] for model in models],
            }
            for place, name in enumerate(names)
        ],
    }
    return section


def elsewhere(record: Record) -> list[str]:
    """What is left of it on a source of which nothing was trained on."""
    held_out = record.notes.get("evaluate", {}).get("held_out")
    name = record.notes.get("prepare", {}).get("hold_out")
    if held_out and name:
        return [
            f"{name} was held out, nothing of its {counted(held_out['covers'], 'cover')} was trained on. The "
            f"mean recall of the genres that it holds is {held_out['there']:.3f} there and "
            f"{held_out['at_home']:.3f} in the test split: {percent(held_out['kept'])} of what the network "
            "can, it can elsewhere."
        ]
    if name:
        return [f"{name} was held out, but not measured yet: {MissingError('evaluate', record.run)}"]
    return [
        "All of these sources were trained on, too. What is left elsewhere is told by a run that holds a "
        "source out: sleevetrainer prepare DIR --out RUN --hold-out SOURCE"
    ]


def short(source: str) -> str:
    """A repository's owner, of `owner/repository`."""
    return source.split("/")[0]
