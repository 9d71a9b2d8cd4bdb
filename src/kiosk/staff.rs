//! What only staff may ask, after they signed in with the PIN.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;

use super::attempts::Attempts;
use super::guard;
use super::lessons;
use super::pin::{HashMemory, PinProof};
use super::refusal::{Refusal, blocking};
use super::server::App;
use super::sessions::Sessions;
use super::shelves;
use super::{KioskSettings, PinError, PinFile};
use crate::file;

/// The name of the cookie by which a browser is known that staff signed in on.
const COOKIE: &str = "sleevesight-staff";

/// Who is at the desk: the PIN, the tries to guess it, and who is signed in.
#[derive(Debug)]
pub(super) struct Desk {
    pin: Option<PinFile>,
    attempts: Mutex<Attempts>,
    sessions: Mutex<Sessions>,
    /// A hash takes 19 MB and some time: one at a time, whatever becomes of who asked for it.
    hashing: Arc<AsyncMutex<HashMemory>>,
    /// Whether covers of what is judged are kept.
    keeps: AtomicBool,
}

impl Desk {
    pub(super) fn new(settings: &KioskSettings, pin: Option<PinFile>) -> Self {
        let tries = pin.as_ref().map(PinFile::tries);
        let attempts = tries.map(|file| Attempts::kept(&file, Instant::now(), SystemTime::now()));
        Self {
            pin,
            attempts: Mutex::new(attempts.unwrap_or_default()),
            sessions: Mutex::new(Sessions::new(settings.staff_time())),
            hashing: Arc::default(),
            keeps: AtomicBool::new(false),
        }
    }

    /// Whether covers of what is judged are kept.
    pub(super) fn keeps(&self) -> bool {
        self.keeps.load(Ordering::Relaxed)
    }

    pub(super) fn keep(&self, keep: bool) {
        self.keeps.store(keep, Ordering::Relaxed);
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The word of a browser that staff are signed in on.
    fn known<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let word = word(headers)?;
        let proof = self.pin.as_ref().and_then(|pin| pin.proof().ok());
        self.sessions().is_open(word, proof.as_ref(), Instant::now()).then_some(word)
    }

    /// Refuses who is not signed in. Who changes something stays so for longer.
    fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        let word = self.known(headers).ok_or(Refusal::SignIn)?;
        if !method.is_safe() {
            self.sessions().renew(word, Instant::now());
        }
        Ok(())
    }

    /// Whether this is the PIN, and by what; asked at most so often.
    async fn check(&self, pin: String) -> Result<PinProof, Refusal> {
        let file = self.pin.clone().filter(PinFile::is_set).ok_or(Refusal::NoPin)?;
        self.attempts().admit(Instant::now()).map_err(|wait| Refusal::Tries(wait.as_secs() + 1))?;
        // It goes with the hash, which cannot be stopped: whoever asked may hang up meanwhile.
        let mut memory = Arc::clone(&self.hashing).lock_owned().await;
        let tries = self.attempts().text(Instant::now(), SystemTime::now());
        let failed = |error: PinError| Refusal::Failed(error.to_string());
        blocking(move || {
            // On a disk that takes nothing, the count begins anew at the next start.
            let _ = file::write_private(&file.tries(), tries.as_bytes());
            let proof = file.proof().map_err(failed)?;
            if proof.is_of(&pin, &mut memory) { Ok(proof) } else { Err(Refusal::Pin) }
        })
        .await
    }
}

/// The word in the cookie.
fn word(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Someone who is signed in: whatever only staff may ask takes one.
pub(super) struct Staff(pub(super) App);

impl FromRequestParts<App> for Staff {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        app.desk.admit(&parts.method, &parts.headers)?;
        Ok(Self(app.clone()))
    }
}

/// Where staff ask.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(about))
        .route("/session", post(sign_in).delete(sign_out))
        .merge(lessons::routes())
        .merge(shelves::routes())
}

/// Whether anyone is signed in, and the token for whatever changes something.
async fn about(State(app): State<App>, headers: HeaderMap) -> Json<Value> {
    let desk = &app.desk;
    Json(json!({
        "token": app.guard.token(),
        "pin": desk.pin.as_ref().is_some_and(PinFile::is_set),
        "signed_in": desk.known(&headers).is_some(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    pin: String,
}

async fn sign_in(
    State(app): State<App>,
    body: Result<Json<SignIn>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(SignIn { pin }) = body?;
    let proof = app.desk.check(pin).await?;
    let word = guard::token().map_err(|error| Refusal::Failed(error.to_string()))?;
    let cookie = format!("{COOKIE}={word}; Path=/api/staff; HttpOnly; SameSite=Strict");
    app.desk.sessions().open(word, proof, Instant::now());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Some(word) = word(&headers) {
        app.desk.sessions().close(word);
    }
    let cookie = format!("{COOKIE}=; Path=/api/staff; HttpOnly; SameSite=Strict; Max-Age=0");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
