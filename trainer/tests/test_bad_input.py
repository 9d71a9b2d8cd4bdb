"""What is wrong is said in one sentence, with what to do, and nothing is left half-written."""

from pathlib import Path

import pytest
from conftest import command, draw_covers

from sleevetrainer.run import write_text


@pytest.mark.parametrize("stage", ["baseline", "teach", "cluster", "fit", "export", "evaluate"])
def test_a_stage_without_a_run_says_what_comes_first(stage: str, tmp_path: Path) -> None:
    done = command(stage, tmp_path / "none")
    assert done.returncode == 2
    assert "sleevetrainer prepare" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is no folder"),
        ([], "holds no folders"),
        (["jazz"], "fewer than two genres"),
        (["jazz", "metal"], "fewer than two genres"),
    ],
)
def test_a_folder_without_covers_is_refused(content: list[str] | None, words: str, tmp_path: Path) -> None:
    covers = tmp_path / "covers"
    for genre in content or []:
        (covers / genre).mkdir(parents=True)
    if content == []:
        covers.mkdir()
    done = command("prepare", covers, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_genres_with_too_few_covers_are_told_how_many_they_have(tmp_path: Path) -> None:
    covers = draw_covers(tmp_path / "covers", each=4)
    done = command("prepare", covers, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "at least 100" in done.stderr
    assert "--min-covers" in done.stderr


def test_a_run_is_not_taken_over_by_other_covers(prepared: Path, tmp_path: Path) -> None:
    before = (prepared / "train.csv").read_bytes()
    other = draw_covers(tmp_path / "others", each=3)
    done = command("prepare", other, "--out", prepared, "--min-covers", 2)
    assert done.returncode == 2
    assert "name another folder with --out" in done.stderr
    assert (prepared / "train.csv").read_bytes() == before


def test_without_a_folder_the_command_asks_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COVERS", raising=False)
    done = command("prepare", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "COVERS=DIR" in done.stderr


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "before")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "after \udcff")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
