//! What happens in the demo, in order.

use std::time::Duration;

use serde_json::{Value, json};

use super::script::Script;
use super::{CONNECTION, Stage, events, unexpected};
use crate::error::{ErrorCode, HostError};
use crate::host::ConnectRequest;
use crate::simulator::{Decision, Person, Simulator, decide};

pub(super) async fn play(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    create(stage, script).await?;
    connect(stage, script).await?;
    look_around(stage, script).await?;
    query(stage, script).await?;
    write_a_contact(stage, script).await?;
    book_and_cancel(stage, script).await?;
    events::be_told(stage, script).await?;
    events::copy(stage, script).await?;
    outlive_the_access_token(stage, script).await?;
    disconnect(stage, script).await?;
    search_for_secrets(stage, script)
}

async fn create(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("A connection that is not valid is refused, with everything that is wrong");
    let wrong = json!({ "type": "Calendly", "id": 0, "name": " ", "clientSecret": "" });
    let Err(error) = stage.host.create_connection(&wrong.to_string()).await else {
        return Err(unexpected("it was created"));
    };
    for violation in &error.violations {
        script.tell(&format!("{}: {}", violation.pointer, violation.message));
    }
    script.expect(error.violations.len() == 5, &format!("refused as {}", error.code))?;

    script.step("The brief's example, with the simulator's credentials, is created");
    let document = json!({
        "type": "calendly",
        "id": CONNECTION,
        "name": "Marketing Calendly Workspace",
        "clientId": Simulator::CLIENT_ID,
        "clientSecret": Simulator::CLIENT_SECRET,
    });
    let view = stage.host.create_connection(&document.to_string()).await?;
    script.tell(&view.configuration.to_string());
    script.expect(view.configuration["clientSecret"] == "***", "the secret shows as ***")?;
    script.expect(view.state == "configured", &format!("state: {}", view.state))
}

async fn connect(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("Connect: the authorize URL, with PKCE and the least scopes for what follows");
    let request = ConnectRequest {
        redirect_uri: Some("http://localhost:8976/oauth/calendly/callback".to_owned()),
        operations: [
            "calendly.listBases",
            "calendly.listTables",
            "calendly.queryRecords",
            "calendly.createRecord",
            "calendly.updateRecord",
            "calendly.deleteRecord",
            "calendly.subscribeWebhook",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..ConnectRequest::default()
    };
    let pending = stage.host.begin_connect(CONNECTION, request).await?;
    script.tell(&pending.url);
    script.tell(&format!("scopes: {}", pending.scopes.join(" ")));

    script.step("A person allows it on the consent page");
    let page = stage.simulator.map(&pending.url);
    let callback = decide(&page, Decision::Allow)
        .await
        .map_err(|error| unexpected(&format!("there is no consent page: {error}")))?;
    let shown = callback.split('?').next().unwrap_or_default();
    script.tell(&format!("the browser comes back to {}", shown));

    script.step("The code is exchanged, the tokens are sealed and stored");
    let view = stage.host.finish_connect(&callback).await?;
    let grant = view.grant.ok_or_else(|| unexpected("there is no grant"))?;
    script.tell(&format!("owner: {}", grant.owner.unwrap_or_default()));
    script.expect(view.state == "connected", &format!("state: {}", view.state))?;

    script.step("Test: who is connected?");
    let account = stage.host.test(CONNECTION).await?;
    script.tell(&format!("{} <{}>, {}", account.name, account.email, account.timezone));
    Ok(())
}

async fn look_around(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("Bases");
    let answer = stage.operation("calendly.listBases", json!({})).await?;
    let bases = list(&answer["bases"]);
    for base in bases {
        script.tell(&format!("{} ({})", text(&base["id"]), text(&base["name"])));
    }
    script.expect(bases.len() >= 3, &format!("{} bases", bases.len()))?;

    script.step("Tables");
    let config = json!({ "baseId": "organization" });
    let answer = stage.operation("calendly.listTables", config).await?;
    for table in list(&answer["tables"]) {
        let verbs: Vec<_> = list(&table["verbs"]).iter().map(text).collect();
        let fields = list(&table["fields"]).len();
        script.tell(&format!("{}: {} ({fields} fields)", text(&table["id"]), verbs.join(", ")));
    }
    let custom = list(&answer["tables"])
        .iter()
        .flat_map(|table| list(&table["fields"]))
        .filter(|field| field["custom"] == true)
        .map(|field| text(&field["label"]))
        .collect::<Vec<_>>();
    script.expect(custom.contains(&"Status"), &format!("custom fields: {}", custom.join(", ")))
}

async fn query(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("Query: active contacts, newest first, 25 to a page");
    let (mut cursor, mut pages, mut records) = (Value::Null, 0, Vec::new());
    loop {
        let mut config = json!({
            "baseId": "organization",
            "tableId": "contacts",
            "filter": { "and": [
                { "field": "Status", "operator": "equals", "value": "Active" },
                { "field": "Email", "operator": "contains", "value": "@" },
            ] },
            "sort": [{ "field": "created_at", "direction": "desc" }],
            "fields": ["Name", "Email", "Status", "created_at"],
            "pageSize": 25,
        });
        if !cursor.is_null() {
            config["cursor"] = cursor;
        }
        let mut answer = stage.operation("calendly.queryRecords", config).await?;
        let page = list(&answer["records"]).to_vec();
        pages += 1;
        let first = page.first().map_or(&Value::Null, |record| &record["fields"]["name"]);
        script.tell(&format!("page {pages}: {} records, from {}", page.len(), text(first)));
        records.extend(page);
        cursor = answer["cursor"].take();
        if cursor.is_null() {
            break;
        }
    }
    let created: Vec<_> = records.iter().map(|record| text(&record["createdTime"])).collect();
    script.expect(created.is_sorted_by(|newer, older| newer >= older), "in order")?;
    let active = records.iter().all(|record| record["fields"]["Status"] == "Active");
    script.expect(active && pages >= 3, &format!("{} records on {pages} pages", records.len()))
}

async fn write_a_contact(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("The brief's example: a contact is created");
    let place = json!({ "baseId": "organization", "tableId": "contacts" });
    let mut config = place.clone();
    config["fields"] =
        json!({ "Name": "John Doe", "Email": "john@example.com", "Status": "Active" });
    let answer = stage.operation("calendly.createRecord", config).await?;
    let id = text(&answer["record"]["id"]).to_owned();
    script.tell(&shown(&answer["record"], &["name", "email", "Status"]));

    script.step("It is updated");
    let mut config = place.clone();
    config["recordId"] = json!(id);
    config["fields"] = json!({ "Status": "Former", "Company": "Example Ltd" });
    let answer = stage.operation("calendly.updateRecord", config).await?;
    let fields = &answer["record"]["fields"];
    let holds = fields["Status"] == "Former" && fields["name"] == "John Doe";
    script.expect(holds, &shown(&answer["record"], &["name", "email", "company", "Status"]))?;

    script.step("It is deleted");
    let mut config = place;
    config["recordId"] = json!(id);
    let answer = stage.operation("calendly.deleteRecord", config.clone()).await?;
    script.tell(&answer.to_string());
    match stage.operation("calendly.getRecord", config).await {
        Err(error) if error.code == ErrorCode::NotFound => {
            script.tell("reading it now: not-found");
            Ok(())
        }
        _ => Err(unexpected("the contact is still there")),
    }
}

async fn book_and_cancel(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("A meeting is booked");
    let invitee = book(stage, script).await?;
    let fields = shown(&invitee, &["name", "email", "status"]);
    script.expect(invitee["fields"]["status"] == "active", &fields)?;

    script.step("It is canceled, with a reason");
    let config = json!({
        "baseId": "me",
        "tableId": "scheduled_events",
        "recordId": invitee["fields"]["event"],
        "fields": { "Status": "canceled", "Cancel reason": "Only a demo" },
    });
    let answer = stage.operation("calendly.updateRecord", config).await?;
    let record = &answer["record"];
    let holds = record["fields"]["status"] == "canceled";
    script.expect(holds, &shown(record, &["name", "status", "cancel_reason", "canceler_type"]))
}

/// Books an event type that asks for nothing special, at the next free time; answers the invitee.
pub(super) async fn book(stage: &Stage, script: &mut Script<'_>) -> Result<Value, HostError> {
    let config = json!({
        "baseId": "me",
        "tableId": "event_types",
        "filter": { "and": [
            { "field": "active", "operator": "equals", "value": true },
            { "field": "kind", "operator": "equals", "value": "solo" },
            { "field": "pooling_type", "operator": "isNull" },
        ] },
    });
    let answer = stage.operation("calendly.queryRecords", config).await?;
    let simple = |record: &&Value| {
        let questions = list(&record["fields"]["custom_questions"]);
        list(&record["fields"]["locations"]).len() == 1
            && record["fields"]["locations"][0]["kind"] == "google_conference"
            && questions.iter().all(|question| question["required"] != true)
    };
    let event_type = list(&answer["records"])
        .iter()
        .find(simple)
        .ok_or_else(|| unexpected("there is no event type to book"))?;
    let start_time = stage.simulator.free_start_time(Person::Owner);
    let config = json!({
        "baseId": "me",
        "tableId": "invitees",
        "fields": {
            "event_type": event_type["uri"],
            "start_time": start_time,
            "Name": "Jane Roe",
            "Email": "jane@example.org",
            "Time zone": "Europe/Berlin",
        },
    });
    let mut answer = stage.operation("calendly.createRecord", config).await?;
    let name = text(&event_type["fields"]["name"]);
    script.tell(&format!("{name} at {start_time}"));
    Ok(answer["record"].take())
}

async fn outlive_the_access_token(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("Two hours pass; the expired access token is refreshed by itself");
    stage.clock.advance(Duration::from_secs(2 * 60 * 60));
    stage.simulator.clear_requests();
    let account = stage.host.test(CONNECTION).await?;
    for request in stage.simulator.requests() {
        let status = request.status.map_or_else(String::new, |status| status.to_string());
        script.tell(&format!("{} {} {status}", request.method, request.path));
    }
    let refreshed =
        stage.simulator.requests().iter().filter(|request| request.path == "/oauth/token").count();
    script.expect(refreshed == 1, &format!("still connected as {}", account.email))
}

async fn disconnect(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("Disconnect: both tokens are revoked");
    let disconnected = stage.host.disconnect(CONNECTION).await?;
    let revoked = disconnected.tokens.revoked;
    script.expect(revoked == 2, &format!("{revoked} tokens revoked"))?;
    let view = stage.host.connection(CONNECTION).await?;
    script.expect(view.state == "disconnected", &format!("state: {}", view.state))?;

    script.step("What needs a grant is refused now");
    match stage.operation("calendly.listBases", json!({})).await {
        Err(error) if error.code == ErrorCode::ReauthorizationRequired => {
            script.tell(&format!("{}: {}", error.code, error.message));
            Ok(())
        }
        _ => Err(unexpected("it was not refused")),
    }
}

/// Reads every file of the database as bytes.
fn search_for_secrets(stage: &Stage, script: &mut Script<'_>) -> Result<(), HostError> {
    script.step("The database is searched for the client secret");
    let secret = Simulator::CLIENT_SECRET.as_bytes();
    let (mut files, mut found) = (0, false);
    let entries = std::fs::read_dir(stage.folder.path());
    for entry in entries.into_iter().flatten().flatten() {
        if let Ok(bytes) = std::fs::read(entry.path()) {
            files += 1;
            found |= bytes.windows(secret.len()).any(|window| window == secret);
        }
    }
    script.expect(files > 0 && !found, &format!("not found in {files} files"))
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Some of a record's fields, in a line.
fn shown(record: &Value, fields: &[&str]) -> String {
    let pairs: Vec<_> =
        fields.iter().map(|name| format!("{name}: {}", record["fields"][name])).collect();
    pairs.join(", ")
}
