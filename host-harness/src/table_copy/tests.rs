use rusqlite::types::Value as Sql;
use serde_json::json;

use super::*;

struct Scene {
    folder: tempfile::TempDir,
    copy: TableCopy,
}

fn source() -> Source {
    Source { connection: 1, base: "me".to_owned(), table: "contacts".to_owned() }
}

fn fields() -> Value {
    let field = |name: &str, kind: &str| json!({ "name": name, "type": kind, "readable": true });
    json!([
        field("name", "single-line-text"),
        field("age", "integer"),
        field("score", "decimal"),
        field("active", "checkbox"),
        field("other_emails", "array"),
        { "name": "list", "type": "single-line-text", "readable": false },
    ])
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = TableCopy::open(&folder.path().join("copy.db"), source(), &fields()).unwrap();
        Self { folder, copy }
    }

    /// As a person with another tool does it.
    fn sql(&self, sql: &str) {
        let database = Connection::open(self.folder.path().join("copy.db")).unwrap();
        database.execute_batch(sql).unwrap();
    }

    fn row(&self, sql: &str) -> Vec<Sql> {
        let database = Connection::open(self.folder.path().join("copy.db")).unwrap();
        let mut statement = database.prepare(sql).unwrap();
        let count = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let row = rows.next().unwrap().unwrap();
        (0..count).map(|column| row.get(column).unwrap()).collect()
    }

    fn text(&self, sql: &str) -> String {
        match &self.row(sql)[0] {
            Sql::Text(text) => text.clone(),
            other => format!("{other:?}"),
        }
    }

    fn pull(&mut self, changes: &Value, cursor: &str) -> Pulled {
        self.copy.apply_pulled(changes, cursor).unwrap()
    }

    fn push(&mut self, results: &Value) -> Pushed {
        let changes = self.copy.local_changes(100).unwrap();
        self.copy.apply_pushed(&changes, results).unwrap()
    }

    fn items(&self) -> Vec<Value> {
        self.copy.local_changes(100).unwrap().into_iter().map(|change| change.item).collect()
    }
}

const EARLY: &str = "2020-01-01T00:00:00.000000Z";
const LATE: &str = "2999-01-01T00:00:00.000000Z";

fn record(id: &str, updated_at: &str, name: &str) -> Value {
    json!({
        "id": id, "uri": format!("https://api.calendly.com/contacts/{id}"),
        "tableId": "contacts", "createdTime": EARLY, "updatedTime": updated_at,
        "fields": {
            "name": name, "age": 7, "score": 1.5, "active": true, "other_emails": ["a@x.io"],
        },
    })
}

fn created(id: &str, name: &str) -> Value {
    json!([{ "kind": "created", "id": id, "record": record(id, EARLY, name) }])
}

fn deleted(id: &str) -> Value {
    json!([{ "kind": "deleted", "id": id }])
}

#[test]
fn records_are_rows_of_typed_columns_and_the_cursor_is_kept_with_them() {
    let mut scene = Scene::new();
    assert_eq!(scene.copy.cursor().unwrap(), None);
    assert_eq!(scene.pull(&created("C1", "Ada"), "c1"), Pulled { created: 1, ..Pulled::default() });
    assert_eq!(scene.copy.cursor().unwrap().as_deref(), Some("c1"));
    let row = scene.row("SELECT id, name, age, score, active, other_emails FROM contacts");
    let expected = [
        Sql::Text("C1".to_owned()),
        Sql::Text("Ada".to_owned()),
        Sql::Integer(7),
        Sql::Real(1.5),
        Sql::Integer(1),
        Sql::Text("[\"a@x.io\"]".to_owned()),
    ];
    assert_eq!(row, expected);
    // What the copy writes is nobody's change; told again, it changes nothing.
    assert_eq!(scene.items(), [] as [Value; 0]);
    assert_eq!(scene.pull(&created("C1", "Ada"), "c1"), Pulled::default());
    let changed = json!([{ "kind": "updated", "id": "C1", "record": record("C1", LATE, "Bo") }]);
    assert_eq!(scene.pull(&changed, "c2"), Pulled { updated: 1, ..Pulled::default() });
    assert_eq!(scene.text("SELECT name FROM contacts"), "Bo");
    assert_eq!(scene.pull(&deleted("C1"), "c3"), Pulled { deleted: 1, ..Pulled::default() });
    assert_eq!(scene.pull(&deleted("C1"), "c3"), Pulled::default());
    assert_eq!(scene.copy.count().unwrap(), 0);
    assert_eq!(scene.text("SELECT name FROM contacts WHERE _deleted_at IS NOT NULL"), "Bo");
    // It may come back.
    assert_eq!(scene.pull(&created("C1", "Ada"), "c4").updated, 1);
    assert_eq!(scene.copy.count().unwrap(), 1);
}

#[test]
fn a_page_that_cannot_be_written_whole_is_not_written_and_moves_no_cursor() {
    let mut scene = Scene::new();
    scene.pull(&created("C1", "Ada"), "c1");
    scene.sql(
        "CREATE TRIGGER full BEFORE INSERT ON contacts WHEN NEW.id = 'C3' \
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    );
    let page = json!([created("C2", "Bo")[0], created("C3", "Cy")[0]]);
    let error = scene.copy.apply_pulled(&page, "c2").unwrap_err();
    assert!(error.message.contains("the disk is full"), "{error}");
    assert_eq!(scene.copy.cursor().unwrap().as_deref(), Some("c1"));
    assert_eq!(scene.copy.count().unwrap(), 1);
    scene.sql("DROP TRIGGER full");
    assert_eq!(scene.pull(&page, "c2").created, 2);
}

#[test]
fn what_a_person_changes_is_what_is_pushed() {
    let mut scene = Scene::new();
    let page = json!([created("C1", "Ada")[0], created("C2", "Bo")[0], created("C3", "Cy")[0]]);
    scene.pull(&page, "c1");
    scene.sql("UPDATE contacts SET name = 'Ida', active = 0 WHERE id = 'C1'");
    scene.sql("DELETE FROM contacts WHERE id = 'C2'");
    scene.sql("INSERT INTO contacts (name, other_emails) VALUES ('Dee', '[\"d@x.io\"]')");
    scene.sql("UPDATE contacts SET _error = 'x' WHERE id = 'C3'");
    let items = scene.items();
    assert_eq!(items.len(), 3);
    assert_eq!((&items[0]["operation"], &items[0]["id"]), (&json!("delete"), &json!("C2")));
    assert_eq!(items[1]["fields"], json!({ "name": "Ida", "active": false }));
    assert!(items[1]["changedAt"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert_eq!(items[2]["operation"], "create");
    assert_eq!(items[2]["fields"], json!({ "name": "Dee", "other_emails": ["d@x.io"] }));

    let keys: Vec<_> = items.iter().map(|item| item["key"].clone()).collect();
    let pushed = scene.push(&json!([
        { "key": keys[0], "status": "deleted" },
        { "key": keys[1], "status": "updated", "record": record("C1", LATE, "Ida") },
        { "key": keys[2], "status": "created", "record": record("C4", LATE, "Dee") },
    ]));
    let expected = Pushed { created: 1, updated: 1, deleted: 1, ..Pushed::default() };
    assert_eq!(pushed, expected);
    assert_eq!(scene.items(), [] as [Value; 0]);
    assert_eq!(scene.text("SELECT id FROM contacts WHERE name = 'Dee'"), "C4");
    assert_eq!(scene.copy.count().unwrap(), 3);
}

#[test]
fn the_newer_change_wins_and_a_tie_is_the_services() {
    let mut scene = Scene::new();
    scene.pull(&json!([created("C1", "Ada")[0], created("C2", "Bo")[0]]), "c1");
    scene.sql("UPDATE contacts SET name = 'Ida'; DELETE FROM contacts WHERE id = 'C2'");
    let older = json!([
        { "kind": "updated", "id": "C1", "record": record("C1", EARLY, "Eve") },
        { "kind": "updated", "id": "C2", "record": record("C2", EARLY, "Eve") },
    ]);
    assert_eq!(scene.pull(&older, "c2"), Pulled { kept: 2, ..Pulled::default() });
    assert_eq!(scene.text("SELECT name FROM contacts WHERE id = 'C1'"), "Ida");
    assert_eq!(scene.items().len(), 2);
    let newer = json!([
        { "kind": "updated", "id": "C1", "record": record("C1", LATE, "Eve") },
        { "kind": "updated", "id": "C2", "record": record("C2", LATE, "Eve") },
    ]);
    let pulled = scene.pull(&newer, "c3");
    assert_eq!(pulled, Pulled { created: 1, updated: 1, lost: 2, ..Pulled::default() });
    assert_eq!(scene.text("SELECT group_concat(name) FROM contacts"), "Eve,Eve");
    assert_eq!(scene.items(), [] as [Value; 0]);

    scene.sql("UPDATE contacts SET name = 'Ida', _changed_at = '2999-01-01T00:00:00.000Z'");
    scene.sql(&format!("UPDATE contacts SET _changed_at = '{LATE}'"));
    let tie = json!([{ "kind": "updated", "id": "C1", "record": record("C1", LATE, "Tie") }]);
    assert_eq!(scene.pull(&tie, "c4").lost, 1);
}

#[test]
fn a_conflict_takes_the_services_version_and_a_failure_says_why_until_it_is_changed() {
    let mut scene = Scene::new();
    let page = json!([created("C1", "Ada")[0], created("C2", "Bo")[0], created("C3", "Cy")[0]]);
    scene.pull(&page, "c1");
    scene.sql(
        "UPDATE contacts SET name = 'x' WHERE id <> 'C3'; DELETE FROM contacts WHERE id = 'C3'",
    );
    let items = scene.items();
    let key = |at: usize| items[at]["key"].clone();
    let pushed = scene.push(&json!([
        { "key": key(0), "status": "conflict", "record": record("C3", LATE, "Cyd") },
        { "key": key(1), "status": "conflict", "record": record("C1", LATE, "Eve") },
        { "key": key(2), "status": "failed", "error": { "message": "Not so." } },
    ]));
    assert_eq!(pushed, Pushed { conflicts: 2, failed: 1, ..Pushed::default() });
    assert_eq!(
        scene.text("SELECT group_concat(name) FROM (SELECT name FROM contacts ORDER BY id)"),
        "Eve,x,Cyd"
    );
    assert_eq!(scene.text("SELECT _error FROM contacts WHERE id = 'C2'"), "Not so.");
    assert_eq!(scene.items(), [] as [Value; 0]);
    scene.sql("UPDATE contacts SET name = 'y' WHERE id = 'C2'");
    assert_eq!(scene.items()[0]["fields"], json!({ "name": "y" }));
}

#[test]
fn what_is_changed_while_it_is_pushed_stays_to_be_pushed() {
    let mut scene = Scene::new();
    scene.pull(&created("C1", "Ada"), "c1");
    scene.sql("UPDATE contacts SET name = 'Ida'; INSERT INTO contacts (name) VALUES ('Dee')");
    let changes = scene.copy.local_changes(100).unwrap();
    scene.sql("UPDATE contacts SET age = 8, _changed_at = '2100-01-01T00:00:00.000Z'");
    scene.sql("UPDATE contacts SET _changed_at = '2100-01-01T00:00:00.000Z'");
    let results = json!([
        { "key": changes[0].key, "status": "updated", "record": record("C1", LATE, "Ida") },
        { "key": changes[1].key, "status": "created", "record": record("C2", LATE, "Dee") },
    ]);
    scene.copy.apply_pushed(&changes, &results).unwrap();
    let items = scene.items();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["fields"], json!({ "age": 8 }));
    // It is no new record any more.
    assert_eq!((&items[1]["operation"], &items[1]["id"]), (&json!("update"), &json!("C2")));
}

#[test]
fn a_file_keeps_what_it_has_and_fields_that_are_new_get_columns() {
    let mut scene = Scene::new();
    scene.pull(&created("C1", "Ada"), "c1");
    let path = scene.folder.path().join("copy.db");
    let mut more = fields();
    let odd = r#"a "quoted" 'name'"#;
    more.as_array_mut().unwrap().push(json!({ "name": odd, "type": "url", "readable": true }));
    scene.copy = TableCopy::open(&path, source(), &more).unwrap();
    assert_eq!(scene.copy.cursor().unwrap().as_deref(), Some("c1"));
    scene.sql(r#"UPDATE contacts SET "a ""quoted"" 'name'" = 'https://x.io'"#);
    assert_eq!(scene.items()[0]["fields"], json!({ odd: "https://x.io" }));

    let other = Source { base: "organization".to_owned(), ..source() };
    let error = TableCopy::open(&path, other, &fields()).err().unwrap();
    assert_eq!(error.code, ErrorCode::Conflict);
    scene.sql("CREATE TABLE groups (id TEXT)");
    let other = Source { table: "groups".to_owned(), ..source() };
    let error = TableCopy::open(&path, other, &fields()).err().unwrap();
    assert!(error.message.contains("a table that is no copy"), "{error}");
    std::fs::write(scene.folder.path().join("text.db"), "this is no database, but a text").unwrap();
    let error = TableCopy::open(&scene.folder.path().join("text.db"), source(), &fields());
    assert_eq!(error.err().unwrap().code, ErrorCode::Internal);
}
