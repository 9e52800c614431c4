use std::time::Duration;

use super::CallState;
use crate::bindings::sovrium::connector::request_budget::{Budget, Host, Observation};
use crate::budget;

impl Host for CallState {
    async fn acquire(
        &mut self,
        connection: u64,
        budget: Budget,
        wait_ms: u32,
    ) -> wasmtime::Result<Result<(), u32>> {
        self.only_own_connection(connection)?;
        let wait = Duration::from_millis(wait_ms.into());
        let acquired = self.services.budget.acquire(connection, of(budget), wait).await;
        Ok(acquired.map_err(|room_in_ms| u32::try_from(room_in_ms).unwrap_or(u32::MAX)))
    }

    async fn observe(
        &mut self,
        connection: u64,
        budget: Budget,
        observation: Observation,
    ) -> wasmtime::Result<()> {
        self.only_own_connection(connection)?;
        let observation = budget::Observation {
            limit: observation.limit,
            remaining: observation.remaining,
            reset_seconds: observation.reset_seconds,
            pause_ms: observation.pause_ms,
        };
        self.services.budget.observe(connection, of(budget), observation);
        Ok(())
    }
}

fn of(budget: Budget) -> budget::Budget {
    match budget {
        Budget::Api => budget::Budget::Api,
        Budget::Token => budget::Budget::Token,
        Budget::Booking => budget::Budget::Booking,
    }
}
