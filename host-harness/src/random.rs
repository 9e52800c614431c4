//! Randomness, so that tests can foresee it.

use std::sync::Arc;

/// Where the host gets random bytes from.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// A source of randomness that can be shared.
pub type SharedRandom = Arc<dyn Random>;

/// The source has none.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the system gives no random bytes: {0}")]
pub struct RandomError(pub String);

/// The operating system's generator.
#[must_use]
pub fn system_random() -> SharedRandom {
    Arc::new(SystemRandom)
}

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError(error.to_string()))
    }
}

impl<F> Random for F
where
    F: Fn(&mut [u8]) + Send + Sync + 'static,
{
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self(bytes);
        Ok(())
    }
}
