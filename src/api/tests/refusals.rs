//! From Calendly's status and body to the contract's codes: every documented error body, in the
//! order of `tests/fixtures/errors.json`.

use super::*;
use crate::api::failure::{insufficient_scope, refusal};
use crate::host::fake::ACCESS;
use ErrorCode as E;

const FIXTURE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/errors.json"));

/// Of each body: the case it documents, its code, and the reason of a `permission-denied`.
const EXPECTED: [(&str, ErrorCode, &str); 51] = [
    ("Caller is not the event owner", E::PermissionDenied, "not-yours"),
    ("Caller is not an organization owner/admin", E::PermissionDenied, "not-yours"),
    ("caller is not a member of the team", E::PermissionDenied, "not-yours"),
    ("Caller is not part of organization", E::PermissionDenied, "role-too-low"),
    ("Caller requests alternate user within organization", E::PermissionDenied, "role-too-low"),
    ("Requested user is not in organization", E::PermissionDenied, "not-yours"),
    ("Caller does not have access to user's events", E::PermissionDenied, "role-too-low"),
    ("Caller does not have access", E::PermissionDenied, "role-too-low"),
    ("Caller's Role is not Admin/Owner", E::PermissionDenied, "role-too-low"),
    ("Caller is not in organization", E::PermissionDenied, "not-yours"),
    ("Unauthorized", E::PermissionDenied, "not-yours"),
    ("Caller is not the event owner", E::PermissionDenied, "not-yours"),
    ("Caller is not an organization owner/admin", E::PermissionDenied, "not-yours"),
    ("Caller is not team manager of a team event", E::PermissionDenied, "not-yours"),
    ("Email is Invalid", E::Rejected, ""),
    ("Email is Blank", E::Rejected, ""),
    ("Email Exists in Organization", E::Rejected, ""),
    ("Invitation Already Exists", E::Rejected, ""),
    ("Race Condition", E::Conflict, ""),
    ("Quantity Overflow", E::PlanUpgradeRequired, ""),
    ("Trial Quantity Overflow", E::PlanUpgradeRequired, ""),
    ("Invitation Already Accepted", E::Rejected, ""),
    ("When org has SCIM enabled", E::PermissionDenied, "managed-by-scim"),
    ("When invitation does not belong to organization", E::PermissionDenied, "role-too-low"),
    ("When user is not an admin/owner", E::PermissionDenied, "role-too-low"),
    ("User belongs to another organization", E::PermissionDenied, "not-yours"),
    ("Caller's Role is User", E::PermissionDenied, "role-too-low"),
    ("Member is Owner", E::PermissionDenied, "not-possible"),
    ("Member is the caller's account", E::PermissionDenied, "not-possible"),
    ("Member belongs to another Organization", E::PermissionDenied, "not-yours"),
    ("User belongs to another organization", E::PermissionDenied, "not-yours"),
    ("Caller's account is basic tier", E::PlanUpgradeRequired, ""),
    ("Caller's account is essentials tier", E::PlanUpgradeRequired, ""),
    ("Caller is not the user of the account", E::PermissionDenied, "role-too-low"),
    ("Requested user does not belong to organization", E::PermissionDenied, "role-too-low"),
    ("URL Already Exists", E::Conflict, ""),
    ("Caller is not part of organization", E::PermissionDenied, "role-too-low"),
    ("Caller is not an admin/owner of the organization", E::PermissionDenied, "role-too-low"),
    ("Caller is not the user of the account", E::PermissionDenied, "role-too-low"),
    ("Requested user account does not belong to organization", E::PermissionDenied, "role-too-low"),
    ("Missing Billing Permission", E::PlanUpgradeRequired, ""),
    ("Invalid Data Request Permission", E::PermissionDenied, "missing-permission"),
    ("Caller holds non-enterpise account", E::PlanUpgradeRequired, ""),
    ("Caller's Role is not admin/owner", E::PermissionDenied, "role-too-low"),
    ("Caller is not in organization", E::PermissionDenied, "role-too-low"),
    ("Caller and user are not in same organization", E::PermissionDenied, "not-yours"),
    ("Calendar Connection Failed", E::UpstreamUnavailable, ""),
    ("Caller is not in authenticated user's org", E::PermissionDenied, "not-yours"),
    ("Caller is not in authenticated user's org", E::PermissionDenied, "not-yours"),
    ("Missing Billing Permission", E::PlanUpgradeRequired, ""),
    ("Invalid Data Request Permission", E::PermissionDenied, "missing-permission"),
];

fn refused(status: u16, body: Value) -> Error {
    refusal(&reply(status, body), &[], &[])
}

#[test]
fn every_documented_body_has_its_code() {
    let documented: Vec<Value> = serde_json::from_str(FIXTURE).unwrap();
    assert_eq!(documented.len(), EXPECTED.len());
    for (entry, (case, code, reason)) in documented.iter().zip(EXPECTED) {
        assert_eq!(entry["case"], case);
        let status = entry["status"].as_str().unwrap().parse().unwrap();
        let error = refused(status, entry["body"].clone());
        let place = format!("{} {} {case}", entry["method"], entry["path"]);
        assert_eq!(error.code, code, "{place}");
        let detail = error.detail.as_ref().unwrap();
        assert_eq!(detail["reason"].as_str().unwrap_or_default(), reason, "{place}");
        for member in ["title", "message"] {
            assert_eq!(detail["calendly"][member], entry["body"][member], "{place}");
        }
        assert!(error.next_step.ends_with('.') && error.message.len() > 20);
    }
}

#[test]
fn other_words_that_calendly_uses_have_their_codes_too() {
    let cases = [
        (403, "You are not allowed to cancel this event", E::PermissionDenied),
        (403, "Event in the past", E::Conflict),
        (403, "Event is already canceled", E::Conflict),
        (403, "Please upgrade to a paid Calendly account.", E::PlanUpgradeRequired),
        (403, "Please upgrade your Calendly account to Standard", E::PlanUpgradeRequired),
        (
            403,
            "The Scheduling API is only available on paid Calendly plans. Upgrade your plan to \
             access this feature.",
            E::PlanUpgradeRequired,
        ),
        (
            403,
            "Contact creation is not available. Required features are not enabled for your account.",
            E::PlanUpgradeRequired,
        ),
        (401, "The access token is invalid", E::ReauthorizationRequired),
        (404, "The server could not find the requested resource.", E::NotFound),
        (409, "The resource already exists", E::Conflict),
        (422, "The supplied parameters are invalid.", E::Rejected),
        (429, "", E::RateLimited),
        (500, "The server encountered an unexpected condition", E::UpstreamUnavailable),
        (503, "", E::UpstreamUnavailable),
        (418, "I'm a teapot", E::UpstreamUnavailable),
        (301, "", E::UpstreamUnavailable),
    ];
    for (status, message, code) in cases {
        let error = refused(status, json!({"title": "Permission Denied", "message": message}));
        assert_eq!(error.code, code, "{status} {message}");
    }
}

#[test]
fn a_body_of_any_form_is_read_as_far_as_it_goes() {
    for body in [json!([]), json!("no"), json!({"title": 5, "details": {"a": 1}}), Value::Null] {
        assert_eq!(refused(400, body.clone()).code, E::Rejected, "{body}");
        assert_eq!(refused(403, body).code, E::PermissionDenied);
    }
    let mut page = reply(502, Value::Null);
    page.body.extend(b"\xFF<html>");
    assert_eq!(refusal(&page, &[], &[]).code, E::UpstreamUnavailable);
}

#[test]
fn a_rejection_gives_calendlys_reasons() {
    let body = json!({
        "title": "Invalid Argument",
        "message": "The supplied parameters are invalid.",
        "details": [
            {"parameter": "email", "message": "must be filled"},
            {"message": "is odd", "code": "x"},
        ],
    });
    let error = refused(400, body);
    assert_eq!(error.message, "Calendly refused the request: email: must be filled; is odd");
    assert_eq!(error.detail.as_ref().unwrap()["calendly"]["details"][1]["code"], "x");
    assert_eq!(error.retry, Retry::Never);
}

#[test]
fn a_race_at_calendly_is_worth_another_try() {
    let body = json!({"title": "Race Condition", "message": "Please try the request again."});
    assert_eq!(refused(400, body).retry, Retry::Backoff);
}

#[test]
fn a_missing_scope_is_named() {
    let body = json!({
        "title": "Insufficient scope",
        "message": "This operation requires the scopes listed in the 'required_scopes' array.",
        "required_scopes": ["contacts:read", "contacts:write"],
    });
    let granted = ["contacts:read".to_owned(), "users:read".to_owned()];
    let error = refusal(&reply(403, body), &["groups:read"], &granted);
    assert_eq!(error.code, E::InsufficientScope);
    let detail = error.detail.as_ref().unwrap();
    assert_eq!(detail["required"], json!(["contacts:read", "contacts:write"]));
    assert_eq!(detail["granted"], json!(["contacts:read", "users:read"]));
    assert_eq!(detail["missing"], json!(["contacts:write"]));
    assert!(error.message.contains("contacts:write") && !error.message.contains("contacts:read"));
    assert!(error.next_step.contains("contacts:write"));
}

#[test]
fn a_missing_scope_that_calendly_does_not_name_is_the_one_the_request_needs() {
    let (host, connection) = connected();
    host.answer("GET /groups", 403, json!({"title": "Insufficient scope"}));
    let call = Call::get("/groups").needing(&["groups:read"]);
    let error = send(&host, &connection, &call).unwrap_err();
    assert_eq!(error.code, E::InsufficientScope);
    let detail = error.detail.as_ref().unwrap();
    assert_eq!(detail["granted"], json!(["default"]));
    // The grant seems to reach, and Calendly says it does not: all that was needed is named.
    assert_eq!(detail["missing"], json!(["groups:read"]));
    assert_eq!(insufficient_scope(&["a:read"], &["a:write".to_owned()]).code, E::InsufficientScope);
}

#[test]
fn a_request_id_that_is_none_is_left_out() {
    let long = "a".repeat(129);
    for id in ["", "a b", "a\u{e4}", "<b>", "a\u{1b}[2J", &*long, ACCESS, &format!("x-{ACCESS}")] {
        let id = id.to_owned();
        let (host, connection) = connected();
        host.on("GET /contacts", move |_, _| {
            Ok(with_header(reply(404, json!({})), "x-request-id", &id))
        });
        let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
        assert_eq!(error.request_id, None);
    }
    let longest = "a".repeat(128);
    for id in ["9C2f-3f0e_7b1d.4", &*longest] {
        let id = id.to_owned();
        let (host, connection) = connected();
        let answer = with_header(reply(404, json!({})), "x-request-id", &id);
        host.on("GET /contacts", move |_, _| Ok(answer));
        let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
        assert_eq!(error.request_id, Some(id));
    }
}

#[test]
fn the_request_id_is_carried_along() {
    let (host, connection) = connected();
    host.on("GET /contacts", |_, _| {
        Ok(with_header(reply(404, json!({})), "x-request-id", "req-42"))
    });
    let error = send(&host, &connection, &Call::get("/contacts")).unwrap_err();
    assert_eq!(error.request_id.as_deref(), Some("req-42"));
    assert_eq!(refused(404, json!({})).request_id, None);
}
