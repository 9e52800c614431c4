//! The activity log.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Reply, World, send, text};

const PATH: &str = "/activity_log_entries";

/// The log of the organization, asked for with a query of its own.
async fn ask(world: &World, query: &[(&str, &str)]) -> Result<Reply> {
    let organization = world.organization();
    let mut all = vec![("organization", organization.as_str())];
    all.extend(query);
    world.get(PATH, &all).await
}

async fn entries(world: &World, query: &[(&str, &str)]) -> Result<Vec<Value>> {
    let mut all = vec![("count", "1000")];
    all.extend(query);
    let reply = ask(world, &all).await?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["total_count"], reply.collection().len());
    Ok(reply.collection().to_vec())
}

fn matching(all: &[Value], test: impl Fn(&Value) -> bool) -> Vec<Value> {
    let found: Vec<_> = all.iter().filter(|entry| test(entry)).cloned().collect();
    assert!(!found.is_empty() && found.len() < all.len(), "{} of {}", found.len(), all.len());
    found
}

/// The text at `path`, which may lead into objects: `actor.uri`.
fn at<'a>(entry: &'a Value, path: &str) -> &'a str {
    let found = path.split('.').try_fold(entry, |value, key| value.get(key));
    found.and_then(Value::as_str).unwrap_or_default()
}

#[tokio::test]
async fn an_entry_says_who_did_what() -> Result<()> {
    let world = World::new().await?;
    let all = entries(&world, &[]).await?;
    for entry in &all {
        let name = format!("{}.{}", text(entry, "namespace")?, text(entry, "action")?);
        assert_eq!(entry["fully_qualified_name"], name);
        assert_eq!(entry["organization"], world.organization().as_str());
        assert!(entry["details"].is_object());
        assert!(text(entry, "uri")?.starts_with("https://api.calendly.com/activity_log_entries/"));
        let time = text(entry, "occurred_at")?;
        assert_eq!(time.len(), "2026-11-24T10:00:00.000Z".len(), "three digits: {time}");
        match at(entry, "actor.type") {
            "System" => {
                let system = json!({ "type": "System", "display_name": "Calendly System" });
                assert_eq!(entry["actor"], system);
            }
            "User" => {
                let user = world.get(at(entry, "actor.uri"), &[]).await?;
                assert_eq!(entry["actor"]["display_name"], user.resource()["name"]);
                assert_eq!(entry["actor"]["alternative_identifier"], user.resource()["email"]);
                let organization = at(entry, "actor.organization.uri");
                assert_eq!(organization, world.organization());
            }
            other => anyhow::bail!("an actor of type {other:?}"),
        }
    }
    let owner = world.owner();
    matching(&all, |entry| at(entry, "actor.uri") == owner);
    matching(&all, |entry| entry["actor"]["group"]["name"] == "Customer Success");
    matching(&all, |entry| at(entry, "actor.type") == "System");
    Ok(())
}

#[tokio::test]
async fn a_page_also_says_how_many_there_are() -> Result<()> {
    let world = World::new().await?;
    let all = entries(&world, &[]).await?;
    let page = ask(&world, &[("count", "5")]).await?;
    assert_eq!(page.collection(), &all[..5]);
    assert_eq!(page.body["total_count"], all.len());
    assert_eq!(page.body["exceeds_max_total_count"], false);
    assert_eq!(page.body["last_event_time"], all[0]["occurred_at"]);
    assert_eq!(page.body["pagination"]["count"], 5);
    let organization = world.organization();
    let query = [("organization", organization.as_str()), ("count", "7")];
    assert_eq!(world.all(PATH, &query).await?, all);
    let nothing = ask(&world, &[("search_term", "nosuchword")]).await?;
    assert_eq!(
        (&nothing.body["total_count"], &nothing.body["last_event_time"]),
        (&json!(0), &Value::Null)
    );
    Ok(())
}

#[tokio::test]
async fn pages_have_a_thousand_rows_at_most() -> Result<()> {
    let world = World::new().await?;
    assert_eq!(ask(&world, &[("count", "1000")]).await?.status, 200);
    let reply = ask(&world, &[("count", "1001")]).await?;
    reply.assert_invalid(&["count"]);
    assert_eq!(reply.body["details"][0]["message"], "must be less than or equal to 1000");
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_named_all_at_once() -> Result<()> {
    let world = World::new().await?;
    let long = "x".repeat(301);
    let wrong = [
        ("actor", "somebody"),
        ("search_term", long.as_str()),
        ("min_occurred_at", "yesterday"),
        ("sort", "uri:asc"),
        ("count", "0"),
        ("page_token", "x"),
    ];
    world.get(PATH, &wrong).await?.assert_invalid(&[
        "organization",
        "actor",
        "search_term",
        "min_occurred_at",
        "sort",
        "count",
        "page_token",
    ]);
    ask(&world, &[("search_term", "(login")]).await?.assert_invalid(&["search_term"]);
    let reversed =
        [("min_occurred_at", "2026-11-02T00:00:00Z"), ("max_occurred_at", "2026-11-01T00:00:00Z")];
    ask(&world, &reversed).await?.assert_invalid(&["max_occurred_at"]);
    assert_eq!(ask(&world, &[("search_term", &long[1..])]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_admins_read_it() -> Result<()> {
    let mut world = World::new().await?;
    let message = "You do not have permission to access this resource.";
    let elsewhere = [("organization", "https://api.calendly.com/organizations/elsewhere")];
    world.get(PATH, &elsewhere).await?.assert_denied(message);
    world.become_colleague();
    ask(&world, &[]).await?.assert_denied(message);
    Ok(())
}

#[tokio::test]
async fn lists_in_the_query_are_written_in_two_ways() -> Result<()> {
    let world = World::new().await?;
    let all = entries(&world, &[]).await?;
    let owner = world.owner();
    let namespaces = matching(&all, |one| ["User", "Webhook"].contains(&at(one, "namespace")));
    for [first, second] in [["namespace"; 2], ["namespace[]"; 2], ["namespace", "namespace[]"]] {
        let query = [(first, "User"), (second, "Webhook")];
        assert_eq!(entries(&world, &query).await?, namespaces, "{first} {second}");
    }
    let actions = matching(&all, |one| ["Login", "Send"].contains(&at(one, "action")));
    assert_eq!(entries(&world, &[("action", "Login"), ("action[]", "Send")]).await?, actions);
    let of_owner = matching(&all, |one| at(one, "actor.uri") == owner);
    for name in ["actor", "actor[]"] {
        assert_eq!(entries(&world, &[(name, &owner)]).await?, of_owner);
    }
    let logins = matching(&of_owner, |one| at(one, "action") == "Login");
    assert_eq!(entries(&world, &[("actor", &owner), ("action", "Login")]).await?, logins);
    assert!(entries(&world, &[("namespace", "user")]).await?.is_empty(), "exact");
    Ok(())
}

#[tokio::test]
async fn it_is_sorted_by_several_fields() -> Result<()> {
    let world = World::new().await?;
    let all = entries(&world, &[]).await?;
    let sorted = |fields: &[(&str, bool)]| {
        let mut sorted = all.clone();
        sorted.sort_by(|left, right| {
            let key = |one: &Value, field| at(one, field).to_lowercase();
            let orders = fields.iter().map(|&(field, ascending)| {
                let order = key(left, field).cmp(&key(right, field));
                if ascending { order } else { order.reverse() }
            });
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        sorted
    };
    assert_eq!(all, sorted(&[("occurred_at", false)]), "the newest first");
    let query = [("sort", "occurred_at:asc")];
    assert_eq!(entries(&world, &query).await?, sorted(&[("occurred_at", true)]));
    let expected = sorted(&[("namespace", true), ("action", false), ("occurred_at", true)]);
    for query in [
        &[("sort", "namespace:asc,action:desc,occurred_at:asc")][..],
        &[("sort", "namespace:asc"), ("sort", "action:desc"), ("sort", "occurred_at:asc")],
        &[("sort[]", "namespace:asc"), ("sort[]", "action:desc"), ("sort[]", "occurred_at:asc")],
    ] {
        assert_eq!(entries(&world, query).await?, expected, "{query:?}");
    }
    for field in ["actor.display_name", "actor.uri"] {
        let term = format!("{field}:desc");
        let query = [("sort", term.as_str()), ("sort", "occurred_at:asc")];
        let expected = sorted(&[(field, false), ("occurred_at", true)]);
        assert_eq!(entries(&world, &query).await?, expected, "{field}");
    }
    Ok(())
}

#[tokio::test]
async fn it_is_bounded_by_time() -> Result<()> {
    let world = World::new().await?;
    let all = entries(&world, &[]).await?;
    let (newer, older) = (text(&all[10], "occurred_at")?, text(&all[20], "occurred_at")?);
    let query = [("min_occurred_at", older), ("max_occurred_at", newer)];
    assert_eq!(entries(&world, &query).await?, all[11..20]);
    let bounded = ask(&world, &query).await?;
    assert_eq!(bounded.body["last_event_time"], all[11]["occurred_at"]);
    Ok(())
}

#[tokio::test]
async fn it_is_searched_with_operators() -> Result<()> {
    let world = World::new().await?;
    let all = entries(&world, &[]).await?;
    let named = |name: &'static str| move |one: &Value| at(one, "fully_qualified_name") == name;
    let search = async |term| entries(&world, &[("search_term", term)]).await;
    assert_eq!(search("login").await?, matching(&all, named("User.Login")));
    assert_eq!(
        search("\"User Update\" | login").await?,
        matching(&all, |one| named("User.Update")(one) || named("User.Login")(one))
    );
    assert_eq!(search("user + update").await?, matching(&all, named("User.Update")));
    assert_eq!(
        search("update -user").await?,
        matching(&all, |one| at(one, "action") == "Update" && at(one, "namespace") != "User")
    );
    assert_eq!(
        search("(calendar | webhook) + dis*").await?,
        matching(&all, |one| at(one, "action").starts_with("Dis"))
    );
    let system = matching(&all, |one| at(one, "actor.type") == "System");
    assert_eq!(search("\"Calendly System\"").await?, system);
    let email = at(
        all.iter().find(|one| at(one, "actor.type") == "User").context("no user")?,
        "actor.alternative_identifier",
    );
    let theirs = matching(&all, |one| at(one, "actor.alternative_identifier") == email);
    let found = entries(&world, &[("search_term", email)]).await?;
    assert_eq!(found, theirs);
    Ok(())
}

#[tokio::test]
async fn a_page_token_belongs_to_one_search() -> Result<()> {
    let world = World::new().await?;
    let page = ask(&world, &[("count", "2"), ("namespace[]", "User")]).await?;
    let next = text(&page.body["pagination"], "next_page")?;
    let followed = send(world.builder(Method::GET, next).bearer_auth(&world.token)).await?;
    assert!(followed.collection().iter().all(|one| one["namespace"] == "User"));
    assert_eq!(followed.collection().len(), 2);
    let token = text(&page.body["pagination"], "next_page_token")?;
    let other = [("count", "2"), ("namespace[]", "Webhook"), ("page_token", token)];
    ask(&world, &other).await?.assert_invalid(&["page_token"]);
    Ok(())
}
