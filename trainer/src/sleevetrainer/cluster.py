"""Stage `cluster`: do the genres part by themselves? k-means and a map in two dimensions."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score

from .covers import genre_places
from .features import imagenet_features
from .metrics import purity
from .names import color
from .run import Run, write_beside


def cluster(run: Run) -> dict[str, Any]:
    """Clusters the training covers by ImageNet's features, and by the fitted network's where it is there.

    Writes `cluster.json`, and for each kind of features `clusters-KIND.png`: the map coloured by genre,
    and the genres found in each cluster.

    Returns:
        Purity and normalised mutual information for each kind.
    """
    genres, train = run.genres, run.table("train")
    truth = genre_places(train["label"], genres)
    paths = train["image_path"].tolist()
    kinds = {"imagenet": imagenet_features(run.folder, run.covers, paths)}
    if (run.folder / "best.pth").exists():
        kinds["fitted"] = fitted_features(run, paths)
    results = {}
    for kind, features in kinds.items():
        unit = features / np.linalg.norm(features, axis=1, keepdims=True)
        found = KMeans(len(genres), n_init=10, random_state=run.seed).fit_predict(unit)
        results[kind] = {
            "clusters": len(genres),
            "purity": purity(truth, found),
            "normalised_mutual_information": float(normalized_mutual_info_score(truth, found)),
        }
        places = PCA(2, random_state=run.seed).fit_transform(unit)
        drawn(places, truth, found, genres, kind, results[kind], run.folder / f"clusters-{kind}.png")
    run.note("cluster", results)
    return results


def fitted_features(run: Run, paths: list[str]) -> np.ndarray:
    """Statistics, `n x 1408`, of the fitted network's maps, of covers at the size at which it reads them."""
    import torch
    from tqdm import tqdm

    from .fit import fitted, fitted_by
    from .maps import as_maps, plain_maps

    recipe = fitted_by(run)
    network, after = fitted(run), recipe.kept_blocks
    kept = plain_maps(run, paths, recipe.reading_size, after)
    parts = []
    with torch.inference_mode():
        for start in tqdm(range(0, len(kept), 64), desc="fitted features", unit="batch"):
            maps = as_maps(kept[start : start + 64]).contiguous(memory_format=torch.channels_last)
            parts.append(network.features(maps, after).numpy())
    return np.concatenate(parts)


def drawn(
    places: np.ndarray,
    truth: np.ndarray,
    clusters: np.ndarray,
    genres: list[str],
    kind: str,
    result: dict[str, Any],
    path: Path,
) -> None:
    """The map, coloured by genre, beside what each cluster holds."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5.5), layout="constrained", width_ratios=(1.1, 1))
    order = np.random.default_rng(0).permutation(len(truth))
    colors = np.array([color(genre) for genre in genres])
    left.scatter(*places[order].T, c=colors[truth[order]], s=7, alpha=0.55, linewidths=0)
    for place, genre in enumerate(genres):
        x, y = np.median(places[truth == place], axis=0)
        box = {"boxstyle": "round,pad=0.25", "fc": "white", "ec": colors[place], "lw": 1.5}
        left.text(x, y, genre, ha="center", va="center", fontsize=8, bbox=box)
    name = {"imagenet": "ImageNet's features", "fitted": "the fine-tuned network's features"}[kind]
    left.set(title=f"Covers by {name} (PCA)", xticks=[], yticks=[])
    left.spines[:].set_visible(False)

    labels = [f"{one + 1}" for one in range(len(genres))]
    below = np.zeros(len(genres))
    for place, genre in enumerate(genres):
        counts = np.array([np.sum((clusters == one) & (truth == place)) for one in range(len(genres))])
        right.barh(labels, counts, left=below, color=colors[place], label=genre, height=0.75)
        below += counts
    right.invert_yaxis()
    right.set(
        title=f"What k-means finds: purity {result['purity']:.2f}, "
        f"mutual information {result['normalised_mutual_information']:.2f}",
        xlabel="covers",
        ylabel="cluster",
    )
    right.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.12))
    write_beside(path, lambda beside: figure.savefig(beside, dpi=120))
    plt.close(figure)
