"""`prepare` splits what is a cover, and says of everything else why it is none."""

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
from conftest import PREPARE, command, cover, draw_covers
from PIL import Image


def left_out(run: Path) -> dict[str, str]:
    with (run / "left_out.csv").open(newline="") as file:
        return {row["image_path"]: row["reason"] for row in csv.DictReader(file)}


def test_each_genre_is_split_80_to_20_and_no_cover_is_lost(prepared: Path) -> None:
    train, test = pd.read_csv(prepared / "train.csv"), pd.read_csv(prepared / "test.csv")
    genres = json.loads((prepared / "genres.json").read_text())
    for genre, paths in genres.items():
        parts = [set(table[table["label"] == genre]["image_path"]) for table in (train, test)]
        assert parts[0] | parts[1] == set(paths)
        assert not parts[0] & parts[1]
        assert abs(len(parts[1]) - 0.2 * len(paths)) <= 1.5


def test_look_alikes_lie_on_one_side(prepared: Path) -> None:
    train, test = pd.read_csv(prepared / "train.csv"), pd.read_csv(prepared / "test.csv")
    assert not set(train["group"]) & set(test["group"])


def test_the_source_is_told_where_the_manifest_tells_it(prepared: Path) -> None:
    assert set(pd.read_csv(prepared / "train.csv")["source"]) == {"first", "second"}


def test_the_same_seed_gives_the_same_split(covers: Path, prepared: Path, tmp_path: Path) -> None:
    shutil.copy(prepared / "features-lite0.npz", tmp_path)
    again = tmp_path / "again"
    again.mkdir()
    shutil.move(tmp_path / "features-lite0.npz", again)
    assert command("prepare", covers, "--out", again, *PREPARE).returncode == 0
    for name in ("train.csv", "test.csv", "genres.json"):
        assert (again / name).read_bytes() == (prepared / name).read_bytes()


def test_nothing_of_a_source_that_is_held_out_is_trained_on(
    covers: Path, prepared: Path, tmp_path: Path
) -> None:
    shutil.copy(prepared / "features-lite0.npz", tmp_path)
    done = command("prepare", covers, "--out", tmp_path, *PREPARE, "--hold-out", "second")
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(tmp_path / "train.csv")["source"]) == {"first"}
    assert set(pd.read_csv(tmp_path / "test.csv")["source"]) == {"first"}
    held_out = pd.read_csv(tmp_path / "held_out.csv")
    assert set(held_out["source"]) == {"second"}
    assert not set(held_out["group"]) & set(pd.read_csv(tmp_path / "train.csv")["group"])
    nowhere = command("prepare", covers, "--out", tmp_path / "none", *PREPARE, "--hold-out", "third")
    assert nowhere.returncode == 2
    assert "no cover comes from third" in nowhere.stderr


def test_what_is_no_cover_is_left_out_with_the_reason(tmp_path: Path) -> None:
    covers = draw_covers(tmp_path / "covers", each=12)
    jazz = covers / "circles"
    (jazz / "empty.png").touch()
    (jazz / "text.jpg").write_text("two records and a lamp")
    (jazz / "cut.png").write_bytes((jazz / "000.png").read_bytes()[:900])
    cover("waves", 99).resize((200, 100)).save(jazz / "wide.png")
    cover("waves", 98).resize((16, 16)).save(jazz / "tiny.png")
    shutil.copy(jazz / "001.png", jazz / "same.png")
    Image.open(jazz / "002.png").save(jazz / "nearly.jpg", quality=80)
    (covers / "empty-genre").mkdir()
    small = covers / "small"
    small.mkdir()
    cover("waves", 97).save(small / "only.png")

    done = command("prepare", covers, "--out", tmp_path / "run", *PREPARE)
    assert done.returncode == 0, done.stderr
    reasons = left_out(tmp_path / "run")
    assert reasons["circles/empty.png"] == "empty"
    assert reasons["circles/text.jpg"] == "not a picture"
    assert reasons["circles/cut.png"].startswith("broken")
    assert reasons["circles/wide.png"] == "not square (200 x 100)"
    assert reasons["circles/tiny.png"] == "too small (16 x 16)"
    assert reasons["circles/same.png"] == "duplicate of circles/001.png"
    assert reasons["circles/nearly.jpg"].startswith("near duplicate of circles/002.png")
    assert reasons["small/only.png"] == "small has 1 covers, fewer than 5"
    assert "empty-genre" in done.stderr
    assert len(reasons) == 8


def test_the_study_s_own_tables_load_backslashes_and_all(
    covers: Path, prepared: Path, tmp_path: Path
) -> None:
    train, test = pd.read_csv(prepared / "train.csv"), pd.read_csv(prepared / "test.csv")
    for table, name in ((train, "a.csv"), (test, "b.csv")):
        windows = "D:\\study\\data\\" + table["image_path"].str.replace("/", "\\")
        pd.DataFrame({"image_path": windows, "label": table["label"]}).to_csv(tmp_path / name, index=False)
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(prepared / "features-lite0.npz", run)
    done = command(
        "prepare", covers, "--out", run, "--train-csv", tmp_path / "a.csv", "--test-csv", tmp_path / "b.csv"
    )
    assert done.returncode == 0, done.stderr
    assert pd.read_csv(run / "test.csv")["image_path"].tolist() == test["image_path"].tolist()


def test_a_table_that_names_a_missing_file_is_refused_by_line(covers: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("image_path,label\ncircles/001.png,circles\ncircles/none.png,circles\n")
    done = command("prepare", covers, "--out", tmp_path / "run", "--train-csv", table, "--test-csv", table)
    assert done.returncode == 2
    assert "line 3" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
