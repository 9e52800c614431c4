//! Routing forms and their submissions.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use host_harness::simulator::{AccountSize, Plan};
use serde_json::{Value, json};

use crate::support::{World, text};

async fn forms(world: &World) -> Result<Vec<Value>> {
    world.all("/routing_forms", &[("organization", &world.organization())]).await
}

/// The submissions of the form at a position in the list.
async fn submissions(world: &World, index: usize) -> Result<Vec<Value>> {
    let forms = forms(world).await?;
    let uri = text(&forms[index], "uri")?;
    world.all("/routing_form_submissions", &[("form", uri)]).await
}

fn questions(form: &Value) -> &[Value] {
    form["questions"].as_array().map_or(&[], Vec::as_slice)
}

#[tokio::test]
async fn forms_are_published_or_drafts_and_ask_every_kind_of_question() -> Result<()> {
    let world = World::new().await?;
    let forms = forms(&world).await?;
    let statuses: Vec<_> = forms.iter().map(|form| &form["status"]).collect();
    assert_eq!(statuses, ["published", "published", "draft"]);
    let mut kinds = BTreeSet::new();
    for form in &forms {
        assert_eq!(*world.get(text(form, "uri")?, &[]).await?.resource(), *form);
        assert_eq!(form["organization"], world.organization().as_str());
        for question in questions(form) {
            let kind = text(question, "type")?;
            kinds.insert(kind);
            let choosing = matches!(kind, "select" | "radios");
            assert_eq!(question["answer_choices"].is_array(), choosing, "{question}");
            assert!(choosing || question["answer_choices"].is_null());
            assert!(question["required"].is_boolean() && question["uuid"].is_string());
        }
    }
    let expected = ["email", "name", "phone", "radios", "select", "text", "textarea"];
    assert_eq!(Vec::from_iter(kinds), expected);
    Ok(())
}

#[tokio::test]
async fn submissions_lead_to_every_kind_of_result_or_nowhere() -> Result<()> {
    let world = World::new().await?;
    let forms = forms(&world).await?;
    let rows = submissions(&world, 0).await?;
    assert_eq!(rows.len(), 24);
    let mut kinds = BTreeSet::new();
    for row in &rows {
        assert_eq!(row["routing_form"], forms[0]["uri"]);
        assert_eq!(*world.get(text(row, "uri")?, &[]).await?.resource(), *row);
        let Some(result) = row.get("result") else {
            kinds.insert("none");
            continue;
        };
        let kind = text(result, "type")?;
        kinds.insert(kind);
        match kind {
            "event_type" => {
                let event_type = world.get(text(result, "value")?, &[]).await?;
                assert_eq!(event_type.status, 200);
            }
            "external_url" => assert!(text(result, "value")?.starts_with("https://")),
            _ => {
                let message = &result["value"];
                assert!(message["headline"].is_string() && message["body"].is_string());
            }
        }
    }
    let expected = ["custom_message", "event_type", "external_url", "none"];
    assert_eq!(Vec::from_iter(kinds), expected);
    assert!(!submissions(&world, 1).await?.is_empty());
    assert!(submissions(&world, 2).await?.is_empty(), "a draft has not been filled in");
    Ok(())
}

#[tokio::test]
async fn who_booked_is_the_submitter() -> Result<()> {
    let world = World::new().await?;
    let rows = submissions(&world, 0).await?;
    let (booked, others): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row["submitter"].is_string());
    assert!(!booked.is_empty() && !others.is_empty());
    for row in others {
        assert_eq!((&row["submitter"], &row["submitter_type"]), (&Value::Null, &Value::Null));
    }
    for row in booked {
        assert_eq!(row["submitter_type"], "Invitee");
        let invitee = world.get(text(row, "submitter")?, &[]).await?;
        let invitee = invitee.resource();
        assert_eq!(invitee["routing_form_submission"], row["uri"]);
        assert_eq!(invitee["tracking"], row["tracking"]);
        assert_eq!(row["questions_and_answers"][0]["answer"], invitee["name"]);
        assert_eq!(row["questions_and_answers"][1]["answer"], invitee["email"]);
        let event = world.get(text(invitee, "event")?, &[]).await?;
        assert_eq!(row["result"]["value"], event.resource()["event_type"]);
    }
    Ok(())
}

#[tokio::test]
async fn answers_name_the_questions_of_the_form() -> Result<()> {
    let world = World::new().await?;
    let forms = forms(&world).await?;
    let mut known: Vec<_> = questions(&forms[0]).iter().map(|question| &question["uuid"]).collect();
    known.push(&Value::Null);
    let rows = submissions(&world, 0).await?;
    let answers: Vec<&Value> = rows
        .iter()
        .flat_map(|row| row["questions_and_answers"].as_array().into_iter().flatten())
        .collect();
    assert!(answers.iter().all(|answer| known.contains(&&answer["question_uuid"])));
    assert!(answers.iter().any(|answer| answer["question_uuid"].is_null()), "a deleted question");
    assert!(answers.iter().any(|answer| answer["answer"].is_null()), "a question left out");
    assert!(answers.iter().all(|answer| answer["question"].is_string()));
    let keys: BTreeSet<_> =
        rows[0]["tracking"].as_object().context("no tracking")?.keys().collect();
    assert_eq!(keys.len(), 6);
    Ok(())
}

#[tokio::test]
async fn both_lists_are_sorted_by_age_page_by_page() -> Result<()> {
    let world = World::new().await?;
    let forms = forms(&world).await?;
    let organization = world.organization();
    for (path, anchor) in [
        ("/routing_forms", ("organization", organization.as_str())),
        ("/routing_form_submissions", ("form", text(&forms[0], "uri")?)),
    ] {
        let rows = world.all(path, &[anchor, ("count", "2")]).await?;
        let created: Vec<_> = rows.iter().filter_map(|row| row["created_at"].as_str()).collect();
        assert!(created.is_sorted() && created.len() == rows.len(), "{path}");
        let mut reversed = world.all(path, &[anchor, ("sort", "created_at:desc")]).await?;
        reversed.reverse();
        assert_eq!(reversed, rows, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn both_lists_need_to_know_of_what() -> Result<()> {
    let world = World::new().await?;
    for (path, anchor) in
        [("/routing_forms", "organization"), ("/routing_form_submissions", "form")]
    {
        world.get(path, &[]).await?.assert_invalid(&[anchor]);
        let wrong = [(anchor, "x"), ("sort", "name:asc"), ("count", "0"), ("page_token", "x")];
        let reply = world.get(path, &wrong).await?;
        reply.assert_invalid(&[anchor, "sort", "count", "page_token"]);
    }
    let elsewhere = [("organization", "https://api.calendly.com/organizations/elsewhere")];
    let reply = world.get("/routing_forms", &elsewhere).await?;
    reply.assert_denied("You do not have permission to access this resource.");
    let unknown = [("form", "https://api.calendly.com/routing_forms/unknown")];
    assert_eq!(world.get("/routing_form_submissions", &unknown).await?.status, 404);
    for path in ["/routing_forms/x", "/routing_form_submissions/x"] {
        assert_eq!(world.get(path, &[]).await?.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn forms_are_for_admins() -> Result<()> {
    let mut world = World::new().await?;
    let rows = submissions(&world, 0).await?;
    let (submission, form) = (text(&rows[0], "uri")?, text(&rows[0], "routing_form")?);
    let organization = world.organization();
    world.become_colleague();
    for (path, query) in [
        ("/routing_forms", &[("organization", organization.as_str())][..]),
        ("/routing_form_submissions", &[("form", form)]),
        (form, &[]),
        (submission, &[]),
    ] {
        world.get(path, query).await?.assert_denied("You do not have permission");
    }
    Ok(())
}

#[tokio::test]
async fn forms_have_a_scope_of_their_own() -> Result<()> {
    let mut world = World::new().await?;
    world.token = world.simulator.issue_access_token(&["event_types:read"]);
    for path in [
        "/routing_forms",
        "/routing_forms/x",
        "/routing_form_submissions",
        "/routing_form_submissions/x",
    ] {
        let reply = world.get(path, &[]).await?;
        assert_eq!(reply.status, 403, "{path}");
        assert_eq!(reply.body["required_scopes"], json!(["routing_forms:read"]));
    }
    Ok(())
}

#[tokio::test]
async fn a_free_account_has_no_forms_but_may_ask() -> Result<()> {
    let world = World::with(|options| options.plan = Plan::Basic).await?;
    assert!(forms(&world).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn without_events_nobody_has_booked() -> Result<()> {
    let world = World::with(|options| {
        options.size = AccountSize { event_types: 0, scheduled_events: 0, contacts: 0 };
    })
    .await?;
    let rows = submissions(&world, 0).await?;
    assert_eq!(rows.len(), 24);
    assert!(rows.iter().all(|row| row["submitter"].is_null()));
    assert!(rows.iter().all(|row| row["result"]["type"] != "event_type"));
    Ok(())
}
