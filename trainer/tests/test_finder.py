"""What an outline must look like is learned, and written as the device reads it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import command

from sleevetrainer.finder import WIDTH, Assessor, Scenes, described, fitted, judging, targets

CLUES = 5


def table(path: Path, scenes: int = 400, seed: int = 0) -> Path:
    """Scenes of one to six outlines; the sleeve's has a higher first clue, and every fourth has none."""
    random = np.random.default_rng(seed)
    rows = ["scene,cover,error,overlap," + ",".join(f"clue{number}" for number in range(CLUES))]
    for scene in range(scenes):
        sleeve, outlines = scene % 4 > 0, random.integers(1, 7)
        for outline in range(outlines):
            right = sleeve and outline == 0
            clues = random.normal(0, 1, CLUES)
            clues[0] += 6 if right else 0
            error, overlap = (0.004, 0.98) if right else (0.4 if sleeve else 9.0, 0.3 if sleeve else 0.0)
            cover = f"c{scene % 40}" if sleeve else ""
            told = [scene, cover, error, overlap, *clues.round(4)]
            rows.append(",".join(map(str, told)))
    rows.append(f"{scenes},,,," + "," * (CLUES - 1))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_what_tells_sleeves_apart_is_learned_and_written(tmp_path: Path) -> None:
    out = tmp_path / "assessor.json"
    done = command("finder", table(tmp_path / "clues.csv"), "--out", out)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["close"] > 0.95
    assert figures["none"] > 0.9
    told = json.loads(out.read_text(encoding="utf-8"))
    assert len(told["mean"]) == len(told["std"]) == CLUES
    shapes = [(len(layer["weights"]), len(layer["weights"][0])) for layer in told["layers"]]
    assert shapes == [(WIDTH, CLUES), (WIDTH, WIDTH), (1, WIDTH)]


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    clues = table(tmp_path / "clues.csv", scenes=100)
    files = [tmp_path / "one.json", tmp_path / "other.json"]
    for out in files:
        assert command("finder", clues, "--out", out, "--seed", 3).returncode == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_is_written_scores_as_what_was_fitted(tmp_path: Path) -> None:
    scenes = Scenes.read(table(tmp_path / "clues.csv", scenes=100))
    torch.manual_seed(1)
    assessor = fitted(scenes)
    told = described(assessor)
    values = np.clip((scenes.clues.numpy() - told["mean"]) / told["std"], -4, 4)
    for number, layer in enumerate(told["layers"]):
        values = values @ np.array(layer["weights"]).T + layer["biases"]
        values = values if number == 2 else np.maximum(values, 0)
    with torch.no_grad():
        np.testing.assert_allclose(values[..., 0], assessor(scenes.clues).numpy(), atol=5e-3)


def test_scenes_whose_sleeve_is_not_among_the_outlines_tell_nothing(tmp_path: Path) -> None:
    path = tmp_path / "clues.csv"
    path.write_text(
        "scene,cover,error,overlap,clue0\na,x,0.3,0.2,1\nb,y,0.01,0.9,1\nb,y,0.012,0.9,2\nc,,9,0,3\nd,,,,\n",
        encoding="utf-8",
    )
    scenes = Scenes.read(path)
    shares, told = targets(scenes)
    assert told.tolist() == [False, True, True, True]
    assert shares[1, 1] > shares[1, 2] > 0
    assert shares[2].tolist() == [1, 0, 0]
    assert shares[3].tolist() == [1, 0, 0]
    np.testing.assert_allclose(shares.sum(1), 1)


def test_no_cover_is_learned_from_and_judges(tmp_path: Path) -> None:
    scenes = Scenes.read(table(tmp_path / "clues.csv"))
    torch.manual_seed(2)
    judges = judging(scenes)
    shown = scenes.cover >= 0
    assert shown.tolist() == scenes.sleeve.tolist() == [number % 4 > 0 for number in range(400)] + [False]
    assert 0 < judges[shown].sum() < shown.sum() / 2
    assert 0 < judges[~shown].sum() < (~shown).sum() / 2
    assert not set(scenes.cover[judges & shown].tolist()) & set(scenes.cover[~judges & shown].tolist())


def test_chances_sum_to_one_and_leave_gaps_out() -> None:
    scenes = Scenes(
        torch.randn(3, 4, CLUES),
        torch.tensor([[True] * 4, [True, False, False, False], [False] * 4]),
        torch.full((3, 4), 9.0),
        torch.zeros(3, 4),
        torch.full((3,), -1),
    )
    chances = Assessor(torch.zeros(CLUES), torch.ones(CLUES)).chances(scenes).exp()
    torch.testing.assert_close(chances.sum(1), torch.ones(3))
    assert chances[2, 0] == 1
    assert (chances[1, 2:] == 0).all()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "scene,sleeve\nx,1\n"])
def test_another_table_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clues.csv"
    path.write_text(text, encoding="utf-8")
    done = command("finder", path, "--out", tmp_path / "assessor.json")
    assert done.returncode == 2
    assert "clues" in done.stderr
    assert not (tmp_path / "assessor.json").exists()
