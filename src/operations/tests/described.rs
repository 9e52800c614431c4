//! What the manifest can say of the operations.

use std::collections::BTreeSet;

use super::*;
use crate::oauth::scopes::ALL_NAMES;

#[test]
fn every_operation_is_found_by_its_name_and_described() {
    let names: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(names.len(), OPERATIONS.len());
    for one in OPERATIONS {
        assert_eq!(operation(one.name).unwrap().label, one.label);
        assert!(
            one.name.starts_with("calendly.") && one.description.ends_with('.'),
            "{}",
            one.name
        );
        for property in one.input.properties.iter().chain(one.output.properties) {
            assert!(property.description.ends_with('.') || property.description.ends_with('…'));
        }
        if let Access::Scopes(scopes) = one.access {
            assert!(!scopes.is_empty() && scopes.iter().all(|scope| ALL_NAMES.contains(scope)));
        }
    }
    assert!(operation("calendly.get-event-type").is_none());
}

#[test]
fn exactly_what_needs_a_write_scope_writes() {
    for one in OPERATIONS {
        let needs_it = match one.access {
            Access::Bases | Access::Schema => false,
            Access::Records(verb) => !matches!(verb, Verb::Query | Verb::Get),
            Access::Writing => true,
            Access::Scopes(scopes) => scopes.iter().any(|scope| scope.ends_with(":write")),
        };
        assert_eq!(one.writes(), needs_it, "{}", one.name);
    }
}

#[test]
fn an_action_can_name_every_operation_and_no_other() {
    let mut broken = Vec::new();
    for one in OPERATIONS {
        let action = json!({"action": one.name, "connection": 1, "config": {}});
        shapes::ACTION.check(&action, "", &mut broken);
        let short = one.name.strip_prefix("calendly.").unwrap();
        let action = json!({"type": "calendly", "operator": short, "props": {}});
        shapes::TYPED_ACTION.check(&action, "", &mut broken);
    }
    assert!(broken.is_empty(), "{broken:?}");
    let action = json!({"action": "calendly.dropTable", "connection": 1, "config": {}});
    shapes::ACTION.check(&action, "", &mut broken);
    assert_eq!((broken.len(), &*broken[0].pointer), (1, "/action"));
}

#[test]
fn an_error_is_told_in_the_contracts_words() {
    let contract = include_str!("../../../wit/types.wit");
    let codes: Vec<_> = contract
        .split("enum error-code {")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','))
        .collect();
    assert_eq!(codes.len(), 21);
    let mut told = Vec::new();
    for code in [
        ErrorCode::InvalidConnection,
        ErrorCode::InvalidInput,
        ErrorCode::AuthorizationDenied,
        ErrorCode::InvalidClient,
        ErrorCode::InvalidState,
        ErrorCode::ReauthorizationRequired,
        ErrorCode::InsufficientScope,
        ErrorCode::PlanUpgradeRequired,
        ErrorCode::PermissionDenied,
        ErrorCode::NotFound,
        ErrorCode::Conflict,
        ErrorCode::Rejected,
        ErrorCode::RateLimited,
        ErrorCode::UpstreamUnavailable,
        ErrorCode::Network,
        ErrorCode::DeadlineExceeded,
        ErrorCode::OutcomeUnknown,
        ErrorCode::Unsupported,
        ErrorCode::SignatureInvalid,
        ErrorCode::Vault,
        ErrorCode::Internal,
    ] {
        let document = problem::document(&Error::new(code, "m", "n"));
        told.push(document["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(told, codes);
    let error = Error::new(ErrorCode::RateLimited, "m", "n");
    let error = error.with_retry(crate::error::Retry::AfterMs(30)).with_detail(json!({"a": 1}));
    let expected = json!({
        "code": "rate-limited",
        "message": "m",
        "nextStep": "n",
        "retry": {"afterMs": 30},
        "violations": [],
        "detail": {"a": 1},
    });
    assert_eq!(problem::document(&error), expected);
}
