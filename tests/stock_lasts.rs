//! The stock: what was told to it is there afterwards, whatever happens.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;
use sha2::{Digest, Sha256};
use sleevesight::network::Bundle;
use sleevesight::sleeve::Cover;
use sleevesight::stock::{Details, Kept, MAX_LABEL, MAX_NAME, MAX_NOTE, Stock, StockError};
use tempfile::TempDir;

use crate::common::{copied_bundle, edit, root, started_by};

fn bundle() -> Bundle {
    Bundle::open(&root().join("models/default")).expect("the shipped bundle")
}

fn details(artist: &str, title: &str, genre: &str) -> Details {
    Details { artist: artist.into(), title: title.into(), genre: genre.into(), ..Details::default() }
}

/// A cover of one colour, and an embedding that stands for it.
fn cover(shade: u8) -> Kept {
    let picture = RgbImage::from_pixel(40, 40, image::Rgb([shade, 100, 30]));
    Kept::of(&Cover::centred(&picture)).expect("a picture")
}

fn embedding(length: usize, place: usize) -> Vec<f32> {
    (0..length).map(|other| if other == place { 1.0 } else { 0.0 }).collect()
}

/// The same bundle with another network: one that reads the same, and has another hash.
fn other_bundle() -> TempDir {
    let folder = copied_bundle();
    let path = folder.path().join("network.onnx");
    let before = bundle().sha256;
    let mut onnx = fs::read(&path).expect("the copy is there");
    // Doc string, field 6 of the model: it may be told again, and the last one counts.
    onnx.extend([0x32, 1, b'x']);
    fs::write(&path, &onnx).expect("the temporary folder takes files");
    let after: String = Sha256::digest(&onnx).iter().map(|byte| format!("{byte:02x}")).collect();
    edit(&folder, |text| text.replace(&before, &after));
    let rule = root().join("models/default/stock.toml");
    let rule = fs::read_to_string(rule).expect("the shipped rule").replace(&before, &after);
    fs::write(folder.path().join("stock.toml"), rule).expect("the temporary folder takes files");
    for file in crate::common::files("models/default", ".f32") {
        let name = file.file_name().expect("a file");
        fs::copy(&file, folder.path().join(name)).expect("the temporary folder takes files");
    }
    folder
}

#[test]
fn what_was_told_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let stock = Stock::open_or_create(&path, &bundle).expect("an empty stock");
    let blue =
        Details { year: Some(1959), shelf: "B3".into(), ..details("Miles Davis", "Kind of Blue", "Jazz") };
    let first = stock.add(&blue, &cover(10), &embedding(bundle.embedding, 0)).expect("it is added");
    let second = stock
        .add(&details("", "Пластинка", ""), &cover(200), &embedding(bundle.embedding, 1))
        .expect("added");
    stock.teach(first, &cover(20), &embedding(bundle.embedding, 2)).expect("it is taught");
    stock.correct(second, "anime").expect("it is corrected");
    drop(stock);

    let stock = Stock::open(&path, &bundle).expect("the stock");
    assert_eq!(stock.len(), 2);
    assert_eq!(stock.get(first).expect("it is there").details, blue);
    assert_eq!(stock.get(second).expect("it is there").details.genre, "anime");
    assert_eq!(stock.covers(first).expect("its covers"), [cover(10).cover, cover(20).cover]);
    assert_eq!(stock.thumbnail(second).expect("its thumbnail"), Some(cover(200).thumbnail));
    for (place, id) in [(0, first), (1, second), (2, first)] {
        let alike = stock.lookalikes(&embedding(bundle.embedding, place), 1);
        assert_eq!(alike[0].record.id, id, "by each of its views");
    }

    let found: Vec<i64> = stock.search("ПЛАСТ").iter().map(|record| record.id).collect();
    assert_eq!(found, [second], "whatever its case");
    assert_eq!(stock.search("miles blue").len(), 1, "all words, in any field");
    assert_eq!(stock.search("miles green").len(), 0);
    assert_eq!(stock.search("mïles").len(), 1, "whatever its accents");
    stock.remove(second).expect("it is taken out");
    assert!(matches!(stock.get(second), Err(StockError::NoRecord(_))));
    assert!(matches!(stock.remove(second), Err(StockError::NoRecord(_))));
    let third = stock.add(&blue, &cover(1), &embedding(bundle.embedding, 3)).expect("it is added");
    assert!(third > second, "a number is never given again");
}

/// A stock's file as the first version of the program wrote it, with a record that has a cover and one that lost it.
fn first_version(path: &Path, network: &str, vector: &[f32]) {
    let database = rusqlite::Connection::open(path).expect("a database");
    database.execute_batch(include_str!("../src/stock/schema-1.sql")).expect("the first schema");
    database.pragma_update(None, "application_id", 0x736c_7673).expect("it is ours");
    database.pragma_update(None, "user_version", 1).expect("a version");
    let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
    for title in ["Kind of Blue", "Sketches"] {
        database
            .execute(
                "INSERT INTO records (artist, title, year, genre, shelf, price, note, corrected)
                 VALUES ('Miles Davis', ?, 1959, 'Jazz', 'B3', '', '', 1)",
                [title],
            )
            .expect("a record");
    }
    let kept = cover(10);
    database
        .execute(
            "INSERT INTO views (record, digest, kept, thumbnail, cover) VALUES (1, ?, ?, ?, ?)",
            rusqlite::params![kept.digest, kept.digest_of_cover(), kept.thumbnail, kept.cover],
        )
        .expect("a view");
    database
        .execute(
            "INSERT INTO embeddings (view, network, vector) VALUES (1, ?, ?)",
            rusqlite::params![network, bytes],
        )
        .expect("an embedding");
}

fn version(path: &Path) -> i64 {
    let database = rusqlite::Connection::open(path).expect("the stock's file");
    database.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
}

#[test]
fn a_file_of_the_first_version_becomes_one_of_this_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let vector = embedding(bundle.embedding, 0);
    first_version(&path, &bundle.sha256, &vector);
    let stock = Stock::open(&path, &bundle).expect("it is migrated");
    assert_eq!(version(&path), 2);
    assert_eq!(stock.search("miles").len(), 2);
    assert_eq!(stock.covers(1).expect("its cover"), [cover(10).cover]);
    assert_eq!(stock.thumbnail(2).expect("a record"), None);
    assert_eq!(stock.recognise(&vector, &[]).known.expect("it is known").record.id, 1);
    let told = Details { genre: "Rock".into(), ..stock.get(1).expect("a record").details.clone() };
    assert!(!stock.update(1, &told).expect("updated"), "the correction stays");
    assert_eq!(stock.namesakes(&told).expect("read"), [(1, true)]);
    drop(stock);

    // A migration that fails leaves the file as it was.
    let other = folder.path().join("other.db");
    first_version(&other, &bundle.sha256, &vector);
    let database = rusqlite::Connection::open(&other).expect("the file");
    database.execute_batch("CREATE INDEX records_by_name ON records (note)").expect("the name is taken");
    drop(database);
    assert!(Stock::open(&other, &bundle).is_err());
    assert_eq!(version(&other), 1);
}

#[test]
fn a_record_without_a_cover_lasts_and_gets_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let stock = Stock::open_or_create(&path, &bundle).expect("an empty stock");
    let id = stock.add_without_cover(&details("The Ranges", "Peaks", "Metal")).expect("added");
    assert!(matches!(stock.add_without_cover(&details("A", " ", "")), Err(StockError::NoTitle)));
    drop(stock);
    let stock = Stock::open(&path, &bundle).expect("the stock");
    assert_eq!((stock.len(), stock.thumbnail(id).expect("a record")), (1, None));
    assert!(stock.lookalikes(&embedding(bundle.embedding, 0), 5).is_empty());
    stock.teach(id, &cover(10), &embedding(bundle.embedding, 0)).expect("taught");
    assert!(stock.thumbnail(id).expect("a record").is_some());
    assert_eq!(stock.lookalikes(&embedding(bundle.embedding, 0), 5).len(), 1);
}

#[test]
fn two_programs_find_what_the_other_writes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let one = Stock::open_or_create(&path, &bundle).expect("a stock");
    let other = Stock::open_or_create(&path, &bundle).expect("the same stock");
    let id = one.add(&details("", "A", ""), &cover(1), &embedding(bundle.embedding, 0)).expect("added");
    let alike = other.lookalikes(&embedding(bundle.embedding, 0), 5);
    assert_eq!(alike.iter().map(|alike| alike.record.id).collect::<Vec<_>>(), [id]);
    other.remove(id).expect("it is taken out");
    assert!(one.lookalikes(&embedding(bundle.embedding, 0), 5).is_empty());
}

#[test]
fn sleeves_are_known_while_a_change_waits_for_another_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let stock = Stock::open_or_create(&path, &bundle).expect("a stock");
    let known = embedding(bundle.embedding, 1);
    let id = stock.add(&details("A", "One", "jazz"), &cover(10), &known).expect("it is added");
    let other = rusqlite::Connection::open(&path).expect("another program");
    other.execute_batch("BEGIN IMMEDIATE").expect("it writes");
    thread::scope(|scope| {
        let change = scope.spawn(|| stock.edit(id, &details("A", "Two", "jazz")));
        thread::sleep(Duration::from_millis(200));
        let begun = Instant::now();
        assert!(!stock.lookalikes(&known, 1).is_empty());
        let took = begun.elapsed();
        other.execute_batch("ROLLBACK").expect("it is done");
        assert!(took < Duration::from_millis(500), "{took:?}");
        change.join().expect("no panic").expect("it is changed when the other is done");
    });
}

#[test]
fn what_cannot_be_is_refused_in_words_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let refusal = |path: &Path| match Stock::open(path, &bundle) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error.to_string(),
    };
    assert!(refusal(&path).contains("there is no stock at"));
    assert!(!path.exists(), "nothing was begun");

    let letter = folder.path().join("letter.txt");
    fs::write(&letter, "a shopping list, which is long enough to be anything at all".repeat(20))
        .expect("written");
    assert!(refusal(&letter).contains("is no stock of this program"));
    let shop = folder.path().join("other.db");
    let database = rusqlite::Connection::open(&shop).expect("a database");
    database.execute_batch("CREATE TABLE till (sum INTEGER)").expect("a table");
    assert!(refusal(&shop).contains("is no stock of this program"));

    let stock = Stock::open_or_create(&path, &bundle).expect("a stock");
    let no_title = stock.add(&details("A", " ", ""), &cover(1), &embedding(bundle.embedding, 0));
    assert!(matches!(no_title, Err(StockError::NoTitle)));
    let strange = stock.add(&details("A", "B", ""), &cover(1), &[1.0]);
    assert!(matches!(strange, Err(StockError::Embedding { found: 1, .. })));
    assert!(stock.is_empty());
    drop(stock);
    let database = rusqlite::Connection::open(&path).expect("the stock's file");
    database.pragma_update(None, "user_version", 99).expect("a newer version");
    drop(database);
    assert!(refusal(&path).contains("version 99"));
}

#[test]
fn covers_of_another_model_are_refused_until_they_are_read_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let stock = Stock::open_or_create(&path, &bundle).expect("a stock");
    let ids: Vec<i64> = (0..70)
        .map(|place| {
            let about = details("", &format!("Record {place}"), "");
            stock.add(&about, &cover(3 * place as u8), &embedding(bundle.embedding, place)).expect("added")
        })
        .collect();
    drop(stock);

    let folder = other_bundle();
    let other = Bundle::open(folder.path()).expect("the other bundle");
    let Err(error) = Stock::open(&path, &other) else { panic!("embeddings of another network were used") };
    assert!(error.to_string().starts_with("70 covers of"), "{error}");
    assert!(error.to_string().contains("sleevesight stock renew --stock"), "{error}");

    // It is stopped halfway, and goes on where it was. The new embedding is told by the cover's red.
    let read = |cover: &Cover| {
        let red = cover.picture().get_pixel(5, 5).0[0];
        Ok(embedding(other.embedding, other.embedding - 1 - usize::from(red + 1) / 3))
    };
    let mut left = 40;
    let halfway = Stock::renew(
        &path,
        &other,
        |cover| {
            left -= 1;
            if left < 0 { Err("the power went".into()) } else { read(cover) }
        },
        |_, _| (),
    );
    assert!(matches!(halfway, Err(StockError::Cover(_))));
    assert!(matches!(Stock::open(&path, &other), Err(StockError::OtherBundle { views: 38, .. })));
    let mut told = Vec::new();
    let stock = Stock::renew(&path, &other, read, |done, all| told.push((done, all))).expect("renewed");
    assert_eq!(told.last(), Some(&(38, 38)));
    for (place, id) in ids.iter().enumerate() {
        let alike = stock.lookalikes(&embedding(other.embedding, other.embedding - 1 - place), 1);
        assert_eq!(alike[0].record.id, *id, "record {place}");
    }
    drop(stock);
    Stock::open(&path, &other).expect("it is the other model's stock now");
}

#[test]
fn who_has_the_stock_open_knows_it_while_another_model_reads_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let stock = Stock::open_or_create(&path, &bundle).expect("a stock");
    let place = |number| embedding(bundle.embedding, number);
    let one = stock.add(&details("", "One", ""), &cover(10), &place(0)).expect("added");
    let two = stock.add(&details("", "Two", ""), &cover(200), &place(1)).expect("added");
    let nearest =
        |stock: &Stock, number| stock.lookalikes(&place(number), 1).pop().map(|near| near.record.id);
    let folder = other_bundle();
    let other = Bundle::open(folder.path()).expect("the other bundle");

    let anew = Stock::open_unread(&path, &other).expect("it opens");
    assert_eq!((anew.unread(), anew.len(), nearest(&anew, 5)), (2, 2, None), "nothing is known by it yet");
    let mut left = 3;
    let renewed = Stock::renew(
        &path,
        &other,
        |_| {
            left -= 1;
            Ok(place(left + 2))
        },
        |_, _| (),
    );
    drop(renewed.expect("it is read anew"));
    assert_eq!([0, 1].map(|number| nearest(&stock, number)), [Some(one), Some(two)], "by the one before");
    assert_eq!([4, 3].map(|number| nearest(&anew, number)), [Some(one), Some(two)], "by the other");
    assert_eq!(anew.unread(), 0);
    // What is taught to the one before in the meantime is the other's to read again, and is not lost.
    let three = stock.add(&details("", "Three", ""), &cover(90), &place(6)).expect("added");
    assert_eq!((nearest(&stock, 6), stock.len()), (Some(three), 3));
    assert_eq!(Stock::open_unread(&path, &other).expect("it opens").unread(), 1);
}

#[test]
fn one_damaged_cover_keeps_no_other_from_being_read_anew() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let stock = Stock::open_or_create(&path, &bundle).expect("a stock");
    for number in 0..3 {
        let about = details("", &format!("Record {number}"), "");
        stock.add(&about, &cover(number), &embedding(bundle.embedding, number.into())).expect("added");
    }
    drop(stock);
    let database = rusqlite::Connection::open(&path).expect("the stock's file");
    database.execute("UPDATE views SET cover = x'00' WHERE id = 2", []).expect("it is damaged");
    drop(database);
    let folder = other_bundle();
    let other = Bundle::open(folder.path()).expect("the other bundle");
    let renewed = Stock::renew(&path, &other, |_| Ok(embedding(other.embedding, 0)), |_, _| ());
    let Err(error) = renewed else { panic!("one is damaged") };
    assert!(error.to_string().contains("view 2 of"), "{error}");
    assert_eq!(Stock::open_unread(&path, &other).expect("it opens").unread(), 1);
}

#[test]
fn a_stock_whose_import_was_killed_opens_and_has_what_was_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = folder.path().join("table.csv");
    let covers = crate::common::files("tests/sleeves/flat", ".jpg");
    let mut text = String::from("title,cover\n");
    for number in 0..200 {
        let cover = covers[number % covers.len()].file_name().expect("a file").to_string_lossy();
        text += &format!("Record {number},{cover}\n");
    }
    fs::write(&table, text).expect("written");
    let path = folder.path().join("stock.db");
    let bundle = bundle();

    for round in 1..=3 {
        let words = started_by();
        let mut import = Command::new(&words[0])
            .args(&words[1..])
            .args(["stock", "import", "--config", "packaging/config.toml", "--bundle", "models/default"])
            .arg("--covers")
            .arg(root().join("tests/sleeves/flat"))
            .arg("--stock")
            .args([&path, &table])
            .current_dir(root())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let before = Stock::open(&path, &bundle).map_or(0, |stock| stock.len());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(120) {
            let now = Stock::open(&path, &bundle).map_or(0, |stock| stock.len());
            if now >= before + 2 * round {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        import.kill().expect("it is killed");
        import.wait().expect("it is gone");
        let mut said = String::new();
        import.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        let stock = Stock::open(&path, &bundle).expect("it opens");
        assert!(stock.len() >= before + 2 * round, "what was told stays: {said}");
        let titles: Vec<String> =
            stock.search("").iter().map(|record| record.details.title.clone()).collect();
        let wanted: Vec<String> = (0..titles.len()).map(|number| format!("Record {number}")).collect();
        assert_eq!(titles, wanted, "each once, in order, whole");
        for record in stock.search("") {
            assert_eq!(stock.covers(record.id).expect("its cover").len(), 1);
        }
    }
    let database = rusqlite::Connection::open(&path).expect("the stock's file");
    let check: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it can be checked");
    assert_eq!(check, "ok");
}

#[test]
fn a_file_with_other_tables_than_a_stock_has_is_not_used() {
    let bundle = bundle();
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
        SELECT x AS id, 'a' AS artist, 't' AS title, 1 AS year, 'g' AS genre, 's' AS shelf, 'p' AS price,
        'n' AS note, 0 AS corrected FROM c";
    for harm in [
        &format!("ALTER TABLE records RENAME TO others; CREATE VIEW records AS {endless}"),
        &format!("ALTER TABLE records RENAME TO others; CREATE VIEW records AS {endless} WHERE x = 0"),
        "CREATE TRIGGER t AFTER UPDATE ON records BEGIN DELETE FROM records; END",
        "ALTER TABLE records ADD COLUMN more TEXT",
        "DROP INDEX views_by_kept",
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("stock.db");
        drop(Stock::open_or_create(&path, &bundle).expect("an empty stock"));
        let database = rusqlite::Connection::open(&path).expect("the stock's file");
        database.execute_batch(harm).expect("it is harmed");
        drop(database);
        let refusal = Stock::open(&path, &bundle).expect_err("it is refused");
        assert!(refusal.is_damage() && refusal.to_string().contains("its tables are not those"), "{refusal}");
    }
}

#[test]
fn a_new_stock_can_be_read_by_its_user_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("stock.db");
    let stock = Stock::open_or_create(&path, &bundle()).expect("an empty stock");
    stock.add_without_cover(&details("A", "B", "")).expect("added");
    for entry in fs::read_dir(folder.path()).expect("a folder").flatten() {
        let mode = entry.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
    }
}

/// A text of a record.
type Field = fn(&mut Details) -> &mut String;

#[test]
fn a_text_that_is_too_long_is_refused_and_one_that_was_stored_is_shown_shortened_and_stays() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, bundle) = (folder.path().join("stock.db"), bundle());
    let stock = Stock::open_or_create(&path, &bundle).expect("an empty stock");
    let longest = Details {
        artist: "ё".repeat(MAX_NAME),
        title: "t".repeat(MAX_NAME),
        genre: "g".repeat(MAX_LABEL),
        shelf: "s".repeat(MAX_LABEL),
        price: "p".repeat(MAX_LABEL),
        note: "n".repeat(MAX_NOTE),
        year: None,
    };
    let id = stock.add_without_cover(&longest).expect("as long as may be");
    let fields: [(&str, Field); 6] = [
        ("artist", |told| &mut told.artist),
        ("title", |told| &mut told.title),
        ("genre", |told| &mut told.genre),
        ("shelf", |told| &mut told.shelf),
        ("price", |told| &mut told.price),
        ("note", |told| &mut told.note),
    ];
    for (name, field) in fields {
        let mut told = longest.clone();
        field(&mut told).push('x');
        for refused in [stock.add_without_cover(&told).map(drop), stock.edit(id, &told)] {
            let sentence = refused.expect_err("it is too long").to_string();
            assert!(sentence.starts_with(&format!("the {name} has ")), "{sentence}");
        }
    }
    drop(stock);

    let database = rusqlite::Connection::open(&path).expect("the stock's file");
    let long = "T".repeat(3_000_000);
    database.execute("UPDATE records SET title = ?", [&long]).expect("an earlier program took it");
    let stock = Stock::open(&path, &bundle).expect("it opens");
    let shown = stock.get(id).expect("the record").details.clone();
    assert_eq!(shown.title.chars().count(), MAX_NAME);
    assert!(shown.title.ends_with('…'));
    let told = Details { shelf: "C2".into(), ..shown };
    stock.edit(id, &told).expect("another field is told anew");
    stock.correct(id, "jazz").expect("and another");
    let stored = |what: &str| {
        let query = format!("SELECT {what} FROM records");
        database.query_row(&query, [], |row| row.get::<_, String>(0)).expect("a text")
    };
    assert_eq!(
        (stored("title") == long, stored("shelf").as_str(), stored("genre").as_str()),
        (true, "C2", "jazz")
    );
    stock.edit(id, &Details { title: "Short".into(), ..told }).expect("it is told anew");
    assert_eq!(stored("title"), "Short");
}
