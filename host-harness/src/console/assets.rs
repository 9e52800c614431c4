//! The stylesheet, the script and the icon. They are the same for everybody, and hold nothing.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use super::Shared;

const STYLE: &str = include_str!("assets/console.css");
const SCRIPT: &str = include_str!("assets/console.js");
const ICON: &str = include_str!("assets/icon.svg");

/// The path of the stylesheet; it changes with its content, so that browsers can keep it.
pub(super) fn style() -> String {
    format!("/assets/console.css?{}", version(STYLE))
}

/// The path of the script.
pub(super) fn script() -> String {
    format!("/assets/console.js?{}", version(SCRIPT))
}

fn version(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..4])
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/assets/console.css", get(|| asset("text/css; charset=utf-8", STYLE)))
        .route("/assets/console.js", get(|| asset("text/javascript; charset=utf-8", SCRIPT)))
        .route("/assets/icon.svg", get(|| asset("image/svg+xml", ICON)))
}

async fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
}
