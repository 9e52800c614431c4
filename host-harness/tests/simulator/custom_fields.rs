//! Creating custom fields of contacts.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

const PATH: &str = "/contacts/custom_field_definitions";

async fn create(world: &World, body: Value) -> Result<Reply> {
    world.post(PATH, &body).await
}

fn id(definition: &Value) -> &str {
    definition["uri"].as_str().and_then(|uri| uri.rsplit('/').next()).unwrap_or_default()
}

#[tokio::test]
async fn a_field_of_every_type_can_be_created() -> Result<()> {
    let world = World::new().await?;
    for kind in ["text", "number", "tags", "date"] {
        let body = json!({ "label": format!("  New {kind} "), "field_type": kind });
        let created = create(&world, body).await?;
        assert_eq!(created.status, 201, "{}", created.text);
        let field = created.resource();
        let expected = json!({
            "uri": field["uri"],
            "label": format!("New {kind}"),
            "field_type": kind,
            "created_at": "2026-11-24T10:00:00.000000Z",
            "updated_at": "2026-11-24T10:00:00.000000Z",
        });
        assert_eq!(*field, expected);
        assert_eq!(*world.get(text(field, "uri")?, &[]).await?.resource(), *field);
    }
    let body = json!({ "label": "Offer", "field_type": "currency", "currency": "eUr" });
    let created = create(&world, body).await?;
    assert_eq!(created.resource()["currency"], "EUR", "{}", created.text);
    assert_eq!(world.get(PATH, &[]).await?.collection().len(), 6 + 5);
    Ok(())
}

#[tokio::test]
async fn options_keep_their_order_and_have_no_color() -> Result<()> {
    let world = World::new().await?;
    let options = json!([{ "label": "Gold" }, { "label": " Silver " }, { "label": "Gold" }]);
    let body = json!({ "label": "Tier", "field_type": "single_select", "options": options });
    let created = create(&world, body).await?;
    assert_eq!(created.status, 201, "{}", created.text);
    let options = created.resource()["options"].as_array().cloned().unwrap_or_default();
    let labels: Vec<_> = options.iter().map(|option| &option["label"]).collect();
    assert_eq!(labels, ["Gold", "Silver", "Gold"]);
    for option in &options {
        assert!(option["uuid"].is_string());
        assert_eq!((&option["color"], &option["is_active"]), (&Value::Null, &json!(true)));
    }

    // A label that two options have says nothing; their ids do.
    let tier = id(created.resource());
    let contacts = world.get("/contacts", &[("count", "1")]).await?;
    let contact = text(&contacts.collection()[0], "uri")?;
    let choose = async |value: &Value| {
        let change = json!({ "custom_fields": [{ "uuid": tier, "value": value }] });
        world.patch(contact, &change).await
    };
    choose(&json!("Gold")).await?.assert_invalid(&["custom_fields[0].value"]);
    for (value, option) in [(&json!("Silver"), &options[1]), (&options[2]["uuid"], &options[2])] {
        let changed = choose(value).await?;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let fields = changed.resource()["custom_fields"].as_array().cloned().unwrap_or_default();
        assert_eq!(fields.last().map(|field| &field["value"]), Some(&option["uuid"]));
    }
    Ok(())
}

#[tokio::test]
async fn contacts_have_a_new_field_at_once() -> Result<()> {
    let world = World::new().await?;
    let created = create(&world, json!({ "label": "Hobbies", "field_type": "tags" })).await?;
    let contacts = world.get("/contacts", &[]).await?;
    for contact in contacts.collection() {
        let fields = contact["custom_fields"].as_array().cloned().unwrap_or_default();
        let expected = json!({ "uri": created.resource()["uri"], "label": "Hobbies", "value": [] });
        assert_eq!(fields.last(), Some(&expected));
    }
    Ok(())
}

#[tokio::test]
async fn a_label_belongs_to_one_field() -> Result<()> {
    let world = World::new().await?;
    for label in ["Status", " sTATUS "] {
        let reply = create(&world, json!({ "label": label, "field_type": "text" })).await?;
        let expected =
            json!({ "title": "Already Exists", "message": "The resource already exists" });
        assert_eq!((reply.status, reply.body), (409, expected));
    }
    Ok(())
}

#[tokio::test]
async fn creating_refuses_what_is_incomplete_or_odd() -> Result<()> {
    let world = World::new().await?;
    let options = |count: usize| json!(vec![json!({ "label": "x" }); count]);
    let select = |options: Value| json!({ "field_type": "single_select", "options": options });
    for (body, violations) in [
        (json!({ "label": " ", "field_type": "text" }), &["label"][..]),
        (json!({ "label": "x".repeat(256), "field_type": "text" }), &["label"]),
        (json!({ "label": null }), &["label", "field_type"]),
        (json!({ "field_type": "invitee_question" }), &["field_type"]),
        (json!({ "field_type": "boolean" }), &["field_type"]),
        (json!({ "field_type": "currency" }), &["currency"]),
        (json!({ "field_type": "currency", "currency": "euro" }), &["currency"]),
        (json!({ "field_type": "currency", "currency": 978 }), &["currency"]),
        (json!({ "field_type": "text", "currency": "EUR" }), &["currency"]),
        (json!({ "field_type": "number", "options": options(1) }), &["options"]),
        (json!({ "field_type": "single_select" }), &["options"]),
        (select(json!("x")), &["options"]),
        (select(options(0)), &["options"]),
        (select(options(11)), &["options"]),
        (select(json!(["x"])), &["options[0]"]),
        (select(json!([{ "label": "" }, {}])), &["options[0].label", "options[1].label"]),
        (select(json!([{ "label": "x", "color": "#ffffff" }])), &["options[0].color"]),
        (json!({ "field_type": "text", "source": {}, "uuid": "x" }), &["source", "uuid"]),
    ] {
        let mut body = body;
        if body.get("label").is_none() {
            body["label"] = "New".into();
        }
        let reply = create(&world, body.clone()).await?;
        assert_eq!(reply.status, 400, "{body}");
        reply.assert_invalid(violations);
    }
    create(&world, json!({})).await?.assert_invalid(&["label", "field_type"]);
    assert_eq!(world.get(PATH, &[]).await?.collection().len(), 6);
    assert_eq!(
        create(&world, json!({ "label": "x".repeat(255), "field_type": "text" })).await?.status,
        201
    );
    let mut most = select(options(10));
    most["label"] = "Ten".into();
    assert_eq!(create(&world, most).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn creating_is_for_admins_with_the_scope_to_write() -> Result<()> {
    let mut world = World::new().await?;
    let body = json!({ "label": "New", "field_type": "text" });
    world.become_colleague();
    create(&world, body.clone()).await?.assert_denied("You do not have permission");
    world.token = world.simulator.issue_access_token(&["contacts:read"]);
    let reply = create(&world, body).await?;
    assert_eq!(reply.body["required_scopes"], json!(["contacts:write"]));
    Ok(())
}
