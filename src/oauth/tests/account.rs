use super::*;
use crate::host::fake::{connect, connection};
use crate::oauth::account::test;

#[test]
fn testing_a_connection_asks_calendly_who_its_owner_is() {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    let user = json!({
        "uri": "https://api.calendly.com/users/U1",
        "name": "Ada",
        "email": "ada@example.com",
        "current_organization": "https://api.calendly.com/organizations/O1",
        "timezone": "Europe/Paris",
        "slug": "ada",
    });
    host.answer("GET /users/me", 200, json!({ "resource": user }));
    let expected = Account {
        uri: "https://api.calendly.com/users/U1".to_owned(),
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        organization: "https://api.calendly.com/organizations/O1".to_owned(),
        timezone: "Europe/Paris".to_owned(),
    };
    assert_eq!(test(&host, &connection).unwrap(), expected);
}

#[test]
fn an_answer_without_a_user_proves_nothing() {
    let host = FakeHost::new();
    let connection = connection(&host);
    connect(&host, &connection);
    host.answer("GET /users/me", 200, json!({ "resource": { "name": "Ada" } }));
    let error = test(&host, &connection).unwrap_err();
    assert_eq!(error.code, ErrorCode::UpstreamUnavailable);
}

#[test]
fn a_connection_without_a_grant_has_to_be_connected() {
    let host = FakeHost::new();
    let error = test(&host, &connection(&host)).unwrap_err();
    assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
}
