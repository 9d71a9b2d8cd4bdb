"""The steps of the stage, from covers that were read to figures, on a small run that is made up."""

import json
import tomllib
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from sleevetrainer.cli import app
from sleevetrainer.errors import TrainerError
from sleevetrainer.names import SIXTEEN
from sleevetrainer.run import Run, sha256, write_json
from sleevetrainer.words import evaluate, fit, fuse, known
from sleevetrainer.words.confidence import FEATURES

TAUGHT = ["jazz", "rock"]
EACH = 30

ARTISTS = "artist,genre,weight,sources\n" + "".join(
    f"{genre.capitalize()} Player {letter},{genre},1,mine\n" for genre in TAUGHT for letter in "ABCDE"
)
ALBUMS = "artist,title,year,source\n" + "".join(
    f"{genre.capitalize()} Player {letter},{genre.capitalize()} Night {number},1970,mine\n"
    for genre in TAUGHT
    for letter in "ABCDE"
    for number in range(4)
)


def match(name, genre):
    shares = [0.0] * 17
    shares[SIXTEEN.index(genre)] = 1.0
    features = dict.fromkeys(FEATURES, 0.0) | {"one": 1.0, "share": 1.0, "passes": 1.0}
    return {
        "name": name,
        "read": name.lower().replace(" ", ""),
        "features": list(features.values()),
        "shares": shares,
        "lines": [[0, 0]],
        "title": None,
        "is_label": False,
    }


@pytest.fixture
def run(tmp_path):
    """A run whose words are read and matched: most covers name a player of their genre."""
    covers, folder = tmp_path / "covers", tmp_path / "run"
    random = np.random.default_rng(0)
    rows = {"train": [], "test": []}
    manifest, read, found = ["path,genre,source,artist,title"], [], []
    for genre in TAUGHT:
        (covers / genre).mkdir(parents=True)
        for number in range(EACH * 2):
            path, part = f"{genre}/{number}.png", "train" if number % 2 else "test"
            Image.fromarray(random.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(covers / path)
            name = f"{genre.capitalize()} Player {'ABCDE'[number % 5]}"
            rows[part].append(f"{path},{genre},shop,{number}")
            manifest.append(f"{path},{genre},shop,{name},")
            lines = [{"text": name, "confidence": 0.9, "corners": [[0, 0], [1, 0], [1, 1], [0, 1]]}]
            read.append({"path": path, "pass": 0, "lines": lines})
            found.append({"path": path, "matches": [match(name, genre)]})
    (covers / "manifest.csv").write_text("\n".join(manifest) + "\n")
    (folder / "words").mkdir(parents=True)
    write_json(folder / "prepare.json", {"covers": str(covers), "seed": 1, "genres": TAUGHT})
    for part, lines in rows.items():
        (folder / f"{part}.csv").write_text("\n".join(["image_path,label,source,group", *lines]) + "\n")
    for name, content in (("read", read), ("matches", found)):
        (folder / f"words/{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
    for name in fit.NETWORKS:
        (folder / "words" / name).write_text(name)
    (tmp_path / "artists.csv").write_text(ARTISTS)
    (tmp_path / "albums.csv").write_text(ALBUMS)
    tables = [
        "words",
        "tables",
        str(tmp_path / "artists.csv"),
        str(tmp_path / "albums.csv"),
        "--out",
        str(folder),
    ]
    result = CliRunner().invoke(app, tables, catch_exceptions=False)
    assert "mine" in result.stdout
    opened = Run.opened(folder)
    known.kept(opened, known.listed(opened))
    return opened


@pytest.fixture
def bundle(tmp_path):
    """A bundle with a description and something in place of a network."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "network.onnx").write_bytes(b"network")
    genres = "".join(
        f'[[genres]]\nid = "{genre}"\nfamily = "{genre}"\n' + ("" if genre in TAUGHT else "prior = 0.004\n")
        for genre in (*TAUGHT, *(genre for genre in SIXTEEN if genre not in TAUGHT))
    )
    (folder / "bundle.toml").write_text(
        'name = "tiny"\n[input]\nsize = 32\n[network]\nfile = "network.onnx"\n'
        f'sha256 = "{sha256(folder / "network.onnx")}"\n[calibration]\ntemperature = 1.0\n{genres}'
    )
    return folder


def blind(read, run, paths, size, told):
    """A network that knows nothing."""
    return mock.Mock(logits=np.random.default_rng(3).normal(size=(len(paths), 2)).astype(np.float32))


@pytest.fixture
def picture(run):
    """The blind network, in place of the bundle's, and what it said as `cross` keeps it."""
    paths = run.table("train")["image_path"].to_numpy(str)
    logits = blind(None, run, paths, 32, "").logits
    np.savez(run.folder / "cross.npz", paths=paths, logits=logits, seen=logits)
    with mock.patch.object(fuse, "answers_of", blind), mock.patch.object(fuse, "session"):
        yield


def test_all_steps_follow_one_another(run, bundle, picture):
    said = fit.fit(run, bundle)
    assert said["covers"] == 2 * EACH
    listed = tomllib.loads((bundle / "words/words.toml").read_text())
    assert listed["genres"] == list(SIXTEEN)
    assert listed["files"] == {name: sha256(bundle / "words" / name) for name in listed["files"]}
    assert "SOURCES.md" not in listed["files"]
    assert "own table" in (bundle / "words/SOURCES.md").read_text()

    result = fuse.fuse(run, bundle)
    assert list(result["fitted_to"].values()) == [2 * EACH, 0]
    fusion = tomllib.loads((bundle / "words/fusion.toml").read_text())
    assert fusion["network"] == sha256(bundle / "network.onnx")
    assert fusion["words"] == sha256(bundle / "words/words.toml")
    assert set(fusion["thresholds"]) == {"low", "normal", "high"}

    figures = evaluate.evaluate(run, bundle)["test"]
    rates = figures["all_genres"]
    assert rates["both"] > 0.9
    assert rates["picture"] < 0.7
    assert rates["shuffled"] < 0.7
    assert figures["covers"] == 2 * EACH
    assert figures["by_source"]["shop"]["covers"] == 2 * EACH
    assert json.loads((run.folder / "words-evaluate.json").read_text())["test"] == figures


def test_covers_of_the_test_split_are_not_fitted_to(run, bundle):
    fit.fit(run, bundle)
    words = (bundle / "words/words.toml").read_bytes()
    # All that is read and matched on covers of the test split becomes something else.
    path = run.folder / "words/matches.jsonl"
    test = set(run.table("test")["image_path"])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    other = [row | {"matches": [match("Nobody", "metal")]} if row["path"] in test else row for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in other))
    fit.fit(run, bundle)
    assert (bundle / "words/words.toml").read_bytes() == words


def test_a_copy_of_a_cover_is_not_taken_from_outside(run, tmp_path):
    more = tmp_path / "more"
    (more / "blues").mkdir(parents=True)
    copied = run.covers / run.table("test")["image_path"][0]
    (more / "blues/copy.png").write_bytes(copied.read_bytes())
    Image.new("RGB", (40, 40), "blue").save(more / "blues/new.png")
    (more / "manifest.csv").write_text(
        "path,genre\nblues/copy.png,blues\nblues/new.png,blues\nblues/gone.png,blues\n"
    )
    outside = [cover.path for cover in known.listed(run, more) if cover.part == "more"]
    assert [Path(path).name for path in outside] == ["new.png"]


def test_a_fusion_of_other_words_is_refused(run, bundle, picture):
    fit.fit(run, bundle)
    fuse.fuse(run, bundle)
    with (bundle / "words/words.toml").open("a") as file:
        file.write("# changed\n")
    with pytest.raises(TrainerError, match="other words"):
        evaluate.evaluate(run, bundle)
    with pytest.raises(TrainerError, match="another fit"):
        fuse.fuse(run, bundle)


def test_what_is_missing_is_said(run, bundle):
    with pytest.raises(TrainerError, match="words fit"):
        fuse.fuse(run, bundle)
    (run.folder / "words/matches.jsonl").unlink()
    with pytest.raises(TrainerError, match="train-words"):
        fit.fit(run, bundle)
