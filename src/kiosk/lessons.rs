//! What staff make of what was shown lately: it was right, it was wrong, or it is taught.

use std::path::Path as FilePath;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use axum::extract::Path;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::darkroom::Print;
use super::inbox::{Inbox, Showing};
use super::refusal::{Refusal, blocking};
use super::server::App;
use super::shelves::Told;
use super::staff::Staff;
use crate::file;
use crate::notices::Matter;
use crate::sleeve::Cover;
use crate::stock::{Kept, Stock, StockError};

/// Where it is asked.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/inbox", get(list))
        .route("/inbox/{number}", delete(dismiss))
        .route("/inbox/{number}/cover.jpg", get(cover))
        .route("/inbox/{number}/confirm", post(confirm))
        .route("/inbox/{number}/correct", post(correct))
        .route("/inbox/{number}/teach", post(teach))
        .route("/keep", put(keep))
}

fn opened(app: &App) -> MutexGuard<'_, Inbox> {
    app.stage.inbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last sleeves of which something was said, the newest first.
async fn list(Staff(app): Staff) -> Json<Value> {
    let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let row = |at, said| json!({ "at": seconds(at), "said": said });
    let rows: Vec<Value> = opened(&app).iter().map(|showing| row(showing.at, &showing.said)).collect();
    Json(json!({ "rows": rows, "stock": app.stage.house.stock.is_some(), "keep": app.desk.keeps() }))
}

async fn cover(Staff(app): Staff, Path(number): Path<u64>) -> Result<Print, Refusal> {
    opened(&app).get(number).map(|showing| Print(showing.cover.clone())).ok_or(Refusal::Gone)
}

async fn dismiss(Staff(app): Staff, Path(number): Path<u64>) -> Result<StatusCode, Refusal> {
    opened(&app).take(number).map(|_| StatusCode::NO_CONTENT).ok_or(Refusal::Gone)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keep {
    keep: bool,
}

/// Whether covers of what is judged are kept from now on, until the program ends.
async fn keep(Staff(app): Staff, body: Result<Json<Keep>, JsonRejection>) -> Result<StatusCode, Refusal> {
    let Json(Keep { keep }) = body?;
    if keep && app.stage.house.covers.is_none() {
        return Err(Refusal::Failed(
            "there is no folder to keep covers in; set `state` in the configuration".into(),
        ));
    }
    app.desk.keep(keep);
    Ok(StatusCode::NO_CONTENT)
}

/// Does something with a showing, which is then no longer in the inbox; where it fails, it is again.
async fn settled<T: Send + 'static>(
    app: &App,
    number: u64,
    work: impl FnOnce(&Showing) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let showing = opened(app).take(number).ok_or(Refusal::Gone)?;
    let worked_on = Arc::clone(&showing);
    let outcome = blocking(move || work(&worked_on)).await;
    if outcome.is_err() {
        opened(app).put_back(showing);
    }
    outcome
}

/// What was said is right: of a record, this is another view of it; of a genre, its cover is kept where that is wished.
async fn confirm(Staff(app): Staff, Path(number): Path<u64>) -> Result<StatusCode, Refusal> {
    let shelf = shelf(&app);
    let house = app.clone();
    settled(&app, number, move |showing| {
        match (&showing.said.record, &showing.said.answer.genre) {
            (Some(known), _) => teach_view(house.stage.house.stock()?, known.record.id, showing)?,
            (None, Some(genre)) => keep_cover(shelf.as_deref(), genre, showing)?,
            (None, None) => {
                return Err(Refusal::Malformed("nothing was said that could be right".into()));
            }
        }
        house.stage.metrics.judge(true);
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    genre: String,
}

/// The genre is another: of a record, that is told to the stock; else its cover is kept where that is wished.
async fn correct(
    Staff(app): Staff,
    Path(number): Path<u64>,
    body: Result<Json<Correction>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    let Json(Correction { genre }) = body?;
    let shelf = shelf(&app);
    let house = app.clone();
    settled(&app, number, move |showing| {
        match &showing.said.record {
            Some(known) => house.stage.house.stock()?.correct(known.record.id, &genre)?,
            None => keep_cover(shelf.as_deref(), &genre, showing)?,
        }
        house.stage.metrics.judge(showing.said.answer.genre.as_ref() == Some(&genre));
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// What is taught: a new record, or another view of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
enum Lesson {
    Record(Told),
    Id(i64),
}

async fn teach(
    Staff(app): Staff,
    Path(number): Path<u64>,
    body: Result<Json<Lesson>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(lesson) = body?;
    let house = app.clone();
    let id = settled(&app, number, move |showing| {
        let stock = house.stage.house.stock()?;
        match lesson {
            Lesson::Record(told) => {
                Ok(stock.add(&told.into(), &kept(showing)?, &showing.reading.embedding)?)
            }
            Lesson::Id(id) => teach_view(stock, id, showing).map(|()| id),
        }
    })
    .await?;
    Ok(Json(json!({ "id": id })))
}

fn teach_view(stock: &Stock, id: i64, showing: &Showing) -> Result<(), Refusal> {
    Ok(stock.teach(id, &kept(showing)?, &showing.reading.embedding)?)
}

fn kept(showing: &Showing) -> Result<Kept, StockError> {
    let cover = Cover::centred(&showing.picture());
    Kept::of(&cover).map_err(|error| StockError::Cover(error.to_string()))
}

/// The folder for covers, where they are to be kept.
fn shelf(app: &App) -> Option<std::path::PathBuf> {
    app.stage.house.covers.clone().filter(|_| app.desk.keeps())
}

/// Keeps a cover in a folder per genre, from which the trainer can learn.
fn keep_cover(shelf: Option<&FilePath>, genre: &str, showing: &Showing) -> Result<(), Refusal> {
    let plain = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let refused = || Refusal::Malformed("a genre is told by its id, of letters and digits".into());
    if !genre.chars().all(plain) {
        return Err(refused());
    }
    let folder = file::below(shelf.unwrap_or(FilePath::new("")), genre).ok_or_else(refused)?;
    if shelf.is_none() {
        return Ok(());
    }
    let millis = showing.at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    // The clock may have jumped back, or stand still: no cover takes another's place.
    let written = || {
        fs::create_dir_all(&folder)?;
        file::write_new_private(&folder, &millis.to_string(), "jpg", &showing.cover)
    };
    written().map(drop).map_err(|error: io::Error| {
        let folder = folder.display();
        let sentence = format!("no cover can be kept in {folder} ({error}); check the disk");
        Refusal::Noticed(Matter::Disk, sentence)
    })
}
