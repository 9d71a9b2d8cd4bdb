//! The server: what is asked for where, and how much anyone may ask.

use std::net;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use super::Limits;
use super::follower::Stage;
use super::guard::Guard;
use super::places::{Peer, Places};
use super::refusal::{Refusal, told_as_json};
use super::staff::{self, Desk};
use super::subscribers::Subscribers;
use super::write_timeout::WriteTimeout;
use super::{public, shelves};
use crate::notices::{Matter, Notice};

/// How long clients may take to end when the kiosk does.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a client is told, and hung up on, when there are too many.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n\
    Content-Length: 58\r\n\r\n{\"error\":\"too many connections; close some and try again\"}";

/// What the page may do: nothing but with what it came with.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// What all handlers share.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) stage: Arc<Stage>,
    pub(super) guard: Arc<Guard>,
    pub(super) desk: Arc<Desk>,
    pub(super) subscribers: Arc<Subscribers>,
    pub(super) started: Instant,
}

/// All that can be asked for, behind its guards.
pub(super) fn router(stage: Stage, guard: Guard, desk: Desk, limits: &Limits) -> Router {
    let app = App {
        subscribers: Subscribers::new(limits.followers, Arc::clone(&stage.metrics)),
        stage: Arc::new(stage),
        guard: Arc::new(guard),
        desk: Arc::new(desk),
        started: Instant::now(),
    };
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/metrics", get(public::metrics))
        .route("/api/about", get(public::about))
        .route("/api/cover.jpg", get(public::cover))
        .route("/api/events", get(public::events))
        .route("/api/health", get(public::health))
        .route("/api/picture.jpg", get(public::picture))
        .route("/api/stock/{id}/cover.jpg", get(shelves::thumbnail))
        .route("/api/verdict", get(public::verdict))
        .route("/api/why.jpg", get(public::why))
        .nest("/api/staff", staff::routes())
        .fallback(get(public::page))
        .method_not_allowed_fallback(async || Refusal::Method)
        .layer(RequestBodyLimitLayer::new(limits.body))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits.answer))
        .layer(middleware::from_fn_with_state(app.clone(), guarded))
        .layer(header(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .with_state(app)
}

/// Lets a request through that passes the guard.
async fn guarded(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.guard.check(request.method(), request.uri(), request.headers()) {
        Ok(()) => {
            let keeps = keeps(request.method(), request.uri().path());
            let answer = told_as_json(next.run(request).await);
            let notices = &app.stage.house.notices;
            if let Some(Notice { matter, sentence }) = answer.extensions().get() {
                notices.put(*matter, sentence.clone());
            } else if keeps && answer.status().is_success() {
                // Where one thing could be kept, others can.
                notices.take(Matter::Disk, "what staff tell can be kept again");
            }
            answer
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Whether a request writes to the stock, whatever it says.
fn keeps(method: &Method, path: &str) -> bool {
    let stock = path.starts_with("/api/staff/stock/") && [Method::PUT, Method::DELETE].contains(method);
    stock || path.ends_with("/teach")
}

/// Serves until it is told to stop.
pub(super) fn run(
    listener: net::TcpListener,
    router: &Router,
    limits: &Limits,
    mut stop: watch::Receiver<bool>,
) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        let graceful = GracefulShutdown::new();
        let accepting = accept(&listener, router, limits, &graceful);
        let stopped = stop.wait_for(|stop| *stop);
        either(accepting, stopped).await;
        // Clients that hang are left to the system.
        let _ = timeout(FAREWELL, graceful.shutdown()).await;
    });
    // An export to one that does not read it, say.
    runtime.shutdown_timeout(FAREWELL);
}

/// Waits for whichever comes first.
async fn either(one: impl Future, other: impl Future) {
    let (mut one, mut other) = (std::pin::pin!(one), std::pin::pin!(other));
    std::future::poll_fn(|context| {
        let done = one.as_mut().poll(context).is_ready() || other.as_mut().poll(context).is_ready();
        if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

/// Takes connections, up to so many at once.
async fn accept(listener: &TcpListener, router: &Router, limits: &Limits, graceful: &GracefulShutdown) {
    let places = Places::new(limits);
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // The process has no descriptors left, say: that passes, and asking at once again would help nobody.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let peer = Peer::of(address.ip());
        let Some(place) = places.take(peer) else {
            tokio::spawn(turn_away(stream));
            continue;
        };
        let limits = places.limits();
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.call(request)
        });
        let stream = WriteTimeout::new(stream, limits.write);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(limits.head_bytes)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away in the middle of an answer is no error of ours.
            let _ = connection.await;
            drop(place);
        });
    }
}

/// Says that there are too many, and hangs up.
async fn turn_away(mut stream: TcpStream) {
    let told = async {
        stream.write_all(BUSY).await?;
        stream.shutdown().await
    };
    let _ = timeout(FAREWELL, told).await;
}
