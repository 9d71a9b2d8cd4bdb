"""Tables of artists and albums become what names are looked up in, without the sources that are left out."""

import gzip
import re

import pytest

from sleevetrainer.errors import TrainerError
from sleevetrainer.words.sources import NOTICE, known, written
from sleevetrainer.words.tables import LEFT_OUT, TRUST, tables

ARTISTS = """artist,genre,weight,sources
Miles Davis,jazz,0.9,dbpedia spotify_kaggle
Miles Davis,rock,0.9,spotify_kaggle
Miles Davis,pop,0.1,motown
Only Spotify,pop,1.0,spotify_buzzify
Only Spotify,pop,1.0,spotify_buzzify alias
Abort,metal,1.0,metalarchives_names
Band With Record,metal,1.0,metalarchives_names
Kind,folk,1.0,dbpedia
东京乐队东京,pop,1.0,dbpedia
My Own,blues,3,
"""

ALBUMS = """artist,title,year,source
Miles Davis,Kind of Blue (Remastered),1997,pitchfork
Miles Davis,Kind Of Blue,1959,rym_top5000
Miles Davis,Secret,1960,aoty_metacritic
Band With Record,Loud,2001,deathmetal_kaggle
Nobody,Nothing,2000,pitchfork
"""


def rows(content):
    return [line.split("\t") for line in gzip.decompress(content).decode().splitlines()]


@pytest.fixture
def made(tmp_path):
    (tmp_path / "artists.csv").write_text(ARTISTS, encoding="utf-8")
    (tmp_path / "albums.csv").write_text(ALBUMS, encoding="utf-8")

    def make(left_out=LEFT_OUT):
        return tables(tmp_path / "artists.csv", tmp_path / "albums.csv", left_out)

    return make


def test_nothing_of_a_source_that_is_left_out_goes_in(made):
    artists = {row[0]: row for row in rows(made().artists)}
    assert "Only Spotify" not in artists
    # Jazz by DBpedia alone, no rock at all; the shares are of the sources that are left.
    jazz = round(100 * TRUST["dbpedia"] / (TRUST["dbpedia"] + TRUST["motown"]))
    assert artists["Miles Davis"][1] == f"4:{jazz},6:{100 - jazz}"
    assert "Secret" not in {row[1] for row in rows(made().albums)}
    assert made().sources["dbpedia"] == {"artists": 2, "albums": 0}
    assert not set(made().sources) & set(LEFT_OUT)


def test_all_sources_can_be_taken(made):
    taken = made(left_out=())
    artists = {row[0]: row for row in rows(taken.artists)}
    assert artists["Only Spotify"][1] == "6:100"
    assert "7:" in artists["Miles Davis"][1]
    assert "Secret" in {row[1] for row in rows(taken.albums)}


def test_names_without_a_record_or_in_a_script_that_is_not_read_are_left_out(made):
    names = {row[0] for row in rows(made().artists)}
    assert names == {"Miles Davis", "Band With Record", "Kind", "My Own"}


def test_a_title_is_there_once_with_its_earliest_year(made):
    place = {row[0]: number for number, row in enumerate(rows(made().artists))}
    titles = [row[1:] for row in rows(made().albums) if int(row[0]) == place["Miles Davis"]]
    assert titles == [["Kind of Blue", "1959"]]


def test_a_name_in_others_titles_is_counted(made):
    counts = {row[0]: row[2:] for row in rows(made().artists)}
    assert counts["Kind"] == ["1", "0", "1", "0"]
    assert counts["Band With Record"] == ["1", "1", "0", "1"]


def test_the_same_tables_are_the_same_bytes(made):
    assert made() == made()


def test_a_table_without_its_columns_is_refused(tmp_path):
    (tmp_path / "artists.csv").write_text("name,genre\nA,jazz\n")
    with pytest.raises(TrainerError, match="no column artist"):
        tables(tmp_path / "artists.csv", tmp_path / "albums.csv")
    with pytest.raises(TrainerError, match="no table"):
        tables(tmp_path / "nowhere.csv", tmp_path / "albums.csv")


def test_the_page_of_sources_names_each_and_why_others_are_not_there(made):
    page = written(made().sources, LEFT_OUT)
    shipped, left_out = page.split("## Left out")
    assert "CC BY-SA" in shipped
    assert "uclnlp/inferbeddings" in shipped
    assert "Spotify" not in shipped
    for source in LEFT_OUT:
        assert re.search(rf"^\| {source} \|", left_out, re.M)
    assert "Apache" in NOTICE


def test_each_source_that_counts_or_is_left_out_is_known():
    assert set(TRUST) | set(LEFT_OUT) <= set(known())
