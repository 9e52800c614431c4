//! `demo`: a connection's whole life, in the wasmtime host, against the embedded simulator.
//!
//! Every step checks what came back; one that does not hold ends the demo with an error. The
//! clock is virtual, so that two hours can pass in no time.

mod events;
mod script;
mod story;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use self::script::Script;
use super::environment::GlobalOptions;
use super::terminal::{Answer, Terminal};
use crate::clock::{SharedClock, VirtualClock};
use crate::error::{ErrorCode, HostError};
use crate::host::{Host, HostOptions};
use crate::keyring::{EncryptionKey, Keyring};
use crate::origin::OriginMap;
use crate::random::system_random;
use crate::simulator::{AccountSize, Simulator, SimulatorOptions};
use crate::store::Store;

/// Plays the demo and reports how many steps passed.
pub(super) async fn run(
    global: &GlobalOptions,
    terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    let stage = Stage::set(global).await?;
    let mut script = Script::new(terminal);
    story::play(&stage, &mut script).await?;
    let steps = script.passed();
    Answer::new(json!({ "steps": steps, "passed": steps }), format!("demo: {steps} steps passed"))
}

/// Where the demo plays: a host with a database of its own, and a simulator, on one clock.
struct Stage {
    host: Host,
    simulator: Simulator,
    clock: VirtualClock,
    folder: TempDir,
}

impl Stage {
    async fn set(global: &GlobalOptions) -> Result<Self, HostError> {
        let clock = VirtualClock::from_now();
        let shared: SharedClock = Arc::new(clock.clone());
        let usual = SimulatorOptions::default();
        let size = AccountSize { scheduled_events: MEETINGS, ..usual.size };
        let options = SimulatorOptions { clock: Arc::clone(&shared), size, ..usual };
        let simulator = Simulator::start(options).await.map_err(|error| no_stage(&error))?;
        let folder = tempfile::tempdir().map_err(|error| no_stage(&error))?;
        let mut key = [0; 32];
        system_random().fill(&mut key).map_err(|error| no_stage(&error))?;
        let keyring = Keyring::new(vec![EncryptionKey::new(key)]);
        let store = Store::open(&folder.path().join("demo.db"), shared)?;
        let component = global.load_component(&folder.path().join("cache"))?;
        let origins =
            OriginMap::parse(simulator.origin_mappings()).map_err(|error| no_stage(&error))?;
        let options = HostOptions::new(keyring).with_origin_map(origins);
        let host = Host::new(component, store, options).await?;
        Ok(Self { host, simulator, clock, folder })
    }

    /// Runs an operation as an automation does.
    async fn operation(&self, name: &str, config: Value) -> Result<Value, HostError> {
        let action = json!({ "action": name, "connection": CONNECTION, "config": config });
        let answer = self.host.run(&action.to_string(), Duration::from_secs(60)).await?;
        serde_json::from_str(&answer)
            .map_err(|error| unexpected(&format!("{name} answered {error}")))
    }
}

fn no_stage(error: &dyn std::error::Error) -> HostError {
    HostError::new(
        ErrorCode::Internal,
        format!("The demo cannot be set up: {error}."),
        "Free a loopback port and room for a temporary folder.",
    )
}

/// The error of a step whose outcome is not the one it has to be.
fn unexpected(what: &str) -> HostError {
    HostError::new(
        ErrorCode::Internal,
        format!("The demo's step did not go as it has to: {what}."),
        "This is a defect; report it with what was printed.",
    )
}

/// How many meetings the account has.
const MEETINGS: usize = 2_000;

/// The connection that the demo is about.
const CONNECTION: u64 = 1;
