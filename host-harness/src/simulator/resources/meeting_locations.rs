//! The places where somebody can meet.

use serde_json::json;

use super::locations::KINDS;
use crate::simulator::account::Account;
use crate::simulator::answer::Outcome;
use crate::simulator::call::{Call, Endpoint};
use crate::simulator::errors::{ApiError, Violations};
use crate::simulator::paging::unpaged;

pub(crate) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/locations", "locations:read", list).query(&["user"])];

/// The conferencing providers that everybody here has connected.
const CONNECTED: [&str; 2] = ["google_conference", "zoom_conference"];

/// Whose locations others may read is not documented. What somebody has connected is their own
/// affair, and their admin's.
fn list(call: &Call, account: &mut Account) -> Outcome {
    let mut violations = Violations::default();
    let user = call.required_reference("user", "users", &mut violations);
    violations.check()?;
    account.check_member(user)?;
    if user != call.caller && !account.is_admin(&call.caller) {
        return Err(ApiError::NO_PERMISSION);
    }
    let locations = KINDS.iter().map(|kind| {
        // Only a conference needs something connected.
        if kind.ends_with("_conference") {
            json!({ "kind": kind, "connected": CONNECTED.contains(kind) })
        } else {
            json!({ "kind": kind })
        }
    });
    unpaged(locations.collect())
}
