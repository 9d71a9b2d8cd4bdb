//! The stock, as staff look it up, tell it anew, and take it along; and its thumbnails, which anyone may see.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;

use super::darkroom::Print;
use super::refusal::{Refusal, blocking};
use super::server::App;
use super::staff::Staff;
use crate::notices::Matter;
use crate::stock::{Details, Export, ExportedFile, Record, Stock, StockError};

/// How many records are told at once.
const MOST: usize = 60;

/// How many bytes of an export are sent at once, and how many such parts wait for a slow client.
const PART: usize = 64 << 10;
const WAITING: usize = 4;

/// The file of an archive that says what is not in it.
const LEFT_OUT: &str = "LEFT-OUT.txt";

/// What is told of a record. Only the title is owed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Told {
    artist: String,
    title: String,
    year: Option<i32>,
    genre: String,
    shelf: String,
    price: String,
    note: String,
}

impl From<Told> for Details {
    fn from(told: Told) -> Self {
        let Told { artist, title, year, genre, shelf, price, note } = told;
        Self { artist, title, year, genre, shelf, price, note }
    }
}

/// Where staff ask.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/stock", get(find))
        .route("/stock/{id}", put(edit).delete(remove))
        .route("/export.tar", get(export_all))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    find: String,
}

/// The records with all words of a text, the last that came first; only so many, and how many there are.
async fn find(
    Staff(app): Staff,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Query(Wanted { find }) = wanted?;
    let found = match &app.stage.house.stock {
        Some(stock) => {
            let stock = Arc::clone(stock);
            blocking(move || Ok(stock.search(&find))).await?
        }
        None => Vec::new(),
    };
    let records: Vec<&Record> = found.iter().rev().take(MOST).map(|record| &**record).collect();
    Ok(Json(json!({ "stock": app.stage.house.stock.is_some(), "count": found.len(), "records": records })))
}

async fn edit(
    Staff(app): Staff,
    Path(id): Path<i64>,
    body: Result<Json<Told>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    let Json(told) = body?;
    blocking(move || Ok(app.stage.house.stock()?.edit(id, &told.into())?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(Staff(app): Staff, Path(id): Path<i64>) -> Result<StatusCode, Refusal> {
    blocking(move || Ok(app.stage.house.stock()?.remove(id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A record's thumbnail, or nothing where it has no picture.
pub(super) async fn thumbnail(State(app): State<App>, Path(id): Path<i64>) -> Result<Response, Refusal> {
    let jpeg = blocking(move || Ok(app.stage.house.stock()?.thumbnail(id)?)).await?;
    Ok(jpeg.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |jpeg| Print(jpeg.into()).into_response()))
}

/// What is written goes to a client, part by part, as fast as it takes it.
struct Sent {
    parts: mpsc::Sender<io::Result<Bytes>>,
    part: Vec<u8>,
}

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let part = Bytes::from(std::mem::take(&mut self.part));
        self.parts.blocking_send(Ok(part)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// All of the stock as an archive: the table, and the covers in a folder per genre.
async fn export_all(Staff(app): Staff) -> Result<Response, Refusal> {
    let asked = app.clone();
    // A stock that cannot be read is said in place of an archive.
    blocking(move || Ok(Export::of(asked.stage.house.stock()?, &asked.stage.house.genres).map(drop)?))
        .await?;
    let (parts, received) = mpsc::channel(WAITING);
    spawn_blocking(move || {
        let Some(stock) = &app.stage.house.stock else { return };
        let sent = Sent { parts: parts.clone(), part: Vec::new() };
        if let Err(error) = archive(stock, &app, sent) {
            if error.kind() != io::ErrorKind::BrokenPipe {
                let sentence = format!("the export was cut short ({error}); export again");
                app.stage.house.notices.put(Matter::Stock, sentence);
            }
            // The client sees that the archive was cut short.
            let _ = parts.blocking_send(Err(error));
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"stock.tar\""),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(received))).into_response())
}

/// Writes the archive. Covers that cannot be read are left out, which a file in it says, and a notice.
fn archive(stock: &Stock, app: &App, sent: Sent) -> io::Result<()> {
    let mut archive = tar::Builder::new(sent);
    let mut put = |(path, bytes): ExportedFile| {
        let mut head = tar::Header::new_gnu();
        head.set_size(bytes.len() as u64);
        head.set_mode(0o644);
        archive.append_data(&mut head, path, bytes.as_slice())
    };
    let export = Export::of(stock, &app.stage.house.genres).map_err(io::Error::other)?;
    let mut left_out = Vec::new();
    for covers in export.covers() {
        match covers {
            Ok(covers) => covers.into_iter().try_for_each(&mut put)?,
            // Removed while this was written.
            Err(StockError::NoRecord(_)) => {}
            Err(error) => left_out.push(error.to_string()),
        }
    }
    put(export.table())?;
    if let Some(first) = left_out.first() {
        let count = left_out.len();
        let sentence = format!("the covers of {count} records could not be exported ({first})");
        put((LEFT_OUT.into(), (sentence.clone() + "\n").into_bytes()))?;
        app.stage.house.notices.put(Matter::Stock, sentence);
    }
    archive.into_inner()?.flush()
}
