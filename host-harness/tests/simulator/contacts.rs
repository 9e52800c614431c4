//! Contacts and their custom fields.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use host_harness::simulator::Resource;
use serde_json::{Value, json};

use crate::support::{World, text};

/// The definitions of custom fields by label.
async fn definitions(world: &World) -> Result<BTreeMap<String, Value>> {
    let reply = world.get("/contacts/custom_field_definitions", &[]).await?;
    assert!(reply.body.get("pagination").is_none());
    let pairs =
        reply.collection().iter().map(|row| Ok((text(row, "label")?.to_owned(), row.clone())));
    pairs.collect()
}

/// The id at the end of a definition's URI.
fn id(definition: &Value) -> &str {
    definition["uri"].as_str().and_then(|uri| uri.rsplit('/').next()).unwrap_or_default()
}

/// The custom values of a contact by label.
fn values(contact: &Value) -> BTreeMap<&str, &Value> {
    let fields = contact["custom_fields"].as_array().map_or(&[][..], Vec::as_slice);
    fields.iter().filter_map(|field| Some((field["label"].as_str()?, &field["value"]))).collect()
}

fn ada() -> Value {
    json!({ "name": "Ada Lovelace", "emails": [{ "email": "ada@home.example" }] })
}

#[tokio::test]
async fn there_is_a_status_to_select_and_a_field_of_every_other_type() -> Result<()> {
    let world = World::new().await?;
    let definitions = definitions(&world).await?;
    let mut types: Vec<_> = definitions.values().map(|row| row["field_type"].clone()).collect();
    types.sort_by_key(ToString::to_string);
    assert_eq!(types, ["currency", "date", "number", "single_select", "tags", "text"]);
    let status = &definitions["Status"];
    let labels: Vec<_> = status["options"].as_array().into_iter().flatten().collect();
    let labels: Vec<_> = labels.iter().map(|option| option["label"].clone()).collect();
    assert_eq!(labels, ["Active", "Lead", "Former"]);
    assert_eq!(*world.get(text(status, "uri")?, &[]).await?.resource(), *status);
    Ok(())
}

#[tokio::test]
async fn a_new_contact_answers_every_field() -> Result<()> {
    let world = World::new().await?;
    let definitions = definitions(&world).await?;
    let mut body = ada();
    body["emails"] = json!([
        { "email": "ada@home.example" },
        { "email": "ada@work.example", "is_primary": true },
    ]);
    body["phone_numbers"] = json!([{ "phone_number": "+1 2025550100" }]);
    body["custom_fields"] = json!([
        { "uuid": id(&definitions["Status"]), "value": "Active", "label": "ignored" },
        { "uuid": id(&definitions["Deal value"]), "value": 85_000 },
    ]);
    let created = world.post("/contacts", &body).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let contact = created.resource();
    assert_eq!(
        contact["emails"],
        json!([
            { "email": "ada@work.example", "is_primary": true },
            { "email": "ada@home.example", "is_primary": false },
        ])
    );
    let values = values(contact);
    assert_eq!(*values["Status"], definitions["Status"]["options"][0]["uuid"]);
    assert_eq!(*values["Deal value"], json!(85_000));
    assert_eq!(*values["Notes"], Value::Null);
    assert_eq!(*values["Interests"], json!([]));
    assert_eq!(contact["last_meeting_date"], Value::Null);
    let uri = text(contact, "uri")?;
    assert_eq!(contact["app_url"], uri.replace("api.calendly.com", "calendly.com/app"));
    assert_eq!(world.get(uri, &[]).await?.resource(), contact);
    Ok(())
}

#[tokio::test]
async fn creating_refuses_what_is_incomplete_or_odd() -> Result<()> {
    let world = World::new().await?;
    let definitions = definitions(&world).await?;
    world.post("/contacts", &json!({})).await?.assert_invalid(&["name", "emails"]);
    let status = id(&definitions["Status"]);
    for (field, value, violation) in [
        ("name", json!(" "), "name"),
        ("emails", json!([]), "emails"),
        ("emails", json!(["ada@home.example"]), "emails[0]"),
        ("emails", json!([{ "email": "ada" }]), "emails[0].email"),
        ("emails", json!(vec![json!({ "email": "a@b.example" }); 11]), "emails"),
        ("phone_numbers", json!([{ "phone_number": "030" }]), "phone_numbers[0].phone_number"),
        ("timezone", json!("Berlin"), "timezone"),
        ("country", json!("Germany"), "country"),
        ("linkedin", json!("in/ada"), "linkedin"),
        ("company", json!(7), "company"),
        ("custom_fields", json!([{ "uuid": "x", "value": 1 }]), "custom_fields[0].value"),
        ("custom_fields", json!([{ "uuid": status }]), "custom_fields[0].value"),
        ("custom_fields", json!([{ "uuid": status, "value": "active" }]), "custom_fields[0].value"),
        ("custom_fields", json!([{ "value": "Active" }]), "custom_fields[0].uuid"),
    ] {
        let mut body = ada();
        body[field] = value;
        world.post("/contacts", &body).await?.assert_invalid(&[violation]);
    }
    for (label, value) in [
        ("Notes", json!(1)),
        ("Seats", json!("12")),
        ("Renewal date", json!("2026-02-30")),
        ("Interests", json!("vip")),
        ("Deal value", json!("85000")),
    ] {
        let mut body = ada();
        body["custom_fields"] = json!([{ "uuid": id(&definitions[label]), "value": value }]);
        let reply = world.post("/contacts", &body).await?;
        reply.assert_invalid(&["custom_fields[0].value"]);
    }
    assert_eq!(world.simulator.count(Resource::Contacts), 240);
    Ok(())
}

#[tokio::test]
async fn an_email_belongs_to_one_contact() -> Result<()> {
    let world = World::new().await?;
    assert_eq!(world.post("/contacts", &ada()).await?.status, 201);
    let mut body = ada();
    body["emails"][0]["email"] = "ADA@home.example".into();
    let refused = world.post("/contacts", &body).await?;
    assert_eq!(refused.status, 409);
    let expected = json!({ "title": "Already Exists", "message": "The resource already exists" });
    assert_eq!(refused.body, expected);
    let other = world.get("/contacts", &[("count", "1")]).await?;
    let other = text(&other.collection()[0], "uri")?;
    let change = json!({ "emails": [{ "email": "ada@home.example" }] });
    assert_eq!(world.patch(other, &change).await?.status, 409);
    Ok(())
}

#[tokio::test]
async fn changing_merges_custom_fields_and_overwrites_lists() -> Result<()> {
    let world = World::new().await?;
    let definitions = definitions(&world).await?;
    let (status, seats) = (id(&definitions["Status"]), id(&definitions["Seats"]));
    let mut body = ada();
    body["custom_fields"] =
        json!([{ "uuid": status, "value": "Lead" }, { "uuid": seats, "value": 5 }]);
    body["company"] = "Analytical Engines".into();
    let created = world.post("/contacts", &body).await?;
    let uri = text(created.resource(), "uri")?;
    world.clock.advance(std::time::Duration::from_secs(60));

    let option = &definitions["Status"]["options"][2]["uuid"];
    let change = json!({
        "emails": [{ "email": "countess@home.example" }],
        "custom_fields": [{ "uuid": status, "value": option }],
    });
    let changed = world.patch(uri, &change).await?;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let contact = changed.resource();
    assert_eq!(contact["emails"].as_array().map(Vec::len), Some(1));
    assert_eq!(contact["company"], "Analytical Engines");
    assert_eq!(contact["updated_at"], "2026-11-24T10:01:00.000000Z");
    assert_eq!(values(contact)["Status"], option);
    assert_eq!(*values(contact)["Seats"], json!(5));

    let clear = json!({ "custom_fields": [{ "uuid": seats, "value": null }], "company": null });
    let cleared = world.patch(uri, &clear).await?;
    assert_eq!(*values(cleared.resource())["Seats"], Value::Null);
    assert_eq!(cleared.resource()["company"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn changing_refuses_nothing_and_unknown_keys() -> Result<()> {
    let world = World::new().await?;
    let created = world.post("/contacts", &ada()).await?;
    let uri = text(created.resource(), "uri")?;
    world.patch(uri, &json!({})).await?.assert_invalid(&["body"]);
    let odd = json!({ "company": "X", "birthday": "1815-12-10", "uri": "x" });
    let reply = world.patch(uri, &odd).await?;
    reply.assert_invalid(&["birthday", "uri"]);
    assert_eq!(reply.body["details"][0]["message"], "is not allowed");
    world.patch(uri, &json!({ "name": null })).await?.assert_invalid(&["name"]);
    assert_eq!(world.get(uri, &[]).await?.body, created.body);
    Ok(())
}

#[tokio::test]
async fn deleting_is_final() -> Result<()> {
    let world = World::new().await?;
    let created = world.post("/contacts", &ada()).await?;
    let uri = text(created.resource(), "uri")?;
    let deleted = world.delete(uri).await?;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    for reply in [world.get(uri, &[]).await?, world.delete(uri).await?] {
        assert_eq!(reply.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn filters_take_several_values() -> Result<()> {
    let world = World::new().await?;
    let all = world.all("/contacts", &[]).await?;
    let matching = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|row| test(row)).count();
    let count =
        async |name, value| anyhow::Ok(world.all("/contacts", &[(name, value)]).await?.len());
    let of = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();

    let country = matching(&|row| ["DE", "FR"].contains(&of(row, "country").as_str()));
    assert!(country > 0);
    assert_eq!(count("country", "DE,FR").await?, country);
    assert_eq!(count("country", "de").await?, 0, "exact means exact");
    let company = matching(&|row| of(row, "company").to_lowercase().contains("bank"));
    assert_eq!(count("company", "bank").await?, company);
    let both = matching(&|row| {
        of(row, "company").contains("Bank") || of(row, "company").contains("Foods")
    });
    assert_eq!(count("company", "BANK,foods").await?, both);
    let email = all[17]["emails"][0]["email"].as_str().context("no e-mail")?;
    let found = world.all("/contacts", &[("email", email)]).await?;
    assert_eq!(found, [all[17].clone()]);
    world.get("/contacts", &[("sort", "name:asc")]).await?.assert_invalid(&["sort"]);
    Ok(())
}

#[tokio::test]
async fn custom_fields_can_be_left_out() -> Result<()> {
    let world = World::new().await?;
    let query = [("exclude", "custom_fields")];
    let list = world.get("/contacts", &query).await?;
    assert!(list.collection().iter().all(|row| row.get("custom_fields").is_none()));
    let uri = text(&list.collection()[0], "uri")?;
    assert!(world.get(uri, &query).await?.resource().get("custom_fields").is_none());
    assert!(world.get(uri, &[]).await?.resource()["custom_fields"].is_array());
    for path in ["/contacts", uri] {
        world.get(path, &[("exclude", "emails")]).await?.assert_invalid(&["exclude"]);
    }
    Ok(())
}

#[tokio::test]
async fn contacts_belong_to_one_user_and_no_two_share_an_email() -> Result<()> {
    let mut world = World::new().await?;
    let all = world.all("/contacts", &[("count", "100")]).await?;
    let emails = all.iter().flat_map(|row| row["emails"].as_array().into_iter().flatten());
    let mut emails: Vec<_> = emails.map(|email| email["email"].to_string()).collect();
    let before = emails.len();
    emails.sort();
    emails.dedup();
    assert_eq!(emails.len(), before);
    world.become_colleague();
    assert!(world.all("/contacts", &[]).await?.is_empty());
    assert_eq!(world.get(text(&all[0], "uri")?, &[]).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_body_has_to_be_a_json_object() -> Result<()> {
    let world = World::new().await?;
    world.post("/contacts", &json!([])).await?.assert_invalid(&["body"]);
    let form = world
        .builder(reqwest::Method::POST, "/contacts")
        .bearer_auth(&world.token)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("name=Ada");
    crate::support::send(form).await?.assert_invalid(&["body"]);
    Ok(())
}
