//! What calendly.listTables says.

use super::*;
use crate::catalog::{BaseKind, TABLES};

fn tables(host: &FakeHost, connection: &Connection, base: &str) -> Vec<Value> {
    let answer = run(host, connection, "listTables", json!({ "baseId": base })).unwrap();
    answer["tables"].as_array().unwrap().clone()
}

fn of<'t>(tables: &'t [Value], name: &str) -> &'t Value {
    tables.iter().find(|table| table["id"] == name).unwrap()
}

#[test]
fn every_table_is_listed_in_every_base() {
    let (host, connection) = connected();
    grant_only(&host, &[]);
    for (base, kind) in [
        ("me", BaseKind::User),
        ("organization", BaseKind::Organization),
        ("group:G1", BaseKind::Group),
    ] {
        let listed = tables(&host, &connection, base);
        assert_eq!(listed.len(), TABLES.len());
        for table in TABLES {
            let listed = of(&listed, table.name);
            assert_eq!(listed["verbs"], json!(table.verbs_in(kind).names()), "{}", table.name);
            for kind in BaseKind::ALL {
                let verbs = json!(table.verbs_in(kind).names());
                assert_eq!(listed["bases"][kind.name()], verbs, "{}", table.name);
            }
            assert_eq!(listed["plan"], table.plan.name());
            assert_eq!(listed["wayOut"], table.way_out);
            assert_eq!(listed["fields"].as_array().unwrap().len(), table.fields.len());
        }
    }
    assert!(host.sent().is_empty(), "what the grant may not read is not asked for");
}

#[test]
fn a_table_says_who_may_do_what() {
    let (host, connection) = connected();
    grant_only(&host, &[]);
    let listed = tables(&host, &connection, "organization");
    let roles =
        |name: &str| (of(&listed, name)["role"].clone(), of(&listed, name)["writeRole"].clone());
    assert_eq!(roles("scheduled_events"), (json!("admin"), json!("admin")));
    assert_eq!(roles("organization_memberships"), (json!("user"), json!("admin")));
    assert_eq!(roles("teams"), (json!("user"), Value::Null), "nothing is written there");
    assert_eq!(roles("one_off_event_types"), (Value::Null, Value::Null), "it is not there");
}

#[test]
fn contacts_have_the_accounts_own_fields_when_they_may_be_read() {
    let (host, connection) = connected();
    let field = json!({"uri": uri("contacts/custom_field_definitions", "F1"), "label": "Tier", "field_type": "text"});
    host.answer("GET /contacts/custom_field_definitions", 200, json!({"collection": [field]}));
    let listed = tables(&host, &connection, "me");
    let fields = of(&listed, "contacts")["fields"].as_array().unwrap();
    assert_eq!(fields.last().unwrap()["name"], "Tier");
    assert_eq!(host.sent().len(), 1);
}
