//! `GET /locations`.

use anyhow::Result;

use crate::support::World;

const PATH: &str = "/locations";

#[tokio::test]
async fn there_is_one_of_every_kind_and_conferences_say_whether_they_are_connected() -> Result<()> {
    let world = World::new().await?;
    let reply = world.get(PATH, &[("user", &world.owner())]).await?;
    assert!(reply.body.get("pagination").is_none());
    let locations = reply.collection();
    assert_eq!(locations.len(), 10);
    for location in locations {
        let kind = location["kind"].as_str().unwrap_or_default();
        let conference = kind.ends_with("_conference");
        assert_eq!(location.get("connected").is_some(), conference, "{location}");
    }
    for connected in [true, false] {
        assert!(locations.iter().any(|location| location["connected"] == connected));
    }
    Ok(())
}

#[tokio::test]
async fn locations_are_seen_by_their_user_and_by_admins() -> Result<()> {
    let mut world = World::new().await?;
    world.get(PATH, &[]).await?.assert_invalid(&["user"]);
    world.get(PATH, &[("user", "me")]).await?.assert_invalid(&["user"]);
    let stranger = [("user", "https://api.calendly.com/users/x")];
    world.get(PATH, &stranger).await?.assert_denied("This user is not in your organization");
    assert_eq!(world.get(PATH, &[("user", &world.colleague())]).await?.status, 200);
    world.become_colleague();
    let reply = world.get(PATH, &[("user", &world.owner())]).await?;
    reply.assert_denied("You do not have permission");
    Ok(())
}
