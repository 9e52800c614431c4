//! `simulator`

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::terminal::{Answer, Terminal};
use crate::error::{ErrorCode, HostError};
use crate::simulator::{AccountSize, Person, Plan, Simulator, SimulatorOptions};

#[derive(Args)]
pub(super) struct Options {
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8977)]
    port: u16,
    /// Decides every name and identifier of the account
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// How many event types there are
    #[arg(long, value_name = "NUMBER", default_value_t = AccountSize::default().event_types)]
    event_types: usize,
    /// How many scheduled events there are
    #[arg(long, value_name = "NUMBER", default_value_t = AccountSize::default().scheduled_events)]
    events: usize,
    /// How many contacts there are
    #[arg(long, value_name = "NUMBER", default_value_t = AccountSize::default().contacts)]
    contacts: usize,
    /// What the organization pays for; decides limits and what asks for an upgrade
    #[arg(long, value_enum, default_value_t = Plan::Enterprise)]
    plan: Plan,
    /// How long an access token works
    #[arg(long, value_name = "SECONDS", default_value_t = 7_200)]
    access_token_lifetime: u64,
    /// How many API requests a user may send in a minute, if not what the plan allows; 0 counts
    /// nothing
    #[arg(long, value_name = "NUMBER")]
    requests_per_minute: Option<u32>,
}

/// Runs until Ctrl-C. What others need to know is written once it listens.
pub(super) async fn run(options: Options, terminal: &mut Terminal) -> Result<Answer, HostError> {
    let simulator = Simulator::start(SimulatorOptions {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)),
        seed: options.seed,
        size: AccountSize {
            event_types: options.event_types,
            scheduled_events: options.events,
            contacts: options.contacts,
        },
        plan: options.plan,
        access_token_lifetime: Duration::from_secs(options.access_token_lifetime),
        requests_per_minute: options.requests_per_minute,
        deliver_webhooks_in_background: true,
        ..SimulatorOptions::default()
    })
    .await
    .map_err(|error| cannot_listen(options.port, &error))?;
    let origin = simulator.origin();
    let token = simulator.issue_personal_access_token(Person::Owner, &["default"]);
    let facts = json!({
        "origin": origin,
        "clientId": Simulator::CLIENT_ID,
        "clientSecret": Simulator::CLIENT_SECRET,
        "personalAccessToken": token,
        "webhookSigningKey": Simulator::WEBHOOK_SIGNING_KEY,
        "mapOrigin": simulator.origin_mappings(),
    });
    terminal.answer(&Answer::new(facts, instructions(&simulator, &token))?);
    tokio::signal::ctrl_c().await.map_err(|error| {
        HostError::new(
            ErrorCode::Internal,
            format!("Cannot wait for Ctrl-C: {error}."),
            "Report this as a defect.",
        )
    })?;
    drop(simulator);
    Ok(Answer::nothing())
}

fn instructions(simulator: &Simulator, token: &str) -> String {
    let origin = simulator.origin();
    let program = std::env::args().next().unwrap_or_else(|| "sovrium-host".to_owned());
    let [api, auth] = simulator.origin_mappings();
    let host = format!("{program} --db simulated.db --map-origin {api} --map-origin {auth}");
    format!(
        "A Calendly runs at {origin} until Ctrl-C.\n\n\
         Client ID            {id}\nClient secret        {secret}\n\
         Webhook signing key  {signing_key}\n\n\
         Personal access token, instead of both:\n{token}\n\n\
         In another terminal:\n\n\
         export SIMULATOR_SECRET={secret}\n\
         {host} connection add --id 1 --name Simulated --client-id {id} \
         --client-secret-env SIMULATOR_SECRET\n\
         {host} connection connect 1 --scope data.records:read --scope data.records:write\n\
         {host} connection test 1\n\
         {host} run 1 calendly.listTables --config '{{\"baseId\":\"me\"}}'\n\
         {host} run 1 calendly.queryRecords --config \
         '{{\"baseId\":\"me\",\"tableId\":\"contacts\",\"pageSize\":5}}'\n",
        id = Simulator::CLIENT_ID,
        secret = Simulator::CLIENT_SECRET,
        signing_key = Simulator::WEBHOOK_SIGNING_KEY,
    )
}

fn cannot_listen(port: u16, error: &std::io::Error) -> HostError {
    HostError::new(
        ErrorCode::Internal,
        format!("Cannot listen on port {port}: {error}."),
        "Choose another port with --port, or a free one with --port 0.",
    )
}
