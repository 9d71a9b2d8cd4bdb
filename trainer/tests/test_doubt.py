"""Labels that are wrong come to light."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from sleevetrainer.cross import crossed
from sleevetrainer.doubt import doubt
from sleevetrainer.run import Run


def test_doubted_covers_are_listed_and_shown(whole: tuple[Path, Path]) -> None:
    doubts = pd.read_csv(whole[0] / "doubts.csv")
    assert set(doubts["label"]) <= set(Run(whole[0]).genres)
    assert doubts["label_probability"].is_monotonic_increasing
    assert Image.open(whole[0] / "doubts.png").size[0] > 800


def test_a_label_that_both_teachers_deny_comes_first(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = Run(whole[0])
    genres, table = run.genres, run.table("train")
    wrong = tmp_path / "run"
    wrong.mkdir()
    (wrong / "prepare.json").write_bytes((whole[0] / "prepare.json").read_bytes())
    places = table["label"].map(genres.index).to_numpy()
    sure = np.eye(len(genres))[places] * 0.96 + 0.01
    paths = table["image_path"].to_numpy(str)
    np.savez(wrong / "teacher.npz", paths=paths, said=sure)
    np.savez(wrong / "cross.npz", paths=paths, logits=np.log(sure), seen=np.log(sure))
    assert crossed(Run(whole[0])).flat.shape == sure.shape
    table.loc[5, "label"] = genres[(places[5] + 1) % len(genres)]
    table.to_csv(wrong / "train.csv", index=False)
    assert doubt(Run(wrong))["covers"] == 1
    found = pd.read_csv(wrong / "doubts.csv")
    assert found["image_path"].tolist() == [table["image_path"][5]]
    assert found["said"].tolist() == [genres[places[5]]]
