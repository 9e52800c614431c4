//! A process of its own: this program, run again to do one thing.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use host_harness::crash_point::{self, CrashPoint};
use host_harness::host::Host;
use host_harness::keyring::Keyring;
use host_harness::random::system_random;
use host_harness::store::Store;
use tokio::task::JoinSet;
use tracing_subscriber::filter::LevelFilter;

use crate::clocks::Ahead;
use crate::scene::{Scene, connect};
use crate::support::home;

/// One request, and what it takes to be allowed to send it.
pub(crate) const USE: &str = r#"{"action": "calendly.queryRecords", "connection": 1,
    "config": {"baseId": "me", "tableId": "event_types"}}"#;

/// As long as any call may take whose end is waited for.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// How many calls a process makes that makes many.
pub(crate) const CALLS: usize = 25;

const ACT: &str = "NOTHING_LOST_ACT";
const FOLDER: &str = "NOTHING_LOST_FOLDER";
const ORIGIN: &str = "NOTHING_LOST_ORIGIN";
const START: &str = "NOTHING_LOST_START";

/// What a child does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Uses the connection [`CALLS`] times at once, when the start is given.
    UseOften,
    Use,
    Connect,
    Rotate,
    Disconnect,
    Remove,
    RetryRevocations,
    RotateKeys,
    /// Retires the key that was active before the last rotation.
    RetireKey,
}

impl Act {
    const ALL: [Self; 9] = [
        Self::UseOften,
        Self::Use,
        Self::Connect,
        Self::Rotate,
        Self::Disconnect,
        Self::Remove,
        Self::RetryRevocations,
        Self::RotateKeys,
        Self::RetireKey,
    ];

    async fn play(self, host: &Host, origin: &str) {
        match self {
            Self::UseOften => use_often(host).await,
            Self::Use => drop(host.run(USE, LONG).await),
            Self::Connect => connect(host, origin).await,
            Self::Rotate => drop(host.rotate_connection(1).await.unwrap()),
            Self::Disconnect => drop(host.disconnect(1).await.unwrap()),
            Self::Remove => drop(host.remove_connection(1).await.unwrap()),
            Self::RetryRevocations => drop(host.retry_revocations().await.unwrap()),
            Self::RotateKeys => drop(host.rotate_keys(false).await.unwrap()),
            Self::RetireKey => {
                let keys = host.keys().await.unwrap();
                let old = keys.iter().find(|key| key.role == "open").unwrap();
                host.retire_key(&old.id).await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plays_its_part() {
    let Ok(wanted) = env::var(ACT) else {
        // In the ordinary run nobody tells it a part; each one can be told by its name.
        let names: BTreeSet<_> = Act::ALL.iter().map(|act| format!("{act:?}")).collect();
        assert_eq!(names.len(), Act::ALL.len());
        return;
    };
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let act = Act::ALL.into_iter().find(|act| format!("{act:?}") == wanted).unwrap();
    let origin = env::var(ORIGIN).unwrap();
    let host = host(Path::new(&env::var_os(FOLDER).unwrap()), &origin).await;
    act.play(&host, &origin).await;
}

async fn use_often(host: &Host) {
    // The other end is closed when everybody is here.
    let mut start = TcpStream::connect(env::var(START).unwrap()).unwrap();
    assert_eq!(start.read(&mut [0]).unwrap(), 0);
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let host = host.clone();
        calls.spawn(async move { host.run(USE, LONG).await });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
}

/// The host of a process, on the clock that all of them share. It has no limit of its own in the
/// way of many calls.
pub(crate) async fn host(folder: &Path, origin: &str) -> Host {
    let clock = Arc::new(Ahead::of(folder));
    let store = Store::open(&folder.join("sovrium.db"), clock).unwrap();
    let mut options = home::options(origin);
    options.ceilings.api.requests = 1_000;
    options.keyring = keyring(folder);
    Host::new(home::component(), store, options).await.unwrap()
}

/// The keys that all processes share.
pub(crate) fn keyring(folder: &Path) -> Keyring {
    Keyring::from_file(&key_file(folder), &system_random()).unwrap()
}

/// The one file that may hold keys.
pub(crate) fn key_file(folder: &Path) -> PathBuf {
    folder.join("keys").join("sovrium.key")
}

fn command(scene: &Scene, act: Act) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "child::plays_its_part", "--nocapture"])
        .env(ACT, format!("{act:?}"))
        .env(FOLDER, scene.home.folder())
        .env(ORIGIN, scene.simulator.origin());
    command
}

/// A child that waits for the start.
pub(crate) fn starter(scene: &Scene, start: &str) -> Child {
    command(scene, Act::UseOften)
        .env(START, start)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A child that stops at every crash point.
pub(crate) struct Stepping {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What it wrote on its standard output.
    said: String,
    log: PathBuf,
}

impl Stepping {
    pub(crate) fn start(scene: &Scene, act: Act) -> Self {
        let log = scene.home.folder().join("log");
        let mut child = command(scene, act)
            .env(crash_point::VARIABLE, "stop")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output, said: String::new(), log }
    }

    /// The point at which it stops next; none when it has ended, and well.
    pub(crate) fn next_stop(&mut self) -> Option<CrashPoint> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                let status = self.child.wait().unwrap();
                assert!(status.success(), "{status}: {}", self.said);
                return None;
            }
            self.said.push_str(&line);
            if let Some((_, name)) = line.split_once(crash_point::ANNOUNCEMENT) {
                let point = CrashPoint::ALL.into_iter().find(|point| point.name() == name.trim());
                return Some(point.unwrap());
            }
        }
    }

    pub(crate) fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    /// Kills it where it is. Returns everything that it said and logged.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said()
    }

    /// Everything that it said and logged.
    pub(crate) fn said(mut self) -> String {
        self.output.read_to_string(&mut self.said).unwrap();
        self.said + &std::fs::read_to_string(&self.log).unwrap()
    }
}
