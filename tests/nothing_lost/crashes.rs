//! A process is killed at every step of what it does with a grant. The next process finds a
//! connection that works, or one that says that a person has to connect it again; and no secret
//! lies about.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use host_harness::crash_point::CrashPoint;
use host_harness::error::ErrorCode;
use host_harness::host::Host;
use host_harness::simulator::{Fault, FaultKind, Simulator};
use tokio::task::JoinSet;

use crate::child::{Act, LONG, Stepping, USE, key_file};
use crate::scene::{Scene, connect};
use crate::support::pairs;

/// What is found after dying at each step, in the order of the steps, and after the end.
const STORIES: &str = "
Exchange
  SaysReconnect: pending-storing pending-stored state-moving state-moved lease-taken claiming
                 claimed sending answered grant-swapping
  Works:         grant-swapped answer-noted end
Refresh
  Works:         lease-taken grant-swapping grant-swapped sending
  SaysReconnect: answered grant-swapping
  Works:         grant-swapped sending answered end
RefreshWithGrace
  Works:         lease-taken grant-swapping grant-swapped sending answered grant-swapping
                 grant-swapped sending answered end
RefusedRefresh
  SaysReconnect: lease-taken grant-swapping grant-swapped sending answered grant-swapping
                 grant-swapped state-moving state-moved end
Reconnect
  OnlyRuns:      pending-storing pending-stored state-moving state-moved lease-taken claiming
                 claimed sending answered grant-swapping
  Works:         grant-swapped answer-noted sending answered queue-writing queue-written end
Rotate
  Works:         lease-taken grant-swapping grant-swapped sending answered grant-swapping
                 grant-swapped sending answered queue-writing queue-written resealing resealed
                 sending answered end
Disconnect
  Works:         lease-taken grant-swapping
  SaysReconnect: grant-swapped sending answered queue-writing queue-written state-moving
                 state-moved end
DisconnectUnreached
  Works:         lease-taken grant-swapping
  SaysReconnect: grant-swapped sending answered queue-writing queue-written state-moving
                 state-moved end
Remove
  Works:         lease-taken grant-swapping
  SaysReconnect: grant-swapped sending answered queue-writing queue-written connection-removing
  Gone:          connection-removed end
RemoveUnreached
  Works:         lease-taken grant-swapping
  SaysReconnect: grant-swapped sending answered queue-writing queue-written connection-removing
  Gone:          connection-removed end
Retry
  SaysReconnect: queue-writing queue-written sending answered queue-writing queue-written end
RetryUnreached
  SaysReconnect: queue-writing queue-written sending answered queue-writing queue-written end
RotateKeys
  Works:         key-file-writing key-file-written resealing resealed lease-taken grant-swapping
                 grant-swapped resealing resealed resealing resealed resealing resealed resealing
                 resealed end
RetireKey
  Works:         lease-taken key-retiring key-retired key-file-writing key-file-written end
";

/// What is under way when the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    /// A person connects for the first time.
    Exchange,
    /// The service takes a refresh token once.
    Refresh,
    /// The service takes it again for a while.
    RefreshWithGrace,
    /// The service says that the grant is over.
    RefusedRefresh,
    /// A person connects again, while the grant from before is there.
    Reconnect,
    /// All secrets of the connection are replaced.
    Rotate,
    Disconnect,
    /// The service cannot be reached.
    DisconnectUnreached,
    Remove,
    RemoveUnreached,
    /// A queued revocation is tried again.
    Retry,
    /// The same, in vain.
    RetryUnreached,
    /// Everything that is sealed is sealed with a new key.
    RotateKeys,
    /// The key from before goes.
    RetireKey,
}

impl Story {
    const ALL: [Self; 14] = [
        Self::Exchange,
        Self::Refresh,
        Self::RefreshWithGrace,
        Self::RefusedRefresh,
        Self::Reconnect,
        Self::Rotate,
        Self::Disconnect,
        Self::DisconnectUnreached,
        Self::Remove,
        Self::RemoveUnreached,
        Self::Retry,
        Self::RetryUnreached,
        Self::RotateKeys,
        Self::RetireKey,
    ];

    /// The scene right before.
    async fn scene(self) -> Scene {
        let grace = if self == Self::RefreshWithGrace { LONG } else { Duration::ZERO };
        if self == Self::Exchange {
            return Scene::created(grace).await;
        }
        let scene = Scene::connected(grace).await;
        match self {
            Self::Refresh | Self::RefreshWithGrace => scene.advance(7_200),
            Self::RefusedRefresh => {
                scene.advance(7_200);
                scene.simulator.revoke_grants();
            }
            Self::Reconnect => {
                scene.simulator.expire_access_tokens();
                let refused = Fault::status(401).on("POST", "/oauth/token");
                scene.simulator.inject(refused);
                scene.host.run(USE, LONG).await.unwrap_err();
            }
            Self::Retry | Self::RetryUnreached => {
                unreachable(&scene);
                assert!(scene.host.disconnect(1).await.unwrap().tokens.queued);
                scene.advance(24 * 60 * 60);
            }
            Self::RotateKeys | Self::RetireKey => {
                // So that there is something sealed of every kind.
                unreachable(&scene);
                assert!(scene.host.disconnect(1).await.unwrap().tokens.queued);
                connect(&scene.host, scene.simulator.origin()).await;
                if self == Self::RetireKey {
                    scene.host.rotate_keys(false).await.unwrap();
                }
            }
            _ => {}
        }
        if matches!(self, Self::DisconnectUnreached | Self::RemoveUnreached | Self::RetryUnreached)
        {
            unreachable(&scene);
        }
        scene
    }

    fn act(self) -> Act {
        match self {
            Self::Exchange | Self::Reconnect => Act::Connect,
            Self::Refresh | Self::RefreshWithGrace | Self::RefusedRefresh => Act::Use,
            Self::Rotate => Act::Rotate,
            Self::Disconnect | Self::DisconnectUnreached => Act::Disconnect,
            Self::Remove | Self::RemoveUnreached => Act::Remove,
            Self::Retry | Self::RetryUnreached => Act::RetryRevocations,
            Self::RotateKeys => Act::RotateKeys,
            Self::RetireKey => Act::RetireKey,
        }
    }
}

/// Both tokens cannot be revoked.
fn unreachable(scene: &Scene) {
    let cut = Fault::once(FaultKind::DropBeforeHandling).on("POST", "/oauth/revoke");
    scene.simulator.inject(cut.times(2));
}

/// What the next process finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It can be used, and its state says so: it can be tested, and disconnected.
    Works,
    /// It can be used, and its state says that a person has to see to it.
    OnlyRuns,
    /// It says that a person has to connect it, and lets them.
    SaysReconnect,
    Gone,
}

async fn find(host: &Host) -> Found {
    let found = used(host).await;
    if found != Found::Gone {
        let offered = host.connection(1).await.unwrap().user_actions;
        let expected: &[_] = match found {
            Found::Works => &["disconnect"],
            _ => &["connect", "reconnect"],
        };
        assert!(offered.iter().any(|action| expected.contains(action)), "{found:?}: {offered:?}");
    }
    found
}

async fn used(host: &Host) -> Found {
    match host.run(USE, LONG).await {
        Ok(_) => match host.test(1).await {
            Ok(_) => Found::Works,
            Err(error) if error.code == ErrorCode::Conflict => Found::OnlyRuns,
            Err(error) => panic!("{error:?}"),
        },
        Err(error) if error.code == ErrorCode::ReauthorizationRequired => Found::SaysReconnect,
        Err(error) if error.code == ErrorCode::NotFound => Found::Gone,
        Err(error) => panic!("{error:?}"),
    }
}

/// The points of a story, in their order, with what is found after dying there; and what is found
/// when it came to its end.
async fn told(story: Story) -> (Vec<(CrashPoint, Found)>, Found) {
    let mut points = Vec::new();
    loop {
        let scene = story.scene().await;
        let (act, stops) = (story.act(), points.len());
        let mut child = Stepping::start(&scene, act);
        let (point, said) = tokio::task::spawn_blocking(move || {
            for _ in 0..stops {
                assert!(child.next_stop().is_some());
                child.go_on();
            }
            match child.next_stop() {
                Some(point) => (Some(point), child.kill()),
                None => (None, child.said()),
            }
        })
        .await
        .unwrap();
        let place = format!("{story:?}, stop {stops}, {point:?}");
        assert_no_secret(&scene, &said, &place);
        scene.simulator.clear_faults();
        let next = scene.restarted().await;
        let found = find(&next).await;
        // It stays what it is: no call makes it worse, and none has to be lucky.
        assert_eq!(find(&next).await, found, "{place}");
        // A person may be quick: the lease of the dead has not run out.
        let later = scene.later(0).await;
        complete_the_rotation(&later).await;
        let left = go_on_to_the_end(&scene, &later, found).await;
        // A new grant whose tokens were answered and not kept cannot be ended by anybody. One that
        // was kept once can: its old tokens are told to the service.
        let unknown = matches!(story, Story::Exchange | Story::Reconnect)
            && matches!(point, Some(CrashPoint::Answered | CrashPoint::GrantSwapping))
            && points.iter().all(|(point, _)| *point != CrashPoint::GrantSwapped);
        assert_eq!(left, usize::from(unknown), "{place}: {found:?}");
        assert_no_secret(&scene, "", &place);
        match point {
            Some(point) => points.push((point, found)),
            None => return (points, found),
        }
    }
}

/// Everything that is stored can be sealed with one key, which is then the only one needed.
async fn complete_the_rotation(host: &Host) {
    assert_eq!(host.rotate_keys(false).await.unwrap().failed, []);
    for key in host.keys().await.unwrap() {
        match key.role {
            "active" => {}
            "open" => host.retire_key(&key.id).await.unwrap(),
            role => panic!("{} is {role}", key.id),
        }
    }
}

/// Whatever is found: the connection can be connected, used and removed. Returns how many grants
/// are left at the service.
async fn go_on_to_the_end(scene: &Scene, host: &Host, found: Found) -> usize {
    if matches!(found, Found::SaysReconnect | Found::OnlyRuns) {
        connect(host, scene.simulator.origin()).await;
        assert_eq!(find(host).await, Found::Works);
    }
    if found != Found::Gone {
        host.remove_connection(1).await.unwrap();
    }
    // The queue waits longer after every failure.
    let later = scene.later(24 * 60 * 60).await;
    later.retry_revocations().await.unwrap();
    assert_eq!(later.queued_revocations().await.unwrap(), []);
    scene.simulator.living_grants()
}

/// Looks for every secret that there is in everything that is on the disk or was said.
fn assert_no_secret(scene: &Scene, said: &str, place: &str) {
    let (id, secret) = (Simulator::CLIENT_ID, Simulator::CLIENT_SECRET);
    let mut secrets: BTreeSet<String> = scene.simulator.issued_secrets().into_iter().collect();
    secrets.insert(secret.to_owned());
    secrets.insert(Base64::encode_string(format!("{id}:{secret}").as_bytes()));
    let keys = fs::read_to_string(key_file(scene.home.folder())).unwrap();
    let keys = keys.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    secrets.extend(keys.map(str::to_owned));
    for request in scene.simulator.requests() {
        if request.method == "POST" && request.path.starts_with("/oauth/") {
            let known = ["code", "code_verifier", "refresh_token", "token"];
            let pairs = pairs(&request.body).into_iter();
            let found = pairs.filter(|(name, _)| known.contains(&&**name));
            secrets.extend(found.map(|(_, value)| value));
        }
    }
    let mut places = vec![("what it said".to_owned(), said.as_bytes().to_vec())];
    for file in fs::read_dir(scene.home.folder()).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            // The keys.
            continue;
        }
        places.push((path.display().to_string(), fs::read(&path).unwrap()));
    }
    // A search that finds nothing at all would prove nothing.
    assert!(places.iter().filter(|(_, bytes)| has(bytes, "Marketing")).count() > 0, "{place}");
    assert!(places.iter().any(|(name, _)| name.ends_with(".db-wal")), "{place}");
    for (name, bytes) in &places {
        for secret in &secrets {
            assert!(!has(bytes, secret), "{place}: {secret} is in {name}");
        }
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_step_a_process_dies_at_the_next_one_can_go_on() {
    let mut running = JoinSet::new();
    for (index, story) in Story::ALL.into_iter().enumerate() {
        running.spawn(async move { (index, told(story).await) });
    }
    let mut texts = vec![String::new(); Story::ALL.len()];
    let mut visited = BTreeSet::new();
    while let Some(ended) = running.join_next().await {
        let (index, (points, end)) = ended.unwrap();
        visited.extend(points.iter().map(|(point, _)| *point));
        texts[index] = written(Story::ALL[index], &points, end);
    }
    let found = texts.concat();
    assert!(found.trim() == STORIES.trim(), "expected:\n{STORIES}\nfound:\n{found}");
    assert_eq!(visited, BTreeSet::from(CrashPoint::ALL));
}

/// A story as text: stretches of points, each with what is found after dying at any of them.
fn written(story: Story, points: &[(CrashPoint, Found)], end: Found) -> String {
    let mut lines = vec![format!("{story:?}")];
    let mut before = None;
    let points = points.iter().map(|(point, found)| (point.name(), *found));
    for (name, found) in points.chain([("end", end)]) {
        let line = lines.last_mut().unwrap();
        if before != Some(found) {
            lines.push(format!("  {:14} {name}", format!("{found:?}:")));
        } else if line.len() + name.len() > 98 {
            lines.push(format!("  {:14} {name}", ""));
        } else {
            line.push(' ');
            line.push_str(name);
        }
        before = Some(found);
    }
    lines.join("\n") + "\n"
}
