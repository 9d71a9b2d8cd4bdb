//! What staff make of what was shown lately.

use std::sync::{MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::inbox::Inbox;
use super::refusal::Refusal;
use super::server::App;
use super::staff::Staff;

/// Where it is asked.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/inbox", get(list))
        .route("/inbox/{number}", delete(dismiss))
        .route("/inbox/{number}/cover.jpg", get(cover))
}

fn opened(app: &App) -> MutexGuard<'_, Inbox> {
    app.stage.inbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last sleeves of which something was said, the newest first.
async fn list(Staff(app): Staff) -> Json<Value> {
    let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let row = |at, said| json!({ "at": seconds(at), "said": said });
    let rows: Vec<Value> = opened(&app).iter().map(|showing| row(showing.at, &showing.said)).collect();
    Json(json!({ "rows": rows, "stock": false, "keep": false }))
}

async fn dismiss(Staff(app): Staff, Path(number): Path<u64>) -> Result<StatusCode, Refusal> {
    opened(&app).take(number).map(|_| StatusCode::NO_CONTENT).ok_or(Refusal::Gone)
}

async fn cover(Staff(app): Staff, Path(number): Path<u64>) -> Result<Response, Refusal> {
    let showing = opened(&app).get(number).ok_or(Refusal::Gone)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], showing.cover.clone()).into_response())
}
