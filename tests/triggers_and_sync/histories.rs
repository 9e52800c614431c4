//! Random histories: records are made, changed and removed, while triggers poll and copies pull at
//! any moment, and crash.

use std::collections::{BTreeMap, BTreeSet};

use host_harness::simulator::AccountSize;
use serde_json::{Value, json};

use crate::copies::{Copy, table};
use crate::polling::Trigger;
use crate::support::world::World;
use crate::triggers::book;

/// Numbers that look random and are the same in every run (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    pub(crate) fn one<'v>(&mut self, of: &'v [String]) -> Option<&'v str> {
        if of.is_empty() { None } else { Some(&of[self.below(of.len())]) }
    }
}

/// A trigger, beside the table as it was when it polled last.
struct Watched {
    table: &'static str,
    deletions: bool,
    trigger: Trigger,
    /// `updated_at` by id.
    before: BTreeMap<String, String>,
    fired: BTreeSet<String>,
}

impl Watched {
    async fn of(world: &World, table: &'static str, deletions: bool) -> Self {
        let mut events = vec!["created", "updated"];
        if deletions {
            events.push("deleted");
        }
        let request = json!({
            "baseId": "me", "tableId": table, "events": events,
            "lookbackDays": 1_000, "horizonDays": 1_000,
        });
        let mut trigger = Trigger::of(request);
        assert!(trigger.all(world).await.is_empty());
        let before = versions(world, table).await;
        Self { table, deletions, trigger, before, fired: BTreeSet::new() }
    }

    /// Polls, and expects what is to be seen since the last time: each once, never again.
    async fn poll(&mut self, world: &World, crashes: bool) {
        if crashes {
            // The answer is lost before it is stored.
            self.trigger.ask(world).await;
        }
        let now = versions(world, self.table).await;
        let table = self.table;
        let mut expected = BTreeSet::new();
        for (id, version) in &now {
            match self.before.get(id) {
                None => expected.insert(format!("record.created/{table}/{id}")),
                Some(old) if old != version => {
                    expected.insert(format!("record.updated/{table}/{id}/{version}"))
                }
                Some(_) => false,
            };
        }
        for id in self.before.keys().filter(|id| self.deletions && !now.contains_key(*id)) {
            expected.insert(format!("record.deleted/{table}/{id}"));
        }
        let ids = self.trigger.ids(world).await;
        let records = ids.iter().filter(|id| id.starts_with("record."));
        assert!(records.eq(&expected), "{ids:#?} are not {expected:#?}");
        for id in ids {
            assert!(self.fired.insert(id.clone()), "{id} fired twice");
        }
        self.before = now;
    }
}

async fn versions(world: &World, name: &str) -> BTreeMap<String, String> {
    let records = table(world, "me", name).await.into_iter();
    let version = |record: &Value| record["updatedTime"].as_str().unwrap().to_owned();
    records.map(|(id, record)| (id, version(&record))).collect()
}

/// Something happens at Calendly.
async fn happen(world: &World, dice: &mut Dice, number: usize) {
    let contacts: Vec<_> = table(world, "me", "contacts").await.into_keys().collect();
    let of = |id: &str| json!({ "baseId": "me", "tableId": "contacts", "recordId": id });
    match (dice.below(10), dice.one(&contacts)) {
        (0..=2, _) => {
            let fields = json!({ "name": "New", "email": format!("new-{number}@example.com") });
            let config = json!({ "baseId": "me", "tableId": "contacts", "fields": fields });
            world.answer("createRecord", config).await;
        }
        (3..=5, Some(id)) => {
            let mut config = of(id);
            config["fields"] = json!({ "name": format!("Changed {number}") });
            world.answer("updateRecord", config).await;
        }
        (6..=7, Some(id)) => drop(world.answer("deleteRecord", of(id)).await),
        (8, _) => drop(book(world, &format!("guest-{number}@example.com")).await),
        _ => {
            let meetings = table(world, "me", "scheduled_events").await;
            let upcoming: Vec<_> = meetings
                .into_iter()
                .filter(|(_, record)| {
                    let fields = &record["fields"];
                    let is_upcoming = fields["start_time"].as_str() > Some("2026-11-26");
                    fields["status"] == "active" && is_upcoming
                })
                .map(|(id, _)| id)
                .collect();
            if let Some(id) = dice.one(&upcoming) {
                let config =
                    json!({ "baseId": "me", "tableId": "scheduled_events", "recordId": id });
                world.answer("deleteRecord", config).await;
            }
        }
    }
}

async fn live(seed: u64) {
    let world = World::connected_with(|options| {
        options.size = AccountSize { scheduled_events: 8, contacts: 25, event_types: 6 };
        options.requests_per_minute = Some(0);
    })
    .await;
    let mut dice = Dice(seed);
    let mut watched = Vec::new();
    for (table, deletions) in
        [("contacts", false), ("contacts", true), ("scheduled_events", false), ("invitees", false)]
    {
        watched.push(Watched::of(&world, table, deletions).await);
    }
    let tables = ["contacts", "scheduled_events", "invitees"];
    let mut copies = [Copy::default(), Copy::default(), Copy::default()];
    for number in 0..60 {
        world.advance(dice.below(3) as u64 * 200);
        match dice.below(4) {
            0 | 1 => happen(&world, &mut dice, number).await,
            2 => {
                let (which, crashes) = (dice.below(watched.len()), dice.below(3) == 0);
                watched[which].poll(&world, crashes).await;
            }
            _ => {
                let which = dice.below(copies.len());
                let before = copies[which].clone();
                let limit = 1 + dice.below(20) as u64;
                copies[which].pull(&world, "me", tables[which], limit).await;
                if dice.below(3) == 0 {
                    // Neither the rows nor the cursor were stored.
                    copies[which] = before;
                }
            }
        }
    }
    for watched in &mut watched {
        watched.poll(&world, false).await;
        watched.poll(&world, true).await;
    }
    for (copy, name) in copies.iter_mut().zip(tables) {
        copy.catch_up(&world, "me", name).await;
        assert_eq!(copy.rows, table(&world, "me", name).await, "{name} with {seed}");
    }
}

#[tokio::test]
async fn each_change_fires_once_and_copies_come_to_be_the_same() {
    for seed in 1..=6 {
        live(seed).await;
    }
}
