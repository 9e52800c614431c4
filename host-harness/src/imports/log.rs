use std::fmt::{self, Write as _};

use super::CallState;
use crate::bindings::sovrium::connector::log::{Fact, Host, Level};

impl Host for CallState {
    async fn write(
        &mut self,
        level: Level,
        message: String,
        facts: Vec<Fact>,
    ) -> wasmtime::Result<()> {
        let connection = self.connection;
        let facts = Facts(&facts);
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
            write!(formatter, " {name}=")?;
            // A value must not make a line of its own, or steer a terminal.
            for letter in value.chars() {
                formatter.write_char(if letter.is_control() { ' ' } else { letter })?;
            }
        }
        Ok(())
    }
}
