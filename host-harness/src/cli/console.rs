//! `console`

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;
use tokio::sync::watch;
use url::Url;

use super::environment::GlobalOptions;
use super::serve::{EventOptions, asked_to_end};
use super::terminal::{Answer, Terminal};
use crate::console::{Console, ConsoleOptions, Demo};
use crate::error::{ErrorCode, HostError};
use crate::host::{Host, HostOptions};
use crate::keyring::{EncryptionKey, Keyring};
use crate::origin::OriginMap;
use crate::random::system_random;
use crate::simulator::{Simulator, SimulatorOptions};
use crate::store::Store;

#[derive(Args)]
pub(super) struct Options {
    /// Where to listen; 127.0.0.1:0 takes a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8976")]
    listen: SocketAddr,
    /// Where browsers and Calendly find the console when that is not this machine, such as
    /// https://console.example.org; a proxy there ends HTTPS
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// Try everything against a simulator and a database that are gone afterwards
    #[arg(long)]
    demo: bool,
    /// Print the link instead of opening a browser
    #[arg(long)]
    no_browser: bool,
    #[command(flatten)]
    events: EventOptions,
}

/// Runs until Ctrl-C, or until it is asked to end.
pub(super) async fn run(
    options: Options,
    global: &GlobalOptions,
    terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    // Kept until the end: both go with it.
    let mut stage = None;
    let (host, origins, demo) = if options.demo {
        let (set, host, origins) = Stage::set(global).await?;
        let demo = set.demo();
        stage = Some(set);
        (host, origins, Some(demo))
    } else {
        (global.open().await?, global.origin_map()?, None)
    };
    let console = Console::bind(
        options.listen,
        ConsoleOptions {
            host,
            events: options.events.read()?,
            origins,
            public_url: options.public_url,
            random: system_random(),
            demo,
        },
    )
    .await?;
    let link = console.link();
    terminal.answer(&started(&console, stage.as_ref())?);
    if !options.no_browser && !global.json {
        let link = link.clone();
        // Whoever has no browser opens the link by hand.
        let _ = tokio::task::spawn_blocking(move || webbrowser::open(&link)).await;
    }
    let (stop, stopped) = watch::channel(false);
    let serving = console.serve(stopped);
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = asked_to_end() => {
            let _ = stop.send(true);
            serving.await
        }
    };
    drop(stage);
    served.map_err(|error| {
        HostError::new(
            ErrorCode::Internal,
            format!("The console failed: {error}."),
            "Start it again; nothing that was answered is lost.",
        )
    })?;
    Ok(Answer::nothing())
}

fn started(console: &Console, stage: Option<&Stage>) -> Result<Answer, HostError> {
    let mut facts = json!({ "url": console.link(), "origin": console.origin() });
    let mut text = format!(
        "The console runs until Ctrl-C. Open it here; whoever has this link can use it:\n\n{}\n",
        console.link()
    );
    if let Some(stage) = stage {
        facts["simulator"] = stage.simulator.origin().into();
        facts["clientId"] = Simulator::CLIENT_ID.into();
        facts["clientSecret"] = Simulator::CLIENT_SECRET.into();
        facts["webhookSigningKey"] = Simulator::WEBHOOK_SIGNING_KEY.into();
        text.push_str(&format!(
            "\nThis is a demo: Calendly is a simulator at {}. Add a connection with\n\n\
             Client ID            {}\nClient secret        {}\nWebhook signing key  {}\n",
            stage.simulator.origin(),
            Simulator::CLIENT_ID,
            Simulator::CLIENT_SECRET,
            Simulator::WEBHOOK_SIGNING_KEY,
        ));
    }
    Answer::new(facts, text)
}

/// A simulator, and a database for one evening.
struct Stage {
    simulator: Simulator,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn set(global: &GlobalOptions) -> Result<(Self, Host, OriginMap), HostError> {
        let failed = |error: &dyn std::fmt::Display| {
            HostError::new(
                ErrorCode::Internal,
                format!("The demo cannot be set up: {error}."),
                "Free a loopback port and room for a temporary folder.",
            )
        };
        let options = SimulatorOptions {
            deliver_webhooks_in_background: true,
            ..SimulatorOptions::default()
        };
        let simulator = Simulator::start(options).await.map_err(|error| failed(&error))?;
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let clock = std::sync::Arc::new(crate::clock::SystemClock);
        let store = Store::open(&folder.path().join("demo.db"), clock)?;
        let mut key = [0; 32];
        system_random().fill(&mut key).map_err(|error| failed(&error))?;
        let keyring = Keyring::new(vec![EncryptionKey::new(key)]);
        let component = global.load_component(&global.cache())?;
        let origins =
            OriginMap::parse(simulator.origin_mappings()).map_err(|error| failed(&error))?;
        let options = HostOptions::new(keyring).with_origin_map(origins.clone());
        let host = Host::new(component, store, options).await?;
        Ok((Self { simulator, _folder: folder }, host, origins))
    }

    fn demo(&self) -> Demo {
        Demo {
            simulator: self.simulator.origin().to_owned(),
            client_id: Simulator::CLIENT_ID.to_owned(),
            client_secret: Simulator::CLIENT_SECRET.to_owned(),
            webhook_signing_key: Simulator::WEBHOOK_SIGNING_KEY.to_owned(),
        }
    }
}
