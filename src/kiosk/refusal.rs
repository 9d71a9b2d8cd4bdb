//! What is not done, and why.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::task::spawn_blocking;

use crate::notices::{Matter, Notice};
use crate::stock::StockError;

/// Why a request is not answered as it was meant. Each is a status and a sentence, `{"error": "…"}`.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(
        "this machine is not called that; name the kiosk's address, or put the name into `hosts` under [kiosk]"
    )]
    Host,
    #[error("another page asks; only the kiosk's own may")]
    Origin,
    #[error("the token is missing or old; load the page anew (a program finds it at /api/staff)")]
    Token,
    #[error("there is nothing at this address; docs/kiosk.md tells what there is")]
    Nowhere,
    #[error("this cannot be done to this address; docs/kiosk.md tells what can")]
    Method,
    #[error("there is no such thing any more; it was of a sleeve that is gone")]
    Gone,
    #[error("this cannot be understood ({0})")]
    Malformed(String),
    #[error("staff only; sign in with the PIN")]
    SignIn,
    #[error("this is not the PIN")]
    Pin,
    #[error("no PIN is set; set one with: sleevesight kiosk pin")]
    NoPin,
    #[error("there is no stock; start the station with --stock FILE")]
    NoStock,
    #[error("the request is too long")]
    TooLong,
    #[error("this took too long; try again when the station has less to do")]
    TooSlow,
    #[error("too many tries; wait {0} seconds")]
    Tries(u64),
    #[error("{0}")]
    Failed(String),
    /// As that, of what all should see who stand before the screen.
    #[error("{1}")]
    Noticed(Matter, String),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin | Self::Token | Self::Pin => StatusCode::FORBIDDEN,
            Self::Nowhere | Self::Gone => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoPin | Self::NoStock => StatusCode::CONFLICT,
            Self::Tries(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) | Self::Noticed(..) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What was refused before it came to us is told as all else is: as JSON.
pub(super) fn told_as_json(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_error || is_json {
        return response;
    }
    let refusal = match status {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLong,
        StatusCode::SERVICE_UNAVAILABLE => Refusal::TooSlow,
        StatusCode::NOT_FOUND => Refusal::Nowhere,
        _ => Refusal::Malformed(status.canonical_reason().unwrap_or("it is none of ours").to_lowercase()),
    };
    let (mut head, _) = response.into_parts();
    let (own, body) = refusal.into_response().into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.extend(own.headers);
    Response::from_parts(head, body)
}

/// Does what may wait for a disk, apart from what answers clients.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(Refusal::Failed(error.to_string())))
}

impl From<JsonRejection> for Refusal {
    fn from(error: JsonRejection) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLong,
            _ => Self::Malformed(error.body_text()),
        }
    }
}

impl From<QueryRejection> for Refusal {
    fn from(error: QueryRejection) -> Self {
        Self::Malformed(error.body_text())
    }
}

impl From<StockError> for Refusal {
    fn from(error: StockError) -> Self {
        match error {
            StockError::NoRecord(_) => Self::Gone,
            StockError::NoTitle | StockError::TooLong { .. } => Self::Malformed(error.to_string()),
            StockError::Full(_) | StockError::ReadOnly { .. } | StockError::File { .. } => {
                Self::Noticed(Matter::Disk, error.to_string())
            }
            StockError::Damaged { .. } => Self::Noticed(Matter::Stock, error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(serde_json::json!({ "error": self.to_string() }));
        let mut response = (self.status(), body).into_response();
        match self {
            Self::Tries(seconds) => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Noticed(matter, sentence) => {
                response.extensions_mut().insert(Notice { matter, sentence });
            }
            _ => {}
        }
        response
    }
}
