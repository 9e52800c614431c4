//! A 403 is one of several things, and for each another person has something else to do: whoever
//! connects, who pays, an admin, or whoever it belongs to.

use host_harness::error::{ErrorCode, HostError, Retry};
use host_harness::simulator::{Decision, Person, Plan};
use serde_json::{Value, json};

use crate::capabilities;
use crate::support::world::World;

/// What a member of the organization can be granted.
const ALL: &[&str] = &[
    "users:read",
    "organizations:write",
    "groups:read",
    "event_types:write",
    "availability:write",
    "locations:read",
    "scheduled_events:write",
    "scheduling_links:write",
    "shares:write",
    "contacts:write",
    "routing_forms:read",
    "webhooks:write",
    "meeting_recaps:write",
    "activity_log:read",
    "data_compliance:write",
    "outgoing_communications:read",
];

/// An operation that Calendly has to refuse with a 403, to the last request that was sent for it.
async fn forbidden(world: &World, operation: &str, config: Value) -> HostError {
    world.simulator.clear_requests();
    let error = world.run(operation, config.clone()).await.unwrap_err();
    let requests = world.simulator.requests();
    let status = requests.last().and_then(|request| request.status);
    assert_eq!(status, Some(403), "{operation} {config}: {error:?}");
    assert_eq!(error.retry, Retry::Never, "{operation} {config}");
    assert!(error.request_id.is_some(), "{operation} {config}");
    error
}

fn query(base: &str, table: &str) -> Value {
    json!({ "baseId": base, "tableId": table })
}

fn reason(error: &HostError) -> Value {
    error.detail.as_ref().unwrap()["reason"].clone()
}

#[tokio::test]
async fn a_missing_scope_is_named_and_whoever_connects_can_grant_it() {
    let world = World::new().await;
    world.create(1, "Marketing").await;
    // Everything was asked for, but the person unticked most of it.
    let ticked = ["users:read", "event_types:read", "contacts:read", "scheduled_events:read"];
    let ticked = ticked.map(str::to_owned).to_vec();
    let callback =
        world.callback(1, capabilities::SCOPES, Decision::AllowOnly(ticked.clone())).await;
    world.host.finish_connect(&callback).await.unwrap();
    let contact = json!({ "name": "John", "email": "john@example.com" });
    let event_type = world.simulator.event_type_uri("30 Minute Meeting").unwrap();
    for (operation, config, scope) in [
        (
            "createRecord",
            json!({ "baseId": "me", "tableId": "contacts", "fields": contact }),
            "contacts:write",
        ),
        ("queryRecords", query("me", "locations"), "locations:read"),
        ("queryRecords", query("organization", "organization_memberships"), "organizations:read"),
        ("queryRecords", query("me", "webhook_subscriptions"), "webhooks:read"),
        ("queryRecords", query("organization", "activity_log"), "activity_log:read"),
        ("createSchedulingLink", json!({ "eventType": event_type }), "scheduling_links:write"),
        ("cancelEvent", json!({ "event": "E1" }), "scheduled_events:write"),
        ("inviteMember", json!({ "email": "a@example.com" }), "organizations:write"),
        ("deleteInviteeData", json!({ "emails": ["a@example.com"] }), "data_compliance:write"),
        ("sampleWebhook", json!({ "event": "invitee.created", "baseId": "me" }), "webhooks:read"),
    ] {
        let error = forbidden(&world, operation, config.clone()).await;
        assert_eq!(error.code, ErrorCode::InsufficientScope, "{operation} {config}");
        assert_eq!(error.message, format!("The connection lacks the scope {scope}."));
        assert_eq!(error.next_step, format!("Connect again and grant {scope}."));
        let detail = error.detail.as_ref().unwrap();
        assert_eq!(detail["missing"], json!([scope]));
        let granted = detail["granted"].as_array().unwrap();
        assert_eq!(granted.len(), ticked.len(), "{detail}");
        assert!(ticked.iter().all(|scope| granted.contains(&json!(scope))), "{detail}");
    }
    // What was ticked works.
    world.answer("queryRecords", query("me", "contacts")).await;
}

#[tokio::test]
async fn a_plan_that_does_not_include_it_is_the_owners_to_change() {
    let mut scopes = capabilities::SCOPES.to_vec();
    scopes.push("data_compliance:write");
    let deletion = json!({ "emails": ["john@example.com"] });
    let recap = json!({ "recap": "R1" });
    let fields = json!({
        "callback_url": "https://example.com/hook", "events": ["routing_form_submission.created"],
    });
    let mut subscription = query("organization", "webhook_subscriptions");
    subscription["fields"] = fields;
    for (plan, refused) in [
        (
            Plan::Teams,
            vec![
                ("queryRecords", query("organization", "activity_log")),
                ("queryRecords", query("organization", "outgoing_communications")),
                ("deleteInviteeData", deletion.clone()),
            ],
        ),
        (
            Plan::Basic,
            vec![
                ("queryRecords", query("me", "meeting_recaps")),
                ("getTranscript", recap),
                ("queryRecords", query("organization", "activity_log")),
                ("createRecord", subscription),
            ],
        ),
    ] {
        let world = World::connected_with_scopes(|options| options.plan = plan, &scopes).await;
        for (operation, config) in refused {
            let error = forbidden(&world, operation, config.clone()).await;
            assert_eq!(error.code, ErrorCode::PlanUpgradeRequired, "{plan:?} {config}");
            let words = "The Calendly plan does not include this: Please upgrade";
            assert!(error.message.starts_with(words), "{}", error.message);
            let next = "The owner of the Calendly organization has to change its plan.";
            assert_eq!(error.next_step, next);
        }
    }
    // On the plan that has it, it works.
    let world = World::connected_with_scopes(|_| {}, &scopes).await;
    world.answer("queryRecords", query("organization", "activity_log")).await;
    world.answer("queryRecords", query("me", "meeting_recaps")).await;
    world.answer("deleteInviteeData", deletion).await;
}

#[tokio::test]
async fn a_role_that_is_too_low_is_an_admins_affair() {
    let world = World::connected_by_the_colleague(ALL).await;
    let owner = world.simulator.user_uri(Person::Owner);
    let organization = world.simulator.organization_uri();
    let path = format!("/organization_memberships?user={owner}&organization={organization}");
    let membership = world.look(&path).await["collection"][0]["uri"].take();
    for (operation, config) in [
        ("queryRecords", query("organization", "scheduled_events")),
        ("queryRecords", query("organization", "invitees")),
        ("queryRecords", query("organization", "organization_memberships")),
        ("queryRecords", query("organization", "organization_invitations")),
        ("inviteMember", json!({ "email": "new@example.com" })),
        ("removeMember", json!({ "membership": membership })),
    ] {
        let error = forbidden(&world, operation, config.clone()).await;
        assert_eq!(error.code, ErrorCode::PermissionDenied, "{operation} {config}");
        assert_eq!(reason(&error), "role-too-low", "{operation} {config}: {error:?}");
        let next = "Connect as an owner or admin of the Calendly organization.";
        assert_eq!(error.next_step, next, "{operation} {config}");
        let words = "The connected account may not do this: You do not have permission";
        assert!(error.message.starts_with(words), "{}", error.message);
    }
    // It is the colleague who is connected, and what is their own is theirs.
    let me = world.record("getCurrentUser", json!({})).await;
    assert_eq!(me["uri"], *world.simulator.user_uri(Person::Colleague));
    let page = world.answer("queryRecords", query("me", "scheduled_events")).await;
    assert!(!page["records"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_role_that_was_raised_reaches_further() {
    let world = World::connected_by_the_colleague(ALL).await;
    forbidden(&world, "queryRecords", query("organization", "scheduled_events")).await;
    world.simulator.make_admin(Person::Colleague);
    world.answer("queryRecords", query("organization", "scheduled_events")).await;
    world.answer("inviteMember", json!({ "email": "new@example.com" })).await;
}

#[tokio::test]
async fn what_is_somebody_elses_is_told_from_a_low_role() {
    let world = World::connected_by_the_colleague(ALL).await;
    let (owner, organization) =
        (world.simulator.user_uri(Person::Owner), world.simulator.organization_uri());
    // A meeting of the owner's alone, yet to come.
    let path = format!(
        "/scheduled_events?user={owner}&organization={organization}&status=active&count=100\
         &min_start_time=2026-11-25T00:00:00Z"
    );
    let events = world.look(&path).await;
    let colleague = world.simulator.user_uri(Person::Colleague);
    let mut events = events["collection"].as_array().unwrap().iter();
    let event = events.find(|event| {
        let hosts = event["event_memberships"].as_array().unwrap();
        hosts.iter().all(|host| host["user"] != *colleague)
    });
    let uri = event.unwrap()["uri"].clone();
    let get = json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": uri });
    for (operation, config) in [
        ("getRecord", get.clone()),
        ("cancelEvent", json!({ "event": uri })),
        ("deleteRecord", get),
    ] {
        let error = forbidden(&world, operation, config.clone()).await;
        assert_eq!(error.code, ErrorCode::PermissionDenied, "{operation}");
        assert_eq!(reason(&error), "not-yours", "{operation}: {error:?}");
        let next = "Use the connection of the event's host, or of an organization admin.";
        assert_eq!(error.next_step, next, "{operation}");
    }
    assert_eq!(world.look(uri.as_str().unwrap()).await["resource"]["status"], "active");

    // What is of another organization is nobody's here.
    let world = World::connected().await;
    let elsewhere = world.simulator.membership_elsewhere_uri();
    let get = json!({
        "baseId": "organization", "tableId": "organization_memberships", "recordId": elsewhere,
    });
    for (operation, config) in [
        ("getRecord", get),
        ("removeMember", json!({ "membership": elsewhere })),
        ("queryRecords", query("user:nobody", "scheduled_events")),
    ] {
        let error = forbidden(&world, operation, config).await;
        assert_eq!(error.code, ErrorCode::PermissionDenied, "{operation}");
        assert_eq!(reason(&error), "not-yours", "{operation}: {error:?}");
        let next = "Use a connection of the organization that it belongs to.";
        assert_eq!(error.next_step, next, "{operation}");
    }
}

#[tokio::test]
async fn what_nobody_can_do_and_what_support_grants_are_told_too() {
    let world = World::connected().await;
    let (owner, organization) =
        (world.simulator.user_uri(Person::Owner), world.simulator.organization_uri());
    let path = format!("/organization_memberships?user={owner}&organization={organization}");
    let membership = world.look(&path).await["collection"][0]["uri"].take();
    let error = forbidden(&world, "removeMember", json!({ "membership": membership })).await;
    assert_eq!((error.code, reason(&error)), (ErrorCode::PermissionDenied, "not-possible".into()));
    assert_eq!(error.next_step, "Calendly lets nobody do this through its API.");

    let path = format!(
        "/scheduled_events?organization={organization}&status=active\
         &max_start_time=2026-11-23T00:00:00Z"
    );
    let over = world.look(&path).await["collection"][0]["uri"].take();
    let error = forbidden(&world, "cancelEvent", json!({ "event": over })).await;
    assert_eq!(error.code, ErrorCode::Conflict);
    assert_eq!(error.next_step, "Only an active event in the future can be canceled.");

    let world = World::connected_by_the_colleague(ALL).await;
    let deletion = json!({ "emails": ["john@example.com"] });
    let error = forbidden(&world, "deleteInviteeData", deletion).await;
    let told = (error.code, reason(&error));
    assert_eq!(told, (ErrorCode::PermissionDenied, "missing-permission".into()));
    assert_eq!(error.next_step, "Ask Calendly's support for the data requests permission.");
}
