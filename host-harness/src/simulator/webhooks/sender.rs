//! One request to a receiver.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, redirect, retry};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Counted from the start of the request.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

const SIGNATURE: &str = "calendly-webhook-signature";

/// Sends requests to receivers, without following redirects and without trying again.
#[derive(Default)]
pub(super) struct Sender(OnceLock<Option<Client>>);

/// The status of the answer, or why there is none.
pub(super) type Sent = Result<u16, &'static str>;

impl Sender {
    pub(super) async fn send(&self, url: &str, body: String, signature: Option<String>) -> Sent {
        // Most simulators never send anything, so there is no client before it is needed.
        let client = self.0.get_or_init(client).as_ref().ok_or("no connection")?;
        let mut request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
        if let Some(signature) = signature {
            request = request.header(SIGNATURE, signature);
        }
        match request.send().await {
            // What the receiver says besides is of no interest.
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) if error.is_timeout() => Err("timed out"),
            Err(_) => Err("no connection"),
        }
    }
}

/// A connection is not kept: one that the receiver has closed would make a try fail for nothing.
fn client() -> Option<Client> {
    // Whoever installed one first has chosen; both are complete.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT);
    builder.build().ok()
}
