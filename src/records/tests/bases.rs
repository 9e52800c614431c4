use super::*;
use crate::host::Grant;
use crate::host::fake::ORGANIZATION;

#[test]
fn a_base_is_an_alias_a_kind_with_an_id_or_a_uri() {
    let named = |kind, uri: &str| Base::Named(kind, uri.to_owned());
    let cases = [
        ("me", Base::Me),
        ("organization", Base::OwnOrganization),
        ("user:U1", named(BaseKind::User, "https://api.calendly.com/users/U1")),
        (
            "organization:O-1",
            named(BaseKind::Organization, "https://api.calendly.com/organizations/O-1"),
        ),
        ("group:G1", named(BaseKind::Group, "https://api.calendly.com/groups/G1")),
        (
            "https://api.calendly.com/users/U1",
            named(BaseKind::User, "https://api.calendly.com/users/U1"),
        ),
        // Never another host, whatever the URI says.
        (
            "https://evil.example/groups/G1",
            named(BaseKind::Group, "https://api.calendly.com/groups/G1"),
        ),
    ];
    for (text, base) in cases {
        assert_eq!(Base::parse(text).unwrap(), base, "{text}");
    }
}

#[test]
fn what_names_no_base_is_refused() {
    for text in [
        "",
        "Me",
        "user",
        "user:",
        "team:T1",
        "user:a/b",
        "user:..",
        "group:a?b",
        "user:%2e",
        "http://api.calendly.com/users/U1",
        "https://api.calendly.com/contacts/C1",
        "https://api.calendly.com/users/",
        "https://api.calendly.com/users/U1?x",
    ] {
        let broken = Base::parse(text).unwrap_err();
        assert_eq!((&*broken.pointer, &*broken.rule), ("/config/baseId", "base"), "{text}");
    }
}

#[test]
fn a_colleague_and_a_group_are_asked_for_within_the_organization() {
    let (host, connection) = connected();
    let client = client(&host, &connection);
    let anchors = |base: &str| {
        let anchors = Base::parse(base).unwrap().anchors(&client).unwrap();
        let pairs: Vec<_> = anchors.iter().map(|(name, uri)| format!("{name}={uri}")).collect();
        pairs.join("&")
    };
    let within = |kind: &str, uri: &str| format!("organization={ORGANIZATION}&{kind}={uri}");
    assert_eq!(anchors("me"), format!("user={USER}"));
    assert_eq!(anchors(USER), format!("user={USER}"));
    assert_eq!(anchors("organization"), format!("organization={ORGANIZATION}"));
    assert_eq!(anchors("organization:O9"), format!("organization={}", uri("organizations", "O9")));
    assert_eq!(anchors("user:U9"), within("user", &uri("users", "U9")));
    assert_eq!(anchors("group:G9"), within("group", &uri("groups", "G9")));
    assert!(host.sent().is_empty(), "the grant says whose it is");
}

#[test]
fn a_grant_that_does_not_say_whose_it_is_is_asked_about() {
    let (host, connection) = connected();
    let grant = host.stored(1).unwrap().grant;
    host.store_elsewhere(1, Some(Grant { organization: None, ..grant }));
    let me = json!({"uri": uri("users", "U1"), "current_organization": uri("organizations", "O1")});
    host.answer("GET /users/me", 200, json!({ "resource": me }));
    let user = Base::Me.user(&client(&host, &connection)).unwrap();
    assert_eq!(user, uri("users", "U1"));
}

#[test]
fn the_bases_are_the_user_the_organization_and_its_groups() {
    let (host, connection) = connected();
    let resource = |uri: &str, name: &str| json!({"resource": {"uri": uri, "name": name}});
    host.answer("GET /users/AAAAAAAAAAAAAAAA", 200, resource(USER, "Ada"));
    host.answer("GET /organizations/BBBBBBBBBBBBBBBB", 200, resource(ORGANIZATION, "Acme"));
    let line = format!("GET /groups?organization={ORGANIZATION}&count=100");
    let groups = json!({"collection": [{"uri": uri("groups", "G1"), "name": "Sales"}]});
    host.answer(&line, 200, groups);
    let bases = list_bases(&client(&host, &connection)).unwrap();
    let base = |id: &str, kind: &str, name: &str, uri: &str, aliases: &[&str]| json!({"id": id, "kind": kind, "name": name, "uri": uri, "aliases": aliases});
    let expected = json!({"bases": [
        base("user:AAAAAAAAAAAAAAAA", "user", "Ada", USER, &["me"]),
        base(
            "organization:BBBBBBBBBBBBBBBB",
            "organization",
            "Acme",
            ORGANIZATION,
            &["organization"],
        ),
        base("group:G1", "group", "Sales", &uri("groups", "G1"), &[]),
    ]});
    assert_eq!(bases, expected);
    for base in bases["bases"].as_array().unwrap() {
        let by_id = Base::parse(base["id"].as_str().unwrap()).unwrap();
        assert_eq!(by_id, Base::parse(base["uri"].as_str().unwrap()).unwrap());
    }
}

#[test]
fn what_the_grant_does_not_reach_is_not_asked_for() {
    let (host, connection) = connected();
    let grant = host.stored(1).unwrap().grant;
    host.store_elsewhere(1, Some(Grant { scopes: vec!["contacts:read".to_owned()], ..grant }));
    let bases = list_bases(&client(&host, &connection)).unwrap();
    let names: Vec<_> =
        bases["bases"].as_array().unwrap().iter().map(|base| &base["name"]).collect();
    assert_eq!(names, ["AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBB"]);
}

#[test]
fn a_table_is_in_the_bases_that_have_it() {
    let in_group = |name| Place { base: Base::parse("group:G1").unwrap(), table: table(name) };
    let error = in_group("contacts").check(Verb::Query).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.message.contains("has nothing there"), "{}", error.message);
    assert_eq!(error.next_step, "Give a base of kind user, organization.");
    in_group("invitees").check(Verb::Query).unwrap();
    place("contacts").check(Verb::Query).unwrap();
    let error = place("invitees").check(Verb::Delete).unwrap_err();
    assert_eq!(
        (error.code, error.next_step.as_ref()),
        (ErrorCode::Unsupported, table("invitees").way_out)
    );
}

#[test]
fn whose_it_is_is_asked_once_in_a_call() {
    let (host, connection) = connected();
    let grant = host.stored(1).unwrap().grant;
    host.store_elsewhere(1, Some(Grant { organization: None, ..grant }));
    let me = json!({"uri": uri("users", "U1"), "current_organization": uri("organizations", "O1")});
    host.answer("GET /users/me", 200, json!({ "resource": me }));
    let client = client(&host, &connection);
    for _ in 0..3 {
        assert_eq!(Base::Me.user(&client).unwrap(), uri("users", "U1"));
    }
    assert_eq!(host.sent().len(), 1);
}
