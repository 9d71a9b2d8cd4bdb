"""Do the genres part now? The covers as maps, by ImageNet's features and by the fine-tuned embedding.

Training covers are shown beside those of the test split, but what is said of the maps is measured on the test
split alone: a network may well part covers whose labels it was told.

Source: McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection", 2018.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from bokeh.models import CDSView, ColumnDataSource, HoverTool, IndexFilter
from bokeh.plotting import figure
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import euclidean_distances, normalized_mutual_info_score
from sklearn.neighbors import NearestNeighbors

from ..covers import genre_places
from ..metrics import purity
from .bootstrap import Interval
from .record import Record
from .section import Section
from .style import FONT, INK, SOFT, plot
from .thumbnails import thumbnail
from .words import minus, percent, signed

KINDS = {"imagenet": "ImageNet's features", "embedding": "the fine-tuned embedding"}

NEIGHBOURS = 10
"""How many of the nearest covers are asked whether they are of the same genre."""

SIDE = 64
"""Pixels of a cover beside the pointer."""


@dataclass(frozen=True)
class Parting:
    """How far the genres part, on the test split's covers."""

    purity: float
    mutual_information: float
    neighbours: np.ndarray
    """Of each cover the part of its nearest covers that is of its genre, `n`."""


def maps(record: Record) -> Section:
    """The maps, and what they say in figures."""
    arrays = record.evaluated
    test, train = record.test, record.run.table("train").set_index("image_path").loc[arrays["train_paths"]]
    labels = np.concatenate([test["label"], train["label"]])
    truth = genre_places(labels, record.genres)
    paths = [*test["image_path"], *arrays["train_paths"].tolist()]
    points = {kind: unit(np.concatenate([arrays[f"test_{kind}"], arrays[f"train_{kind}"]])) for kind in KINDS}
    source = ColumnDataSource(
        {
            "cover": [thumbnail(record.run.covers / path, SIDE, 65) for path in paths],
            "genre": [record.titles[place] for place in truth],
            "said": [*sayings(record), *["(was trained on)"] * len(train)],
        }
    )
    section = Section()
    seed = record.run.seed
    for method, placed in (("pca", by_pca), ("umap", by_umap)):
        for kind, title in KINDS.items():
            column = f"{method}_{kind}"
            places = placed(points[kind], seed)
            source.data[f"{column}_x"], source.data[f"{column}_y"] = places.astype(np.float32).T
            section.plots[column] = drawn(
                f"{method.upper()} of {title}", source, column, truth, len(test), record.colors
            )
    partings = {kind: parting(points[kind][: len(test)], record.truth, seed) for kind in KINDS}
    section.says = [
        *verdict(record, partings),
        *trained(record),
    ]
    section.values = {
        "genres": list(zip(record.titles, record.colors, strict=True)),
        "columns": list(section.plots),
    }
    return section


def unit(features: np.ndarray) -> np.ndarray:
    """Features of unit length, float32."""
    values = features.astype(np.float32)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


def by_pca(points: np.ndarray, seed: int) -> np.ndarray:
    """The two directions in which covers differ most, `n x 2`."""
    return PCA(2, random_state=seed).fit_transform(points)


def by_umap(points: np.ndarray, seed: int) -> np.ndarray:
    """A map that keeps neighbours together, `n x 2`; the same for the same seed."""
    # Loading it compiles for seconds: only who draws maps waits.
    from umap import UMAP

    mapper = UMAP(
        n_neighbors=min(20, len(points) - 1), min_dist=0.2, metric="precomputed", random_state=seed, n_jobs=1
    )
    with warnings.catch_warnings():
        # That distances which are given cannot be asked for new covers.
        warnings.simplefilter("ignore")
        return mapper.fit_transform(euclidean_distances(points))


def parting(points: np.ndarray, truth: np.ndarray, seed: int) -> Parting:
    """Clusters and neighbours of covers whose genres are known."""
    found = KMeans(truth.max() + 1, n_init=10, random_state=seed).fit_predict(points)
    count = min(NEIGHBOURS, len(points) - 1)
    near = NearestNeighbors(n_neighbors=count).fit(points).kneighbors(return_distance=False)
    return Parting(
        purity(truth, found),
        float(normalized_mutual_info_score(truth, found)),
        (truth[near] == truth[:, None]).mean(1),
    )


def verdict(record: Record, partings: dict[str, Parting]) -> list[str]:
    """Whether the genres part more than they did."""
    before, after = partings["imagenet"], partings["embedding"]
    counts = record.counts / record.counts[0].sum()
    rows = {kind: counts @ one.neighbours for kind, one in partings.items()}
    gain = Interval.of(rows["embedding"] - rows["imagenet"])
    shares = np.bincount(record.truth) / len(record.truth)
    chance = float(np.square(shares).sum())
    if gain.low > 0:
        word = "The genres part more than they did"
    elif gain.high < 0:
        word = "The genres part less than they did"
    else:
        word = "Whether the genres part more than they did, these covers cannot tell"
    change = [
        Interval.of(counts_of(record.counts, one.neighbours, record.truth, genre))
        for one in partings.values()
        for genre in range(len(record.genres))
    ]
    half = len(record.genres)
    by_genre = [change[half + genre].value - change[genre].value for genre in range(half)]
    most, least = int(np.argmax(by_genre)), int(np.argmin(by_genre))
    closest = rows["embedding"][0]
    far = "Yet they lie in one another: most" if closest < 0.5 else "Most"
    return [
        f"{word}: of a test cover's {NEIGHBOURS} nearest, {percent(rows['imagenet'][0])} are of its genre by "
        f"ImageNet's features and {percent(closest)} by the fine-tuned embedding ({signed(gain)}; by chance "
        f"{percent(chance)}).",
        f"Most is gained for {record.titles[most]} ({minus(f'{by_genre[most]:+.2f}')}), least for "
        f"{record.titles[least]} ({minus(f'{by_genre[least]:+.2f}')}).",
        f"{far} of a cover's neighbours are of {'other genres' if closest < 0.5 else 'its own genre'}.",
        f"k-means with as many clusters as genres finds, on the test split, a purity of {before.purity:.3f} "
        f"before and {after.purity:.3f} after (the commonest genre alone: {shares.max():.3f}), and a "
        f"normalised mutual information of {before.mutual_information:.3f} and "
        f"{after.mutual_information:.3f} (0: none, 1: the same).",
    ]


def counts_of(counts: np.ndarray, values: np.ndarray, truth: np.ndarray, genre: int) -> np.ndarray:
    """The mean of values over a genre's covers in each draw, `1 + draws`."""
    own = counts * (truth == genre)
    return own @ values / np.maximum(own.sum(1), 1)


def trained(record: Record) -> list[str]:
    """What `cluster` has found on the covers that were trained on."""
    note = record.notes.get("cluster")
    if not note or "fitted" not in note:
        return []
    before, after = note["imagenet"], note["fitted"]
    return [
        f"On the training covers, by the network's own features: purity {before['purity']:.3f} before and "
        f"{after['purity']:.3f} after, mutual information {before['normalised_mutual_information']:.3f} and "
        f"{after['normalised_mutual_information']:.3f} (their labels were told to it)."
    ]


def sayings(record: Record) -> list[str]:
    """What the network says of each cover of the test split."""
    probabilities = record.evaluated["test_probabilities"]
    return [
        f"said to be {record.titles[place]} ({percent(row[place])})"
        for row, place in zip(probabilities, probabilities.argmax(1), strict=True)
    ]


def drawn(
    title: str, source: ColumnDataSource, column: str, truth: np.ndarray, test: int, colors: list[str]
) -> figure:
    """One map; each genre's dots are named `map-GENRE-COLUMN`, so that the page can hide them."""
    shown = plot(title, 480, tools="pan,wheel_zoom,box_zoom,reset,tap", active_drag=None, active_scroll=None)
    shown.toolbar_location, shown.axis.visible, shown.grid.visible = "below", False, False
    places = np.arange(len(truth))
    dots = []
    for name, chosen, look in (
        ("train", places >= test, {"size": 4, "alpha": 0.25}),
        ("test", places < test, {"size": 7, "alpha": 0.8}),
    ):
        for genre, color in enumerate(colors):
            dots.append(
                shown.scatter(
                    f"{column}_x",
                    f"{column}_y",
                    source=source,
                    view=CDSView(filter=IndexFilter(np.flatnonzero(chosen & (truth == genre)).tolist())),
                    color=color,
                    line_color=None,
                    name=f"map-{genre}-{column}-{name}",
                    **look,
                )
            )
    for genre, color in enumerate(colors):
        chosen = (places < test) & (truth == genre)
        shown.scatter(
            [np.median(source.data[f"{column}_x"][chosen])],
            [np.median(source.data[f"{column}_y"][chosen])],
            size=20,
            fill_color=color,
            line_color="white",
            line_width=3,
            name=f"map-{genre}-{column}-middle",
        )
    shown.add_tools(HoverTool(renderers=dots, tooltips=TOOLTIP, limit=1))
    return shown


TOOLTIP = f"""
<div style="display: flex; gap: 8px; font: 13px/1.35 {FONT}; color: {INK}; max-width: 230px">
<img src="@cover" width="96" height="96" alt="" style="border-radius: 4px">
<div><b>@genre</b><br><span style="color: {SOFT}">@said</span></div></div>
"""
