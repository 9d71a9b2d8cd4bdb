//! What staff teach the kiosk is known from then on, and nothing else of what customers show is kept.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use sleevesight::kiosk::{House, PinFile};
use sleevesight::network::{Bundle, Reading};
use sleevesight::station::Eye;
use sleevesight::stock::{By, Candidate, Details, Known, Stock};
use sleevesight::verdict::{Likelihood, Recognition, Verdict, Word};
use tempfile::TempDir;

use crate::client::Answer;
use crate::common::root;
use crate::fakes::{SleeveEye, reading};
use crate::kiosk_tells::{Shop, genres};

/// A shop with a stock, and someone of the staff who is signed in.
struct Staffed {
    shop: Shop,
    stock: Arc<Stock>,
    token: String,
    cookie: String,
    length: usize,
    folder: TempDir,
}

impl Staffed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bundle = Bundle::open(&root().join("models/default")).expect("the shipped bundle");
        let stock = Stock::open_or_create(&folder.path().join("stock.db"), &bundle).expect("a new stock");
        let stock = Arc::new(stock);
        let pin = PinFile::in_folder(folder.path());
        pin.set("246810").expect("a PIN");
        let house = House {
            genres: genres(),
            pin: Some(pin),
            stock: Some(Arc::clone(&stock)),
            covers: Some(folder.path().join("covers")),
            ..House::default()
        };
        let shop = Shop::with(house);
        let token = shop.client.json("/api/staff")["token"].as_str().expect("a token").to_owned();
        let headers = [("Sleevesight-Token", token.as_str())];
        let answer = shop.client.ask("POST", "/api/staff/session", &headers, "{\"pin\":\"246810\"}");
        let cookie = answer.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        Self { shop, stock, token, cookie, length: bundle.embedding, folder }
    }

    fn embedding(&self, genre: usize) -> Vec<f32> {
        (0..self.length).map(|place| if place == genre { 1.0 } else { 0.0 }).collect()
    }

    /// A sleeve of this genre is shown; its number.
    fn show(&self, genre: usize) -> u64 {
        let before = self.shop.client.json("/api/verdict")["number"].as_u64().expect("a number");
        self.shop.say_of(Reading { embedding: self.embedding(genre), ..reading(genre) });
        self.shop.until(|state| state["number"] == before + 1);
        before + 1
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("Sleevesight-Token", self.token.as_str()), ("Cookie", self.cookie.as_str())];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.shop.client.ask(method, &format!("/api/staff{path}"), &headers, &body)
    }

    fn rows(&self) -> Vec<u64> {
        let inbox = self.ask("GET", "/inbox", &Value::Null).json();
        let rows = inbox["rows"].as_array().expect("a list");
        rows.iter().map(|row| row["said"]["number"].as_u64().expect("a number")).collect()
    }

    /// Teaches what is shown as a record of this title.
    fn teach(&self, number: u64, title: &str) -> i64 {
        let record =
            json!({ "record": { "title": title, "artist": "The Drawn", "shelf": "B3", "genre": "Jazz" } });
        let answer = self.ask("POST", &format!("/inbox/{number}/teach"), &record);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["id"].as_i64().expect("a number")
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path.display().to_string()] })
        .collect()
}

#[test]
fn what_is_taught_is_known_and_leaves_the_inbox() {
    let staffed = Staffed::new();
    let (first, second) = (staffed.show(0), staffed.show(1));
    assert_eq!(staffed.rows(), [second, first], "the newest first");
    let id = staffed.teach(first, "Blue Hour");
    assert_eq!(staffed.rows(), [second]);
    let known = staffed.stock.recognise(&staffed.embedding(0), &[]).known.expect("it is known");
    assert_eq!((known.record.id, known.record.details.title.as_str()), (id, "Blue Hour"));
    let thumbnail = staffed.shop.client.get(&format!("/api/stock/{id}/cover.jpg"));
    assert_eq!((thumbnail.status, thumbnail.header("content-type")), (200, "image/jpeg"));
    assert_eq!(staffed.shop.client.get("/api/stock/999/cover.jpg").status, 404);

    let again = json!({ "record": { "title": "Blue Hour" } });
    assert_eq!(staffed.ask("POST", &format!("/inbox/{first}/teach"), &again).status, 404, "it is settled");
    let view = staffed.ask("POST", &format!("/inbox/{second}/teach"), &json!({ "id": id }));
    assert_eq!(view.status, 200);
    let known = staffed.stock.recognise(&staffed.embedding(1), &[]).known.expect("it is known by that, too");
    assert_eq!(known.record.id, id);
}

#[test]
fn a_record_that_its_words_tell_gets_its_picture_by_one_touch() {
    let staffed = Staffed::new();
    let named =
        |title: &str| Details { title: title.into(), artist: "The Drawn".into(), ..Details::default() };
    let id = staffed.stock.add_without_cover(&named("Blue Hour")).expect("added");
    let other = staffed.stock.add_without_cover(&named("Blue Hours")).expect("added");
    let address = format!("/api/stock/{id}/cover.jpg");
    assert_eq!(staffed.shop.client.get(&address).status, 204, "it has no picture yet");
    assert_eq!(staffed.ask("GET", "/stock?find=blue", &Value::Null).json()["count"], 2);
    assert_eq!(staffed.ask("GET", "/export.tar", &Value::Null).status, 200);

    let reading = Reading { embedding: staffed.embedding(0), ..reading(0) };
    let verdict = SleeveEye::default().judge(&reading, None);
    let record = staffed.stock.get(id).expect("a record");
    let genre: Likelihood = verdict.genres[0].clone();
    let known = Known { record, by: By::Words, similarity: None, also: Vec::new() };
    let word = Word::Record(Recognition { known, genre });
    staffed.shop.say_this(reading.clone(), Verdict { word, ..verdict.clone() });
    let state = staffed.shop.until(|state| state["record"]["by"] == "words");
    assert!(state["record"]["similarity"].is_null() && state["candidates"] == json!([]));
    let number = state["number"].as_u64().expect("a number");
    let confirmed = staffed.ask("POST", &format!("/inbox/{number}/confirm"), &Value::Null);
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    assert_eq!(staffed.shop.client.get(&address).status, 200);
    assert_eq!(staffed.stock.lookalikes(&staffed.embedding(0), 1)[0].record.id, id);

    let candidates = [id, other].map(|id| Candidate(staffed.stock.get(id).expect("a record"))).to_vec();
    staffed.shop.say_this(reading, Verdict { candidates, ..verdict });
    let state = staffed.shop.until(|state| state["candidates"] != json!([]));
    assert!(state["record"].is_null());
    let told =
        json!({ "id": other, "artist": "The Drawn", "title": "Blue Hours", "year": null, "shelf": "" });
    assert_eq!(state["candidates"][1], told);
    let view = json!({ "id": other });
    let number = &state["number"];
    assert_eq!(staffed.ask("POST", &format!("/inbox/{number}/teach"), &view).status, 200);
    assert_eq!(staffed.stock.covers(other).expect("a record").len(), 1);
}

#[test]
fn what_cannot_be_taught_stays_in_the_inbox() {
    let staffed = Staffed::new();
    let number = staffed.show(0);
    for (lesson, status) in [
        (json!({ "record": { "title": " " } }), 400),
        (json!({ "record": { "titel": "Blue Hour" } }), 400),
        (json!({ "id": 999 }), 404),
    ] {
        let answer = staffed.ask("POST", &format!("/inbox/{number}/teach"), &lesson);
        assert_eq!(answer.status, status, "{lesson}: {answer:?}");
        assert!(answer.json()["error"].is_string());
        assert_eq!(staffed.rows(), [number]);
    }
    assert!(staffed.stock.is_empty());
}

#[test]
fn nothing_of_what_is_shown_is_kept_until_staff_turn_that_on() {
    let staffed = Staffed::new();
    let before = files(staffed.folder.path()).len();
    let correct = |number: u64, genre: &str| {
        staffed.ask("POST", &format!("/inbox/{number}/correct"), &json!({ "genre": genre })).status
    };
    let number = staffed.show(0);
    assert_eq!(staffed.ask("POST", &format!("/inbox/{number}/confirm"), &Value::Null).status, 204);
    assert_eq!(correct(staffed.show(1), "genre2"), 204);
    assert_eq!(files(staffed.folder.path()).len(), before);

    assert_eq!(staffed.ask("PUT", "/keep", &json!({ "keep": true })).status, 204);
    let number = staffed.show(0);
    assert_eq!(staffed.ask("POST", &format!("/inbox/{number}/confirm"), &Value::Null).status, 204);
    assert_eq!(correct(staffed.show(1), "genre2"), 204);
    for genre in ["genre0", "genre2"] {
        let kept = files(&staffed.folder.path().join("covers").join(genre));
        assert_eq!(kept.len(), 1, "{genre}");
        assert!(image::open(&kept[0]).is_ok());
    }
    let number = staffed.show(2);
    for genre in ["../../genre0", "", "a/b", "."] {
        assert_eq!(correct(number, genre), 400, "{genre:?}");
    }
    assert_eq!(staffed.rows(), [number], "it is still to be judged");
    assert_eq!(staffed.ask("PUT", "/keep", &json!({ "keep": false })).status, 204);
    let metrics = staffed.shop.client.get("/metrics");
    assert!(metrics.text().contains("sleevesight_judged_total{right=\"yes\"} 2"), "{}", metrics.text());
    assert!(metrics.text().contains("sleevesight_judged_total{right=\"no\"} 2"));
}

#[test]
fn the_stock_is_looked_up_told_anew_and_taken_away() {
    let staffed = Staffed::new();
    let (first, second) = (staffed.show(0), staffed.show(1));
    let (blue, green) = (staffed.teach(first, "Blue Hour"), staffed.teach(second, "Green Hour"));
    let found = |text: &str| staffed.ask("GET", &format!("/stock?find={text}"), &Value::Null).json();
    assert_eq!(found("hour")["count"], 2);
    assert_eq!(found("hour")["records"][0]["id"], green, "the last first");
    assert_eq!(found("blue%20drawn")["records"][0]["title"], "Blue Hour");
    assert_eq!(found("red")["records"], json!([]));
    let told = json!({ "title": "Blue Hour", "artist": "Lester Vane", "shelf": "C2", "year": 1961 });
    assert_eq!(staffed.ask("PUT", &format!("/stock/{blue}"), &told).status, 204);
    assert_eq!(found("vane")["records"][0]["shelf"], "C2");
    let long = json!({ "title": "Blue Hour", "shelf": "s".repeat(101) });
    let refused = staffed.ask("PUT", &format!("/stock/{blue}"), &long);
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["error"],
        "this cannot be understood (the shelf has 101 letters, and 100 are the most; shorten it)"
    );
    assert_eq!(found("vane")["records"][0]["shelf"], "C2", "it stays");
    assert_eq!(staffed.ask("DELETE", &format!("/stock/{green}"), &Value::Null).status, 204);
    assert_eq!(staffed.ask("DELETE", &format!("/stock/{green}"), &Value::Null).status, 404);
    assert_eq!(found("")["count"], 1);
}

#[test]
fn the_stock_can_be_taken_along_as_one_file() {
    let staffed = Staffed::new();
    staffed.teach(staffed.show(0), "Blue Hour");
    staffed.teach(staffed.show(1), "Green Hour");
    let answer = staffed.ask("GET", "/export.tar", &Value::Null);
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/x-tar"));
    let bytes = unchunked(&answer);
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut names = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("all of it");
        match name.as_str() {
            "stock.csv" => {
                let table = String::from_utf8_lossy(&content);
                assert!(table.contains("The Drawn,Blue Hour,,Jazz,B3"), "{table}");
            }
            _ => assert!(image::load_from_memory(&content).is_ok(), "{name}"),
        }
        names.push(name);
    }
    assert_eq!(names, ["covers/jazz/1-blue-hour.jpg", "covers/jazz/2-green-hour.jpg", "stock.csv"]);
}

#[test]
fn an_export_that_cannot_be_whole_says_what_is_missing() {
    let staffed = Staffed::new();
    let details = Details { title: "Blue Hour".into(), ..Details::default() };
    staffed.stock.add_without_cover(&details).expect("added");
    let database = rusqlite::Connection::open(staffed.folder.path().join("stock.db")).expect("the stock");
    let damage = "DROP TABLE embeddings; DROP TABLE views; CREATE TABLE views (record INTEGER)";
    database.execute_batch(damage).expect("it is damaged");
    let answer = staffed.ask("GET", "/export.tar", &Value::Null);
    assert_eq!(answer.status, 200);
    let bytes = unchunked(&answer);
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut files = archive.entries().expect("an archive").map(|entry| {
        let mut entry = entry.expect("an entry");
        let mut content = String::new();
        entry.read_to_string(&mut content).expect("text");
        (entry.path().expect("a name").display().to_string(), content)
    });
    assert_eq!(files.next().expect("the table").0, "stock.csv");
    let (name, sentence) = files.next().expect("what is missing");
    assert!(name == "LEFT-OUT.txt" && sentence.contains("the covers of 1 records could not"), "{sentence}");
    staffed.shop.until(|state| state["notices"].to_string().contains("could not be exported"));

    database.execute_batch("DROP TABLE views").expect("it is damaged");
    let answer = staffed.ask("GET", "/export.tar", &Value::Null);
    assert_eq!(answer.status, 500, "{answer:?}");
    assert!(answer.json()["error"].as_str().is_some_and(|text| text.contains("damaged")), "{answer:?}");
}

/// A body that came in parts, each after its length.
fn unchunked(answer: &Answer) -> Vec<u8> {
    let (mut left, mut whole) = (answer.body.as_slice(), Vec::new());
    while let Some(end) = left.windows(2).position(|pair| pair == b"\r\n") {
        let length = std::str::from_utf8(&left[..end]).expect("text");
        let length = usize::from_str_radix(length, 16).expect("a length");
        whole.extend(&left[end + 2..end + 2 + length]);
        left = &left[end + 4 + length..];
    }
    whole
}

#[test]
fn none_of_it_is_for_anyone_else() {
    let staffed = Staffed::new();
    let number = staffed.show(0);
    let record = json!({ "record": { "title": "Blue Hour" } }).to_string();
    let inbox = format!("/api/staff/inbox/{number}");
    for (method, path, body) in [
        ("GET", "/api/staff/inbox".to_owned(), ""),
        ("DELETE", inbox.clone(), ""),
        ("GET", format!("{inbox}/cover.jpg"), ""),
        ("POST", format!("{inbox}/confirm"), ""),
        ("POST", format!("{inbox}/correct"), "{\"genre\":\"genre0\"}"),
        ("POST", format!("{inbox}/teach"), record.as_str()),
        ("PUT", "/api/staff/keep".to_owned(), "{\"keep\":true}"),
        ("GET", "/api/staff/stock".to_owned(), ""),
        ("PUT", "/api/staff/stock/1".to_owned(), "{\"title\":\"Blue Hour\"}"),
        ("DELETE", "/api/staff/stock/1".to_owned(), ""),
        ("GET", "/api/staff/export.tar".to_owned(), ""),
    ] {
        let token = [("Sleevesight-Token", staffed.token.as_str())];
        assert_eq!(staffed.shop.client.ask(method, &path, &token, body).status, 401, "{method} {path}");
        if method != "GET" {
            let cookie = [("Cookie", staffed.cookie.as_str())];
            assert_eq!(staffed.shop.client.ask(method, &path, &cookie, body).status, 403, "{method} {path}");
        }
    }
    assert!(staffed.stock.is_empty());
    assert_eq!(staffed.rows(), [number]);
}
