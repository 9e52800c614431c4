//! Runs connector components: every call in a fresh instance, with a memory cap and a deadline,
//! so that no call can harm another one.

mod artifact;
mod component;
mod exports;
mod failure;
mod sandbox;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

pub use self::component::{CallContext, CallFuture, ConnectorComponent};
pub use self::failure::{CallFailure, LoadError};

/// How often a running instance is looked at. Short against a deadline, long against a call.
const TICK: Duration = Duration::from_millis(10);

/// wit-bindgen's component is one module with two small ones around it.
const CORE_INSTANCES_PER_CALL: u32 = 8;

/// What an instance may use.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The most memory an instance may have, in bytes.
    pub memory_bytes: usize,
    /// How many instances may exist at a time; further calls wait for one.
    pub instances: u32,
    /// The most processor time a call may take. Waiting does not count.
    pub processor_time: Duration,
    /// How long after its deadline a call is cut. A connector that keeps to the deadline it was
    /// told gets the chance to say so itself.
    pub grace: Duration,
    /// Where compiled components are kept; none keeps them nowhere, and so does a system that does
    /// not tell who may write to a file.
    pub cache: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            memory_bytes: 64 * 1024 * 1024,
            instances: 64,
            processor_time: Duration::from_secs(10),
            grace: Duration::from_secs(2),
            cache: None,
        }
    }
}

/// A wasmtime engine that interrupts what runs too long. Cloning shares it.
#[derive(Clone)]
pub struct Engine {
    engine: wasmtime::Engine,
    options: EngineOptions,
    /// One permit per instance that may exist.
    slots: Arc<Semaphore>,
}

impl Engine {
    /// An engine with these options.
    pub fn new(options: EngineOptions) -> Result<Self, LoadError> {
        let engine = wasmtime::Engine::new(&pooling_config(&options)).or_else(|error| {
            // The pool reserves address space, which some containers limit.
            tracing::debug!(%error, "no room for an instance pool; instances are made on demand");
            wasmtime::Engine::new(&base_config())
        })?;
        start_ticking(&engine)?;
        let slots = Arc::new(Semaphore::new(options.instances as usize));
        Ok(Self { engine, options, slots })
    }

    /// The engine's options.
    #[must_use]
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    fn slots(&self) -> &Semaphore {
        &self.slots
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.engine
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Engine").field("options", &self.options).finish_non_exhaustive()
    }
}

fn base_config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // No interface here is asynchronous for the connector, and calls cost less without.
    config.concurrency_support(false);
    config
}

fn pooling_config(options: &EngineOptions) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(options.instances)
        .total_core_instances(options.instances.saturating_mul(CORE_INSTANCES_PER_CALL))
        .total_tables(options.instances.saturating_mul(CORE_INSTANCES_PER_CALL))
        .total_memories(options.instances)
        .total_stacks(options.instances)
        .max_memory_size(options.memory_bytes);
    let mut config = base_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Advances the engine's epoch until the engine is gone.
fn start_ticking(engine: &wasmtime::Engine) -> Result<(), LoadError> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new().name("epoch".to_owned()).spawn(tick).map_err(LoadError::Thread)?;
    Ok(())
}
