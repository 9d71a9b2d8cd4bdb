"""The covers that cost most, and those that are surest: what does it look at?"""

import numpy as np

from .record import Record
from .section import Section
from .thumbnails import thumbnail
from .words import counted, listed, percent

SHOWN = 32
"""Covers on the contact sheet."""

SUREST = 8
"""Covers a genre that it is surest and right about."""

SIDE = 112


def losses(record: Record) -> Section:
    """The top losses as a contact sheet, and each genre's surest covers."""
    probabilities, truth = record.evaluated["test_probabilities"], record.truth
    paths = record.test["image_path"].tolist()
    loss = -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12))
    said = probabilities.argmax(1)
    worst = np.argsort(-loss, kind="stable")[:SHOWN]
    section = Section()

    def card(place: int) -> dict[str, object]:
        return {
            "picture": thumbnail(record.run.covers / paths[place], SIDE),
            "is": record.titles[truth[place]],
            "is_color": record.colors[truth[place]],
            "said": record.titles[said[place]],
            "said_color": record.colors[said[place]],
            "probability": float(probabilities[place, said[place]]),
            "own": float(probabilities[place, truth[place]]),
        }

    section.values = {
        "most": SUREST,
        "worst": [card(place) for place in worst if said[place] != truth[place]],
        "surest": [
            {
                "title": record.titles[genre],
                "color": record.colors[genre],
                "cards": [
                    card(place)
                    for place in np.argsort(-probabilities[:, genre], kind="stable")
                    if truth[place] == genre and said[place] == genre
                ][:SUREST],
            }
            for genre in range(len(record.genres))
        ],
    }
    share = np.sort(loss)[::-1][: max(1, len(loss) // 10)].sum() / loss.sum()
    section.says = [
        f"The tenth of the covers that costs most makes {percent(share)} of the whole loss, which is "
        f"{loss.mean():.2f} a cover (guessing costs {np.log(len(record.genres)):.2f})."
    ]
    wrong = worst[said[worst] != truth[worst]]
    if len(wrong):
        by = np.bincount(truth[wrong], minlength=len(record.genres))
        most = [record.titles[place] for place in np.flatnonzero(by == by.max())]
        section.says.append(
            f"Of {counted(len(wrong), 'cover')} on the sheet, {listed(most)} "
            f"{'is' if len(most) == 1 else 'are each'} the label of {by.max()}. Whether the network or the "
            "label is wrong, only a person can say: labels of genres are noisy."
        )
    return section
