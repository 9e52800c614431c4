//! How loading and calling a component can fail.

use std::io;
use std::time::Duration;

/// A component could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read the component {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The thread that watches running calls could not be started.
    #[error("cannot start the thread that watches running calls: {0}")]
    Thread(#[source] io::Error),
    /// It is no component, does not fit the contract, or the engine refused it.
    #[error("the component cannot be used: {0:#}")]
    Unusable(#[from] wasmtime::Error),
}

/// A call ended without an answer of the connector's. Other calls are not affected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallFailure {
    /// The deadline passed.
    #[error("the call was ended after its {} s", .0.as_secs_f64())]
    Deadline(Duration),
    /// It used more processor time than a call may.
    #[error("the call was ended after {} s of processor time", .0.as_secs_f64())]
    ProcessorTime(Duration),
    /// It wanted more memory than an instance may have.
    #[error("the connector wanted more than {0} bytes of memory")]
    Memory(usize),
    /// It stopped by itself, or the host could not run it.
    #[error("the connector stopped unexpectedly: {0}")]
    Trap(String),
}
