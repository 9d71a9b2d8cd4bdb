"""What genres are called, and which of the sixteen a bundle tells beside those of its network."""

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sleevetrainer import bundle, covers, names
from sleevetrainer.errors import TrainerError

ROOT = Path(__file__).parents[2]

EIGHT = list(names.SIXTEEN[:8])


def test_each_of_the_sixteen_has_names_and_a_colour_of_its_own() -> None:
    assert len(set(names.SIXTEEN)) == 16
    assert set(names.KNOWN) == set(names.SIXTEEN)
    colours = [names.color(genre) for genre in names.SIXTEEN]
    assert len({*colours, *names.OTHERS}) == 16 + len(names.OTHERS)
    known = {name: members for name, (_, _, members) in names.FAMILIES.items()}
    assert all(names.family(genre) in {*known, genre} for genre in names.SIXTEEN)


def test_a_network_of_some_of_the_sixteen_tells_the_others_without_a_logit() -> None:
    assert names.untaught(EIGHT) == list(names.SIXTEEN[8:])
    assert names.untaught(["blues", "jazz"])[:2] == ["classical", "country"]
    assert names.untaught(names.SIXTEEN) == []


def test_a_network_with_a_genre_of_its_own_tells_no_others() -> None:
    assert names.untaught(["jazz", "krautrock"]) == []


def test_the_shipped_bundle_is_named_by_this_trainer() -> None:
    shipped = tomllib.loads((ROOT / "models/lite0/bundle.toml").read_text(encoding="utf-8"))
    assert shipped["format"] == bundle.FORMAT
    assert [genre["id"] for genre in shipped["genres"]] == list(names.SIXTEEN)
    assert [genre["id"] for genre in bundle.taught(shipped)] == EIGHT
    for genre in shipped["genres"]:
        told = (genre["family"], genre["en"], genre["ru"], genre["color"])
        known = names.family, names.english, names.russian, names.color
        assert told == tuple(ask(genre["id"]) for ask in known)
        assert genre.get("prior") == (None if genre["id"] in EIGHT else names.PRIOR)
    assert shipped["families"] == names.families(names.SIXTEEN)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("soul_rnb", "soul_rnb"),
        ("Hip Hop", "hip_hop"),
        ("Рок", "rok"),
        ("Русский рок", "russkiy_rok"),
        ("Früh & Spät", "fruh_spat"),
        ("../../etc/cron.d", "etc_cron_d"),
        ("x" * 300, "x" * 64),
        ("演歌", "genre_4a47f768"),
    ],
)
def test_ids_are_made_of_folders_names(name: str, wanted: str) -> None:
    assert names.identifier(name) == wanted
    assert names.ID.fullmatch(wanted)


def test_a_genre_is_shown_as_its_folder_is_called(tmp_path: Path) -> None:
    for name in ("Hip Hop", "jazz"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").touch()
    found = covers.listed(tmp_path)
    assert [(cover.path, cover.genre) for cover in found] == [
        ("Hip Hop/a.jpg", "hip_hop"),
        ("jazz/a.jpg", "jazz"),
    ]
    called = {cover.genre: cover.called for cover in found}
    assert names.english("hip_hop", called) == names.russian("hip_hop", called) == "Hip Hop"
    assert names.families(["hip_hop"], called) == [{"id": "hip_hop", "en": "Hip Hop", "ru": "Hip Hop"}]


def test_two_names_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("Hip Hop", "hip_hop"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").touch()
    with pytest.raises(TrainerError, match="the same id, hip_hop; rename one"):
        covers.listed(tmp_path)


def test_a_bundle_with_another_id_is_not_written(tmp_path: Path) -> None:
    shipped = tomllib.loads((ROOT / "models/lite0/bundle.toml").read_text(encoding="utf-8"))
    shipped["genres"][0]["id"] = "../jazz"
    with pytest.raises(TrainerError, match="cannot be an id"):
        bundle.write(tmp_path / "lite0", {"network.onnx": b"a network"}, shipped, {})


def test_the_genres_with_a_logit_share_what_the_priors_leave() -> None:
    shipped = tomllib.loads((ROOT / "models/lite0/bundle.toml").read_text(encoding="utf-8"))
    logits = np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]])
    told = bundle.picture_probabilities(shipped, logits)
    assert told.sum() == pytest.approx(1 - 8 * names.PRIOR)
    assert all(a < b for a, b in pairwise(told[0]))


def test_an_export_leaves_the_words_folder_as_it_is(tmp_path: Path) -> None:
    shipped = tomllib.loads((ROOT / "models/lite0/bundle.toml").read_text(encoding="utf-8"))
    folder = tmp_path / "lite0"
    (folder / "words").mkdir(parents=True)
    (folder / "words" / "words.toml").write_text("format = 1\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        template = bundle.TEMPLATES.from_string("a card")
        get = bundle.TEMPLATES.get_template
        patch.setattr(
            bundle.TEMPLATES,
            "get_template",
            lambda name: template if name == "MODEL_CARD.md" else get(name),
        )
        bundle.write(folder, {"network.onnx": b"a network"}, shipped, {})
    assert (folder / "words" / "words.toml").read_text(encoding="utf-8") == "format = 1\n"
    written = tomllib.loads((folder / "bundle.toml").read_text(encoding="utf-8"))
    assert written["genres"] == shipped["genres"]
