//! What anyone may ask: the page, what is said, the picture, why, health and metrics.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::WatchStream;

use super::darkroom::Print;
use super::follower::News;
use super::inbox::Showing;
use super::page;
use super::places::Peer;
use super::refusal::Refusal;
use super::server::App;

/// How long a client that asks for the next picture is kept waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a stream of events says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// The number of a picture, by which the next one is asked for.
const NUMBER: HeaderName = HeaderName::from_static("sleevesight-number");

/// Where the sleeve lies in a picture.
const OUTLINE: HeaderName = HeaderName::from_static("sleevesight-outline");

/// A file of the page, or the word that there is nothing.
pub(super) async fn page(uri: Uri) -> Result<Response, Refusal> {
    let asset = page::asset(uri.path()).ok_or(Refusal::Nowhere)?;
    Ok(([(header::CONTENT_TYPE, asset.kind)], asset.text).into_response())
}

/// What the page must know before anything is said.
pub(super) async fn about(State(app): State<App>) -> Json<Value> {
    let house = &app.stage.house;
    let genres = house.genres.iter().map(|genre| {
        json!({
            "genre": genre.id, "family": genre.family, "color": genre.color,
            "names": { "en": genre.en, "ru": genre.ru }, "taught": genre.is_taught(),
        })
    });
    let families = house
        .families
        .iter()
        .map(|family| json!({ "family": family.id, "names": { "en": family.en, "ru": family.ru } }));
    let languages = page::languages().into_iter().map(|(id, name)| json!({ "language": id, "name": name }));
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "bundle": house.bundle,
        "language": app.stage.language,
        "languages": languages.collect::<Vec<_>>(),
        "genres": genres.collect::<Vec<_>>(),
        "families": families.collect::<Vec<_>>(),
    }))
}

pub(super) async fn verdict(State(app): State<App>) -> Response {
    let json = app.stage.news.borrow().json.clone();
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}

/// What is said, now and whenever it changes, until the station stops or too many others follow.
pub(super) async fn events(State(app): State<App>, Extension(peer): Extension<Peer>) -> impl IntoResponse {
    let news = app.subscribers.subscribe(peer, WatchStream::new(app.stage.news.clone()));
    let tell = |news: Arc<News>| Ok::<_, Infallible>(Event::default().event("state").data(&news.json));
    let events = Sse::new(news.map(tell)).keep_alive(KeepAlive::new().interval(ALIVE));
    // A proxy would hold them back until it has many (nginx, ngx_http_proxy_module, proxy_buffering).
    ([("x-accel-buffering", "no")], events)
}

#[derive(Deserialize)]
pub(super) struct WantedPicture {
    /// How wide the client is, in pixels.
    width: Option<u32>,
    /// The number of the picture that it has: it waits for another.
    after: Option<u64>,
}

/// What the camera sees, or nothing where it sees nothing.
pub(super) async fn picture(
    State(app): State<App>,
    wanted: Result<Query<WantedPicture>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(wanted) = wanted?;
    let mut shots = app.stage.shots.clone();
    if let Some(after) = wanted.after {
        let another = shots.wait_for(|shot| shot.as_ref().is_some_and(|shot| shot.number != after));
        if !matches!(timeout(PATIENCE, another).await, Ok(Ok(_))) {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    let Some(shot) = shots.borrow().clone() else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    app.stage.metrics.pictures.inc();
    let print = app.stage.darkroom.print(&shot, wanted.width.unwrap_or(640));
    let headers = [(NUMBER, shot.number.to_string()), (OUTLINE, shot.corners())];
    Ok((headers, Print(print)).into_response())
}

#[derive(Deserialize)]
pub(super) struct WantedReason {
    /// The number of what is being said.
    number: u64,
    /// The genre to speak for; where it is not named, the likeliest.
    genre: Option<String>,
}

/// The sleeve that is being shown, if that is its number: earlier ones are nobody's but the staff's.
fn showing(app: &App, number: u64) -> Result<Arc<Showing>, Refusal> {
    let news = Arc::clone(&app.stage.news.borrow());
    if news.told.number != number || !news.told.is_of_a_sleeve() {
        return Err(Refusal::Gone);
    }
    let inbox = app.stage.inbox.lock().unwrap_or_else(PoisonError::into_inner);
    inbox.last(number).ok_or(Refusal::Gone)
}

/// What on the cover speaks for a genre, and what against it.
pub(super) async fn why(
    State(app): State<App>,
    wanted: Result<Query<WantedReason>, QueryRejection>,
) -> Result<Print, Refusal> {
    let Query(wanted) = wanted?;
    let showing = showing(&app, wanted.number)?;
    // The network has no reason for a genre that it was not taught, or that only the shop has.
    let taught = || app.stage.house.genres.iter().take_while(|genre| genre.is_taught());
    let known = |genre: &str| taught().position(|known| known.id == genre);
    let likeliest =
        || showing.said.answer.genres.iter().map(|likely| &likely.genre).find(|genre| known(genre).is_some());
    let genre = wanted.genre.or_else(|| likeliest().cloned()).ok_or(Refusal::Gone)?;
    let unknown = || Refusal::Malformed(format!("there is no evidence map for `{}`", genre.escape_debug()));
    let place = known(&genre).ok_or_else(unknown)?;
    app.stage.darkroom.reason(&showing, place).map(Print).ok_or_else(unknown)
}

/// The flat cover of the sleeve that is being shown.
pub(super) async fn cover(
    State(app): State<App>,
    wanted: Result<Query<WantedReason>, QueryRejection>,
) -> Result<Print, Refusal> {
    let Query(wanted) = wanted?;
    Ok(Print(showing(&app, wanted.number)?.cover.clone()))
}

/// Whether all is well: 200 where it is, 503 where it is not.
pub(super) async fn health(State(app): State<App>) -> Response {
    let news = Arc::clone(&app.stage.news.borrow());
    let (status, word) = match news.told.trouble {
        None => (StatusCode::OK, "ok"),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "trouble"),
    };
    let metrics = &app.stage.metrics;
    let body = json!({
        "status": word,
        "trouble": news.told.trouble,
        "phase": news.told.phase,
        "version": env!("CARGO_PKG_VERSION"),
        "bundle": app.stage.house.bundle,
        "frames": metrics.frames(),
        "seconds": app.started.elapsed().as_secs(),
    });
    (status, Json(body)).into_response()
}

pub(super) async fn metrics(State(app): State<App>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], app.stage.metrics.text()).into_response()
}
