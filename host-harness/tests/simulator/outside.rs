//! What happens without the API: the control endpoints, and what is refused there.

use anyhow::{Context, Result};
use host_harness::simulator::{Person, Plan};
use serde_json::{Value, json};

use crate::support::{Reply, World, text};

async fn control(world: &World, path: &str, body: &Value) -> Result<Reply> {
    world.post(&format!("/_simulator{path}"), body).await
}

async fn past_event(world: &World) -> Result<String> {
    let owner = world.owner();
    let query = [
        ("user", owner.as_str()),
        ("status", "active"),
        ("max_start_time", "2026-11-24T10:00:00Z"),
        ("sort", "start_time:desc"),
    ];
    let events = world.all("/scheduled_events", &query).await?;
    Ok(text(events.first().context("nothing took place")?, "uri")?.to_owned())
}

async fn form(world: &World, name: &str) -> Result<String> {
    let forms = world.all("/routing_forms", &[("organization", &world.organization())]).await?;
    let form = forms.iter().find(|form| form["name"] == name).context("no such form")?;
    Ok(text(form, "uri")?.to_owned())
}

async fn book(world: &World) -> Result<Value> {
    let body = json!({
        "event_type": world.simulator.event_type_uri("30 Minute Meeting"),
        "start_time": world.simulator.free_start_time(Person::Owner),
        "invitee": { "name": "Ada Lovelace", "email": "ada@home.example", "timezone": "UTC" },
    });
    Ok(world.post("/invitees", &body).await?.resource().clone())
}

#[tokio::test]
async fn invitees_act_through_the_control_endpoints() -> Result<()> {
    let world = World::new().await?;
    let invitee = book(&world).await?;
    let later = world.simulator.free_start_time(Person::Owner);
    let body = json!({ "invitee": invitee["uri"], "start_time": later });
    let moved = control(&world, "/invitees/reschedule", &body).await?;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let again = control(&world, "/invitees/reschedule", &body).await?;
    again.assert_denied("Event is already canceled");
    let new = world.get(text(&moved.body, "uri")?, &[]).await?;
    assert_eq!(new.resource()["old_invitee"], invitee["uri"]);
    let body = json!({ "invitee": new.resource()["uri"], "reason": "ill" });
    assert_eq!(control(&world, "/invitees/cancel", &body).await?.status, 204);
    let gone = world.get(text(&moved.body, "uri")?, &[]).await?;
    assert_eq!(gone.resource()["cancellation"]["reason"], "ill");
    Ok(())
}

#[tokio::test]
async fn a_form_takes_answers_that_fit_its_questions() -> Result<()> {
    let world = World::new().await?;
    let sales = form(&world, "Talk to sales").await?;
    let refused = |answers: &[(&str, &str)]| {
        let done = world.simulator.submit_routing_form(&sales, answers);
        done.unwrap_or_else(|refusal| refusal.message)
    };
    assert_eq!(
        refused(&[("Company size", "Huge"), ("Shoe size", "44"), ("Your name", "Ada")]),
        "Shoe size is not a question of the form, Your e-mail address must be filled, \
         Company size is not one of the answer choices, What brings you here? must be filled"
    );
    let partners = form(&world, "Become a partner").await?;
    let draft = world.simulator.submit_routing_form(&partners, &[]);
    assert_eq!(draft.map_err(|refusal| refusal.message), Err("form is not published".to_owned()));
    let body = json!({
        "form": sales,
        "answers": {
            "Your name": "Ada",
            "Your e-mail address": "ada@home.example",
            "Company size": "1-10",
            "What brings you here?": "A demo",
        },
    });
    let made = control(&world, "/routing-forms/submit", &body).await?;
    assert_eq!(made.status, 200, "{}", made.text);
    let submission = world.get(text(&made.body, "uri")?, &[]).await?;
    assert_eq!(submission.resource()["questions_and_answers"][3]["answer"], "1-10");
    assert_eq!(submission.resource()["submitter"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn recaps_are_of_meetings_that_took_place() -> Result<()> {
    let world = World::new().await?;
    let event = past_event(&world).await?;
    let body = json!({ "event": event, "summary": "They met." });
    let made = control(&world, "/recaps/publish", &body).await?;
    assert_eq!(made.status, 200, "{}", made.text);
    let recap = text(&made.body, "uri")?;
    let shown = world.get(recap, &[]).await?;
    assert_eq!(shown.resource()["status"], "Available");
    assert_eq!(control(&world, "/recaps/publish", &body).await?.status, 409);
    let body = json!({ "recap": recap, "summary": "They left." });
    assert_eq!(control(&world, "/recaps/update", &body).await?.status, 204);
    assert_eq!(world.get(recap, &[]).await?.resource()["summary_md"], "They left.");
    let body = json!({ "recap": recap });
    assert_eq!(control(&world, "/recaps/delete", &body).await?.status, 204);
    assert_eq!(control(&world, "/recaps/delete", &body).await?.status, 404);

    let invitee = book(&world).await?;
    let to_come = world.simulator.publish_recap(text(&invitee, "event")?, "Already?");
    assert_eq!(to_come.map_err(|refusal| refusal.message), Err("event is not over".to_owned()));
    let free = World::with(|options| options.plan = Plan::Basic).await?;
    let refused = free.simulator.publish_recap(&past_event(&free).await?, "They met.");
    assert_eq!(refused.map_err(|refusal| refusal.status), Err(403));
    Ok(())
}

#[tokio::test]
async fn a_deleted_event_type_can_be_read_but_not_used() -> Result<()> {
    let world = World::new().await?;
    let uri = world.simulator.event_type_uri("30 Minute Meeting").context("no event type")?;
    let invitee = book(&world).await?;
    let start = world.simulator.free_start_time(Person::Owner);
    let body = json!({ "event_type": uri });
    assert_eq!(control(&world, "/event-types/delete", &body).await?.status, 204);
    assert_eq!(control(&world, "/event-types/delete", &body).await?.status, 404);

    let shown = world.get(&uri, &[]).await?;
    assert_eq!(shown.resource()["deleted_at"], "2026-11-24T10:00:00.000000Z");
    let organization = world.organization();
    let listed = world.all("/event_types", &[("organization", &organization)]).await?;
    assert!(!listed.is_empty() && listed.iter().all(|one| one["uri"] != uri.as_str()));
    assert_eq!(world.patch(&uri, &json!({ "name": "Back" })).await?.status, 404);
    let booking = json!({
        "event_type": uri,
        "start_time": start,
        "invitee": { "name": "Eve", "email": "eve@home.example", "timezone": "UTC" },
    });
    world.post("/invitees", &booking).await?.assert_invalid(&["event_type"]);
    let event = world.get(text(&invitee, "event")?, &[]).await?;
    assert_eq!(event.resource()["event_type"], uri.as_str());
    let moved = world.simulator.reschedule(text(&invitee, "uri")?, &start);
    let message = moved.map_err(|refusal| refusal.message);
    assert_eq!(message, Err("event_type is not active".to_owned()));
    Ok(())
}
