//! Where everything is: database, keys, component.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::clock::SystemClock;
use crate::engine::{ConnectorComponent, EngineOptions};
use crate::error::{ErrorCode, HostError};
use crate::host::{Host, HostOptions};
use crate::keyring::Keyring;
use crate::origin::OriginMap;
use crate::random::system_random;
use crate::store::Store;

const BUILT_COMPONENT: &str = "target/component/calendly-connector.wasm";
/// What takes longer is tried again with a later command.
const RETRY_FOR: Duration = Duration::from_secs(10);
const INSTALLED_COMPONENT: &str = "calendly-connector.wasm";

/// Options of every command.
#[derive(Args, Debug)]
pub(super) struct GlobalOptions {
    /// The database file [default: sovrium.db in this user's data folder]
    #[arg(long, global = true, value_name = "PATH", env = "SOVRIUM_DB")]
    pub(super) db: Option<PathBuf>,
    /// The component [default: the one that was built here, or lies beside this program]
    #[arg(long, global = true, value_name = "PATH", env = "SOVRIUM_COMPONENT")]
    pub(super) component: Option<PathBuf>,
    /// The file with the encryption key, made when there are no secrets yet; SOVRIUM_ENCRYPTION_KEY
    /// goes first
    /// [default: beside the database]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) key_file: Option<PathBuf>,
    /// Send what is for one origin to another; may be repeated
    #[arg(long, global = true, value_name = "FROM=TO")]
    pub(super) map_origin: Vec<String>,
    /// Write one JSON document instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl GlobalOptions {
    /// Opens everything.
    pub(super) async fn open(&self) -> Result<Host, HostError> {
        let database = self.database();
        let key_file = self.key_file.clone().unwrap_or_else(|| database.with_extension("key"));
        let random = system_random();
        let origin_map = self.origin_map()?;
        let store = self.open_store()?;
        let keyring = Keyring::from_environment_or_file(&key_file, &random, &store).await?;
        let component = self.load_component(&self.cache())?;
        let options = HostOptions::new(keyring).with_origin_map(origin_map);
        let host = Host::new(component, store, options).await?;
        self.retry_revocations(&host).await;
        Ok(host)
    }

    /// Revocations that are due are tried along with every command, which they must not hold up.
    async fn retry_revocations(&self, host: &Host) {
        let retry = tokio::time::timeout(RETRY_FOR, host.retry_due_revocations());
        if let Ok(Err(error)) = retry.await {
            tracing::warn!(%error, "the queued revocations were not tried again");
        }
    }

    /// Where the component's compiled form is kept.
    pub(super) fn cache(&self) -> PathBuf {
        self.database().with_extension("cache")
    }

    /// Opens the database alone.
    pub(super) fn open_store(&self) -> Result<Store, HostError> {
        Ok(Store::open(&self.database(), Arc::new(SystemClock))?)
    }

    /// The component, its compiled form kept in `cache`.
    pub(super) fn load_component(&self, cache: &Path) -> Result<ConnectorComponent, HostError> {
        let options = EngineOptions { cache: Some(cache.to_owned()), ..EngineOptions::default() };
        Ok(ConnectorComponent::load(&self.component_path(), options)?)
    }

    /// What `--map-origin` says.
    pub(super) fn origin_map(&self) -> Result<OriginMap, HostError> {
        OriginMap::parse(&self.map_origin).map_err(|error| {
            HostError::new(
                ErrorCode::InvalidInput,
                format!("--map-origin cannot be used: {error}."),
                "Write it as --map-origin https://api.calendly.com=http://127.0.0.1:8977.",
            )
        })
    }

    fn database(&self) -> PathBuf {
        self.db.clone().unwrap_or_else(|| data_folder().join("sovrium.db"))
    }

    fn component_path(&self) -> PathBuf {
        self.component.clone().unwrap_or_else(|| {
            let built = PathBuf::from(BUILT_COMPONENT);
            let beside = std::env::current_exe()
                .ok()
                .and_then(|program| Some(program.parent()?.join(INSTALLED_COMPONENT)));
            match beside {
                Some(beside) if !built.exists() && beside.exists() => beside,
                _ => built,
            }
        })
    }
}

/// This user's data folder, or the current one when the system does not say.
fn data_folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = |rest: &str| Some(PathBuf::from(variable("HOME")?).join(rest));
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home("Library/Application Support")
    } else {
        variable("XDG_DATA_HOME").map(PathBuf::from).or_else(|| home(".local/share"))
    };
    base.map_or_else(PathBuf::new, |base| base.join("sovrium"))
}
