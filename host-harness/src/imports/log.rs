use std::fmt;

use super::CallState;
use crate::bindings::sovrium::connector::log::{Fact, Host, Level};
use crate::printable::on_one_line;

impl Host for CallState {
    async fn write(
        &mut self,
        level: Level,
        message: String,
        facts: Vec<Fact>,
    ) -> wasmtime::Result<()> {
        let connection = self.connection;
        let (message, facts) = (on_one_line(&message), Facts(&facts));
        match level {
            Level::Debug => tracing::debug!(target: "connector", connection, "{message}{facts}"),
            Level::Info => tracing::info!(target: "connector", connection, "{message}{facts}"),
            Level::Warn => tracing::warn!(target: "connector", connection, "{message}{facts}"),
            Level::Error => tracing::error!(target: "connector", connection, "{message}{facts}"),
        }
        Ok(())
    }
}

/// Facts behind the message, ` name=value name=value`.
struct Facts<'a>(&'a [Fact]);

impl fmt::Display for Facts<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Fact { name, value } in self.0 {
            write!(formatter, " {}={}", on_one_line(name), on_one_line(value))?;
        }
        Ok(())
    }
}
