"""The page is whole, asks nothing of any network, and says what the figures say."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from conftest import command

from sleevetrainer.report import PARTS
from sleevetrainer.report.bootstrap import Interval
from sleevetrainer.report.models import compared, ranked
from sleevetrainer.report.record import Model, Record
from sleevetrainer.report.sources import sources
from sleevetrainer.report.trust import honesty, trust
from sleevetrainer.run import Run

NEVER_EMPTY = {"models", "genres", "confusion", "sources", "learning", "cost"}


class Page(HTMLParser):
    """What a page shows, and what it refers to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links, self.parts, self.words, self.policy, self.inside = [], [], [], "", ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        of = dict(attributes)
        self.links += [of[name] for name in ("src", "href", "srcset", "action", "data") if of.get(name)]
        if tag == "section":
            self.parts.append(of["id"])
        if of.get("http-equiv") == "Content-Security-Policy":
            self.policy = of["content"]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def page(whole: tuple[Path, Path]) -> Page:
    done = command("report", whole[0])
    assert done.returncode == 0, done.stderr
    assert str(whole[0] / "report.html") in done.stdout
    return Page(whole[0] / "report.html")


def copied(run: Path, to: Path, *names: str) -> Path:
    """A run that has come as far as the files that are named."""
    for name in ("prepare.json", "train.csv", "test.csv", *names):
        source = run / name
        if source.is_dir():
            shutil.copytree(source, to / name)
        else:
            shutil.copy(source, to / name)
    return to


def test_the_page_asks_nothing_of_any_network(page: Page) -> None:
    assert all(link.startswith(("data:image/", "#")) for link in page.links)
    assert any(link.startswith("data:image/") for link in page.links)
    assert page.policy.startswith("default-src 'none'")
    assert "http" not in page.policy


def test_the_page_has_all_parts_of_a_whole_run(page: Page) -> None:
    assert page.parts == [part.id for part in PARTS]
    assert "sleevetrainer evaluate" not in page.text
    assert not re.search(r"\bnan\b|\binf\b|None", page.text)


def test_the_page_tells_the_figures_of_all_models(whole: tuple[Path, Path], page: Page) -> None:
    evaluated = json.loads((whole[0] / "evaluate.json").read_text())
    for model in ("knn", "linear", "fp32", "network"):
        for figure in ("accuracy", "balanced_accuracy", "macro_f1", "top3"):
            assert f"{evaluated[model][figure]:.3f}" in page.text, (model, figure)


def test_the_page_does_without_stages_that_were_not_run(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path, "baseline.json", "baseline.npz")
    done = command("report", run)
    assert done.returncode == 0, done.stderr
    page = Page(run / "report.html")
    assert set(page.parts) == NEVER_EMPTY | {"absent"}
    for stage in ("fit", "cross", "export", "evaluate"):
        assert f"type: sleevetrainer {stage} {run}" in page.text


def test_a_run_that_was_only_prepared_says_what_comes_next(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path)
    done = command("report", run)
    assert done.returncode == 0, done.stderr
    assert f"sleevetrainer baseline {run}" in Page(run / "report.html").text


def test_answers_of_another_split_are_refused(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path, "baseline.json", "baseline.npz")
    header, first, *others = (run / "test.csv").read_text().splitlines()
    (run / "test.csv").write_text("\n".join([header, *others, first]) + "\n")
    done = command("report", run)
    assert done.returncode == 2
    assert "belongs to another split" in done.stderr
    assert not (run / "report.html").exists()


def test_a_bundle_of_other_genres_is_refused(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path, "evaluate.npz")
    note = json.loads((whole[0] / "evaluate.json").read_text())
    note["bundle"]["genres"].reverse()
    (run / "evaluate.json").write_text(json.dumps(note))
    done = command("report", run)
    assert done.returncode == 2
    assert "other genres" in done.stderr


def test_fp32_is_kept_beside_the_network_that_ships(whole: tuple[Path, Path]) -> None:
    arrays = Record.of(Run(whole[0])).evaluated
    exported = json.loads((whole[0] / "export.json").read_text())
    truth = arrays["test_truth"]
    for name, key in (("fp32", "fp32"), ("logits", exported["quantising"]["activations"])):
        accuracy = np.mean(arrays[f"test_{name}"].argmax(1) == truth)
        assert accuracy == pytest.approx(exported["test"][key]["accuracy"], abs=0.05)
    lengths = np.linalg.norm(arrays["test_embedding"], axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-4)


def test_a_source_that_was_held_out_is_told(whole: tuple[Path, Path], tmp_path: Path) -> None:
    run = copied(whole[0], tmp_path)
    with np.load(whole[0] / "evaluate.npz") as kept:
        arrays = dict(kept)
    arrays |= {f"held_out_{name}": arrays[f"test_{name}"] for name in ("probabilities", "truth")}
    np.savez(run / "evaluate.npz", **arrays)
    note = json.loads((whole[0] / "evaluate.json").read_text())
    note["held_out"] = {**note["network"], "there": 0.3, "at_home": 0.4, "kept": 0.75}
    (run / "evaluate.json").write_text(json.dumps(note))
    prepared = json.loads((run / "prepare.json").read_text())
    (run / "prepare.json").write_text(json.dumps({**prepared, "hold_out": "third"}))
    record = Record.of(Run(run))
    assert "75\N{NO-BREAK SPACE}% of what the network can" in " ".join(sources(record).says)
    section = trust(record)
    assert "genre, source held out" in " ".join(section.says)
    assert [row["title"] for row in section.values["rows"]] == ["the test split", "the source held out"]


def models(*names: str) -> list[Model]:
    return [Model(name, name, name, f"the {name}", "#000000", np.zeros((1, 2))) for name in names]


def test_sentences_follow_the_intervals() -> None:
    apart = [Interval(0.3, 0.27, 0.33), Interval(0.46, 0.43, 0.49)]
    near = [Interval(0.45, 0.42, 0.48), Interval(0.46, 0.43, 0.49)]
    assert "the head lie wholly below" in " ".join(ranked(models("head", "network"), apart))
    told = " ".join(ranked(models("head", "network"), near))
    assert "the network comes first" in told
    assert "overlap" in told
    assert "below" not in told

    for difference, words in (
        (Interval(0.1, 0.05, 0.15), "is more accurate than the head"),
        (Interval(-0.1, -0.15, -0.05), "is less accurate than the head"),
        (Interval(0.01, -0.02, 0.04), "cannot be told apart from the head"),
    ):
        assert words in " ".join(compared(models("head", "network"), {"head": difference}))


def test_who_boasts_is_told_so() -> None:
    error = {"value": 0.1, "low": 0.05, "high": 0.15}
    network = {"calibration_error": error, "family_calibration_error": error}
    right = np.arange(1000) < 500
    for said, words in ((0.7, "too much"), (0.3, "too little"), (0.5, "no more than chance")):
        assert words in " ".join(honesty(network, np.full(1000, said), right))
