//! What `calendly.listTables` claims is true: every verb of every table in every kind of base does
//! what it says, and every verb that is not claimed is refused as unsupported.

use std::collections::BTreeMap;

use host_harness::error::ErrorCode;
use serde_json::{Value, json};

use crate::support::world::World;

/// Everything there is, Enterprise too.
pub(crate) const SCOPES: &[&str] = &[
    "schema.bases:read",
    "data.records:read",
    "data.records:write",
    "webhook:manage",
    "activity_log:read",
    "outgoing_communications:read",
];

const TABLES: [&str; 30] = [
    "activity_log",
    "availability_schedules",
    "available_times",
    "busy_times",
    "contact_custom_fields",
    "contact_lists",
    "contact_notes",
    "contacts",
    "event_type_availability",
    "event_type_hosts",
    "event_types",
    "group_relationships",
    "groups",
    "invitee_no_shows",
    "invitees",
    "locations",
    "meeting_limits",
    "meeting_recaps",
    "one_off_event_types",
    "organization_invitations",
    "organization_memberships",
    "outgoing_communications",
    "routing_form_submissions",
    "routing_forms",
    "scheduled_events",
    "scheduling_links",
    "shares",
    "teams",
    "users",
    "webhook_subscriptions",
];

const VERBS: [(&str, &str); 5] = [
    ("query", "queryRecords"),
    ("get", "getRecord"),
    ("create", "createRecord"),
    ("update", "updateRecord"),
    ("delete", "deleteRecord"),
];

/// A walk through the verbs of one base.
struct Walk<'w> {
    world: &'w World,
    base: String,
    /// An event type that can be booked.
    one_on_one: String,
    /// Makes what has to be unique.
    turn: usize,
}

impl Walk<'_> {
    /// A query of the table that has to find something.
    async fn records(&self, table: &str, filter: Value) -> Vec<Value> {
        let mut config = json!({ "baseId": self.base, "tableId": table, "pageSize": 50 });
        if !filter.is_null() {
            config["filter"] = filter;
        }
        let page = self.world.answer("queryRecords", config).await;
        let records = page["records"].as_array().unwrap().clone();
        assert!(!records.is_empty(), "no {table} in {}", self.base);
        assert!(page.get("failed").is_none(), "{table}: {page}");
        records
    }

    async fn id(&self, table: &str, filter: Value) -> String {
        self.records(table, filter).await[0]["id"].as_str().unwrap().to_owned()
    }

    /// What a query of the table has to say.
    fn filter(&self, table: &str) -> Value {
        match table {
            "available_times" => {
                json!({ "and": [until(20), test("event_type", "equals", json!(self.one_on_one))] })
            }
            "busy_times" => until(20),
            _ => Value::Null,
        }
    }

    /// The fields of a new record.
    async fn new_record(&mut self, table: &str) -> Value {
        self.turn += 1;
        let turn = self.turn;
        let name = format!("Number {turn}");
        let email = format!("number{turn}@example.com");
        match table {
            "contacts" => json!({ "Name": name, "Email": email, "City": "Rome" }),
            "contact_custom_fields" => json!({ "label": name, "field_type": "text" }),
            "contact_lists" | "event_types" => json!({ "name": name }),
            "contact_notes" => {
                let contact = self.id("contacts", Value::Null).await;
                json!({ "contact": contact, "body": "A note" })
            }
            "availability_schedules" => {
                json!({ "name": name, "timezone": "Europe/Paris", "rules": week() })
            }
            "invitees" => {
                let base = "organization";
                let query = json!({
                    "baseId": base, "tableId": "available_times", "filter": self.filter("available_times"),
                });
                let times = self.world.answer("queryRecords", query).await;
                let start = &times["records"][0]["fields"]["start_time"];
                json!({
                    "name": name, "email": email, "timezone": "Europe/Paris",
                    "event_type": self.one_on_one, "start_time": start,
                })
            }
            "invitee_no_shows" => json!({ "invitee": self.past_invitee(turn).await }),
            "scheduling_links" => json!({ "event_type": self.one_on_one }),
            "one_off_event_types" => json!({
                "name": name, "duration": 30,
                "date_setting": { "type": "days_in_future", "days": 5, "only_weekdays": false },
            }),
            "shares" => json!({ "event_type": self.one_on_one, "name": name }),
            "organization_invitations" => json!({ "email": email }),
            "webhook_subscriptions" => {
                let callback_url = format!("https://example.com/hooks/{turn}");
                json!({ "callback_url": callback_url, "events": ["invitee.created"] })
            }
            other => panic!("nothing to create in {other}"),
        }
    }

    /// An invitee of a meeting that is over, another one each time, not yet marked.
    async fn past_invitee(&self, turn: usize) -> String {
        let filter = json!({ "and": [
            { "field": "start_time", "operator": "lessThan", "value": "2026-11-24T00:00:00Z" },
            test("status", "equals", json!("active")),
            test("no_show", "equals", json!(false)),
        ] });
        let found = self.records("invitees", filter).await;
        found[turn % found.len()]["id"].as_str().unwrap().to_owned()
    }

    /// A record to change, and what to change of it.
    async fn change(&mut self, table: &str, created: Option<&String>) -> (String, Value) {
        self.turn += 1;
        let name = format!("Changed {}", self.turn);
        let solo = test("kind", "equals", json!("solo"));
        let fields = match table {
            "contacts" => json!({ "City": "Paris" }),
            "contact_lists" | "event_types" | "availability_schedules" | "shares" => {
                json!({ "name": name })
            }
            "event_type_availability" => json!({ "timezone": "Europe/Paris" }),
            "meeting_limits" => json!({ "daily_limit": 5 }),
            "scheduled_events" => json!({ "status": "canceled", "cancel_reason": "Ill" }),
            "invitees" => json!({ "no_show": true }),
            "meeting_recaps" => json!({ "summary_md": "It went well." }),
            other => panic!("nothing to change in {other}"),
        };
        let id = match (table, created) {
            ("invitees", _) => self.past_invitee(self.turn).await,
            (_, Some(created)) => created.clone(),
            ("event_types", None) => self.id(table, solo).await,
            ("scheduled_events", None) => self.future_event().await,
            (table, None) => self.id(table, self.filter(table)).await,
        };
        (id, fields)
    }

    async fn future_event(&self) -> String {
        let filter = json!({ "and": [
            test("status", "equals", json!("active")),
            { "field": "start_time", "operator": "greaterThan", "value": later(2) },
        ] });
        self.id("scheduled_events", filter).await
    }

    /// A record to delete.
    async fn victim(&self, table: &str, created: Option<&String>) -> String {
        match (table, created) {
            (_, Some(created)) => created.clone(),
            ("scheduled_events", None) => self.future_event().await,
            ("organization_memberships", None) => {
                self.id(table, test("role", "equals", json!("user"))).await
            }
            (table, None) => self.id(table, Value::Null).await,
        }
    }

    fn config(&self, table: &str, more: Value) -> Value {
        let mut config = json!({ "baseId": self.base, "tableId": table });
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        config
    }

    /// All verbs of a table: those claimed work, the others are refused.
    async fn table(&mut self, table: &Value) {
        let name = table["id"].as_str().unwrap();
        let verbs: Vec<_> =
            table["verbs"].as_array().unwrap().iter().map(|verb| verb.as_str().unwrap()).collect();
        let mut created = None;
        for (verb, operation) in VERBS {
            if !verbs.contains(&verb) {
                let config = match verb {
                    "query" => self.config(name, json!({})),
                    "create" => self.config(name, json!({ "fields": { "x": 1 } })),
                    "update" => self.config(name, json!({ "recordId": "A", "fields": { "x": 1 } })),
                    _ => self.config(name, json!({ "recordId": "A" })),
                };
                let sent = self.world.sent().len();
                let refused = self.world.run(operation, config).await.unwrap_err();
                assert_eq!(refused.code, ErrorCode::Unsupported, "{verb} {name} in {}", self.base);
                assert!(!refused.next_step.is_empty());
                assert_eq!(self.world.sent().len(), sent, "{verb} {name}: something was sent");
            }
        }
        if verbs.contains(&"query") {
            self.records(name, self.filter(name)).await;
        }
        if verbs.contains(&"create") {
            let fields = self.new_record(name).await;
            let create = self.config(name, json!({ "fields": fields }));
            let record = self.world.record("createRecord", create).await;
            created = Some(record["id"].as_str().unwrap().to_owned());
        }
        if verbs.contains(&"get") {
            let id = match &created {
                Some(created) => created.clone(),
                None => self.id(name, Value::Null).await,
            };
            let record =
                self.world.record("getRecord", self.config(name, json!({ "recordId": id }))).await;
            assert_eq!(record["id"], id.as_str(), "{name}");
        }
        if verbs.contains(&"update") {
            let (id, fields) = self.change(name, created.as_ref()).await;
            let update = self.config(name, json!({ "recordId": id, "fields": fields }));
            let record = self.world.record("updateRecord", update).await;
            for (field, value) in fields.as_object().unwrap() {
                let key = if field == "City" { "city" } else { field };
                assert_eq!(&record["fields"][key], value, "{name}.{field}");
            }
        }
        if verbs.contains(&"delete") {
            let id = self.victim(name, created.as_ref()).await;
            let delete = self.config(name, json!({ "recordId": id }));
            let deleted = self.world.answer("deleteRecord", delete).await;
            assert_eq!(deleted["id"], id.as_str(), "{name}");
        }
    }
}

fn test(field: &str, operator: &str, value: Value) -> Value {
    json!({ "field": field, "operator": operator, "value": value })
}

/// So many days after the tests' clock begins (2026-11-24).
fn later(days: u32) -> String {
    let day = 24 + days;
    if day <= 30 {
        format!("2026-11-{day}T00:00:00Z")
    } else {
        format!("2026-12-{:02}T00:00:00Z", day - 30)
    }
}

fn until(days: u32) -> Value {
    test("start_time", "lessThan", json!(later(days)))
}

fn week() -> Value {
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        .iter()
        .map(|day| json!({ "type": "wday", "wday": day, "intervals": [{ "from": "09:00", "to": "17:00" }] }))
        .collect()
}

#[tokio::test]
async fn every_table_is_listed_in_every_base() {
    let world = World::connected_with_scopes(|_| {}, SCOPES).await;
    for base in ["me", "organization"] {
        let listed = world.answer("listTables", json!({ "baseId": base })).await;
        let names: Vec<_> =
            listed["tables"].as_array().unwrap().iter().map(|table| &table["id"]).collect();
        assert_eq!(names, TABLES, "{base}");
    }
}

#[tokio::test]
async fn what_is_claimed_works_and_what_is_not_claimed_is_refused() {
    let world =
        World::connected_with_scopes(|options| options.requests_per_minute = Some(0), SCOPES).await;
    let bases = world.answer("listBases", json!({})).await;
    let bases = bases["bases"].as_array().unwrap();
    let group = bases.iter().find(|base| base["kind"] == "group").unwrap();
    let group = group["id"].as_str().unwrap().to_owned();
    let mut claims = BTreeMap::new();
    let one_on_one = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    let mut turn = 0;
    for base in ["me".to_owned(), group, "organization".to_owned()] {
        let listed = world.answer("listTables", json!({ "baseId": base })).await;
        let mut walk =
            Walk { world: &world, base: base.clone(), one_on_one: one_on_one.clone(), turn };
        for table in listed["tables"].as_array().unwrap() {
            walk.table(table).await;
            *claims.entry(base.clone()).or_insert(0) += table["verbs"].as_array().unwrap().len();
        }
        turn = walk.turn;
    }
    let claims: Vec<_> = claims.into_values().collect();
    assert!(claims.iter().all(|count| *count > 0), "{claims:?}");
}
