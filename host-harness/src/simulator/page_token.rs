//! Page tokens.
//!
//! A token holds the position of the row beside the page, the direction, the time of issue, and a
//! digest of the request it belongs to. It is sealed, so that no other token passes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::call::Call;
use super::sorting::Position;
use super::uris::API;

/// How long a page token can be redeemed. The real service gives no figure; its tokens are known
/// to go stale.
const LIFETIME_S: i64 = 3_600;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) position: Position,
    /// Whether the page is the one before the position.
    pub(crate) backwards: bool,
    issued_s: i64,
    request: String,
}

/// The token of the page before or after a position.
pub(crate) fn issue(call: &Call, position: Position, backwards: bool) -> String {
    let mark = Mark { position, backwards, issued_s: seconds(call), request: request_digest(call) };
    let content = serde_json::to_vec(&mark).unwrap_or_default();
    let mut token = tag(call, &content).to_vec();
    token.extend(content);
    URL_SAFE_NO_PAD.encode(token)
}

/// What a token says, if it is one of ours, for this request, and not stale.
pub(crate) fn redeem(call: &Call, token: &str) -> Option<Mark> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (sent_tag, content) = bytes.split_at_checked(16)?;
    let mark: Mark = serde_json::from_slice(content).ok()?;
    let age_s = seconds(call) - mark.issued_s;
    let valid = sent_tag == tag(call, content)
        && mark.request == request_digest(call)
        && age_s <= LIFETIME_S;
    valid.then_some(mark)
}

fn seconds(call: &Call) -> i64 {
    call.now.micros() / 1_000_000
}

fn tag(call: &Call, content: &[u8]) -> [u8; 16] {
    let digest: [u8; 32] =
        Sha256::new().chain_update(call.seal).chain_update(content).finalize().into();
    let mut tag = [0; 16];
    tag.copy_from_slice(&digest[..16]);
    tag
}

/// What a page token is bound to: the caller, the path and every other parameter.
fn request_digest(call: &Call) -> String {
    let mut hash = Sha256::new();
    for part in [&call.caller, &call.path, &other_parameters(call).finish()] {
        hash.update(part);
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..8])
}

/// The URL of the page that a token leads to.
pub(crate) fn page_url(call: &Call, token: &str) -> String {
    let query = other_parameters(call).append_pair("page_token", token).finish();
    format!("{API}{}?{query}", call.path)
}

/// The parameters apart from the page token, in one order however they were sent.
fn other_parameters(call: &Call) -> form_urlencoded::Serializer<'static, String> {
    let mut pairs: Vec<_> = call.query.iter().filter(|(name, _)| name != "page_token").collect();
    pairs.sort();
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    serializer.extend_pairs(pairs);
    serializer
}
