//! `demo`

use super::environment::GlobalOptions;
use super::terminal::{Answer, Terminal};
use crate::error::{ErrorCode, HostError};

pub(super) async fn run(
    _global: &GlobalOptions,
    _terminal: &mut Terminal,
) -> Result<Answer, HostError> {
    Err(HostError::new(
        ErrorCode::Unsupported,
        "There is no demo yet.",
        "Use the simulator.",
    ))
}
