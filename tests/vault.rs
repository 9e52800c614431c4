//! What is sealed stays closed to all but its place and its key, through the whole component: an
//! envelope that was changed, cut off, moved, or is of another key or version, is a `vault` error,
//! and what is stored stays as it is. Another implementation of AES-256-GCM opens the envelopes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test stops at the first surprise, and `json!` makes values"
)]

mod support;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use host_harness::bindings::exports::sovrium::connector::vault::Slot;
use host_harness::error::{ErrorCode, HostError};
use host_harness::host::Host;
use host_harness::keyring::{EncryptionKey, Keyring};
use host_harness::simulator::{Decision, Fault, FaultKind, Simulator};
use host_harness::store::{Place, Sealed, Store};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::json;

use crate::support::MINUTE;
use crate::support::home::{KEY, options};
use crate::support::world::{EVERYTHING, World};

/// Opens an envelope as the README says, with `ring`.
fn open(envelope: &str, connection: u64, slot: &str) -> Option<Vec<u8>> {
    let [version, key_id, body]: [&str; 3] =
        envelope.split(':').collect::<Vec<_>>().try_into().ok()?;
    let mut bytes = Base64UrlUnpadded::decode_vec(body).ok()?;
    let nonce = bytes.drain(..12).collect::<Vec<_>>();
    let aad = format!("sovrium:connector/calendly\0{version}\0{key_id}\0{connection}\0{slot}");
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KEY).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
    let plain = key.open_in_place(nonce, Aad::from(aad.as_bytes()), &mut bytes).ok()?;
    Some(plain.to_vec())
}

/// What is stored of a connection in one place.
async fn stored(store: &Store, connection: u64, place: &Place) -> Sealed {
    let all = store.sealed().await.unwrap();
    let found = all.into_iter().find(|one| one.connection == connection && one.place == *place);
    found.unwrap_or_else(|| panic!("{place:?} of connection {connection}"))
}

/// Puts something else in the place of what is stored.
async fn replace(store: &Store, sealed: &Sealed, envelope: &str) {
    if sealed.place == Place::Grant {
        let id = sealed.connection;
        let fence = store.acquire_lease(id, MINUTE, MINUTE).await.unwrap().unwrap();
        let mut stored = store.grant(id).await.unwrap().unwrap();
        envelope.clone_into(&mut stored.grant.tokens);
        let swapped = store.swap_grant(id, fence, Some(stored.version), Some(stored.grant)).await;
        swapped.unwrap().unwrap();
        store.release_lease(id, fence).await.unwrap();
    } else {
        assert!(store.replace_sealed(sealed.clone(), envelope.to_owned()).await.unwrap());
    }
}

/// Everything that can be wrong with an envelope, `other` being one of another connection and
/// `elsewhere` one of another slot.
fn broken(envelope: &str, other: &str, elsewhere: &str) -> Vec<(&'static str, String)> {
    let (head, body) = envelope.rsplit_once(':').unwrap();
    let bytes = Base64UrlUnpadded::decode_vec(body).unwrap();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        format!("{head}:{}", Base64UrlUnpadded::encode_string(&bytes))
    };
    let last = bytes.len() - 1;
    vec![
        ("another nonce", with(&|bytes| bytes[0] ^= 1)),
        ("another cipher text", with(&|bytes| bytes[12] ^= 1)),
        ("another tag", with(&|bytes| bytes[last] ^= 0x80)),
        ("a byte less", with(&|bytes| bytes.truncate(last))),
        ("the nonce alone", with(&|bytes| bytes.truncate(12))),
        ("half of the text", envelope[..envelope.len() / 2].to_owned()),
        ("nothing", String::new()),
        ("another connection's", other.to_owned()),
        ("another slot's", elsewhere.to_owned()),
        ("another key's id", envelope.replacen(head.split_once(':').unwrap().1, "0a1b2c3d", 1)),
        ("the future's", envelope.replacen("v2:", "v3:", 1)),
        ("the platform's", "v1:{\"ciphertext\":\"\",\"iv\":\"\",\"authTag\":\"\"}".to_owned()),
    ]
}

/// Two connections that are connected.
async fn two_connections() -> World {
    let world = World::connected().await;
    world.create(2, "Sales").await;
    world.connect(2, EVERYTHING).await;
    world
}

async fn assert_vault_error(world: &World, what: &str, outcome: Result<(), HostError>) {
    let before = world.host.store().sealed().await.unwrap();
    let error = outcome.expect_err(what);
    assert_eq!(error.code, ErrorCode::Vault, "{what}: {error:?}");
    assert_eq!(world.host.store().sealed().await.unwrap(), before, "{what}");
}

#[tokio::test]
async fn tokens_that_are_not_the_connections_own_are_refused_and_stay() {
    let world = two_connections().await;
    let store = world.host.store();
    let own = stored(store, 1, &Place::Grant).await;
    let other = stored(store, 2, &Place::Grant).await.envelope;
    let elsewhere = stored(store, 1, &Place::ClientSecret).await.envelope;
    world.simulator.clear_requests();
    for (what, envelope) in broken(&own.envelope, &other, &elsewhere) {
        replace(store, &own, &envelope).await;
        let before = store.sealed().await.unwrap();
        let outcome = world.run("listBases", json!({})).await.map(drop);
        assert_vault_error(&world, what, outcome).await;
        assert_eq!(store.sealed().await.unwrap(), before, "{what}");
    }
    assert_eq!(world.sent(), [] as [String; 0]);
    replace(store, &own, &own.envelope).await;
    world.run("listBases", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_client_secret_that_is_not_the_connections_own_spends_no_token() {
    let world = two_connections().await;
    let store = world.host.store();
    let mut own = stored(store, 1, &Place::ClientSecret).await;
    let good = own.envelope.clone();
    let other = stored(store, 2, &Place::ClientSecret).await.envelope;
    let elsewhere = stored(store, 1, &Place::Grant).await.envelope;
    world.advance(7_200);
    world.simulator.clear_requests();
    for (what, envelope) in broken(&good, &other, &elsewhere) {
        replace(store, &own, &envelope).await;
        own.envelope = envelope;
        let before = store.sealed().await.unwrap();
        let outcome = world.run("listBases", json!({})).await.map(drop);
        assert_vault_error(&world, what, outcome).await;
        assert_eq!(store.sealed().await.unwrap(), before, "{what}");
        let grant = store.grant(1).await.unwrap().unwrap().grant;
        assert_eq!((grant.refresh_started_at, grant.refused), (None, None), "{what}");
    }
    assert_eq!(world.sent(), [] as [String; 0]);
    replace(store, &own, &good).await;
    world.run("listBases", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_pending_authorization_that_is_not_the_connections_own_spends_no_code() {
    let world = two_connections().await;
    world.host.disconnect(1).await.unwrap();
    world.host.disconnect(2).await.unwrap();
    let store = world.host.store();
    let newest = async |id: u64, before: &[Sealed]| {
        let all = store.sealed().await.unwrap();
        all.into_iter().find(|one| one.connection == id && !before.contains(one)).unwrap()
    };
    let before = store.sealed().await.unwrap();
    world.begin(2, EVERYTHING).await;
    let other = newest(2, &before).await.envelope;
    let callback = world.callback(1, EVERYTHING, Decision::Allow).await;
    let mut own = newest(1, &before).await;
    let good = own.envelope.clone();
    let elsewhere = stored(store, 1, &Place::ClientSecret).await.envelope;
    world.simulator.clear_requests();
    for (what, envelope) in broken(&good, &other, &elsewhere) {
        replace(store, &own, &envelope).await;
        own.envelope = envelope;
        let outcome = world.host.finish_connect(&callback).await.map(drop);
        assert_vault_error(&world, what, outcome).await;
    }
    assert_eq!(world.sent(), [] as [String; 0]);
    replace(store, &own, &good).await;
    assert_eq!(world.host.finish_connect(&callback).await.unwrap().state, "connected");
}

#[tokio::test]
async fn outstanding_tokens_that_are_not_the_connections_own_stay_in_the_queue() {
    let world = two_connections().await;
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/revoke");
    world.simulator.inject(cut.times(4));
    world.host.disconnect(1).await.unwrap();
    world.host.disconnect(2).await.unwrap();
    let store = world.host.store();
    let ids: Vec<_> = store.revocations().await.unwrap().iter().map(|one| one.id).collect();
    let mut own = stored(store, 1, &Place::Revocation(ids[0])).await;
    let good = own.envelope.clone();
    let other = stored(store, 2, &Place::Revocation(ids[1])).await.envelope;
    store.remove_revocation(ids[1]).await.unwrap();
    let elsewhere = stored(store, 1, &Place::ClientSecret).await.envelope;
    world.simulator.clear_requests();
    for (what, envelope) in broken(&good, &other, &elsewhere) {
        replace(store, &own, &envelope).await;
        own.envelope = envelope;
        let before = store.sealed().await.unwrap();
        assert_eq!(world.host.retry_revocations().await.unwrap().outstanding, 1, "{what}");
        assert_eq!(store.sealed().await.unwrap(), before, "{what}");
    }
    assert_eq!(world.sent(), [] as [String; 0]);
    replace(store, &own, &good).await;
    assert_eq!(world.host.retry_revocations().await.unwrap().done, 1);
}

#[tokio::test]
async fn another_key_opens_nothing_and_changes_nothing() {
    let world = World::connected().await;
    let key = [8; 32];
    let other = world
        .home
        .host_with(world.simulator.origin(), |options| {
            options.keyring = Keyring::new(vec![EncryptionKey::new(key)]);
        })
        .await;
    let before = world.host.store().sealed().await.unwrap();
    let error = other.test(1).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Vault);
    assert_eq!(world.host.store().sealed().await.unwrap(), before);
    assert!(error.next_step.contains("Give the host that key back"), "{error:?}");
}

#[tokio::test]
async fn another_implementation_opens_what_is_stored() {
    let world = World::connected().await;
    world.create(12, "Sales").await;
    world.host.begin_connect(12, Default::default()).await.unwrap();
    let store = world.host.store();
    let secret = stored(store, 12, &Place::ClientSecret).await.envelope;
    assert_eq!(open(&secret, 12, "client-secret").unwrap(), Simulator::CLIENT_SECRET.as_bytes());
    assert_eq!(open(&secret, 1, "client-secret"), None);
    assert_eq!(open(&secret, 12, "tokens"), None);

    let tokens = stored(store, 1, &Place::Grant).await.envelope;
    let tokens = String::from_utf8(open(&tokens, 1, "tokens").unwrap()).unwrap();
    let (access, refresh) = tokens.split_once('\n').unwrap();
    world.host.disconnect(1).await.unwrap();
    let revoked: Vec<_> = world
        .simulator
        .requests()
        .iter()
        .filter(|sent| sent.path == "/oauth/revoke")
        .map(|sent| support::value_of(&sent.body, "token"))
        .collect();
    assert!(revoked.len() == 2 && revoked.iter().all(|token| token == access || token == refresh));

    let all = store.sealed().await.unwrap();
    let pending =
        all.iter().find(|one| one.connection == 12 && one.slot() == Slot::PendingAuthorization);
    let pending = open(&pending.unwrap().envelope, 12, "pending-authorization").unwrap();
    let pending = String::from_utf8(pending).unwrap();
    let lines: Vec<_> = pending.lines().collect();
    let [state, verifier, redirect_uri, expires_at, _scopes] = lines[..] else {
        panic!("{} lines", lines.len());
    };
    assert!(state.starts_with("12.") && verifier.len() == 43);
    assert_eq!(redirect_uri, "http://localhost:8976/oauth/calendly/callback");
    assert!(expires_at.parse::<u64>().is_ok());
}

#[tokio::test]
async fn a_secret_is_sealed_anew_with_the_active_key_for_its_own_place_alone() {
    let world = World::connected().await;
    let store = world.host.store();
    let active = EncryptionKey::new([8; 32]);
    let active_id = active.id().to_owned();
    let mut with_both = options(world.simulator.origin());
    with_both.keyring = Keyring::new(vec![active, EncryptionKey::new(KEY)]);
    let clock = std::sync::Arc::new(world.home.clock.clone());
    let component = support::home::component();
    let host = Host::new(component, world.home.store(clock), with_both).await.unwrap();
    let reseal = async |connection: u64, slot: Slot, envelope: &str| {
        let context = host.context(Some(connection), MINUTE);
        let answer = host.component().reseal(context, connection, slot, envelope.to_owned()).await;
        answer.unwrap().map_err(HostError::from)
    };
    let secret = stored(store, 1, &Place::ClientSecret).await.envelope;
    let sealed = reseal(1, Slot::ClientSecret, &secret).await.unwrap();
    assert!(sealed.starts_with(&format!("v2:{active_id}:")), "{sealed}");
    for (connection, slot) in
        [(2, Slot::ClientSecret), (1, Slot::Tokens), (1, Slot::OutstandingRevocation)]
    {
        let refused = reseal(connection, slot, &secret).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Vault, "{connection} {slot:?}");
    }
}
