"""Stage `baseline`: what frozen ImageNet features are good for, before anything is fine-tuned.

k-nearest neighbours as in the study, and a linear head, which the fine-tuned network must beat.
"""

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from .covers import genre_places
from .features import imagenet_features
from .metrics import figures
from .run import Run, write_arrays

NEIGHBOURS = 5


def linear_head() -> Pipeline:
    """A logistic regression on standardised features."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=2000))


def baseline(run: Run) -> dict[str, Any]:
    """Fits both on the training split's features and measures them on the test split's.

    Writes `baseline.json`, and `baseline.npz`: what both say of each cover.

    Returns:
        The figures of `knn` and of `linear`.
    """
    genres, train, test = run.genres, run.table("train"), run.table("test")
    x = imagenet_features(run.folder, run.covers, train["image_path"].tolist())
    y = genre_places(train["label"], genres)
    x_test = imagenet_features(run.folder, run.covers, test["image_path"].tolist())
    truth = genre_places(test["label"], genres)

    models = {
        "knn": make_pipeline(Normalizer(), KNeighborsClassifier(NEIGHBOURS)),
        "linear": linear_head(),
    }
    results, said = {}, {}
    for name, model in models.items():
        model.fit(x, y)
        scores = np.zeros((len(truth), len(genres)))
        scores[:, model.classes_] = model.predict_proba(x_test)
        results[name] = figures(truth, scores, genres, test["source"].tolist())
        said[name] = scores
    write_arrays(run.folder / "baseline.npz", paths=test["image_path"].to_numpy(str), **said)
    run.note("baseline", {"neighbours": NEIGHBOURS, **results})
    return results
