//! The store keeps its promises, also when two processes share the file.

#![allow(clippy::unwrap_used, reason = "how a test fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use host_harness::bindings::exports::sovrium::connector::lifecycle::State;
use host_harness::bindings::sovrium::connector::grant_store::{Grant, SwapError};
use host_harness::bindings::sovrium::connector::types::Connection;
use host_harness::clock::{Clock as _, VirtualClock};
use host_harness::store::{
    Along, LastError, PendingAuthorization, StateMove, Store, StoreError, Taken,
};

const START_MS: u64 = 1_700_000_000_000;
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    _folder: tempfile::TempDir,
    path: PathBuf,
    clock: VirtualClock,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sovrium.db");
        Self { _folder: folder, path, clock: VirtualClock::at(START_MS) }
    }

    /// What another process would open.
    fn open(&self) -> Store {
        Store::open(&self.path, Arc::new(self.clock.clone())).unwrap()
    }
}

fn grant(tokens: &str) -> Grant {
    Grant {
        tokens: tokens.to_owned(),
        scopes: vec!["users:read".to_owned()],
        owner: Some("https://api.calendly.com/users/A".to_owned()),
        organization: None,
        obtained_at: START_MS,
        access_expires_at: Some(START_MS + 7_200_000),
        refresh_expires_at: None,
        refresh_started_at: None,
        refused: None,
    }
}

fn connection(id: u64, name: &str) -> Connection {
    Connection {
        id,
        name: name.to_owned(),
        client_id: "client".to_owned(),
        client_secret: "sealed".to_owned(),
        personal_access_token: None,
        scopes: vec!["data.records:read".to_owned()],
        redirect_uri: Some("https://example.com/callback".to_owned()),
        webhook_signing_key: None,
        previous_webhook_signing_key: None,
    }
}

async fn lease(store: &Store) -> u64 {
    store.acquire_lease(1, MINUTE, Duration::ZERO).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_swap_needs_the_expected_version_and_the_newest_lease() {
    let fixture = Fixture::new();
    let (ours, theirs) = (fixture.open(), fixture.open());
    assert_eq!(ours.grant(1).await.unwrap(), None);

    let fence = lease(&ours).await;
    let first = ours.swap_grant(1, fence, None, Some(grant("a"))).await.unwrap().unwrap();
    assert_eq!(theirs.grant(1).await.unwrap().unwrap().grant, grant("a"));

    let stale = ours.swap_grant(1, fence, None, Some(grant("b"))).await.unwrap();
    assert!(matches!(stale, Err(SwapError::VersionConflict)));
    let second = ours.swap_grant(1, fence, Some(first), Some(grant("b"))).await.unwrap().unwrap();
    assert!(second > first);

    fixture.clock.advance(MINUTE);
    let newer = lease(&theirs).await;
    assert!(newer > fence);
    let late = ours.swap_grant(1, fence, Some(second), Some(grant("c"))).await.unwrap();
    assert!(matches!(late, Err(SwapError::LeaseLost)));
    assert_eq!(ours.grant(1).await.unwrap().unwrap().grant.tokens, "b");
}

#[tokio::test]
async fn a_lease_that_ran_out_still_counts_until_a_newer_one_is_given() {
    let fixture = Fixture::new();
    let store = fixture.open();
    let fence = lease(&store).await;
    fixture.clock.advance(MINUTE * 2);
    assert!(store.swap_grant(1, fence, None, Some(grant("a"))).await.unwrap().is_ok());
}

#[tokio::test]
async fn versions_and_fences_go_on_after_a_grant_was_removed() {
    let fixture = Fixture::new();
    let store = fixture.open();
    let fence = lease(&store).await;
    let first = store.swap_grant(1, fence, None, Some(grant("a"))).await.unwrap().unwrap();
    let removed = store.swap_grant(1, fence, Some(first), None).await.unwrap().unwrap();
    assert!(removed > first);
    assert_eq!(store.grant(1).await.unwrap(), None);
    let again = store.swap_grant(1, fence, None, Some(grant("b"))).await.unwrap().unwrap();
    assert!(again > removed);

    store.release_lease(1, fence).await.unwrap();
    let newer = lease(&fixture.open()).await;
    assert!(newer > fence);
}

#[tokio::test]
async fn a_grant_and_the_state_that_it_brings_are_written_together_or_not_at_all() {
    let store = Fixture::new().open();
    store.insert_connection(connection(1, "One"), State::Configured).await.unwrap().unwrap();
    let fence = store.acquire_lease(1, MINUTE, SECOND).await.unwrap().unwrap();
    let state = async || store.connection(1).await.unwrap().unwrap().state;
    let state_move = Some(StateMove { from: State::Configured, to: State::Connected });
    let along = Along { state_move, ..Along::default() };
    let write = async |fence, expected, grant| {
        store.replace_grant(1, fence, expected, grant, along.clone()).await.unwrap()
    };
    write(fence + 1, None, Some(grant("a"))).await.unwrap_err();
    assert_eq!(state().await, State::Configured);
    let version = write(fence, None, Some(grant("a"))).await.unwrap();
    assert_eq!(state().await, State::Connected);
    // From another state than was thought of, there is no way.
    store.move_connection(1, State::Connected, State::Error, None).await.unwrap();
    let version = write(fence, Some(version), Some(grant("b"))).await.unwrap();
    assert_eq!(state().await, State::Error);
    // Nor without a grant.
    store.move_connection(1, State::Error, State::Configured, None).await.unwrap();
    write(fence, Some(version), None).await.unwrap();
    assert_eq!(state().await, State::Configured);
}

#[tokio::test]
async fn nothing_of_a_removed_grant_stays_in_its_row() {
    let fixture = Fixture::new();
    let store = fixture.open();
    let fence = lease(&store).await;
    let version = store.swap_grant(1, fence, None, Some(grant("sealed-tokens"))).await.unwrap();
    store.swap_grant(1, fence, Some(version.unwrap()), None).await.unwrap().unwrap();
    let database = rusqlite::Connection::open(&fixture.path).unwrap();
    let left: (Option<String>, String, Option<String>) = database
        .query_row("SELECT tokens, scopes, owner FROM grants", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(left, (None, "[]".to_owned(), None));
}

#[tokio::test]
async fn a_new_connection_does_not_inherit_a_grant_of_an_earlier_one_with_its_id() {
    let fixture = Fixture::new();
    let store = fixture.open();
    let fence = lease(&store).await;
    let old = store.swap_grant(1, fence, None, Some(grant("a"))).await.unwrap().unwrap();
    store.insert_connection(connection(1, "One"), State::Configured).await.unwrap().unwrap();
    assert_eq!(store.grant(1).await.unwrap(), None);
    let new = store.swap_grant(1, fence, None, Some(grant("b"))).await.unwrap().unwrap();
    assert!(new > old + 1);
}

#[tokio::test]
async fn a_lease_is_held_by_one_at_a_time_across_processes() {
    let fixture = Fixture::new();
    let (ours, theirs) = (fixture.open(), fixture.open());
    let fence = lease(&ours).await;
    assert_eq!(theirs.acquire_lease(1, MINUTE, SECOND * 5).await.unwrap(), None);
    assert!(fixture.clock.now_ms() >= START_MS + 5_000);
    // Other connections have leases of their own.
    assert!(theirs.acquire_lease(2, MINUTE, Duration::ZERO).await.unwrap().is_some());

    ours.release_lease(1, fence).await.unwrap();
    assert!(theirs.acquire_lease(1, MINUTE, Duration::ZERO).await.unwrap().is_some());
}

#[tokio::test]
async fn a_lease_that_nobody_gives_back_runs_out() {
    let fixture = Fixture::new();
    let (ours, theirs) = (fixture.open(), fixture.open());
    let fence = lease(&ours).await;
    let newer = theirs.acquire_lease(1, MINUTE, MINUTE * 2).await.unwrap().unwrap();
    assert!(newer > fence);
    assert!(fixture.clock.now_ms() >= START_MS + 60_000);
    // Giving back what is no longer ours does nothing.
    ours.release_lease(1, fence).await.unwrap();
    assert_eq!(ours.acquire_lease(1, MINUTE, Duration::ZERO).await.unwrap(), None);
}

#[tokio::test]
async fn waiting_callers_of_one_process_are_served_in_order_as_soon_as_it_is_free() {
    let fixture = Fixture::new();
    let store = fixture.open();
    let fence = lease(&store).await;
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut callers = Vec::new();
    for caller in 0..5 {
        let (store, order) = (store.clone(), Arc::clone(&order));
        callers.push(tokio::spawn(async move {
            let fence = store.acquire_lease(1, MINUTE, MINUTE).await.unwrap().unwrap();
            order.lock().unwrap().push(caller);
            store.release_lease(1, fence).await.unwrap();
        }));
        // Each is in the queue before the next one comes.
        while queue_length(&fixture.path) <= caller {
            tokio::task::yield_now().await;
        }
    }
    // The holder is busy in real time; meanwhile the virtual clock stands still.
    assert_eq!(fixture.clock.now_ms(), START_MS);
    store.release_lease(1, fence).await.unwrap();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    assert_eq!(queue_length(&fixture.path), 0);
}

fn queue_length(path: &Path) -> u32 {
    let database = rusqlite::Connection::open(path).unwrap();
    database.query_row("SELECT count(*) FROM lease_queue", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn an_authorization_is_claimed_once_whoever_asks() {
    let fixture = Fixture::new();
    let (ours, theirs) = (fixture.open(), fixture.open());
    let both = tokio::join!(
        ours.claim_authorization("a".to_owned(), START_MS),
        theirs.claim_authorization("a".to_owned(), START_MS),
    );
    assert_ne!(both.0.unwrap(), both.1.unwrap());
    assert!(!ours.claim_authorization("a".to_owned(), START_MS).await.unwrap());
    assert!(ours.claim_authorization("b".to_owned(), START_MS).await.unwrap());
}

#[tokio::test]
async fn a_pending_authorization_is_found_by_its_state_of_which_only_the_hash_is_stored() {
    let fixture = Fixture::new();
    let store = fixture.open();
    store.insert_connection(connection(1, "One"), State::Configured).await.unwrap().unwrap();
    let pending = PendingAuthorization {
        connection: 1,
        pending: "sealed".to_owned(),
        expires_at: START_MS + 600_000,
    };
    store.insert_pending("the-state", pending.clone()).await.unwrap();
    assert_eq!(store.pending("the-state").await.unwrap(), Some(pending));
    assert_eq!(store.pending("another").await.unwrap(), None);
    assert!(store.awaits_answer(1).await.unwrap() && !store.awaits_answer(2).await.unwrap());
    assert!(!store.was_answered("the-state").await.unwrap());
    store.note_answer("the-state").await.unwrap();
    assert!(store.was_answered("the-state").await.unwrap());
    assert!(!store.was_answered("another").await.unwrap());
    assert!(!store.awaits_answer(1).await.unwrap());
    for entry in std::fs::read_dir(fixture.path.parent().unwrap()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"the-state"));
    }
    // It goes with its connection.
    assert!(store.remove_connection(1).await.unwrap());
    assert_eq!(store.pending("the-state").await.unwrap(), None);
}

#[tokio::test]
async fn ids_and_names_are_unique() {
    let fixture = Fixture::new();
    let store = fixture.open();
    let insert = |id, name| store.insert_connection(connection(id, name), State::Configured);
    insert(1, "One").await.unwrap().unwrap();
    insert(2, "Two").await.unwrap().unwrap();
    assert_eq!(insert(1, "Two").await.unwrap(), Err(Taken { id: true, name: true }));
    assert_eq!(insert(3, "One").await.unwrap(), Err(Taken { id: false, name: true }));

    let one = store.connection(1).await.unwrap().unwrap();
    let renamed = store.update_connection(&one, connection(1, "Two"), one.state).await.unwrap();
    assert_eq!(renamed, Err(Taken { id: false, name: true }));
    let renamed = store.update_connection(&one, connection(1, "Uno"), one.state).await.unwrap();
    assert_eq!(renamed, Ok(true));
    // A change of what has changed since does not happen.
    let late = store.update_connection(&one, connection(1, "Ein"), one.state).await.unwrap();
    assert_eq!(late, Ok(false));
    let names: Vec<_> = store.connections().await.unwrap();
    let names: Vec<_> = names.iter().map(|row| row.connection.name.as_str()).collect();
    assert_eq!(names, ["Uno", "Two"]);
}

#[tokio::test]
async fn a_state_moves_only_from_where_it_is() {
    let fixture = Fixture::new();
    let store = fixture.open();
    store.insert_connection(connection(1, "One"), State::Configured).await.unwrap().unwrap();
    let went_wrong = LastError { code: "network".to_owned(), message: "No answer.".to_owned() };
    let moved = store.move_connection(1, State::Connected, State::Error, None).await.unwrap();
    assert!(!moved);
    let moved = store
        .move_connection(1, State::Configured, State::Error, Some(went_wrong.clone()))
        .await
        .unwrap();
    assert!(moved);
    let row = store.connection(1).await.unwrap().unwrap();
    assert_eq!((row.state, row.last_error), (State::Error, Some(went_wrong)));
}

#[tokio::test]
async fn what_went_wrong_is_forgotten_when_it_goes_right_but_not_why_the_state_is_error() {
    let fixture = Fixture::new();
    let store = fixture.open();
    store.insert_connection(connection(1, "One"), State::Connected).await.unwrap().unwrap();
    let went_wrong = LastError { code: "network".to_owned(), message: "No answer.".to_owned() };
    store.note_activity(1, Err(went_wrong.clone())).await.unwrap();
    store.note_activity(1, Ok(())).await.unwrap();
    let row = store.connection(1).await.unwrap().unwrap();
    assert_eq!((row.last_activity_at, row.last_error), (Some(START_MS), None));

    let why = Some(went_wrong);
    store.move_connection(1, State::Connected, State::Error, why.clone()).await.unwrap();
    store.note_activity(1, Ok(())).await.unwrap();
    assert_eq!(store.connection(1).await.unwrap().unwrap().last_error, why);
    store.move_connection(1, State::Error, State::Connected, None).await.unwrap();
    assert_eq!(store.connection(1).await.unwrap().unwrap().last_error, None);
}

#[tokio::test]
async fn a_store_knows_whether_it_holds_secrets() {
    let fixture = Fixture::new();
    let store = fixture.open();
    assert!(!store.holds_secrets().await.unwrap());
    store.insert_connection(connection(1, "One"), State::Configured).await.unwrap().unwrap();
    assert!(store.holds_secrets().await.unwrap());
    store.insert_revocation(connection(1, "One"), "sealed".to_owned(), None).await.unwrap();
    store.remove_connection(1).await.unwrap();
    assert!(store.holds_secrets().await.unwrap());
    let queued = store.revocations().await.unwrap();
    store.remove_revocation(queued[0].id).await.unwrap();
    assert!(!store.holds_secrets().await.unwrap());
}

#[tokio::test]
async fn a_revocation_outlives_its_connection_and_goes_when_done() {
    let fixture = Fixture::new();
    let store = fixture.open();
    let gone = connection(1, "One");
    store.insert_revocation(gone, "sealed".to_owned(), Some("No answer.".into())).await.unwrap();
    let queued = fixture.open().revocations().await.unwrap();
    assert_eq!(queued.len(), 1);
    assert_eq!((queued[0].connection.id, queued[0].attempts), (1, 1));

    // One at a time tries it, and when its attempt does not end, another does.
    let id = queued[0].id;
    assert!(queued[0].is_due(START_MS));
    assert!(store.claim_revocation(id, 1).await.unwrap());
    assert!(!fixture.open().claim_revocation(id, 1).await.unwrap());
    let claimed = store.revocations().await.unwrap();
    assert!(!claimed[0].is_due(START_MS) && claimed[0].is_due(START_MS + 180_000));
    let why = "Still no answer.".to_owned();
    store.postpone_revocation(id, why.clone(), Some(START_MS + 5)).await.unwrap();
    let queued = store.revocations().await.unwrap();
    assert_eq!((queued[0].attempts, queued[0].last_error.as_ref()), (2, Some(&why)));
    assert!(!queued[0].is_due(START_MS + 4) && queued[0].is_due(START_MS + 5));
    store.postpone_revocation(id, why, None).await.unwrap();
    assert!(!store.revocations().await.unwrap()[0].is_due(u64::MAX));
    store.remove_revocation(queued[0].id).await.unwrap();
    assert!(store.revocations().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_not_touched() {
    let fixture = Fixture::new();
    drop(fixture.open());
    let database = rusqlite::Connection::open(&fixture.path).unwrap();
    database.pragma_update(None, "user_version", 999).unwrap();
    drop(database);
    let refused = Store::open(&fixture.path, Arc::new(fixture.clock.clone()));
    assert!(matches!(refused, Err(StoreError::Newer { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new();
    std::fs::write(&fixture.path, b"").unwrap();
    std::fs::set_permissions(&fixture.path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = fixture.open();
    store.insert_connection(connection(1, "One"), State::Configured).await.unwrap().unwrap();
    for entry in std::fs::read_dir(fixture.path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
