//! `run`

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::environment::GlobalOptions;
use super::input;
use super::terminal::Answer;
use crate::error::{ErrorCode, HostError};

#[derive(Args)]
pub(super) struct Options {
    /// The connection's id
    id: u64,
    /// The operation, such as calendly.queryRecords
    operation: String,
    /// Its config: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    config: String,
    /// How long it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=900))]
    deadline: u64,
}

pub(super) async fn run(options: Options, global: &GlobalOptions) -> Result<Answer, HostError> {
    let config = input::json(&options.config)?;
    let action = json!({ "action": options.operation, "connection": options.id, "config": config });
    let host = global.open().await?;
    let answer = host.run(&action.to_string(), Duration::from_secs(options.deadline)).await?;
    let answer: Value = serde_json::from_str(&answer).map_err(|_| {
        HostError::new(
            ErrorCode::Internal,
            "The connector's answer is not JSON.",
            "Report this as a defect of the connector.",
        )
    })?;
    Ok(Answer::document(answer))
}
