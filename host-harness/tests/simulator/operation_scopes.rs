//! Which scope an operation needs.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn event_types_availability_shares_and_no_shows_need_their_scopes() -> Result<()> {
    let mut world = World::new().await?;
    world.token = world.simulator.issue_access_token(&["users:read"]);
    for (method, path, scope) in [
        (Method::GET, "/event_type_memberships", "event_types:read"),
        (Method::POST, "/one_off_event_types", "event_types:write"),
        (Method::GET, "/event_type_available_times", "availability:read"),
        (Method::GET, "/user_availability_schedules", "availability:read"),
        (Method::GET, "/user_availability_schedules/x", "availability:read"),
        (Method::POST, "/user_availability_schedules", "availability:write"),
        (Method::PATCH, "/user_availability_schedules/x", "availability:write"),
        (Method::GET, "/user_busy_times", "availability:read"),
        (Method::GET, "/event_type_availability_schedules", "availability:read"),
        (Method::PATCH, "/event_type_availability_schedules", "availability:write"),
        (Method::GET, "/user_meeting_limits", "availability:read"),
        (Method::PATCH, "/user_meeting_limits", "availability:write"),
        (Method::GET, "/locations", "locations:read"),
        (Method::POST, "/scheduling_links", "scheduling_links:write"),
        (Method::GET, "/shares", "shares:read"),
        (Method::POST, "/shares", "shares:write"),
        (Method::PATCH, "/shares/x", "shares:write"),
        (Method::DELETE, "/shares/x", "shares:write"),
        (Method::POST, "/invitee_no_shows", "scheduled_events:write"),
        (Method::GET, "/invitee_no_shows/x", "scheduled_events:read"),
        (Method::DELETE, "/invitee_no_shows/x", "scheduled_events:write"),
    ] {
        let reply = world.request(method, path, None).await?;
        assert_eq!(reply.status, 403, "{path}: {}", reply.text);
        assert_eq!(reply.body["title"], "Insufficient scope", "{path}");
        assert_eq!(reply.body["required_scopes"], json!([scope]), "{path}");
    }
    Ok(())
}
