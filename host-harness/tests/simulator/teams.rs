//! Teams.

use anyhow::Result;
use serde_json::Value;

use crate::support::{World, text};

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["name"].as_str()).collect()
}

#[tokio::test]
async fn an_admin_sees_every_team_and_those_of_somebody() -> Result<()> {
    let world = World::new().await?;
    let all = world.all("/teams", &[("count", "2")]).await?;
    assert_eq!(names(&all), ["Leadership", "Onboarding", "Sales"]);
    for team in &all {
        let keys: Vec<_> = team.as_object().into_iter().flat_map(|team| team.keys()).collect();
        assert_eq!(keys.len(), 4, "{team}");
        assert_eq!(team["organization"], world.organization().as_str());
        assert!(text(team, "scheduling_url")?.starts_with("https://calendly.com/"));
        assert_eq!(*world.get(text(team, "uri")?, &[]).await?.resource(), *team);
    }
    let own = world.all("/teams", &[("user", &world.owner())]).await?;
    assert_eq!(names(&own), ["Leadership", "Sales"]);
    let colleagues = world.all("/teams", &[("user", &world.colleague())]).await?;
    assert_eq!(names(&colleagues), ["Onboarding", "Sales"]);
    Ok(())
}

#[tokio::test]
async fn members_see_their_own_teams() -> Result<()> {
    let mut world = World::new().await?;
    let all = world.all("/teams", &[]).await?;
    world.become_colleague();
    world.get("/teams", &[]).await?.assert_denied("You do not have permission");
    let reply = world.get("/teams", &[("user", &world.owner())]).await?;
    reply.assert_denied("You do not have permission");
    let own = world.all("/teams", &[("user", &world.colleague())]).await?;
    assert_eq!(own, all[1..]);
    assert_eq!(*world.get(text(&own[0], "uri")?, &[]).await?.resource(), own[0]);
    let reply = world.get(text(&all[0], "uri")?, &[]).await?;
    reply.assert_denied("You do not have permission to access this resource.");
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_refused() -> Result<()> {
    let world = World::new().await?;
    let query = [("user", "me"), ("count", "101"), ("page_token", "x")];
    world.get("/teams", &query).await?.assert_invalid(&["user", "count", "page_token"]);
    let stranger = [("user", "https://api.calendly.com/users/stranger")];
    let reply = world.get("/teams", &stranger).await?;
    reply.assert_denied("This user is not in your organization");
    assert_eq!(world.get("/teams/x", &[]).await?.status, 404);
    Ok(())
}
