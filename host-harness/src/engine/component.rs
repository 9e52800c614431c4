//! A loaded connector, and how one call of it runs.

use std::fmt;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use super::{CallFailure, Engine, EngineOptions, LoadError, artifact, sandbox};
use crate::bindings::{Connector, ConnectorPre};
use crate::imports::{CallState, Services};
use crate::store::StateMove;

/// What a call works on.
pub type CallFuture<'a, T> = Pin<Box<dyn Future<Output = wasmtime::Result<T>> + Send + 'a>>;

/// What a call is made with.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// What the imports are made of.
    pub services: Arc<Services>,
    /// The connection that the call is for.
    pub connection: Option<u64>,
    /// What the call is, in the audit's words.
    pub operation: String,
    /// The move that the connection makes with the grant that the call stores, in one write.
    pub with_grant: Option<StateMove>,
    /// How long the call may take.
    pub deadline: Duration,
}

impl CallContext {
    /// The same for the call of this name.
    #[must_use]
    pub fn named(self, operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), ..self }
    }
}

/// A connector, compiled and linked. Cloning shares it.
#[derive(Clone)]
pub struct ConnectorComponent {
    engine: Engine,
    instances: ConnectorPre<CallState>,
}

impl ConnectorComponent {
    /// Loads a component from a file. Compiling takes a moment the first time.
    pub fn load(path: &Path, options: EngineOptions) -> Result<Self, LoadError> {
        let bytes = fs::read(path)
            .map_err(|source| LoadError::Read { path: path.display().to_string(), source })?;
        Self::from_bytes(&bytes, options)
    }

    /// Loads a component from its bytes.
    pub fn from_bytes(bytes: &[u8], options: EngineOptions) -> Result<Self, LoadError> {
        let engine = Engine::new(options)?;
        let cache = engine.options().cache.as_deref();
        let component = artifact::component(engine.wasmtime(), bytes, cache)?;
        let mut linker = Linker::new(engine.wasmtime());
        Connector::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        let instances = ConnectorPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, instances })
    }

    /// Runs `work` in a fresh instance.
    pub async fn call<T, F>(&self, context: CallContext, work: F) -> Result<T, CallFailure>
    where
        F: for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>) -> CallFuture<'a, T>
            + Send
            + 'static,
        T: Send + 'static,
    {
        let instances = self.instances.clone();
        sandbox::run(&self.engine, context, move |store| {
            Box::pin(async move {
                let connector = instances.instantiate_async(&mut *store).await?;
                work(&connector, store).await
            })
        })
        .await
    }
}

impl fmt::Debug for ConnectorComponent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConnectorComponent")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
